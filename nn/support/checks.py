"""Checks of single arguments, with errors that say what, and which value."""

from collections.abc import Iterable, Mapping
from math import inf
from numbers import Integral, Real
from typing import Any


def check_count(name: str, count: Any) -> None:
    """Refuse anything but a whole number of at least 1."""
    if not isinstance(count, Integral) or isinstance(count, bool) or count < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}")


def check_seed(seed: Any) -> None:
    """Refuse anything but a whole number that NumPy's random numbers begin with."""
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= int(seed) < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to {2**32 - 1}, got {seed!r}")


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


def choose(what: str, name: Any, table: Mapping[str, Any]) -> Any:
    """table[name].

    Raises:
        ValueError: for a name that the table does not have; the message lists those that it has.

    >>> choose("activation", "tahn", {"tanh": 1, "relu": 2})
    Traceback (most recent call last):
    ...
    ValueError: unknown activation 'tahn': choose from tanh, relu; did you mean 'tanh'?
    """
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"unknown {what} {name!r}: choose from {', '.join(table)}{did_you_mean(name, table)}")
    return table[name]


def did_you_mean(name: Any, names: Iterable[str]) -> str:
    """The end of a message: the one of the names that is most like it, if one is.

    >>> did_you_mean("MSE", ["mse", "sse"]), did_you_mean("bird", ["mse", "sse"])
    ("; did you mean 'mse'?", '')
    """
    from difflib import get_close_matches  # here: it takes longer to import than all checks

    known = {each.lower(): each for each in names}
    near = get_close_matches(str(name).lower(), known, n=1)
    return f"; did you mean {known[near[0]]!r}?" if near else ""
