"""The measure of errors, and that faults which were planted are found."""

import math

import numpy as np
import pytest
from mpmath import mp, mpf

from autograd import OPERATIONS

from .computed import eager, eager_higher
from .exceptions import EXCEPTIONS, MOST, MOST_IN_FLOAT32, Exceptional
from .judging import WHAT, inexact, limit, unlike_eager, worst_of
from .measure import Exact, Sized, against, cancelling, errors, ulp, with_grain, wrong_zeros
from .tables import names, tables

inf, nan = math.inf, math.nan
TINY = 5e-324


with mp.workprec(2000):
    BESIDE_1, JUST_INFINITE = 1 + mpf(2) ** -54, mpf(2) ** 1024 - mpf(2) ** 970


def error(got, exact, dtype="float64", relative=False):
    with mp.workprec(200):
        return float(errors(np.array([got]), Exact.of([exact], dtype), dtype, relative)[0])


@pytest.mark.parametrize(
    ("size", "dtype", "expected"),
    [
        (1.0, "float64", 2.0**-52), (1.999, "float64", 2.0**-52), (0.999, "float64", 2.0**-53),
        (1e-310, "float64", TINY), (0.0, "float64", TINY), (1.7e308, "float64", 2.0**971), (inf, "float64", 2.0**971),
        (1.0, "float32", 2.0**-23), (1e-40, "float32", 2.0**-149), (1e300, "float32", 2.0**104),
    ],
)  # fmt: skip
def test_an_ulp(size, dtype, expected):
    assert ulp(np.array([size]), dtype)[0] == expected


@pytest.mark.parametrize(
    ("got", "exact", "expected"),
    [
        (1.0, mpf(1), 0.0),
        (1.0, BESIDE_1, 0.25),  # what a double cannot tell
        (1.0 + 2.0**-50, mpf(1), 4.0),
        (inf, mpf(10) ** 400, 0.0),
        (-inf, mpf(10) ** 400, inf),
        (1.7976931348623157e308, mpf(2) ** 1024, 1.0),
        (inf, JUST_INFINITE, 0.0),  # which is rounded to it
        (1.7e308, mpf(10) ** 400, 0.0543 * 2.0**53),
        (inf, mpf("1.7e308"), 0.0543 * 2.0**53),
        (nan, mpf(1), inf),
        (nan, mpf(10) ** -400, inf),
        (0.0, mpf(10) ** -400, 0.0),
        (TINY, mpf(10) ** -400, 1.0),
        (0.0, mpf(2) ** -1072, 4.0),
        (-TINY, mpf(2) ** -1072, inf),  # the sign
        (3.0, None, 0.0),
    ],
)
def test_an_error(got, exact, expected):
    assert error(got, exact) == pytest.approx(expected, rel=1e-2)


def test_an_error_of_float32():
    assert error(1.0 + 2.0**-22, mpf(1), "float32") == 2.0
    assert error(inf, mpf(2) ** 128, "float32") == 0.0
    assert error(inf, mpf("3e38"), "float32") > 1e6


@pytest.mark.parametrize(
    ("got", "exact", "expected"),
    [
        (2.0**-52, cancelling(mpf(1), mpf(-1)), 0.5),  # the terms are 2 together
        (2.0**-52, Sized(mpf(0), mpf(2)), 0.5),
        (-(2.0**-60), against(mpf(2) ** -60, 0.05), 0.25),  # also of the other sign
        (1e-300, with_grain(mpf("1.00001e-300"), mpf(10) ** 30), 0.0),
        (nan, cancelling(mpf(10) ** 308, mpf(10) ** 308, mpf(-(10**309))), 0.0),  # ∞ - ∞
    ],
)
def test_an_error_is_measured_against_the_size(got, exact, expected):
    assert error(got, exact) == pytest.approx(expected, abs=1e-3)


def test_an_error_as_a_part():
    assert error(1.5, mpf(1), relative=True) == 0.5
    assert error(1.0, Sized(mpf("0.5"), mpf(10)), relative=True) == 0.05


def test_a_zero_of_the_wrong_sign():
    exact = Exact.of([mpf(10) ** -400, -(mpf(10) ** -400), mpf(0)])
    assert wrong_zeros(np.array([-0.0, -0.0, -0.0]), exact).tolist() == [True, False, False]


# ------------------------------------------------------------------------------------------ planted faults


def plant(monkeypatch, name, **changes):
    monkeypatch.setitem(OPERATIONS, name, OPERATIONS[name]._replace(**changes))


def is_found(name, compute, what, examples=300):
    found = worst_of((table, compute(table)) for table in tables(name, "float64", examples))
    return any(f", {what}: " in each for each in inexact(name, found))


@pytest.mark.parametrize(
    "value",
    [
        lambda m, x: m.sin(x) * (1.0 + 2.0**-49),  # 8 ulp
        lambda m, x: m.sin(x) if abs(x) > 1e-300 else 0.0,  # of the smallest numbers
        lambda m, x: m.sin(x) if abs(x) < 1e300 else nan,
        lambda m, x: m.sin(x) if x > -1e-300 or x < -1e-200 else -m.sin(x),
    ],
)
def test_a_value_is_found(monkeypatch, value):
    assert not is_found("sin", eager, "value")
    plant(monkeypatch, "sin", value=value)
    assert is_found("sin", eager, "value")


def test_a_first_derivative_is_found(monkeypatch):
    assert not is_found("exp", eager, "first derivative")
    plant(monkeypatch, "exp", partials=lambda m, y, x: (y * (1.0 + 2.0**-48),))
    assert is_found("exp", eager, "first derivative")


def test_a_second_derivative_is_found(monkeypatch):
    assert not is_found("sin", eager_higher, "second derivative")
    plant(monkeypatch, "sin", partials=lambda m, y, x: (m.cos(x * (1.0 + 1e-11)) if m.node else m.cos(x),))
    assert is_found("sin", eager_higher, "second derivative")


def test_a_compiled_number_unlike_the_eager_one_is_found():
    (table,) = tables("exp", "float64", 300)
    numbers = eager(table)
    assert not unlike_eager(table, {path: x / (1.0 + 1e-13) for path, x in numbers.items()}, numbers)
    assert unlike_eager(table, {path: x / (1.0 + 1e-11) for path, x in numbers.items()}, numbers)


# ------------------------------------------------------------------------------------------- the exceptions


def test_exceptions_are_of_what_is_measured_and_small():
    for (name, what), (bound, reason) in EXCEPTIONS.items():
        order, of_float32 = what.removesuffix(" in float32"), what.endswith(" in float32")
        assert name in names()
        assert order in WHAT[: 2 if of_float32 else 4]
        assert 0.0 < bound <= (MOST_IN_FLOAT32 if of_float32 else MOST)
        assert reason


def test_an_exception_moves_the_limit_of_what_it_names_alone(monkeypatch):
    monkeypatch.setitem(EXCEPTIONS, ("sin", WHAT[0]), Exceptional(1e-13, "planted"))
    monkeypatch.setitem(EXCEPTIONS, ("sin", f"{WHAT[1]} in float32"), Exceptional(1e-6, "planted"))
    assert [limit("sin", order) for order in range(3)] == [1e-13 * 2.0**53, 4.0, 1e-12]
    assert [limit("sin", order, "float32") for order in range(2)] == [4.0, 1e-6 * 2.0**24]
    assert [limit("softmax", order) for order in range(2)] == [64.0, 64.0]
