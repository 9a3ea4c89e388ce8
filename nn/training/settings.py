"""The settings of a training, validated once: before anything is changed."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd import Value
from autograd.parameters import same

from ..data.scaling import checked_data
from ..losses import loss_function
from ..module import Module, check_model
from ..optim.optimizer import Optimizer
from ..optim.optimizers import OWN, Adam
from ..optim.schedules import SCHEDULES, WarmUp
from ..support.checks import check_count, check_number, choose
from .backends import BACKENDS, DTYPES, why_not
from .callbacks import Callback, EarlyStopping
from .devices.processes import ALONE, Processes
from .differences import CHANGEABLE
from .metrics import check_metrics
from .trial import check_trainable, try_out


@dataclass
class Settings:
    """What `fit` was given, under its names: made of it, and checked in that.

    All of it tells which training it is, but for what is FREE (in `identity`): a checkpoint compares the rest.

    Raises:
        TypeError, ValueError: as `fit` says.
    """

    model: Module
    loss: Any
    optimizer: Any
    data: Any  # (X, y), and Data once it is checked; so is validation_data
    validation_data: Any
    batch_size: int | None
    metrics: Sequence[str]
    l1: float
    l2: float
    clip_norm: float | None
    seed: int | None
    dtype: str
    backend: str | None  # None, where it was not named, until it is known whether a checkpoint names one
    callbacks: Any
    epochs: int
    checkpoint: str | os.PathLike[str] | None
    changed: Any  # names of settings
    progress: bool
    devices: Any = None  # those of JAX, once they are checked
    processes: Processes = ALONE  # that train together

    def __post_init__(self) -> None:
        check_model("fit trains a Module", self.model)
        self.loss, self.metrics = loss_function(self.loss), check_metrics(self.metrics)
        self.data = checked_data(self.model, *self.data)
        if self.validation_data is not None:
            if not isinstance(self.validation_data, (tuple, list)) or len(self.validation_data) != 2:
                raise ValueError(f"validation_data must be a pair (X, y), got {self.validation_data!r:.60}")
            X, y = self.validation_data
            self.validation_data = checked_data(self.model, X, y, "validation_data: ")
        self._check_numbers()
        self._check_optimizer()
        for data in (self.data, self.validation_data):
            if data is not None:
                try_out(self.model, data, self.loss, self.metrics)
        self._check_callbacks()

    def _check_numbers(self) -> None:
        check_count("epochs", self.epochs)
        if self.batch_size is not None:
            check_count("batch_size", self.batch_size)
        choose("dtype", self.dtype, DTYPES)
        if self.backend is not None:
            choose("backend", self.backend, BACKENDS)
        if why := why_not(self.backend):
            raise ImportError(f"backend={self.backend!r} {why}. Leave it out, or use backend='numpy'")
        if self.backend == "eager" and self.dtype != "float64":
            raise ValueError("backend='eager' computes in float64; dtype='float32' is for the other ones")
        if not isinstance(self.changed, Iterable):
            raise TypeError(f"changed must be names of settings, such as ['callbacks'], got {self.changed!r:.60}")
        self.changed = [self.changed] if isinstance(self.changed, str) else list(self.changed)
        for name in self.changed:
            choose("setting in changed", name, dict.fromkeys(CHANGEABLE))
        self._check_devices()
        check_number("l1", self.l1, 0.0)
        check_number("l2", self.l2, 0.0)
        if self.clip_norm is not None:
            check_number("clip_norm", self.clip_norm, 0.0, open_below=True)

    def _check_devices(self) -> None:
        if self.backend == "jax":
            from .devices.mesh import checked_devices

            self.devices = checked_devices(self.devices, self.processes)
        elif self.devices is not None:
            raise ValueError(f"devices={self.devices!r} are those of backend='jax', got backend={self.backend!r}")

    def _check_optimizer(self) -> None:
        if self.optimizer is None:
            if not (parameters := self.model.parameters()):
                raise ValueError(
                    "the model has no parameters: keep what is learned in Values, as attributes of the Module"
                )
            self.optimizer = Adam(parameters, lr=0.01)
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(
                f"optimizer must be an Optimizer, such as SGD(model.parameters(), lr=0.1); got {self.optimizer!r}"
            )
        check_trainable(self.model, self.optimizer)

    def _check_callbacks(self) -> None:
        several = isinstance(self.callbacks, Iterable) and not callable(self.callbacks)
        self.callbacks = list(self.callbacks) if several else [self.callbacks]
        for callback in self.callbacks:
            if not callable(callback) or isinstance(callback, type):
                raise TypeError(f"a callback is a function (epoch, history), or a Callback, made; got {callback!r}")

    @cached_property
    def parameters(self) -> list[Value]:
        """Those of the model, and those of the optimizer that are not in it."""
        of_model, trained = list(self.model.parameters()), self.optimizer.given
        return of_model if same(of_model, trained) else [*dict.fromkeys([*of_model, *trained])]

    @cached_property
    def size(self) -> int:
        """Of a batch, in rows."""
        n_rows = len(self.data)
        return min(self.batch_size or n_rows, n_rows)

    @cached_property
    def names(self) -> list[str]:
        """Of the numbers that the history has for each epoch."""
        names = ["loss", *self.metrics]
        return names if self.validation_data is None else names + ["val_" + name for name in names]

    @cached_property
    def watching(self) -> list[Callback]:
        """The callbacks that have a beginning, an end and a state; the others are functions."""
        return [callback for callback in self.callbacks if isinstance(callback, Callback)]

    @cached_property
    def others_run(self) -> bool:
        """Whether code that is not nn's runs between two epochs, and may change what model and loss do."""
        schedule: Any = self.optimizer.schedule
        while type(schedule) is WarmUp:
            schedule = schedule.lr
        known = not callable(schedule) or type(schedule) in SCHEDULES
        own = type(self.optimizer) in OWN and all(type(each) is EarlyStopping for each in self.callbacks)
        return not (known and own)
