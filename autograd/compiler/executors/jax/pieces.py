"""A value in pieces: arrays of some of its columns, in some of its rows. So rows of turns are never put together.

Where all numbers lie in one line, the rows are one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...views import Place
from .refs import Ref


@dataclass(slots=True)
class Piece:
    """The columns from `begin` to `end`, of `rows` rows from `first` on, of a value whose rows have so many columns.

    Attributes:
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

    def place_of(self, place: Place) -> Place | None:
        """Where in the array a part of the value is; None where some of it is not there.

        >>> Piece(3, 0, 5, 1, 3, lambda: Ref("", ())).place_of((4, (4, 2), (3, 1)))  # rows 1 to 4, columns 1 and 2
        (2, (4, 2), (2, 1))
        """
        offset, shape, strides = place
        row, column = divmod(offset, self.columns)
        rows, inside, width, steps = [row, row], [column, column], self.end - self.begin, []
        for length, stride in zip(shape, strides, strict=True):
            if length == 1 or not stride:
                steps.append(0)
                continue
            reached, step = inside, stride
            if stride % self.columns == 0:
                reached, step = rows, stride // self.columns
            reached[step > 0] += (length - 1) * step
            steps.append(step * width if reached is rows else step)
        if rows[0] < self.first or rows[1] >= self.first + self.rows or inside[0] < self.begin or inside[1] >= self.end:
            return None
        return (row - self.first) * width + column - self.begin, shape, tuple(steps)


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
