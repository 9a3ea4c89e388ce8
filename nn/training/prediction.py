"""predict, evaluate: what a model gives for many rows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..data.scaling import checked_data, scaled
from ..losses import LossName, loss_function
from ..module import Module, check_model
from ..support.arrays import check_rows
from .backends import LossFunction, faster
from .metrics import MetricName, check_metrics, summary


def predict(model: Module | Callable[..., Any], X: Any) -> np.ndarray:
    """The model's outputs for rows of inputs: an array (rows,) for one output, (rows, outputs) for several.

    `model.scaler`, where it is set, scales the rows. Many rows are computed at once, by `autograd.compile`.

    Raises:
        ValueError: for data that are empty, ragged, masked, complex, dates or not finite, or do not fit the model.
        TypeError: for a model that cannot be called.

    Warns:
        UserWarning: when the model cannot be compiled, or does something else with each call, with the reason; it is
            called row by row then.

    >>> from nn import Neuron
    >>> predict(Neuron(2, seed=0), [[0.0, 0.0], [0.0, 0.0]])
    array([0., 0.])
    """
    check_model("predict asks a Module or a function", model, functions=True)
    rows = scaled(model, check_rows(X))
    return faster(rows, model, None, lambda way: way.predict(rows))


def evaluate(
    model: Module | Callable[..., Any],
    X: Any,
    y: Any,
    *,
    loss: LossName | LossFunction,
    metrics: Sequence[MetricName] | MetricName = (),
) -> dict[str, float]:
    """The mean loss and the metrics of the model on rows: {"loss": …, "accuracy": …}.

    Arguments and errors as for `fit`, warnings as for `predict`.

    >>> from nn import Neuron
    >>> evaluate(Neuron(1, seed=0), [[0.0], [0.0]], [1.0, 3.0], loss="mse", metrics=["mean_absolute_error"])
    {'loss': 5.0, 'mean_absolute_error': 2.0}
    """
    check_model("evaluate asks a Module or a function", model, functions=True)
    data = checked_data(model, X, y)
    rows, loss, metrics = data.rows(), loss_function(loss), check_metrics(metrics)
    losses, outputs = faster(rows, model, loss, lambda way: way.evaluate(rows, data.targets))
    return summary(losses, outputs, data.targets, loss, metrics)
