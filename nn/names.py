"""Choosing by name, with an error that lists what there is."""

from collections.abc import Mapping
from typing import Any


def choose(what: str, name: Any, table: Mapping[str, Any]) -> Any:
    """table[name].

    Raises:
        ValueError: for a name that the table does not have; the message lists those that it has.

    >>> choose("activation", "tahn", {"tanh": 1, "relu": 2})
    Traceback (most recent call last):
    ...
    ValueError: unknown activation 'tahn': choose from tanh, relu
    """
    if not isinstance(name, str) or name not in table:
        raise ValueError(f"unknown {what} {name!r}: choose from {', '.join(table)}")
    return table[name]
