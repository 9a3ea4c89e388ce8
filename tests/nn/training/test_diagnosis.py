"""Statistics of layers against the numbers themselves, and the warnings, each planted."""

import math
import warnings
from dataclasses import dataclass, field
from math import inf

import numpy as np
import pytest
from sklearn.datasets import make_moons

import autograd
from autograd import Value, log, maximum, sqrt, where
from nn import MLP, SGD, Adam, DiagnosisWarning, Layer, Module, Neuron, fit, layer_gradients, layer_outputs, predict
from nn.training.backends import Eager
from nn.training.diagnosis import (
    _dead,
    _exploding,
    _saturated,
    _vanishing,
    backward_origin,
    forward_origin,
    layer_statistics,
)

X, Y = make_moons(64, noise=0.1, random_state=0)
LOSS = "binary_cross_entropy_with_logits"


def trained(model, X=X, y=Y, lr=0.1, **options):
    options = {"loss": LOSS, "epochs": 3, "seed": 0, "progress": False, **options}
    return fit(model, X, y, optimizer=SGD(model.parameters(), lr=lr), **options)


def told(model, *data, **options):
    """The diagnoses of a training."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        history = trained(model, *data, **options)
    assert {w.category for w in seen} <= {DiagnosisWarning}
    return history, [str(w.message) for w in seen]


# -------------------------------------------------------------------------------------------------- statistics


def test_layer_outputs_are_what_the_layers_give():
    model = MLP(2, [3, 2], "tanh", seed=0)
    outputs = layer_outputs(model, X)
    row = 5
    hidden = model.layers[0](X[row].tolist())
    assert outputs["layer 1"][row] == pytest.approx([h.data for h in hidden], rel=1e-12)
    assert outputs["layer 2"] == pytest.approx(predict(model, X), rel=1e-12)
    assert {name: array.shape for name, array in outputs.items()} == {"layer 1": (64, 3), "layer 2": (64, 2)}


@pytest.mark.parametrize("rows", [3, 64], ids=["eager", "compiled"])
def test_a_layer_that_is_used_twice_has_the_outputs_of_both_calls(rows):
    class Twice(Module):
        def __init__(self):
            self.layer = Layer(2, 2, "tanh", seed=0)

        def forward(self, x):
            return self.layer(self.layer(x))[0]

    model = Twice()
    outputs = layer_outputs(model, X[:rows])
    assert list(outputs) == ["layer"]
    first = model.layer(X[1].tolist())
    assert outputs["layer"][1] == pytest.approx([o.data for o in [*first, *model.layer(first)]], rel=1e-12)


def test_layers_of_one_name_are_told_apart_by_where_they_are():
    class Pair(Module):
        def __init__(self):
            self.encoder, self.decoder = MLP(2, [3], seed=0), MLP(3, [1], seed=1)

        def forward(self, x):
            return self.decoder(self.encoder(x))

    assert list(layer_outputs(Pair(), X)) == ["encoder.layers.0", "decoder.layers.0"]


def test_a_model_without_layers_counts_as_one():
    neuron = Neuron(2, seed=0)
    assert list(layer_outputs(neuron, X)) == list(layer_gradients(neuron)) == ["Neuron"]


def test_layer_gradients_are_those_of_their_parameters():
    model = MLP(2, [3, 1], "tanh", seed=0)
    model([1.0, 2.0]).backward()
    gradients = layer_gradients(model)
    assert gradients["layer 2"].tolist() == [p.grad for p in model.layers[1].parameters()]
    assert gradients["layer 1"].shape == (9,)


@pytest.mark.parametrize("backend", ["numpy", "eager"])
def test_the_statistics_are_those_of_the_numbers(backend):
    model = MLP(2, [4, 1], "relu", seed=0)
    seen = []
    history = trained(model, batch_size=20, backend=backend, callbacks=lambda *_: seen.append(numbers_of(model)))
    for epoch, (gradients, outputs) in enumerate(seen):
        for name, statistics in history.statistics.items():
            sizes = abs(gradients[name])
            assert statistics["gradient"][epoch] == pytest.approx(sizes.mean(), rel=1e-9)
            assert statistics["gradient_max"][epoch] == pytest.approx(sizes.max(), rel=1e-9)
            assert statistics["activation"][epoch] == pytest.approx(outputs[name].mean(), rel=1e-9)
            assert statistics["activation_std"][epoch] == pytest.approx(outputs[name].std(), rel=1e-9)
    assert history.statistics["layer 1"]["dead"] == [(o["layer 1"] == 0).all(axis=0).mean() for _, o in seen]
    assert "dead" not in history.statistics["layer 2"]


def test_it_looks_more_rarely_as_the_training_gets_long():
    history = trained(MLP(2, [2, 1], "tanh", seed=0), epochs=1210, batch_size=None)
    epochs = [*range(1, 100), *range(100, 1000, 10), *range(1000, 1201, 100)]
    assert history.statistics["layer 2"]["epoch"] == epochs
    assert {len(numbers) for numbers in history.statistics["layer 2"].values()} == {len(epochs)}


def test_a_layer_that_is_not_trained_has_no_gradients():
    model = MLP(2, [2, 1], "tanh", seed=0)
    optimizer = SGD(model.layers[1].parameters(), lr=0.1)
    history = fit(model, X, Y, loss=LOSS, optimizer=optimizer, epochs=3, progress=False)
    assert "gradient" not in history.statistics["layer 1"]
    assert len(history.statistics["layer 1"]["activation"]) == len(history.statistics["layer 2"]["gradient"]) == 3


def test_a_parameter_outside_of_all_layers_may_be_the_only_one_that_is_trained():
    class Shifted(Module):
        def __init__(self):
            self.mlp, self.shift = MLP(2, [2, 1], "tanh", seed=0), Value(0.0)

        def forward(self, x):
            return self.mlp(x) + self.shift

    model = Shifted()
    history = fit(model, X, Y, loss=LOSS, optimizer=SGD([model.shift], lr=0.1), epochs=3, progress=False)
    assert history.epochs == 3


def numbers_of(model):
    return layer_gradients(model), layer_outputs(model, X)


@pytest.mark.parametrize(("activation", "bound"), [("tanh", 0.98), ("sigmoid", 0.99)])
def test_saturated_is_the_share_of_outputs_at_the_ends_of_the_range(activation, bound):
    model = MLP(2, [8, 1], activation, init="uniform(-1,1)", seed=0)
    for p in model.layers[0].parameters():
        p.data *= 5.0
    found = []
    history = trained(model, epochs=1, callbacks=lambda *_: found.append(layer_outputs(model, X)["layer 1"]))
    low = -bound if activation == "tanh" else 1.0 - bound
    share = ((found[0] > bound) | (found[0] < low)).mean()
    assert history.statistics["layer 1"]["saturated"] == [share]
    assert share > 0.05


@pytest.mark.parametrize(("activation", "edges"), [("tanh", (-0.98, 0.98)), ("sigmoid", (0.01, 0.99))])
def test_an_output_exactly_at_the_outer_part_of_the_range_is_not_saturated(activation, edges):
    layer, (low, high) = Layer(1, 2, activation), edges
    at, past = np.array([[low, high]]), np.array([[np.nextafter(low, -1.0), np.nextafter(high, 2.0)]])
    shares = [layer_statistics(layer, np.ones(1), outputs)["saturated"] for outputs in (at, past)]
    assert shares == [0.0, 1.0]


# ---------------------------------------------------------------------------------------------------- warnings


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
    assert seen[0].filename == __file__


# ------------------------------------------------------------------ models that do what cannot be followed


@dataclass
class Squared(Module):
    w: Value = field(default_factory=lambda: Value(0.5))

    def forward(self, x):
        return self.w * x[0] * x[0]


class Uncalled(Module):
    """Its layer works without being called."""

    def __init__(self):
        self.layer = Layer(2, 1, "tanh", seed=0)

    def forward(self, x):
        return self.layer.forward(x)


@dataclass
class Scaled:
    factor: float

    def __call__(self, x):
        return x * self.factor


class Sometimes(Module):
    """A layer that is called for some rows only: it cannot be compiled."""

    def __init__(self):
        self.a, self.b = Layer(2, 2, "tanh", seed=0), Layer(2, 2, "tanh", seed=1)

    def forward(self, x):
        x = self.a(x)
        return (self.b(x) if x[0].data > 0 else x)[0]


class Often(Module):
    """A layer that is called once or twice, depending on the row."""

    def __init__(self):
        self.a = Layer(2, 2, "tanh", seed=0)

    def forward(self, x):
        x = self.a(x)
        return (self.a(x) if x[0].data > 0 else x)[0]


class Odd(Module):
    """A layer of one's own that gives something else than numbers."""

    is_layer = True

    def __init__(self, make):
        self.w, self.make = Value(0.5), make

    def forward(self, x):
        return self.make(self.w * x[0])


