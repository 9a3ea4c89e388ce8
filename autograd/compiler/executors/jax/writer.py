"""The text of a pure function while it is written: its lines, and expressions for parts of values.

Every value is written once, in the shape that the program gives it; those of a row have an axis more, the first.
"""

from collections.abc import Sequence
from itertools import groupby
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ...kinds import Constants, Input, Take
from ...program import Program
from ...views import Operand, View
from .parts import box_of

ROWS = -1  # the length of the first axis of what is there for every row


class Ref(NamedTuple):
    """An expression, and the shape of what it gives."""

    text: str
    shape: tuple[int, ...]

    @property
    def by_row(self) -> bool:
        return self.shape[:1] == (ROWS,)


class Writer:
    """Lines of a function of the parameters and the inputs, for any number of rows.

    Args:
        names: what the text refers to; those of other functions too.
        prefix: of the names of values, if they are those of a turn.
        outer: the function around this one, which is of a turn.
    """

    def __init__(
        self, program: Program, names: dict[str, Any], prefix: str = "", outer: "Writer | None" = None
    ) -> None:
        self.program, self.names, self.prefix = program, names, prefix
        self.lines: list[str] = []
        self.checks: list[str] = []  # names of conditions that hold where all indices are good ones
        self.chosen: dict[tuple[View, Take], tuple[str, str]] = {}
        self.outer = outer
        self.weighted = False  # whether the rows count in the gradient as the argument `weights` says
        self._temporary = 0
        self.called: dict[int, str] = {}  # values that have other names than the program gives them

    # ------------------------------------------------------------------------------------------------ names, lines

    def name(self, value: int) -> str:
        """How the text calls a value."""
        if value == self.program.parameters:
            return "p"
        if value in self.called:
            return self.called[value]
        return self.prefix + self.program.name(value)

    def temporary(self, expression: str) -> str:
        """A name for what this expression gives."""
        self._temporary += 1
        name = f"{self.prefix}a{self._temporary}"
        self.lines.append(f"{name} = {expression}")
        return name

    def constant(self, array: np.ndarray, prefix: str) -> str:
        """A name for an array that is known."""
        name = f"{prefix}{len(self.names)}"
        self.names[name] = array
        return name

    def define(self, value: int, ref: Ref) -> None:
        """The line that computes a value."""
        self.lines.append(f"{self.name(value)} = {self.spread(ref, self.shape(value)).text}")

    # ---------------------------------------------------------------------------------------------------- parts

    def shape(self, value: int) -> tuple[int, ...]:
        """That of the array of a value."""
        program = self.program
        kind = program.kind(value)
        if isinstance(kind, (Input, Constants)) or value == program.parameters:
            shape: tuple[int, ...] = (program.size[value],)
        else:
            shape = program.layouts[program.layout[value]][0]
        return (ROWS, *shape) if program.space[value] else shape

    def whole(self, value: int) -> Ref:
        return Ref(self.name(value), self.shape(value))

    def flat(self, value: int) -> Ref:
        """All numbers of a value in a line, for every row."""
        return self.reshaped(self.whole(value), (self.program.size[value],))

    @staticmethod
    def reshaped(ref: Ref, shape: Sequence[int]) -> Ref:
        """The same numbers in another shape; the rows stay the first axis."""
        full = (ROWS, *shape) if ref.by_row else tuple(shape)
        if full == ref.shape:
            return ref
        inside = ", ".join(map(str, full))  # -1 as the length of an axis is what is left: the rows
        return Ref(f"{ref.text}.reshape({inside})", full)

    def part(self, view: View) -> tuple[Ref, tuple[int, ...]]:
        """A part of a value, without the axes along which nothing moves; and which axes of the view it has, in order."""
        by_row, size = bool(self.program.space[view.value]), self.program.size[view.value]
        moving = [axis for axis, length in enumerate(view.shape) if length > 1 and view.strides[axis]]
        shape = tuple([view.shape[axis] for axis in moving])
        full = (ROWS, *shape) if by_row else shape
        box = box_of(view.place, size)
        if box is None:
            positions = View(0, view.offset, shape, tuple([view.strides[axis] for axis in moving])).positions()
            table = self.constant(positions.astype(np.int32), "positions")
            index = f"[:, {table}]" if by_row else f"[{table}]"
            return Ref(self.flat(view.value).text + index, full), tuple(moving)
        ref = self.whole(view.value)
        if size == 1:
            index = ["0"] * (len(ref.shape) - by_row)
            text = f"{ref.text}[{', '.join([*[':'] * by_row, *index])}]" if index else ref.text
            return Ref(text, full), ()
        if (box.low, box.high) != (0, size):
            ref = self.flat(view.value)
            ref = Ref(f"{ref.text}[{':, ' * by_row}{box.low}:{box.high}]", (*ref.shape[:-1], box.high - box.low))
        ref = self.reshaped(ref, box.grid)
        slices, order = [":"] * by_row, []
        for start, length, count, axis in zip(box.starts, box.lengths, box.grid, box.order, strict=True):
            if axis < 0:
                slices.append(str(start))
            else:
                slices.append(":" if length == count else f"{start}:{start + length}")
                order.append(axis)
        while slices and slices[-1] == ":":
            slices.pop()
        text = f"{ref.text}[{', '.join(slices)}]" if slices else ref.text
        return self.transposed(Ref(text, full), order, by_row), tuple(moving)

    @staticmethod
    def transposed(ref: Ref, order: Sequence[int], by_row: bool) -> Ref:
        """An array whose axes are these in this order, with them in their own order. (The shape is right already.)"""
        ranks = sorted(order)
        axes = [order.index(axis) for axis in ranks]
        if axes == list(range(len(axes))):
            return ref
        if not by_row and len(axes) == 2:
            return Ref(f"{ref.text}.T", ref.shape)
        moved = ", ".join(map(str, [0, *[axis + 1 for axis in axes]] if by_row else axes))
        return Ref(f"{ref.text}.transpose({moved})", ref.shape)

    def ref(self, operand: Operand) -> Ref:
        """A part of a value with all its axes: one along which nothing moves has the length 1."""
        if not isinstance(operand, View):
            return self.number(operand)
        ref, moving = self.part(operand)
        if len(moving) == len(operand.shape):
            return ref
        axes = [":"] * ref.by_row + [":" if axis in moving else "None" for axis in range(len(operand.shape))]
        shape = (ROWS,) * ref.by_row + tuple(
            [length if axis in moving else 1 for axis, length in enumerate(operand.shape)]
        )
        return Ref(f"{ref.text}[{', '.join(axes)}]", shape)

    def number(self, x: float) -> Ref:
        """A plain number."""
        return Ref(repr(float(x)), ())

    def spread(self, ref: Ref, shape: tuple[int, ...]) -> Ref:
        """The same in all of a shape."""
        if ref.shape == shape:
            return ref
        return Ref(f"broadcast_to({ref.text}, {self.shape_text(shape)})", shape)

    @staticmethod
    def shape_text(shape: Sequence[int]) -> str:
        """A shape as a tuple."""
        lengths = ["rows" if length == ROWS else str(length) for length in shape]
        return f"({', '.join(lengths)}{',' * (len(lengths) == 1)})"

    # -------------------------------------------------------------------------------------------------- outputs

    def outputs(self, space: int) -> str:
        """The outputs, in a line, for every row where the space is that of rows."""
        program, parts = self.program, []
        lead = (ROWS,) if space else ()
        for value, group in groupby(program.outputs, lambda output: -1 if isinstance(output, float) else output[0]):
            these = list(group)
            shape = (*lead, len(these))
            if value < 0:
                numbers = ", ".join([f"{each!r}" for each in these])
                parts.append(self.spread(Ref(f"array([{numbers}], dtype)", (len(these),)), shape).text)
                continue
            positions = [output[1] for output in these]  # type: ignore[index]
            flat = self.flat(value)
            start, stop = positions[0], positions[-1] + 1
            if positions == list(range(program.size[value])):
                text = flat.text
            elif positions == list(range(start, stop)):
                text = f"{flat.text}[{':, ' * flat.by_row}{start}:{stop}]"
            else:
                table = self.constant(np.array(positions, np.int32), "positions")
                text = f"{flat.text}[{':, ' * flat.by_row}{table}]"
            ref = Ref(text, (*flat.shape[:-1], len(these)))
            parts.append(self.spread(ref, shape).text)
        return parts[0] if len(parts) == 1 else f"concatenate([{', '.join(parts)}], -1)"


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of what is computed of arrays of these, element by element."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return tuple([next((length for length in lengths if length != 1), 1) for lengths in zip(*padded, strict=True)])


def size_of(shape: Sequence[int]) -> int:
    """How many numbers of one row are in this shape."""
    return prod(length for length in shape if length != ROWS)
