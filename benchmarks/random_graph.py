"""Random graphs of operations, without a matrix, a loop or any other order in them: always the same for a seed.

    python -m benchmarks.random_graph 10000    prints how often each operation occurs, and the result

The leaves are the numbers of a row and the parameters, all of them between -1 and 1, and a few constants. An operation
takes a number that nothing has used yet, of about two dozen, where one suits, and, if it has two operands, any earlier
one beside it; additions of what is left are the end. So all of it counts for the result, and numbers are used long
after they were made. Of every number the bounds are known, whatever the leaves are; before the last additions none is
outside of [-4, 4].
"""

import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, exp, log, pi, tanh
from operator import add, mul, sub, truediv
from random import Random
from typing import Any

SEED = 17
MIX = {  # the parts of the operations; a quarter of them is transcendental
    "add": 0.25, "sub": 0.15, "mul": 0.15, "scale": 0.15, "div": 0.05,
    "sin": 0.06, "cos": 0.05, "tanh": 0.05, "exp": 0.05, "log": 0.04,
}  # fmt: skip
TRANSCENDENTAL = ("sin", "cos", "tanh", "exp", "log")
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"add": add, "sub": sub, "mul": mul, "scale": mul, "div": truediv}
INPUTS, PARAMETERS, CONSTANTS = 12, 12, (0.1, 0.15, 0.2, 0.25)
VARIABLES = INPUTS + PARAMETERS
LEAVES = VARIABLES + len(CONSTANTS)
TRIES = 8  # to find an operand that nothing has used

Bounds = tuple[float, float]
KINDS: dict[str, Callable[[float, float], bool]] = {  # of numbers, by their bounds: what they can be operands of
    "any": lambda low, high: True,
    "up to 3": lambda low, high: low >= -3.0 and high <= 3.0,
    "up to 2": lambda low, high: low >= -2.0 and high <= 2.0,
    "up to 1": lambda low, high: low >= -1.0 and high <= 1.0,
    "exponent": lambda low, high: high <= log(4.0),
    "positive": lambda low, high: low >= 0.5,
    "constant": lambda low, high: False,  # only those that we are given
}
OPERANDS = {  # so that no result is larger than 4, and no derivative by one operand larger than 8
    "add": ("up to 3", "up to 1"), "sub": ("up to 3", "up to 1"), "mul": ("any", "up to 1"),
    "scale": ("any", "constant"), "div": ("up to 2", "positive"),
    "sin": ("any",), "cos": ("any",), "tanh": ("any",), "exp": ("exponent",), "log": ("positive",),
}  # fmt: skip
MONOTONE = {"tanh": tanh, "exp": exp, "log": log}


@dataclass(frozen=True)
class Operation:
    name: str
    operands: tuple[int, ...]  # which numbers: first the leaves (inputs, parameters, constants), then the results


@dataclass(frozen=True)
class Graph:
    operations: list[Operation]

    def value(self, row: Sequence[Any], parameters: Sequence[Any], functions: Any) -> Any:
        """The result in any kind of number that has operators, and whose `functions` have these names."""
        numbers = [*row, *parameters, *CONSTANTS]
        by_name = OPERATORS | {name: getattr(functions, name) for name in TRANSCENDENTAL}
        for operation in self.operations:
            numbers.append(by_name[operation.name](*[numbers[n] for n in operation.operands]))
        return numbers[-1]


def random_graph(size: int, seed: int = SEED) -> Graph:
    """A graph of so many operations, 100 at least: fewer would be additions alone."""
    if size < 100:
        raise ValueError(f"a random graph has 100 operations or more, not {size}")
    rng, numbers, operations = Random(seed), _Numbers(), []
    while len(operations) + len(numbers.unused) - 1 < size:
        [name] = rng.choices(list(MIX), list(MIX.values()))
        if not all(numbers.of_kind[kind] for kind in OPERANDS[name]):
            continue  # at the beginning there is nothing yet that can be divided by
        operands: tuple[int, ...] = ()
        for kind in OPERANDS[name]:
            operands += (numbers.draw(rng, kind, operands),)
        operations.append(Operation(name, operands))
        numbers.use(operands)
        numbers.append(_bounds(name, *[numbers.bounds[n] for n in operands]))
    last = numbers.unused
    while len(operations) < size:
        last.append(LEAVES + len(operations))
        operations.append(Operation("add", (last.pop(0), last.pop(0))))
    return Graph(operations)


class _Numbers:
    """What there is while a graph grows: the bounds of each number, which ones are of a kind, which are not used."""

    def __init__(self) -> None:
        self.bounds: list[Bounds] = []
        self.of_kind: dict[str, list[int]] = {kind: [] for kind in KINDS}
        self.unused: list[int] = []
        for _ in range(VARIABLES):
            self.append((-1.0, 1.0))
        self.of_kind["constant"] = list(range(VARIABLES, LEAVES))
        self.bounds += [(c, c) for c in CONSTANTS]

    def append(self, bounds: Bounds) -> None:
        n = len(self.bounds)
        self.bounds.append(bounds)
        self.unused.append(n)
        for kind, fits in KINDS.items():
            if fits(*bounds):
                self.of_kind[kind].append(n)

    def use(self, operands: tuple[int, ...]) -> None:
        self.unused = [n for n in self.unused if n not in operands]

    def draw(self, rng: Random, kind: str, before: tuple[int, ...]) -> int:
        """One of this kind, and not one of those before. The first operand, and all while many are not used, are among
        these, if a few draws find one.
        """
        if not before or len(self.unused) > VARIABLES:
            for n in rng.choices(self.unused, k=TRIES):
                if KINDS[kind](*self.bounds[n]) and n not in before:
                    return n
        while (n := rng.choice(self.of_kind[kind])) in before:
            pass
        return n


def _bounds(name: str, a: Bounds, b: Bounds = (0.0, 0.0)) -> Bounds:
    """Between which the result is if the operands are within theirs."""
    if name == "add":
        return a[0] + b[0], a[1] + b[1]
    if name == "sub":
        return a[0] - b[1], a[1] - b[0]
    if name == "sin":
        return -1.0, 1.0
    if name == "cos":
        return (min(cos(a[0]), cos(a[1])) if -pi < a[0] and a[1] < pi else -1.0), 1.0
    if name in MONOTONE:
        return MONOTONE[name](a[0]), MONOTONE[name](a[1])
    corners = [OPERATORS[name](x, y) for x in a for y in b]
    return min(corners), max(corners)


def leaves(n: int, seed: int) -> list[float]:
    """Numbers to put in."""
    rng = Random(seed)
    return [rng.uniform(-1.0, 1.0) for _ in range(n)]


if __name__ == "__main__":
    graph = random_graph(int(sys.argv[1]))
    print(Counter(operation.name for operation in graph.operations).most_common())
    print(graph.value(leaves(INPUTS, 1), leaves(PARAMETERS, 2), math))
