"""Formulas of the rule book that take more than a line, written so that no digit is lost.

Each is written against the namespace `m`, as the rules are (see operations.py), for numbers, which may branch and
need not be smooth: where nodes are made, others of the book stand for them. A comment says which digits a shorter
formula would lose. docs/how_it_works/accuracy.md has the errors that are left.
"""

from collections.abc import Sequence
from typing import Any

INVERSE_SQRT_2PI = 0.3989422804014327  # 1/√(2π)
TWO_OVER_SQRT_PI = 1.1283791670955126  # 2/√π
_FAR = 64.0  # e^(-x²/2) is 0 from 39, also in what is not a normal number
_STEP = 0.0078125  # 1/128: the square of a multiple up to 64 is exact, also in float32

# Polynomials in t = (a - 3.25)/(a + 3.25), for 0 ≤ a ≤ 64; docs/scripts/mills_ratio.py makes their coefficients.
_CENTER = 3.25
_MILLS = (  # Φ(-a)·e^(a²/2)·(a + 3.25), of which the first factors are Mills' ratio over √(2π)
    0.7374384038404411, -0.5394866619907699, 0.2744535454651769, -0.08092601818424716, 0.0011017860657095745,
    0.008316630356105338, -0.0011831575000979325, -0.0010941663369424405, 0.00017285073932493022,
    0.00019357806588008418, -8.644903966250367e-06, -3.812804426402236e-05, -6.00405491500096e-06,
    6.542801668699739e-06, 3.1303691464338514e-06, -5.14149363220543e-07, -9.231354724793907e-07,
    -2.1705898582897747e-07, 1.6158699397543428e-07, 1.2351568915047224e-07, -3.470716066701226e-09,
    -3.364030273471164e-08, -5.872937450289736e-09, 5.228128679258422e-09, 1.0720285706934449e-09,
    -3.61880273056502e-10,
)  # fmt: skip
_GELU = (  # (a·φ(a) - Φ(-a))·e^(a²/2)/(a - z), where z is the zero: 0.75179…
    0.4735835142942723, -0.1155700226900256, 0.056366615595041275, -0.018281939083353595, 0.0023485100308328487,
    0.0008451811093679703, -0.0003245352571794624, -7.064035396597491e-05, 4.0610380096806005e-05,
    1.1697428634256659e-05, -5.0077886213484065e-06, -2.615984642762276e-06, 3.9630530138532003e-07,
    5.708627212231744e-07, 6.902142359748561e-08, -9.651372258158992e-08, -4.596478678794148e-08,
    5.463716063211928e-09, 1.3228986288717006e-08, 3.763619049569856e-09, -2.247564377930719e-09,
    -1.6929175721454984e-09, 1.6223636748707603e-10, 3.6023052056908857e-10, 6.394559919542982e-12,
    -3.4661787037291936e-11,
)  # fmt: skip
_BEYOND = 0.0017915246935644575  # z - 0.75


def _size(m: Any, x: Any) -> Any:
    """|x|, but 64 where it is more: there x·e^(-x²) is 0, and ∞·0 would be nan."""
    return m.minimum(abs(x), _FAR)


def _bell(m: Any, size: Any, k: float) -> tuple:
    """e^(-k·x²), for k = 1 and 1/2, and by how much of it the rounding of x² has made it too small.

    That alone would cost up to x² ulp: 500. So x is a + b, where a² is exact, and b·(x + a) is small.
    """
    a = _STEP * m.floor(size * (1.0 / _STEP))
    b = size - a
    large, small = a * a, b * (size + a)
    square = large + small
    return m.exp(-k * square), -k * (small - (square - large))


def _polynomial(coefficients: tuple, t: Any) -> tuple:
    """Σ cᵢ·tⁱ, by Horner's rule, and what the last sum has lost."""
    y = coefficients[-1]
    for coefficient in coefficients[-2:0:-1]:
        y = y * t + coefficient
    y = y * t
    total = coefficients[0] + y
    return total, y - (total - coefficients[0])


def _mills(m: Any, size: Any) -> tuple:
    """Φ(-a)·e^(a²/2): as numerator, denominator, and what their quotient lacks, as a part of it."""
    bottom = size + _CENTER
    back = bottom - size
    lost_below = (size - (bottom - back)) + (_CENTER - back)
    top, lost_above = _polynomial(_MILLS, m.div(size - _CENTER, bottom))
    return top, bottom, m.div(lost_above, top) - m.div(lost_below, bottom)


def bell(m: Any, x: Any) -> Any:
    """e^(-x²)"""
    y, lost = _bell(m, _size(m, x), 1.0)
    return y + y * lost


def erf_derivative(m: Any, x: Any) -> Any:
    """2/√π · e^(-x²)"""
    return TWO_OVER_SQRT_PI * bell(m, x)


def density(m: Any, x: Any) -> Any:
    """φ(x), that of the normal distribution."""
    y, lost = _bell(m, _size(m, x), 0.5)
    y = INVERSE_SQRT_2PI * y
    return y + y * lost


def _tail(m: Any, size: Any, times: Any) -> Any:
    """Φ(-|x|) times a number. By erfc, rounding x/√2 would cost 1,554 ulp; by 1 + erf, all digits from -8 on."""
    y, lost = _bell(m, size, 0.5)
    top, bottom, lost_too = _mills(m, size)
    y = m.div(y * times * top, bottom)
    return y + y * (lost + lost_too)


def ndtr(m: Any, x: Any) -> Any:
    """Φ(x)"""
    tail = _tail(m, _size(m, x), 1.0)
    return m.where(x < 0, tail, 1.0 - tail)


