"""Views: parts of a value, without copying."""

from math import prod
from typing import NamedTuple, TypeAlias

import numpy as np

Shape: TypeAlias = tuple[int, ...]
Place: TypeAlias = tuple[int, Shape, Shape]  # a part of a value, without the value: the offset, the shape, the strides


class View(NamedTuple):
    """A part of a value, without copying: element (i, j, …) lies at offset + i·strides[0] + j·strides[1] + …"""

    value: int
    offset: int
    shape: Shape
    strides: Shape

    @property
    def place(self) -> Place:
        """The part, whatever value it is of."""
        return self[1:]

    @property
    def is_contiguous(self) -> bool:
        """Are its numbers consecutive, in order?"""
        expected = contiguous_strides(self.shape)
        return self.strides == expected or all(
            length == 1 or stride == step
            for length, stride, step in zip(self.shape, self.strides, expected, strict=True)
        )

    @property
    def is_distinct(self) -> bool:
        """Does it show no number twice?

        >>> View(0, 0, (2, 3), (1, 2)).is_distinct, View(0, 0, (2, 3), (1, 1)).is_distinct
        (True, False)
        """
        within = 0  # how far the axes before reach: a longer step leads past all of it
        for stride, length in sorted(zip(map(abs, self.strides), self.shape, strict=True)):
            if length > 1 and stride <= within:
                return len(np.unique(self.positions())) == prod(self.shape)
            within += stride * (length - 1)
        return True

    def positions(self) -> np.ndarray:
        """Where its numbers lie in the array."""
        positions = np.full(self.shape, self.offset, dtype=np.intp)
        for axis, (length, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            positions += (stride * np.arange(length)).reshape((-1,) + (1,) * (len(self.shape) - axis - 1))
        return positions


Operand: TypeAlias = View | float


def contiguous_strides(shape: Shape) -> Shape:
    """The strides of consecutive numbers in this shape."""
    if len(shape) < 2:
        return (1,) * len(shape)
    return tuple([prod(shape[axis + 1 :]) for axis in range(len(shape))])


def contiguous(value: int, offset: int, shape: Shape) -> View:
    """Consecutive numbers of a value in this shape."""
    return View(value, offset, shape, contiguous_strides(shape))
