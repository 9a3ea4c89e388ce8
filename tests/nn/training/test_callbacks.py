"""Callbacks: early stopping, and how a callback ends a training."""

import math

import numpy as np
import pytest

from nn import MLP, SGD, Callback, EarlyStopping, History, StopTraining, evaluate, fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2))
Y = (X[:, 0] + RNG.normal(size=12) > 0).astype(int)  # noisy: it can be over-fitted
HELD_OUT = RNG.normal(size=(30, 2))
HELD_OUT_Y = (HELD_OUT[:, 0] + RNG.normal(size=30) > 0).astype(int)


def overfit(callbacks, epochs=60, model=None, **options):
    model = MLP(2, [16, 1], "tanh", seed=0) if model is None else model
    options = {"loss": "binary_cross_entropy_with_logits", "validation_data": (HELD_OUT, HELD_OUT_Y), **options}
    optimizer = SGD(model.parameters(), lr=0.5)
    history = fit(
        model, X, Y, optimizer=optimizer, epochs=epochs, callbacks=callbacks, seed=0, progress=False, **options
    )
    return model, history


def watch(numbers, **options):
    """In which epoch it stops when it sees these numbers, and the best epoch; None where it does not stop."""
    stopping = EarlyStopping(**options)
    history = History({stopping.monitor: []})
    stopping.begin([], [stopping.monitor])
    for epoch, number in enumerate(numbers, start=1):
        history[stopping.monitor].append(number)
        try:
            stopping(epoch, history)
        except StopTraining:
            return epoch, stopping.best_epoch
    return None, stopping.best_epoch


def test_it_stops_after_patience_epochs_that_were_not_better():
    assert watch([3.0, 2.0, 2.5, 2.5, 1.0], patience=2) == (4, 2)


def test_a_better_number_starts_the_patience_anew():
    assert watch([3.0, 2.0, 2.5, 1.0, 1.5, 0.5], patience=2) == (None, 6)


def test_an_equal_number_is_not_better():
    assert watch([3.0, 3.0, 3.0], patience=2) == (3, 1)


def test_min_delta_is_how_much_better_counts():
    assert watch([3.0, 2.9, 2.85], patience=2, min_delta=0.2) == (3, 1)
    assert watch([3.0, 2.9, 2.75], patience=2, min_delta=0.2) == (None, 3)


@pytest.mark.parametrize("monitor", ["accuracy", "val_accuracy", "val_f1", "val_r2", "precision", "recall"])
def test_of_scores_the_higher_is_better(monitor):
    assert watch([0.5, 0.6, 0.55, 0.55], monitor=monitor, patience=2) == (4, 2)


def test_nan_is_never_better():
    assert watch([3.0, math.nan, math.nan], patience=2) == (3, 1)
    assert watch([math.nan, math.nan, 5.0], patience=3) == (None, 3)


def test_the_parameters_are_those_of_the_best_epoch():
    stopping = EarlyStopping(patience=5)
    model, history = overfit(stopping)
    assert history.epochs == stopping.best_epoch + 5 < 60
    assert stopping.best == min(history["val_loss"]) == history["val_loss"][stopping.best_epoch - 1]
    after = evaluate(model, HELD_OUT, HELD_OUT_Y, loss="binary_cross_entropy_with_logits")["loss"]
    assert after == pytest.approx(stopping.best, rel=1e-12)
    assert after < history["val_loss"][-1]


def test_they_are_so_too_when_the_epochs_run_out():
    stopping = EarlyStopping(patience=1000)
    model, history = overfit(stopping)
    assert history.epochs == 60 > stopping.best_epoch
    after = evaluate(model, HELD_OUT, HELD_OUT_Y, loss="binary_cross_entropy_with_logits")["loss"]
    assert after == pytest.approx(min(history["val_loss"]), rel=1e-12)


def test_it_can_be_used_for_another_training():
    stopping = EarlyStopping(patience=5)
    first, _ = overfit(stopping)
    second, _ = overfit(stopping)
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]


@pytest.mark.parametrize(
    ("options", "monitor", "message"),
    [
        ({"validation_data": None}, "val_loss", "the history will have loss; it needs validation_data"),
        ({}, "val_accuracy", "cannot watch 'val_accuracy': the history will have loss, val_loss"),
    ],
)
def test_a_number_that_the_history_will_not_have_is_refused_before_training(options, monitor, message):
    model = MLP(2, [16, 1], "tanh", seed=0)
    before = [p.data for p in model.parameters()]
    with pytest.raises(ValueError, match=message):
        overfit(EarlyStopping(monitor), model=model, **options)
    assert [p.data for p in model.parameters()] == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 0}, "patience must be a whole number of at least 1, got 0"),
        ({"min_delta": -1.0}, "min_delta must be at least 0"),
    ],
)
def test_what_is_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        EarlyStopping(**options)


def test_a_function_may_end_the_training_after_an_epoch():
    def enough(epoch, history):
        if epoch == 3:
            raise StopTraining

    _, history = overfit(enough)
    assert history.epochs == 3


def test_the_other_callbacks_of_the_last_epoch_are_called():
    def stop(epoch, history):
        raise StopTraining

    called = []
    overfit([stop, lambda epoch, history: called.append(epoch)])
    assert called == [1]


def test_a_callback_is_told_of_the_begin_and_the_end():
    class Telling(Callback):
        def __init__(self):
            self.told = []

        def begin(self, parameters, names):
            self.told.append((len(parameters), list(names)))

        def __call__(self, epoch, history):
            self.told.append(epoch)

        def end(self):
            self.told.append("end")

    telling = Telling()
    model, _ = overfit(telling, epochs=2)
    assert telling.told == [(len(model.parameters()), ["loss", "val_loss"]), 1, 2, "end"]
