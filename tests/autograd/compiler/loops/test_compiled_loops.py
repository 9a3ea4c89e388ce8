"""Programs with loops, compiled: values and gradients of the graph of scalars, for any number of turns."""

from math import inf, nan
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, compile, maximum, take, where
from autograd.compiler.kinds import Loop
from autograd.compiler.prepared import preparing
from autograd.compiler.prepared.arrays import ByArrays
from autograd.compiler.prepared.nodes import ByNodes
from tests.autograd.compiler.conftest import node_after_node
from tests.autograd.compiler.loops.programs import PROGRAMS, descent, matrix, values
from tests.conftest import IS_SECOND, NEEDS_NATIVE


def rows_for(shapes, rows=3, seed=0):
    draw = np.random.default_rng(seed).uniform
    return [draw(0.5, 1.0, (rows, *shape)) for shape in shapes]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("turns", [1, 2, 3, 7, 12 if IS_SECOND else 40])
def test_programs(equals_eager, name, turns):
    f, shapes = PROGRAMS[name][0](turns)
    equals_eager(f, *rows_for(shapes))


@pytest.mark.parametrize("name", ["pendulum", "kalman_filter", "recurrent_network", "trajectory"])
def test_programs_in_float32(equals_eager, name):
    f, shapes = PROGRAMS[name][0](20)
    equals_eager(f, *rows_for(shapes), dtype="float32")


@pytest.mark.parametrize("name", ["branches", "logistic_map", "lotka_volterra", "side_by_side"])
def test_rows_that_are_not_finite(equals_eager, name):
    f, shapes = PROGRAMS[name][0](20)
    arrays = rows_for(shapes, 10)
    arrays[0][2], arrays[0][5], arrays[0][8] = nan, inf, -0.0
    equals_eager(f, *arrays, which_infinity=False)


def test_a_branch_that_no_turn_takes(equals_eager):
    """0·inf would be nan: the derivative of the root at 0, in every turn."""
    p, q = values(2)

    def f(x):
        for _ in range(30):
            x = where(x > 0.0, x * p, x + (x * q) ** 0.5 * 0.0)
        return x

    equals_eager(f, [0.3, 0.0, 0.9], which_infinity=False)


def test_derivatives_inside_of_a_loop(equals_eager):
    equals_eager(descent(*values(2)), [0.3, 0.7])


def test_what_is_scanned_depends_on_a_parameter_in_some_turns(equals_eager):
    [p] = values(1)

    def f(x):
        given = [x, *[p * (0.1 * k) for k in range(1, 20)], x * 2.0]
        for each in given + given[::-1]:
            x = (x - each).tanh() * 0.9 + each.sin()
        return x

    equals_eager(f, [0.3, 0.7])


def test_the_results_of_equal_loops_are_scanned(equals_eager):
    """They lie equally far apart, over all that these loops have computed."""
    a, b, c = values(3)

    def f(xs):
        results = []
        for x in xs:
            q = x
            for _ in range(40):
                q = (q * a + q.cos() * b * x).sin()
            results.append(q)
        s = results[0]
        for r in results[1:]:
            s = ((s * c + r).sin() * 1.1 + s.cos() * a - (s * s) * b + r * s).sin()
        return s

    equals_eager(f, *rows_for([(9,)]))


def test_a_last_turn_that_reads_an_earlier_one_is_none_of_the_loop(equals_eager):
    """Where the others read a parameter: that is no number from before the loop."""
    [p] = values(1)

    def f(xs):
        a, b = xs
        earlier = []
        for t in range(20):
            earlier.append(b)
            a = a / (1.0 + p * p)
            factor = earlier[-1] if t == 19 else p
            b = b / (1.0 + factor * factor)
        return a + b

    equals_eager(f, *rows_for([(2,)]))


def test_nothing_flows_through_what_another_output_alone_needs(equals_eager):
    """It overflows: 0·inf would be nan."""
    p = Value(2.0)

    def f(x):
        y, z = x, p * 1.0
        for _ in range(40):
            y = (y + 0.1).sin()
            z = z * z + y
        return y * p, z

    equals_eager(f, [0.3, 0.7])


