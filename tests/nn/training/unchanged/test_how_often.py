"""How often model and loss are asked what they do: no more than needed."""

import pytest

import autograd
from nn import MLP, SGD, CosineDecay, EarlyStopping, Module, WarmUp
from nn.training.backends import Compiled

from .conftest import quiet_fit


class Users(Module):
    """An MLP in a module of the user, whose code is not known."""

    def __init__(self):
        self.inner = MLP(2, [3, 1], seed=0)

    def forward(self, x):
        return self.inner(x)


@pytest.fixture
def traces(monkeypatch):
    """How often model and loss were called on placeholders: to compile them, and to find out what they do now."""
    counts = {"prepared": 0, "compiled": 0}
    for name in counts:
        module = getattr(autograd.compiler, name)

        def counted(*args, name=name, original=module.trace):
            counts[name] += 1
            return original(*args)

        monkeypatch.setattr(module, "trace", counted)
    return counts


def test_a_users_module_that_does_not_change_is_not_compiled_again(traces):
    quiet_fit(Users(), epochs=8, batch_size=3)
    assert traces["prepared"] == 2  # the loss, and the outputs of the layers


@pytest.mark.parametrize("options", [{}, {"callbacks": lambda *_: None}], ids=["alone", "with a callback"])
def test_a_users_module_is_asked_once_an_epoch_for_each_program(options, traces):
    quiet_fit(Users(), epochs=1, batch_size=3, **options)
    once = traces["compiled"]
    quiet_fit(Users(), epochs=8, batch_size=3, **options)
    assert traces["compiled"] - 2 * once == 2 * 7  # the loss, and the outputs of the layers


def test_a_users_loss_is_asked_once_an_epoch_for_each_program(traces):
    quiet_fit(MLP(2, [3, 1], seed=0), epochs=1, loss=lambda output, target: (output - target) ** 2)
    once = traces["compiled"]
    quiet_fit(MLP(2, [3, 1], seed=0), epochs=8, loss=lambda output, target: (output - target) ** 2)
    assert traces["compiled"] - 2 * once == 2 * 7


@pytest.mark.parametrize("options", [
    {}, {"callbacks": lambda *_: None}, {"callbacks": EarlyStopping("loss")}, {"dtype": "float32"}
], ids=["alone", "with a callback", "with early stopping", "float32"])  # fmt: skip
def test_an_mlp_is_called_on_placeholders_as_often_in_one_epoch_as_in_eight(options, monkeypatch):
    traced = []
    original = autograd.compiler.prepared.trace
    monkeypatch.setattr(autograd.compiler.prepared, "trace", lambda *args: traced.append(1) or original(*args))
    monkeypatch.setattr(autograd.compiler.compiled, "trace", None)  # it is proved without a trace
    counts = []
    for epochs in (1, 8):
        quiet_fit(MLP(2, [3, 1], seed=0), epochs=epochs, batch_size=3, **options)
        counts.append(len(traced))
        traced.clear()
    assert counts == [2, 2]  # the loss, and the outputs of the layers


@pytest.mark.parametrize("schedule", [0.1, CosineDecay(0.1, 10), WarmUp(CosineDecay(0.1, 10), 2), WarmUp(0.1, 2)])
def test_nobody_is_asked_where_only_nn_itself_runs_between_the_epochs(schedule, monkeypatch):
    monkeypatch.setattr(Compiled, "is_current", None)
    model = MLP(2, [3, 1], seed=0)
    assert quiet_fit(model, optimizer=SGD(model.parameters(), lr=schedule)).epochs == 3
