"""Tables of positions that are views: affine along each axis."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

_MOST_AXES = 16  # NumPy has a limit, and nobody gains by more


def common_grid(tables: Sequence[np.ndarray]) -> tuple[int, ...]:
    """The axes into which the members must be split so that as many tables as possible are affine along each."""
    size = len(tables[0])
    if size == 1:
        return ()
    inner = {1, size}  # lengths of the blocks that the axes are made of
    for table in tables:
        inner |= _block_lengths(table)
    lengths = [1]
    for length in sorted(inner):
        if length % lengths[-1] == 0 and size % length == 0 and length > lengths[-1]:
            lengths.append(length)
    if len(lengths) > _MOST_AXES:
        lengths = [1, size]  # who is not affine along one axis is gathered
    return tuple(b // a for a, b in pairwise(lengths))[::-1]


def _block_lengths(table: np.ndarray) -> set[int]:
    """How long the blocks are that repeat along a table: {3} for 0 1 2 10 11 12; nothing where it has no order."""
    lengths: set[int] = set()
    block = 1
    while len(table) > 1:
        steps = table[1:] - table[:-1]
        step = steps[0]
        breaks = (steps != step).nonzero()[0]
        if not len(breaks):
            lengths.add(block * len(table))
            break
        length = int(breaks[0]) + 1
        if len(table) % length:
            return set()
        blocks = table.reshape(-1, length)
        if (blocks != blocks[:, :1] + step * np.arange(length)).any():
            return set()
        block *= length
        lengths.add(block)
        table = blocks[:, 0]
    return lengths


def affine_strides(table: np.ndarray) -> tuple[int, ...] | None:
    """The steps of an affine table along its axes; None where it is not affine."""
    if table.size == 1:
        return (0,) * table.ndim
    offset = table.flat[0]
    strides = []
    expected = np.full(table.shape, offset)
    for axis, length in enumerate(table.shape):
        stride = int(table[(0,) * axis + (1,) + (0,) * (table.ndim - axis - 1)] - offset) if length > 1 else 0
        strides.append(stride)
        if stride:
            expected += (stride * np.arange(length)).reshape((-1,) + (1,) * (table.ndim - axis - 1))
    return tuple(strides) if np.array_equal(table, expected) else None


def grid_of(tables: Sequence[np.ndarray]) -> tuple[int, ...]:
    """The axes of the members, by where their operands lie; of one that is a list, its first number."""
    return common_grid([table if table.ndim == 1 else table[:, 0] for table in tables])


def parts_of_views(tables: Sequence[np.ndarray], begins: Sequence[Sequence[int]]) -> list[slice]:
    """The members that one array operation computes, from where to where: all of them, unless parts save a gather.

    What belongs to lists of several lengths lies in parts, of one length each. For each number of its list, the list's
    largest is a view in every part, and in all of them together it is not.

    Args:
        begins: of the arrays that the tables lead to, where their parts do; nothing where there are none.
    """
    everything = [slice(0, len(tables[0]))]
    if not any(begins) or _are_views(tables):
        return everything
    ends = {len(tables[0])}
    for table, of_parts in zip(tables, begins, strict=True):
        if of_parts:
            part = np.searchsorted(of_parts, table if table.ndim == 1 else table[:, 0], side="right")
            ends.update((np.flatnonzero(part[1:] != part[:-1]) + 1).tolist())
    if len(ends) > max(map(len, begins)):
        return everything
    found = [slice(start, end) for start, end in pairwise([0, *sorted(ends)])]
    return found if all(_are_views([table[part] for table in tables]) for part in found) else everything


def _are_views(tables: Sequence[np.ndarray]) -> bool:
    """Whether each table is a view along the axes of the members."""
    shape = grid_of(tables)
    return all(affine_strides(table.reshape(shape + table.shape[1:])) is not None for table in tables)
