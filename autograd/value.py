"""Reverse-mode automatic differentiation, whole, on one page.

A `Value` is a number that remembers how it was computed. Computing `c = a * b` makes a node that holds

    data        the number itself                       a·b
    parents     the nodes it was computed from          (a, b)
    partials    the local derivatives                   (∂c/∂a, ∂c/∂b) = (b, a)

and `root.backward()` applies the chain rule to the graph of these nodes, from the root down to the leaves:

    ∂root/∂parent  +=  ∂node/∂parent · ∂root/∂node

The local derivatives are numbers, known as soon as the node is made. So a node refers to its parents and to nothing
else: the graph has no cycles, and disappears by reference counting as soon as nobody holds its root.

Where an operation chooses (`relu`, `maximum`, `where`, `take`), what it did not choose gets nothing, as with `if`.

This file runs as it is. Where there is a C compiler, Cython compiles it, and `value.pxd` gives the types: then a Value
is a C struct of 96 bytes. Whatever else differs is marked by `cython.` below.
"""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Callable
from math import ceil, floor, nan, trunc
from typing import TYPE_CHECKING, Any

from . import ieee
from .anomaly import check_backward, check_value
from .conversion import as_float, as_text, real
from .keeping import Keeper
from .operations import ABS, ADD, DIV, EXP, LOG, MUL, NEG, OPERATIONS, POW, RELU, SUB, TANH, Operation, marker
from .recording import State, check_running, current
from .tracing import TraceError, check_gradients_are_kept, check_plain, untraceable

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython


@cython.binding(False)
@cython.no_gc
@cython.cclass
class Value:
    """A real number that remembers how it was computed.

    Args:
        data: the number: an int, float, bool or NumPy scalar; kept as a float.
        label: a name for pictures of the graph.

    Attributes:
        data: the number, always a float. May be assigned on a leaf (then call `forward()` on what depends on it).
        grad: ∂root/∂self after `root.backward()`, always a float. Leaves accumulate it over several `backward()`.
        op: the symbol of the operation that made the node, such as "+" or "tanh"; "" for a leaf.
        parents: the operands, in order; `(a + a).parents` is `(a, a)`.
        partials: the local derivatives ∂self/∂parent, in the order of `parents`.
        label: a text, free to use; None is "", and of anything else it is str(label).

    Every operation of `autograd.operations` is a method (`a.tanh()`), or an operator of Python (`a * b`, `a ** 2`,
    `abs(a)`). Comparisons compare numbers; `==` asks whether two Values are the same node, and so does the hash.

    Raises:
        TypeError: when `data` is not a real number. Also for a subclass of Value, which operations would not give.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a.tanh() ** 2 / 3
    >>> c.backward()
    >>> c
    Value(data=-5.690216941617721, grad=1.0)
    >>> a
    Value(data=2.0, grad=-2.954593770857629, label='a')
    """

    # _a, _b     the parents; None where there are fewer. Of three and more, _b is the pair (parents, partials).
    # _da, _db   ∂self/∂a, ∂self/∂b. In a leaf, _db is the gradient before the pass of backward() that is going on.
    # _visit     the mark of the latest walk over the graph that came by: see `_count_users`, `_sorted_graph`, tape.py.
    # In a leaf that a keeper keeps, _b is the keeper and _da the position; _data is unused, _grad only by backward().
    __slots__ = ("_a", "_b", "_da", "_data", "_db", "_grad", "_label", "_operation", "_scope", "_visit")

    def __init__(self, data: Any, label: Any = "") -> None:
        state: State = current()
        if state.tracing and isinstance(data, Value):
            untraceable("Value() of a Value")
        self._data = as_float("a Value", data)
        self._label: str | None = as_text(label)
        self._grad = self._da = self._db = 0.0
        self._a: Any = None
        self._b: Any = None
        self._operation: Operation = LEAF
        self._visit = 0
        self._scope: tuple | None = state.scope if state.tracing else None

    # ------------------------------------------------------------------------------------------ what it shows

    @property
    def op(self) -> str:
        """The symbol of the operation; "" for a leaf."""
        return self._operation.symbol

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands, in order."""
        if self._a is not None:
            return (self._a,) if self._b is None else (self._a, self._b)
        return self._b[0] if type(self._b) is tuple else ()

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives ∂self/∂parent, in the order of parents."""
        state: State = current()
        if state.tracing:
            untraceable("reading .partials")
        if state.derivative is not None and state.recording:
            check_plain(self)
        return _partials(self)

    @property
    def data(self) -> float:
        """The number. Assigning it is allowed on leaves only: the number of an inner node is computed."""
        if current().tracing:
            untraceable("reading .data")
        return _number(self)

    @data.setter
    def data(self, data: Any) -> None:
        state: State = current()
        if state.tracing:
            untraceable("assigning .data")
        if state.derivative is not None:
            check_plain(self, "assigning .data")
        number = as_float("data", data)
        if self.parents:
            raise AttributeError(
                f"the data of an inner node ({self.op!r}) is computed from its parents and cannot be assigned; "
                "assign the data of a leaf and call forward() on the root"
            )
        keeper: Keeper | None = _keeper(self)
        if keeper is None:
            self._data = number
        else:
            keeper.set_number(int(self._da), number)

    @data.deleter
    def data(self) -> None:
        raise AttributeError("the data of a Value cannot be deleted")

    @property
    def grad(self) -> float:
        """∂root/∂self of the latest `root.backward()`; summed over all of them on a leaf."""
        state: State = current()
        if state.tracing:
            untraceable("reading .grad")
        if state.derivative is not None:
            check_gradients_are_kept()
        return _gradient(self)

    @grad.setter
    def grad(self, grad: Any) -> None:
        if current().tracing:
            untraceable("assigning .grad")
        gradient = as_float("grad", grad)
        keeper: Keeper | None = _keeper(self)
        if keeper is None:
            self._grad = gradient
        else:
            keeper.set_gradient(int(self._da), gradient)

    @grad.deleter
    def grad(self) -> None:
        raise AttributeError("the grad of a Value cannot be deleted")

    @property
    def label(self) -> str:
        """A text, free to use: the name in pictures of the graph."""
        return self._label or ""

    @label.setter
    def label(self, label: Any) -> None:
        self._label = as_text(label)

    @label.deleter
    def label(self) -> None:
        raise AttributeError("the label of a Value cannot be deleted")

    def __repr__(self) -> str:
        label = f", label={self._label!r}" if self._label else ""
        if current().tracing or self._operation is INPUT:  # a text would be frozen, too
            return f"Value(data=?, grad=?{label})"
        return f"Value(data={self.data}, grad={_gradient(self)}{label})"

    def __format__(self, spec: Any) -> str:
        if not spec:
            return str(self)
        if current().tracing:
            untraceable("formatting a Value")
        return self.data.__format__(spec)

    def __float__(self) -> float:
        state: State = current()
        if state.tracing:
            untraceable("float() of a Value")
        if state.derivative is not None and state.recording:
            check_plain(self)
        return _number(self)

    def __int__(self) -> int:
        if current().tracing:
            untraceable("int() of a Value")
        return int(self.data)

    def __index__(self) -> int:
        if current().tracing:
            untraceable("a Value as an index or a count")
        raise TypeError(
            "a Value is no index and no count: write take(values, x), or int(x); "
            "a list times a Value is [v * x for v in values], or np.array(values) * x"
        )

    def __bool__(self) -> bool:
        if current().tracing:
            untraceable("the truth of a Value")
        return _number(self) != 0

    def __round__(self, digits: Any = None) -> float:
        if current().tracing:
            untraceable("round() of a Value")
        return round(self.data, digits)

    def __trunc__(self) -> int:
        if current().tracing:
            untraceable("math.trunc() of a Value")
        return trunc(self.data)

    def __floor__(self) -> int:
        if current().tracing:
            untraceable("math.floor() of a Value")
        return floor(self.data)

    def __ceil__(self) -> int:
        if current().tracing:
            untraceable("math.ceil() of a Value")
        return ceil(self.data)

    # -------------------------------------------------------------------------------- operations, one line each
    # Those below are written out for speed; a test holds them against the rule book, which has all the others.

    def __add__(self, other: Any) -> Value:
        b: Value | None = other if type(other) is Value else _operand(other)
        if b is None:
            return NotImplemented
        return _node(_number(self) + _number(b), ADD, self, b, 1.0, 1.0)

    def __sub__(self, other: Any) -> Value:
        b: Value | None = other if type(other) is Value else _operand(other)
        if b is None:
            return NotImplemented
        return _node(_number(self) - _number(b), SUB, self, b, 1.0, -1.0)

    def __mul__(self, other: Any) -> Value:
        b: Value | None = other if type(other) is Value else _operand(other)
        if b is None:
            return NotImplemented
        x, y = _number(self), _number(b)
        return _node(x * y, MUL, self, b, y, x)

    def __truediv__(self, other: Any) -> Value:
        b: Value | None = other if type(other) is Value else _operand(other)
        if b is None:
            return NotImplemented
        x, y = _number(self), _number(b)
        quotient = ieee.div(x, y)
        return _node(quotient, DIV, self, b, ieee.div(1.0, y), ieee.div(-quotient, y))

    def __pow__(self, other: Any) -> Value:
        b: Value | None = other if type(other) is Value else _operand(other)
        if b is None:
            return NotImplemented
        x, n = _number(self), _number(b)
        power = ieee.pow(x, n)
        by_base = 0.0 if n == 0.0 else n * ieee.pow(x, n - 1.0)
        by_exponent = 0.0 if x == 0.0 and n >= 0.0 else power * ieee.log(x)
        return _node(power, POW, self, b, by_base, by_exponent)

    def __neg__(self) -> Value:
        return _node(-_number(self), NEG, self, None, -1.0, 0.0)

    def exp(self) -> Value:
        """eˣ"""
        y = ieee.exp(_number(self))
        return _node(y, EXP, self, None, y, 0.0)

    def log(self) -> Value:
        """ln x"""
        x = _number(self)
        return _node(ieee.log(x), LOG, self, None, ieee.div(1.0, x), 0.0)

    def tanh(self) -> Value:
        """(eˣ - e⁻ˣ)/(eˣ + e⁻ˣ)"""
        y = ieee.tanh(_number(self))
        return _node(y, TANH, self, None, 1.0 - y * y, 0.0)

    def relu(self) -> Value:
        """max(0, x), and relu'(0) = 0"""
        x = _number(self)
        return _node(0.0 if x <= 0.0 else x, RELU, self, None, 0.0 if x <= 0.0 else 1.0, 0.0)

    def __abs__(self) -> Value:
        return apply(ABS, self)

    def __pos__(self) -> Value:
        return self

    def __radd__(self, other: Any) -> Value:  # number + Value
        a: Value | None = _operand(other)
        return NotImplemented if a is None else a + self

    def __rsub__(self, other: Any) -> Value:
        a: Value | None = _operand(other)
        return NotImplemented if a is None else a - self

    def __rmul__(self, other: Any) -> Value:
        a: Value | None = _operand(other)
        return NotImplemented if a is None else a * self

    def __rtruediv__(self, other: Any) -> Value:
        a: Value | None = _operand(other)
        return NotImplemented if a is None else a / self

    def __rpow__(self, other: Any) -> Value:
        a: Value | None = _operand(other)
        return NotImplemented if a is None else a**self

    # ------------------------------------------------------------------------------- comparisons, of the numbers
    # While a function is traced they give a condition for where(): a Value, whose truth cannot be asked.

    def __lt__(self, other: Any) -> Any:
        return _compare(self, other, "less", operator.lt)

    def __le__(self, other: Any) -> Any:
        return _compare(self, other, "less_equal", operator.le)

    def __gt__(self, other: Any) -> Any:
        return _compare(self, other, "greater", operator.gt)

    def __ge__(self, other: Any) -> Any:
        return _compare(self, other, "greater_equal", operator.ge)

    def __eq__(self, other: Any) -> Any:
        state: State = current()
        if state.tracing and other is not self and _operand(other) is not None:
            untraceable("== of a Value")
        if state.derivative is not None:  # as the numbers that f would be called with
            number = _number(other) if isinstance(other, Value) else real(other)
            if not isinstance(other, Value):
                return NotImplemented if number is None else _number(self) == number
            if other is not self and _number(self) == number:
                check_plain(self, "== to a Value with the same number")
                check_plain(other, "== to a Value with the same number")
        return NotImplemented  # by identity

    def __hash__(self) -> int:
        if self._operation is INPUT and current().tracing:
            untraceable("a Value in a set or as a key")
        return id(self) >> 4

    # ------------------------------------------------------------------------------------------ the two passes

    def backward(self, gradient: Any = 1.0, create_graph: Any = False) -> Any:
        """Set `.grad` of every node below to ∂self/∂node, times `gradient`.

        Inner nodes get the gradient of this call. Leaves add it to what they had, so that the gradients of several
        losses sum up; set `.grad = 0` (or call `zero_grad()` of a module or an optimizer) to start afresh.

        Threads take turns, so that graphs which share leaves may go backward in several threads.

        Args:
            gradient: a number.
            create_graph: also return the gradients as graphs: {node: its gradient, a Value}, of self and all nodes
                below. They can be computed with, and differentiated again.

        Raises:
            RuntimeError: when self was computed inside `no_grad()`.

        Source: Rumelhart, Hinton & Williams, "Learning representations by back-propagating errors", 1986.

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
        self._check_recorded("backward")
        state: State = current()
        if state.tracing:
            untraceable("backward()")
        if state.derivative is not None:
            if not create_graph:
                check_plain(self, "the gradients of backward()")
            state.derivative.went_backward |= state.derivative.has_an_argument_below(self)
        if state.checking is not None:
            check_backward(self, topological_order(self), seed)
        with _turn:
            start = _count_users(self, None)
            self._grad = seed
            _go_backward(self, start, False)
        if create_graph:
            from .higher_order import all_gradient_graphs

            return all_gradient_graphs(self, seed)
        return None

    def forward(self) -> Value:
        """Compute the graph below again, after the `.data` of leaves was changed. Returns self.

        Raises:
            RuntimeError: when self was computed inside `no_grad()`.
            IndexError: when the index of a `take` has left its list.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> x.data = 4.0
        >>> y.forward().data
        16.0
        """
        self._check_recorded("forward")
        if current().tracing:
            untraceable("forward()")
        node: Value
        for node in _sorted_graph((self,))[1]:
            operation, operands = node._operation, [_number(parent) for parent in node.parents]
            y = operation.value(ieee, *operands)
            _recomputed(node, y, tuple(operation.partials(ieee, y, *operands)))
        return self

    def _backward(self) -> None:
        """Pass the gradient on to the parents, once: the chain rule by hand, as micrograd's nodes have it.

        A node does not know whether anything has flowed to it: 0·inf is nan here, also in a branch that was not taken.
        """
        for parent, partial in zip(self.parents, self.partials, strict=True):
            if partial != 0.0 or not self._operation.chooses:
                parent.grad += partial * self.grad

    def _check_recorded(self, what: str) -> None:
        if self._operation is UNRECORDED:
            raise RuntimeError(f"{what}() of a number that was computed inside no_grad(): nothing was recorded there")

    # ------------------------------------------------------------------------- copies and pickles: see copying.py

    def __copy__(self) -> Value:
        from .copying import copy

        _check_copy(self)
        return copy(self)

    def __deepcopy__(self, memo: Any) -> Value:
        from .copying import deepcopy

        _check_copy(self)
        return deepcopy(self, memo)

    def __reduce__(self) -> tuple:
        from .copying import reduce

        _check_copy(self)
        return reduce(self)

    if not cython.compiled and TYPE_CHECKING:  # the methods that functions.py adds from the rule book: sin, sigmoid, …

        def __getattr__(self, name: str) -> Callable[..., Value]: ...  # type: ignore[empty-body]


def _no_subclass(cls: type) -> None:
    raise TypeError(
        f"{cls.__name__} cannot be a subclass of Value: operations give Values, not {cls.__name__}. "
        "Write functions of Values, or a class that holds a Value"
    )


if cython.compiled:
    manage_memory(Value)  # type: ignore[name-defined]  # noqa: F821  see memory.h
Value.__init_subclass__ = classmethod(_no_subclass)  # type: ignore[assignment]
Value._prev, Value._op = Value.parents, Value.op  # type: ignore[attr-defined]  # micrograd's names

LEAF = marker("leaf")
CONSTANT = marker("constant")  # a leaf that was a plain number
UNRECORDED = marker("unrecorded")  # a leaf that was computed in no_grad()
INPUT = marker("input")  # a leaf that stands for a number of a row, while a function is traced

_UNKNOWN = Keeper()  # what "keeps" the number of an INPUT
_turn = threading.RLock()  # of the thread that walks over a graph
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_turn._at_fork_reinit)  # type: ignore[attr-defined]  # no thread walks there
_walks = 0  # more than the `_visit` of any node


# --------------------------------------------------------------------------------------------------------- making nodes


def _node(data: float, operation: Operation, a: Value | None, b: Value | None, da: float, db: float) -> Value:
    """A new node of the graph, with one or two parents; under no_grad() a number without a past."""
    state: State = current()
    node: Value = Value.__new__(Value)
    node._data = data
    if not cython.compiled:  # where these are set already
        node._a = node._b = node._scope = node._label = None
        node._grad, node._visit = 0.0, 0
    if state.scope is not None:
        node._scope = state.scope
    if not state.recording:
        return _unrecorded(node)
    node._operation, node._a, node._da, node._db = operation, a, da, db
    if b is not None:
        node._b = b
    if state.checking is not None and a is not None:
        check_value(node)
    return node


def _unrecorded(node: Value) -> Value:
    state: State = current()
    if state.tracing:
        untraceable("no_grad()")
    if state.owner is not None:
        check_running(state.owner)
    node._operation, node._da, node._db = UNRECORDED, 0.0, 0.0
    return node


def _node_of_many(data: float, operation: Operation, parents: tuple, partials: tuple) -> Value:
    """The same with three parents and more."""
    node: Value = _node(data, operation, None, None, 0.0, 0.0)
    if node._operation is operation:
        node._b = (parents, partials)
        if current().checking is not None:
            check_value(node)
    return node


def apply(operation: Operation, *operands: Value) -> Value:
    """The node that `operation` makes of Values: its number and its local derivatives, from the rule book."""
    y: float = nan
    partials: tuple = (nan,) * len(operands)
    if not current().tracing:
        numbers = [operand.data for operand in operands]
        y = operation.value(ieee, *numbers)
        partials = tuple(operation.partials(ieee, y, *numbers))
    if len(operands) == 1:
        return _node(y, operation, operands[0], None, partials[0], 0.0)
    if len(operands) == 2:
        return _node(y, operation, operands[0], operands[1], partials[0], partials[1])
    return _node_of_many(y, operation, operands, partials)


def _operand(x: Any) -> Value | None:
    """x as an operand: a Value as it is, a plain number as a constant, None for anything else."""
    if isinstance(x, Value):
        return x
    number = real(x)
    return None if number is None else constant(number)


def constant(number: float) -> Value:
    """The leaf for a plain number in an expression."""
    leaf = Value(number)
    leaf._operation = CONSTANT
    return leaf


def _compare(a: Value, b: Any, comparison: str, compare: Callable[[Any, Any], Any]) -> Any:
    if not current().tracing:  # Python compares a float with an int of any size
        number = b if isinstance(b, int) else _number(b) if isinstance(b, Value) else real(b)
        return NotImplemented if number is None else compare(_number(a), number)
    operand = _operand(b)
    return NotImplemented if operand is None else apply(OPERATIONS[comparison], a, operand)


# ------------------------------------------------------------------------------------------ the two walks of backward()


def _count_users(root: Value, before: list | None) -> cython.longlong:
    """The first walk of backward(): of every node below the root, set the gradient to 0 and count who uses it.

    The count stands in `_visit`, in steps of 2 above an even number that no walk has had before, which is given back.
    The step of 1 is for the second walk: something has flowed to this node.

    Args:
        before: a list for the inner nodes that had a gradient, each followed by it; None where nobody asks.
    """
    global _walks
    node: Value
    stack: list = []
    _walks += 4
    start = _walks - 2  # the step of 1 makes a mark larger, also that of a root without parents
    _meet(root, start, stack, before)
    while stack:
        node = stack.pop()
        if node._a is not None:
            _walks += 4  # first: no mark is ever larger, whatever happens
            _meet(node._a, start, stack, before)
            if node._b is not None:
                _meet(node._b, start, stack, before)
        elif type(node._b) is tuple:
            _walks += 2 * len(node._b[0])
            for parent in node._b[0]:
                _meet(parent, start, stack, before)
    return start


def _meet(node: Value, start: cython.longlong, stack: list, before: list | None) -> None:
    """Count one more user of the node."""
    if node._visit >= start:
        node._visit += 2
    else:
        node._visit = start
        if node._a is not None or type(node._b) is tuple:
            stack.append(node)  # it has parents
            if before is not None and node._grad != 0.0:
                before.append(node)
                before.append(node._grad)
        else:
            node._db = node._grad  # of a leaf: what it had before
        node._grad = 0.0


def _go_backward(root: Value, start: cython.longlong, aside: bool) -> None:
    """The second walk: a node that has heard from all its users passes its gradient on to its parents.

    Args:
        aside: leave no gradient behind, but for the inputs of `gradients_aside`.
    """
    node: Value
    partial: float
    stack: list = [root]
    root._visit += 1
    while stack:
        node = stack.pop()
        dy = node._grad
        if node._a is not None:
            if _pass_on(node, dy, node._da, node._a, start):
                stack.append(node._a)
            if node._b is not None and _pass_on(node, dy, node._db, node._b, start):
                stack.append(node._b)
        elif type(node._b) is tuple:
            for parent, partial in zip(*node._b, strict=True):
                if _pass_on(node, dy, partial, parent, start):
                    stack.append(parent)
        else:
            if not aside:
                _add_to_leaf(node)
            elif node._da >= 0.0:  # no input
                node._grad = node._db
            continue
        if aside:
            node._grad = 0.0


def _pass_on(node: Value, dy: float, partial: float, parent: Value, start: cython.longlong) -> bool:
    """The chain rule: ∂root/∂parent += ∂node/∂parent · ∂root/∂node, where something has flowed to the node.

    Returns whether the parent has heard from all its users.
    """
    if node._visit & 1 and (partial != 0.0 or not _chooses(node)):
        parent._grad += partial * dy
        parent._visit |= 1
    if parent._visit < start + 2:
        return True
    parent._visit -= 2
    return False


def _chooses(node: Value) -> bool:
    """Whether a partial derivative of 0 says that there is no edge."""
    return node._operation is RELU or node._operation.chooses


def gradients_aside(root: Value, inputs: list) -> list:
    """∂root/∂input of leaves that nobody else will see again; every other `.grad` stays as it is."""
    root._check_recorded("backward")
    if current().checking is not None:
        check_backward(root, topological_order(root), 1.0, inputs)
    node: Value
    before: list = []
    found: list = []
    with _turn:
        for node in inputs:
            node._da = -1.0  # no position of a keeper: an input
            node._grad = 0.0
        start = _count_users(root, before)
        root._grad = 1.0
        _go_backward(root, start, True)
        for node in inputs:
            found.append(node._grad)
            node._grad = node._da = 0.0
        for i in range(0, len(before), 2):
            node = before[i]
            node._grad = before[i + 1]
    return found


def _add_to_leaf(leaf: Value) -> None:
    """A leaf keeps the sum over all backward(): last, so that two equal passes give exactly twice the gradient."""
    keeper: Keeper | None = _keeper(leaf)
    if keeper is None:
        leaf._grad += leaf._db
    else:
        position = int(leaf._da)
        keeper.set_gradient(position, keeper.gradient(position) + leaf._grad)


# ---------------------------------------------------------------------------------------------------- topological order


def topological_order(*roots: Value) -> list[Value]:
    """Every node below the roots and the roots themselves, each after its parents and each once.

    >>> a = Value(1.0, label="a")
    >>> b = a + a
    >>> topological_order(b) == [a, b]
    True
    """
    leaves, inner = _sorted_graph(roots)
    return leaves + inner


def _sorted_graph(roots: tuple, without: Any = None) -> tuple:
    """The leaves below the roots, and the inner nodes in topological order: every node after its parents.

    Nodes whose id is in `without`, and what is below them, are left out.

    A depth-first walk that keeps its own stack, since Python's would overflow on a graph a few thousand nodes deep.
    """
    global _walks
    leaves: list = []
    inner: list = []
    stack: list = list(reversed(roots))
    node: Value
    for root in roots:
        if not isinstance(root, Value):
            raise TypeError(f"a graph is below Values, got {root!r} of type {type(root).__name__}")
    with _turn:
        _walks += 2
        entered, done = _walks - 1, _walks
        while stack:
            node = stack[-1]
            if node._visit == entered:  # all its parents are done
                node._visit = done
                inner.append(node)
                stack.pop()
            elif node._visit == done or (without is not None and id(node) in without):
                stack.pop()
            elif node._a is not None:
                node._visit = entered
                if node._b is not None:
                    stack.append(node._b)
                stack.append(node._a)  # the first operand is visited first
            elif type(node._b) is tuple:
                node._visit = entered
                stack.extend(reversed(node.parents))
            else:
                node._visit = done
                leaves.append(node)
                stack.pop()
    return leaves, inner


# -------------------------------------------------------------------------------------- numbers and partial derivatives


def _number(x: Value) -> float:
    """The number of a Value, wherever it is kept."""
    return x._data if x._b is None or x._a is not None else _kept_number(x)


def _kept_number(x: Value) -> float:
    if x._operation is INPUT:
        if not current().tracing:
            raise TraceError(
                "a Value that a compiled function got, outside of the trace or in another thread: its number is not "
                "known there; compute with it inside the function, in the thread that calls it"
            )
        return nan
    keeper: Keeper | None = _keeper(x)
    return x._data if keeper is None else keeper.number(int(x._da))


def _keeper(x: Value) -> Keeper | None:
    """Who keeps the number and the gradient of a leaf; None where it has them itself."""
    if x is None:
        raise TypeError("it takes a Value, got None")
    if x._a is not None or x._b is None or type(x._b) is tuple or x._b is _UNKNOWN:
        return None
    return x._b


def _gradient(x: Value) -> float:
    """The gradient of a Value, wherever it is kept."""
    keeper: Keeper | None = _keeper(x)
    return x._grad if keeper is None else keeper.gradient(int(x._da))


def _partials(x: Value) -> tuple:
    if x._a is None:
        return x._b[1] if type(x._b) is tuple else ()
    if x._b is None:
        return (x._da,)
    return x._da, x._db


def _recomputed(node: Value, data: float, partials: tuple) -> None:
    """Give an inner node another number and other partial derivatives."""
    node._data = data
    if node._a is None:
        node._b = (node._b[0], partials)
    else:
        node._da = partials[0]
        node._db = 0.0 if node._b is None else partials[1]


def _check_copy(x: Value) -> None:
    state: State = current()
    if state.tracing:
        untraceable("copying a Value")
    if state.derivative is not None:
        check_plain(x, "a copy")
