"""One record a thing: what an entry in the table of activations, or of losses, is enough for."""

import math
from dataclasses import replace
from typing import Literal, get_args, get_type_hints

import numpy as np
import pytest

import autograd
import nn
from autograd import log, maximum, minimum
from nn import ACTIVATIONS, LOSSES, METRICS, MLP, EarlyStopping, History, Layer, Neuron, evaluate, fit, load, save
from nn.activations import Activation, ActivationName, activation_record
from nn.cli.options import classification_loss, command_losses
from nn.cli.parser import _parser
from nn.initialization import INITIALIZERS, InitializerName
from nn.losses import Loss, LossName, loss_record
from nn.support.records import Functions, Record
from nn.training.backends import BACKENDS, DTYPES
from nn.training.diagnosis import layer_statistics
from nn.training.metrics import OF_CLASSES, OF_NUMBERS, Metric, MetricName, classes, measure, suiting

X = np.random.default_rng(0).normal(size=(20, 2))
Y = X[:, 0] - 0.5 * X[:, 1]
LABELS = (Y > 0).astype(int)


def quiet_fit(model, y=Y, **options):
    return fit(model, X, y, **{"loss": "mse", "epochs": 2, "seed": 0, "progress": False, **options})


def weights(model):
    return [w.data for w in model.parameters()]


def options_of(*arguments):
    return _parser().parse_args(["train", "--csv", "a.csv", "--target", "y", *arguments])


# ------------------------------------------------------------------------------------------------------ functions


def test_the_public_tables_are_functions_by_name():
    assert ACTIVATIONS["tanh"](0.5) == math.tanh(0.5)
    assert LOSSES["mse"]([1.0, 2.0], [1.0, 4.0]) == 2.0
    assert "tanh" in ACTIVATIONS
    assert "tahn" not in ACTIVATIONS
    assert [*LOSSES][:3] == ["mse", "sse", "l1"]
    assert dict(ACTIVATIONS)["relu"] is autograd.relu
    assert repr(Functions(Record, {"largest": Record(max)})) == "{'largest': <built-in function max>}"


def test_a_function_may_be_given_a_name():
    ACTIVATIONS["square"] = lambda v: v * v
    try:
        assert Neuron(1, "square", seed=0)([2.0]).data == Neuron(1, seed=0)([2.0]).data ** 2
    finally:
        del ACTIVATIONS["square"]
    assert "square" not in ACTIVATIONS


@pytest.mark.parametrize(
    ("table", "name"), [(ACTIVATIONS, "relu"), (ACTIVATIONS, "softmax"), (ACTIVATIONS, "step"), (LOSSES, "mse")]
)
def test_a_function_in_the_place_of_another_is_known_as_that_one(table, name, monkeypatch):
    def another(*args):
        return table_function(*args)

    table_function, known = table[name], table.records[name]
    monkeypatch.setitem(table, name, another)
    assert table[name] is another
    assert table.records[name] == replace(known, function=another)


def test_a_record_is_taken_as_it_is(monkeypatch):
    record = Activation(abs, can_die=True)
    monkeypatch.setitem(ACTIVATIONS, "mine", record)
    assert ACTIVATIONS.records["mine"] is record
    assert ACTIVATIONS["mine"] is abs


@pytest.mark.parametrize("wrong", [None, "tanh", Loss(abs), 1.0], ids=str)
def test_what_is_no_function_is_refused(wrong):
    before = dict(ACTIVATIONS.records)
    with pytest.raises(TypeError, match=r"'mine' stands for a function, or for Activation\(function, …\).* of type "):
        ACTIVATIONS["mine"] = wrong
    assert ACTIVATIONS.records == before


# ---------------------------------------------------------------------------------------------- a new activation


def hard_tanh(v):
    return maximum(-1.0, minimum(1.0, v))


@pytest.fixture
def new(monkeypatch):
    """Tell of an activation, for one test."""

    def tell(**known):
        monkeypatch.setitem(ACTIVATIONS.records, "hard_tanh", Activation(hard_tanh, **known))

    return tell


