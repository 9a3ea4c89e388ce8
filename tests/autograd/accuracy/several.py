"""The exact operations of several numbers and of lists, by mpmath: their values and derivatives by path.

() is the value, (0,) the partial derivative by the first operand, (0, 1) the second derivative by both. `None` is a
number that does not exist, or for which the README has a convention that others test.
"""

from collections.abc import Callable

from mpmath import mp, mpf

from .elementary import OF_ONE, exp, expm1
from .measure import Sized, cancelling, with_grain

Numbers = dict[tuple[int, ...], mpf | Sized | None]
ZERO, ONE = mpf(0), mpf(1)


def by_path(value, a, b, aa=ZERO, bb=ZERO, aaa=ZERO, bbb=ZERO, ab=ZERO) -> Numbers:
    """Of two operands."""
    return {(): value, (0,): a, (1,): b, (0, 0): aa, (1, 1): bb, (0, 0, 0): aaa, (1, 1, 1): bbb, (0, 1): ab}


def _of_one(function: Callable) -> Callable[..., Numbers]:
    return lambda x: dict(zip([(), (0,), (0, 0), (0, 0, 0)], function(x), strict=True))


def _add(a, b):
    return by_path(cancelling(a, b), ONE, ONE)


def _sub(a, b):
    return by_path(cancelling(a, -b), ONE, -ONE)


def _mul(a, b):
    return by_path(a * b, b, a, ab=ONE)


def _div(a, b):
    by_b = with_grain(-a / b**2, 1 / b)  # of a quotient that is subnormal
    return by_path(a / b, 1 / b, by_b, bb=2 * a / b**3, bbb=-6 * a / b**4, ab=-1 / b**2)


def _pow(a, b):
    log = mp.log(abs(a))
    odd = a < 0 and int(b) % 2 == 1

    def power(k):  # of the exponent b - k
        return (-1 if odd != (a < 0 and k % 2 == 1) else 1) * exp((b - k) * log)

    y, by_a = power(0), with_grain(b * power(1), b)
    aa, aaa = b * (b - 1) * power(2), b * (b - 1) * (b - 2) * power(3)
    if a < 0:  # no real power between whole exponents
        return by_path(y, by_a, None, aa=aa, aaa=aaa, bb=None, bbb=None, ab=None)
    mixed = cancelling(power(1), b * log * power(1))
    return by_path(y, by_a, with_grain(y * log, log), aa, y * log**2, aaa, y * log**3, mixed)


def _compared(function: Callable) -> Callable[..., Numbers]:
    return lambda a, b: by_path(mpf(function(a, b)), ZERO, ZERO)


def _leaky_relu(x, slope):
    return by_path(slope * x, slope, x, ab=ONE) if x <= 0 else by_path(x, ONE, ZERO)


def _elu(x, alpha):
    if x > 0:
        return by_path(x, ONE, ZERO)
    e, m = exp(x), expm1(x)
    scaled = with_grain(alpha * e, alpha)
    return by_path(alpha * m, scaled, m, scaled, ZERO, scaled, ZERO, e)


def _atan2(y, x):
    r2 = x * x + y * y
    by_y, by_x = with_grain(x / r2, 1 / r2), with_grain(-y / r2, 1 / r2)  # of a distance that is subnormal
    return by_path(
        mp.atan2(y, x), by_y, by_x, -2 * x * y / r2**2, 2 * x * y / r2**2,
        cancelling(6 * x * y * y / r2**3, -2 * x**3 / r2**3), cancelling(-6 * x * x * y / r2**3, 2 * y**3 / r2**3),
        cancelling(y * y / r2**2, -x * x / r2**2),
    )  # fmt: skip


def _hypot(a, b):
    h = mp.sqrt(a * a + b * b)
    by_a, by_b = with_grain(a / h, 1 / h), with_grain(b / h, 1 / h)
    return by_path(
        h, by_a, by_b, b * b / h**3, a * a / h**3, -3 * a * b * b / h**5, -3 * b * a * a / h**5, -a * b / h**3
    )


def _cosine(a, b):
    h = mp.sqrt(a * a + b * b)
    return by_path(
        with_grain(a / h, 1 / h), with_grain(b * b / h**3, 1 / h**2), with_grain(-a * b / h**3, 1 / h**2),
        -3 * a * b * b / h**5, cancelling(2 * a * b * b / h**5, -(a**3) / h**5),
        cancelling(12 * a * a * b * b / h**7, -3 * b**4 / h**7), cancelling(9 * a**3 * b / h**7, -6 * a * b**3 / h**7),
        cancelling(2 * a * a * b / h**5, -(b**3) / h**5),
    )  # fmt: skip


