# cython: initializedcheck=False
"""Pass 4: nodes that are made in the same way, from nodes that are made in the same way, form a class.

The signature of a node is its operation and the classes of its operands. All nodes of one signature are computed by
one array operation: since the signature names the operands' classes, operand j of the whole class lies in one class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..operations import CONSTANT, MUL, POW, Operation
from .classes import CONTRACT, OF_LISTS, SYMMETRIC, TAKES, Classes, NodeClass, Run
from .columns import Column, filled
from .tape import INPUT, ONCE, SUM, Tape, is_leaf_operation, reached
from .terms import TakenUp

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


def find_classes(tape: Tape) -> tuple[Classes, np.ndarray]:
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
    grouping: _Grouping = _Grouping(tape)
    grouping.enter_all()
    return grouping.classified(), grouping.became()


@cython.cclass
class _Grouping:
    """Enters nodes into classes.

    Attributes:
        known: of each signature its class.
        alias: a sum of one item is the item.
        parts: what the terms of all sums, and the additions that add them, became; `terms` of them have been entered.
        aside: of each node whether nothing flows back to it from the outputs; None where there is none.
        left, right, term, group: of the sum that is entered, its terms in the order of their groups, and the group of
            each as the tape has them.
    """

    __slots__ = (
        "_scopes", "adders", "alias", "aside", "class_of", "classes", "group", "is_aside", "known", "leaf",
        "leaf_class", "left", "parts", "right", "scope", "scope_before", "sources", "tape", "term", "terms",
    )  # fmt: skip

    def __init__(self, tape: Tape) -> None:
        size = len(tape)
        self.tape = tape
        self._scopes: Tape = tape.like(0)
        self.classes: list[NodeClass] = []
        self.known: dict[Any, int] = {}
        self.class_of: Column = filled(size, -1)
        self.scope: Column = tape.scope.copy()
        self.alias: dict[int, int] = {}
        taken_up: TakenUp = tape.taken_up or TakenUp(Column(), Column(), Column())
        self.sources, self.adders, self.scope_before = taken_up
        self.parts: Column = filled(2 * self.sources.size, -1)
        self.terms: int = 0
        self.aside = _aside(tape)
        self.is_aside: bool = False  # the node that is being entered
        self.leaf: int = -3  # the kind of the leaf before, and its class
        self.leaf_class: int = -1
        self.left: Column = Column(64)
        self.right: Column = Column(64)
        self.term: Column = Column(64)
        self.group: Column = Column(64)

    def enter_all(self) -> None:
        tape = self.tape
        kind, begin, of = tape.kind.view, tape.begin.view, tape.of.view
        leaf: list = [is_leaf_operation(operation) for operation in tape.kinds]
        for n in range(tape.kind.size):
            operation = tape.kinds[kind[n]]
            if leaf[kind[n]]:
                self.enter_leaf(n, operation)
                continue
            self.is_aside = self.aside is not None and self.aside[n] != 0
            if operation is SUM:
                self.enter_sum(n)
            else:
                operands = [of[i] for i in range(begin[n], begin[n + 1])]
                if self.alias:
                    operands = [self.alias.get(m, m) for m in operands]
                self.enter_operation(n, operation, operands)

    def classified(self) -> Classes:
        alias = self.alias
        outputs = [alias.get(n, n) for n in self.tape.outputs]
        self._scopes.parameters = self.tape.parameters
        return Classes(self._scopes, self.classes, self.class_of, self.scope, outputs, alias)

    def became(self) -> np.ndarray:
        """What each node of the tape became, and each part of a sum."""
        found = np.concatenate([np.arange(len(self.tape)), self.parts.array()[::-1], [-1]])
        if self.alias:
            found[list(self.alias)] = list(self.alias.values())
        return found

    def new_class(self, key: Any, operation: Operation, runs: tuple) -> NodeClass:
        by_row = (operation is INPUT and key < ONCE) or any([self.classes[run.of].by_row for run in runs])
        self.known[key] = len(self.classes)
        self.classes.append(NodeClass(operation, runs, by_row))
        return self.classes[-1]

    def enter_leaf(self, n: cython.Py_ssize_t, operation: Operation) -> None:
        """Put a leaf into the class of its argument, of the parameters, or of the constants."""
        key = self.tape.of.view[self.tape.begin.view[n]] if operation is INPUT else -2 if operation is CONSTANT else -1
        if key != self.leaf:
            if key not in self.known:
                self.new_class(key, operation, ())
                if operation is not INPUT:
                    self.fill(self.classes[self.known[key]])
            self.leaf, self.leaf_class = key, self.known[key]
        self.class_of.view[n] = self.leaf_class
        if operation is INPUT:
            leaves: NodeClass = self.classes[self.leaf_class]
            leaves.nodes.append(n)
            leaves.operands.extend(self.tape.operands(n))

    def fill(self, leaves: NodeClass) -> None:
        """Give the class of the parameters, or of the constants, all of them."""
        tape = self.tape
        nodes = np.flatnonzero(tape.kind.array() == tape.place_of(leaves.operation))
        leaves.nodes.frombytes(nodes.astype(np.intc).tobytes())
        leaves.operands.frombytes(tape.of.array()[tape.begin.array()[nodes]].tobytes())

    def enter(
        self,
        n: cython.Py_ssize_t,
        operation: Operation,
        signature: tuple,
        runs: tuple,
        operands: Any,
        counts: tuple = (),
    ) -> None:
        """Put node n into the class of its signature."""
        found: NodeClass
        key = (operation.name, self.is_aside, *signature)
        number = self.known.get(key)
        found = self.new_class(key, operation, runs) if number is None else self.classes[number]
        self.class_of.view[n] = self.known[key]
        found.nodes.append(n)
        found.operands.extend(operands)
        if counts:
            found.counts.append(counts)

    def enter_operation(self, n: cython.Py_ssize_t, operation: Operation, operands: Sequence[int]) -> None:
        of = self.class_of.view
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
                    runs.append(Run(of[m], many=not (operation in TAKES and not runs)))
                    counts.append(1)
            self.enter(n, operation, tuple(runs), tuple(runs), operands, tuple(counts))
        else:
            found = tuple([Run(of[m]) for m in operands])
            exponent = self.constant(operands[1]) if operation is POW else None  # some of them have fast ways
            self.enter(n, operation, (found, exponent), found, operands)

    # ------------------------------------------------------------------------------------------------------- sums

    def enter_sum(self, n: cython.Py_ssize_t) -> None:
        """A sum, as items: one for each group of its terms, in the order in which these begin."""
        before, groups = self.terms, self.group_terms(n)
        items = []
        joins = []
        start = 0
        for sign, of_u, of_v, count in groups:
            items.append((-sign, *self.enter_item(n, of_u, of_v, start, count)))
            joins.append(self.term[start])
            start += count
        if len(items) == 1 and items[0][0] < 0:
            self.alias[n] = items[0][2]
            return
        self.enter_joins(n, joins)
        self.enter_dots(before)
        items.sort()  # what is added comes first
        runs = tuple([Run(self.class_of.view[item], -negative) for negative, _, item in items])
        self.enter(n, SUM, (runs,), runs, [item for _, _, item in items])

    def group_terms(self, n: cython.Py_ssize_t) -> list[tuple[int, int, int, int]]:
        """Bring the terms of a sum together that have one sign and factors in the same classes.

        For each group the sign, the classes of left and right factors, the latter -1 where the terms are no products,
        and how many there are.
        """
        of, class_of = self.tape.of.view, self.class_of.view
        first, count = self.tape.begin.view[n], (self.tape.begin.view[n + 1] - self.tape.begin.view[n]) // 2
        known: dict = {}
        groups: list = []
        sizes: list = []
        of_u, of_v, sign, g, most, are_together = -2, -2, 0, -1, -1, True  # of the term before
        for column in (self.left, self.right, self.term, self.group):
            column.cut(0)
        for t in range(count):
            u, v = of[first + 2 * t], of[first + 2 * t + 1]
            s = 1 if u >= 0 else -1
            u = u if u >= 0 else ~u
            if self.alias:
                u, v = self.alias.get(u, u), self.alias.get(v, v)
            a, b = class_of[u], class_of[v] if v >= 0 else -1
            if v >= 0 and a != b and self.is_after(a, b):
                u, v, a, b = v, u, b, a
            if a != of_u or b != of_v or s != sign:
                of_u, of_v, sign = a, b, s
                g = known.get((s, a, b), -1)
                if g < 0:
                    g = known[s, a, b] = len(groups)
                    groups.append((s, a, b))
                    sizes.append(0)
            sizes[g] += 1
            are_together = are_together and g >= most
            most = max(g, most)
            self.left.append(u)
            self.right.append(v)
            self.group.append(g)
            self.term.append(self.terms)
            self.terms += 1
        if not are_together:
            self.sort_terms(sizes)
        return [(*group, size) for group, size in zip(groups, sizes, strict=True)]

    def sort_terms(self, sizes: list) -> None:
        """Order the terms of a sum by their groups."""
        starts, start = [], 0
        for size in sizes:
            starts.append(start)
            start += size
        for column in (self.left, self.right, self.term):
            numbers: list = list(column)
            places = list(starts)
            for i in range(len(numbers)):
                g = self.group.view[i]
                column.view[places[g]] = numbers[i]
                places[g] += 1

    def enter_item(
        self,
        n: cython.Py_ssize_t,
        of_u: cython.int,
        of_v: cython.int,
        start: cython.Py_ssize_t,
        count: cython.Py_ssize_t,
    ) -> tuple[tuple, int]:
        """The node for so many terms of the sum n, which stand together from `start` on; its order, and itself."""
        item = self.left.view[start]
        if count > 1 or of_v >= 0:
            item = self.class_of.size
            self.class_of.append(-1)
            self.scope.append(self.scope_of_item(n, start, count))
        if count == 1 and of_v >= 0:
            self.enter_operation(item, MUL, (self.left.view[start], self.right.view[start]))
        elif count > 1:
            runs = tuple([Run(each, many=True) for each in (of_u, of_v) if each >= 0])
            operands = self.left.part(start, start + count)
            if of_v >= 0:
                operands = operands + self.right.part(start, start + count)
            self.enter(item, CONTRACT, runs, runs, operands, (count,) * len(runs))
        if self.parts.size:
            for i in range(start, start + count):
                k = self.term.view[i]
                self.parts.view[2 * k] = self.parts.view[2 * k + 1] = item
        return self.order(self.class_of.view[item]), item

    def enter_joins(self, n: cython.Py_ssize_t, firsts: list) -> None:
        """The sum n has the additions that add its items to each other: those of their first terms.

        It is a sum of the module call that made the earliest of them: what others add to it comes later.
        """
        k: cython.Py_ssize_t
        if self.parts.size and len(firsts) > 1:
            for k in firsts[1:]:
                self.parts.view[2 * k + 1] = n
            self.scope.view[n] = self.scope_before[min([self.adders.view[k] for k in firsts[1:]])]

    def enter_dots(self, start: cython.Py_ssize_t) -> None:
        """A dot product belongs to the item that has most of its terms, which stand one after the other."""
        if not self.parts.size:
            return
        made, k = self.sources.view, start + 1
        while k < self.terms:
            if made[k] >= 0 and made[k] == made[k - 1]:
                first = k - 1
                while k < self.terms and made[k] == made[first]:
                    k += 1
                items = self.parts.array()[2 * first : 2 * k : 2].tolist()
                self.parts.view[2 * first] = Counter(items).most_common(1)[0][0]
            k += 1

    def scope_of_item(self, n: cython.Py_ssize_t, start: cython.Py_ssize_t, count: cython.Py_ssize_t) -> int:
        """The module call around the products of an item of the sum n; where it has none, around its additions."""
        if not self.parts.size:
            return self.scope.view[n]
        made, first, last = self.sources, self.term.view[start], self.term.view[start + count - 1]
        if made.view[first] < 0:
            made, first = self.adders, self.term.view[start + 1]  # with the first one it is added to others
        a, b = self.scope_before.view[made.view[first]], self.scope_before.view[made.view[last]]
        if a == b:
            return a
        scopes = self._scopes.scopes
        return self._scopes.number_of_scope(_common_scope(scopes[a], scopes[b]))

    def is_after(self, a: cython.int, b: cython.int) -> bool:
        """Whether class a comes after class b in the order of factors."""
        first: NodeClass = self.classes[a]
        second: NodeClass = self.classes[b]
        return a > b if first.by_row == second.by_row else first.by_row

    def order(self, number: cython.Py_ssize_t) -> tuple:
        """What does not depend on the row comes first."""
        found: NodeClass = self.classes[number]
        return found.by_row, number

    def constant(self, n: cython.Py_ssize_t) -> Any:
        """The number of a constant, as part of a signature."""
        if n >= len(self.tape) or self.tape.operation(n) is not CONSTANT:
            return None
        return str(self.tape.constants[self.tape.of.view[self.tape.begin.view[n]]])


def _common_scope(a: tuple | None, b: tuple | None) -> tuple | None:
    """The innermost scope around both."""
    around = set()
    while b is not None:
        around.add(id(b))
        b = b[0]
    while a is not None and id(a) not in around:
        a = a[0]
    return a


def _aside(tape: Tape) -> bytearray | None:
    """Of each node whether only outputs without a gradient need it; None where there are none.

    In one class with nodes that have, they would get a gradient of 0, and 0·inf is nan.
    """
    if not tape.differentiable or len(tape.outputs) == tape.differentiable:
        return None
    return bytearray(not each for each in reached(tape, tape.outputs[: tape.differentiable]))
