"""Maps and partials as expressions: an operation of the rule book, as `expressions` has brought it into form."""

from collections import Counter
from typing import NamedTuple

from ....symbolic import ABSOLUTE, NEGATIVE, Symbol
from ...kinds import Map, Partial
from ...program import Step
from ..expressions import BOOLEAN, calls_of, evaluate
from .refs import Ref, broadcast
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
    return _Found(Ref(text, shape), is_family, is_typed)


def _beside_family(found: _Found) -> _Found:
    """With an axis for the members of a family."""
    if found.is_family or not found.ref.shape:
        return found
    return _Found(Ref(f"{found.ref.text}[..., None]", (*found.ref.shape, 1)), True, found.is_typed)
