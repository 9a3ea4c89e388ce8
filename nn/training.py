"""fit, predict, evaluate: epochs and batches on arrays."""

import warnings
from collections.abc import Callable, Sequence
from math import fsum
from random import Random
from typing import Any

import numpy as np

from autograd import no_grad

from .backends import (
    BACKENDS,
    DTYPES,
    Compiled,
    Eager,
    Loss,
    checked_loss,
    compiled_or_eager,
    evaluated,
    numbers,
    plain_afterwards,
    predicted,
)
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
from .names import choose
from .optimizers import Adam, Optimizer

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
    callbacks: Callback | Sequence[Callback] = (),
    seed: int | None = None,
    dtype: str = "float64",
    backend: str = "numpy",
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
        callbacks: one, or several; each is called after every epoch as callback(epoch, history), epochs counted from 1.
        seed: of the order of the rows. The same seed (and model) gives the same numbers, bit for bit.
        dtype: of the arithmetic, "float64" or "float32"; with float32 the trained parameters are float32 numbers.
        backend: "numpy" compiles model and loss (`autograd.compile`) and trains on whole batches; what they do in
            Python itself is fixed when the training begins. "eager" builds the graph of every row, where every number
            can be looked at, and where a callback may change what model and loss do.
        progress: show a bar with the loss and the first metric.

    Warns:
        UserWarning: when model and loss cannot be compiled, with the reason; the training is eager then.

    Returns:
        The history: "loss" (the mean over the epoch, without penalties), each metric, and with validation data
        "val_loss" and each metric with "val_" in front.

    Raises:
        ValueError: for data that are empty, ragged, not finite, of different length, or do not fit the model, the loss
            or the metrics, and for an unknown backend or dtype; nothing has been changed then.

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
    choose("backend", backend, BACKENDS)
    choose("dtype", dtype, DTYPES)
    if backend == "eager" and dtype != "float64":
        raise ValueError("backend='eager' computes in float64; dtype='float32' needs backend='numpy'")
    check_number("l1", l1, 0.0)
    check_number("l2", l2, 0.0)
    optimizer = Adam(model.parameters(), lr=0.01) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer, such as SGD(model.parameters(), lr=0.1); got {optimizer!r}")
    _check_trainable(model, optimizer)
    callbacks = [callbacks] if callable(callbacks) else list(callbacks)
    for data in (rows, targets), validation:
        if data is not None:
            _try_out(model, *data, loss, metrics)

    rng = Random(seed)
    order = list(range(len(rows)))
    size = min(batch_size or len(rows), len(rows))
    starts = range(0, len(rows), size)
    history = History()
    parameters = {*model.parameters(), *optimizer.parameters}
    with plain_afterwards(parameters), _progress_bar(progress, epochs * len(starts)) as bar:
        way: Compiled | Eager = Eager(model, loss)
        if backend == "numpy":
            rows = rows.astype(dtype)
            way = compiled_or_eager(model, loss, dtype, rows, targets)
        for epoch in range(1, epochs + 1):
            bar.set_description(f"epoch {epoch}/{epochs}", refresh=False)
            rng.shuffle(order)
            shuffled = np.array(order)
            losses, outputs = [], []
            for start in starts:
                batch = shuffled[start : start + size]
                optimizer.zero_grad()
                batch_losses, batch_outputs = way.backward(rows[batch], targets[batch])
                if l1 or l2:
                    optimizer.add_penalty_gradient(l1, l2)
                optimizer.step()
                losses.append(batch_losses)
                outputs.append(batch_outputs)
                bar.update()
            numbers = _summary(np.concatenate(losses), np.concatenate(outputs), targets[shuffled], loss, metrics)
            if validation is not None:
                summary = _summary(*way.evaluate(*validation), validation[1], loss, metrics)
                numbers |= {"val_" + name: number for name, number in summary.items()}
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
    return predicted(model, check_rows(X))


def evaluate(model: Module, X: Any, y: Any, *, loss: str | Loss, metrics: Sequence[str] = ()) -> dict[str, float]:
    """The mean loss and the metrics of the model on rows: {"loss": …, "accuracy": …}.

    Arguments and errors as for `fit`.

    >>> from nn import Neuron
    >>> evaluate(Neuron(1, seed=0), [[0.0], [0.0]], [1.0, 3.0], loss="mse", metrics=["mean_absolute_error"])
    {'loss': 5.0, 'mean_absolute_error': 2.0}
    """
    rows, targets = check_data(X, y)
    loss, metrics = loss_function(loss), check_metrics(metrics)
    return _summary(*evaluated(model, loss, rows, targets), targets, loss, metrics)


def _summary(
    losses: np.ndarray, outputs: np.ndarray, targets: np.ndarray, loss: Loss, metrics: Sequence[str]
) -> dict[str, float]:
    """The mean loss, and every metric, by name."""
    return {"loss": fsum(losses.tolist()) / len(losses), **measure(metrics, outputs, targets, loss)}


def _try_out(model: Module, rows: np.ndarray, targets: np.ndarray, loss: Loss, metrics: Sequence[str]) -> None:
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
