"""Parameters in flat arrays: compiled functions and optimizers move all of them without touching a Python object each.

A leaf is *adopted* into a `Store`, two arrays of numbers and gradients. It stays the same Value, and becomes a window
on its place in the arrays: whoever reads or writes its `data` and `grad`, or computes with it, sees and sets the number
there. A Value refers to its store, and a store to no Value, so that both disappear by reference counting.

Who moves Values, or changes the gradients of several, does so in the turn of the threads that go backward (`turn`).

This module imports NumPy; `import autograd` does not import this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike

from .keeping import Keeper, turn
from .protocols import _gradient
from .value import Value, _keeper, _number, _position
from .walks import new_mark

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython


class Store(Keeper):
    """The numbers and the gradients of adopted Values, each a one-dimensional array of float64 or float32.

    Attributes:
        data, grad: the arrays: write into them, do not assign them. Both are replaced whenever a Value has left or the
            dtype has changed: who remembered `data` and places in it checks by `store.data is remembered`. Who asks for
            `grad` may keep it: `zero_grad()` writes into it from then on, and is a mark before.
        grad_is_zero: true only while `grad` is known to be 0 everywhere. Who writes into `grad` must clear it.
        holders: those who work on the arrays, each with its Values in `parameters`; held weakly. When some of a store's
            Values move to another store, those of its holders move along, so that two who share Values settle in one.
    """

    __slots__ = ("__weakref__", "_grad", "_is_shown", "data", "holders")

    def __init__(self, data: np.ndarray, grad: np.ndarray) -> None:
        self.holders: WeakSet = WeakSet()
        self._replace(data, grad)
        self.grad_is_zero = not grad.any()

    @property
    def grad(self) -> np.ndarray:
        self.show_grad()
        return self._grad

    def show_grad(self) -> None:
        """Let somebody keep the array: zeros are written from now on where they are set."""
        with turn:  # whoever sets them to 0 meanwhile writes zeros, or has made the mark
            self._is_shown = True
            self.write_zeros()

    def current_grad(self, overwrites: bool = False) -> np.ndarray:
        """`grad`, for who asks for it again before each use: until then zeros may be marked and not written.

        Args:
            overwrites: whether the caller is going to write every gradient, whatever stands there.
        """
        if self.is_marked:
            with turn:
                if overwrites:
                    self.is_marked = False
                self.write_zeros()
        return self._grad

    def zero_grad(self) -> None:
        """Set all gradients to 0: by a mark, which costs nothing where the next backward() overwrites them anyway."""
        if not self.grad_is_zero:
            with turn:
                if self._is_shown:
                    self._grad.fill(0.0)
                else:
                    self.is_marked = True
                self.grad_is_zero = True

    def convert(self, dtype: DTypeLike) -> None:
        """Keep numbers and gradients in float64 or float32 from now on.

        Raises:
            ValueError: for another dtype.
        """
        dtype = _checked(dtype)
        with turn, np.errstate(all="ignore"):  # what is too large for float32 becomes inf, silently
            if dtype != self.data.dtype:
                self._replace(self.data.astype(dtype), self.current_grad().astype(dtype))

    def _replace(self, data: np.ndarray, grad: np.ndarray) -> None:
        self.data, self._grad, self._is_shown = data, grad, False
        self.keep(data, grad)


def adopt(values: Iterable[Value], dtype: DTypeLike | None = None) -> tuple[Store, np.ndarray]:
    """The one store that holds all the values, and their positions in it.

    Where they are all in one store already, it is that one, as it is. Otherwise they move, with their numbers and
    gradients, into a new store, in the order given.

    Args:
        values: leaves, each once.
        dtype: of a new store: float64 or float32; where it is None the widest of the stores that the values come from,
            and float64 where some come from none.

    Raises:
        TypeError: for anything but Values.
        ValueError: for an inner node, a value twice, or another dtype; nothing has been changed then.

    >>> from autograd import Value
    >>> a, b = Value(1.0), Value(2.0)
    >>> store, positions = adopt([a, b])
    >>> store.data *= 10.0
    >>> b.data
    20.0
    >>> (a * b).backward()
    >>> store.grad
    array([20., 10.])
    """
    values = checked_leaves(values)
    dtype = None if dtype is None else _checked(dtype)
    with turn:
        return _adopt(values, dtype)


def _adopt(values: list[Value], dtype: np.dtype | None) -> tuple[Store, np.ndarray]:
    """The same, of arguments that have been checked; nobody else may move Values meanwhile."""
    homes, some_are_plain = _homes(values)
    if len(homes) == 1 and not some_are_plain:
        return homes[0], places_in(homes[0], values)

    asked = len(values)
    kept = [v for home in homes for holder in home.holders for v in holder.parameters if store_of(v) is home]
    if kept:
        values = list(dict.fromkeys([*values, *kept]))
    if dtype is None:
        dtypes = [home.data.dtype for home in homes]
        dtype = np.result_type(*dtypes, *([np.float64] if some_are_plain or not homes else []))  # rounds no number
    with np.errstate(all="ignore"):
        store = Store(numbers_of(values).astype(dtype), _gradients(values).astype(dtype))
    _mark_changed(homes)
    _keep(values, store)
    for home in homes:
        store.holders.update(home.holders)
    return store, np.arange(asked)


def release(values: Iterable[Value]) -> None:
    """Make the values plain Values again, with the numbers and gradients that they have now.

    >>> from autograd import Value
    >>> a = Value(1.0)
    >>> store, _ = adopt([a])
    >>> release([a])
    >>> store.data[0] = 5.0
    >>> a.data
    1.0
    """
    values = list(values)
    with turn:
        values = [value for value in values if store_of(value) is not None]
        _mark_changed(_homes(values)[0])
        _keep(values, None)


def store_of(value: Value) -> Store | None:
    """The store that holds the value; None where it is a plain Value."""
    return _keeper(value)  # type: ignore[return-value]  # there is no other kind


def places_in(store: Store, values: list) -> np.ndarray:
    """Where the store has each of the values; -1 of those that it does not hold.

    >>> from autograd import Value
    >>> a, b = Value(1.0), Value(2.0)
    >>> store, _ = adopt([a])
    >>> places_in(store, [b, a])
    array([-1,  0])
    """
    value: Value
    places = np.empty(len(values), np.int64)
    view = places
    for i in range(len(values)):
        value = values[i]
        if value is None:
            raise TypeError("a parameter is a Value, got None")
        view[i] = _position(value) if _keeper(value) is store else -1
    return places


def read_numbers(values: list, numbers: Any) -> None:
    """Write the numbers of the values into an array of float64, wherever they are kept: none of them moves.

    >>> from autograd import Value
    >>> numbers = np.zeros(2)
    >>> read_numbers([Value(1.0), Value(2.0)], numbers)
    >>> numbers
    array([1., 2.])
    """
    if not cython.compiled:
        numbers[:] = np.fromiter(map(_number, values), float, len(values))
        return
    view = numbers
    for i in range(len(values)):
        value = values[i]
        if value is None:
            raise TypeError("a parameter is a Value, got None")
        view[i] = _number(value)


def numbers_of(values: Iterable[Value]) -> np.ndarray:
    """The numbers of the values in a new array of float64, wherever they are kept.

    >>> from autograd import Value
    >>> numbers_of([Value(1.0), Value(2.0)])
    array([1., 2.])
    """
    values = list(values)
    numbers = np.empty(len(values))
    read_numbers(values, numbers)
    return numbers


def same(a: list, b: list) -> bool:
    """Whether two lists hold the same objects: asked of 100,000 in the time in which Python asks of 5,000.

    >>> same([print, 1], [print, 1]), same([1], [1.0])
    (True, False)
    """
    if not cython.compiled:
        return len(a) == len(b) and all(map(is_, a, b))
    if len(a) != len(b):
        return False
    i = 0
    while i < len(a) and a[i] is b[i]:
        i += 1
    return i == len(a)


def any_adopted(values: Iterable[Value]) -> bool:
    """Whether a store holds one of the values."""
    return any(map(_keeper, values))


def zero_grad(values: Iterable[Value]) -> None:
    """Set the gradients of the values to 0, adopted or not.

    >>> from autograd import Value
    >>> a = Value(1.0)
    >>> a.grad = 3.0
    >>> zero_grad([a])
    >>> a.grad
    0.0
    """
    values = list(values)
    with turn:
        for value in values:
            value.grad = 0.0
        for home in _homes(values)[0]:
            home.grad_is_zero = not home.current_grad().any()


def checked_leaves(values: Iterable[Any]) -> list[Value]:
    """The values as a list, checked to be leaves and each there once.

    Raises:
        TypeError: for anything but Values.
        ValueError: for an inner node, or a value twice.
    """
    leaves: list = list(values)
    value: Value
    for each in leaves:
        if not isinstance(each, Value):
            raise TypeError(f"parameters are Values, got {each!r} of type {type(each).__name__}")
        value = each
        if value._a is not None or type(value._b) is tuple:
            raise ValueError(
                f"parameters are leaves; {value!r} was computed by {value.op!r}: give the leaves that it comes from"
            )
    with turn:
        seen = new_mark()
        for value in leaves:
            if value._visit == seen:
                raise ValueError(f"a parameter stands twice in the list of parameters, {value!r}: give each once")
            value._visit = seen
    return leaves


# --------------------------------------------------------------------------------------------------- of many at once


def _homes(values: list) -> tuple[list[Store], bool]:
    """The stores that the values are in, and whether some are in none."""
    value: Value
    homes: dict = {}  # a set that keeps the order
    last, some_are_plain = None, False
    for value in values:
        if value is None:
            raise TypeError("a parameter is a Value, got None")
        keeper = _keeper(value)
        if keeper is None:
            some_are_plain = True
        elif keeper is not last:
            last = homes[keeper] = keeper
    return list(homes), some_are_plain


def _gradients(values: list) -> np.ndarray:
    """The gradients of the values."""
    gradients = np.empty(len(values))
    view = gradients
    for i in range(len(values)):
        view[i] = _gradient(values[i])
    return gradients


def _mark_changed(homes: Iterable[Store]) -> None:
    """Replace the arrays by equal ones, so that who remembered them looks again where its Values are."""
    for home in homes:
        home._replace(home.data.copy(), home.current_grad().copy())


def _checked(dtype: DTypeLike) -> np.dtype:
    dtype = np.dtype(dtype)
    if dtype not in (np.float64, np.float32):
        raise ValueError(f"parameters are kept in float64 or float32, got the dtype {dtype}")
    return dtype


def _keep(values: list, keeper: Keeper | None) -> None:
    """From now on the keeper has the numbers and the gradients of leaves, one after the other; None: they do again."""
    x: Value
    for i in range(len(values)):
        x = values[i]
        x._value, x._grad, x._b = _number(x), _gradient(x), None  # first: another thread may be reading x
        if keeper is not None:
            x._da = i
            x._b = keeper
