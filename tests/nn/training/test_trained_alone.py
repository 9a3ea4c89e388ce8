"""One training of a model at a time: what another thread trains is refused, before anything is changed."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest

from nn import MLP, Adam, Module, fit
from nn.training import meanwhile
from tests.conftest import BACKENDS

X, Y = np.random.default_rng(0).random((20, 3)), np.arange(20) % 2


def train(model, optimizer=None, **options):
    options = {"loss": "cross_entropy", "epochs": 2, "progress": False, "seed": 0, **options}
    return fit(model, X, Y, optimizer=optimizer, **options)


class Around(Module):
    def __init__(self, inner):
        self.inner, self.own = inner, MLP(2, [2], seed=1)

    def forward(self, x):
        return self.own(self.inner(x))


@contextmanager
def in_training(model, optimizer=None, **options):
    """A block during which another thread is in the first epoch of a training."""
    begun, go_on, failed = threading.Event(), threading.Event(), []

    def wait(epoch, history):
        begun.set()
        go_on.wait(60)

    def run():
        try:
            train(model, optimizer, callbacks=wait, **options)
        except Exception as error:  # noqa: BLE001
            failed.append(error)
            begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait(60)
    try:
        yield
    finally:
        go_on.set()
        thread.join()
    assert failed == []


def numbers(model):
    return [p.data for p in model.parameters()]


@pytest.mark.parametrize("backend", [*BACKENDS, "eager"])
def test_a_model_that_another_thread_trains_is_refused_until_that_is_over(backend):
    model = MLP(3, [2], seed=0)
    with in_training(model, backend=backend):
        before = numbers(model)
        with pytest.raises(RuntimeError, match=r"this model, or a module of it, is in a training already, of another"):
            train(model, backend=backend)
        assert numbers(model) == before
    assert train(model, backend=backend).epochs == 2


def test_so_is_a_model_around_it_and_one_inside_of_it():
    model = MLP(3, [2], seed=0)
    with in_training(model), pytest.raises(RuntimeError, match="a module of it"):
        train(Around(model))
    with in_training(Around(model)), pytest.raises(RuntimeError, match="a module of it"):
        train(model)


def test_so_is_the_optimizer_of_another_training():
    models = [MLP(3, [2], seed=seed) for seed in range(2)]
    optimizer = Adam([p for model in models for p in model.parameters()])
    with in_training(models[0], optimizer), pytest.raises(RuntimeError, match="this optimizer is in a training"):
        train(models[1], optimizer)
    assert optimizer.steps == 2


def test_models_that_share_nothing_are_trained_at_the_same_time():
    with in_training(MLP(3, [2], seed=0)):
        assert train(MLP(3, [2], seed=0)).epochs == 2


def test_a_training_may_be_a_part_of_another_one_of_its_thread():
    model, inner = MLP(3, [2], seed=0), []
    train(model, callbacks=lambda epoch, history: inner.append(train(model).epochs))
    assert inner == [2, 2]
    with in_training(model), pytest.raises(RuntimeError, match="is in a training already"):
        train(model)


def test_in_a_process_that_is_forked_nobody_trains():
    model = MLP(3, [2], seed=0)
    with in_training(model):
        meanwhile._after_fork()
        assert train(model).epochs == 2
