"""A program as a graph of boxes: which array operation reads what which other one has computed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from autograd.compiler import kinds
from autograd.compiler.program import Program, Step
from autograd.compiler.views import Operand, View

from ..graph.visible import ModuleCall, common_call
from .box import END, Box, input_box, leaf_box, number_box, step_box
from .shapes import dimensions, positions_of, shape_of

MOST_READERS = 10  # of one box for an input or parameters
_PATH = " / "  # between the names of the module calls around a step


class Boxes:
    """The boxes of a program, each after those that it reads.

    Args:
        scalars: for how many each value stands; None for what its step says.
    """

    def __init__(self, program: Program, backward: bool, scalars: Sequence[int] | None = None) -> None:
        self.program = program
        self.homes: dict[Box, ModuleCall | None] = {}  # the module call around each box
        self.calls: dict[tuple[str, ...], ModuleCall] = {}
        self.guests: set[Box] = set()  # boxes that no module call made: at home where they are used
        self.leaves: dict[tuple[int, bytes], tuple[Box, int]] = {}  # each, and how many read it
        self.contents: dict[Box, tuple[int, np.ndarray]] = {}  # what a leaf shows: a value, and where in it
        self.computed: dict[int, Box] = {}  # by the value
        self.inputs = {value: position for position, value in program.inputs.items()}  # of arguments
        for step in program.steps:
            self.add_step(step, step.scalars if scalars is None else scalars[step.out.value])
        self.roots = [self.add_output(value, list(outputs)) for value, outputs in groupby(program.outputs, _value)]
        if backward:
            self.add_adjoints()
        self.find_homes()

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
            box = self.add_step(step, 0, backward=True, is_gradient=step.out.value in of_parameters)
            if step.out.value in of_parameters:
                self.roots.append(box)

    def add_step(self, step: Step, scalars: int, backward: bool = False, is_gradient: bool = False) -> Box:
        box = step_box(self.program, step, scalars, backward, is_gradient)
        for operand, table in _operands(step):
            self.read(box, operand, table)
        self.computed[step.out.value] = box
        if not (backward or step.scope or step.scalars):
            self.guests.add(box)
        return self.add(box, self.call(["backward"] * backward + (step.scope.split(_PATH) if step.scope else [])))

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
        """A guest is at home in the innermost call around all its users; what forward steps use, around these."""
        users: dict[Box, ModuleCall | None] = {}
        for box in reversed(self.homes):
            if box in self.guests:
                self.homes[box] = users.get(box, self.homes[box])
            for parent in box.parents:
                if parent.backward == box.backward:
                    users[parent] = common_call(self.homes[box], users.get(parent, self.homes[box]))

    def read(self, box: Box, operand: Operand, table: np.ndarray | None = None) -> None:
        """Enter what the box reads, from where it was computed; with a table only these numbers of the value."""
        if isinstance(operand, View):
            parent = self.computed.get(operand.value) or self.leaf(operand, table, box.backward)
            words = shape_of(self.program, operand, table)
        else:
            parent, words = self.add(number_box(operand)), repr(operand)
            self.guests.add(parent)
        box.parents.append(parent)
        box.arrays.append(words)

    def leaf(self, view: View, table: np.ndarray | None, backward: bool) -> Box:
        """The box of an input, or a part of the parameters or the constants: the same for who reads the same numbers.

        After some readers it stands there once more: arrows stay short, and the layout of a long program fast.
        """
        is_input = view.value in self.inputs
        positions = positions_of(self.program.whole(view.value) if is_input else view, None if is_input else table)
        key = (view.value, positions.tobytes())
        leaf, readers = self.leaves.get(key, (None, 0))
        if leaf is None or readers == MOST_READERS:
            if is_input:
                leaf, readers = self.add(input_box(self.program, self.inputs[view.value])), 0
            else:
                leaf, readers = self.add(leaf_box(self.program, view, table, positions)), 0
                self.guests.add(leaf)
            self.contents[leaf] = (view.value, positions)
            leaf.backward = backward
        self.leaves[key] = (leaf, readers + 1)
        return leaf


Read = Iterator[tuple[Operand, np.ndarray | None]]  # by a step, in order; with a table only what that lists


def _operands(step: Step) -> Read:
    return _READ.get(type(step.kind), _all)(step, step.kind)


def _all(step: Step, kind: kinds.Kind) -> Read:
    yield from ((operand, None) for operand in step.operands)


def _views(step: Step, kind: kinds.Kind) -> Read:
    yield from ((view, None) for view in step.views)


def _of_gather(step: Step, kind: kinds.Gather) -> Read:
    yield step.views[0], kind.table


def _of_take(step: Step, kind: kinds.Take) -> Read:
    index, values = step.views
    yield index, None
    yield values, kind.table


_READ: Mapping[type[kinds.Kind], Any] = {kinds.Gather: _of_gather, kinds.Take: _of_take, kinds.Partial: _views}


def _value(output: Any) -> int | None:
    return output[0] if isinstance(output, tuple) else None
