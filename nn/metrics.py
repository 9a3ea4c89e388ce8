"""Metrics by name, computed by scikit-learn."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from .losses import binary_cross_entropy_with_logits, hinge_loss, loss_function
from .names import choose

# name: (the function of sklearn.metrics, does it compare classes?, its options)
METRICS: dict[str, tuple[str, bool, dict[str, Any]]] = {
    "accuracy": ("accuracy_score", True, {}),
    "precision": ("precision_score", True, {"average": "macro", "zero_division": 0}),
    "recall": ("recall_score", True, {"average": "macro", "zero_division": 0}),
    "f1": ("f1_score", True, {"average": "macro", "zero_division": 0}),
    "mean_absolute_error": ("mean_absolute_error", False, {}),
    "mean_squared_error": ("mean_squared_error", False, {}),
    "r2": ("r2_score", False, {}),
}


def check_metrics(names: Iterable[str]) -> list[str]:
    """The names as a list, each known."""
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        choose("metric", name, METRICS)
    return names


def measure(names: Iterable[str], outputs: np.ndarray, targets: np.ndarray, loss: Any = None) -> dict[str, float]:
    """Every metric of a model's outputs, by name.

    >>> measure(["accuracy"], np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    {'accuracy': 0.5}
    """
    from sklearn import metrics

    numbers = {}
    for name in names:
        function, of_classes, options = METRICS[name]
        true, predicted = (true_classes(targets), classes(outputs, targets, loss)) if of_classes else (targets, outputs)
        if np.isfinite(predicted).all():
            with np.errstate(over="ignore"):  # a square may be inf
                numbers[name] = float(getattr(metrics, function)(true, predicted, **options))
        else:  # training diverged; scikit-learn would raise
            numbers[name] = float("nan")
    return numbers


def classes(outputs: np.ndarray, targets: np.ndarray, loss: Any = None) -> np.ndarray:
    """The class that each row of outputs stands for.

    Several outputs: the largest. One output: class 1 above a threshold, which is 0.5 for probabilities, and 0 for
    logits and for classes -1 and 1.

    >>> classes(np.array([-2.0, 0.3]), np.array([-1, 1]), "hinge")
    array([-1,  1])
    """
    if outputs.ndim > 1:
        return outputs.argmax(axis=1)
    function = None if loss is None else loss_function(loss)
    signed = function is hinge_loss or bool((targets < 0).any())
    threshold = 0.0 if signed or function is binary_cross_entropy_with_logits else 0.5
    return np.where(outputs > threshold, 1, -1 if signed else 0)


def true_classes(targets: np.ndarray) -> np.ndarray:
    """The class of each row of targets, given as numbers or one-hot."""
    if targets.ndim > 1:
        return targets.argmax(axis=1)
    if len(wrong := targets[targets != np.floor(targets)]):
        raise ValueError(f"this metric compares classes, which are whole numbers; the targets have {wrong[0]}")
    return targets.astype(int)
