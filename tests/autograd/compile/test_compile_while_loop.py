"""while_loop in compiled functions: each row takes its own turns, and has the gradient of these alone."""

import math
import threading
from functools import reduce
from operator import mul

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import (
    TraceError,
    UnfinishedError,
    Value,
    compile,
    detect_anomaly,
    grad,
    hessian,
    jacobian,
    log,
    sqrt,
    take,
    where,
    while_loop,
)
from autograd.compiler.loops import find_loops
from autograd.compiler.trace import trace
from tests.autograd.compiler.conftest import assert_equals_eager, node_after_node
from tests.conftest import IS_SECOND, NEEDS_NATIVE

ROWS = [1, 2, 7, 100]
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


def newton(p):
    """√(p·x), from 1 on."""

    def f(x):
        a = p * x
        return while_loop(lambda y: abs(y * y - a) > 1e-6 * a, lambda y: (y + a / y) / 2, a * 0.0 + 1.0, most=40)

    return f


def doubled(p, most=12):
    """x·pᵏ, for the first k with which it is 100 or more, and k."""

    def f(x):
        return while_loop(lambda s: s[0] < 100.0, lambda s: (s[0] * p, s[1] + 1.0), (x, 0.0), most=most)

    return f


def cube_root(a):
    """By bisection from 0 to 4: an interval of 2⁻²⁸."""

    def body(s):
        low, high = s
        middle = (low + high) / 2
        above = middle * middle * middle > a
        return where(above, low, middle), where(above, middle, high)

    return while_loop(lambda s: s[1] - s[0] > 2.0**-27, body, (0.0, 4.0), most=60)


# ------------------------------------------------------------------------------------------- values and gradients


@pytest.mark.parametrize("rows", ROWS)
def test_a_root_by_newtons_method(rows):
    assert_equals_eager(newton(Value(1.3)), np.linspace(0.5, 300.0, rows))


@pytest.mark.parametrize("rows", ROWS)
def test_rows_that_take_different_turns(rows, backend):
    """Beside the formula: x·2ᵏ, whose derivative by the factor is k·x·2ᵏ⁻¹."""
    p, X = Value(2.0), np.linspace(1.0, 130.0, rows)
    k = np.maximum(np.ceil(np.log2(100.0 / X)), 0.0)
    f = compile(doubled(p), backend=backend)
    y, turns = f.backward(X)
    assert turns.tolist() == k.tolist()
    assert y.tolist() == (X * 2.0**k).tolist()
    assert p.grad == pytest.approx(np.mean(k * X * 2.0 ** (k - 1.0)), rel=1e-14)


@DTYPES
def test_in_every_way_to_run(dtype):
    p, q = Value(1.5), Value(0.25)

    def f(x):
        y, turns = while_loop(lambda s: s[0] * q < 8.0, lambda s: [s[0] * p + q, s[1] + 1.0], [x, 0.0], most=10)
        return y * q + turns, turns

    assert_equals_eager(f, [1.0, 40.0, 3.0, 17.0, 2.0], dtype=dtype)


def test_a_bisection(backend):
    X = np.array([1.0, 2.0, 8.0, 27.0, 60.0])
    low, high = compile(cube_root, backend=backend)(X)
    for found in (low, high):
        np.testing.assert_allclose(found, np.cbrt(X), atol=2.0**-27)
    assert low.tolist() == [float(cube_root(Value(x))[0]) for x in X.tolist()]


def test_every_structure(backend):
    def body(s):
        (a, [b]), c = s
        return (a + 1.0, [b * 2.0]), np.array([c[1], c[0] + a])

    def f(x):
        (a, [b]), c = while_loop(lambda s: s[0][0] < 3.0, body, ((x, [x]), np.array([0.0, x])), most=5)
        return [a, b, c[0], c[1]]

    X = [0.0, 1.0, 2.5, 7.0]
    assert compile(f, backend=backend)(X).tolist() == [
        [v.data if isinstance(v, Value) else v for v in f(Value(x))] for x in X
    ]


