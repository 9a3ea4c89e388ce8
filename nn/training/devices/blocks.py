"""The numbers of all parameters as several arrays, the blocks of a program: of one array XLA would copy each matrix."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np


class Blocks:
    """Blocks that follow each other, and what of each is the optimizer's.

    Args:
        shapes: of the blocks.
        places: of the optimizer's parameters among all, in order: a slice, or an array.

    >>> blocks = Blocks([(2, 2), (3,)], np.array([0, 1, 2, 3, 6]))
    >>> numbers = np.arange(7.0)
    >>> [block.tolist() for block in blocks.split(numbers)]
    [[[0.0, 1.0], [2.0, 3.0]], [4.0, 5.0, 6.0]]
    >>> [block.tolist() for block in blocks.own(blocks.split(numbers))]
    [[[0.0, 1.0], [2.0, 3.0]], [6.0]]
    """

    def __init__(self, shapes: Sequence[tuple[int, ...]], places: slice | np.ndarray) -> None:
        self.shapes, self.places = shapes, places
        self._ends = np.cumsum([prod(shape) for shape in shapes]).tolist()
        self._begins = begins = [0, *self._ends[:-1]]
        of_optimizer = np.arange(self._ends[-1])[places]
        each = np.split(of_optimizer, np.searchsorted(of_optimizer, self._ends[:-1]))
        self._own = [places - begin for places, begin in zip(each, begins, strict=True)]
        self._is_own = [len(own) == prod(shape) for own, shape in zip(self._own, shapes, strict=True)]

    def split(self, numbers: Any) -> list[Any]:
        """An array of all parameters, in blocks."""
        each = zip(self._begins, self._ends, self.shapes, strict=True)
        return [numbers[begin:end].reshape(shape) for begin, end, shape in each]

    def split_own(self, numbers: np.ndarray) -> list[np.ndarray]:
        """An array of the optimizer's parameters, in blocks as `own` has them."""
        parts = np.split(numbers, np.cumsum([len(own) for own in self._own])[:-1])
        whole = zip(parts, self.shapes, self._is_own, strict=True)
        return [part.reshape(shape) if is_own else part for part, shape, is_own in whole]

    def own(self, blocks: Sequence[Any]) -> list[Any]:
        """Of the blocks of all parameters what is the optimizer's: a block as it is, or some of its numbers."""
        each = zip(blocks, self._own, self._is_own, strict=True)
        return [block if is_own else block.reshape(-1)[own] for block, own, is_own in each]

    def with_own(self, blocks: Sequence[Any], moved: Sequence[Any]) -> list[Any]:
        """Blocks of JAX, in which the optimizer's numbers are these."""
        each = zip(blocks, moved, self._own, self._is_own, strict=True)
        return [
            new if is_own else block.reshape(-1).at[own].set(new).reshape(block.shape)
            for block, new, own, is_own in each
        ]
