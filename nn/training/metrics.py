"""Metrics by name, computed by scikit-learn."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..arrays import check_real
from ..checks import choose
from ..losses import LOSSES, binary_cross_entropy_with_logits, hinge_loss, loss_function

_MACRO = {"average": "macro", "zero_division": 0}  # the mean over the classes; 0 for one that was never predicted

# name: (the function of sklearn.metrics, does it compare classes?, its options, which of several results it is)
METRICS: dict[str, tuple[str, bool, dict[str, Any], int | None]] = {
    "accuracy": ("accuracy_score", True, {}, None),
    "precision": ("precision_recall_fscore_support", True, _MACRO, 0),
    "recall": ("precision_recall_fscore_support", True, _MACRO, 1),
    "f1": ("precision_recall_fscore_support", True, _MACRO, 2),
    "mean_absolute_error": ("mean_absolute_error", False, {}, None),
    "mean_squared_error": ("mean_squared_error", False, {}, None),
    "r2": ("r2_score", False, {}, None),
}
OF_CLASSES = [name for name, metric in METRICS.items() if metric[1]]
OF_NUMBERS = [name for name, metric in METRICS.items() if not metric[1]]
_DISTANCES = [LOSSES[name] for name in ("mse", "sse", "l1", "huber")]  # classes may be 0 and 1, or -1 and 1


def check_metrics(names: Iterable[str]) -> list[str]:
    """The names as a list, each known.

    Raises:
        ValueError: for a name that is not in METRICS.
    """
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        choose("metric", name, METRICS)
    return names


def measure(names: Iterable[str], outputs: np.ndarray, targets: np.ndarray, loss: Any = None) -> dict[str, float]:
    """Every metric of a model's outputs, by name; nan where the outputs are not finite, and for r2 of a single row.

    Args:
        names: of METRICS.
        outputs: an array (rows,), or (rows, outputs).
        targets: an array (rows,), or of the shape of the outputs.
        loss: that the model learned by, a name or a function; it tells what a single output means, see `classes`.

    Raises:
        KeyError: for an unknown name: `check_metrics` refuses it with a hint.
        ValueError: when a metric of classes gets targets that are not whole numbers, for an unknown loss, and for
            complex numbers, dates and what is masked, as `fit` refuses them.

    >>> measure(["accuracy"], np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    {'accuracy': 0.5}
    """
    names = list(names)
    if not names:
        return {}  # without the second that importing scikit-learn takes
    outputs, targets = check_real("outputs", outputs), check_real("targets", targets)
    from sklearn import metrics

    numbers: dict[str, float] = {}
    results: dict[str, Any] = {}  # by function: one of them gives three metrics
    for name in names:
        function, of_classes, options, index = METRICS[name]
        true, predicted = (true_classes(targets), classes(outputs, targets, loss)) if of_classes else (targets, outputs)
        if not np.isfinite(predicted).all() or (name == "r2" and len(true) < 2):
            numbers[name] = math.nan  # training diverged; or one row, which has no variance: scikit-learn raises, warns
            continue
        if function not in results:
            with np.errstate(over="ignore"):  # a square may be inf
                results[function] = getattr(metrics, function)(true, predicted, **options)
        numbers[name] = float(results[function] if index is None else results[function][index])
    return numbers


def classes(outputs: np.ndarray, targets: np.ndarray, loss: Any = None) -> np.ndarray:
    """The class that each row of outputs stands for.

    Several outputs: the largest. One output: class 1 above a threshold, which is 0.5 for probabilities, and 0 for
    logits and for classes -1 and 1. The classes are -1 and 1 where the loss is the hinge loss or a target is negative,
    and also where every target is 1, which leaves it open, the loss is a distance (mse, sse, l1, huber) and an output
    is negative.

    Raises:
        ValueError: for an unknown loss.

    >>> classes(np.array([-2.0, 0.3]), np.array([-1, 1]), "hinge")
    array([-1,  1])
    """
    outputs, targets = check_real("outputs", outputs), check_real("targets", targets)
    if outputs.ndim > 1:
        return outputs.argmax(axis=1)
    function = None if loss is None else loss_function(loss)
    signed = function is hinge_loss or bool((targets < 0).any())
    if function in _DISTANCES and (targets == 1).all():
        signed = bool((outputs < 0).any())
    threshold = 0.0 if signed or function is binary_cross_entropy_with_logits else 0.5
    return np.where(outputs > threshold, 1, -1 if signed else 0)


def true_classes(targets: np.ndarray) -> np.ndarray:
    """The class of each row of targets, given as numbers or one-hot.

    Raises:
        ValueError: for numbers that are not whole.
    """
    targets = check_real("targets", targets)
    if targets.ndim > 1:
        return targets.argmax(axis=1)
    if len(wrong := targets[targets != np.floor(targets)]):
        raise ValueError(f"this metric compares classes, which are whole numbers; the targets have {wrong[0]}")
    return targets.astype(int)


def confusion_table(true: np.ndarray, predicted: np.ndarray, names: Sequence[str]) -> str:
    """The confusion matrix as text: a line for each true class, a column for each prediction.

    >>> print(confusion_table(np.array([0, 1, 1]), np.array([0, 1, 0]), ["cat", "dog"]))
    true \\ predicted cat dog
                 cat   1   .
                 dog   1   1
    """
    from sklearn.metrics import confusion_matrix

    true, predicted = check_real("true", true), check_real("predicted", predicted)
    matrix = confusion_matrix(true, predicted, labels=range(len(names)))
    width, corner = max(len(str(matrix.max())), *map(len, names)) + 1, "true \\ predicted"
    first = max(len(corner), *map(len, names))
    lines = [corner.rjust(first) + "".join(f"{name:>{width}}" for name in names)]
    for name, row in zip(names, matrix, strict=True):
        lines.append(name.rjust(first) + "".join(f"{n or '.':>{width}}" for n in row))
    return "\n".join(lines)
