"""Checks of what comes from outside, with errors that say what, which value and where."""

from math import inf
from numbers import Integral, Real
from typing import Any

import numpy as np


def check_data(X: Any, y: Any, what: str = "") -> tuple[np.ndarray, np.ndarray]:
    """X and y as arrays (rows, inputs) and (rows,) or (rows, outputs), checked. A column y counts as (rows,)."""
    rows, targets = check_rows(X, what), _array("y", y, what)
    if targets.ndim not in (1, 2):
        raise ValueError(f"{what}y must have the shape (rows,) or (rows, outputs), got {targets.shape}")
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]  # a column of numbers
    if len(rows) != len(targets):
        raise ValueError(f"{what}X has {len(rows)} rows, but y has {len(targets)}")
    if (targets == np.floor(targets)).all() and abs(targets).max() < 2**53:
        return rows, targets.astype(np.int64)  # classes stay whole numbers
    return rows, targets


def check_rows(X: Any, what: str = "") -> np.ndarray:
    """X as a float array (rows, inputs), checked."""
    rows = _array("X", X, what)
    if rows.ndim != 2:
        hint = ": for rows of one input write [[x] for x in X], for one row [X]" if rows.ndim == 1 else ""
        raise ValueError(f"{what}X must have the shape (rows, inputs), got {rows.shape}{hint}")
    return rows


def _array(name: str, numbers: Any, what: str) -> np.ndarray:
    try:
        array = np.asarray(numbers, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}{name} must hold numbers, in rows of equal length: {error}") from None
    if array.size == 0:
        raise ValueError(f"{what}{name} is empty")
    if not np.isfinite(array).all():
        place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ValueError(f"{what}{name}[{', '.join(map(str, place))}] is {array[place]}: numbers must be finite")
    return array


def check_count(name: str, count: Any) -> None:
    """Refuse anything but a whole number of at least 1."""
    if not isinstance(count, Integral) or isinstance(count, bool) or count < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}")


def check_number(name: str, number: Any, low: float, high: float = inf, open_below: bool = False) -> float:
    """The number as a float, refused unless it is from `low` on (above it where `open_below`) and less than `high`."""
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{name} must be a number, got {number!r} of type {type(number).__name__}")
    number = float(number)
    if not (low < number if open_below else low <= number) or not number < high:
        above = "greater than" if open_below else "at least"
        below = f" and less than {high:g}" if high < inf else " and finite"
        raise ValueError(f"{name} must be {above} {low:g}{below}, got {number!r}")
    return number
