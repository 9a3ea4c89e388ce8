"""Loops whose number of turns depends on the numbers: eager Python's own, compiled a bounded one with a mask."""

from collections.abc import Callable
from operator import index
from reprlib import repr as shorten
from sys import _getframe
from typing import Any, NoReturn, TypeVar

from .conversion import real
from .functions import _evaluate
from .operations import FINISHED, OPERATIONS
from .recording import block, current
from .structures import replaced, unwrapped
from .tracing import user_line
from .unfinished import UnfinishedError
from .value import Value, constant

State = TypeVar("State")
_WHERE = OPERATIONS["where"]


def while_loop(condition: Callable[[State], Any], body: Callable[[State], State], state: State, *, most: int) -> State:
    """The state after as many turns of `state = body(state)` as `condition(state)` holds before.

    Eager it is Python's `while`, with a bound. In a function that is compiled, where each row takes turns of its own,
    it is `most` turns, and a row that is done keeps its state: the gradient is that of the turns which the row took,
    and none flows through the others (as into the branch of an `if` that was not taken), also where the body is inf or
    nan at a state that is done. A trace has `most` copies of the body: choose it no larger than is needed.

    What is differentiated is what was computed: the derivative of an iteration that converges is one turn behind, and
    where the first state is the solution already, it is that of the first state.

    Args:
        condition: of the state; gives one truth value: a comparison, a bool, or a number that is not 0.
        body: gives the next state, in the same structure. It gets a copy, which it may change.
        state: a Value or a number, or (nested) lists, tuples and arrays of them. What stays a plain number, eager, is
            one at the end, too.
        most: how many turns it may take at most.

    Returns:
        The state, in the same structure.

    Raises:
        UnfinishedError: when the condition still holds after `most` turns; compiled, it names the row, and no gradient
            has changed.
        TypeError: for a state that is not made of numbers, a body that gives another structure, a condition that gives
            no truth value; with the line.
        ValueError: for `most` below 1.

    The root of 2 by Newton's method, and its derivative 1/(2·√2):

    >>> from autograd import Value, while_loop
    >>> def root(a):
    ...     return while_loop(lambda x: abs(x * x - a) > 1e-12, lambda x: (x + a / x) / 2, a, most=20)
    >>> a = Value(2.0)
    >>> root(a).backward()
    >>> round(root(a).data, 6), round(a.grad, 6)
    (1.414214, 0.353553)
    """
    loop = _Loop(condition, body, state, most)
    if not current().tracing:
        return loop.run()
    with block() as turn:
        return loop.masked(turn)


