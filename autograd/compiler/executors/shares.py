"""Many rows in shares, which threads may compute at the same time: the same numbers by any number of them.

The shares depend on the rows alone. Each has a gradient of its own; these are added in their order afterwards.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import numpy as np

from . import Executor

MOST = 16  # shares of a batch
BLOCKS = 4  # of rows, of a share at least: so that what runs once for each share is little
WORTH = 0.001  # seconds that a batch takes in one thread, from which on others help


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_of(rows: int, block: int) -> int:
    """The rows of a share, where so many are computed in blocks of so many."""
    return max(BLOCKS, -(-rows // block // MOST)) * block


def has_shares(rows: int, block: int) -> bool:
    """Whether so many rows are computed in shares: where they are many blocks."""
    return -(-rows // block) >= 2 * BLOCKS


class Shares:
    """An executor of so many rows, `size` of them at a time: see `executors.Executor`.

    One run in one thread is timed; where it has taken long enough, others help from then on.

    Args:
        make: an executor for so many rows.
        threads: at most; None for as many as there are cores.
        resize: makes of an executor one for fewer rows, in the same memory; without it the last share has its own.
    """

    is_long = True

    def __init__(
        self,
        make: Callable[[int], Any],
        rows: int,
        size: int,
        threads: int | None,
        resize: Callable[[Any, int], Any] | None = None,
    ) -> None:
        self._make, self._resize, self.rows = make, resize, rows
        self.starts = range(0, rows, size)
        self.threads = min(len(self.starts), threads or cores())
        self.first = make(size)
        self._others: list[Any] = []  # of further threads
        self._last: Any = None  # where the last share has its own
        self._seconds = 0.0  # of a run in one thread
        self._gradients: np.ndarray | None = None  # of each share

    @property
    def reads(self) -> Sequence[int]:
        """See `executors.Executor`."""
        return self.first.reads

    @property
    def program(self) -> Any:
        """See `executors.ProgramExecutor`."""
        return self.first.program

    @property
    def source(self) -> str:
        """See `executors.ProgramExecutor`."""
        return self.first.source

    @property
    def chooses(self) -> bool:
        """See `executors.Executor`."""
        return self.first.chooses

    @property
    def may_be_wrong(self) -> bool:
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
        gradients = 0 if self._gradients is None else self._gradients.nbytes
        last = [] if self._last is None else [self._last]
        return gradients + sum(each.bytes() for each in (self.first, *self._others, *last))

    def run_forward(self, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        results: list[Any] = [None] * len(self.starts)

        def run(n: int, executor: Executor, part: list[np.ndarray]) -> None:
            results[n] = executor.run_forward(*part)

        self._run(run, inputs)
        return np.concatenate(results)

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        results: list[Any] = [None] * len(self.starts)
        if self._gradients is None:
            self._gradients = np.empty((len(self.starts), len(gradient)), gradient.dtype)
        gradients = self._gradients

        def run(n: int, executor: Executor, part: list[np.ndarray]) -> None:
            gradients[n].fill(0.0)
            results[n] = executor.both(gradients[n], *part)
            gradients[n] *= executor.rows / self.rows

        self._run(run, inputs)
        with np.errstate(all="ignore"):
            for each in gradients:
                gradient += each
        return np.concatenate(results)

    def bound(self, results: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """See `executors.Executor`."""

        def run() -> None:
            results[...] = self.run_forward(*inputs) if gradient is None else self.both(gradient, *inputs)

        return run

    def _run(self, run: Callable[[int, Any, list[np.ndarray]], None], inputs: Sequence[np.ndarray]) -> None:
        """Run all shares. Raises what the first that fails raises, with its row counted from the first share."""
        failed: dict[int, Exception] = {}
        size = self.first.rows

        def several(numbers: Iterator[int], executor: Any) -> None:
            for n in numbers:
                if failed:
                    return
                start = self.starts[n]
                rows = min(size, self.rows - start)
                try:
                    with np.errstate(all="ignore"):  # of this thread
                        fitting = executor if rows == size else self._for_last(executor, rows)
                        run(n, fitting, [each[start : start + rows] for each in inputs])
                except IndexError as error:
                    message, *row = error.args
                    failed[n] = IndexError(message, *[start + each for each in row])
                except Exception as error:  # noqa: BLE001  of a thread that nobody looks at: for who waits for it
                    failed[n] = error

        before = time.perf_counter()
        threads = self.threads if self._seconds > WORTH else 1
        while len(self._others) < threads - 1:
            self._others.append(self._make(size))
        numbers = iter(range(len(self.starts)))  # each thread takes the next one: `next` is one step of Python
        with blas_in_one_thread():
            others = [_pool().submit(several, numbers, each) for each in self._others[: threads - 1]]
            try:
                several(numbers, self.first)
            finally:
                _wait_for(others)
        if threads == 1:
            self._seconds = time.perf_counter() - before
        if failed:
            raise failed[min(failed)]

    def _for_last(self, executor: Any, rows: int) -> Any:
        """What runs the last share, of so many rows; this executor is free."""
        if self._resize is not None:
            return self._resize(executor, rows)
        if self._last is None:
            self._last = self._make(rows)
        return self._last


def _wait_for(others: Sequence[Future]) -> None:
    """Also where this thread is interrupted: the others write into arrays that it has given them."""
    for each in others:
        if not each.cancel():
            each.exception()


def blas_in_one_thread() -> AbstractContextManager:
    """A block in which products of matrices use one thread, here and in all other threads."""
    return _blas().limit(limits=1, user_api="blas")


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, cores() - 1), "glassgrad")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # its threads are not there
