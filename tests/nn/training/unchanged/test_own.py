"""Is it nn's own: then a program is current as long as model and loss consist of the same objects."""

import copy
import json
import subprocess
import sys
from functools import partial

import pytest

import autograd
import nn
from nn import MLP, Layer, Module, Neuron
from nn.own import FUNCTIONS
from nn.training.backends import Compiled
from nn.training.unchanged import Own

from .conftest import CHANGES, X, Y, fresh, numbers, quiet_fit

OWN = {
    "an MLP": fresh,
    "with softmax": lambda: MLP(2, [3, 2], "gelu", output="softmax"),
    "a layer": lambda: Layer(2, 3),
    "a perceptron": lambda: nn.Perceptron(2),
    "an activation by function": lambda: Neuron(2, autograd.tanh),
}


@pytest.mark.parametrize("make", OWN.values(), ids=OWN)
def test_it_is_nns_own(make):
    assert Own.of(make(), nn.mse_loss) is not None


def test_what_python_notes_in_a_class_is_no_change_of_it():
    copy.copy(fresh())  # notes __slotnames__
    assert Neuron.__annotations__ is not None  # notes an empty dict
    assert Own.of(fresh(), nn.mse_loss) is not None


def test_a_patch_that_was_taken_back_is_no_change():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MLP, "__call__", None)  # which stands in MLP itself afterwards
    try:
        assert Own.of(fresh(), nn.mse_loss) is not None
    finally:
        if "__call__" in vars(MLP):
            del MLP.__call__


def with_forward():
    model = fresh()
    model.layers[1].forward = lambda x: x[0]
    return model


class Subclass(Layer):
    pass


def with_subclass():
    model = fresh()
    model.layers[0] = Subclass(2, 3)
    return model


NOT_OWN = {
    "a forward of its own": with_forward,
    "a subclass": with_subclass,
    "an activation of the user": lambda: MLP(2, [3, 1], lambda v: v * v),
    "a function": lambda: lambda x: x[0],
}


@pytest.mark.parametrize("make", NOT_OWN.values(), ids=NOT_OWN)
def test_it_is_not_nns_own(make):
    assert Own.of(make(), nn.mse_loss) is None


@pytest.mark.parametrize(
    "loss", [lambda o, t: (o - t) ** 2, partial(nn.huber_loss, delta=2.0)], ids=["a function", "partial"]
)
def test_a_loss_of_the_user_is_not_nns_own(loss):
    assert Own.of(fresh(), loss) is None


@pytest.mark.parametrize(("owner", "name"), [(Layer, "forward"), (Module, "__call__"), (Neuron, "__getattr__")])
def test_patched_classes_are_not_nns_own(owner, name, monkeypatch):
    monkeypatch.setattr(owner, name, lambda *args: None, raising=False)
    assert Own.of(fresh(), nn.mse_loss) is None


def test_a_program_of_an_unchanged_mlp_is_current():
    model = fresh()
    way = Compiled(model, nn.mse_loss)
    way.evaluate(X, Y)
    assert way.is_current()
    model.layers[0].neurons[0].b.data = 7.0  # numbers are read anew
    assert way.is_current()


@pytest.mark.parametrize("change", CHANGES)
def test_a_program_of_a_changed_mlp_is_not_current(change):
    model = fresh()
    way = Compiled(model, nn.mse_loss)
    way.evaluate(X, Y)
    change(model)
    assert not way.is_current()


def test_a_program_of_a_class_that_was_patched_is_not_current(monkeypatch):
    model = fresh()
    way = Compiled(model, nn.mse_loss)
    way.evaluate(X, Y)
    monkeypatch.setattr(Neuron, "forward", lambda neuron, x: neuron.b)
    assert not way.is_current()


# ---------------------------------------------------------- what users register and patch before anything is trained

FIRST_CELL = """
import json, sys
import nn
beta, forward = [1.0], nn.Neuron.forward
def zero(epoch, history):
    beta[0] = 0.0
SGD, callback = nn.SGD, zero
{registered}
assert "nn.training" not in sys.modules
def trained(backend):
    beta[0] = 1.0
    model = nn.MLP(1, [2, 1], "tanh", seed=0)
    X, y = [[x / 6.0] for x in range(6)], [float(x) for x in range(6)]
    nn.fit(model, X, y, loss={loss!r}, optimizer=SGD(model.parameters(), lr=0.01), epochs=4, seed=0, progress=False,
           callbacks=callback, backend=backend)
    return [p.data for p in model.parameters()]
print(json.dumps([trained(None), trained("eager")]))
"""
REGISTERED = {
    "a loss": ("annealed", "nn.LOSSES['annealed'] = lambda output, target: beta[0] * (output - target) ** 2"),
    "a method": ("mse", "nn.Neuron.forward = lambda neuron, x: beta[0] * forward(neuron, x)"),
}


def after(code):
    """What a new interpreter says."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("loss", "registered"), REGISTERED.values(), ids=REGISTERED)
def test_what_came_before_nn_training_is_the_users(loss, registered):
    compiled, eager = json.loads(after(FIRST_CELL.format(registered=registered, loss=loss)))
    assert compiled == pytest.approx(eager, rel=1e-12)


def test_no_function_gets_the_id_of_one_of_nns_own():
    assert all(id(function) == place for place, function in FUNCTIONS.items())  # which are kept


class Annealing(nn.SGD):
    """Changes a layer in its steps."""

    model = None

    def step(self):
        super().step()
        for neuron in self.model.layers[0].neurons:
            neuron.function = autograd.relu


def test_an_optimizer_that_has_a_name_is_the_users(monkeypatch):
    monkeypatch.setitem(nn.OPTIMIZERS, "annealing", Annealing)

    def trained(backend):
        model = fresh()
        optimizer = Annealing(model.parameters(), lr=0.1)
        optimizer.model = model
        quiet_fit(model, optimizer=optimizer, batch_size=None, backend=backend)
        return numbers(model)

    assert trained(None) == pytest.approx(trained("eager"), rel=1e-12)