def test_what_a_body_changes_in_place_is_masked_too(backend):
    """It gives the very list that it got: the numbers of before are none of it."""
    p = Value(3.0)

    def body(s):
        s[0] = s[0] * p
        return s

    f = compile(lambda x: while_loop(lambda s: s[0] < 10.0, body, [x], most=4)[0], backend=backend)
    assert f.backward([1.0, 4.0, 20.0]).tolist() == [27.0, 12.0, 20.0]
    assert p.grad == pytest.approx((27.0 + 4.0) / 3)


def test_a_row_that_is_done_stays_done(backend):
    """Whatever the condition says of its state in a later turn: here it is another one from the fourth turn on."""
    p = Value(2.0)

    def f(x):
        turns = iter(range(100))
        return while_loop(lambda y: where(next(turns) < 3, y < 10.0, y > 5.0), lambda y: y * p, x, most=5)

    assert compile(f, backend=backend).backward([4.0, 40.0]).tolist() == [16.0, 40.0]
    assert p.grad == 8.0


def test_where_the_condition_depends_on_no_row_it_is_pythons_while():
    def f(x):
        return while_loop(lambda s: s[1] < 7, lambda s: (s[0] * x, s[1] + 1), (x, 0), most=1000)[0]

    tape, _ = trace(f, [()])
    assert len(tape.needed()) == 7
    assert compile(f)([1.5]).tolist() == [1.5**8]


def test_numbers_that_do_not_change_cost_nothing():
    tape, _ = trace(
        lambda x: while_loop(lambda s: s[0] < 9.0, lambda s: (s[0] * s[1], s[1], s[2]), (x, 2.0, x), most=4)[0], [()]
    )
    assert [operation.name for operation, _ in tape.nodes()].count("where") == 4 * 2 + 2


def test_all_rows_are_done_where_it_is_known_before():
    """The condition is a plain False in the third turn."""

    def f(x):
        turns = iter(range(10))
        return while_loop(lambda y: next(turns) < 2 and y < 9.0, lambda y: y * 2.0, x, most=8)

    assert compile(f)([1.0, 3.0, 5.0, 100.0]).tolist() == [4.0, 12.0, 10.0, 100.0]


# --------------------------------------------------------------------- turns that a row did not take


@pytest.mark.parametrize("rows", ROWS)
def test_a_body_that_is_not_finite_where_a_row_is_done(rows):
    """p/x, where x has reached 0, and the root of it, whose derivative is inf there."""
    p = Value(0.7)

    def body(s):
        x, total = s
        return x - 1.0, total + sqrt(p / x) + (p * x) ** 0.5

    def f(x):
        return while_loop(lambda s: s[0] > 0.0, body, (x, x * p), most=9)[1]

    assert_equals_eager(f, np.arange(rows, 0.0, -1.0) % 9 if rows > 1 else [3.0])


def test_no_gradient_flows_through_a_turn_that_is_not_taken(backend):
    """By hand: x = 2 takes two turns, and x = 0 none."""
    p = Value(0.5)
    f = compile(
        lambda x: while_loop(lambda s: s[0] > 0.0, lambda s: (s[0] - 1.0, s[1] + p / s[0]), (x, 0.0), most=5)[1],
        backend=backend,
    )
    assert f.backward([2.0, 0.0]).tolist() == [0.5 / 2 + 0.5, 0.0]
    assert p.grad == pytest.approx((0.5 + 1.0) / 2)


@pytest.mark.parametrize("call", ["__call__", "backward"])
@DTYPES
def test_detect_anomaly_does_not_stop_at_it(call, dtype, backend):
    p = Value(0.5)
    f = compile(
        lambda x: while_loop(lambda s: s[0] > 0.0, lambda s: (s[0] - 1.0, s[1] + log(p / s[0])), (x, 0.0), most=5)[1],
        dtype=dtype,
        backend=backend,
    )
    with detect_anomaly():
        found = getattr(f, call)([2.0, 0.0, 1.0])
    np.testing.assert_allclose(found, [math.log(0.25) + math.log(0.5), 0.0, math.log(0.5)], rtol=1e-6)


