"""The one symbolic reader of the rule book: a rule as expressions, by reading it with symbols for its operands.

What comes out says what the rule says and nothing of who asks. Printers make something of it: calls of NumPy, functions
of JavaScript, formulas to read. What a printer can write, and what it writes shorter, is its own matter.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

from . import ieee
from .operations import Operation

OPERAND = "operand"  # a symbol that is given: the operand at the position `arguments[0]`
RESULT = "y"  # and the value of the operation
NEGATIVE, ABSOLUTE = "negative", "absolute"
COMPARISONS = frozenset(("<", "<=", ">", ">="))


class Symbol:
    """A number that is not known yet: a function of others, or of plain numbers.

    `function` is one of the names above, an operator as Python writes it, or what the rule called on `m`; of a list,
    its elements are the arguments, after the index of `take`.
    """

    __slots__ = ("arguments", "function")
    __hash__ = object.__hash__

    def __init__(self, function: str, *arguments: Any) -> None:
        self.function = function
        self.arguments = arguments if function == OPERAND else tuple([_number(argument) for argument in arguments])

    def __add__(self, other: Any) -> "Symbol":
        return Symbol("+", self, other)

    def __radd__(self, other: Any) -> "Symbol":
        return Symbol("+", other, self)

    def __sub__(self, other: Any) -> "Symbol":
        return Symbol("-", self, other)

    def __rsub__(self, other: Any) -> "Symbol":
        return Symbol("-", other, self)

    def __mul__(self, other: Any) -> "Symbol":
        return Symbol("*", self, other)

    def __rmul__(self, other: Any) -> "Symbol":
        return Symbol("*", other, self)

    def __neg__(self) -> "Symbol":
        return Symbol(NEGATIVE, self)

    def __pos__(self) -> "Symbol":
        return self

    def __abs__(self) -> "Symbol":
        return Symbol(ABSOLUTE, self)

    def __lt__(self, other: Any) -> "Symbol":
        return Symbol("<", self, other)

    def __le__(self, other: Any) -> "Symbol":
        return Symbol("<=", self, other)

    def __gt__(self, other: Any) -> "Symbol":
        return Symbol(">", self, other)

    def __ge__(self, other: Any) -> "Symbol":
        return Symbol(">=", self, other)

    def __bool__(self) -> bool:
        raise ValueError("it branches on a number, which is not known here: write m.where(x > 0, a, b) for `if`")

    def __eq__(self, other: object) -> bool:
        raise ValueError("it asks for equality, which of two Values is another question: write abs(a - b) <= 0")

    def __float__(self) -> NoReturn:
        raise ValueError("it needs a number that is not known here: call the function on m, such as m.exp(x)")

    def _no_division(self, other: Any) -> NoReturn:
        raise ValueError("it writes a / b or a ** b, which raise where IEEE 754 has inf and nan: write m.div or m.pow")

    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _no_division


def _number(x: Any) -> Any:
    return x if isinstance(x, Symbol) else float(x)


def is_number(x: Any, number: float) -> bool:
    """Whether x is this plain number."""
    return not isinstance(x, Symbol) and x == number


class Symbols:
    """The namespace `m` that makes Symbols of the rules: see `autograd.operations`."""

    node: Callable[..., Any] | None = None  # the rules are written out
    textbook = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        of_numbers = getattr(ieee, name, None)
        if not callable(of_numbers):
            raise ValueError(f"it calls m.{name}, which is no function of autograd.ieee")

        def function(*arguments: Any) -> Any:
            if any(isinstance(argument, Symbol) for argument in arguments):
                return Symbol(name, *arguments)
            return of_numbers(*arguments)

        return function

    def where(self, condition: Any, a: Any, b: Any) -> Any:
        """a where the condition holds, else b."""
        if not isinstance(condition, Symbol):
            return a if condition else b
        return Symbol("where", condition, a, b)

    def total(self, terms: Iterable[Any]) -> Any:
        """The sum of at least one term, in order."""
        return Symbol("total", *terms)

    def take(self, index: Any, values: Sequence[Any]) -> Any:
        """values[index]."""
        return Symbol("take", index, *values)

    finished = take  # the errors differ, which Python raises


class _Textbook(Symbols):
    """The namespace `m` for whoever shows a rule: other operations stand there by their names."""

    textbook = True

    @staticmethod
    def node(name: str, *operands: Any) -> Symbol:
        """The operation of that name."""
        return Symbol(name, *operands)


class Rule(NamedTuple):
    """What an operation computes of so many operands; of a marker, the value is None."""

    value: Any
    partials: list[Any]


def read_rule(operation: Operation, operands: int, textbook: bool = False) -> Rule:
    """The rule of an operation with so many operands, in Symbols and plain numbers.

    Of `maximum`, `minimum` and `logsumexp`, a printer may take an operand for a whole list of them: a family.

    Args:
        textbook: read the partials as textbooks have them, and not as they are computed.

    Raises:
        ValueError: when it cannot be read: it branches, or calls what `autograd.ieee` does not have.

    >>> from autograd import OPERATIONS
    >>> rule = read_rule(OPERATIONS["mul"], 2)
    >>> rule.value.function, rule.partials[0].arguments
    ('*', (1,))
    """
    m = _Textbook() if textbook else Symbols()
    symbols = [Symbol(OPERAND, i) for i in range(operands)]
    try:
        value = operation.value(m, *symbols)
        if value is None and not operands:
            return Rule(None, [])
        partials = [_number(partial) for partial in operation.partials(m, Symbol(RESULT), *symbols)]
        if len(partials) != operands:
            raise ValueError(f"it gives {len(partials)} partial derivatives for {operands} operands")
        return Rule(_number(value), partials)
    except Exception as error:  # whatever a rule may do
        raise ValueError(f"the rule of the operation {operation.name!r} cannot be read: {error}") from error


def in_order(results: Iterable[Any]) -> list[Symbol]:
    """All Symbols that the results are made of, each once and after its arguments. Numbers are left out."""
    order: list[Symbol] = []
    entered: set[int] = set()
    done: set[int] = set()
    stack = [result for result in results if isinstance(result, Symbol)][::-1]
    while stack:
        symbol = stack[-1]
        if id(symbol) not in entered:
            entered.add(id(symbol))
            stack.extend(a for a in reversed(symbol.arguments) if isinstance(a, Symbol) and id(a) not in entered)
        else:
            stack.pop()
            if id(symbol) not in done:
                done.add(id(symbol))
                order.append(symbol)
    return order


_ON_NUMBERS: dict[str, Callable[..., float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, NEGATIVE: operator.neg, ABSOLUTE: abs,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def on_numbers(function: str, arguments: Sequence[float]) -> float:
    """What the function of a Symbol gives of plain numbers: for a printer that knows some of the operands.

    >>> on_numbers("*", (2.0, 3.0)), on_numbers("exp", (0.0,)), on_numbers("<", (1.0, 2.0))
    (6.0, 1.0, True)
    """
    if function == "total":
        return ieee.total(arguments)
    if function == "take":
        return ieee.take(arguments[0], arguments[1:])
    return (_ON_NUMBERS.get(function) or getattr(ieee, function))(*arguments)
