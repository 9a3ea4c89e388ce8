"""Maps and partials as inner loops, call by call."""

import numpy as np

from ....symbolic import Symbol
from ...kinds import Map, Partial
from ...program import Step
from ...views import View
from ..expressions import BOOLEAN, calls_of, evaluate
from .code import Code
from .fused import emit_fused
from .lists import family_first
from .loops import loop_of_rule
from .memories import Ref
from .products import reduced

_ROOTS = {-0.5: "inverse root", -1.5: "inverse root of cube"}  # powers for which there is a loop of ours
_OF_DERIVATIVE = 3  # operands of the derivative of a rule of one operand: it, its value, dy


def emit_expression(code: Code, step: Step, kind: Map | Partial, out: Ref) -> None:
    """Instructions that compute a map or a partial."""
    if _emit_rule(code, step, kind, out):
        return
    calls, given, is_family = calls_of(step, kind)
    refs = {
        name: family_first(code.ref(each.view)) if each.is_family else code.ref(each.view)
        for name, each in given.items()
    }
    if is_family:
        out = family_first(out)

    if not isinstance(calls.result, Symbol):
        code.copy(code.number(calls.result, out.type), out)
        return
    if emit_fused(code, calls, refs, out):
        return

    def call(symbol: Symbol, arguments: list[Ref], is_last: bool) -> Ref:
        function, exponent = symbol.function, symbol.arguments[-1]
        if function == "pow" and not isinstance(exponent, Symbol) and float(exponent) in _ROOTS:
            function, arguments = _ROOTS[float(exponent)], arguments[:1]
        return _call(code, function, arguments, out if is_last else None)

    result = evaluate(calls, refs, code.number, call, code.free)
    if not calls.calls:
        code.copy(result, out)


def _emit_rule(code: Code, step: Step, kind: Map | Partial, out: Ref) -> bool:
    """Emit one loop of ours for all that the rule says, where there is one that pays."""
    if isinstance(kind, Map):
        is_back, operands = False, step.operands
    else:
        is_back, operands = True, (step.operands[0], step.operands[-1])
        if kind.guarded or len(step.operands) != _OF_DERIVATIVE or not isinstance(step.operands[0], View):
            return False  # one that reads its result alone has not the operand
    if out.type != code.type or not any(isinstance(operand, View) for operand in operands):
        return False
    loop = loop_of_rule(kind.rule, code.type, is_back)
    if loop is None:
        return False
    refs = [code.ref(each) if isinstance(each, View) else code.number(float(each)) for each in operands]
    if any(ref.type != code.type for ref in refs):
        return False
    code.apply(loop, [*refs, out])
    return True


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
