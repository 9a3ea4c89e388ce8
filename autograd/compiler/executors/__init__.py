"""What runs programs. An executor is a folder with a table of functions, one for each kind of step (`kinds.py`)."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar, Protocol

import numpy as np

from ..._build import is_compiled
from ...warn import warn
from ..buffers import Buffers
from ..program import Program


class Executor(Protocol):
    """What runs a function on so many rows.

    Attributes:
        reads: which arguments of the function it is given.
        any_shape: whether it takes arguments in any shape, the numbers of one row after those of the other.
        is_long: whether a run may take long, so that others should not wait for its end.
        runs_as: how it runs, in words, where the program does not say it.
    """

    rows: int

    @property
    def any_shape(self) -> bool: ...

    @property
    def reads(self) -> Sequence[int]: ...

    @property
    def is_long(self) -> bool: ...

    @property
    def run_forward(self) -> Callable[..., np.ndarray]:
        """The outputs, (rows, outputs), of the arguments that it reads, each (rows, numbers)."""

    @property
    def runs_as(self) -> str: ...

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """Forward and backward, into an array of zeros: the outputs. An error leaves a part of the gradient in it."""

    def bound(self, results: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """The function that computes the results of these arrays into this one; and the gradient, into zeros."""

    def is_finite(self, numbers: np.ndarray) -> bool | None:
        """Whether none is inf or nan; None where it has no faster way to find out."""

    def bytes(self) -> int:
        """The memory that it keeps."""


class OnArrays:
    """What runs into new arrays as it does into given ones: see `Executor`."""

    shape: tuple[int, int]  # of the results
    dtype: Any
    bound: Callable[..., Callable[[], None]]

    def run_forward(self, *inputs: np.ndarray) -> np.ndarray:
        """See `Executor`."""
        results = np.empty(self.shape, self.dtype)
        self.bound(results, None, list(inputs))()
        return results

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """See `Executor`."""
        results = np.empty(self.shape, self.dtype)
        self.bound(results, gradient, list(inputs))()
        return results


class ProgramExecutor(Executor, Protocol):
    """A program for so many rows, made from its `Buffers`, the rows, the dtype, and the array of the parameters.

    Attributes:
        in_blocks: whether it goes through the rows in blocks, so that more of them need no more memory.
        in_turns: whether a loop backwards is faster where its turns compute all that they can: see `compiler.waiting`.
        unrolls: whether it takes a loop turn after turn, as so many steps; where not, NumPy runs what has no loops.
        source: the program as NumPy code.
    """

    in_blocks: ClassVar[bool]
    in_turns: ClassVar[bool]
    unrolls: ClassVar[bool]
    program: Program

    @property
    def source(self) -> str: ...

    @staticmethod
    def at_once(plan: Buffers, rows: int, dtype: Any) -> int:
        """How many of so many rows it computes at once."""

    def __init__(self, plan: Buffers, rows: int, dtype: Any, parameters: np.ndarray) -> None: ...


BACKENDS = ("numpy", "native", "jax")
_SWITCH = "GLASSGRAD_BACKEND"  # in the environment


@cache
def default_backend() -> str:
    """What runs programs where no backend is named: "native" where it is built, else "numpy".

    GLASSGRAD_BACKEND in the environment names another default. It is looked at once, when something is compiled first.

    Warns:
        UserWarning: where "native" is built, and does not work; NumPy runs then.

    Raises:
        ValueError: for a backend in the environment that is unknown, or cannot be used.
    """
    if named := os.environ.get(_SWITCH):
        try:
            executor_of(named)
        except (ValueError, ImportError) as error:
            raise ValueError(f"{_SWITCH}={named} in the environment: {error}") from None
        return named
    if not (is_compiled() and _suits_native()):
        return "numpy"
    if why := why_not_native():
        warn(
            f"compiled functions run by NumPy, which is slower, since backend='native' {why}. "
            f"{_SWITCH}=numpy in the environment chooses NumPy without this warning"
        )
        return "numpy"
    return "native"


def executor_of(backend: str) -> type[ProgramExecutor]:
    """What makes the executors of a backend, from the buffers of a program, the rows, the dtype and the parameters.

    Raises:
        ValueError: for a backend that is not known.
        ImportError: for "native" where it was not built, or where it cannot use the NumPy that is there; for "jax"
            where that is not installed.
    """
    if backend == "numpy":
        from .numpy import Executor as NumpyExecutor

        return NumpyExecutor
    if backend == "jax":
        need_jax("backend='jax'")
        from .jax import Executor as JaxExecutor

        return JaxExecutor
    if backend != "native":
        raise ValueError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, got {backend!r}")
    if why := why_not_native():
        raise ImportError(f"backend='native' {why}. Use backend='numpy'")
    from .native import Executor as NativeExecutor

    return NativeExecutor


def need_jax(what: str) -> None:
    """Refuse to go on without JAX, which is imported here, and not before.

    Raises:
        ImportError: where it is not installed, with the command that installs it.
    """
    try:
        import jax  # noqa: F401
    except ImportError as error:
        raise ImportError(f"{what} needs jax: pip install 'glassgrad[jax]'", name="jax") from error


def _to_jax(self: Program) -> Callable[..., Any]:
    """The program as a pure function of JAX: `f(parameters, *inputs)`, to jit, vmap, differentiate or shard.

    It takes the numbers of all parameters as they lie in the program, (numbers,), and the rows of each argument in
    `inputs`, in that order, with rows of any shape; it returns (rows, outputs). It computes in the dtype of the
    parameters: for float64 JAX must be in 64 bits (`jax.enable_x64`). Its first derivatives, in reverse mode, are
    ours; others raise a TypeError. See docs/how_to/jax.md.

    Raises:
        ImportError: where JAX is not installed.
        Further, by the function, TypeError and ValueError for arrays that do not fit. An index of `take` that is
        none makes the row nan, since nothing can be raised in what is compiled.
    """
    need_jax("Program.to_jax()")
    from .jax.differentiable import function_of

    return function_of(self)


_to_jax.__name__, _to_jax.__qualname__ = "to_jax", "Program.to_jax"
Program.to_jax = _to_jax  # type: ignore[method-assign]


def why_not_native() -> str:
    """Why "native" cannot be used here, in words that go on from its name; empty where it can."""
    if not _suits_native():
        return "is not for this system: it needs CPython on 64 bits"
    try:
        from .native import loops
    except ImportError as error:
        return (
            f"is not built here ({error}): it needs a C compiler when glassgrad is installed "
            "(GLASSGRAD_REQUIRE_NATIVE=1 pip install glassgrad shows what is missing)"
        )
    why = loops.why_not()
    return why and f"does not work here: {why}"


def _suits_native() -> bool:
    return sys.implementation.name == "cpython" and sys.maxsize > 2**32