def test_an_index_is_not_refused_in_a_turn_that_is_not_taken(backend):
    """The sum of the first n of three: also of all of them, behind which there is none, and of a row without a turn."""
    w = [Value(2.0), Value(5.0), Value(11.0)]

    def f(n):
        return while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1.0, s[1] + take(w, s[0])), (0.0, 0.0), most=4)[1]

    compiled = compile(f, backend=backend)
    assert compiled.backward([3.0, 0.0, 1.0, 2.0]).tolist() == [18.0, 0.0, 2.0, 7.0]
    assert [p.grad for p in w] == [0.75, 0.5, 0.25]


def test_and_where_no_turn_is_taken_at_all(backend):
    w = [Value(2.0), Value(5.0)]

    def f(i):
        return while_loop(lambda s: s[0] < 2.0, lambda s: (s[0] + 1.0, s[1] + take(w, s[0])), (i, 0.0), most=3)[1]

    compiled = compile(f, backend=backend)
    assert compiled.backward([0.0, 7.5, 1.0, -1.0 + 3.0]).tolist() == [7.0, 0.0, 5.0, 0.0]
    assert [p.grad for p in w] == [0.25, 0.5]


def test_in_a_turn_that_is_taken_it_is(backend):
    w = [Value(2.0), Value(5.0)]

    def f(i):
        return while_loop(lambda s: s[0] < 4.0, lambda s: (s[0] + 1.0, s[1] + take(w, s[0])), (i, 0.0), most=5)[1]

    with pytest.raises(IndexError, match=r"take: the index must be a whole number from 0 to 1, got 2 in row 1"):
        compile(f, backend=backend).backward([4.0, 1.0])
    assert [p.grad for p in w] == [0.0, 0.0]


# --------------------------------------------------------------------------------------------- loops in loops


def nested(p):
    """In each turn the root of x by Newton's method, until x is below 2."""

    def f(x):
        def body(s):
            y, turns = s
            return newton(p)(y), turns + 1.0

        return while_loop(lambda s: s[0] > 2.0, body, (x, 0.0), most=6)

    return f


def test_a_loop_in_a_loop():
    assert_equals_eager(nested(Value(1.1)), [300.0, 1.5, 40.0, 7.0, 1.0])


def test_the_inner_loop_is_asked_only_in_turns_that_are_taken(backend):
    """Of a negative number there is no root, and Newton's method finds none: where no turn is taken, nobody asks."""
    p = Value(1.1)
    f = compile(nested(p), backend=backend)
    y, turns = f.backward([300.0, -5.0, 7.0])
    assert (y[1], turns[1]) == (-5.0, 0.0)
    assert math.isfinite(p.grad)

    g = compile(lambda x: while_loop(lambda s: s > -10.0, lambda s: newton(p)(s) - 20.0, x, most=3), backend=backend)
    assert g([4.0, -11.0]).tolist() == [newton(p)(Value(4.0)).data - 20.0, -11.0]
    with pytest.raises(UnfinishedError, match=r"after most=40 turns in row 1"):
        g([4.0, -1.0])


# ----------------------------------------------------------------------------------- derivatives around and inside


def test_derivatives_of_it_inside_a_compiled_function():
    p = Value(1.3)
    assert_equals_eager(grad(newton(p)), [0.5, 20.0, 3.0])
    q = Value(2.5)
    assert_equals_eager(grad(grad(lambda z: doubled(q)(z)[0] * z)), [30.0, 400.0, 3.0])
    assert_equals_eager(hessian(lambda z: doubled(q)(z)[0] ** 2), [30.0, 400.0, 3.0])


