"""Derivatives of every order of every operation: at 0, far out, at ties and at poles, against mpmath."""

import itertools
import math

import numpy as np
import pytest
from mpmath import mp, mpf

import autograd
from autograd import OPERATIONS, Value, grad
from autograd.nodes import apply
from tests.conftest import IS_SECOND

HIGHEST = 2 if IS_SECOND else 4  # the book is the same on both builds; of higher orders the engine has no notion
DIGITS = 50
RELATIVE = 1e-9  # a rule is composed of some ten roundings, and its argument may be ill-conditioned by 1e3 (x = 800)
ABSOLUTE = 1e-12  # of the size of what is added up: 1, or the derivatives of the same order by the other operands

NUMBERS = [0.0, 1e-300, 1e-8, 0.3, 1.0, 800.0]
SINGLES = [(sign * x,) for x in NUMBERS for sign in (1.0, -1.0)]
PAIRS = [
    (0.0, 0.0), (0.0, -0.0), (-0.0, -0.0), (1.0, 1.0), (-1.0, -1.0), (1e-8, -1e-8),
    (0.0, 1.0), (-0.0, 1.0), (0.0, -1.0), (0.0, 0.3), (0.0, 2.0), (-0.0, 3.0), (1.0, 0.0), (0.3, -0.0), (-2.0, 0.0),
    (1e-300, 1.0), (1.0, 1e-300), (0.0, 1e-300), (1e-300, 0.0), (-1e-300, -1e-8),
    (0.3, 2.0), (-0.3, 2.0), (2.0, 0.3), (-1.0, 3.0), (2.0, -3.0), (-2.0, -1.0),
    (800.0, 1.0), (-800.0, 0.3), (800.0, -800.0), (0.3, 800.0), (1.0, -800.0),
]  # fmt: skip
SEVERAL = [(1.0, 1.0, 1.0), (0.3, 0.3, -1.0), (0.0, -0.0, 0.0), (800.0, -800.0, 0.0), (1e-8, -1e-300, 2.0)]
POINTS = {
    "where": [(condition, *pair) for condition in (0.0, 1.0) for pair in PAIRS[:10]],
    "take": [(index, *three) for index in (0.0, 1.0, 2.0) for three in SEVERAL],
    "_finished": [(0.0, *three) for three in SEVERAL],
    "dot": [(*a, *b) for a, b in itertools.pairwise(PAIRS)],
    "logsumexp": SEVERAL + PAIRS[::3],
    "_logsumexp_below": [(0.0, 0.0, -1.0), (0.0, -800.0), (-1e-8, 0.0), (-0.3, -2.0, 0.0)],
    "_total": SEVERAL + PAIRS[::3],
    "maximum": SEVERAL + PAIRS,
    "minimum": SEVERAL + PAIRS,
    "pow": [pair for pair in PAIRS if pair != (0.0, 1e-300)],  # the limit at 0 begins where 1e-300·ln a counts
}

# ------------------------------------------------------------------------- the operations, by mpmath
# An entry gives, for a point, the function around it that is to be differentiated there: what was chosen stays chosen.


def smooth(function):
    return lambda *point: function


def extreme(best):
    def at(*point):
        tied = [i for i, x in enumerate(point) if x == best(point)]
        return lambda *x: sum(x[i] for i in tied) / len(tied)

    return at


def compared(function):
    return lambda *point: lambda *x: mpf(function(*point))


def angle(y, x):  # but for a constant; without the cut at negative x
    return (lambda y, x: mp.atan(y / x)) if abs(x) >= abs(y) else (lambda y, x: -mp.atan(x / y))


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


