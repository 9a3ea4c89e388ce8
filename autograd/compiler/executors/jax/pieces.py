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


def giving(ref: Ref) -> Callable[[], Ref]:
    """What gives an array that is there already."""
    return lambda: ref