@NEEDS_NATIVE
@pytest.mark.parametrize("rows", [1, 7, 8, 9, 100, 300])
@pytest.mark.parametrize("threads", [1, 2])
def test_five_thousand_turns(rows, threads):
    """Beside the derivative by hand, in NumPy."""
    make, _ = PROGRAMS["pendulum"]
    f, _ = make(5000)
    [damping] = [cell.cell_contents for cell in f.__closure__ if isinstance(cell.cell_contents, Value)]
    angles = np.linspace(-1.0, 1.0, rows)
    expected, gradient = pendulum_by_hand(angles, damping.data, 5000)
    compiled = compile(f, backend="native", threads=threads)
    result = compiled.backward(angles)
    assert "1 loop" in compiled.explain()
    assert "loop × 5,000, each of 7 nodes, with 2 carried" in compiled.explain()
    np.testing.assert_allclose(result, expected, rtol=1e-11)
    np.testing.assert_allclose(damping.grad, gradient, rtol=1e-11)


def pendulum_by_hand(angle, damping, turns):
    speed, by_speed, by_angle = 0.0 * angle, 0.0 * angle, 0.0 * angle  # derivatives by the damping
    for _ in range(turns):
        by_speed = by_speed + 0.01 * (-speed - damping * by_speed - np.cos(angle) * by_angle)
        speed = speed + 0.01 * (-damping * speed - np.sin(angle))
        angle, by_angle = angle + 0.01 * speed, by_angle + 0.01 * by_speed
    return angle * angle, float(np.mean(2.0 * angle * by_angle))


@NEEDS_NATIVE
def test_the_program_that_is_shown_has_the_loop_once():
    make, _ = PROGRAMS["pendulum"]
    f, _ = make(5000)
    compiled = compile(f, backend="native")
    compiled.backward([0.3, 0.7])
    program = compiled.program
    loops = [step.kind.name for step in (*program.steps, *program.adjoints) if isinstance(step.kind, Loop)]
    assert loops == ["loop × 5,000", "loop × 5,000 backwards"]
    assert len(program) < 50
    assert len(compiled.source.splitlines()) < 150


@NEEDS_NATIVE
@pytest.mark.parametrize("rows", [1, 3])
def test_an_index_out_of_range_in_a_turn(rows):
    """It names the row, and no gradient has changed; another call runs as before."""
    [p] = values(1)

    def f(x, choices):
        for t in range(40):
            x = take([x * p, x + p], choices[t]).sin()
        return x

    choices = np.zeros((rows, 40))
    with node_after_node():
        compiled = compile(f, backend="native")
        before = compiled.backward(np.full(rows, 0.3), choices)
        gradient, p.grad = p.grad, 0.0
        choices[-1, 25] = 7.0
        with pytest.raises(IndexError, match=f"got 7 in row {rows - 1}"):
            compiled.backward(np.full(rows, 0.3), choices)
        assert p.grad == 0.0
        choices[-1, 25] = 0.0
        assert (compiled.backward(np.full(rows, 0.3), choices).tolist(), p.grad) == (before.tolist(), gradient)
    assert compiled._last().runs.loops


@NEEDS_NATIVE
def test_few_nodes_are_not_rolled_up():
    make, _ = PROGRAMS["pendulum"]
    f, _ = make(40)
    compiled = compile(f, backend="native")
    compiled([0.3])
    assert "loop" not in compiled.explain()
    assert preparing.LONG > 40 * 8


@NEEDS_NATIVE
@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("rows", [1, 9])
def test_loops_have_the_bits_of_the_unrolled_graph(name, rows):
    f, shapes = PROGRAMS[name][0](40)
    arrays = rows_for(shapes, rows)
    results = []
    for long in (0, 10**9):
        with node_after_node(), patch.object(preparing, "LONG", long):
            compiled = compile(f, backend="native")
            results += [compiled(*arrays), compiled.backward(*arrays)]
    for each in results[1:]:
        np.testing.assert_equal(each, results[0])


