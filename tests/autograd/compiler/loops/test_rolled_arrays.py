"""Programs of arrays with loops in them: values and gradients of the graph of scalars, and what the loops are."""

from math import inf, nan

import numpy as np
import pytest

import autograd
from autograd import Value, compile, logsumexp, maximum, take, value_and_grad, where
from autograd.compiler.kinds import Contract, Loop
from autograd.compiler.prepared.arrays import ByArrays
from autograd.compiler.prepared.rolled import ByRolledArrays
from autograd.parameters import release
from tests.autograd.compiler.conftest import (
    HAS_NATIVE,
    NOISE,
    Eager,
    assert_compiled_equals,
    in_blocks_of,
    loops_in_arrays,
    parameters_of,
)
from tests.autograd.compiler.loops.programs import PROGRAMS, descent, matrix, values
from tests.autograd.compiler.loops.test_compiled_loops import pendulum_by_hand, rows_for
from tests.conftest import IS_SECOND, ONCE


def rolled_equals_eager(f, *arrays, dtype="float64", loops=1):
    """The compiled f, which has so many loops forward, gives what the graphs of scalars give."""
    arrays = [np.asarray(array, dtype) for array in arrays]
    release(parameters_of(f, arrays))
    expected = Eager(f, *arrays, noise=NOISE[dtype])
    for backend in (*["native"] * HAS_NATIVE, "numpy"):
        with loops_in_arrays():
            compiled = compile(f, dtype=dtype, backend=backend)
            compiled(*arrays)
        assert len(loops_of(compiled._last().forward_program.steps)) == loops
        assert_compiled_equals(compiled, expected, arrays, dtype, False)
        if backend == "native" and len(arrays[0]) > 1:
            with in_blocks_of(2):  # rows
                compiled._last().free_runs()
                assert_compiled_equals(compiled, expected, arrays, dtype, False)
    return compiled


def loops_of(steps):
    return [step.kind for step in steps if isinstance(step.kind, Loop)]


LOOPS = {"tridiagonal_system": 2, "one_after_the_other": 2, "kalman_filter": 2}


@pytest.mark.parametrize("name", PROGRAMS)
def test_many_turns(name):
    f, shapes = PROGRAMS[name][0](50 if IS_SECOND else 100)
    rolled_equals_eager(f, *rows_for(shapes), loops=LOOPS.get(name, 1))


@pytest.mark.parametrize("name", ["pendulum", "kalman_filter", "recurrent_network", "filter_with_two_delays"])
def test_one_row_many_and_a_part_of_them(name):
    f, shapes = PROGRAMS[name][0](50)
    for rows in (1, 30):
        compiled = rolled_equals_eager(f, *rows_for(shapes, rows), loops=LOOPS.get(name, 1))
    arrays = rows_for(shapes, 30, seed=1)
    whole = compiled(*arrays)
    in_parts = compile(f, backend="numpy")
    in_parts._most_bytes = 1
    with loops_in_arrays():
        np.testing.assert_allclose(in_parts(*arrays), whole, rtol=1e-14)


@pytest.mark.parametrize("rows", [pytest.param(1, marks=ONCE), 7])
def test_five_thousand_turns(rows):
    """They are rolled up unasked: a program of a few steps, whose gradient is that by hand."""
    f, _ = PROGRAMS["pendulum"][0](5000)
    [damping] = [cell.cell_contents for cell in f.__closure__ if isinstance(cell.cell_contents, Value)]
    angles = np.linspace(-1.0, 1.0, rows) if rows > 1 else np.array([0.7])
    expected, gradient = pendulum_by_hand(angles, damping.data, 5000)
    compiled = compile(f, backend="numpy")
    np.testing.assert_allclose(compiled.backward(angles), expected, rtol=1e-11)
    np.testing.assert_allclose(damping.grad, gradient, rtol=1e-11)
    program = compiled._last().whole_program()
    assert len(program.steps) < 10
    assert len(program.adjoints) < 30


# ----------------------------------------------------------------------------------------------- what is recognized


def product(weights, x):
    return [sum(w * each for w, each in zip(row, x, strict=True)) for row in weights]


def sigmoids(*terms):
    return [sum(each).sigmoid() for each in zip(*terms, strict=True)]


def lstm(turns, units=5, inputs=3):
    gates = [(matrix(units, inputs, 10 + k), matrix(units, units, 20 + k), values(units, 30 + k)) for k in range(4)]

    def f(xs):
        h, c = [0.0] * units, [0.0] * units
        for x in xs:
            sums = [
                [a + b + d for a, b, d in zip(product(w, x), product(u, h), bias, strict=True)] for w, u, bias in gates
            ]
            forget, put, show = [[each.sigmoid() for each in gate] for gate in sums[:3]]
            new = [each.tanh() for each in sums[3]]
            c = [f * old + i * n for f, old, i, n in zip(forget, c, put, new, strict=True)]
            h = [o * each.tanh() for o, each in zip(show, c, strict=True)]
        return sum(each * each for each in h)

    return f, [(turns, inputs)]


