"""Derivatives of derivatives: against formulas, against differences, and of every entry of the rule book."""

import math

import numpy as np
import pytest

import autograd
from autograd import (
    OPERATIONS,
    Value,
    grad,
    gradcheck,
    hessian,
    jacobian,
    maximum,
    no_grad,
    numerical_gradient,
    softmax,
    value_and_grad,
    where,
)
from autograd.differentiation import gradient_graphs

COMPARISONS = ("less", "less_equal", "greater", "greater_equal")
SMOOTH = [operation for name, operation in OPERATIONS.items() if name not in COMPARISONS]


def middle(operation):
    """A point in the domain of an operation, off all symmetries."""
    return [
        sorted(bounds)[-1] if isinstance(bounds, set) else bounds[0] + (0.37 + 0.11 * i) * (bounds[1] - bounds[0])
        for i, bounds in enumerate(operation.domain)
    ]


def as_function(operation):
    choices = [i for i, bounds in enumerate(operation.domain) if isinstance(bounds, set)]
    point = middle(operation)

    def f(xs):
        operands = [Value(point[i]) if i in choices else x for i, x in enumerate(xs)]
        return autograd.nodes.apply(operation, *operands)

    return f, point


@pytest.mark.parametrize("operation", SMOOTH, ids=lambda operation: operation.name)
def test_second_derivatives_of_the_rule_book_are_those_of_differences(operation):
    f, point = as_function(operation)
    second = hessian(f)(point)
    for i in range(len(point)):
        expected = numerical_gradient(lambda xs, i=i: grad(f)(xs)[i], point)
        assert second[i] == pytest.approx(expected, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("operation", SMOOTH, ids=lambda operation: operation.name)
def test_third_derivatives_of_the_rule_book_are_those_of_differences(operation):
    f, point = as_function(operation)

    def total_curvature(xs):
        return sum(sum(row) for row in hessian(f)(xs))

    assert grad(total_curvature)(point) == pytest.approx(numerical_gradient(total_curvature, point), rel=1e-5, abs=1e-7)


@pytest.mark.parametrize(
    ("f", "x", "derivatives"),
    [
        (lambda x: x**5, 2.0, [80.0, 160.0, 240.0, 240.0, 120.0, 0.0]),
        (lambda x: x.exp(), 0.0, [1.0] * 6),
        (lambda x: x.sin(), 0.5, [math.cos(0.5), -math.sin(0.5), -math.cos(0.5), math.sin(0.5)]),
        (lambda x: 1 / x, 2.0, [-1 / 4, 2 / 8, -6 / 16, 24 / 32]),
        (abs, -3.0, [-1.0, 0.0, 0.0]),
        (lambda x: maximum(x, 1.0) * x, 2.0, [4.0, 2.0, 0.0]),
        (lambda x: where(x > 0, x**3, x**2), -2.0, [-4.0, 2.0, 0.0]),
    ],
)
def test_derivatives_of_any_order(f, x, derivatives):
    for derivative in derivatives:
        f = grad(f)
        assert f(x) == pytest.approx(derivative, rel=1e-12, abs=1e-12)


def test_the_hessian_of_rosenbrocks_valley():
    def valley(p):
        x, y = p
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2

    x, y = 0.7, -0.4
    assert hessian(valley)([x, y]) == [
        pytest.approx([2 - 400 * y + 1200 * x * x, -400 * x]),
        pytest.approx([-400 * x, 200]),
    ]


def test_hessians_are_symmetric():
    h = np.array(hessian(lambda x: softmax(x)[0] * x[1].tanh() * x[2] ** x[0])([0.5, -0.3, 1.7]))
    assert h == pytest.approx(h.T, rel=1e-12)


def test_a_hessian_has_the_shape_of_the_argument_twice():
    assert hessian(lambda x: x**3)(2.0) == 12.0
    assert hessian(lambda x: (x * x * x).sum())(np.array([1.0, 2.0])).tolist() == [[6.0, 0.0], [0.0, 12.0]]
    assert hessian(lambda a, b: a * b**2, argnum=1)(3.0, 5.0) == 6.0


def test_a_jacobian_has_the_shape_of_the_result_and_in_it_that_of_the_argument():
    def f(x, y):
        return {"unused": 0} and [[x[0] * y, x[1]], [2.0, x[0] + x[1] * y]]

    assert jacobian(f)([2.0, 3.0], 5.0) == [[[5.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [1.0, 5.0]]]
    by_both = jacobian(f, argnums=(0, 1))([2.0, 3.0], 5.0)
    assert by_both[1] == [[2.0, 0.0], [0.0, 3.0]]


def test_a_jacobian_of_arrays_is_an_array():
    matrix = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = jacobian(lambda x: matrix @ x)(np.array([1.0, -1.0]))
    assert found.tolist() == matrix.tolist()
    assert found.dtype == float


def test_the_result_that_does_not_depend_on_anything_has_derivatives_0():
    assert jacobian(lambda x: [1.0, x])(2.0) == [0.0, 1.0]


def test_an_outer_variable_is_not_confused_with_an_inner_one():
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0  # d(x·x)/dx
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(3.0) == 1.0
    assert grad(lambda a: grad(lambda x: a * x**2)(3.0))(2.0) == 6.0  # the inner one is at a plain number


def test_an_inner_derivative_may_be_by_several_arguments():
    def f(x, y):
        by_x, by_y = grad(lambda a, b: a**2 * b**3, argnums=(0, 1))(x, y)
        return by_x * by_y

    assert grad(f, argnums=(0, 1))(2.0, 3.0) == pytest.approx((6 * 3**5 * 2**2 * 3, 6 * 2**3 * 5 * 3**4))


def test_at_a_value_the_derivative_is_a_value():
    x = Value(2.0)
    value, slope = value_and_grad(lambda t: t**3)(x)
    assert (value.data, slope.data) == (8.0, 12.0)
    slope.backward()
    assert x.grad == 12.0
    assert jacobian(lambda t: [t * t])(x)[0].data == 4.0


def test_derivatives_have_no_side_effects():
    w, x = Value(3.0), Value(2.0)
    w.grad = x.grad = 7.0
    grad(grad(lambda t: w * t**3))(2.0)
    hessian(lambda t: w * t**3)(2.0)
    grad(lambda t: w * t**3)(x)
    assert (w.grad, x.grad) == (7.0, 7.0)


def test_inside_no_grad_derivatives_are_the_same():
    with no_grad():
        assert grad(grad(lambda x: x**3))(2.0) == 12.0


def test_differences_of_a_derivative():
    assert gradcheck(lambda x: grad(lambda v: softmax(v)[0] * v[1])(x)[2], [0.1, 0.4, -0.3])


def test_an_error_inside_leaves_nothing_behind():
    def wrong(x):
        raise KeyError("wrong")

    with pytest.raises(KeyError):
        grad(wrong)(1.0)
    assert type(grad(lambda x: x * x)(1.0)) is float


@pytest.mark.parametrize("derivative", [grad, jacobian, hessian])
def test_what_is_no_number_is_refused(derivative):
    with pytest.raises(TypeError, match="derivatives are taken at numbers"):
        derivative(lambda x: x)("one")


def test_a_result_that_is_no_value_is_refused():
    with pytest.raises(TypeError, match="not a Value"):
        jacobian(lambda x: [x, "two"])(1.0)


@pytest.mark.parametrize("argnums", [(), []])
def test_no_argument_is_refused(argnums):
    with pytest.raises(ValueError, match="argnums is empty"):
        jacobian(lambda x: x, argnums)


# ------------------------------------------------------------------------------------------------ create_graph


def test_backward_gives_the_gradients_as_graphs_and_as_numbers():
    x, y = Value(2.0), Value(3.0)
    z = x * x * y
    gradients = z.backward(create_graph=True)
    assert (x.grad, y.grad) == (12.0, 4.0) == (gradients[x].data, gradients[y].data)
    assert gradients[z].data == 1.0
    gradients[x].backward()
    assert (x.grad, y.grad) == (12.0 + 6.0, 4.0 + 4.0)


def test_backward_alone_gives_nothing():
    assert Value(2.0).tanh().backward() is None


def test_the_gradient_of_the_root_counts():
    x = Value(2.0)
    assert (x * x).backward(10.0, create_graph=True)[x].data == 40.0


def test_a_gradient_penalty():
    """Whose derivative needs the second derivative: d/dw (d(w·x²)/dx)² = d/dw (2wx)²."""
    w, x = Value(3.0), Value(2.0)
    slope = (w * x * x).backward(create_graph=True)[x]
    w.grad = 0.0
    (slope * slope).backward()
    assert w.grad == 2 * (2 * 3.0 * 2.0) * 2 * 2.0


def test_graphs_of_gradients_are_computed_again_by_forward():
    x = Value(2.0)
    slope = (x**3).backward(create_graph=True)[x]
    x.data = 5.0
    assert slope.forward().data == 75.0


def test_a_root_that_is_an_input():
    x = Value(2.0)
    assert gradient_graphs(x, [x])[0].data == 1.0
    assert x.backward(create_graph=True)[x].data == 1.0


def test_an_input_that_the_root_does_not_depend_on():
    assert gradient_graphs(Value(2.0).tanh(), [Value(1.0)])[0].data == 0.0


def test_a_deep_graph_is_no_trouble():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    assert y.backward(create_graph=True)[x].data == pytest.approx(1.0001**20_000)


# ------------------------------------------------------------------------------------------------ compiled


def test_a_derivative_inside_a_compiled_function():
    w = Value(2.0)
    f = autograd.compile(grad(lambda t: w * t**3))
    assert f([1.0, 2.0]).tolist() == [6.0, 24.0]
    f.backward([1.0, 2.0])
    assert w.grad == (3.0 + 12.0) / 2


def test_a_derivative_with_a_kink_is_not_frozen_in_a_compiled_function():
    f = autograd.compile(grad(lambda t: t.relu() * t))
    assert f([-1.0, 2.0]).tolist() == [0.0, 4.0]


@pytest.mark.parametrize("exponent", [2.0**60, -(2.0**60)])
def test_compiled_the_derivative_of_a_huge_power_has_its_sign(exponent):
    """b - 1 is rounded there, and (-1) to it has another sign than to the odd number that is meant."""
    derivative = grad(lambda a, b: a**b)
    expected = exponent * -1.0
    assert derivative(-1.0, exponent) == expected
    assert autograd.compile(derivative)([-1.0], [exponent]).tolist() == [expected]
