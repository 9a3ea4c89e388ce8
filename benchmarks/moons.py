"""The moons loss of a network, glassgrad's or micrograd's: MLP 2-16-16-1 on 100 points, hinge loss plus 1e-4 · Σθ².

Run as `python -m benchmarks.moons LIBRARY [uncollected]`: builds the graph anew, forward, backward and freed, several
times in a process of its own, and prints the seconds of each time as JSON. The garbage collector is on, as it is for
users; with `uncollected` it is off.
"""

import gc
import json
import sys
import time
from math import cos, pi, sin
from random import Random
from typing import Any

from .turns import QUICK, seconds_to_measure

SECONDS, REPETITIONS = seconds_to_measure(0.5), 2 if QUICK else 6  # at least; the first one warms up
SIZES = [16, 16, 1]


def moons(rows: int = 100) -> tuple[list[list[float]], list[int]]:
    """Two interleaved half circles with noise, made without a library that would fill the memory of the process."""
    rng, points = Random(0), []
    for i in range(rows):
        angle = pi * (i // 2) / (rows // 2 - 1)
        x, y = (cos(angle), sin(angle)) if i % 2 else (1.0 - cos(angle), 0.5 - sin(angle))
        points.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
    return points, [1 if i % 2 else -1 for i in range(rows)]


X, Y = moons()


def weights() -> list[float]:
    """The same starting weights for everybody."""
    rng = Random(1)
    return [rng.uniform(-1.0, 1.0) for _ in range(337)]


def loss_of_values(Value: Any, model: Any) -> Any:
    """The loss as micrograd's demo writes it."""
    inputs = [list(map(Value, row)) for row in X]
    scores = list(map(model, inputs))
    losses = [(1 + -y * score).relu() for y, score in zip(Y, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    regularisation = 1e-4 * sum(p * p for p in model.parameters())
    return data_loss + regularisation


def measure(library: str) -> dict[str, Any]:
    """The loss, the sum of squares of its gradient, and the seconds of each repetition."""
    sys.setrecursionlimit(100_000)  # micrograd sorts its graph by recursion
    if library == "glassgrad":
        from autograd import Value
        from nn import MLP

        model: Any = MLP(2, SIZES)
    elif library == "micrograd":
        from micrograd.engine import Value
        from micrograd.nn import MLP

        model = MLP(2, SIZES)
    else:
        raise ValueError(f"unknown library {library!r}")
    parameters = model.parameters()
    for parameter, weight in zip(parameters, weights(), strict=True):
        parameter.data = weight
    seconds: list[float] = []
    while len(seconds) < REPETITIONS or sum(seconds) < SECONDS:
        for parameter in parameters:
            parameter.grad = 0.0
        start = time.perf_counter()
        loss = loss_of_values(Value, model)
        loss.backward()
        number = loss.data
        del loss  # freeing the graph counts too; where it has cycles, the garbage collector does it, sooner or later
        seconds.append(time.perf_counter() - start)
    return {
        "loss": number,
        "squares": sum(parameter.grad**2 for parameter in parameters),
        "seconds": seconds[1:],
    }


if __name__ == "__main__":
    if "uncollected" in sys.argv:
        gc.disable()
    print(json.dumps(measure(sys.argv[1])))
