"""The derivative of a function of one float by differences, with an estimate of how wrong it may be.

The difference quotient with step h misses the derivative by two errors: that of the step, a power series in h, and
that of rounding, ε·|f|/h. Neither is known beforehand. So f is looked at on many scales, with steps that fall from the
size of x to its rounding; each quotient is combined with those before so that the first terms of the series cancel
(Richardson's extrapolation), and the combination that disagrees least with its neighbours is taken (Ridders' method).

Sources: Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in Engineering Software 4 (1982) 75-76;
Press, Teukolsky, Vetterling & Flannery, "Numerical Recipes", 3rd edition, section 5.7.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import copysign, e, inf, isfinite, isinf, nan, ulp
from sys import float_info
from typing import NamedTuple

FACTOR = 4.0  # from a step to the next smaller one
FIRST = 2 / e  # of the size of x, or of 1: no function has this period
FINEST = 1e-24  # at 0, which has no size
ORDERS = 5  # how many terms of the series are cancelled
UNRESOLVED = 1e-8  # of the largest step
REFUTES = 20.0  # an estimate from smaller steps refutes another that is so many times its error away
LAST = 6  # so many of the smallest steps show whether quotients grow without bound


class Estimate(NamedTuple):
    """A derivative found by differences: by how much it may be wrong, and the smallest step it was made from.

    Where quotients grow without bound, it is an infinity; `jumps` where the function itself jumps there.
    """

    derivative: float
    error: float
    step: float
    jumps: bool = False


class Quotient(NamedTuple):
    """A difference divided by its step, and the rounding error of it."""

    number: float
    rounding: float
    step: float


class Differences(NamedTuple):
    """What was found around a point: from both sides together, and from each one; None where f has no numbers."""

    central: Estimate | None
    left: Estimate | None
    right: Estimate | None


def differences(f: Callable[[float], float], x: float, y: float, allowed: Callable[[float], float]) -> Differences:
    """The derivative of f at x, where x and f(x) = y are finite.

    Args:
        f: gives nan outside of its domain.
        allowed: by how much a derivative of this size may be wrong: the estimate that is best by this is taken.

    >>> central, left, right = differences(abs, 0.0, 0.0, lambda derivative: 1e-6)
    >>> left.derivative, central.derivative, right.derivative
    (-1.0, 0.0, 1.0)
    """
    central, left, right = [], [], []
    step = FIRST * max(1.0, abs(x))
    finest = max(64.0 * ulp(x), FINEST)
    while step > finest:
        a, b = x - step, x + step
        below, above = f(a), f(b)
        central.append(quotient(below, above, b - a, step))
        left.append(quotient(below, y, x - a, step))
        right.append(quotient(y, above, b - x, step))
        step /= FACTOR
    return Differences(extrapolated(central, 2, allowed), _one_sided(left, allowed), _one_sided(right, allowed))


def quotient(below: float, above: float, distance: float, step: float) -> Quotient:
    """The difference quotient, by the distance that was taken after rounding."""
    rounding = float_info.epsilon * max(abs(below), abs(above)) / distance
    return Quotient((above - below) / distance if isfinite(distance) else nan, rounding, step)


def extrapolated(quotients: Sequence[Quotient], power: int, allowed: Callable[[float], float]) -> Estimate | None:
    """The best estimate from quotients whose steps fall by FACTOR; None where too few of them are finite.

    Args:
        power: of the step: what is left out by a quotient is a series in step^power.
        allowed: see `differences`.

    >>> cube = [quotient((1 - h) ** 3, (1 + h) ** 3, 2 * h, h) for h in (0.64, 0.16, 0.04)]
    >>> round(extrapolated(cube, 2, lambda derivative: 1e-6).derivative, 9)
    3.0
    """
    found: list[tuple[float, Estimate]] = []  # with what ranks it, the largest steps first
    row: list[float] = []
    for number, rounding, step in quotients:
        before, row = row, [number]  # row[j]: j terms of the series are cancelled
        if not isfinite(number):
            row = []
            continue
        ranked = []
        for j in range(1, min(len(before), ORDERS) + 1):
            row.append(row[-1] + (row[-1] - before[j - 1]) / (FACTOR ** (power * j) - 1.0))
            if j < len(before):  # its neighbour, of the larger steps, is there
                error = max(abs(row[j] - other) for other in (row[j - 1], before[j - 1], before[j])) + rounding
                ranked.append((error / max(allowed(row[j]), float_info.min), Estimate(row[j], error, step)))
        if ranked:
            found.append(min(ranked))
    return min(_consistent(found, UNRESOLVED * quotients[0].step))[1] if found else None


def _consistent(found: list[tuple[float, Estimate]], resolution: float) -> list[tuple[float, Estimate]]:
    """Those estimates that all of smaller steps confirm: others have converged on too large a scale.

    Where f does not change within a step below the resolution, rounding inside of f may have swallowed the step.
    """
    kept: list[tuple[float, Estimate]] = []
    finer: list[Estimate] = []
    for rank, estimate in reversed(found):
        number, error = estimate.derivative, estimate.error
        if all([abs(number - other.derivative) <= error + REFUTES * other.error for other in finer]):
            kept.append((rank, estimate))
        if number != 0.0 or estimate.step > resolution:
            finer.append(estimate)
    return kept


def _one_sided(quotients: Sequence[Quotient], allowed: Callable[[float], float]) -> Estimate | None:
    """The derivative from one side."""
    nearest = quotients[-1]
    if not isfinite(nearest.number):
        return Estimate(nearest.number, 0.0, nearest.step, jumps=True) if isinf(nearest.number) else None
    best = extrapolated(quotients, 1, allowed)
    if best is not None and best.error <= allowed(best.derivative):
        return best
    return _infinite(quotients) or best


def _infinite(quotients: Sequence[Quotient]) -> Estimate | None:
    """An infinite derivative, where the quotients grow as long as the step falls; None where they do not."""
    last = [q for q in quotients if isfinite(q.number) and q.rounding < 0.1 * abs(q.number)][-LAST:]
    growths = [b.number / a.number for a, b in pairwise(last)]
    if len(growths) < LAST - 1 or min(growths) < 1.1:
        return None
    return Estimate(copysign(inf, last[-1].number), 0.0, last[-1].step, jumps=min(growths) > 0.97 * FACTOR)
