"""What an operation computes of numbers: its value, and its partial derivatives.

In plain Python the rule book says it, every time anew. Compiled, there is a function of C for every entry of the book,
which `rules_in_c` has written from it, and `compute` chooses by the entry. What is not in the book as it was built, an
entry that was added or replaced since, goes by Python as before.
"""

from __future__ import annotations

import operator
from math import nan
from typing import TYPE_CHECKING, Any

from . import ieee
from .operations import OPERATIONS, Operation

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython


def computed(operation: Operation, numbers: list) -> tuple:
    """(y, (∂y/∂operand₁, ∂y/∂operand₂, …)), as the rule book says it."""
    y = operation.value(ieee, *numbers)
    partials = tuple(operation.partials(ieee, y, *numbers))
    if len(partials) != len(numbers):
        raise ValueError(
            f"the rule of the operation {operation.name!r} gives {len(partials)} partial derivatives for "
            f"{len(numbers)} operands"
        )
    return y, partials


def compute(operation: Any, n: cython.Py_ssize_t, x: cython.p_double, also_in_python: bool = True) -> bool:
    """Of the operands x[0], …, x[n - 1] the value, which goes to x[n], and the partial derivatives, which follow it.

    Returns whether they are there: not where the rule is in Python alone, and this is not wanted.

    Args:
        x: what `room(n)` gives.
    """
    if cython.compiled and compute_in_c(number_of(operation), n, x):  # type: ignore[name-defined]  # noqa: F821
        return True
    if also_in_python:
        y, partials = computed(operation, listed(x, n))
        x[n] = y
        put(partials, n, x)
    return also_in_python


def computed_of_two(operation: Any, a: float, b: float) -> cython.p_double:
    """The room in which the operation has computed: a, b, y, ∂y/∂a, ∂y/∂b."""
    x = room(2)
    x[0], x[1] = a, b
    compute(operation, 2, x)
    return x


def put(partials: tuple, n: cython.Py_ssize_t, x: cython.p_double) -> None:
    """The partial derivatives behind the value: n of them."""
    for i in range(n):
        x[n + 1 + i] = partials[i]


def kept(partials: tuple, n: cython.Py_ssize_t) -> Any:
    """The partial derivatives of three operands and more, as a node keeps them."""
    if len(partials) != n:
        raise ValueError(f"{n} operands have as many partial derivatives, got {len(partials)}")
    x = room(n)
    put(partials, n, x)
    return packed(x, n)


def forget(n: cython.Py_ssize_t, x: cython.p_double) -> None:
    """What is computed of numbers that nobody knows: nan, the value and the partial derivatives."""
    for i in range(n, 2 * n + 1):
        x[i] = nan


def is_in_c(operation: Any) -> bool:
    """Whether it is an entry of the rule book as it was built."""
    return cython.compiled and number_of(operation) > 0  # type: ignore[name-defined]  # noqa: F821


if cython.compiled:
    if find_functions_of_ieee(ieee.__pyx_capi__) < 0:  # type: ignore[name-defined,attr-defined]  # noqa: F821
        raise ImportError("the functions of autograd.ieee have other types than the rules in C were written for")
    enter_rules(OPERATIONS)  # type: ignore[name-defined]  # noqa: F821
else:  # as switch.h has it

    def room(n: int) -> list[float]:
        """For the numbers of n operands, a value, and n partial derivatives."""
        return [nan] * (2 * n + 1)

    def listed(x: list[float], n: int) -> list[float]:
        """The operands, for Python."""
        return x[:n]

    def packed(x: list[float], n: int) -> tuple[float, ...]:
        """The partial derivatives of n operands, as a node keeps them."""
        return tuple(x[n + 1 :])

    partial = operator.getitem  # of what is kept, the one at a position
