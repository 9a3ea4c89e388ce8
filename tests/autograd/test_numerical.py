"""numerical_gradient, and gradcheck: what passes, what is wrong, and what cannot be told."""

import math
from collections import namedtuple

import numpy as np
import pytest

import autograd
from autograd import GradcheckError, GradcheckUndecided, Operation, Value, gradcheck, numerical_gradient
from autograd.nodes import apply

Point = namedtuple("Point", "x y")


@pytest.mark.parametrize("at", [Value(1.0), [1.0, Value(1.0)], np.array([Value(1.0)])], ids=repr)
@pytest.mark.parametrize("differentiate", [numerical_gradient, gradcheck])
def test_differences_are_not_taken_at_values(differentiate, at):
    with pytest.raises(TypeError, match="differences are taken at numbers, got a Value"):
        differentiate(lambda x: Value(1.0), at)


# -------------------------------------------------------------------------------------- numerical_gradient


@pytest.mark.parametrize("x", [-2.0, 0.0, 0.5, 3])
def test_the_numerical_gradient_of_a_parabola_is_exact_up_to_rounding(x):
    assert numerical_gradient(lambda x: x * x, x) == pytest.approx(2 * x, abs=1e-9)


def test_the_step_grows_with_the_number():
    # a step of 6e-6 would be lost: neighbouring floats are 0.02 apart here
    assert numerical_gradient(lambda x: x * 4.0, 1e14) == 4.0


def test_the_step_can_be_given():
    assert numerical_gradient(lambda x: x**3, 0.0, step=0.5) == 0.25


@pytest.mark.parametrize("step", [0.0, -1e-6, math.nan, math.inf])
def test_a_step_that_is_not_positive_is_a_value_error(step):
    with pytest.raises(ValueError, match="the step must be greater than 0 and finite"):
        numerical_gradient(lambda x: x * x, 1.0, step=step)


@pytest.mark.parametrize("step", [1e-20])
def test_a_step_below_the_rounding_is_a_value_error(step):
    with pytest.raises(ValueError, match=r"the step .* is lost in the rounding of 1.0; take a larger one"):
        numerical_gradient(lambda x: x * x, 1.0, step=step)


@pytest.mark.parametrize("x", [[1.0, 2.0], (1.0, 2.0), Point(1.0, 2.0)], ids=repr)
def test_the_numerical_gradient_has_the_structure_of_the_argument(x):
    gradient = numerical_gradient(lambda x: 2 * x[0] + 3 * x[1], x)
    assert type(gradient) is type(x)
    assert gradient == pytest.approx((2.0, 3.0), rel=1e-9)


def test_the_numerical_gradient_by_an_array_is_an_array_of_floats():
    gradient = numerical_gradient(lambda x: (x * x).sum(), np.array([[1.0, 2.0]]))
    assert (gradient.dtype, gradient.shape) == (float, (1, 2))
    assert gradient == pytest.approx(np.array([[2.0, 4.0]]), rel=1e-9)


def test_finite_differences_record_no_graph():
    parents = []

    def f(x):
        y = x * x
        parents.append(y.parents)
        return y

    numerical_gradient(f, 1.0)
    assert parents == [(), ()]


def test_numerical_gradient_needs_no_graph():
    assert numerical_gradient(math.sin, 1.0) == pytest.approx(math.cos(1.0), rel=1e-9)


def test_numerical_gradient_of_a_function_that_returns_no_number_is_a_type_error():
    with pytest.raises(TypeError, match="not a Value"):
        numerical_gradient(lambda x: [x], 1.0)


# ----------------------------------------------------------------------------------------------- gradcheck


def sine(derivative):
    """The sine as a function of a Value, with the derivative that it is given."""
    operation = Operation("sine", "sine", lambda m, x: m.sin(x), lambda m, y, x: (derivative(m, x),), ())
    return lambda x: apply(operation, x)


RIGHT = sine(lambda m, x: m.cos(x))
WRONG = sine(lambda m, x: 1.00001 * m.cos(x))


