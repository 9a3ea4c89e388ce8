"""Checks of arrays that come from outside, with errors that say what, which value and where."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import isfinite, prod
from typing import Any

import numpy as np

_NOT_REAL: list[tuple[str, tuple[type, ...], str, str]] = [  # the kind of a dtype, and the classes of objects
    ("c", (complex, np.complexfloating), "a complex number", "give real numbers, such as {name}.real"),
    ("m", (timedelta, np.timedelta64), "a span of time", 'divide by a unit, such as np.timedelta64(1, "D")'),
    ("M", (date, np.datetime64), "a date", 'subtract a date, and divide by np.timedelta64(1, "D")'),
    ("", (type(None),), "which is missing", "give a number for it, or leave the row out"),
]


def check_data(X: Any, y: Any, what: str = "") -> tuple[np.ndarray, np.ndarray]:
    """X and y as arrays (rows, inputs) and (rows,) or (rows, outputs), checked. A column y counts as (rows,).

    Both have the type that they came in, as `check_rows` says; but targets that are all whole numbers are integers.
    """
    rows, targets = check_rows(X, what), _array("y", y, what)
    if targets.ndim not in (1, 2):
        raise ValueError(f"{what}y must have the shape (rows,) or (rows, outputs), got {targets.shape}")
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]  # a column of numbers
    if len(rows) != len(targets):
        raise ValueError(f"{what}X has {len(rows)} rows, but y has {len(targets)}")
    return rows, _whole(targets)


def check_rows(X: Any, what: str = "") -> np.ndarray:
    """X as an array (rows, inputs), checked.

    It is no copy where its type is one whose numbers all are floats: small integers, float32. Else it is of float64.
    """
    rows = _array("X", X, what)
    if rows.ndim != 2:
        hint = ": for rows of one input write [[x] for x in X], for one row [X]" if rows.ndim == 1 else ""
        raise ValueError(f"{what}X must have the shape (rows, inputs), got {rows.shape}{hint}")
    return rows


def blocks(array: np.ndarray, numbers: int = 2**16) -> Iterator[np.ndarray]:
    """The rows of an array in their order: as many at a time as have so many numbers, or one.

    >>> [block.shape for block in blocks(np.zeros((5, 3)), numbers=6)]
    [(2, 3), (2, 3), (1, 3)]
    """
    size = max(1, numbers // max(1, prod(array.shape[1:])))
    for start in range(0, len(array), size):
        yield array[start : start + size]


def wide(array: np.ndarray) -> np.ndarray:
    """The numbers as float64, or int64: with which sums are as exact as can be, and files have one form.

    >>> wide(np.array([1, 2], np.uint8)).dtype, wide(np.array([0.5], np.float32)).dtype
    (dtype('int64'), dtype('float64'))
    """
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64, copy=False)


def check_real(name: str, numbers: Any, what: str = "") -> np.ndarray:
    """The numbers as an array of whatever type they have; refused where NumPy makes others of them without a word.

    Those are masked ones, complex ones, dates and spans of time, and None. A masked array that masks nothing is taken.

    Raises:
        ValueError: for these, and for rows of different length.

    >>> check_real("X", np.ma.array([[1.0, 2.0]], mask=[[False, True]]))
    Traceback (most recent call last):
    ValueError: X[0, 1] is masked: give a number for it, as X.filled(…) does, or leave the row out
    """
    place = _masked(numbers)
    try:
        array = np.asanyarray(numbers if place is None else [])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}{name} must hold numbers, in rows of equal length: {error}") from None
    place = _masked(array) if place is None else place  # something may have made a masked array of itself
    if place is not None:
        instead = f"give a number for it, as {name}.filled(…) does, or leave the row out"
        raise ValueError(f"{what}{name}{_index(place)} is masked: {instead}")
    array = np.asarray(array)
    for kind, classes, description, instead in _NOT_REAL:
        if (place := _first(array, kind, classes)) is not None:
            found = f"{name}{_index(place)} is {array[place]}, {description}; {instead.format(name=name)}"
            raise ValueError(f"{what}{name} must hold numbers that are real: {found}")
    return array


def _masked(numbers: Any) -> tuple[int, ...] | None:
    """The place of the first masked number; None where there is none."""
    if isinstance(numbers, np.ma.MaskedArray):
        places = np.argwhere(np.ma.getmaskarray(numbers))
        return tuple(map(int, places[0])) if len(places) else None
    if isinstance(numbers, np.ndarray):
        numbers = numbers.tolist() if numbers.dtype.hasobject else []
    if isinstance(numbers, (list, tuple)) and not set(map(type, numbers)) <= {float, int}:
        for i, each in enumerate(numbers):
            if (place := _masked(each)) is not None:
                return (i, *place)
    return None


def _first(array: np.ndarray, kind: str, classes: tuple[type, ...]) -> tuple[int, ...] | None:
    """The place of the first element of that kind, by its dtype or, of objects, by its class; None without one."""
    if array.dtype.kind == kind and array.size:
        return (0,) * array.ndim
    if array.dtype.hasobject and any(issubclass(each, classes) for each in set(map(type, array.ravel().tolist()))):
        return next(place for place, each in np.ndenumerate(array) if isinstance(each, classes))
    return None


def _index(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]" if place else ""


def _array(name: str, numbers: Any, what: str) -> np.ndarray:
    array = check_real(name, numbers, what)
    if not _are_floats(array.dtype):
        array = _to_floats(name, array if array.dtype.kind in "buif" else numbers, what)
    if array.size == 0:
        raise ValueError(f"{what}{name} is empty")
    if array.dtype.kind == "f" and not all(np.isfinite(block).all() for block in blocks(array)):
        place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
        raise ValueError(f"{what}{name}{_index(place)} is {array[place]}: numbers must be finite")
    return array


def check_floats(name: str, numbers: Any) -> np.ndarray:
    """The numbers as an array of float64.

    Raises:
        ValueError: as `check_real`, and for whole numbers beyond all floats.
    """
    return _to_floats(name, check_real(name, numbers))


def _to_floats(name: str, numbers: Any, what: str = "") -> np.ndarray:
    try:
        return np.asarray(numbers, dtype=float)
    except OverflowError:
        place = next(place for place, each in np.ndenumerate(np.asarray(numbers)) if _is_too_large(each))
        raise ValueError(
            f"{what}{name}{_index(place)} is a whole number beyond all floats: numbers must be less than 1.8e308"
        ) from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}{name} must hold numbers, in rows of equal length: {error}") from None


def _is_too_large(number: Any) -> bool:
    try:
        return not isfinite(float(number))
    except OverflowError:
        return True
    except (TypeError, ValueError):
        return False


def _are_floats(dtype: np.dtype) -> bool:
    """Whether all numbers of this type are numbers of float64, too."""
    return dtype == np.float64 or (dtype.kind in "buif" and dtype.itemsize <= 4 and dtype.isnative)


def _whole(targets: np.ndarray) -> np.ndarray:
    """Targets that are all whole numbers as integers, which classes are; others as they are."""
    if targets.dtype.kind != "f":
        return targets.view(np.int8) if targets.dtype.kind == "b" else targets
    if not all((block == np.floor(block)).all() for block in blocks(targets)):
        return targets
    largest = max(float(abs(block).max()) for block in blocks(targets))
    if largest >= 2**53:
        return targets
    return targets.astype(np.int32 if targets.itemsize < 8 and largest < 2**31 else np.int64)
