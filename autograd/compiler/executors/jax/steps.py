"""What a step of each kind is in the text: the table by kind, and what goes element by element.

Maps and partials are expressions: an operation of the rule book, as `expressions` has brought it into form.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ....symbolic import ABSOLUTE, NEGATIVE, Symbol
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
)
from ...program import Step
from ..expressions import BOOLEAN, calls_of, evaluate
from .partition import Part, Partition
from .places import write_assemble, write_gather, write_scatter, write_take, write_take_adjoint
from .products import write_contract
from .refs import ROWS, Ref, broadcast, shape_text
from .writer import Writer

_BETWEEN = {
    "+": "+", "-": "-", "*": "*", "div": "/", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "not_equal": "!=",
    "logical_and": "&",
}  # fmt: skip
_BEFORE = {NEGATIVE: "-", "logical_not": "~"}
_CALLED = {
    ABSOLUTE: "abs", "pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
}  # fmt: skip
_REDUCED = {"maximum.reduce": "max", "minimum.reduce": "min", "add.reduce": "sum"}


class _Found(NamedTuple):
    """What a call gives.

    Attributes:
        is_family: whether it has an axis more, the last.
        is_typed: whether its type is that of arrays; that of a plain number is what others have.
    """

    ref: Ref
    is_family: bool = False
    is_typed: bool = True


def write_expression(writer: Writer, step: Step, kind: Map | Partial) -> Ref:
    """What computes a map or a partial."""
    calls, given, _ = calls_of(step, kind)
    uses = Counter(id(each) for symbol, _ in calls.calls for each in symbol.arguments if isinstance(each, Symbol))
    views = [each.view for each in given.values()]
    has_axes = all(len(each.view.shape) > each.is_family for each in given.values())  # of members
    refs = writer.elementwise(views) if has_axes else [writer.ref(view) for view in views]
    found = {
        name: _Found(ref.with_all(each.view.shape[-1]) if each.is_family else ref, each.is_family)
        for (name, each), ref in zip(given.items(), refs, strict=True)
    }

    def number(x: float) -> _Found:
        return _Found(writer.number(x), is_typed=False)

    def call(symbol: Symbol, arguments: list[_Found], is_last: bool) -> _Found:
        made = _call(writer, symbol, arguments)
        if uses[id(symbol)] > 1:
            made = made._replace(ref=made.ref._replace(text=writer.temporary(made.ref.text)))
        return made

    result = evaluate(calls, found, number, call, lambda found: None)
    ref = result.ref
    if not isinstance(calls.result, Symbol):
        of_type = f"bool({calls.result!r})" if step.boolean else f"full((), {ref.text}, dtype)"
        return Ref(of_type, ())
    is_boolean = calls.result.function in BOOLEAN
    text = ref.bare
    if not step.boolean and (is_boolean or not result.is_typed):
        text = f"({text}).astype(dtype)"
    return Ref(text, ref.shape)


def _call(writer: Writer, symbol: Symbol, arguments: list[_Found]) -> _Found:
    """The expression of a call."""
    function = symbol.function
    if function in _REDUCED:
        [family] = arguments
        ref = Ref(f"{_REDUCED[function]}({family.ref.text}, -1)", family.ref.shape[:-1])
        return _Found(ref, is_typed=family.is_typed)
    is_family = any(each.is_family for each in arguments)
    refs = [_beside_family(each).ref if is_family else each.ref for each in arguments]
    texts, shape = [ref.text for ref in refs], broadcast(*[ref.shape for ref in refs])
    is_typed = any(each.is_typed for each in arguments)
    if function in BOOLEAN:
        is_typed = False
    elif function == "where":
        is_typed = any(each.is_typed for each in arguments[1:])
    if function in _BETWEEN:
        a, b = texts
        text = f"({a} {_BETWEEN[function]} {b})"
    elif function in _BEFORE:
        text = f"({_BEFORE[function]}{texts[0]})"
    else:
        text = f"{_CALLED.get(function, function)}({', '.join([ref.bare for ref in refs])})"
    if function == "where" and not is_typed:  # of a condition and a number JAX makes float64
        text, is_typed = f"{text}.astype(dtype)", True
    return _Found(Ref(text, shape), is_family, is_typed)


def _beside_family(found: _Found) -> _Found:
    """With an axis for the members of a family."""
    if found.is_family or not found.ref.shape:
        return found
    return _Found(Ref(f"{found.ref.text}[..., None]", (*found.ref.shape, 1)), True, found.is_typed)


def write_steps(writer: Writer, values: Iterable[int]) -> None:
    """Lines that compute these values; those that are given stand already."""
    for value in values:
        step = writer.program.step(value)
        if writer.partition and value in writer.partition.parts:
            _write_parts(writer, step, writer.partition)
        elif type(step.kind) in WRITING:
            ref = WRITING[type(step.kind)](writer, step, step.kind)
            if ref is not None:  # it is there in pieces
                writer.define(value, ref)


def _write_parts(writer: Writer, step: Step, partition: Partition) -> None:
    """Lines that compute the parts of a value, each as a step of its own."""
    parts, refs = partition.parts[step.out.value], []
    for part in parts:
        each = partition.of_part(step, part)
        ref = WRITING[type(each.kind)](writer, each, each.kind) if each.operands else _nothing(part)
        assert ref is not None, "it goes number by number"
        refs.append(ref.rows_first.spread((ROWS, *part.shape)))
    writer.give_pieces(step.out.value, refs, parts)


def _nothing(part: Part) -> Ref:
    shape = (ROWS, *part.shape)
    return Ref(f"zeros({shape_text(shape)}, dtype)", shape)


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
