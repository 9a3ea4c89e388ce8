"""Reverse-mode automatic differentiation, whole, on one page.

A `Value` is a number that remembers how it was computed. Computing `c = a * b` makes a node that holds

    data        the number itself                       a·b
    parents     the nodes it was computed from          (a, b)
    partials    the local derivatives                   (∂c/∂a, ∂c/∂b) = (b, a)

and `root.backward()` applies the chain rule to the graph of these nodes, from the root down to the leaves:

    ∂root/∂parent  +=  ∂node/∂parent · ∂root/∂node

The local derivatives are numbers, known as soon as the node is made. So a node refers to its parents and to nothing
else: the graph has no cycles, and disappears by reference counting as soon as nobody holds its root.
"""

from collections.abc import Callable
from math import nan
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from . import ieee
from .operations import ABS, ADD, DIV, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, MUL, NEG, POW, SUB, Operation, marker
from .recording import state
from .tracing import untraceable

_ONES = (1.0, 1.0)


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
        label: free to use.

    Every operation of `autograd.operations` is a method (`a.tanh()`), or an operator of Python (`a * b`, `a ** 2`,
    `abs(a)`). Comparisons compare numbers; `==` asks whether two Values are the same node, and so does the hash.

    Raises:
        TypeError: when `data` is not a real number.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + a.tanh() ** 2 / 3
    >>> c.backward()
    >>> c
    Value(data=-5.690216941617721, grad=1.0)
    >>> a
    Value(data=2.0, grad=-2.954593770857629, label='a')
    """

    __slots__ = ("_data", "_grad", "_operation", "_parents", "_partials", "_scope", "label")

    def __init__(self, data: float, label: str = "") -> None:
        self._data: float = _float("a Value", data)
        self._grad = 0.0
        self._operation: Operation = LEAF
        self._parents: tuple[Value, ...] = ()
        self._partials: tuple[float, ...] = ()
        self._scope: tuple | None = state.scope if state.tracing else None
        self.label = label

    # ------------------------------------------------------------------------------------------ what it shows

    op = property(lambda self: self._operation.symbol, doc='The symbol of the operation; "" for a leaf.')
    parents = property(attrgetter("_parents"), doc="The operands, in order.")
    _op, _prev = op, parents  # micrograd's names

    @property
    def partials(self) -> tuple[float, ...]:
        """The local derivatives ∂self/∂parent, in the order of parents."""
        if state.tracing:
            untraceable("reading .partials", "the numbers would be frozen; compute them with the Values themselves")
        return self._partials

    @property
    def data(self) -> float:
        """The number. Assigning it is allowed on leaves only: the number of an inner node is computed."""
        if state.tracing:
            untraceable("reading .data", "the number would be frozen; compute with the Value itself")
        return self._data

    @data.setter
    def data(self, data: float) -> None:
        if state.tracing:
            untraceable("assigning .data", "it would happen once, and not in every call; do it outside")
        number = _float("data", data)
        if self._parents:
            raise AttributeError(
                f"the data of an inner node ({self.op!r}) is computed from its parents and cannot be assigned; "
                "assign the data of a leaf and call forward() on the root"
            )
        self._data = number

    @property
    def grad(self) -> float:
        """∂root/∂self of the latest `root.backward()`; summed over all of them on a leaf."""
        if state.tracing:
            untraceable("reading .grad", "the number would be frozen; read it after the call")
        return self._grad

    @grad.setter
    def grad(self, grad: float) -> None:
        if state.tracing:
            untraceable("assigning .grad", "it would happen once, and not in every call; do it outside")
        self._grad = _float("grad", grad)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        if state.tracing:  # a text would be frozen, too
            return f"Value(data=?, grad=?{label})"
        return f"Value(data={self._data}, grad={self._grad}{label})"

    def __format__(self, spec: str) -> str:
        if spec and state.tracing:
            untraceable("formatting a Value", "the text would be frozen; print(x) shows it without its number")
        return format(self._data, spec) if spec else str(self)

    def __float__(self) -> float:
        if state.tracing:
            untraceable("float() of a Value", "its number is not known yet; autograd.exp(x) and the like take Values")
        return self._data

    def __int__(self) -> int:
        if state.tracing:
            untraceable("int() of a Value", "its number is not known yet; to choose by it, write take(values, x)")
        return int(self._data)

    def __index__(self) -> int:
        if state.tracing:
            untraceable(
                "a Value as an index or a count",
                "its number is not known yet; to choose by it, write take(values, x); "
                "a list times a Value is [v * x for v in values], or np.array(values) * x",
            )
        raise TypeError(
            "a Value is no index and no count: write take(values, x), or int(x); "
            "a list times a Value is [v * x for v in values], or np.array(values) * x"
        )

    def __bool__(self) -> bool:
        if state.tracing:
            untraceable(
                "the truth of a Value",
                "its number is not known yet; write autograd.where(x > 0, a, b) for `if` and np.where, and "
                "autograd.maximum(*xs) for max(xs) and np.maximum; sorting, and `while`, have no such form",
            )
        return self._data != 0

    def __round__(self, digits: int | None = None) -> float:
        if state.tracing:
            untraceable("round() of a Value", "its number is not known yet, and rounding has no gradient")
        return round(self._data, digits)

    # -------------------------------------------------------------------------------- operations, one line each
    # The five below are written out for speed; a test holds them against the rule book, which has all the others.

    def __add__(self, other: Any) -> "Value":
        if type(other) is not Value and (other := _operand(other)) is None:
            return NotImplemented
        return _node(self._data + other._data, ADD, (self, other), _ONES)

    def __sub__(self, other: Any) -> "Value":
        if type(other) is not Value and (other := _operand(other)) is None:
            return NotImplemented
        return _node(self._data - other._data, SUB, (self, other), (1.0, -1.0))

    def __mul__(self, other: Any) -> "Value":
        if type(other) is not Value and (other := _operand(other)) is None:
            return NotImplemented
        return _node(self._data * other._data, MUL, (self, other), (other._data, self._data))

    def __truediv__(self, other: Any) -> "Value":
        if type(other) is not Value and (other := _operand(other)) is None:
            return NotImplemented
        y = ieee.div(self._data, other._data)
        return _node(y, DIV, (self, other), (ieee.div(1.0, other._data), ieee.div(-y, other._data)))

    def __neg__(self) -> "Value":
        return _node(-self._data, NEG, (self,), (-1.0,))

    def __pow__(self, other: Any) -> "Value":
        if type(other) is not Value and (other := _operand(other)) is None:
            return NotImplemented
        return apply(POW, self, other)

    def __abs__(self) -> "Value":
        return apply(ABS, self)

    def __pos__(self) -> "Value":
        return self

    def __radd__(self, other: Any) -> "Value":  # number + Value
        return NotImplemented if (other := _operand(other)) is None else other + self

    def __rsub__(self, other: Any) -> "Value":
        return NotImplemented if (other := _operand(other)) is None else other - self

    def __rmul__(self, other: Any) -> "Value":
        return NotImplemented if (other := _operand(other)) is None else other * self

    def __rtruediv__(self, other: Any) -> "Value":
        return NotImplemented if (other := _operand(other)) is None else other / self

    def __rpow__(self, other: Any) -> "Value":
        return NotImplemented if (other := _operand(other)) is None else other**self

    # ------------------------------------------------------------------------------- comparisons, of the numbers
    # While a function is traced they give a condition for where(): a Value, whose truth cannot be asked.

    def __lt__(self, other: Any) -> Any:
        if state.tracing:
            return _condition(LESS, self, other)
        return NotImplemented if (number := _number_of(other)) is None else self._data < number

    def __le__(self, other: Any) -> Any:
        if state.tracing:
            return _condition(LESS_EQUAL, self, other)
        return NotImplemented if (number := _number_of(other)) is None else self._data <= number

    def __gt__(self, other: Any) -> Any:
        if state.tracing:
            return _condition(GREATER, self, other)
        return NotImplemented if (number := _number_of(other)) is None else self._data > number

    def __ge__(self, other: Any) -> Any:
        if state.tracing:
            return _condition(GREATER_EQUAL, self, other)
        return NotImplemented if (number := _number_of(other)) is None else self._data >= number

    def __eq__(self, other: Any) -> Any:
        if state.tracing and other is not self and _operand(other) is not None:
            untraceable(
                "== of a Value",
                "it asks whether two Values are the same node, not for equal numbers; "
                "to compare those, write where(abs(x - 1) <= 0, a, b)",
            )
        return NotImplemented  # by identity

    __hash__ = object.__hash__

    # ------------------------------------------------------------------------------------------ the two passes

    def backward(self, gradient: float = 1.0) -> None:
        """Set `.grad` of every node below to ∂self/∂node, times `gradient`.

        Inner nodes get the gradient of this call. Leaves add it to what they had, so that the gradients of several
        losses sum up; set `.grad = 0` (or call `zero_grad()` of a module or an optimizer) to start afresh.

        Raises:
            RuntimeError: when self was computed inside `no_grad()`.

        Source: Rumelhart, Hinton & Williams, "Learning representations by back-propagating errors", 1986.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward()
        >>> x.grad
        6.0
        """
        seed = _float("gradient", gradient)
        self._check_recorded("backward")
        if state.tracing:
            untraceable("backward()", "return the Value; the compiled function's own backward() gives its gradient")
        leaves, inner = _sorted_graph(self)
        before = [leaf._grad for leaf in leaves]
        for leaf in leaves:
            leaf._grad = 0.0
        for node in inner:
            node._grad = 0.0

        self._grad = seed
        for node in reversed(inner):
            dy = node._grad
            if len(node._parents) == 2:  # what the loop below does, unrolled for the most frequent case
                a, b = node._parents
                da, db = node._partials
                a._grad += da * dy
                b._grad += db * dy
            else:
                for parent, partial in zip(node._parents, node._partials, strict=True):
                    parent._grad += partial * dy

        for leaf, gradient_before in zip(leaves, before, strict=True):
            leaf._grad += gradient_before  # last, so that two equal passes give exactly twice the gradient

    def forward(self) -> "Value":
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
        if state.tracing:
            untraceable("forward()", "the numbers are not known yet; return the Value")
        for node in _sorted_graph(self)[1]:
            operands = [parent._data for parent in node._parents]
            node._data = node._operation.value(ieee, *operands)
            node._partials = node._operation.partials(ieee, node._data, *operands)
        return self

    def _check_recorded(self, what: str) -> None:
        if self._operation is UNRECORDED:
            raise RuntimeError(f"{what}() of a number that was computed inside no_grad(): nothing was recorded there")

    # ------------------------------------------------------------------------- copies and pickles: see copying.py

    def __copy__(self) -> "Value":
        _check_copy()
        return _restored(
            self._operation, self._data, self._grad, self.label, self._scope, self._parents, self._partials
        )

    def __deepcopy__(self, memo: dict) -> "Value":
        from .copying import deepcopy

        _check_copy()
        return deepcopy(self, memo)

    def __reduce__(self) -> tuple:
        from .copying import reduce

        _check_copy()
        return reduce(self)

    if TYPE_CHECKING:  # the methods that functions.py adds from the rule book: exp, tanh, relu, …

        def __getattr__(self, name: str) -> Callable[..., "Value"]: ...


LEAF = marker("leaf")
CONSTANT = marker("constant")  # a leaf that was a plain number
UNRECORDED = marker("unrecorded")  # a leaf that was computed in no_grad()


def _node(data: float, operation: Operation, parents: tuple[Value, ...], partials: tuple[float, ...]) -> Value:
    """A new node of the graph; under no_grad() a number without a past."""
    node = _new(Value)
    node._data = data
    node._grad = 0.0
    node._scope = state.scope
    node.label = ""
    if state.recording:
        node._operation, node._parents, node._partials = operation, parents, partials
    else:
        if state.tracing:
            untraceable("no_grad()", "the number would be frozen; compute it outside, or let it have its gradient")
        node._operation, node._parents, node._partials = UNRECORDED, (), ()
    return node


_new = object.__new__


def _restored(
    operation: Operation, data: float, grad: float, label: str, scope: tuple | None, parents: tuple, partials: tuple
) -> Value:
    """A Value with all its fields given: a copy."""
    node = _new(Value)
    node._data, node._grad, node.label, node._scope = data, grad, label, scope
    node._operation, node._parents, node._partials = operation, parents, partials
    return node


def apply(operation: Operation, *operands: Value) -> Value:
    """The node that `operation` makes of Values: its number and its local derivatives, from the rule book."""
    if state.tracing:
        return _node(nan, operation, operands, ())
    numbers = [operand._data for operand in operands]
    y = operation.value(ieee, *numbers)
    return _node(y, operation, operands, operation.partials(ieee, y, *numbers))


def _condition(comparison: Operation, a: Value, b: Any) -> Any:
    """The comparison of two numbers that are not known yet."""
    return NotImplemented if (b := _operand(b)) is None else apply(comparison, a, b)


def _check_copy() -> None:
    if state.tracing:
        untraceable("copying a Value", "the copy would be a number of its own, frozen; use the Value itself")


def constant(number: float) -> Value:
    """The leaf for a plain number in an expression."""
    leaf = Value(number)
    leaf._operation = CONSTANT
    return leaf


def _number(x: Any) -> float | None:
    """A plain number as a float; None where x is something else."""
    if isinstance(x, (float, int)):
        return float(x)
    dtype = getattr(x, "dtype", None)  # a NumPy scalar, recognised without importing NumPy
    if dtype is not None and getattr(x, "shape", None) == () and getattr(dtype, "kind", "") in "buif":
        return float(x)
    return None


def _number_of(x: Any) -> float | None:
    """What to compare with: Python compares a float with an int of any size."""
    if isinstance(x, Value):
        return x._data
    return x if isinstance(x, int) else _number(x)


def _operand(x: Any) -> Value | None:
    """x as an operand: a Value as it is, a plain number as a constant, None for anything else."""
    if isinstance(x, Value):
        return x
    number = _number(x)
    return None if number is None else constant(number)


def _float(what: str, x: Any) -> float:
    """x as a float; an error that names `what` where x is not one real number."""
    number = _number(x)
    if number is None:
        hint = " (it is a Value already)" if isinstance(x, Value) else ""
        raise TypeError(f"{what} holds one real number; got {x!r} of type {type(x).__name__}{hint}")
    return number


def _sorted_graph(*roots: Value, seen: set[Value] | None = None) -> tuple[list[Value], list[Value]]:
    """The leaves below the roots, and the inner nodes in topological order: every node after its parents.

    Nodes in `seen`, and what is below them, are left out; those that are found are added to it.

    A depth-first walk that keeps its own stack, since Python's would overflow on a graph a few thousand nodes deep.
    """
    leaves: list[Value] = []
    inner: list[Value] = []
    seen = set() if seen is None else seen
    stack: list[Value | None] = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node is None:  # the marker: all parents of the node beneath it are done
            inner.append(stack.pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            if node._parents:
                stack.append(node)
                stack.append(None)
                stack.extend(node._parents[::-1])  # the first operand is visited first
            else:
                leaves.append(node)
    return leaves, inner


def topological_order(*roots: Value) -> list[Value]:
    """Every node below the roots and the roots themselves, each after its parents and each once.

    >>> a = Value(1.0, label="a")
    >>> b = a + a
    >>> topological_order(b) == [a, b]
    True
    """
    leaves, inner = _sorted_graph(*roots)
    return leaves + inner
