"""The coefficients in autograd/formulas.py of two functions behind Φ and gelu, by Chebyshev interpolation in 50 digits.

Both are smooth on 0 ≤ a < ∞, and polynomials in t = (a - k)/(a + k) come close to them. Printed are the coefficients of
powers of t, and the largest relative error of each polynomial, and by how much the zero of gelu' is beyond -0.75. A
test holds formulas.py to all of this.
"""

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from mpmath import mp, mpf

mp.dps = 50
CENTER = mpf("3.25")  # k: near it the errors of rounding are smallest, as measured
DEGREE = 25
ZERO = mp.findroot(lambda a: mp.erfc(a / mp.sqrt(2)) / 2 - a * mp.npdf(a), 0.75)  # gelu'(-a) = 0


def mills(a: Any) -> Any:
    """Φ(-a)·e^(a²/2)"""
    return mp.erfc(a / mp.sqrt(2)) / 2 * mp.exp(a * a / 2)


def by_center(a: Any) -> Any:
    """Φ(-a)·e^(a²/2)·(a + k)"""
    return mills(a) * (a + CENTER)


def by_zero(a: Any) -> Any:
    """(a·φ(a) - Φ(-a))·e^(a²/2)/(a - z), where z is the zero of what stands above."""
    return (a / mp.sqrt(2 * mp.pi) - mills(a)) / (a - ZERO)


def coefficients(function: Callable[[Any], Any]) -> list[Any]:
    """Those of t⁰, t¹, …: the Chebyshev series of the function, cut off, in powers of t."""
    nodes = [mp.cos(mp.pi * (2 * i + 1) / 128) for i in range(64)]
    values = [function(CENTER * (1 + t) / (1 - t)) for t in nodes]
    powers: list[Any] = []
    before, chebyshev = [mpf(0)], [mpf(1)]  # T₀; T₁ = t·T₀, and then Tⱼ₊₁ = 2t·Tⱼ - Tⱼ₋₁
    for j in range(DEGREE + 1):
        c = mp.fsum(v * mp.cos(j * mp.acos(t)) for v, t in zip(values, nodes, strict=True)) / (32 if j else 64)
        powers = [p + c * q for p, q in zip_longest(powers, chebyshev, fillvalue=mpf(0))]
        times = 2 if j else 1
        after = [times * a - b for a, b in zip_longest([mpf(0), *chebyshev], before, fillvalue=mpf(0))]
        before, chebyshev = chebyshev, after
    return powers


def error(function: Callable[[Any], Any], powers: list[Any]) -> Any:
    """The largest relative error of the polynomial with coefficients that are rounded to floats."""
    rounded = [mpf(float(c)) for c in reversed(powers)]
    points = [mpf(i) / 40 for i in range(1600)]
    return max(abs(mp.polyval(rounded, (a - CENTER) / (a + CENTER)) / function(a) - 1) for a in points)


if __name__ == "__main__":
    print("the zero of gelu' is", mp.nstr(-ZERO, 30), "beyond", float(ZERO - 0.75))
    for function in (by_center, by_zero):
        powers = coefficients(function)
        print(function.__name__, "error", mp.nstr(error(function, powers), 3))
        print([float(c) for c in powers])
