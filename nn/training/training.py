"""fit: epochs and batches on arrays."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Literal

import numpy as np

from ..history import History
from ..losses import LossName
from ..module import Module
from ..optim.optimizer import Optimizer
from ..support.warn import warn
from .backends import Compiled, Eager, LossFunction, compiled_or_eager, plain_afterwards
from .callbacks import Callback, StopTraining
from .checkpoint import Checkpoint, CompleteWarning
from .descent import Descent
from .diagnosis import HELP, Diagnosis, DiagnosisWarning
from .metrics import MetricName, summary
from .settings import Settings

CallbackFunction = Callable[[int, History], Any]


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: LossName | LossFunction,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = 32,
    validation_data: Sequence[Any] | None = None,
    metrics: Sequence[MetricName] | MetricName = (),
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    callbacks: Callback | CallbackFunction | Sequence[Callback | CallbackFunction] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    seed: int | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    backend: Literal["numpy", "eager"] = "numpy",
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
        TypeError: for a model that is no Module, and for an optimizer or a callback that is none.

    >>> from nn import MLP, SGD, fit
    >>> model = MLP(2, [4, 1], activation="tanh", output="sigmoid", seed=1)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = fit(model, X, y, loss="binary_cross_entropy", optimizer=SGD(model.parameters(), lr=1.0),
    ...               epochs=200, batch_size=None, metrics=["accuracy"], seed=0, progress=False)
    >>> history["accuracy"][-1]
    1.0
    """
    settings = Settings(
        model=model, loss=loss, optimizer=optimizer, data=(X, y), validation_data=validation_data,
        batch_size=batch_size, metrics=metrics, l1=l1, l2=l2, clip_norm=clip_norm, seed=seed, dtype=dtype,
        backend=backend, callbacks=callbacks, epochs=epochs, checkpoint=checkpoint, progress=progress,
    )  # fmt: skip
    return Training(settings).run()


class Training:
    """A training: its descent, and what watches it, the diagnosis, the callbacks, the bar and the checkpoint.

    Attributes:
        settings: of it.
        history: what happened so far; of an earlier part, as its checkpoint has it.

    Raises:
        ValueError: for a checkpoint that does not fit, or for what a callback cannot watch.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings, self.history = settings, History({name: [] for name in settings.names})
        self._rng = np.random.default_rng(settings.seed)
        self._parameters = settings.parameters
        self._checkpoint: Checkpoint | None = None
        self._stopped = False  # by a callback
        if settings.checkpoint is not None:
            self._checkpoint = Checkpoint(settings.checkpoint, settings, self._parameters, self._rng)
            self._stopped = self._checkpoint.open(self.history)
            self._check_length()
        for callback in self._watching():
            callback.begin(self._parameters, settings.names)

    def _check_length(self) -> None:
        path, done, epochs = self.settings.checkpoint, self.history.epochs, self.settings.epochs
        if done > epochs:
            raise ValueError(f"{path} has {done} epochs of this training already, epochs is {epochs}")
        if self._stopped or done == epochs:
            warn(
                f"{path} holds this training, and it is complete: its {done} epochs are taken from there, and nothing "
                "is trained. To train anew, give another file, or move it away",
                CompleteWarning,
            )

    def run(self) -> History:
        """Train for the epochs that are left; the history."""
        settings = self.settings
        epochs = range(0) if self._stopped else range(self.history.epochs + 1, settings.epochs + 1)
        n_batches = -(-len(settings.data.rows) // settings.size)
        with ExitStack() as self._afterwards:
            self._afterwards.enter_context(plain_afterwards(self._parameters))
            self._bar = self._afterwards.enter_context(_progress_bar(settings.progress, len(epochs) * n_batches))
            self._begin(compiled=settings.backend == "numpy" and len(epochs) > 0)
            for epoch in epochs:
                if epoch > epochs[0]:
                    self._compile_anew()
                if not self._epoch(epoch):
                    break
            for callback in self._watching():
                callback.end()
        return self.history

    def _begin(self, compiled: bool) -> None:
        """Make what descends and what diagnoses, of the numbers that the checkpoint has."""
        settings, rows = self.settings, self.settings.data.rows
        self._rows = rows.astype(settings.dtype) if compiled else rows
        way = self._compiled() if compiled else Eager(settings.model, settings.loss)
        if self._checkpoint is not None:
            self._checkpoint.restore()
        self._diagnosis = Diagnosis(settings.model, settings.optimizer, self._rows, way)
        self._descent = Descent(settings, way, self._rows)

    def _compiled(self) -> Compiled | Eager:
        settings = self.settings
        return compiled_or_eager(settings.model, settings.loss, settings.dtype, self._rows, settings.data.targets)

    def _compile_anew(self) -> None:
        """Where model and loss do something else by now."""
        if self._descent.way.is_outdated(self.settings.others_run):
            self._afterwards.enter_context(plain_afterwards(self.settings.model.parameters()))  # others by now, perhaps
            self._descent.way = self._diagnosis.way = self._compiled()

    def _epoch(self, epoch: int) -> bool:
        """Descend, and tell all that watch; whether the training goes on."""
        settings, n_rows = self.settings, len(self._rows)
        self._bar.set_description(f"epoch {epoch}/{settings.epochs}", refresh=False)
        order = self._rng.permutation(n_rows) if settings.size < n_rows else np.arange(n_rows)
        done = self._descent.epoch(order, self._bar.update)
        if done.trouble:
            back = f"to those after epoch {epoch - 1}" if epoch > 1 else "to those before the training"
            trouble = f"the training ended in epoch {epoch}, {done.trouble}. The parameters go back {back}"
            warn(DiagnosisWarning(trouble, HELP["not finite"]))
            return False
        numbers = summary(done.losses, done.outputs, settings.data.targets[order], settings.loss, settings.metrics)
        if settings.validation_data is not None:
            losses, outputs = self._descent.way.evaluate(*settings.validation_data)
            held_out = summary(losses, outputs, settings.validation_data.targets, settings.loss, settings.metrics)
            numbers |= {"val_" + name: number for name, number in held_out.items()}
        self.history.append(**numbers)
        self._tell(epoch, done.gradient)
        return not self._stopped

    def _tell(self, epoch: int, gradient: np.ndarray) -> None:
        """Tell diagnosis, bar, callbacks and checkpoint that an epoch is over; any callback may end the training."""
        settings, numbers = self.settings, self.history
        for warning in self._diagnosis.look(self.history, gradient, settings.clip_norm is not None):
            warn(warning)
        names = ("loss", "val_loss", *settings.metrics[:1])
        shown = {name: f"{numbers[name][-1]:.4g}" for name in names if name in numbers}
        self._bar.set_postfix(shown, refresh=False)
        for callback in settings.callbacks:
            try:
                callback(epoch, self.history)
            except StopTraining:
                self._stopped = True
        if self._checkpoint is not None:
            self._checkpoint.write(self.history, self._stopped)

    def _watching(self) -> list[Callback]:
        """The callbacks that are told of the beginning and the end, too."""
        return [callback for callback in self.settings.callbacks if isinstance(callback, Callback)]


def _progress_bar(show: bool, steps: int) -> Any:
    from tqdm import tqdm  # as text, which works everywhere; tqdm.auto warns in a notebook without widgets

    return tqdm(total=steps, disable=not show, unit="batch", mininterval=0.5)
