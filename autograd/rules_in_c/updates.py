"""The book of updates as C: `python -m autograd.rules_in_c.updates` prints it."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..symbolic import NEGATIVE, OPERAND, Symbol, in_order
from ..updates import UPDATES, Update

_HEAD = """\
/* The updates of autograd/updates.py, written by autograd/rules_in_c when the core was compiled: see there.

   Each function moves n numbers of every array; `at` has the addresses. It rounds where NumPy rounds. Plain numbers are
   double until they meet an array, and so are what is computed of them alone. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "compiler/executors/native/c/processors.h"

#define SIGN(x) ((x) > 0 ? 1 : (x) < 0 ? -1 : (x) == 0 ? 0 : (x)) /* of nan, nan */
"""
_TABLE = """\
typedef void (*Update)(intptr_t n, const intptr_t *at, const double *numbers);
static const struct {
    const char *name;
    Update of_doubles, of_floats;
} updates[] = {
%s
};

/* The number of an update; -1 where there is none of that name. */
static inline int number_of_update(const char *name) {
    for (int i = 0; i < (int)(sizeof updates / sizeof *updates); i++)
        if (!strcmp(updates[i].name, name)) return i;
    return -1;
}

static inline void run_update(int number, int of_doubles, intptr_t n, const intptr_t *at, const double *numbers) {
    (of_doubles ? updates[number].of_doubles : updates[number].of_floats)(n, at, numbers);
}
"""
_TYPES = {"double": "sqrt", "float": "sqrtf"}
_BINARY = {"+": "+", "-": "-", "*": "*", "div": "/"}


class _Undecided(Exception):
    """The formula asks for a plain number; which way it goes is not known."""


class Given(Symbol):
    """An array or a plain number that the update is given."""

    __slots__ = ("decided", "is_array", "name")

    def __init__(self, name: str, is_array: bool, decided: bool | None) -> None:
        super().__init__(OPERAND, name)
        self.name, self.is_array, self.decided = name, is_array, decided

    def __bool__(self) -> bool:
        if self.is_array:
            raise ValueError(f"it branches on the array {self.name}: C has one way for all of an array")
        if self.decided is None:
            raise _Undecided(self.name)
        return self.decided


class _Functions:
    """The namespace `m`."""

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: Symbol(name, *arguments)


@dataclass(frozen=True)
class Branch:
    """Where a formula asks for a plain number: its results, or another Branch, where that is not 0, and where it is."""

    name: str
    holds: "tuple | Branch"
    fails: "tuple | Branch"


def read_update(update: Update, decided: Mapping[str, bool] | None = None) -> tuple | Branch:
    """The results of the formula, as Symbols; where it asks for a plain number that is not `decided`, a Branch.

    >>> from autograd.updates import sgd
    >>> way = read_update(sgd)
    >>> way.name, isinstance(way.holds, Branch)
    ('weight_decay', True)
    """
    decided = decided or {}
    arrays = [Given(name, True, None) for name in update.arrays]
    numbers = {name: Given(name, False, decided.get(name)) for name in update.numbers}
    try:
        return update.formula(_Functions(), *arrays, **numbers)
    except _Undecided as undecided:
        [name] = undecided.args
        return Branch(name, *(read_update(update, {**decided, name: holds}) for holds in (True, False)))


def update_in_c(update: Update) -> str:
    """The functions of one update: of doubles, and of floats.

    Raises:
        ValueError: when C cannot say it.

    >>> from autograd.updates import penalty
    >>> print(update_in_c(penalty).split("\\n\\n")[0])
    FOR_EACH_PROCESSOR static void penalty_of_double(intptr_t n, const intptr_t *at, const double *numbers) {
        const double *RESTRICT data = (const double *)at[0];
        double *RESTRICT grad = (double *)at[1];
        const double l1 = numbers[0], l2 = numbers[1];
        const double s1 = (double)l1;
        const double s2 = (double)(2.0 * l2);
        for (intptr_t i = 0; i < n; i++) {
            const double t1 = SIGN(data[i]);
            const double t2 = s1 * t1;
            const double t3 = s2 * data[i];
            const double t4 = t2 + t3;
            const double t5 = grad[i] + t4;
            grad[i] = t5;
        }
    }
    """
    return "\n\n".join(_function(update, number) for number in _TYPES)


def _function(update: Update, number: str) -> str:
    way = read_update(update)
    kept = len(update.arrays) - _results(way)
    head = f"{update.name}_of_{number}(intptr_t n, const intptr_t *at, const double *numbers)"
    lines = [f"FOR_EACH_PROCESSOR static void {head} {{"]
    for i, name in enumerate(update.arrays):
        const = "const " if i < kept else ""
        lines.append(f"    {const}{number} *RESTRICT {name} = ({const}{number} *)at[{i}];")
    given = ", ".join(f"{name} = numbers[{i}]" for i, name in enumerate(update.numbers))
    return "\n".join(
        [*lines, f"    const double {given};", *[f"    {line}" for line in _ways(update, way, number)], "}"]
    )


def _results(way: tuple | Branch) -> int:
    """How many there are."""
    return _results(way.holds) if isinstance(way, Branch) else len(way)


def _ways(update: Update, way: tuple | Branch, number: str) -> Iterator[str]:
    """The lines for every way through the formula."""
    if not isinstance(way, Branch):
        yield from _loop(update.arrays[-len(way) :], way, number)
        return
    for begin, each in ((f"if ({way.name} != 0.0) {{", way.holds), ("} else {", way.fails)):
        yield begin
        yield from [f"    {line}" for line in _ways(update, each, number)]
    yield "}"


def _loop(names: tuple[str, ...], results: tuple, number: str) -> Iterator[str]:
    """The lines of one way: what is computed once, then a line for each operation, then what is written."""
    before: list[str] = []
    inside: list[str] = []
    of_arrays: set[int] = set()
    texts: dict[int, str] = {}
    met: dict[str, str] = {}  # plain numbers that meet an array: text → name

    def text(x: Any) -> str:
        return texts[id(x)] if isinstance(x, Symbol) else repr(x)

    def by_an_array(x: Any) -> str:
        if id(x) in of_arrays:
            return texts[id(x)]
        if text(x) not in met:
            met[text(x)] = f"s{len(met) + 1}"
            before.append(f"const {number} {met[text(x)]} = ({number}){text(x)};")
        return met[text(x)]

    for symbol in in_order(results):
        if isinstance(symbol, Given):
            texts[id(symbol)] = f"{symbol.name}[i]" if symbol.is_array else symbol.name
            of_arrays |= {id(symbol)} if symbol.is_array else set()
        elif any(id(argument) in of_arrays for argument in symbol.arguments):
            of_arrays.add(id(symbol))
            texts[id(symbol)] = f"t{len(inside) + 1}"
            computed = _operation(symbol.function, [by_an_array(x) for x in symbol.arguments], _TYPES[number])
            inside.append(f"    const {number} {texts[id(symbol)]} = {computed};")
        else:
            texts[id(symbol)] = f"({_operation(symbol.function, [text(x) for x in symbol.arguments], 'sqrt')})"
    written = [
        f"    {name}[i] = {by_an_array(result)};"
        for name, result in zip(names, results, strict=True)
        if not isinstance(result, Given)
    ]
    yield from [*before, "for (intptr_t i = 0; i < n; i++) {", *inside, *written, "}"]


def _operation(function: str, operands: list[str], sqrt: str) -> str:
    if function in _BINARY:
        return f" {_BINARY[function]} ".join(operands)
    named = {NEGATIVE: "-", "sqrt": sqrt, "sign": "SIGN"}
    if function not in named:
        raise ValueError(f"it calls m.{function}, which an update in C does not have")
    return f"{named[function]}({operands[0]})"


def header() -> str:
    """The file, for all updates of the book."""
    rows = [f'    {{"{name}", {name}_of_double, {name}_of_float}},' for name in UPDATES]
    return "\n".join([_HEAD, "\n\n".join(map(update_in_c, UPDATES.values())), "", _TABLE % "\n".join(rows)])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print(header())