@pytest.mark.parametrize("x", [0.5, [0.5, -0.5], [[0.5], (1.0, 2.0)], np.array([0.5, 1.0])], ids=repr)
def test_gradcheck_passes_a_right_derivative(x):
    def f(x):
        return sum(map(f, x)) if isinstance(x, (list, tuple, np.ndarray)) else RIGHT(x)

    assert gradcheck(f, x) is True


@pytest.mark.parametrize("derivative", [lambda m, x: -m.cos(x), lambda m, x: 0.0, lambda m, x: m.cos(x) + 1e-5])
def test_gradcheck_fails_on_a_wrong_derivative(derivative):
    with pytest.raises(GradcheckError):
        gradcheck(sine(derivative), 0.5)


def test_gradcheck_names_the_input_the_step_and_the_distance():
    message = (
        r"the derivative by x\[1\]\[0\] at x\[1\]\[0\] = 0\.5 is 0\.8775\d*, but the difference with step "
        r"0\.\d+ gives 0\.8775\d*: 8\.78e-06 apart, allowed are 8\.88e-07"
    )
    with pytest.raises(GradcheckError, match=message):
        gradcheck(lambda x: RIGHT(x[0]) + WRONG(x[1][0]), [0.5, (0.5,)])


def test_gradcheck_names_a_number_that_is_no_list_x():
    with pytest.raises(GradcheckError, match=r"the derivative by x at x = 0\.5 is"):
        gradcheck(WRONG, 0.5)


def test_gradcheck_names_the_place_in_an_array():
    with pytest.raises(GradcheckError, match=r"the derivative by x\[0\]\[1\] at"):
        gradcheck(lambda x: RIGHT(x[0][0]) + WRONG(x[0][1]), np.array([[0.5, 0.5]]))


@pytest.mark.parametrize("tolerance", ["rtol", "atol"])
@pytest.mark.parametrize("wrong", [-1.0, math.inf, math.nan])
def test_a_tolerance_that_is_none_is_refused(tolerance, wrong):
    with pytest.raises(ValueError, match=f"{tolerance} must be a finite number of at least 0, got {wrong}"):
        gradcheck(lambda x: x, 1.0, **{tolerance: wrong})


@pytest.mark.parametrize("tolerance", ["rtol", "atol"])
def test_gradcheck_allows_what_it_is_told_to(tolerance):
    assert gradcheck(WRONG, 0.5, **{tolerance: 2e-5})


def test_gradcheck_takes_the_step_it_is_told_to():
    with pytest.raises(GradcheckError, match=r"the central difference with step 0\.1 gives"):
        gradcheck(RIGHT, 0.5, step=0.1)


def jump(derivative):
    """A function that is 0 up to 0.5 and infinite above, with the derivative that it is given."""
    operation = Operation("up", "up", lambda m, x: m.where(x > 0.5, math.inf, 0.0), lambda m, y, x: (derivative,), ())
    return lambda x: apply(operation, x)


def test_gradcheck_fails_on_a_derivative_that_is_nan():
    with pytest.raises(GradcheckError, match=r"is nan, but the difference .* gives 0\.8775\d*: nan apart") as error:
        gradcheck(sine(lambda m, x: math.nan), 0.5)
    assert error.type is GradcheckError


@pytest.mark.parametrize("f", [autograd.log, lambda x: x - x + math.nan], ids=["log of a negative number", "nan"])
def test_where_the_function_is_nan_differences_cannot_tell(f):
    with pytest.raises(
        GradcheckUndecided, match=r"cannot tell whether .* is right: f is nan there\. Try another point"
    ):
        gradcheck(f, -1.0)


def test_where_the_function_is_infinite_differences_cannot_tell():
    with pytest.raises(GradcheckUndecided, match="f is -inf there"):
        gradcheck(autograd.log, 0.0)


