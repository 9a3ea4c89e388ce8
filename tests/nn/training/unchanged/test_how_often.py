"""How often model and loss are asked what they do: no more than needed."""

import pytest

import autograd
from autograd.compiler.cache import Parts
from nn import MLP, SGD, CosineDecay, EarlyStopping, Module, WarmUp, evaluate, layer_outputs, predict
from nn.training.backends import Compiled

from .conftest import X, Y, quiet_fit


class Users(Module):
    """An MLP in a module of the user, whose code is not known."""

    def __init__(self):
        self.inner = MLP(2, [3, 1], seed=0)

    def forward(self, x):
        return self.inner(x)


@pytest.fixture
def traces(monkeypatch):
    """How often model and loss were called on placeholders: to compile them, and to find out what they do now."""
    counts = {"made": 0, "asked": 0}

    def traced(*args, original=autograd.compiler.cache.folded_trace):
        counts["made"] += 1
        return original(*args)

    def is_current(parts, original=Parts.is_current):
        counts["asked"] += 1
        counts["made"] -= 1  # which is a trace, too
        return original(parts)

    monkeypatch.setattr(autograd.compiler.cache, "folded_trace", traced)
    monkeypatch.setattr(autograd.compiler.prepared.preparing, "trace", None)  # all are traced there
    monkeypatch.setattr(Parts, "is_current", is_current)
    return counts


def test_a_users_module_that_does_not_change_is_not_compiled_again(traces):
    quiet_fit(Users(), epochs=8, batch_size=3)
    assert traces["made"] == 1  # for the loss, the outputs, and those of the layers


@pytest.mark.parametrize("options", [{}, {"callbacks": lambda *_: None}], ids=["alone", "with a callback"])
def test_a_users_module_is_asked_once_an_epoch(options, traces):
    quiet_fit(Users(), epochs=1, batch_size=3, **options)
    once = traces["asked"]
    quiet_fit(Users(), epochs=8, batch_size=3, **options)
    assert traces["asked"] - 2 * once == 7


def test_a_users_loss_is_asked_once_an_epoch(traces):
    quiet_fit(MLP(2, [3, 1], seed=0), epochs=1, loss=lambda output, target: (output - target) ** 2)
    once = traces["asked"]
    quiet_fit(MLP(2, [3, 1], seed=0), epochs=8, loss=lambda output, target: (output - target) ** 2)
    assert traces["asked"] - 2 * once == 7


WATCHED = {
    "alone": {},
    "with a callback": {"callbacks": lambda *_: None},
    "with early stopping": {"callbacks": EarlyStopping("loss")},
    "float32": {"dtype": "float32"},
    "with validation data": {"validation_data": (X[:5], Y[:5]), "metrics": ["mean_absolute_error"]},
}


@pytest.mark.parametrize("options", WATCHED.values(), ids=WATCHED)
@pytest.mark.parametrize("epochs", [1, 8])
def test_an_mlp_is_called_on_placeholders_once(epochs, options, traces):
    model = MLP(2, [3, 1], seed=0)
    quiet_fit(model, epochs=epochs, batch_size=3, **options)
    assert traces == {"made": 1, "asked": 0}  # it is proved without a trace


def test_what_is_asked_after_a_training_is_not_traced_again(traces):
    model = MLP(2, [3, 1], seed=0)
    quiet_fit(model)
    traces["made"] = 0
    predict(model, X)
    evaluate(model, X, Y, loss="mse")
    layer_outputs(model, X)
    quiet_fit(model)
    assert traces["made"] == 0


@pytest.mark.parametrize("use", [
    lambda model: predict(model, X),
    lambda model: evaluate(model, X, Y, loss="mse"),
    lambda model: layer_outputs(model, X),
], ids=["predict", "evaluate", "layer_outputs"])  # fmt: skip
def test_an_mlp_is_traced_for_the_first_question_alone(use, traces):
    model = MLP(2, [3, 1], seed=0)
    for _ in range(3):
        use(model)
    assert traces["made"] == 1


def test_a_users_module_is_traced_for_each_question(traces):
    model = Users()
    for _ in range(3):
        predict(model, X)
    assert traces == {"made": 3, "asked": 3}


@pytest.mark.parametrize("schedule", [0.1, CosineDecay(0.1, 10), WarmUp(CosineDecay(0.1, 10), 2), WarmUp(0.1, 2)])
def test_nobody_is_asked_where_only_nn_itself_runs_between_the_epochs(schedule, monkeypatch):
    monkeypatch.setattr(Compiled, "is_current", None)
    model = MLP(2, [3, 1], seed=0)
    assert quiet_fit(model, optimizer=SGD(model.parameters(), lr=schedule)).epochs == 3
