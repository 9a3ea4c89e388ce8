"""What runs programs. An executor is a folder with a table of functions, one for each kind of step (`kinds.py`)."""

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np

from ..buffers import Buffers
from ..program import Program


class Executor(Protocol):
    """What runs a function on so many rows.

    Attributes:
        reads: which arguments of the function it is given.
        runs_as: how it runs, in words, where the program does not say it.
    """

    rows: int

    @property
    def reads(self) -> Sequence[int]: ...

    @property
    def run_forward(self) -> Callable[..., np.ndarray]:
        """The outputs, (rows, outputs), of the arguments that it reads, each (rows, numbers)."""

    @property
    def runs_as(self) -> str: ...

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """Forward and backward, into an array of zeros: the outputs. An error leaves a part of the gradient in it."""

    def bound(self, results: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """The function that computes the results of these arrays into this one; and the gradient, into zeros."""

    @staticmethod
    def is_finite(numbers: np.ndarray) -> bool | None:
        """Whether none is inf or nan; None where it has no faster way to find out."""

    def bytes(self) -> int:
        """The memory that it keeps."""


class ProgramExecutor(Executor, Protocol):
    """A program for so many rows, made from its `Buffers`, the rows, the dtype, and the array of the parameters.

    Attributes:
        in_blocks: whether it goes through the rows in blocks, so that more of them need no more memory.
        source: the program as NumPy code.
    """

    in_blocks: ClassVar[bool]
    program: Program

    @property
    def source(self) -> str: ...

    @staticmethod
    def at_once(plan: Buffers, rows: int, dtype: Any) -> int:
        """How many of so many rows it computes at once."""

    def __init__(self, plan: Buffers, rows: int, dtype: Any, parameters: np.ndarray) -> None: ...


BACKENDS = ("numpy", "native")
DEFAULT = os.environ.get("GLASSGRAD_BACKEND", "numpy")  # what tests on another backend set


def executor_of(backend: str) -> type[ProgramExecutor]:
    """What makes the executors of a backend, from the buffers of a program, the rows, the dtype and the parameters.

    Raises:
        ValueError: for a backend that is not known.
        ImportError: for "native" where it was not built, or where it cannot use the NumPy that is there.
    """
    if backend == "numpy":
        from .numpy import Executor as NumpyExecutor

        return NumpyExecutor
    if backend != "native":
        raise ValueError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, got {backend!r}")
    try:
        from .native import Executor as NativeExecutor
        from .native.loops import why_not
    except ImportError as error:
        raise ImportError(
            f"backend='native' is not built here ({error}): it needs a C compiler when glassgrad is installed "
            "(GLASSGRAD_REQUIRE_NATIVE=1 pip install glassgrad shows what is missing). Without it, use backend='numpy'"
        ) from None
    if why := why_not():
        raise ImportError(f"backend='native' does not work here: {why}. Use backend='numpy'")
    return NativeExecutor
