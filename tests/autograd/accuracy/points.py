"""Where the operations are held against the exact results: the same points every time, for as many as are asked for.

Magnitudes from the smallest subnormal number to the largest, in both signs; densely where something happens; a few ulps
beside every zero, pole, kink and border of overflow.
"""

import math
from collections.abc import Callable
from random import Random

import numpy as np

from .measure import BITS, LARGEST, SMALLEST

PI = math.pi
BESIDE = {  # the points of which a few ulps beside count, for numbers of a function besides those of all
    "float64": [
        709.782712893384, 710.4758600739439, 745.1332191019411, 708.3964185322641, 36.7368005696771, 18.714973875118524,
        19.06154746539849, 355.2379300369722, 1.3407807929942596e154, 1.4916681462400413e-154, 26.543258430945546,
        27.22601711110137, 38.567, 37.5193, 5.92, 8.292361075813595, 0.49999999999999994, 9007199254740992.0, 5.6e102,
    ],
    "float32": [
        88.72283905206835, 89.41598629223294, 103.97207708399179, 87.33654475055310, 16.6, 9.010913347279288, 44.0,
        1.8446743523953730e19, 1.0842021724855044e-19, 9.19455, 10.0, 14.4, 13.2, 3.92, 5.42, 16777216.0,
    ],
}  # fmt: skip
OF_ALL = [1.0, 0.5, 2.0]
SPECIAL = {
    "sin": [k * PI / 2 for k in range(1, 9)], "cos": [k * PI / 2 for k in range(1, 9)],
    "tan": [k * PI / 2 for k in range(1, 9)],
    "gelu": [0.7517915246935645, 1.4142135623730951], "silu": [1.2784645427610738, 2.399357280515468],
    "erf": [0.7071067811865476], "sigmoid": [1.3169578969248166], "softplus": [1.3169578969248166],
    "tanh": [0.6584789484624083], "atan": [0.5773502691896257],
}  # fmt: skip
WIDTHS = (1.0, 3.0, 10.0, 45.0, 120.0, 760.0)
POSITIVE, WITHIN_1 = ("log", "sqrt"), ("asin", "acos", "_cosine_of_arcsine")


class Points:
    """Random numbers of a dtype."""

    def __init__(self, name: str, dtype: str) -> None:
        self.random = Random(f"{name} {dtype}")
        self.dtype, self.beside = dtype, BESIDE[dtype] + OF_ALL + SPECIAL.get(name, [])
        self.bits = BITS[dtype]
        self.low, self.high = SMALLEST[dtype] - self.bits + 1, LARGEST[dtype]

    def rounded(self, x: float) -> float:
        most = float(np.finfo(self.dtype).max)
        return float(np.array(max(-most, min(x, most)), np.float64).astype(self.dtype))

    def sign(self) -> float:
        return self.random.choice((1.0, -1.0))

    def near(self, x: float, ulps: int = 4) -> float:
        """A few floats beside a number."""
        steps = self.random.choice([*range(-ulps, ulps + 1), *(k * 2**n for n in (10, 20) for k in (1, -1))])
        x = self.rounded(x)
        return self.rounded(x + steps * float(np.spacing(np.array(x, self.dtype))))

    def magnitude(self, low: float | None = None, high: float | None = None) -> float:
        """2 to a uniform power, of a random mantissa."""
        exponent = self.random.uniform(self.low if low is None else low, self.high if high is None else high)
        return self.rounded(math.ldexp(2.0 ** (exponent % 1.0), math.floor(exponent))) or 2.0**self.low

    def number(self) -> float:
        """Not 0."""
        way = self.random.random()
        if way < 0.3:
            x = self.magnitude()
        elif way < 0.4:
            x = self.magnitude(-self.bits - 10, 10)
        elif way < 0.8:
            width = self.random.choice(WIDTHS)
            x = self.rounded(self.random.uniform(0.0, width))
        else:
            x = self.near(self.random.choice(self.beside))
        return self.sign() * (abs(x) or 1.0)

    def moderate(self) -> float:
        return self.rounded(self.random.uniform(-3.0, 3.0)) or 1.0


def of_one(name: str, points: Points) -> tuple[float]:
    x = points.number()
    if name in POSITIVE:
        x = abs(x)
    elif name == "log1p":
        x = x if x > -1.0 else points.near(-1.0 + points.magnitude(-points.high / 20, -1), 0)
        x = x if x > -1.0 else -x
    elif name in WITHIN_1 and not -1.0 < x < 1.0:
        x = points.sign() * points.rounded(1.0 - points.magnitude(1 - points.bits, 0))
        x = x if abs(x) < 1.0 else 0.75
    return (x,)


def of_two(name: str, points: Points) -> tuple[float, float]:
    random = points.random
    a, b = points.number(), points.number()
    way = random.random()
    if way < 0.15:
        a, b = points.moderate(), points.moderate()
    elif way < 0.3:
        b = points.near(a) or a
    elif way < 0.4:
        b = -points.near(a) or a
    elif way < 0.5:  # far apart, but not so far that one is lost
        b = points.rounded(a * 2.0 ** random.uniform(-points.bits, points.bits)) or a
    elif way < 0.6:
        a, b = points.sign() * points.magnitude(), points.sign() * points.magnitude()
    return a, b


def of_power(name: str, points: Points) -> tuple[float, float]:
    random, way = points.random, points.random.random()
    a, b = abs(points.number()), points.number()
    if way < 0.2:
        a, b = abs(points.moderate()), points.moderate()
    elif way < 0.5:  # the result is a float
        log = math.log(a) or 1e-9
        b = points.rounded(random.uniform(points.low, points.high) * math.log(2.0) / log) or 1.0
    elif way < 0.65:
        a = points.near(1.0, 64)
        b = points.sign() * points.magnitude(0, points.high)
    elif way < 0.9:
        whole = float(random.choice([1, 1, 2, 2, 3, 4, 5, 7, 10, 64, 301]))
        b = points.sign() * random.choice([whole, whole - 0.5, points.near(whole)])
    if random.random() < 0.4 and b == math.floor(b) and abs(b) < 2.0**points.bits:
        a = -a
    return a, b


def of_slope(name: str, points: Points) -> tuple[float, float]:
    slope = abs(points.number()) if points.random.random() < 0.5 else abs(points.moderate())
    return points.number(), slope


PAIRS: dict[str, Callable[[str, Points], tuple[float, ...]]] = {
    "pow": of_power, "leaky_relu": of_slope, "elu": of_slope,
}  # fmt: skip
