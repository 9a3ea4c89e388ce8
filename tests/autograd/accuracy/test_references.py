"""The exact results are exact: each derivative is that of the value, and more digits change nothing."""

import numpy as np
import pytest
from mpmath import mp, mpf

from autograd import OPERATIONS, Operation

from .elementary import OF_ONE
from .measure import Sized, ulp
from .tables import drawn, exact_at, names, reference

FEW = 12


def moderate(name):
    """Points where differences are exact enough."""
    least = -1.0 if name == "_logsumexp_below" else 1e-3  # there, the largest is 0
    found = [row for points in drawn(name, "float64", 20 * FEW)[:2] for row in points if min(abs(row)) > least]
    if name == "hinge_loss":  # not in the corner
        found = [row for row in found if 1.0 not in abs(row[: len(row) // 2])]
    return [row.tolist() for row in found if max(abs(row)) < 30][:FEW]


def number(each):
    return each.number if isinstance(each, Sized) else each


def difference(function, row, path):
    """The derivative of the last operand of a path, by central differences of what stands before it."""
    *before, last = path
    step = mpf(10) ** -60
    sides = []
    for sign in (1, -1):
        moved = list(map(mpf, row))
        moved[last] += sign * step
        sides.append(number(function(*moved)[tuple(before)]))
    return (sides[0] - sides[1]) / (2 * step)


def wrong(name, function):
    """The paths of the derivatives that are not those of the value."""
    with mp.workdps(200):
        found = set()
        for row in moderate(name):
            for path, exact in function(*map(mpf, row)).items():
                if path and exact is not None:
                    expected = difference(function, row, path)
                    if abs(number(exact) - expected) > mpf(10) ** -50 * max(1, abs(expected)):
                        found.add(path)
        return found


@pytest.mark.parametrize("name", [*names(), *(name for name in OF_ONE if name not in OPERATIONS), "_cosine"])
def test_each_derivative_is_that_of_the_value(name):
    targets = {"take": {(0,)}, "_finished": {(0,)}, "where": {(0,)}}.get(name, set())
    assert moderate(name)
    assert wrong(name, reference(name)) <= targets


@pytest.mark.parametrize("name", ["tanh", "gelu", "pow", "softmax"])
def test_a_wrong_derivative_is_found(name):
    def planted(*x):
        return {path: 2 * number(y) if len(path) == 2 else y for path, y in reference(name)(*x).items()}

    assert {(0, 0), (0, 0, 0)} <= wrong(name, planted)


@pytest.mark.parametrize("name", names())
def test_more_digits_change_nothing(name):
    for points in drawn(name, "float64", 2 * FEW):
        some, more = (exact_at(name, points, precision=precision) for precision in (200, 1200))
        for path, exact in some.items():
            np.testing.assert_array_equal(np.isfinite(exact.nearest), np.isfinite(more[path].nearest))
            with np.errstate(invalid="ignore"):
                distance = (exact.nearest - more[path].nearest) + (exact.missing - more[path].missing)
            assert (np.nan_to_num(np.abs(distance)) <= 1e-9 * ulp(exact.size)).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", names())
def test_points_are_the_same_every_time_and_all_are_floats_of_the_dtype(name, dtype):
    for one, other in zip(drawn(name, dtype, 50), drawn(name, dtype, 50), strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, one.astype(dtype))
        assert np.isfinite(one).all()


def test_an_operation_without_a_reference_is_told(monkeypatch):
    monkeypatch.setitem(OPERATIONS, "cube", Operation("cube", "cube", lambda m, x: x * x * x, lambda m, y, x: (), ()))
    assert "cube" in names()
    with pytest.raises(LookupError, match="'cube' has no exact reference: write one"):
        reference("cube")
