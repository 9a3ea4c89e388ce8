"""Pass 3: nodes that are made in the same way, from nodes that are made in the same way, form a class.

The signature of a node is its operation and the classes of its operands. All nodes of one signature are computed by
one array operation: since the signature names the operands' classes, operand j of the whole class lies in one class.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ..operations import MUL, OPERATIONS, POW, Operation
from ..value import CONSTANT
from .sums import SUM, Terms
from .trace import INPUT, LEAVES, PARAMETER, Tape

CONTRACT = Operation(
    "contract", "Σ", lambda m: None, lambda m, y: (), ()
)  # Σ uᵢ·vᵢ, or Σ uᵢ: one kind of terms of a sum
OF_LISTS = tuple(operation for operation in OPERATIONS.values() if operation.operands[-1].startswith("*"))
SYMMETRIC = (MUL, *(OPERATIONS[name] for name in ("maximum", "minimum", "logsumexp")))  # any order of operands will do


class Run(NamedTuple):
    """`count` operands that lie in one class; in a sum with this sign."""

    of: int
    count: int = 1
    sign: int = 1


@dataclass
class NodeClass:
    """All nodes of one signature."""

    operation: Operation
    runs: tuple[Run, ...]  # the operands; for CONTRACT left factors and right factors
    by_row: bool  # differs from row to row; computed once per call where not
    nodes: list[int] = field(default_factory=list)
    operands: list[Sequence[int]] = field(default_factory=list)  # of each node, run after run; of a leaf as on the tape


@dataclass
class Classes:
    """The classes, each after those of its operands; `tape` has the leaves and the scopes."""

    tape: Tape
    classes: list[NodeClass]
    class_of: list[int]  # of each node
    scopes: list[tuple | None]  # of each node
    outputs: list[int]

    def parameter_order(self) -> list[int]:
        """The parameters in the order of their use, class after class: so that a layer's weights are one matrix."""
        operations, payload = self.tape.operations, self.tape.operands
        order: dict[int, None] = {}
        for c in self.classes:
            if not any(self.classes[run.of].operation is PARAMETER for run in c.runs):
                continue
            operands = np.array(c.operands)
            if c.operation is CONTRACT and len(c.runs) == 2:  # by their right factors, as the next pass sorts them
                left, right = np.split(operands, 2, axis=1)
                operands = np.hstack(
                    [np.take_along_axis(left, np.argsort(right, axis=1, kind="stable"), axis=1), right]
                )
            order.update(dict.fromkeys(operands.ravel().tolist()))
        for n in self.outputs:
            order[n] = None
        return [payload[n][0] for n in order if n < len(operations) and operations[n] is PARAMETER]

    def __str__(self) -> str:
        lines = []
        for number, c in enumerate(self.classes):
            operands = ", ".join(
                ("-" if run.sign < 0 else "") + f"c{run.of}" + (f"×{run.count}" if run.count > 1 else "")
                for run in c.runs
            )
            once = "" if c.by_row else ", once per call"
            lines.append(f"c{number} = {c.operation.name}({operands}): {len(c.nodes)} nodes{once}")
        return "\n".join(lines)


def find_classes(tape: Tape) -> Classes:
    """Group the nodes of a tape (after `find_sums`).

    A sum is taken apart into one contraction for each kind of its terms, Σ wᵢ·xᵢ, and the sum of these few: so that
    the same layer is found again whatever is added to it.

    >>> from .sums import find_sums
    >>> from .trace import trace
    >>> tape, _ = trace(lambda x, w: [(w[0] * x[0] + w[1] * x[1]).tanh(), (w[2] * x[0] + w[3] * x[1]).tanh()],
    ...                 [(2,), (4,)])
    >>> print(find_classes(find_sums(tape)))
    c0 = input(): 4 nodes
    c1 = input(): 2 nodes
    c2 = contract(c0×2, c1×2): 2 nodes
    c3 = tanh(c2): 2 nodes
    """
    return _Grouping(tape).group()


