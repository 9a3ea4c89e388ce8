"""What a step of each kind is in the text: the table by kind."""

from collections.abc import Callable, Iterable
from typing import Any

from ...kinds import (
    Assemble,
    Constants,
    Contract,
    Fill,
    Gather,
    Kind,
    LessLargestAdjoint,
    Map,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from ...program import Step
from .assembled import write_assemble
from .lookups import write_gather, write_scatter, write_take, write_take_adjoint
from .products import write_contract
from .refs import ROWS, Ref, broadcast, shape_text
from .rules import write_expression
from .writer import Writer


def write_steps(writer: Writer, values: Iterable[int]) -> None:
    """Lines that compute these values; those that are given stand already."""
    for value in values:
        step = writer.program.step(value)
        if type(step.kind) in WRITING:
            ref = WRITING[type(step.kind)](writer, step, step.kind)
            if ref is not None:  # it is there in pieces
                writer.define(value, ref)


def _write_constants(writer: Writer, step: Step, kind: Constants) -> Ref:
    name = writer.constant(kind.numbers, "constants")
    return Ref(f"asarray({name}, dtype)", writer.shape(step.out.value))


def _write_sum(writer: Writer, step: Step, kind: Sum) -> Ref:
    refs = writer.elementwise(step.operands)
    terms = [f"{'+' if sign > 0 else '-'} {ref.text}" for sign, ref in zip(kind.signs, refs, strict=True)]
    text, shape = " ".join(terms).removeprefix("+ "), broadcast(*[ref.shape for ref in refs])
    return Ref(f"-{text[2:]}" if text.startswith("- ") else text, shape)


def _write_fill(writer: Writer, step: Step, kind: Fill) -> Ref:
    shape = writer.shape(step.out.value)
    if kind.over_rows and writer.weighted:
        return Ref(f"{kind.number!r} * weights", (ROWS,)).spread(shape)
    number = "True" if step.boolean else f"{kind.number!r}{' / rows' * kind.over_rows}"
    if step.boolean and not kind.number:
        number = "False"
    return Ref(f"full({shape_text(shape)}, {number}, {'bool' if step.boolean else 'dtype'})", shape)


def _write_less_largest_adjoint(writer: Writer, step: Step, kind: LessLargestAdjoint) -> Ref:
    lists, largest, dy = map(writer.ref, step.views)
    members = step.views[0].shape[-1]
    lists, dy = lists.with_all(members), dy.with_all(members)
    shape = broadcast(lists.shape, dy.shape)
    hits = writer.temporary(f"{lists.text} == {largest.text}[..., None]")
    share = f"sum({dy.text}, -1, keepdims=True) / sum({hits}, -1, keepdims=True)"
    return Ref(f"{dy.text} - {hits} * ({share})", shape)


WRITING: dict[type[Kind], Callable[[Writer, Step, Any], Ref | None]] = {
    Map: write_expression, Partial: write_expression, Sum: _write_sum, Assemble: write_assemble,
    Contract: write_contract, Gather: write_gather, Scatter: write_scatter, Take: write_take,
    TakeAdjoint: write_take_adjoint, Fill: _write_fill, LessLargestAdjoint: _write_less_largest_adjoint,
    Constants: _write_constants,
}  # fmt: skip