def test_a_new_activation_has_a_name_everywhere(new):
    new()
    assert "hard_tanh" in ACTIVATIONS
    assert Neuron(2, "hard_tanh", seed=0)([9.0, 9.0]).data == 1.0
    model = MLP(2, [3, 1], "hard_tanh", seed=0)
    before = weights(model)
    assert quiet_fit(model).epochs == 2
    assert weights(model) != before


@pytest.mark.parametrize(("init", "alike"), [("he", "relu"), ("xavier", "tanh")])
def test_its_weights_start_as_it_says(new, init, alike):
    new(init=init)
    assert weights(Layer(3, 4, "hard_tanh", seed=5)) == weights(Layer(3, 4, alike, seed=5))


def test_it_is_saved_and_loaded(new, tmp_path):
    new()
    model = MLP(2, [3, 1], "hard_tanh", output="hard_tanh", seed=0)
    save(model, tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    assert (repr(again), weights(again)) == (repr(model), weights(model))


OUTPUTS = np.array([[0.0, 1.0, 0.5, 0.99], [0.0, -1.0, 0.5, -0.97]])


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({}, {}),
        ({"range": (-1.0, 1.0)}, {"saturated": 3 / 8}),
        ({"can_die": True}, {"dead": 1 / 4}),
        ({"range": (-1.0, 1.0), "is_flat": True}, {}),
    ],
)
def test_the_diagnosis_looks_for_what_it_can_suffer(new, known, found):
    new(**known)
    statistics = layer_statistics(Layer(2, 4, "hard_tanh"), np.ones(1), OUTPUTS)
    assert {name: number for name, number in statistics.items() if name in ("dead", "saturated")} == found


def test_the_command_takes_it_for_hidden_layers(new, capsys):
    new()
    assert options_of("--activation", "hard_tanh").activation == "hard_tanh"
    for known in ({"is_flat": True}, {"of_layer": True}):
        new(**known)
        with pytest.raises(SystemExit):
            options_of("--activation", "hard_tanh")
    assert "invalid choice: 'hard_tanh'" in capsys.readouterr().err


def test_a_flat_one_is_not_trained(new):
    new(is_flat=True)
    with pytest.raises(ValueError, match="cannot train a MLP with a hard_tanh: its derivative is 0 everywhere"):
        quiet_fit(MLP(2, [3, 1], "hard_tanh"))


def test_one_of_a_layer_is_none_of_a_neuron(new, monkeypatch):
    new(of_layer=True)
    with pytest.raises(ValueError, match=r"hard_tanh is an activation of a whole layer: Layer\(.*'hard_tanh'\)"):
        Neuron(2, "hard_tanh")
    monkeypatch.setitem(
        ACTIVATIONS.records, "centred", Activation(lambda vs: [v - sum(vs) / len(vs) for v in vs], of_layer=True)
    )
    assert sum(v.data for v in Layer(2, 3, "centred", seed=0)([1.0, 2.0])) == pytest.approx(0.0, abs=1e-15)


def test_whether_it_gives_probabilities(new):
    new(range=(-1.0, 1.0))
    neuron = Neuron(2, "hard_tanh")
    for parameter, number in zip(neuron.parameters(), [0.0, 0.0, 0.5], strict=True):
        parameter.data = number
    with pytest.raises(ValueError, match="takes probabilities, but the model has the output 'hard_tanh'"):
        quiet_fit(neuron, LABELS, loss="binary_cross_entropy")
    new(range=(0.0, 1.0))
    assert quiet_fit(neuron, LABELS, loss="binary_cross_entropy").epochs == 2


# ------------------------------------------------------------------------------------------ a function of the table


def test_what_is_known_of_a_function_of_the_table_is_known_of_its_name():
    for name, function in ACTIVATIONS.items():
        assert activation_record(function) is activation_record(name) is ACTIVATIONS.records[name]
    assert activation_record(hard_tanh) == Activation(hard_tanh)
    assert activation_record(None) == Activation(None)


