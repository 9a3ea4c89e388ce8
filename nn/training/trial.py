"""Do model, data, loss, metrics and optimizer fit together? Found out before anything is trained."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import no_grad
from autograd.warn import warn

from ..activations import activation_name, activation_record, table_name
from ..losses import loss_record
from ..module import Module
from ..optim.optimizer import Optimizer
from ..perceptron import Perceptron
from .backends import LossFunction
from .metrics import measure
from .outputs import checked_loss, numbers


def try_out(model: Module, rows: np.ndarray, targets: np.ndarray, loss: LossFunction, metrics: Sequence[str]) -> None:
    """Call the model on one row, and loss and metrics on its output and every target: errors come before changes."""
    with no_grad():
        output = model(rows[0].tolist())
        _check_output(model, numbers(output), loss)
        for target in np.unique(targets, axis=0).tolist():
            checked_loss(loss(output, target))
        measure(metrics, np.array([numbers(output)] * len(targets)), targets, loss)


def _check_output(model: Module, output: Any, loss: LossFunction) -> None:
    """Refuse a loss of probabilities where the model gives none; warn where a loss would squash them twice."""
    architecture = model.architecture()
    last = table_name(architecture.get("output", architecture.get("activation")))
    known = loss_record(loss)
    if known.takes_probabilities:
        named = last is not None and not activation_record(last).gives_probabilities
        if named or not all(0 <= p <= 1 for p in np.ravel(output)):
            gives = f"has the output {last!r}" if named else f"returned {output}"
            ways = (
                [f"give it the output {known.activation!r}"] if known.activation else ["give it an output from 0 to 1"]
            )
            ways += [f"use the loss {known.twin!r}"] if known.twin else []
            raise ValueError(
                f"{known.function.__name__} takes probabilities, but the model {gives}: {', or '.join(ways)}"
            )
    elif known.activation and last == known.activation:
        ways = ["output='linear'", *([f"the loss {known.twin!r}"] if known.twin else [])]
        warn(
            f"{known.function.__name__} applies a {last} itself, after the one that the model's output has: "
            f"use {', or '.join(ways)}"
        )


def check_trainable(model: Module, optimizer: Optimizer) -> None:
    architecture = model.architecture()
    used = [architecture.get("activation"), architecture.get("output")]
    if isinstance(model, Perceptron):
        used = [model.activation]
    if flat := [activation_name(each) for each in used if activation_record(each).is_flat]:
        raise ValueError(
            f"gradient descent cannot train a {type(model).__name__} with a {flat[0]}: its derivative is 0 everywhere. "
            "Use 'sigmoid' in its place, or Perceptron.fit(X, y)"
        )
    if set(model.parameters()).isdisjoint(optimizer.parameters):
        raise ValueError("the optimizer holds none of the model's parameters: make it with model.parameters()")