def gelu(m: Any, x: Any) -> Any:
    """x·Φ(x)"""
    size = _size(m, x)
    less = _tail(m, size, size)
    return m.where(x < 0, -less, x - less)


def gelu_derivative(m: Any, x: Any) -> Any:
    """Φ(x) + x·φ(x). With the zero as a factor, no digit is lost near it."""
    size = _size(m, x)
    y, lost = _bell(m, size, 0.5)
    factor, lost_too = _polynomial(_GELU, m.div(size - _CENTER, size + _CENTER))
    y = y * (factor + lost_too) * ((size - 0.75) - _BEYOND)
    y = y + y * lost
    return m.where(x < 0, -y, 1.0 + y)


def sigmoid(m: Any, x: Any) -> Any:
    """1/(1 + e⁻ˣ)"""
    e = m.exp(-abs(x))  # never overflows
    return m.div(m.where(x >= 0, 1.0, e), 1.0 + e)


def sigmoid_derivative(m: Any, x: Any) -> Any:
    """σ(x)·σ(-x). y·(1 - y) is 0 from 37 on."""
    e = m.exp(-abs(x))
    return m.div(e, 1.0 + e * (2.0 + e))


def sech_squared(m: Any, x: Any) -> Any:
    """1/cosh² x. 1 - tanh² x is 0 from 19.1 on."""
    return 4.0 * sigmoid_derivative(m, 2.0 * x)


def softplus(m: Any, x: Any) -> Any:
    """ln(1 + eˣ)"""
    return m.maximum(x, 0.0) + m.log1p(m.exp(-abs(x)))


def silu(m: Any, x: Any) -> Any:
    """x·σ(x)"""
    e = m.exp(-abs(x))
    return m.div(m.where(x >= 0, x, -(m.minimum(abs(x), 800.0) * e)), 1.0 + e)  # e⁻⁸⁰⁰ is 0, and ∞·0 would be nan


def silu_derivative(m: Any, x: Any) -> Any:
    """σ(x)·(1 + x·(1 - σ(x)))"""
    e = m.exp(-abs(x))
    size = m.minimum(abs(x), 800.0)
    return m.div(m.where(x >= 0, 1.0 + (e + size * e), e * ((1.0 - size) + e)), 1.0 + e * (2.0 + e))


def lorentzian(m: Any, x: Any) -> Any:
    """1/(1 + x²), where x² may overflow."""
    inverse = m.div(1.0, x)
    return m.where(abs(x) <= 1.0, m.div(1.0, 1.0 + x * x), m.div(inverse, x + inverse))


def cosine_of_arcsine(m: Any, x: Any) -> Any:
    """√(1 - x²). The rounding of x² would lose the digits near 1."""
    return m.sqrt((1.0 - x) * (1.0 + x))


def cosine(m: Any, a: Any, b: Any) -> Any:
    """a/√(a² + b²), where the root may overflow."""
    r = m.hypot(a, b)
    half = 0.5 * a
    return m.where(r < float("inf"), m.div(a, r), m.div(half, m.hypot(half, 0.5 * b)))


def over_square(m: Any, a: Any, b: Any) -> Any:
    """a/(a² + b²), where neither square may overflow, nor the root."""
    r = m.hypot(a, b)
    r_of_halves = m.hypot(0.5 * a, 0.5 * b)
    of_halves = m.div(m.div(0.25 * a, r_of_halves), r_of_halves)
    return m.where(r < float("inf"), m.div(m.div(a, r), r), of_halves)


def exp_of_difference(m: Any, a: Any, b: Any) -> Any:
    """e^(a - b), with what a - b has lost by rounding: it counts as often as the difference is large."""
    difference = a - b
    back = difference - a
    lost = (a - (difference - back)) - (b + back)  # Knuth, "The Art of Computer Programming", 4.2.2
    y = m.exp(difference)
    correction = y * lost
    return m.where(abs(correction) < y, y + correction, y)  # where one of them is infinite, it is inf or nan


def _below(m: Any, x: tuple) -> tuple:
    """xᵢ - max x, and the largest. Where this is infinite, 0 is subtracted."""
    largest = m.maximum(*x)
    shift = m.where(abs(largest) < float("inf"), largest, 0.0)
    return [x_i - shift for x_i in x], largest


def logsumexp(m: Any, x: tuple) -> Any:
    """ln Σ exp(xᵢ)"""
    below, largest = _below(m, x)
    return largest + logsumexp_below(m, below)


def logsumexp_partials(m: Any, x: tuple) -> tuple:
    """exp(xᵢ) / Σ exp(xⱼ)"""
    return softmax_below(m, _below(m, x)[0])


def logsumexp_below(m: Any, x: Sequence) -> Any:
    """ln Σ exp(xᵢ), where the largest is 0. What is added to e⁰ goes to log1p: 1 + e⁻⁴⁰ is 1, and ln 1 would be 0."""
    ones = [m.where(x_i >= 0, 1.0, 0.0) for x_i in x]
    smaller = m.total([m.exp(x_i) - one for x_i, one in zip(x, ones, strict=True)])
    return m.log1p((m.total(ones) - 1.0) + smaller)


def softmax_below(m: Any, x: Sequence) -> tuple:
    """exp(xᵢ) / Σ exp(xⱼ), where the largest is 0."""
    exponentials = [m.exp(x_i) for x_i in x]  # no overflow
    denominator = m.total(exponentials)
    return tuple(m.div(e, denominator) for e in exponentials)
