"""fit, predict, evaluate: epochs and batches on arrays."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from math import fsum
from random import Random
from typing import Any

import numpy as np

from autograd import Value, no_grad
from autograd.collector import collector_paused

from .checks import check_count, check_data, check_number, check_rows
from .history import History
from .losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
    loss_function,
)
from .metrics import check_metrics, measure
from .module import Module
from .optimizers import Adam, Optimizer

Loss = Callable[[Any, Any], Any]
Callback = Callable[[int, History], Any]


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | Loss,
    optimizer: Optimizer | None = None,
    epochs: int = 10,
    batch_size: int | None = 32,
    validation_data: tuple[Any, Any] | None = None,
    metrics: Sequence[str] = (),
    l1: float = 0.0,
    l2: float = 0.0,
    callbacks: Sequence[Callback] = (),
    seed: int | None = None,
    progress: bool = True,
) -> History:
    """Train the model: in every epoch, go through the rows in a new order, and step after every batch.

    The gradient of a step is that of the mean loss over the rows of the batch, plus the penalties
    l1·Σ|θ| and l2·Σθ² over the parameters of the optimizer.

    Args:
        model: called on a list of numbers (one row), it returns a Value or a list of Values.
        X: rows of inputs: an array (rows, inputs) or lists.
        y: the targets: an array (rows,) of numbers or classes, or (rows, outputs).
        loss: a name of `nn.LOSSES`, or a function (output, target) of one row that returns a Value.
        optimizer: made with `model.parameters()`; `Adam(model.parameters(), lr=0.01)` where it is None.
        epochs: how often to go through the rows.
        batch_size: rows for one step: 1 is stochastic gradient descent, None (all rows) is batch gradient descent.
        validation_data: (X, y) that are evaluated after each epoch, and not trained on.
        metrics: names of `nn.METRICS`, for the training rows (as predicted during the epoch) and validation data.
        l1, l2: the weights of the penalties, at least 0.
        callbacks: each is called after every epoch as callback(epoch, history), epochs counted from 1.
        seed: of the order of the rows. The same seed (and model) gives the same numbers, bit for bit.
        progress: show a bar with the loss and the first metric.

    Returns:
        The history: "loss" (the mean over the epoch, without penalties), each metric, and with validation data
        "val_loss" and each metric with "val_" in front.

    Raises:
        ValueError: for data that are empty, ragged, not finite, of different length, or do not fit the model, the loss
            or the metrics; nothing has been changed then.

    >>> from nn import MLP, SGD, fit
    >>> model = MLP(2, [4, 1], activation="tanh", output="sigmoid", seed=1)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> history = fit(model, X, y, loss="binary_cross_entropy", optimizer=SGD(model.parameters(), lr=1.0),
    ...               epochs=200, batch_size=None, metrics=["accuracy"], seed=0, progress=False)
    >>> history["accuracy"][-1]
    1.0
    """
    loss = loss_function(loss)
    metrics = check_metrics(metrics)
    rows, targets = check_data(X, y)
    validation = None
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
            raise ValueError("validation_data must be a pair (X, y)")
        validation = check_data(*validation_data, "validation_data: ")
    check_count("epochs", epochs)
    if batch_size is not None:
        check_count("batch_size", batch_size)
    check_number("l1", l1, 0.0)
    check_number("l2", l2, 0.0)
    optimizer = Adam(model.parameters(), lr=0.01) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, such as SGD(model.parameters(), lr=0.1); got {optimizer!r}")
    _check_trainable(model, optimizer)
    callbacks = list(callbacks)
    for data in (rows, targets), validation:
        if data is not None:
            _try_out(model, *data, loss, metrics)

    rng = Random(seed)
    order = list(range(len(rows)))
    size = min(batch_size or len(rows), len(rows))
    batches = range(0, len(rows), size)
    inputs, labels = rows.tolist(), targets.tolist()
    history = History()
    with _progress_bar(progress, epochs * len(batches)) as bar, collector_paused() as collect_young:
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
            rng.shuffle(order)
            losses, outputs = [0.0] * len(rows), [None] * len(rows)
            for start in batches:
                batch = order[start : start + size]
                optimizer.zero_grad()
                for i in batch:
                    output = model(inputs[i])
                    row_loss = _checked_loss(loss(output, labels[i]))
                    row_loss.backward(1.0 / len(batch))
                    losses[i], outputs[i] = row_loss.data, _numbers(output)
                    del row_loss, output  # frees the graph before the next one is built
                _add_penalty_gradient(optimizer.parameters, l1, l2)
                optimizer.step()
                collect_young()
                bar.update()
            numbers = {"loss": fsum(losses) / len(losses), **measure(metrics, np.array(outputs), targets, loss)}
            if validation is not None:
                for name, number in _evaluate(model, *validation, loss, metrics).items():
                    numbers["val_" + name] = number
            history.append(**numbers)
            shown = {name: f"{numbers[name]:.4f}" for name in ("loss", *metrics[:1])}
            bar.set_postfix(shown, refresh=False)
            for callback in callbacks:
                callback(epoch, history)
    return history


def predict(model: Module, X: Any) -> np.ndarray:
    """The model's outputs for rows of inputs: an array (rows,) for one output, (rows, outputs) for several.

    Raises:
        ValueError: for data that are empty, ragged or not finite, or do not fit the model.

    >>> from nn import Neuron
    >>> predict(Neuron(2, seed=0), [[0.0, 0.0], [0.0, 0.0]])
    array([0., 0.])
    """
    rows = check_rows(X)
    with no_grad():
        return np.array([_numbers(model(row)) for row in rows.tolist()])


def evaluate(model: Module, X: Any, y: Any, *, loss: str | Loss, metrics: Sequence[str] = ()) -> dict[str, float]:
    """The mean loss and the metrics of the model on rows: {"loss": …, "accuracy": …}.

    Arguments and errors as for `fit`.

    >>> from nn import Neuron
    >>> evaluate(Neuron(1, seed=0), [[0.0], [0.0]], [1.0, 3.0], loss="mse", metrics=["mean_absolute_error"])
    {'loss': 5.0, 'mean_absolute_error': 2.0}
    """
    return _evaluate(model, *check_data(X, y), loss_function(loss), check_metrics(metrics))


def _evaluate(
    model: Module, rows: np.ndarray, targets: np.ndarray, loss: Loss, metrics: Sequence[str]
) -> dict[str, float]:
    outputs = predict(model, rows)
    losses = [float(loss(o, t)) for o, t in zip(outputs.tolist(), targets.tolist(), strict=True)]
    return {"loss": fsum(losses) / len(losses), **measure(metrics, outputs, targets, loss)}


def _numbers(output: Any) -> Any:
    """A model's output as a float or a list of floats."""
    return float(output) if isinstance(output, Value) else [float(number) for number in output]


