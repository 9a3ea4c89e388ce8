"""A rule of the rule book as formulas: trees that the page fills with names and numbers, and writes.

A tree is a number, or a list: what it is, then its parts, which are trees.

    ["operand", i], ["y"]                                  what the operation takes, and its value
    ["+", a, b], ["-", a, b], ["*", a, b], ["/", a, b], ["^", a, b], ["negative", a], ["absolute", a]
    ["total", a, b, …]                                     a + b + …
    ["<", a, b], ["≤", a, b], [">", a, b], ["≥", a, b], ["=", a, b], ["and", condition, condition]
    ["if", condition, a, b]                                a where the condition holds, else b
    ["call", name, a, …]                                   a function
    ["…"]                                                  what is left out

Which brackets it needs, as a text and typeset, the page knows alone: web/state/formulas/notation.js.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias

from autograd.operations import Operation
from autograd.symbolic import ABSOLUTE, COMPARISONS, NEGATIVE, OPERAND, RESULT, Rule, Symbol, in_order, is_number

Tree: TypeAlias = Any  # a number or a list, see above; None where it would be too large

_LARGEST = 64  # symbols; the page shows of this the case that holds, and says nothing where that is still long
_SMALL, _ALL = 10, 4000  # of an operation of many operands: larger partials, if all together have so many symbols
_MANY = 4  # more arguments are not all written
_WRITTEN_OUT = frozenset(("+", "-", "*", "/", "**", "abs", "where", *COMPARISONS))  # symbols; others go by name
_HEADS = {"div": "/", "pow": "^", "<=": "≤", ">=": "≥", NEGATIVE: "negative", ABSOLUTE: "absolute"}
_AS_IN_BOOKS = frozenset(("+", "-", "*", "<", ">", *_HEADS))


class Formulas(NamedTuple):
    """The trees of an operation; None where one would be too large."""

    value: Tree
    partials: list[Tree]


def formulas(operation: Operation, operands: int, rule: Rule) -> Formulas:
    """The value and the partial derivatives of an operation as trees.

    A function is given by its name, not by its definition; `where` by the case that the page chooses.

    >>> from autograd import OPERATIONS
    >>> from autograd.symbolic import read_rule
    >>> div = OPERATIONS["div"]
    >>> formulas(div, 2, read_rule(div, 2)).value
    ['/', ['operand', 0], ['operand', 1]]
    """
    trees = _Trees([rule.value, *rule.partials])
    value = _call(operation.name, [["operand", i] for i in range(operands)])
    if operation.symbol in _WRITTEN_OUT or getattr(rule.value, "function", None) == "total":
        written = trees.tree(rule.value)
        value = value if written is None else written
    if operation.name == "_exp_of_difference":  # of softmax: by its formula, since nobody knows its name
        value = ["call", "exp", ["-", ["operand", 0], ["operand", 1]]]
    partials = [trees.tree(partial) for partial in rule.partials]
    if operands * max(map(trees.size, rule.partials), default=0) > _ALL:
        partials = [tree if trees.size(x) <= _SMALL else None for tree, x in zip(partials, rule.partials, strict=True)]
    return Formulas(value, partials)


class _Trees:
    """Makes trees of Symbols, from the operands up: no recursion, however long a sum is."""

    def __init__(self, results: Iterable[Any]) -> None:
        self._trees: dict[int, tuple[Tree, int]] = {}  # of a Symbol, by its id: with how many symbols it has
        for symbol in in_order(results):
            size = 1 + sum(map(self.size, _shown(symbol)))
            self._trees[id(symbol)] = (self._made(symbol), size) if size <= _LARGEST else (None, size)

    def tree(self, x: Any) -> Tree:
        """Of a Symbol or a number."""
        if isinstance(x, Symbol):
            return self._trees[id(x)][0]
        return int(x) if abs(x) < 1e15 and x == int(x) else x  # 1 and not 1.0, 0 and not -0.0

    def size(self, x: Any) -> int:
        """Of a Symbol or a number: how many symbols are shown of it."""
        return self._trees[id(x)][1] if isinstance(x, Symbol) else 1

    def _made(self, symbol: Symbol) -> Tree:
        function, arguments = symbol.function, symbol.arguments
        if function == OPERAND:
            return ["operand", arguments[0]]
        if function == RESULT:
            return ["y"]
        if function == "*" and any(is_number(a, 0.0) for a in arguments):
            return 0
        if function == "+" and is_number(arguments[1], 0.0):  # which the rule book adds for the sign of a zero
            return self.tree(arguments[0])
        parts = [self.tree(argument) for argument in _shown(symbol)]
        if None in parts:
            return None
        if function == "*" and arguments[0] is arguments[1]:
            return ["^", parts[0], 2]
        if function == "where":
            return _cases(*parts)
        if function == "<=" and is_number(arguments[1], 0.0) and parts[0][0] == "absolute":  # the rule book's a = b
            [_, inside] = parts[0]
            return ["=", *inside[1:]] if inside[0] == "-" else ["=", inside, 0]
        if function == "total":
            return ["total", *parts, *([["…"]] if len(parts) < len(arguments) else [])]
        if function in _AS_IN_BOOKS:
            return [_HEADS.get(function, function), *parts]
        return _call(function, [self.tree(argument) for argument in arguments])


def _shown(symbol: Symbol) -> tuple[Any, ...]:
    """The arguments that are written; of a long sum the first two."""
    if symbol.function == OPERAND:
        return ()
    return symbol.arguments if len(symbol.arguments) <= _MANY else symbol.arguments[:2]


def _cases(condition: Tree, a: Tree, b: Tree) -> Tree:
    """a if condition else b; two conditions for the same are one."""
    if isinstance(a, list) and a[0] == "if" and a[3] == b and a[1][0] != "and":
        return ["if", ["and", condition, a[1]], a[2], b]
    return ["if", condition, a, b]


def _call(name: str, arguments: list[Tree]) -> Tree:
    if len(arguments) > _MANY:
        arguments = [*arguments[:2], ["…"], arguments[-1]]
    return None if None in arguments else ["call", name.lstrip("_"), *arguments]