def _over_square(a, b):
    """The real part of 1/(a + ib), whose derivatives are those of 1/z: by b, they are turned by i."""
    r2 = a * a + b * b
    return by_path(
        with_grain(a / r2, 1 / r2), cancelling(b * b / r2**2, -a * a / r2**2), -2 * a * b / r2**2,
        cancelling(2 * a**3 / r2**3, -6 * a * b * b / r2**3), cancelling(6 * a * b * b / r2**3, -2 * a**3 / r2**3),
        cancelling(-6 * a**4 / r2**4, 36 * a * a * b * b / r2**4, -6 * b**4 / r2**4),
        cancelling(24 * a**3 * b / r2**4, -24 * a * b**3 / r2**4),
        cancelling(6 * a * a * b / r2**3, -2 * b**3 / r2**3),
    )  # fmt: skip


def _exp_of_difference(a, b):
    e = exp(a - b)
    return by_path(e, e, -e, e, e, e, -e, -e)


# ------------------------------------------------------------------------------------------------ of lists


def _extreme(best: Callable) -> Callable[..., Numbers]:
    def numbers(*x):
        y = best(x)
        ties = sum(each == y for each in x)
        return {(): y, **{(i,): mpf(each == y) / ties for i, each in enumerate(x)}}

    return numbers


def _where(condition, a, b):
    chosen = condition != 0
    return {(): a if chosen else b, (0,): ZERO, (1,): mpf(chosen), (2,): mpf(not chosen)}


def _take(index, *values):
    return {(): values[int(index)], (0,): ZERO, **{(i + 1,): mpf(i == index) for i in range(len(values))}}


def _dot(*xy):
    half = len(xy) // 2
    x, y = xy[:half], xy[half:]
    of_products = max(mpf(half) / 8, mpf(1))  # each is off by half a grain where it is subnormal, and 4 are allowed
    total = cancelling(*map(mp.fmul, x, y))._replace(grain=of_products)
    return {(): total, **{(i,): each for i, each in enumerate(y + x)}}


def _total(*x):
    return {(): cancelling(*x), **{(i,): mpf(1) for i in range(len(x))}}


def weights(x) -> tuple[mpf, list[mpf], list[mpf], mpf]:
    """The largest, exp(xᵢ)/Σ for each, the same of all others (not 1 minus it), and ln Σ exp(xᵢ - largest)."""
    top = max(x)
    e = [exp(each - top) for each in x]
    first = e.index(1)
    total = sum(e)
    before, after = [ZERO], [ZERO]  # sums of those before and after each: the others, without a difference
    for each, last in zip(e[:-1], reversed(e[1:]), strict=True):
        before.append(before[-1] + each)
        after.append(after[-1] + last)
    others = [a + b for a, b in zip(before, reversed(after), strict=True)]
    log_total = mp.log1p(others[first])
    return top, [each / total for each in e], [each / total for each in others], log_total


def decided(log_total: mpf) -> mpf:
    """The size of a logarithm of a sum: where it is an exponential of a difference, that of 64 ulp, in units of 4."""
    return log_total * (16 if log_total < 1 / mpf(16) else 1)


def higher(paths_of: Callable, count: int) -> Numbers:
    """Second and third derivatives by the first two operands of a list."""
    found: Numbers = {}
    for i in range(min(count, 2)):
        found[i, i], found[i, i, i] = paths_of(i)
    return found


def _logsumexp(*x):
    top, p, q, log_total = weights(x)
    value = Sized(top + log_total, abs(top) + decided(log_total))

    def second_and_third(i):
        return p[i] * q[i], cancelling(p[i] * q[i] * q[i], -p[i] * p[i] * q[i])

    return {(): value, **{(i,): each for i, each in enumerate(p)}, **higher(second_and_third, len(x))}


def _logsumexp_below(*x):
    """Its derivatives by the largest are differences; those of logsumexp, where others are taken from it, are none."""

    def second_and_third(i):
        p = found[i,]
        return cancelling(p, -p * p), cancelling(p, -3 * p * p, 2 * p**3)

    found = _logsumexp(*x)
    return {**found, **higher(second_and_third, len(x))}


OF_BOOK: dict[str, Callable[..., Numbers]] = {
    **{name: _of_one(function) for name, function in OF_ONE.items()},
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "pow": _pow,
    "less": _compared(lambda a, b: a < b), "less_equal": _compared(lambda a, b: a <= b),
    "greater": _compared(lambda a, b: a > b), "greater_equal": _compared(lambda a, b: a >= b),
    "leaky_relu": _leaky_relu, "elu": _elu, "atan2": _atan2, "hypot": _hypot, "_cosine": _cosine,
    "_over_square": _over_square, "_exp_of_difference": _exp_of_difference,
    "maximum": _extreme(max), "minimum": _extreme(min), "where": _where, "take": _take, "_finished": _take,
    "_total": _total, "dot": _dot, "logsumexp": _logsumexp, "_logsumexp_below": _logsumexp_below,
}  # fmt: skip