class WithOdd(Module):
    def __init__(self, make, take):
        self.odd, self.take = Odd(make), take

    def forward(self, x):
        return self.take(self.odd(x))


UNUSUAL = {
    "a dataclass": Squared,
    "a layer that is not called": Uncalled,
    "an activation that is a dataclass": lambda: MLP(2, [2, 1], Scaled(0.5), seed=0),
    "a layer for some rows": Sometimes,
    "a layer once or twice": Often,
    "lists of lists": lambda: WithOdd(lambda y: [[y], [y]], lambda output: output[0][0]),
    "a dict": lambda: WithOdd(lambda y: {"y": y}, lambda output: output["y"]),
    "an array": lambda: WithOdd(lambda y: np.array([y, y]), lambda output: output[0]),
}


@pytest.mark.filterwarnings("ignore:training row by row")
@pytest.mark.parametrize("backend", ["numpy", "eager"])
@pytest.mark.parametrize("kind", UNUSUAL)
def test_whatever_a_model_does_it_is_trained(kind, backend):
    model = UNUSUAL[kind]()
    before = [p.data for p in model.parameters()]
    assert trained(model, backend=backend).epochs == 3
    assert [p.data for p in model.parameters()] != before


def test_a_layer_for_some_rows_has_no_outputs_and_the_others_have():
    with pytest.warns(UserWarning, match=r"row by row.* cannot be compiled: reading \.data") as warned:
        assert list(layer_outputs(Sometimes(), X)) == ["a"]
    assert warned[0].filename == __file__


