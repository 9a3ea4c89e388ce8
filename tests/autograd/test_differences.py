"""The derivative of a function of one float by differences: estimates, their errors, and what refutes them."""

import math

import pytest

from autograd.differences import differences, extrapolated, quotient


def allowed(derivative):
    return 1e-8 + 1e-6 * abs(derivative)


def around(f, x):
    return differences(f, x, f(x), allowed)


SMOOTH = [
    (math.sin, math.cos, 0.5),
    (math.sin, math.cos, 1e4),
    (math.exp, math.exp, -20.0),
    (math.exp, math.exp, 20.0),
    (math.atan, lambda x: 1 / (1 + x * x), 1e-8),
    (lambda x: x**7, lambda x: 7 * x**6, -3.0),
    (lambda x: math.tanh(x) + 1e3, lambda x: 1 / math.cosh(x) ** 2, 0.3),
]


@pytest.mark.parametrize(("f", "derivative", "x"), SMOOTH)
@pytest.mark.parametrize("which", ["central", "left", "right"])
def test_the_error_that_is_estimated_is_not_exceeded(f, derivative, x, which):
    estimate = getattr(around(f, x), which)
    assert abs(estimate.derivative - derivative(x)) <= estimate.error + 1e-13 * abs(derivative(x))
    assert estimate.error <= allowed(estimate.derivative)


def test_extrapolation_cancels_the_terms_of_the_series():
    steps = [0.5, 0.125, 0.03125]
    cubes = [quotient((1 - h) ** 5, (1 + h) ** 5, 2 * h, h) for h in steps]  # 5 + 10h² + h⁴
    plain = [q.number - 5.0 for q in cubes]
    found = extrapolated(cubes, 2, allowed)
    assert plain[-1] > 9e-3
    assert found.derivative == pytest.approx(5.0, abs=1e-3)


def test_too_few_quotients_give_nothing():
    assert extrapolated([quotient(0.0, 1.0, 1.0, 1.0)], 2, allowed) is None


def test_a_quotient_that_is_not_finite_ends_a_series():
    q = quotient(0.0, 1.0, 1.0, 1.0)
    assert extrapolated([q, q, quotient(0.0, math.inf, 1.0, 1.0), q, q], 2, allowed) is None


def test_a_scale_on_which_f_only_seems_smooth_is_refuted_by_smaller_steps():
    def kink(x):  # with a slope of 1 at 1e-5, and of 1/2 on larger scales
        return max(x, 0.0) + 1.0

    assert around(kink, 1e-5).central.derivative == pytest.approx(1.0, rel=1e-6)


def test_steps_within_which_f_does_not_change_refute_nothing():
    assert around(lambda x: (x + 1e6) - 1e6, 1.0).central.derivative == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (abs, 0.0, -1.0, 1.0),
        (lambda x: max(x, 0.0), 0.0, 0.0, 1.0),
        (lambda x: math.sqrt(abs(x)), 0.0, -math.inf, math.inf),
        (lambda x: math.copysign(abs(x) ** 0.9, x), 0.0, math.inf, math.inf),
        (lambda x: math.sqrt(abs(1 - x)), 1.0, -math.inf, math.inf),
    ],
)
def test_the_derivatives_from_both_sides(f, x, left, right):
    found = around(f, x)
    assert (found.left.derivative, found.right.derivative) == pytest.approx((left, right))
    assert (found.left.jumps, found.right.jumps) == (False, False)


@pytest.mark.parametrize("height", [1.0, -1e-3, math.inf])
def test_a_jump_is_told_from_an_infinite_derivative(height):
    found = around(lambda x: height if x > 0.5 else 0.0, 0.5)
    assert (found.left.derivative, found.left.jumps) == (0.0, False)
    assert (found.right.derivative, found.right.jumps) == (math.copysign(math.inf, height), True)


def test_outside_the_domain_there_is_nothing():
    found = around(lambda x: math.nan if x < 0 else x, 0.0)
    assert (found.left, found.central, found.right.derivative) == (None, None, 1.0)