@NEEDS_NATIVE
def test_what_runs_in_turns_and_what_by_arrays():
    """A recurrence in numbers does, and one of small matrices; of larger ones and of many layers arrays are better."""

    def way(make):
        f, shapes = make
        compiled = compile(f, backend="native")
        compiled(*rows_for(shapes, 1))
        return type(compiled._last())

    for name in ("kalman_filter", "lotka_volterra", "recurrent_network", "heat", "three_bodies"):
        assert way(PROGRAMS[name][0](60)) is ByNodes
    assert way(PROGRAMS["deep_network"][0](20)) is ByArrays
    assert way(wide_recurrence(60)) is ByArrays


def wide_recurrence(turns):
    w = matrix(12, 12)

    def f(h):
        for _ in range(turns):
            h = [sum(p * q for p, q in zip(row, h, strict=True)).tanh() for row in w]
        return sum(h)

    return f, [(12,)]


# ------------------------------------------------------------------------------------------------ random recurrences

UNARY = ["sin", "tanh", "sigmoid", "softplus", "relu", "neg"]


@st.composite
def recurrences(draw):
    """What a turn does: for each new number an operation, and the places of its operands among all that is there."""
    states = draw(st.integers(1, 3))
    names = st.sampled_from([*UNARY, "add", "mul", "sub", "where", "maximum"])
    steps = draw(st.lists(st.tuples(names, st.tuples(*[st.integers(0, 30)] * 3)), min_size=2, max_size=8))
    chosen = draw(st.lists(st.integers(0, 30), min_size=states, max_size=states))
    return {
        "states": states, "steps": steps, "chosen": chosen, "turns": draw(st.integers(5, 30)),
        "delays": draw(st.booleans()), "changes": draw(st.booleans()), "every": draw(st.integers(1, 7)),
        "starts": draw(st.sampled_from(["input", "constant", "parameter"])), "backwards": draw(st.booleans()),
    }  # fmt: skip


def function_of(recurrence):
    parameters = values(3, seed=recurrence["turns"])
    turns = recurrence["turns"]

    def computed(name, a, b, c):
        if name in UNARY:
            return -a if name == "neg" else getattr(a, name)()
        two = {
            "add": lambda: a + 0.5 * b,
            "mul": lambda: a * b,
            "sub": lambda: 0.5 * a - b,
            "maximum": lambda: maximum(a, b),
        }
        return where(a > b, b, c) if name == "where" else two[name]()

    def f(xs):
        start = {"input": xs[0], "constant": Value(0.4), "parameter": parameters[0]}[recurrence["starts"]]
        states = [start, *[xs[k] * 1.0 for k in range(1, recurrence["states"])]]
        earlier, total = list(states), 0.0
        order = range(turns - 1, -1, -1) if recurrence["backwards"] else range(turns)
        for t in order:
            p = parameters[1 if recurrence["changes"] and t > turns // 2 else 2]
            there = [*states, xs[t], p, parameters[0]]
            if recurrence["delays"]:
                there += earlier
            for name, places in recurrence["steps"]:
                there.append(computed(name, *[there[place % len(there)] for place in places]))
            bounded = [there[-1 - place % len(recurrence["steps"])].tanh() for place in recurrence["chosen"]]
            earlier, states = states, bounded
            if t % recurrence["every"] == 0:
                total = total + (states[0] - xs[t]) ** 2
        return total + sum(states) * parameters[1], states[0]

    return f


@settings(max_examples=15 if IS_SECOND else 60, deadline=None)
@given(recurrences(), st.integers(0, 3))
def test_random_recurrences(equals_eager, recurrence, seed):
    f = function_of(recurrence)
    equals_eager(f, *rows_for([(recurrence["turns"],)], 3, seed), which_infinity=False)
