"""Where the first nan or inf comes from: the operation, the modules whose calls made it, and the line of code."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from math import inf, isfinite
from typing import Any

from .recording import F, block, check_not_entered, current, decorated, enter_block, leave_block
from .tracing import user_line


class AnomalyError(FloatingPointError):
    """A value or a gradient is nan or infinite; the message names the operation, its operands and the line."""


class Watch:
    """What is known of the numbers that were computed while anomalies are looked for, by the ids of their nodes.

    Attributes:
        lines: where each was made.
        suspects: those that are not finite, or were computed from such: the node, and in words where it began.
        unused: those among them that nothing has been computed from so far.
        of_row: is it a row of a compiled function, whose numbers are looked at when all of them are there?
    """

    def __init__(self, of_row: bool = False) -> None:
        self.lines: dict[int, str] = {}
        self.suspects: dict[int, tuple[Any, str]] = {}
        self.unused: dict[int, None] = {}
        self.of_row = of_row


class detect_anomaly:
    """Look at every number that is computed inside the block: the first nan or inf, in value or gradient, is an error.

    A number that is not finite is no error where nothing depends on it: where only the branch of a `where`, `maximum`,
    `relu` or `take` uses it that was not taken. So the error comes when `backward()` finds the number below its root,
    and for what `backward()` has not seen at the end of the block.

    It holds for the thread, or the task, that entered the block; what is computed in `no_grad()` or by `forward()` is
    not looked at. It makes computing several times slower: use it to find out where a nan comes from, not in every
    training. What a compiled function computes is looked at row by row, as a graph of
    scalars, before it is computed for all of them.

    Raises:
        AnomalyError: with the operation, its operands, the modules whose calls computed it, and the line of code; of a
            compiled function with the row. From `backward()`, it comes before anything is changed.
        TypeError: as the decorator of a generator or a coroutine, which run after the call.

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

    def __init__(self) -> None:
        self._state: Any = None

    def __enter__(self) -> None:
        check_not_entered("detect_anomaly()", self._state)
        state = self._state = enter_block()
        state.checking, state.watched = state.checking or Watch(), True

    def __exit__(self, kind: Any, *_: object) -> None:
        state, self._state = self._state, None
        leave_block(state)
        watch = state.checking
        if kind is None and current().checking is None and watch.unused:
            raise AnomalyError(watch.suspects[next(iter(watch.unused))][1])

    def __call__(self, function: F) -> F:
        """As a decorator: every call of the function is a block."""
        return decorated("detect_anomaly()", detect_anomaly, function)


def _outside_derivatives(look: Callable[..., None]) -> Callable[..., None]:
    """What a function looks at goes nowhere: a derivative that is being computed around it loses nothing."""

    @wraps(look)
    def aside(*args: Any, **kwargs: Any) -> None:
        with block() as state:
            state.derivative = None
            look(*args, **kwargs)

    return aside


@contextmanager
def watching_a_row() -> Iterator[None]:
    """Inside the block it is remembered where numbers are made; `check_graph` looks at them at its end."""
    with block() as state:
        state.checking, state.watched, state.recording, state.owner = Watch(of_row=True), True, True, None
        yield


@_outside_derivatives
def check_value(node: Any) -> None:
    """Remember where a new node was made, and whether its number depends on one that is not finite."""
    watch: Watch = current().checking
    watch.lines[id(node)] = user_line(sys._getframe(1))
    for parent in node.parents:
        watch.unused.pop(id(parent), None)
    origins = [watch.suspects[id(parent)][1] for _, parent, _ in edges(node) if id(parent) in watch.suspects]
    if (origins or not isfinite(node.data)) and not watch.of_row:
        watch.suspects[id(node)] = node, origins[0] if origins else _words(node, inf)
        watch.unused[id(node)] = None


@_outside_derivatives
def check_backward(root: Any, below: Iterable[Any], gradient: float, inputs: Iterable[Any] | None = None) -> None:
    """Look at all numbers that backward() comes by, before it does.

    Args:
        below: all nodes of the graph: of those that nothing flows to, it is known then that they do no harm.
        inputs: the leaves whose gradients are wanted; None for all of them.
    """
    watch = current().checking
    for node in below:
        watch.suspects.pop(id(node), None)
        watch.unused.pop(id(node), None)
    check_graph(root)
    check_gradients(live_nodes([root]), gradient, inputs)


@_outside_derivatives
def check_graph(*roots: Any, largest: float = inf) -> None:
    """Refuse the first number that the roots depend on and that is not finite.

    Args:
        largest: a number beyond it counts as infinite: float32 has no larger one.
    """
    for node in live_nodes(roots):
        if (node.parents or node in roots) and not _is_fine(node.data, largest):
            raise AnomalyError(_words(node, largest))


@_outside_derivatives
def check_gradients(
    nodes: Sequence[Any], gradient: float, inputs: Iterable[Any] | None = None, largest: float = inf
) -> None:
    """Go the way of `backward()`, over nodes in topological order, and refuse what is not finite.

    Args:
        inputs: the leaves whose gradients are wanted; None for all but plain numbers in expressions.
    """
    if inputs is None:
        inputs = [node for node in nodes if not node.parents and node._operation.name != "constant"]
    wanted = set(inputs)
    for node in nodes:
        if any(parent in wanted for _, parent, _ in edges(node)):
            wanted.add(node)
    adjoints = {nodes[-1]: gradient}
    for node in reversed(nodes):
        dy = adjoints.get(node, 0.0)  # of what nobody wants
        for i, parent, partial in edges(node):
            if parent not in wanted:
                continue
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
    """(position from 1, parent, partial) of the operands of a node, without those that its operation did not choose."""
    for i, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True), start=1):
        if node._operation.has_edge(partial):
            yield i, parent, partial


def _words(node: Any, largest: float) -> str:
    number = node.data
    beyond = f", beyond the largest number {largest:g}" if isfinite(number) else ""
    return f"{call(node) if node.parents else 'a number'} is {number:g}{beyond}{place(node)}"


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
    path, watch = modules_around(node), current().checking
    line = watch.lines.get(id(node), "") if watch is not None and node.parents else ""  # no leaf has one
    return (f", in module {path}" if path else "") + line


def modules_around(node: Any) -> str:
    """The modules whose calls made a node, from the outside: "MLP / layer 1"; "" where there are none."""
    path, scope = [], node._scope
    while scope is not None:
        path.append(scope[1])
        scope = scope[0]
    return " / ".join(reversed(path))


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
