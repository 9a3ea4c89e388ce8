"""Where the numbers of a value lie for all turns of a loop; and numbers that lie in stretches."""

from itertools import groupby
from math import prod
from typing import NamedTuple

import numpy as np

from .program import Program, Role, Space, Step
from .views import Operand, Place, View, contiguous_strides

MOST_STRETCHES = 4  # of numbers that are gathered, which are seen as views


class Placed(NamedTuple):
    """Where the numbers of a value lie: number i of turn t at offset + turn·t + step·i of another value."""

    value: int
    offset: int
    turn: int | None  # None where they are the same in all turns
    step: int

    def view(self, place: Place, turns: int) -> View:
        """A part of them, with an axis for the turns in front where it differs from turn to turn."""
        offset, shape, strides = place
        strides = tuple([self.step * stride for stride in strides])
        if self.turn is not None:
            shape, strides = (turns, *shape), (self.turn, *strides)
        return View(self.value, self.offset + self.step * offset, shape, strides)


def placed_view(view: View, scanned: bool) -> Placed | None:
    """Where the numbers of a view lie, one after the other; of a scanned one behind the axis of the turns.

    It is None where they lie in no line.

    >>> placed_view(View(3, 1, (5, 2, 2), (8, 4, 2)), True)
    Placed(value=3, offset=1, turn=8, step=2)
    >>> placed_view(View(3, 1, (5, 2, 2), (8, 1, 2)), True) is None
    True
    """
    shape, strides = view.shape[scanned:], view.strides[scanned:]
    turn = view.strides[0] if scanned else None
    if prod(shape) == 1:
        return Placed(view.value, view.offset, turn, 1)
    found = None
    for length, stride, expected in zip(shape, strides, contiguous_strides(shape), strict=True):
        if length > 1:
            step, rest = divmod(stride, expected)
            if rest or (found is not None and step != found):
                return None
            found = step
    assert found is not None
    return Placed(view.value, view.offset, turn, found)


def placed_constants(program: Program, step: Step) -> Placed:
    """Add constants to a program: where they lie."""
    serial = len(program)
    made = program.add(step.kind, (), step.out.shape, Space.CALL, role=Role.CONSTANTS, serial=serial)
    return Placed(made.value, 0, None, 1)


def runs_of(body: Program) -> list[tuple[int, Operand]]:
    """The outputs of a turn as views of (length,), or plain numbers, and the column where each begins."""
    runs: list[tuple[int, Operand]] = []
    column = 0
    for value, outputs in groupby(body.outputs, lambda output: -1 if isinstance(output, float) else output[0]):
        these = list(outputs)
        if value < 0:
            runs += enumerate(these, column)  # type: ignore[arg-type]
        else:
            positions = np.array([position for _, position in these])  # type: ignore[misc]
            runs += [(column + begin, each._replace(value=value)) for begin, each in stretches_of(positions)]
        column += len(these)
    return runs


def stretches_of(table: np.ndarray) -> list[tuple[int, View]]:
    """A table of positions as views of value 0, of distinct numbers in a line, each with its begin in the table.

    >>> [(begin, (view.offset, *view.shape, *view.strides)) for begin, view in stretches_of(np.array([4, 5, 6, 9, 7]))]
    [(0, (4, 3, 1)), (3, (9, 2, -2))]
    """
    stretches, positions, begin = list[tuple[int, View]](), table.ravel().tolist(), 0
    while begin < len(positions):
        end, stride = begin + 1, 1
        if end < len(positions) and positions[end] != positions[begin]:
            stride = positions[end] - positions[begin]
            while end < len(positions) and positions[end] - positions[end - 1] == stride:
                end += 1
        stretches.append((begin, View(0, positions[begin], (end - begin,), (stride,))))
        begin = end
    return stretches
