"""Maps as calls of array functions: an expression of the rule book, computed into buffers and temporary arrays."""

from typing import Any

import numpy as np

from ..symbolic import ABSOLUTE, NEGATIVE, OPERAND, RESULT, Symbol
from .numpy_expressions import BOOLEAN, DY, FAMILY, LIVE, ONE, Calls, flow_to, value_of, way_to
from .numpy_writer import Ref, Writer
from .program import Map, View

# The name in the rule book, where NumPy's is another.
_NUMPY_NAMES = {
    "+": "add", "-": "subtract", "*": "multiply", "div": "divide", "pow": "power", NEGATIVE: "negative",
    ABSOLUTE: "absolute", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
}  # fmt: skip


def write_map(writer: Writer, step: Map) -> None:
    by_row = step.out.array.by_row
    rank = len(step.y.shape if step.y is not None else step.out.shape)  # of one member; of a family it is one more
    given: dict[Any, Ref] = {}  # by the position of the operand, or the name of another symbol
    kinds = []
    for position, operand in enumerate(step.arguments):
        if not isinstance(operand, View):
            kinds.append(repr(float(operand)))
            continue
        ref = writer.ref(operand)
        family = len(operand.shape) > rank
        if family:  # its own axis first, so that it lines up with what has none
            like = np.moveaxis(ref.like, -1, 0)
            if by_row and not operand.array.by_row:
                like = like[:, None]
            ref = writer.family_first(ref, like, spread=by_row and not operand.array.by_row)
        given[position] = ref
        kinds.append(FAMILY if family else ONE)
    out = writer.ref(step.out)
    if step.partial is None:
        calls = value_of(step.rule, tuple(kinds))
    else:
        for name, view in ((RESULT, step.y), (DY, step.dy), (LIVE, step.live)):
            if view is not None:
                given[name] = writer.ref(view)
        if step.out.array.boolean:
            calls = way_to(step.rule, tuple(kinds), step.partial)
        else:
            calls = flow_to(step.rule, tuple(kinds), step.partial, step.live is not None)
        if len(step.out.shape) > rank:
            out = writer.family_first(out, np.moveaxis(out.like, -1, 0))
    if not step.accumulate:
        _evaluate(writer, calls, given, out)
        return
    temporary = writer.temporary(out.like.shape, out.like.dtype)
    _evaluate(writer, calls, given, temporary)
    writer.call("add", out.text, temporary.text, out.text)
    writer.free(temporary)


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
    function = _NUMPY_NAMES.get(symbol.function, symbol.function)
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
    elif function == "where":
        condition, a, b = texts
        writer.call("copyto", out.text, b)
        writer.call("copyto", out.text, a, "'same_kind'", condition)
    elif function in ("maximum", "minimum"):
        texts = [  # NumPy is slow at these with a single number, and wants `out` by name
            text if isinstance(argument, Symbol) else writer.full(out.like.shape, argument)
            for text, argument in zip(texts, symbol.arguments, strict=True)
        ]
        writer.call(function, *texts, f"out={out.text}")
    else:
        writer.call(function, *texts, out.text)
    return out
