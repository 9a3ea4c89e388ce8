"""The arguments of a compiled function: in the order of f's parameters, and as arrays of its dtype."""

from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from inspect import signature
from typing import Any

import numpy as np

from ..conversion import real
from ..value import Value


def in_order(
    f: Callable[..., Any], rows: Sequence[Any], named: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments by position; and by name those that f takes in no other way.

    Raises:
        TypeError: for a name that f does not have or has been given already, and for one that is missing.

    >>> in_order(lambda x, y, *, z: x, ["X"], {"z": "Z", "y": "Y"})
    (('X', 'Y'), {'z': 'Z'})
    """
    try:
        parameters = signature(f)
    except ValueError:  # of something written in C
        raise TypeError(f"{f!r} does not tell the names of its parameters: give its arguments by position") from None
    names = parameters.parameters
    unknown = [name for name in named if name not in names]
    if unknown and not any(each.kind is each.VAR_KEYWORD for each in names.values()):
        raise TypeError(f"{called(f)}() has no parameter {unknown[0]!r}: it takes {', '.join(names)}")
    try:
        bound = parameters.bind(*rows, **named)
    except TypeError as error:
        raise TypeError(f"{called(f)}(): {error}") from None
    return bound.args, bound.kwargs


def called(f: Callable[..., Any]) -> str:
    """What to call a function in a message."""
    return getattr(f, "__qualname__", None) or repr(f)


class ByPosition:
    """f with so many arguments, and these, which it takes by name, all of them by position.

    >>> ByPosition(lambda x, *, power: x**power, 1, ["power"])(3.0, 2.0)
    9.0
    """

    def __init__(self, f: Callable[..., Any], count: int, names: Sequence[str]) -> None:
        self._f, self._count, self._by_name = f, count, names
        self.names = [*[_name(f, place) for place in range(count)], *names]
        update_wrapper(self, f, updated=())

    def __call__(self, *rows: Any) -> Any:
        return self._f(*rows[: self._count], **dict(zip(self._by_name, rows[self._count :], strict=True)))


def as_arrays(rows: Sequence[Any], dtype: np.dtype, f: Callable[..., Any]) -> tuple[list[np.ndarray], int]:
    """The arguments of f as contiguous arrays, and how many rows they have.

    Raises:
        ValueError: for arguments that are not numbers, ragged, empty, or of different length.
    """
    arrays, counts = [], set()
    for place, argument in enumerate(rows):
        ready = type(argument) is np.ndarray and argument.dtype is dtype and is_ready(argument)
        array = argument if ready else _array(argument, dtype, f, place)
        if not array.ndim:
            name = _name(f, place)
            raise ValueError(f"{name} is one number; it must have rows: write [{name}] for one row")
        arrays.append(array)
        counts.add(len(array))
    if not arrays:
        return arrays, 1
    count = len(arrays[0])
    if len(counts) > 1:
        place = next(place for place, array in enumerate(arrays) if len(array) != count)
        first, other = (_name(f, each) for each in (0, place))
        raise ValueError(f"{first} has {count} rows, but {other} has {len(arrays[place])}")
    if not count:
        raise ValueError("the arguments have no rows")
    return arrays, count


def is_ready(array: np.ndarray) -> bool:
    """Whether its numbers lie one after the other, where a processor wants them."""
    flags = array.flags
    return flags.c_contiguous and flags.aligned


def _name(f: Callable[..., Any], place: int) -> str:
    """What f calls an argument."""
    if isinstance(f, ByPosition):
        return f.names[place]
    try:
        parameters = signature(f).parameters.values()
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):  # of something written in C
        names = []
    return names[place] if place < len(names) else f"argument {place}"


def _array(argument: Any, dtype: np.dtype, f: Callable[..., Any], place: int) -> np.ndarray:
    if _is_masked(argument):
        raise ValueError(
            f"{_name(f, place)} is a masked array, or holds one, and a compiled function knows no masks: give the rows "
            f"in which nothing is masked, or {_name(f, place)}.filled(number)"
        )
    try:
        array = np.asarray(argument)
    except ValueError as error:
        raise ValueError(f"{_name(f, place)} must hold numbers, in rows of equal length: {error}") from None
    try:
        if array.dtype.kind not in "buif":
            wrong = [each for each in array.flat if array.dtype.kind != "O" or real(each) is None]
            if wrong or not array.size:
                got = wrong[0] if wrong else argument
                raise ValueError(f"{_name(f, place)} must hold numbers, got {got!r}{_instead(got)}")
        with np.errstate(over="ignore"):
            return np.require(array, dtype, ("C", "A")).reshape(array.shape)
    except OverflowError as error:
        raise ValueError(f"{_name(f, place)} holds a number that is too large: {error}") from None


def _is_masked(argument: Any) -> bool:
    """Whether NumPy would drop a mask without a word: of a masked array, also inside of lists and of object arrays."""
    if isinstance(argument, np.ma.MaskedArray) and argument.dtype.names is None and np.ma.getmask(argument).any():
        return True
    if isinstance(argument, np.ndarray):
        return argument.dtype == object and _is_masked(argument.ravel().tolist())
    if not isinstance(argument, (list, tuple)):
        return False
    kinds = set(map(type, argument))
    return any(issubclass(kind, (np.ndarray, list, tuple)) for kind in kinds) and any(map(_is_masked, argument))


def _instead(wrong: Any) -> str:
    """What to give in place of something that is no number, as the end of a message."""
    kind = np.asarray(wrong).dtype.kind if isinstance(wrong, (complex, np.generic, np.ndarray)) else ""
    if isinstance(wrong, Value):
        return ": a compiled function takes plain numbers; to compute with Values call the function itself"
    if kind == "c":
        return ": a compiled function takes real numbers; give .real and .imag as arguments of their own"
    if kind in ("M", "m"):
        return ": give dates and durations as numbers of some unit, (t - t[0]) / np.timedelta64(1, 's') for instance"
    return ""
