"""Where the first nan or inf comes from: with the line of the code that made it."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from typing import Any

from .recording import block, current
from .tracing import user_line


class AnomalyError(FloatingPointError):
    """A value or a gradient is nan or infinite; the message names the operation, its operands and the line."""


class Watch:
    """What is known of the numbers that were computed while anomalies are looked for, by the ids of their nodes.

    Attributes:
        lines: where each was made.
        suspects: those that are not finite, or were computed from such: the node, and in words where it began.
        unused: those among them that nothing has been computed from so far.
    """

    def __init__(self) -> None:
        self.lines: dict[int, str] = {}
        self.suspects: dict[int, tuple[Any, str]] = {}
        self.unused: dict[int, None] = {}

    def forget(self, nodes: Iterable[Any]) -> None:
        """What they do is known."""
        for node in nodes:
            self.suspects.pop(id(node), None)
            self.unused.pop(id(node), None)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Look at every number that is computed inside the block: the first nan or inf, in value or gradient, is an error.

    A number that is not finite is no error where nothing depends on it: where only the branch of a `where`, `maximum`,
    `relu` or `take` uses it that was not taken. So the error comes when `backward()` finds the number below its root,
    and for what `backward()` has not seen at the end of the block.

    It holds for the thread that entered the block, and makes computing several times slower: use it to find out where
    a nan comes from, not in every training.

    Raises:
        AnomalyError: with the operation, its operands, and the line of code that computed it. From `backward()`, it
            comes before anything is changed.

    >>> from autograd import Value
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     y = (Value(0.0) * 3).log()
    Traceback (most recent call last):
    ...
    autograd.anomaly.AnomalyError: log(0) is -inf...
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     (Value(0.0) * 3).sqrt().backward()
    Traceback (most recent call last):
    ...
    autograd.anomaly.AnomalyError: in backward(), the derivative of sqrt(0) is inf...
    """
    around = current().checking
    with block() as state:
        state.checking = around or Watch()
        yield
        if around is None and state.checking.unused:
            raise AnomalyError(state.checking.suspects[next(iter(state.checking.unused))][1])


def check_value(node: Any) -> None:
    """Remember where a new node was made, and whether its number depends on one that is not finite."""
    state = current()
    if state.tracing:
        return
    watch: Watch = state.checking
    watch.lines[id(node)] = line = user_line(sys._getframe(1))
    for parent in node.parents:
        watch.unused.pop(id(parent), None)
    origins = [watch.suspects[id(parent)][1] for _, parent, _ in edges(node) if id(parent) in watch.suspects]
    if origins or not isfinite(node.data):
        watch.suspects[id(node)] = node, origins[0] if origins else f"{call(node)} is {node.data:g}{line}"
        watch.unused[id(node)] = None


def check_gradients(nodes: Sequence[Any], gradient: float) -> None:
    """Go the way of `backward()`, over nodes in topological order, and refuse what is not finite."""
    watch: Watch = current().checking
    adjoints, suspect = {nodes[-1]: gradient}, watch.suspects.get(id(nodes[-1]))
    watch.forget(nodes)  # they are judged here
    if suspect is not None:
        raise AnomalyError(suspect[1])
    for node in reversed(nodes):
        dy = adjoints.get(node)
        for i, parent, partial in edges(node) if dy is not None else ():
            if parent._operation.name == "constant":
                continue  # nobody asks for its gradient
            if not isfinite(dy * partial):
                times = f" and the gradient that comes to it {dy:g}" if isfinite(partial) else ""
                raise AnomalyError(f"in backward(), {derivative(node, i)}{times}{watch.lines.get(id(node), '')}")
            adjoints[parent] = adjoints.get(parent, 0.0) + dy * partial
            if not isfinite(adjoints[parent]):
                raise AnomalyError(f"in backward(), the gradient of {parent!r} sums up to {adjoints[parent]:g}")


def edges(node: Any) -> Iterator[tuple[int, Any, float]]:
    """(number from 1, parent, partial) of the operands of a node, without those that its operation did not choose."""
    chooses = node._operation.chooses
    for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True), start=1):
        if partial != 0.0 or not chooses:
            yield i, parent, partial


def live_nodes(nodes: Sequence[Any], *roots: Any) -> list[Any]:
    """Those of the nodes, given in topological order, to which something flows back from the roots."""
    live = set(roots)
    for node in reversed(nodes):
        if node in live:
            live.update(parent for _, parent, _ in edges(node))
    return [node for node in nodes if node in live]


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
