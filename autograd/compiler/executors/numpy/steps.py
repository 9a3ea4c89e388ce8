"""What a step of each kind is in the text: the table by kind."""

from collections.abc import Callable
from typing import Any

from ...buffers import Instruction
from ...kinds import Contract, Fill, Gather, Kind, LessLargestAdjoint, Map, Partial, Scatter, Sum, Take, TakeAdjoint
from ...program import Step
from ...views import View
from .lists import write_less_largest_adjoint
from .lookups import write_gather, write_scatter, write_take, write_take_adjoint
from .products import write_contract
from .rules import write_expression
from .writer import Ref, Writer


def write_step(writer: Writer, instruction: Instruction) -> None:
    """Lines that compute what the step says."""
    step, to, accumulate = instruction
    kind, out = step.kind, writer.ref(to)
    if type(kind) in ADDING:
        ADDING[type(kind)](writer, step, kind, out, accumulate)
    elif not accumulate:
        WRITING[type(kind)](writer, step, kind, out)
    else:
        temporary = writer.temporary(out.like.shape, out.like.dtype)
        WRITING[type(kind)](writer, step, kind, temporary)
        writer.call("add", out.text, temporary.text, out.text)
        writer.free(temporary)


def _write_sum(writer: Writer, step: Step, kind: Sum, out: Ref, accumulate: bool) -> None:
    items = [(sign, writer.text(item)) for sign, item in zip(kind.signs, step.operands, strict=True)]
    if not accumulate:
        (sign, first), *items = items
        if sign < 0 and isinstance(step.operands[0], View):
            writer.negate(writer.ref(step.operands[0]), out)
        elif sign < 0:
            writer.call("copyto", out.text, f"-{first}")
        elif not items:
            writer.call("copyto", out.text, first)
            return
        else:
            sign, second = items.pop(0)
            writer.call("add" if sign > 0 else "subtract", first, second, out.text)
    for sign, item in items:
        writer.call("add" if sign > 0 else "subtract", out.text, item, out.text)


def _write_fill(writer: Writer, step: Step, kind: Fill, out: Ref) -> None:
    number = kind.number / writer.rows if kind.over_rows else kind.number
    writer.lines.append(f"{out.text}.fill({number!r})")


# By the kind of step: those that write their result somewhere, and those that can add it to what is there.
WRITING: dict[type[Kind], Callable[[Writer, Step, Any, Ref], None]] = {
    Map: write_expression, Partial: write_expression, Gather: write_gather, Take: write_take, Fill: _write_fill,
    LessLargestAdjoint: write_less_largest_adjoint,
}  # fmt: skip
ADDING: dict[type[Kind], Callable[[Writer, Step, Any, Ref, bool], None]] = {
    Sum: _write_sum, Contract: write_contract, Scatter: write_scatter, TakeAdjoint: write_take_adjoint,
}  # fmt: skip
