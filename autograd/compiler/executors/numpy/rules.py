"""Maps as calls of array functions: an expression of the rule book, computed into buffers and temporary arrays."""

import numpy as np

from ....symbolic import ABSOLUTE, NEGATIVE, Symbol
from ...kinds import Map, Partial
from ...program import Step
from ..expressions import BOOLEAN, Given, calls_of, evaluate
from .writer import Ref, Writer

# The name in the rule book, where NumPy's is another.
NUMPY_NAMES = {
    "+": "add", "-": "subtract", "*": "multiply", "div": "divide", "pow": "power", NEGATIVE: "negative",
    ABSOLUTE: "absolute", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
}  # fmt: skip


def write_expression(writer: Writer, step: Step, kind: Map | Partial, out: Ref) -> None:
    """Lines that compute a map or a partial."""
    calls, given, is_family = calls_of(step, kind)
    refs = {name: _operand(writer, step, each) for name, each in given.items()}
    if is_family:
        out = writer.family_first(out, np.moveaxis(out.like, -1, 0))

    def number(x: float) -> Ref:
        return Ref(repr(x), np.asarray(x, writer.dtype))

    def call(symbol: Symbol, arguments: list[Ref], is_last: bool) -> Ref:
        return _call(writer, symbol, arguments, out if is_last else None)

    result = evaluate(calls, refs, number, call, writer.free)
    if not isinstance(calls.result, Symbol):
        writer.lines.append(f"{out.text}.fill({result.text})")
    elif not calls.calls:
        writer.call("copyto", out.text, result.text)


def _operand(writer: Writer, step: Step, given: Given) -> Ref:
    """An array that is read; of a family its own axis first, so that it lines up with what has none."""
    ref = writer.ref(given.view)
    if not given.is_family:
        return ref
    like = np.moveaxis(ref.like, -1, 0)
    spread = bool(step.space and not writer.program.space[given.view.value])
    return writer.family_first(ref, like[:, None] if spread else like, spread)


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
    elif function == "relu":
        writer.call("maximum", texts[0], writer.full(out.like.shape, 0.0), f"out={out.text}")
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