@pytest.mark.parametrize("model", [Neuron(2, autograd.step), MLP(2, [3, 1], autograd.step)], ids=["neuron", "MLP"])
def test_a_step_by_function_is_not_trained(model):
    with pytest.raises(ValueError, match="with a step: its derivative is 0 everywhere"):
        quiet_fit(model)


def test_an_output_by_function_is_held_against_the_loss():
    with pytest.warns(UserWarning, match="applies a sigmoid itself"):
        quiet_fit(MLP(2, [1], output=autograd.sigmoid), LABELS, loss="binary_cross_entropy_with_logits")
    with pytest.raises(ValueError, match="takes probabilities, but the model has the output 'tanh'"):
        quiet_fit(MLP(2, [1], output=autograd.tanh), LABELS, loss="binary_cross_entropy")


def test_softmax_by_function_is_of_a_layer():
    def numbers(activation):
        return [p.data for p in Layer(2, 3, activation, seed=1)([1.0, -2.0])]

    assert numbers(autograd.softmax) == numbers("softmax")
    with pytest.raises(ValueError, match=r"softmax is an activation of a whole layer: Layer\(.*'softmax'\)"):
        Neuron(2, autograd.softmax)
    with pytest.raises(ValueError, match="softmax is an activation of several neurons, and this layer has one"):
        Layer(2, 1, autograd.softmax)


def test_a_function_that_only_has_the_name_of_one_is_another():
    def relu(v):
        return v

    statistics = layer_statistics(Layer(2, 4, relu), np.ones(1), OUTPUTS)
    assert "dead" not in statistics
    assert "dead" in layer_statistics(Layer(2, 4, autograd.relu), np.ones(1), OUTPUTS)


def test_a_function_of_the_table_is_saved_by_its_name(new, tmp_path):
    new()
    model = MLP(2, [3, 1], hard_tanh, output=autograd.sigmoid, seed=0)
    save(model, tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    assert (again.layers[0].activation, again.layers[1].activation) == ("hard_tanh", "sigmoid")
    assert weights(again) == weights(model)


def test_the_layers_of_a_file_have_one_activation_by_name_or_by_function(tmp_path):
    model = MLP(2, [3, 3, 1], "tanh", seed=0)
    model.layers[1] = Layer(3, 3, autograd.tanh, seed=1)
    save(model, tmp_path / "model.safetensors")
    assert [layer.activation for layer in load(tmp_path / "model.safetensors").layers] == ["tanh", "tanh", "linear"]


# ---------------------------------------------------------------------------------------------------- a new loss


def log_cosh(output, target):
    return log(autograd.cosh(output - target))


@pytest.fixture
def new_loss(monkeypatch):
    def tell(**known):
        monkeypatch.setitem(LOSSES.records, "log_cosh", Loss(log_cosh, **known))

    return tell


def test_a_new_loss_has_a_name_everywhere(new_loss):
    new_loss()
    model = MLP(2, [3, 1], seed=0)
    assert quiet_fit(model, loss="log_cosh").epochs == 2
    assert evaluate(model, X, Y, loss="log_cosh_loss") == evaluate(model, X, Y, loss=log_cosh)
    assert loss_record(log_cosh) is loss_record("log_cosh")


def test_the_command_learns_by_it(new_loss, capsys):
    new_loss(output="numbers", targets="numbers", in_command=True)
    assert options_of("--loss", "log_cosh").loss == "log_cosh"
    assert "log_cosh" in command_losses()
    new_loss(output="numbers", targets="numbers")
    with pytest.raises(SystemExit):
        options_of("--loss", "log_cosh")
    assert "invalid choice: 'log_cosh'" in capsys.readouterr().err


def test_which_loss_the_command_learns_classes_by():
    assert [classification_loss(n) for n in (1, 3)] == ["binary_cross_entropy_with_logits", "cross_entropy"]


@pytest.mark.parametrize(("targets", "metrics"), [("numbers", OF_NUMBERS), ("0 or 1", OF_CLASSES), ("", OF_CLASSES)])
def test_which_metrics_suit_it(new_loss, targets, metrics):
    new_loss(targets=targets)
    assert suiting("log_cosh") == metrics


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, [0, 0, 1]),
        ({"output": "probability"}, [0, 0, 1]),
        ({"output": "logit"}, [0, 1, 1]),
        ({"output": "score", "targets": "-1 or 1"}, [-1, 1, 1]),
        ({"output": "numbers", "targets": "numbers"}, [-1, 1, 1]),
    ],
)
def test_which_class_an_output_stands_for(new_loss, known, expected):
    new_loss(**known)
    for loss in ("log_cosh", log_cosh):
        assert classes(np.array([-0.4, 0.4, 0.6]), np.array([1, 1, 1]), loss).tolist() == expected


