"""The warnings, each planted."""

import copy
import pickle
import sys
from math import inf

import pytest

import autograd
from nn import MLP, SGD, DiagnosisWarning, fit
from nn.training.diagnosis import HELP, _dead, _exploding, _saturated, _vanishing

from .conftest import X, Y, told

HEALTHY = [
    (MLP(2, [16, 16, 1], seed=0), {}),
    (MLP(2, [16, 16, 1], "tanh", seed=0), {}),
    (MLP(2, [8, 1], "sigmoid", seed=0), {}),
    (MLP(2, [16, 16, 1], "silu", output="sigmoid", seed=0), {"loss": "binary_cross_entropy", "dtype": "float32"}),
    (MLP(2, [16, 16, 1], "elu", seed=0), {"l1": 1e-3, "l2": 1e-3}),
    (MLP(2, [16, 2], "gelu", seed=0), {"loss": "cross_entropy", "batch_size": 1}),
    (MLP(2, [16, 1], seed=0), {"loss": "mse", "batch_size": None}),
]


@pytest.mark.parametrize(("model", "options"), HEALTHY, ids=str)
def test_nothing_is_told_of_a_healthy_training(model, options):
    assert told(model, epochs=30, **options)[1] == []


@pytest.mark.parametrize("penalties", [{}, {"l1": 1e-3}, {"l2": 1e-3}, {"clip_norm": 0.1}], ids=str)
def test_vanishing_gradients_are_told_once_with_advice(penalties):
    _, messages = told(MLP(2, [8] * 7 + [1], "sigmoid", seed=0), epochs=6, **penalties)
    assert len(messages) == 1
    assert "vanishing gradients: those of layer 1" in messages[0]
    assert "relu in the hidden ones" in messages[0]


def of_layers(*numbers, key="gradient"):
    return {f"layer {i}": {key: list(each)} for i, each in enumerate(numbers, start=1)}


@pytest.mark.parametrize(
    ("gradients", "vanish"),
    [
        ([[0.9e-3, 0.9e-3], [1.0, 1.0]], True),
        ([[1e-3, 1e-3], [1.0, 1.0]], False),
        ([[1.1e-3, 0.9e-3], [1.0, 1.0]], False),  # once is chance
        ([[0.9e-3, 1.1e-3], [1.0, 1.0]], False),
        ([[0.9e-3], [1.0]], False),  # nor is one epoch enough
        ([[1.0, 1.0], [1e-9, 1e-9]], False),  # small at the end is what is wanted
        ([[1.0, 1.0], [1e-9, 1e-9], [1.0, 1.0]], True),
        ([[0.0, 0.0], [1.0, 1.0]], True),
        ([[0.0, 0.0], [0.0, 0.0]], False),
        ([[2.0, 2.0], [3e3, 3e3]], False),  # the last one is large, and not the first small
    ],
)
def test_when_gradients_vanish(gradients, vanish):
    assert bool(_vanishing(of_layers(*gradients))) == vanish


def test_relus_that_are_off_for_a_batch_do_not_vanish():
    statistics = of_layers([0.0, 0.0], [1.0, 1.0])
    statistics["layer 1"]["dead"] = [0.0, 0.0]
    assert _vanishing(statistics) == ""


def test_how_much_smaller_they_are_has_an_end():
    assert "over a billion times smaller" in _vanishing(of_layers([1e-300, 1e-300], [1.0, 1.0]))
    assert "2,000 times smaller" in _vanishing(of_layers([5e-4, 5e-4], [1.0, 1.0]))


def test_saturated_neurons_are_told_once_with_advice():
    model = MLP(2, [8, 1], "tanh", seed=0)
    for neuron in model.layers[0].neurons:
        neuron.b.data = 9.0
    _, messages = told(model, lr=1e-3)
    assert [m for m in messages if "saturated neurons: 100% of the outputs of layer 1" in m] == messages[:1]


@pytest.mark.parametrize(("share", "is_told"), [(0.94, False), (0.95, False), (0.96, True)])
def test_when_neurons_are_saturated(share, is_told):
    assert bool(_saturated(of_layers([share], [0.0], key="saturated"))) == is_told
    assert _saturated(of_layers([0.0], [share], key="saturated")) == ""  # a sure output