def test_lists_of_lists_are_laid_side_by_side():
    assert layer_outputs(UNUSUAL["lists of lists"](), X)["odd"].shape == (64, 2)


SHAPES = {
    "an array": lambda y: np.array([y, 2.0 * y]),
    "a matrix": lambda y: np.array([[y], [2.0 * y]]),
    "a list of arrays": lambda y: [np.array([y]), np.array([2.0 * y])],
    "a tuple": lambda y: (y, 2.0 * y),
}


@pytest.mark.parametrize("rows", [3, 64], ids=["eager", "compiled"])
@pytest.mark.parametrize("make", SHAPES.values(), ids=SHAPES)
def test_the_outputs_of_a_layer_that_gives_something_nested_are_its_numbers(make, rows):
    outputs = layer_outputs(WithOdd(make, lambda output: np.ravel(output)[0]), X[:rows])
    expected = np.stack([0.5 * X[:rows, 0], X[:rows, 0]], axis=1)  # w is 0.5
    assert outputs["odd"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "eager"])
def test_the_statistics_of_a_layer_that_gives_an_array_are_those_of_its_numbers(backend):
    model = WithOdd(SHAPES["an array"], lambda output: output[0])
    history = trained(model, epochs=1, lr=1e-3, backend=backend)
    outputs = model.odd.w.data * np.stack([X[:, 0], 2.0 * X[:, 0]], axis=1)
    statistics = history.statistics["odd"]
    assert statistics["activation"] == [pytest.approx(outputs.mean(), rel=1e-9)]
    assert statistics["activation_std"] == [pytest.approx(outputs.std(), rel=1e-9)]


