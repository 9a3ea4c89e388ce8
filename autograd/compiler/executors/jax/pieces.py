"""Values as several arrays.

A value in pieces is there as arrays of some of its columns, in some of its rows: so rows of turns are never put
together. Where all numbers lie in one line, the rows are one.

The parameters in blocks are an array for each matrix of them, as a step of training keeps them on its devices: of one
array XLA copies each matrix, and its gradient back, a fifth of the time of a network of half a million.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from ...kinds import Loop
from ...program import Program
from ...views import Place, View
from .refs import Ref, box_of, joined


@dataclass(slots=True)
class Piece:
    """The columns from `begin` to `end`, of `rows` rows from `first` on, of a value whose rows have so many columns.

    Attributes:
        step: from one of these columns to the next.
        find: gives the array, (rows, columns), or without an axis where there is one alone.
        turned: the array with the rows of the batch as the second axis, where there is one.
    """

    columns: int
    first: int
    rows: int
    begin: int
    end: int
    find: Callable[[], Ref]
    turned: Ref | None = None
    step: int = 1

    def place_of(self, place: Place) -> Place | None:
        """Where in the array a part of the value is; None where some of it is not there.

        >>> Piece(3, 0, 5, 1, 3, lambda: Ref("", ())).place_of((4, (4, 2), (3, 1)))  # rows 1 to 4, columns 1 and 2
        (2, (4, 2), (2, 1))
        >>> Piece(4, 0, 1, 1, 4, lambda: Ref("", ()), step=2).place_of((1, (2,), (2,)))  # columns 1 and 3
        (0, (2,), (1,))
        """
        offset, shape, strides = place
        row, column = divmod(offset, self.columns)
        rows, inside, width, steps = [row, row], [column, column], len(range(self.begin, self.end, self.step)), []
        for length, stride in zip(shape, strides, strict=True):
            if length == 1 or not stride:
                steps.append(0)
                continue
            reached, step = inside, stride
            if stride % self.columns == 0:
                reached, step = rows, stride // self.columns
            elif stride % self.step:
                return None
            reached[step > 0] += (length - 1) * step
            steps.append(step * width if reached is rows else step // self.step)
        if (column - self.begin) % self.step:
            return None
        if rows[0] < self.first or rows[1] >= self.first + self.rows or inside[0] < self.begin or inside[1] >= self.end:
            return None
        return (row - self.first) * width + (column - self.begin) // self.step, shape, tuple(steps)


def found_in(pieces: Sequence[Piece], place: Place) -> tuple[Ref, Place] | None:
    """The first array that has all of a part, and where it is there."""
    for piece in pieces:
        there = piece.place_of(place)
        if there is not None:
            return piece.find(), there
    return None


def in_a_row(pieces: Sequence[Piece], place: Place) -> list[tuple[Ref, Place]] | None:
    """The arrays of single rows that have numbers one after the other, and where in each; None where there are none.

    So what is read of the last row of a loop needs no other row.

    >>> last = [Piece(3, 5, 1, 0, 2, giving(Ref("a", (2,)))), Piece(3, 5, 1, 2, 3, giving(Ref("b", ())))]
    >>> in_a_row(last, (16, (2,), (1,)))  # of row 5 columns 1 and 2
    [(Ref(text='a', shape=(2,)), (1, (1,), (0,))), (Ref(text='b', shape=()), (0, (1,), (0,)))]
    """
    offset, shape, strides = place
    if len(shape) != 1 or strides != (1,):
        return None
    found, end = list[tuple[Ref, Place]](), offset + shape[0]
    of_rows = [piece for piece in pieces if piece.rows == 1]
    while offset < end:
        for piece in of_rows:
            count = min(end - offset, piece.end - offset % piece.columns)
            there = piece.place_of((offset, (count,), (1,))) if count > 0 else None
            if there is not None:
                found.append((piece.find(), there))
                offset += count
                break
        else:
            return None
    return found


def between(pieces: Sequence[Piece], place: Place) -> list[tuple[Ref, tuple[int, int, int]]]:
    """The arrays of single rows that have all numbers of a part together, which lie one after the other, and no more;
    each with (begin, step, length) of its numbers among them, in the order of the begins.

    >>> last = [Piece(4, 0, 1, n, n + 3, giving(Ref("ab"[n], (2,))), step=2) for n in (0, 1)]
    >>> [(ref.text, part) for ref, part in between(last, (0, (2, 2), (2, 1)))]
    [('a', (0, 2, 2)), ('b', (1, 2, 2))]
    """
    view, found = View(0, *place), list[tuple[int, Piece]]()
    taken = np.zeros(prod(view.shape), bool)
    for piece in pieces if view.is_contiguous else ():
        low = piece.first * piece.columns + piece.begin - view.offset
        of_piece = slice(low, low + piece.end - piece.begin, piece.step)
        if piece.rows == 1 and low >= 0 and of_piece.stop <= len(taken) and not taken[of_piece].any():
            taken[of_piece] = True
            found.append((low, piece))
    if not taken.all():
        return []
    return [
        (piece.find(), (low, piece.step, len(range(piece.begin, piece.end, piece.step))))
        for low, piece in sorted(found, key=lambda each: each[0])
    ]


def woven(refs: Sequence[Ref], parts: Sequence[tuple[int, int, int]]) -> Ref:
    """Numbers in a line, of arrays that have the parts (begin, step, length) of it, in the order of their begins.

    >>> woven([Ref("a", (2,)), Ref("b", (2,)), Ref("c", (3,))], [(0, 2, 2), (1, 2, 2), (4, 1, 3)]).text
    'concatenate([stack([a, b], -1).reshape(4), c], -1)'
    """
    blocks, n = list[Ref](), 0
    while n < len(refs):
        begin, step, length = parts[n]
        together = [*zip(parts[n : n + step], refs[n : n + step], strict=True)]
        if [part for part, _ in together] != [(begin + k, step, length) for k in range(step)]:
            return _put_in_order(refs, parts)
        texts = ", ".join([ref.text for _, ref in together])
        shape = refs[n].shape
        each = Ref(f"stack([{texts}], -1)", (*shape, step)) if step > 1 else refs[n]
        blocks.append(each.reshaped((*shape[each.lead : -1], step * length)))
        n += step
    return joined(blocks)


def _put_in_order(refs: Sequence[Ref], parts: Sequence[tuple[int, int, int]]) -> Ref:
    together = joined(refs)
    positions = np.concatenate([begin + step * np.arange(length) for begin, step, length in parts])
    return Ref(f"{together.text}[..., {np.argsort(positions).tolist()}]", together.shape)


def of_turns_in_a_row(pieces: Sequence[Piece], place: Place) -> list[tuple[Ref, Place]] | None:
    """The arrays of turns that have columns one after the other, of the same rows, and where in each; or None.

    Args:
        place: rows, and consecutive columns.
    """
    offset, shape, strides = place
    if len(shape) != 2 or strides[1:] != (1,):
        return None
    found, end = list[tuple[Ref, Place]](), offset + shape[1]
    while offset < end:
        for piece in pieces:
            count = min(end - offset, piece.end - offset % piece.columns)
            each = (shape[0], count) if count > 1 else shape[:1]
            there = piece.place_of((offset, each, strides[: len(each)])) if piece.turned and count > 0 else None
            if there is not None and piece.turned is not None:
                found.append((piece.turned, there))
                offset += count
                break
        else:
            return None
    return found


def giving(ref: Ref) -> Callable[[], Ref]:
    """What gives an array that is there already."""
    return lambda: ref


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
