"""From the instructions of `buffers` to those of the machine: the table by kind of step."""

from collections.abc import Callable
from typing import Any

from ...buffers import Buffers, Instruction
from ...kinds import (
    Contract,
    Fill,
    Gather,
    Kind,
    LessLargestAdjoint,
    Loop,
    Map,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)
from ...program import Step
from ...views import View
from .blocks import Phases
from .code import Code, Written
from .fused import are_sum_and_relu, emit_sum_and_relu, is_by_exponentials
from .lists import emit_less_largest, emit_less_largest_adjoint, is_less_largest, may_wait
from .lookups import emit_gather, emit_scatter, emit_take, emit_take_adjoint
from .memories import BYTES, RESULTS, Ref
from .products import emit_contract
from .repeating import emit_loop
from .rules import emit_expression


def code_of(plan: Buffers, number: str, in_blocks: bool) -> Written:
    """The instructions of a program for numbers of this type, which are written once for any number of rows.

    Args:
        in_blocks: whether there are several blocks of rows. Where a program cannot run so, they are for one.
    """
    key = "native", number, in_blocks
    if key not in plan.written:
        phases = Phases(plan) if in_blocks else None
        if phases is not None and not phases.possible:
            return code_of(plan, number, False)
        code = Code(plan, number, in_blocks)
        if phases is None:
            _emit_in_order(code, plan)
        else:
            _emit_in_phases(code, plan, phases)
        plan.written[key] = code.written()  # last: who is interrupted begins again
    return plan.written[key]


_MOST_WAITING = 100  # instructions that are looked at once more for each that is emitted


class _Emitter:
    """Emits instructions one after the other, two of them as one where one loop does both.

    Attributes:
        before: what is still to be emitted, perhaps together with the next one, in this part.
        waiting: those before it that find the largest of lists: the one that takes it from them may come later.
    """

    def __init__(self, code: Code) -> None:
        self.code = code
        self.before: Instruction | None = None
        self.waiting: list[Instruction] = []
        self.part = code.part

    def emit(self, instruction: Instruction, part: str) -> None:
        if part != self.part:
            self.finish()
            self.part = part
        for first in (self.before, *self.waiting):
            both = None if first is None else _both_at_once(self.code, first, instruction)
            if first is not None and both is not None:
                if first is self.before:
                    self.before = None
                else:
                    self.waiting.remove(first)
                    self._go_on(None)
                self._emit_waiting(instruction)
                self.code.part = part
                both(self.code, first, instruction)
                return
        self._go_on(instruction)

    def finish(self) -> None:
        """Emit what is left."""
        self._go_on(None)
        self.code.part = self.part
        for each in self.waiting:
            _emit(self.code, each)
        self.waiting = []

    def _go_on(self, instruction: Instruction | None) -> None:
        """Emit the one before, unless it waits; then this one is, and no other one waits that it would disturb."""
        before, self.before = self.before, instruction
        self.code.part = self.part
        if before is not None and may_wait(before):
            self.waiting.append(before)
            if len(self.waiting) > _MOST_WAITING:
                _emit(self.code, self.waiting.pop(0))
        elif before is not None:
            _emit(self.code, before)
        if instruction is not None:
            self._emit_waiting(instruction)

    def _emit_waiting(self, instruction: Instruction) -> None:
        """Emit those that cannot wait any longer: what they read is written to, or what they write is read."""
        self.code.part = self.part
        for each in self.waiting:
            if any(
                [self._meet(instruction.out, view) for view in (each.out, *each.step.views)]
                + [self._meet(each.out, view) for view in instruction.step.views]
            ):
                _emit(self.code, each)
                self.waiting = [other for other in self.waiting if other is not each]

    def _meet(self, one: View, other: View) -> bool:
        """Whether they may have numbers in common; those of one value are told apart by where they begin and end."""
        if one.value == other.value and all(min(view.strides, default=0) >= 0 for view in (one, other)):
            first, second = sorted((one, other), key=lambda view: view.offset)
            reach = sum(stride * (length - 1) for length, stride in zip(first.shape, first.strides, strict=True))
            return first.offset + reach >= second.offset
        return self.code.place_of(one.value)[0] == self.code.place_of(other.value)[0]


def _both_at_once(code: Code, first: Instruction, second: Instruction) -> Callable | None:
    """What emits two instructions as one, where that can be."""
    for are, emit in ((are_sum_and_relu, emit_sum_and_relu), (is_less_largest, emit_less_largest)):
        if are(code, first, second):
            return emit
    return None


def _emit_in_order(code: Code, plan: Buffers) -> None:
    emitter = _Emitter(code)
    for part, instructions in (("forward", plan.forward()), ("backward", plan.backward())):
        for instruction in instructions:
            if not plan.is_zero_already(instruction):
                emitter.emit(instruction, part)
        emitter.finish()
        if part == "forward":
            _emit_results(code)