def test_gradcheck_fails_on_infinities_of_opposite_signs():
    with pytest.raises(GradcheckError, match=r"is -inf, but .* inf apart") as error:
        gradcheck(jump(-math.inf), 0.5)
    assert error.type is GradcheckError


def test_gradcheck_passes_equal_infinities():
    assert gradcheck(jump(math.inf), 0.5)


def test_a_gradcheck_error_is_an_assertion_error():
    assert issubclass(GradcheckError, AssertionError)


# --------------------------------------------------------------------------- borders, kinks, jumps, infinities

BORDERS = {
    "log near 0": (autograd.log, 1e-6),
    "sqrt near 0": (autograd.sqrt, 1e-8),
    "a root as a power near 0": (lambda x: x**0.5, 1e-12),
    "1/x near 0": (lambda x: 1 / x, 1e-9),
    "asin near 1": (autograd.asin, 1 - 1e-6),
    "artanh near 1": (lambda x: 0.5 * autograd.log((1 + x) / (1 - x)), 1 - 1e-9),
    "exp before it overflows": (autograd.exp, 709.7826),
    "a power at 0": (lambda x: x**2.5, 0.0),
}
SCALES = {
    "cos far out": (autograd.cos, 1e6),
    "cos further out": (autograd.cos, 1e8),
    "exp, large": (autograd.exp, 700.0),
    "exp, denormal": (autograd.exp, -745.0),
    "the largest numbers": (autograd.tanh, 1.7e308),
    "a fast wave": (lambda x: autograd.sin(64 * math.pi * x), 3.0),
    "a large constant that goes again": (lambda x: (x + 1e6) - 1e6, 1.0),
    "a large constant": (lambda x: autograd.tanh(x) + 1e6, 0.3),
    "a small factor": (lambda x: autograd.tanh(x) * 1e-8, 0.3),
    "a large factor": (lambda x: autograd.tanh(x) * 1e8, 0.3),
    "a small number": (lambda x: x**3, 1e-8),
}
KINKS = {  # where the derivative lies between those from the left and from the right
    "relu": (autograd.relu, 0.0),
    "relu beside a large constant": (lambda x: autograd.relu(x) + 1e6, 0.0),
    "abs": (abs, 0.0),
    "elu": (lambda x: autograd.elu(x, 0.5), 0.0),
    "a tie of three": (lambda x: autograd.maximum(x, 1.0, 1.0), 1.0),
    "step": (autograd.step, 0.0),
}
INFINITE = {
    "sqrt at 0": (autograd.sqrt, 0.0),
    "a cube root at 0": (lambda x: x ** (1 / 3), 0.0),
    "asin at 1": (autograd.asin, 1.0),
    "acos at -1": (autograd.acos, -1.0),
}
RIGHT_ONES = BORDERS | SCALES | KINKS | INFINITE


@pytest.mark.parametrize(("f", "x"), RIGHT_ONES.values(), ids=list(RIGHT_ONES))
def test_gradcheck_passes_a_right_derivative_also_at(f, x):
    assert gradcheck(f, x)


def at(f, x, derivative):
    """f with this derivative, true or not, at x."""
    operation = Operation("f", "f", lambda m, a: f(a), lambda m, y, a: (derivative,), ())
    return (lambda a: apply(operation, a)), x


WRONG_ONES = {
    "log near 0": at(autograd.log, 1e-6, 1.001e6),
    "asin near 1": at(autograd.asin, 1 - 1e-6, 707.0),
    "a power at 0": at(lambda x: x**2.5 if x >= 0 else math.nan, 0.0, 1e-6),
    "cos far out": at(math.cos, 1e6, math.sin(1e6)),
    "a large constant": at(lambda x: x + 1e6, 0.3, 1.001),
    "right of a kink": at(autograd.relu, 0.0, 1.00001),
    "left of a kink": at(autograd.relu, 0.0, -0.00001),
    "nan at a kink": at(abs, 0.0, math.nan),
    "beside a kink": at(autograd.relu, 1e-6, 0.5),
    "finite where it is infinite": at(autograd.sqrt, 0.0, 1e9),
    "infinite with the other sign": at(autograd.sqrt, 0.0, -math.inf),
    "infinite where it is finite": at(math.sin, 0.5, math.inf),
    "nan where it is infinite": at(autograd.sqrt, 0.0, math.nan),
    "not that of the side which f(x) belongs to": at(autograd.step, 0.0, 0.5),
}


