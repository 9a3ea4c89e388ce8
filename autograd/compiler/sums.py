# cython: initializedcheck=False
"""Pass 3: trees of additions become n-ary sums of products, so that a neuron, Σ wᵢ·xᵢ + b, is one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import ieee
from ..operations import ADD, CONSTANT, MUL, NEG, SUB, Operation
from .columns import Column, filled
from .inlining import DOT, inlined_nodes, is_addition, reciprocal
from .tape import SUM, Tape, is_leaf_operation
from .terms import Addition, Pool, TakenUp

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


def find_sums(tape: Tape) -> tuple[Tape, np.ndarray]:
    """The same tape with SUM nodes in place of +, -, negation, total and dot, and of the products that they alone use.

    An addition that is used once, by another addition, is a part of it. A product whose every use is in a sum becomes
    a term there. But sums of products with a factor in common, such as neurons that are added up, stay apart. The order
    of the terms is free from here on: it changes the rounding only.

    Returns the tape and, for each node of the one before, the node that it became; -1 where no output needs it. A part
    of a sum is numbered from -2 down: -2 - 2k is term k of all sums, one after the other, and -3 - 2k the addition that
    adds this term to those before it. A negation that a sum takes up is the sum as a whole, and a negated factor the
    product. Of a dot product it is the first of its terms, which `find_classes` has for all of them; of a total the
    first of its additions, or, of one number, the sum as a whole.

    >>> from .trace import trace
    >>> tape, _ = trace(lambda w, x, b: w[0] * x[0] + w[1] * x[1] - b, [(2,), (2,), ()])
    >>> sums, became = find_sums(tape)
    >>> print(sums)
    0 = input(0, 0)
    1 = input(1, 0)
    2 = input(0, 1)
    3 = input(1, 1)
    4 = input(2, 0)
    5 = + 0·1 + 2·3 - 4
    return 5
    >>> became[5:].tolist()  # two products, that with which the second is added, that with which the bias is
    [-2, -4, -5, -7]
    """
    sums: _Sums = _Sums(tape)
    sums.enter_all()
    result = sums.result
    result.outputs = sums.number.array()[tape.outputs].tolist()
    result.taken_up = TakenUp(sums.sources, sums.adders, tape.scope)
    return result, sums.became()


@cython.cclass
class _Sums:
    """Collects the terms of every addition from those of the additions that it takes up.

    Attributes:
        inlined: of each node whether it is taken up.
        number: of each node that of the result; -1 for none.
        partials: of each addition that is taken up, until it is, what it has collected; there are `waiting` of them.
        sources, adders: of the terms of all sums, one after the other: see TakenUp.
        followers: negated factors, each with the product that it is a part of.
    """

    __slots__ = (
        "adders", "begin", "constant_kind", "followers", "inlined", "kind", "number", "of", "partials", "pool",
        "result", "scope", "sources", "sum_kind", "tape", "uses", "waiting",
    )  # fmt: skip

    def __init__(self, tape: Tape) -> None:
        size = tape.kind.size
        self.tape = tape
        self.kind, self.scope, self.begin, self.of = tape.kind.view, tape.scope.view, tape.begin.view, tape.of.view
        self.inlined, self.uses = inlined_nodes(tape)
        self.result: Tape = tape.like(size)
        self.constant_kind: int = self.result.number_of(CONSTANT)
        self.sum_kind: int = self.result.number_of(SUM)
        self.number: Column = filled(size, -1)
        self.partials: list[Addition | None] = [None] * size
        self.waiting: int = 0
        self.pool: Pool = Pool()
        self.sources: Column = Column(size // 2)
        self.adders: Column = Column(size // 2)
        self.followers: list[tuple[int, int]] = []

    def operation(self, n: cython.Py_ssize_t) -> Operation:
        return self.tape.kinds[self.kind[n]]

    def is_taken_up(self, n: cython.Py_ssize_t, operation: Operation) -> bool:
        """Whether the node of this operation is a part of what uses it."""
        return self.inlined[n] != 0 and self.tape.kinds[self.kind[n]] is operation

    def enter_all(self) -> None:
        """All nodes that are used, in their order."""
        number, uses, result = self.number.view, self.uses.view, self.result
        leaf: list = [is_leaf_operation(operation) for operation in self.tape.kinds]
        addition: list = [is_addition(operation) for operation in self.tape.kinds]
        for n in range(self.tape.kind.size):
            k = self.kind[n]
            if not uses[n] or (self.inlined[n] and not addition[k]):
                continue
            if addition[k]:
                self.enter(n)
                continue
            for i in range(self.begin[n], self.begin[n + 1]):
                m = self.of[i]
                result.of.append(m if leaf[k] else number[m])
            number[n] = result.close(k, self.scope[n])

    def became(self) -> np.ndarray:
        """What each node of the tape became."""
        number = self.number.view
        sources, adders = self.sources.view, self.adders.view
        for k in range(self.sources.size):
            n = sources[k]
            if n >= 0 and number[n] >= -1:  # else it is a part already, of the sum that came first
                number[n] = -2 - 2 * k
        for k in range(self.adders.size):
            n = adders[k]
            if n >= 0 and number[n] >= -1:
                number[n] = -3 - 2 * k
        for n, product in self.followers:
            number[n] = number[product]
        return self.number.array()

    def enter(self, n: cython.Py_ssize_t) -> None:
        """The addition n: as a node of the result, or kept until the one that takes it up asks for it."""
        operation = self.operation(n)
        begin, end = self.begin[n], self.begin[n + 1]
        partial: Addition | None = None
        if operation is DOT:
            partial, half = Addition(), (end - begin) // 2
            for i in range(begin, begin + half):
                self.add_product(partial, 1, self.of[i], self.of[i + half], n, n if partial.terms else -1)
        elif operation is NEG:
            partial = Addition()
            self.add_operand(partial, -1, self.of[begin], -1)
            partial.whole.append(n)
        else:
            first, swapped = self.of[begin], False
            if operation is ADD and self.partials[first] is None and self.partials[self.of[begin + 1]] is not None:
                first, swapped = self.of[begin + 1], True  # it takes up the single term, whichever side it stands on
            partial = self.taken_up(first)
            if partial is None:
                partial = Addition()
                self.add_operand(partial, 1, first, -1)
            for i in range(begin + 1, end):
                m = self.of[begin] if swapped else self.of[i]
                self.add_operand(partial, -1 if operation is SUB else 1, m, n)
            if end - begin == 1:  # a sum of one
                partial.whole.append(n)
        if self.inlined[n]:
            self.partials[n] = partial
            self.waiting += 1
        else:
            self.finish(partial, n)
            self.number.view[n] = self.add_sum(partial, n)
            if not self.waiting:
                self.pool.clear()

    def taken_up(self, n: cython.Py_ssize_t) -> Addition | None:
        """What the addition n has collected, of which nothing stays with it; None where it keeps nothing."""
        partial: Addition | None = self.partials[n]
        if partial is not None:
            self.partials[n] = None
            self.waiting -= 1
        return partial

    def add_operand(self, partial: Addition, sign: cython.int, n: cython.Py_ssize_t, adder: cython.Py_ssize_t) -> None:
        """Add the operand n of an addition."""
        below: Addition | None = self.taken_up(n)
        if below is not None:
            if partial.products > 1:  # two sums of products are equal partners
                self.pool.make_group(partial)
            self.finish(below, n)
            below.sign, self.pool.adder.view[below.first] = sign, adder
            if below.products > 1:
                partial.groups.append(below)
            else:
                self.pool.extend(partial, below)
        elif not self.inlined[n]:
            self.pool.add(partial, sign, self.number.view[n], -1, -1, adder)
        elif self.is_taken_up(n, MUL):
            self.add_product(partial, sign, self.of[self.begin[n]], self.of[self.begin[n] + 1], n, adder)
        else:  # a division by a constant
            a, b = self.of[self.begin[n]], self.of[self.begin[n] + 1]
            if self.is_taken_up(a, NEG):
                self.followers.append((a, n))
                sign, a = -sign, self.of[self.begin[a]]
            self.add_scaled(partial, sign, self.result.add_constant(reciprocal(self.tape, b)), a, n, adder)

    def add_product(
        self,
        partial: Addition,
        sign: cython.int,
        a: cython.Py_ssize_t,
        b: cython.Py_ssize_t,
        n: cython.Py_ssize_t,
        adder: cython.Py_ssize_t,
    ) -> None:
        """Add the product a·b that n has made."""
        number = self.number.view
        if self.is_taken_up(a, NEG):
            self.followers.append((a, n))
            sign, a = -sign, self.of[self.begin[a]]
        if self.is_taken_up(b, NEG):
            self.followers.append((b, n))
            sign, b = -sign, self.of[self.begin[b]]
        if self.is_taken_up(a, MUL):  # (u·v)·constant
            self.add_scaled(partial, sign, number[b], a, n, adder)
        elif self.is_taken_up(b, MUL):
            self.add_scaled(partial, sign, number[a], b, n, adder)
        else:
            self.pool.add(partial, sign, number[a], number[b], n, adder)

    def add_scaled(
        self,
        partial: Addition,
        sign: cython.int,
        constant: cython.Py_ssize_t,
        m: cython.Py_ssize_t,
        n: cython.Py_ssize_t,
        adder: cython.Py_ssize_t,
    ) -> None:
        """Add the product constant·m that n has made."""
        number = self.number.view
        if self.is_taken_up(m, MUL):  # constant·(u·v) as (constant·u)·v
            u, v = self.of[self.begin[m]], self.of[self.begin[m] + 1]
            self.result.of.append(constant)
            self.result.of.append(number[u])
            number[n] = self.result.close(self.result.number_of(MUL), self.scope[n])
            self.pool.add(partial, sign, number[n], number[v], m, adder)
        else:
            self.pool.add(partial, sign, constant, number[m], n, adder)

    def finish(self, partial: Addition, n: cython.Py_ssize_t) -> None:
        """Collect all terms; sums of products that share a factor stay apart: they are neurons that are added up."""
        group: Addition
        if partial.groups:
            if partial.products:
                self.pool.make_group(partial)
            factors = [self.factors(group) for group in partial.groups]
            apart = len(set().union(*factors)) < sum(map(len, factors))
            for group in partial.groups:
                if apart and group.terms > 1:
                    adder = self.pool.adder.view[group.first]
                    self.pool.adder.view[group.first] = -1
                    self.pool.add(partial, group.sign, self.add_sum(group, n), -1, -1, adder)
                else:
                    self.pool.extend(partial, group)
            partial.groups = []
            self.pool.begin(partial)
        self.fold_constants(partial)

    def add_sum(self, partial: Addition, n: cython.Py_ssize_t) -> int:
        """The node for a sum of these terms, which the addition n asks for."""
        pool, result = self.pool, self.result
        term = partial.first
        while term >= 0:
            result.of.append(pool.left.view[term] if pool.sign.view[term] > 0 else ~pool.left.view[term])
            result.of.append(pool.right.view[term])
            self.sources.append(pool.source.view[term])
            self.adders.append(pool.adder.view[term])
            term = pool.after.view[term]
        node = result.close(self.sum_kind, self.scope[n])
        for m in partial.whole:
            self.number.view[m] = node
        return node

    def is_constant(self, n: cython.Py_ssize_t) -> bool:
        """Whether a node of the result is one."""
        return self.result.kind.view[n] == self.constant_kind

    def factors(self, group: Addition) -> set:
        """The factors of the products, without constants."""
        found = set()
        pool, term = self.pool, group.first
        while term >= 0:
            u, v = pool.left.view[term], pool.right.view[term]
            if v >= 0:
                found.update([n for n in (u, v) if not self.is_constant(n)])
            term = pool.after.view[term]
        return found

    def fold_constants(self, partial: Addition) -> None:
        """The constants among the terms as one, without a 0 that is added to something."""
        pool, result = self.pool, self.result
        numbers: list = []
        adders: list = []
        before, term = -1, partial.first
        while term >= 0:
            left = pool.left.view[term]
            if pool.right.view[term] < 0 and self.is_constant(left):
                numbers.append(pool.sign.view[term] * result.constants[result.of.view[result.begin.view[left]]])
                if pool.adder.view[term] >= 0:
                    adders.append(pool.adder.view[term])
                pool.remove(partial, before, term)
            else:
                before = term
            term = pool.after.view[term]
        if not numbers:
            return
        constant = ieee.total(numbers)
        if partial.terms and pool.adder.view[partial.first] >= 0:  # the first term was a constant
            adders.append(pool.adder.view[partial.first])
            pool.adder.view[partial.first] = -1
        if constant != 0.0 or not partial.terms:  # nan is not 0 either
            adder = adders.pop() if partial.terms else -1
            pool.add(partial, 1, result.add_constant(constant), -1, -1, adder)
        partial.whole.extend(adders)
