"""What executors have in common that compute into new arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..buffers import Buffers


class InNewArrays:
    """What runs into given arrays as it does into new ones, and all rows at once: see `executors.Executor`."""

    run_forward: Callable[..., np.ndarray]
    both: Callable[..., np.ndarray]

    def bound(self, results: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """See `executors.Executor`."""

        def run() -> None:
            results[...] = self.run_forward(*inputs) if gradient is None else self.both(gradient, *inputs)

        return run

    @staticmethod
    def at_once(plan: Buffers, rows: int, dtype: Any) -> int:
        """See `executors.ProgramExecutor`."""
        return rows

    @staticmethod
    def is_finite(numbers: np.ndarray) -> bool | None:
        """See `executors.Executor`."""
        return None
