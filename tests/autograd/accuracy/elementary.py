"""The exact functions of one number and their first three derivatives, by mpmath.

Each formula keeps all its digits for every double: none subtracts numbers that are nearly equal, but where `cancelling`
says so. `mpf` has no end of exponents, so nothing overflows.
"""

from collections.abc import Callable

from mpmath import mp, mpf

from .measure import against, cancelling, with_grain

FAR = mpf(10) ** 5  # e to this is far beyond all doubles


def exp(x: mpf) -> mpf:
    return mp.exp(max(-FAR, min(x, FAR)))


def expm1(x: mpf) -> mpf:
    return mp.expm1(max(-FAR, min(x, FAR)))


def smaller_and_larger(x: mpf) -> tuple[mpf, mpf]:
    """σ(-|x|) and σ(|x|)."""
    e = exp(-abs(x))
    return e / (1 + e), 1 / (1 + e)


def sigmoid(x: mpf) -> mpf:
    return smaller_and_larger(x)[x > 0]


def tanh(x: mpf) -> mpf:
    return mp.tanh(max(-FAR, min(x, FAR)))


def softplus(x: mpf) -> mpf:
    return max(x, mpf(0)) + mp.log1p(exp(-abs(x)))


def gaussian(x: mpf) -> mpf:
    return exp(-min(x * x, FAR))


def density(x: mpf) -> mpf:
    return exp(-min(x * x / 2, FAR)) / mp.sqrt(2 * mp.pi)


def ndtr(x: mpf) -> mpf:
    if x < -400:
        return exp(-FAR)
    return mpf(1) if x > 400 else mp.erfc(-x / mp.sqrt(2)) / 2


def _log(x):
    return mp.log(x), 1 / x, -1 / x**2, 2 / x**3


def _log1p(x):
    u = 1 + x
    return mp.log1p(x), 1 / u, -1 / u**2, 2 / u**3


def _expm1(x):
    e = exp(x)
    return expm1(x), e, e, e


def _sqrt(x):
    r = mp.sqrt(x)
    return r, 1 / (2 * r), -1 / (4 * r**3), 3 / (8 * r**5)


def _sin(x):
    s, c = mp.sin(x), mp.cos(x)
    return s, c, -s, -c


def _cos(x):
    s, c = mp.sin(x), mp.cos(x)
    return c, -s, -c, s


def _tan(x):
    t = mp.tan(x)
    u = 1 + t * t
    return t, u, 2 * t * u, 2 * u * (1 + 3 * t * t)


def _asin(x):
    w = 1 / mp.sqrt((1 - x) * (1 + x))
    return mp.asin(x), w, x * w**3, (1 + 2 * x * x) * w**5


def _acos(x):
    return mp.acos(x), *(-d for d in _asin(x)[1:])


def _atan(x):
    return mp.atan(x), *_lorentzian(x)[:3]


def _sinh(x):
    s, c = _hyperbolic(x)
    return s, c, s, c


def _cosh(x):
    s, c = _hyperbolic(x)
    return c, s, c, s


def _hyperbolic(x):
    if abs(x) > FAR:
        return mp.sign(x) * exp(FAR), exp(FAR)
    return mp.sinh(x), mp.cosh(x)


def _tanh(x):
    return tanh(x), *_sech_squared(x)[:3]


def _erf(x):
    y = mp.erf(x) if abs(x) < 400 else mpf(mp.sign(x))
    g = 2 / mp.sqrt(mp.pi) * gaussian(x)
    return y, g, -2 * x * g, cancelling(4 * x * x * g, -2 * g)


def _sigmoid(x):
    p, q = smaller_and_larger(x)
    pq = p * q
    return sigmoid(x), pq, -pq * tanh(x / 2), cancelling(pq * p * p, -4 * pq * pq, pq * q * q)


def _softplus(x):
    return softplus(x), *_sigmoid(x)[:3]


def _relu(x):
    zero = mpf(0)
    return (x, mpf(1), zero, zero) if x > 0 else (zero,) * 4


def _gelu(x):
    y, phi = ndtr(x), density(x)
    first = with_grain(y + x * phi, x if abs(x) < 50 else 1)
    if -1 < x < -0.5:
        first = against(y + x * phi, 0.05)
    terms = (2 * phi, -x * x * phi), (x**3 * phi, -4 * x * phi)
    return with_grain(x * y, x if x < 0 and x > -50 else 1), first, *(cancelling(*each) for each in terms)


def _silu(x):
    p, q = smaller_and_larger(x)
    pq, t, y = p * q, tanh(x / 2), sigmoid(x)
    first = with_grain(y + x * pq, x if abs(x) < 800 else 1)
    if -1.6 < x < -1:
        first = against(y + x * pq, 0.05)
    second = cancelling(2 * pq, -x * pq * t)
    third = cancelling(-3 * pq * t, x * pq * p * p, -4 * x * pq * pq, x * pq * q * q)
    return with_grain(x * y, x if x < 0 and x > -800 else 1), first, second, third


def _step(x):
    return mpf(x > 0), mpf(0), mpf(0), mpf(0)


def _sech_squared(x):
    p, q = smaller_and_larger(2 * x)
    y, t = 4 * p * q, tanh(x)
    first = -2 * t * y
    return y, first, cancelling(4 * t * t * y, -2 * y * y), cancelling(4 * first, -12 * y * first)


def _density(x):
    y = density(x)
    grain = x if abs(x) < 50 else 1
    return y, with_grain(-x * y, grain), cancelling(x * x * y, -y), cancelling(3 * x * y, -(x**3) * y)


def _bell(x):
    y = gaussian(x)
    grain = 2 * x if abs(x) < 50 else 1
    return y, with_grain(-2 * x * y, grain), cancelling(4 * x * x * y, -2 * y), cancelling(12 * x * y, -8 * x**3 * y)


def _lorentzian(x):
    y = 1 / (1 + x * x)
    return y, -2 * x * y**2, cancelling(6 * x * x * y**3, -2 * y**3), cancelling(24 * x * y**4, -24 * x**3 * y**4)


def _cosine_of_arcsine(x):
    c = mp.sqrt((1 - x) * (1 + x))
    return c, -x / c, -1 / c**3, -3 * x / c**5


def _ndtr(x):
    return ndtr(x), *_density(x)[:3]


OF_ONE: dict[str, Callable[[mpf], tuple]] = {  # x → the value and three derivatives
    "neg": lambda x: (-x, mpf(-1), mpf(0), mpf(0)),
    "abs": lambda x: (abs(x), mpf(mp.sign(x)), mpf(0), mpf(0)),
    "exp": lambda x: (exp(x),) * 4,
    "log": _log, "log1p": _log1p, "expm1": _expm1, "sqrt": _sqrt,
    "sin": _sin, "cos": _cos, "tan": _tan, "asin": _asin, "acos": _acos, "atan": _atan,
    "sinh": _sinh, "cosh": _cosh, "tanh": _tanh, "erf": _erf,
    "sigmoid": _sigmoid, "softplus": _softplus, "relu": _relu, "gelu": _gelu, "silu": _silu, "step": _step,
    "ndtr": _ndtr, "_sech_squared": _sech_squared, "_density": _density, "_bell": _bell,
    "_lorentzian": _lorentzian, "_cosine_of_arcsine": _cosine_of_arcsine,
}  # fmt: skip
