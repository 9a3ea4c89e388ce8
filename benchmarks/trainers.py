"""Training steps of a multilayer perceptron with relu, the same in every library.

Each of TRAINERS takes a Problem and returns two functions: `step()` computes the gradient of the mean loss over all
rows and moves the weights against it; `loss()` is the mean loss with the weights of the moment. All start from the same
weights. A library is imported where it is used, so that each is alone in its process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from .moons import moons

Trainer = tuple[Callable[[], Any], Callable[[], float]]


@dataclass(frozen=True)
class Problem:
    sizes: tuple[int, ...]  # inputs, hidden neurons, outputs
    loss: str  # "hinge", with classes -1 and 1, or "cross_entropy", with classes 0, 1, 2, …
    dtype: str
    X: np.ndarray  # (rows, inputs)
    Y: np.ndarray  # (rows,)
    learning_rate: float = 0.05

    def weights(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each layer the weights (inputs, outputs) and the biases (outputs,), always the same."""
        rng, layers = np.random.default_rng(1), []
        for n_in, n_out in pairwise(self.sizes):
            bound = 1.0 / n_in**0.5
            w, b = rng.uniform(-bound, bound, (n_in, n_out)), rng.uniform(-bound, bound, n_out)
            layers.append((w.astype(self.dtype), b.astype(self.dtype)))
        return layers


def small() -> Problem:
    """The moons: 337 parameters, 100 rows."""
    X, Y = moons()
    return Problem((2, 16, 16, 1), "hinge", "float64", np.array(X), np.array(Y, float))


def medium() -> Problem:
    """As of 8×8 pixels: 2,410 parameters, 64 rows."""
    return large(64, 32, 10, rows=64, dtype="float64")


def large(*sizes: int, rows: int = 128, dtype: str = "float32") -> Problem:
    """Made-up images: as large as the sizes say."""
    rng = np.random.default_rng(0)
    X, Y = rng.random((rows, sizes[0]), dtype=np.dtype(dtype).type), rng.integers(0, sizes[-1], rows)
    return Problem(sizes, "cross_entropy", dtype, X, Y)


def flat_weights(problem: Problem) -> np.ndarray:
    """The weights of all layers in one array."""
    return np.concatenate([array.ravel() for layer in problem.weights() for array in layer])


