"""Pass 2: trees of additions become n-ary sums of products, so that a neuron, Σ wᵢ·xᵢ + b, is one node."""

from math import frexp, isfinite
from typing import NamedTuple

from .. import ieee
from ..operations import ADD, DIV, MUL, NEG, OPERATIONS, SUB, marker
from ..value import CONSTANT
from .trace import LEAVES, Tape

DOT = OPERATIONS["dot"]
SUM = marker("sum", "Σ")  # operands: Terms
_ADDITIONS = (ADD, SUB, NEG, DOT)


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
    inlined, live = _inlined(tape)
    result = Tape(
        constants=tape.constants[:],
        parameters=tape.parameters,
        scalars=tape.scalars,
        differentiable=tape.differentiable,
    )
    number = [-1] * len(tape.operations)  # the new number of each node
    sums = _Sums(tape, inlined, number, result)
    for n, operation in enumerate(tape.operations):
        if not live[n]:
            continue
        if operation in _ADDITIONS:
            sums.enter(n)
        elif operation in LEAVES:
            number[n] = result.add(operation, tape.operands[n], tape.scopes[n])
        elif not inlined[n]:
            number[n] = result.add(operation, tuple([number[m] for m in tape.operands[n]]), tape.scopes[n])
    result.outputs = [number[n] for n in tape.outputs]
    return result


def _inlined(tape: Tape) -> tuple[list[bool], list[bool]]:
    """Which nodes are taken up by the sum (or the product in a sum) that uses them, and which are used at all."""
    size, operations = len(tape.operations), tape.operations
    uses, in_sums, in_terms = [0] * size, [0] * size, [0] * size  # all uses; those by additions; by products in sums
    inlined = [False] * size
    for n in tape.outputs:
        uses[n] += 1
    for n in range(size - 1, -1, -1):
        operation = operations[n]
        if not uses[n] or operation in LEAVES:
            continue
        operands = tape.operands[n]
        if operation in _ADDITIONS:
            inlined[n] = uses[n] == in_sums[n] == 1 or (operation is NEG and uses[n] == in_terms[n] == 1)
        elif operation is MUL or (operation is DIV and _reciprocal(tape, operands[1])):
            inlined[n] = uses[n] == in_sums[n] or (operation is MUL and uses[n] == in_terms[n] == 1)
        for m in operands:
            uses[m] += 1
        if operation in (ADD, SUB, NEG):
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


class _Partial:
    """An addition on the way: its loose terms, and the sums of products that it adds to each other."""

    __slots__ = ("groups", "products", "terms")

    def __init__(self) -> None:
        self.terms = Terms([], [], [])
        self.products = 0
        self.groups: list[tuple[int, Terms]] = []

    def add(self, sign: int, left: int, right: int = -1) -> None:
        self.terms.signs.append(sign)
        self.terms.left.append(left)
        self.terms.right.append(right)
        self.products += right >= 0

    def extend(self, sign: int, terms: Terms) -> None:
        self.terms.signs.extend(terms.signs if sign > 0 else [-s for s in terms.signs])
        self.terms.left.extend(terms.left)
        self.terms.right.extend(terms.right)
        self.products += sum(v >= 0 for v in terms.right)


class _Sums:
    """Collects the terms of every addition from those of the additions that it takes up."""

    def __init__(self, tape: Tape, inlined: list[bool], number: list[int], result: Tape) -> None:
        self.tape, self.inlined, self.number, self.result = tape, inlined, number, result
        self.partials: dict[int, _Partial] = {}

    def enter(self, n: int) -> None:
        """The addition n: as a node of the result, or kept until the one that takes it up asks for it."""
        operation, operands = self.tape.operations[n], self.tape.operands[n]
        if operation is DOT:
            partial, half = _Partial(), len(operands) // 2
            for a, b in zip(operands[:half], operands[half:], strict=True):
                self.add_product(partial, 1, a, b)
        elif operation is NEG:
            partial = _Partial()
            self.add_operand(partial, -1, operands[0])
        else:
            first, second = operands
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

    def add_operand(self, partial: _Partial, sign: int, n: int) -> None:
        below = self.partials.pop(n, None)
        operation = self.tape.operations[n]
        if below is not None:
            if partial.products > 1:  # two sums of products are equal partners
                partial.groups.append((1, partial.terms))
                partial.terms, partial.products = Terms([], [], []), 0
            terms = self.finish(below, n)
            if sum(v >= 0 for v in terms.right) > 1:
                partial.groups.append((sign, terms))
            else:
                partial.extend(sign, terms)
        elif not self.inlined[n]:
            partial.add(sign, self.number[n])
        elif operation is MUL:
            self.add_product(partial, sign, *self.tape.operands[n])
        else:  # a division by a constant
            a, b = self.tape.operands[n]
            if self.tape.operations[a] is NEG and self.inlined[a]:
                sign, a = -sign, self.tape.operands[a][0]
            self.add_scaled(partial, sign, self.result.add_constant(_reciprocal(self.tape, b)), a)

    def add_product(self, partial: _Partial, sign: int, a: int, b: int) -> None:
        operations, operands, inlined = self.tape.operations, self.tape.operands, self.inlined
        for n in (a, b):
            if operations[n] is NEG and inlined[n]:
                sign = -sign
        a, b = (operands[n][0] if operations[n] is NEG and inlined[n] else n for n in (a, b))
        if operations[a] is MUL and inlined[a]:  # (u·v)·constant
            self.add_scaled(partial, sign, self.number[b], a)
        elif operations[b] is MUL and inlined[b]:
            self.add_scaled(partial, sign, self.number[a], b)
        else:
            partial.add(sign, self.number[a], self.number[b])

    def add_scaled(self, partial: _Partial, sign: int, constant: int, n: int) -> None:
        number, tape = self.number, self.tape
        if tape.operations[n] is MUL and self.inlined[n]:  # constant·(u·v) as (constant·u)·v
            u, v = tape.operands[n]
            partial.add(sign, self.result.add(MUL, (constant, number[u]), tape.scopes[n]), number[v])
        else:
            partial.add(sign, constant, number[n])

    def finish(self, partial: _Partial, n: int) -> Terms:
        """All terms; sums of products that share a factor stay apart: they are neurons that are added up."""
        if partial.groups:
            if partial.products:
                partial.groups.append((1, partial.terms))
                partial.terms, partial.products = Terms([], [], []), 0
            factors = [self.factors(terms) for _, terms in partial.groups]
            apart = len(set().union(*factors)) < sum(map(len, factors))
            for sign, terms in partial.groups:
                if apart and len(terms.signs) > 1:
                    partial.add(sign, self.result.add(SUM, terms, self.tape.scopes[n]))  # type: ignore[arg-type]
                else:
                    partial.extend(sign, terms)
            partial.groups = []
        return self.without_constants(partial.terms)

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
