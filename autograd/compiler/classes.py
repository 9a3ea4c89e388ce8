"""The classes of nodes: what grouping.py makes of a tape, and tables.py a program of."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..operations import FINISHED, MUL, OPERATIONS, Operation, marker
from .columns import Column
from .tape import Tape

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython

CONTRACT = marker("contract", "Σ")  # Σ uᵢ·vᵢ or Σ uᵢ: terms of one kind
OF_LISTS = tuple(operation for operation in OPERATIONS.values() if operation.operands[-1].startswith("*"))
TAKES = OPERATIONS["take"], FINISHED  # an index, and a list
SYMMETRIC = (MUL, *(OPERATIONS[name] for name in ("maximum", "minimum", "logsumexp")))  # any order of operands will do


class Run(NamedTuple):
    """Operands that lie in one class: one of them, with this sign in a sum, or `many` in an operation on lists."""

    of: int
    sign: int = 1
    many: bool = False


@cython.cclass
class NodeClass:
    """All nodes of one signature.

    Attributes:
        runs: the operands; for CONTRACT left factors and right factors.
        by_row: differs from row to row; computed once per call where not.
        nodes: whole numbers.
        operands: of each node, run after run, one node after the other; of a leaf as on the tape.
        counts: of each node, how many each run has, where one may be of any length; else empty.
    """

    __slots__ = ("by_row", "counts", "nodes", "operands", "operation", "runs")

    def __init__(self, operation: Operation, runs: tuple[Run, ...], by_row: bool) -> None:
        self.operation, self.runs, self.by_row = operation, runs, by_row
        self.nodes: Any = array("i")
        self.operands: Any = array("i")
        self.counts: list[tuple[int, ...]] = []

    def node_array(self) -> np.ndarray:
        """Its nodes."""
        return np.frombuffer(self.nodes, np.intc)

    def operand_table(self) -> np.ndarray:
        """The operands, (nodes, operands of each), where all have equally many."""
        return np.frombuffer(self.operands, np.intc).reshape(len(self.nodes), -1)

    def of_equal_counts(self) -> list[tuple[tuple[int, ...], np.ndarray, np.ndarray]]:
        """The nodes in groups whose lists of operands have the same length, shortest first.

        For each group these counts, its nodes, and their operands as a table; without counts, all are one group.
        """
        kinds = sorted(set(self.counts))
        if len(kinds) <= 1:
            return [(kinds[0] if kinds else (), self.node_array(), self.operand_table())]
        place = {counts: i for i, counts in enumerate(kinds)}
        which = np.array([place[counts] for counts in self.counts])
        lengths = np.array([sum(counts) for counts in kinds])
        starts = np.cumsum(lengths[which]) - lengths[which]
        order = np.argsort(which, kind="stable")
        groups = np.split(order, np.searchsorted(which[order], np.arange(1, len(kinds))))
        nodes, operands = self.node_array(), np.frombuffer(self.operands, np.intc)
        return [
            (counts, nodes[members], operands[starts[members][:, None] + np.arange(length)])
            for counts, length, members in zip(kinds, lengths, groups, strict=True)
        ]


@dataclass
class Classes:
    """The classes, each after those of its operands.

    Attributes:
        tape: has the constants, the parameters and the scopes, and no nodes.
        class_of, scope: of each node its class, and its place among the scopes of the tape.
        aliases: the node that a sum of one item is.
    """

    tape: Tape
    classes: list[NodeClass]
    class_of: Column
    scope: Column
    outputs: list[int]
    aliases: dict[int, int]

    def scope_of(self, n: int) -> tuple | None:
        """The module call that made a node."""
        return self.tape.scopes[self.scope[n]]

    def __str__(self) -> str:
        lines = []
        for number, c in enumerate(self.classes):
            operands = ", ".join(("-" if run.sign < 0 else "*" if run.many else "") + f"c{run.of}" for run in c.runs)
            once = "" if c.by_row else ", once per call"
            lines.append(f"c{number} = {c.operation.name}({operands}): {len(c.nodes)} nodes{once}")
        return "\n".join(lines)
