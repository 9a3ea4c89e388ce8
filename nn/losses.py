"""Losses: how wrong a prediction is, as one Value.

Means are over all elements, as in PyTorch, whose names they have. A perfect prediction costs 0.0, and not -0.0: where a
logarithm is negated, it is taken from 0.0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from autograd import Value, dot, log, log1p, relu, scope, softplus, take, where
from autograd.functions import normalized
from autograd.ieee import total

from .activations import ActivationName
from .support.checks import check_number, choose
from .support.pairing import is_list, pairs_of
from .support.records import Functions, Record

if TYPE_CHECKING:
    from .support._types import LossOfValues

_OF_ALL = """The first argument is what a model returns: one Value, a list (one row, or the single outputs of many
    rows), or a list of lists (many rows); the targets have the same shape, where nothing else is said. Plain numbers
    may stand for Values anywhere; where there is no Value at all, the result is a float. An empty list, shapes that
    differ, and plain numbers as targets that are no class or probability where the loss asks for one, are a ValueError.
    """
_TINY = 2.0**-126  # below, 1/p is infinite in float32


@dataclass(frozen=True)
class Loss(Record):
    """A loss: a function (output, target) of one row.

    Attributes:
        output: what it takes: "numbers"; a "score", which is above 0 for one class and below for the other; a
            "probability" or a "logit" of class 1; "probabilities" or "logits", of each class.
        targets: "numbers", "-1 or 1", "0 or 1" (or a probability between), or the "class" (or one-hot).
        activation: what makes probabilities of logits, where it takes one of the two; else None.
        twin: the name of the loss that takes the other one, and is the same.
        in_command: whether `glassgrad train` learns by it.
    """

    output: Literal["numbers", "score", "probability", "logit", "probabilities", "logits", ""] = ""
    targets: Literal["numbers", "-1 or 1", "0 or 1", "class", ""] = ""
    activation: ActivationName | None = None
    twin: "LossName | None" = None
    in_command: bool = False

    @property
    def is_distance(self) -> bool:
        """Whether it is 0 where output and target are equal, and grows with the distance between them."""
        return self.targets == "numbers"

    @property
    def takes_probabilities(self) -> bool:
        return self.output in ("probability", "probabilities")

    @property
    def threshold(self) -> float:
        """The output between two classes, where there is one output."""
        return 0.0 if self.output in ("score", "logit") else 0.5


def _loss(function: Callable[..., Any]) -> "LossOfValues":
    """Mark the nodes that a loss makes by its name, and let its docstring end with what holds for all of them."""
    function.__doc__ = f"{function.__doc__}\n    {_OF_ALL}"
    return scope(function.__name__)(function)


@_loss
def mse_loss(predictions: Any, targets: Any) -> Any:
    """Mean squared error: Σ (p - t)² / n.

    >>> mse_loss([1.0, 2.0], [1.0, 4.0])
    2.0
    """
    return _mean(_squares(predictions, targets))


@_loss
def sse_loss(predictions: Any, targets: Any) -> Any:
    """Sum of squared errors: Σ (p - t)².

    >>> sse_loss([1.0, 2.0], [1.0, 4.0])
    4.0
    """
    return total(_squares(predictions, targets))


@_loss
def l1_loss(predictions: Any, targets: Any) -> Any:
    """Mean absolute error: Σ |p - t| / n.

    >>> l1_loss([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    return _mean([abs(p - t) for p, t in pairs_of(predictions, targets)])


@_loss
def huber_loss(predictions: Any, targets: Any, delta: float = 1.0) -> Any:
    """Mean of (p - t)²/2 where |p - t| ≤ delta, and of delta·(|p - t| - delta/2) beyond: outliers count less.

    Raises:
        ValueError: for a delta that is not positive.

    Source: Huber, "Robust estimation of a location parameter", 1964.

    >>> huber_loss([1.0, 2.0], [1.5, 4.0])
    0.8125
    """
    check_number("delta", delta, 0.0, open_below=True)
    differences = [abs(p - t) for p, t in pairs_of(predictions, targets)]
    return _mean([where(d <= delta, 0.5 * d * d, delta * (d - 0.5 * delta)) for d in differences])


@_loss
def hinge_loss(scores: Any, targets: Any) -> Any:
    """Σ max(0, 1 - t·s) / n, for classes t = -1 and 1: the loss of a support vector machine.

    Source: Cortes & Vapnik, "Support-vector networks", 1995.

    >>> hinge_loss([2.0, 0.5], [1, -1])
    0.75
    """
    pairs = pairs_of(scores, targets)
    for _, t in pairs:
        if not isinstance(t, Value) and t not in (-1, 1):
            raise ValueError(f"hinge_loss: the classes are -1 and 1, got {t!r}")
    return _mean([relu(1.0 - t * s) for s, t in pairs])


@_loss
def binary_cross_entropy(probabilities: Any, targets: Any) -> Any:
    """-Σ (t·ln p + (1 - t)·ln(1 - p)) / n, from probabilities p of class 1; targets 0, 1 or between.

    A probability that is 0, or below 2⁻¹²⁶, has the logarithm -100 here, and no gradient: for a target of 1 it costs
    100, as in PyTorch, and not infinity.

    >>> binary_cross_entropy([0.5], [1])
    0.6931471805599453
    """
    pairs = _binary(probabilities, targets)
    return _mean([0.0 - (t * _log(p) + (1.0 - t) * _log_of_rest(p)) for p, t in pairs])


@_loss
def binary_cross_entropy_with_logits(logits: Any, targets: Any) -> Any:
    """`binary_cross_entropy(sigmoid(z), t)`, computed from the logits z without overflow or rounding to 0.

    >>> binary_cross_entropy_with_logits([-1000.0], [1])
    1000.0
    """
    return _mean([t * softplus(-z) + (1.0 - t) * softplus(z) for z, t in _binary(logits, targets)])


@_loss
def categorical_cross_entropy(probabilities: Any, target: Any) -> Any:
    """-ln p_t, from probabilities (a softmax): how surprised the prediction is by the true class t.

    Args:
        probabilities: a list, one for each class; or a list of such rows, which gives the mean over the rows.
        target: the class, a whole number from 0 (or a Value that holds one); or a probability for each class, which
            gives -Σ tᵢ·ln pᵢ. For rows, a list of them.

    Three classes A, B, C were predicted with 0.3, 0.4, 0.3, and B was right:

    >>> categorical_cross_entropy([0.3, 0.4, 0.3], 1)
    0.916290731874155
    >>> categorical_cross_entropy([0.3, 0.4, 0.3], [0, 1, 0])
    0.916290731874155
    """
    return _over_rows("categorical_cross_entropy", _minus_logs, probabilities, target)


@_loss
def cross_entropy(logits: Any, target: Any) -> Any:
    """-ln softmax(z)_t, computed from the logits z without overflow: the loss to train a classifier with.

    Arguments as for `categorical_cross_entropy`, with logits (any real numbers) in place of probabilities.

    >>> cross_entropy([0.0, 0.0], 1)
    0.6931471805599453
    """
    return _over_rows("cross_entropy", _minus_log_softmax, logits, target)


def _minus_logs(probabilities: list) -> tuple:
    return probabilities, lambda p: 0.0 - _log(p)


def _minus_log_softmax(logits: list) -> tuple:
    """ln Σ exp(zⱼ) - zᵢ: not -log_softmax(z), which would make a perfect prediction cost -0.0."""
    below, log_denominator = normalized("cross_entropy", logits)
    return below, lambda z: log_denominator - z


def _over_rows(name: str, surprises: Callable[[list], tuple], rows: Any, targets: Any) -> Any:
    if not is_list(rows) or not len(rows):
        raise ValueError(f"{name} takes a list with a number for each class, got {rows!r}")
    if not is_list(rows[0]):
        return _expected(name, surprises(list(rows)), targets)
    if not is_list(targets) or len(targets) != len(rows):
        raise ValueError(f"{name} got {len(rows)} rows of predictions, but the targets are {targets!r}")
    return _mean(
        [_expected(name, surprises(list(row)), t) for row, t in zip(rows, targets, strict=True)],
    )


def _expected(name: str, surprises: tuple[Sequence, Callable], target: Any) -> Any:
    """Σ tᵢ·(-ln pᵢ), from a number for each class and the function that makes -ln pᵢ of it: for a class t, -ln p_t."""
    numbers, surprise = surprises
    if is_list(target):
        target = list(target)
        if len(target) != len(numbers):
            raise ValueError(f"{name} got {len(numbers)} classes, but a target with {len(target)} probabilities")
        possible = [i for i, t in enumerate(target) if isinstance(t, Value) or t != 0]  # 0·ln 0 is 0
        return dot([target[i] for i in possible], [surprise(numbers[i]) for i in possible])
    if not isinstance(target, Value) and target not in range(len(numbers)):
        raise ValueError(f"{name}: the class must be a whole number from 0 to {len(numbers) - 1}, got {target!r}")
    return surprise(take(numbers, target))


def _log(p: Any) -> Any:
    impossible = p <= _TINY  # nan is not, and stays
    return where(impossible, -100.0, log(where(impossible, 1.0, p)))


def _log_of_rest(p: Any) -> Any:
    """ln(1 - p), with all digits of a small p."""
    impossible = 1.0 - p <= _TINY
    return where(impossible, -100.0, log1p(where(impossible, 0.0, 0.0 - p)))


def _squares(predictions: Any, targets: Any) -> list:
    return [(difference := p - t) * difference for p, t in pairs_of(predictions, targets)]


def _binary(predictions: Any, targets: Any) -> list[tuple[Any, Any]]:
    """The pairs, with targets that are 0, 1 or a probability."""
    pairs = pairs_of(predictions, targets)
    for _, t in pairs:
        if not isinstance(t, Value) and not 0 <= t <= 1:
            raise ValueError(f"binary cross-entropy: a target is 0, 1 or a probability between them, got {t!r}")
    return pairs


def _mean(terms: list) -> Any:
    return total(terms) / len(terms) if len(terms) > 1 else terms[0]


LossName = Literal[
    "mse", "mse_loss", "sse", "sse_loss", "l1", "l1_loss", "huber", "huber_loss", "hinge", "hinge_loss",
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "categorical_cross_entropy", "cross_entropy",
]  # fmt: skip  # of the table below, and of the functions, for editors and type checkers
LOSSES = Functions(Loss, {  # function, output, targets; of those of classes, what is between the twins, and the twin
    "mse":   Loss(mse_loss,   "numbers", "numbers", in_command=True),
    "sse":   Loss(sse_loss,   "numbers", "numbers"),
    "l1":    Loss(l1_loss,    "numbers", "numbers", in_command=True),
    "huber": Loss(huber_loss, "numbers", "numbers", in_command=True),
    "hinge": Loss(hinge_loss, "score",   "-1 or 1"),
    "binary_cross_entropy": Loss(
        binary_cross_entropy, "probability", "0 or 1", "sigmoid", "binary_cross_entropy_with_logits"),
    "binary_cross_entropy_with_logits": Loss(
        binary_cross_entropy_with_logits, "logit", "0 or 1", "sigmoid", "binary_cross_entropy", in_command=True),
    "categorical_cross_entropy": Loss(
        categorical_cross_entropy, "probabilities", "class", "softmax", "cross_entropy"),
    "cross_entropy": Loss(
        cross_entropy, "logits", "class", "softmax", "categorical_cross_entropy", in_command=True),
})  # fmt: skip


def loss_function(loss: Any) -> Callable[[Any, Any], Any]:
    """The loss of that name ("mse" or "mse_loss"); a function is taken as it is.

    >>> loss_function("mse_loss") is loss_function("mse") is mse_loss
    True
    """
    if callable(loss):
        return loss
    return choose("loss", loss.removesuffix("_loss") if isinstance(loss, str) else loss, LOSSES)


def loss_record(loss: Any) -> Loss:
    """What is known of the loss of that name, or of that function: of another function, and of None, nothing.

    >>> loss_record("hinge").threshold, loss_record(hinge_loss).targets
    (0.0, '-1 or 1')
    """
    function: Any = loss if loss is None else loss_function(loss)
    return next((each for each in LOSSES.records.values() if each.function is function), Loss(function))