def gru(turns, units=4, inputs=2):
    gates = [(matrix(units, inputs, 10 + k), matrix(units, units, 20 + k)) for k in range(3)]

    def f(xs):
        h, loss = [0.1] * units, 0.0
        for x in xs:
            update = sigmoids(product(gates[0][0], x), product(gates[0][1], h))
            reset = sigmoids(product(gates[1][0], x), product(gates[1][1], h))
            kept = [r * each for r, each in zip(reset, h, strict=True)]
            new = [(a + b).tanh() for a, b in zip(product(gates[2][0], x), product(gates[2][1], kept), strict=True)]
            h = [(1.0 - z) * old + z * n for z, old, n in zip(update, h, new, strict=True)]
            loss = loss + (h[0] - x[1]) ** 2
        return loss

    return f, [(turns, inputs)]


def markov_chain(turns, states=4):
    logits = matrix(states, states, 3)

    def f(chances):
        rows = [[w - logsumexp(row) for w in row] for row in logits]
        matrix_of_chances = [[each.exp() for each in row] for row in rows]
        for _ in range(turns):
            chances = [sum(chances[i] * matrix_of_chances[i][j] for i in range(states)) for j in range(states)]
        return sum(k * chance for k, chance in enumerate(chances))

    return f, [(states,)]


@pytest.mark.parametrize("make", [lstm, gru, markov_chain])
@pytest.mark.parametrize("turns", [1, 2, 3, 7, pytest.param(30, marks=ONCE)])
def test_networks(make, turns):
    f, shapes = make(turns)
    arrays = rows_for(shapes, 3)
    release(parameters_of(f, arrays))
    expected = Eager(f, *arrays, noise=NOISE["float64"])
    with loops_in_arrays():
        compiled = compile(f, backend="numpy")
        compiled(*arrays)
    assert_compiled_equals(compiled, expected, arrays, "float64", False)
    assert len(loops_of(compiled._last().forward_program.steps)) == (
        turns >= 7 if make is not markov_chain else turns > 7
    )


def test_a_recurrent_network_keeps_its_matrices():
    """What does not wait is one product over the turns; so is the gradient of the weights, over turns and rows."""
    f, shapes = PROGRAMS["recurrent_network"][0](50)
    compiled = rolled_equals_eager(f, *rows_for(shapes, 5))
    program = compiled._last().whole_program()
    [loop] = loops_of(program.steps)
    [of_state] = [step for step in loop.body.steps if isinstance(step.kind, Contract)]
    assert of_state.kind.name == "matmul"
    [of_inputs] = [step for step in program.steps if isinstance(step.kind, Contract) and step.kind.name == "matmul"]
    assert of_inputs.out.shape == (50, 4)
    of_weights = [step.out.shape for step in program.adjoints if isinstance(step.kind, Contract) and not step.space]
    assert sorted(of_weights) == [(4,), (4, 3), (4, 4)]


def test_loops_side_by_side_are_one():
    """Six simulations, one after the other: a batch of six over one loop."""
    [k] = values(1)

    def f(xs):
        ends = []
        for start in xs:
            x = start
            for _ in range(40):
                x = x + 0.1 * (k * x).sin()
            ends.append(x)
        return sum(ends)

    compiled = rolled_equals_eager(f, *rows_for([(6,)]))
    [loop] = loops_of(compiled._last().forward_program.steps)
    assert (loop.turns, loop.width, len(loop.body.steps)) == (40, 6, 4)


def test_what_all_rows_share_is_a_loop_of_its_own():
    """The variances of a Kalman filter: they are carried once, beside means that are others in each row."""
    f, shapes = PROGRAMS["kalman_filter"][0](50)
    compiled = rolled_equals_eager(f, *rows_for(shapes), loops=2)
    steps = [step for step in compiled._last().forward_program.steps if isinstance(step.kind, Loop)]
    assert [(step.space, len(step.kind.body.steps)) for step in steps] == [(0, 5), (1, 3)]


def test_a_value_that_all_rows_share_is_computed_once_in_a_call():
    """A loop of parameters alone."""
    p, q = values(2)

    def f(x):
        scale = q
        for _ in range(40):
            scale = (scale * p).sin() + 0.3
        return x * scale

    compiled = rolled_equals_eager(f, *rows_for([()]))
    [step] = [step for step in compiled._last().forward_program.steps if isinstance(step.kind, Loop)]
    assert step.space == 0


# --------------------------------------------------------------------------------------------------- what is hard


@pytest.mark.parametrize("name", ["branches", "logistic_map", "lotka_volterra", "side_by_side", "recurrent_network"])
def test_rows_that_are_not_finite(name):
    f, shapes = PROGRAMS[name][0](40)
    arrays = rows_for(shapes, 10)
    arrays[0][2], arrays[0][5], arrays[0][8] = nan, inf, -0.0
    rolled_equals_eager(f, *arrays)


