"""Maps as calls of array functions: an expression of the rule book, computed into buffers and temporary arrays."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....symbolic import ABSOLUTE, NEGATIVE, OPERAND, RESULT, Symbol
from ...kinds import Map, Partial
from ...program import Step
from ...views import Operand, View
from .expressions import BOOLEAN, DY, FAMILY, LIVE, ONE, Calls, flow_to, value_of, way_to
from .writer import Ref, Writer

# The name in the rule book, where NumPy's is another.
NUMPY_NAMES = {
    "+": "add", "-": "subtract", "*": "multiply", "div": "divide", "pow": "power", NEGATIVE: "negative",
    ABSOLUTE: "absolute", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
}  # fmt: skip


def write_map(writer: Writer, step: Step, kind: Map, out: Ref) -> None:
    given, kinds = _operands(writer, step, step.operands, len(step.out.shape))
    _evaluate(writer, value_of(kind.rule, kinds), given, out)


def write_partial(writer: Writer, step: Step, kind: Partial, out: Ref) -> None:
    names = (RESULT, DY, LIVE) if kind.guarded else (RESULT, DY)
    count = len(step.operands) - len(names)
    others = dict(zip(names, step.operands[count:], strict=True))
    rank = len(others[DY].shape)  # type: ignore[union-attr]  # of one member
    given, kinds = _operands(writer, step, step.operands[:count], rank)
    for name, view in others.items():
        if isinstance(view, View):
            given[name] = writer.ref(view)
    if step.boolean:
        calls = way_to(kind.rule, kinds, kind.operand)
    else:
        calls = flow_to(kind.rule, kinds, kind.operand, kind.guarded)
    if len(step.out.shape) > rank:
        out = writer.family_first(out, np.moveaxis(out.like, -1, 0))
    _evaluate(writer, calls, given, out)


def _operands(
    writer: Writer, step: Step, operands: Sequence[Operand], rank: int
) -> tuple[dict[Any, Ref], tuple[str, ...]]:
    """The views among the operands by position, and of what kind each operand is.

    Args:
        rank: how many axes a member has; a family has one more.
    """
    given: dict[Any, Ref] = {}
    kinds = []
    for position, operand in enumerate(operands):
        if not isinstance(operand, View):
            kinds.append(repr(float(operand)))
            continue
        ref = writer.ref(operand)
        family = len(operand.shape) > rank
        if family:  # its own axis first, so that it lines up with what has none
            like = np.moveaxis(ref.like, -1, 0)
            spread = bool(step.space and not writer.program.space[operand.value])
            ref = writer.family_first(ref, like[:, None] if spread else like, spread)
        given[position] = ref
        kinds.append(FAMILY if family else ONE)
    return given, tuple(kinds)


def _evaluate(writer: Writer, calls: Calls, given: dict[Any, Ref], out: Ref) -> None:
    """Lines that compute the result of the calls into `out`."""
    done: dict[int, Ref] = {}

    def ref_of(x: Any) -> Ref:
        if not isinstance(x, Symbol):
            return Ref(repr(x), np.asarray(x, writer.dtype))
        return done[id(x)] if id(x) in done else given[x.arguments[0] if x.function == OPERAND else x.function]

    for symbol, last in calls.calls:
        arguments = [ref_of(argument) for argument in symbol.arguments]
        done[id(symbol)] = _call(writer, symbol, arguments, out if symbol is calls.result else None)
        for each in last:
            writer.free(done[id(each)])
    if not isinstance(calls.result, Symbol):
        writer.lines.append(f"{out.text}.fill({float(calls.result)!r})")
    elif not calls.calls:
        writer.call("copyto", out.text, ref_of(calls.result).text)


def _call(writer: Writer, symbol: Symbol, arguments: list[Ref], out: Ref | None) -> Ref:
    """Where the number of a Symbol is: in `out`, or in a temporary array."""
    function = NUMPY_NAMES.get(symbol.function, symbol.function)
    is_reduced = function.endswith(".reduce")
    if out is None:
        shapes = [argument.like.shape for argument in arguments]
        shape = shapes[0][1:] if is_reduced else np.broadcast_shapes(*shapes)
        out = writer.temporary(shape, bool if symbol.function in BOOLEAN else None)
    texts = [argument.text for argument in arguments]
    if is_reduced:
        family = arguments[0]
        if not family.like.flags.c_contiguous:  # a copy is faster to go through
            family = writer.temporary(family.like.shape)
            writer.call("copyto", family.text, arguments[0].text)
            writer.free(family)
        writer.call(function, family.text, "0", "None", out.text)
    elif function == "negative":
        writer.negate(arguments[0], out)
    elif function == "where":
        condition, a, b = arguments
        _write_where(writer, condition, a, b, out)
    elif function in ("maximum", "minimum"):
        texts = [  # NumPy is slow at these with a single number, and wants `out` by name
            text if isinstance(argument, Symbol) else writer.full(out.like.shape, argument)
            for text, argument in zip(texts, symbol.arguments, strict=True)
        ]
        writer.call(function, *texts, f"out={out.text}")
    else:
        writer.call(function, *texts, out.text)
    return out


def _write_where(writer: Writer, condition: Ref, a: Ref, b: Ref, out: Ref) -> None:
    """a where the condition holds, else b; where one of them lies in `out` already, the other one is copied there."""
    if _is_same(out, a):
        otherwise = writer.temporary(condition.like.shape, bool)
        writer.call("logical_not", condition.text, otherwise.text)
        writer.call("copyto", out.text, b.text, "'same_kind'", otherwise.text)
        writer.free(otherwise)
        return
    if not _is_same(out, b):
        writer.call("copyto", out.text, b.text)
    writer.call("copyto", out.text, a.text, "'same_kind'", condition.text)


def _is_same(one: Ref, other: Ref) -> bool:
    """Whether they are the same numbers in memory: no two parts of it overlap otherwise."""
    return one.like.shape == other.like.shape and one.like.ctypes.data == other.like.ctypes.data
