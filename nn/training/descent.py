"""The steps of a training, and the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..optim.clipping import clip_grad_norm_
from .backends import Compiled, Eager
from .diagnosis import backward_origin, forward_origin
from .settings import Settings


@dataclass
class Epoch:
    """What an epoch has given.

    Attributes:
        trouble: in which batch it ended before its time, and why; else "", and there are
        losses, outputs: of the rows, in the order in which it went through them.
        gradient: that of the last batch, as it is before penalties and clipping.
    """

    trouble: str = ""
    losses: Any = None
    outputs: Any = None
    gradient: Any = None


class Descent:
    """The steps of a training, each on a batch of rows, and the way back when a number is not finite."""

    def __init__(self, settings: Settings, way: Compiled | Eager, rows: np.ndarray) -> None:
        self.way, self.rows, self._targets = way, rows, settings.data.targets
        self._settings, self._optimizer = settings, settings.optimizer

    def epoch(self, order: np.ndarray, after_batch: Callable[[], Any]) -> Epoch:
        """Go through the rows in that order, and step after every batch. On trouble, go back to where it began."""
        optimizer, size = self._optimizer, self._settings.size
        begun = optimizer.snapshot()
        taken, all_losses, all_outputs = [], [], []
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        for batch in batches:
            taken.append(batch)
            losses, outputs = self._losses(batch)
            if not np.isfinite(losses).all():
                break
            if len(taken) == len(batches):
                gradient = optimizer.gradient()
            self._step()
            all_losses.append(losses)
            all_outputs.append(outputs)
            after_batch()
        if not np.isfinite(losses).all() or not np.isfinite(optimizer.data()).all():
            return Epoch(f"batch {len(taken)} of {len(batches)}: {self._go_back(begun, taken, losses)}")
        return Epoch("", np.concatenate(all_losses), np.concatenate(all_outputs), gradient)

    def _losses(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses and the outputs of a batch; the gradient of their mean is in the parameters."""
        self._optimizer.zero_grad()
        return self.way.backward(self.rows[batch], self._targets[batch])

    def _step(self) -> None:
        """Move the parameters by that gradient."""
        settings, optimizer = self._settings, self._optimizer
        if settings.l1 or settings.l2:
            optimizer.add_penalty_gradient(settings.l1, settings.l2)
        if settings.clip_norm is not None:
            clip_grad_norm_(optimizer, settings.clip_norm)
        optimizer.step()

    def _go_back(self, begun: Any, batches: list[np.ndarray], losses: np.ndarray) -> str:
        """Go back to where the epoch began; where the first number that is not finite came from, in words.

        It is in the latest losses, or in a parameter. For a parameter, the steps before the one that spoiled it are
        taken again, to look at its gradient.
        """
        eager, finite = Eager(self._settings.model, self._settings.loss), np.isfinite(losses)
        bad = batches[-1][finite.argmin()]  # the first row where it is false; any row where all are true
        found = forward_origin(eager, self.rows[bad].astype(float).tolist(), self._targets[bad].tolist())
        self._optimizer.restore(begun)
        spoiling = batches if finite.all() else batches[:-1]
        if found.startswith("the parameter") and spoiling:
            for batch in spoiling[:-1]:
                self._losses(batch)
                self._step()
            last = spoiling[-1]
            origin = backward_origin(eager, self.rows[last].astype(float), self._targets[last])
            found += f"; in the step to it, {origin}" if origin else ""
            self._optimizer.restore(begun)
        became = "a parameter is not finite" if finite.all() else f"the loss of a row is {losses[finite.argmin()]:g}"
        return f"{became}: {found}" if found else became
