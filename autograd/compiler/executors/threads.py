"""Threads that compute the shares of a batch at the same time, while products of matrices use one thread each."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from numbers import Integral
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_SWITCH = "GLASSGRAD_THREADS"  # in the environment


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_threads(threads: Any) -> None:
    """Raises ValueError for what is no number of threads, and not None."""
    is_number = isinstance(threads, Integral) and not isinstance(threads, bool)
    if threads is not None and not (is_number and threads >= 1):
        raise ValueError(f"threads must be a whole number from 1, or None for as many as pay, got {threads!r}")


@cache
def default_threads() -> int | None:
    """How many at most where nobody says it: None for as many as pay.

    GLASSGRAD_THREADS in the environment is another number. It is looked at once, when something is compiled first.

    Raises:
        ValueError: for what is no whole number from 1 there.
    """
    named = os.environ.get(_SWITCH)
    if not named:
        return None
    if not named.isdecimal() or int(named) < 1:
        raise ValueError(f"{_SWITCH}={named} in the environment: it must be a whole number from 1, of threads at most")
    return int(named)


class _Turns:
    """The numbers of the shares, given to the threads in their order.

    Attributes:
        failed: what a share has raised, by its number. No share is given after that; those before it are computed.
    """

    def __init__(self, count: int) -> None:
        self._count, self._next, self._lock = count, 0, Lock()
        self.failed: dict[int, BaseException] = {}

    def take(self) -> int | None:
        """The next one; None where there is nothing more to do."""
        with self._lock:
            if self._next >= self._count or self.failed:
                return None
            self._next += 1
            return self._next - 1

    def fail(self, n: int, error: BaseException) -> None:
        """This one has raised that."""
        with self._lock:
            self.failed[n] = error

    def end(self) -> None:
        """Give no more."""
        with self._lock:
            self._next = self._count

    def work(self, run: Callable[[int], None], busy: AbstractContextManager) -> None:
        """Run shares until none is left; busy is held meanwhile."""
        with busy:
            while (n := self.take()) is not None:
                try:
                    run(n)
                except BaseException as error:
                    self.fail(n, error)  # of a thread that nobody looks at: for who waits for it
                    if not isinstance(error, Exception):
                        raise


def run_shares(count: int, ways: Sequence[Callable[[int], None]]) -> None:
    """Run so many shares, way(n) for each: one way in this thread, each other one in a thread that is free for it.

    All threads have ended when this returns or raises, also where it is interrupted: they write into arrays that are
    used again.

    Raises:
        What the first share that fails has raised; and KeyboardInterrupt.
    """
    turns, mine, *others = _Turns(count), *ways
    busy = [Lock() for _ in others]
    interrupt: BaseException | None = None
    try:
        _submit([(turns.work, way, lock) for way, lock in zip(others, busy, strict=True)])
        turns.work(mine, nullcontext())
    except BaseException:
        turns.failed.clear()  # an error refers to what was running, which is not to refer to the error
        raise
    finally:
        while busy:  # one that begins later finds that nothing is left
            try:
                turns.end()
                with busy[-1]:
                    busy.pop()
            except BaseException as error:  # noqa: BLE001  once more, and raised when they have ended
                interrupt = error
    if interrupt is not None:
        raise interrupt
    if turns.failed:
        first = turns.failed[min(turns.failed)]
        turns.failed.clear()
        try:
            raise first
        finally:
            del first


def _submit(works: Sequence[tuple]) -> None:
    """Give work to other threads, as far as there are any: not when Python ends, or when the system has no more."""
    try:
        for work in works:
            _pool().submit(*work)
    except RuntimeError:
        pass


@cache
def _pool() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor  # here, since most programs need none

    return ThreadPoolExecutor(max(1, cores() - 1), "glassgrad")


class _OneThread:
    """The limit of BLAS to one thread, which holds for all threads of the process, while anybody wants it."""

    def __init__(self) -> None:
        self._lock, self._who = Lock(), set[object]()
        self._limit: Any = None

    def add(self, who: object) -> None:
        """The first one sets the limit."""
        with self._lock:
            if self._limit is None:
                self._limit = _blas().limit(limits=1, user_api="blas")
            self._who.add(who)

    def discard(self, who: object) -> None:
        """The last one lifts it."""
        with self._lock:
            self._who.discard(who)
            if not self._who:
                self._lift()

    def after_fork(self) -> None:
        """In the child nobody wants it: who did was another thread, which is not there."""
        self._lock, self._who = Lock(), set()
        self._lift()

    def _lift(self) -> None:
        if self._limit is not None:
            self._limit.restore_original_limits()
            self._limit = None


_one_thread = _OneThread()


@contextmanager
def blas_in_one_thread() -> Iterator[None]:
    """A block in which products of matrices use one thread, here and in all other threads."""
    who = object()
    try:
        _one_thread.add(who)
        yield
    finally:
        _one_thread.discard(who)


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # its threads are not there
    os.register_at_fork(after_in_child=_one_thread.after_fork)