def test_exploding_gradients_are_told_once_with_advice():
    model = MLP(1, [1], seed=0)
    _, messages = told(model, [[10.0], [20.0], [30.0]], [1.0, 2.0, 3.0], loss="mse", lr=0.1, epochs=10)
    assert len(messages) == 1
    assert "exploding gradients: the gradient has the norm" in messages[0]
    assert "clip_norm=1.0" in messages[0]


@pytest.mark.parametrize(
    ("norm", "smallest", "explodes"),
    [
        (1.1e3, 10.0, True),
        (0.9e3, 1.0, False),
        (9e4, 1e3, False),
        (1.1e5, 1e3, True),
        (1e9, inf, False),
        (1e3, 1.0, False),
        (1e5, 1e3, False),
    ],
)
def test_when_gradients_explode(norm, smallest, explodes):
    assert bool(_exploding(norm, smallest)) == explodes


def test_large_gradients_that_fall_do_not_explode():
    assert told(MLP(2, [8, 1], "tanh", seed=0), X, Y * 1e5, loss="mse", lr=1e-6, epochs=20)[1] == []


def test_gradients_that_are_clipped_do_not_explode():
    model = MLP(1, [1], seed=0)
    _, messages = told(model, [[10.0], [20.0], [30.0]], [1.0, 2.0, 3.0], loss="mse", lr=0.1, epochs=10, clip_norm=1.0)
    assert messages == []


@pytest.mark.parametrize("activation", ["relu", autograd.relu], ids=["by name", "by function"])
def test_dead_relus_are_told_once_with_advice(activation):
    model = MLP(2, [8, 1], activation, seed=0)
    for neuron in model.layers[0].neurons[:7]:
        neuron.b.data = -100.0
    _, messages = told(model)
    assert len(messages) == 1
    assert "dead relus: 88% of the neurons of layer 1" in messages[0]
    assert "leaky_relu" in messages[0]


@pytest.mark.parametrize(("share", "is_told"), [(0.74, False), (0.75, False), (0.76, True)])
def test_when_relus_are_dead(share, is_told):
    assert bool(_dead(of_layers([share], key="dead"))) == is_told


def test_the_warning_points_at_the_call_of_fit():
    model = MLP(1, [1], seed=0)
    optimizer = SGD(model.parameters(), lr=0.1)
    with pytest.warns(DiagnosisWarning) as seen:
        fit(model, [[10.0], [30.0]], [1.0, 3.0], loss="mse", optimizer=optimizer, epochs=5, progress=False)
    assert (seen[0].filename, seen[0].lineno) == (__file__, sys._getframe().f_lineno - 1)


# ----------------------------------------------------------------------------------------------------- the warning


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "use {my_option}"), "a. use {my_option}"),
        (("a", "{0}, {}, { and {scaler}"), "a. {0}, {}, { and model.scaler"),
        (("{scaler}", "{scaler!r} {scaler.real}"), "{scaler}. {scaler!r} {scaler.real}"),
        (("a", "{clip_norm}", 3), "a. clip_norm=1.0 (seen after epoch 3)"),
        (("a", "", 3), "a (seen after epoch 3)"),
        ((None, 1.0), "None. 1.0"),
    ],
    ids=str,
)
def test_whatever_it_is_made_of_it_has_a_text(arguments, text):
    warning = DiagnosisWarning(*arguments)
    assert str(warning) == text
    for twin in (pickle.loads(pickle.dumps(warning)), copy.copy(warning), copy.deepcopy(warning)):
        assert (type(twin), str(twin), vars(twin)) == (DiagnosisWarning, text, vars(warning))


def test_when_it_was_seen_is_no_part_of_the_help():
    model = MLP(2, [8, 1], seed=0)
    for neuron in model.layers[0].neurons:
        neuron.b.data = -100.0
    with pytest.warns(DiagnosisWarning) as seen:
        fit(model, X, Y, loss="binary_cross_entropy_with_logits", epochs=1, seed=0, progress=False)
    (warning,) = [each.message for each in seen]
    assert (warning.help, warning.epoch) == (HELP["dead"], 1)
    assert str(warning).endswith(", or use leaky_relu (seen after epoch 1)")
