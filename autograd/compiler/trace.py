"""Pass 1: run the function once on placeholders, and write the graph below its outputs as a flat tape."""

import pickle
import random
from collections.abc import Callable, Sequence
from functools import partial
from inspect import unwrap
from math import prod
from reprlib import repr as shorten
from sys import getrefcount
from typing import Any, NamedTuple, NoReturn

import numpy as np

from ..conversion import real
from ..recording import recording
from ..structures import unwrapped
from ..tracing import TraceError, source_line, tracing
from ..value import Value, constant, return_memory
from .tape import Tape
from .taping import placeholder, write_tape


class Result(NamedTuple):
    """What f returned for one row: the shapes of its parts, and whether they were a tuple."""

    shapes: list[tuple[int, ...]]
    several: bool

    @property
    def numbers(self) -> int:
        """How many they are together."""
        return sum(map(prod, self.shapes))


def trace(f: Callable[..., Any], shapes: Sequence[tuple[int, ...]]) -> tuple[Tape, Result]:
    """The tape of f on rows of these shapes, and the shape of what f returned.

    A leaf is a parameter where it was there before f was run, and a constant where f has made it. Where f makes leaves
    that somebody keeps, f is run twice.

    Args:
        f: a function of one row: it gets a Value for the shape (), a list for (n,), a list of lists for (n, m).
        shapes: of the arguments.

    Raises:
        TraceError: when f looks at a number, or returns something else than Values.

    >>> tape, _ = trace(lambda x: x * x + x * 2.0, [()])
    >>> print(tape)
    0 = input(0, 0)
    1 = 2
    2 = mul(0, 0)
    3 = mul(0, 1)
    4 = add(2, 3)
    return 4
    """
    try:
        tape, result, kept, drawn = _trace_once(f, shapes)
        if kept:  # weights that f makes when it sees the first row, or a log: f, run anew, tells which it uses again
            tape, result, _, drawn = _trace_once(f, shapes)
    except Exception as error:  # of f: it goes on, with what f got
        if not isinstance(error, TraceError):
            error.add_note(_called_with(shapes))
        raise
    if drawn:
        _refuse(f, "f draws random numbers, which would be the same in every call: give them to f as an argument")
    return tape, result


def _trace_once(f: Callable[..., Any], shapes: Sequence[tuple[int, ...]]) -> tuple[Tape, Result, bool, bool]:
    """Also whether somebody keeps a leaf that f has made, and whether f drew random numbers."""
    placeholders: dict[Value, tuple[int, int]] = {}
    arguments = [_placeholders(placeholders, argument, shape) for argument, shape in enumerate(shapes)]
    root = (None, *["trace"])  # the outermost scope of every node that this trace makes: a new object, no literal
    outputs: list[Value] = []
    random_before = _random_state()
    with tracing(root) as made, recording(True):
        result = f(*arguments)
        several = isinstance(result, tuple)
        result_shapes = [_shape(f, part, outputs) for part in (result if several else (result,))]
    if not outputs:
        _refuse(f, "f returned an empty tuple")
    tape, leaves = write_tape(outputs, made, placeholders, root, partial(_refuse, f))
    tape.differentiable = not result_shapes[0]
    del result, outputs, arguments, placeholders, made[:]  # with them goes the graph, unless somebody keeps it
    return_memory()  # of which the passes need some
    return tape, Result(result_shapes, several), _are_kept(leaves), _random_state() != random_before


def _are_kept(leaves: list[Value]) -> bool:
    """Whether anything else refers to one of these Values."""
    *references, alone = map(getrefcount, [*leaves, Value(0.0)])
    return any(count > alone + 1 for count in references)  # they are in `leaves`, too


def _called_with(shapes: Sequence[tuple[int, ...]]) -> str:
    """What f got, as a note to its own errors."""
    lists = [" lists of ".join(map(str, shape)) for shape in shapes]
    kinds = [f"a list of {each} Values" if each else "a Value" for each in lists]
    arrays = [f"(rows{''.join(f', {length}' for length in shape)})" for shape in shapes]
    pairs = ", ".join(f"{kind} for an array {array}" for kind, array in zip(kinds, arrays, strict=True))
    return f"compile() called the function on one row: {pairs or 'no arguments'}"


def _random_state() -> bytes:
    """Of the generators that everybody shares, Python's and NumPy's. One of f's own is not seen."""
    return pickle.dumps((random.getstate(), np.random.get_state(legacy=False)))


def _placeholders(placeholders: dict[Value, tuple[int, int]], argument: int, shape: tuple[int, ...]) -> Any:
    """A Value, a list, a list of lists: what f gets for one row of an argument."""
    count = iter(range(prod(shape)))

    def nest(shape: tuple[int, ...]) -> Any:
        if shape:
            return [nest(shape[1:]) for _ in range(shape[0])]
        value = placeholder()
        placeholders[value] = (argument, next(count))
        return value

    return nest(shape)


def _shape(f: Callable[..., Any], result: Any, outputs: list[Value]) -> tuple[int, ...]:
    """The shape of what f returned; its Values are added to the outputs."""
    result = unwrapped(result)
    if isinstance(result, Value):
        outputs.append(result)
        return ()
    if isinstance(result, list) or getattr(result, "shape", ()) != ():
        before = len(outputs)
        shapes = {_shape(f, x if (number := real(x)) is None else constant(number), outputs) for x in result}
        if len(shapes) != 1:
            _refuse(f, f"f returned a list that is {'ragged' if len(outputs) > before else 'empty'}: {shorten(result)}")
        return (len(result), *shapes.pop())
    _refuse(
        f,
        f"f returned {shorten(result)} of type {type(result).__name__}; a compiled function returns a Value, a list of "
        "Values, or a tuple of these",
    )


def _refuse(f: Callable[..., Any], what: str) -> NoReturn:
    """Raise the TraceError for something that is known only when f has returned; it names the line where f begins."""
    function: Any = unwrap(f)
    while isinstance(function, partial):
        function = unwrap(function.func)
    code = getattr(function, "__code__", None) or getattr(getattr(function, "forward", None), "__code__", None)
    raise TraceError(what + (source_line(code.co_filename, code.co_firstlineno) if code else ""))
