"""Loops of which other libraries give a wrong number in silence: the right one, by mathematics, in every way to run.

Each test says what goes wrong elsewhere. A loop of 5,000 turns is compiled where it is run as one, natively.
"""

from math import cos, exp, isnan, log, nan, sin

import numpy as np
import pytest

from autograd import TraceError, UnfinishedError, Value, compile, grad, hessian, jacobian, where, while_loop
from autograd.compiler.loops import find_loops
from autograd.compiler.trace import trace
from tests.conftest import BACKENDS, NEEDS_NATIVE

LENGTHS = [1, 2, 3, 7, 100, 5_000]
IN_EVERY_WAY = pytest.mark.parametrize("run", ["eager", *BACKENDS], indirect=True)
OF_EVERY_LENGTH = pytest.mark.parametrize(
    ("run", "turns"),
    [
        *[("eager", turns) for turns in LENGTHS],
        *[("numpy", turns) for turns in LENGTHS if turns < 5_000],
        *[pytest.param("native", turns, marks=NEEDS_NATIVE) for turns in LENGTHS],
    ],
    indirect=["run"],
)


@pytest.fixture
def run(request):
    """f(row) → its value and the gradient by each of its parameters."""

    def results(f, row, parameters):
        for p in parameters:
            p.grad = 0.0
        if request.param == "eager":
            y = f(Value(row))
            y.backward()
            return [y.data, *[p.grad for p in parameters]]
        [y] = compile(f, backend=request.param).backward([row])
        return [float(y), *[p.grad for p in parameters]]

    return results


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


# ------------------------------------------------------------------------------- products that are written in place


@OF_EVERY_LENGTH
def test_a_product_in_place(run, turns):
    """Taichi forgets the factors of before in `y *= x`. By hand: y = xⁿ·r, dy/dx = n·xⁿ⁻¹·r, dy/dr = xⁿ."""
    x = Value(1.001)

    def f(row):
        y = row
        for _ in range(turns):
            y *= x
        return y

    close(run(f, 0.7, [x]), [1.001**turns * 0.7, turns * 1.001 ** (turns - 1) * 0.7])


@IN_EVERY_WAY
def test_a_tenth_power_by_repeated_products(run):
    """Warp gives 30.0 for d(x¹⁰)/dx at 1.1, which is 10·1.1⁹ = 23.579…"""
    x = Value(1.1)

    def f(row):
        y = row
        for _ in range(10):
            y = y * x
        return y

    close(run(f, 1.0, [x]), [1.1**10, 10 * 1.1**9])
    assert round(x.grad, 2) == 23.58


@OF_EVERY_LENGTH
def test_a_sum_and_a_difference_in_place(run, turns):
    """The same with += and -=: r + n·(a - b²), of which the derivatives are n and -2·b·n."""
    a, b = Value(0.5), Value(-0.25)

    def f(row):
        y = row
        for _ in range(turns):
            y += a
            y -= b * b
        return y

    close(run(f, 2.0, [a, b]), [2.0 + turns * 0.4375, turns, 0.5 * turns])


@OF_EVERY_LENGTH
def test_a_list_whose_places_are_overwritten(run, turns):
    """A state kept in the places of a list: (u, v) ← (v, u·p). After 2k turns it is (u·pᵏ, v·pᵏ)."""
    p = Value(1.002)

    def f(row):
        state = [row, 3.0 * row]
        for _ in range(turns):
            state[0], state[1] = state[1], state[0] * p
        return state[0] + 2.0 * state[1]

    k, odd = divmod(turns, 2)
    y = 5.0 * 1.002**k + 2.0 * 1.002**k if odd == 0 else 3.0 * 1.002**k + 2.0 * 1.002 ** (k + 1)
    slope = 7.0 * k * 1.002 ** (k - 1) if odd == 0 else 3.0 * k * 1.002 ** (k - 1) + 2.0 * (k + 1) * 1.002**k
    close(run(f, 1.0, [p]), [y, slope])


# ------------------------------------------------------------------------------- numbers overwritten before backward


@pytest.mark.parametrize("turns", LENGTHS)
def test_a_number_that_is_overwritten_before_backward(turns):
    """Warp differentiates by what stands there then. Eager it is the derivative at what the loop was computed with."""
    x, y = Value(1.001), Value(1.0)
    for _ in range(turns):
        y = y * x
    z = x.exp()
    x.data = 7.0
    y.backward()
    close([y.data, x.grad], [1.001**turns, turns * 1.001 ** (turns - 1)])
    x.grad = 0.0
    z.backward()
    close(x.grad, exp(1.001))


