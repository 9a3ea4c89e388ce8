"""The walks over a graph: topological order, backward, forward.

backward() is two walks. The first counts, of every node, who uses it; the second begins at the root, and a node passes
its gradient on as soon as it has heard from all its users: by then it is the sum over all paths. The chain rule itself
is `_pass_on`. (Sorting first, and going back over the list in one loop, is shorter, and here a third slower.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .anomaly import check_backward
from .collector import Uncollected
from .conversion import as_float
from .higher_order import adjoint_graphs, as_value
from .keeping import Keeper, turn
from .nodes import renew
from .operations import CONSTANT, RELU, UNRECORDED
from .recording import State, current
from .tracing import check_plain, untraceable
from .value import Value, _keeper, _position, _second

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython
if not cython.compiled:
    from .rules import partial

_BOTTOM = (None,) * 4  # of a stack: its end. A list that gets shorter than this gives its memory back, over and over
_walks = 0  # no `_visit` is larger
_MOST_USES = 2**44  # of all nodes of a graph


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
    with turn, Uncollected():
        _go_up(list(reversed(roots)), without, leaves, inner, False)
    return leaves, inner


def _go_up(stack: list, without: Any, leaves: Any, inner: list, renews: bool) -> None:
    """Put every node below those on the stack into a list, after its parents.

    The walk is depth-first and keeps its own stack: Python's would overflow on a graph a few thousand nodes deep. Where
    there is no list for leaves, those of plain numbers are not made.

    Where it `renews`, nodes are computed anew in place of being put into the list, until one has a rule in Python,
    which may walk here itself: that one, and what follows, is left in the list.
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
            if not renews or inner or not renew(node, also_in_python=False):
                inner.append(node)
        elif node._visit == done or (without is not None and id(node) in without):
            stack.pop()
        elif node._a is not None:
            node._visit = entered
            if type(node._b) is Value or (node._b is not None and leaves is not None):
                second = node._b if type(node._b) is Value else _second(node)
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
    _walks += 2  # backward() tells by the lowest bit what a mark says: it begins at an even one
    return _walks


def distinct(values: list) -> list:
    """Values, each once, in the order in which they come first: the list itself where each stands there once.

    Compiled, without a set of them, which would be large.

    >>> from autograd import Value
    >>> a, b = Value(1.0), Value(2.0)
    >>> distinct([a, b, a]) == [a, b]
    True
    """
    if not cython.compiled:
        return values if len(set(values)) == len(values) else [*dict.fromkeys(values)]
    with turn:
        seen = new_mark()
        for node in values:
            if node is None:
                raise TypeError("a parameter is a Value, got None")
            if node._visit == seen:
                return [*dict.fromkeys(values)]
            node._visit = seen
    return values


def are_leaves(items: list) -> bool:
    """Whether all of these are Values that were not computed.

    >>> from autograd import Value
    >>> are_leaves([Value(1.0), Value(2.0)]), are_leaves([Value(1.0), Value(1.0).exp()]), are_leaves([1.0])
    (True, False, False)
    """
    node: Value
    for each in items:
        if type(each) is not Value:
            return False
        node = each
        if node._a is not None or type(node._b) is tuple:
            return False
    return True


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
        RuntimeError: when self was computed inside `no_grad()`; with `create_graph`, when leaves have been assigned
            other numbers since, and `forward()` has not been called. Without, the gradient is that at those of before.

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
    with turn, Uncollected():
        start = _count_users(self, None)
        self._grad = seed
        _go_backward(self, False, start)
    if create_graph:
        leaves, inner = sorted_graph((self,))
        nodes = leaves + inner
        adjoints = adjoint_graphs(self, seed, inner, {id(node) for node in nodes})
        return {node: as_value(adjoints.get(id(node), 0.0)) for node in nodes}
    return None


