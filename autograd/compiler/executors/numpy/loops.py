"""Loops as `for`: the text of one turn, which reads what other turns have given out, and gives out a row.

The turns go on in blocks of so many that what they read and give out stays in the cache. A block has memory of its own,
turn after turn, of which views are made once for all blocks: numbers are copied to it and from it, block by block.
"""

from collections.abc import Sequence
from itertools import groupby
from math import prod

import numpy as np

from ...kinds import Contract, Gather, Kind, Loop, Map, Partial, Sum
from ...program import Step
from ...views import View
from .steps import write_step
from .writer import Ref, Writer

_MOST_BYTES, _MOST_TURNS = 2**18, 256  # of a block
_LONG_COLUMN = 64  # rows: from here on numbers of one column lie together, where a turn computes them one by one
_READ_ANYTHING: tuple[type[Kind], ...] = (Map, Partial, Sum, Contract, Gather, Loop)  # also what has no name of its own
_WRITE_ANYWHERE: tuple[type[Kind], ...] = (Map, Sum)


def write_loop(writer: Writer, step: Step, kind: Loop, out: Ref) -> None:
    """Lines that run the turns, after what stands before the first one was written beside their rows."""
    first = writer.ref(step.views[0])
    rows = np.moveaxis(out.like, -2, 0)  # (delay + turns, …, width)
    delay, turns = kind.delay, kind.turns
    at = turns if kind.is_reversed else 0
    before = rows[at : at + delay]
    writer.call("copyto", writer.name(np.moveaxis(before, 0, -2)), first.text)
    rows = rows[turns - 1 :: -1] if kind.is_reversed else rows[delay:]
    rows = rows[:turns]  # in the order in which they are computed
    before = before[::-1] if kind.is_reversed else before
    turn = _Turn(writer, kind, step, bool(step.space))
    for n, (view, scanned) in enumerate(zip(step.views[1:], kind.scanned, strict=True), len(kind.delays)):
        if n in kind.body.inputs:
            if scanned:
                turn.scan(n, _turns_first(writer, writer.ref(view), view, kind))
            else:
                turn.know(n, writer.ref(view))
    turn.write(before, rows)


def _turns_first(writer: Writer, ref: Ref, view: View, kind: Loop) -> Ref:
    """An operand with the axis of the turns before that of the rows, in the order in which they are run."""
    like, text = ref.like, ref.text
    if writer.program.space[view.value]:
        like, text = np.swapaxes(like, 0, 1), f"{text}.swapaxes(0, 1)"
    if kind.is_reversed:
        like, text = like[::-1], f"{text}[::-1]"
    return Ref(writer.name(like), like) if ref.text in writer.names else Ref(text, like)


