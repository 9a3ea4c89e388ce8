"""Pass 4: nodes that are made in the same way, from nodes that are made in the same way, form a class.

The signature of a node is its operation and the classes of its operands. All nodes of one signature are computed by
one array operation: since the signature names the operands' classes, operand j of the whole class lies in one class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..operations import CONSTANT, MUL, OPERATIONS, POW, Operation, marker
from .sums import SUM
from .tape import INPUT, Tape, is_leaf_operation
from .terms import TakenUp, Terms

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython

CONTRACT = marker("contract", "Σ")  # Σ uᵢ·vᵢ or Σ uᵢ: terms of one kind
OF_LISTS = tuple(operation for operation in OPERATIONS.values() if operation.operands[-1].startswith("*"))
TAKE = OPERATIONS["take"]
SYMMETRIC = (MUL, *(OPERATIONS[name] for name in ("maximum", "minimum", "logsumexp")))  # any order of operands will do


class Run(NamedTuple):
    """Operands that lie in one class: one of them, with this sign in a sum, or `many` in an operation on lists."""

    of: int
    sign: int = 1
    many: bool = False


@dataclass
class NodeClass:
    """All nodes of one signature."""

    operation: Operation
    runs: tuple[Run, ...]  # the operands; for CONTRACT left factors and right factors
    by_row: bool  # differs from row to row; computed once per call where not
    nodes: list[int] = field(default_factory=list)
    operands: list[Sequence[int]] = field(default_factory=list)  # of each node, run after run; of a leaf as on the tape
    counts: list[tuple[int, ...]] = field(default_factory=list)  # of each node, where a run may be of any length


@dataclass
class Classes:
    """The classes, each after those of its operands; `tape` has the constants and the parameters, and no nodes."""

    tape: Tape
    classes: list[NodeClass]
    class_of: list[int]  # of each node
    scopes: list[tuple | None]  # of each node
    outputs: list[int]
    aliases: dict[int, int]  # the node that a sum of one item is

    def __str__(self) -> str:
        lines = []
        for number, c in enumerate(self.classes):
            operands = ", ".join(("-" if run.sign < 0 else "*" if run.many else "") + f"c{run.of}" for run in c.runs)
            once = "" if c.by_row else ", once per call"
            lines.append(f"c{number} = {c.operation.name}({operands}): {len(c.nodes)} nodes{once}")
        return "\n".join(lines)


def find_classes(tape: Tape) -> tuple[Classes, list[int]]:
    """Group the nodes of a tape (after `find_sums`).

    A sum is taken apart into one contraction for each kind of its terms, Σ wᵢ·xᵢ, and the sum of these few: so that
    the same layer is found again whatever is added to it. A product belongs to its item, and so does an addition, but
    for the one that joins the item with others.

    Returns the classes and, for each node of the tape, the node that it became; a sum of one item is the item. What
    `find_sums` has for a node is its index here: of a part of a sum it is negative, and counts from the end.

    >>> from .sums import find_sums
    >>> from .trace import trace
    >>> tape, _ = trace(lambda x, w: [(w[0] * x[0] + w[1] * x[1]).tanh(), (w[2] * x[0] + w[3] * x[1]).tanh()],
    ...                 [(2,), (4,)])
    >>> sums, became = find_sums(tape)
    >>> classes, of_sums = find_classes(sums)
    >>> print(classes)
    c0 = input(): 4 nodes
    c1 = input(): 2 nodes
    c2 = contract(*c0, *c1): 2 nodes
    c3 = tanh(c2): 2 nodes
    >>> [classes.class_of[of_sums[n]] for n in became[6:]]
    [2, 2, 2, 3, 2, 2, 2, 3]
    """
    return _Grouping(tape).group()


@cython.cclass
class _Grouping:
    __slots__ = (
        "adders", "alias", "aside", "class_of", "classes", "is_aside", "known", "parts", "scopes", "scopes_before",
        "sources", "tape", "terms",
    )  # fmt: skip

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.classes: list[NodeClass] = []
        self.known: dict[tuple, int] = {}  # signature → class
        self.class_of: list[int] = [-1] * len(tape.operations)
        self.scopes = list(tape.scopes)
        self.alias: dict[int, int] = {}  # a sum of one item is the item
        taken_up: TakenUp = tape.taken_up or TakenUp([], [], [])
        self.sources, self.adders, self.scopes_before = taken_up.sources, taken_up.adders, taken_up.scopes
        self.parts: list[int] = [-1] * (2 * len(self.sources))  # what they became
        self.terms = 0  # of the sums so far
        self.aside = _aside(tape)
        self.is_aside = False  # the node that is being entered

    def group(self) -> tuple:
        alias = self.alias
        for n, (operation, operands) in enumerate(zip(self.tape.operations, self.tape.operands, strict=True)):
            self.is_aside = n in self.aside
            if is_leaf_operation(operation):
                self.enter(n, operation, (operands[0] if operation is INPUT else -1,), (), operands)
            elif isinstance(operands, Terms):
                self.enter_sum(n, operands)
            else:
                self.enter_operation(n, operation, [alias.get(m, m) for m in operands])
        outputs = [alias.get(n, n) for n in self.tape.outputs]
        became = [*range(len(self.tape.operations)), *reversed(self.parts), -1]
        for n, item in alias.items():
            became[n] = item
        return Classes(_without_nodes(self.tape), self.classes, self.class_of, self.scopes, outputs, alias), became

    def enter(
        self,
        n: cython.Py_ssize_t,
        operation: Operation,
        signature: tuple,
        runs: tuple,
        operands: Sequence[int],
        counts: tuple = (),
    ) -> None:
        """Put node n into the class of its signature."""
        key = (operation.name, self.is_aside, *signature)
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = len(self.classes)
            by_row = operation is INPUT or any([self.classes[run.of].by_row for run in runs])
            self.classes.append(NodeClass(operation, runs, by_row))
        self.class_of[n] = number
        self.classes[number].nodes.append(n)
        self.classes[number].operands.append(operands)
        if counts:
            self.classes[number].counts.append(counts)

    def enter_operation(self, n: cython.Py_ssize_t, operation: Operation, operands: Sequence[int]) -> None:
        of = self.class_of
        if operation in SYMMETRIC:
            order = [self.order(of[m]) for m in operands]
            operands = [operands[i] for i in sorted(range(len(order)), key=order.__getitem__)]
        if operation in OF_LISTS:  # lists of any length: attention to few and to many is the same operation
            runs: list[Run] = []
            counts: list[int] = []
            for m in operands:
                if runs and runs[-1].of == of[m] and runs[-1].many:
                    counts[-1] += 1
                else:
                    runs.append(Run(of[m], many=not (operation is TAKE and not runs)))
                    counts.append(1)
            self.enter(n, operation, tuple(runs), tuple(runs), operands, tuple(counts))
        else:
            found = tuple([Run(of[m]) for m in operands])
            exponent = self.constant(operands[1]) if operation is POW else None  # some of them have fast ways
            self.enter(n, operation, (found, exponent), found, operands)

    def enter_sum(self, n: cython.Py_ssize_t, terms: Terms) -> None:
        of: list = self.class_of
        groups: dict[tuple[int, int, int], tuple[list[int], list[int], list[int]]] = {}
        signs, left, right = terms
        if self.alias:
            left, right = [self.alias.get(u, u) for u in left], [self.alias.get(v, v) for v in right]
        for sign, u, v in zip(signs, left, right, strict=True):
            of_u, of_v = of[u], of[v] if v >= 0 else -1
            swap = v >= 0 and of_u != of_v and self.order(of_u) > self.order(of_v)
            key = (sign, of_v, of_u) if swap else (sign, of_u, of_v)
            group = groups.get(key)
            if group is None:
                group = groups[key] = ([], [], [])
            us, vs, which = group
            us.append(v if swap else u)
            vs.append(u if swap else v)
            which.append(self.terms)
            self.terms += 1
        start = self.terms - len(signs)
        items = []
        joins = []
        for (sign, of_u, of_v), (us, vs, which) in groups.items():
            item, count = us[0], len(us)
            if count > 1 or of_v >= 0:
                item = len(self.class_of)
                self.class_of.append(-1)
                self.scopes.append(self.scope_of_item(n, which))
            if count == 1 and of_v >= 0:
                self.enter_operation(item, MUL, (us[0], vs[0]))
            elif count > 1:
                runs = tuple([Run(each, many=True) for each in (of_u, of_v) if each >= 0])
                self.enter(item, CONTRACT, runs, runs, us + vs if of_v >= 0 else us, (count,) * len(runs))
            self.enter_parts(item, which)
            joins.append(which[0])
            items.append((-sign, self.order(of[item]), item))
        if len(items) == 1 and items[0][0] < 0:
            self.alias[n] = items[0][2]
            return
        self.enter_joins(n, joins)
        self.enter_dots(start)
        items.sort()  # what is added comes first
        runs = tuple([Run(of[item], -negative) for negative, _, item in items])
        self.enter(n, SUM, (runs,), runs, [item for _, _, item in items])

    def enter_parts(self, item: cython.Py_ssize_t, which: list) -> None:
        """An item has these terms, and the additions that add them to each other."""
        k: cython.Py_ssize_t
        if self.parts:
            for k in which:
                self.parts[2 * k] = self.parts[2 * k + 1] = item

    def enter_joins(self, n: cython.Py_ssize_t, firsts: list) -> None:
        """The sum n has the additions that add its items to each other: those of their first terms.

        It is a sum of the module call that made the earliest of them: what others add to it comes later.
        """
        k: cython.Py_ssize_t
        if self.parts and len(firsts) > 1:
            for k in firsts[1:]:
                self.parts[2 * k + 1] = n
            self.scopes[n] = self.scopes_before[min([self.adders[k] for k in firsts[1:]])]

    def enter_dots(self, start: cython.Py_ssize_t) -> None:
        """A dot product belongs to the item that has most of its terms, which stand one after the other."""
        k: cython.Py_ssize_t
        first: cython.Py_ssize_t
        made = self.sources
        k = start + 1
        while self.parts and k < self.terms:
            if made[k] >= 0 and made[k] == made[k - 1]:
                first = k - 1
                while k < self.terms and made[k] == made[first]:
                    k += 1
                items = self.parts[2 * first : 2 * k : 2]
                self.parts[2 * first] = Counter(items).most_common(1)[0][0]
            k += 1

    def scope_of_item(self, n: cython.Py_ssize_t, which: list) -> Any:
        """The module call around the products of an item of the sum n; where it has none, around its additions."""
        first: cython.Py_ssize_t
        last: cython.Py_ssize_t
        if not self.parts:
            return self.scopes[n]
        made, first, last = self.sources, which[0], which[-1]
        if made[first] < 0:
            made, first = self.adders, which[1]  # with the first one it is added to others
        a, b = self.scopes_before[made[first]], self.scopes_before[made[last]]
        return a if a is b else _common_scope(a, b)

    def order(self, number: cython.Py_ssize_t) -> tuple:
        """What does not depend on the row comes first."""
        return self.classes[number].by_row, number

    def constant(self, n: cython.Py_ssize_t) -> Any:
        """The number of a constant, as part of a signature."""
        if n >= len(self.tape.operations) or self.tape.operations[n] is not CONSTANT:
            return None
        return str(self.tape.constants[self.tape.operands[n][0]])


def _common_scope(a: tuple | None, b: tuple | None) -> tuple | None:
    """The innermost scope around both."""
    around = set()
    while b is not None:
        around.add(id(b))
        b = b[0]
    while a is not None and id(a) not in around:
        a = a[0]
    return a


def _without_nodes(tape: Tape) -> Tape:
    leaves = Tape(tape.scalars, tape.constants)
    leaves.parameters = tape.parameters
    return leaves


def _aside(tape: Tape) -> set[int]:
    """Nodes that only the outputs beside the first one need.

    They have no gradient. In one class with nodes that have, they would get a gradient of 0, and 0·inf is nan.
    """
    if not tape.differentiable or len(tape.outputs) == 1:
        return set()
    reached = [False] * len(tape.operations)
    reached[tape.outputs[0]] = True
    for n in range(len(tape.operations) - 1, -1, -1):
        if reached[n] and not is_leaf_operation(tape.operations[n]):
            operands: Any = tape.operands[n]
            for m in (*operands.left, *operands.right) if isinstance(operands, Terms) else operands:
                if m >= 0:
                    reached[m] = True
    return {n for n, operation in enumerate(tape.operations) if not reached[n] and not is_leaf_operation(operation)}
