"""Do model, data, loss, metrics and optimizer fit together? Found out before anything is trained."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import no_grad
from autograd.warn import warn

from ..activations import activation_name, activation_record, table_name
from ..data.scaling import Data
from ..losses import loss_record
from ..module import Module
from ..optim.optimizer import Optimizer
from ..perceptron import Perceptron
from ..support.arrays import wide
from .backends import LossFunction
from .metrics import measure
from .outputs import checked_loss, numbers


def try_out(model: Module, data: Data, loss: LossFunction, metrics: Sequence[str]) -> None:
    """Call the model on one row, and loss and metrics on its output and every target: errors come before changes."""
    with no_grad():
        output = model(data.row(0))
        _check_output(model, numbers(output), loss)
        for target in _different(data.targets, loss):
            checked_loss(loss(output, target))
    if metrics:
        outputs = np.array(numbers(output))
        measure(metrics, np.broadcast_to(outputs, (len(data), *outputs.shape)), wide(data.targets), loss)


def _different(targets: np.ndarray, loss: LossFunction) -> list:
    """The targets, each once; of numbers to which any distance is one, the first will do."""
    return targets[:1].tolist() if loss_record(loss).is_distance else np.unique(targets, axis=0).tolist()


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
    of_model = (parameter for _, parameter in model.named_parameters())
    if next(of_model, None) is not optimizer.given[0] and set(optimizer.given).isdisjoint(model.parameters()):
        raise ValueError("the optimizer holds none of the model's parameters: make it with model.parameters()")
