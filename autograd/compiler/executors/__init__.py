"""What runs programs. An executor is a folder with a table of functions, one for each kind of step (`kinds.py`)."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from ..program import Program


class Executor(Protocol):
    """A program for so many rows, made from its `Buffers`, the rows, the dtype, and the array of the parameters.

    Attributes:
        source: the code that runs, as text.
    """

    program: Program
    rows: int
    run_forward: Callable[..., np.ndarray]
    """The outputs, (rows, outputs), of the arguments that the program reads, each (rows, numbers)."""

    @property
    def source(self) -> str: ...

    def backward(self, gradient: np.ndarray, is_zero: bool) -> Callable[..., None]:
        """The function that writes the gradient into this array, after a run forward on the same arguments.

        Args:
            gradient: of the parameters.
            is_zero: whether the array is zero already, each time before it is called.
        """

    def bytes(self) -> int:
        """The memory that it keeps."""
