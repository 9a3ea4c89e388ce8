"""The walks over a graph: topological order, backward, forward.

backward() is two walks. The first counts, of every node, who uses it; the second begins at the root, and a node passes
its gradient on as soon as it has heard from all its users: by then it is the sum over all paths. The chain rule itself
is `_pass_on`. (Sorting first, and going back over the list in one loop, is shorter, and here a third slower.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .anomaly import check_backward
from .conversion import as_float
from .higher_order import adjoint_graphs, as_value
from .keeping import Keeper, turn
from .operations import CONSTANT, POW, RELU, UNRECORDED
from .recording import State, current
from .tracing import check_plain, untraceable
from .value import Value, _keeper, _number, _position, _second

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython
if not cython.compiled:
    from .rules import compute, computed, kept, packed, partial, room

_walks, _start = 0, 0  # no `_visit` is larger; the mark with which the latest backward() began


def topological_order(*roots: Value) -> list[Value]:
    """Every node below the roots and the roots themselves, each after its parents and each once.

    >>> from autograd import Value
    >>> a = Value(1.0, label="a")
    >>> b = a + a
    >>> topological_order(b) == [a, b]
    True
    """
    leaves, inner = sorted_graph(roots)
    return leaves + inner


def sorted_graph(roots: tuple, without: Any = None) -> tuple:
    """The leaves below the roots, and the inner nodes in topological order: every node after its parents.

    Nodes whose id is in `without`, and what is below them, are left out.
    """
    leaves: list = []
    inner: list = []
    for root in roots:
        if not isinstance(root, Value):
            raise TypeError(f"a graph is below Values, got {root!r} of type {type(root).__name__}")
    with turn:
        _go_up(list(reversed(roots)), without, leaves, inner)
    return leaves, inner


def _go_up(stack: list, without: Any, leaves: Any, inner: list) -> None:
    """Put every node below those on the stack into a list, after its parents.

    The walk is depth-first and keeps its own stack: Python's would overflow on a graph a few thousand nodes deep. Where
    there is no list for leaves, those of plain numbers are not made.
    """
    global _walks
    node: Value
    second: Value | None
    _walks += 2
    entered, done = _walks - 1, _walks
    while stack:
        node = stack[-1]
        if node._visit == entered:  # all its parents are done
            node._visit = done
            stack.pop()
            inner.append(node)
        elif node._visit == done or (without is not None and id(node) in without):
            stack.pop()
        elif node._a is not None:
            node._visit = entered
            if type(node._b) is Value or (node._b is not None and leaves is not None):
                second = _second(node)
                if second._visit != done:
                    stack.append(second)
            if node._a._visit != done:
                stack.append(node._a)  # the first operand is visited first
        elif type(node._b) is tuple:
            node._visit = entered
            stack.extend(reversed(node.parents))
        else:
            node._visit = done
            stack.pop()
            if leaves is not None:
                leaves.append(node)


def new_mark() -> int:
    """A number for `_visit` that no node has: who marks nodes by it holds `turn`."""
    global _walks
    _walks += 1
    return _walks


# ------------------------------------------------------------------------------------------------------------ backward


def backward(self: Value, gradient: Any = 1.0, create_graph: Any = False) -> Any:
    """Set `.grad` of every node below to ∂self/∂node, times `gradient`.

    Inner nodes get the gradient of this call, and so do the plain numbers in expressions. Leaves add it to what they
    had, so that the gradients of several losses sum up; set `.grad = 0` (or call `zero_grad()` of a module or an
    optimizer) to start afresh.

    Threads take turns, so that graphs which share leaves may go backward in several threads.

    Args:
        gradient: a number.
        create_graph: also return the gradients as graphs: {node: its gradient, a Value}, of self and all nodes
            below. They can be computed with, and differentiated again.

    Raises:
        RuntimeError: when self was computed inside `no_grad()`.

    Source: Rumelhart, Hinton & Williams, "Learning representations by back-propagating errors", 1986.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> y.backward()
    >>> x.grad
    6.0
    >>> slope = y.backward(create_graph=True)[x]
    >>> slope.data, slope.backward(create_graph=True)[x].data  # 2x, 2
    (6.0, 2.0)
    """
    seed: float = as_float("gradient", gradient)
    if not isinstance(create_graph, bool):
        raise TypeError(f"create_graph must be True or False, got {create_graph!r}")
    _check_recorded(self, "backward")
    state: State = current()
    if state.tracing:
        untraceable("backward()")
    if state.derivative is not None:
        if create_graph:
            state.derivative.goes_backward_from(self)
        else:
            check_plain(self, "the gradients of backward()")
    if state.checking is not None:
        check_backward(self, topological_order(self), seed)
    with turn:
        _count_users(self, None)
        self._grad = seed
        _go_backward(self, False)
    if create_graph:
        leaves, inner = sorted_graph((self,))
        nodes = leaves + inner
        adjoints = adjoint_graphs(self, seed, inner, {id(node) for node in nodes})
        return {node: as_value(adjoints.get(id(node), 0.0)) for node in nodes}
    return None


def _count_users(root: Value, before: list | None) -> None:
    """The first walk of backward(): of every node below the root, set the gradient to 0 and count who uses it.

    The count, of its uses but the first, stands in `_visit`, in steps of 2 above `_start`, an even number that no walk
    has had before. The step of 1 is for the second walk: something has flowed to this node. Where `before` is a list,
    it gets the inner nodes that had a gradient, each followed by it.
    """
    global _walks, _start
    node: Value
    stack: list = []
    uses: cython.longlong = 1
    _start = _walks + 2
    try:
        _meet(root, stack, before)
        while stack:
            node = stack.pop()
            if node._a is not None:
                uses += 2
                _meet(node._a, stack, before)
                if type(node._b) is Value:
                    _meet(node._b, stack, before)
            elif type(node._b) is tuple:
                uses += len(node._b[0])
                for parent in node._b[0]:
                    _meet(parent, stack, before)
    finally:
        _walks = _start + 2 * uses  # no mark is ever larger, whatever happens; the second walk adds 1 to some


def _meet(node: Value, stack: list, before: list | None) -> None:
    """Count one more use of the node; the first one begins at 0."""
    if node._visit >= _start:
        node._visit += 2
    else:
        node._visit = _start
        if node._a is None and type(node._b) is not tuple:
            node._db = node._grad  # of a leaf: see `_before`
        else:
            stack.append(node)
            if before is not None and node._grad != 0.0:
                before += [node, node._grad]
        node._grad = 0.0


def _go_backward(root: Value, aside: bool) -> None:
    """The second walk: a node that has heard from all its users passes its gradient on to its parents.

    Where it goes `aside`, no gradient is left behind: see `gradients_aside`.
    """
    node: Value
    parent: Value
    operands: tuple
    stack: list = [root]
    root._visit += 1
    while stack:
        node = stack.pop()
        dy = node._grad
        if node._a is not None:
            if _pass_on(node, dy, node._da, node._a):
                stack.append(node._a)
            if type(node._b) is Value:
                if _pass_on(node, dy, node._db, node._b):
                    stack.append(node._b)
            elif dy == 0.0 and node._visit & 1 and type(node._b) is float and not aside:
                parent = _second(node)
                parent._grad += node._db * dy  # 0·∞ is nan: see `_make_leaf`
        elif type(node._b) is tuple:
            operands, partials = node._b
            for i, parent in enumerate(operands):
                if _pass_on(node, dy, partial(partials, i), parent):
                    stack.append(parent)
        else:
            if aside:
                node._grad, node._db = node._db, node._grad  # as before; what it got this time stands there now
            else:
                _add_to_leaf(node)
            continue
        if aside:
            node._grad = 0.0


def _pass_on(node: Value, dy: float, partial: float, parent: Value) -> bool:
    """The chain rule, along one edge. Returns whether the parent has heard from all its users."""
    mark: cython.longlong = parent._visit
    # Has something flowed to the node, and is there an edge? As `Operation.has_edge`; relu chooses most often.
    if node._visit & 1 and (partial != 0.0 or not (node._operation is RELU or node._operation.chooses)):
        parent._grad += partial * dy  # ∂root/∂parent += ∂node/∂parent · ∂root/∂node
        mark |= 1
    last: cython.bint = mark < _start + 2
    parent._visit = mark if last else mark - 2
    return last


def gradients_aside(root: Value, inputs: list) -> list:
    """∂root/∂input of leaves that nobody else will see again; every other `.grad` stays as it is."""
    _check_recorded(root, "backward")
    if current().checking is not None:
        check_backward(root, topological_order(root), 1.0, inputs)
    node: Value
    before: list = []
    with turn:
        for node in inputs:
            node._db = 0.0  # for those that the walk does not come by
        _count_users(root, before)
        root._grad = 1.0
        _go_backward(root, True)
        found = [_before(node) for node in inputs]
        for i in range(0, len(before), 2):
            node = before[i]
            node._grad = before[i + 1]
    return found


def _before(leaf: Value) -> float:
    """The gradient that a leaf had before: kept, while backward() is under way, where inner nodes have a partial."""
    return leaf._db


def _add_to_leaf(leaf: Value) -> None:
    """A leaf keeps the sum over all backward(): last, so that two equal passes give exactly twice the gradient."""
    keeper: Keeper | None = _keeper(leaf)
    if keeper is None:
        if leaf._operation is not CONSTANT:  # a plain number has the gradient of this call, as inner nodes have
            leaf._grad += _before(leaf)
    else:
        keeper.set_gradient(_position(leaf), keeper.gradient(_position(leaf)) + leaf._grad)


def _check_recorded(x: Value, what: str) -> None:
    if x._operation is UNRECORDED:
        raise RuntimeError(f"{what}() of a number that was computed inside no_grad(): nothing was recorded there")


# ------------------------------------------------------------------------------------------------------------- forward


def forward(self: Value) -> Value:
    """Compute the graph below again, after the `.data` of leaves was changed. Returns self.

    Raises:
        RuntimeError: when self was computed inside `no_grad()`.
        IndexError: when the index of a `take` has left its list.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> x.data = 4.0
    >>> y.forward().data
    16.0
    """
    _check_recorded(self, "forward")
    if current().tracing:
        untraceable("forward()")
    inner: list = []
    with turn:
        _go_up([self], None, None, inner)
    node: Value
    for node in inner:
        _compute_again(node)
    return self


def _compute_again(node: Value) -> None:
    """Give an inner node the number and the partial derivatives that its operands have it have now."""
    operands: tuple
    if not cython.compiled:
        set_computed(node, *computed(node._operation, [_number(parent) for parent in node.parents]))
    elif node._a is None:
        operands = node._b[0]
        n = len(operands)
        x = room(n)
        for i in range(n):
            x[i] = _number(operands[i])
        compute(node._operation, n, x)
        node._value = x[n]  # first, as in `of_many`
        node._b = (operands, packed(x, n))
    elif node._b is None:
        x = room(1)
        x[0] = _number(node._a)
        compute(node._operation, 1, x)
        node._value, node._da = x[1], x[2]
    else:
        if type(node._b) is float and node._grad != 0.0:
            _second(node)  # its gradient is that of before
        x = room(2)
        x[0], x[1] = _number(node._a), node._b if type(node._b) is float else _number(node._b)
        compute(node._operation, 2, x)
        waits = type(node._b) is float and node._operation is POW  # as in `__pow__`: the derivative by the exponent
        node._value, node._da, node._db = x[2], x[3], x[0] if waits else x[4]


def set_computed(node: Value, number: float, partials: tuple) -> None:
    """Give an inner node its number and its partial derivatives."""
    node._value = number
    if node._a is None:
        node._b = (node._b[0], kept(partials, len(node._b[0])))
    else:
        node._da = partials[0]
        node._db = 0.0 if node._b is None else partials[1]


Value.backward, Value.forward = backward, forward  # type: ignore[method-assign]
backward.__qualname__, forward.__qualname__ = "Value.backward", "Value.forward"
