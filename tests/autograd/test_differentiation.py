"""grad and value_and_grad on functions of numbers, lists and arrays."""

import math
from collections import namedtuple

import numpy as np
import pytest

from autograd import Value, grad, gradcheck, jacobian, no_grad, numerical_gradient, value_and_grad

Point = namedtuple("Point", "x y")


def weighted(a, b, c=1.0):
    """Linear in all its arguments, with another slope for each: 2, 3 and 5."""
    return 2 * a + 3 * b + 5 * c


# ------------------------------------------------------------------------------------ grad, value_and_grad


def test_grad_of_a_number_is_a_float():
    derivative = grad(lambda x: x**3)(2)
    assert (type(derivative), derivative) == (float, 12.0)


def test_value_and_grad_gives_two_floats():
    assert value_and_grad(lambda x: x**3)(2.0) == (8.0, 12.0)


@pytest.mark.parametrize("scalar", [bool, int, float, np.float32, np.int64, np.bool_, np.array])
def test_an_argument_may_be_any_scalar(scalar):
    assert grad(lambda x: x * 3)(scalar(1)) == 3.0


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 2.0),
        (1, 3.0),
        (-1, 3.0),
        (-2, 2.0),
        ((0,), (2.0,)),
        ((1, 0), (3.0, 2.0)),
        ([0, -1], (2.0, 3.0)),
        ((0, 0), (2.0, 2.0)),
    ],
)
def test_argnums_chooses_the_arguments(argnums, expected):
    assert grad(weighted, argnums)(1.0, 1.0) == expected


@pytest.mark.parametrize("argnums", [2, -3, (0, 2)])
def test_argnums_beyond_the_arguments_is_a_type_error(argnums):
    with pytest.raises(TypeError, match=r"argnums names argument -?\d, but the function was called with 2"):
        grad(weighted, argnums)(1.0, 1.0)


def test_keyword_arguments_are_passed_on_and_not_differentiated():
    assert value_and_grad(weighted)(1.0, 1.0, c=2.0) == (15.0, 2.0)


def test_other_arguments_reach_the_function_as_they_are():
    seen = []
    grad(lambda x, other: seen.append(other) or x * 1.0)(2.0, "other")
    assert seen == ["other"]


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([1.0, 2.0], [2.0, 4.0]),
        ((1.0, 2.0), (2.0, 4.0)),
        ([[1.0], [2.0, 3.0]], [[2.0], [4.0, 6.0]]),
        ([(1.0, 2.0), 3.0], [(2.0, 4.0), 6.0]),
        ([1.0, []], [2.0, []]),
        (Point(1.0, 2.0), Point(2.0, 4.0)),
    ],
    ids=repr,
)
def test_the_gradient_has_the_structure_of_the_argument(x, expected):
    def squares(x):
        return sum(map(squares, x)) if isinstance(x, (list, tuple)) else x * x

    gradient = grad(squares)(x)
    assert (type(gradient), gradient) == (type(x), expected)


def test_an_array_without_an_axis_is_the_number_in_it():
    assert grad(lambda x: np.array(x * x))(3.0) == 6.0
    assert value_and_grad(lambda x: np.array(x * x))(3.0) == (9.0, 6.0)
    assert jacobian(lambda x: np.array(x * x))(3.0) == 6.0
    assert jacobian(lambda x: [np.array(x * x), x])(3.0) == [6.0, 1.0]


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 2, 3)], ids=str)
def test_the_gradient_by_an_array_is_an_array_of_floats(shape):
    x = np.arange(math.prod(shape)).reshape(shape)
    gradient = grad(lambda x: (x * x).sum())(x)
    assert (gradient.dtype, gradient.shape) == (float, shape)
    assert (gradient == 2 * x).all()


def test_the_gradient_by_an_empty_array_is_empty():
    gradient = grad(lambda x, y: x.sum() + y * 1.0, argnums=(0, 1))(np.ones((2, 0)), 1.0)[0]
    assert (gradient.dtype, gradient.shape) == (float, (2, 0))


