"""Small steps at one row as scalars, in columns: steps that differ only in where their numbers lie are written at once.

A step of up to `MOST` numbers becomes a few words for each of them (`scalars.h`). What the words are follows from its
kind and from the layouts of its operands: such a `Pattern` is made once, and then put where each of its steps stands.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ....operations import Operation
from ....rules import is_in_c
from ....symbolic import OPERAND, RESULT, Symbol
from ...kinds import Contract, Fill, Kind, Map, Partial, Sum
from ...views import Shape, View
from ..numpy.expressions import DY, ONE, Calls, flow_to, value_of
from . import machine

_NUMBER = {name: number for number, name in enumerate(machine.SCALAR_OPERATIONS)}
_SIMPLE = {"*": "product", "+": "sum", "-": "difference", "add to +": "add_two"}  # what they are called there
_OF_NUMPY = {"maximum.reduce", "minimum.reduce", "add.reduce"}  # along an axis: not for scalars
MOST = 32  # numbers of a step, or terms of its sums
TEMPORARIES = 64

Layout = tuple[Shape, Shape]
OUT, CONSTANT, TEMPORARY, OPERATION = -1, -2, -3, -4  # what a word is, besides the place of an operand


class Place(NamedTuple):
    """A number: of an operand, or one of the above, so many numbers after its beginning."""

    of: int
    at: int


class Unsuited(Exception):
    """A step that is not written as scalars."""


class Pattern:
    """The words of a step, and where each points to.

    Args:
        constant: the position of a plain number among the constants.
    """

    def __init__(self, constant: Callable[[float], int]) -> None:
        self.constant = constant
        self.words: list[tuple[int, int]] = []  # (a number, what it is): an operation, or bytes
        self.temporaries = 0

    def number(self, x: float) -> Place:
        return Place(CONSTANT, self.constant(float(x)))

    def temporary(self) -> Place:
        self.temporaries += 1
        if self.temporaries > TEMPORARIES:
            raise Unsuited
        return Place(TEMPORARY, self.temporaries - 1)

    def emit(self, operation: str, *places: Place) -> None:
        """An operation: where its result goes, and its operands."""
        self.words.append((_NUMBER[operation], OPERATION))
        self.words += [(8 * place.at, place.of) for place in places]


def pattern_of(
    kind: Kind, out: Layout, operands: Sequence[Layout | float], accumulate: bool, constant: Callable[[float], int]
) -> Pattern | None:
    """The pattern of a step; None where it is not written as scalars. A plain number is an operand as it is."""
    pattern = Pattern(constant)
    try:
        _PATTERNS[type(kind)](pattern, kind, out, operands, accumulate)
    except (Unsuited, KeyError):
        return None
    return pattern


def _positions(layout: Layout) -> list[int]:
    """Where the numbers lie, counted from the first."""
    if prod(layout[0]) > MOST:
        raise Unsuited
    return View(0, 0, *layout).positions().ravel().tolist()


def _columns(pattern: Pattern, out: Layout, operands: Sequence[Layout | float]) -> list[list[Place]]:
    """Of each operand the place for each number of the result."""
    count, columns = prod(out[0]), []
    for i, operand in enumerate(operands):
        if isinstance(operand, float):
            columns.append([pattern.number(operand)] * count)
            continue
        if operand[0] != out[0]:  # a family
            raise Unsuited
        columns.append([Place(i, at) for at in _positions(operand)])
    return columns


def _results(out: Layout) -> list[Place]:
    return [Place(OUT, at) for at in _positions(out)]


def _kinds(operands: Sequence[Layout | float]) -> tuple[str, ...]:
    return tuple([repr(operand) if isinstance(operand, float) else ONE for operand in operands])


def _map(pattern: Pattern, kind: Map, out: Layout, operands: Sequence[Layout | float], accumulate: bool) -> None:
    calls = value_of(kind.rule, _kinds(operands))
    own = f"value {kind.rule.name}"
    if len(calls.calls) > 1 and not accumulate and _is_ours(kind.rule, own):
        for place, *given in zip(_results(out), *_columns(pattern, out, operands), strict=True):
            pattern.emit(own, place, *given)
        return
    for place, *given in zip(_results(out), *_columns(pattern, out, operands), strict=True):
        _evaluate(pattern, calls, dict(enumerate(given)), place, accumulate)


def _partial(
    pattern: Pattern, kind: Partial, out: Layout, operands: Sequence[Layout | float], accumulate: bool
) -> None:
    if kind.guarded:
        raise Unsuited
    of_rule = operands[:-2]
    calls = flow_to(kind.rule, _kinds(of_rule), kind.operand, False)
    own = f"{'add ' if accumulate else ''}flow {kind.operand} {kind.rule.name}"
    if len(calls.calls) > 1 and isinstance(operands[-2], float) and _is_ours(kind.rule, own):  # it does not read y
        for place, *given in zip(_results(out), *_columns(pattern, out, operands), strict=True):
            *x, _, dy = given
            pattern.emit(own, place, *x, dy)
        return
    for place, *given in zip(_results(out), *_columns(pattern, out, operands), strict=True):
        *x, y, dy = given
        _evaluate(pattern, calls, dict(enumerate(x)) | {RESULT: y, DY: dy}, place, accumulate)


def _is_ours(rule: Operation, name: str) -> bool:
    """Whether the machine has this, by the C of the rule as it is in the book."""
    return name in _NUMBER and is_in_c(rule)


def _evaluate(pattern: Pattern, calls: Calls, given: dict[Any, Place], out: Place, accumulate: bool) -> None:
    """Words that compute the result of the calls, and write it or add it."""
    done: dict[int, Place] = {}

    def place_of(x: Any) -> Place:
        if not isinstance(x, Symbol):
            return pattern.number(x)
        return done[id(x)] if id(x) in done else given[x.arguments[0] if x.function == OPERAND else x.function]

    pattern.temporaries = 0
    for symbol, _ in calls.calls:
        if symbol.function in _OF_NUMPY:
            raise Unsuited
        arguments = [place_of(argument) for argument in symbol.arguments]
        if symbol is calls.result and not accumulate:
            pattern.emit(symbol.function, out, *arguments)
        elif symbol is calls.result and symbol.function == "*":
            pattern.emit("add product", out, *arguments)
            return
        else:
            done[id(symbol)] = pattern.temporary()
            pattern.emit(symbol.function, done[id(symbol)], *arguments)
    if accumulate:
        pattern.emit("add to", out, place_of(calls.result))
    elif not calls.calls:
        pattern.emit("copy", out, place_of(calls.result))


def _sum(pattern: Pattern, kind: Sum, out: Layout, operands: Sequence[Layout | float], accumulate: bool) -> None:
    if len(kind.signs) > MOST:
        raise Unsuited
    for place, *given in zip(_results(out), *_columns(pattern, out, operands), strict=True):
        _total(pattern, place, list(zip(kind.signs, given, strict=True)), accumulate)


def _total(pattern: Pattern, out: Place, terms: list[tuple[int, Place]], accumulate: bool) -> None:
    """±a ± b …, in this order, two terms at a time."""
    if not accumulate:
        (sign, first), *terms = terms
        if sign < 0 or not terms:
            pattern.emit("negative" if sign < 0 else "copy", out, first)
        else:
            terms, rest = terms[:2], terms[2:]
            pattern.emit(" ".join(["+" if sign > 0 else "-" for sign, _ in terms]), out, first, *[x for _, x in terms])
            terms = rest
    while terms:
        (sign, first), *more = terms[:2]
        name = ("add to" if sign > 0 else "subtract from") + "".join([" +" if each > 0 else " -" for each, _ in more])
        pattern.emit(name, out, first, *[x for _, x in more])
        terms = terms[2:]


def _contract(pattern: Pattern, kind: Contract, out: Layout, operands: Sequence[Any], accumulate: bool) -> None:
    if kind.scale not in (1.0, -1.0):
        raise Unsuited
    *factors, of_out = [axes.removeprefix("b") for axes in kind.axes]
    lengths: dict[str, int] = {}
    for (shape, _), axes in zip((*operands, out), (*factors, of_out), strict=True):
        lengths |= zip(axes, shape, strict=True)
    summed = [letter for letter in lengths if letter not in of_out]
    order = [*of_out, *summed]
    shape = tuple([lengths[letter] for letter in order])
    if prod(shape) > MOST:
        raise Unsuited
    places = []
    for (_, strides), axes in zip((*operands, out), (*factors, of_out), strict=True):
        stride = dict(zip(axes, strides, strict=True))
        places.append(_positions((shape, tuple([stride.get(letter, 0) for letter in order]))))
    count = prod([lengths[letter] for letter in summed])
    sign = "add" if kind.scale > 0 else "subtract"
    for n, (*given, at) in enumerate(zip(*places, strict=True)):
        to, terms = Place(OUT, at), [Place(i, each) for i, each in enumerate(given)]
        begins = n % count == 0 and not accumulate
        if begins and len(terms) == 2 and kind.scale > 0:
            pattern.emit("*", to, *terms)
        elif begins and len(terms) == 1:
            pattern.emit("copy" if kind.scale > 0 else "negative", to, *terms)
        else:
            if begins:
                pattern.emit("copy", to, pattern.number(0.0))
            if len(terms) == 2:
                pattern.emit(f"{sign} product", to, *terms)
            else:
                pattern.emit("add to" if kind.scale > 0 else "subtract from", to, *terms)


def _fill(pattern: Pattern, kind: Fill, out: Layout, operands: Sequence[Layout | float], accumulate: bool) -> None:
    if accumulate:
        raise Unsuited
    for place in _results(out):
        pattern.emit("copy", place, pattern.number(kind.number))


_PATTERNS: dict[type[Kind], Callable[[Pattern, Any, Layout, Sequence[Any], bool], None]] = {
    Map: _map, Partial: _partial, Sum: _sum, Contract: _contract, Fill: _fill,
}  # fmt: skip


def long_sum(
    signs: np.ndarray, out: tuple[int, int], terms: tuple[np.ndarray, np.ndarray], accumulate: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The words of ±a ± b … of plain numbers, term by term, and where each points to.

    Args:
        out, terms: the memory, and the bytes before.
    """
    data, memory = np.empty((len(signs), 3), np.int64), np.full((len(signs), 3), -1, np.int64)
    data[:, 0] = np.where(signs > 0, _NUMBER["add to"], _NUMBER["subtract from"])
    (memory[:, 1], data[:, 1]), (memory[:, 2], data[:, 2]) = out, terms
    if accumulate:
        return data.ravel(), memory.ravel()
    if signs[0] < 0:
        data[0, 0] = _NUMBER["negative"]
        return data.ravel(), memory.ravel()
    # The first two at once: the sum may lie where the second one does.
    first = _NUMBER["+" if signs[1] > 0 else "-"], data[0, 1], data[0, 2], data[1, 2]
    return np.append(first, data[2:]), np.append((-1, memory[0, 1], memory[0, 2], memory[1, 2]), memory[2:])


