"""A rolled tape as a program of arrays: its pieces, and the bodies of its loops, are laid out one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ...operations import CONSTANT as CONSTANT_NODE
from ...operations import INPUT
from ..columns import Column, filled
from ..kinds import Loop
from ..passes import classified
from ..program import Program, Space
from ..tables import find_tables
from ..tape import ONCE, PARAMETER, Tape
from ..verify import looked_at
from .bodies import Rows, Turn
from .locations import OfPiece, RolledLocations
from .parts import Recurrence
from .pieces import NeededLoop, Pieces
from .splicing import CONSTANT, PARAMETERS, Splice


def lay_out_rolled(
    pieces: Pieces, input_sizes: Sequence[int], places: np.ndarray | None = None, size: int = 0
) -> tuple[Program, RolledLocations]:
    """The program that computes the outputs of a rolled tape, and where it has the nodes.

    For the arguments see `find_tables`.
    """
    if places is not None:
        return Arrays(pieces, input_sizes, places.copy(), size).program()
    tape = pieces.tape
    is_parameter = tape.kind.array() == tape.place_of(PARAMETER)
    size = int((is_parameter & pieces.is_needed).sum())
    program, where = Arrays(pieces, input_sizes, np.full(len(tape.parameters), -1), size).program()
    used = int((program.places >= 0).sum())
    if used < size:  # some were multiplied by 0, say
        return Arrays(pieces, input_sizes, program.places, used).program()
    return program, where


class Arrays:
    """Lays out the pieces.

    Attributes:
        values, positions: of each node of the tape where it lies, see `Splice`.
        rows: of the parts of loops that are there.
        where: of all nodes where they are, also of those that no other piece reads.
    """

    def __init__(self, pieces: Pieces, input_sizes: Sequence[int], places: np.ndarray, size: int) -> None:
        self.pieces, self.tape = pieces, pieces.tape
        self.splice = Splice(places, size, input_sizes)
        self.values, self.positions = np.full(len(self.tape), -2), np.zeros(len(self.tape), np.intp)
        self.where = RolledLocations(self.values, self.positions, places, self.tape.loops)
        self.place_leaves()
        self.leaves_given = len(input_sizes)  # further arguments are values
        self.rows: dict[Recurrence, Rows] = {}
        self._zero = -1

    def place_leaves(self) -> None:
        tape, values, positions = self.tape, self.values, self.positions
        kinds, first = tape.kind.array(), tape.begin.array()[:-1]
        of = tape.of.array()
        nodes = np.flatnonzero(kinds == tape.place_of(PARAMETER))
        values[nodes], positions[nodes] = PARAMETERS, of[first[nodes]]
        nodes = np.flatnonzero(kinds == tape.place_of(CONSTANT_NODE))
        values[nodes] = CONSTANT
        positions[nodes] = self.splice.constants([tape.constants[n] for n in of[first[nodes]]])
        nodes = np.flatnonzero((kinds == tape.place_of(INPUT)) & self.pieces.is_needed)
        arguments = of[first[nodes]]
        for argument in np.unique(arguments).tolist():
            values[nodes[arguments == argument]] = self.splice.input(argument)
        positions[nodes] = of[first[nodes] + 1]

    def program(self) -> tuple[Program, RolledLocations]:
        """The program, with nothing but what it needs, and where it has the nodes."""
        wanted = self.wanted()
        for nodes, loops in zip(self.pieces.nodes, self.pieces.loops, strict=True):
            if len(nodes):
                self.enter_piece(nodes, wanted)
            for together in self.groups(loops):
                self.enter_loop(together)
        outputs = self.tape.outputs
        program, self.where.final = self.splice.program(self.values[outputs].tolist(), self.positions[outputs].tolist())
        program.scalars = self.tape.scalars
        return looked_at(program), self.where

    def wanted(self) -> np.ndarray:
        """Of each node whether another piece, a loop or the function gives it out or reads it."""
        tape, pieces = self.tape, self.pieces
        begin, of = tape.begin.array(), tape.of.array()
        piece, found = np.full(len(tape), -1), np.zeros(len(tape), bool)
        for n, nodes in enumerate(pieces.nodes):
            piece[nodes] = n
        reader = np.repeat(piece, np.diff(begin))
        is_read = np.flatnonzero(reader >= 0)
        found[of[is_read][piece[of[is_read]] != reader[is_read]]] = True
        for loop in [loop for loops in pieces.loops for loop in loops]:
            found[loop.read] = True
        found[tape.outputs] = True
        return found

    # ---------------------------------------------------------------------------------------------------- a piece

    def enter_piece(self, nodes: np.ndarray, wanted: np.ndarray) -> None:
        tape = self.tape
        given = nodes[wanted[nodes]]
        has_gradient = self.pieces.has_gradient[given]
        given = np.concatenate([given[has_gradient], given[~has_gradient]])
        piece, sources, number = self.tape_of(nodes)
        piece.outputs = number[given].tolist()
        piece.differentiable = int(has_gradient.sum()) if tape.differentiable and len(tape.outputs) > 1 else 0
        classes, became = classified(looked_at(piece))
        sizes = {argument: self.splice.length(value) for argument, value in sources.items()}
        program, where = find_tables(classes, self.splice.places, self.splice.size, sizes)
        self.values[given], self.positions[given], values = self.splice.insert(program, sources)
        outputs = dict(zip(piece.outputs, classes.outputs, strict=True))
        self.where.add_piece(nodes, OfPiece(number, became, outputs, where, values))

    def tape_of(self, nodes: np.ndarray) -> tuple[Tape, dict[int, int], np.ndarray]:
        """These nodes as a tape, the value of each argument of it, and of each node of ours that of it."""
        tape = self.tape
        begin = tape.begin.array()
        lengths = begin[nodes + 1] - begin[nodes]
        ends = np.cumsum(lengths)
        operands = tape.of.array()[np.arange(ends[-1]) + np.repeat(begin[nodes] - ends + lengths, lengths)]
        inside = np.zeros(len(tape), bool)
        inside[nodes] = True
        leaves = _Leaves(self, tape.like(len(nodes)))
        number = np.full(len(tape), -1)
        for n in np.unique(operands[~inside[operands]]).tolist():
            number[n] = leaves.node(self.values[n], self.positions[n])
        piece = leaves.tape
        count, filled_of = len(piece), len(piece.of)
        number[nodes] = np.arange(count, count + len(nodes))
        piece.kind = _joined(piece.kind, tape.kind.array()[nodes])
        piece.scope = _joined(piece.scope, tape.scope.array()[nodes])
        piece.begin = _joined(piece.begin, filled_of + ends)
        piece.of = _joined(piece.of, number[operands])
        return piece, leaves.sources, number

    # ----------------------------------------------------------------------------------------------------- a loop

    def groups(self, loops: list[NeededLoop]) -> list[list[Recurrence]]:
        """The parts of a level that are run together: of equally many turns, by row or not, and with a gradient or not.

        None of them waits for another one. What is aside, and by row, comes last, as it may wait for the others.
        """
        spaces = np.array([each.space for each in self.splice.entries] + [Space.CALL, Space.CALL])  # of -2 and CONSTANT
        by_row = spaces[self.values] == Space.ROW
        parts = [part for loop in loops for part in loop.parts(by_row)]

        def kind(part: Recurrence) -> tuple[bool, bool, int]:
            return part.is_aside, part.by_row, part.turns

        return [list(group) for _, group in groupby(sorted(parts, key=kind), kind)]

    def enter_loop(self, parts: list[Recurrence]) -> None:
        turns, space = parts[0].turns, Space(parts[0].by_row)
        turn = Turn(self, parts, space)
        classes, order = turn.classified()
        width = len(order)
        column = np.argsort(order)  # of each as we count them its place in the row
        program, where = find_tables(classes, self.splice.places, self.splice.size, turn.sizes(width))
        self.splice.place_those_of(program)
        self.splice.classes += program.classes
        delay = turn.delays[-1]
        values, positions = np.full((delay, width), CONSTANT), np.full((delay, width), self.zero())
        for part, start in zip(parts, turn.starts, strict=True):
            for (n, before), first in part.first.items():
                at = delay - before, column[start + part.columns.index(n)]
                values[at], positions[at] = self.values[first], self.positions[first]
        kind = Loop(program, turns, tuple(turn.delays), tuple([each.is_scanned for each in turn.operands]))
        operands = [self.splice.together(values, positions), *[each.view for each in turn.operands]]
        scalars = turns * sum(step.scalars for step in program.steps)
        result = self.splice.add(kind, operands, (delay + turns, width), space, scalars=scalars)
        for part, start in zip(parts, turn.starts, strict=True):
            places = column[start : start + len(part.columns)].tolist()
            rows = self.rows[part] = Rows(result.value, delay, width, dict(zip(part.columns, places, strict=True)))
            for out, (n, of_turn) in part.outs.items():
                self.values[out], self.positions[out] = result.value, rows.position(n, of_turn)
        for part, nodes in zip(parts, turn.of_parts, strict=True):
            self.where.add_part(part.tape, result.value, OfPiece(nodes, turn.became, turn.outputs, where, {}))

    def zero(self) -> int:
        """The position of a number that nobody reads."""
        if self._zero < 0:
            [self._zero] = self.splice.constants([0.0])
        return self._zero


class _Leaves:
    """The leaves of a tape that is made: each stands for what lies somewhere in the program so far.

    Attributes:
        sources: of each argument, without ONCE, the value that it is.
    """

    def __init__(self, arrays: Arrays, tape: Tape) -> None:
        self.splice, self.first_free = arrays.splice, arrays.leaves_given
        self.tape, self.sources = tape, dict[int, int]()
        self.arguments: dict[int, int] = {}
        self.known: dict[tuple, int] = {}

    def node(self, value: int, position: int) -> int:
        """The leaf for a number."""
        if (value, position) not in self.known:
            self.known[value, position] = self.new(int(value), int(position))
        return self.known[value, position]

    def new(self, value: int, position: int) -> int:
        if value == PARAMETERS:
            return self.tape.add(PARAMETER, (position,))
        if value == CONSTANT:
            return self.tape.add_constant(self.splice.numbers[position])
        if value not in self.arguments:
            argument = self.first_free + len(self.arguments)
            self.sources[argument] = value
            self.arguments[value] = argument + (0 if self.splice.space(value) else ONCE)
        return self.tape.add(INPUT, (self.arguments[value], position))


def _joined(column: Column, more: np.ndarray) -> Column:
    """A column with more numbers."""
    result = filled(len(column) + len(more))
    result.array()[:] = np.concatenate([column.array(), more])
    return result
