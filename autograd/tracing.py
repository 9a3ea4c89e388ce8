"""What a function may not do while it is compiled or differentiated, and the errors that say so.

A trace runs the function once, for all rows and all later numbers of the parameters. So no number may be looked at:
a branch, an index or a plain float taken from one would be frozen, and wrong for the next row without a word.
`grad` runs it with the numbers, and branches are right; but what is computed with a plain float has lost its gradient.
"""

import linecache
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from types import FrameType
from typing import Any, NoReturn

from .recording import block, current

_LIBRARIES = {"autograd", "nn", "viz", "numpy"} | sys.stdlib_module_names  # a user does not look for a mistake in here


_UNTRACEABLE = {  # of what a Value refuses
    "Value() of a Value": "its number is not known yet; it is a Value already, to compute with as it is",
    "reading .partials": "the numbers would be frozen; compute them with the Values themselves",
    "reading .data": "the number would be frozen; compute with the Value itself",
    "assigning .data": "it would happen once, and not in every call; do it outside",
    "reading .grad": "the number would be frozen; read it after the call",
    "assigning .grad": "it would happen once, and not in every call; do it outside",
    "formatting a Value": "the text would be frozen; print(x) shows it without its number",
    "float() of a Value": "its number is not known yet; autograd.exp(x) and the like take Values",
    "int() of a Value": "its number is not known yet; to choose by it, write take(values, x)",
    "a Value as an index or a count": (
        "its number is not known yet; to choose by it, write take(values, x); a list times a Value is [v * x for "
        "v in values], or np.array(values) * x"
    ),
    "the truth of a Value": (
        "its number is not known yet; write autograd.where(x > 0, a, b) for `if` and np.where, and "
        "autograd.maximum(*xs) for max(xs) and np.maximum, autograd.while_loop(condition, body, state, most=…) for "
        "`while x > 0`; sorting has no such form"
    ),
    "round() of a Value": "its number is not known yet, and rounding has no gradient",
    "math.trunc() of a Value": "its number is not known yet, and rounding has no gradient",
    "math.floor() of a Value": "its number is not known yet, and rounding has no gradient",
    "math.ceil() of a Value": "its number is not known yet, and rounding has no gradient",
    "== of a Value": (
        "it asks whether two Values are the same node, not for equal numbers; to compare those, write where(abs(x "
        "- 1) <= 0, a, b)"
    ),
    "a Value in a set or as a key": "its number is not known yet; to choose by it, write take(values, x)",
    "backward()": "return the Value; the compiled function's own backward() gives its gradient",
    "forward()": "the numbers are not known yet; return the Value",
    "no_grad()": "the number would be frozen; compute it outside, or let it have its gradient",
    "copying a Value": "the copy would be a number of its own, frozen; use the Value itself",
}


class TraceError(RuntimeError):
    """The function cannot be compiled; the message names the line and what to write instead."""


@contextmanager
def tracing(scope: tuple) -> Iterator[list]:
    """Trace what is computed inside the block, in this outermost scope.

    Returns a list, to which every node is added when it is made.

    Raises:
        TraceError: also where the function, or a library that it calls, has caught it and gone on some other way.
    """
    refused: list[str] = []
    with block() as state:
        state.scope, state.tracing, state.refused = scope, True, refused
        state.made, state.watched, state.guard = [], True, None
        try:
            yield state.made
        except Exception as error:  # of f, or of a library that met the TraceError
            if refused and not isinstance(error, TraceError):
                raise TraceError(refused[0]) from error
            raise
    if refused:
        raise TraceError(refused[0])


def untraceable(what: str, instead: str = "") -> NoReturn:
    """Raise the TraceError for something that a traced function did."""
    message = (
        f"{what} in a function that is being compiled: {instead or _UNTRACEABLE[what]}{user_line(sys._getframe(1))}"
    )
    refused = current().refused
    if refused is not None:
        refused.append(message)
    raise TraceError(message)


def refuse_unknown() -> NoReturn:
    """Refuse the number of a Value that a compiled function got, when nothing is traced, or in another thread."""
    raise TraceError(
        "a Value that a compiled function got, outside of the trace or in another thread: its number is not known "
        "there; compute with it inside the function, in the thread that calls it"
    )


