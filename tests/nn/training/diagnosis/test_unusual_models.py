"""Models that do what cannot be followed: they are trained, and their layers looked at as far as that goes."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from autograd import Value
from nn import MLP, Layer, Module, layer_outputs

from .conftest import X, trained


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
@pytest.mark.parametrize("backend", [None, "eager"])
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


@pytest.mark.parametrize("backend", [None, "eager"])
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
