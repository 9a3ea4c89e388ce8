"""Training steps of a multilayer perceptron with relu, the same in every library.

Each of TRAINERS takes a Problem and returns two functions: `step()` computes the gradient of the mean loss over all
rows and moves the weights by gradient descent, or by Adam; `loss()` is the mean loss with the weights of the moment.
All start from the same weights. A library is imported where it is used, so that each is alone in its process.
"""

from collections.abc import Callable
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from .problems import BETAS, EPS, Problem, flat_weights, layers_in

Trainer = tuple[Callable[[], Any], Callable[[], float]]


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
    move = _MOVES[problem.optimizer](problem, flat, gradient)

    def step() -> None:
        write_gradient(forward(), deltas[-1])
        for i in reversed(range(n_layers)):
            x, d, (dw, db) = outputs[i - 1] if i > 0 else X, deltas[i], gradients[i]
            np.matmul(x.T, d, out=dw)
            np.sum(d, axis=0, out=db)
            if i > 0:
                dx = np.matmul(d, layers[i][0].T, out=deltas[i - 1])
                dx *= np.greater(x, 0.0, out=masks[i - 1])
        move()

    def loss() -> float:
        scores = forward()
        if problem.loss == "hinge":
            return float(np.maximum(0.0, 1.0 - signs * scores).mean())
        scores -= scores.max(axis=1, keepdims=True)
        return float((np.log(np.exp(scores).sum(axis=1)) - scores[rows, Y]).mean())

    return step, loss


def _descent(problem: Problem, flat: np.ndarray, gradient: np.ndarray) -> Callable[[], None]:
    def move() -> None:
        np.multiply(gradient, problem.learning_rate, out=gradient)
        np.subtract(flat, gradient, out=flat)

    return move


def _adam(problem: Problem, flat: np.ndarray, gradient: np.ndarray) -> Callable[[], None]:
    """In as few passes as can be: the means are kept as sums, m / (1 - β₁) and v / (1 - β₂)."""
    (beta1, beta2), t = BETAS, 0
    m, v, change = np.zeros_like(flat), np.zeros_like(flat), np.empty_like(flat)

    def move() -> None:
        nonlocal t
        t += 1
        np.multiply(m, beta1, out=m)
        np.add(m, gradient, out=m)
        np.multiply(gradient, gradient, out=gradient)
        np.multiply(v, beta2, out=v)
        np.add(v, gradient, out=v)
        np.sqrt(v, out=change)
        np.multiply(change, sqrt((1.0 - beta2) / (1.0 - beta2**t)), out=change)
        np.add(change, EPS, out=change)
        np.divide(m, change, out=change)
        np.multiply(change, problem.learning_rate * (1.0 - beta1) / (1.0 - beta1**t), out=change)
        np.subtract(flat, change, out=flat)

    return move


_MOVES = {"sgd": _descent, "adam": _adam}


def by_glassgrad(problem: Problem, backend: str = "numpy") -> Trainer:
    """A function of one row, written in scalars and compiled."""
    import autograd
    from nn import MLP, OPTIMIZERS, cross_entropy, hinge_loss

    model = MLP(problem.sizes[0], problem.sizes[1:], activation="relu")
    for layer, (w, b) in zip(model.layers, problem.weights(), strict=True):
        _set_weights(layer.neurons, w, b)
    of_one_row = hinge_loss if problem.loss == "hinge" else cross_entropy
    compiled = autograd.compile(lambda x, y: of_one_row(model(x), y), dtype=problem.dtype, backend=backend)
    optimizer = OPTIMIZERS[problem.optimizer](model.parameters(), lr=problem.learning_rate)
    return compiled_trainer(compiled, optimizer, problem.X, problem.Y)


def compiled_trainer(compiled: Any, optimizer: Any, X: np.ndarray, Y: np.ndarray) -> Trainer:
    """The three lines of a training of ours."""

    def step() -> None:
        optimizer.zero_grad()
        compiled.backward(X, Y)
        optimizer.step()

    return step, lambda: float(compiled(X, Y).mean())


def by_jax(problem: Problem) -> Trainer:
    """Layers of matrices, and what becomes of them."""
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

    return jax_trainer(mean_loss, layers, problem.optimizer, problem.learning_rate)


def jax_trainer(mean_loss: Callable[[Any], Any], weights: Any, optimizer: str, learning_rate: float) -> Trainer:
    """The whole step in one jitted function, which may write the new weights over the old ones."""
    import jax
    import jax.numpy as jnp

    def descend(state: Any) -> Any:
        [weights] = state
        loss, gradient = jax.value_and_grad(mean_loss)(weights)
        return loss, (jax.tree.map(lambda p, dp: p - learning_rate * dp, weights, gradient),)

    def adam(state: Any) -> Any:
        weights, m, v, t = state
        loss, gradient = jax.value_and_grad(mean_loss)(weights)
        (beta1, beta2), t = BETAS, t + 1
        m = jax.tree.map(lambda m, dp: beta1 * m + (1.0 - beta1) * dp, m, gradient)
        v = jax.tree.map(lambda v, dp: beta2 * v + (1.0 - beta2) * dp * dp, v, gradient)
        size, correction = learning_rate / (1.0 - beta1**t), jnp.sqrt(1.0 - beta2**t)
        weights = jax.tree.map(lambda p, m, v: p - size * m / (jnp.sqrt(v) / correction + EPS), weights, m, v)
        return loss, (weights, m, v, t)

    if optimizer == "sgd":
        move, state = jax.jit(descend, donate_argnums=0), (weights,)
    else:
        zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
        move, state = jax.jit(adam, donate_argnums=0), (weights, *zeros, jnp.zeros(()))

    def step() -> None:
        nonlocal state
        _, state = jax.block_until_ready(move(state))

    return step, lambda: float(mean_loss(state[0]))


def by_torch(problem: Problem) -> Trainer:
    """Modules of torch.nn."""
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

    def mean_loss() -> Any:
        scores = model(X)
        if problem.loss == "hinge":
            return torch.relu(1.0 - Y * scores[:, 0]).mean()
        return torch.nn.functional.cross_entropy(scores, Y)

    return torch_trainer(mean_loss, model.parameters(), problem.optimizer, problem.learning_rate)


def torch_trainer(mean_loss: Callable[[], Any], parameters: Any, optimizer: str, learning_rate: float) -> Trainer:
    """Eager, as most people train, with the optimizer in the fastest of its forms."""
    import torch

    kind = torch.optim.SGD if optimizer == "sgd" else torch.optim.Adam
    moves = kind(parameters, lr=learning_rate, fused=True)

    def step() -> None:
        moves.zero_grad()
        mean_loss().backward()
        moves.step()

    return step, lambda: mean_loss().item()


def by_micrograd(problem: Problem) -> Trainer:
    """Hinge loss and gradient descent only."""
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
