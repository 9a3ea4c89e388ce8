"""What a differentiated function may do with its numbers: nothing that loses a part of the gradient in silence."""

import copy
import heapq
import math
import pickle
import statistics

import numpy as np
import pytest

from autograd import (
    Value,
    compile,
    exp,
    grad,
    gradcheck,
    hessian,
    jacobian,
    maximum,
    no_grad,
    numerical_gradient,
    sqrt,
    value_and_grad,
)
from autograd.differentiation import derivatives_as_graphs
from autograd.parameters import adopt
from nn import SGD

LOSING = [
    ("float", lambda x: float(x) * x),
    ("math", lambda x: math.sin(x) * x),
    ("complex", lambda x: complex(x).real * x),
    ("an array of floats", lambda x: _filled(x) * x),
    ("np.float64", lambda x: np.float64(x) * x),
    ("np.asarray of floats", lambda x: np.array([x], dtype=float)[0] * x),
    ("np.gradient", lambda x: np.gradient(np.array([x, x * x, x**3]))[1] + x),
    ("statistics", lambda x: statistics.fmean([x, 2.0]) * x),
    ("math.isnan", lambda x: x if math.isnan(x) else x * x),
    ("percent formatting", lambda x: x * len("%.1f" % x)),  # noqa: UP031
    ("something computed from it", lambda x: math.sqrt(x * x + 1.0) * x),
]  # fmt: skip


def _filled(x):
    array = np.zeros(3)
    array[0] = x
    return array[0]


@pytest.mark.parametrize("derivative", [
    lambda f: grad(f)(2.0),
    lambda f: value_and_grad(f)(2.0),
    lambda f: jacobian(f)(2.0),
    lambda f: hessian(f)(2.0),
    lambda f: grad(grad(f))(2.0),
    lambda f: grad(lambda y: grad(lambda x: f(y) * x)(3.0))(2.0),  # a number of the derivative around
], ids=["grad", "value_and_grad", "jacobian", "hessian", "grad of grad", "grad around grad"])  # fmt: skip
@pytest.mark.parametrize("name", [name for name, _ in LOSING])
def test_a_plain_number_of_an_argument_is_an_error(derivative, name):
    with pytest.raises(TypeError, match="its gradient would be lost") as error:
        derivative(dict(LOSING)[name])
    assert "test_lost_gradients.py, line" in str(error.value)
    assert "autograd.sin(x) for math.sin(x)" in str(error.value)


LOOKING = [
    lambda x: x * x if x > 1 else x,
    lambda x: x * x if x else x,
    lambda x: sorted([x * x, x])[1],
    lambda x: max(x * x, x),
    lambda x: (f"{x} {x:.3f} {x!r}", print(x, end=""), x * x)[-1],
    lambda x: x * x + 0.0 * x.data,
    lambda x: x * x + float(x.data) - 2.0,
    lambda x: x * x * round(x / 2.0),
    lambda x: x * x * int(x - 1.0),
    lambda x: x * x if x == 2.0 else x,
    lambda x: x * x if x in [1.0, 2.0] else x,
    lambda x: x if x != 2.0 else x * x,
]  # fmt: skip


@pytest.mark.parametrize("f", LOOKING, ids=range(len(LOOKING)))
def test_looking_at_a_number_is_none(f):
    assert grad(f)(2.0) == 4.0


def test_a_number_that_does_not_depend_on_the_arguments_may_be_plain():
    w = Value(3.0)
    v = w * 2.0
    assert grad(lambda x: float(v) * math.sqrt(w + 1.0) * x)(2.0) == 12.0


def test_what_is_computed_without_recording_ends_on_purpose():
    def f(x):
        with no_grad():
            scale = float(x * x)
        return scale * x

    assert grad(f)(2.0) == 4.0


def test_outside_of_a_derivative_it_is_a_plain_number():
    x = Value(2.0)
    assert float(x) == 2.0
    grad(lambda y: y)(1.0)
    assert math.sin(x) == math.sin(2.0)


def test_after_an_error_it_is_one_again():
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 // 0)(1.0)
    assert float(Value(2.0)) == 2.0


# ------------------------------------------------------------------------- a function that changes its argument


def doubled_first(x):
    x[0] = x[0] * 2
    return sum(x)