FUNCTIONS = {
    "add": smooth(lambda a, b: a + b),
    "sub": smooth(lambda a, b: a - b),
    "mul": smooth(lambda a, b: a * b),
    "div": smooth(lambda a, b: a / b),
    "pow": smooth(mp.power),
    "neg": smooth(lambda x: -x),
    "abs": lambda at: lambda x: x * mp.sign(at),
    "less": compared(lambda a, b: a < b),
    "less_equal": compared(lambda a, b: a <= b),
    "greater": compared(lambda a, b: a > b),
    "greater_equal": compared(lambda a, b: a >= b),
    "log1p": smooth(lambda x: mp.log(1 + x)),
    "expm1": smooth(lambda x: mp.exp(x) - 1),
    "sigmoid": smooth(sigmoid),
    "softplus": smooth(lambda x: mp.log(1 + mp.exp(x))),
    "relu": lambda at: lambda x: x if at > 0 else mpf(0),
    "gelu": smooth(lambda x: x * mp.ncdf(x)),
    "silu": smooth(lambda x: x * sigmoid(x)),
    "step": compared(lambda x: x > 0),
    "leaky_relu": lambda at, _: lambda x, slope: x if at > 0 else slope * x,
    "elu": lambda at, _: lambda x, alpha: x if at > 0 else alpha * (mp.exp(x) - 1),
    "maximum": extreme(max),
    "minimum": extreme(min),
    "atan2": angle,
    "hypot": smooth(lambda a, b: mp.sqrt(a * a + b * b) + 0 / (a * a + b * b)),  # the origin is a pole
    "where": lambda condition, *_: lambda _, a, b: a if condition else b,
    "dot": smooth(lambda a, b, c, d: a * c + b * d),
    "logsumexp": smooth(lambda *x: mp.log(sum(map(mp.exp, x)))),
    "take": lambda index, *_: lambda _, *x: x[int(index)],
}
FUNCTIONS |= {
    "ndtr": smooth(mp.ncdf),
    "_sech_squared": smooth(lambda x: mp.sech(x) ** 2),
    "_bell": smooth(lambda x: mp.exp(-x * x)),
    "_density": smooth(mp.npdf),
    "_lorentzian": smooth(lambda x: 1 / (1 + x * x)),
    "_cosine_of_arcsine": smooth(lambda x: mp.sqrt(1 - x * x)),
    "_cosine": smooth(lambda a, b: a / mp.sqrt(a * a + b * b)),
    "_over_square": smooth(lambda a, b: a / (a * a + b * b)),
    "_exp_of_difference": smooth(lambda a, b: mp.exp(a - b)),
    "_logsumexp_below": smooth(lambda *x: mp.log(sum(map(mp.exp, x)))),
    "_total": smooth(lambda *x: sum(x)),
    "_finished": lambda turns, *_: lambda _, *x: x[int(turns)],
}
FUNCTIONS |= {name: smooth(getattr(mp, name)) for name in OPERATIONS if name not in FUNCTIONS}


class UndefinedError(Exception):
    """Mathematics has no real number there."""


