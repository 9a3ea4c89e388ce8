"""What buffers must fulfil: whoever reads a number finds that which was computed, all of it, wherever it lies."""

import numpy as np

from ..buffers import Buffers, Instruction
from ..kinds import LEAVES, Assemble, Fill, Sum
from .complaints import Complaints, VerificationError, refuse

_NOTHING, _ZERO, _NUMBER = range(3)  # what has been written to a position


def verify_buffers(buffers: Buffers) -> None:
    """Memory holds one value at a time; each number of it is written once, then added to; all parts arrive.

    Only what goes over its operands number by number writes over one of them.
    """
    program = buffers.program
    for body in buffers.bodies.values():
        verify_buffers(body)
    for value, slot in enumerate(buffers.slot):
        if slot >= 0:
            space, boolean, size = buffers.slots[slot]
            if (space, boolean) != (program.space[value], program.boolean[value]) or size < program.size[value]:
                raise VerificationError(f"{program.name(value)} does not fit in memory {slot}, {buffers.slots[slot]}")
    run = _Run(buffers)
    for instruction in buffers.forward():
        run.follow(instruction)
    for output in program.outputs:
        if isinstance(output, tuple):
            refuse("the results", run.reads(output[0]))
    for instruction in buffers.backward():
        run.follow(instruction)
    if program.gradient is not None:
        refuse("the gradient", run.reads(program.gradient))


class _Run:
    """What is in memory while the instructions run."""

    def __init__(self, buffers: Buffers) -> None:
        self.buffers, self.program = buffers, buffers.program
        self.held: dict[int, int] = {}  # by the number of the memory: the value that is in it
        self.written: dict[int, np.ndarray] = {}  # of each value, for each position
        self.arrived: dict[int, int] = {}  # how many parts

    def follow(self, instruction: Instruction) -> None:
        """An instruction reads what is there, and writes."""
        line, value = self.buffers.line(instruction), instruction.out.value
        slot = self.buffers.slot[value]
        for view in instruction.step.views:
            refuse(line, self.reads(view.value))
        refuse(line, self.writes_over(instruction, slot))
        refuse(line, self.writes(instruction))
        if slot >= 0:
            self.held[slot] = value

    def reads(self, value: int) -> Complaints:
        program, slot = self.program, self.buffers.slot[value]
        if isinstance(program.kind(value), LEAVES):
            return
        name = program.name(value)
        if slot >= 0 and self.held.get(slot) != value:
            there = program.name(self.held[slot]) if slot in self.held else "nothing"
            yield f"{name} is read from memory {slot}, where {there} is"
        if slot < 0 and value != program.gradient:
            yield f"{name} is read, and has no memory"
        if value not in self.written or not self.written[value].all():
            yield f"{name} is read before all of it is written"
        kind = program.kind(value)
        if isinstance(kind, Assemble) and self.arrived.get(value, 0) != len(kind.places):
            yield f"{name} is read before all parts have arrived"

    def writes(self, instruction: Instruction) -> Complaints:
        step, out, accumulate = instruction
        whole = isinstance(self.program.kind(out.value), Assemble)
        written = self.written.setdefault(out.value, np.zeros(self.program.size[out.value], dtype=np.int8))
        positions = out.positions()
        before = written[positions]
        if accumulate and not before.all():
            yield "it adds to what is not there"
        if not accumulate and (before == _NUMBER).any():
            yield "it writes over numbers that are to be added to"
        zeros = whole and step.kind == Fill(0.0) and out == self.program.step(out.value).out
        written[positions] = _ZERO if zeros else _NUMBER
        self.arrived[out.value] = self.arrived.get(out.value, 0) + (not zeros)

    def writes_over(self, instruction: Instruction, slot: int) -> Complaints:
        step, out, _ = instruction
        over = [view for view in step.views if self.buffers.slot[view.value] == slot >= 0 and view.value != out.value]
        if over and not step.kind.goes_over:
            yield f"it writes over what it reads, in memory {slot}"
        late = step.operands[2 - (step.kind.signs[0] < 0) :] if isinstance(step.kind, Sum) else ()
        if any(view.place != out.place or view in late for view in over):
            yield f"it writes over what it reads later, in memory {slot}"