def popped(x):
    return x.pop() * 2 + sum(x)


def sorted_in_place(x):
    x.sort()
    return x[0] * 1 + x[1] * 10 + x[2] * 100


def cleared(x):
    total = x[0] * x[1] * x[2]
    x.clear()
    return total


def replaced(x):
    x[:] = [x[0] * x[1], x[2]]
    return x[0] + x[1]


@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        (doubled_first, [2.0, 1.0, 1.0]),
        (popped, [1.0, 1.0, 2.0]),
        (sorted_in_place, [100.0, 1.0, 10.0]),
        (cleared, [2.0, 6.0, 3.0]),
        (replaced, [1.0, 3.0, 1.0]),
    ],
)
def test_the_gradient_is_by_what_the_function_was_given(f, gradient):
    x = [3.0, 1.0, 2.0]
    assert grad(f)(x) == gradient
    assert value_and_grad(f)(x)[1] == gradient
    assert jacobian(f)(x) == gradient
    assert jacobian(lambda x: [f(x)])(x) == [gradient]
    assert x == [3.0, 1.0, 2.0]


@pytest.mark.parametrize("f", [doubled_first, popped, cleared, replaced])
def test_so_it_is_compiled(f):
    expected = grad(f)([3.0, 1.0, 2.0])
    assert compile(grad(f))([[3.0, 1.0, 2.0]]).tolist() == [expected]
    w = Value(1.0)
    compile(lambda x: f([x_i * w for x_i in x])).backward([[3.0, 1.0, 2.0]])
    assert w.grad == np.dot(expected, [3.0, 1.0, 2.0])


def test_an_array_may_be_changed_too():
    def f(x):
        x *= 2
        x[0] += x[1]
        return (x * x).sum()

    # (2a + 2b)² + 4b² + 4c²
    assert grad(f)(np.array([1.0, 2.0, 3.0])).tolist() == [24.0, 40.0, 24.0]


