"""Gradients that are graphs: the backward pass, computed with Values, so that it can be differentiated again.

The rule book serves once more: with the functions on Values for `m`, `partials(m, y, *operands)` makes nodes.
"""

from collections.abc import Sequence
from functools import cache
from math import isfinite
from types import SimpleNamespace
from typing import Any

from . import functions, ieee
from .anomaly import call, place
from .functions import where
from .operations import CONSTANT, OPERATIONS, Operation
from .recording import block, current
from .value import Value, _number


def adjoint_graphs(root: Value, gradient: Any, inner: list[Value], wanted: set[int]) -> dict[int, Any]:
    """The gradients of nodes, by their ids: Values, or numbers where they are constant.

    Where an operation has chosen, nothing flows to what it did not choose; in a trace, where nobody knows yet what it
    chooses, what flows is written as a choice too.

    Args:
        inner: the inner nodes to go through, in topological order.
        wanted: the ids of the nodes whose gradients are wanted, or needed on the way.

    Raises:
        RuntimeError: when a leaf has another number than the graph was computed with: derivatives, made of the Values
            as they are now, would be neither those of before nor those of now.
    """
    with block() as state:
        state.checking = None  # partial derivatives that nobody wants are made, too: each of an operation
        if not state.tracing:
            for node in inner:
                _check_current(node)
        return _flows(root, gradient, inner, wanted)


def _check_current(node: Value) -> None:
    """Refuse a node whose operands are not what it was computed from."""
    y, now = _number(node), node._operation.value(ieee, *map(_number, node.parents))
    if y != now and (y == y or now == now):
        raise RuntimeError(
            f"the numbers below have been assigned since {call(node)} was computed, which was {y:.6g} then and is "
            f"{now:.6g} now: its gradient would be neither that of before nor that of now. Call forward() on the root "
            f"before, or assign .data afterwards{place(node)}"
        )


def _flows(root: Value, gradient: Any, inner: list[Value], wanted: set[int]) -> dict[int, Any]:
    m, adjoints = _values(), {id(root): gradient}
    reached: dict[int, Any] = {id(root): True}  # by id: whether something flows there, or the Value that will say so
    for node in reversed(inner):
        here = reached.get(id(node))
        if here is None:
            continue
        dy, operands = adjoints[id(node)], [_number(p) if p._operation is CONSTANT else p for p in node.parents]
        partials = node._operation.partials(m, node, *operands)
        for parent, partial in zip(node.parents, partials, strict=True):
            taken = _taken(node._operation, partial)
            if id(parent) not in wanted or taken is False:
                continue
            flow = _product(dy, partial)
            way = taken if here is True else here if taken is True else where(here, taken, 0.0)
            if way is not True and (taken is not True or isinstance(partial, Value) or not isfinite(partial)):
                flow = where(way, flow, 0.0)
            before = reached.get(id(parent))
            reached[id(parent)] = way if before is None or way is True else before is True or where(before, 1.0, way)
            adjoints[id(parent)] = adjoints[id(parent)] + flow if before is not None else flow
    return adjoints


def _product(dy: Any, partial: Any) -> Any:
    """dy times a partial derivative, without the nodes that change no bit of it.

    A partial alone is only in a trace what flows: it may be a node of the user's, whose gradient is another matter.
    """
    if not isinstance(partial, Value) and abs(partial) == 1.0:
        return dy if partial > 0.0 else -dy
    if not isinstance(dy, Value) and dy == 1.0 and current().tracing:
        return partial
    return dy * partial


def _taken(operation: Operation, partial: Any) -> Any:
    """Whether there is an edge to an operand; in a trace perhaps the Value that will say so, which is 0 for no."""
    if not isinstance(partial, Value):
        return operation.has_edge(partial)
    return partial if operation.chooses and current().tracing else operation.has_edge(_number(partial))


def as_value(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x)


@cache
def _values() -> SimpleNamespace:
    """The namespace `m` on Values and numbers, mixed."""
    names = {name: getattr(functions, name) for name in functions.__all__}
    own = {
        "node": _of_name,
        "textbook": False,
        "where": _where,
        "div": _div,
        "pow": _pow,
        "take": _take,
        "total": ieee.total,
    }
    return SimpleNamespace(**names | own)


def _of_name(name: str, *operands: Any) -> Any:
    return functions._evaluate(OPERATIONS[name], operands)


def _where(condition: Any, a: Any, b: Any) -> Any:
    return where(condition, a, b) if isinstance(condition, Value) else a if condition else b


def _div(a: Any, b: Any) -> Any:
    return a / b if isinstance(a, Value) or isinstance(b, Value) else ieee.div(a, b)


def _pow(a: Any, b: Any) -> Any:
    return a**b if isinstance(a, Value) or isinstance(b, Value) else ieee.pow(a, b)


def _take(index: Any, values: Sequence[Any]) -> Any:
    return functions.take(values, index)