def joined(data: np.ndarray, is_operation: np.ndarray) -> np.ndarray:
    """The words, in which simple operations that follow each other are done two or three at a time."""
    at = np.flatnonzero(is_operation)
    simple = _SIMPLE_BY_NUMBER[data[at]]
    start = np.maximum.accumulate(np.where(simple < 0, np.arange(len(at)), -1))  # of a run, the one before
    place = np.arange(len(at)) - start - 1  # in its run
    simple = np.append(simple, [-1, -1])
    begins = (simple[:-2] >= 0) & (place % 3 == 0)
    two, three = begins & (simple[1:-1] >= 0), begins & (simple[1:-1] >= 0) & (simple[2:] >= 0)
    found, count = data.copy(), len(machine.SIMPLE_OPERATIONS)
    pair = simple[:-2] * count + simple[1:-1]
    found[at[two]] = _PAIRS + pair[two]
    found[at[three]] = _TRIPLES + pair[three] * count + simple[2:][three]
    return found


_SIMPLE_BY_NUMBER = np.array([
    machine.SIMPLE_OPERATIONS.index(label) if label in machine.SIMPLE_OPERATIONS else -1
    for label in [_SIMPLE.get(name, name.replace(" ", "_")) for name in machine.SCALAR_OPERATIONS]
])  # fmt: skip
_TRIPLES = len(machine.SCALAR_OPERATIONS) - len(machine.SIMPLE_OPERATIONS) ** 3
_PAIRS = _TRIPLES - len(machine.SIMPLE_OPERATIONS) ** 2
