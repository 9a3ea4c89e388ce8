"""Derivatives by finite differences, and exact ones checked by them."""

from collections.abc import Callable
from math import inf, isfinite, isinf, isnan, nan
from sys import float_info
from typing import Any, NamedTuple, NoReturn

from .conversion import real
from .differences import Estimate, Quotient, differences, quotient
from .differentiation import value_and_grad
from .recording import block, current, no_grad
from .structures import flat_numbers, leaf_of, map_numbers, one_result, replaced, unwrapped
from .value import Value

STEP = 6.0554544523933395e-06  # ∛ε: balances the error of the difference, h², against the rounding, ε/h
DOUBT = 10.0  # a derivative is wrong for sure where it is so many times further away than the differences may err
MOST_ROUNDING = 100.0  # times what is allowed: where the rounding of f is larger, it hides too much


class GradcheckError(AssertionError):
    """A gradient differs from the finite differences."""


class GradcheckUndecided(GradcheckError):
    """Finite differences cannot tell whether the gradient is right: f is not smooth, or not accurate enough, there."""


def numerical_gradient(f: Callable[[Any], Any], x: Any, step: float = STEP) -> Any:
    """The gradient of f at x by central differences: (f(x + h) - f(x - h)) / 2h for every number in x.

    Args:
        f: as for `grad`, of one argument.
        x: a number, a (nested) list of numbers, or an array.
        step: h for numbers up to 1 in size; larger ones get h·|x|. The default is the cube root of the rounding error.

    Returns:
        The gradient in the shape of x.

    Raises:
        TypeError: when x is not made of numbers, or f returns something else than a number or a Value; inside of a
            function that is being differentiated, when f depends on what that is differentiated by.
        ValueError: when the step is not greater than 0, or is lost in the rounding of a number.

    >>> round(numerical_gradient(lambda x: x**3, 2.0), 6)
    12.0
    """
    numbers = flat_numbers(x)
    derivative = current().derivative
    y = None if derivative is None else unwrapped(f(map_numbers(leaf_of, x)))
    if derivative is not None and isinstance(y, Value) and derivative.has_an_argument_below(y):
        raise TypeError(
            "numerical_gradient() of what depends on the arguments, in a function that is being differentiated: its "
            "result is a plain number, whose gradient would be lost; take grad(f)"
        )
    return replaced(
        x, iter([_difference(_along(f, x, numbers, i), numbers[i], step).number for i in range(len(numbers))])
    )


def gradcheck(
    f: Callable[[Any], Any], x: Any, *, step: float | None = None, rtol: float = 1e-6, atol: float = 1e-8
) -> bool:
    """Compare the gradient of f at x with finite differences.

    Their steps are chosen by the scales of x and of f, and extrapolated to 0 with an estimate of the error (Ridders'
    method; see `autograd.differences`). At the border of f's domain they are taken from one side.

    At a kink, where the derivatives from the left and from the right differ, all between them is right: relu'(0) = 0,
    abs'(0) = 0, a tie of `maximum` that is shared. Where f jumps, the derivative is that from the side that f(x)
    belongs to. Infinity is right where the quotients grow without bound: √'(0). nan never is.

    Args:
        f, x: as for `numerical_gradient`.
        step: take the central difference with this one step instead, as `numerical_gradient` does.
        rtol, atol: they may differ by atol + rtol·|difference quotient|, and by what the differences themselves may
            be wrong. Where derivatives are far below 1, give a smaller atol.

    Returns:
        True.

    Raises:
        ValueError: when rtol or atol is negative or not finite.
        GradcheckError: names the number of x, the step, both derivatives and how far they are apart.
        GradcheckUndecided: a GradcheckError; differences cannot tell here. f is nan or infinite, jumps, or its
            rounding, ε·|f|/h, hides more than a hundred times what is allowed. Try another point.

    Sources: Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", 1982; Press et al., "Numerical Recipes", 5.7.

    >>> gradcheck(lambda x: x[0] * x[1], [2.0, 3.0])
    True
    >>> gradcheck(lambda x: abs(x), 0.0)  # between -1 and 1
    True
    """
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not 0.0 <= tolerance < inf:
            raise ValueError(f"{name} must be a finite number of at least 0, got {tolerance!r}")
    numbers = flat_numbers(x)
    with block() as state:
        state.graphs, state.derivative = False, None  # what is checked goes nowhere: nothing is lost
        y, gradient = value_and_grad(f)(x)
    paths: list[str] = []
    map_numbers(lambda number, path: paths.append(path), x, "x")
    for i, (path, derivative) in enumerate(zip(paths, flat_numbers(gradient), strict=True)):
        along = _along(f, x, numbers, i)
        rounding = float_info.epsilon * abs(y) / (STEP * max(1.0, abs(numbers[i])))
        claim = _Claim(derivative, f"the derivative by {path} at {path} = {numbers[i]!r}", rtol, atol, rounding)
        if step is not None:
            _check_by_step(claim, along, numbers[i], step)
        elif not _at_a_glance(claim, _tried(along), numbers[i], y):
            _check(claim, _tried(along), numbers[i], y)
    return True


