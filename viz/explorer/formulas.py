"""A rule of the rule book as formulas to read, with {0}, {1}, … for the operands and {y} for the value."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from autograd.operations import Operation
from autograd.symbolic import ABSOLUTE, COMPARISONS, NEGATIVE, OPERAND, RESULT, Rule, Symbol, in_order, is_number

_LONGEST = 60  # characters; a longer formula explains nothing
_MANY = 4  # more arguments are not all written
_PYTHON = frozenset(("+", "-", "*", "/", "**", "abs", *COMPARISONS))  # symbols of operations that are read as formulas
_COMPARISON, _SUM, _MINUS, _PRODUCT, _POWER, _WHOLE = range(6)  # how tightly a text holds together
_SIGNS = {"<=": "≤", ">=": "≥"}


class Texts(NamedTuple):
    """The formulas of an operation; "" where one would be too long."""

    value: str
    partials: list[str]


def formulas(operation: Operation, operands: int, rule: Rule) -> Texts:
    """The value and the partial derivatives of an operation as texts.

    A function is given by its name, not by its definition: the value of tanh is "tanh({0})".

    >>> from autograd import OPERATIONS
    >>> from autograd.symbolic import read_rule
    >>> div = OPERATIONS["div"]
    >>> formulas(div, 2, read_rule(div, 2))
    Texts(value='{0} / {1}', partials=['1 / {1}', '-{y} / {1}'])
    """
    write = _Writer([rule.value, *rule.partials])
    if operation.symbol in _PYTHON or (isinstance(rule.value, Symbol) and rule.value.function == "total"):
        value = write.text(rule.value)
    else:
        value = _unless_long(_call(operation.name, [f"{{{i}}}" for i in range(operands)]))
    return Texts(value, [write.text(partial) for partial in rule.partials])


class _Formula(NamedTuple):
    text: str
    binding: int


class _Writer:
    """Writes the Symbols that the results are made of, from the operands up: no recursion, however long a sum is."""

    def __init__(self, results: Iterable[Any]) -> None:
        self._formulas: dict[int, _Formula] = {}  # of a Symbol, by its id
        for symbol in in_order(results):
            formula = self._written(symbol)
            self._formulas[id(symbol)] = formula._replace(text=_unless_long(formula.text))

    def text(self, x: Any) -> str:
        """A Symbol or a number as a text; "" where it is too long."""
        return self._formula(x).text

    def _formula(self, x: Any) -> _Formula:
        if isinstance(x, Symbol):
            return self._formulas[id(x)]
        text = f"{x + 0.0:.6g}".replace("inf", "∞")  # -0.0 + 0.0 is 0.0
        return _Formula(text, _MINUS if x < 0 else _WHOLE)

    def _part(self, x: Any, binding: int, first: bool = False) -> str:
        """As a part of another formula: in brackets unless it binds as tightly; a minus only at the beginning."""
        text, its_binding = self._formula(x)
        return text if its_binding >= binding and (first or not text.startswith("-")) else f"({text})"

    def _written(self, symbol: Symbol) -> _Formula:
        function, arguments = symbol.function, symbol.arguments
        if function == OPERAND:
            return _Formula(f"{{{arguments[0]}}}", _WHOLE)
        if function == RESULT:
            return _Formula(f"{{{RESULT}}}", _WHOLE)
        if function == "*" and any(is_number(a, 0.0) for a in arguments):
            return _Formula("0", _WHOLE)
        if "" in map(self.text, arguments[: _MANY + 1]):
            return _Formula("", _WHOLE)
        if function == "where":
            return _Formula(f"({self._cases(*arguments)})", _WHOLE)
        if function == "total":
            terms = [self._part(a, _SUM, first=a is arguments[0]) for a in arguments[: _MANY + 1]]
            return _Formula(" + ".join(terms if len(terms) <= _MANY else [*terms[:2], "…"]), _SUM)
        if function == ABSOLUTE:
            return _Formula(f"|{self.text(arguments[0])}|", _WHOLE)
        if function == NEGATIVE:
            return _Formula("-" + self._part(arguments[0], _PRODUCT), _MINUS)
        if function in COMPARISONS:
            return _Formula(self._comparison(function, *arguments), _COMPARISON)
        if function in ("+", "-", "*", "div", "pow"):
            return self._arithmetic(function, *arguments)
        return _Formula(_call(function, [self.text(argument) for argument in arguments]), _WHOLE)

    def _arithmetic(self, function: str, a: Any, b: Any) -> _Formula:
        match function:
            case "+":
                return _Formula(f"{self._part(a, _SUM, first=True)} + {self._part(b, _SUM)}", _SUM)
            case "-":
                return _Formula(f"{self._part(a, _SUM, first=True)} - {self._part(b, _PRODUCT)}", _SUM)
            case "*" if a is b:
                return _Formula(f"{self._part(a, _WHOLE)}^2", _POWER)
            case "*":
                return _Formula(f"{self._part(a, _MINUS, first=True)} · {self._part(b, _PRODUCT)}", _PRODUCT)
            case "div":
                return _Formula(f"{self._part(a, _MINUS, first=True)} / {self._part(b, _POWER)}", _PRODUCT)
        return _Formula(f"{self._part(a, _WHOLE)}^{self._part(b, _WHOLE)}", _POWER)

    def _cases(self, condition: Any, a: Any, b: Any) -> str:
        """a if condition else b"""
        conditions = self.text(condition)
        if isinstance(a, Symbol) and a.function == "where" and a.arguments[2] is b:
            conditions += f" and {self.text(a.arguments[0])}"
            a = a.arguments[1]
        return f"{self.text(a)} if {conditions} else {self.text(b)}"

    def _comparison(self, function: str, a: Any, b: Any) -> str:
        """a < b; the rule book writes a = b as |a - b| <= 0."""
        if function == "<=" and is_number(b, 0.0) and a.function == ABSOLUTE:
            (a,) = a.arguments
            function = "="
            if isinstance(a, Symbol) and a.function == "-":
                a, b = a.arguments
        return f"{self.text(a)} {_SIGNS.get(function, function)} {self.text(b)}"


def _call(name: str, arguments: list[str]) -> str:
    name = name.removeprefix("_")  # of an operation that only derivatives use
    if len(arguments) > _MANY:
        arguments = [*arguments[:2], "…", arguments[-1]]
    return f"{name}({', '.join(arguments)})"


def _unless_long(text: str) -> str:
    return text if len(re.sub(r"\{\w+\}", "{0}", text)) <= _LONGEST else ""
