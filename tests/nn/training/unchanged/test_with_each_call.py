"""What a call of it changes is never frozen: a model gives the same for few rows and for many, whatever it does."""

import random

import numpy as np
import pytest

import autograd
from autograd import Value
from nn import MLP, SGD, Layer, Module, evaluate, layer_outputs, predict

from .conftest import FEW, X, Y, numbers, quiet_fit


class Noisy(Module):
    """A generator of its own, that of Python or of NumPy."""

    def __init__(self, rng):
        self.w, self.rng = Value(2.0), rng

    def forward(self, x):
        return self.w * x[0] * self.rng.random()


class SeldomNoisy(Noisy):
    """Draws in every call, which shows in few results."""

    def forward(self, x):
        return self.w * x[0] * (5.0 if self.rng.random() < 0.1 else 1.0)


class Counting(Module):
    """Counts its calls, and changes in every one."""

    def __init__(self):
        self.w, self.calls = Value(2.0), 0

    def forward(self, x):
        self.calls += 1
        return self.w * x[0] * self.calls


class SeldomCounting(Counting):
    """Counts its calls, and changes in every tenth."""

    def forward(self, x):
        self.calls += 1
        return self.w * x[0] * (self.calls // 10)


class Logging(Module):
    """Keeps a list of what it got, whose length is a factor."""

    def __init__(self):
        self.w, self.log = Value(2.0), {"rows": []}

    def forward(self, x):
        self.log["rows"].append(x)
        return self.w * x[0] * len(self.log["rows"])


class Recurrent(Module):
    """Keeps a state from call to call."""

    def __init__(self):
        self.w, self.state = Value(0.5), 0.0

    def forward(self, x):
        self.state = autograd.tanh(self.w * self.state + x[0])
        return self.state


CHANGING = {
    "Python's generator": lambda: Noisy(random.Random(0)),
    "NumPy's generator": lambda: Noisy(np.random.default_rng(0)),
    "NumPy's old generator": lambda: Noisy(np.random.RandomState(0)),
    "a generator that seldom counts": lambda: SeldomNoisy(random.Random(0)),
    "a counter": Counting,
    "a counter that seldom counts": SeldomCounting,
    "a log": Logging,
    "a state": Recurrent,
}


@pytest.mark.parametrize("make", CHANGING.values(), ids=CHANGING)
def test_a_model_that_changes_with_its_calls_predicts_many_rows_as_it_does_few(make):
    with pytest.warns(UserWarning, match="computing row by row"):
        many = predict(make(), X)
    assert many[:FEW].tolist() == predict(make(), X[:FEW]).tolist()


@pytest.mark.parametrize("make", CHANGING.values(), ids=CHANGING)
def test_it_is_evaluated_the_same(make):
    expected = make()
    outputs = np.array([expected(row).data for row in X.tolist()])
    with pytest.warns(UserWarning, match="computing row by row"):
        assert evaluate(make(), X, Y, loss="mse")["loss"] == pytest.approx(((outputs - Y) ** 2).mean(), rel=1e-12)


@pytest.mark.parametrize("make", CHANGING.values(), ids=CHANGING)
def test_the_outputs_of_its_layers_are_the_same(make):
    with pytest.warns(UserWarning, match="computing row by row"):
        many = layer_outputs(make(), X)
    few = layer_outputs(make(), X[:FEW])
    assert {name: array[:FEW].tolist() for name, array in many.items()} == {name: few[name].tolist() for name in few}


@pytest.mark.filterwarnings("ignore::nn.DiagnosisWarning")
@pytest.mark.parametrize("make", [make for name, make in CHANGING.items() if name != "a state"])
def test_it_is_trained_as_by_the_eager_backend(make):
    model, reference = make(), make()
    with pytest.warns(UserWarning, match="training row by row"):
        history = quiet_fit(model, optimizer=SGD(model.parameters(), lr=1e-4))
    expected = quiet_fit(reference, optimizer=SGD(reference.parameters(), lr=1e-4), backend="eager")
    assert (numbers(model), dict(history)) == (numbers(reference), dict(expected))


def test_the_warning_names_what_changes():
    with pytest.warns(UserWarning, match=r"cannot be compiled: model\.calls changes with each call"):
        predict(Counting(), X)
    with pytest.warns(UserWarning, match=r"cannot be compiled: model\.rng changes with each call"):
        predict(Noisy(random.Random(0)), X)


def test_a_loss_that_counts_its_calls_is_not_frozen():
    class Loss(Module):
        def __init__(self):
            self.calls = 0

        def forward(self, output, target):
            self.calls += 1
            return (output - target) ** 2 * (self.calls // 10)

    outputs = predict(MLP(2, [1], seed=0), X)
    with pytest.warns(UserWarning, match=r"loss\.calls changes"):
        found = evaluate(MLP(2, [1], seed=0), X, Y, loss=Loss())["loss"]
    assert found == pytest.approx(((outputs - Y) ** 2 * (np.arange(1, len(X) + 1) // 10)).mean(), rel=1e-12)


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_a_model_that_makes_its_weights_when_it_sees_the_first_row_is_compiled(rows):
    class Lazy(Module):
        w = None

        def forward(self, x):
            if self.w is None:
                self.w = [Value(2.0) for _ in x]
            return autograd.dot(self.w, x)

    model = Lazy()
    assert predict(model, X[:rows]) == pytest.approx(2.0 * X[:rows].sum(axis=1), rel=1e-12)
    assert len(model.parameters()) == 2


@pytest.mark.parametrize("rows", [FEW, len(X)])
def test_a_model_may_keep_what_it_has_computed_and_be_compiled(rows):
    class Keeping(Module):
        def __init__(self):
            self.layer, self.latest = Layer(2, 2, "tanh", seed=0), None

        def forward(self, x):
            self.latest = self.layer(x)
            return self.latest[0]

    expected = [Layer(2, 2, "tanh", seed=0)(row)[0].data for row in X[:rows].tolist()]
    assert predict(Keeping(), X[:rows]) == pytest.approx(expected, rel=1e-12)
