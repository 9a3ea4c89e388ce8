"""fit by JAX: the weights of NumPy, on one device."""

import warnings

import numpy as np
import pytest

from autograd import Value, compile, sqrt, tanh, where
from autograd.compiler.adjoint import has_loops
from autograd.parameters import places_in, store_of
from nn import MLP, SGD, Adam, AdamW, CosineDecay, Module, Optimizer, RMSprop, fit
from nn.training.devices.blocks import Blocks
from nn.training.devices.descent import DeviceDescent
from nn.training.devices.way import OnDevices
from nn.training.diagnosis import DiagnosisWarning
from tests.autograd.compiler.conftest import loops_in_arrays
from tests.conftest import ONCE

pytest.importorskip("jax")
from autograd.compiler.executors.jax import blocks_of, pure

pytestmark = ONCE  # the compiled core and plain Python give the same programs

RNG = np.random.default_rng(0)
X = RNG.normal(size=(21, 3))
LABELS = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int) + (X[:, 2] > 1)


def trained(backend, make=Adam, model=None, y=LABELS, **options):
    model = MLP(3, [4, 3], "tanh", seed=1) if model is None else model
    optimizer = make(model.parameters())
    options = {"loss": "cross_entropy", "epochs": 2, "batch_size": 8, "seed": 0, "progress": False} | options
    history = fit(model, X, y, optimizer=optimizer, backend=backend, **options)
    return np.array([p.data for p in model.parameters()]), history, optimizer


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (lambda p: SGD(p, CosineDecay(0.1, 6), 0.9, True, 0.01), {"l1": 0.01, "l2": 0.02, "clip_norm": 0.1}),
        (lambda p: RMSprop(p, momentum=0.5), {"validation_data": (X[:5], LABELS[:5]), "metrics": ["accuracy"]}),
        (lambda p: AdamW(p[:9]), {"batch_size": None}),  # some of the parameters alone
        (lambda p: Adam([*p[-2:], *p[3:14:2]]), {"clip_norm": 0.1, "l2": 0.02}),  # some of some matrices
    ],
    ids=["sgd", "rmsprop", "adamw", "adam"],
)
def test_it_trains_as_numpy_does(make, options):
    (ours, history, optimizer), (theirs, reference, other) = (
        trained(each, make, **options) for each in ("jax", "numpy")
    )
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    assert [*history] == [*reference]
    for name in reference:
        assert history[name] == pytest.approx(reference[name], rel=1e-9), name
    for name in optimizer.per_parameter:
        assert getattr(optimizer, name) == pytest.approx(getattr(other, name), rel=1e-9, abs=1e-12), name


def test_a_callback_sees_the_numbers_and_the_state_of_its_epoch_and_may_change_them():
    def run(backend):
        seen = []

        def look(epoch, history):
            optimizer.lr = 0.5 / epoch
            seen.append([p.data for p in model.parameters()] + optimizer.mean.tolist())
            model.parameters()[0].data = 0.25

        model = MLP(3, [3], seed=1)
        optimizer = Adam(model.parameters())
        trained(backend, lambda p: optimizer, model, epochs=3, callbacks=look)
        return np.array(seen), optimizer.steps

    (ours, steps), (theirs, same) = run("jax"), run("numpy")
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    assert steps == same == 9


class SignDescent(Optimizer):
    def update(self, data, grad):
        data -= self.lr * np.sign(grad)


def test_an_optimizer_of_a_users_takes_its_own_steps():
    def make(parameters):
        return SignDescent(parameters, lr=0.01)

    assert trained("jax", make)[0] == pytest.approx(trained("numpy", make)[0], rel=1e-9)


class Recurrent(Module):
    """Its output is a sum over turns, each of which reads the one before."""

    def __init__(self, turns=6):
        self.turns = turns
        self.w = [Value(0.5), Value(0.25), Value(-0.125)]

    def forward(self, x):
        recurrent, given, shift = self.w
        state, total = x[0], Value(0.0)
        for _ in range(self.turns):
            state = tanh(recurrent * state + given * x[1] + shift)
            total = total + state * state
        return total


def penalty(model):
    return 0.05 * sum((p * p for p in model.parameters()), Value(0.0))


@pytest.mark.parametrize(
    ("make_model", "make_loss"),
    [
        (lambda: MLP(3, [2, 1], "tanh", seed=1), lambda model: lambda output, y: penalty(model)),
        (lambda: MLP(3, [2, 1], "tanh", seed=1), lambda model: lambda output, y: (output - y) ** 2 + penalty(model)),
        (Recurrent, lambda model: lambda output, y: (output - y) ** 2 + penalty(model)),
        (lambda: Recurrent(60), lambda model: lambda output, y: (output - y) ** 2 + penalty(model)),
    ],
    ids=["a loss that is the same for all rows", "a penalty in the loss", "a recurrence", "a loop"],
)
def test_rows_that_fill_up_a_batch_weigh_nothing(make_model, make_loss):
    def run(backend):
        model = make_model()
        weights, history, _ = trained(backend, lambda p: SGD(p, 0.01), model, X[:, 0], loss=make_loss(model))
        return weights, history["loss"]

    (ours, losses), (theirs, reference) = run("jax"), run("numpy")  # of 21 rows, batches of 8, 8, and 5
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    assert losses == pytest.approx(reference, rel=1e-9)


