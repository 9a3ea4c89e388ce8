"""Expressions of arrays with their shapes, and parts of them.

A view is a box: the array in another shape, from which slices are cut, whose axes are put in another order. So a part
of a value is read, and so numbers are put back to their place in one. What is no such box is read and written by the
positions of its numbers.

Some arrays have the turns of a loop as the first axis, before the rows of the batch: as scans give them. What is
computed of them element by element stays so. To bring the rows to the front would take as long as the loop.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import prod
from typing import NamedTuple

import numpy as np

from ...views import Place, View


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


ROWS = -1  # the length of the first axis of what is there for every row


class Ref(NamedTuple):
    """An expression, and the shape of what it gives."""

    text: str
    shape: tuple[int, ...]

    @property
    def by_row(self) -> bool:
        """Whether it is there for every row."""
        return self.shape[:1] == (ROWS,)

    @property
    def is_turned(self) -> bool:
        """Whether it has the turns of a loop before the rows."""
        return self.shape[1:2] == (ROWS,)

    @property
    def lead(self) -> int:
        """How many axes come before those of a row: that of the turns, and that of the rows."""
        return 2 if self.is_turned else int(self.by_row)

    @property
    def size(self) -> int:
        """How many numbers it has, of a row, and of a turn where it is turned."""
        return prod(self.shape[self.lead :])

    @property
    def bare(self) -> str:
        """The expression without brackets around all of it: as the argument of a function.

        >>> Ref("(a * b)", ()).bare, Ref("(a) * (b)", ()).bare
        ('a * b', '(a) * (b)')
        """
        return self.text[1:-1] if _is_enclosed(self.text) else self.text

    @property
    def rows_first(self) -> "Ref":
        """The same with the rows as the first axis."""
        if not self.is_turned:
            return self
        turns, _, *shape = self.shape
        return Ref(f"moveaxis({self.text}, 0, 1)", (ROWS, turns, *shape))

    def turned(self) -> "Ref | None":
        """The same with the rows as the second axis; None where that takes a copy."""
        if not self.shape:
            return self
        if not self.by_row:
            return Ref(f"{self.text}[:, None]", (self.shape[0], 1, *self.shape[1:]))
        if self.shape[1:2] != (1,):
            return None
        return Ref(f"{self.text}.swapaxes(0, 1)", (1, ROWS, *self.shape[2:]))

    def reshaped(self, shape: Sequence[int]) -> "Ref":
        """The same numbers of each row in another shape."""
        full = (*self.shape[: self.lead], *shape)
        if full == self.shape:
            return self
        return Ref(f"{self.text}.reshape({', '.join(map(str, full))})", full)  # -1 is what is left: the rows

    @property
    def flat(self) -> "Ref":
        """All numbers in a line, for every row."""
        return self.reshaped((self.size,))

    def spread(self, shape: tuple[int, ...]) -> "Ref":
        """The same in all of a shape."""
        return self if self.shape == shape else Ref(f"broadcast_to({self.text}, {shape_text(shape)})", shape)

    def with_all(self, members: int) -> "Ref":
        """The same with all members along the last axis, also where they are one number: for what reduces it."""
        return self.spread((*self.shape[:-1], members))

    def indexed(self, index: str, shape: tuple[int, ...]) -> "Ref":
        """Numbers of each row by their index."""
        return Ref(f"{self.text}[{':, ' * self.lead}{index}]", (*self.shape[: self.lead], *shape))

    def permuted(self, axes: Sequence[int]) -> "Ref":
        """With the axes of each row in this order."""
        if list(axes) == list(range(len(axes))):
            return self
        lead = self.lead
        shape = (*self.shape[:lead], *[self.shape[lead + axis] for axis in axes])
        if not lead and len(axes) == 2:
            return Ref(f"{self.text}.T", shape)
        moved = [*range(lead), *[lead + axis for axis in axes]]
        return Ref(f"{self.text}.transpose({', '.join(map(str, moved))})", shape)


def cut(ref: Ref, place: Place, table: Callable[[np.ndarray], str]) -> Ref:
    """A part of an array, without the axes along which nothing moves.

    Args:
        table: gives a name to an array of positions.
    """
    offset, shape, strides = place
    if ref.size == 1:
        index = ", ".join(["0"] * (len(ref.shape) - ref.lead))
        return ref.indexed(index, ()) if index else ref
    moving = moving_axes(place)
    box = box_of(place, ref.size)
    if box is None:
        lengths, steps = (tuple([each[axis] for axis in moving]) for each in (shape, strides))
        return ref.flat.indexed(table(View(0, offset, lengths, steps).positions()), lengths)
    if (box.low, box.high) != (0, ref.size):
        ref = ref.flat.indexed(f"{box.low}:{box.high}", (box.high - box.low,))
    order = [axis for axis in box.order if axis >= 0]
    ranks = sorted(order)
    ref = _sliced(ref.reshaped(box.grid), box)
    return ref.permuted([order.index(axis) for axis in ranks])


def _sliced(ref: Ref, box: Box) -> Ref:
    """The box of an array in the shape of the grid."""
    slices, lengths = [], []
    for start, length, count, axis in zip(box.starts, box.lengths, box.grid, box.order, strict=True):
        if axis < 0:
            slices.append(str(start))
        else:
            slices.append(":" if length == count else f"{start}:{start + length}")
            lengths.append(length)
    while slices and slices[-1] == ":":
        slices.pop()
    return ref.indexed(", ".join(slices), tuple(lengths)) if slices else ref


def moving_axes(place: Place) -> list[int]:
    """The axes along which there are different numbers."""
    _, shape, strides = place
    return [axis for axis, length in enumerate(shape) if length > 1 and strides[axis]]


def shape_text(shape: Sequence[int]) -> str:
    """A shape as a tuple."""
    lengths = ["rows" if length == ROWS else str(length) for length in shape]
    return f"({', '.join(lengths)}{',' * (len(lengths) == 1)})"


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of what is computed of arrays of these, element by element."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple([next((length for length in lengths if length != 1), 1) for lengths in zip(*padded, strict=True)])


def joined(refs: Sequence[Ref]) -> Ref:
    """Numbers one after the other, of arrays that have them in a line."""
    if len(refs) == 1:
        return refs[0]
    text = f"concatenate([{', '.join([ref.text for ref in refs])}], -1)"
    return Ref(text, (*refs[0].shape[:-1], sum(ref.shape[-1] for ref in refs)))


def _is_enclosed(text: str) -> bool:
    """Whether one pair of brackets stands around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return False
    depth = 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and i < len(text) - 1:
            return False
    return True