def _count_users(root: Value, before: list | None) -> int:
    """The first walk of backward(): of every node below the root, set the gradient to 0 and count who uses it.

    The count, of its uses but the first, stands in `_visit`, in steps of 2 above `start`, an even number that no walk
    has had before, and which this one returns. The step of 1 is for the second walk: something has flowed to this node.
    Where `before` is a list, it gets the inner nodes that had a gradient, each followed by it.
    """
    global _walks
    node: Value
    uses: cython.longlong = 1
    stack: list = [*_BOTTOM, root]
    start = _walks + 2
    _walks = start + _MOST_USES  # until we know
    try:
        while (node := stack.pop()) is not None:
            if node._visit >= start:  # one use more
                node._visit += 2
                continue
            node._visit = start
            if node._a is not None:
                uses += 2
                stack.append(node._a)
                if type(node._b) is Value:
                    stack.append(node._b)
            elif type(node._b) is tuple:
                uses += len(node._b[0])
                stack.extend(node._b[0])
            else:
                node._db, node._grad = node._grad, 0.0  # of a leaf: see `_before`
                continue
            if before is not None and node._grad != 0.0:
                before += [node, node._grad]
            node._grad = 0.0
    finally:
        if _walks == start + _MOST_USES:  # nobody walked meanwhile
            _walks = start + 2 * uses  # no mark is ever larger, whatever happens; the second walk adds 1 to some
    return start


def _go_backward(root: Value, aside: bool, start: cython.longlong) -> None:
    """The second walk: a node that has heard from all its users passes its gradient on to its parents.

    Where it goes `aside`, no gradient is left behind: see `gradients_aside`.
    """
    node: Value
    parent: Value
    operands: tuple
    stack: list = [*_BOTTOM, root]
    root._visit += 1
    while (node := stack.pop()) is not None:
        dy = node._grad
        if node._a is not None:
            _pass_on(node, dy, node._da, node._a, stack, start)
            if type(node._b) is Value:
                _pass_on(node, dy, node._db, node._b, stack, start)
            elif dy == 0.0 and node._visit & 1 and type(node._b) is float and not aside:
                parent = _second(node)
                parent._grad += node._db * dy  # 0·∞ is nan: see `_make_leaf`
        elif type(node._b) is tuple:
            operands, partials = node._b
            for i, parent in enumerate(operands):
                _pass_on(node, dy, partial(partials, i), parent, stack, start)
        else:
            if aside:
                node._grad, node._db = node._db, node._grad  # as before; what it got this time stands there now
            else:
                _add_to_leaf(node)
            continue
        if aside:
            node._grad = 0.0


def _pass_on(node: Value, dy: float, partial: float, parent: Value, stack: list, start: cython.longlong) -> None:
    """The chain rule, along one edge. A parent that has heard from all its users comes next."""
    mark: cython.longlong = parent._visit
    # Has something flowed to the node, and is there an edge? As `Operation.has_edge`; relu chooses most often.
    if node._visit & 1 and (partial != 0.0 or not (node._operation is RELU or node._operation.chooses)):
        parent._grad += partial * dy  # ∂root/∂parent += ∂node/∂parent · ∂root/∂node
        mark |= 1
    if mark < start + 2:
        parent._visit = mark
        stack.append(parent)
    else:
        parent._visit = mark - 2


def gradients_aside(root: Value, inputs: list) -> list:
    """∂root/∂input of leaves that nobody else will see again; every other `.grad` stays as it is."""
    _check_recorded(root, "backward")
    if current().checking is not None:
        check_backward(root, topological_order(root), 1.0, inputs)
    node: Value
    before: list = []
    with turn, Uncollected():
        for node in inputs:
            node._db = 0.0  # for those that the walk does not come by
        start = _count_users(root, before)
        root._grad = 1.0
        _go_backward(root, True, start)
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
    with turn, Uncollected():
        _go_up([self], None, None, inner, True)
    for node in inner:
        renew(node)
    return self


Value.backward, Value.forward = backward, forward  # type: ignore[method-assign]
backward.__qualname__, forward.__qualname__ = "Value.backward", "Value.forward"
