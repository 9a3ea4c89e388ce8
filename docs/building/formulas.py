"""A formula of the rule book as a line of text, as textbooks write it."""

from collections.abc import Sequence
from math import pi, sqrt
from typing import Any

from autograd.symbolic import ABSOLUTE, NEGATIVE, OPERAND, RESULT, Symbol

CHOICE, SUM, PRODUCT, POWER, ATOM = range(5)  # how tightly it holds together
INFIX = {"+": (" + ", SUM), "-": (" - ", SUM), "*": ("·", PRODUCT), "/": ("/", PRODUCT), "div": ("/", PRODUCT)}
COMPARISONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
RAISED = dict(zip("0123456789-xb", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ˣᵇ", strict=True))
NAMES = {"log": "ln", "sqrt": "√", "sigmoid": "σ", "ndtr": "Φ", "_density": "φ"}
BRACKETS = "√σΦφ"  # which stand around the operand of these, whatever it is


def text(x: Any, names: Sequence[str]) -> str:
    """Of a Symbol or a number; `names` are those of the operands.

    >>> from autograd import OPERATIONS
    >>> from autograd.symbolic import read_rule
    >>> text(read_rule(OPERATIONS["tan"], 1, textbook=True).partials[0], ["x"])
    '1 + y²'
    >>> text(read_rule(OPERATIONS["pow"], 2, textbook=True).partials[0], "ab")
    '0 where b = 0, else b·aᵇ⁻¹'
    """
    return _written(x, names)[0]


def _written(x: Any, names: Sequence[str]) -> tuple[str, int]:
    """The text, and how tightly it holds together."""
    if not isinstance(x, Symbol):
        return "2/√π" if x == 2 / sqrt(pi) else f"{x:g}", ATOM if x >= 0 else PRODUCT
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
    if name == "*" and not isinstance(parts[0], Symbol) and parts[0] == 0:  # which makes nan of nan
        return "0", ATOM
    if name == "*" and (factor := _written(parts[0], names))[1] == ATOM and factor == _written(parts[1], names):
        return f"{factor[0]}²", POWER
    if name == "div" and isinstance(parts[0], Symbol) and parts[0].function == NEGATIVE:
        return f"-{_written(Symbol('div', *parts[0].arguments, parts[1]), names)[0]}", SUM
    if name in INFIX:
        sign, strength = INFIX[name]
        right = strength + (name in ("-", "/", "div"))
        return f"{_within(parts[0], names, strength)}{sign}{_within(parts[1], names, right)}", strength
    if name in COMPARISONS:
        if name == "<=" and isinstance(parts[0], Symbol) and parts[0].function == ABSOLUTE:
            return f"{text(parts[0].arguments[0], names)} = {text(parts[1], names)}", SUM
        return f"{text(parts[0], names)} {COMPARISONS[name]} {text(parts[1], names)}", SUM
    if name == "where":
        return _cases(parts, names), CHOICE
    return _function(name, parts, names)


def _cases(parts: Sequence[Any], names: Sequence[str]) -> str:
    """Of `where`: a choice within its first side that ends as the second side does is one more condition."""
    condition, a, b = text(parts[0], names), parts[1], text(parts[2], names)
    if isinstance(a, Symbol) and a.function == "where" and text(a.arguments[2], names) == b:
        condition, a = f"{condition} and {text(a.arguments[0], names)}", a.arguments[1]
    holds = condition if any(sign in condition for sign in "<≤>≥=") else f"{condition} is not 0"
    return f"{_within(a, names, SUM)} where {holds}, {'' if ' where ' in b else 'else '}{b}"


def _function(name: str, parts: Sequence[Any], names: Sequence[str]) -> tuple[str, int]:
    """A power, a sum, or a function by its name."""
    if name in ("pow", "exp"):
        base, exponent = ("e", parts[0]) if name == "exp" else (_within(parts[0], names, ATOM), parts[1])
        written = text(exponent, names).replace(" ", "")
        if set(written) <= RAISED.keys():
            return base + "".join(RAISED[each] for each in written), POWER
        return f"{base}^({written})", POWER
    if name == "expm1":
        return _written(Symbol("-", Symbol("exp", *parts), 1.0), names)
    if name == "total":
        return " + ".join(_within(part, names, SUM) for part in parts), SUM
    if name == "_over_square":
        a, b = (text(part, names) for part in parts)
        return f"{a}/({a}² + {b}²)", PRODUCT
    called, operand = NAMES.get(name, name), ", ".join(text(part, names) for part in parts)
    if len(operand) == 1 and called not in BRACKETS:
        return f"{called} {operand}", PRODUCT
    return f"{called}({operand})", ATOM


def _within(x: Any, names: Sequence[str], strength: int) -> str:
    """The text, in brackets where it holds together less than what is around it."""
    written, own = _written(x, names)
    return written if own >= strength else f"({written})"
