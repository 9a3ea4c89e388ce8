"""Where the first nan or inf comes from: found when it is made, with the line of the code that made it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Any

from .recording import current
from .tracing import user_line

_lines: dict[int, str] = {}  # by the id of a node: where it was made, while anomalies are looked for


class AnomalyError(FloatingPointError):
    """A value or a gradient is nan or infinite; the message names the operation, its operands and the line."""


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Look at every number that is computed inside the block: the first nan or inf, in value or gradient, is an error.

    It holds for the thread that entered the block, and makes computing several times slower: use it to find out where
    a nan comes from, not in every training.

    Raises:
        AnomalyError: with the operation, its operands, and the line of code that computed it. For a gradient, nothing
            has been changed by then.

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


def check_value(node: Any) -> None:
    """Refuse a node whose number is not finite; remember where the others were made."""
    if current().tracing:
        return
    line = user_line(sys._getframe(1))
    if not isfinite(node.data):
        raise AnomalyError(f"{call(node)} is {node.data:g}{line}")
    _lines[id(node)] = line


def check_gradients(nodes: Any, gradient: float) -> None:
    """Go the way of `backward()`, over nodes in topological order, and refuse what is not finite."""
    root = nodes[-1]
    adjoints = {root: gradient}
    for node in reversed(nodes):
        dy = adjoints.get(node, 0.0)
        for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True), start=1):
            if not isfinite(dy * partial):
                times = f" and the gradient that comes to it {dy:g}" if isfinite(partial) else ""
                raise AnomalyError(f"in backward(), {derivative(node, i)}{times}{_lines.get(id(node), '')}")
            adjoints[parent] = adjoints.get(parent, 0.0) + dy * partial
            if not isfinite(adjoints[parent]):
                raise AnomalyError(f"in backward(), the gradient of {parent!r} sums up to {adjoints[parent]:g}")


def derivative(node: Any, i: int) -> str:
    """A local derivative of a node in words, that by its i-th operand, counted from 1."""
    which = f" by its operand {i}" if len(node.parents) > 1 else ""
    return f"the derivative of {call(node)}{which} is {node.partials[i - 1]:g}"


def call(node: Any) -> str:
    """A node's operation with the numbers of its operands: "log(0)", "1 / 0"."""
    numbers = [f"{parent.data:.4g}" for parent in node.parents[:4]] + ["…"] * (len(node.parents) > 4)
    if len(numbers) == 2 and not node.op.isidentifier():
        return f"{numbers[0]} {node.op} {numbers[1]}"
    return f"{node.op}({', '.join(numbers)})"
