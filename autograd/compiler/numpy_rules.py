"""Maps as calls of array functions: an expression of the rule book, computed into buffers and temporary arrays."""

from typing import Any

import numpy as np

from .expressions import LEAF, Expression, Symbols, call
from .numpy_writer import Ref, Writer
from .program import Map, Operand, View


def write_map(writer: Writer, step: Map) -> None:
    by_row = step.out.array.by_row
    rank = len(step.y.shape if step.y is not None else step.out.shape)  # of one member; of a family it is one more

    def leaf(operand: Operand) -> Any:
        if not isinstance(operand, View):
            return operand
        ref = writer.ref(operand)
        family = len(operand.shape) > rank
        if family:  # its own axis first, so that it lines up with what has none
            like = np.moveaxis(ref.like, -1, 0)
            if by_row and not operand.array.by_row:
                like = like[:, None]
            ref = writer.family_first(ref, like, spread=by_row and not operand.array.by_row)
        return Expression(LEAF, (ref,), family)

    arguments = [leaf(argument) for argument in step.arguments]
    symbols = Symbols()
    out = writer.ref(step.out)
    if step.partial is None:
        expression = step.rule.value(symbols, *arguments)
    else:
        assert step.y is not None
        assert step.dy is not None
        partial, dy = step.rule.partials(symbols, leaf(step.y), *arguments)[step.partial], leaf(step.dy)
        if step.out.array.boolean:
            expression = _way(partial, dy)
        else:
            expression = dy if partial == 1.0 else -dy if partial == -1.0 else dy * partial
            if step.live is not None:
                if step.rule.chooses:
                    expression = symbols.where(partial, expression, 0.0)
                expression = call("where", leaf(step.live), expression, 0.0)
        if len(step.out.shape) > rank:
            out = writer.family_first(out, np.moveaxis(out.like, -1, 0))
    if not step.accumulate:
        _evaluate(writer, expression, out)
        return
    temporary = writer.temporary(out.like.shape, out.like.dtype)
    _evaluate(writer, expression, temporary)
    writer.call("add", out.text, temporary.text, out.text)
    writer.free(temporary)


def _evaluate(writer: Writer, expression: Any, out: Ref) -> None:
    """Lines that compute an expression into `out`."""
    if not isinstance(expression, Expression):
        writer.lines.append(f"{out.text}.fill({float(expression)!r})")
    elif expression.function == LEAF:
        writer.call("copyto", out.text, expression.arguments[0].text)
    else:
        uses: dict[int, int] = {}
        _count(expression, uses)
        _compute(writer, expression, {}, uses, out)


def _compute(
    writer: Writer, expression: Any, done: dict[int, Ref], uses: dict[int, int], out: Ref | None = None
) -> Ref:
    """Where the number of an expression is: in `out`, or in a temporary array."""
    if not isinstance(expression, Expression):
        return Ref(repr(float(expression)), np.asarray(expression, writer.dtype))
    if expression.function == LEAF:
        return expression.arguments[0]
    if id(expression) in done:
        return done[id(expression)]
    arguments = [_compute(writer, argument, done, uses) for argument in expression.arguments]
    function = expression.function
    if function.endswith(".reduce"):
        shape = arguments[0].like.shape[1:]
    else:
        shape = np.broadcast_shapes(*(argument.like.shape for argument in arguments))
    if out is None:
        out = writer.temporary(shape, bool if expression.boolean else None)
    if function.endswith(".reduce"):
        family = arguments[0]
        if not family.like.flags.c_contiguous:  # a copy is faster to go through
            family = writer.temporary(family.like.shape)
            writer.call("copyto", family.text, arguments[0].text)
            writer.free(family)
        writer.call(function, family.text, "0", "None", out.text)
    elif function == "where":
        condition, a, b = arguments
        writer.call("copyto", out.text, b.text)
        writer.call("copyto", out.text, a.text, "'same_kind'", condition.text)
    else:
        texts = [argument.text for argument in arguments]
        if function in ("maximum", "minimum"):
            texts = [  # NumPy is slow at these with a single number, and wants `out` by name
                text if isinstance(argument, Expression) else writer.full(out.like.shape, argument)
                for text, argument in zip(texts, expression.arguments, strict=True)
            ]
            writer.call(function, *texts, f"out={out.text}")
        else:
            writer.call(function, *texts, out.text)
    done[id(expression)] = out
    for argument, ref in zip(expression.arguments, arguments, strict=True):
        if isinstance(argument, Expression) and argument.function != LEAF:
            uses[id(argument)] -= 1
            if not uses[id(argument)]:
                writer.free(ref)
    return out


def _way(partial: Any, live: Expression) -> Any:
    """Whether something passes to an operand, where something comes to an operation that chooses."""
    if not isinstance(partial, Expression):
        return live if partial else 0.0
    return call("logical_and", partial if partial.boolean else call("not_equal", partial, 0.0), live)


def _count(expression: Any, uses: dict[int, int]) -> None:
    """How often each expression below is an argument of another."""
    for argument in expression.arguments:
        if isinstance(argument, Expression) and argument.function != LEAF:
            uses[id(argument)] = uses.get(id(argument), 0) + 1
            if uses[id(argument)] == 1:
                _count(argument, uses)