def test_a_branch_that_no_turn_takes():
    """0·inf would be nan: the derivative of the root at 0, in every turn. The program without loops is asked then."""
    p, q = values(2)

    def f(x):
        for _ in range(30):
            x = where(x > 0.0, x * p, x + (x * q) ** 0.5 * 0.0)
        return x

    compiled = rolled_equals_eager(f, [0.3, 0.0, 0.9])
    assert not loops_of(compiled._last().exact_program.steps)


def test_nothing_flows_through_what_another_output_alone_needs():
    """It overflows: 0·inf would be nan. It is in a loop of its own, which reads the rows of the other one."""
    p = Value(2.0)

    def f(x):
        y, z = x, p * 1.0
        for _ in range(40):
            y = (y + 0.1).sin()
            z = z * z + y
        return y * p, z

    rolled_equals_eager(f, [0.3, 0.7], loops=2)


def test_nothing_flows_through_a_loop_that_another_output_alone_needs():
    p = Value(2.0)

    def f(x):
        y, z = x, p * 1.0
        for _ in range(40):
            y = (y + 0.1).sin() * p
        for _ in range(40):
            z = z * z + y
        return y * p, z

    rolled_equals_eager(f, [0.3, 0.7], loops=2)


def test_numbers_that_every_turn_gives_out_beside_one_that_is_differentiated():
    f, shapes = PROGRAMS["trajectory"][0](60)
    rolled_equals_eager(f, *rows_for(shapes))


def test_derivatives_in_turns_and_of_turns():
    """Gradient descent, whose steps are made of derivatives; and the derivative of all of it, inside of f."""
    p, rate = values(2)
    steps = descent(p, rate)
    rolled_equals_eager(steps, [0.3, 0.7])

    def slope(x):
        for_x, by_x = value_and_grad(lambda z: (steps(z) * p).sin())(x)
        return for_x * by_x

    rolled_equals_eager(slope, [0.3, 0.7], loops=len(loops_of(compiled_steps(slope))))


def compiled_steps(f):
    with loops_in_arrays():
        compiled = compile(f, backend="numpy")
        compiled([0.3, 0.7])
    return compiled._last().forward_program.steps


def test_choices_and_lists_in_turns():
    """take, maximum and logsumexp, of what is carried."""
    p, q = values(2)

    def f(x, choices):
        y = x * q
        for t in range(30):
            chosen = take([x * p, y + p, x * y], choices[t])
            x, y = maximum(chosen, 0.1 * x, y) * 0.5, logsumexp([x, y, chosen]) * 0.3
        return x * y

    choices = np.random.default_rng(0).integers(0, 3, (3, 30))
    compiled = rolled_equals_eager(f, [0.3, 0.7, -0.2], choices)
    wrong = choices.astype(float)
    wrong[1, 17] = 3.0
    with pytest.raises(IndexError, match="got 3 in row 1"):
        compiled([0.3, 0.7, -0.2], wrong)


def test_a_parameter_that_moves_and_one_that_is_added():
    """The numbers are those of now, wherever they lie; other functions may have put them together elsewhere."""
    f, shapes = PROGRAMS["recurrent_network"][0](30)
    arrays = rows_for(shapes)
    compiled = rolled_equals_eager(f, *arrays)
    parameters = parameters_of(f, arrays)
    autograd.parameters.adopt(parameters[::-1])
    parameters[3].data = 0.25
    expected = Eager(f, *arrays, noise=NOISE["float64"])
    assert_compiled_equals(compiled, expected, arrays, "float64", False)


def test_in_float32():
    f, shapes = PROGRAMS["recurrent_network"][0](20)
    rolled_equals_eager(f, *rows_for(shapes), dtype="float32")


def test_of_few_nodes_there_are_no_loops():
    f, shapes = PROGRAMS["pendulum"][0](40)
    compiled = compile(f, backend="numpy")
    compiled(*rows_for(shapes))
    assert isinstance(compiled._last(), ByArrays)
    assert not isinstance(compiled._last(), ByRolledArrays)


@ONCE
def test_explain_prints_one_turn():
    f, _ = PROGRAMS["pendulum"][0](5000)
    compiled = compile(f, backend="numpy")
    compiled([0.3])
    text = compiled.explain()
    assert "loop × 5,000  B×5001×2, each of 7 operations, with 2 carried, 1 invariant" in text
    assert text.count("  sin ") == 1
    assert "loop × 5,000 backwards" in text


@ONCE
def test_the_source_runs_alone():
    f, _ = PROGRAMS["pendulum"][0](5000)
    compiled = compile(f, backend="numpy")
    compiled.backward([0.3])
    assert compiled.source.count("sin(") == 1
    assert len(compiled.source.splitlines()) < 80
