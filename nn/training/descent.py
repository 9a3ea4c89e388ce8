"""The steps of a training, and the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..optim.clipping import clip_grad_norm_
from .backends import Compiled, Eager
from .batches import Batches, converted
from .diagnosis import backward_origin, forward_origin
from .settings import Settings


@dataclass
class Epoch:
    """What an epoch has given. Its arrays are those of the next epoch, too.

    Attributes:
        trouble: in which batch it ended before its time, and why; else "", and there are
        losses, outputs: of the rows, in the order in which it went through them.
        gradient: that of the last batch, as it is before penalties and clipping; None where nobody asks.
    """

    trouble: str = ""
    losses: Any = None
    outputs: Any = None
    gradient: Any = None


class Descent:
    """The steps of a training, each on a batch of rows, and the way back when a number is not finite.

    Args:
        rows: as the model takes them, of any type.

    Attributes:
        way: how they are computed. Another one is taken by `use`.
    """

    def __init__(self, settings: Settings, way: Compiled | Eager, rows: np.ndarray) -> None:
        self.rows, self._targets = rows, settings.data.targets
        self._settings, self._optimizer = settings, settings.optimizer
        self.use(way)

    def use(self, way: Compiled | Eager) -> None:
        """Compute this way from now on."""
        self.way = way
        self._batches = Batches(self.rows, self._targets, way.types, self._settings.size)
        self._backward: dict[int, Callable[[], tuple[np.ndarray, np.ndarray]]] = {}  # by the rows of a batch
        self._kept: tuple[np.ndarray, ...] = ()  # losses and outputs of an epoch
        self._held_out: tuple[np.ndarray, ...] = ()

    def epoch(
        self, order: np.ndarray, after_batch: Callable[[], Any] | None = None, with_gradient: bool = True
    ) -> Epoch:
        """Go through the rows in that order, and step after every batch. On trouble, go back to where it began."""
        optimizer, size, count, gradient = self._optimizer, self._settings.size, len(order), None
        begun = optimizer.snapshot()
        for start in range(0, count, size):
            losses, outputs = self._losses(order[start : start + size])
            if not are_finite(losses):
                break
            if with_gradient and start + size >= count:
                gradient = optimizer.gradient()
            self._step()
            self._keep(start, losses, outputs)
            if after_batch is not None:
                after_batch()
        if not are_finite(losses) or not are_finite(optimizer.data()):
            batches = [order[first : first + size] for first in range(0, count, size)]
            trouble = self.go_back(begun, batches[: start // size + 1], losses)
            return Epoch(f"batch {start // size + 1} of {len(batches)}: {trouble}")
        return Epoch("", self._kept[0], self._kept[1], gradient)

    def evaluate(self) -> tuple[np.ndarray, np.ndarray]:
        """The losses and the model's outputs for the validation data."""
        if not self._held_out:
            data, (of_rows, of_targets) = self._settings.validation_data, self.way.types
            self._held_out = converted(data.rows(of_rows), of_rows), converted(data.targets, of_targets)
        rows, targets = self._held_out
        return self.way.evaluate(rows, targets)

    def _keep(self, start: int, *numbers: np.ndarray) -> None:
        """Keep the losses and the outputs of the batch that begins there, which the next one overwrites."""
        if len(numbers[0]) == len(self.rows):
            self._kept = numbers
            return
        if start == 0 and [(a.shape[1:], a.dtype) for a in self._kept] != [(a.shape[1:], a.dtype) for a in numbers]:
            self._kept = tuple([np.empty((len(self.rows), *a.shape[1:]), a.dtype) for a in numbers])
        for kept, of_batch in zip(self._kept, numbers, strict=True):
            kept[start : start + len(of_batch)] = of_batch

    def _losses(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses and the outputs of a batch; the gradient of their mean is in the parameters."""
        self._batches.gather(batch)
        backward = self._backward.get(len(batch))
        if backward is None:
            backward = self._backward[len(batch)] = self.way.backward(*self._batches.arrays(len(batch)))
        self._optimizer.zero_grad()
        return backward()

    def _step(self) -> None:
        """Move the parameters by that gradient."""
        settings, optimizer = self._settings, self._optimizer
        if settings.l1 or settings.l2:
            optimizer.add_penalty_gradient(settings.l1, settings.l2)
        if settings.clip_norm is not None:
            clip_grad_norm_(optimizer, settings.clip_norm)
        optimizer.step()

    def go_back(self, begun: Any, batches: list[np.ndarray], losses: np.ndarray) -> str:
        """Go back to where the epoch began; where the first number that is not finite came from, in words.

        It is in the latest losses, or in a parameter. For a parameter, the steps before the one that spoiled it are
        taken again, to look at its gradient.
        """
        eager, finite = Eager(self._settings.model, self._settings.loss), np.isfinite(losses)
        bad = int(finite.argmin())  # the first row where it is false; any row where all are true
        became = "a parameter is not finite" if finite.all() else f"the loss of a row is {losses[bad]:g}"
        row = self._read(batches[-1])[bad].tolist()
        found = forward_origin(eager, row, self._targets[batches[-1][bad]].tolist())
        self._optimizer.restore(begun)
        spoiling = batches if finite.all() else batches[:-1]
        if found.startswith("the parameter") and spoiling:
            for batch in spoiling[:-1]:
                self._losses(batch)
                self._step()
            last = spoiling[-1]
            origin = backward_origin(eager, self._read(last), self._targets[last])
            found += f"; in the step to it, {origin}" if origin else ""
            self._optimizer.restore(begun)
        return f"{became}: {found}" if found else became

    def _read(self, batch: np.ndarray) -> np.ndarray:
        """The rows of a batch as they are computed with, as floats of Python's size."""
        self._batches.gather(batch)
        return self._batches.arrays(len(batch))[0].astype(float)


def are_finite(numbers: np.ndarray) -> bool:
    """Whether none is inf or nan."""
    return 0 not in np.isfinite(numbers).tobytes()  # of few numbers, half the time of all()
