"""fit, predict, evaluate: epochs and batches on arrays."""

import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from math import fsum
from typing import Any

import numpy as np

from ..arrays import check_data, check_rows
from ..checks import check_count, check_number, choose
from ..data.scaling import scaled
from ..history import History
from ..losses import loss_function
from ..module import Module
from ..optim.optimizer import Optimizer
from ..optim.optimizers import OPTIMIZERS, Adam
from ..optim.schedules import CosineDecay, ExponentialDecay, StepDecay, WarmUp
from .backends import BACKENDS, DTYPES, Compiled, Eager, LossFunction, compiled_or_eager, faster, plain_afterwards
from .callbacks import Callback, EarlyStopping, StopTraining
from .checkpoint import Checkpoint, CompleteWarning, fingerprint
from .descent import Descent
from .diagnosis import HELP, Diagnosis, DiagnosisWarning
from .metrics import check_metrics, measure
from .trial import check_trainable, try_out

CallbackFunction = Callable[[int, History], Any]


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | LossFunction,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = 32,
    validation_data: tuple[Any, Any] | None = None,
    metrics: Sequence[str] = (),
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    callbacks: Callback | CallbackFunction | Sequence[Callback | CallbackFunction] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    seed: int | None = None,
    dtype: str = "float64",
    backend: str = "numpy",
    progress: bool = True,
) -> History:
    """Train the model: in every epoch, go through the rows in a new order, and step after every batch.

    The gradient of a step is that of the mean loss over the rows of the batch, plus the penalties
    l1·Σ|θ| and l2·Σθ² over the parameters of the optimizer.

    Args:
        model: called on a list of numbers (one row), it returns a Value or a list of Values.
        X: rows of inputs: an array (rows, inputs) or lists; `model.scaler`, where it is set, scales them.
        y: the targets: an array (rows,) of numbers or classes, or (rows, outputs).
        loss: a name of `nn.LOSSES`, or a function (output, target) of one row that returns a Value.
        optimizer: made with `model.parameters()`; `Adam(model.parameters(), lr=0.01)` where it is None.
        epochs: how often to go through the rows.
        batch_size: rows for one step: 1 is stochastic gradient descent, None (all rows, in their own order) is batch
            gradient descent.
        validation_data: (X, y) that are evaluated after each epoch, and not trained on.
        metrics: names of `nn.METRICS`, for the training rows (as predicted during the epoch) and validation data.
        l1, l2: the weights of the penalties, at least 0.
        clip_norm: the largest norm of a gradient: `clip_grad_norm_` brings a larger one down to it before the step.
        callbacks: one, or several; each is called after every epoch as callback(epoch, history), epochs counted from 1.
            `EarlyStopping` is one; a function that raises `StopTraining` ends the training, too.
        checkpoint: a file that is written after every epoch, with all that the next ones depend on. Where it is there
            already, the training goes on from it, and ends with the same numbers, bit for bit, as if it had never been
            interrupted. (Random numbers that model or loss draw themselves are not in it.) `epochs` may be more than
            before.
        seed: of the order of the rows. The same seed (and model) gives the same numbers, bit for bit.
        dtype: of the arithmetic, "float64" or "float32"; with float32 the trained parameters are float32 numbers.
        backend: "numpy" compiles model and loss (`autograd.compile`) and trains on whole batches. They are compiled
            anew where they do something else by now, since a callback of your own has changed them, say: before each
            further epoch, a model or loss of your own is called once more to find out. "eager" builds the graph of
            every row, where every number can be looked at.
        progress: show a bar with the loss and the first metric.

    Warns:
        UserWarning: when model and loss cannot be compiled, or do something else with each call, with the reason; the
            training is eager then. When the checkpoint holds the whole training already.
        DiagnosisWarning: once for vanishing gradients, saturated neurons, exploding gradients, and dead relus, with
            advice. And when the loss of a row is not finite, with epoch, batch and the operation that it comes from:
            the training ends then, with parameters and optimizer as they were after the epoch before.

    Returns:
        The history: "loss" (the mean over the epoch, without penalties), each metric, and with validation data
        "val_loss" and each metric with "val_" in front. Its `statistics` have for each layer ("layer 1", …) lists, with
        a number after each of the epochs in "epoch" (all up to 99, then every 10th, from 1,000 on every 100th):
        "gradient" and "gradient_max", the mean and the largest |∂loss/∂θ| of its parameters in the last batch, without
        penalties and clipping; "activation" and "activation_std", mean and deviation of its outputs for some of the
        rows; of relus "dead", the share of neurons that are 0 for all of these rows; of tanh and sigmoid "saturated",
        the share of outputs in the outer 1 % of their range, on either side.

    Raises:
        ValueError: for data that are empty, ragged, masked, complex, dates, not finite, of different length, or do not
            fit the model, the loss or the metrics, for an unknown backend or dtype, and for a checkpoint that is
            damaged, foreign, or of a training with other settings or data; nothing has been changed then.

    >>> from nn import MLP, SGD, fit
    >>> model = MLP(2, [4, 1], activation="tanh", output="sigmoid", seed=1)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = fit(model, X, y, loss="binary_cross_entropy", optimizer=SGD(model.parameters(), lr=1.0),
    ...               epochs=200, batch_size=None, metrics=["accuracy"], seed=0, progress=False)
    >>> history["accuracy"][-1]
    1.0
    """
    loss = loss_function(loss)
    metrics = check_metrics(metrics)
    rows, targets = _checked_data(model, X, y)
    validation = None
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
            raise ValueError("validation_data must be a pair (X, y)")
        validation = _checked_data(model, *validation_data, "validation_data: ")
    check_count("epochs", epochs)
    if batch_size is not None:
        check_count("batch_size", batch_size)
    choose("backend", backend, BACKENDS)
    choose("dtype", dtype, DTYPES)
    if backend == "eager" and dtype != "float64":
        raise ValueError("backend='eager' computes in float64; dtype='float32' needs backend='numpy'")
    check_number("l1", l1, 0.0)
    check_number("l2", l2, 0.0)
    if clip_norm is not None:
        check_number("clip_norm", clip_norm, 0.0, open_below=True)
    optimizer = Adam(model.parameters(), lr=0.01) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, such as SGD(model.parameters(), lr=0.1); got {optimizer!r}")
    check_trainable(model, optimizer)
    for data in (rows, targets), validation:
        if data is not None:
            try_out(model, *data, loss, metrics)

    callbacks = list(callbacks) if isinstance(callbacks, Iterable) and not callable(callbacks) else [callbacks]
    for callback in callbacks:
        if not callable(callback) or isinstance(callback, type):
            raise TypeError(f"a callback is a function (epoch, history), or a Callback, made; got {callback!r}")

    rng = np.random.default_rng(seed)
    parameters = list(dict.fromkeys([*model.parameters(), *optimizer.given]))
    names = ["loss", *metrics]
    names += ["val_" + name for name in names] if validation is not None else []
    history, stopped, saved = History({name: [] for name in names}), False, None
    if checkpoint is not None:
        settings = {
            "model": model, "loss": loss, "optimizer": optimizer, "data": fingerprint(rows, targets),
            "validation data": validation and fingerprint(*validation), "batch_size": batch_size, "metrics": metrics,
            "l1": l1, "l2": l2, "clip_norm": clip_norm, "seed": seed, "dtype": dtype, "backend": backend,
            "callbacks": callbacks,
        }  # fmt: skip
        saved = Checkpoint(checkpoint, settings, parameters, optimizer, rng, callbacks)
        stopped = saved.open(history)
        if history.epochs > epochs:
            raise ValueError(f"{checkpoint} has {history.epochs} epochs of this training already, epochs is {epochs}")
        if stopped or history.epochs == epochs:
            warnings.warn(
                f"{checkpoint} holds this training, and it is complete: its {history.epochs} epochs are taken from "
                "there, and nothing is trained. To train anew, give another file, or move it away",
                CompleteWarning,
                stacklevel=2,
            )
    for callback in callbacks:
        if isinstance(callback, Callback):
            callback.begin(parameters, names)

    size = min(batch_size or len(rows), len(rows))
    starts = range(0, len(rows), size)
    epochs_left = range(0) if stopped else range(history.epochs + 1, epochs + 1)
    others_run = _others_run(optimizer, callbacks)
    with ExitStack() as afterwards:
        afterwards.enter_context(plain_afterwards(parameters))
        bar = afterwards.enter_context(_progress_bar(progress, len(epochs_left) * len(starts)))
        way: Compiled | Eager = Eager(model, loss)
        if backend == "numpy" and epochs_left:
            rows = rows.astype(dtype)
            way = compiled_or_eager(model, loss, dtype, rows, targets)
        if saved is not None:
            saved.restore()
        diagnosis = Diagnosis(model, optimizer, rows, way)
        descent = Descent(way, optimizer, rows, targets, l1, l2, clip_norm)
        for epoch in epochs_left:
            if epoch > epochs_left[0] and way.is_outdated(others_run):
                afterwards.enter_context(plain_afterwards(model.parameters()))  # which may be others by now
                descent.way = diagnosis.way = way = compiled_or_eager(model, loss, dtype, rows, targets)
            bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
            shuffled = rng.permutation(len(rows)) if len(starts) > 1 else np.arange(len(rows))
            descent.begin()
            losses, outputs = [], []
            for start in starts:
                batch_losses, batch_outputs = descent.losses(shuffled[start : start + size])
                if not np.isfinite(batch_losses).all():
                    break
                if start == starts[-1]:
                    gradient = optimizer.gradient()  # as it is before penalties and clipping
                descent.step()
                losses.append(batch_losses)
                outputs.append(batch_outputs)
                bar.update()
            if not np.isfinite(batch_losses).all() or not np.isfinite(optimizer.data()).all():
                why = descent.go_back(Eager(model, loss), batch_losses)
                back = f"to those after epoch {epoch - 1}" if epoch > 1 else "to those before the training"
                trouble = (
                    f"the training ended in epoch {epoch}, batch {start // size + 1} of {len(starts)}: {why}. The "
                    f"parameters go back {back}"
                )
                warnings.warn(DiagnosisWarning(trouble, HELP["not finite"]), stacklevel=2)
                break
            summary = _summary(np.concatenate(losses), np.concatenate(outputs), targets[shuffled], loss, metrics)
            if validation is not None:
                held_out = _summary(*way.evaluate(*validation), validation[1], loss, metrics)
                summary |= {"val_" + name: number for name, number in held_out.items()}
            history.append(**summary)
            for warning in diagnosis.look(history, gradient, clip_norm is not None):
                warnings.warn(warning, stacklevel=2)
            shown = {name: f"{summary[name]:.4g}" for name in ("loss", "val_loss", *metrics[:1]) if name in summary}
            bar.set_postfix(shown, refresh=False)
            for callback in callbacks:
                try:
                    callback(epoch, history)
                except StopTraining:
                    stopped = True
            if saved is not None:
                saved.write(history, stopped)
            if stopped:
                break
        for callback in callbacks:
            if isinstance(callback, Callback):
                callback.end()
    return history


