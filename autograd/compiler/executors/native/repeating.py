"""Loops: the instructions of one turn, in an instruction that repeats them and moves addresses on from turn to turn."""

from collections.abc import Callable
from math import prod

from ...buffers import Buffers, Instruction
from ...kinds import Loop
from ...program import Step
from ...views import contiguous_strides
from . import machine
from .code import Code
from .memories import BYTES, Ref


class Turn(Code):
    """The instructions of one turn, which go into those around them: they share all memory.

    What a turn reads is copied to a place of its own first, and what it gives out from there to its row: these copies
    alone read and write somewhere else in each turn.

    Attributes:
        moving: by the number of a memory the one that it stands for, and the bytes by which addresses there move on.
    """

    def __init__(self, outer: Code, plan: Buffers) -> None:
        self.plan, self.program, self.type, self.in_blocks = plan, plan.program, outer.type, outer.in_blocks
        self.memories, self.dynamic, self.parameters = outer.memories, outer.dynamic, outer.parameters
        self.booleans, self.pool_memory, self.tables = outer.booleans, outer.pool_memory, outer.tables
        self.pool, self.over_rows, self.pooled = outer.pool, outer.over_rows, outer.pooled
        self.places, self.of_slot = {self.program.parameters: (self.parameters, 0)}, {}
        self.scratch, self._open = {}, {}
        self.words, self.addresses, self.templates = {}, {}, {}
        self.chosen, self.exponentials = {}, {}
        self.part = "turn"
        self.moving: dict[int, tuple[int, int]] = {}

    def moved(self, ref: Ref, step: int) -> Ref:
        """Numbers that lie so many bytes further in each turn."""
        memory = self.memory(False, 0)
        self.moving[memory] = ref.memory, step
        return ref._replace(memory=memory)

    def place_input(self, argument: int, shape: tuple[int, ...], by_row: bool) -> Ref:
        """Memory for the numbers of an input, in a shape."""
        value, size = self.program.inputs[argument], BYTES[self.type]
        memory = self.memory(by_row, prod(shape) * size)
        self.places[value] = memory, 0
        strides = tuple([size * stride for stride in contiguous_strides(shape)])
        return Ref(memory, 0, prod(shape) * size if by_row else None, shape, strides, self.type)

    def into(self, outer: Code, turns: int) -> None:
        """Emit the instruction that repeats all that has been emitted here."""
        words, addresses = self.words.get(self.part, []), self.addresses.get(self.part, [])
        moves = [(at, self.moving[memory][1]) for at, memory in addresses if memory in self.moving]
        start = 2 + 2 * len(moves)  # of them, among the words of the instruction, which has two more before
        head = [turns, len(moves)]
        for at, step in moves:
            head += [2 + start + at, step]
        found = [(start + at, self.moving.get(memory, (memory, 0))[0]) for at, memory in addresses]
        outer.emit(machine.REPEAT, head + words, found)


def emit_loop(
    code: Code, step: Step, kind: Loop, out: Ref, emit_all: Callable[[Code, list[Instruction]], None]
) -> None:
    """Instructions that run the turns, after what stands before the first one was written beside their rows."""
    turn, body = Turn(code, code.plan.bodies[kind]), kind.body
    by_turn, _ = out.strides
    first_turn = kind.turns - 1 if kind.is_reversed else 0
    sign = -1 if kind.is_reversed else 1
    before, start = (kind.turns, 0) if kind.is_reversed else (0, kind.delay)
    code.copy(
        code.ref(step.views[0]),
        out._replace(offset=out.offset + before * by_turn, shape=(kind.delay, kind.width)),
    )

    def row(turns_before: int) -> Ref:
        """The row of a turn before this one, or of this one."""
        at = start + first_turn - sign * turns_before
        ref = out._replace(offset=out.offset + at * by_turn, shape=out.shape[1:], strides=out.strides[1:])
        return turn.moved(ref, sign * by_turn)

    for n, delay in enumerate(kind.delays):
        if n in body.inputs:
            turn.copy(row(delay), turn.place_input(n, (kind.width,), out.by_row))
    for n, (view, scanned) in enumerate(zip(step.views[1:], kind.scanned, strict=True), len(kind.delays)):
        if n not in body.inputs:
            continue
        ref = code.ref(view)
        if scanned:
            of_turn, *strides = ref.strides
            ref = ref._replace(offset=ref.offset + first_turn * of_turn, shape=ref.shape[1:], strides=tuple(strides))
            turn.copy(turn.moved(ref, sign * of_turn), turn.place_input(n, ref.shape, ref.by_row))
        elif code.program.is_whole(view):
            turn.places[body.inputs[n]] = code.place_of(view.value)
        else:
            code.copy(ref, turn.place_input(n, ref.shape, ref.by_row))
    emit_all(turn, list(turn.plan.forward()))
    _emit_row(code, turn, row(0), out, start, kind)
    turn.into(code, kind.turns)


def _emit_row(code: Code, turn: Turn, row: Ref, out: Ref, start: int, kind: Loop) -> None:
    """What a turn gives out, copied to its row; numbers that are known are written to all rows before."""
    size, outputs = BYTES[turn.type], kind.body.outputs
    begin = 0
    for place, output in enumerate(outputs):
        if isinstance(output, float):
            column = out._replace(
                offset=out.offset + start * out.strides[0] + place * size, shape=(kind.turns,), strides=out.strides[:1]
            )
            code.copy(code.number(output), column)
            begin = place + 1
            continue
        following = outputs[place + 1] if place + 1 < len(outputs) else 0.0
        if not isinstance(following, float) and following == (output[0], output[1] + 1):
            continue
        count = place + 1 - begin
        whole = turn.ref(kind.body.whole(output[0]))
        source = whole._replace(offset=whole.offset + (output[1] + 1 - count) * size, shape=(count,), strides=(size,))
        turn.copy(source, row._replace(offset=row.offset + begin * size, shape=(count,), strides=(size,)))
        begin = place + 1
