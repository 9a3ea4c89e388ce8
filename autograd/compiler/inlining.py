# cython: initializedcheck=False
"""Which nodes a sum takes up: additions that one other addition uses, and products that sums alone use."""

from __future__ import annotations

from math import frexp, isfinite
from typing import TYPE_CHECKING

from ..operations import ADD, CONSTANT, DIV, MUL, NEG, OPERATIONS, SUB, TOTAL, Operation
from .columns import Column, filled
from .tape import Tape, is_leaf_operation

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython

DOT = OPERATIONS["dot"]


def is_addition(operation: Operation) -> bool:
    """Whether a sum stands for it."""
    return operation is ADD or operation is SUB or operation is NEG or operation is DOT or operation is TOTAL


def inlined_nodes(tape: Tape) -> tuple[bytearray, Column]:
    """Which nodes are taken up by the sum (or the product in a sum) that uses them, and how often each is used."""
    size = tape.kind.size
    kind, begin, of = tape.kind.view, tape.begin.view, tape.of.view
    operations: list = tape.kinds
    all_uses: Column = filled(size)
    by_additions: Column = filled(size)
    by_terms: Column = filled(size)  # products in sums
    found: bytearray = bytearray(size)
    uses, in_sums, in_terms, inlined = all_uses.view, by_additions.view, by_terms.view, found
    for n in tape.outputs:
        uses[n] += 1
    for n in range(size - 1, -1, -1):
        operation = operations[kind[n]]
        if not uses[n] or is_leaf_operation(operation):
            continue
        first, end = begin[n], begin[n + 1]
        addition = is_addition(operation)
        if addition:
            inlined[n] = uses[n] == in_sums[n] == 1 or (operation is NEG and uses[n] == in_terms[n] == 1)
        elif operation is MUL or (operation is DIV and reciprocal(tape, of[first + 1])):
            inlined[n] = uses[n] == in_sums[n] or (operation is MUL and uses[n] == in_terms[n] == 1)
        for i in range(first, end):
            uses[of[i]] += 1
        if addition and operation is not DOT:
            if not (inlined[n] and in_terms[n]):  # the sign of a factor takes nothing up
                for i in range(first, end):
                    in_sums[of[i]] += 1
        elif inlined[n] and in_sums[n]:
            half = (end - first) // 2
            for i in range(first, end):  # a product inside a product is taken up beside a constant only
                other = of[i + half] if i < first + half else of[i - half]
                if operations[kind[of[i]]] is NEG or operations[kind[other]] is CONSTANT:
                    in_terms[of[i]] += 1
    return found, all_uses


def reciprocal(tape: Tape, n: cython.Py_ssize_t) -> float:
    """1/c of a constant, where it can stand for the division: it is exact for a power of 2; else 0."""
    if tape.kinds[tape.kind.view[n]] is not CONSTANT:
        return 0.0
    c = tape.constants[tape.of.view[tape.begin.view[n]]]
    return 1.0 / c if isfinite(c) and abs(frexp(c)[0]) == 0.5 and 1e-300 < abs(c) < 1e300 else 0.0
