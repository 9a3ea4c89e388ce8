"""Operations that choose: what was not chosen carries no gradient, as with `if`, eager and compiled, in any order."""

import math

import numpy as np
import pytest

from autograd import (
    OPERATIONS,
    AnomalyError,
    Value,
    compile,
    detect_anomaly,
    dot,
    elu,
    exp,
    grad,
    hessian,
    leaky_relu,
    log,
    maximum,
    minimum,
    relu,
    sqrt,
    step,
    take,
    tanh,
    where,
)  # fmt: skip
from autograd.ieee import total

INF, NAN = math.inf, math.nan

# (name, function of x, x, its derivative): of each branch that is not taken, a derivative is inf or nan
UNTAKEN = [
    ("where, first", lambda x: where(x > 0, sqrt(x), 0.0), -1.0, 0.0),
    ("where, second", lambda x: where(x <= 0, x * 2.0, log(x)), 0.0, 2.0),
    ("where, at the border", lambda x: where(x > 0, sqrt(x), 0.0), 0.0, 0.0),
    ("where, taken", lambda x: where(x > 0, sqrt(x), 0.0), 1.0, 0.5),
    ("where, of its own condition", lambda x: where(log(x), 1.0, x), 1.0, 1.0),
    ("where, deep below", lambda x: where(x > 0, tanh(exp(sqrt(log(x)))), x), -1.0, 1.0),
    ("where, used outside too", lambda x: (y := sqrt(x), where(x > 2, log(x - 2), y) + y)[1], 1.0, 1.0),
    ("where, twice", lambda x: (y := log(x), where(x > 0, y, x) + where(x > 0, y * y, x))[1], -1.0, 2.0),
    ("where in where", lambda x: where(x > 0, where(x > 1, log(x - 1), sqrt(x)), x), 0.25, 1.0),
    ("maximum, the loser", lambda x: maximum(-1.0 / x, x), 0.0, 1.0),
    ("minimum, the loser", lambda x: minimum(1.0 / x, x), 0.0, 1.0),
    ("maximum of a list", lambda x: maximum(x, 2.0 * x, -exp(x * 1000.0), -5.0), 3.0, 2.0),
    ("a tie is taken", lambda x: maximum(x, x * x), 1.0, 1.5),
    ("relu", lambda x: relu(-1.0 / x), 0.0, 0.0),
    ("relu at 0", lambda x: relu(sqrt(x)), 0.0, 0.0),
    ("step", lambda x: step(sqrt(x)), 0.0, 0.0),
    ("take", lambda x: take([sqrt(x), x], Value(1.0)), -1.0, 1.0),
    ("the index of take", lambda x: take([x, 2.0 * x], abs(sqrt(x))), 0.0, 1.0),
    ("a product with the branch", lambda x: where(x > 0, sqrt(x) * log(x) + 1.0 / x, 0.0), 0.0, 0.0),
    ("huge numbers", lambda x: where(x < 1e100, x * x * x * x, 1.0), 1e200, 0.0),
]  # fmt: skip
BY_NAME = {name: (f, x, derivative) for name, f, x, derivative in UNTAKEN}


@pytest.mark.parametrize("name", BY_NAME)
def test_an_untaken_branch_carries_no_gradient(name):
    f, x, derivative = BY_NAME[name]
    assert grad(f)(x) == derivative


@pytest.mark.parametrize("name", BY_NAME)
def test_nor_does_it_compiled(name):
    f, x, derivative = BY_NAME[name]
    w = Value(1.0)
    compile(lambda row: f(row * w) if name != "the index of take" else f(row * w + 0.0)).backward([x])
    assert w.grad == derivative * x


@pytest.mark.parametrize("name", BY_NAME)
def test_nor_in_a_gradient_that_is_a_graph(name):
    f, number, derivative = BY_NAME[name]
    x = Value(number)
    assert f(x).backward(create_graph=True)[x].data == derivative


@pytest.mark.parametrize("name", BY_NAME)
def test_nor_in_a_derivative_that_is_compiled(name):
    f, x, derivative = BY_NAME[name]
    assert compile(grad(f))([x]).tolist() == [derivative]


@pytest.mark.parametrize("order", [2, 3, 4])
def test_nor_in_higher_orders(order):
    f = lambda x: where(x > 0, x**3 * sqrt(x), x**3)  # noqa: E731
    expected = {2: -6.0, 3: 6.0, 4: 0.0}[order]
    for _ in range(order):
        f = grad(f)
    assert f(-1.0) == expected
    assert compile(f)([-1.0]).tolist() == [expected]


