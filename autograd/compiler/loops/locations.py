"""Where a program with loops has the nodes of a rolled tape, and those of its bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..place import Location, Locations
from ..tape import Tape
from .provenance import InTurn
from .rolling import Body
from .splicing import CONSTANT, PARAMETERS

if TYPE_CHECKING:
    from ..passes import Became


class RolledLocation(NamedTuple):
    """One number: of a value, after the loop that it is computed in, if it is in one, each by its value."""

    values: tuple[int, ...]
    position: int


class OfPiece(NamedTuple):
    """What became of a piece of a rolled tape, or of a part of a body.

    Attributes:
        nodes: for each node of it that of a tape of its own; -1 where it is none.
        became: for each of these that of its classes; a sum may have become a part of another one.
        outputs: for those that are outputs that which computes them as such.
        where: of these the places in a program of its own.
        values: of the values of that program those of the whole, before these got their final numbers.
    """

    nodes: np.ndarray | dict[int, int]
    became: Became
    outputs: dict[int, int]
    where: Locations
    values: dict[int, int]


class RolledLocations:
    """For each node of the rolled tape, or of a body of it in a turn, where the program has it.

    None of constants, and of what no output needs.

    Attributes:
        values, positions: of leaves, and of what is read across pieces, where it lies.
        piece_of: of each other node its number among the pieces; -1 where it is in none.
        pieces: of these.
        loops: by the number of a loop, for each of its parts, the value of its result and what became of its nodes.
        final: of each value its number in the program.
    """

    def __init__(self, values: np.ndarray, positions: np.ndarray, places: np.ndarray, bodies: Sequence[Body]) -> None:
        self.values, self.positions, self.places = values, positions, places
        self.piece_of = np.full(len(values), -1)
        self.pieces: list[OfPiece] = []
        self.loops: list[list[tuple[int, OfPiece]]] = [[] for _ in bodies]
        self._bodies = bodies
        self.final: dict[int, int] = {}

    def add_piece(self, nodes: np.ndarray, piece: OfPiece) -> None:
        self.piece_of[nodes] = len(self.pieces)
        self.pieces.append(piece)

    def add_part(self, turn: Tape, value: int, nodes: OfPiece) -> None:
        """A part of the loop that has this tape as its body."""
        [number] = [number for number, body in enumerate(self._bodies) if body.tape is turn]
        self.loops[number].append((value, nodes))

    def __getitem__(self, node: int | InTurn) -> RolledLocation | None:
        if isinstance(node, InTurn):
            return self.in_turn(node)
        if self.piece_of[node] < 0:
            return self.at(int(self.values[node]), int(self.positions[node]))
        piece = self.pieces[self.piece_of[node]]
        place = _place(piece, node)
        if place is None:
            return None
        value = piece.values[place.value]
        if value == PARAMETERS:
            return RolledLocation((self.final[PARAMETERS],), place.position)
        return self.at(value, place.position)

    def at(self, value: int, position: int) -> RolledLocation | None:
        """A number of a value, of parameters by its number."""
        if value == CONSTANT or value not in self.final:
            return None
        if value == PARAMETERS:
            position = int(self.places[position])
        return RolledLocation((self.final[value],), position)

    def in_turn(self, node: InTurn) -> RolledLocation | None:
        for result, part in self.loops[node.loop]:
            place = _place(part, node.node)
            if place is not None and result in self.final:
                return RolledLocation((self.final[result], place.value), place.position)
        return None


def _place(piece: OfPiece, node: int) -> Location | None:
    nodes = piece.nodes
    at = nodes.get(node, -1) if isinstance(nodes, dict) else int(nodes[node])
    if at < 0:
        return None
    return piece.where[piece.outputs[at] if at in piece.outputs else piece.became[at]]
