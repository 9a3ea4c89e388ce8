"""Epochs of 60,000 made-up images through an MLP 784-50-10 in batches of 128: `python -m benchmarks.epoch LIBRARY`.

Prints as JSON the seconds of each epoch, and the mean loss in the last one. The first epoch includes all preparations.
"""

import json
import sys
import time
from typing import Any

import numpy as np

from .turns import QUICK

ROWS, SIZES = 6_000 if QUICK else 60_000, (784, 50, 10)
EPOCHS, BATCH, LEARNING_RATE = 3, 128, 0.05


def images() -> tuple[np.ndarray, np.ndarray]:
    """Noise, whose class is where it is brightest: one of ten equal parts of the picture."""
    rng = np.random.default_rng(0)
    X = rng.random((ROWS, SIZES[0]), dtype="float32")
    return X, X[:, :780].reshape(ROWS, SIZES[-1], -1).mean(axis=2).argmax(axis=1)


def by_glassgrad(X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    from nn import MLP, SGD, fit

    model = MLP(SIZES[0], SIZES[1:], activation="relu", seed=1)
    optimizer = SGD(model.parameters(), lr=LEARNING_RATE)
    times = [time.perf_counter()]
    history = fit(
        model, X, y, loss="cross_entropy", optimizer=optimizer, epochs=EPOCHS, batch_size=BATCH, dtype="float32",
        callbacks=[lambda epoch, history: times.append(time.perf_counter())], seed=0, progress=False,
    )  # fmt: skip
    return {"loss": history["loss"][-1], "seconds": np.diff(times).tolist()}


def by_torch(X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """The usual loop, on tensors in memory."""
    import torch

    torch.manual_seed(1)
    n_inputs, n_hidden, n_outputs = SIZES
    model = torch.nn.Sequential(
        torch.nn.Linear(n_inputs, n_hidden), torch.nn.ReLU(), torch.nn.Linear(n_hidden, n_outputs)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    times, total = [time.perf_counter()], 0.0
    rows, targets = torch.from_numpy(X), torch.from_numpy(y)
    for _ in range(EPOCHS):
        total = 0.0
        for batch in torch.randperm(ROWS).split(BATCH):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(rows[batch]), targets[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        times.append(time.perf_counter())
    return {"loss": total / ROWS, "seconds": np.diff(times).tolist()}


if __name__ == "__main__":
    library = {"glassgrad": by_glassgrad, "torch": by_torch}[sys.argv[1]]
    print(json.dumps(library(*images())))
