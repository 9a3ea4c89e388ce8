"""Which numbers of a turn are computed apart: those that lie a step apart in a value, or come from several arrays.

XLA puts arrays together number by number, and takes every second one of them out again as slowly: a gate of a cell
beside another one. So what is assembled of several arrays stays in several, and so does what is computed of it number
by number; also what is read in such parts.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ...kinds import Assemble, Contract, Kind, Map, Partial, Sum
from ...program import Program, Step
from ...views import Operand, View, contiguous
from .pieces import Piece

_MOST_PARTS = 8  # of a value
_MOST_PIECES = 64  # of a row
_MOST_TERMS = 4  # of a sum along an axis, which is written as one of arrays


class Part(NamedTuple):
    """Numbers of a value, or columns of a row."""

    begin: int
    step: int
    length: int

    @property
    def end(self) -> int:
        """One after the last of them."""
        return self.begin + (self.length - 1) * self.step + 1

    @property
    def shape(self) -> tuple[int, ...]:
        """That of their array: of one number none, as XLA is fastest with."""
        return () if self.length == 1 else (self.length,)


class _Read(NamedTuple):
    """An operand of a value: of each number of the value which number of the operand it is made of; -1 for none."""

    operand: View
    positions: np.ndarray
    sign: int


class Partition:
    """The parts of the values of a turn, and of its row.

    Args:
        body: what a turn does; its first inputs are the rows of other turns.
        states: how many they are.
        pieces: of inputs that come in several arrays.

    Attributes:
        row: the columns that lie in one array, for each array.
        parts: those of a value that is computed in several.
    """

    def __init__(self, body: Program, states: int, pieces: Mapping[int, Sequence[Piece]]) -> None:
        self._body, self._states = body, [body.inputs[n] for n in range(states) if n in body.inputs]
        self._given = {value: found for value, found in pieces.items() if value != body.parameters}
        self._reads = {step.out.value: reads for step in body.steps if (reads := _reads_of(step))}
        while wrong := self._wrong():
            self._reads = {value: reads for value, reads in self._reads.items() if value not in wrong}
        self.row = [*map(_part, _classes(self._row))]
        if len(self.row) > _MOST_PIECES:
            self.row = [Part(0, 1, len(self._row))]
        self.parts = {value: [*map(_part, _classes(self._labels[value]))] for value in self._reads}
        whole = [value for value, parts in self.parts.items() if len(parts) == 1 and not self._sums_parts(value)]
        for value in whole:
            del self.parts[value]

    def _sums_parts(self, value: int) -> bool:
        """Whether it is a sum along an axis of what is computed in parts."""
        step = self._body.step(value)
        return isinstance(step.kind, Contract) and len(self.parts.get(step.views[0].value, ())) > 1

    def of_part(self, step: Step, part: Part) -> Step:
        """The step that computes a part of a value."""
        numbers, terms = part.begin + part.step * np.arange(part.length), list[tuple[Operand, int]]()
        for operand, positions, sign in self._reads[step.out.value]:
            found = positions[numbers]
            if found[0] >= 0:
                stride = int(found[1] - found[0]) if part.length > 1 else 0
                view = View(operand.value, int(found[0]), part.shape, (stride,) * len(part.shape))
                terms.append((view, sign))
        out = contiguous(step.out.value, 0, part.shape)
        if not isinstance(step.kind, (Assemble, Contract)):
            views = iter(terms)
            operands = [next(views)[0] if isinstance(each, View) else each for each in step.operands]
            return step._replace(operands=tuple(operands), out=out)
        signs = tuple([sign for _, sign in terms])
        return step._replace(kind=Sum(signs), operands=tuple([view for view, _ in terms]), out=out)

    def _wrong(self) -> set[int]:
        """The values whose parts are no such ones, when all labels are found."""
        self._label()
        classes = _classes(self._row)
        if len(classes) > _MOST_PIECES or not all(map(_is_line, classes)):
            return set(self._reads)
        return {
            value for value, reads in self._reads.items() if not _are_good(_classes(self._labels[value]), reads)
        }  # fmt: skip

    def _label(self) -> None:
        """Give each number of a value, and of the row, a label: those of different parts have different ones."""
        body, before = self._body, -1
        self._labels = labels = [np.zeros(size, int) for size in body.size]
        for value, pieces in self._given.items():
            for n, piece in enumerate(pieces):
                labels[value][piece.begin : piece.end : piece.step] = n
        self._row = np.repeat(*np.array([(n, len(group)) for n, group in enumerate(groups_of(body.outputs))]).T)
        while before < (before := sum(int(each.max(initial=0)) for each in (self._row, *labels))):
            for state in self._states:
                labels[state] = self._row
            for value, reads in self._reads.items():
                found = [np.where(at < 0, -1, labels[operand.value][at]) for operand, at, _ in reads]
                labels[value] = _refined(labels[value], *found)
            for value, reads in reversed(self._reads.items()):
                for operand, at, _ in reads:
                    if operand.value in self._reads and (_is_strided(operand) or body.is_whole(operand)):
                        column = np.full(len(labels[operand.value]), -1)
                        column[at[at >= 0]] = labels[value][at >= 0]
                        labels[operand.value] = _refined(labels[operand.value], column)
            of_outputs = [
                int(labels[each[0]][each[1]]) if not isinstance(each, float) and each[0] in self._reads else 0
                for each in body.outputs
            ]
            self._row = _refined(self._row, np.array(of_outputs))


def groups_of(outputs: Sequence[tuple[int, int] | float]) -> list[list[tuple[int, int] | float]]:
    """Consecutive outputs that lie in one value, or are all known."""
    grouped = groupby(outputs, lambda output: -1 if isinstance(output, float) else output[0])
    return [list(group) for _, group in grouped]


def _reads_of(step: Step) -> list[_Read]:
    """What a step goes over number by number; nothing where it does not."""
    if not step.space or step.boolean:
        return []
    return _READS.get(type(step.kind), _none)(step, step.kind)


def _none(step: Step, kind: Kind) -> list[_Read]:
    return []


def _operands(step: Step, kind: Map | Partial | Sum) -> list[_Read]:
    signs = kind.signs if isinstance(kind, Sum) else (1,) * len(step.operands)
    if any(view.shape != step.out.shape for view in step.views):  # a list for each number
        return []
    return [
        _Read(operand, operand.positions().ravel(), sign)
        for operand, sign in zip(step.operands, signs, strict=True)
        if isinstance(operand, View)
    ]


def _assembled(step: Step, kind: Assemble) -> list[_Read]:
    found = []
    for operand, place, sign in zip(step.operands, kind.places, kind.signs, strict=True):
        target = View(0, *place)
        if not isinstance(operand, View) or not target.is_distinct:
            return []
        positions = np.full(prod(step.out.shape), -1)
        positions[target.positions()] = operand.positions()
        found.append(_Read(operand, positions, sign))
    return found


def _terms(step: Step, kind: Contract) -> list[_Read]:
    """A sum along one short axis, as one of so many operands."""
    if len(step.views) > 1 or kind.scale != 1.0:
        return []
    [view], (axes, out) = step.views, kind.axes
    summed = [axis for axis, letter in enumerate(axes.removeprefix("b")) if letter not in out]
    kept = "".join([letter for letter in axes if letter in out])
    if len(summed) != 1 or kept != out or view.shape[summed[0]] > _MOST_TERMS:
        return []
    each = np.moveaxis(view.positions(), summed[0], 0)
    return [_Read(view, positions.ravel(), 1) for positions in each]


_READS: dict[type[Kind], Callable[[Step, Any], list[_Read]]] = {
    Map: _operands,
    Partial: _operands,
    Sum: _operands,
    Assemble: _assembled,
    Contract: _terms,
}


def _refined(labels: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """Labels that differ where these do, or one of the columns.

    >>> _refined(np.array([0, 0, 1, 1]), np.array([-1, 3, -1, -1]))
    array([0, 1, 2, 2])
    """
    for column in columns:
        if (column != column[:1]).any():
            labels = np.unique(labels * (column.max() + 2) + column + 1, return_inverse=True)[1]
    return labels


def _classes(labels: np.ndarray) -> list[np.ndarray]:
    """The positions of each label, by the first of them."""
    classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return sorted(classes, key=lambda positions: int(positions[0]))


def _is_line(positions: np.ndarray) -> bool:
    """Whether they are one step apart, if there are several."""
    return len(positions) < 3 or not np.diff(positions, 2).any()


def _are_good(classes: Sequence[np.ndarray], reads: Sequence[_Read]) -> bool:
    """Whether they are few, and each lies in a line, in the value and in what is read for it."""
    if len(classes) == 1:
        return True
    lines = [each for numbers in classes for each in (numbers, *[read.positions[numbers] for read in reads])]
    return len(classes) <= _MOST_PARTS and all(map(_is_line, lines))


def _is_strided(view: View) -> bool:
    """Whether neighbours in a view are none in the value."""
    strides = [abs(stride) for length, stride in zip(view.shape, view.strides, strict=True) if length > 1 and stride]
    return min(strides, default=1) > 1


def _part(positions: np.ndarray) -> Part:
    return Part(int(positions[0]), int(positions[1] - positions[0]) if len(positions) > 1 else 1, len(positions))