def test_as_a_graph_its_derivative_is_an_error():
    """That is made of the numbers as they are now: 2·x of now beside the x² of before."""
    x = Value(3.0)
    y = x * x
    x.data = 5.0
    with pytest.raises(RuntimeError, match=r"since 5 \* 5 was computed, which was 9 then and is 25 now"):
        y.backward(create_graph=True)
    assert y.forward().backward(create_graph=True)[x].data == 10.0


def test_a_compiled_loop_is_differentiated_at_the_numbers_of_its_call(backend):
    """Between forward and backward all may be overwritten: the arguments, and the parameter."""
    p, X = Value(1.5), np.array([1.0, 2.0])

    def f(x):
        for _ in range(7):
            x = x * p
        return x

    compiled = compile(f, backend=backend)
    compiled(X)
    X[:], p.data = [3.0, 5.0], 2.0
    assert compiled.backward(X).tolist() == [3.0 * 128, 5.0 * 128]
    X[:], p.data = 0.0, 9.0
    assert p.grad == 4.0 * 7 * 64


# ------------------------------------------------------------------------------------ a parameter that is changed


@OF_EVERY_LENGTH
def test_a_parameter_that_is_another_in_the_middle(run, turns):
    """In the second half 3·p takes its place: no loop of all turns, and right. y = r·pᵐ·(3p)ⁿ⁻ᵐ."""
    p = Value(0.9)

    def f(row):
        factor, y = p, row
        for t in range(turns):
            if t == turns // 2:
                factor = factor * 1.1
            y = y * factor
        return y

    late = turns - turns // 2
    y = 0.9**turns * 1.1**late
    close(run(f, 1.0, [p]), [y, turns * y / 0.9])
    loops = find_loops(trace(f, [()])[0])
    assert all(loop.count <= late for loop in loops)


@pytest.mark.parametrize("turns", LENGTHS)
def test_a_parameter_whose_number_is_assigned_in_the_middle(turns):
    """Each turn is differentiated at the number that it was computed with: y = aᵐ·bⁿ⁻ᵐ, dy/dp = y·(m/a + (n - m)/b)."""
    p, y = Value(0.999), Value(1.0)
    for t in range(turns):
        if t == turns // 2:
            p.data = 1.002
        y = y * p
    y.backward()
    early = turns // 2
    expected = 0.999**early * 1.002 ** (turns - early)
    close([y.data, p.grad], [expected, expected * (early / 0.999 + (turns - early) / 1.002)])


def test_in_a_compiled_function_that_is_refused(backend):
    """It would happen once, and not in every call."""
    p = Value(2.0)

    def f(x):
        for t in range(8):
            if t == 4:
                p.data = 3.0
            x = x * p
        return x

    with pytest.raises(TraceError, match=r"assigning \.data in a function that is being compiled.*"):
        compile(f, backend=backend)([1.0])
    assert p.data == 2.0


def test_in_a_derivative_of_a_derivative_too():
    """The inner one is a graph of what the numbers are now; the outer one alone knows what they were."""
    p = Value(2.0)

    def f(x):
        y = x * p * x
        p.data = 3.0
        return y * p

    assert grad(f)(1.5) == 2.0 * 3.0 * 2.0 * 1.5
    p.data = 2.0
    with pytest.raises(RuntimeError, match=r"which was 3 then and is 4\.5 now"):
        grad(grad(f))(1.5)


# ------------------------------------------------------------------------------------------ a bound that is too small


def decayed(most):
    """x·pᵏ for the first k with which it is below 0.4."""

    def of(p):
        return lambda x: while_loop(lambda y: y >= 0.4, lambda y: y * p, x, most=most)

    return of


@IN_EVERY_WAY
def test_a_bound_that_is_too_small_is_an_error(run):
    """Dr.Jit gives -0.106 for a derivative of 0.376 where `max_iterations` is below the turns that are needed."""
    p = Value(0.8)
    close(run(decayed(5)(p), 1.0, [p]), [0.8**5, 5 * 0.8**4])  # 0.512 is still above
    with pytest.raises(UnfinishedError, match="the condition still holds after most=4 turns"):
        run(decayed(4)(p), 1.0, [p])
    assert p.grad == 0.0


