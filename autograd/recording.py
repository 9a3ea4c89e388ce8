"""What is recorded, and where: no_grad(), scope(), tracing. Each thread has its own state."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _State(threading.local):
    recording: bool = True  # do operations remember how they were computed?
    scope: tuple | None = None  # the module call that nodes are being made in
    tracing: bool = False  # is `compile` running a function on numbers that nobody knows yet?
    refused: str = ""  # the first thing that this function did and may not do


state = _State()


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: operations give plain leaves, for evaluation without memory for a graph.

    It holds for the thread that entered the block.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.parents
    ()
    """
    with recording(False):
        yield


@contextmanager
def recording(on: bool) -> Iterator[None]:
    """Record operations inside the block, or do not, whatever is the case around it."""
    before, state.recording = state.recording, on
    try:
        yield
    finally:
        state.recording = before


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Mark the nodes made inside the block as made by one call of the module `name`; blocks nest.

    A scope is a tuple (outer scope or None, name), one new object for every call. It holds names only, never a
    module: a module may hold Values, and the graph must stay free of cycles. Pictures draw a box around each.

    >>> from autograd import Value
    >>> with scope("square"):
    ...     y = Value(2.0) ** 2
    """
    before, state.scope = state.scope, (state.scope, name)
    try:
        yield
    finally:
        state.scope = before
