"""Metrics by name, and what they are."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from ..losses import loss_record
from ..support.arrays import check_real, wide
from ..support.checks import choose


class Metric(NamedTuple):
    """A metric: a function of what is true and what is predicted.

    Attributes:
        function: of what is true and what is predicted, arrays (rows,) of classes or (rows, outputs) of numbers.
        of_classes: whether it compares classes, and is a share of them; else it compares numbers.
        is_mean: whether it is the mean over the classes that occur.
        higher_is_better: else lower is.
        power: of the target's unit, that it has.
        words: what a report calls it, where that is not its name.
    """

    function: Callable[[np.ndarray, np.ndarray], Any]
    of_classes: bool
    is_mean: bool = False
    higher_is_better: bool = True
    power: int = 0
    words: str = ""


class Shares(NamedTuple):
    """Of each class: which share of its predictions is right, which share of its rows is found, and both in one.

        precision = right/predicted      recall = right/true      F1 = 2·right/(predicted + true)

    A share of nothing is 0.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, labels: Any) -> np.ndarray:
    """How many rows of each class (lines) were taken for which class (columns), for the classes in `labels`.

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 1, 0]), [0, 1]).tolist()
    [[1, 0], [1, 1]]
    """
    n, lines, columns = len(labels), _places(true, labels), _places(predicted, labels)
    is_shown = (lines >= 0) & (columns >= 0)
    return np.bincount(lines[is_shown] * n + columns[is_shown], minlength=n * n).reshape(n, n)


def _places(classes: np.ndarray, labels: Any) -> np.ndarray:
    """The place of each class in the labels, -1 where it is none. Python compares them: "1" is not 1."""
    place = {label: i for i, label in enumerate(labels)}
    return np.array([place.get(label, -1) for label in classes.tolist()], int)


def labels_of(true: np.ndarray, predicted: np.ndarray) -> list[Any]:
    """The classes that occur, sorted.

    Raises:
        ValueError: for classes that have no order, such as texts beside numbers.

    >>> labels_of(np.array(["dog", "cat"]), np.array(["dog", "bee"]))
    ['bee', 'cat', 'dog']
    """
    labels = dict.fromkeys([*true.tolist(), *predicted.tolist()])
    try:
        return sorted(labels)
    except TypeError:
        kinds = {type(label): label for label in labels}
        raise ValueError(f"classes must be of one kind; got {', '.join(map(repr, kinds.values()))}") from None


def shares(right: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> Shares:
    """Precision, recall and F1 of each class, from how many rows are right, predicted, and true.

    >>> shares(np.array([1, 1]), np.array([2, 1]), np.array([1, 2])).precision.tolist()
    [0.5, 1.0]
    """
    return Shares(
        *(n / np.maximum(of, 1) for n, of in ((right, predicted), (right, true), (2 * right, predicted + true)))
    )


def _mean_of(share: str) -> Callable[[np.ndarray, np.ndarray], Any]:
    """The mean of one of the shares over the classes that occur."""

    def mean(true: np.ndarray, predicted: np.ndarray) -> Any:
        labels = labels_of(true, predicted)
        lines, columns = _places(true, labels), _places(predicted, labels)
        counts = (np.bincount(places, minlength=len(labels)) for places in (lines[lines == columns], columns, lines))
        return getattr(shares(*counts), share).mean()

    return mean


def _mean(errors: np.ndarray) -> Any:
    """The mean over the rows, then over the outputs."""
    return errors.mean(axis=0).mean()


def _r2(true: np.ndarray, predicted: np.ndarray) -> Any:
    """1 - Σ(y - ŷ)²/Σ(y - mean y)², the mean over outputs; of a constant target 1 where all is right, else 0."""
    left = ((true - predicted) ** 2).sum(axis=0)
    all_of_it = ((true - true.mean(axis=0)) ** 2).sum(axis=0)
    return np.where(all_of_it == 0, left == 0, 1.0 - left / np.where(all_of_it == 0, 1.0, all_of_it)).mean()


MetricName = Literal["accuracy", "precision", "recall", "f1", "mean_absolute_error", "mean_squared_error", "r2"]
METRICS: dict[str, Metric] = {  # with these names, which editors and type checkers read
    "accuracy":  Metric(lambda true, predicted: (true == predicted).mean(), True),
    "precision": Metric(_mean_of("precision"), True, is_mean=True),
    "recall":    Metric(_mean_of("recall"), True, is_mean=True),
    "f1":        Metric(_mean_of("f1"), True, is_mean=True, words="F1"),
    "mean_absolute_error":
        Metric(lambda true, predicted: _mean(abs(true - predicted)), False, higher_is_better=False, power=1),
    "mean_squared_error":
        Metric(lambda true, predicted: _mean((true - predicted) ** 2), False, higher_is_better=False, power=2),
    "r2": Metric(_r2, False, words="R²"),
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
        ValueError: when a metric of classes gets targets that are not whole numbers, and one of numbers other targets
            than one for each output; for no rows, an unknown loss, and for complex numbers, dates and what is masked,
            as `fit` refuses them.

    >>> measure(["accuracy"], np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 1]))
    {'accuracy': 0.5}
    """
    outputs, targets = check_real("outputs", outputs), check_real("targets", targets)
    numbers: dict[str, float] = {}
    for name in names:
        metric, true, predicted = Metric(*METRICS[name]), targets, outputs  # of a plain tuple, too
        if metric.of_classes:
            true, predicted = true_classes(targets), classes(outputs, targets, loss)
        else:
            true, predicted = (each[:, None] if each.ndim == 1 else each for each in (targets, outputs))
        if true.shape != predicted.shape or not len(true):
            raise ValueError(
                f"{name} compares a target with each output; got targets of the shape {targets.shape} and outputs of "
                f"the shape {outputs.shape}"
            )
        if not np.isfinite(predicted).all() or (name == "r2" and len(true) < 2):
            numbers[name] = math.nan  # training diverged; or one row, which has no variance
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # a square may be inf
            numbers[name] = float(metric.function(true, predicted))
    return numbers


def summary(
    losses: np.ndarray, outputs: np.ndarray, targets: np.ndarray, loss: Any, names: Sequence[str]
) -> dict[str, float]:
    """The mean of the losses of rows, and every metric, by name."""
    numbers = {"loss": _mean_loss(losses)}
    return numbers | measure(names, outputs, wide(targets), loss) if names else numbers


def _mean_loss(losses: np.ndarray) -> float:
    if not np.isfinite(losses).all():
        with np.errstate(invalid="ignore"):  # inf and -inf
            return float(np.sum(losses))
    try:
        return math.fsum(losses.tolist()) / len(losses)
    except OverflowError:  # the sum is beyond all floats, the mean is not
        return math.fsum((losses / len(losses)).tolist())


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
    true, predicted = check_real("true", true), check_real("predicted", predicted)
    matrix = confusion_matrix(true, predicted, range(len(names)))
    width, corner = max(len(str(matrix.max())), *map(len, names)) + 1, "true \\ predicted"
    first = max(len(corner), *map(len, names))
    lines = [corner.rjust(first) + "".join(f"{name:>{width}}" for name in names)]
    for name, row in zip(names, matrix, strict=True):
        lines.append(name.rjust(first) + "".join(f"{n or '.':>{width}}" for n in row))
    return "\n".join(lines)
