"""Training steps of the GPT of gpt.py, timed: `python -m benchmarks.compiled_gpt BATCH LIBRARY …` prints JSON.

In scalars for ours, with whole arrays elsewhere. Each of TRAINERS returns two functions, as those of trainers.py do.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import gpt
from .steps import measure
from .trainers import Trainer, compiled_trainer, jax_trainer, torch_trainer

LETTERS, LEARNING_RATE = 27, 0.001


@dataclass(frozen=True)
class Windows:
    """Made-up text in so many windows: letters, and those that come next."""

    batch: int

    @property
    def X(self) -> np.ndarray:
        return np.random.default_rng(0).integers(0, LETTERS, (self.batch, gpt.WINDOW))

    @property
    def Y(self) -> np.ndarray:
        return np.random.default_rng(1).integers(0, LETTERS, (self.batch, gpt.WINDOW))

    @staticmethod
    def weights() -> dict[str, np.ndarray]:
        """By name, always the same."""
        rng = np.random.default_rng(2)
        return {name: rng.normal(0.0, 0.2, shape) for name, shape in gpt.shapes(LETTERS).items()}


def by_glassgrad(windows: Windows, backend: str = "native") -> Trainer:
    """A function of one window, written in scalars and compiled."""
    import nn
    from autograd import Value, compile, softmax, take

    w = {name: [list(map(Value, row)) for row in matrix.tolist()] for name, matrix in windows.weights().items()}
    columns = list(zip(*w["token"], strict=True))

    def loss(letters: list[Value], targets: list[Value]) -> Value:
        tokens = [[take(column, letter) for column in columns] for letter in letters]
        return nn.cross_entropy(gpt.gpt(w, tokens, softmax), targets)

    parameters = [p for matrix in w.values() for row in matrix for p in row]
    compiled, optimizer = compile(loss, backend=backend), nn.Adam(parameters, lr=LEARNING_RATE)
    return compiled_trainer(compiled, optimizer, windows.X, windows.Y)


def by_jax(windows: Windows) -> Trainer:
    """Attention as softmax(q kᵀ) v, with a mask."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    weights, X, Y = jax.tree.map(jnp.asarray, (windows.weights(), windows.X, windows.Y))
    size = gpt.WIDTH // gpt.HEADS
    may_look = jnp.tril(jnp.ones((gpt.WINDOW, gpt.WINDOW), bool))

    def rms_norm(x: Any) -> Any:
        return x * (jnp.mean(x * x, -1, keepdims=True) + gpt.EPS) ** -0.5

    def heads(x: Any) -> Any:
        return x.reshape(*x.shape[:-1], gpt.HEADS, size).swapaxes(-3, -2)

    def mean_loss(w: Any) -> Any:
        x = w["token"][X] + w["position"]
        q, k, v = (heads(rms_norm(x) @ w[name].T) for name in ("query", "key", "value"))
        scores = jnp.where(may_look, q @ k.swapaxes(-1, -2) / size**0.5, -jnp.inf)
        x = x + (jax.nn.softmax(scores) @ v).swapaxes(-3, -2).reshape(x.shape) @ w["mix"].T
        x = x + jax.nn.relu(rms_norm(x) @ w["widen"].T) @ w["narrow"].T
        logits = rms_norm(x) @ w["head"].T
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), Y[..., None], axis=-1).mean()

    return jax_trainer(mean_loss, weights, "adam", LEARNING_RATE)


def by_torch(windows: Windows) -> Trainer:
    """With its own attention and normalization."""
    import torch
    from torch.nn.functional import cross_entropy, rms_norm, scaled_dot_product_attention

    w = {name: torch.nn.Parameter(torch.tensor(matrix)) for name, matrix in windows.weights().items()}
    X, Y = torch.tensor(windows.X), torch.tensor(windows.Y)

    def normalized(x: Any) -> Any:
        return rms_norm(x, (gpt.WIDTH,), eps=gpt.EPS)

    def heads(x: Any) -> Any:
        return x.unflatten(-1, (gpt.HEADS, -1)).transpose(-3, -2)

    def mean_loss() -> Any:
        x = w["token"][X] + w["position"]
        q, k, v = (heads(normalized(x) @ w[name].T) for name in ("query", "key", "value"))
        mixed = scaled_dot_product_attention(q, k, v, is_causal=True).transpose(-3, -2).flatten(-2)
        x = x + mixed @ w["mix"].T
        x = x + torch.relu(normalized(x) @ w["widen"].T) @ w["narrow"].T
        logits = normalized(x) @ w["head"].T
        return cross_entropy(logits.flatten(0, 1), Y.flatten())

    return torch_trainer(mean_loss, w.values(), "adam", LEARNING_RATE)


TRAINERS: dict[str, Callable[[Windows], Trainer]] = {"native": by_glassgrad, "jax": by_jax, "torch": by_torch}

if __name__ == "__main__":
    given = Windows(int(sys.argv[1]))
    print(json.dumps(measure({library: TRAINERS[library](given) for library in sys.argv[2:]})))
