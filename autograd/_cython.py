"""What stands for Cython's own names where nothing is compiled: decorators that do nothing."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
compiled = False


def cclass(kind: T) -> T:
    """Compiled, the class is a C struct with the fields that the .pxd file lists."""
    return kind


def binding(on: bool) -> Callable[[T], T]:
    """Compiled and off, methods look at the type of `self`: `Value.exp(3)` is an error, and no crash."""
    return cclass


def no_gc(kind: T) -> T:
    """Compiled, objects of the class are freed by reference counting alone: they must not be part of cycles."""
    return kind
