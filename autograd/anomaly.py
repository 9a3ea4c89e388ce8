"""Where the first nan or inf comes from: found when it is made, with the line of the code that made it."""

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import inf, isfinite
from typing import Any

from .recording import current
from .tracing import user_line

_lines: dict[int, str] = {}  # by the id of a node: where it was made, while anomalies are looked for
_CHOOSING = frozenset(  # of these a partial derivative of 0 says that the operand was not chosen
    ("where", "maximum", "minimum", "relu", "step", "take", "less", "less_equal", "greater", "greater_equal")
)


class AnomalyError(FloatingPointError):
    """A value or a gradient is nan or infinite; the message names the operation, its operands and the line."""


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Look at every number that is computed inside the block: the first nan or inf, in value or gradient, is an error.

    It holds for the thread that entered the block, and makes computing several times slower: use it to find out where
    a nan comes from, not in every training. What a compiled function computes is looked at row by row, as a graph of
    scalars, before it is computed for all of them.

    Raises:
        AnomalyError: with the operation, its operands, the modules whose calls computed it, and the line of code; of a
            compiled function with the row. For a gradient, nothing has been changed by then.

    >>> from autograd import Value
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     (Value(0.0) * 3).log()
    Traceback (most recent call last):
    ...
    autograd.anomaly.AnomalyError: log(0) is -inf...
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     (Value(0.0) * 3).sqrt().backward()
    Traceback (most recent call last):
    ...
    autograd.anomaly.AnomalyError: in backward(), the derivative of sqrt(0) is inf...
    """
    state = current()
    before, state.checking = state.checking, True
    try:
        yield
    finally:
        state.checking = before
        if not before:
            _lines.clear()


class _Later(threading.local):
    """Whether the numbers of this thread are looked at when all of them are there, not when they are made."""

    on = False


_later = _Later()


def is_looked_at_later() -> bool:
    """Whether a block of `looked_at_later()` is around us."""
    return _later.on


@contextmanager
def looked_at_later() -> Iterator[None]:
    """Inside the block it is remembered where numbers are made; `check_graph` looks at them afterwards."""
    before, _later.on = _later.on, True
    try:
        yield
    finally:
        _later.on = before


def check_value(node: Any) -> None:
    """Refuse a node whose number is not finite; remember where the others were made."""
    if current().tracing:
        return
    _lines[id(node)] = user_line(sys._getframe(1))
    if not _later.on:
        _check_number(node, inf)


def check_graph(*roots: Any, largest: float = inf) -> None:
    """Refuse the first number that the roots depend on and that is not finite.

    Args:
        largest: a number beyond it counts as infinite: float32 has no larger one.
    """
    for node in live_nodes(roots):
        if node.parents or node in roots:
            _check_number(node, largest)


def check_gradients(nodes: Sequence[Any], gradient: float, largest: float = inf) -> None:
    """Go the way of `backward()`, over nodes in topological order, and refuse what is not finite."""
    adjoints = {nodes[-1]: gradient}
    for node in reversed(nodes):
        if node not in adjoints:
            continue
        dy = adjoints[node]
        for i, parent, partial in edges(node):
            if not _is_fine(dy * partial, largest):
                times = f" and the gradient that comes to it {dy:g}" if isfinite(partial) else ""
                raise AnomalyError(f"in backward(), {derivative(node, i)}{times}{place(node)}")
            adjoints[parent] = adjoints.get(parent, 0.0) + dy * partial
            if not _is_fine(adjoints[parent], largest):
                raise AnomalyError(f"in backward(), the gradient of {parent!r} sums up to {adjoints[parent]:g}")


def live_nodes(roots: Iterable[Any]) -> list[Any]:
    """What the roots depend on, and they themselves: each node after its parents, as far as it has an edge to them."""
    nodes, met = [], set()
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, its_parents_are_done = stack.pop()
        if its_parents_are_done:
            nodes.append(node)
        elif node not in met:
            met.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for _, parent, _ in reversed(list(edges(node))))
    return nodes


def edges(node: Any) -> Iterator[tuple[int, Any, float]]:
    """(number from 1, parent, partial) of the operands of a node, without those that its operation did not choose."""
    chooses = node._operation.name in _CHOOSING
    for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True), start=1):
        if partial != 0.0 or not chooses:
            yield i, parent, partial


def _check_number(node: Any, largest: float) -> None:
    number = node.data
    if not _is_fine(number, largest):
        beyond = f", beyond the largest number {largest:g}" if isfinite(number) else ""
        raise AnomalyError(f"{call(node) if node.parents else 'a number'} is {number:g}{beyond}{place(node)}")


def _is_fine(number: float, largest: float) -> bool:
    return isfinite(number) and abs(number) <= largest


def place(node: Any) -> str:
    """Where a node was made, as the end of a message: the modules whose calls made it, from the outside, and the line.

    >>> from autograd import Value, scope
    >>> with scope("MLP"), scope("layer 1"):
    ...     y = Value(2.0) * 3
    >>> place(y)
    ', in module MLP / layer 1'
    """
    path, scope = [], node._scope
    while scope is not None:
        path.append(scope[1])
        scope = scope[0]
    return (f", in module {' / '.join(reversed(path))}" if path else "") + _lines.get(id(node), "")


def derivative(node: Any, i: int) -> str:
    """A local derivative of a node in words, that by its i-th operand, counted from 1."""
    which = f" by its operand {i}" if len(node.parents) > 1 else ""
    return f"the derivative of {call(node)}{which} is {node.partials[i - 1]:g}"


def call(node: Any) -> str:
    """A node's operation with the numbers of its operands: "log(0)", "1 / 0"."""
    numbers = [f"{parent.data:.4g}" for parent in node.parents[:4]] + ["…"] * (len(node.parents) > 4)
    if len(numbers) == 2 and not node.op.isalpha():
        return f"{numbers[0]} {node.op} {numbers[1]}"
    return f"{node.op}({', '.join(numbers)})"