@pytest.mark.parametrize("rows", [3, 64], ids=["eager", "compiled"])
@pytest.mark.parametrize("make", [lambda y: {"y": y}, lambda y: "y", lambda y: []], ids=["a dict", "a text", "nothing"])
def test_a_layer_that_gives_no_numbers_has_no_outputs(make, rows):
    class Aside(WithOdd):
        def forward(self, x):
            self.odd(x)
            return self.odd.w * x[0]

    assert layer_outputs(Aside(make, None), X[:rows]) == {}


def test_layers_are_in_the_order_of_their_calls():
    class HeadFirst(Module):
        def __init__(self):
            self.head, self.body = Layer(2, 1, "linear", seed=0), Layer(2, 2, "tanh", seed=1)

        def forward(self, x):
            return self.head(self.body(x))

    model = HeadFirst()
    assert list(layer_outputs(model, X)) == list(trained(model).statistics) == ["body", "head"]


# --------------------------------------------------------------------------------- a loss that is not finite


@pytest.mark.parametrize("backend", ["numpy", "eager"])
def test_a_loss_that_is_not_finite_ends_the_training_with_the_parameters_of_the_epoch_before(backend):
    model, after = MLP(2, [4, 1], seed=0), []

    def keep_and_spoil(epoch, history):
        after.append([p.data for p in model.parameters()])
        if epoch == 2:
            optimizer.lr = 1e200

    optimizer = SGD(model.parameters(), lr=0.1)
    with pytest.warns(
        DiagnosisWarning, match=r"the training ended in epoch 3, batch [23] of 4: .* go back to those after epoch 2"
    ):
        history = fit(
            model, X, Y, loss="mse", optimizer=optimizer, epochs=9, batch_size=16, backend=backend,
            callbacks=keep_and_spoil, seed=0, progress=False,
        )  # fmt: skip
    assert history.epochs == len(after) == 2
    assert [p.data for p in model.parameters()] == after[-1]


def test_in_the_first_epoch_the_parameters_are_those_before_the_training():
    model = MLP(2, [4, 1], seed=0)
    before = [p.data for p in model.parameters()]
    history, messages = told(model, loss="mse", lr=1e200, batch_size=16)
    assert "those before the training" in messages[0]
    assert [p.data for p in model.parameters()] == before
    assert history == {"loss": []}


class Line(Module):
    """f(w·x), with a function that is not finite everywhere."""

    def __init__(self, f, w):
        self.f, self.w = f, Value(w, "w")

    def forward(self, x):
        return self.f(self.w * x[0])


def only_message(model, X, y, **options):
    _, messages = told(model, X, y, loss="mse", **options)
    assert len(messages) == 1
    return messages[0]


@pytest.mark.parametrize("backend", ["numpy", "eager"])
def test_the_message_names_the_operation_its_operand_and_the_module(backend):
    message = only_message(Line(log, 1.0), [[2.0], [-0.25]], [0.0, 0.0], batch_size=1, lr=1e-3, backend=backend)
    assert "the loss of a row is nan: log(-0.2497) is nan in Line" in message


def test_it_names_the_derivative_that_spoiled_a_parameter():
    message = only_message(Line(sqrt, 1.0), [[0.0]] * 4, [1.0] * 4, batch_size=2, lr=1e-3)
    assert "the parameter w is nan; in the step to it, the derivative of sqrt(0) is inf in Line" in message


def test_a_parameter_that_the_last_step_spoiled_is_found():
    model = Line(sqrt, 1.0)
    message = only_message(model, [[0.0]], [1.0], epochs=1, lr=1e-3)
    assert "epoch 1, batch 1 of 1: a parameter is not finite: the parameter w is nan" in message
    assert model.w.data == 1.0