def test_a_loss_of_probabilities_refuses_another_output(new_loss):
    new_loss(output="probability", targets="0 or 1", activation="sigmoid", twin="that_of_logits")
    with pytest.raises(
        ValueError, match=r"log_cosh takes probabilities, .*'sigmoid', or use the loss 'that_of_logits'"
    ):
        quiet_fit(MLP(2, [1]), LABELS, loss="log_cosh")


def test_advice_is_what_is_known(new_loss):
    new_loss(output="probability", targets="0 or 1")
    with pytest.raises(ValueError, match=r"the model has the output 'linear': give it an output from 0 to 1$"):
        quiet_fit(MLP(2, [1]), LABELS, loss="log_cosh")
    new_loss(output="logit", targets="0 or 1", activation="sigmoid")
    with pytest.warns(UserWarning, match=r"the model's output has: use output='linear'$"):
        quiet_fit(MLP(2, [1], output="sigmoid"), LABELS, loss="log_cosh")


def test_a_loss_of_logits_warns_of_an_output_that_is_squashed(new_loss):
    new_loss(output="logit", targets="0 or 1", activation="sigmoid", twin="that_of_probabilities")
    with pytest.warns(UserWarning, match=r"log_cosh applies a sigmoid itself.*or the loss 'that_of_probabilities'"):
        quiet_fit(MLP(2, [1], output="sigmoid"), LABELS, loss="log_cosh")


# -------------------------------------------------------------------------------------------------- a new metric


def _largest_error(true, predicted):
    return abs(true - predicted).max()


@pytest.mark.parametrize(("higher", "best"), [(True, 2.0), (False, 1.0)])
def test_a_new_metric_is_measured_and_watched(monkeypatch, higher, best):
    monkeypatch.setitem(METRICS, "max_error", Metric(_largest_error, False, higher_is_better=higher))
    assert measure(["max_error"], np.array([1.0, 2.0]), np.array([1.0, 5.0])) == {"max_error": 3.0}
    assert "max_error" in quiet_fit(MLP(2, [1], seed=0), metrics=["max_error"])
    stopping = EarlyStopping("val_max_error")
    stopping.begin([], ["val_max_error"])
    for epoch, number in enumerate([2.0, 1.0], start=1):
        stopping(epoch, History(val_max_error=[number]))
    assert stopping.best == best


def test_a_plain_tuple_is_a_metric(monkeypatch):
    monkeypatch.setitem(METRICS, "max_error", (_largest_error, False))
    assert measure(["max_error"], np.array([1.0, 2.0]), np.array([1.0, 5.0])) == {"max_error": 3.0}
    history = quiet_fit(MLP(2, [1], seed=0), metrics=["max_error"], callbacks=EarlyStopping("max_error"))
    assert history["max_error"][1] < history["max_error"][0]


# ------------------------------------------------------------------------------------------------ what stands there