class _Claim(NamedTuple):
    """A derivative that is to be checked, what it is in words, and how exact it must be."""

    derivative: float
    words: str
    rtol: float
    atol: float
    rounding: float

    def allowed(self, derivative: float) -> float:
        """How far it may be from this one."""
        return self.atol + self.rtol * abs(derivative) if isfinite(derivative) else self.atol

    def may_err(self, derivative: float) -> float:
        """By how much differences that give this one may be wrong and still decide: by more where f's rounding is."""
        return self.allowed(derivative) + min(self.rounding, MOST_ROUNDING * self.allowed(derivative))

    def wrong(self, differences: str, apart: float, allowed: float) -> NoReturn:
        raise GradcheckError(
            f"{self.words} is {self.derivative!r}, but {differences}: {apart:.3g} apart, allowed are {allowed:.3g}"
        )

    def undecided(self, why: str) -> NoReturn:
        hint = "; inside detect_anomaly() a nan names the line it comes from" if isnan(self.derivative) else ""
        raise GradcheckUndecided(
            f"differences cannot tell whether {self.words}, {self.derivative!r}, is right: {why}. "
            f"Try another point, a larger rtol or atol, or a step of your own{hint}"
        )


def _check_by_step(claim: _Claim, f: Callable[[float], float], x: float, step: float) -> None:
    """By the central difference with one step."""
    number, _, h = _difference(f, x, step)
    apart, allowed = abs(claim.derivative - number), claim.allowed(number)
    if isnan(number):
        claim.undecided(f"the central difference with step {h:.3g} gives nan")
    if not (apart <= allowed < inf or claim.derivative == number):
        claim.wrong(f"the central difference with step {h:.3g} gives {number!r}", apart, allowed)


def _at_a_glance(claim: _Claim, f: Callable[[float], float], x: float, y: float) -> bool:
    """Whether two central differences, with steps of different sizes, agree with it: then nothing else is needed."""
    for step in (8.0 * STEP, STEP):
        number, rounding, _ = _difference(f, x, step)
        allowed = claim.allowed(number)
        if not (abs(claim.derivative - number) <= allowed and rounding <= allowed):
            return False
    return isfinite(y)


