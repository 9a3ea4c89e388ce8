"""What NumPy asks of a Value beside the operations. NumPy itself is imported only when it asks."""

import operator
from collections.abc import Callable
from typing import Any

from .conversion import real
from .value import Value, _operand

_BY_METHOD = {"arctan2", "hypot"}  # of the first operand, in the object arrays of NumPy: a plain number has none
_OPERATORS: dict[str, Callable] = {  # of a scalar of NumPy and a Value: as if the scalar were Python's
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow, "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
    "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip


def conjugate(x: Value) -> Value:
    """x itself, as of every real number: np.var, np.std and np.vdot ask for it."""
    return x


def array_ufunc(self: Value, ufunc: Any, method: str, *operands: Any, **settings: Any) -> Any:
    """A function of NumPy that has a single Value among its operands: an array without an axis that holds it.

    >>> import numpy as np
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
