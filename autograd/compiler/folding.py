"""Pass 2: what is computed from constants alone is a constant, and nodes that are equal are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import ieee
from ..operations import CONSTANT, MUL, POW
from .tape import Tape, is_leaf_operation

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


def fold(tape: Tape) -> tuple[Tape, list[int]]:
    """The same graph with fewer nodes, and for each node of the tape the node that it became.

    A square is a product from here on, which a sum can take up.

    >>> from .trace import trace
    >>> tape, _ = trace(lambda x: (x**2 + 1.0) * (x**2 + 1.0), [()])
    >>> folded, became = fold(tape)
    >>> print(folded)
    0 = input(0, 0)
    1 = 2
    2 = 1
    3 = mul(0, 0)
    4 = add(3, 2)
    5 = mul(4, 4)
    return 5
    >>> became
    [0, 1, 2, 3, 4, 3, 4, 5]
    """
    n: cython.Py_ssize_t
    operands: tuple
    same: dict | None
    result: Tape = Tape(tape.scalars)
    result.parameters, result.differentiable = tape.parameters, tape.differentiable
    became: list = []
    constants: dict = {}  # the number as text → its node
    numbers: dict = {}  # of the nodes that are constants
    known: dict = {}  # id of the operation → operands → the node
    for n in range(len(tape.operations)):
        operation, operands = tape.operations[n], tape.operands[n]
        if operation is CONSTANT:
            became.append(_constant(result, constants, numbers, tape.constants[operands[0]]))
            continue
        if is_leaf_operation(operation):
            became.append(result.add(operation, operands))
            continue
        if n != len(result.operations):  # until two nodes are one, every number stays what it is
            operands = tuple([became[m] for m in operands])
        if operands[0] in numbers and all([m in numbers for m in operands]):
            number = operation.value(ieee, *[numbers[m] for m in operands])
            became.append(_constant(result, constants, numbers, number))
            continue
        if operation is POW and numbers.get(operands[1]) == 2.0:
            operation, operands = MUL, (operands[0], operands[0])
        same = known.get(id(operation))
        if same is None:
            same = known[id(operation)] = {}
        found = same.get(operands)
        if found is None:
            found = same[operands] = result.add(operation, operands, tape.scopes[n])
        became.append(found)
    result.outputs = [became[n] for n in tape.outputs]
    return result, became


def _constant(result: Tape, constants: dict, numbers: dict, number: float) -> int:
    """The node of a constant."""
    n = result.constant(number, constants)
    numbers[n] = number
    return n
