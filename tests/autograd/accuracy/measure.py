"""How far a number is from the exact one, in ulps or as a part of it, and how far it may be.

An exact number is kept as the double nearest to it and what is missing. Its size is what an error is measured against:
its own, but where terms cancel, the sum of theirs. Its grain is what the smallest subnormal number was multiplied by on
the way: the absolute bound of a result from subnormal numbers is so many of these.
"""

from typing import NamedTuple

import numpy as np
from mpmath import mp, mpf

BITS = {"float64": 53, "float32": 24}
LARGEST = {"float64": 1024, "float32": 128}  # 2 to this power is infinite
SMALLEST = {"float64": -1022, "float32": -126}  # 2 to this power is the smallest normal number

ULPS = 4.0  # of values and first partials
ULPS_OF_KIN = 64.0  # of what is an exponential of a difference
RELATIVE = 1e-12  # of second and third derivatives, and of compiled ones beside eager ones


class Sized(NamedTuple):
    """An exact number that is measured against more than itself."""

    number: mpf
    size: mpf
    grain: mpf = mpf(1)
    is_mixed: bool = False  # a sum of terms of both signs: where they overflow, it is inf - inf


def cancelling(*terms: mpf) -> Sized:
    """A sum whose terms may cancel: it is measured against all of them."""
    is_mixed = min(terms) < 0 < max(terms)
    return Sized(sum(terms), sum(map(abs, terms)), is_mixed=is_mixed)


def against(number: mpf, floor: float) -> Sized:
    """A number near its own zero, measured against the floor."""
    return Sized(number, max(abs(number), mpf(floor)))


def with_grain(number: mpf, grain: mpf) -> Sized:
    return Sized(number, abs(number), max(abs(grain), mpf(1)))


class Exact(NamedTuple):
    """Exact numbers, as arrays; nan where there is none to compare with."""

    nearest: np.ndarray
    missing: np.ndarray
    size: np.ndarray
    grain: np.ndarray  # the binary logarithm of it

    @classmethod
    def of(cls, numbers: list, dtype: str = "float64") -> "Exact":
        rows = []
        for each in numbers:
            if each is None:
                rows.append((np.nan, 0.0, 0.0, 0.0))
                continue
            number, size, grain, is_mixed = each if isinstance(each, Sized) else Sized(each, abs(each))
            nearest = np.nan if is_mixed and size >= 2 ** mpf(LARGEST[dtype] - 1) else float(number)
            missing = float(number - nearest) if abs(nearest) < np.inf else 0.0
            rows.append((nearest, missing, float(size) or (5e-324 if size else 0.0), float(mp.log(grain, 2))))
        return cls(*np.array(rows).reshape(-1, 4).T)

    @property
    def is_its_own_size(self) -> np.ndarray:
        return self.size <= np.maximum(np.abs(self.nearest), 5e-324)

    def is_regular(self, bits: int) -> np.ndarray:
        """Where a number is 0, or its exponent is within these bits: far enough from what is subnormal or infinite."""
        size = np.abs(self.nearest)
        return (self.size == 0.0) | ((size >= 2.0**-bits) & (size <= 2.0**bits))


def ulp(size: np.ndarray, dtype: str = "float64") -> np.ndarray:
    """The distance of floats of a size: of what overflows, that of the largest; of subnormal ones, the smallest."""
    _, exponent = np.frexp(np.where(np.isfinite(size), size, 0.0))
    exponent = np.where(np.isfinite(size), np.minimum(exponent, LARGEST[dtype]), LARGEST[dtype]) - 1
    exponent = np.where(size == 0.0, SMALLEST[dtype], np.maximum(exponent, SMALLEST[dtype]))
    return np.ldexp(1.0, exponent - BITS[dtype] + 1)


def errors(got: np.ndarray, exact: Exact, dtype: str = "float64", relative: bool = False) -> np.ndarray:
    """The errors of some numbers in ulps of the sizes, or as parts of them; inf for nan and for a wrong sign.

    What overflows is as large as the first number that does: inf is right where the exact result is rounded to it.
    """
    got = np.asarray(got, np.float64)
    scale = np.where((np.abs(got) > 1.0) | (np.abs(exact.nearest) > 1.0), 0.25, 1.0)  # 2¹⁰²⁴ is no float
    most = 2.0 ** (LARGEST[dtype] - 2)
    with np.errstate(invalid="ignore", over="ignore", under="ignore", divide="ignore"):
        is_large = np.abs(exact.nearest) * scale >= most
        nearest = np.clip(exact.nearest * scale, -most, most)
        missing = np.where(is_large, 0.0, exact.missing * scale)
        distance = np.abs((np.clip(got * scale, -most, most) - nearest) - missing)
        unit = ulp(exact.size, dtype)
        floor = 2.0 ** (exact.grain + SMALLEST[dtype] - BITS[dtype] + 1)
        if relative:
            unit, floor = np.maximum(exact.size, unit), floor * ULPS / RELATIVE
        unit = np.maximum(unit, floor)
        found = np.where(distance == 0.0, 0.0, distance / (np.minimum(unit, np.finfo(np.float64).max) * scale))
    lost = np.isnan(got) | (exact.is_its_own_size & (np.sign(got) * np.sign(exact.nearest) < 0))
    return np.where(np.isnan(exact.nearest), 0.0, np.where(lost, np.inf, found))


def wrong_zeros(got: np.ndarray, exact: Exact) -> np.ndarray:
    """Where a result is a zero of the wrong sign although the exact one has one."""
    other = np.signbit(got) != np.signbit(exact.nearest)
    return (np.asarray(got) == 0.0) & (exact.size > 0.0) & exact.is_its_own_size & other