def test_a_jacobian_inside_a_compiled_function():
    def f(x):
        return while_loop(lambda s: s[0] < 10.0, lambda s: [s[0] * s[1], s[1]], x, most=10)

    found = compile(lambda x: sum(map(sum, jacobian(f)(x))))
    assert found([[1.0, 3.0], [11.0, 2.0], [4.0, 3.0]]).tolist() == [27.0 + 27.0 + 1.0, 2.0, 3.0 + 4.0 + 1.0]


def test_derivatives_in_its_body():
    """A minimum by Newton's method, whose steps are made of derivatives."""
    p = Value(0.8)

    def f(x):
        def g(z):
            return (z - x) ** 4 + p * z * z

        def body(z):
            return z - grad(g)(z) / grad(grad(g))(z)

        return while_loop(lambda z: abs(grad(g)(z)) > 1e-5, body, x, most=30)

    assert_equals_eager(f, [1.0, -3.0, 0.3])


def test_a_gradient_through_a_turn_that_is_not_taken_inside_a_compiled_function(backend):
    def f(x):
        return while_loop(lambda s: s[0] > 0.0, lambda s: (s[0] - 1.0, s[1] + sqrt(x / s[0])), (x, 0.0), most=5)[1]

    found = compile(grad(f), backend=backend)([1.0, 2.0, 0.0])
    assert found.tolist() == [grad(f)(1.0), grad(f)(2.0), 0.0]


def test_it_is_refused_also_where_only_the_derivative_is_asked_for(backend):
    f = compile(grad(lambda z: doubled(2.0, most=3)(z)[0]), backend=backend)
    assert f([30.0, 20.0, 200.0]).tolist() == [4.0, 8.0, 1.0]
    with pytest.raises(UnfinishedError, match=r"after most=3 turns in row 2"):
        f([30.0, 20.0, 1.0])


# ------------------------------------------------------------------------------------------------- not done


