"""Pass 2: trees of additions become n-ary sums of products, so that a neuron, Σ wᵢ·xᵢ + b, is one node."""

from math import isfinite
from typing import NamedTuple

from ..operations import ADD, DIV, MUL, NEG, OPERATIONS, SUB, Operation
from ..value import CONSTANT
from .trace import LEAVES, Tape

DOT = OPERATIONS["dot"]
SUM = Operation("sum", "Σ", lambda m: None, lambda m, y: (), ())  # operands: Terms
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
    a term there. The order of the terms is free from here on: it changes the rounding only.

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
    result = Tape(constants=tape.constants[:], parameters=tape.parameters, scalars=tape.scalars)
    number = [-1] * len(tape.operations)  # the new number of each node
    for n, operation in enumerate(tape.operations):
        if not live[n] or inlined[n]:
            continue
        if operation in LEAVES:
            number[n] = result.add(operation, tape.operands[n], tape.scopes[n])
        elif operation in _ADDITIONS:
            number[n] = _add_sum(tape, n, inlined, number, result)
        else:
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
                in_sums[m] += 1
        elif inlined[n] and in_sums[n]:
            for i, m in enumerate(operands):  # a product inside a product is taken up beside a constant only
                if operations[m] is NEG or operations[operands[1 - i]] is CONSTANT:
                    in_terms[m] += 1
    return inlined, [count > 0 for count in uses]


def _reciprocal(tape: Tape, n: int) -> float:
    """1/c of a constant, where it can stand for the division: it is finite and not 0; else 0."""
    if tape.operations[n] is not CONSTANT:
        return 0.0
    c = tape.constants[tape.operands[n][0]]
    return 1.0 / c if isfinite(c) and abs(c) > 1e-300 and isfinite(1.0 / c) else 0.0


def _add_sum(tape: Tape, root: int, inlined: list[bool], number: list[int], result: Tape) -> int:
    """The terms below an addition as one node of the result."""
    operations, operands = tape.operations, tape.operands
    terms = Terms([], [], [])
    constant = 0.0

    def add_term(sign: int, left: int, right: int = -1) -> None:
        terms.signs.append(sign)
        terms.left.append(left)
        terms.right.append(right)

    def add_product(sign: int, a: int, b: int) -> None:
        for n in (a, b):
            if operations[n] is NEG and inlined[n]:
                sign = -sign
        a, b = (operands[n][0] if operations[n] is NEG and inlined[n] else n for n in (a, b))
        if operations[a] is MUL and inlined[a]:  # (u·v)·constant
            add_scaled(sign, number[b], a)
        elif operations[b] is MUL and inlined[b]:
            add_scaled(sign, number[a], b)
        else:
            add_term(sign, number[a], number[b])

    def add_scaled(sign: int, constant: int, n: int) -> None:
        if operations[n] is MUL and inlined[n]:  # constant·(u·v) as (constant·u)·v
            u, v = operands[n]
            add_term(sign, result.add(MUL, (constant, number[u]), tape.scopes[n]), number[v])
        else:
            add_term(sign, constant, number[n])

    stack = [(1, root)]
    while stack:
        sign, n = stack.pop()
        operation = operations[n]
        if operation in _ADDITIONS and (n == root or inlined[n]):
            below = operands[n]
            if operation is DOT:
                half = len(below) // 2
                for a, b in zip(below[:half], below[half:], strict=True):
                    add_product(sign, a, b)
            elif operation is NEG:
                stack.append((-sign, below[0]))
            else:
                stack.append((sign if operation is ADD else -sign, below[1]))
                stack.append((sign, below[0]))
        elif inlined[n] and operation is MUL:
            add_product(sign, *operands[n])
        elif inlined[n]:  # a division by a constant
            a, b = operands[n]
            add_scaled(sign, result.add_constant(_reciprocal(tape, b)), a)
        elif operation is CONSTANT:
            constant += sign * tape.constants[operands[n][0]]
        else:
            add_term(sign, number[n])
    if constant != 0.0 or not terms.signs:  # nan is not 0 either
        add_term(1, result.add_constant(constant))
    return result.add(SUM, terms, tape.scopes[root])  # type: ignore[arg-type]