def _check(claim: _Claim, f: Callable[[float], float], x: float, y: float) -> None:
    """By all that differences can tell: from both sides together, at a border from one, at a kink from each."""
    if not (isfinite(x) and isfinite(y)):
        claim.undecided(f"f is {y} there")
    central, *one_sided = differences(f, x, y, claim.may_err)
    sides = [side for side in one_sided if side is not None]
    if central is not None and _agree(claim, [central]):
        return
    if isinf(claim.derivative) and claim.derivative in [side.derivative for side in sides]:
        return
    sides = [side for side in sides if not side.jumps]
    if not sides:
        claim.undecided("f jumps there, or is nan or infinite however near")
    if central is not None and len(sides) == 2 and not _differ(claim, *sides):
        if _differ(claim, central, sides[0]) or _differ(claim, central, sides[1]):
            claim.undecided("f is not smooth on any scale that its rounding lets see")
        sides = [central]
    if not _agree(claim, sides):
        _refuse(claim, sides)


def _nearest(claim: _Claim, estimates: list[Estimate]) -> tuple[Estimate, float]:
    """The estimate that is nearest to the derivative, and how far the derivative is outside of all of them."""
    low, high = min(estimates), max(estimates)
    below, above = low.derivative - claim.derivative, claim.derivative - high.derivative
    nearest = low if below > above or abs(below) < abs(above) else high
    return nearest, max(below, above, 0.0) if not isnan(claim.derivative) else nan


def _agree(claim: _Claim, estimates: list[Estimate]) -> bool:
    """Whether the derivative lies between the estimates, and the nearest is as exact as it must be."""
    nearest, apart = _nearest(claim, estimates)
    sure = nearest.error <= claim.may_err(nearest.derivative)
    same = nearest.derivative == claim.derivative  # a constant, for instance, however large
    return same or (sure and apart <= claim.allowed(nearest.derivative) + nearest.error)


def _differ(claim: _Claim, one: Estimate, other: Estimate) -> bool:
    """Whether two derivatives are further apart than they may err: those from both sides at a kink, for instance."""
    apart = abs(one.derivative - other.derivative)
    return apart > claim.allowed(one.derivative) + DOUBT * (one.error + other.error)


def _refuse(claim: _Claim, estimates: list[Estimate]) -> NoReturn:
    """Say what the differences are; and that they cannot tell, where they are too inexact for it."""
    nearest, apart = _nearest(claim, estimates)
    allowed, error = claim.allowed(nearest.derivative), max([each.error for each in estimates])
    found = " and ".join([f"{each.derivative!r}" for each in estimates])
    if error > claim.may_err(nearest.derivative) and apart <= allowed + DOUBT * error:  # nan is never right
        claim.undecided(f"they give {found} with an error of up to {error:.3g}, and {allowed:.3g} is allowed")
    from_where = "differences from the left and from the right" if len(estimates) == 2 else "difference"
    gives = f"{from_where} with step {nearest.step:.3g} give{'s' * (len(estimates) == 1)} {found}"
    claim.wrong(f"the {gives}", apart, allowed)


def _difference(f: Callable[[float], float], x: float, step: float) -> Quotient:
    """The central difference quotient of f at x, with a step for numbers of size 1."""
    if not 0 < step < inf:
        raise ValueError(f"the step must be greater than 0 and finite, got {step!r}")
    h = step * max(1.0, abs(x))
    above, below = x + h, x - h
    if above == below:
        raise ValueError(f"the step {h:.3g} is lost in the rounding of {x!r}; take a larger one")
    return quotient(f(below), f(above), above - below, h)


def _along(f: Callable[[Any], Any], x: Any, numbers: list[float], i: int) -> Callable[[float], float]:
    """f as a function of the i-th number of x alone."""

    def at(number: float) -> float:
        moved = iter([*numbers[:i], number, *numbers[i + 1 :]])
        with no_grad():
            result = f(map_numbers(lambda _: Value(next(moved)), x))
        plain = real(result)  # a plain number will do: differences need no graph
        return one_result(f, result).data if plain is None else plain

    return at


def _tried(f: Callable[[float], float]) -> Callable[[float], float]:
    """f, with nan where it refuses a number."""

    def tried(number: float) -> float:
        try:
            return f(number)
        except (ArithmeticError, ValueError):
            return nan

    return tried