def test_the_gradients_are_0_afterwards():
    model = Line(log, 1.0)
    told(model, [[-1.0]], [1.0], loss="mse")
    assert model.w.grad == 0.0


def test_the_optimizer_goes_back_too():
    model = Line(log, 1.0)
    optimizer = Adam([model.w], lr=1e-3)
    with pytest.warns(DiagnosisWarning, match="epoch 1, batch 2 of 2"):
        fit(model, [[2.0], [-0.25]], [0.0, 0.0], loss="mse", optimizer=optimizer, batch_size=1, seed=2, progress=False)
    assert optimizer.steps == 0
    assert optimizer.mean.tolist() == optimizer.mean_square.tolist() == [0.0]
    assert fit(model, [[2.0]], [0.0], loss="mse", optimizer=optimizer, progress=False).epochs == 10


def test_the_steps_to_the_one_that_spoiled_a_parameter_are_taken_again():
    rows = [[2.0], [3.0], [0.0], [1.5]]  # the third spoils it, in whatever batch it is
    model = Line(sqrt, 1.0)
    message = only_message(model, rows, [1.0] * 4, batch_size=1, lr=1e-3, epochs=3)
    assert "the derivative of sqrt(0) is inf" in message
    assert model.w.data == 1.0


def test_what_is_not_finite_in_float32_alone_ends_the_training_too():
    model = Line(lambda x: x.exp(), 100.0)
    with pytest.warns(DiagnosisWarning, match="the loss of a row is inf"):
        trained(model, [[1.0]], [1.0], loss="mse", dtype="float32", epochs=1)
    assert math.isfinite(model.w.data)


# ------------------------------------------------------------------ where it came from: not a branch not taken


def origins(f, w, loss, x, target):
    """The origins of what is not finite, forward and backward, in one row of a Line."""
    way = Eager(Line(f, w), loss)
    return forward_origin(way, [x], target), backward_origin(way, np.array([[x]]), np.array([target]))


def masked(p, t):
    return where(t == t, (p - t) ** 2, 0.0)  # nan stands for a target that is missing


@pytest.mark.parametrize(
    ("f", "w", "loss", "target"),
    [
        (lambda x: x, -1.0, masked, math.nan),
        (lambda x: x, 0.0, lambda p, t: maximum(p.log(), t), 1.0),
        (lambda x: where(x > 0, x.sqrt(), 0.0), -1.0, masked, 1.0),
        (lambda x: x.relu().sqrt(), -1.0, masked, 1.0),  # inf comes to the relu, and ends there
        (lambda x: x, -1.0, masked, 1.0),  # the derivative by the plain number 2 is nan: nobody asks for it
    ],
    ids=["a missing target", "a loser", "a branch", "a relu that is off", "an exponent"],
)
def test_where_all_that_counts_is_finite_nothing_is_blamed(f, w, loss, target):
    assert origins(f, w, loss, 1.0, target) == ("", "")


def test_beside_a_branch_that_was_not_taken_the_true_origin_forward_is_named():
    forward, _ = origins(lambda x: x, -1.0, lambda p, t: masked(p, t) + log(p), 1.0, math.nan)
    assert forward == "log(-1) is nan in the loss"


def test_beside_a_branch_that_was_not_taken_the_true_origin_backward_is_named():
    _, backward = origins(lambda x: x, 0.0, lambda p, t: masked(p.log(), t) + p.sqrt(), 1.0, math.nan)
    assert backward == "the derivative of sqrt(0) is inf in the loss"


def test_a_parameter_that_only_a_branch_uses_that_was_not_taken_is_blamed_where_the_loss_is_finite():
    assert origins(lambda x: where(x > 0, x, 0.0), math.nan, masked, 1.0, 1.0)[0] == "the parameter w is nan"
    forward, _ = origins(lambda x: where(x > 0, x, 0.0), math.nan, lambda p, t: log(p - 1.0), 1.0, 1.0)
    assert forward == "log(-1) is nan in the loss"