@DTYPES
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("rows", [1, 5, 3000])
@pytest.mark.parametrize("call", ["__call__", "backward"])
def test_a_row_that_is_not_done_is_named(call, rows, threads, dtype, backend):
    p = Value(2.0)
    f = compile(doubled(p), dtype=dtype, backend=backend, threads=threads)
    X = np.full(rows, 10.0, dtype)
    expected = f(X)[0].tolist()
    X[rows // 2] = -1.0
    with pytest.raises(UnfinishedError) as error:
        getattr(f, call)(X)
    assert str(error.value) == f"while_loop: the condition still holds after most=12 turns in row {rows // 2}"
    assert (p.grad, p.data) == (0.0, 2.0)
    X[rows // 2] = 10.0
    assert f.backward(X)[0].tolist() == expected  # it runs as before
    assert p.grad == pytest.approx(4 * 10.0 * 2.0**3)


def test_what_was_added_before_stays(backend):
    p = Value(2.0)
    f = compile(doubled(p), backend=backend)
    f.backward([10.0])
    before = p.grad
    with pytest.raises(UnfinishedError):
        f.backward([10.0, -1.0])
    assert p.grad == before


@NEEDS_NATIVE
@pytest.mark.parametrize("rows", [1, 5, 300])
def test_a_graph_that_runs_as_it_is_names_it_too(rows):
    p = Value(2.0)
    with node_after_node():
        f = compile(doubled(p), backend="native")
        X = np.full(rows, 10.0)
        f.backward(X)
        gradient, X[-1] = p.grad, -1.0
        for call in (f, f.backward):
            with pytest.raises(UnfinishedError, match=rf"after most=12 turns in row {rows - 1}$"):
                call(X)
    assert p.grad == gradient


def test_a_bound_function_names_it(backend):
    p, X = Value(2.0), np.array([10.0, 20.0, 30.0])
    bound = compile(doubled(p), backend=backend).bind(X)
    assert bound.backward()[0].tolist() == [160.0, 160.0, 120.0]
    gradient, X[1] = p.grad, -1.0
    for call in (bound, bound.backward):
        with pytest.raises(UnfinishedError, match=r"after most=12 turns in row 1$"):
            call()
    assert p.grad == gradient


def test_where_no_row_matters_it_is_refused_too(backend):
    p = Value(-1.0)
    f = compile(lambda x: doubled(2.0)(p)[0] * x, backend=backend)
    with pytest.raises(
        UnfinishedError, match=r"after most=12 turns( in row 0)?$"
    ):  # natively, each of them computes it
        f([1.0, 2.0])


def test_where_that_is_known_before_it_is_refused_while_it_is_traced():
    f = compile(lambda x: while_loop(lambda s: s[1] < 7, lambda s: (s[0] * x, s[1] + 1), (x, 0), most=6)[0])
    with pytest.raises(UnfinishedError, match=r"after most=6 turns, at the state \(.*, 6\)\n.*line") as error:
        f([1.0])
    assert error.value.__notes__ == ["compile() called the function on one row: a Value for an array (rows)"]


def test_an_unused_part_of_the_state_does_not_hide_it(backend):
    f = compile(lambda x: doubled(2.0, most=3)(x)[1] * 0.0 + x, backend=backend)
    assert f([20.0]).tolist() == [20.0]
    with pytest.raises(UnfinishedError, match="row 0"):
        f([1.0])


def test_many_turns_are_told_in_full(backend):
    f = compile(
        lambda x: while_loop(lambda y: y > 0.0, lambda y: y + 1.0, x, most=1200), dtype="float32", backend=backend
    )
    with pytest.raises(UnfinishedError, match="after most=1200 turns in row 1"):
        f([-1.0, 1.0])


def test_errors_of_the_arguments_are_the_same_in_a_trace(backend):
    with pytest.raises(TypeError, match=r"while_loop: the body gives None of type NoneType as state, and .*\n"):
        compile(lambda x: while_loop(lambda y: y > 0.0, lambda y: None, x, most=3), backend=backend)([1.0])
    with pytest.raises(TypeError, match=r"while_loop: the condition gives one truth value, got \[.*\] of type list\n"):
        compile(lambda x: while_loop(lambda y: [y > 0.0], lambda y: y, x, most=3), backend=backend)([1.0])


def test_the_error_for_while_names_it():
    def f(x):
        while x > 1.0:
            x = x / 2
        return x

    with pytest.raises(TraceError, match=r"autograd\.while_loop\(condition, body, state, most=…\) for `while x > 0`"):
        compile(f)([4.0])


def test_training_stops_before_a_parameter_moves():
    class Halving(nn.Module):
        def __init__(self):
            self.p = Value(0.5)

        def forward(self, x):
            return while_loop(lambda y: y > 1.0, lambda y: y * self.p, x[0], most=4)

    model = Halving()
    X, y = np.array([[4.0], [3.0], [100.0]]), np.array([1.0, 1.0, 1.0])
    with pytest.raises(UnfinishedError, match=r"after most=4 turns in row 2$"):
        nn.fit(model, X, y, loss="mse", optimizer=nn.SGD(model.parameters(), lr=0.1), epochs=2, progress=False)
    assert model.p.data == 0.5


def test_threads_that_share_parameters():
    p = Value(2.0)
    functions = [compile(doubled(p)) for _ in range(4)]
    threads = [threading.Thread(target=f.backward, args=([10.0, 60.0],)) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert p.grad == pytest.approx(4 * (320.0 + 60.0) / 2)


# ------------------------------------------------------------------------------------------------- as a loop


def test_its_turns_are_found_as_one_loop():
    [loop] = find_loops(trace(newton(Value(1.3)), [()])[0])
    assert loop.count == 40


@NEEDS_NATIVE
@pytest.mark.parametrize("rows", [1, 3, 100])
def test_natively_they_run_as_one(rows):
    p = Value(1.3)

    def f(x):
        a = p * x
        return while_loop(lambda y: abs(y * y - a) > 1e-6 * a, lambda y: (y + a / y) / 2, a * 0.0 + 1.0, most=700)

    compiled = compile(f, backend="native")
    X = np.linspace(0.5, 300.0, rows)
    y = compiled.backward(X)
    assert "loop × 700, each of " in compiled.explain()
    np.testing.assert_allclose(y, np.sqrt(1.3 * X), rtol=1e-6)
    gradient, p.grad = p.grad, 0.0
    expected = [f(Value(x)) for x in X.tolist()]
    assert y.tolist() == [each.data for each in expected]
    for each in expected:
        each.backward()
    np.testing.assert_allclose(gradient, p.grad / rows, rtol=1e-12)
    np.testing.assert_allclose(gradient, np.mean(0.5 * np.sqrt(X / 1.3)), rtol=1e-5)  # it converges one turn later
    X[-1], gradient = -1.0, p.grad
    with pytest.raises(UnfinishedError, match=f"after most=700 turns in row {rows - 1}"):
        compiled.backward(X)
    assert p.grad == gradient


# -------------------------------------------------------------------------------------------- random programs


@st.composite
def programs(draw):
    """A function of x and parameters, and rows: one of three kinds of loops, in which numbers are drawn."""
    numbers = st.floats(0.3, 3.0).map(lambda x: round(x, 3))
    p, q = draw(numbers), draw(numbers)
    rows = draw(st.lists(st.floats(0.05, 50.0).map(lambda x: round(x, 2)), min_size=1, max_size=4))
    return draw(st.sampled_from(["newton", "counter", "bisection"])), p, q, draw(st.integers(2, 4)), rows


def raised(y, power):
    """y multiplied by itself: compiled, y**3 has other last bits than the eager one."""
    return reduce(mul, [y] * power)


def function_of(kind, p, q, power):
    p, q = Value(p), Value(q)

    def of_newton(x):
        """The root of order `power` of p·x + q, from above."""
        a = p * x + q
        below = power - 1

        def body(y):
            return y - (raised(y, below) * y - a) / (power * raised(y, below))

        return while_loop(lambda y: raised(y, power) - a > 1e-7 * a, body, a + 1.0, most=90)

    def of_counter(x):
        """Down by halves, 8 and quarters: dyadic numbers, so that no comparison is a matter of rounding."""

        def body(s):
            n, turns, total = s
            down = n - where(n > 8.0, 8.0, 0.0)
            return where(n > 4.0, down * 0.5, n - 0.25), turns + 1.0, total * q + p * n

        n, turns, total = while_loop(lambda s: s[0] > 0.5, body, (x, 0.0 * x, 0.0 * x), most=80)
        return total + n * q, turns

    def of_bisection(x):
        """Where y³·p + y is x, between 0 and 64: the interval, in which the derivative is that of its ends."""

        def body(s):
            low, high, weight = s
            middle = (low + high) / 2
            above = (middle * middle * middle * p + middle) > x
            return (
                where(above, low, middle),
                where(above, middle, high),
                weight * (1.0 + 0.01 * q * where(above, 0.0, p)),
            )

        low, high, weight = while_loop(lambda s: s[1] - s[0] > 2.0**-power, body, (0.0, 64.0, q), most=20)
        return (low + high) * weight * p

    return {"newton": of_newton, "counter": of_counter, "bisection": of_bisection}[kind]


@settings(max_examples=3 if IS_SECOND else 12, deadline=None)
@given(programs())
def test_random_programs_equal_eager(program):
    kind, p, q, power, rows = program
    assert_equals_eager(function_of(kind, p, q, power), rows)


@NEEDS_NATIVE
@settings(max_examples=40, deadline=None)
@given(programs())
def test_random_programs_of_arithmetic_have_the_bits_of_eager(program):
    """Node after node no sum is added up in another order."""
    kind, p, q, power, rows = program
    f = function_of(kind, p, q, power)
    expected = [f(Value(x)) for x in rows]
    firsts = [each[0] if isinstance(each, tuple) else each for each in expected]
    with node_after_node():
        found = compile(f)(rows)
    found = found[0] if isinstance(found, tuple) else found
    assert found.tolist() == [each.data for each in firsts]
