"""A program as a graph of boxes: which array operation reads what which other one has computed."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.program import Array, Fill, Gather, Map, Operand, Program, Step, Sum, Take, View, whole

from ..graph.visible import ModuleCall, common_call
from .box import END, Box, input_box, leaf_box, number_box, step_box
from .shapes import dimensions, positions_of, shape_of, table_of

MOST_READERS = 10  # of one box for an input or parameters
_PATH = " / "  # between the names of the module calls around a step


class Boxes:
    """The boxes of a program, each after those that it reads."""

    def __init__(self, program: Program, backward: bool) -> None:
        self.program = program
        self.homes: dict[Box, ModuleCall | None] = {}  # the module call around each box
        self.calls: dict[tuple[str, ...], ModuleCall] = {}
        self.guests: set[Box] = set()  # boxes that no module call made: at home where they are used
        self.leaves: dict[tuple[Array, bytes], tuple[Box, int]] = {}  # each, and how many read it
        self.contents: dict[Box, tuple[Array, np.ndarray]] = {}  # what a leaf shows: an array, and where in it
        self.writers: dict[Array, list[Writer]] = {}
        self.inputs = {array: position for position, array in program.inputs.items()}  # of arguments
        for step in program.steps:
            self.add_step(step, False)
        self.roots = [self.add_output(array, list(outputs)) for array, outputs in groupby(program.outputs, _array)]
        for step in program.adjoints if backward else ():
            box = self.add_step(step, True)
            if step.out.array is program.gradient:
                self.roots.append(box)
        self.find_homes()

    def add(self, box: Box, home: ModuleCall | None = None) -> Box:
        self.homes[box] = home
        return box

    def add_step(self, step: Step, backward: bool) -> Box:
        is_gradient = step.out.array is self.program.gradient and not isinstance(step, Fill)
        box = step_box(step, backward, is_gradient)
        for operand, table in _operands(step):
            self.read(box, operand, table)
        self.write(box, step)
        if not (backward or step.scope or step.scalars):
            self.guests.add(box)
        return self.add(box, self.call(["backward"] * backward + (step.scope.split(_PATH) if step.scope else [])))

    def add_output(self, array: Array | None, outputs: Sequence[Any]) -> Box:
        """The box of consecutive outputs that lie in the same array, or of constant ones."""
        words = f"output\n{dimensions(array is not None and array.by_row, [len(outputs)])}"
        box = Box(words, words, "output", END)
        if array is None:
            for constant in outputs:
                self.read(box, constant)
        else:
            self.read(box, whole(array), np.array([place for _, place in outputs]))
        return self.add(box)

    def call(self, names: Sequence[str]) -> ModuleCall | None:
        """The module call of this path: the same for all steps that have it, so that one frame is around them."""
        call = None
        for depth, name in enumerate(names, 1):
            call = self.calls.setdefault(tuple(names[:depth]), ModuleCall(name, call, depth))
        return call

    def find_homes(self) -> None:
        """A guest is at home in the innermost call around all its users; what forward steps use, around these."""
        users: dict[Box, ModuleCall | None] = {}
        for box in reversed(self.homes):
            if box in self.guests:
                self.homes[box] = users.get(box, self.homes[box])
            for parent in box.parents:
                if parent.backward == box.backward:
                    users[parent] = common_call(self.homes[box], users.get(parent, self.homes[box]))

    def read(self, box: Box, operand: Operand, table: np.ndarray | None = None) -> None:
        """Enter what the box reads, from where it was computed; with a table only these numbers of the array."""
        if isinstance(operand, View):
            parents = self.sources(operand, table) or [self.leaf(operand, table, box.backward)]
        else:
            parents = [self.add(number_box(operand))]
            self.guests.update(parents)
        box.parents += parents
        box.arrays += [shape_of(operand, table) if isinstance(operand, View) else repr(operand)] * len(parents)

    def write(self, box: Box, step: Step) -> None:
        """Enter what the box computes. Who adds to numbers reads them, too, and is read instead of who wrote them."""
        writers = self.writers.setdefault(step.out.array, [])
        table = table_of(step) if step.accumulate else None
        if step.accumulate:
            positions = positions_of(step.out, table)
            before = self.sources(step.out, table)
            box.parents += before
            box.arrays += [shape_of(step.out, table)] * len(before)
            writers[:] = [each for each in writers if not np.isin(positions_of(each.view, each.table), positions).all()]
        writers.append(Writer(box, step.out, table))

    def sources(self, view: View, table: np.ndarray | None) -> list[Box]:
        """The boxes that computed the numbers of a view."""
        writers = self.writers.get(view.array, [])
        if len(writers) > 1:
            positions = positions_of(view, table)
            writers = [each for each in writers if np.isin(positions_of(each.view, each.table), positions).any()]
        return [each.box for each in writers]

    def leaf(self, view: View, table: np.ndarray | None, backward: bool) -> Box:
        """The box of an input, or a part of the parameters or the constants: the same for who reads the same numbers.

        After some readers it stands there once more: arrows stay short, and the layout of a long program fast.
        """
        is_input = view.array in self.inputs
        positions = positions_of(whole(view.array) if is_input else view, None if is_input else table)
        key = (view.array, positions.tobytes())
        leaf, readers = self.leaves.get(key, (None, 0))
        if leaf is None or readers == MOST_READERS:
            if is_input:
                leaf, readers = self.add(input_box(self.inputs[view.array], view.array)), 0
            else:
                leaf, readers = self.add(leaf_box(self.program, view, table, positions)), 0
                self.guests.add(leaf)
            self.contents[leaf] = (view.array, positions)
            leaf.backward = backward
        self.leaves[key] = (leaf, readers + 1)
        return leaf


class Writer(NamedTuple):
    """Who wrote a view; or only the numbers of its array in the table."""

    box: Box
    view: View
    table: np.ndarray | None


def _operands(step: Step) -> Iterator[tuple[Operand, np.ndarray | None]]:
    """What a step reads, in order: views, plain numbers, and arrays of which it reads what a table lists."""
    if isinstance(step, Gather):
        yield whole(step.source), step.table
    elif isinstance(step, Take):
        yield step.index, None
        yield whole(step.values), step.table
    elif isinstance(step, Sum):
        yield from ((item, None) for _, item in step.items)
    elif isinstance(step, Map) and step.partial is None:
        yield from ((argument, None) for argument in step.arguments)
    else:
        yield from ((view, None) for view in step.operands())


def _array(output: Any) -> Array | None:
    return output[0] if isinstance(output, tuple) else None
