"""Nodes by the rule book: how an operation makes one of its operands, and computes it again when they have changed.

In plain Python the rule gives a number and the partial derivatives. Compiled, there is C for every rule, and what it
takes and gives stands in `room`, see rules.py: first the operands, then the number, then the partial derivatives.
"""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, Any

from .operations import ABS, POW, Operation
from .recording import current
from .rules import computed
from .value import Value, _second

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython
if not cython.compiled:
    from .rules import compute, forget, kept, packed, room
    from .value import _node
    from .value import _number as number


def apply(operation: Operation, *operands: Value) -> Value:
    """The node that an operation of the rule book makes of Values: its number, and its partial derivatives."""
    return applied(operation, operands)


def applied(operation: Operation, operands: tuple) -> Value:
    """As `apply`, of a tuple. In a trace, nothing is computed: numbers are nan."""
    for operand in operands:
        if type(operand) is not Value:
            raise TypeError(f"the operands of a node are Values, got {operand!r}")
    if not operands:
        raise TypeError(f"the operation {operation.name!r} makes no node without operands")
    return of_values(operation, operands)


def of_values(operation: Operation, operands: tuple) -> Any:
    """As `applied`, where it is known that all are Values."""
    if cython.compiled:
        n = len(operands)
        if n > 2:
            return of_many(operation, operands)
        return of_one(operation, operands[0]) if n == 1 else of_two(operation, operands[0], operands[1])
    y, partials = nan, (nan,) * len(operands)
    if not current().tracing:
        y, partials = computed(operation, [number(operand) for operand in operands])
    if len(operands) > 2:
        return _node(y, operation, None, (operands, partials), 0.0, 0.0)
    if len(operands) == 2:
        return _node(y, operation, operands[0], operands[1], partials[0], partials[1])
    return _node(y, operation, operands[0], None, partials[0], 0.0)


# Compiled, what `apply` does: of one, of two, of many operands; and of many nodes.


def of_one(operation: Any, operand: Any) -> Any:
    a: Value = operand
    x = room(1)
    if current().tracing:
        forget(1, x)
    else:
        x[0] = number(a)
        compute(operation, 1, x)
    return _node(x[1], operation, a, None, x[2], 0.0)


def of_two(operation: Any, first: Any, second: Any) -> Any:
    a: Value = first
    b: Value = second
    x = room(2)
    if current().tracing:
        forget(2, x)
    else:
        x[0], x[1] = number(a), number(b)
        compute(operation, 2, x)
    return _node(x[2], operation, a, b, x[3], x[4])


def of_many(operation: Any, several: Any) -> Any:
    operands: tuple = several
    n = len(operands)
    x = room(n)
    if current().tracing:
        forget(n, x)
    else:
        for i in range(n):
            x[i] = number(operands[i])
        compute(operation, n, x)
    y = x[n]  # first: with a tuple, the garbage collector may run, and finalizers compute in the same room
    return _node(y, operation, None, (operands, packed(x, n)), 0.0, 0.0)


def of_each(operation: Operation, values: tuple, second: Value | None) -> list:
    """The node of each Value; of two operands, they share the second."""
    a: Value
    n = 1 if second is None else 2
    tracing: cython.bint = current().tracing
    of_second = 0.0 if second is None or tracing else number(second)
    made: list = [None] * len(values)
    x = room(n)
    for i in range(len(values)):
        a = values[i]
        if tracing:
            forget(n, x)
        else:
            x[0], x[1] = number(a), of_second
            compute(operation, n, x)
        made[i] = _node(x[n], operation, a, second, x[n + 1], x[n + 2] if n == 2 else 0.0)
    return made


def renew(node: Value, also_in_python: bool = True) -> bool:
    """Compute an inner node anew, its number and its partial derivatives, from what its operands are now.

    Returns whether it has them: not where its rule is in Python alone, and this is not wanted.
    """
    operands: tuple
    if not cython.compiled:
        if also_in_python:
            set_computed(node, *computed(node._operation, [number(parent) for parent in node.parents]))
        return also_in_python
    if node._a is None:
        operands = node._b[0]
        n = len(operands)
        x = room(n)
        for i in range(n):
            x[i] = number(operands[i])
        if not compute(node._operation, n, x, also_in_python):
            return False
        node._value = x[n]  # first, as in `of_many`
        node._b = (operands, packed(x, n))
    elif node._b is None:
        x = room(1)
        x[0] = number(node._a)
        if not compute(node._operation, 1, x, also_in_python):
            return False
        node._value, node._da = x[1], x[2]
    else:
        if type(node._b) is float and node._grad != 0.0:
            _second(node)  # its gradient is that of before
        x = room(2)
        x[0], x[1] = number(node._a), node._b if type(node._b) is float else number(node._b)
        if not compute(node._operation, 2, x, also_in_python):
            return False
        waits = type(node._b) is float and node._operation is POW  # as in `__pow__`: the derivative by the exponent
        node._value, node._da, node._db = x[2], x[3], x[0] if waits else x[4]
    return True


def set_computed(node: Value, y: float, partials: tuple) -> None:
    """Give an inner node its number and its partial derivatives."""
    node._value = y
    if node._a is None:
        node._b = (node._b[0], kept(partials, len(node._b[0])))
    else:
        node._da = partials[0]
        node._db = 0.0 if node._b is None else partials[1]


def absolute(self: Value) -> Value:
    return applied(ABS, (self,))


Value.__abs__ = absolute  # type: ignore[method-assign]
absolute.__qualname__ = "Value.__abs__"