def _checked_loss(loss: Any) -> Value:
    if not isinstance(loss, Value):
        raise ValueError(f"the loss must return one Value, got {loss!r} of type {type(loss).__name__}")
    return loss


def _try_out(model: Module, rows: np.ndarray, targets: np.ndarray, loss: Loss, metrics: Sequence[str]) -> None:
    """Call the model on one row, and loss and metrics on its output and every target: errors come before changes."""
    with no_grad():
        output = model(rows[0].tolist())
        _check_output(model, _numbers(output), loss)
        for target in np.unique(targets, axis=0).tolist():
            _checked_loss(loss(output, target))
        measure(metrics, np.array([_numbers(output)] * len(targets)), targets, loss)


def _check_output(model: Module, output: Any, loss: Loss) -> None:
    """Refuse a loss of probabilities where the model gives none; warn where a loss would squash them twice."""
    architecture = model.architecture()
    last = architecture.get("output", architecture.get("activation"))
    for of_probabilities, of_logits, activation in (
        (binary_cross_entropy, binary_cross_entropy_with_logits, "sigmoid"),
        (categorical_cross_entropy, cross_entropy, "softmax"),
    ):
        if loss is of_probabilities and not all(0 <= p <= 1 for p in np.ravel(output)):
            raise ValueError(
                f"{of_probabilities.__name__} takes probabilities, but the model returned {output}: "
                f"give it the output {activation!r}, or use the loss {of_logits.__name__!r}"
            )
        if loss is of_logits and last == activation:
            warnings.warn(
                f"{of_logits.__name__} applies a {activation} itself, after the one that the model's output has: "
                f"use output='linear', or the loss {of_probabilities.__name__!r}",
                stacklevel=4,
            )


def _add_penalty_gradient(parameters: Iterable[Value], l1: float, l2: float) -> None:
    for parameter in parameters if l1 or l2 else ():
        penalty = l2 * (parameter * parameter) + l1 * abs(parameter)
        penalty.backward()


def _check_trainable(model: Module, optimizer: Optimizer) -> None:
    from .perceptron import Perceptron

    architecture = model.architecture()
    if isinstance(model, Perceptron) or "step" in (architecture.get("activation"), architecture.get("output")):
        raise ValueError(
            f"gradient descent cannot train a {type(model).__name__} with a step: its derivative is 0 everywhere. "
            "Use 'sigmoid' in its place, or Perceptron.fit(X, y)"
        )
    if set(model.parameters()).isdisjoint(optimizer.parameters):
        raise ValueError("the optimizer holds none of the model's parameters: make it with model.parameters()")


def _progress_bar(show: bool, steps: int) -> Any:
    from tqdm import tqdm  # as text, which works everywhere; tqdm.auto warns in a notebook without widgets

    return tqdm(total=steps, disable=not show, unit="batch", mininterval=0.5)
