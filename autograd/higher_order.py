"""Gradients that are graphs: the backward pass, computed with Values, so that it can be differentiated again.

The rule book serves once more: with the functions on Values for `m`, `partials(m, y, *operands)` makes nodes.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

from . import functions, ieee
from .value import Value, _sorted_graph


def gradient_graphs(root: Value, inputs: Iterable[Value], gradient: Any = 1.0) -> list[Value]:
    """∂root/∂input times `gradient`, as Values that depend on all that they were computed from.

    The way back ends at the inputs: what they were computed from counts as given.

    >>> x = Value(3.0)
    >>> (slope,) = gradient_graphs(x * x, [x])
    >>> slope.backward()
    >>> slope.data, x.grad
    (6.0, 2.0)
    """
    inputs = list(inputs)
    adjoints = _adjoints(root, gradient, {id(x) for x in inputs})
    return [_as_value(adjoints.get(x, 0.0)) for x in inputs]


def all_gradient_graphs(root: Value, gradient: Any = 1.0) -> dict[Value, Value]:
    """The gradient of every node below root, and of root, as a Value."""
    return {node: _as_value(adjoint) for node, adjoint in _adjoints(root, gradient, set()).items()}


def _adjoints(root: Value, gradient: Any, ends: set[int]) -> dict[Value, Any]:
    """The gradient of every node between root and the ends: a Value, or a number where it is constant."""
    m, adjoints = _values(), {root: gradient}
    for node in reversed(_sorted_graph((root,), ends)[1]):
        dy = adjoints.get(node)
        if dy is None or id(node) in ends:  # nothing flows to it; or it is the root itself, and an input
            continue
        for parent, partial in zip(node.parents, node._operation.partials(m, node, *node.parents), strict=True):
            if isinstance(partial, Value) or partial != 0.0:  # 0 is no way
                flow = dy if not isinstance(partial, Value) and partial == 1.0 else dy * partial
                adjoints[parent] = adjoints[parent] + flow if parent in adjoints else flow
    return adjoints


def _as_value(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x)


@cache
def _values() -> SimpleNamespace:
    """The namespace `m` on Values and numbers, mixed."""
    names = {name: getattr(functions, name) for name in functions.__all__}
    return SimpleNamespace(**names | {"div": _div, "pow": _pow, "take": _take, "total": ieee.total})


def _div(a: Any, b: Any) -> Any:
    return a / b if isinstance(a, Value) or isinstance(b, Value) else ieee.div(a, b)


def _pow(a: Any, b: Any) -> Any:
    return a**b if isinstance(a, Value) or isinstance(b, Value) else ieee.pow(a, b)


def _take(index: Any, values: Sequence[Any]) -> Any:
    return functions.take(values, index)
