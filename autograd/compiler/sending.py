"""What a turn of a loop backwards sends to other turns, and what it adds to a sum over all of them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from .contributions import Contribution
from .views import Shape, View


class Sent(NamedTuple):
    """What a turn sends to the row of so many turns before: numbers from a column on, and where these begin in what
    it sends to all rows.
    """

    delay: int
    contributions: list[Contribution]
    column: int
    length: int
    begin: int


class Summed(NamedTuple):
    """Numbers of the adjoint of a turn, of one shape, of which the sum over all turns is wanted."""

    terms: tuple[tuple[View, int], ...]  # each with its sign

    @property
    def values(self) -> set[int]:
        """Those in which they lie."""
        return {view.value for view, _ in self.terms}

    @property
    def shape(self) -> Shape:
        """That of the sum, without axes along which all of them repeat."""
        views = [view for view, _ in self.terms]
        lengths = zip(views[0].shape, *[view.strides for view in views], strict=True)
        return tuple([length if any(strides) else 1 for length, *strides in lengths])

    def all_of(self, total: View) -> View:
        """The sum with its axes as long as those of the numbers."""
        shape = self.terms[0][0].shape
        moves = zip(self.shape, total.strides, shape, strict=True)
        return total._replace(shape=shape, strides=tuple([0 if a < b else stride for a, stride, b in moves]))


def cut(column: int, part: View, ends: Sequence[int]) -> list[tuple[int, View]]:
    """Consecutive numbers, which go to those from a column on, in pieces that end at these columns; each with its own.

    >>> cut(2, View(5, 0, (6,), (1,)), [0, 4])
    [(2, View(value=5, offset=0, shape=(2,), strides=(1,))), (4, View(value=5, offset=2, shape=(4,), strides=(1,)))]
    """
    [length] = part.shape
    at = [column, *[end for end in ends if column < end < column + length], column + length]
    return [(a, part._replace(offset=part.offset + a - column, shape=(b - a,))) for a, b in pairwise(at)]


def without_ones(view: View) -> View:
    """A view without the axes of length 1."""
    axes = [axis for axis, length in enumerate(view.shape) if length > 1]
    shape, strides = (tuple([each[axis] for axis in axes]) for each in (view.shape, view.strides))
    return view._replace(shape=shape, strides=strides)