# A row is (-1, 2): of the two sums the second is taken. The parameters are a, b, c, d; then their gradients.
PRODUCTS = {
    "of infinite rows and one sum that is taken": (
        lambda a, b, c, d, x: [dot([a, b], [v.sqrt() for v in x]), dot([c, d], [v.sqrt() for v in x])],
        [1.0, 1.0, 1.0, 1.0], [0.0, 0.0, NAN, 2**0.5],
    ),
    "with an infinite weight": (
        lambda a, b, c, d, x: [dot([a, b], [d * v for v in x]), dot([c, b], [d * v for v in x])],
        [INF, 1.0, 3.0, 1.0], [0.0, 2.0, -1.0, -1.0],
    ),
    "of parameters alone": (
        lambda a, b, c, d, x: [dot([a, b], [a.sqrt(), b.sqrt()]), c * d],
        [-1.0, -2.0, 3.0, 5.0], [0.0, 0.0, 5.0, 3.0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_sum_of_products_that_was_not_taken_carries_no_gradient(name):
    sums, numbers, gradients = PRODUCTS[name]
    p = list(map(Value, numbers))
    f = compile(lambda x: total([where(v > 0, s, v) for v, s in zip(x, sums(*p, x), strict=True)]))
    f.backward([[-1.0, 2.0]])
    np.testing.assert_allclose([w.grad for w in p], gradients, rtol=1e-15)  # nan equals nan


def test_the_hessian_of_a_choice():
    assert hessian(lambda v: where(v[0] > 0, log(v[0]) * v[1], v[0] * v[1] ** 2))([-2.0, 3.0]) == [[0, 6], [6, -4]]


def test_elsewhere_zero_times_infinity_stays_nan():
    assert math.isnan(grad(lambda x: sqrt(x * x))(0.0))
    assert math.isnan(grad(lambda x: 0.0 * log(x))(0.0))
    assert math.isnan(grad(lambda x: log(abs(x)) * x)(0.0))  # abs has an edge at 0, with the derivative 0
    assert math.isnan(grad(lambda x: leaky_relu(sqrt(x), 0.0))(0.0))  # both sides are functions of x
    assert grad(lambda x: elu(x, 0.0))(-1.0) == 0.0


def test_nan_is_chosen_and_stays():
    a, b = Value(NAN), Value(1.0)
    maximum(a, b).backward()
    assert math.isnan(a.grad)
    assert math.isnan(b.grad)
    x = Value(NAN)
    relu(x).backward()
    assert x.grad == 1.0


def test_what_chooses_says_so():
    choosing = {"where", "maximum", "minimum", "relu", "step", "take", "_finished"}
    comparisons = {"less", "less_equal", "greater", "greater_equal"}
    assert {name for name, operation in OPERATIONS.items() if operation.chooses} == choosing | comparisons


def test_missing_targets_of_a_masked_loss_do_not_matter():
    w, v = Value(2.0), Value(-1.0)
    X, known = np.array([[1.0, NAN], [2.0, 3.0], [INF, 1.0]]), np.array([0.0, 1.0, 0.0])
    Y = np.array([NAN, 1.0, 2.0])

    def loss(x, y, known):
        hidden = [tanh(w * x[0] + v * x[1]), relu(v * x[0] - w * x[1]), x[0] * x[1] * w]
        return where(known, (sum(hidden) - y) ** 2, 0.0)

    compile(loss).backward(X, Y, known)
    compiled = w.grad, v.grad
    w.grad = v.grad = 0.0
    loss([Value(2.0), Value(3.0)], Value(1.0), 1.0).backward(1 / 3)
    assert compiled == pytest.approx((w.grad, v.grad), rel=1e-14)


def test_rows_that_are_left_out_do_not_reach_the_weights_of_a_network():
    weights = [[Value(0.3 * i - 0.2 * j) for i in range(1, 4)] for j in range(4)]
    last = [Value(0.1 * j - 0.2) for j in range(4)]
    rows = np.array([[1.0, 2.0, 3.0], [NAN, INF, 1.0], [0.5, -1.0, 2.0]])
    known = np.array([1.0, 0.0, 1.0])

    def output(x, known):
        hidden = [tanh(sum(w * x_i for w, x_i in zip(row, x, strict=True))) for row in weights]
        hidden = [relu(sum(u * h for u, h in zip(last[i:] + last[:i], hidden, strict=True))) for i in range(4)]
        return where(known, log(sum(u * h for u, h in zip(last, hidden, strict=True)) ** 2 + 1.0), 0.0)

    parameters = [w for row in [*weights, last] for w in row]
    compile(output).backward(rows, known)
    compiled = [w.grad for w in parameters]
    for w in parameters:
        w.grad = 0.0
    for row in (0, 2):
        output([Value(x) for x in rows[row]], 1.0).backward(1 / 3)
    assert compiled == pytest.approx([w.grad for w in parameters], rel=1e-12, abs=1e-15)


def test_equal_rows_and_float32():
    w = Value(1.0)
    compile(lambda x: where(x > 0, sqrt(x * w), 0.0), dtype="float32").backward([-1.0, 4.0, 0.0, -1.0])
    assert w.grad == 0.25


@pytest.mark.parametrize("choose", [
    lambda x: where(x > 0, log(x), x), lambda x: maximum(log(x), -1.0), lambda x: relu(log(x)),
    lambda x: take([log(x), x], Value(1.0)),
])  # fmt: skip
def test_an_anomaly_that_only_an_untaken_branch_uses_is_none(choose):
    x = Value(0.0)
    with detect_anomaly():
        choose(x).backward()
    assert x.grad in (0.0, 1.0)


def test_an_anomaly_that_a_taken_branch_uses_is_one():
    with pytest.raises(AnomalyError, match=r"log\(0\) is -inf"), detect_anomaly():
        where(Value(1.0), log(Value(0.0)), 2.0).backward()


def test_so_is_one_that_is_hidden_by_what_is_computed_from_it():
    with pytest.raises(AnomalyError, match=r"log\(0\) is -inf"), detect_anomaly():
        exp(log(Value(0.0)) * 2.0).backward()


def test_an_anomaly_used_in_two_ways_is_found():
    def both():
        y = log(Value(0.0))
        return where(Value(0.0), y, 1.0) + y

    with pytest.raises(AnomalyError, match=r"log\(0\) is -inf"), detect_anomaly():
        both().backward()


def test_a_gradient_that_only_an_untaken_branch_has_is_no_anomaly():
    x = Value(0.0)
    with detect_anomaly():
        where(x > 0, sqrt(x), x).backward()
    assert x.grad == 1.0
