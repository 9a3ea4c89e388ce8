"""Predictions and their targets, side by side."""

from collections.abc import Iterator
from typing import Any


def pairs_of(predictions: Any, targets: Any) -> list[tuple[Any, Any]]:
    """(prediction, target) of every element of two equally nested lists.

    Raises:
        ValueError: for empty lists, and where their shapes differ.

    >>> pairs_of([[1.0, 2.0]], [[3.0, 4.0]])
    [(1.0, 3.0), (2.0, 4.0)]
    """
    pairs = list(_walk(predictions, targets))
    if not pairs:
        raise ValueError("a loss of no predictions: the list is empty")
    return pairs


def _walk(predictions: Any, targets: Any) -> Iterator[tuple[Any, Any]]:
    if is_list(predictions) != is_list(targets):
        hint = " (of classes, use cross_entropy or one-hot targets)" if is_list(predictions) else ""
        raise ValueError(
            f"predictions and targets differ in shape: {_describe(predictions)} and {_describe(targets)}{hint}"
        )
    if not is_list(predictions):
        yield predictions, targets
        return
    if len(predictions) != len(targets):
        raise ValueError(f"{len(predictions)} predictions, but {len(targets)} targets")
    for p, t in zip(predictions, targets, strict=True):
        yield from _walk(p, t)


def is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple)) or getattr(x, "shape", ()) != ()


def _describe(x: Any) -> str:
    return f"a list of {len(x)}" if is_list(x) else "one number"
