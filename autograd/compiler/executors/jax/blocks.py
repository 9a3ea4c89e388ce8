"""The parameters in blocks: an array for each matrix of them, as a step of training keeps them on its devices.

Of one array XLA copies each matrix, and its gradient back: a fifth of the time of a network of half a million.
"""

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from ...kinds import Loop
from ...program import Program
from ...views import Place
from .boxes import box_of


class Block(NamedTuple):
    """The parameters from `low` to `high`, in a shape."""

    low: int
    high: int
    shape: tuple[int, ...]


def blocks_of(program: Program) -> list[Block]:
    """All parameters, one block after the other, such that a step reads from one of them, in the shape that it reads.

    >>> from autograd import Value, compile, dot
    >>> w, b = [[Value(1.0) for _ in range(3)] for _ in range(2)], [Value(0.0), Value(0.0)]
    >>> f = compile(lambda x: [dot(row, x) + b_i for row, b_i in zip(w, b, strict=True)], backend="numpy")
    >>> f([[1.0, 2.0, 3.0]]).tolist()
    [[6.0, 6.0]]
    >>> blocks_of(f.program)
    [Block(low=0, high=6, shape=(3, 2)), Block(low=6, high=8, shape=(2,))]
    """
    size = program.size[program.parameters]
    ranges: list[tuple[int, int, Place]] = sorted([(*_range(place), place) for place in _places(program)])
    blocks, end = list[Block](), 0
    n = 0
    while n < len(ranges):
        low, high, _ = ranges[n]
        together = []
        while n < len(ranges) and ranges[n][0] < max(high, low + 1):
            high = max(high, ranges[n][1])
            together.append(ranges[n][2])
            n += 1
        if low > end:
            blocks.append(Block(end, low, (low - end,)))
        blocks.append(Block(low, high, _shape(together, low, high)))
        end = high
    if end < size or not blocks:
        blocks.append(Block(end, size, (size - end,)))
    return blocks


def _places(program: Program) -> Iterator[Place]:
    """The parts of the parameters that steps read."""
    for value in range(len(program)):
        step = program.step(value)
        yield from [view.place for view in step.views if view.value == program.parameters]
        if isinstance(step.kind, Loop):
            yield from _places(step.kind.body)
    for output in program.outputs:
        if not isinstance(output, float) and output[0] == program.parameters:
            yield output[1], (), ()


def _range(place: Place) -> tuple[int, int]:
    """From where to where its numbers lie."""
    offset, shape, strides = place
    reach = [(length - 1) * stride for length, stride in zip(shape, strides, strict=True)]
    return offset + sum([min(each, 0) for each in reach]), offset + sum([max(each, 0) for each in reach]) + 1


def _shape(places: list[Place], low: int, high: int) -> tuple[int, ...]:
    """The shape in which one of these parts is all of a block."""
    for offset, shape, strides in places:
        box = box_of((offset - low, shape, strides), high - low)
        if box is not None and box.is_whole and prod(box.grid) == high - low and len(box.grid) > 1:
            return box.grid
    return (high - low,)
