"""A rule of the rule book as an expression of array functions, by reading it with symbols for numbers."""

from collections.abc import Sequence
from math import inf
from typing import Any

from .. import ieee

# The name in the rule book, where NumPy's is another.
_NUMPY_NAMES = {
    "div": "divide", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
}  # fmt: skip
BOOLEAN = frozenset(("less", "less_equal", "greater", "greater_equal", "not_equal", "logical_not", "logical_and"))
LEAF = "leaf"


class Expression:
    """A function of other expressions and numbers; a leaf stands for an array, its argument.

    A family is many operands at once, those of an operation on lists: arrays with one more axis.
    """

    __slots__ = ("arguments", "family", "function")

    def __init__(self, function: str, arguments: tuple, family: bool) -> None:
        self.function, self.arguments, self.family = function, arguments, family

    @property
    def boolean(self) -> bool:
        return self.function in BOOLEAN

    def __repr__(self) -> str:
        if self.function == LEAF:
            return str(self.arguments[0])
        return f"{self.function}({', '.join(map(repr, self.arguments))})"

    def __add__(self, other: Any) -> Any:
        return call("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return call("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return call("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return call("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return call("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return call("multiply", other, self)

    def __neg__(self) -> Any:
        return call("negative", self)

    def __abs__(self) -> Any:
        return call("absolute", self)

    def __lt__(self, other: Any) -> Any:
        return call("less", self, other)

    def __le__(self, other: Any) -> Any:
        return call("less_equal", self, other)

    def __gt__(self, other: Any) -> Any:
        return call("greater", self, other)

    def __ge__(self, other: Any) -> Any:
        return call("greater_equal", self, other)


def call(function: str, *arguments: Any) -> Any:
    """The expression function(arguments), or something simpler that is equal to it."""
    if function == "multiply":
        for one, other in (arguments, arguments[::-1]):
            if isinstance(one, float) and one == 1.0:
                return other
    family = any(isinstance(argument, Expression) and argument.family for argument in arguments)
    return Expression(function, arguments, family)


class Symbols:
    """The namespace `m` that makes expressions of the rules: see `operations`."""

    node = None  # the rules are written out

    def __getattr__(self, name: str) -> Any:
        def function(*arguments: Any) -> Any:
            if any(isinstance(argument, Expression) for argument in arguments):
                return call(_NUMPY_NAMES.get(name, name), *arguments)
            return getattr(ieee, name)(*arguments)

        return function

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        """a where the condition holds, else b; a condition itself where it asks for 1 and 0."""
        if not isinstance(condition, Expression):
            return a if condition else b
        if not condition.boolean:
            condition = call("not_equal", condition, 0.0)
        if (a, b) == (1.0, 0.0):
            return condition
        if (a, b) == (0.0, 1.0):
            return call("logical_not", condition)
        if a == 0.0 and condition.function == "less_equal" and condition.arguments == (b, 0):
            return call("maximum", b, 0.0)  # relu
        return call("where", condition, a, b)

    def pow(self, a: Any, b: Any) -> Any:
        """aᵇ; by multiplication for small whole powers."""
        if not isinstance(b, float):
            return call("power", a, b)
        if not isinstance(a, Expression):
            return ieee.pow(a, b)
        if b in (2.0, 3.0, 4.0):
            square = a * a
            return square if b == 2.0 else square * (a if b == 3.0 else square)
        if b in (0.0, 1.0, -1.0):
            return 1.0 if b == 0.0 else a if b == 1.0 else call("divide", 1.0, a)
        if b == 0.5:  # NumPy takes the square root, but (-∞)^½ is ∞
            return self.where(a <= -inf, inf, call("sqrt", a))
        return call("power", a, b)

    def maximum(self, *values: Any) -> Any:
        return _fold("maximum", values)

    def minimum(self, *values: Any) -> Any:
        return _fold("minimum", values)

    def total(self, terms: Sequence[Any]) -> Any:
        return _fold("add", terms)


def _fold(function: str, values: Sequence[Any]) -> Any:
    """All values by a function of two, families over their own axis first."""
    result: Any = None
    for value in values:
        is_family = isinstance(value, Expression) and value.family
        member = Expression(f"{function}.reduce", (value,), False) if is_family else value
        result = member if result is None else call(function, result, member)
    return result
