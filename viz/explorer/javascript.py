"""The rule book as JavaScript: what the page's own interpreter computes with, made from the same entries.

Each rule is read by `autograd.symbolic`, and what comes out is written as a function. What a rule calls on `m` is in
web/state/arithmetic.js, which does what `autograd.ieee` does.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import inf
from typing import Any

from autograd.operations import Operation
from autograd.symbolic import ABSOLUTE, COMPARISONS, NEGATIVE, OPERAND, RESULT, Rule, Symbol, in_order, read_rule

from .formulas import formulas
from .page import read

_COMPARISON, _SUM, _PRODUCT, _MINUS, _WHOLE = range(5)  # how tightly a text holds together
_BINARY = {"+": _SUM, "-": _SUM, "*": _PRODUCT} | dict.fromkeys(COMPARISONS, _COMPARISON)
_WRITTEN_OUT = frozenset((OPERAND, RESULT, NEGATIVE, ABSOLUTE, *_BINARY))  # not called on m
_OF_LISTS = ("maximum", "minimum", "total")  # take one list: JavaScript bounds how many arguments there are
_DEEPEST = 20  # operators inside each other; what is deeper gets a name, since parsers are recursive


def rules_in_javascript(operations: Sequence[tuple[Operation, int]]) -> str:
    """The JavaScript that defines RULES, an array with an entry for every (operation, how many operands), in order.

    An entry has the fields

        name, symbol, operands    of the operation
        chooses                   is a partial derivative of 0 an edge that is not there?
        value(m, …)               y
        partials(m, y, …)         [∂y/∂operand₁, ∂y/∂operand₂, …]
        formulas                  both as trees to read, see `formulas.py`

    where … are one or two operands, or else one array of all. Of a marker, which computes nothing, the last three are
    null. Names are JSON strings of ASCII characters without <, so that the text may stand in HTML whatever they are.

    Raises:
        ValueError: when a rule cannot be read, because it branches on a number or the like, or when it calls on `m`
            what the page does not have.

    >>> from autograd import OPERATIONS
    >>> print(rules_in_javascript([(OPERATIONS["tanh"], 1)]))
    const RULES = [
    { name: "tanh", symbol: "tanh", operands: 1, chooses: false,
      value: (m, x) => m.tanh(x),
      partials: (m, y, x) => { const t0 = m.exp(-Math.abs(2 * x)); return [4 * m.div(t0, 1 + t0 * (2 + t0))]; },
      formulas: {"value": ["call", "tanh", ["operand", 0]], "partials": [["-", 1, ["^", ["y"], 2]]]} },
    ];
    """
    return "\n".join(["const RULES = [", *[_entry(*each) for each in operations], "];"])


@cache
def page_functions() -> frozenset[str]:
    """What a rule may call on `m`: the functions of arithmetic.js, and where, which JavaScript writes c ? a : b."""
    _, functions = read("state/arithmetic.js").split("export const arithmetic = {\n")
    return frozenset(re.findall(r"^  (\w+)[:(]", functions, re.MULTILINE)) | {"where"}


def _entry(operation: Operation, operands: int) -> str:
    rule = read_rule(operation, operands)
    for symbol in in_order([rule.value, *rule.partials]):
        if symbol.function not in _WRITTEN_OUT and symbol.function not in page_functions():
            raise ValueError(
                f"the rule of the operation {operation.name!r} cannot be written in JavaScript: it calls "
                f"m.{symbol.function}, which the page does not have in its arithmetic.js"
            )
    fields = {
        "name": operation.name.lstrip("_"),
        "symbol": operation.symbol,
        "operands": operands,
        "chooses": operation.chooses,
    }
    head = "{ " + "".join(f"{field}: {_json(x)}, " for field, x in fields.items()).rstrip()
    if rule.value is None:
        return f"{head} value: null, partials: null, formulas: null }},"
    given = "x" if operands == 1 else "a, b" if operands == 2 else "all"
    trees = formulas(operation, operands, read_rule(operation, operands, textbook=True))
    return (
        f"{head}\n  value: (m, {given}) => {_body(rule, operands, False)},"
        f"\n  partials: (m, y, {given}) => {_body(rule, operands, True)},"
        f"\n  formulas: {_json(trees._asdict())} }},"
    )


def _body(rule: Rule, operands: int, partials: bool) -> str:
    """What stands behind the => of a function."""
    statements, texts = written(rule.partials if partials else [rule.value], operands)
    result = f"[{', '.join(texts)}]" if partials else texts[0]
    return f"{{ {' '.join(statements)} return {result}; }}" if statements else result


def written(results: Sequence[Any], operands: int) -> tuple[list[str], list[str]]:
    """Statements, and after these an expression for each result; the operands are x, or a and b, or else all[0], ….

    >>> from autograd import OPERATIONS
    >>> written([read_rule(OPERATIONS["mul"], 2).value], 2)
    ([], ['a * b'])
    """
    write = _Writer(results, operands)
    return write.statements, [write.text(result) for result in results]


def _json(x: Any) -> str:
    return json.dumps(x).replace("<", "\\u003c")  # no </script> comes out of a name


class _Writer:
    """Writes Symbols as expressions of JavaScript; what is used more than once gets a name, in `statements`."""

    def __init__(self, results: Sequence[Any], operands: int) -> None:
        self.statements: list[str] = []
        self._written: dict[int, tuple[str, int]] = {}  # of a Symbol, by its id: its text, and how tightly it holds
        self._depths: dict[int, int] = {}
        self._operands = ("x",) if operands == 1 else ("a", "b") if operands == 2 else None
        order = in_order(results)
        parts = [part for symbol in order for part in symbol.arguments]
        uses = Counter(id(part) for part in [*parts, *results] if isinstance(part, Symbol))
        for symbol in order:
            self._write(symbol, shared=uses[id(symbol)] > 1)

    def text(self, x: Any, binding: int = _COMPARISON) -> str:
        """A number as a text, in brackets where it does not bind as tightly. A comparison is 1 or 0, as in Python."""
        if isinstance(x, Symbol) and x.function in COMPARISONS:
            return f"Number({self._written[id(x)][0]})"
        text, its_binding = self._written[id(x)] if isinstance(x, Symbol) else _literal(x)
        return text if its_binding >= binding else f"({text})"

    def _write(self, symbol: Symbol, shared: bool) -> None:
        text, binding = self._expression(symbol)
        given = symbol.function in (OPERAND, RESULT)
        depth = 0 if given else 1 + max((self._depths.get(id(part), 0) for part in symbol.arguments), default=0)
        if not given and (shared or depth > _DEEPEST):
            name = f"t{len(self.statements)}"
            self.statements.append(f"const {name} = {text};")
            text, binding, depth = name, _WHOLE, 0
        self._written[id(symbol)] = text, binding
        self._depths[id(symbol)] = depth

    def _expression(self, symbol: Symbol) -> tuple[str, int]:
        function, arguments = symbol.function, symbol.arguments
        if function == OPERAND:
            return (self._operands[arguments[0]] if self._operands else f"all[{arguments[0]}]"), _WHOLE
        if function == RESULT:
            return RESULT, _WHOLE
        if function in _BINARY:
            binding = _BINARY[function]
            a, b = arguments
            return f"{self.text(a, binding)} {function} {self.text(b, binding + 1)}", binding  # a - (b - c)
        if function == NEGATIVE:
            return f"-{self.text(arguments[0], _WHOLE)}", _MINUS
        texts = [self.text(argument) for argument in arguments]
        if function == "where":
            condition = self._condition(arguments[0])
            return f"({condition} ? {texts[1]} : {texts[2]})", _WHOLE
        if function == ABSOLUTE:
            return f"Math.abs({texts[0]})", _WHOLE
        if function == "take":
            return f"m.take({texts[0]}, [{', '.join(texts[1:])}])", _WHOLE
        listed = ", ".join(texts)
        return f"m.{function}([{listed}])" if function in _OF_LISTS else f"m.{function}({listed})", _WHOLE

    def _condition(self, x: Symbol) -> str:
        """Nan holds, as in Python: it is not 0."""
        return self._written[id(x)][0] if x.function in COMPARISONS else f"{self.text(x, _SUM)} !== 0"


def _literal(x: float) -> tuple[str, int]:
    if x != x:
        return "NaN", _WHOLE
    if abs(x) == inf:
        return ("Infinity", _WHOLE) if x > 0 else ("-Infinity", _MINUS)
    text = repr(x)
    return (text if x == 0 and text[0] == "-" else text.removesuffix(".0")), _MINUS if text[0] == "-" else _WHOLE
