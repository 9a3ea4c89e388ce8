"""fit: epochs and batches on arrays."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from autograd.warn import warn

from ..history import History
from ..losses import LossName
from ..module import Module
from ..optim.optimizer import Optimizer
from ..support.clock import Stopwatch
from ..support.files import check_replaceable
from ..support.locks import held
from ..support.shell import is_in_notebook
from .backends import Compiled, Eager, LossFunction, chosen, why_not
from .callbacks import Callback, StopTraining
from .checkpoint import Checkpoint, CompleteWarning
from .descent import Descent
from .devices.descent import DeviceDescent
from .devices.mesh import Devices, checked_devices
from .devices.rows import rows_of
from .devices.sharing import check_alike, processes_of, shared_file, shared_generator
from .devices.way import OnDevices
from .diagnosis import HELP, Diagnosis, DiagnosisWarning
from .meanwhile import plain_afterwards, trained_alone
from .metrics import MetricName, summary
from .settings import Settings
from .threads import threads_that_pay
from .ways import compiled_or_eager

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
    changed: Sequence[str] | str = (),
    seed: int | None = None,
    dtype: Literal["float64", "float32"] = "float64",
    backend: Literal["native", "numpy", "jax", "eager"] | None = None,
    devices: Any = None,
    progress: bool = True,
) -> History:
    """Train the model: in every epoch, go through the rows in a new order, and step after every batch.

    The gradient of a step is that of the mean loss over the rows of the batch, plus the penalties
    l1·Σ|θ| and l2·Σθ² over the parameters of the optimizer.

    Args:
        model: called on a list of numbers (one row), it returns a Value or a list of Values.
        X: rows of inputs: an array (rows, inputs) or lists; `model.scaler`, where it is set, scales them. An array of
            float64, of float32 or of small integers whose rows lie one after the other is read batch by batch, and not
            copied: it may be a file that `np.memmap` shows. So it must not change before the training has ended.
            Validation data, and batches of all rows, are converted as a whole where that is needed.
        y: the targets: an array (rows,) of numbers or classes, or (rows, outputs).
        loss: a name of `nn.LOSSES`, or a function (output, target) of one row that returns a Value.
        optimizer: made with `model.parameters()`; `Adam(model.parameters(), lr=0.01)` where it is None. One of nn's own
            moves the parameters where they are, on the devices of JAX, say; of another one each gradient comes here.
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
            before. It names the backend that ran ("eager" for what could not be compiled), by which the training goes
            on where none is named here; where that one is not, the file is refused. A file of "eager" fits another
            backend that is named, too, where model and loss cannot be compiled again.
        changed: names of settings that may be others than in the checkpoint, and hold from now on: "callbacks", "loss",
            "batch_size", "l1", "l2", "clip_norm", "backend".
        seed: of the order of the rows. The same seed (and model, and backend) gives the same numbers, bit for bit.
        dtype: of the arithmetic, "float64" or "float32"; with float32 the trained parameters are float32 numbers.
        backend: "native", "numpy" and "jax" compile model and loss (`autograd.compile`) and train on whole batches.
            They are compiled anew where they do something else by now, since a callback of your own has changed them,
            say: before each further epoch, a model or loss of your own is called once more to find out. "eager" builds
            the graph of every row, where every number can be looked at. None is what the checkpoint names; without one,
            "native" where the core is compiled, and else "numpy", as in `compile`. The numbers of the backends differ
            in their last bits.
        devices: of JAX, for backend="jax", among which the rows of each batch are shared: "all"; a number, the first so
            many; or a list, such as `jax.devices()[2:4]`. None is the one that JAX computes on. In a program that has
            called `jax.distributed.initialize`, all its processes train together, each on such devices of its own
            (None: all of them): docs/how_to/machines.md. By how many there are, the numbers differ in their last bits.
        progress: show a bar with the loss and the first metric: on stderr, in a notebook on stdout.

    Warns:
        UserWarning: when model and loss cannot be compiled, or do something else with each call, with the reason; the
            training is eager then. When the checkpoint holds the whole training already. As `compile`, of a "native"
            that does not work.
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
            damaged, foreign, of a training with other settings that are not in `changed`, other data or another
            backend, or by a backend that is not here; for more devices than there are, and for processes that were not
            given the same; nothing has been changed then. For a callback whose state could not be read again.
        ImportError: for backend="native" where it is not built, or cannot use the NumPy that is there, and for "jax"
            where that is not installed.
        TypeError: for a model that is no Module, for an optimizer or a callback that is none, and for `changed` that
            is no list of names.
        RuntimeError: for a model, or an optimizer, that another thread trains; nothing has been changed then.
        ConnectionAbortedError: where several processes train together, and another one has ended by an error.
        BlockingIOError: for a checkpoint that another training is writing; nothing has been changed then.
        OSError: for a checkpoint that cannot be written.

    >>> from nn import MLP, SGD, fit
    >>> model = MLP(2, [4, 1], activation="tanh", output="sigmoid", seed=1)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = fit(model, X, y, loss="binary_cross_entropy", optimizer=SGD(model.parameters(), lr=1.0),
    ...               epochs=200, batch_size=None, metrics=["accuracy"], seed=0, progress=False)
    >>> history["accuracy"][-1]
    1.0
    """
    processes = processes_of(backend)
    with ExitStack() as while_training:
        with processes.all_or_none():
            settings = Settings(
                model=model, loss=loss, optimizer=optimizer, data=(X, y), validation_data=validation_data,
                batch_size=batch_size, metrics=metrics, l1=l1, l2=l2, clip_norm=clip_norm, seed=seed, dtype=dtype,
                backend=backend, callbacks=callbacks, epochs=epochs, checkpoint=checkpoint, changed=changed,
                progress=progress, devices=devices, processes=processes,
            )  # fmt: skip
            while_training.enter_context(trained_alone(settings.model, settings.optimizer))
            while_training.enter_context(_in_use(settings))
        if checkpoint is not None:
            settings.checkpoint = while_training.enter_context(shared_file(processes, Path(checkpoint)))
        return train(settings)


def _in_use(settings: Settings) -> AbstractContextManager[None]:
    """A block in which nobody else writes the checkpoint."""
    path = settings.checkpoint
    if path is None or not settings.processes.is_first:
        return nullcontext()
    return held(Path(path), "wait for its end, or give another file")


def train(settings: Settings) -> History:
    """Train for the epochs that are left after those of the checkpoint; the history.

    Raises:
        ValueError: for a checkpoint that does not fit, or for what a callback cannot watch.
    """
    history, rng = History({name: [] for name in settings.names}), shared_generator(settings)
    processes, n_batches = settings.processes, -(-len(settings.data) // settings.size)
    with ExitStack() as afterwards:
        with processes.all_or_none():
            checkpoint, stopped = None, False
            if settings.checkpoint is not None:
                checkpoint = Checkpoint(settings.checkpoint, settings, settings.parameters, rng)
                stopped = checkpoint.open(history)
                _check_rest(settings, settings.checkpoint, history.epochs, stopped)
            settings.backend = chosen(settings.backend)
            for callback in settings.watching:
                callback.begin(settings.parameters, settings.names)
            epochs = range(0) if stopped else range(history.epochs + 1, settings.epochs + 1)
            afterwards.enter_context(plain_afterwards(settings.parameters))
            shows = settings.progress and processes.is_first
            bar = afterwards.enter_context(_progress_bar(len(epochs) * n_batches)) if shows else None
            compiled = settings.backend != "eager" and len(epochs) > 0
            rows = rows_of(settings.data, settings.dtype, processes)
            way = _compiled(settings, rows) if compiled else Eager(settings.model, settings.loss, settings.dtype)
            if checkpoint is not None:
                checkpoint.restore(by_eager=isinstance(way, Eager))
            afterwards.enter_context(threads_that_pay(way, rows, settings.data.targets, settings.size))
        check_alike(settings)
        diagnosis = Diagnosis(settings.model, settings.optimizer, rows, way)
        training = Training(settings, history, rng, _descent(settings, way, rows), diagnosis, checkpoint, bar)
        for epoch in epochs:
            if epoch > epochs[0]:
                training.compile_anew(afterwards)
            if not training.epoch(epoch):
                break
        for callback in settings.watching:
            callback.end()
    return history


def _check_rest(settings: Settings, path: str | os.PathLike[str], done: int, stopped: bool) -> None:
    """Of the training that a checkpoint has begun: whether there is one, and whether it can be done here."""
    epochs = settings.epochs
    if done > epochs:
        raise ValueError(f"{path} has {done} epochs of this training already, epochs is {epochs}")
    if (stopped or done == epochs) and not settings.processes.is_first:
        return
    if stopped or done == epochs:
        warn(
            f"{path} holds this training, and it is complete: its {done} epochs are taken from there, and nothing "
            "is trained. To train anew, give another file, or move it away",
            CompleteWarning,
        )
    elif why := why_not(settings.backend):
        raise ValueError(
            f"{path} was written by backend={settings.backend!r}, which {why}. Another backend's numbers differ in "
            f"their last bits: go on where backend={settings.backend!r} works, or name another one, and "
            "changed=['backend']. It was left as it is: to train anew, give another file, or move it away"
        )
    else:
        check_replaceable(path)


def _compiled(settings: Settings, rows: np.ndarray) -> Compiled | Eager:
    """How the rows are computed; where that is eager, so is the backend from now on, which checkpoints name."""
    targets, backend = settings.data.targets, settings.backend
    way = compiled_or_eager(settings.model, settings.loss, settings.dtype, rows, targets, backend)
    if isinstance(way, Eager):
        if settings.processes.count > 1:
            raise ValueError("model and loss cannot be compiled, as the warning says: train them in one process")
        settings.backend = "eager"
    return way


def _descent(settings: Settings, way: Compiled | Eager, rows: Any) -> Descent:
    """The steps: on devices, where JAX takes them."""
    if not isinstance(way, OnDevices):
        return Descent(settings, way, rows)
    chosen_devices = settings.devices or checked_devices(None)
    return DeviceDescent(settings, way, rows, Devices(chosen_devices, settings.processes))


@dataclass
class Training:
    """A training on its way: its descent, and what watches it, the diagnosis, the callbacks, the bar, the checkpoint.

    Attributes:
        history: what happened so far; of an earlier part, as its checkpoint has it.
        rng: of the order of the rows.
        stopped: by a callback.
    """

    settings: Settings
    history: History
    rng: np.random.Generator
    descent: Descent
    diagnosis: Diagnosis
    checkpoint: Checkpoint | None
    bar: Any
    stopped: bool = False

    def compile_anew(self, afterwards: ExitStack) -> None:
        """Where model and loss do something else by now."""
        if self.descent.way.is_outdated(self.settings.others_run):
            afterwards.enter_context(plain_afterwards(self.settings.model.parameters()))  # others by now, perhaps
            self.diagnosis.way = _compiled(self.settings, self.descent.rows)
            self.descent = _descent(self.settings, self.diagnosis.way, self.descent.rows)

    def epoch(self, epoch: int) -> bool:
        """Descend, and tell all that watch; whether the training goes on."""
        settings, n_rows = self.settings, len(self.descent.rows)
        if self.bar is not None:
            self.bar.set_description(f"epoch {epoch}/{settings.epochs}", refresh=False)
        order = self.rng.permutation(n_rows) if settings.size < n_rows else np.arange(n_rows)
        after_batch = None if self.bar is None else self.bar.update
        done = self.descent.epoch(order, after_batch, with_gradient=self.diagnosis.looks_after(epoch))
        if done.trouble:
            back = f"to those after epoch {epoch - 1}" if epoch > 1 else "to those before the training"
            trouble = f"the training ended in epoch {epoch}, {done.trouble}. The parameters go back {back}"
            self._warn(DiagnosisWarning(trouble, HELP["not finite"]))
            return False
        targets = settings.data.targets[order] if settings.metrics else settings.data.targets  # which nobody looks at
        numbers = summary(done.losses, done.outputs, targets, settings.loss, settings.metrics)
        if settings.validation_data is not None:
            losses, outputs = self.descent.evaluate()
            held_out = summary(losses, outputs, settings.validation_data.targets, settings.loss, settings.metrics)
            numbers |= {"val_" + name: number for name, number in held_out.items()}
        self.history.append(**numbers)
        self._tell(epoch, done.gradient)
        return not self.stopped

    def _tell(self, epoch: int, gradient: np.ndarray | None) -> None:
        """Tell diagnosis, bar, callbacks and checkpoint that an epoch is over; any callback may end the training."""
        settings, numbers = self.settings, self.history
        if gradient is not None:
            for warning in self.diagnosis.look(self.history, gradient, settings.clip_norm is not None):
                self._warn(warning)
        if self.bar is not None:
            names = ("loss", "val_loss", *settings.metrics[:1])
            shown = {name: f"{numbers[name][-1]:.4g}" for name in names if name in numbers}
            self.bar.set_postfix(shown, refresh=False)
        processes = settings.processes
        with processes.all_or_none():
            for callback in settings.callbacks:
                try:
                    callback(epoch, self.history)
                except StopTraining:
                    self.stopped = True
        self.stopped = processes.any(self.stopped)
        with processes.all_or_none():
            if self.checkpoint is not None and processes.is_first:
                self.checkpoint.write(self.history, self.stopped)

    def _warn(self, warning: DiagnosisWarning) -> None:
        """Once, where several processes see the same."""
        if self.settings.processes.is_first:
            warn(warning)


def _progress_bar(steps: int) -> Any:
    from tqdm import tqdm  # as text, which works everywhere; tqdm.auto warns in a notebook without widgets

    file = sys.stdout if is_in_notebook() else None  # which shows stderr, tqdm's own, on pink, as errors
    bar = tqdm(total=steps, unit="batch", mininterval=0.5, file=file)
    bar._time = Stopwatch()  # its own is the clock on the wall, which may be set back
    bar.start_t = bar.last_print_t = 0.0
    return bar
