"""Data as lists: checked as arrays where NumPy is, and where it is not, plain lists with the same errors."""

from math import isfinite
from numbers import Real
from typing import Any

from .missing import is_there


def check_lists(X: Any, y: Any) -> tuple[list[list[float]], list[Any]]:
    """X as rows of floats, and y as a list, both checked as `check_data` does it. A column y counts as (rows,).

    Raises:
        ValueError: as there; and for anything but lists and tuples where there is no NumPy.

    >>> check_lists([[1, 2], (3, 4)], [0, 1])
    ([[1.0, 2.0], [3.0, 4.0]], [0, 1])
    """
    if not is_there("numpy"):
        return _without_numpy(X, y)
    from .arrays import check_data  # here, since it needs NumPy, and not all who call this do

    inputs, targets = check_data(X, y)
    return inputs.astype(float).tolist(), targets.tolist()


def _without_numpy(X: Any, y: Any) -> tuple[list[list[float]], list[Any]]:
    rows, targets = _listed("X", X), _listed("y", y)
    if not all(isinstance(row, list) for row in rows):
        raise ValueError(
            f"X must have the shape (rows, inputs), got ({len(rows)},): for rows of one input write [[x] for x in X], "
            "for one row [X]"
        )
    if all(isinstance(target, list) and len(target) == 1 for target in targets):
        targets = [target for [target] in targets]
    if any(isinstance(target, list) for target in targets):
        raise ValueError("y must have the shape (rows,): a class for each row")
    if len(rows) != len(targets):
        raise ValueError(f"X has {len(rows)} rows, but y has {len(targets)}")
    return rows, [int(target) if target == int(target) else target for target in targets]


def _listed(name: str, numbers: Any) -> list[Any]:
    """Lists of floats."""
    if not isinstance(numbers, (list, tuple)):
        raise ValueError(f"{name} must be a list of numbers, or of lists of them, got {numbers!r:.80}")
    if not numbers:
        raise ValueError(f"{name} is empty")
    rows = [_floats(f"{name}[{i}]", each) for i, each in enumerate(numbers)]
    lengths = {len(row) if isinstance(row, list) else -1 for row in rows}
    if len(lengths) > 1:
        raise ValueError(f"{name} must hold numbers, in rows of equal length: got rows of {sorted(lengths)} numbers")
    return rows


def _floats(name: str, numbers: Any) -> Any:
    """A number as a float; a list as one of floats."""
    if isinstance(numbers, (list, tuple)):
        return [_float(f"{name[:-1]}, {i}]", each) for i, each in enumerate(numbers)]
    return _float(name, numbers)


def _float(name: str, number: Any) -> float:
    if not isinstance(number, Real):
        raise ValueError(f"{name} must be a number, got {number!r:.80}")
    try:
        number = float(number)
    except OverflowError:
        raise ValueError(f"{name} is a whole number beyond all floats: numbers must be less than 1.8e308") from None
    if not isfinite(number):
        raise ValueError(f"{name} is {number}: numbers must be finite")
    return number
