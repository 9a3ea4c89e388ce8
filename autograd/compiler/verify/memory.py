"""What buffers must fulfil: whoever reads a number finds that which was computed, wherever it lies."""

from ..buffers import Buffers, Instruction
from ..kinds import LEAVES, Map, Partial, Sum
from .complaints import Complaints, VerificationError


def verify_buffers(buffers: Buffers) -> None:
    """Memory holds one value at a time, long enough, of its space; only what goes number by number writes in place."""
    program = buffers.program
    held: dict[int, int] = {}  # by the number of the memory: the value that is in it
    for value, slot in enumerate(buffers.slot):
        if slot >= 0:
            space, boolean, size = buffers.slots[slot]
            if (space, boolean) != (program.space[value], program.boolean[value]) or size < program.size[value]:
                raise VerificationError(f"{program.name(value)} does not fit in memory {slot}, {buffers.slots[slot]}")
    for instruction in buffers.forward():
        _follow(buffers, instruction, held)
    for output in program.outputs:
        if isinstance(output, tuple):
            _found(buffers, output[0], held, "the results")
    for instruction in buffers.backward():
        _follow(buffers, instruction, held)


def _follow(buffers: Buffers, instruction: Instruction, held: dict[int, int]) -> None:
    """An instruction reads what is there, and writes."""
    out, line = instruction.out, buffers.line(instruction)
    slot = buffers.slot[out.value]
    for view in instruction.step.views:
        _found(buffers, view.value, held, line)
    if slot >= 0:
        for wrong in _writes(buffers, instruction, slot, held):
            raise VerificationError(f"{line}: {wrong}")
        held[slot] = out.value


def _writes(buffers: Buffers, instruction: Instruction, slot: int, held: dict[int, int]) -> Complaints:
    step, out, accumulate = instruction
    if accumulate and held.get(slot) != out.value:
        yield f"it adds to what is not there, in memory {slot}"
    over = [view for view in step.views if buffers.slot[view.value] == slot and view.value != out.value]
    if over and not isinstance(step.kind, Map | Partial | Sum):
        yield f"it writes over what it reads, in memory {slot}"
    late = step.operands[2 - (step.kind.signs[0] < 0) :] if isinstance(step.kind, Sum) else ()  # added up term by term
    if any(view.place != out.place or view in late for view in over):
        yield f"it writes over what it reads later, in memory {slot}"


def _found(buffers: Buffers, value: int, held: dict[int, int], line: str) -> None:
    """Refuse to read a value from memory that holds another one."""
    program, slot = buffers.program, buffers.slot[value]
    if slot >= 0 and held.get(slot) != value:
        there = program.name(held[slot]) if slot in held else "nothing"
        raise VerificationError(f"{line}: {program.name(value)} is read from memory {slot}, where {there} is")
    if slot < 0 and value != program.gradient and not isinstance(program.kind(value), LEAVES):
        raise VerificationError(f"{line}: {program.name(value)} is read, and has no memory")
