"""One turn of some loops, as a tape of its own: the body of a `Loop` is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...operations import INPUT
from ..classes import Classes
from ..folding import fold
from ..passes import classified
from ..tape import ONCE, PARAMETER, Tape
from ..verify import looked_at
from ..views import View
from .parts import Carried, Earlier, Recurrence, Scanned, Source
from .splicing import CONSTANT, PARAMETERS

if TYPE_CHECKING:
    from .arrays import Arrays


class Rows(NamedTuple):
    """Where the rows of a part lie: the value, and the place of each node in a row."""

    value: int
    delay: int
    width: int
    place: dict[int, int]

    def position(self, node: int, turn: int) -> int:
        return (self.delay + turn) * self.width + self.place[node]


class _Operand(NamedTuple):
    """What a turn is given besides rows: its view, and whether that has an axis for the turns."""

    view: View
    is_scanned: bool


class Turn:
    """One turn of some parts of loops, as a tape whose arguments are those of the body of a `Loop`.

    Attributes:
        starts: where the columns of each part begin.
        delays: in their order; the rows of these turns before are the first arguments.
        operands: the arguments after them.
        at: of a leaf of a part, by its number and the node, the argument and the position there.
        leaf_at: the same of what is a leaf of any program, a parameter or a constant: where it lies.
        of_parts: of the nodes of each part those of the latest tape.
        became, outputs: what became of the nodes of that tape, see `OfPiece`.
    """

    def __init__(self, arrays: Arrays, parts: list[Recurrence], space: int) -> None:
        self.arrays, self.splice, self.parts, self.space = arrays, arrays.splice, parts, space
        self.starts = np.cumsum([0, *[len(part.columns) for part in parts]]).tolist()[:-1]
        self.delays = sorted({delay for part in parts for delay in part.delays}) or [1]
        self.operands: list[_Operand] = []
        self.at: dict[tuple[int, int], tuple[int, int]] = {}
        self.leaf_at: dict[tuple[int, int], tuple[int, int]] = {}
        columns: dict[tuple, list[tuple]] = {}
        known: dict[int, list[tuple]] = {}
        for number, part in enumerate(parts):
            for leaf, source in part.leaves.items():
                if isinstance(source, Carried):
                    continue
                values, positions = self.lying(source, part.turns)
                if (values == values[0]).all() and (positions == positions[0]).all():
                    self.know(known, (number, leaf), int(values[0]), int(positions[0]))
                else:
                    of = tuple(np.unique(values).tolist())
                    delay = source.delay if isinstance(source, Earlier) else 0
                    key = (delay, *of) if len(of) == 1 else (*of, values.tobytes())
                    columns.setdefault(key, []).append(((number, leaf), values, positions))
        for each in columns.values():
            self.scan(each)
        for value, numbers in known.items():
            self.give(value, numbers)

    def lying(self, source: Source, turns: int) -> tuple[np.ndarray, np.ndarray]:
        """The value of what is given to each turn, and the position there; once for what all turns share."""
        if isinstance(source, Earlier):
            rows = self.arrays.rows[source.part]
            first = rows.position(source.node, -source.delay)
            return np.full(turns, rows.value), first + rows.width * np.arange(turns)
        assert not isinstance(source, Carried)
        nodes = source.nodes if isinstance(source, Scanned) else np.array([source.node])
        return self.arrays.values[nodes], self.arrays.positions[nodes]

    def know(self, known: dict[int, list[tuple]], what: tuple[int, int], value: int, position: int) -> None:
        """Have the same number in all turns."""
        if value in (PARAMETERS, CONSTANT):
            self.leaf_at[what] = value, position
        else:
            known.setdefault(value, []).append((what, position))

    def scan(self, columns: list[tuple]) -> None:
        """Have other numbers in each turn, which lie in the same values."""
        if (columns[0][1] != PARAMETERS).any() or (self.splice.places[columns[0][2]] >= 0).all():
            columns = sorted(columns, key=lambda column: (int(column[1][0]), int(column[2][0])))
        for place, (what, _, _) in enumerate(columns):
            self.at[what] = self.next, place
        values, positions = (np.stack([column[i] for column in columns], axis=1) for i in (1, 2))
        self.operands.append(_Operand(self.splice.together(values, positions), True))

    def give(self, value: int, numbers: list[tuple]) -> None:
        """Have some of a value in all turns."""
        positions = np.unique([position for _, position in numbers])
        steps = np.diff(positions)
        if (steps != steps[:1]).any():
            positions = np.arange(positions[0], positions[-1] + 1)
        for what, position in numbers:
            self.at[what] = self.next, int(np.searchsorted(positions, position))
        self.operands.append(_Operand(self.splice.together(np.full(len(positions), value), positions), False))

    @property
    def next(self) -> int:
        """The argument of the next operand."""
        return len(self.delays) + len(self.operands)

    def once(self, argument: int) -> int:
        """The argument as tapes have it, which tell whether it is of every row."""
        n = argument - len(self.delays)
        space = self.space if n < 0 else self.splice.space(self.operands[n].view.value)
        return argument if space else argument + ONCE

    def sizes(self, width: int) -> Mapping[int, int]:
        """Of each argument."""
        of_operands = [int(np.prod(view.shape[is_scanned:])) for view, is_scanned in self.operands]
        return dict(enumerate([*[width] * len(self.delays), *of_operands]))

    def tape(self, column: np.ndarray) -> Tape:
        """The turn, folded; its outputs are the numbers of the row in their order, and the k-th is number column[k]."""
        tape = self.arrays.tape.like()
        tape.constants, tape.differentiable = [], 0  # all of it has a gradient, or nothing
        leaves: dict[Any, int] = {}
        outputs: list[int] = []
        of_parts: list[dict[int, int]] = []
        for number, (part, start) in enumerate(zip(self.parts, self.starts, strict=True)):
            of, new = part.tape, dict[int, int]()
            of_parts.append(new)
            for leaf in part.leaves:
                new[leaf] = self.leaf(tape, leaves, number, start, leaf, column)
            for n in part.nodes:
                for m in of.operands(n):
                    if m not in new:
                        new[m] = tape.constant(of.constants[of.operands(m)[0]], leaves)
                new[n] = tape.add(of.operation(n), [new[m] for m in of.operands(n)], of.scope_of(n))
            outputs += [new[n] for n in part.columns]
        tape.outputs = [outputs[k] for k in np.argsort(column)]
        folded, became = fold(looked_at(tape))
        self.of_parts = [
            {n: int(became[new[n]]) for n in part.nodes} for part, new in zip(self.parts, of_parts, strict=True)
        ]
        return looked_at(folded)

    def leaf(self, tape: Tape, leaves: dict[Any, int], number: int, start: int, leaf: int, column: np.ndarray) -> int:
        """The leaf for what is given to a part."""
        source, what = self.parts[number].leaves[leaf], (number, leaf)
        value, place = self.leaf_at.get(what, (0, 0))
        if value == CONSTANT:
            return tape.constant(self.splice.numbers[place], leaves)
        if what in self.leaf_at:
            key: tuple[int, ...] = (place,)
        elif isinstance(source, Carried):
            of_column = start + self.parts[number].columns.index(source.node)
            key = self.once(self.delays.index(source.delay)), int(column[of_column])
        else:
            argument, place = self.at[what]
            key = self.once(argument), place
        if key not in leaves:
            leaves[key] = tape.add(PARAMETER if len(key) == 1 else INPUT, key)
        return leaves[key]

    def classified(self) -> tuple[Classes, np.ndarray]:
        """The classes, and the order of the columns in which those of a class stand together."""
        order = np.arange(sum(len(part.columns) for part in self.parts))
        classes = self.classes_of(order)
        by_class = np.argsort([classes.class_of[n] for n in classes.outputs], kind="stable")
        if (by_class == order).all():
            return classes, order
        return self.classes_of(np.argsort(by_class)), by_class

    def classes_of(self, column: np.ndarray) -> Classes:
        tape = self.tape(column)
        classes, self.became = classified(tape)
        self.outputs = dict(zip(tape.outputs, classes.outputs, strict=True))
        return classes
