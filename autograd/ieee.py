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
from typing import Any

from .unfinished import refused

node, textbook = None, False  # operations on floats make no nodes, and are no text: see the rule book
atan, atan2, erf = math.atan, math.atan2, math.erf  # these never raise


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
    if b == 2.0:  # correctly rounded, and faster
        return a * a
    if b == 1.0:  # of the derivative of a²
        return a
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


def floor(x: float) -> float:
    """The largest whole number that is not above x."""
    return math.floor(x) + 0.0 if abs(x) < 2.0**53 else x  # the others are whole, or not finite


def hypot(a: float, b: float) -> float:
    """√(a² + b²), within 1 ulp, without overflow on the way: inf where a or b is, else nan where one is nan.

    The root of the rounded squares is corrected by half of what they miss, over the root: a step of Newton's method.
    """
    a, b = abs(a), abs(b)
    if a == inf or b == inf:
        return inf
    if a < b:
        a, b = b, a
    if b == 0.0 or a != a or b != b:
        return a + b
    scale = 2.0**-600 if a > 2.0**500 else 2.0**600 if a < 2.0**-500 else 1.0
    a, b = a * scale, b * scale
    of_a, of_b = a * a, b * b
    total = of_a + of_b
    root = math.sqrt(total)
    missed = (of_b - (total - of_a)) + (_rest_of_square(a, of_a) + _rest_of_square(b, of_b))
    too_much = root * root
    missed += (total - too_much) - _rest_of_square(root, too_much)
    return (root + missed / (2.0 * root)) / scale


def _rest_of_square(x: float, square: float) -> float:
    """x² less its rounding: exact, by halves of 26 digits. Source: Dekker, "A floating-point technique …", 1971."""
    c = 134217729.0 * x  # 2²⁷ + 1
    high = c - (c - x)
    low = x - high
    return ((high * high - square) + 2.0 * high * low) + low * low


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
    if not _is_index(index, len(values)):
        raise refused(index, len(values))
    return values[int(index)]


def finished(turns: float, values: Sequence[float]) -> float:
    """As `take`, where the index is 0 for a loop that is done, and else the turns that it may take."""
    if not _is_index(turns, len(values)):
        raise refused(turns, 0)
    return values[int(turns)]


def _is_index(x: float, choices: int) -> bool:
    return x == x // 1 and 0 <= x < choices