def test_a_determinant_by_elimination_in_place():
    def determinant(a):
        result = 1.0
        for k in range(len(a)):
            result = result * a[k][k]
            for i in range(k + 1, len(a)):
                factor = a[i][k] / a[k][k]
                for j in range(k, len(a)):
                    a[i][j] = a[i][j] - factor * a[k][j]
        return result

    A = np.array([[4.0, 1.0, 2.0], [1.0, 5.0, 3.0], [2.0, 1.0, 6.0]])
    cofactors = [[27.0, 0.0, -9.0], [-4.0, 20.0, -2.0], [-7.0, -10.0, 19.0]]
    np.testing.assert_allclose(grad(determinant)(A.tolist()), cofactors, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(grad(determinant)(A), cofactors, rtol=1e-13, atol=1e-13)
    second = hessian(determinant)(A.tolist())
    assert second[0][0][1][1] == pytest.approx(6.0)  # ∂²det/∂a₁₁∂a₂₂ = a₃₃


def test_the_same_argument_twice():
    assert jacobian(popped, argnums=(0, 0))([3.0, 1.0, 2.0]) == ([1.0, 1.0, 2.0], [1.0, 1.0, 2.0])


def test_a_result_that_is_the_argument():
    def f(x):
        x[0] = x[0] * x[1]
        return x

    assert jacobian(f)([3.0, 2.0]) == [[2.0, 3.0], [0.0, 1.0]]


# ----------------------------------------------------------- derivatives of functions that know other numbers too


def test_a_derivative_by_some_numbers_of_a_compiled_function():
    f = compile(lambda x, w: grad(lambda x: exp(x) * w)(x))
    np.testing.assert_allclose(f([0.0, 1.0], [2.0, 3.0]), [2.0, 3.0 * math.e], rtol=1e-15)


def test_mixed_second_derivatives_and_products_with_the_hessian_compiled():
    u = lambda t, x: exp(t) * x**3 + t * x  # noqa: E731
    mixed = compile(lambda t, x: grad(lambda t: grad(lambda x: u(t, x))(x))(t))
    np.testing.assert_allclose(mixed([0.5], [2.0]), [12.0 * math.exp(0.5) + 1.0], rtol=1e-14)

    def product(v, direction):
        gradient = grad(lambda v: v[0] ** 2 * v[1])
        return grad(lambda v: sum(g * d for g, d in zip(gradient(v), direction, strict=True)))(v)

    assert compile(product)([[2.0, 3.0]], [[1.0, 10.0]]).tolist() == [[46.0, 4.0]]


def test_the_residual_of_a_differential_equation_has_gradients_by_its_parameters():
    """u(t, x) = a·exp(-b·t)·sin(x): the mean of (u_t - u_xx)² by a and b, against the formula."""
    from autograd import sin

    a, b = Value(1.5), Value(0.7)
    u = lambda t, x: a * exp(-b * t) * sin(x)  # noqa: E731

    @compile
    def residual(t, x):
        u_t = grad(lambda t: u(t, x))(t)
        u_xx = grad(grad(lambda x: u(t, x)))(x)
        return (u_t - u_xx) ** 2

    T, X = np.array([0.1, 0.4, 0.9]), np.array([0.3, 1.0, 2.0])
    # u_t - u_xx = a·(1 - b)·exp(-b·t)·sin(x)
    losses = residual.backward(T, X)
    s = np.exp(-0.7 * T) * np.sin(X)
    np.testing.assert_allclose(losses, (1.5 * 0.3 * s) ** 2, rtol=1e-13)
    np.testing.assert_allclose(a.grad, np.mean(2 * 1.5 * 0.3**2 * s**2), rtol=1e-13)
    by_b = np.mean(2 * (1.5 * 0.3 * s) * (1.5 * s) * (-1.0 - 0.3 * T))
    np.testing.assert_allclose(b.grad, by_b, rtol=1e-13)


def test_every_node_has_an_entry_in_the_graph_of_gradients():
    x, y = Value(-1.0), Value(2.0)
    z = x * y
    root = maximum(z.relu(), sqrt(y) * 0.0 - 5.0)
    gradients = root.backward(create_graph=True)
    assert gradients[x].data == gradients[z].data == 0.0
    assert gradients[root].data == 1.0
    assert all(isinstance(g, Value) for g in gradients.values())
    assert len(gradients) == 10


# --------------------------------------------------------------------------------- the chain rule by hand


def test_backward_of_one_node_passes_its_gradient_to_its_parents_once():
    a, b = Value(2.0), Value(-3.0)
    c = a * b
    c.grad = 10.0
    c._backward()
    assert (a.grad, b.grad) == (-30.0, 20.0)
    c._backward()
    assert (a.grad, b.grad) == (-60.0, 40.0)


def test_node_by_node_it_gives_what_backward_gives():
    from autograd import topological_order

    a, b = Value(0.5), Value(-1.5)
    root = (a * b + a.tanh() * maximum(a, b, 0.1)) ** 2 + a
    root.backward()
    expected = a.grad, b.grad
    for node in topological_order(root):
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        node._backward()
    assert (a.grad, b.grad) == pytest.approx(expected, rel=1e-15)


def test_to_what_was_not_chosen_it_passes_nothing():
    x, y = Value(-1.0), Value(3.0)
    node = maximum(x, y)
    node.grad = math.inf
    node._backward()
    assert (x.grad, y.grad) == (0.0, math.inf)


def test_a_parameter_that_has_left_its_store_keeps_its_gradient():
    from autograd.parameters import adopt, release

    a, b = Value(2.0), Value(3.0)
    adopt([a, b])
    release([a, b])
    b.grad = 5.0
    assert grad(lambda x: x * b)(4.0) == 3.0
    assert b.grad == 5.0


# ------------------------------------------------------------- other ways to lose a part of it, found by a review


def test_what_an_inner_backward_has_left_in_an_argument_does_not_count():
    def f(x):
        (x[0] * x[1]).backward(create_graph=True)
        return x[0] * 2

    assert grad(f)([3.0, 5.0]) == [2.0, 0.0]
    assert grad(lambda x: ((x * x).backward(create_graph=True), Value(1.0))[1])(3.0) == 0.0


def test_the_gradients_of_an_inner_backward_are_plain_numbers():
    def f(x):
        (x * x).backward()
        return x.grad * x

    with pytest.raises(
        TypeError, match=r"the gradients of backward\(\) of a Value that depends .* backward\(create_graph=True\)"
    ):
        grad(f)(3.0)
    w = Value(2.0)
    assert grad(lambda x: ((w * w).backward(), x * w.grad)[1])(3.0) == 4.0  # that depends on no argument


def test_so_are_partials():
    with pytest.raises(TypeError, match="a plain number of a Value that depends"):
        grad(lambda x: (x * x).partials[0] * x)(3.0)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=range(3))
