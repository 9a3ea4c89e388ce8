"""Metrics by name, computed by scikit-learn."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from ..losses import loss_record
from ..support.arrays import check_real, wide
from ..support.checks import choose

_MACRO = {"average": "macro", "zero_division": 0}  # the mean over the classes; 0 for one that was never predicted


class Metric(NamedTuple):
    """A metric: a function of what is true and what is predicted.

    Attributes:
        function: of sklearn.metrics.
        of_classes: whether it compares classes, and is a share of them; else it compares numbers.
        options: of the function.
        which: of its results, where it has several.
        higher_is_better: else lower is.
        power: of the target's unit, that it has.
        words: what a report calls it, where that is not its name.
    """

    function: str
    of_classes: bool
    options: dict[str, Any]
    which: int | None
    higher_is_better: bool = True
    power: int = 0
    words: str = ""


MetricName = Literal["accuracy", "precision", "recall", "f1", "mean_absolute_error", "mean_squared_error", "r2"]
METRICS: dict[str, Metric] = {  # with these names, which editors and type checkers read
    "accuracy":  Metric("accuracy_score", True, {}, None),
    "precision": Metric("precision_recall_fscore_support", True, _MACRO, 0),
    "recall":    Metric("precision_recall_fscore_support", True, _MACRO, 1),
    "f1":        Metric("precision_recall_fscore_support", True, _MACRO, 2, words="F1"),
    "mean_absolute_error": Metric("mean_absolute_error", False, {}, None, higher_is_better=False, power=1),
    "mean_squared_error":  Metric("mean_squared_error", False, {}, None, higher_is_better=False, power=2),
    "r2": Metric("r2_score", False, {}, None, words="R²"),
}  # fmt: skip
OF_CLASSES: list[Any] = [name for name, metric in METRICS.items() if metric.of_classes]
OF_NUMBERS: list[Any] = [name for name, metric in METRICS.items() if not metric.of_classes]


def suiting(loss: str) -> list[MetricName]:
    """The metrics of a model that learns by the loss: of numbers where it is a distance, else of classes."""
    return OF_NUMBERS if loss_record(loss).is_distance else OF_CLASSES


def check_metrics(names: Iterable[str]) -> list[Any]:
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
        metric, true, predicted = Metric(*METRICS[name]), targets, outputs  # of a plain tuple, too
        if metric.of_classes:
            true, predicted = true_classes(targets), classes(outputs, targets, loss)
        if not np.isfinite(predicted).all() or (name == "r2" and len(true) < 2):
            numbers[name] = math.nan  # training diverged; or one row, which has no variance: scikit-learn raises, warns
            continue
        if metric.function not in results:
            with np.errstate(over="ignore"):  # a square may be inf
                results[metric.function] = getattr(metrics, metric.function)(true, predicted, **metric.options)
        result = results[metric.function]
        numbers[name] = float(result if metric.which is None else result[metric.which])
    return numbers


def summary(
    losses: np.ndarray, outputs: np.ndarray, targets: np.ndarray, loss: Any, names: Sequence[str]
) -> dict[str, float]:
    """The mean of the losses of rows, and every metric, by name."""
    numbers = {"loss": math.fsum(losses.tolist()) / len(losses)}
    return numbers | measure(names, outputs, wide(targets), loss) if names else numbers


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
    known = loss_record(loss)
    signed = known.targets == "-1 or 1" or bool((targets < 0).any())
    if known.is_distance and (targets == 1).all():
        signed = bool((outputs < 0).any())
    return np.where(outputs > (0.0 if signed else known.threshold), 1, -1 if signed else 0)


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
