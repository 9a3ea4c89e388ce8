"""What is recorded, and where: no_grad(), scope(), tracing. Each thread has its own state."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython

if not cython.compiled:
    from _thread import get_ident as thread_id  # recording.pxd has a faster one


@cython.cclass
class State:
    """What holds in one thread.

    Attributes:
        recording: do operations remember how they were computed?
        scope: the module call that nodes are being made in.
        checking: is every number looked at, as `detect_anomaly` asks for?
        tracing: is `compile` running a function on numbers that nobody knows yet?
        refused: the first thing that this function did and may not do.
    """

    __slots__ = ("checking", "recording", "refused", "scope", "tracing")

    def __init__(self) -> None:
        self.recording: bool = True
        self.checking: bool = False
        self.scope: tuple | None = None
        self.tracing: bool = False
        self.refused: str = ""


class _Threads(threading.local):
    def __init__(self) -> None:
        self.state = State()


_threads = _Threads()
_latest, _latest_thread = _threads.state, 0


def current() -> State:
    """The state of this thread."""
    global _latest, _latest_thread
    if not cython.compiled:
        return _threads.state
    thread = thread_id()  # asking threading.local takes longer than an addition of Values
    if thread != _latest_thread:
        _latest, _latest_thread = _threads.state, thread
    return _latest


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
    state = current()
    before, state.recording = state.recording, on
    try:
        yield
    finally:
        state.recording = before


@cython.cclass
class scope:
    """Mark the nodes made inside the block as made by one call of the module `name`; blocks nest.

    A scope is a tuple (outer scope or None, name), one new object for every call. It holds names only, never a
    module: a module may hold Values, and the graph must stay free of cycles. Pictures draw a box around each.

    Raises:
        TypeError: when the name is no text.

    >>> from autograd import Value
    >>> with scope("square"):
    ...     y = Value(2.0) ** 2
    """

    __slots__ = ("_name",)

    def __init__(self, name: Any) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a scope is a text, got {name!r} of type {type(name).__name__}")
        self._name = str(name)

    def __enter__(self) -> None:
        state = current()
        state.scope = (state.scope, self._name)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: every call of the function is a block."""

        @wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return inside

    def __exit__(self, *_: object) -> None:
        state = current()
        state.scope = state.scope[0]  # type: ignore[index]
