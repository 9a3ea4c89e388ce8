"""Pass 3: trees of additions become n-ary sums of products, so that a neuron, Σ wᵢ·xᵢ + b, is one node."""

from __future__ import annotations

from math import frexp, isfinite
from typing import TYPE_CHECKING, NamedTuple

from .. import ieee
from ..operations import ADD, CONSTANT, DIV, MUL, NEG, OPERATIONS, SUB, Operation, marker
from .tape import Tape, is_leaf_operation

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython

DOT = OPERATIONS["dot"]
SUM = marker("sum", "Σ")  # operands: Terms


class Terms(NamedTuple):
    """Σ signᵢ·leftᵢ·rightᵢ; right is -1 where the term is no product."""

    signs: list[int]
    left: list[int]
    right: list[int]

    def __str__(self) -> str:
        terms = zip(self.signs, self.left, self.right, strict=True)
        return " ".join(f"{'+' if s > 0 else '-'} {u}" + (f"·{v}" if v >= 0 else "") for s, u, v in terms)


def find_sums(tape: Tape) -> Tape:
    """The same tape with SUM nodes in place of +, -, negation and dot, and of the products that they alone use.

    An addition that is used once, by another addition, is a part of it. A product whose every use is in a sum becomes
    a term there. But sums of products with a factor in common, such as neurons that are added up, stay apart. The order
    of the terms is free from here on: it changes the rounding only.

    >>> from .trace import trace
    >>> tape, _ = trace(lambda w, x, b: w[0] * x[0] + w[1] * x[1] - b, [(2,), (2,), ()])
    >>> print(find_sums(tape))
    0 = input(0, 0)
    1 = input(1, 0)
    2 = input(0, 1)
    3 = input(1, 1)
    4 = input(2, 0)
    5 = + 0·1 + 2·3 - 4
    return 5
    """
    return number_sums(tape)[0]


def number_sums(tape: Tape) -> tuple[Tape, list[int]]:
    """The tape of `find_sums`, and for each node of the one before its number there: -1 where a sum has taken it up."""
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
    return result, number


def is_addition(operation: Operation) -> bool:
    """Whether a sum stands for it."""
    return operation is ADD or operation is SUB or operation is NEG or operation is DOT


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
class _Partial:
    """An addition on the way: its loose terms, and the sums of products that it adds to each other."""

    __slots__ = ("groups", "left", "products", "right", "signs")

    def __init__(self) -> None:
        self.signs: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.products: int = 0
        self.groups: list[tuple[int, Terms]] = []

    def add(self, sign: cython.int, left: cython.Py_ssize_t, right: cython.Py_ssize_t = -1) -> None:
        self.signs.append(sign)
        self.left.append(left)
        self.right.append(right)
        self.products += right >= 0

    def extend(self, sign: cython.int, terms: Terms) -> None:
        self.signs.extend(terms.signs if sign > 0 else [-s for s in terms.signs])
        self.left.extend(terms.left)
        self.right.extend(terms.right)
        self.products += _products(terms)

    def take_terms(self) -> Terms:
        """The loose terms, which are a sum of their own from now on."""
        terms = Terms(self.signs, self.left, self.right)
        self.signs, self.left, self.right, self.products = [], [], [], 0
        return terms


def _products(terms: Terms) -> int:
    return len(terms.right) - terms.right.count(-1)


