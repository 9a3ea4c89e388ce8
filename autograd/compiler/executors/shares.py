"""Many rows in shares, which threads may compute at the same time: the same numbers by any number of them.

The shares depend on the rows alone. Each has a gradient of its own; these are added in their order.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from ...unfinished import NO_RESULT
from ..program import Program
from . import Executor, OnArrays, ProgramExecutor
from .threads import blas_in_one_thread, cores, run_shares

if TYPE_CHECKING:  # it may not be built
    from .native.nodes import GraphExecutor

MOST = 16  # shares of a batch
BLOCKS = 4  # of rows, of a share at least: so that what runs once for each share is little
WORTH = 0.001  # seconds that a batch takes in one thread, from which on others help
SHORT = 0.1  # seconds for which an interrupt can wait

OfShare = TypeVar("OfShare", bound=Executor)


def share_of(rows: int, block: int) -> int:
    """The rows of a share, where so many are computed in blocks of so many."""
    return max(BLOCKS, -(-rows // block // MOST)) * block


def has_shares(rows: int, block: int) -> bool:
    """Whether so many rows are computed in shares: where they are many blocks."""
    return -(-rows // block) >= 2 * BLOCKS


class Shares(OnArrays, Generic[OfShare]):
    """An executor of so many rows, `size` of them at a time: see `executors.Executor`.

    One run in one thread is timed; where it has taken long enough, others help from then on.

    Args:
        make: an executor for so many rows. It may not refer to who keeps the shares: they go with the last one.
        outputs, dtype: of the results: how many numbers a row has, and of which type.
        threads: at most, and no more than there are cores; None for these.
        uses_blas: whether there are products of matrices.
        resize: makes of an executor one for other rows, in the same memory; without it the last share has its own.
    """

    is_long = True

    def __init__(
        self,
        make: Callable[[int], OfShare],
        rows: int,
        size: int,
        *,
        outputs: int,
        dtype: Any,
        threads: int | None = None,
        uses_blas: bool = True,
        resize: Callable[[OfShare, int], OfShare] | None = None,
    ) -> None:
        self._make, self._resize, self.rows = make, resize, rows
        self.shape, self.dtype, self._uses_blas = (rows, outputs), dtype, uses_blas
        self.starts = range(0, rows, size)
        if rows % size == 1:  # a row alone is computed in another way, with other last bits
            self.starts = self.starts[:-1]
        self.threads = min(len(self.starts), threads or cores(), cores())
        self.first = make(size)
        self._others: list[OfShare] = []  # of further threads
        self._last: OfShare | None = None  # where the last share has its own
        self._seconds = 0.0  # of a run in one thread
        self._gradients: list[np.ndarray] = []  # of as many shares as have waited for their turn at once

    @property
    def reads(self) -> Sequence[int]:
        """See `executors.Executor`."""
        return self.first.reads

    @property
    def any_shape(self) -> bool:
        """See `executors.Executor`."""
        return self.first.any_shape

    @property
    def program(self: "Shares[ProgramExecutor]") -> Program:
        """See `executors.ProgramExecutor`."""
        return self.first.program

    @property
    def source(self: "Shares[ProgramExecutor]") -> str:
        """See `executors.ProgramExecutor`."""
        return self.first.source

    @property
    def may_be_wrong(self: "Shares[GraphExecutor]") -> bool:
        """Whether it may make a gradient inf or nan by an edge that is not there."""
        return self.first.may_be_wrong

    @property
    def runs_as(self) -> str:
        """See `executors.Executor`."""
        return f"in {len(self.starts)} shares of rows, by up to {self.threads} threads; each: {self.first.runs_as}"

    def is_finite(self, numbers: np.ndarray) -> bool | None:
        """See `executors.Executor`."""
        return self.first.is_finite(numbers)

    def bytes(self) -> int:
        """The memory that it keeps."""
        last = [] if self._last is None else [self._last]
        gradients = sum(each.nbytes for each in self._gradients)
        return gradients + sum(each.bytes() for each in (self.first, *self._others, *last))

    def bound(self, results: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """See `executors.Executor`."""
        return partial(self._run, results, gradient, inputs)

    def _run(self, results: np.ndarray, gradient: np.ndarray | None, inputs: Sequence[np.ndarray]) -> None:
        """Run all shares. Raises what the first that fails raises, with its row counted from the first share.

        In one thread they are one run, where this takes no other memory and the numbers are the same.
        """
        before = time.perf_counter()
        threads = self.threads if self._seconds > WORTH else 1
        if threads == 1 and gradient is None and self._resize is not None and 0.0 < self._seconds < SHORT:
            with np.errstate(all="ignore"):
                self._resize(self.first, self.rows).bound(results, None, list(inputs))()
        else:
            self._run_shares(threads, results, gradient, inputs)
        if threads == 1:
            self._seconds = time.perf_counter() - before

    def _run_shares(
        self, threads: int, results: np.ndarray, gradient: np.ndarray | None, inputs: Sequence[np.ndarray]
    ) -> None:
        """Run them by so many threads."""
        while len(self._others) < threads - 1:
            self._others.append(self._make(self.first.rows))
        total = None if gradient is None else _InOrder(gradient, self._gradients)
        executors = self.first, *self._others[: threads - 1]
        with blas_in_one_thread() if self._uses_blas else nullcontext():
            run_shares(len(self.starts), [partial(self._run_share, each, results, total, inputs) for each in executors])

    def _run_share(
        self, executor: OfShare, results: np.ndarray, total: "_InOrder | None", inputs: Sequence[np.ndarray], n: int
    ) -> None:
        """Run the n-th share by this executor."""
        start = self.starts[n]
        stop = self.starts[n + 1] if n + 1 < len(self.starts) else self.rows
        share, rows = slice(start, stop), stop - start
        gradient = None if total is None else total.zeros()
        try:
            with np.errstate(all="ignore"):  # of this thread
                fitting = executor if rows == executor.rows else self._for_last(executor, rows)
                fitting.bound(results[share], gradient, [each[share] for each in inputs])()
                if total is not None and gradient is not None:
                    gradient *= rows / self.rows
                    total.add(n, gradient)
        except NO_RESULT as error:
            message, *row = error.args
            raise type(error)(message, *[start + each for each in row]) from None

    def _for_last(self, executor: OfShare, rows: int) -> OfShare:
        """What runs the last share, of so many rows; this executor is free."""
        if self._resize is not None:
            return self._resize(executor, rows)
        if self._last is None:
            self._last = self._make(rows)
        return self._last


class _InOrder:
    """The sum of the gradients of the shares, which is made in their order, whichever is ready first.

    Args:
        total: where it is added to.
        free: arrays for gradients, which come back here.
    """

    def __init__(self, total: np.ndarray, free: list[np.ndarray]) -> None:
        self._total, self._free, self._lock = total, free, Lock()
        self._next, self._early = 0, dict[int, np.ndarray]()

    def zeros(self) -> np.ndarray:
        """An array for the gradient of a share."""
        with self._lock:
            array = self._free.pop() if self._free else np.empty_like(self._total)
        array.fill(0.0)
        return array

    def add(self, n: int, gradient: np.ndarray) -> None:
        """Add that of the n-th share, when those before it have been."""
        with self._lock:
            self._early[n] = gradient
            while self._next in self._early:
                ready = self._early.pop(self._next)
                self._total += ready
                self._free.append(ready)
                self._next += 1
