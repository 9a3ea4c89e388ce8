"""The tape: a graph of scalars as lists. Pass 1 (trace.py) writes it; folding.py and sums.py each write another one."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from math import nan
from typing import TYPE_CHECKING, Any, NoReturn

from ..keeping import turn
from ..operations import CONSTANT, INPUT, Operation, marker
from ..value import Value
from ..walks import new_mark, sorted_graph

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython

# The operands of the leaves on a tape. INPUT: (argument, position in its row)
PARAMETER = marker("parameter")  # operands: (number of the parameter,)
# CONSTANT: (number of the constant,)
LEAVES = (INPUT, PARAMETER, CONSTANT)


def is_leaf_operation(operation: Operation) -> bool:
    """Whether it is one of LEAVES."""
    return operation is CONSTANT or operation is PARAMETER or operation is INPUT


@cython.cclass
class Tape:
    """A graph of scalars as lists. Node n is `operations[n]` of the nodes `operands[n]`, all of them before n.

    Attributes:
        operations, operands, scopes: of each node; the scope is the module call that made it.
        constants: the numbers that CONSTANT nodes refer to.
        parameters: the Values that PARAMETER nodes refer to.
        outputs: the nodes that the function returned.
        differentiable: whether the first of several outputs is one number, which backward() differentiates.
        scalars: how many nodes the graph had as the function made it.
        taken_up: what the terms of its sums were before, see terms.py; else None.
    """

    __slots__ = (
        "constants", "differentiable", "operands", "operations", "outputs", "parameters", "scalars", "scopes",
        "taken_up",
    )  # fmt: skip

    def __init__(self, scalars: int = 0, constants: Sequence[float] = ()) -> None:
        self.operations: list[Operation] = []
        self.operands: list[Sequence[int]] = []
        self.scopes: list[tuple | None] = []
        self.constants: list[float] = list(constants)
        self.parameters: list[Value] = []
        self.outputs: list[int] = []
        self.differentiable: bool = False
        self.scalars: int = scalars
        self.taken_up: Any = None

    def add(self, operation: Operation, operands: Sequence[int], scope: tuple | None = None) -> int:
        """A new node; its number."""
        self.operations.append(operation)
        self.operands.append(operands)
        self.scopes.append(scope)
        return len(self.operations) - 1

    def add_constant(self, number: float) -> int:
        self.constants.append(number)
        return self.add(CONSTANT, (len(self.constants) - 1,))

    def constant(self, number: float, known: dict) -> int:
        """The node of a constant, of which there is one for each number; `known` has those by their texts."""
        key = str(number)  # 0.0 and -0.0 are equal, but not the same; nan is not equal to itself
        if key not in known:
            known[key] = self.add_constant(number)
        return known[key]

    def needed(self) -> list[int]:
        """The inner nodes that the outputs depend on, in their order."""
        found = bytearray(len(self.operations))
        for n in self.outputs:
            found[n] = 1
        inner = [n for n in range(len(self.operations)) if not is_leaf_operation(self.operations[n])]
        for n in reversed(inner):
            if found[n]:
                for operand in self.operands[n]:
                    found[operand] = 1
        return [n for n in inner if found[n]]

    def digest(self) -> int:
        """Two traces that give the same are the same program of the same Values."""
        operations = tuple([operation.name for operation in self.operations])
        constants, parameters = tuple(map(str, self.constants)), tuple(map(id, self.parameters))
        return hash((operations, tuple(self.operands), constants, parameters, tuple(self.outputs)))

    def __str__(self) -> str:
        lines = []
        for n, (operation, operands) in enumerate(zip(self.operations, self.operands, strict=True)):
            if operation is CONSTANT:
                lines.append(f"{n} = {self.constants[operands[0]]:g}")
            elif operation.name == "sum":  # of the next pass
                lines.append(f"{n} = {operands}")
            else:
                lines.append(f"{n} = {operation.name}({', '.join(map(str, operands))})")
        return "\n".join([*lines, f"return {', '.join(map(str, self.outputs))}"])


def placeholder() -> Value:
    """The leaf for a number that is not known yet."""
    leaf = Value(nan)
    leaf._operation = leaf._b = INPUT  # which says that its number is kept elsewhere
    return leaf


def write_tape(
    outputs: list[Value],
    made: list[Value],
    placeholders: dict[Value, tuple[int, int]],
    root: tuple,
    refuse: Callable[[str], NoReturn],
) -> tuple[Tape, list[Value]]:
    """The graph below the outputs, and the leaves in it that the function has made; each is a constant on the tape.

    The leaves come first, in the order in which they are used, a constant once for each number. Then come the nodes in
    the order in which they were made.

    Args:
        outputs: what the function returned.
        made: the inner nodes that it has made, in order; those that the outputs do not need are left out.
        placeholders: the numbers of a row that it got; for each the operands of its INPUT.
        root: the outermost scope of all nodes that the function made.
        refuse: raises the error for something that cannot be compiled.
    """
    with turn:  # meanwhile, `_visit` of a node whose number on the tape is n is ~n, which is negative
        return _write_tape(outputs, made, placeholders, root, refuse)


def _write_tape(outputs: list, made: list, placeholders: dict, root: tuple, refuse: Any) -> tuple:
    leaves: list
    inner: list
    node: Value
    parent: Value
    operands: tuple
    leaves, inner = graph_as_made(outputs, made)
    made_here = _Scopes(root)
    tape: Tape = Tape(len(leaves) + len(inner))
    constants: dict = {}
    own: list = []
    for node in leaves:
        if node._a is not None or type(node._b) is tuple:
            _refuse_outside(node, refuse)
        if node._operation is INPUT:
            if node not in placeholders:
                refuse(_KEPT)
            node._visit = ~tape.add(INPUT, placeholders[node])
        elif node._operation is CONSTANT or (node._scope is not None and made_here(node._scope)):
            node._visit = ~tape.constant(node.data, constants)
            if node._operation is not CONSTANT:
                own.append(node)
        else:
            node._visit = ~tape.add(PARAMETER, (len(tape.parameters),))
            tape.parameters.append(node)
    for node in inner:
        if node._a is None:
            operands = tuple([~parent._visit for parent in node._b[0]])
        elif node._b is None:
            operands = (~node._a._visit,)
        else:
            parent = node._b
            operands = (~node._a._visit, ~parent._visit)
        node._visit = ~tape.add(node._operation, operands, node._scope)
    tape.outputs = [number_on_tape(output) for output in outputs]
    return tape, own


_KEPT = "f uses a number that was kept from another trace of a function; compute it anew"


def _refuse_outside(node: Value, refuse: Callable[[str], NoReturn]) -> NoReturn:
    """Refuse a node that the function uses and has not made."""
    if any([leaf._operation is INPUT for leaf in sorted_graph((node,))[0]]):
        refuse(_KEPT)
    refuse(
        f"f uses {node!r}, which was computed outside of it (by {node.op!r}): compute it inside, so that it is "
        "computed again when its parents change"
    )


def graph_as_made(roots: list, made: list) -> tuple:
    """As `sorted_graph`, with the inner nodes as they stand in `made`: all that were made, in that order.

    Leaves are here all that is not in `made`, in the order of their use. No node stands before what it was computed
    from: so one walk back over the list marks what the roots need.
    """
    leaves: list = []
    inner: list = []
    node: Value
    operand: Value | None
    with turn:
        needed, done = new_mark(), new_mark()
        for node in roots:
            node._visit = needed
        for node in reversed(made):
            if node._visit == needed:
                if node._a is None:
                    for operand in node._b[0]:
                        operand._visit = needed
                else:
                    node._a._visit = needed
                    operand = node._b
                    if operand is not None:
                        operand._visit = needed
        for node in made:
            if node._visit == needed:
                if node._a is None:
                    for operand in node._b[0]:
                        _enter_leaf(operand, leaves, done)
                else:
                    _enter_leaf(node._a, leaves, done)
                    if node._b is not None:
                        _enter_leaf(node._b, leaves, done)
                node._visit = done
                inner.append(node)
        for node in roots:
            _enter_leaf(node, leaves, done)
    return leaves, inner


def _enter_leaf(node: Value, leaves: list, done: cython.longlong) -> None:
    """Of what a node was computed from, add to the leaves what did not come by before."""
    if node._visit != done:
        node._visit = done
        leaves.append(node)


def number_on_tape(node: Value) -> int:
    """The number of a node of the graph that was written last; until `turn` is released, as others mark nodes, too."""
    return ~node._visit


class _Scopes:
    """Tells whether a scope lies inside the one of this trace."""

    def __init__(self, root: tuple) -> None:
        self.inside: dict[int, bool] = {id(root): True, id(None): False}

    def __call__(self, scope: tuple | None) -> bool:
        outer = []
        while id(scope) not in self.inside:
            outer.append(scope)
            scope = scope[0]  # type: ignore[index]
        inside = self.inside[id(scope)]
        self.inside.update((id(each), inside) for each in outer)
        return inside


def pack(operands: list) -> tuple:
    """The operands of a tape as two arrays: how many each node has, and all of them; a tenth of the memory.

    >>> pack([(0,), (0, 1)])
    (array('i', [1, 2]), array('i', [0, 0, 1]))
    """
    counts = array("i", [0]) * len(operands)
    lengths = counts
    total = 0
    for i in range(len(operands)):
        lengths[i] = len(operands[i])
        total += lengths[i]
    numbers = array("i", [0]) * total
    view = numbers
    n = 0
    for each in operands:
        for m in each:
            view[n] = m
            n += 1
    return counts, numbers


def unpack(counts: Any, numbers: Any) -> list:
    """The operands again.

    >>> unpack(*pack([(0,), (0, 1), (2, 1, 0)]))
    [(0,), (0, 1), (2, 1, 0)]
    """
    lengths, view = counts, numbers
    operands = []
    n = 0
    for i in range(len(lengths)):
        if lengths[i] == 2:
            operands.append((view[n], view[n + 1]))
        else:
            operands.append(tuple([view[n + j] for j in range(lengths[i])]))
        n += lengths[i]
    return operands