@pytest.mark.parametrize(("size", "lengths"), [(2, {2}), (4, {4, 1})])
def test_the_last_of_many_batches_is_filled_up(size, lengths, monkeypatch):
    """Of 33 rows, 17 batches of which the last has one, or 9: XLA compiles a function for each length."""
    put, found = DeviceDescent._put, set()

    def watched(*arguments):
        given = put(*arguments)
        found.add(len(given[0]))
        return given

    monkeypatch.setattr(DeviceDescent, "_put", watched)
    rows, y = np.resize(X, (33, 3)), np.resize(LABELS, 33)

    def run(backend):
        model = MLP(3, [3], "linear", seed=1)
        options = {"loss": "cross_entropy", "batch_size": size, "seed": 0, "progress": False, "backend": backend}
        history = fit(model, rows, y, epochs=1, optimizer=Adam(model.parameters()), **options)
        return [*history["loss"], *[p.data for p in model.parameters()]]

    assert run("jax") == pytest.approx(run("numpy"), rel=1e-9, abs=1e-12)
    assert found == lengths


def test_turns_that_python_has_unrolled_are_a_loop():
    way = OnDevices(Recurrent(60), lambda output, y: (output - y) ** 2, np.float64)
    way.try_out(X[:1], X[:1, 0])
    assert has_loops(way._prepared.whole_program())


def test_rows_weigh_as_much_in_a_loop():
    jax, model = pytest.importorskip("jax"), Recurrent(turns=20)
    with loops_in_arrays():
        f = compile(lambda x, y: (model(x) - y) ** 2 + penalty(model), backend="numpy")
        x, y, weights = X[:5], X[:5, 2], np.array([0.5, 0.25, 0.0, 2.0, 0.0])
        f.backward(x, y)
        program = f._last().whole_program()
        assert has_loops(program)
        store = store_of(model.w[0])
        gradients = []
        for row, target in zip(x, y, strict=True):
            for p in model.parameters():
                p.grad = 0.0
            f.backward(row[None], target[None])
            gradients.append([p.grad for p in model.parameters()])
    blocks = Blocks([block.shape for block in blocks_of(program)], slice(None))
    with jax.enable_x64(True):
        parts = pure(program, "weighted")(blocks.split(store.data), x, y[:, None], weights)[1]
    gradient = np.concatenate([np.ravel(part) for part in parts])
    assert gradient[places_in(store, model.w)] == pytest.approx(weights @ np.array(gradients), rel=1e-9)


class Rooted(Module):
    """A model with a branch whose derivative is infinite where it is not taken."""

    def __init__(self):
        self.w = [Value(0.5), Value(-0.25), Value(0.125)]

    def forward(self, x):
        total = sum((w * each for w, each in zip(self.w, x, strict=True)), Value(0.0))
        return where(total > 100.0, sqrt(total * 0.0), total)


def test_a_branch_that_was_not_taken_carries_no_gradient():
    options = {"y": X[:, 0], "loss": "mse", "make": lambda p: SGD(p, 0.01)}
    ours, theirs = (trained(each, model=Rooted(), **options)[0] for each in ("jax", "numpy"))
    assert np.isfinite(theirs).all()
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_a_loss_that_is_not_finite_ends_the_training_where_numpy_ends_it():
    def run(backend):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            options = {"loss": "mse", "y": X[:, 0], "epochs": 40, "metrics": ["r2"]}
            weights, history, _ = trained(backend, lambda p: SGD(p, 2.0), MLP(3, [2, 1], "relu", seed=0), **options)
        told = [str(each.message) for each in caught if issubclass(each.category, DiagnosisWarning)]
        return weights, history.epochs, [text for text in told if "the training ended" in text]

    (ours, epochs, [told]), (theirs, same, [expected]) = run("jax"), run("numpy")
    assert epochs == same
    assert told.partition("the loss")[0] == expected.partition("the loss")[0]
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_a_checkpoint_goes_on_by_another_backend_where_that_is_said(tmp_path):
    path, options = tmp_path / "run", {"epochs": 4}
    trained("numpy", epochs=2, checkpoint=path)
    with pytest.raises(ValueError, match=r"backend was 'numpy' and is 'jax'\. To go on with what is now, say so"):
        trained("jax", checkpoint=path, **options)
    ours = trained("jax", checkpoint=path, changed="backend", **options)[0]
    assert ours == pytest.approx(trained("numpy", **options)[0], rel=1e-9)


@pytest.mark.parametrize(
    ("by", "devices", "message"),
    [
        ("numpy", 2, "devices=2 are those of backend='jax', got backend='numpy'"),
        ("jax", 999, r"devices=999, but JAX has \d device.*XLA_FLAGS=--xla_force_host_platform_device_count=999"),
        ("jax", 0, "devices=0, but JAX has"),
        ("jax", [], "devices must be at least one device of JAX"),
        ("jax", "some", "devices must be None, 'all', a number, or devices of JAX"),
        ("jax", ["cpu"], "devices must be devices of JAX, such as .*, got 'cpu'"),
    ],
)
def test_devices_that_are_none_are_refused(by, devices, message):
    with pytest.raises((ValueError, TypeError), match=message):
        trained(by, devices=devices)
