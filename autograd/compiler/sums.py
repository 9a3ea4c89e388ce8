"""Pass 3: trees of additions become n-ary sums of products, so that a neuron, Σ wᵢ·xᵢ + b, is one node."""

from __future__ import annotations

from math import frexp, isfinite
from typing import TYPE_CHECKING

from .. import ieee
from ..operations import ADD, CONSTANT, DIV, MUL, NEG, OPERATIONS, SUB, TOTAL, Operation, marker
from .tape import Tape, is_leaf_operation
from .terms import Addition, TakenUp, Terms

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython

DOT = OPERATIONS["dot"]
SUM = marker("sum", "Σ")  # operands: Terms


def find_sums(tape: Tape) -> tuple[Tape, list[int]]:
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
    >>> became[5:]  # two products, that with which the second is added, that with which the bias is
    [-2, -4, -5, -7]
    """
    inlined, live = _inlined(tape)
    result = Tape(tape.scalars, tape.constants)
    result.parameters, result.differentiable = tape.parameters, tape.differentiable
    number = [-1] * len(tape.operations)  # the new number of each node
    sums: _Sums = _Sums(tape, inlined, number, result)
    n: cython.Py_ssize_t
    for n, operation in enumerate(tape.operations):
        if not live[n]:
            continue
        if is_addition(operation):
            sums.enter(n)
        elif is_leaf_operation(operation):
            number[n] = result.add(operation, tape.operands[n], tape.scopes[n])
        elif not inlined[n]:
            number[n] = result.add(operation, tuple([number[m] for m in tape.operands[n]]), tape.scopes[n])
    result.outputs = [number[n] for n in tape.outputs]
    result.taken_up = TakenUp(sums.sources, sums.adders, tape.scopes)
    return result, sums.became()


def is_addition(operation: Operation) -> bool:
    """Whether a sum stands for it."""
    return operation is ADD or operation is SUB or operation is NEG or operation is DOT or operation is TOTAL


def _inlined(tape: Tape) -> tuple[list[bool], list[bool]]:
    """Which nodes are taken up by the sum (or the product in a sum) that uses them, and which are used at all."""
    n: cython.Py_ssize_t
    m: cython.Py_ssize_t
    operations: list = tape.operations
    size: cython.Py_ssize_t = len(operations)
    uses: list = [0] * size  # all of them
    in_sums: list = [0] * size  # those by additions
    in_terms: list = [0] * size  # those by products in sums
    inlined: list = [False] * size
    for n in tape.outputs:
        uses[n] += 1
    for n in range(size - 1, -1, -1):
        operation = operations[n]
        if not uses[n] or is_leaf_operation(operation):
            continue
        operands = tape.operands[n]
        addition = is_addition(operation)
        if addition:
            inlined[n] = uses[n] == in_sums[n] == 1 or (operation is NEG and uses[n] == in_terms[n] == 1)
        elif operation is MUL or (operation is DIV and _reciprocal(tape, operands[1])):
            inlined[n] = uses[n] == in_sums[n] or (operation is MUL and uses[n] == in_terms[n] == 1)
        for m in operands:
            uses[m] += 1
        if addition and operation is not DOT:
            for m in operands:
                in_sums[m] += not (inlined[n] and in_terms[n])  # the sign of a factor takes nothing up
        elif inlined[n] and in_sums[n]:
            for i, m in enumerate(operands):  # a product inside a product is taken up beside a constant only
                if operations[m] is NEG or operations[operands[1 - i]] is CONSTANT:
                    in_terms[m] += 1
    return inlined, [count > 0 for count in uses]


def _reciprocal(tape: Tape, n: int) -> float:
    """1/c of a constant, where it can stand for the division: it is exact for a power of 2; else 0."""
    if tape.operations[n] is not CONSTANT:
        return 0.0
    c = tape.constants[tape.operands[n][0]]
    return 1.0 / c if isfinite(c) and abs(frexp(c)[0]) == 0.5 and 1e-300 < abs(c) < 1e300 else 0.0


@cython.cclass
class _Sums:
    """Collects the terms of every addition from those of the additions that it takes up."""

    __slots__ = (
        "adders", "followers", "inlined", "number", "operands", "operations", "partials", "result", "sources", "tape",
    )  # fmt: skip

    def __init__(self, tape: Tape, inlined: list, number: list, result: Tape) -> None:
        self.tape, self.inlined, self.number, self.result = tape, inlined, number, result
        self.operations, self.operands = tape.operations, tape.operands
        self.partials: dict[int, Addition] = {}
        self.sources: list[int] = []  # of the terms of all sums, one after the other: see TakenUp
        self.adders: list[int] = []
        self.followers: list[tuple[int, int]] = []  # negated factors, each with the product that it is a part of

    def became(self) -> list:
        """What each node of the tape became."""
        k: cython.Py_ssize_t
        number: list = self.number
        for first, nodes in ((-2, self.sources), (-3, self.adders)):
            for k, n in enumerate(nodes):
                if n >= 0 and number[n] >= -1:  # else it is a part already, of the sum that came first
                    number[n] = first - 2 * k
        for n, product in self.followers:
            number[n] = number[product]
        return number

    def enter(self, n: cython.Py_ssize_t) -> None:
        """The addition n: as a node of the result, or kept until the one that takes it up asks for it."""
        partial: Addition
        first: cython.Py_ssize_t
        operation, operands = self.operations[n], self.operands[n]
        if operation is DOT:
            partial, half = Addition(), len(operands) // 2
            for a, b in zip(operands[:half], operands[half:], strict=True):
                self.add_product(partial, 1, a, b, n, n if partial.signs else -1)
        elif operation is NEG:
            partial = Addition()
            self.add_operand(partial, -1, operands[0], -1)
            partial.whole.append(n)
        else:
            first, others = operands[0], operands[1:]
            if operation is ADD and first not in self.partials and others[0] in self.partials:
                first, others = others[0], (first,)  # the sum takes up the single term, whichever side it stands on
            if first in self.partials:
                partial = self.partials.pop(first)
            else:
                partial = Addition()
                self.add_operand(partial, 1, first, -1)
            for m in others:
                self.add_operand(partial, -1 if operation is SUB else 1, m, n)
            if not others:  # a sum of one
                partial.whole.append(n)
        if self.inlined[n]:
            self.partials[n] = partial
        else:
            self.finish(partial, n)
            self.number[n] = self.add_sum(partial, n)

    def add_operand(self, partial: Addition, sign: cython.int, n: cython.Py_ssize_t, adder: cython.Py_ssize_t) -> None:
        """Add the operand n of an addition."""
        below: Addition | None = self.partials.pop(n, None)
        operation = self.operations[n]
        if below is not None:
            if partial.products > 1:  # two sums of products are equal partners
                partial.make_group()
            self.finish(below, n)
            below.sign, below.adders[0] = sign, adder
            if below.products > 1:
                partial.groups.append(below)
            else:
                partial.extend(below)
        elif not self.inlined[n]:
            partial.add(sign, self.number[n], -1, -1, adder)
        elif operation is MUL:
            factors = self.operands[n]
            self.add_product(partial, sign, factors[0], factors[1], n, adder)
        else:  # a division by a constant
            a, b = self.operands[n]
            if self.operations[a] is NEG and self.inlined[a]:
                self.followers.append((a, n))
                sign, a = -sign, self.operands[a][0]
            self.add_scaled(partial, sign, self.result.add_constant(_reciprocal(self.tape, b)), a, n, adder)

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
        if self.operations[a] is NEG and self.inlined[a]:
            self.followers.append((a, n))
            sign, a = -sign, self.operands[a][0]
        if self.operations[b] is NEG and self.inlined[b]:
            self.followers.append((b, n))
            sign, b = -sign, self.operands[b][0]
        if self.operations[a] is MUL and self.inlined[a]:  # (u·v)·constant
            self.add_scaled(partial, sign, self.number[b], a, n, adder)
        elif self.operations[b] is MUL and self.inlined[b]:
            self.add_scaled(partial, sign, self.number[a], b, n, adder)
        else:
            partial.add(sign, self.number[a], self.number[b], n, adder)

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
        if self.operations[m] is MUL and self.inlined[m]:  # constant·(u·v) as (constant·u)·v
            u, v = self.operands[m]
            self.number[n] = self.result.add(MUL, (constant, self.number[u]), self.tape.scopes[n])
            partial.add(sign, self.number[n], self.number[v], m, adder)
        else:
            partial.add(sign, constant, self.number[m], n, adder)

    def finish(self, partial: Addition, n: cython.Py_ssize_t) -> None:
        """Collect all terms; sums of products that share a factor stay apart: they are neurons that are added up."""
        group: Addition
        if partial.groups:
            if partial.products:
                partial.make_group()
            factors = [self.factors(group) for group in partial.groups]
            apart = len(set().union(*factors)) < sum(map(len, factors))
            for group in partial.groups:
                if apart and len(group.signs) > 1:
                    adder, group.adders[0] = group.adders[0], -1
                    partial.add(group.sign, self.add_sum(group, n), -1, -1, adder)
                else:
                    partial.extend(group)
            partial.groups = []
            partial.begin()
        self.fold_constants(partial)

    def add_sum(self, partial: Addition, n: cython.Py_ssize_t) -> int:
        """The node for a sum of these terms, which the addition n asks for."""
        node: cython.Py_ssize_t
        terms = Terms(partial.signs, partial.left, partial.right)
        node = self.result.add(SUM, terms, self.tape.scopes[n])  # type: ignore[arg-type]
        self.sources.extend(partial.sources)
        self.adders.extend(partial.adders)
        for m in partial.whole:
            self.number[m] = node
        return node

    def factors(self, group: Addition) -> set:
        """The factors of the products, without constants."""
        operations = self.result.operations
        pairs = zip(group.left, group.right, strict=True)
        return {n for u, v in pairs if v >= 0 for n in (u, v) if operations[n] is not CONSTANT}

    def fold_constants(self, partial: Addition) -> None:
        """The constants among the terms as one, without a 0 that is added to something."""
        operations = self.result.operations
        places = [i for i, n in enumerate(partial.left) if partial.right[i] < 0 and operations[n] is CONSTANT]
        if not places:
            return
        numbers = [partial.signs[i] * self.result.constants[self.result.operands[partial.left[i]][0]] for i in places]
        constant = ieee.total(numbers)
        adders = [partial.adders[i] for i in places if partial.adders[i] >= 0]
        for column in (partial.signs, partial.left, partial.right, partial.sources, partial.adders):
            for i in reversed(places):
                del column[i]
        if partial.signs and partial.adders[0] >= 0:  # the first term was a constant
            adders.append(partial.adders[0])
            partial.adders[0] = -1
        if constant != 0.0 or not partial.signs:  # nan is not 0 either
            partial.add(1, self.result.add_constant(constant), -1, -1, adders.pop() if partial.signs else -1)
        partial.whole.extend(adders)
