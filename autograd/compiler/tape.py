# cython: initializedcheck=False
"""The tape: a graph of scalars in columns. Each of these passes writes one: trace, loops.rolling, folding, sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..operations import CONSTANT, INPUT, Operation, marker
from ..tracing import TraceError
from ..value import Value
from .columns import Column
from .terms import Terms

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython

# The operands of the leaves on a tape. INPUT: (argument, position in its row)
ONCE = 2**24  # arguments from here on are no rows of the batch: they are the same for all of them
PARAMETER = marker("parameter")  # operands: (number of the parameter,)
# CONSTANT: (number of the constant,)
LEAVES = (INPUT, PARAMETER, CONSTANT)
MOST_OPERANDS = 2**30  # of all nodes: columns have numbers of 32 bits
LOOP = marker("loop")  # of a rolled tape: see loops/rolling.py
OUT = marker("out")  # operands: (a LOOP,); the k-th one after it is its k-th number
SUM = marker("sum", "Σ")  # of the third pass: its operands are Terms


def is_leaf_operation(operation: Operation) -> bool:
    """Whether it is one of LEAVES."""
    return operation is CONSTANT or operation is PARAMETER or operation is INPUT


@cython.cclass
class Tape:
    """A graph of scalars. Node n is `operation(n)` of the nodes `operands(n)`, all of them before n.

    Attributes:
        constants: the numbers that CONSTANT nodes refer to.
        parameters: the Values that PARAMETER nodes refer to.
        outputs: the nodes that the function returned.
        differentiable: how many outputs, the first ones, have a gradient: one where the first is a number.
        scalars: how many nodes the graph had as the function made it.
        loops: the bodies of its LOOPs, in their order; see loops/rolling.py.
        taken_up: what the terms of its sums were before, see terms.py; else None.

        kinds, scopes: the operations, and the module calls that made nodes: each once.
        kind, scope: of each node its place among these.
        begin: where the operands of each node begin in `of`; they end where those of the next one begin.
        of: of all nodes the operands, two numbers for a term of a sum: see terms.py.
    """

    __slots__ = (
        "_known_scopes", "_last_scope", "begin", "constants", "differentiable", "kind", "kinds", "loops", "of",
        "outputs", "parameters", "scalars", "scope", "scopes", "taken_up",
    )  # fmt: skip

    def __init__(self, scalars: int = 0, constants: Sequence[float] = (), room: int = 16) -> None:
        self.constants: list[float] = list(constants)
        self.parameters: list[Value] = []
        self.outputs: list[int] = []
        self.differentiable: int = 0
        self.scalars: int = scalars
        self.taken_up: Any = None
        self.loops: list[Any] = []
        self.kinds: list[Operation] = []
        self.scopes: list[tuple | None] = [None]
        self._known_scopes: dict[int, int] = {id(None): 0}
        self._last_scope: int = 0
        self.kind: Column = Column(room)
        self.scope: Column = Column(room)
        self.begin: Column = Column(room + 1)
        self.begin.append(0)
        self.of: Column = Column(2 * room)

    def like(self, room: cython.Py_ssize_t = 16) -> Tape:
        """A tape without nodes, of the same function: with the same kinds, scopes, constants and parameters."""
        other: Tape = Tape(self.scalars, self.constants, room)
        other.parameters, other.differentiable = self.parameters, self.differentiable
        other.kinds, other.scopes, other._known_scopes = list(self.kinds), list(self.scopes), dict(self._known_scopes)
        return other

    def with_outputs(self, outputs: list) -> Tape:
        """The same nodes, and others of them as outputs. No nodes may be added to either from then on."""
        other: Tape = Tape(self.scalars)
        other.constants, other.parameters, other.differentiable = self.constants, self.parameters, self.differentiable
        other.kinds, other.scopes, other._known_scopes = self.kinds, self.scopes, self._known_scopes
        other.kind, other.scope, other.begin, other.of = self.kind, self.scope, self.begin, self.of
        other.outputs, other.taken_up, other.loops = outputs, self.taken_up, self.loops
        return other

    def add(self, operation: Operation, operands: Sequence[int], scope: tuple | None = None) -> int:
        """A new node; its number."""
        for operand in operands.numbers() if isinstance(operands, Terms) else operands:
            self.of.append(operand)
        return self.close(self.number_of(operation), self.number_of_scope(scope))

    def close(self, kind: cython.int, scope: cython.int) -> int:
        """A new node, of the operands that were put into `of` since the last one; its number."""
        if self.of.size > MOST_OPERANDS:
            raise TraceError("the graph has more than 2³⁰ operands, too many to be compiled")
        self.kind.append(kind)
        self.scope.append(scope)
        self.begin.append(self.of.size)
        return self.kind.size - 1

    def number_of(self, operation: Operation) -> int:
        """The place of an operation among the kinds, which are few."""
        place: cython.Py_ssize_t = self.place_of(operation)
        if place < 0:
            place = len(self.kinds)
            self.kinds.append(operation)
        return place

    def place_of(self, operation: Operation) -> int:
        """The same; -1 where no node has it."""
        for i in range(len(self.kinds)):
            if self.kinds[i] is operation:
                return i
        return -1

    def number_of_scope(self, scope: tuple | None) -> int:
        """The place of a module call among the scopes."""
        if self.scopes[self._last_scope] is not scope:
            key = id(scope)
            if key not in self._known_scopes:
                self._known_scopes[key] = len(self.scopes)
                self.scopes.append(scope)
            self._last_scope = self._known_scopes[key]
        return self._last_scope

    def add_constant(self, number: float) -> int:
        self.constants.append(number)
        self.of.append(len(self.constants) - 1)
        return self.close(self.number_of(CONSTANT), 0)

    def constant(self, number: float, known: dict) -> int:
        """The node of a constant, of which there is one for each number; `known` has those by their texts."""
        key = str(number)  # 0.0 and -0.0 are equal, but not the same; nan is not equal to itself
        if key not in known:
            known[key] = self.add_constant(number)
        return known[key]

    # ---------------------------------------------------------------------------------------------------- a look

    def __len__(self) -> int:
        """How many nodes there are."""
        return self.kind.size

    def operation(self, n: int) -> Operation:
        """Of a node."""
        return self.kinds[self.kind[n]]

    def operands(self, n: int) -> Any:
        """Of a node: numbers of others; of a leaf what it refers to; of a sum its Terms."""
        numbers = self.of.array()[self.begin[n] : self.begin[n + 1]].tolist()
        return Terms.of(numbers) if self.operation(n) is SUM else tuple(numbers)

    def nodes(self) -> Iterator[tuple[Operation, Any]]:
        """The operation and the operands of each node."""
        for n in range(self.kind.size):
            yield self.operation(n), self.operands(n)

    def scope_of(self, n: int) -> tuple | None:
        """The module call that made a node."""
        return self.scopes[self.scope[n]]

    def needed(self) -> list[int]:
        """The inner nodes that the outputs depend on, in their order."""
        found, inner = reached(self, self.outputs), [not is_leaf_operation(kind) for kind in self.kinds]
        return [n for n in range(self.kind.size) if found[n] and inner[self.kind[n]]]

    def digest(self) -> int:
        """Two traces that give the same are the same program of the same Values. Not for a rolled tape."""
        columns = tuple([column.array().tobytes() for column in (self.kind, self.begin, self.of)])
        operations = tuple([operation.name for operation in self.kinds])
        constants, parameters = tuple(map(str, self.constants)), tuple(map(id, self.parameters))
        return hash((operations, columns, constants, parameters, tuple(self.outputs)))

    def __str__(self) -> str:
        lines = []
        for n, (operation, operands) in enumerate(self.nodes()):
            if operation is CONSTANT:
                lines.append(f"{n} = {self.constants[operands[0]]:g}")
            elif operation is SUM:
                lines.append(f"{n} = {operands}")
            else:
                lines.append(f"{n} = {operation.name}({', '.join(map(str, operands))})")
        return "\n".join([*lines, f"return {', '.join(map(str, self.outputs))}"])


def reached(tape: Tape, outputs: list) -> bytearray:
    """Of each node whether it is one of these, or these depend on it.

    >>> from .trace import trace
    >>> tape, _ = trace(lambda x, y: (x.exp(), y * y), [(), ()])
    >>> print(tape)
    0 = input(0, 0)
    1 = input(1, 0)
    2 = exp(0)
    3 = mul(1, 1)
    return 2, 3
    >>> list(reached(tape, [3]))
    [0, 1, 0, 1]
    """
    found: bytearray = bytearray(tape.kind.size)
    flags = found
    kind, begin, of = tape.kind.view, tape.begin.view, tape.of.view
    leaf: list = [is_leaf_operation(operation) for operation in tape.kinds]
    is_sum = tape.place_of(SUM)
    for n in outputs:
        flags[n] = 1
    for n in range(tape.kind.size - 1, -1, -1):
        if flags[n] and not leaf[kind[n]]:
            for i in range(begin[n], begin[n + 1]):
                m = of[i]
                if kind[n] != is_sum:
                    flags[m] = 1
                elif m >= 0 or (i - begin[n]) % 2 == 0:  # not the missing factor of a term that is no product
                    flags[~m if m < 0 else m] = 1
    return found