@pytest.mark.parametrize(("f", "x"), WRONG_ONES.values(), ids=list(WRONG_ONES))
def test_gradcheck_fails_on_a_wrong_derivative_also(f, x):
    with pytest.raises(GradcheckError) as error:
        gradcheck(f, x)
    assert error.type is GradcheckError


def test_at_a_kink_both_derivatives_are_named():
    with pytest.raises(GradcheckError, match=r"differences from the left and from the right .* give 0\.0 and 1\.0:"):
        gradcheck(*at(autograd.relu, 0.0, 2.0))


UNDECIDED = {
    "rounding hides it": (lambda x: x + 1e30, 1.0, "with an error of up to"),
    "rounding hides a border": (lambda x: autograd.sqrt(x) + 1e6, 1e-8, "with an error of up to"),
    "rounding hides how near a kink is": (lambda x: abs(x) + 1e6, 8.942184983398504e-09, "not smooth on any scale"),
    "an infinite number": (autograd.tanh, math.inf, r"f is 1\.0 there"),
    "a single number": (lambda x: autograd.where(abs(x - 1) <= 0, x, math.nan), 1.0, "jumps there, or is nan"),
    "jumps on both sides": (lambda x: autograd.atan2(x, 0.0), 0.0, "a nan names the line it comes from"),
}


@pytest.mark.parametrize(("f", "x", "why"), UNDECIDED.values(), ids=list(UNDECIDED))
def test_gradcheck_says_when_it_cannot_tell_and_what_to_try(f, x, why):
    with pytest.raises(GradcheckUndecided, match=why) as error:
        gradcheck(f, x)
    assert "Try another point, a larger rtol or atol, or a step of your own" in str(error.value)


def test_undecided_is_a_gradcheck_error():
    assert issubclass(GradcheckUndecided, GradcheckError)


def test_of_tiny_derivatives_a_smaller_tolerance_sees_the_faults():
    def wrong(x):
        return 1e-8 * WRONG(x)

    assert gradcheck(wrong, 0.5)
    with pytest.raises(GradcheckError, match=r"allowed are 8\.78e-15"):
        gradcheck(wrong, 0.5, atol=0.0)
    assert gradcheck(lambda x: 1e-8 * RIGHT(x), 0.5, atol=0.0)


def test_a_larger_tolerance_decides():
    assert gradcheck(lambda x: autograd.sqrt(x) + 1e6, 1e-8, rtol=1e-2)


def test_with_a_step_of_your_own_a_difference_that_is_nan_cannot_tell():
    with pytest.raises(GradcheckUndecided, match=r"the central difference with step 0\.1 gives nan"):
        gradcheck(autograd.log, 0.05, step=0.1)


def test_gradcheck_takes_a_refused_number_for_one_outside_the_domain():
    def refuses(x):
        if x <= 0:
            raise ValueError("x must be positive")
        return autograd.log(x)

    assert gradcheck(refuses, 1e-6)


def test_an_error_at_the_point_itself_is_not_hidden():
    def refuses(x):
        raise ValueError("x must be positive")

    with pytest.raises(ValueError, match="x must be positive"):
        gradcheck(refuses, 1.0)


def test_gradcheck_looks_twice_to_four_times_where_all_is_well():
    looked = []
    gradcheck(lambda x: looked.append(x) or x * x, 1.0)
    assert len(looked) <= 5


@pytest.mark.parametrize("check", [gradcheck, lambda f, x: numerical_gradient(f, x) == pytest.approx(6.0)])
def test_an_array_without_an_axis_is_the_number_in_it(check):
    assert check(lambda x: np.array(x * x), 3.0)