@pytest.mark.parametrize("rows", [2, 7, 100])
def test_the_error_names_the_row(rows, backend):
    p, X = Value(0.8), np.full(rows, 0.9)
    X[-1] = 1.0  # takes 5 turns, the others 4
    compiled = compile(decayed(4)(p), backend=backend)
    with pytest.raises(UnfinishedError, match=f"after most=4 turns in row {rows - 1}$"):
        compiled.backward(X)
    assert p.grad == 0.0
    y = compile(decayed(5)(p), backend=backend).backward(X)
    close(y, [0.9 * 0.8**4] * (rows - 1) + [0.8**5])
    close(p.grad, ((rows - 1) * 0.9 * 4 * 0.8**3 + 5 * 0.8**4) / rows)


@pytest.mark.parametrize("turns", [1, 2, 3, 7, 100])
@IN_EVERY_WAY
def test_it_may_take_exactly_so_many(turns, run):
    p = Value(1.5)

    def f(x):
        return while_loop(lambda s: s[1] < turns - 0.5, lambda s: (s[0] * p, s[1] + 1.0), (x, x * 0.0), most=turns)[0]

    close(run(f, 1.0, [p]), [1.5**turns, turns * 1.5 ** (turns - 1)])


# ---------------------------------------------------------------------------------------------------- nan in some rows


def geometric(p, turns):
    def f(x):
        for _ in range(turns):
            x = x * p + 1.0
        return x

    return f


@pytest.mark.parametrize("turns", [1, 2, 3, 7, 100])
def test_rows_that_are_nan_leave_the_others_as_they_are(turns, backend):
    """Values, and the derivative of each row by its own argument: pⁿ."""
    X = np.array([1.0, nan, -2.0, nan, 0.5])
    f = geometric(Value(0.9), turns)
    values, slopes = compile(lambda x: (f(x), grad(f)(x)), backend=backend)(X)
    finite = ~np.isnan(X)
    assert np.isnan(values).tolist() == np.isnan(X).tolist()
    close(values[finite], X[finite] * 0.9**turns + (1.0 - 0.9**turns) / 0.1)
    close(slopes, np.full(5, 0.9**turns))


@pytest.mark.parametrize("turns", [1, 2, 3, 7, 100])
def test_a_gradient_is_defined_where_the_nan_is_not_taken(turns, backend):
    """Rows below 0 are left out by `where`; their logarithm is nan, and so is all that the loop makes of it."""
    p, X = Value(0.9), np.array([1.0, -1.0, 4.0, -3.0])

    def f(x):
        y = geometric(p, turns)(x.log())
        return where(x > 0.0, y, 0.0)

    found = compile(f, backend=backend).backward(X)
    starts = np.array([log(1.0), log(4.0)])
    close(found[[0, 2]], starts * 0.9**turns + (1.0 - 0.9**turns) / 0.1)
    assert found[[1, 3]].tolist() == [0.0, 0.0]
    by_p = starts * turns * 0.9 ** (turns - 1) + sum(k * 0.9 ** (k - 1) for k in range(1, turns))
    close(p.grad, by_p.sum() / 4)


def test_a_gradient_is_nan_where_a_row_that_counts_is(backend):
    p = Value(0.9)
    compile(geometric(p, 7), backend=backend).backward([1.0, nan])
    assert isnan(p.grad)


def test_a_while_loop_whose_rows_are_nan(backend):
    """A comparison with nan does not hold: such a row takes no turn."""
    p = Value(0.8)
    values, slopes = compile(lambda x: (decayed(9)(p)(x), grad(decayed(9)(p))(x)), backend=backend)([1.0, nan, 0.5])
    close(values[[0, 2]], [0.8**5, 0.5 * 0.8**2])
    assert isnan(values[1])
    close(slopes, [0.8**5, 1.0, 0.8**2])


# ------------------------------------------------------------------------------------------ states that start at 0


@pytest.mark.parametrize("zero", [lambda x: 0.0, lambda x: Value(0.0), lambda x: 0.0 * x, lambda x: x - x])
@OF_EVERY_LENGTH
def test_a_state_that_starts_at_zero(run, turns, zero):
    """s ← (s + p)·q, of which the first turn alone is p·q: p·(q + q² + … + qⁿ)."""
    p, q = Value(2.0), Value(0.5)

    def f(row):
        s = zero(row)
        for _ in range(turns):
            s = (s + p) * q
        return s

    total, by_q = 0.0, 0.0
    for k in range(turns, 0, -1):
        total, by_q = total + 0.5**k, by_q + k * 0.5 ** (k - 1)
    close(run(f, 3.0, [p, q]), [2.0 * total, total, 2.0 * by_q])


