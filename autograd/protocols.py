"""What Python and NumPy ask of a Value beside arithmetic: its number, a text, a comparison.

What a function that is being compiled may not ask is refused by `_look`.
"""

# mypy: disable-error-code="misc"
from __future__ import annotations

import operator
from collections.abc import Callable
from math import ceil, floor, trunc
from typing import TYPE_CHECKING, Any

from ._build import ShownSignature
from .conversion import as_float, as_text, real
from .keeping import Keeper, in_turn
from .nodes import apply
from .operations import INPUT, OPERATIONS
from .recording import State, current, no_grad, scope
from .tracing import check_gradients_are_kept, check_plain, untraceable
from .value import Value, _keeper, _number, _operand, _position, _second

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython
if not cython.compiled:
    from .rules import partial

_BY_METHOD = {"arctan2", "hypot"}  # of the first operand, in the object arrays of NumPy: a plain number has none
_OPERATORS: dict[str, Callable] = {  # of a scalar of NumPy and a Value: as if the scalar were Python's
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow, "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
    "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip


def _look(what: str, x: Value | None = None, loses: str = "a plain number", also_in_no_grad: bool = False) -> None:
    """Refuse what a trace cannot answer; and inside of grad(), with x, what would lose the gradient of x.

    In no_grad() a plain number loses nothing that is not lost already.
    """
    state: State = current()
    if state.tracing:
        untraceable(what)
    if x is not None and state.derivative is not None and (state.recording or also_in_no_grad):
        check_plain(x, loses)


class _Methods:
    """Methods and properties of every Value, which get them below."""

    @property
    def data(self: Value) -> float:
        """The number. Assigning it is allowed on leaves only: the number of an inner node is computed."""
        _look("reading .data")
        return _number(self)

    @data.setter
    def data(self: Value, data: Any) -> None:
        _look("assigning .data", self, "assigning .data", also_in_no_grad=True)
        number: float = as_float("data", data)
        if self.parents:
            raise AttributeError(
                f"the data of an inner node ({self.op!r}) is computed from its parents and cannot be assigned; "
                "assign the data of a leaf and call forward() on the root"
            )
        _set_number(self, number)

    @data.deleter
    def data(self: Value) -> None:
        raise AttributeError("the data of a Value cannot be deleted")

    @property
    def grad(self: Value) -> float:
        """∂root/∂self of the latest `root.backward()`; summed over all of them on a leaf."""
        _look("reading .grad")
        if current().derivative is not None:
            check_gradients_are_kept()
        return _gradient(self)

    @grad.setter
    def grad(self: Value, grad: Any) -> None:
        _look("assigning .grad")
        gradient: float = as_float("grad", grad)
        _set_gradient(self, gradient)

    @grad.deleter
    def grad(self: Value) -> None:
        raise AttributeError("the grad of a Value cannot be deleted")

    @property
    def label(self: Value) -> str:
        """A text, free to use: the name in pictures of the graph."""
        return self._label or ""

    @label.setter
    def label(self: Value, label: Any) -> None:
        self._label = as_text(label)

    @label.deleter
    def label(self: Value) -> None:
        raise AttributeError("the label of a Value cannot be deleted")

    @property
    def partials(self: Value) -> tuple[float, ...]:
        """The local derivatives ∂self/∂parent, in the order of parents."""
        _look("reading .partials", self)
        return _partials(self)

    def __repr__(self: Value) -> str:
        label = f", label={self._label!r}" if self._label else ""
        if current().tracing or self._operation is INPUT:  # a text would be frozen, too
            return f"Value(data=?, grad=?{label})"
        return f"Value(data={self.data}, grad={_gradient(self)}{label})"

    def __format__(self: Value, spec: Any) -> str:
        if not spec:
            return str(self)
        _look("formatting a Value")
        return _number(self).__format__(spec)

    def __float__(self: Value) -> float:
        _look("float() of a Value", self)
        return _number(self)

    def __int__(self: Value) -> int:
        _look("int() of a Value")
        return int(_number(self))

    def __index__(self: Value) -> int:
        _look("a Value as an index or a count")
        raise TypeError(
            "a Value is no index and no count: write take(values, x), or int(x); "
            "a list times a Value is [v * x for v in values], or np.array(values) * x"
        )

    def __bool__(self: Value) -> bool:
        _look("the truth of a Value")
        return _number(self) != 0

    def __round__(self: Value, digits: Any = None) -> float:
        _look("round() of a Value")
        return round(_number(self), digits)

    def __trunc__(self: Value) -> int:
        _look("math.trunc() of a Value")
        return trunc(_number(self))

    def __floor__(self: Value) -> int:
        _look("math.floor() of a Value")
        return floor(_number(self))

    def __ceil__(self: Value) -> int:
        _look("math.ceil() of a Value")
        return ceil(_number(self))

    # ------------------------------------------------------------------------------- comparisons, of the numbers
    # While a function is traced they give a condition for where(): a Value, whose truth cannot be asked.

    def __lt__(self: Value, other: Any) -> Any:
        return _compare(self, other, "less", operator.lt)

    def __le__(self: Value, other: Any) -> Any:
        return _compare(self, other, "less_equal", operator.le)

    def __gt__(self: Value, other: Any) -> Any:
        return _compare(self, other, "greater", operator.gt)

    def __ge__(self: Value, other: Any) -> Any:
        return _compare(self, other, "greater_equal", operator.ge)

    def __eq__(self: Value, other: Any) -> Any:
        state: State = current()
        if state.tracing and other is not self and (isinstance(other, int) or _operand(other) is not None):
            untraceable("== of a Value")
        if state.derivative is not None:  # what depends on the arguments, as the numbers that f would be called with
            below = state.derivative.has_an_argument_below
            if not isinstance(other, Value):
                number = other if isinstance(other, int) else real(other)  # of any size, as in Python
                return NotImplemented if number is None or not below(self) else _number(self) == number
            equal = _number(self) == _number(other)
            if (equal or other is self) and below(self) and below(other):
                return equal
        return NotImplemented  # by identity

    def __hash__(self: Value) -> int:
        if self._operation is INPUT:
            _look("a Value in a set or as a key")
        return id(self) >> 4

    # --------------------------------------------------------------------------------------------------- micrograd

    def _backward(self: Value) -> None:
        """Pass the gradient on to the parents, once: the chain rule by hand, as micrograd's nodes have it.

        A node does not know whether anything has flowed to it: 0·inf is nan here, also in a branch that was not taken.
        """
        for parent, partial in zip(self.parents, self.partials, strict=True):
            if self._operation.has_edge(partial):
                parent.grad += partial * self.grad

    # ------------------------------------------------------------------------------------------------------- NumPy

    def conjugate(self: Value) -> Value:
        """The number itself, as of every real number: np.var, np.std and np.vdot ask for it."""
        return self

    def __array_ufunc__(self: Value, ufunc: Any, method: str, *operands: Any, **settings: Any) -> Any:
        """A function of NumPy that has a single Value among its operands: an array without an axis that holds it.

        >>> import numpy as np
        >>> from autograd import Value
        >>> np.hypot(3.0, Value(4.0))
        Value(data=5.0, grad=0.0)
        """
        converted: list[Any] = [x if type(x) is Value or (number := real(x)) is None else number for x in operands]
        scalars = all([type(x) is Value or type(x) is float for x in converted])
        if scalars and method == "__call__" and not settings and ufunc.__name__ in _OPERATORS:
            return _OPERATORS[ufunc.__name__](*converted)
        import numpy

        if any([getattr(x, "shape", None) == () and x.dtype != object for x in converted]):
            return NotImplemented  # a scalar that is no real number
        if ufunc.__name__ in _BY_METHOD:
            converted[0] = numpy.frompyfunc(_operand, 1, 1)(converted[0])
        arrays = [numpy.array(x, dtype=object) if isinstance(x, Value) else x for x in converted]
        return getattr(ufunc, method)(*arrays, **settings)


def _gradient(x: Value) -> float:
    """The gradient of a Value, wherever it is kept."""
    keeper: Keeper | None = _keeper(x)
    return x._grad if keeper is None else keeper.gradient(_position(x))


def _set_number(x: Value, number: float) -> None:
    keeper: Keeper | None = _keeper(x)
    if keeper is None:
        x._value = number
    else:
        keeper.set_number(_position(x), number)


def _set_gradient(x: Value, gradient: float) -> None:
    keeper: Keeper | None = _keeper(x)
    if keeper is None:
        if type(x._b) is float:
            _second(x)  # it keeps the gradient that came from here
        x._grad = gradient
    else:
        keeper.set_gradient(_position(x), gradient)


if not cython.compiled:  # there, no other thread runs in between
    _gradient, _set_number, _set_gradient = map(in_turn, (_gradient, _set_number, _set_gradient))


def _partials(x: Value) -> tuple:
    if x._a is None:
        if type(x._b) is not tuple:
            return ()
        operands, partials = x._b
        return tuple([partial(partials, i) for i in range(len(operands))])
    if x._b is None:
        return (x._da,)
    _second(x)  # with it comes the partial derivative by a plain number
    return x._da, x._db


def _compare(a: Value, b: Any, comparison: str, compare: Callable[[Any, Any], Any]) -> Any:
    if not current().tracing:  # Python compares a float with an int of any size
        number = b if isinstance(b, int) else _number(b) if isinstance(b, Value) else real(b)
        return NotImplemented if number is None else compare(_number(a), number)
    operand = _operand(b)
    return NotImplemented if operand is None else apply(OPERATIONS[comparison], a, operand)


def _no_subclass(cls: type) -> None:
    raise TypeError(
        f"{cls.__name__} cannot be a subclass of Value: operations give Values, not {cls.__name__}. "
        "Write functions of Values, or a class that holds a Value"
    )


for _name, _method in vars(_Methods).items():
    if callable(_method) or isinstance(_method, property):
        setattr(Value, _name, _method)
        getattr(_method, "fget", _method).__qualname__ = f"Value.{_name}"
Value._prev, Value._op = Value.parents, Value.op  # type: ignore[method-assign]  # micrograd's names
if cython.compiled:
    Value.__signature__ = ShownSignature(lambda data, label="": None)  # type: ignore[attr-defined]
    scope.__signature__ = ShownSignature(lambda name: None)  # type: ignore[attr-defined]
    no_grad.__signature__ = ShownSignature(lambda: None)  # type: ignore[attr-defined]
Value.__init_subclass__ = classmethod(_no_subclass)  # type: ignore[assignment]