def predict(model: Module, X: Any) -> np.ndarray:
    """The model's outputs for rows of inputs: an array (rows,) for one output, (rows, outputs) for several.

    `model.scaler`, where it is set, scales the rows. Many rows are computed at once, by `autograd.compile`.

    Raises:
        ValueError: for data that are empty, ragged, masked, complex, dates or not finite, or do not fit the model.

    Warns:
        UserWarning: when the model cannot be compiled, or does something else with each call, with the reason; it is
            called row by row then.

    >>> from nn import Neuron
    >>> predict(Neuron(2, seed=0), [[0.0, 0.0], [0.0, 0.0]])
    array([0., 0.])
    """
    rows = scaled(model, check_rows(X))
    return faster(rows, model, None, lambda way: way.predict(rows))


def evaluate(
    model: Module, X: Any, y: Any, *, loss: str | LossFunction, metrics: Sequence[str] = ()
) -> dict[str, float]:
    """The mean loss and the metrics of the model on rows: {"loss": …, "accuracy": …}.

    Arguments and errors as for `fit`, warnings as for `predict`.

    >>> from nn import Neuron
    >>> evaluate(Neuron(1, seed=0), [[0.0], [0.0]], [1.0, 3.0], loss="mse", metrics=["mean_absolute_error"])
    {'loss': 5.0, 'mean_absolute_error': 2.0}
    """
    rows, targets = _checked_data(model, X, y)
    loss, metrics = loss_function(loss), check_metrics(metrics)
    losses, outputs = faster(rows, model, loss, lambda way: way.evaluate(rows, targets))
    return _summary(losses, outputs, targets, loss, metrics)