class _Turn(Writer):
    """The text of one turn, in that of another one.

    Attributes:
        count: of the turns of a block.
        rows_of_block: what a block gives out, after the rows that it reads of the one before: (turns, …, width).
        by_column: whether numbers of one column lie together.
        moving: of inputs and outputs that are others in each turn their numbers in a block: (turns, …, numbers).
        each: names for views of these, and the views of all turns.
        reads: whether the step that is written can read what has no name of its own.
    """

    def __init__(self, outer: Writer, kind: Loop, step: Step, by_row: bool) -> None:
        super().__init__(outer.plan.bodies[kind], outer.rows, outer.dtype, outer.parameters)
        outer.memory += self.memory
        self.outer, self.kind = outer, kind
        self.names, self.scratch = outer.names, outer.scratch
        self.inputs, self.buffers = [], {self.program.parameters: self.parameters}  # nothing comes with a call
        bytes_of_turn = self.dtype.itemsize * sum(
            (self.rows if outer.program.space[view.value] else 1) * prod(view.shape[1:])
            for view, scanned in zip([step.out, *step.views[1:]], (True, *kind.scanned), strict=True)
            if scanned
        )
        self.count = max(kind.delay, min(kind.turns, _MOST_TURNS, _MOST_BYTES // max(1, bytes_of_turn)), 1)
        computed = self.program.steps.values
        self.by_column = (
            self.rows >= _LONG_COLUMN and max(self.program.size[computed.start : computed.stop], default=1) == 1
        )
        self.rows_of_block = self.memory_of_block(kind.delay + self.count, kind.width, by_row)
        self.moving: dict[int, np.ndarray] = {}
        self.each: dict[View, tuple[Ref, np.ndarray]] = {}
        self.block = self.name(None, "each")
        self.before_turns: list[str] = []  # lines that copy numbers to the block
        self.reads = False
        for n, delay in enumerate(kind.delays):
            if n in self.program.inputs:
                start = kind.delay - delay
                self.moving[self.program.inputs[n]] = self.rows_of_block[start : start + self.count]

    def memory_of_block(self, turns: int, size: int, by_row: bool) -> np.ndarray:
        """Memory for so many numbers of each turn, of which those of one column may lie together."""
        if not (by_row and self.by_column):
            return self.memory_of(turns, size, by_row)
        return self.memory_of(turns * size, self.rows, False).reshape(turns, size, self.rows).swapaxes(1, 2)

    def memory_of(self, turns: int, size: int, by_row: bool) -> np.ndarray:
        shape = (turns, self.rows, size) if by_row else (turns, size)
        self.outer.memory.append(np.zeros(prod(shape), self.dtype))
        return self.outer.memory[-1].reshape(shape)

    # ------------------------------------------------------------------------------------------- what a turn reads

    def scan(self, argument: int, ref: Ref) -> None:
        """An input is another part of this array in each turn."""
        value = self.program.inputs[argument]
        memory = self.memory_of_block(self.count, self.program.size[value], bool(self.program.space[value]))
        self.moving[value] = memory
        place = self.name(memory.reshape((self.count, *ref.like.shape[1:])))
        self.before_turns.append(f"copyto({place}{{part}}, {ref.text}{{turns}})")

    def know(self, argument: int, ref: Ref) -> None:
        """An input is the same in all turns: it is not copied where it is known where it lies, number after number."""
        value = self.program.inputs[argument]
        by_row = bool(self.program.space[value])
        flat = ref.like.reshape((self.rows, -1) if by_row else -1)
        if ref.text in self.names and flat.flags.c_contiguous and np.may_share_memory(flat, ref.like):
            self.buffers[value] = flat
        else:
            self.buffers[value] = self.memory_of(1, self.program.size[value], by_row)[0]
            self.outer.call("copyto", self.name(self.buffers[value].reshape(ref.like.shape)), ref.text)

    def ref(self, view: View) -> Ref:
        if view.value not in self.moving or not self.reads:
            return super().ref(view)
        if view not in self.each:
            array = self.moving[view.value]
            item = array.strides[-1]
            shape = (*array.shape[:-1], *view.shape)
            strides = (*array.strides[:-1], *[stride * item for stride in view.strides])
            whole = self._memory_around(array)
            offset = (array.ctypes.data - whole.ctypes.data) + view.offset * item
            views = np.ndarray(shape, array.dtype, whole, offset, strides)
            self.each[view] = Ref(f"{self.block}_{len(self.each)}", views[0, ...]), views
        return self.each[view][0]

    @staticmethod
    def _memory_around(array: np.ndarray) -> np.ndarray:
        """The array in memory that it is a part of."""
        while isinstance(array.base, np.ndarray):
            array = array.base
        return array

    def buffer(self, value: int) -> np.ndarray:
        """Where a step reads it that cannot read what moves: a copy of this turn's numbers."""
        if value in self.moving and value not in self.buffers:
            array = self.moving[value]
            self.buffers[value] = self.memory_of(1, array.shape[-1], array.ndim == 3)[0]
            self.reads, before = True, self.reads
            source = self.ref(self.program.whole(value)).text
            self.reads = before
            self.call("copyto", self.name(self.buffers[value]), source)
        return super().buffer(value)

    # ------------------------------------------------------------------------------------------------- what it writes

    def write(self, before: np.ndarray, rows: np.ndarray) -> None:
        """The turns, in the text around them.

        Args:
            before, rows: what stands before the first turn, and what the turns write.
        """
        copied = self.outputs()
        for instruction in self.plan.forward():
            self.reads = isinstance(instruction.step.kind, _READ_ANYTHING)
            write_step(self, instruction)
        self.reads = True
        for to, value, positions in copied:
            self.copy_out(to, value, positions)
        delay, count, turns = self.kind.delay, self.count, self.kind.turns
        ours, carried = self.name(self.rows_of_block), self.name(self.rows_of_block[:delay])
        self.outer.call("copyto", carried, self.name(before))
        in_blocks = count < turns
        part, of_block = (f"[:{turns} - turn]", f"[turn:turn + {count}]") if in_blocks else ("", "")
        if count > turns:  # there are more rows before the first turn
            part = f"[:{turns}]"
        lines = [line.format(part=part, turns=of_block) for line in self.before_turns]
        lines += self.lines_of_turns(part)
        given = f"[{delay}:{delay + turns} - turn]" if in_blocks else f"[{delay}:{delay + turns}]"
        lines.append(f"copyto({self.name(rows)}{of_block}, {ours}{given})")
        if in_blocks:
            lines.append(f"copyto({carried}, {ours}[{count}:])")
            lines = [f"for turn in range(0, {turns}, {count}):", *[f"    {line}" for line in lines]]
        self.outer.lines += lines

    def lines_of_turns(self, part: str) -> list[str]:
        """A turn for each of a block, or of a part of it."""
        if not self.each:  # all is known
            return []
        names, arrays = zip(*[(ref.text, views) for ref, views in self.each.values()], strict=True)
        of_turns = [[views[turn, ...] for turn in range(self.count)] for views in arrays]  # also of one number a view
        self.names[self.block] = list(zip(*of_turns, strict=True)) if len(arrays) > 1 else of_turns[0]
        return [f"for {', '.join(names)} in {self.block}{part}:", *[f"    {line}" for line in self.lines]]

    def outputs(self) -> list[tuple[slice, int, list[int]]]:
        """Have outputs computed in the row, where they are all of a value; those that are to be copied there.

        Of these where in the row they are, the value, and which of its numbers. What is known is written before.
        """
        program, copied, place = self.program, [], 0
        for value, group in groupby(program.outputs, lambda output: -1 if isinstance(output, float) else output[0]):
            these = list(group)
            part = slice(place, place + len(these))
            place += len(these)
            rows = self.rows_of_block[self.kind.delay :, ..., part]
            if value < 0:
                self.outer.lines.append(f"{self.name(rows)}[...] = {these}")
                continue
            positions = [output[1] for output in these]  # type: ignore[index]
            is_whole = positions == list(range(program.size[value])) and program.space[value] == (rows.ndim == 3)
            if is_whole and value not in self.moving and isinstance(program.kind(value), _WRITE_ANYWHERE):
                self.moving[value] = rows
            else:
                copied.append((part, value, positions))
        return copied

    def copy_out(self, part: slice, value: int, positions: list[int]) -> None:
        """A line that copies numbers of a value to the row."""
        rows = self.rows_of_block[self.kind.delay :, ..., part]
        source = self.ref(self.program.whole(value)).text
        if positions != list(range(self.program.size[value])):
            source += f"[..., {self.part(positions)}]"
        name = f"{self.block}_{len(self.each)}"
        self.each[View(-1, part.start, (), ())] = Ref(name, rows[0]), rows
        self.call("copyto", name, source)

    def part(self, positions: Sequence[int]) -> str:
        """An index of these positions."""
        start, stop = positions[0], positions[-1] + 1
        if list(positions) == list(range(start, stop)):
            return f"{start}:{stop}"
        return self.name(np.array(positions), "i")
