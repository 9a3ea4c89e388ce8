"""A program as a graph of boxes: which array operation reads what which other one has computed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.compiler import kinds
from autograd.compiler.program import Program, Step
from autograd.compiler.views import Operand, View

from ..graph.visible import ModuleCall, common_call
from .box import END, ENTRIES, Box, Kind, describe, entry_box, input_box, leaf_box, number_box, step_box
from .reading import operands_of
from .shapes import dimensions, positions_of, shape_of

MOST_READERS = 10  # of one box for an input or parameters
_PATH = " / "  # between the names of the module calls around a step

Key: TypeAlias = tuple[int, ...]  # a value, after the loops that it is computed in: each the value of its step


Source: TypeAlias = Iterator[tuple[Box, str]]  # boxes, and the shapes of what comes from them


class Return(NamedTuple):
    """What a turn gives to a later one: from the box that computes it to the one that stands for it there."""

    tail: Box
    head: Box
    delay: int


class Boxes:
    """The boxes of a program, each after those that it reads. A loop is a frame around those of one turn.

    Args:
        scalars: for how many each value stands; None for what its step says.
    """

    def __init__(self, program: Program, backward: bool, scalars: Mapping[Key, int] | None = None) -> None:
        self.program, self.scalars = program, scalars
        self.path: Key = ()  # the loops around
        self.repeats = 1  # how often the steps are run
        self.homes: dict[Box, ModuleCall | None] = {}  # the module call around each box
        self.calls: dict[tuple[str, ...], ModuleCall] = {}
        self.guests: set[Box] = set()  # boxes that no module call made: at home where they are used
        self.leaves: dict[tuple[Key, bytes], tuple[Box, int]] = {}  # each, and how many read it
        self.contents: dict[Box, tuple[Key, np.ndarray]] = {}  # what a leaf shows: a value, and where in it
        self.computed: dict[Key, Box] = {}
        self.turns: dict[Key, Turn] = {}
        self.returns: list[Return] = []
        self.inputs = {value: position for position, value in program.inputs.items()}  # of arguments
        for step in program.steps:
            self.add_step(step)
        self.roots = [self.add_output(value, list(outputs)) for value, outputs in groupby(program.outputs, _value)]
        if backward:
            self.add_adjoints()
        self.find_homes()

    def key(self, value: int) -> Key:
        return (*self.path, value)

    def size_of(self, key: Key) -> int:
        """How many numbers a value has."""
        *loops, value = key
        program = self.turns[tuple(loops)].program if loops else self.program
        return program.size[value]

    def add(self, box: Box, home: ModuleCall | None = None) -> Box:
        self.homes[box] = home
        return box

    def add_adjoints(self) -> None:
        """The steps of the gradient. Where it is put together from parts, these are its boxes."""
        program = self.program
        gradient = program.step(program.gradient) if program.gradient is not None else None
        in_parts = gradient is not None and isinstance(gradient.kind, kinds.Assemble)
        of_parameters = {view.value for view in gradient.views} if gradient and in_parts else {program.gradient}
        for step in program.adjoints:
            if in_parts and step.out.value == program.gradient:
                continue
            self.add_step(step, backward=True, is_gradient=step.out.value in of_parameters)
            if step.out.value in of_parameters:
                self.roots += self.boxes_of(step.out.value)

    def add_step(self, step: Step, backward: bool = False, is_gradient: bool = False) -> None:
        key = self.key(step.out.value)
        if isinstance(step.kind, kinds.Loop):
            self.turns[key] = Turn(self, step, step.kind, backward)
            return
        scalars = step.scalars * self.repeats if self.scalars is None else self.scalars.get(key, 0)
        box = step_box(self.program, step, 0 if backward else scalars, backward, is_gradient)
        for operand, table in operands_of(step):
            self.read(box, operand, table)
        self.computed[key] = box
        if not (backward or step.scope or step.scalars or self.path):
            self.guests.add(box)
        self.add(box, self.call(self.around(step, backward)))

    def around(self, step: Step, backward: bool) -> list[str]:
        """The names of the frames around a step."""
        return ["backward"] * backward + (step.scope.split(_PATH) if step.scope else [])

    def boxes_of(self, value: int) -> list[Box]:
        """Those that compute it: of a loop all that give something out."""
        turn = self.turns.get(self.key(value))
        return [self.computed[self.key(value)]] if turn is None else turn.row()

    def add_output(self, value: int | None, outputs: Sequence[Any]) -> Box:
        """The box of consecutive outputs that lie in the same value, or of constant ones."""
        by_row = value is not None and bool(self.program.space[value])
        words = f"output\n{dimensions(by_row, [len(outputs)])}"
        box = Box(words, words, "output", END)
        if value is None:
            for constant in outputs:
                self.read(box, constant)
        else:
            self.read(box, self.program.whole(value), np.array([place for _, place in outputs]))
        return self.add(box)

    def call(self, names: Sequence[str]) -> ModuleCall | None:
        """The module call of this path: the same for all steps that have it, so that one frame is around them."""
        call = None
        for depth, name in enumerate(names, 1):
            call = self.calls.setdefault(tuple(names[:depth]), ModuleCall(name, call, depth))
        return call

    def find_homes(self) -> None:
        """A guest is at home in the innermost call around all its users; what forward steps use, around these.

        What goes into the turns of a loop is used outside of its frame.
        """
        users: dict[Box, ModuleCall | None] = {}
        for box in reversed(self.homes):
            if box in self.guests:
                self.homes[box] = users.get(box, self.homes[box])
            home = self.homes[box]
            around = home.outer if home and box.kind in ENTRIES else home
            for parent in box.parents:
                if parent.backward == box.backward:
                    users[parent] = common_call(around, users.get(parent, around))

    def read(self, box: Box, operand: Operand, table: np.ndarray | None = None) -> None:
        """Enter what the box reads, from where it was computed; with a table only these numbers of the value."""
        if isinstance(operand, View):
            for parent, words in self.sources(operand, table, box.backward):
                box.parents.append(parent)
                box.arrays.append(words)
        else:
            box.parents.append(self.number(operand))
            box.arrays.append(repr(operand))

    def number(self, number: float) -> Box:
        """A box for a plain number."""
        box = self.add(number_box(number))
        self.guests.add(box)
        return box

    def sources(self, view: View, table: np.ndarray | None, backward: bool) -> Source:
        """The boxes that have the numbers of a view, or of a table, and the shapes of what comes from each."""
        key = self.key(view.value)
        if key in self.turns:
            yield from self.turns[key].given(view, table)
        else:
            box = self.computed.get(key) or self.leaf(view, table, backward)
            yield box, shape_of(self.program, view, table)

    def leaf(self, view: View, table: np.ndarray | None, backward: bool) -> Box:
        """The box of an input, or a part of the parameters or the constants: the same for who reads the same numbers.

        After some readers it stands there once more: arrows stay short, and the layout of a long program fast.
        """
        is_input = view.value in self.inputs
        positions = positions_of(self.program.whole(view.value) if is_input else view, None if is_input else table)
        key = (self.key(view.value), positions.tobytes())
        leaf, readers = self.leaves.get(key, (None, 0))
        if leaf is None or readers == MOST_READERS:
            if is_input:
                leaf, readers = self.add(input_box(self.program, self.inputs[view.value])), 0
            else:
                leaf, readers = self.add(leaf_box(self.program, view, table, positions)), 0
                self.guests.add(leaf)
            self.contents[leaf] = (self.key(view.value), positions)
            leaf.backward = backward
        self.leaves[key] = (leaf, readers + 1)
        return leaf


def _value(output: Any) -> int | None:
    return output[0] if isinstance(output, tuple) else None


class Turn(Boxes):
    """The boxes of the body of a loop, in a frame: what a turn does, and what goes into it.

    One box stands for what is carried from a box of an earlier turn, and one for each array that is scanned or
    invariant.
    """

    def __init__(self, outer: Boxes, step: Step, kind: kinds.Loop, backward: bool) -> None:
        self.outer, self.step, self.kind, self.backward = outer, step, kind, backward
        self.program, self.scalars = kind.body, outer.scalars
        self.path, self.repeats = outer.key(step.out.value), outer.repeats * kind.turns
        self.homes, self.calls, self.guests, self.leaves = outer.homes, outer.calls, outer.guests, outer.leaves
        self.contents, self.computed = outer.contents, outer.computed
        self.turns, self.returns = outer.turns, outer.returns
        self.inputs = {value: position for position, value in kind.body.inputs.items()}
        self.frame = self.free_path(outer.around(step, backward))
        self.call(self.frame)
        self.carried: dict[tuple[int, int], tuple[Box, set[int]]] = {}  # by delay and giver; and what of a row
        self.entries: dict[int, Box] = {}  # what is scanned, or invariant, by the operand
        for inner in kind.body.steps:
            self.add_step(inner, backward)
        self.add_returns()

    def free_path(self, outside: list[str]) -> list[str]:
        """The names of the frames around a turn, which no other loop has."""
        path, number = [*outside, self.kind.name], 1
        while tuple(path) in self.calls:
            number += 1
            path[-1] = f"{self.kind.name} ({number})"
        return path

    def add(self, box: Box, home: ModuleCall | None = None) -> Box:
        return super().add(box, home or self.call(self.frame))

    def around(self, step: Step, backward: bool) -> list[str]:
        return self.frame + super().around(step, False)

    # ------------------------------------------------------------------------------------------- what goes in

    def sources(self, view: View, table: np.ndarray | None, backward: bool) -> Source:
        argument = self.inputs.get(view.value)
        if argument is None:
            yield from super().sources(view, table, backward)
        elif argument < len(self.kind.delays):
            yield from self.earlier(self.kind.delays[argument], view, table)
        else:
            yield self.entry(argument - len(self.kind.delays), view), shape_of(self.program, view, table)

    def leaf(self, view: View, table: np.ndarray | None, backward: bool) -> Box:
        """Parameters are those of the program around, so that there is one box for them."""
        if view.value == self.program.parameters:
            return self.outer.leaf(view._replace(value=self.outer.program.parameters), table, backward)
        return super().leaf(view, table, backward)

    def earlier(self, delay: int, view: View, table: np.ndarray | None) -> Source:
        """The boxes for what earlier turns have computed."""
        for giver, columns in self.by_giver(positions_of(view, table)):
            if (delay, giver) not in self.carried:
                self.carried[delay, giver] = self.enter("carried", self.step.operands[0]), set()
            box, used = self.carried[delay, giver]
            used.update(columns)
            yield box, dimensions(bool(self.program.space[view.value]), [len(columns)])

    def entry(self, number: int, view: View) -> Box:
        """The box for an operand that is scanned or invariant."""
        if number not in self.entries:
            kind: Kind = "scanned" if self.kind.scanned[number] else "invariant"
            box = self.entries[number] = self.enter(kind, self.step.operands[1 + number])
            what = {"scanned": f"others in each of {self.kind.turns:,} turns", "invariant": "the same in all turns"}
            describe(box, shape_of(self.program, self.program.whole(view.value)), what[kind])
        return self.entries[number]

    def enter(self, kind: Kind, operand: Operand) -> Box:
        """A new box for what comes from outside."""
        box = entry_box(kind, self.backward)
        self.outer.read(box, operand)
        return self.add(box)

    # ------------------------------------------------------------------------------------------ what goes out

    def add_returns(self) -> None:
        """What is carried in words, and from which boxes it comes."""
        for (delay, giver), (box, used) in list(self.carried.items()):
            by_row = bool(giver >= 0 and self.program.space[giver])
            turns = "1 turn" if delay == 1 else f"{delay} turns"
            describe(
                box, dimensions(by_row, [len(used)]), f"of {turns} {'after' if self.kind.is_reversed else 'before'}"
            )
            self.returns += [Return(tail, box, delay) for tail in self.boxes_of_giver(giver, sorted(used))]

    def by_giver(self, columns: np.ndarray) -> Iterator[tuple[int, list[int]]]:
        """Numbers of a row by what computes them: a value of the body, or ~ the place of a plain number."""
        found: dict[int, list[int]] = {}
        for column in columns.tolist():
            output = self.program.outputs[column]
            found.setdefault(~column if isinstance(output, float) else output[0], []).append(column)
        yield from found.items()

    def boxes_of_giver(self, giver: int, columns: list[int]) -> list[Box]:
        outputs = self.program.outputs
        if giver < 0:
            return [self.number(float(outputs[~giver]))]  # type: ignore[arg-type]
        table = np.array([outputs[column][1] for column in columns])  # type: ignore[index]
        return [box for box, _ in self.sources(self.program.whole(giver), table, self.backward)]

    def row(self) -> list[Box]:
        """The boxes of all that a turn gives out."""
        found = self.by_giver(np.arange(self.kind.width))
        return [box for giver, columns in found for box in self.boxes_of_giver(giver, columns)]

    def given(self, view: View, table: np.ndarray | None) -> Source:
        """The boxes of a turn that have the numbers of a view of the result, and what comes from each."""
        positions, kind = positions_of(view, table), self.kind
        turns = positions // kind.width - (0 if kind.is_reversed else kind.delay)
        is_inside = (turns >= 0) & (turns < kind.turns)
        if not is_inside.all():
            yield from self.outer.sources(self.step.views[0], None, self.backward)
        turns, columns = turns[is_inside], positions[is_inside] % kind.width
        for giver, used in self.by_giver(np.unique(columns)):
            of = np.unique(turns[np.isin(columns, used)])
            words = dimensions(bool(self.step.space), [len(of), len(used)])
            for box in self.boxes_of_giver(giver, used):
                yield box, f"{words} {self.which(of)}"

    def which(self, turns: np.ndarray) -> str:
        """Some turns in words."""
        if len(turns) > 1:
            return f"of {'all' if len(turns) == self.kind.turns else f'{len(turns):,} of'} {self.kind.turns:,} turns"
        last = 0 if self.kind.is_reversed else self.kind.turns - 1
        return "of the last turn" if turns[0] == last else f"of turn {turns[0] + 1:,}"
