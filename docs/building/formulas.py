"""A formula of the rule book as a line of text."""

from collections.abc import Sequence
from typing import Any

from autograd.symbolic import ABSOLUTE, NEGATIVE, OPERAND, RESULT, Symbol

CHOICE, SUM, PRODUCT, POWER, ATOM = range(5)  # how tightly it holds together
INFIX = {"+": (" + ", SUM), "-": (" - ", SUM), "*": ("·", PRODUCT), "/": ("/", PRODUCT), "div": ("/", PRODUCT)}
COMPARISONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
POWERS = {"2": "²", "3": "³"}


def text(x: Any, names: Sequence[str]) -> str:
    """Of a Symbol or a number; `names` are those of the operands.

    >>> from autograd import OPERATIONS
    >>> from autograd.symbolic import read_rule
    >>> text(read_rule(OPERATIONS["tan"], 1, textbook=True).partials[0], ["x"])
    '1 + y²'
    """
    return _written(x, names)[0]


def _written(x: Any, names: Sequence[str]) -> tuple[str, int]:
    """The text, and how tightly it holds together."""
    if not isinstance(x, Symbol):
        return f"{x:g}", ATOM if x >= 0 else PRODUCT
    name, parts = x.function, x.arguments
    if name == OPERAND:
        return names[parts[0]], ATOM
    if name == RESULT:
        return "y", ATOM
    if name == NEGATIVE:
        return f"-{_within(parts[0], names, PRODUCT)}", SUM
    if name == ABSOLUTE:
        return f"|{text(parts[0], names)}|", ATOM
    if name == "+" and not isinstance(parts[1], Symbol) and parts[1] == 0:  # which makes 0 of -0
        return _written(parts[0], names)
    if name == "*" and (factor := _written(parts[0], names))[1] == ATOM and factor == _written(parts[1], names):
        return f"{factor[0]}²", POWER
    if name in INFIX:
        sign, strength = INFIX[name]
        right = strength + (name in ("-", "/", "div"))
        return f"{_within(parts[0], names, strength)}{sign}{_within(parts[1], names, right)}", strength
    if name in COMPARISONS:
        return f"{text(parts[0], names)} {COMPARISONS[name]} {text(parts[1], names)}", SUM
    if name == "where":
        condition, b = text(parts[0], names), text(parts[2], names)
        return f"{_within(parts[1], names, SUM)} if {condition} else {b}", CHOICE
    if name == "pow":
        exponent = text(parts[1], names)
        return f"{_within(parts[0], names, ATOM)}{POWERS.get(exponent, f'^{_within(parts[1], names, ATOM)}')}", POWER
    if name == "total":
        return " + ".join(_within(part, names, SUM) for part in parts), SUM
    return f"{name.lstrip('_')}({', '.join(text(part, names) for part in parts)})", ATOM


def _within(x: Any, names: Sequence[str], strength: int) -> str:
    """The text, in brackets where it holds together less than what is around it."""
    written, own = _written(x, names)
    return written if own >= strength else f"({written})"