_LOSES = {  # of what would lose a gradient
    "a plain number": (
        "its gradient would be lost; write autograd.sin(x) for math.sin(x), a list or np.array(…, dtype=object) for "
        "an array of floats, and x.data where the gradient is to end here, as in math.isnan(x.data)"
    ),
    "a copy": "its gradient would be lost; use the Value itself, which no operation changes; list(x) copies a list",
    "the gradients of backward()": (
        "their gradients would be lost; take grad(…), or what backward(create_graph=True) returns: graphs"
    ),
    "assigning .data": "the gradient is that by the number that was given; compute a new Value, as in x = 2 * x",
}


class Differentiated:
    """The arguments that a derivative is being computed by, and those of the derivatives around it.

    Args:
        arguments: by their positions.
    """

    def __init__(self, arguments: dict[int, list], around: "Differentiated | None") -> None:
        self.arguments, self.around = arguments, around
        # has backward(create_graph=True) been called meanwhile, or before, further out?
        self.went_backward: bool = around is not None and around.went_backward

    @cached_property
    def ids(self) -> frozenset[int]:
        """Of all these Values."""
        ours = map(id, chain.from_iterable(self.arguments.values()))
        return frozenset(ours) | (self.around.ids if self.around else frozenset())

    def goes_backward_from(self, root: Any) -> None:
        """Remember that gradients may depend on what is being differentiated by, here and further out."""
        if self.has_an_argument_below(root):
            derivative: Differentiated | None = self
            while derivative is not None:
                derivative.went_backward, derivative = True, derivative.around

    def has_an_argument_below(self, x: Any) -> bool:
        """Whether a Value depends on what is being differentiated by."""
        arguments, stack, seen = self.ids, [x], set()
        while stack:
            node = stack.pop()
            if id(node) in arguments:
                return True
            if id(node) not in seen:
                seen.add(id(node))
                stack.extend(node.parents)
        return False


def check_parameters(parameters: Iterable[Any]) -> None:
    """Refuse to compile a function whose parameters are what is being differentiated by: its arrays have no gradients.

    Raises:
        TypeError: which says what to do instead.
    """
    derivative = current().derivative
    if derivative is not None and any(id(p) in derivative.ids for p in parameters):
        raise TypeError(
            "a compiled function uses an argument of the function that is being differentiated, and gives plain "
            f"numbers: its gradient would be lost; call the function itself{user_line(sys._getframe(1))}"
        )


def check_plain(x: Any, what: str = "a plain number") -> None:
    """Refuse to make a plain number, or what the words say, of a Value that depends on what is being differentiated by.

    Raises:
        TypeError: which names the line and what to write instead.
    """
    if current().derivative.has_an_argument_below(x):
        raise TypeError(
            f"{what} of a Value that depends on the arguments, in a function that is being differentiated: "
            f"{_LOSES[what]}{user_line(sys._getframe(1))}"
        )


def check_gradients_are_kept() -> None:
    """Refuse to read a gradient, a plain number, that may depend on what is being differentiated by.

    Raises:
        TypeError: once backward(create_graph=True) was called in a function that is being differentiated.
    """
    derivative = current().derivative
    if derivative is not None and derivative.went_backward:
        raise TypeError(
            "reading .grad after backward(), in a function that is being differentiated: "
            f"{_LOSES['the gradients of backward()']}{user_line(sys._getframe(1))}"
        )


def source_line(file: str, line: int, names: dict | None = None) -> str:
    """A line of code as the end of a message."""
    text = linecache.getline(file, line, names).strip()  # at a prompt there is none
    return f"\n  {file}, line {line}" + (f": {text}" if text else "")


def user_line(frame: FrameType) -> str:
    """Where the innermost frame of the user's own code is."""
    while frame.f_back is not None and _is_library(frame):
        frame = frame.f_back
    return source_line(frame.f_code.co_filename, frame.f_lineno, frame.f_globals)


def _is_library(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in _LIBRARIES or "site-packages" in frame.f_code.co_filename
