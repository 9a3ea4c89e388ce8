"""What the training steps are measured on: multilayer perceptrons with relu, their data, and where they begin."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .moons import moons

BETAS, EPS = (0.9, 0.999), 1e-8  # of Adam, in every library


@dataclass(frozen=True)
class Problem:
    sizes: tuple[int, ...]  # inputs, hidden neurons, outputs
    loss: str  # "hinge", with classes -1 and 1, or "cross_entropy", with classes 0, 1, 2, …
    dtype: str
    X: np.ndarray  # (rows, inputs)
    Y: np.ndarray  # (rows,)
    optimizer: str = "sgd"  # or "adam"

    @property
    def learning_rate(self) -> float:
        return 0.05 if self.optimizer == "sgd" else 0.001

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


def wide() -> Problem:
    """As large, with another layer and more rows: 535,818 parameters."""
    return large(784, 512, 256, 10, rows=256)


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
