"""Where the nodes of the classes lie in the values of a program: the parameters first of all.

The weights of a layer are one matrix where they lie in the order of their use. So they get their places while the
classes are laid out (`tables.py`), unless they have them already.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from ..operations import CONSTANT
from .classes import Classes
from .columns import Column
from .kinds import Assemble, Constants, Input, Parameters
from .program import Program, Role, Space
from .tape import LEAVES, ONCE, PARAMETER


class Location(NamedTuple):
    """One number of a value."""

    value: int
    position: int


class Locations:
    """Where a program has the nodes of its classes: places[n] is where the step that computes node n puts it.

    It is None of constants, of what no output needs, and of the node -1, which is none.
    """

    def __init__(self, program: Program, class_of: Column, value_of: list[int], position: np.ndarray) -> None:
        self.program, self.class_of, self.value_of, self.position = program, class_of, value_of, position

    def __getitem__(self, n: int) -> Location | None:
        if n < 0 or self.position[n] < 0:
            return None
        value, position = self.value_of[self.class_of[n]], int(self.position[n])
        kind = self.program.kind(value)
        if isinstance(kind, Assemble):  # of parts, one after the other
            part = bisect_right(kind.places, position, key=itemgetter(0)) - 1
            return Location(self.program.step(value).views[part].value, position - kind.places[part][0])
        return None if isinstance(kind, Constants) else Location(value, position)


class Placement:
    """Gives every node a place: `value_of` has the value of each class, `position` where in it each node lies.

    Args:
        classes, places, size, input_sizes: see `find_tables`.
    """

    def __init__(
        self, classes: Classes, places: np.ndarray | None, size: int, input_sizes: Sequence[int] | Mapping[int, int]
    ) -> None:
        self.classes = classes
        self.places, self.input_sizes = places, input_sizes
        self.position = np.full(len(classes.class_of), -1, dtype=np.intp)
        self.value_of: list[int] = []  # of the classes so far
        self.result = Program()
        self.size = size  # of the parameters
        self.chooses, self.placed = False, 0  # whether some have no place yet, and how many have one

    def leaves(self) -> Iterator[int]:
        """The values that nothing computes, and their nodes' positions; for each class of leaves its value."""
        program, values = self.result, []
        leaves = [c for c in self.classes.classes if c.operation in LEAVES]
        learned = sum(len(c.nodes) for c in leaves if c.operation is PARAMETER)
        if self.places is None:
            self.places, self.size = np.full(len(self.classes.tape.parameters), -1), learned
        program.parameters = program.add(Parameters(), (), (self.size,), Space.CALL, role=Role.PARAMETERS).value
        for c in leaves:
            payload, nodes = c.operand_table(), c.node_array()
            if c.operation is PARAMETER:
                self.position[nodes] = self.places[payload[:, 0]]
                self.chooses, self.placed = (self.position[nodes] < 0).any(), int((self.places >= 0).sum())
                values.append(program.parameters)
            elif c.operation is CONSTANT:
                self.position[nodes] = np.arange(len(c.nodes))
                numbers = np.array([self.classes.tape.constants[n] for n in payload[:, 0]])
                kind = Constants(numbers)
                values.append(program.add(kind, (), numbers.shape, Space.CALL, role=Role.CONSTANTS).value)
            else:
                self.position[nodes] = payload[:, 1]
                n = int(payload[0, 0]) % ONCE
                shape = (self.input_sizes[n],)
                values.append(program.add(Input(n), (), shape, Space(c.by_row), role=Role.INPUT, serial=n).value)
                program.inputs[n] = values[-1]
        program.leaves_end()
        return iter(values)

    def place(self, nodes: Sequence[int] | np.ndarray) -> None:
        """Give parameters that have no place yet the next ones, in this order."""
        if self.chooses:
            new = np.asarray(nodes)
            new = new[self.position[new] < 0]
            if not len(new):
                return
            order, first = np.arange(len(new)), np.empty(len(self.position), np.intp)
            first[new[::-1]] = order[::-1]  # where each node stands first
            new = new[first[new] == order]
            self.position[new] = np.arange(self.placed, self.placed + len(new))
            self.placed += len(new)
