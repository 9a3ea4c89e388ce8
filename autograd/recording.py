"""What is recorded, and where: no_grad(), scope(), tracing. Each thread has its own state; a block, each task."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from threading import get_ident
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython

F = TypeVar("F", bound=Callable[..., Any])


@cython.binding(False)
@cython.cclass
class State:
    """What holds in one block of a thread or a task.

    Attributes:
        recording: do operations remember how they were computed?
        checking: what `detect_anomaly` knows of the numbers that it looks at; else None.
        graphs: are derivatives graphs, also those at plain numbers?
        tracing: is `compile` running a function on numbers that nobody knows yet?
        made: the nodes that this function has made so far, in order; else None.
        watched: does somebody look at new nodes, for `checking` or for `made`? Every new node asks this alone.
        refused: the first thing that this function did and may not do, in a list.
        guard: in a turn of a `while_loop` of this function, the Value that is 0 in rows that do not take it; else None.
        derivative: what `grad` and the like are differentiating around here, see differentiation.py; else None.
        scope: the module call that nodes are being made in.
        owner: of a block of no_grad() that a generator has entered: see `check_running`. Nobody is inside while the
            generator is suspended.
        outer: the state around the block.
        closed: was the block left in another context than this?
    """

    __slots__ = (
        "checking", "closed", "derivative", "graphs", "guard", "made", "outer", "owner", "recording", "refused",
        "scope", "tracing", "watched",
    )  # fmt: skip

    def __init__(self, outer: Any = None) -> None:
        around: State | None = outer
        self.outer: Any = around
        self.closed: bool = False
        self.recording: bool = True
        self.checking: Any = None
        self.graphs: bool = False
        self.tracing: bool = False
        self.made: list | None = None
        self.watched: bool = False
        self.refused: list | None = None
        self.derivative: Any = None
        self.guard: Any = None
        self.scope: tuple | None = None
        self.owner: Any = None
        if around is not None:
            self.recording, self.checking, self.tracing = around.recording, around.checking, around.tracing
            self.made, self.watched, self.refused = around.made, around.watched, around.refused
            self.derivative, self.graphs, self.guard = around.derivative, around.graphs, around.guard
            self.scope, self.owner = around.scope, around.owner


_states: ContextVar = ContextVar("autograd")
_latest, _latest_context = State(), 0  # the state that was asked for last, and where

if not cython.compiled:

    def context() -> int:  # recording.pxd has the number of this context: asking it takes less than a variable of it
        return -1


def current() -> State:
    """The state that holds here."""
    global _latest, _latest_context
    if cython.compiled and context() == _latest_context:
        return _latest
    state: State | None = _states.get(None)
    if state is None or state.closed:
        while state is not None and state.closed:
            state = state.outer
        state = state or State()
        _states.set(state)
    if cython.compiled:
        _latest, _latest_context = state, context()
    return state


def _begin(state: State) -> None:
    """The state holds here from now on."""
    global _latest, _latest_context
    _states.set(state)
    _latest, _latest_context = state, context()


def enter_block() -> State:
    """The state of a block that begins here: equal to the one around it, until it is changed."""
    state: State = State(current())
    _begin(state)
    return state


def leave_block(state: State) -> None:
    """The end of a block. Where generators hold blocks, they overlap: those that were entered later go on."""
    global _latest_context
    inner: State | None = current()
    if inner is state:
        _begin(state.outer)
        return
    later: list = []
    while inner is not None and inner is not state:
        later.append(inner)
        inner = inner.outer
    if inner is None:
        state.closed = True  # a context that we are not in sees it
        _latest_context = 0
        return
    outer: State = state.outer
    later[-1].outer = outer
    for each in later:
        if state.owner is not None and each.owner is state.owner:  # it comes from the block that ends
            each.recording, each.owner = outer.recording, outer.owner


@contextmanager
def block() -> Iterator[State]:
    """A block with a state of its own, which may be changed."""
    state = enter_block()
    try:
        yield state
    finally:
        leave_block(state)


@cython.binding(False)
@cython.cclass
class no_grad:
    """Record nothing inside the block: operations give plain leaves, for evaluation without memory for a graph.

    It holds for the thread, or the task, that entered the block. A generator leaves the block before it yields, unless
    it is a context manager (`contextlib.contextmanager`). `@no_grad()` makes every call of a function a block.

    Raises:
        RuntimeError: from an operation, while a generator that has entered the block is suspended. When one object is
            entered twice at a time.
        TypeError: as the decorator of a generator or a coroutine, which run after the call.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.parents
    ()
    """

    __slots__ = ("_state",)

    def __init__(self) -> None:
        self._state: State | None = None

    def __enter__(self) -> None:
        check_not_entered("no_grad()", self._state)
        state = self._state = enter_block()
        generator = _generator(sys._getframe())
        state.recording, state.owner = False, generator and (generator, _who())

    def __call__(self, function: F) -> F:
        return decorated("no_grad()", no_grad, function)

    def __exit__(self, *_: object) -> None:
        state, self._state = self._state, None
        if state is not None:
            leave_block(state)


def check_not_entered(name: str, state: Any) -> None:
    """Refuse to enter a block that is entered already: another thread or task may be inside."""
    if state is not None:
        raise RuntimeError(f"this block of {name} is entered already: write `with {name}:` anew in each place")


def decorated(name: str, entering: Callable[[], Any], function: Callable[..., Any]) -> Any:
    """The function, every call of which is a block.

    Raises:
        TypeError: for a generator or a coroutine, which run after the call.
    """
    inner = getattr(function, "func", getattr(function, "__func__", function))  # of functools.partial, staticmethod
    code = getattr(inner if hasattr(inner, "__code__") else type(inner).__call__, "__code__", None)
    if code is not None and code.co_flags & (_GENERATOR | _COROUTINE):
        raise TypeError(
            f"@{name} on {code.co_name}, a generator or a coroutine, which runs when the call is over: write the block "
            "inside of it"
        )

    @wraps(function)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with entering():
            return function(*args, **kwargs)

    return inside


@contextmanager
def recording(on: bool) -> Iterator[None]:
    """Record operations inside the block, or do not, whatever is the case around it."""
    with block() as state:
        state.recording, state.owner = on, None
        yield


def _generator(frame: FrameType | None) -> FrameType | None:
    """The frame of the generator that enters a block; None where it is a function, a coroutine or a context manager."""
    while frame is not None:
        generator = frame.f_code.co_flags & _GENERATOR and not _ours(frame)
        if not _ours(frame) and not (generator and frame.f_back is not None and _ours(frame.f_back)):
            return frame if generator else None
        frame = frame.f_back
    return None


_GENERATOR = 0x20 | 0x200  # inspect.CO_GENERATOR and CO_ASYNC_GENERATOR, without importing inspect
_COROUTINE = 0x80 | 0x100  # CO_COROUTINE and CO_ITERABLE_COROUTINE


def _ours(frame: FrameType) -> bool:
    """Whether it is no_grad() itself, or contextlib, which runs it and other context managers."""
    return frame.f_globals.get("__name__") in ("contextlib", __name__)


def _who() -> tuple:
    """The thread and the task that are here."""
    asyncio = sys.modules.get("asyncio")
    try:
        return get_ident(), asyncio and asyncio.current_task()
    except RuntimeError:  # no loop runs
        return get_ident(), None


def check_running(owner: tuple) -> None:
    """Refuse to compute without recording while the generator that wants this is suspended, and nobody knows of it.

    A thread or a task that was started from inside the block has it for good.

    Args:
        owner: the generator's frame, and the thread and the task that it runs in.

    Raises:
        RuntimeError: which says where the generator is.
    """
    generator, who = owner
    if who != _who():
        return
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame is generator:
            return
        frame = frame.f_back
    code = generator.f_code
    raise RuntimeError(
        f"the generator {code.co_name} ({code.co_filename}, line {generator.f_lineno}) is suspended inside no_grad(): "
        "what others compute meanwhile would not be recorded. Leave the block before `yield`; a generator that is to "
        "be a context manager needs contextlib.contextmanager"
    )


@cython.binding(False)
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

    def __call__(self, function: F) -> F:
        """As a decorator: every call of the function is a block."""
        return decorated("scope", lambda: self, function)

    def __exit__(self, *_: object) -> None:
        state = current()
        inner = state.scope
        while inner is not None and inner[1] != self._name:  # where generators or tasks hold scopes, they overlap
            inner = inner[0]
        if inner is not None:
            state.scope = inner[0]
