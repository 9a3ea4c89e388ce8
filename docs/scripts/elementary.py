"""The numbers in autograd/compiler/executors/native/c, elementary.h and powers.h: polynomials for exp, log, sin, cos,
atan and asin near 0, for erf, and constants in parts, by Chebyshev interpolation in 50 digits; for erf, of which large
arguments need fewer digits, by weighted least squares.

Printed are the lines of the headers, and the largest error of each polynomial, as a part of the function. A test holds
the headers to all of this.
"""

from collections.abc import Callable
from typing import Any

from mpmath import mp, mpf

mp.dps = 50
_CLOSER = mpf(2) ** -40  # to 0 the quotients below are nothing but rounding: there the next polynomial serves


def exponential(r: Any) -> Any:
    """(eʳ - 1 - r)/r²"""
    return (mp.expm1(r) - r) / r**2 if abs(r) > _CLOSER else mpf(1) / 2 + r / 6


def logarithm(z: Any) -> Any:
    """(ln((1 + s)/(1 - s))/s - 2)/z, where z = s²"""
    return (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z if z > _CLOSER else mpf(2) / 3 + 2 * z / 5


def logarithm_of_power(z: Any) -> Any:
    """(3/2·ln((1 + s)/(1 - s))/s - 3 - z)/z², where z = s²"""
    s = mp.sqrt(z)
    return (3 * mp.atanh(s) / s - 3 - z) / z**2 if z > _CLOSER else mpf(3) / 5 + 3 * z / 7


def sine(z: Any) -> Any:
    """(sin(x)/x - 1)/z, where z = x²"""
    return (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > _CLOSER else mpf(-1) / 6 + z / 120


def cosine(z: Any) -> Any:
    """(cos x - 1 + z/2)/z², where z = x²"""
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 if z > _CLOSER else mpf(1) / 24 - z / 720


def arctangent(z: Any) -> Any:
    """(arctan(x)/x - 1)/z, where z = x²"""
    return (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > _CLOSER else mpf(-1) / 3 + z / 5


def arcsine(z: Any) -> Any:
    """(arcsin(x)/x - 1)/z, where z = x²"""
    return (mp.asin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z if z > _CLOSER else mpf(1) / 6 + 3 * z / 40


def error_part(t: Any) -> Any:
    """((1 - e^(x²)·(1 - erf x))/x - 2/√π)/x, where t = (x - 5)/(x + 5)"""
    x = _back(t)
    first = 2 / mp.sqrt(mp.pi)
    return ((1 - mp.exp(x**2) * mp.erfc(x)) / x - first) / x if x > _CLOSER else mpf(-1)


def of_error(t: Any) -> Any:
    """What the same times x² counts in erf x."""
    x = _back(t)
    return x**2 * mp.exp(-(x**2)) / mp.erf(x) if x else mpf(0)


def _back(t: Any) -> Any:
    return 5 * (1 + t) / (1 - t)


_HALF_OF_LN_2 = mp.log(2) / 2 * (1 + mpf(2) ** -20)  # rounding may choose the neighbour of a whole number
_QUARTER = (mp.pi / 4 * (1 + mpf(2) ** -20)) ** 2
_EIGHTH = ((mp.sqrt(2) - 1) * (1 + mpf(2) ** -20)) ** 2
_S = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)
POLYNOMIALS: dict[str, tuple[Callable[[Any], Any], tuple, int, Callable[[Any], Any]]] = {
    # name: the function, its interval, the number of coefficients, and what an error of 1 is of the result
    "EXP": (exponential, (-_HALF_OF_LN_2, _HALF_OF_LN_2), 10, lambda r: r**2 / mp.exp(r)),
    "LOG": (logarithm, (mpf(0), (_S * (1 + mpf(2) ** -20)) ** 2), 7, lambda z: z / 2),
    "POW": (logarithm_of_power, (mpf(0), (_S * (1 + mpf(2) ** -20)) ** 2), 7, lambda z: z**2 / 3),
    "SIN": (sine, (mpf(0), _QUARTER), 6, lambda z: z / mp.sin(mp.sqrt(z)) * mp.sqrt(z) if z else mpf(0)),
    "COS": (cosine, (mpf(0), _QUARTER), 6, lambda z: z**2 / mp.cos(mp.sqrt(z))),
    "ATAN": (arctangent, (mpf(0), _EIGHTH), 11, lambda z: z / mp.atan(mp.sqrt(z)) * mp.sqrt(z) if z else mpf(0)),
    "ASIN": (arcsine, (mpf(0), mpf(1) / 4), 13, lambda z: z / mp.asin(mp.sqrt(z)) * mp.sqrt(z) if z else mpf(0)),
    "ERF": (error_part, (mpf(-1), mpf(1) / 11), 14, of_error),
}
WEIGHTED = ("ERF",)  # where what an error is of the result differs by many powers of 10
CONSTANTS = {  # name: the number, and the bits of its parts before the last
    "LN_2": (mp.log(2), (32,)),
    "HALVES_OF_LN_2": (mp.log(2), (26,)),
    "TWO_THIRDS": (2 / (3 * mp.log(2)), (26,)),
    "HALF_PI": (mp.pi / 2, (33, 33, 33)),
    "PI": (mp.pi, (53,)),
}


def coefficients(name: str) -> list[float]:
    """Those of the powers 0, 1, …"""
    function, interval, count, times = POLYNOMIALS[name]
    if name in WEIGHTED:
        return [float(c) for c in least_squares(function, interval, count, times)]
    return [float(c) for c in reversed(mp.chebyfit(function, interval, count))]


def least_squares(
    function: Callable[[Any], Any], interval: tuple, count: int, weight: Callable[[Any], Any]
) -> list[Any]:
    """The polynomial that is closest at the Chebyshev nodes of the interval, with these weights."""
    nodes, (low, high) = 3 * count, interval
    points = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * nodes)) for i in range(nodes)]
    rows = mp.matrix([[weight(x) * x**power for power in range(count)] for x in points])
    return list(mp.qr_solve(rows, mp.matrix([weight(x) * function(x) for x in points]))[0])


def error(name: str) -> Any:
    """The largest error of a polynomial with coefficients that are rounded to floats, as a part of the result."""
    function, (low, high), _, times = POLYNOMIALS[name]
    powers = [mpf(c) for c in reversed(coefficients(name))]
    points = [low + (high - low) * i / 1000 for i in range(1001)]
    return max(abs((mp.polyval(powers, x) - function(x)) * times(x)) for x in points)


def parts(name: str) -> list[float]:
    """The number as a sum of floats, of which the first have few bits: whole numbers times these are exact."""
    rest, bits = CONSTANTS[name]
    found = []
    for count in bits:
        with mp.workprec(count):
            part = +rest
        found.append(float(part))
        rest -= part
    return [*found, float(rest)]


def line(name: str) -> str:
    """The line of a header that defines a polynomial or a constant."""
    numbers = coefficients(name) if name in POLYNOMIALS else parts(name)
    return f"#define {name} {', '.join(map(repr, numbers))}"


if __name__ == "__main__":
    for name in (*POLYNOMIALS, *CONSTANTS):
        print(line(name))
    for name in POLYNOMIALS:
        print(name, "error", mp.nstr(error(name), 3))
