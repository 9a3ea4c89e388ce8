"""Where the numbers of a program lie while its instructions are written: in memories, of which the sizes are known."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from ...buffers import Buffers
from ...kinds import Constants
from ...program import Space
from ...views import View

RESULTS, GRADIENT, ARGUMENTS = 0, 1, 2  # memories that differ from call to call; more arguments follow the first
BYTES = {"d": 8, "f": 4, "?": 1, "i": 8}  # i: a position


class Ref(NamedTuple):
    """Numbers in memory: element (i, j, …) of row r lies at offset + r·row + i·strides[0] + j·strides[1] + … bytes."""

    memory: int
    offset: int
    row: int | None  # None where all rows share them
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    type: str  # d, f, or ?

    @property
    def by_row(self) -> bool:
        return self.row is not None

    @property
    def row_bytes(self) -> int:
        """From row to row."""
        return self.row or 0


class Memory(NamedTuple):
    """Room for so many bytes, of each row or once; or what is there already."""

    by_row: bool
    bytes: int
    array: np.ndarray | None = None


class Memories:
    """The memories of a program, each by its number.

    Attributes:
        memories: by number; `executor` allocates those that have no array, when it knows the rows.
        dynamic: how many of them differ from call to call: the first ones.
        in_blocks: whether there are several blocks of rows.
    """

    def __init__(self, plan: Buffers, number: str, in_blocks: bool) -> None:
        self.plan, self.program, self.type = plan, plan.program, number
        self.in_blocks = in_blocks
        inputs = list(self.program.inputs.values())
        self.memories = [Memory(True, len(self.program.outputs) * BYTES[number])]
        self.memories.append(Memory(False, self.program.size[self.program.parameters] * BYTES[number]))
        self.memories += [Memory(True, self.program.size[value] * BYTES[number]) for value in inputs]
        self.dynamic = len(self.memories)
        self.parameters = self.memory(False, 0)
        self.places = {value: (self.dynamic - len(inputs) + n, 0) for n, value in enumerate(inputs)}
        self.places[self.program.parameters] = (self.parameters, 0)
        self.of_slot: dict[int, int] = {}
        self.booleans = self.memory(False, 2, np.array([False, True]))
        self.pool: list[float] = []  # plain numbers
        self.over_rows: dict[int, float] = {}  # of these, the ones that are divided by the rows
        self.pooled: dict[tuple[str, bool], int] = {}
        self.pool_memory = self.memory(False, 0)
        self.tables: dict[bytes, np.ndarray] = {}  # of positions
        self.scratch: dict[tuple[bool, int], list[int]] = {}  # memories that are free
        self._open: dict[View, int] = {}  # while a template is made: views that may lie anywhere

    def memory(self, by_row: bool, size: int, array: np.ndarray | None = None) -> int:
        self.memories.append(Memory(by_row, size, array))
        return len(self.memories) - 1

    def place_of(self, value: int) -> tuple[int, int]:
        """Where the numbers of a value lie: the memory, and the bytes before them."""
        found = self.places.get(value)
        if found is None:
            kind, program = self.program.kind(value), self.program
            if value == program.gradient:
                found = GRADIENT, 0
            elif isinstance(kind, Constants):
                numbers = np.ascontiguousarray(kind.numbers, self.type)
                found = self.memory(False, numbers.nbytes, numbers), 0
            else:
                found = self._place_in_slot(value)
            self.places[value] = found
        return found

    def _place_in_slot(self, value: int) -> tuple[int, int]:
        program, number = self.program, self.plan.slot[value]
        assert number >= 0, program.name(value)
        if self.in_blocks and not program.space[value]:  # steps of calls change their places among the others
            return self.memory(False, program.size[value] * BYTES["?" if program.boolean[value] else self.type]), 0
        if number not in self.of_slot:
            slot = self.plan.slots[number]
            size = slot.size * BYTES["?" if slot.boolean else self.type]
            self.of_slot[number] = self.memory(slot.space == Space.ROW, size)
        return self.of_slot[number], 0

    def ref(self, view: View) -> Ref:
        program, value = self.program, view.value
        number = "?" if program.boolean[value] else self.type
        size = BYTES[number]
        if view in self._open:
            memory, start = ~self._open[view], -view.offset * size
        else:
            memory, start = self.place_of(value)
        row = program.size[value] * size if program.space[value] else None
        strides = tuple([stride * size for stride in view.strides])
        return Ref(memory, start + view.offset * size, row, view.shape, strides, number)

    def number(self, x: float, number: str = "", over_rows: bool = False) -> Ref:
        """A plain number, or a boolean; perhaps divided by the rows of the batch."""
        if number == "?":
            return Ref(self.booleans, int(bool(x)), None, (), (), "?")
        key = repr(float(x)), over_rows
        place = self.pooled.get(key)
        if place is None:
            place = self.pooled[key] = len(self.pool)
            self.pool.append(float(x))
            if over_rows:
                self.over_rows[place] = float(x)
        return Ref(self.pool_memory, place * BYTES[self.type], None, (), (), self.type)

    def temporary(
        self, by_row: bool, shape: tuple[int, ...], number: str, order: Sequence[int] | None = None, kept: bool = False
    ) -> Ref:
        """Memory until it is freed. The axes lie in this order, outer one first; the rows are outside of all.

        What is kept has memory of its own: instructions that are written once more take what was free when they were
        written first.
        """
        size = BYTES[number]
        total = prod(shape) * size
        free = [] if kept else self.scratch.setdefault((by_row, total), [])
        memory = free.pop() if free else self.memory(by_row, total)
        order = range(len(shape)) if order is None else order
        strides, step = [0] * len(shape), size
        for axis in reversed(order):
            strides[axis] = step
            step *= shape[axis]
        return Ref(memory, 0, total if by_row else None, shape, tuple(strides), number)

    def like(self, ref: Ref, kept: bool = False) -> Ref:
        """Memory for as many numbers, in which the axes lie in the same order, until it is freed; or that is kept."""
        order = sorted(range(len(ref.shape)), key=lambda axis: -abs(ref.strides[axis]))
        return self.temporary(ref.by_row, ref.shape, ref.type, order, kept)

    def free(self, ref: Ref) -> None:
        memory = self.memories[ref.memory]
        self.scratch[memory.by_row, memory.bytes].append(ref.memory)

    def table(self, positions: np.ndarray) -> int:
        """The address of a table."""
        positions = np.ascontiguousarray(positions, np.int64).ravel()
        kept = self.tables.setdefault(positions.tobytes(), positions)
        return kept.ctypes.data
