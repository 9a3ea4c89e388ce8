# cython: initializedcheck=False
"""Whole numbers in columns: what a tape knows of each node, without an object for each."""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


_LARGE = 2**16  # numbers, from which on memory is the system's own, and no longer that of the C library
_HOW = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}


@cython.cclass
class Column:
    """Whole numbers of 32 bits, which grow at their end.

    Compiled, the passes write and read `view` without making a Python object; it is another one after the column has
    grown. Much room costs no memory until it is written into, and gives it back as soon as it is free.

    >>> column = Column()
    >>> for n in range(3):
    ...     column.append(n * n)
    >>> column[-1], len(column), list(column)
    (4, 3, [0, 1, 4])
    >>> column.array()
    array([0, 1, 4], dtype=int32)
    """

    __slots__ = ("_numbers", "room", "size", "view")

    def __init__(self, room: int = 1) -> None:
        self.size: int = 0
        self.room: int = max(1, room)
        self._numbers = _zeros(self.room)
        self.view = self._numbers.data

    @staticmethod
    def of(numbers: Sequence[int]) -> Column:
        """A column of these numbers.

        >>> list(Column.of([3, -1]))
        [3, -1]
        """
        column: Column = Column(len(numbers))
        for number in numbers:
            column.append(number)
        return column

    def append(self, number: cython.int) -> None:
        if self.size == self.room:
            self.grow()
        self.view[self.size] = number
        self.size += 1

    def grow(self) -> None:
        """Have twice the room, in an array of its own: others may be looking at the one that is full."""
        full, self.room = self._numbers, 2 * self.room
        self._numbers = _zeros(self.room)
        self._numbers[: len(full)] = full
        self.view = self._numbers.data

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, n: cython.Py_ssize_t) -> int:
        place: cython.Py_ssize_t = n if n >= 0 else n + self.size
        if not 0 <= place < self.size:
            raise IndexError(f"a column of {self.size} numbers has none at {n}")
        return self.view[place]

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers[: self.size].tolist())

    def cut(self, size: cython.Py_ssize_t) -> None:
        """Keep so many numbers, the first ones."""
        if not 0 <= size <= self.size:
            raise IndexError(f"a column of {self.size} numbers has not {size}")
        self.size = size

    def part(self, start: cython.Py_ssize_t, stop: cython.Py_ssize_t) -> Any:
        """Some of the numbers, as an `array` of Python."""
        return array("i", self._numbers[start : min(stop, self.size)].tobytes())

    def copy(self) -> Column:
        """Another one with the same numbers."""
        other: Column = Column(self.room)
        other.size = self.size
        other.array()[:] = self.array()
        return other

    def array(self) -> np.ndarray:
        """The numbers that are there now, seen as an array."""
        return self._numbers[: self.size]


def _zeros(count: cython.Py_ssize_t) -> np.ndarray:
    """An array of so many zeros. (Python frees a heap from its end only, which passes in turn hardly ever leave.)"""
    if count < _LARGE:
        return np.zeros(count, np.intc)
    return np.frombuffer(mmap.mmap(-1, count * np.dtype(np.intc).itemsize, **_HOW), np.intc)


def filled(count: cython.Py_ssize_t, number: cython.int = 0) -> Column:
    """A column of so many equal numbers.

    >>> list(filled(3, -1))
    [-1, -1, -1]
    """
    column: Column = Column(count)
    column.size = count
    if number:
        column.array().fill(number)
    return column