def layers_in(flat: np.ndarray, sizes: tuple[int, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each layer the weights and the biases, as views of a flat array."""
    layers, start = [], 0
    for n_in, n_out in pairwise(sizes):
        middle, stop = start + n_in * n_out, start + (n_in + 1) * n_out
        layers.append((flat[start:middle].reshape(n_in, n_out), flat[middle:stop]))
        start = stop
    return layers


def by_numpy(problem: Problem, flat: np.ndarray | None = None) -> Trainer:
    """Written by hand: the derivative of each line, worked out on paper. All parameters lie in one array, `flat` if it
    is given, and the other arrays are there before the first step. It computes no loss that it need not.
    """
    X, Y, n_rows, n_layers = problem.X, problem.Y, len(problem.X), len(problem.sizes) - 1
    flat = flat_weights(problem) if flat is None else flat
    gradient = np.empty_like(flat)
    layers, gradients = layers_in(flat, problem.sizes), layers_in(gradient, problem.sizes)
    outputs, deltas = ([np.empty((n_rows, n), problem.dtype) for n in problem.sizes[1:]] for _ in range(2))
    masks = [np.empty(output.shape, bool) for output in outputs]
    rows, column = np.arange(n_rows), np.empty((n_rows, 1), problem.dtype)
    signs = Y[:, None]  # of the hinge, one column as the scores have
    by_score = signs / -n_rows

    def forward() -> np.ndarray:
        x = X
        for (w, b), z in zip(layers, outputs, strict=True):
            np.add(np.matmul(x, w, out=z), b, out=z)
            x = np.maximum(z, 0.0, out=z) if z is not outputs[-1] else z
        return x

    def hinge_gradient(scores: np.ndarray, d: np.ndarray) -> None:
        np.multiply(signs, scores, out=d)
        np.multiply(np.less(d, 1.0, out=masks[-1]), by_score, out=d)

    def cross_entropy_gradient(scores: np.ndarray, p: np.ndarray) -> None:
        np.subtract(scores, np.max(scores, axis=1, keepdims=True, out=column), out=p)
        np.exp(p, out=p)
        p /= np.sum(p, axis=1, keepdims=True, out=column)
        p[rows, Y] -= 1.0
        p /= n_rows

    write_gradient = hinge_gradient if problem.loss == "hinge" else cross_entropy_gradient

    def step() -> None:
        write_gradient(forward(), deltas[-1])
        for i in reversed(range(n_layers)):
            x, d, (dw, db) = outputs[i - 1] if i > 0 else X, deltas[i], gradients[i]
            np.matmul(x.T, d, out=dw)
            np.sum(d, axis=0, out=db)
            if i > 0:
                dx = np.matmul(d, layers[i][0].T, out=deltas[i - 1])
                dx *= np.greater(x, 0.0, out=masks[i - 1])
        np.multiply(gradient, problem.learning_rate, out=gradient)
        np.subtract(flat, gradient, out=flat)

    def loss() -> float:
        scores = forward()
        if problem.loss == "hinge":
            return float(np.maximum(0.0, 1.0 - signs * scores).mean())
        scores -= scores.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scores).sum(axis=1)) - scores[rows, Y]).mean())

    return step, loss


def by_glassgrad(problem: Problem, backend: str = "numpy") -> Trainer:
    """A function of one row, written in scalars and compiled."""
    import autograd
    from nn import MLP, SGD, cross_entropy, hinge_loss

    model = MLP(problem.sizes[0], problem.sizes[1:], activation="relu")
    for layer, (w, b) in zip(model.layers, problem.weights(), strict=True):
        _set_weights(layer.neurons, w, b)
    of_one_row = hinge_loss if problem.loss == "hinge" else cross_entropy
    compiled = autograd.compile(lambda x, y: of_one_row(model(x), y), dtype=problem.dtype, backend=backend)
    optimizer = SGD(model.parameters(), lr=problem.learning_rate)

    def step() -> None:
        optimizer.zero_grad()
        compiled.backward(problem.X, problem.Y)
        optimizer.step()

    return step, lambda: float(compiled(problem.X, problem.Y).mean())


def by_jax(problem: Problem) -> Trainer:
    """The whole step in one jitted function, which may write the new weights over the old ones."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", problem.dtype == "float64")
    layers, X, Y = jax.tree.map(jnp.asarray, (problem.weights(), problem.X, problem.Y))

    def mean_loss(layers: Any) -> Any:
        z = X
        for w, b in layers[:-1]:
            z = jax.nn.relu(z @ w + b)
        w, b = layers[-1]
        scores = z @ w + b
        if problem.loss == "hinge":
            return jax.nn.relu(1.0 - Y * scores[:, 0]).mean()
        return -jnp.take_along_axis(jax.nn.log_softmax(scores), Y[:, None], axis=1).mean()

    def descend(layers: Any) -> Any:
        loss, gradient = jax.value_and_grad(mean_loss)(layers)
        return loss, jax.tree.map(lambda p, dp: p - problem.learning_rate * dp, layers, gradient)

    descend = jax.jit(descend, donate_argnums=0)

    def step() -> None:
        nonlocal layers
        _, layers = jax.block_until_ready(descend(layers))

    return step, lambda: float(mean_loss(layers))


def by_torch(problem: Problem) -> Trainer:
    """Eager, as most people train."""
    import torch

    layers: list[Any] = []
    for w, b in problem.weights():
        layers += [torch.nn.ReLU()] if layers else []
        layers.append(torch.nn.Linear(*w.shape, dtype=getattr(torch, problem.dtype)))
        with torch.no_grad():
            layers[-1].weight.copy_(torch.tensor(w.T))
            layers[-1].bias.copy_(torch.tensor(b))
    model = torch.nn.Sequential(*layers)
    X, Y = torch.tensor(problem.X), torch.tensor(problem.Y)
    optimizer = torch.optim.SGD(model.parameters(), lr=problem.learning_rate)

    def mean_loss() -> Any:
        scores = model(X)
        if problem.loss == "hinge":
            return torch.relu(1.0 - Y * scores[:, 0]).mean()
        return torch.nn.functional.cross_entropy(scores, Y)

    def step() -> None:
        optimizer.zero_grad()
        mean_loss().backward()
        optimizer.step()

    return step, lambda: mean_loss().item()


def by_micrograd(problem: Problem) -> Trainer:
    """Hinge loss only."""
    import sys

    from micrograd.engine import Value
    from micrograd.nn import MLP

    sys.setrecursionlimit(100_000)  # it sorts its graph by recursion
    model = MLP(problem.sizes[0], list(problem.sizes[1:]))
    for layer, (w, b) in zip(model.layers, problem.weights(), strict=True):
        _set_weights(layer.neurons, w, b)
    X, Y = problem.X.tolist(), problem.Y.tolist()

    def mean_loss() -> Any:
        losses = [(1 + -y * model([Value(x) for x in row])).relu() for row, y in zip(X, Y, strict=True)]
        return sum(losses) * (1.0 / len(losses))

    def step() -> None:
        model.zero_grad()
        mean_loss().backward()
        for p in model.parameters():
            p.data -= problem.learning_rate * p.grad

    return step, lambda: mean_loss().data


def _set_weights(neurons: Any, weights: np.ndarray, biases: np.ndarray) -> None:
    for neuron, column, b in zip(neurons, weights.T.tolist(), biases.tolist(), strict=True):
        neuron.b.data = b
        for value, w in zip(neuron.w, column, strict=True):
            value.data = w


TRAINERS: dict[str, Callable[[Problem], Trainer]] = {
    "numpy": by_numpy,
    "glassgrad": by_glassgrad,
    "native": partial(by_glassgrad, backend="native"),
    "jax": by_jax,
    "torch": by_torch,
    "micrograd": by_micrograd,
}
