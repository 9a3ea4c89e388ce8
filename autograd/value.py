# cython: boundscheck=False, wraparound=False
"""Reverse-mode automatic differentiation: the idea.

A `Value` is a number that remembers how it was computed. Computing `c = a * b` makes a node that holds

    data        the number itself                       a·b
    parents     the nodes it was computed from          (a, b)
    partials    the local derivatives                   (∂c/∂a, ∂c/∂b) = (b, a)

and `root.backward()` applies the chain rule to the graph of these nodes, from the root down to the leaves:

    ∂root/∂parent  +=  ∂node/∂parent · ∂root/∂node

That walk is in walks.py. The local derivatives are numbers, known as soon as the node is made. So a node refers to its
parents and to nothing else: the graph has no cycles, and disappears as soon as nobody holds its root.

Where an operation chooses (`relu`, `maximum`, `where`, `take`), what it did not choose gets nothing, as with `if`.

Other files complete the class: walks.py adds `backward` and `forward`, functions.py a method for every rule of
operations.py, by nodes.py, protocols.py what is asked from outside: `data`, `grad`, `partials`, comparisons, texts.
What is used here without having been defined is imported below the line "machinery". This file runs as it is; where
there is a C compiler, Cython compiles it, and value.pxd gives the types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import ieee
from .operations import ADD, CONSTANT, DIV, EXP, LEAF, LOG, MUL, NEG, POW, RELU, SUB, Operation

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
        grad: ∂root/∂self after `root.backward()`, always a float. Leaves accumulate it over several `backward()`;
            inner nodes, and the plain numbers in expressions, have that of the latest one.
        op, parents, partials: the operation that made the node, its operands, and the local derivatives; see below.
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

    # _a, _b     the operands; None where there are fewer. Of three and more, _b is the pair (operands, partials).
    #            A plain number on the right is itself in _b, a float, until somebody asks for its leaf: see `_second`.
    # _da, _db   ∂self/∂a, ∂self/∂b. Where the operation chooses, a 0 here says that there is no edge.
    # _visit     the mark of the latest walk that came by; a walk may count there, too: see walks.py.
    # _scope     where in a model the node was made: see `scope` in recording.py.
    # A leaf has no operands, and uses their fields otherwise: see the accessors at the end, and `_before` in walks.py.
    __slots__ = ("_a", "_b", "_da", "_db", "_grad", "_label", "_operation", "_scope", "_value", "_visit")

    def __init__(self, data: Any, label: Any = "") -> None:
        self._scope: tuple | None = _scope_of_leaf(data)
        self._value, self._grad = as_float("a Value", data), 0.0
        self._operation: Operation = LEAF
        self._a: Any = None
        self._b: Any = None
        self._da = self._db = 0.0
        self._label: str | None = as_text(label)
        self._visit = 0

    # -------------------------------------------------------------------------------- operations, one line each
    # Those below are written out for speed; a test holds them against the rule book, which has all the others.

    def __add__(self, other: Any) -> Value:
        if type(other) is not Value and (other := _right_operand(other)) is None:
            return NotImplemented
        x = self._value if self._b is None or self._a is not None else _kept_number(self)  # `_number`, without a call
        return _node(x + _number_of(other), ADD, self, other, 1.0, 1.0)

    def __sub__(self, other: Any) -> Value:
        if type(other) is not Value and (other := _right_operand(other)) is None:
            return NotImplemented
        return _node(_number(self) - _number_of(other), SUB, self, other, 1.0, -1.0)

    def __mul__(self, other: Any) -> Value:
        if type(other) is not Value and (other := _right_operand(other)) is None:
            return NotImplemented
        x = self._value if self._b is None or self._a is not None else _kept_number(self)
        y = _number_of(other)
        return _node(x * y, MUL, self, other, y, x)

    def __truediv__(self, other: Any) -> Value:
        if type(other) is not Value and (other := _right_operand(other)) is None:
            return NotImplemented
        x, y = _number(self), _number_of(other)
        quotient = ieee.div(x, y)
        return _node(quotient, DIV, self, other, ieee.div(1.0, y), ieee.div(-quotient, y))

    def __pow__(self, other: Any) -> Value:
        if type(other) is not Value and (other := _right_operand(other)) is None:
            return NotImplemented
        x, n = _number(self), _number_of(other)
        if type(other) is float and n != 0.0 and abs(n) < 2.0**53 and (n - 1.0) + 1.0 == n:
            # n - 1 is exact. The logarithm waits until somebody asks for it; x waits in its place.
            return _node(ieee.pow(x, n), POW, self, other, n * ieee.pow(x, n - 1.0), x)
        found = computed_of_two(POW, x, n)
        return _node(found[2], POW, self, other, found[3], x if type(other) is float else found[4])

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

    def relu(self) -> Value:
        """max(0, x), and relu'(0) = 0"""
        x = _number(self)
        return _node(0.0 if x <= 0.0 else x, RELU, self, None, 0.0 if x <= 0.0 else 1.0, 0.0)

    def __pos__(self) -> Value:
        return self

    def __radd__(self, other: Any) -> Value:  # number + Value
        return NotImplemented if (a := _operand(other)) is None else a + self

    def __rsub__(self, other: Any) -> Value:
        return NotImplemented if (a := _operand(other)) is None else a - self

    def __rmul__(self, other: Any) -> Value:
        return NotImplemented if (a := _operand(other)) is None else a * self

    def __rtruediv__(self, other: Any) -> Value:
        return NotImplemented if (a := _operand(other)) is None else a / self

    def __rpow__(self, other: Any) -> Value:
        return NotImplemented if (a := _operand(other)) is None else a**self

    # --------------------------------------------------------------------------------------- how it was computed

    @property
    def op(self) -> str:
        """The symbol of the operation that made the node, such as "+" or "tanh"; "" for a leaf."""
        return self._operation.symbol

    @property
    def parents(self) -> tuple[Value, ...]:
        """The operands, in order; of a + a they are (a, a). A plain number is one, too: a leaf."""
        if self._a is not None:
            return (self._a,) if self._b is None else (self._a, _second(self))
        return self._b[0] if type(self._b) is tuple else ()