@OF_EVERY_LENGTH
def test_a_power_of_a_state_that_starts_at_zero(run, turns):
    """s ← s² + p, whose derivative 2·s is 0 in the first turn: that is no missing edge, and no 0·∞."""
    p = Value(-0.3)

    def f(row):
        s = row * 0.0
        for _ in range(turns):
            s = s**2 + p
        return s

    s, slope = 0.0, 0.0
    for _ in range(turns):
        s, slope = s * s - 0.3, 2.0 * s * slope + 1.0
    close(run(f, 3.0, [p]), [s, slope])


# -------------------------------------------------------------------------------- parameters that some turns use

SOME = {
    "the first": lambda t, turns: t == 0,
    "the last": lambda t, turns: t == turns - 1,
    "every third": lambda t, turns: t % 3 == 2,
    "the first half": lambda t, turns: t < turns // 2,
    "one in the middle": lambda t, turns: t == turns // 2,
    "none": lambda t, turns: False,
}


@pytest.mark.parametrize("which", SOME)
@OF_EVERY_LENGTH
def test_a_parameter_that_only_some_turns_use(run, turns, which):
    """y ← y·q, and where it is used y ← y·q·p: qⁿ·pᵐ."""
    p, q = Value(1.003), Value(0.998)

    def f(row):
        y = row
        for t in range(turns):
            y = y * q
            if SOME[which](t, turns):
                y = y * p
        return y

    m = sum(SOME[which](t, turns) for t in range(turns))
    y = 0.998**turns * 1.003**m
    close(run(f, 1.0, [p, q]), [y, m * y / 1.003, turns * y / 0.998])


# --------------------------------------------------------------------------- derivatives around and inside of loops


def power(x, turns):
    y = 1.0
    for _ in range(turns):
        y = y * x
    return y


@pytest.mark.parametrize("turns", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("how", ["eager", *BACKENDS])
def test_derivatives_of_a_loop(turns, how):
    """xⁿ, once, twice, and by a Hessian of two: n·xⁿ⁻¹, n·(n - 1)·xⁿ⁻²."""
    x, n = 1.01, turns
    functions = [
        grad(lambda x: power(x, n)),
        grad(grad(lambda x: power(x, n) * 1.0 + x)),
        lambda x: hessian(lambda xs: power(xs[0], n) * power(xs[1], n))([x, x])[0][1],
        lambda x: jacobian(lambda x: [power(x, n), power(x, n + 1)])(x)[1],
    ]
    expected = [n * x ** (n - 1), n * (n - 1) * x ** (n - 2), (n * x ** (n - 1)) ** 2, (n + 1) * x**n]
    found = [float(f(x)) if how == "eager" else float(compile(f, backend=how)([x])[0]) for f in functions]
    close(found, expected)


@OF_EVERY_LENGTH
def test_a_derivative_in_each_turn(run, turns):
    """Steps down p·x²/2: x ← x - h·p·x, which is x·(1 - h·p)ⁿ, and its derivative by p -n·h·x·(1 - h·p)ⁿ⁻¹."""
    p, h = Value(0.7), 0.001

    def f(x):
        for _ in range(turns):
            x = x - h * grad(lambda z: p * z * z / 2)(x)
        return x

    rest = 1.0 - h * 0.7
    close(run(f, 2.0, [p]), [2.0 * rest**turns, -turns * h * 2.0 * rest ** (turns - 1)])


@pytest.mark.parametrize("turns", [1, 2, 3, 7, 30])
@IN_EVERY_WAY
def test_derivatives_around_and_inside(run, turns):
    """The derivative by x of the same, times sin p: (1 - h·p)ⁿ·sin p, once more differentiated by p."""
    p, h = Value(0.7), 0.01

    def steps(x):
        for _ in range(turns):
            x = x - h * grad(lambda z: p * z * z / 2)(x)
        return x * p.sin()

    rest = 1.0 - h * 0.7
    by_p = -turns * h * rest ** (turns - 1) * sin(0.7) + rest**turns * cos(0.7)
    close(run(grad(steps), 2.0, [p]), [rest**turns * sin(0.7), by_p])


@IN_EVERY_WAY
def test_second_derivatives_in_each_turn(run):
    """Newton's method on z⁴: z ← z - 4z³/12z² = 2z/3."""

    def f(x):
        for _ in range(7):
            x = x - grad(lambda z: z**4)(x) / grad(grad(lambda z: z**4))(x) * one
        return x

    one = Value(1.0)
    # each turn is z·(1 - one/3): dz/d(one) = -7/3·(2/3)⁶·x
    close(run(f, 1.7, [one]), [1.7 * (2 / 3) ** 7, -7 / 3 * (2 / 3) ** 6 * 1.7])