@cython.cclass
class _Sums:
    """Collects the terms of every addition from those of the additions that it takes up."""

    __slots__ = ("inlined", "number", "operands", "operations", "partials", "result", "tape")

    def __init__(self, tape: Tape, inlined: list, number: list, result: Tape) -> None:
        self.tape, self.inlined, self.number, self.result = tape, inlined, number, result
        self.operations, self.operands = tape.operations, tape.operands
        self.partials: dict[int, _Partial] = {}

    def enter(self, n: cython.Py_ssize_t) -> None:
        """The addition n: as a node of the result, or kept until the one that takes it up asks for it."""
        partial: _Partial
        first: cython.Py_ssize_t
        second: cython.Py_ssize_t
        operation, operands = self.operations[n], self.operands[n]
        if operation is DOT:
            partial, half = _Partial(), len(operands) // 2
            for a, b in zip(operands[:half], operands[half:], strict=True):
                self.add_product(partial, 1, a, b)
        elif operation is NEG:
            partial = _Partial()
            self.add_operand(partial, -1, operands[0])
        else:
            first, second = operands[0], operands[1]
            if operation is ADD and first not in self.partials and second in self.partials:
                first, second = second, first  # the sum takes up the single term, whichever side it stands on
            if first in self.partials:
                partial = self.partials.pop(first)
            else:
                partial = _Partial()
                self.add_operand(partial, 1, first)
            self.add_operand(partial, 1 if operation is ADD else -1, second)
        if self.inlined[n]:
            self.partials[n] = partial
        else:
            self.number[n] = self.result.add(SUM, self.finish(partial, n), self.tape.scopes[n])  # type: ignore[arg-type]

    def add_operand(self, partial: _Partial, sign: cython.int, n: cython.Py_ssize_t) -> None:
        below: _Partial | None = self.partials.pop(n, None)
        operation = self.operations[n]
        if below is not None:
            if partial.products > 1:  # two sums of products are equal partners
                partial.groups.append((1, partial.take_terms()))
            terms = self.finish(below, n)
            if _products(terms) > 1:
                partial.groups.append((sign, terms))
            else:
                partial.extend(sign, terms)
        elif not self.inlined[n]:
            partial.add(sign, self.number[n])
        elif operation is MUL:
            factors = self.operands[n]
            self.add_product(partial, sign, factors[0], factors[1])
        else:  # a division by a constant
            a, b = self.operands[n]
            if self.operations[a] is NEG and self.inlined[a]:
                sign, a = -sign, self.operands[a][0]
            self.add_scaled(partial, sign, self.result.add_constant(_reciprocal(self.tape, b)), a)

    def add_product(self, partial: _Partial, sign: cython.int, a: cython.Py_ssize_t, b: cython.Py_ssize_t) -> None:
        if self.operations[a] is NEG and self.inlined[a]:
            sign, a = -sign, self.operands[a][0]
        if self.operations[b] is NEG and self.inlined[b]:
            sign, b = -sign, self.operands[b][0]
        if self.operations[a] is MUL and self.inlined[a]:  # (u·v)·constant
            self.add_scaled(partial, sign, self.number[b], a)
        elif self.operations[b] is MUL and self.inlined[b]:
            self.add_scaled(partial, sign, self.number[a], b)
        else:
            partial.add(sign, self.number[a], self.number[b])

    def add_scaled(
        self, partial: _Partial, sign: cython.int, constant: cython.Py_ssize_t, n: cython.Py_ssize_t
    ) -> None:
        if self.operations[n] is MUL and self.inlined[n]:  # constant·(u·v) as (constant·u)·v
            u, v = self.operands[n]
            product = self.result.add(MUL, (constant, self.number[u]), self.tape.scopes[n])
            partial.add(sign, product, self.number[v])
        else:
            partial.add(sign, constant, self.number[n])

    def finish(self, partial: _Partial, n: cython.Py_ssize_t) -> Terms:
        """All terms; sums of products that share a factor stay apart: they are neurons that are added up."""
        if partial.groups:
            if partial.products:
                partial.groups.append((1, partial.take_terms()))
            factors = [self.factors(terms) for _, terms in partial.groups]
            apart = len(set().union(*factors)) < sum(map(len, factors))
            for sign, terms in partial.groups:
                if apart and len(terms.signs) > 1:
                    partial.add(sign, self.result.add(SUM, terms, self.tape.scopes[n]))  # type: ignore[arg-type]
                else:
                    partial.extend(sign, terms)
            partial.groups = []
        return self.without_constants(partial.take_terms())

    def factors(self, terms: Terms) -> set[int]:
        """The factors of the products, without constants."""
        operations = self.result.operations
        pairs = zip(terms.left, terms.right, strict=True)
        return {n for u, v in pairs if v >= 0 for n in (u, v) if operations[n] is not CONSTANT}

    def without_constants(self, terms: Terms) -> Terms:
        """The constants among the terms as one, without a 0 that is added to something."""
        operations = self.result.operations
        places = [i for i, n in enumerate(terms.left) if terms.right[i] < 0 and operations[n] is CONSTANT]
        if not places:
            return terms
        numbers = [terms.signs[i] * self.result.constants[self.result.operands[terms.left[i]][0]] for i in places]
        constant = ieee.total(numbers)
        for lists in terms:
            for i in reversed(places):
                del lists[i]
        if constant != 0.0 or not terms.signs:  # nan is not 0 either
            terms.signs.append(1)
            terms.left.append(self.result.add_constant(constant))
            terms.right.append(-1)
        return terms
