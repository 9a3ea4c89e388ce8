"""The moons loss as a formula, written once for every kind of number: lists of weights, sums of products.

    python -m benchmarks.formula floats glassgrad    these two take turns in one process
    python -m benchmarks.formula xad

prints of each the loss, the sum of squares of its gradient (plain floats have none), and of each repetition the seconds
of the forward pass, the backward pass, and of freeing the graph, as JSON. The garbage collector is on.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from .moons import SIZES, X, Y, weights
from .turns import QUICK, seconds_to_measure

SECONDS = seconds_to_measure(1.0)  # for each library
REPETITIONS = 1 if QUICK else 5  # at least

Layers = list[list[tuple[list[Any], Any]]]  # of each neuron the weights and the bias


def layers_of(number: Callable[[float], Any]) -> Layers:
    """The MLP 2-16-16-1, each of its weights made by `number`."""
    w = map(number, weights())
    return [
        [([next(w) for _ in range(n_inputs)], next(w)) for _ in range(n_outputs)]
        for n_inputs, n_outputs in zip([2, *SIZES], SIZES, strict=False)
    ]


def parameters_of(layers: Layers) -> list[Any]:
    return [p for layer in layers for w, b in layer for p in (*w, b)]


def loss_of(layers: Layers, relu: Callable[[Any], Any], X: list[list[float]], Y: list[int]) -> Any:
    """The mean hinge loss plus 1e-4 · Σθ²."""
    total = 0.0
    for row, y in zip(X, Y, strict=True):
        x = row
        for layer in layers:
            sums = [sum((w_i * x_i for w_i, x_i in zip(w, x, strict=True)), b) for w, b in layer]
            x = [relu(s) for s in sums] if layer is not layers[-1] else sums
        total += relu(1 - y * x[0])
    return total / len(X) + 1e-4 * sum(p * p for p in parameters_of(layers))


@dataclass
class Library:
    prepare: Callable[[], Layers]  # what comes before each repetition, and is not timed
    relu: Callable[[Any], Any]
    backward: Callable[[Any], Any]
    number: Callable[[Any], float]
    gradient: Callable[[Any], float] | None


def floats() -> Library:
    layers = layers_of(float)
    return Library(lambda: layers, partial(max, 0.0), lambda loss: None, float, None)


def glassgrad() -> Library:
    from autograd import Value

    return _of_values(Value)


def micrograd() -> Library:
    from micrograd.engine import Value

    sys.setrecursionlimit(100_000)  # it sorts its graph by recursion
    return _of_values(Value)


def _of_values(Value: Any) -> Library:
    layers = layers_of(Value)

    def zero_grad() -> Layers:
        for p in parameters_of(layers):
            p.grad = 0.0
        return layers

    return Library(zero_grad, Value.relu, Value.backward, lambda loss: loss.data, lambda p: p.grad)


def xad() -> Library:
    """One tape, used again, as its documentation says. Python's own max is faster here than xad.math.max."""
    from xad.adj_1st import Real, Tape

    tape = Tape()
    tape.activate()

    def record() -> Layers:
        tape.clearAll()  # nothing that it had may be left: its end would give away a place that another has got
        layers = layers_of(Real)
        for p in parameters_of(layers):
            tape.registerInput(p)
        tape.newRecording()
        return layers

    def backward(loss: Any) -> None:
        tape.registerOutput(loss)
        loss.setDerivative(1.0)
        tape.computeAdjoints()

    return Library(record, partial(max, 0.0), backward, Real.getValue, Real.getDerivative)


def torch() -> Library:
    """A tensor without dimensions for every number."""
    import torch

    layers = layers_of(partial(torch.tensor, dtype=torch.float64, requires_grad=True))

    def zero_grad() -> Layers:
        for p in parameters_of(layers):
            p.grad = None
        return layers

    return Library(zero_grad, torch.relu, torch.Tensor.backward, torch.Tensor.item, lambda p: p.grad.item())


LIBRARIES = {library.__name__: library for library in (floats, glassgrad, micrograd, xad, torch)}


def measure(names: list[str]) -> dict[str, dict[str, Any]]:
    """Of each library the results and the seconds, without the first repetition, which warms up."""
    libraries = {name: LIBRARIES[name]() for name in names}
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    end = time.perf_counter() + SECONDS * len(names)
    while time.perf_counter() < end or len(results[names[-1]]) <= REPETITIONS:
        for name, library in libraries.items():
            results[name].append(repeat(library))
    return {name: {**rows[-1], "seconds": [row["seconds"] for row in rows[1:]]} for name, rows in results.items()}


def repeat(library: Library) -> dict[str, Any]:
    layers = library.prepare()
    loss, seconds = timed(library, layers, X, Y)
    if not library.gradient:
        return {"loss": loss, "seconds": seconds}
    squares = sum(library.gradient(p) ** 2 for p in parameters_of(layers))
    return {"loss": loss, "squares": squares, "seconds": seconds}


def timed(library: Library, layers: Layers, X: list[list[float]], Y: list[int]) -> tuple[float, list[float]]:
    """The loss, and the seconds of forward, backward and freed."""
    times = [time.perf_counter()]
    loss = loss_of(layers, library.relu, X, Y)
    times.append(time.perf_counter())
    library.backward(loss)
    times.append(time.perf_counter())
    number = library.number(loss)
    del loss
    times.append(time.perf_counter())
    return number, [end - start for start, end in pairwise(times)]


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:])))
