"""Do model, data, loss, metrics and optimizer fit together? Found out before anything is trained."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import no_grad

from ..losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
)
from ..module import Module
from ..optim.optimizer import Optimizer
from ..perceptron import Perceptron
from .backends import Loss, checked_loss, numbers
from .metrics import measure


def try_out(model: Module, rows: np.ndarray, targets: np.ndarray, loss: Loss, metrics: Sequence[str]) -> None:
    """Call the model on one row, and loss and metrics on its output and every target: errors come before changes."""
    with no_grad():
        output = model(rows[0].tolist())
        _check_output(model, numbers(output), loss)
        for target in np.unique(targets, axis=0).tolist():
            checked_loss(loss(output, target))
        measure(metrics, np.array([numbers(output)] * len(targets)), targets, loss)


def _check_output(model: Module, output: Any, loss: Loss) -> None:
    """Refuse a loss of probabilities where the model gives none; warn where a loss would squash them twice."""
    architecture = model.architecture()
    last = architecture.get("output", architecture.get("activation"))
    for of_probabilities, of_logits, activation in (
        (binary_cross_entropy, binary_cross_entropy_with_logits, "sigmoid"),
        (categorical_cross_entropy, cross_entropy, "softmax"),
    ):
        known = isinstance(last, str) and last not in ("sigmoid", "softmax")
        if loss is of_probabilities and (known or not all(0 <= p <= 1 for p in np.ravel(output))):
            gives = f"has the output {last!r}" if known else f"returned {output}"
            raise ValueError(
                f"{of_probabilities.__name__} takes probabilities, but the model {gives}: "
                f"give it the output {activation!r}, or use the loss {of_logits.__name__!r}"
            )
        if loss is of_logits and last == activation:
            warnings.warn(
                f"{of_logits.__name__} applies a {activation} itself, after the one that the model's output has: "
                f"use output='linear', or the loss {of_probabilities.__name__!r}",
                stacklevel=4,
            )


def check_trainable(model: Module, optimizer: Optimizer) -> None:
    architecture = model.architecture()
    if isinstance(model, Perceptron) or "step" in (architecture.get("activation"), architecture.get("output")):
        raise ValueError(
            f"gradient descent cannot train a {type(model).__name__} with a step: its derivative is 0 everywhere. "
            "Use 'sigmoid' in its place, or Perceptron.fit(X, y)"
        )
    if set(model.parameters()).isdisjoint(optimizer.parameters):
        raise ValueError("the optimizer holds none of the model's parameters: make it with model.parameters()")
