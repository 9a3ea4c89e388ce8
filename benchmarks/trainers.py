"""Training steps of a multilayer perceptron with relu, the same in every library.

Each of TRAINERS takes a Problem and returns two functions: `step()` computes the gradient of the mean loss over all
rows and moves the weights against it; `loss()` is the mean loss with the weights of the moment. All start from the same
weights. A library is imported where it is used, so that each is alone in its process.
"""

from collections.abc import Callable
from dataclasses import dataclass
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
        for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False):
            bound = 1.0 / n_in**0.5
            w, b = rng.uniform(-bound, bound, (n_in, n_out)), rng.uniform(-bound, bound, n_out)
            layers.append((w.astype(self.dtype), b.astype(self.dtype)))
        return layers


def small() -> Problem:
    """The moons: 337 parameters, 100 rows."""
    X, Y = moons()
    return Problem((2, 16, 16, 1), "hinge", "float64", np.array(X), np.array(Y, float))


def large(*sizes: int) -> Problem:
    """Made-up images: as large as the sizes say, 128 rows."""
    rng = np.random.default_rng(0)
    X, Y = rng.random((128, sizes[0]), dtype="float32"), rng.integers(0, sizes[-1], 128)
    return Problem(sizes, "cross_entropy", "float32", X, Y)


def by_numpy(problem: Problem) -> Trainer:
    """Written by hand: the derivative of each line, worked out on paper. It computes no loss that it need not."""
    layers, X, Y, rows = problem.weights(), problem.X, problem.Y, np.arange(len(problem.X))
    signs = Y[:, None]  # of the hinge, one column as the scores have

    def forward() -> list[np.ndarray]:
        """What goes into each layer, and the scores."""
        outputs = [X]
        for w, b in layers:
            z = outputs[-1] @ w
            z += b
            if len(outputs) < len(layers):
                np.maximum(z, 0.0, out=z)
            outputs.append(z)
        return outputs

    def hinge_gradient(scores: np.ndarray) -> np.ndarray:
        return (signs * scores < 1.0) * (signs / -len(X))

    def cross_entropy_gradient(scores: np.ndarray) -> np.ndarray:
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores, out=scores)
        p /= p.sum(axis=1, keepdims=True)
        p[rows, Y] -= 1.0
        p /= len(X)
        return p

    gradient = hinge_gradient if problem.loss == "hinge" else cross_entropy_gradient

    def step() -> None:
        *inputs, scores = forward()
        d = gradient(scores)
        for i in reversed(range(len(layers))):
            x, (w, b) = inputs[i], layers[i]
            dw, db = x.T @ d, d.sum(axis=0)
            if i > 0:
                d = d @ w.T
                d *= x > 0.0
            dw *= problem.learning_rate
            db *= problem.learning_rate
            w -= dw
            b -= db

    def loss() -> float:
        scores = forward()[-1]
        if problem.loss == "hinge":
            return float(np.maximum(0.0, 1.0 - signs * scores).mean())
        scores -= scores.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scores).sum(axis=1)) - scores[rows, Y]).mean())

    return step, loss


def by_glassgrad(problem: Problem) -> Trainer:
    """A function of one row, written in scalars and compiled."""
    import autograd
    from nn import MLP, SGD, cross_entropy, hinge_loss

    model = MLP(problem.sizes[0], problem.sizes[1:], activation="relu")
    for layer, (w, b) in zip(model.layers, problem.weights(), strict=True):
        _set_weights(layer.neurons, w, b)
    of_one_row = hinge_loss if problem.loss == "hinge" else cross_entropy
    compiled = autograd.compile(lambda x, y: of_one_row(model(x), y), dtype=problem.dtype)
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
    "jax": by_jax,
    "torch": by_torch,
    "micrograd": by_micrograd,
}