def _emit_in_phases(code: Code, plan: Buffers, phases: Phases) -> None:
    emitter = _Emitter(code)
    for section, instructions in (("forward", plan.forward()), ("backward", plan.backward())):
        for instruction in instructions:
            step, to, _ = instruction
            home = to.value
            if home in phases.zeroed:
                phases.zeroed.discard(home)
                if home != plan.program.gradient:
                    emitter.finish()
                    code.part = phases.once(section)
                    _emit_fill(code, step, Fill(0.0), code.ref(plan.program.whole(home)))
            part = phases.part(instruction, section)
            if not phases.adds(home):
                emitter.emit(instruction, part)
            elif step.kind != Fill(0.0):
                emitter.emit(instruction._replace(accumulate=True), part)
        emitter.finish()
        if section == "forward":
            _emit_results(code)


def _emit(code: Code, instruction: Instruction) -> None:
    """The instructions of one step; those of steps that do the same differ only in where numbers lie."""
    step, to, accumulate = instruction
    if type(step.kind) in _BY_TABLES or is_by_exponentials(step.kind):
        _emit_alone(code, instruction)
        return
    plain = tuple([None if isinstance(operand, View) else repr(operand) for operand in step.operands])
    others = step.kind, accumulate, step.boolean, step.space, plain
    code.alike((to, *step.views), others, lambda: _emit_alone(code, instruction))


def _emit_alone(code: Code, instruction: Instruction) -> None:
    step, to, accumulate = instruction
    kind, out = step.kind, code.ref(to)
    if type(kind) in _ADDING:
        _ADDING[type(kind)](code, step, kind, out, accumulate)
    elif not accumulate:
        _WRITING[type(kind)](code, step, kind, out)
    else:
        temporary = code.temporary(out.by_row, out.shape, out.type)
        _WRITING[type(kind)](code, step, kind, temporary)
        code.call("logical_or" if out.type == "?" else "+", out, temporary, out=out)
        code.free(temporary)


def _emit_sum(code: Code, step: Step, kind: Sum, out: Ref, accumulate: bool) -> None:
    items = [
        (sign, code.number(item, out.type) if isinstance(item, (int, float)) else code.ref(item))
        for sign, item in zip(kind.signs, step.operands, strict=True)
    ]
    plus = "logical_or" if out.type == "?" else "+"
    if not accumulate:
        (sign, first), *items = items
        if sign < 0:
            code.call("negative", first, out=out)
        elif not items:
            code.copy(first, out)
        else:
            sign, second = items.pop(0)
            code.call(plus if sign > 0 else "-", first, second, out=out)
    for sign, item in items:
        code.call(plus if sign > 0 else "-", out, item, out=out)


def _emit_fill(code: Code, step: Step, kind: Fill, out: Ref) -> None:
    code.copy(code.number(kind.number, out.type, kind.over_rows), out)


def _emit_results(code: Code) -> None:
    """The outputs, copied into the array of the results: (rows, outputs)."""
    code.part = "results"
    outputs, size = code.program.outputs, BYTES[code.type]
    results = Ref(RESULTS, 0, len(outputs) * size, (), (), code.type)
    by_value: dict[Any, list[int]] = {}
    for place, output in enumerate(outputs):
        by_value.setdefault(repr(output) if isinstance(output, float) else output[0], []).append(place)
    for value, places in by_value.items():
        if isinstance(value, str):
            for place in places:
                code.copy(code.number(float(value)), results._replace(offset=place * size))
            continue
        whole = code.ref(code.program.whole(value))
        columns = [outputs[place][1] for place in places]  # type: ignore[index]
        for start, stop in _runs(columns, places):
            count = (stop - start,)
            source = whole._replace(offset=whole.offset + columns[start] * size, shape=count, strides=(size,))
            code.copy(source, results._replace(offset=places[start] * size, shape=count, strides=(size,)))


def _runs(columns: list[int], places: list[int]) -> list[tuple[int, int]]:
    """Where both count up by one: from, to."""
    starts = [
        n for n in range(len(columns)) if not n or (columns[n] - columns[n - 1], places[n] - places[n - 1]) != (1, 1)
    ]
    return list(zip(starts, [*starts[1:], len(columns)], strict=True))


def _emit_loop(code: Code, step: Step, kind: Loop, out: Ref) -> None:
    emit_loop(code, step, kind, out, _emit_turn)


def _emit_turn(turn: Code, instructions: list[Instruction]) -> None:
    """The instructions of a turn of a loop."""
    emitter = _Emitter(turn)
    for instruction in instructions:
        emitter.emit(instruction, turn.part)
    emitter.finish()


# By the kind of step: those that write their result somewhere, and those that can add it to what is there.
_WRITING: dict[type[Kind], Callable[[Code, Step, Any, Ref], None]] = {
    Map: emit_expression, Partial: emit_expression, Gather: emit_gather, Take: emit_take, Fill: _emit_fill,
    LessLargestAdjoint: emit_less_largest_adjoint, Loop: _emit_loop,
}  # fmt: skip
_ADDING: dict[type[Kind], Callable[[Code, Step, Any, Ref, bool], None]] = {
    Sum: _emit_sum, Contract: emit_contract, Scatter: emit_scatter, TakeAdjoint: emit_take_adjoint,
}  # fmt: skip
_BY_TABLES = (Gather, Scatter, Take, TakeAdjoint, Loop)  # of which each has its own