class _Grouping:
    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.classes: list[NodeClass] = []
        self.known: dict[tuple, int] = {}  # signature → class
        self.class_of = [-1] * len(tape.operations)
        self.scopes = list(tape.scopes)

    def group(self) -> Classes:
        alias: dict[int, int] = {}  # a sum of one item is the item
        for n, (operation, operands) in enumerate(zip(self.tape.operations, self.tape.operands, strict=True)):
            if operation in LEAVES:
                self.enter(n, operation, (operands[0] if operation is INPUT else -1,), (), operands)
            elif isinstance(operands, Terms):
                self.enter_sum(n, operands, alias)
            else:
                self.enter_operation(n, operation, [alias.get(m, m) for m in operands])
        outputs = [alias.get(n, n) for n in self.tape.outputs]
        return Classes(self.tape, self.classes, self.class_of, self.scopes, outputs)

    def enter(
        self, n: int, operation: Operation, signature: tuple, runs: tuple[Run, ...], operands: Sequence[int]
    ) -> None:
        """Put node n into the class of its signature."""
        key = (operation.name, *signature)
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = len(self.classes)
            by_row = operation is INPUT or any(self.classes[run.of].by_row for run in runs)
            self.classes.append(NodeClass(operation, runs, by_row))
        self.class_of[n] = number
        self.classes[number].nodes.append(n)
        self.classes[number].operands.append(operands)

    def enter_operation(self, n: int, operation: Operation, operands: Sequence[int]) -> None:
        of = self.class_of
        if operation in SYMMETRIC:
            operands = sorted(operands, key=lambda m: self.order(of[m]))
        runs: list[list[int]] = []
        for m in operands:
            if runs and runs[-1][0] == of[m] and operation in OF_LISTS:
                runs[-1][1] += 1
            else:
                runs.append([of[m], 1])
        found = tuple([Run(*run) for run in runs])
        exponent = self.constant(operands[1]) if operation is POW else None  # arrays have fast ways for some of them
        self.enter(n, operation, (found, exponent), found, operands)

    def enter_sum(self, n: int, terms: Terms, alias: dict[int, int]) -> None:
        of, order = self.class_of, self.order
        groups: dict[tuple[int, int, int], tuple[list[int], list[int]]] = {}
        signs, left, right = terms
        if alias:
            left, right = [alias.get(u, u) for u in left], [alias.get(v, v) for v in right]
        for sign, u, v in zip(signs, left, right, strict=True):
            of_u, of_v = of[u], of[v] if v >= 0 else -1
            swap = v >= 0 and of_u != of_v and order(of_u) > order(of_v)
            key = (sign, of_v, of_u) if swap else (sign, of_u, of_v)
            if key not in groups:
                groups[key] = ([], [])
            us, vs = groups[key]
            us.append(v if swap else u)
            vs.append(u if swap else v)
        items = []
        for (sign, of_u, of_v), (us, vs) in groups.items():
            item, count = us[0], len(us)
            if count > 1 or of_v >= 0:
                item = len(self.class_of)
                self.class_of.append(-1)
                self.scopes.append(self.scopes[n])
            if count == 1 and of_v >= 0:
                self.enter_operation(item, MUL, (us[0], vs[0]))
            elif count > 1:
                runs = (Run(of_u, count), Run(of_v, count)) if of_v >= 0 else (Run(of_u, count),)
                self.enter(item, CONTRACT, (runs,), runs, us + vs if of_v >= 0 else us)
            items.append((-sign, order(of[item]), item))
        if len(items) == 1 and items[0][0] < 0:
            alias[n] = items[0][2]
            return
        items.sort()  # what is added comes first
        runs = tuple([Run(of[item], 1, -negative) for negative, _, item in items])
        self.enter(n, SUM, (runs,), runs, [item for _, _, item in items])

    def order(self, number: int) -> tuple[bool, int]:
        """What does not depend on the row comes first."""
        return self.classes[number].by_row, number

    def constant(self, n: int) -> Any:
        """The number of a constant, as part of a signature."""
        if n >= len(self.tape.operations) or self.tape.operations[n] is not CONSTANT:
            return None
        return str(self.tape.constants[self.tape.operands[n][0]])
