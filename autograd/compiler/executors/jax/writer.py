"""The text of a pure function while it is written: its lines, and expressions for parts of values.

Every value is written once, in the shape that the program gives it; those of a row have an axis more, the first.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...kinds import Constants, Input, Take
from ...program import Program
from ...views import Operand, View
from .partition import Part, Partition, groups_of
from .pieces import Block, Piece, between, found_in, giving, in_a_row, of_turns_in_a_row, woven
from .refs import ROWS, Ref, cut, joined, moving_axes, part_of_turns


class Writer:
    """Lines of a function of the parameters and the inputs, for any number of rows.

    Args:
        names: what the text refers to; those of other functions too.
        prefix: of the names of values, if they are those of a turn.
    """

    def __init__(self, program: Program, names: dict[str, Any], prefix: str = "") -> None:
        self.program, self.names, self.prefix = program, names, prefix
        self.lines: list[str] = []
        self.checks: list[str] = []  # names of conditions that hold where all indices are good ones
        self.chosen: dict[tuple[View, Take], tuple[str, str]] = {}
        self.weighted = False  # whether the rows count in the gradient as the argument `weights` says
        self._temporary = 0
        self.pieces: dict[int, list[Piece]] = {}
        self.whole_of: dict[int, Callable[[], Ref]] = {}  # what puts values together that are there in pieces
        self.firsts: dict[int, View] = {}  # what stands before the first turn of a loop
        self.partition: Partition | None = None  # of the values of a turn
        self.turned: dict[int, Ref] = {}  # values that have the turns of a loop before the rows
        self.straight: set[int] = set()  # those of them that are there with the rows first, too
        self.blocks_together: Callable[[], Ref]
        self.in_blocks = False  # whether the parameters are, and their gradient
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
        if ref.is_turned:
            shape = self.shape(value)[1:]
            self.lines.append(f"{self.name(value)} = {ref.spread((shape[0], ROWS, *shape[1:])).text}")
            self.turned[value] = Ref(self.name(value), (shape[0], ROWS, *shape[1:]))
            return
        self.lines.append(f"{self.name(value)} = {ref.spread(self.shape(value)).text}")

    def begin_blocks(self, blocks: Sequence[Block]) -> None:
        """Let the parameters be given in blocks."""
        parameters, size = self.program.parameters, self.program.size[self.program.parameters]
        self.in_blocks = True
        refs = [Ref(f"p{n}", block.shape) for n, block in enumerate(blocks)]
        self.pieces[parameters] = [
            Piece(size, 0, 1, block.low, block.high, giving(ref)) for block, ref in zip(blocks, refs, strict=True)
        ]
        self.blocks_together = self.whole_of[parameters] = giving(joined([ref.flat for ref in refs]))

    def give_pieces(self, value: int, found: Sequence[Ref], parts: Sequence[Part] = ()) -> None:
        """Lines that compute parts of a value, one after the other if nothing else is said; it is put together if
        somebody reads it.
        """
        refs, size, shape = [], self.program.size[value], self.shape(value)
        if not parts:
            ends = np.cumsum([ref.size for ref in found]).tolist()
            parts = [Part(end - ref.size, 1, ref.size) for end, ref in zip(ends, found, strict=True)]
        for n, (ref, part) in enumerate(zip(found, parts, strict=True)):
            name = f"{self.name(value)}_{n}"
            self.lines.append(f"{name} = {ref.text}")
            refs.append(Ref(name, ref.shape))
            piece = Piece(size, 0, 1, part.begin, part.end, giving(refs[-1]), step=part.step)
            self.pieces.setdefault(value, []).append(piece)
        by_row = self.program.space[value]
        self.whole_of[value] = lambda: woven([ref.flat for ref in refs], parts).reshaped(shape[1:] if by_row else shape)

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
        """All of a value."""
        put_together = self.whole_of.pop(value, None)
        if put_together is not None:
            self.define(value, put_together())
        name = self.name(value)
        if value in self.turned:
            name += "_"
            if value not in self.straight:
                self.straight.add(value)
                self.lines.append(f"{name} = moveaxis({self.name(value)}, 0, 1)")
        return Ref(name, self.shape(value))

    def part_of_turns(self, operand: Operand) -> Ref | None:
        """A part of what a loop has given out, or of what was computed of it, with the turns before the rows."""
        if not isinstance(operand, View) or not self.program.space[operand.value]:
            return None
        if operand.value in self.turned:
            return part_of_turns(self.turned[operand.value], operand.place, self.positions)
        for piece in self.pieces.get(operand.value, ()):
            there = piece.place_of(operand.place) if piece.turned else None
            if there is not None and piece.turned is not None:
                return part_of_turns(piece.turned, there, self.positions)
        return None

    def parts_of_turns(self, view: View) -> list[Ref]:
        """The same of several arrays, which have columns one after the other; none where they are not there."""
        several = of_turns_in_a_row(self.pieces.get(view.value, ()), view.place) or []
        found = [part_of_turns(ref, place, self.positions) for ref, place in several]
        return [] if None in found else [ref for ref in found if ref is not None]

    def elementwise(self, operands: Sequence[Operand]) -> list[Ref]:
        """Operands of what is computed element by element, all of them turned where one is and the others can be."""
        refs = [self.part_of_turns(operand) for operand in operands]
        if any(refs):
            all_turned = [ref or self.ref(operand).turned() for ref, operand in zip(refs, operands, strict=True)]
            found = [ref for ref in all_turned if ref is not None]
            if len(found) == len(operands):
                return found
        return [self.ref(operand) for operand in operands]

    def flat(self, value: int) -> Ref:
        """All numbers of a value in a line, for every row."""
        return self.whole(value).flat

    def part(self, view: View) -> tuple[Ref, list[int]]:
        """A part of a value without the axes along which nothing moves, and which axes of the view it has, in order."""
        pieces = self.pieces.get(view.value, ())
        ref, place = found_in(pieces, view.place) or (None, view.place)
        several = None if ref else in_a_row(pieces, place)
        if several:
            return joined([cut(*each, self.positions).flat for each in several]), [0]
        if not ref and (whole := between(pieces, place)):
            moving = moving_axes(place)
            line = woven([each.flat for each, _ in whole], [part for _, part in whole])
            return line.reshaped([place[1][axis] for axis in moving]), moving
        return cut(ref or self.whole(view.value), place, self.positions), moving_axes(view.place)

    def positions(self, table: np.ndarray) -> str:
        """A name for a table of positions."""
        return self.constant(table.astype(np.int32), "positions")

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

    # -------------------------------------------------------------------------------------------------- outputs

    def outputs(self, space: int) -> list[Ref]:
        """The outputs, in groups that lie in a value or are known, in a line; for every row in the space of rows."""
        return [self.line_of(group, space) for group in groups_of(self.program.outputs)]

    def line_of(self, outputs: Sequence[tuple[int, int] | float], space: int) -> Ref:
        """Outputs that lie in one value, or are all known, in a line."""
        lead, [first, *_], shape = (ROWS,) * bool(space), outputs, (len(outputs),)
        if isinstance(first, float):
            ref = Ref(f"array([{', '.join(map(repr, outputs))}], dtype)", shape)
        else:
            positions = np.array([output[1] for output in outputs])  # type: ignore[index]
            steps = np.unique(np.diff(positions))
            if len(steps) < 2 and (steps > 0).all():
                ref, _ = self.part(View(first[0], int(positions[0]), shape, (int(steps.max(initial=1)),)))
            else:
                ref = self.flat(first[0]).indexed(self.positions(positions), shape)
        return ref.reshaped(shape).spread((*lead, *shape))
