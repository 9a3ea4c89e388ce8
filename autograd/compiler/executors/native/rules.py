"""Operations of the rule book as inner loops of NumPy: the expressions of the NumPy executor, call by call."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....symbolic import OPERAND, RESULT, Symbol
from ...kinds import Map, Partial
from ...program import Step
from ...views import Operand, View
from ..numpy.expressions import BOOLEAN, DY, FAMILY, LIVE, ONE, Calls, flow_to, value_of, way_to
from .code import Code
from .memories import Ref
from .products import reduced


def emit_map(code: Code, step: Step, kind: Map, out: Ref) -> None:
    given, kinds = _operands(code, step.operands, len(step.out.shape))
    _evaluate(code, value_of(kind.rule, kinds), given, out)


def emit_partial(code: Code, step: Step, kind: Partial, out: Ref) -> None:
    names = (RESULT, DY, LIVE) if kind.guarded else (RESULT, DY)
    count = len(step.operands) - len(names)
    others = dict(zip(names, step.operands[count:], strict=True))
    rank = len(others[DY].shape)  # type: ignore[union-attr]  # of one member
    given, kinds = _operands(code, step.operands[:count], rank)
    given.update({name: code.ref(view) for name, view in others.items() if isinstance(view, View)})
    if step.boolean:
        calls = way_to(kind.rule, kinds, kind.operand)
    else:
        calls = flow_to(kind.rule, kinds, kind.operand, kind.guarded)
    _evaluate(code, calls, given, family_first(out) if len(step.out.shape) > rank else out)


def family_first(ref: Ref) -> Ref:
    """The same numbers with their last axis first, so that it lines up with what has none."""
    return ref._replace(shape=(ref.shape[-1], *ref.shape[:-1]), strides=(ref.strides[-1], *ref.strides[:-1]))


def _operands(code: Code, operands: Sequence[Operand], rank: int) -> tuple[dict[Any, Ref], tuple[str, ...]]:
    """The views among the operands by position, and of what kind each is; a family has an axis more than a member."""
    given: dict[Any, Ref] = {}
    kinds = []
    for position, operand in enumerate(operands):
        if not isinstance(operand, View):
            kinds.append(repr(float(operand)))
            continue
        family = len(operand.shape) > rank
        given[position] = family_first(code.ref(operand)) if family else code.ref(operand)
        kinds.append(FAMILY if family else ONE)
    return given, tuple(kinds)


def _evaluate(code: Code, calls: Calls, given: dict[Any, Ref], out: Ref) -> None:
    """Instructions that compute the result of the calls into `out`."""
    done: dict[int, Ref] = {}

    def ref_of(x: Any) -> Ref:
        if not isinstance(x, Symbol):
            return code.number(x)
        return done[id(x)] if id(x) in done else given[x.arguments[0] if x.function == OPERAND else x.function]

    for symbol, last in calls.calls:
        arguments = [ref_of(argument) for argument in symbol.arguments]
        done[id(symbol)] = _call(code, symbol.function, arguments, out if symbol is calls.result else None)
        for each in last:
            code.free(done[id(each)])
    if not isinstance(calls.result, Symbol):
        code.copy(code.number(float(calls.result), out.type), out)
    elif not calls.calls:
        code.copy(ref_of(calls.result), out)


def _call(code: Code, function: str, arguments: list[Ref], out: Ref | None) -> Ref:
    """Where the number of a Symbol is: in `out`, or in temporary memory."""
    is_boolean = function in BOOLEAN
    name, _, is_reduced = function.partition(".")
    if out is None or (is_boolean and out.type != "?"):
        shape = arguments[0].shape[1:] if is_reduced else np.broadcast_shapes(*[each.shape for each in arguments])
        target = _temporary(code, shape, arguments, "?" if is_boolean else code.type)
    else:
        target = out
    if is_reduced:
        _reduce(code, name, arguments[0], target)
    elif function == "where":
        condition, *sides = arguments
        a, b = [_as_numbers(code, each) for each in sides]
        code.where(condition, a, b, target)
        _free_others(code, [a, b], sides)
    elif function == "*" and "".join(sorted(each.type for each in arguments)) == f"?{code.type}":
        code.call("masked", *sorted(arguments, key=lambda each: each.type == "?"), out=target)
    else:
        is_logical = function.startswith("logical")
        given = arguments if is_logical else [_as_numbers(code, each) for each in arguments]
        code.call(function, *given, out=target)
        _free_others(code, given, arguments)
    if out is not None and target is not out:
        code.copy(target, out)
        code.free(target)
        return out
    return target


def _temporary(code: Code, shape: tuple[int, ...], arguments: list[Ref], number: str) -> Ref:
    """Memory in which the axes lie as those of the argument that has all of them."""
    like = next((each for each in arguments if each.shape == shape), None)
    order = None if like is None else sorted(range(len(shape)), key=lambda axis: -abs(like.strides[axis]))
    return code.temporary(any(each.by_row for each in arguments), shape, number, order)


def _as_numbers(code: Code, ref: Ref) -> Ref:
    """Booleans as 1 and 0."""
    if ref.type != "?":
        return ref
    numbers = code.temporary(ref.by_row, ref.shape, code.type)
    code.copy(ref, numbers)
    return numbers


def _free_others(code: Code, given: list[Ref], arguments: list[Ref]) -> None:
    for ref, argument in zip(given, arguments, strict=True):
        if ref is not argument:
            code.free(ref)


def _reduce(code: Code, name: str, family: Ref, out: Ref) -> None:
    """A family along its own axis, the first, with all its members at once."""
    numbers = _as_numbers(code, family)
    if name == "add":
        reduced(code, numbers, [0], out)
    else:
        count, *shape = numbers.shape
        first = numbers._replace(shape=tuple(shape), strides=numbers.strides[1:])
        code.copy(first, out)
        if count > 1:
            others = numbers._replace(offset=numbers.offset + numbers.strides[0], shape=(count - 1, *shape))
            code.accumulate(name, others, out)
    _free_others(code, [numbers], [family])