def _node(data: float, operation: Operation, a: Value | None, b: Any, da: float, db: float) -> Value:
    """How a node is made: its number, its operation, its operands, and the local derivatives by them."""
    node: Value
    state: State = current()  # the blocks around, such as `scope` and `no_grad`
    if cython.compiled:  # the same, see memory.h
        node = made_value(Value, operation, state.scope, a, b)  # type: ignore[name-defined]  # noqa: F821
    else:
        node = Value.__new__(Value)
        node._operation, node._scope = operation, state.scope
        node._a, node._b = a, b
        node._grad, node._label, node._visit = 0.0, None, 0
    node._value, node._da, node._db = data, da, db
    if not state.recording or state.watched:
        _adapt(node, state)
    return node


def constant(number: float) -> Value:
    """The leaf for a plain number in an expression."""
    leaf = _node(number, CONSTANT, None, None, 0.0, 0.0)
    if not current().tracing:
        leaf._scope = None
    return leaf


def _operand(x: Any) -> Value | None:
    """x as an operand: a Value as it is, a plain number as a constant, None for anything else."""
    x = _right_operand(x)
    return constant(x) if type(x) is float else x


def _right_operand(x: Any) -> Any:
    """x as the second operand of two: a Value, a plain number as a float, None for anything else."""
    if type(x) is float or type(x) is Value:
        return x
    number = float(x) if type(x) is int else real(x)
    if number is None:
        refuse_masked(x)
    return number


def _second(node: Value) -> Value:
    """The second operand of a node that has two. The leaf of a plain number is made when it is first asked for."""
    if type(node._b) is float:
        with turn:
            _make_leaf(node)
    return node._b