class _Loop:
    """One call of `while_loop`.

    Attributes:
        numbers: of the state, in order.
    """

    def __init__(self, condition: Any, body: Any, state: Any, most: Any) -> None:
        for name, function in (("condition", condition), ("body", body)):
            if not callable(function):
                _refuse(f"{name} is a function of the state, got {shorten(function)} of type {type(function).__name__}")
        if isinstance(most, (bool, Value)) or not hasattr(most, "__index__"):
            _refuse(f"most is how many turns it may take, a whole number, got {most!r} of type {type(most).__name__}")
        self.most = index(most)
        if self.most < 1:
            raise ValueError(
                f"while_loop: most is how many turns it may take, at least 1, got {most}{user_line(_getframe(1))}"
            )
        self.condition, self.body, self.template = condition, body, state
        self.numbers: list[Any] = []
        _collect(self.numbers, state, state, "state", "there is")
        if not self.numbers:
            _refuse(f"the state has no number, got {shorten(state)}")

    def state(self) -> Any:
        """A new one of these numbers."""
        return replaced(self.template, iter(self.numbers))

    def holds(self) -> Any:
        """Whether the condition does: a bool; in a trace, where nobody knows yet, perhaps a Value."""
        found = unwrapped(self.condition(self.state()))
        if isinstance(found, Value):
            return found if current().tracing else bool(found)
        number = real(found)
        if number is None:
            _refuse(f"the condition gives one truth value, got {shorten(found)} of type {type(found).__name__}")
        return number != 0.0

    def next(self) -> list[Any]:
        """The numbers of the state after a turn."""
        numbers: list[Any] = []
        _collect(numbers, self.template, self.body(self.state()), "state", "the body gives")
        return numbers

    def run(self) -> Any:
        """As Python's while."""
        for _ in range(self.most):
            if not self.holds():
                return self.state()
            self.numbers = self.next()
        if self.holds():
            self.refuse_unfinished()
        return self.state()

    def masked(self, turn: Any) -> Any:
        """In a trace: all turns, of which each row takes those in which the condition holds.

        Where the condition depends on no row, it is Python's while, too. A row that is done stays so, whatever the
        condition does.

        Args:
            turn: the state of the block. Its `guard` is that of a loop around this one, and then a Value that is 0 in
                the rows which do not take the turn, where no index is refused; None where all rows take it.
        """
        masks = False
        for _ in range(self.most):
            holds = self.holds()
            if holds is False:
                return self.state()
            if holds is not True:
                turn.guard, masks = _both(turn.guard, holds), True
            numbers = self.next()
            if masks:
                numbers = [_kept(turn.guard, new, old) for new, old in zip(numbers, self.numbers, strict=True)]
            self.numbers = numbers
        holds = self.holds()
        if holds is False:
            return self.state()
        unfinished = turn.guard if holds is True else _both(turn.guard, holds)
        if unfinished is None:
            self.refuse_unfinished()
        turns = _evaluate(_WHERE, (unfinished, float(self.most), 0.0))
        self.numbers = [_evaluate(FINISHED, (turns, x)) for x in self.numbers]
        return self.state()

    def refuse_unfinished(self) -> NoReturn:
        """In every row."""
        raise UnfinishedError(
            f"while_loop: the condition still holds after most={self.most} turns, at the state "
            f"{shorten(self.state())}{user_line(_getframe(1))}"
        )


def _both(taken: Value | None, holds: Value) -> Value:
    """1 in the rows that have taken the turn before, and in which the condition holds."""
    return _evaluate(_WHERE, (constant(1.0) if taken is None else taken, holds, 0.0))


def _kept(taken: Value, new: Any, old: Any) -> Any:
    """The number after a turn: the old one in rows that have not taken it."""
    a, b = real(new), real(old)
    if new is old or (a is not None and b is not None and repr(a) == repr(b)):  # 0.0 and -0.0 differ, nan is itself
        return old
    return _evaluate(_WHERE, (taken, new, old))


def _collect(numbers: list[Any], template: Any, x: Any, path: str, whose: str) -> None:
    """Add the numbers of x, in order, if it is built as the template."""
    x = unwrapped(x)
    if isinstance(template, (list, tuple)):
        if type(x) is not type(template) or len(x) != len(template):
            _refuse(f"{whose} {_words(x)} as {path}, which is {_words(template)} before")
        items = zip(template, x, strict=True)
    elif getattr(template, "shape", ()) != ():  # an array
        if getattr(x, "shape", None) != template.shape:
            _refuse(f"{whose} {_words(x)} as {path}, which is {_words(template)} before")
        items = zip(template, x, strict=True)
    else:
        if not isinstance(x, Value) and real(x) is None:
            _refuse(f"{whose} {_words(x)} as {path}, and a state is made of Values and numbers")
        numbers.append(x)
        return
    for i, (of_template, item) in enumerate(items):
        _collect(numbers, of_template, item, f"{path}[{i}]", whose)


def _words(x: Any) -> str:
    if isinstance(x, (list, tuple)):
        return f"a {type(x).__name__} of {len(x)}"
    if getattr(x, "shape", ()) != ():
        return f"an array of the shape {x.shape}"
    return "a number" if isinstance(x, Value) or real(x) is not None else f"{shorten(x)} of type {type(x).__name__}"


def _refuse(what: str) -> NoReturn:
    raise TypeError(f"while_loop: {what}{user_line(_getframe(1))}")
