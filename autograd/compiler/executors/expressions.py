"""Maps and partials as calls of array functions: rules that `autograd.symbolic` has read, with what is known put in.

Some operands are plain numbers, and some are families: all those of an operation on lists at once, arrays with one
more axis. What comes out are Symbols again, which executors write as calls. Functions of NumPy's are in them:
`not_equal`, `logical_not` and `logical_and`; `maximum` and `minimum` of two; `relu`, whose zeros are all +0; and
`maximum.reduce`, `minimum.reduce` and `add.reduce`, along the axis of a family.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, reduce
from math import inf
from typing import Any, NamedTuple, TypeVar

from ...operations import OPERATIONS, Operation
from ...symbolic import (
    COMPARISONS,
    NEGATIVE,
    OPERAND,
    RESULT,
    Rule,
    Symbol,
    in_order,
    is_number,
    on_numbers,
    read_rule,
)
from ..kinds import Map, Partial
from ..program import Step
from ..views import Operand, View

R = TypeVar("R")  # how an executor names an array

ONE, FAMILY = "one", "family"  # kinds of operands; that of a plain number is its `repr`, which tells 0.0 from -0.0
DY, LIVE = "dy", "live"  # symbols that are given, besides operands and result
GIVEN = frozenset((OPERAND, RESULT, DY, LIVE))
BOOLEAN = COMPARISONS | {"not_equal", "logical_not", "logical_and"}
_OF_TWO = {"maximum": "maximum", "minimum": "minimum", "total": "+"}  # by which a function of a list is computed
_REDUCTION = {"maximum": "maximum.reduce", "minimum": "minimum.reduce", "total": "add.reduce"}
_REDUCTIONS = frozenset(_REDUCTION.values())


class Given(NamedTuple):
    """An array of a step that its calls read; a family has an axis more, its last."""

    view: View
    is_family: bool


class Calls(NamedTuple):
    """What to call: each Symbol after its arguments, with those of them that nothing needs any more."""

    calls: list[tuple[Symbol, list[Symbol]]]
    result: Any  # the last of them, a given one, or a number


def calls_of(step: Step, kind: Map | Partial) -> tuple[Calls, dict[Any, Given], bool]:
    """What computes a step; what its calls read, by position or name; and whether its result is a family."""
    if isinstance(kind, Map):
        given, kinds = _given(step.operands, len(step.out.shape))
        return value_of(kind.rule, kinds), given, False
    names = (RESULT, DY, LIVE) if kind.guarded else (RESULT, DY)
    count = len(step.operands) - len(names)
    others = dict(zip(names, step.operands[count:], strict=True))
    rank = len(others[DY].shape)  # type: ignore[union-attr]  # of one member
    given, kinds = _given(step.operands[:count], rank)
    given |= {name: Given(view, False) for name, view in others.items() if isinstance(view, View)}
    if step.boolean:
        calls = way_to(kind.rule, kinds, kind.operand)
    else:
        calls = flow_to(kind.rule, kinds, kind.operand, kind.guarded)
    return calls, given, len(step.out.shape) > rank


def _given(operands: Sequence[Operand], rank: int) -> tuple[dict[Any, Given], tuple[str, ...]]:
    """The views among the operands by position, and of what kind each operand is; a member has so many axes."""
    given = {
        position: Given(operand, len(operand.shape) > rank)
        for position, operand in enumerate(operands)
        if isinstance(operand, View)
    }
    kinds = [
        (FAMILY if given[position].is_family else ONE) if position in given else repr(float(operand))  # type: ignore[arg-type]
        for position, operand in enumerate(operands)
    ]
    return given, tuple(kinds)


def evaluate(
    calls: Calls,
    given: Mapping[Any, R],
    number: Callable[[float], R],
    call: Callable[[Symbol, list[R], bool], R],
    free: Callable[[R], None],
) -> R:
    """Make the calls, one after the other: where the result is.

    Args:
        given: what they read.
        number: of a plain number what a call reads.
        call: makes a call on these arguments, and says where its result is; its last one is the result of all.
        free: an array that nothing reads any more.
    """
    done: dict[int, R] = {}

    def found(x: Any) -> R:
        if not isinstance(x, Symbol):
            return number(float(x))
        return done[id(x)] if id(x) in done else given[x.arguments[0] if x.function == OPERAND else x.function]

    for symbol, last in calls.calls:
        done[id(symbol)] = call(symbol, [found(each) for each in symbol.arguments], symbol is calls.result)
        for each in last:
            free(done[id(each)])
    return found(calls.result)


@lru_cache(maxsize=512)
def value_of(operation: Operation, kinds: tuple[str, ...]) -> Calls:
    """The value of an operation on operands of these kinds."""
    return _calls(_put_in(_rule(operation, len(kinds)).value, kinds))


@lru_cache(maxsize=512)
def flow_to(operation: Operation, kinds: tuple[str, ...], position: int, where_live: bool) -> Calls:
    """What flows to the operand at a position: dy times the derivative by it; perhaps only where `live` holds."""
    derivative = _put_in(_rule(operation, len(kinds)).partials[position], kinds)
    flow = Symbol(NEGATIVE, Symbol(DY)) if is_number(derivative, -1.0) else _product(Symbol(DY), derivative)
    if where_live:
        if operation.chooses:
            flow = _where(derivative, flow, 0.0)
        flow = Symbol("where", Symbol(LIVE), flow, 0.0)
    return _calls(flow)


@lru_cache(maxsize=512)
def way_to(operation: Operation, kinds: tuple[str, ...], position: int) -> Calls:
    """Whether something passes to the operand at a position, where something comes (dy) to one that chooses."""
    derivative = _put_in(_rule(operation, len(kinds)).partials[position], kinds)
    if isinstance(derivative, Symbol):
        return _calls(Symbol("logical_and", _condition(derivative), Symbol(DY)))
    return _calls(Symbol(DY) if derivative else 0.0)


_SHORTER: dict[str, Callable[..., Any]] = {  # values, within the 1e-12 that a compiled function keeps to
    "_exp_of_difference": lambda m, a, b: m.exp(a - b),
}


@lru_cache(maxsize=512)
def _rule(operation: Operation, operands: int) -> Rule:
    if operation is OPERATIONS.get(operation.name) and operation.name in _SHORTER:
        operation = operation._replace(value=_SHORTER[operation.name])
    return read_rule(operation, operands)


def _put_in(result: Any, kinds: Sequence[str]) -> Any:
    """A Symbol of a rule, with these kinds of operands, as NumPy computes it."""
    done: dict[int, Any] = {}
    for symbol in in_order([result]):
        if symbol.function == OPERAND:
            kind = kinds[symbol.arguments[0]]
            done[id(symbol)] = symbol if kind in (ONE, FAMILY) else float(kind)
        elif symbol.function == RESULT:
            done[id(symbol)] = symbol
        else:
            arguments = [done[id(each)] if isinstance(each, Symbol) else each for each in symbol.arguments]
            done[id(symbol)] = _applied(symbol.function, arguments, kinds)
    return done[id(result)] if isinstance(result, Symbol) else result


def _applied(function: str, arguments: list[Any], kinds: Sequence[str]) -> Any:
    if function == "where":
        return _where(*arguments)
    if all(map(_is_boolean, arguments)):  # NumPy's sum of booleans is their "or"
        arguments = [Symbol("*", x, 1.0) for x in arguments]
    match function:
        case "maximum" | "minimum" | "total":  # families along their own axis first
            reduced = [Symbol(_REDUCTION[function], x) if _is_family(x, kinds) else x for x in arguments]
            return reduce(lambda a, b: Symbol(_OF_TWO[function], a, b), reduced)
    if not any(isinstance(argument, Symbol) for argument in arguments):
        return on_numbers(function, arguments)
    match function:
        case "*":
            return _product(*arguments)
        case "pow":
            return _power(*arguments)
    return Symbol(function, *arguments)


def _is_family(x: Any, kinds: Sequence[str]) -> bool:
    """Whether there is one of it for each member of a family."""
    families: set[int] = set()
    for symbol in in_order([x]):
        if symbol.function == OPERAND:
            has_axis = kinds[symbol.arguments[0]] == FAMILY
        else:
            has_axis = any(id(each) in families for each in symbol.arguments) and symbol.function not in _REDUCTIONS
        if has_axis:
            families.add(id(symbol))
    return id(x) in families


def _is_boolean(x: Any) -> bool:
    return isinstance(x, Symbol) and x.function in BOOLEAN


def _product(a: Any, b: Any) -> Any:
    return b if is_number(a, 1.0) else a if is_number(b, 1.0) else Symbol("*", a, b)


def _where(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; a condition itself where it asks for 1 and 0."""
    if not isinstance(condition, Symbol):
        return a if condition else b
    condition = _condition(condition)
    if is_number(a, 1.0) and is_number(b, 0.0):
        return condition
    if is_number(a, 0.0) and is_number(b, 1.0):
        return Symbol("logical_not", condition)
    if is_number(a, 0.0) and condition.function == "<=":
        x, limit = condition.arguments
        if x is b and is_number(limit, 0.0):
            return Symbol("relu", x)
    return Symbol("where", condition, a, b)


