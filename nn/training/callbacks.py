"""What `fit` calls after every epoch."""

from collections.abc import Mapping, Sequence
from math import inf, isnan
from typing import Any

import numpy as np

from autograd import Value
from autograd.parameters import numbers_of

from ..history import History
from ..support.checks import check_count, check_number, did_you_mean
from .metrics import METRICS, Metric


class StopTraining(Exception):
    """Raised by a callback: this epoch is the last one. `fit` returns as usual."""


class Callback:
    """A callback that remembers something. (One that does not is a function of epoch and history.)

    `fit` calls `begin` before the first epoch, the callback itself after every epoch, and `end` after the last one.
    What `state_dict` gives is written to checkpoints, so that an interrupted training goes on where it was.

    >>> from nn import Neuron, fit
    >>> class Slopes(Callback):
    ...     def begin(self, parameters, names):
    ...         self.w, self.all = parameters[0], []
    ...
    ...     def __call__(self, epoch, history):
    ...         self.all.append(round(self.w.data, 2))
    >>> slopes = Slopes()
    >>> history = fit(Neuron(1, seed=0), [[1.0]], [2.0], loss="mse", epochs=3, callbacks=slopes, progress=False)
    >>> slopes.all
    [1.2, 1.21, 1.22]
    """

    def begin(self, parameters: Sequence[Value], names: Sequence[str]) -> None:
        """Before the training: its parameters, and the names that the history will have. May raise ValueError."""

    def __call__(self, epoch: int, history: History) -> None:
        """After an epoch, counted from 1. May raise StopTraining."""

    def end(self) -> None:
        """After the last epoch."""

    def state_dict(self) -> dict[str, Any]:
        """All that must last, by name: arrays of numbers, and what JSON has."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back what `state_dict` gave."""


class EarlyStopping(Callback):
    """Stop when a number of the history has not become better for `patience` epochs; keep the weights that were best.

    When the training ends, after the last epoch too, the parameters get the numbers of the best epoch.

    Args:
        monitor: a name of the history, "val_loss", "val_accuracy", …: higher is better for accuracy, precision, recall,
            f1 and r2, lower for all others.
        patience: how many epochs without a better number end the training.
        min_delta: how much better counts as better, at least 0.

    Attributes:
        best: the best number.
        best_epoch: the epoch it is from, counted from 1; 0 before the first.

    Source: Prechelt, "Early stopping - but when?", 1998.

    >>> from nn import MLP, fit
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.0]
    >>> stopping = EarlyStopping(monitor="loss", patience=2)
    >>> history = fit(MLP(1, [1], seed=0), X, y, loss="mse", epochs=1000, callbacks=stopping, seed=0, progress=False)
    >>> history.epochs == stopping.best_epoch + 2 < 1000
    True
    """

    def __init__(self, monitor: str = "val_loss", patience: int = 10, min_delta: float = 0.0) -> None:
        check_count("patience", patience)
        check_number("min_delta", min_delta, 0.0)
        self.monitor, self.patience, self.min_delta = monitor, patience, min_delta
        metric = METRICS.get(monitor.removeprefix("val_"))
        self._sign = 1.0 if metric and Metric(*metric).higher_is_better else -1.0
        self._parameters: list[Value] = []
        self._forget()

    def _forget(self) -> None:
        self.best, self.best_epoch = -self._sign * inf, 0
        self._best_data: np.ndarray | None = None

    def begin(self, parameters: Sequence[Value], names: Sequence[str]) -> None:
        if self.monitor not in names:
            without = self.monitor.startswith("val_") and "val_loss" not in names
            hint = "; it needs validation_data" if without else did_you_mean(self.monitor, names)
            raise ValueError(
                f"EarlyStopping cannot watch {self.monitor!r}: the history will have {', '.join(names)}{hint}"
            )
        self._parameters = list(parameters)
        self._forget()

    def __call__(self, epoch: int, history: History) -> None:
        number = history[self.monitor][-1]
        if not isnan(number) and self._sign * (number - self.best) > self.min_delta:
            self.best, self.best_epoch = number, epoch
            self._best_data = numbers_of(self._parameters)
        if epoch - self.best_epoch >= self.patience:
            raise StopTraining

    def end(self) -> None:
        if self._best_data is not None:
            for parameter, number in zip(self._parameters, self._best_data.tolist(), strict=True):
                parameter.data = number
        self._parameters, self._best_data = [], None

    def state_dict(self) -> dict[str, Any]:
        state: dict[str, Any] = {"best": self.best, "best_epoch": self.best_epoch}
        return state if self._best_data is None else state | {"best_data": self._best_data}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        best, epoch, data = state["best"], state["best_epoch"], state.get("best_data")
        fits = type(best) in (int, float) and not isnan(best) and type(epoch) is int and epoch >= 0
        if data is not None:
            fits = fits and isinstance(data, np.ndarray) and data.dtype.kind == "f"
            fits = fits and data.shape == (len(self._parameters),)
        if not fits:
            raise ValueError(f"EarlyStopping was saved with best {best!r:.40} of epoch {epoch!r:.40}, or other weights")
        self.best, self.best_epoch, self._best_data = float(best), epoch, data