def differentiated(name, point, orders, scale=1.0):
    """The derivative of these orders by each operand, by differences that are far smaller than the numbers."""
    point = list(map(mpf, point))
    step = mpf(10) ** (-DIGITS // 2) * min([mpf(scale), *[abs(x) for x in point if x]])
    order = sum(orders)
    with mp.workdps(int(DIGITS + 350 - order * mp.log10(step))):
        function = FUNCTIONS[name](*point)

        def at(*x):
            try:
                y = mp.mpc(function(*x))
            except (ZeroDivisionError, ValueError):
                raise UndefinedError from None
            if y.imag != 0 or not mp.isfinite(y.real):
                raise UndefinedError
            return y.real

        at(*point)
        total = mpf(0)
        for ks in itertools.product(*[range(n + 1) for n in orders]):
            weight = math.prod((-1) ** k * math.comb(n, k) for n, k in zip(orders, ks, strict=True))
            total += weight * at(*[x + (mpf(n) / 2 - k) * step for x, n, k in zip(point, orders, ks, strict=True)])
        return total / step**order


def limit(name, point, orders):
    """What the derivative comes to on the way to a pole or a border; to 0 from the side of its sign, if it can be."""
    if name in ("hypot", "atan2") and point == (0.0, 0.0):
        raise UndefinedError  # it depends on the way

    def near(distance, sided):
        with mp.workdps(500):
            sides = [math.copysign(1.0, x) if sided else 1.0 for x in point]
            moved = [x * (1 - distance) if x else side * distance for x, side in zip(point, sides, strict=True)]
            return differentiated(name, moved, orders, distance)

    try:
        far, close = (near(mpf(distance), True) for distance in ("1e-100", "1e-200"))
    except UndefinedError:
        far, close = (near(mpf(distance), False) for distance in ("1e-100", "1e-200"))
    if abs(close) < 1e-50:
        return mpf(0)
    return mp.sign(close) * mp.inf if abs(close) > 1.5 * abs(far) else close


def is_right(name, point, path, got):
    """Whether a number is the derivative by the operands of a path, one after the other."""
    if name == "pow" and point[0] == 0 and ((point[1] == 0 and 1 in path) or (point[1] == 1 and path == [0, 1])):
        return got == (1.0 if point[1] else 0.0)  # 0⁰ is 1 and counts as constant
    if name in ("log", "log1p") and (point[0] < -1 or (name == "log" and math.copysign(1.0, point[0]) < 0)):
        return True  # the value is nan; the derivative is that of ln|x|, as elsewhere
    orders = [path.count(i) for i in range(len(point))]
    try:
        expected = differentiated(name, point, orders)
    except UndefinedError:
        try:
            expected = limit(name, point, orders)
        except UndefinedError:
            return not math.isfinite(got)
        if mp.isinf(expected):
            return math.isnan(got) or got == float(expected)  # where it is infinite, nan says so, too
    if got == float(expected) or abs(got - expected) <= RELATIVE * abs(expected) + ABSOLUTE:
        return True
    terms = largest(name, point, len(path))
    return abs(got - expected) <= ABSOLUTE * terms or (math.isinf(float(terms)) and not math.isfinite(got))


def largest(name, point, order):
    """The size of the largest derivative of an order, by whatever operands."""
    ways = itertools.combinations_with_replacement(range(len(point)), order)
    return max(abs(differentiated(name, point, [way.count(i) for i in range(len(point))])) for way in ways)


# ------------------------------------------------------------------------------------------ the engine


def points(operation):
    return POINTS.get(operation.name) or (SINGLES if len(operation.domain) == 1 else PAIRS)


def derivative(operation, path):
    """The derivative by the operands of a path, one after the other, as a function of all operands."""

    def f(*operands):
        return apply(operation, *[x if isinstance(x, Value) else Value(x) for x in operands])

    for i in path:
        f = grad(f, i)
    return f


def wrong(operation, path, at):
    """The points where the derivative is not what it must be, with what it is."""
    function = derivative(operation, path)
    found = [(point, function(*point)) for point in at if len(point) > max(path)]
    return [(point, got) for point, got in found if not is_right(operation.name, point, path, got)]


EVERY = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
OF_SEVERAL = [operation for operation in OPERATIONS.values() if len(operation.domain) > 1]


def unsigned(numbers, at):
    """The numbers, but ∞ for -∞ at points with a -0: the compiler leaves out `+ 0.0`, which makes 0 of it."""
    minus = [any(x == 0 and math.copysign(1.0, x) < 0 for x in point) for point in at]
    return np.where(np.isinf(numbers) & minus, np.inf, numbers)


def operands(operation):
    return range(max(map(len, points(operation))))


@EVERY
@pytest.mark.parametrize("order", range(1, HIGHEST + 1))
def test_derivatives_by_each_operand(operation, order):
    for i in operands(operation):
        assert not wrong(operation, [i] * order, points(operation))


@pytest.mark.parametrize("operation", OF_SEVERAL, ids=lambda operation: operation.name)
def test_mixed_derivatives(operation):
    for path in itertools.permutations(operands(operation), 2):
        assert not wrong(operation, list(path), points(operation))


@EVERY
def test_compiled_derivatives_are_the_eager_ones(operation):
    by_length = {length: list(each) for length, each in itertools.groupby(points(operation), len)}
    for length, at in by_length.items():
        for i in range(length):
            orders = [derivative(operation, [i] * order) for order in range(1, HIGHEST)]
            compiled = autograd.compile(lambda *x, orders=orders: tuple(f(*x) for f in orders))
            got = [np.broadcast_to(each, len(at)) for each in compiled(*np.transpose(at))]
            expected = [[f(*point) for point in at] for f in orders]
            got, expected = unsigned(got, at), unsigned(expected, at)
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=ABSOLUTE)  # nan equals nan


@pytest.mark.parametrize("number", [0.0, -0.0, 1e-300, -0.3, 2.0, -800.0])
@pytest.mark.parametrize("exponent", range(5))
def test_powers_with_a_whole_exponent_end(exponent, number):
    f = lambda x: x**exponent  # noqa: E731
    for order in range(1, exponent + 3):
        f = grad(f)
        expected = math.perm(exponent, order) * number ** max(exponent - order, 0)
        assert f(number) == pytest.approx(expected, rel=1e-14, abs=0.0)


# --------------------------------------------------------------------------------- planted faults


def with_derivative(name, partials):
    return OPERATIONS[name]._replace(partials=partials)


def branching_sigmoid(m, x):
    e = m.exp(-abs(x))  # has a kink at 0, which the function has not
    return m.div(m.where(x >= 0, 1.0, e), 1.0 + e)


FAULTS = [
    (with_derivative("softplus", lambda m, y, x: (branching_sigmoid(m, x),)), 2),
    (with_derivative("sigmoid", lambda m, y, x: (m.exp(x) * (1.0 - y) * (1.0 - y),)), 1),  # inf·0 at 800
    (with_derivative("sin", lambda m, y, x: (m.cos(x.data if isinstance(x, Value) else x),)), 2),
    (with_derivative("log", lambda m, y, x: (m.div(1.0 + 1e-8, x),)), 1),
]


@pytest.mark.parametrize(("operation", "order"), FAULTS, ids=lambda each: getattr(each, "name", each))
def test_a_wrong_derivative_is_found(operation, order):
    assert wrong(operation, [0] * order, SINGLES)
    assert not wrong(OPERATIONS[operation.name], [0] * order, SINGLES)
