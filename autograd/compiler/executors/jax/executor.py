"""Runs a program by JAX: as a pure function that XLA compiles for so many rows."""

import os
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import jax
import numpy as np

from ...buffers import Buffers
from ..new_arrays import InNewArrays
from .functions import compiled, text

_forked = False


def _after_fork() -> None:
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def x64() -> AbstractContextManager:
    """Within it, JAX computes in float64 where the arrays are of it. It is for this thread, and nobody else sees it."""
    return jax.enable_x64(True)


class Executor(InNewArrays):
    """The functions of a program for so many rows, whose parameters are in this array.

    Parameters and inputs go to the device at each call: they are NumPy's arrays, and others write to them.
    """

    in_blocks: ClassVar[bool] = False
    in_turns: ClassVar[bool] = (
        True  # XLA writes each array of all turns to memory, and those of a turn stay in the cache
    )
    unrolls: ClassVar[bool] = False  # XLA would take minutes to compile them
    any_shape = False
    is_long = False

    def __init__(self, plan: Buffers, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        self.plan, self.program, self.rows, self.dtype = plan, plan.program, rows, np.dtype(dtype)
        self.parameters = parameters
        self.reads = list(self.program.inputs)
        self._backward = self.program.gradient is not None
        self._rows = {} if self.reads else {"rows": rows}

    def run_forward(self, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        outputs, ok = self._run("forward", inputs)
        self._check(ok, inputs)
        return np.array(outputs)

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        outputs, found, ok = self._run("both", inputs)
        self._check(ok, inputs)
        gradient[...] = found
        return np.array(outputs)

    def _run(self, name: str, inputs: tuple[np.ndarray, ...]) -> Any:
        if _forked:
            raise RuntimeError(
                "backend='jax' cannot run in a process that was forked after JAX was loaded: its threads are not "
                "there. Start processes by multiprocessing.get_context('spawn'), or compile with backend='native' or "
                "'numpy'"
            )
        with x64():
            return compiled(self.program, name)(self.parameters, *inputs, **self._rows)

    def _check(self, ok: Any, inputs: tuple[np.ndarray, ...]) -> None:
        """Raise for an index that is none, as the NumPy executor does, which finds the first one."""
        if ok is None or ok:
            return
        from ..numpy import Executor as NumpyExecutor

        NumpyExecutor(self.plan, self.rows, self.dtype, self.parameters).run_forward(*inputs)
        raise IndexError("take: an index is no whole number of its list")

    @property
    def runs_as(self) -> str:
        """See `executors.Executor`."""
        device = jax.devices()[0]
        return f"jax, compiled by XLA for {self.rows:,} rows, on {device.platform}"

    @property
    def source(self) -> str:
        """The functions, as `jax.numpy` code."""
        names = ["forward", *["both"] * self._backward]
        return "\n".join([text(self.program, name).source for name in names])

    def bytes(self) -> int:
        """The memory that it keeps: XLA allocates and frees it at each call."""
        return 0
