"""The garbage collector, paused while graphs are built, and while somebody walks over one."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Uncollected:
    """A block in which no garbage is collected, and so no finalizer runs that could walk over a graph, too."""

    __slots__ = ("_was_enabled",)

    def __enter__(self) -> None:
        self._was_enabled = gc.isenabled()
        if self._was_enabled:  # else another thread has paused it, and may let it go on right now
            gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_enabled:
            gc.enable()


@contextmanager
def collector_paused() -> Iterator[Callable[[], Any]]:
    """Pause the garbage collector; the block gets a function that collects what is young, to be called now and then.

    Graphs have no cycles and are freed without the collector. But each of their nodes counts towards its next round,
    and a round looks at every object that scikit-learn and others have left: most of the time would be spent there.
    """
    if not gc.isenabled():  # somebody has paused it already
        yield lambda: None
        return
    gc.disable()
    try:
        yield lambda: gc.collect(1)  # cycles that a model or a loss of the user's makes
    finally:
        gc.enable()
