"""The operations as functions and methods, made from the rule book.

A function takes Values and plain numbers, mixed. With a Value among its operands it makes a node; with plain numbers
alone it gives a float, by the same IEEE 754 arithmetic.

>>> exp(1.0)
2.718281828459045
>>> from autograd import Value
>>> exp(Value(1.0))
Value(data=2.718281828459045, grad=0.0)
>>> Value(1.0).exp()
Value(data=2.718281828459045, grad=0.0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import sub, truediv
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn

from . import ieee
from .conversion import real
from .operations import DIV, EXP, OPERATIONS, SUB, TOTAL, Operation
from .recording import current
from .value import Value, _operand

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython


def _evaluate(operation: Operation, operands: tuple, asked: str = "") -> Any:
    """The node for these operands, or the number where none of them is a Value. Errors name the function asked for."""
    values = 0
    for operand in operands:
        if type(operand) is Value:
            values += 1
    if values == len(operands):
        return of_values(operation, operands)
    converted: list = []
    for operand in operands:
        x = operand if type(operand) is Value else _operand(operand) if values else real(operand)
        if x is None:
            _refuse(operation, operand, asked)
        converted.append(x)
    return of_values(operation, tuple(converted)) if values else operation.value(ieee, *converted)


def _refuse(operation: Operation, operand: Any, asked: str) -> NoReturn:
    of_a_list = f"{operation.name}(*xs)" if "*values" in operation.operands else f"[{operation.name}(x) for x in xs]"
    hint = f"; for a list write {of_a_list}" if isinstance(operand, Iterable) and not asked else ""
    raise TypeError(
        f"{asked or operation.name}() takes Values and numbers, got {operand!r} of type {type(operand).__name__}{hint}"
    )


def _function(operation: Operation) -> Callable[..., Any]:
    """The public function of an operation, of so many operands as it has, or of as many as are given (*values)."""
    names, defaults = operation.operands, operation.defaults
    variadic = names[-1].startswith("*")
    required = len(names) - len(defaults) if not variadic else 1
    written_out = vars(Value).get(operation.name) if operation is OPERATIONS.get(operation.name) else None  # faster

    def function(*operands: Any, **named: Any) -> Any:
        if written_out is not None and len(operands) == 1 and type(operands[0]) is Value and not named:
            return written_out(*operands)
        for name in names[len(operands) :]:
            if name not in named:
                break
            operands += (named.pop(name),)
        if named:
            raise TypeError(f"{operation.name}() takes {_signature(operation)}, got {', '.join(named)}=…")
        if len(operands) < required or (len(operands) > len(names) and not variadic):
            raise TypeError(f"{operation.name}() takes {_signature(operation)}, got {len(operands)} operands")
        return _evaluate(operation, operands + defaults[len(operands) - required :] if defaults else operands)

    function.__name__ = function.__qualname__ = operation.name
    function.__wrapped__ = MethodType(operation.value, ieee)  # type: ignore[attr-defined]  # it has the signature
    function.__doc__ = (
        f"{operation.name}({_signature(operation)}) = {operation.formula}\n\n"
        "Of Values: a node of the graph; of plain numbers: a float.\n\n"
        "Raises:\n    TypeError: for anything else, and for too few or too many operands.\n\n"
        f">>> {operation.example}\nTrue\n"
    )
    if cython.compiled:
        return fast_function(operation, function, 0 if variadic else len(names))  # type: ignore[name-defined]  # noqa: F821
    return function


if cython.compiled:
    make_nodes_by(Value, of_one, of_two, of_many)  # type: ignore[name-defined]  # noqa: F821
else:  # calls.h has it
    from .nodes import of_each, of_values

    def joined(xs: list, ys: list) -> tuple:
        return (*xs, *ys)


def _signature(operation: Operation) -> str:
    names, defaults = operation.operands, operation.defaults
    first_default = len(names) - len(defaults)
    return ", ".join(
        name if i < first_default else f"{name}={defaults[i - first_default]}" for i, name in enumerate(names)
    )


def _numbers(name: str, values: Any, at_least: cython.Py_ssize_t = 1) -> list[Any]:
    """A list, tuple or one-dimensional array as a list, checked. It is not to be changed."""
    if type(values) is not list:
        if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
            raise TypeError(f"{name}() takes a list of Values and numbers, got {values!r}")
        values = list(values)
    if len(values) < at_least:
        raise ValueError(f"{name}() of an empty list")
    return values


def dot(xs: Iterable[Any], ys: Iterable[Any]) -> Any:
    """Σ xᵢ·yᵢ of two lists of equal length, as one node; 0.0 for empty lists.

    Raises:
        ValueError: when the lengths differ.

    >>> dot([1.0, 2.0], [3.0, 4.0])
    11.0
    """
    xs, ys = _numbers("dot", xs, 0), _numbers("dot", ys, 0)
    if len(xs) != len(ys):
        raise ValueError(f"dot() takes two lists of equal length, got {len(xs)} and {len(ys)} numbers")
    return _evaluate(_DOT, joined(xs, ys)) if xs else 0.0


def logsumexp(values: Iterable[Any]) -> Any:
    """ln Σ exp(xᵢ) of a list, as one node; does not overflow for any finite xᵢ.

    Raises:
        ValueError: for an empty list.

    >>> logsumexp([1000.0, 0.0])
    1000.0
    """
    return _evaluate(_LOGSUMEXP, tuple(_numbers("logsumexp", values)))


def take(values: Iterable[Any], index: Any) -> Any:
    """values[index], where the index may be a Value that holds a whole number: a class, a row of an embedding.

    With a plain index this is the element itself. With a Value it is a node, which `forward()` chooses again; its
    gradient goes to the chosen element.

    Raises:
        IndexError: when the index is not a whole number from 0 to len(values) - 1.

    >>> take([5.0, 7.0, 9.0], 1)
    7.0
    >>> from autograd import Value
    >>> take([5.0, 7.0, 9.0], Value(2))
    Value(data=9.0, grad=0.0)
    """
    values = _numbers("take", values)
    if isinstance(index, Value):
        guard = current().guard  # in rows that do not take this turn of a loop, the index may be any number
        chosen = index if guard is None else _evaluate(OPERATIONS["where"], (guard, index, 0.0))
        return _evaluate(OPERATIONS["take"], (chosen, *values))
    number = real(index)
    if number is None:
        raise TypeError(f"take() takes a whole number or a Value as index, got {index!r}")
    return ieee.take(number, values)


_DOT, _LOGSUMEXP, _MAXIMUM = OPERATIONS["dot"], OPERATIONS["logsumexp"], OPERATIONS["maximum"]
_EXP_OF_DIFFERENCE, _LOGSUMEXP_BELOW = OPERATIONS["_exp_of_difference"], OPERATIONS["_logsumexp_below"]
exp = _function(OPERATIONS["exp"])  # used below; the others are made last


def softmax(values: Iterable[Any], temperature: Any = 1.0) -> list[Any]:
    """exp(xᵢ/T) / Σ exp(xⱼ/T) for every i: numbers in proportion to exp(x/T) that sum to 1. Does not overflow.

    Args:
        values: a list of Values and numbers.
        temperature: T, a number or a Value greater than 0. The higher, the more alike are the results; towards 0, the
            largest takes all.

    Raises:
        ValueError: for an empty list, and for a number as temperature that is not positive.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    >>> [round(p, 3) for p in softmax([1.0, 2.0], temperature=0.5)]
    [0.119, 0.881]
    """
    values = tuple(_numbers("softmax", values))
    largest = _evaluate(_MAXIMUM, values, "softmax")
    divisor = temperature if isinstance(temperature, Value) else _positive("temperature", temperature)
    if isinstance(divisor, Value) or divisor != 1.0:
        below = tuple(_each(SUB, sub, values, largest))
        exponentials = tuple(_each(EXP, exp, tuple(_each(DIV, truediv, below, divisor))))
    else:
        exponentials = tuple(_each(_EXP_OF_DIFFERENCE, _exp_of_difference, values, largest))
    return _each(DIV, truediv, exponentials, _evaluate(TOTAL, exponentials))


def _exp_of_difference(a: Any, b: Any) -> Any:
    return _evaluate(_EXP_OF_DIFFERENCE, (a, b))


def log_softmax(values: Iterable[Any]) -> list[Any]:
    """xᵢ - ln Σ exp(xⱼ) for every i: the logarithm of `softmax`, without its rounding to 0.

    Raises:
        ValueError: for an empty list.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    below, log_denominator = normalized("log_softmax", values)
    return _each(SUB, sub, below, log_denominator)