def _make_leaf(node: Value) -> None:
    """Put the leaf of a plain number in its place, with the gradient that the latest backward() has for it."""
    if type(node._b) is not float:
        return  # another thread was first
    number: float = node._b
    if node._operation is POW:
        node._db = POW.partials(ieee, node._value, node._db, number)[1]  # until now, x was there
    leaf = constant(number)
    leaf._scope = None
    if node._grad != 0.0:  # where it is 0, 0·∞ is nan, but only if something has flowed: backward() has seen to that
        leaf._grad += node._db * node._grad
    node._b = leaf


# -------------------------------------------------------------------------------------------------------- machinery
# What blocks like no_grad() change, what a trace refuses, and where a leaf's number is, when not in the leaf.

from math import nan  # noqa: E402

from .anomaly import check_value  # noqa: E402
from .conversion import as_float, as_text, real, refuse_masked  # noqa: E402
from .keeping import Keeper, turn  # noqa: E402
from .operations import INPUT, UNRECORDED  # noqa: E402
from .recording import State, check_running, current  # noqa: E402
from .tracing import refuse_unknown, untraceable  # noqa: E402

if not cython.compiled:
    from .rules import computed_of_two


def _scope_of_leaf(data: Any) -> tuple | None:
    """A trace asks where a leaf was made: inside, it is a constant; outside, a parameter. It refuses one of a Value."""
    state: State = current()
    if not state.tracing:
        return None
    if isinstance(data, Value):
        untraceable("Value() of a Value")
    return state.scope


def _adapt(node: Value, state: State) -> None:
    """A new node as the blocks around it want it: known to a trace, without a past under no_grad(), looked at."""
    if node._operation is CONSTANT:
        return
    if state.recording:
        if type(node._b) is float:
            _second(node)._scope = state.scope if state.tracing else None  # as of every constant, see `constant`
        if state.made is not None:
            state.made.append(node)
        elif state.checking is not None:
            check_value(node)
        return
    if state.tracing:
        untraceable("no_grad()")
    if state.owner is not None:
        check_running(state.owner)
    node._operation, node._a, node._b, node._da, node._db = UNRECORDED, None, None, 0.0, 0.0


def _keeper(x: Value) -> Keeper | None:
    """Who keeps the number and the gradient of a leaf; None where it has them itself.

    It stands in `_b`. Of the input of a trace, whose number nobody knows, INPUT stands there.
    """
    if x._a is not None or x._b is None or type(x._b) is tuple or x._operation is INPUT:
        return None
    return x._b


def _position(x: Value) -> int:
    """Where the keeper of a leaf has them."""
    return int(x._da)


def _number(x: Value) -> float:
    """The number of a Value, wherever it is kept."""
    return x._value if x._b is None or x._a is not None else _kept_number(x)


def _number_of(operand: Any) -> float:
    """The number of an operand: of a Value, or a plain one."""
    if type(operand) is float:
        return operand
    x: Value = operand  # as `_number`, without a call more
    return x._value if x._b is None or x._a is not None else _kept_number(x)


def _kept_number(x: Value) -> float:
    if x._operation is INPUT:
        if not current().tracing:
            refuse_unknown()
        return nan
    keeper: Keeper | None = _keeper(x)
    while keeper is not None:
        position = _position(x)
        if x._b is keeper:
            return keeper.number(position)
        keeper = _keeper(x)  # in plain Python, another thread may have moved x in between
    return x._value


def return_memory() -> None:
    """Give the system what was kept for further graphs: after a large one that is not made again and again."""
    if cython.compiled:
        return_empty_slabs()  # type: ignore[name-defined]  # noqa: F821


if cython.compiled and not (manage_memory(Value) and are_fields(Value(0.0))):  # type: ignore[name-defined]  # noqa: F821
    raise ImportError("the fields of Value in memory.h are not those in value.pxd")