def test_an_array_in_a_list():
    gradient = grad(lambda p: p[0] @ p[0] * p[1])([np.array([1.0, 2.0]), 3.0])
    assert (gradient[0].tolist(), gradient[1]) == ([6.0, 12.0], 5.0)


def test_an_argument_that_the_function_does_not_use_has_derivative_zero():
    assert grad(lambda x, y: y * 2.0, argnums=(0, 1))(1.0, 1.0) == (0.0, 2.0)


def test_the_identity_has_derivative_one():
    assert grad(lambda x: x)(2.0) == 1.0


def test_grad_inside_no_grad_is_no_different():
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0


def test_no_grad_inside_the_function_is_respected():
    def f(x):
        with no_grad():
            frozen = x * x
        return frozen * x

    assert grad(f)(3.0) == 9.0


def test_after_grad_inside_no_grad_nothing_is_recorded_still():
    with no_grad():
        grad(lambda x: x * x)(3.0)
        assert (Value(1.0) * 2.0).parents == ()


@pytest.mark.parametrize(
    ("result", "why"),
    [
        (1.0, "do not convert to float"),
        (None, r"is there a return\?"),
        *((result, "one number is differentiated") for result in ("1", {}, 1j)),
        *((result, r"take jacobian\(f\), or return one") for result in ([Value(1.0)], np.array([1.0]))),
    ],
    ids=repr,
)
def test_a_function_that_returns_no_value_is_a_type_error_that_says_why(result, why):
    def broken(x):
        return result

    with pytest.raises(TypeError, match=rf"broken returned .* not a Value: .*{why}"):
        grad(broken)(1.0)


def test_what_is_differentiated_by_has_a_position():
    with pytest.raises(TypeError, match=r"names argument 0, but .* called with 0: .* by position, not by keyword"):
        grad(lambda x: x)(x=1.0)
    for wrong in (1.5, "x", None):
        with pytest.raises(TypeError, match="argnums is the position of an argument or a list of positions, got"):
            grad(lambda x: x, argnums=wrong)


def test_a_function_without_a_name_is_named_by_its_repr():
    class Broken:
        def __call__(self, x):
            return 1.0

        def __repr__(self):
            return "Broken()"

    with pytest.raises(TypeError, match=r"Broken\(\) returned 1.0 of type float"):
        grad(Broken())(1.0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("1", r"taken at numbers and \(nested\) lists of them, got '1' of type str"),
        (None, r"got None of type NoneType"),
        ([1.0, [1j]], r"got 1j of type complex"),
        ({"w": 1.0}, r"of type dict"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("differentiate", [lambda f, x: grad(f)(x), numerical_gradient, gradcheck])
def test_an_argument_that_is_no_number_is_a_type_error(differentiate, wrong, message):
    with pytest.raises(TypeError, match=message):
        differentiate(lambda x: Value(1.0), wrong)


def test_a_derivative_has_no_side_effects_on_what_the_function_closes_over():
    w = Value(5.0)
    w.grad = 7.0
    assert grad(lambda x: x * w)(2.0) == 5.0
    assert w.grad == 7.0


def test_a_derivative_leaves_the_gradients_of_inner_nodes_alone():
    w = Value(3.0)
    h = w * w
    h.backward()
    grad(lambda x: x * h)(2.0)
    assert (h.grad, w.grad) == (1.0, 6.0)


def test_no_position_to_differentiate_by_is_a_value_error():
    with pytest.raises(ValueError, match="argnums is empty"):
        grad(lambda x: x * x, argnums=[])


def test_a_position_may_be_a_numpy_integer():
    assert grad(lambda x, y: x * y, argnums=np.int64(1))(2.0, 3.0) == 2.0


@pytest.mark.parametrize("derivative", [grad, value_and_grad, jacobian])
def test_what_is_no_function_is_refused_at_once(derivative):
    with pytest.raises(TypeError, match="what is differentiated is a function, got 3 of type int"):
        derivative(3)