def _condition(x: Symbol) -> Symbol:
    """Whether it holds: as a boolean."""
    return x if _is_boolean(x) else Symbol("not_equal", x, 0.0)


def _power(a: Any, b: Any) -> Any:
    """aᵇ, where one of them is a Symbol; by multiplication for small whole powers."""
    if isinstance(b, Symbol):
        return Symbol("pow", a, b)
    if b in (2.0, 3.0, 4.0):
        square = _product(a, a)
        return square if b == 2.0 else _product(square, a if b == 3.0 else square)
    if b in (0.0, 1.0, -1.0):
        return 1.0 if b == 0.0 else a if b == 1.0 else Symbol("div", 1.0, a)
    if b == 0.5:  # NumPy takes the square root, but (-∞)^½ is ∞
        return _where(a <= -inf, inf, Symbol("sqrt", a))
    return Symbol("pow", a, b)


def _calls(result: Any) -> Calls:
    calls: list[tuple[Symbol, list[Symbol]]] = []
    needed: set[int] = set()
    for symbol in reversed(in_order([result])):
        if symbol.function not in GIVEN:
            last = []
            for each in reversed(symbol.arguments):
                if isinstance(each, Symbol) and each.function not in GIVEN and id(each) not in needed:
                    needed.add(id(each))
                    last.append(each)
            calls.append((symbol, last[::-1]))
    return Calls(calls[::-1], result)