def _positive(name: str, x: Any) -> float:
    number = real(x)
    if number is None:
        raise TypeError(f"{name} must be a number or a Value, got {x!r} of type {type(x).__name__}")
    if not number > 0.0:
        raise ValueError(f"{name} must be greater than 0, got {x!r}")
    return number


def normalized(name: str, values: Iterable[Any]) -> tuple[tuple[Any, ...], Any]:
    """The list minus its largest element, so that no exponential overflows; and ln Σ exp(xᵢ) of what this gives."""
    values = tuple(_numbers(name, values))
    largest = _evaluate(_MAXIMUM, values, name)
    below = tuple(_each(SUB, sub, values, largest))
    return below, _evaluate(_LOGSUMEXP_BELOW, below)


def _are_values(xs: tuple) -> bool:
    for x in xs:  # noqa: SIM110  all() would make a generator
        if type(x) is not Value:
            return False
    return True


def _each(operation: Operation, function: Callable, xs: tuple, second: Any = None) -> list:
    """The operation, or the function for it, of every x, and of a second operand where it has two."""
    if cython.compiled and (second is None or type(second) is Value) and _are_values(xs):
        return of_each(operation, xs, second)
    return [function(x) if second is None else function(x, second) for x in xs]


_OPERATORS = (  # Python's own
    "add", "sub", "mul", "div", "pow", "neg", "abs", "less", "less_equal", "greater", "greater_equal",
)  # fmt: skip
_OF_LISTS = ("dot", "logsumexp", "take")  # written out above: they take lists
_NUMPY_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}

__all__ = [name for name in OPERATIONS if name not in _OPERATORS and name[0] != "_"] + ["softmax", "log_softmax"]

for _name in __all__:
    if _name not in globals():
        globals()[_name] = _function(OPERATIONS[_name])
    if _name in OPERATIONS and _name not in _OF_LISTS:
        if _name not in vars(Value):
            setattr(Value, _name, globals()[_name])
        if _name in _NUMPY_NAMES:  # np.arcsin(array_of_values) calls the method arcsin of every Value
            setattr(Value, _NUMPY_NAMES[_name], globals()[_name])
