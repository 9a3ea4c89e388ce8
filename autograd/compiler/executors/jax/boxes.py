"""A view as slices: the array in another shape, from which a box is cut, whose axes are put in another order.

So a part of a value is read, and so numbers are put back to their place in one. What is no such box is read and written
by the positions of its numbers.
"""

from itertools import pairwise
from typing import NamedTuple

from ...views import Place


class Box(NamedTuple):
    """The numbers from `low` to `high` of a flat array, in the shape `grid`; of each axis a slice.

    Attributes:
        order: which axis of the view each axis of the grid is; -1 for one of which there is one number alone.
    """

    low: int
    high: int
    grid: tuple[int, ...]
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    order: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the grid."""
        return self.lengths == self.grid


def box_of(place: Place, size: int) -> Box | None:
    """A part of so many numbers as a box; None where it is none. Axes along which nothing moves are left out.

    >>> box_of((1, (3, 2), (1, 4)), 8)  # two rows of four, transposed, without the first column
    Box(low=0, high=8, grid=(2, 4), starts=(0, 1), lengths=(2, 3), order=(1, 0))
    >>> box_of((0, (3, 2), (1, 1)), 8) is None  # a window that moves over them
    True
    """
    offset, shape, strides = place
    axes = [axis for axis, length in enumerate(shape) if length > 1 and strides[axis]]
    axes.sort(key=lambda axis: -strides[axis])
    steps = [strides[axis] for axis in axes]
    if not axes:
        return Box(0, size, (size,), (offset,), (1,), (-1,))
    if min(steps) < 1 or any(step % finer for step, finer in pairwise(steps)):
        return None
    lengths, order = [shape[axis] for axis in axes], axes
    if steps[-1] > 1:
        steps, lengths, order = [*steps, 1], [*lengths, 1], [*axes, -1]
    step, count = steps[0], lengths[0]
    end = offset + sum((length - 1) * step for length, step in zip(lengths, steps, strict=True)) + 1
    tries = [(0, size)] if size % step == 0 else []
    tries += [(offset, offset + count * step), (end - count * step, end)]
    inner = tuple([step // finer for step, finer in pairwise(steps)])
    for low, high in tries:
        if low < 0 or high > size:
            continue
        grid = ((high - low) // step, *inner)
        starts, rest = [], offset - low
        for of_axis in steps:
            starts.append(rest // of_axis)
            rest %= of_axis
        if all(a + n <= m for a, n, m in zip(starts, lengths, grid, strict=True)):
            return Box(low, high, grid, tuple(starts), tuple(lengths), tuple(order))
    return None


def padding_of(box: Box) -> list[tuple[int, int]]:
    """How many zeros are before and after it, along each axis of the grid."""
    each = zip(box.starts, box.lengths, box.grid, strict=True)
    return [(start, length - start - count) for start, count, length in each]
