"""The steps of a training, and the way back."""

import numpy as np

from ..optim.clipping import clip_grad_norm_
from ..optim.optimizer import Optimizer
from .backends import Compiled, Eager
from .diagnosis import backward_origin, forward_origin


class Descent:
    """The steps of a training, each on a batch of rows, and the way back when a number is not finite."""

    def __init__(
        self,
        way: Compiled | Eager,
        optimizer: Optimizer,
        rows: np.ndarray,
        targets: np.ndarray,
        l1: float,
        l2: float,
        clip_norm: float | None,
    ) -> None:
        self.way, self._optimizer, self._rows, self._targets = way, optimizer, rows, targets
        self._l1, self._l2, self._clip_norm = l1, l2, clip_norm

    def begin(self) -> None:
        """Remember where the epoch begins."""
        self._start = self._optimizer.snapshot()
        self._batches: list[np.ndarray] = []

    def losses(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses and the outputs of a batch; the gradient of their mean is in the parameters."""
        self._batches.append(batch)
        self._optimizer.zero_grad()
        return self.way.backward(self._rows[batch], self._targets[batch])

    def step(self) -> None:
        """Move the parameters by that gradient."""
        if self._l1 or self._l2:
            self._optimizer.add_penalty_gradient(self._l1, self._l2)
        if self._clip_norm is not None:
            clip_grad_norm_(self._optimizer, self._clip_norm)
        self._optimizer.step()

    def go_back(self, eager: Eager, losses: np.ndarray) -> str:
        """Go back to where the epoch began; where the first number that is not finite came from, in words.

        It is in the latest losses, or in a parameter. For a parameter, the steps before the one that spoiled it are
        taken again, to look at its gradient.
        """
        batches, finite = self._batches, np.isfinite(losses)
        bad = batches[-1][finite.argmin()]  # the first row where it is false; any row where all are true
        found = forward_origin(eager, self._rows[bad].astype(float).tolist(), self._targets[bad].tolist())
        self._optimizer.restore(self._start)
        spoiling = batches if finite.all() else batches[:-1]
        if found.startswith("the parameter") and spoiling:
            for batch in spoiling[:-1]:
                self.losses(batch)
                self.step()
            last = spoiling[-1]
            origin = backward_origin(eager, self._rows[last].astype(float), self._targets[last])
            found += f"; in the step to it, {origin}" if origin else ""
            self._optimizer.restore(self._start)
        became = "a parameter is not finite" if finite.all() else f"the loss of a row is {losses[finite.argmin()]:g}"
        return f"{became}: {found}" if found else became