def test_a_copy_of_an_argument_is_another_number(copied):
    with pytest.raises(TypeError, match=r"a copy of a Value that depends .* list\(x\) copies a list"):
        grad(lambda x: copied(x) ** 2)(3.0)
    assert grad(lambda x: sum(v * v for v in list(x)))([3.0, 1.0]) == [6.0, 2.0]


def test_a_compiled_function_that_closes_over_an_argument_is_refused():
    with pytest.raises(TypeError, match="a compiled function uses an argument of the function that is being different"):
        grad(lambda x: x * compile(lambda r: x * r)(np.array([2.0, 1.0]))[0])(3.0)


def test_conditions_name_the_way_out():
    with pytest.raises(TypeError, match=r"math\.isnan\(x\.data\)"):
        grad(lambda x: x if math.isnan(x) else x * x)(2.0)


def test_gradients_are_not_read_after_an_inner_backward():
    w = Value(2.0)

    def f(x, node):
        (w * x**3).backward(create_graph=True)
        return (x if node == "x" else w).grad * x

    for node in "xw":
        with pytest.raises(TypeError, match=r"reading \.grad after backward\(\), .* lost; take .*\n.*line \d+: return"):
            grad(f)(2.0, node)
        with pytest.raises(TypeError, match=r"reading \.grad after backward\(\)"):
            grad(lambda y, node: grad(lambda z: z * y)(3.0) + f(y, node))(2.0, node)
        with pytest.raises(TypeError, match=r"reading \.grad after backward\(\)"):  # further in
            grad(lambda x: (grad(lambda z: ((w * x * z).backward(create_graph=True), z)[1])(1.0), x * w.grad)[1])(2.0)
    assert grad(lambda x: ((w * x).backward(create_graph=True), print(x, w, end=""), x)[2])(2.0) == 1.0  # seen only
    w.grad = 5.0
    assert grad(lambda x: w.grad * x)(2.0) == 5.0  # of before
    assert w.grad == 5.0


@pytest.mark.parametrize("adopted", [False, True])
def test_an_optimizer_does_not_read_them_either(adopted):
    w = Value(2.0)
    if adopted:
        adopt([w])
    optimizer = SGD([w], lr=1.0)
    for read in (optimizer.step, optimizer.gradient):
        with pytest.raises(TypeError, match=r"reading \.grad after backward\(\)"):
            grad(lambda x, read=read: ((w * x).backward(create_graph=True), read(), w * x)[2])(5.0)
    assert w.data == 2.0


def test_the_number_of_an_argument_is_not_assigned():
    def f(x):
        x.data = 5.0
        return x * x

    with pytest.raises(
        TypeError, match=r"assigning \.data of a Value that depends .* compute a new Value, as in x = 2"
    ):
        grad(f)(2.0)
    w = Value(1.0)
    assert grad(lambda x: (setattr(w, "data", 3.0), w * x)[1])(2.0) == 3.0


def test_differences_of_what_depends_on_an_argument_are_refused():
    with pytest.raises(TypeError, match=r"numerical_gradient\(\) of what depends on the arguments"):
        grad(lambda x: x * numerical_gradient(lambda y: x * y, 2.0))(3.0)
    with pytest.raises(TypeError, match=r"numerical_gradient\(\) of what depends on the arguments"):
        grad(lambda x: x * numerical_gradient(lambda y: np.array(x * y, dtype=object), 2.0))(3.0)
    assert grad(lambda x: x * numerical_gradient(lambda y: y.tanh().exp(), 0.0))(3.0) == pytest.approx(1.0, rel=1e-9)
    points = [3.0, 2.0]
    slope = grad(lambda x: x * numerical_gradient(lambda p: p.pop() * p[0], points)[0])
    assert slope(1.0) == pytest.approx(2.0, rel=1e-9)
    assert points == [3.0, 2.0]


def test_the_argument_of_a_gradient_may_be_changed_from_outside():
    numbers = [1.0, 2.0]
    assert grad(lambda x: (numbers.append("x"), x[0] * x[1])[1])(numbers) == [2.0, 1.0]


