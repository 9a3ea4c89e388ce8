"""Epochs of 60,000 made-up images through an MLP 784-128-10 by Adam, in batches of 128, in a new order each time:
`python -m benchmarks.epoch LIBRARY`.

Prints as JSON the seconds of each epoch; what the call costs beside, in seconds, of the first call and of a second one
of the same model, and in MB by which the process grows at its peak; and the mean loss in the last epoch.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from .trainers import Problem
from .turns import QUICK

ROWS, SIZES = 6_000 if QUICK else 60_000, (784, 128, 10)
EPOCHS, BATCH, RATE = 3 if QUICK else 5, 128, 0.001
BETAS, EPS = (0.9, 0.999), 1e-8

Training = Callable[[Callable[[], Any]], float]  # trains; told after each epoch; the mean loss in the last one


def images() -> Problem:
    """Noise, whose class is where it is brightest: one of ten equal parts of the picture."""
    X = np.random.default_rng(0).random((ROWS, SIZES[0]), dtype="float32")
    y = np.stack([X[:, start : start + 78].mean(axis=1) for start in range(0, 780, 78)]).argmax(axis=0)
    return Problem(SIZES, "cross_entropy", "float32", X, y, RATE)


def measured(make: Callable[[Problem], Training]) -> dict[str, Any]:
    """Two trainings, of which the second begins where the first has ended."""
    train = make(images())
    before, calls, peaks = _peak(), [], []
    for _ in range(2):
        times = [time.perf_counter()]
        loss = train(lambda times=times: times.append(time.perf_counter()))
        epochs = np.diff(times).tolist()
        calls.append((loss, epochs[1:], time.perf_counter() - times[0] - EPOCHS * median(epochs[1:])))
        peaks.append(_peak())
    (loss, epochs, first), (_, more, second) = calls
    return {
        "loss": loss, "seconds": epochs + more, "first": first, "second": second, "megabytes": peaks[0] - before,
        "megabytes of the second": peaks[1] - peaks[0],
    }  # fmt: skip


def _peak() -> float:
    """The most memory that the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def by_glassgrad(problem: Problem) -> Training:
    from nn import MLP, Adam, fit

    from .trainers import _set_weights

    model = MLP(SIZES[0], SIZES[1:], activation="relu")
    for layer, (w, b) in zip(model.layers, problem.weights(), strict=True):
        _set_weights(layer.neurons, w, b)
    optimizer = Adam(model.parameters(), lr=RATE, betas=BETAS, eps=EPS)

    def train(after_epoch: Callable[[], Any]) -> float:
        history = fit(
            model, problem.X, problem.Y, loss="cross_entropy", optimizer=optimizer, epochs=EPOCHS, batch_size=BATCH,
            dtype="float32", callbacks=[lambda epoch, history: after_epoch()], seed=0, progress=False,
        )  # fmt: skip
        return history["loss"][-1]

    return train


def by_jax(problem: Problem) -> Training:
    """By hand: data and weights on the device, a step that takes its rows there itself, in one jitted function."""
    import jax
    import jax.numpy as jnp

    def mean_loss(layers: Any, x: Any, y: Any) -> Any:
        for w, b in layers[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = layers[-1]
        return -jnp.take_along_axis(jax.nn.log_softmax(x @ w + b), y[:, None], axis=1).mean()

    def adam(state: Any, total: Any, X: Any, y: Any, places: Any) -> Any:
        layers, means, squares, steps = state
        loss, gradient = jax.value_and_grad(mean_loss)(layers, X[places], y[places])
        steps, (beta, gamma) = steps + 1, BETAS
        means = jax.tree.map(lambda m, g: beta * m + (1 - beta) * g, means, gradient)
        squares = jax.tree.map(lambda v, g: gamma * v + (1 - gamma) * g * g, squares, gradient)
        of_mean, of_square = 1 / (1 - beta**steps), 1 / (1 - gamma**steps)
        layers = jax.tree.map(
            lambda p, m, v: p - RATE * (m * of_mean) / (jnp.sqrt(v * of_square) + EPS), layers, means, squares
        )
        return (layers, means, squares, steps), total + loss * len(places)

    step = jax.jit(adam, donate_argnums=(0, 1))
    layers = jax.tree.map(jnp.asarray, problem.weights())
    zeros = jax.tree.map(jnp.zeros_like, (layers, layers))
    state, rng = (layers, *zeros, 0.0), np.random.default_rng(0)

    def train(after_epoch: Callable[[], Any]) -> float:
        nonlocal state
        X, y = jnp.asarray(problem.X), jnp.asarray(problem.Y)
        for _ in range(EPOCHS):
            order, total = rng.permutation(ROWS), jnp.zeros(())
            for start in range(0, ROWS, BATCH):
                state, total = step(state, total, X, y, order[start : start + BATCH])
            jax.block_until_ready(state)
            after_epoch()
        return float(total) / ROWS

    return train


def by_torch(problem: Problem) -> Training:
    """The usual loop, on tensors in memory."""
    import torch

    torch.manual_seed(1)
    layers: list[Any] = []
    for w, b in problem.weights():
        layers += [torch.nn.ReLU()] if layers else []
        layers.append(torch.nn.Linear(*w.shape))
        with torch.no_grad():
            layers[-1].weight.copy_(torch.tensor(w.T))
            layers[-1].bias.copy_(torch.tensor(b))
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, betas=BETAS, eps=EPS)

    def train(after_epoch: Callable[[], Any]) -> float:
        rows, targets = torch.from_numpy(problem.X), torch.from_numpy(problem.Y)
        for _ in range(EPOCHS):
            total = 0.0
            for batch in torch.randperm(ROWS).split(BATCH):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(model(rows[batch]), targets[batch])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(batch)
            after_epoch()
        return total / ROWS

    return train


LIBRARIES = {"glassgrad": by_glassgrad, "jax": by_jax, "torch": by_torch}

if __name__ == "__main__":
    print(json.dumps(measured(LIBRARIES[sys.argv[1]])))