@pytest.mark.parametrize(("name", "loss"), LOSSES.records.items(), ids=LOSSES)
def test_a_loss_of_probabilities_or_logits_has_a_twin_and_no_other_has(name, loss):
    squashes = loss.output in ("probability", "probabilities", "logit", "logits")
    assert (loss.twin in LOSSES, loss.activation in ACTIVATIONS) == (squashes, squashes)
    assert (loss.twin is None, loss.activation is None) == (not squashes, not squashes)


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.records.items() if loss.twin])
def test_twins_know_each_other(name):
    loss = LOSSES.records[name]
    twin = LOSSES.records[loss.twin]
    assert (twin.twin, twin.activation, twin.targets) == (name, loss.activation, loss.targets)
    assert twin.takes_probabilities != loss.takes_probabilities


@pytest.mark.parametrize("name", LOSSES)
def test_what_a_loss_says_of_output_and_targets_is_one_of_few(name):
    for field in ("output", "targets"):
        assert getattr(LOSSES.records[name], field) in get_args(get_type_hints(Loss)[field])[:-1]  # the last is ""


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.records.items() if loss.takes_probabilities])
def test_a_loss_is_its_twin_after_the_activation(name):
    loss = LOSSES.records[name]
    logits, targets = [0.5, -1.0, 2.0], [1, 0, 0]
    squash = ACTIVATIONS[loss.activation]
    made = squash(logits) if loss.output == "probabilities" else [squash(z) for z in logits]
    assert loss.function(made, targets) == pytest.approx(LOSSES[loss.twin](logits, targets), rel=1e-12)


OF_LAYERS = [name for name, activation in ACTIVATIONS.records.items() if activation.of_layer]


@pytest.mark.parametrize("name", OF_LAYERS)
def test_what_an_activation_of_layers_says_of_itself_is_so(name):
    activation = ACTIVATIONS.records[name]
    outputs = [activation.function(xs) for xs in ([-30.0, 30.0, 0.0], [0.1, 0.2])]
    assert [len(each) for each in outputs] == [3, 2]
    assert (min(outputs[0]), max(outputs[0])) == pytest.approx(activation.range, abs=1e-12)
    assert activation.gives_probabilities == ([sum(each) for each in outputs] == pytest.approx([1.0, 1.0], abs=1e-12))
    slopes = [autograd.grad(lambda x: activation.function([x, 0.3])[0])(x) for x in (-1.0, 0.0, 1.0)]
    assert activation.is_flat == (not any(slopes))
    assert activation.can_die == (slopes[0] == 0.0)


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name not in OF_LAYERS])
def test_what_an_activation_says_of_itself_is_so(name):
    activation = ACTIVATIONS.records[name]
    xs = [-30.0, -1.0, -0.1, 0.1, 1.0, 30.0]
    outputs = [activation.function(x) for x in xs]
    slopes = [autograd.grad(activation.function)(x) for x in xs]
    assert activation.is_flat == (not any(slopes))
    assert activation.can_die == (slopes[:3] == [0.0] * 3 and not activation.is_flat and outputs[0] == 0.0)
    if activation.range is not None:
        assert (min(outputs), max(outputs)) == pytest.approx(activation.range, abs=1e-12)
    else:
        assert max(outputs) > 10.0


@pytest.mark.parametrize(
    ("literal", "table"),
    [
        (ActivationName, ACTIVATIONS),
        (InitializerName, INITIALIZERS),
        (LossName, [*LOSSES, *[f"{name}_loss" for name in LOSSES if hasattr(nn, f"{name}_loss")]]),
        (MetricName, METRICS),
    ],
    ids=["activations", "initializers", "losses", "metrics"],
)
def test_type_checkers_know_the_names_of_a_table(literal, table):
    assert sorted(get_args(literal)) == sorted(table)


def test_type_checkers_know_the_names_that_fit_takes():
    hints = get_type_hints(nn.fit)
    assert hints["backend"] == Literal[*BACKENDS] | None
    assert hints["dtype"] == Literal[*DTYPES]
