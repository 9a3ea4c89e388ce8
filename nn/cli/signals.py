"""Ctrl-C and SIGTERM: the first one ends the command in good order, the next one at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends what Ctrl-C ends."""


@contextmanager
def interruptible() -> Iterator[None]:
    """A block that the first of these signals leaves by an exception, so that files and locks are put in order.

    The next one ends the process at once, as the system does it: what hangs cannot hold it, and nothing is lost, since
    files are written whole. A signal that is ignored, or that somebody else handles, stays with them.
    """
    usual: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    ours: list[signal.Signals] = []

    def stop(number: int, frame: Any) -> None:
        for each in ours:
            signal.signal(each, signal.SIG_DFL)
        raise Terminated if number == signal.SIGTERM else KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():  # others cannot handle signals
        ours += [number for number, handler in usual.items() if signal.getsignal(number) is handler]
    try:
        for number in ours:
            signal.signal(number, stop)
        yield
    finally:
        for number in ours:
            signal.signal(number, usual[number])


def status(interrupt: KeyboardInterrupt) -> int:
    """The exit status: 128 and the number of the signal, as shells have it.

    >>> status(KeyboardInterrupt()), status(Terminated())
    (130, 143)
    """
    return 128 + (signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT)
