"""`grad` beside the same by hand: Values made, the function called, backward(), the gradients read.

Run as `python -m benchmarks.derivative [LIBRARY …]`: imports the libraries first, whose objects the garbage collector
then looks at too, and prints as JSON of each function the seconds of both ways and the median ratio of neighbours.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from statistics import median
from typing import Any

from autograd import Value, grad, tanh

from .formula import layers_of, loss_of
from .moons import X, Y, weights
from .turns import seconds_to_measure

SECONDS = seconds_to_measure(1.0)  # for each function


def rosenbrock(x: list[Any]) -> Any:
    """Σ 100·(xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)²."""
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(x))


def recurrence(x: list[Any]) -> Any:
    """A chain of 2,000 tanh."""
    state = x[0]
    for _ in range(2_000):
        state = tanh(x[1] * state + x[2])
    return state


def moons(x: list[Any]) -> Any:
    """The loss of benchmarks.formula, of its 337 weights."""
    numbers = iter(x)
    return loss_of(layers_of(lambda _: next(numbers)), Value.relu, X, Y)


FUNCTIONS: dict[str, tuple[Callable[[list[Any]], Any], list[float]]] = {
    "Rosenbrock of 10 numbers": (rosenbrock, [0.1 * i for i in range(10)]),
    "Rosenbrock of 3,000 numbers": (rosenbrock, [0.001 * i for i in range(3_000)]),
    "a recurrence of 2,000 steps": (recurrence, [0.5, 1.1, 0.1]),
    "the moons loss of 337 weights": (moons, weights()),
}


def by_hand(f: Callable[[list[Any]], Any], x: list[float]) -> list[float]:
    values = [Value(number) for number in x]
    f(values).backward()
    return [value.grad for value in values]


def measure(f: Callable[[list[Any]], Any], x: list[float]) -> dict[str, float]:
    """Both ways in turns, each time in blocks of about 20 ms."""
    ways = {"by hand": partial(by_hand, f, x), "grad": partial(grad(f), x)}
    assert ways["by hand"]() == ways["grad"]()
    blocks: dict[str, list[float]] = {way: [] for way in ways}
    start = time.perf_counter()
    ways["by hand"]()
    calls = max(1, int(0.02 / (time.perf_counter() - start)))
    while sum(map(sum, blocks.values())) * calls < SECONDS or len(blocks["grad"]) < 5:
        for way, call in ways.items():
            start = time.perf_counter()
            for _ in range(calls):
                call()
            blocks[way].append((time.perf_counter() - start) / calls)
    ratios = [ours / by_hand for ours, by_hand in zip(blocks["grad"], blocks["by hand"], strict=True)]
    return {way: median(seconds) for way, seconds in blocks.items()} | {"ratio": median(ratios)}


if __name__ == "__main__":
    for library in sys.argv[1:]:
        importlib.import_module(library)
    print(json.dumps({name: measure(f, x) for name, (f, x) in FUNCTIONS.items()}))
