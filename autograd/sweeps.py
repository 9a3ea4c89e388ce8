# cython: boundscheck=False, wraparound=False
# mypy: disable-error-code="attr-defined, misc, name-defined"
"""One pass over memory for an update of the book: by the C that was made of its formula, or block by block by NumPy.

This module imports NumPy; `import autograd` does not import this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from .updates import UPDATES, Update

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython

_BLOCK = 8192  # numbers of each array, which stay in the cache from operation to operation; more are slow to allocate
_LANES = 16  # of squares.h
_ROOM = 8  # arrays, and plain numbers, that an update may have: see sweeps.pxd
_BY_NUMPY = SimpleNamespace(div=np.divide, sqrt=np.sqrt, sign=np.sign)


@cython.binding(False)
@cython.cclass
class Sweep:
    """An update of the book, bound to arrays, which a call moves.

    Args:
        update: an entry of `autograd.updates`.
        arrays: as many as its formula takes, in that order, of one length and of one dtype, float64 or float32.

    Attributes:
        in_c: whether C runs it: on the compiled core, where each array lies in one piece, and none over another one.

    Raises:
        ValueError: for another number of arrays, or of plain numbers in a call; for an update of more than 8.

    >>> from autograd.updates import sgd
    >>> grad, data, velocity = np.array([2.0]), np.array([1.0]), np.array([0.0])
    >>> Sweep(sgd, [grad, data, velocity])(0.25, 0.0, 0.0, 0.0)  # lr, momentum, nesterov, weight_decay
    >>> data
    array([0.5])
    """

    __slots__ = ("arrays", "in_c", "update")

    def __init__(self, update: Any, arrays: Any) -> None:
        self.update, self.arrays = update, tuple(arrays)
        if len(self.arrays) != len(update.arrays):
            raise ValueError(f"{update.name} moves the arrays {', '.join(update.arrays)}, got {len(self.arrays)}")
        if len(update.arrays) > _ROOM or len(update.numbers) > _ROOM:
            raise ValueError(f"an update has at most {_ROOM} arrays and {_ROOM} numbers, {update.name} has more")
        self.in_c = cython.compiled and UPDATES.get(update.name) is update and _are_in_pieces(self.arrays)
        if cython.compiled and self.in_c:
            self._number = number_of_update(update.name.encode())  # noqa: F821
            self._of_doubles = self.arrays[0].dtype == np.float64
            self._length = len(self.arrays[0])
            for i in range(len(self.arrays)):
                self._at[i] = self.arrays[i].ctypes.data

    def __call__(self, *numbers: Any) -> None:
        """Move the arrays, once, with these plain numbers."""
        count = len(numbers)
        if count != len(self.update.numbers):
            raise ValueError(f"{self.update.name} takes the numbers {', '.join(self.update.numbers)}, got {numbers}")
        if not (cython.compiled and self.in_c):
            by_numpy(self.update, self.arrays, numbers)
            return
        for i in range(count):
            self._numbers[i] = numbers[i]
        run_update(  # noqa: F821
            self._number, self._of_doubles, self._length, self._at, self._numbers
        )

    def is_of(self, arrays: tuple) -> bool:
        """Whether these are the arrays that it is bound to."""
        i = 0
        while i < len(self.arrays) and self.arrays[i] is arrays[i]:
            i += 1
        return i == len(self.arrays)


def _are_in_pieces(arrays: Sequence[np.ndarray]) -> bool:
    """Whether C can go through all of them at the same time."""
    first = arrays[0]
    if first.dtype not in (np.float64, np.float32):
        return False
    ends = sorted((array.ctypes.data, array.ctypes.data + array.nbytes) for array in arrays)
    are_apart = all(end <= begin for (_, end), (begin, _) in pairwise(ends))
    return are_apart and all(
        array.shape == (first.size,) and array.dtype == first.dtype and array.flags.carray for array in arrays
    )


@np.errstate(all="ignore")  # nan and inf go on silently, as they do in Values
def by_numpy(update: Update, arrays: Sequence[np.ndarray], numbers: Sequence[float]) -> None:
    """The same as a call of a `Sweep`, by the formula itself: block by block."""
    named = {name: float(number) for name, number in zip(update.numbers, numbers, strict=True)}
    for start in range(0, len(arrays[0]), _BLOCK):
        parts = [array[start : start + _BLOCK] for array in arrays]
        results = update.formula(_BY_NUMPY, *parts, **named)
        for part, result in zip(parts[-len(results) :], results, strict=True):
            if result is not part:
                part[...] = result


def sum_of_squares(array: Any) -> float:
    """Σx² of an array of float64 or float32, summed up as float64: inf where a square is too large, and no error.

    >>> sum_of_squares(np.array([3.0, 4.0]))
    25.0
    """
    if not (cython.compiled and array.flags.c_contiguous and array.flags.aligned):
        return _squares_by_numpy(array)
    if array.dtype == np.float64:
        doubles = array
        return squares_of_doubles(len(array), cython.address(doubles[0]))  # noqa: F821
    floats = array
    return squares_of_floats(len(array), cython.address(floats[0]))  # noqa: F821


@np.errstate(all="ignore")
def _squares_by_numpy(array: np.ndarray) -> float:
    """The same sum with the same bits: in lanes side by side, as squares.h has them."""
    lanes, whole = np.zeros(_LANES), len(array) // _LANES * _LANES
    for start in range(0, whole, _BLOCK):
        block = array[start : min(start + _BLOCK, whole)].astype(float).reshape(-1, _LANES)
        lanes = np.add.reduce(np.concatenate([lanes[None], block * block]))  # row after row
    rest = array[whole:].astype(float)
    lanes[: len(rest)] += rest * rest
    total = 0.0
    for lane in lanes.tolist():
        total += lane
    return total