def part_of_turns(ref: Ref, place: Place, table: Callable[[np.ndarray], str]) -> Ref | None:
    """A part whose first axis goes over turns, (turns, rows of the batch, …); None where it does not.

    An axis along which nothing moves has the length 1.

    Args:
        place: in the array of one row, (turns, numbers).
        table: as in `cut`.

    >>> part_of_turns(Ref("t", (5, ROWS, 2)), (3, (4,), (2,)), str)  # the second number, from the second turn on
    Ref(text='t[1:5][:, :, 1]', shape=(4, -1))
    """
    turns, numbers = ref.shape[0], ref.size
    offset, shape, strides = place
    if not shape or shape[0] < 2 or strides[0] != numbers:
        return None
    first, column = divmod(offset, numbers)
    inner = (column, shape[1:], strides[1:])
    if box_of(inner, numbers) is None or first + shape[0] > turns:
        return None
    text = ref.text if (first, shape[0]) == (0, turns) else f"{ref.text}[{first}:{first + shape[0]}]"
    found, moving = cut(Ref(text, (shape[0], *ref.shape[1:])), inner, table), moving_axes(inner)
    if len(moving) == len(inner[1]):
        return found
    axes = [":" if axis in moving else "None" for axis in range(len(inner[1]))]
    lengths = [length if axis in moving else 1 for axis, length in enumerate(inner[1])]
    return Ref(f"{found.text}[:, :, {', '.join(axes)}]", (shape[0], ROWS, *lengths))