def _checked_data(model: Module, X: Any, y: Any, what: str = "") -> tuple[np.ndarray, np.ndarray]:
    rows, targets = check_data(X, y, what)
    return scaled(model, rows), targets


def _summary(
    losses: np.ndarray, outputs: np.ndarray, targets: np.ndarray, loss: LossFunction, metrics: Sequence[str]
) -> dict[str, float]:
    """The mean loss, and every metric, by name."""
    return {"loss": fsum(losses.tolist()) / len(losses), **measure(metrics, outputs, targets, loss)}


def _others_run(optimizer: Optimizer, callbacks: Iterable[Any]) -> bool:
    """Whether code that is not nn's runs between two epochs, and may change what model and loss do."""
    schedule: Any = optimizer.schedule
    while type(schedule) is WarmUp:
        schedule = schedule.lr
    known = not callable(schedule) or type(schedule) in (StepDecay, ExponentialDecay, CosineDecay)
    own = known and type(optimizer) in OPTIMIZERS.values() and all(type(each) is EarlyStopping for each in callbacks)
    return not own


def _progress_bar(show: bool, steps: int) -> Any:
    from tqdm import tqdm  # as text, which works everywhere; tqdm.auto warns in a notebook without widgets

    return tqdm(total=steps, disable=not show, unit="batch", mininterval=0.5)