EQUAL = [  # what f gives at [3, 3], and at [3, 4]: as it does with floats
    (lambda x: x[0] * 3 if x[0] == x[1] else x[0], [3.0, 0.0], [1.0, 0.0]),
    (lambda x: x[0] * 3 if x[1] in [x[0], 7.0] else x[0], [3.0, 0.0], [1.0, 0.0]),
    (lambda x: x[0] * [x[1], x[1] + 1.0].count(x[0]), [1.0, 0.0], [0.0, 0.0]),
    (lambda x: x[0] * 3 if x[0] != Value(3.0) else x[0], [3.0, 0.0], [3.0, 0.0]),  # a float is not that Value
    (lambda x: x[0] * 3 if x[0] == 3 else x[0], [3.0, 0.0], [3.0, 0.0]),
    (lambda x: x[0] * 3 if x[0] == 10**400 or x[0] != x[0] else x[0], [1.0, 0.0], [1.0, 0.0]),
    (lambda x: sorted((v, -i) for i, v in enumerate(x))[0][0], [0.0, 1.0], [1.0, 0.0]),
    (lambda x: x[0] * 3 if x[1] - x[0] != x[1] - x[0] else x[0], [1.0, 0.0], [1.0, 0.0]),
    (lambda x: x[0] * 3 if (y := (x[0] - x[1]) * math.inf) != y else x[0], [3.0, 0.0], [1.0, 0.0]),  # nan
    (lambda x: heapq.nsmallest(1, [(v, -i) for i, v in enumerate(x)])[0][0], [0.0, 1.0], [1.0, 0.0]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "equal", "different"), EQUAL)
def test_what_depends_on_the_arguments_is_compared_by_its_number(f, equal, different):
    for x, gradient in ([3.0, 3.0], equal), ([3.0, 4.0], different):
        assert value_and_grad(f)(x) == (f(x), gradient)


def test_other_values_are_compared_by_identity():
    a, b = Value(2.0), Value(2.0)
    assert a != b
    assert grad(lambda x: x * (a != b))(3.0) == 1.0
    assert grad(lambda x: x * (a == a))(3.0) == 1.0
    assert grad(lambda x: x * 7 if a == 2.0 else x * 2)(3.0) == 2.0  # as a == 2.0 is without grad


def test_a_number_is_compared_with_an_int_that_no_float_is():
    big = 2**53 + 1
    assert grad(lambda x: x * 7 if x == big else x * 2)(2.0**53) == 2.0


def test_an_array_of_numpy_ma_gives_no_plain_numbers():
    x = Value(2.0)
    assert [type(each) for each in x * np.ma.array([3.0, 4.0])] == [Value, Value]
    with pytest.raises((AttributeError, TypeError)):
        grad(lambda v: np.ma.array(3.0) * v + v)(2.0)


def test_no_field_has_a_name_that_numpy_ma_asks_of_anything():
    assert not {"_data", "_mask", "_baseclass"} & set(dir(Value))


# ------------------------------------------------------------------ what a function closes over, through a derivative


def test_a_derivative_at_a_value_trains_what_the_function_closes_over():
    w = Value(2.0)
    slope = grad(lambda x: w * x * x)(Value(3.0))
    ((slope + w) ** 2).backward()  # (6w + w)²
    assert w.grad == 98.0 * 2.0


def test_so_does_one_at_a_number_where_derivatives_are_graphs():
    w = Value(2.0)
    with derivatives_as_graphs():
        assert hessian(lambda x: w * x * x)(3.0).data == 4.0
        slope = grad(lambda x: w * x * x)(3.0)
    ((slope + w) ** 2).backward()
    assert w.grad == 98.0 * 2.0
    assert grad(lambda x: w * x * x)(3.0) == 12.0


def test_in_no_grad_they_are_numbers():
    w = Value(2.0)
    with derivatives_as_graphs(), no_grad():
        assert grad(lambda x: w * x * x)(3.0) == 12.0


def test_a_gradient_is_checked_there_and_inside_of_a_derivative():
    with derivatives_as_graphs():
        assert gradcheck(lambda x: x * x, 2.0)
    assert grad(lambda x: x * gradcheck(lambda y: y * y, 2.0))(3.0) == 1.0
