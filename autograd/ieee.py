"""Real functions on floats as IEEE 754 has them: a result is inf or nan where Python's `math` would raise.

Compiled, those that `ieee.pxd` lists are C's own, which do the same without asking.

This is the namespace `m` that the rule book (`operations.py`) reads when a `Value` computes its number.
Training must not stop in the middle because one logarithm met a zero: `log(0)` is -inf, `1/0` is inf,
`log(-1)` is nan, `exp(1000)` is inf.

>>> div(1.0, 0.0), log(0.0), exp(1000.0), pow(-8.0, 1 / 3)
(inf, -inf, inf, nan)
"""

import math
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from math import copysign, inf, nan
from math import hypot as _hypot
from typing import Any

node = None  # operations on floats make no nodes: see `_of_book` of the rule book
atan, atan2, erf = math.atan, math.atan2, math.erf  # these never raise
hypot = _hypot  # Python's own, in both builds: it rounds better than that of C


def _made_total(
    function: Callable[[float], float], overflow: Callable[[float], float] = lambda x: inf
) -> Callable[[float], float]:
    """`function` made total: nan outside its domain, and `overflow(x)` where the result is too large for a float."""

    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return nan
        except OverflowError:
            return overflow(x)

    total.__name__ = total.__qualname__ = function.__name__
    return total


expm1, cosh = map(_made_total, (math.expm1, math.cosh))
sinh = _made_total(math.sinh, overflow=lambda x: copysign(inf, x))
sin, cos, tan, asin, acos, sqrt = map(_made_total, (math.sin, math.cos, math.tan, math.asin, math.acos, math.sqrt))


def exp(x: float) -> float:
    """eˣ: inf where it is too large for a float."""
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def log(x: float) -> float:
    """ln x: -inf at 0, nan below."""
    if x > 0:
        return math.log(x)
    return -inf if x == 0 else nan


def log1p(x: float) -> float:
    """ln(1 + x): -inf at -1, nan below."""
    if x > -1:
        return math.log1p(x)
    return -inf if x == -1 else nan


def tanh(x: float) -> float:
    """The hyperbolic tangent, between -1 and 1."""
    return math.tanh(x)


def div(a: float, b: float) -> float:
    """a / b, where x/0 is an infinity with the sign of both and 0/0 is nan."""
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0 or a != a else copysign(inf, a) * copysign(1.0, b)


def pow(a: float, b: float) -> float:
    """a ** b as C's `pow` has it: 0**0 is 1, 0**-1 is inf, (-8)**(1/3) is nan."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -inf if a < 0 and _is_odd(b) else inf
    except ValueError:
        if a != 0:
            return nan
        return copysign(inf, a) if _is_odd(b) else inf  # zero to a negative power


def _is_odd(b: float) -> bool:
    return abs(math.fmod(b, 2.0)) == 1.0  # fmod is exact; of b % 2 a small negative b rounds to a whole number


def maximum(*values: float) -> float:
    """The largest value; nan as soon as one is nan."""
    return nan if any(x != x for x in values) else max(values)


def minimum(*values: float) -> float:
    """The smallest value; nan as soon as one is nan."""
    return nan if any(x != x for x in values) else min(values)


def where(condition: float, a: float, b: float) -> float:
    """a where the condition holds (is not 0), else b."""
    return a if condition else b


def total(terms: Sequence[Any]) -> Any:
    """The sum of at least one term, in order. Python's sum() rounds floats in another way than Values, since 3.12."""
    return reduce(operator.add, terms)


def take(index: float, values: Sequence[float]) -> float:
    """values[index], for an index that is a whole number from 0 to len(values) - 1."""
    if not (index == index // 1 and 0 <= index < len(values)):
        raise IndexError(f"take: the index must be a whole number from 0 to {len(values) - 1}, got {index:g}")
    return values[int(index)]
