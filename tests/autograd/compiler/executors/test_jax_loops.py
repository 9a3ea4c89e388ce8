"""Loops as scans of JAX: beside the executor that is the definition of the steps; and what is written for a turn."""

import re

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.compiler.adjoint import add_adjoint
from autograd.compiler.kinds import Loop
from benchmarks.lstm import lstm
from tests.autograd.compiler.random_loops import CHOICES, INDICES, NUMBERS, PARAMETERS, random_program
from tests.autograd.compiler.test_adjoint_of_loops import are_close, changes_by_noise, gradient
from tests.autograd.compiler.unrolled import unrolled
from tests.conftest import ALL_BY_JAX

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'glassgrad[jax]'")
from autograd.compiler.executors.jax import pure, x64  # noqa: E402
from tests.autograd.compiler.executors.by_jax import assert_same  # noqa: E402

SEEDS = (
    16,  # a difference in another shape
    36,  # an index that is the same for some numbers
    114,  # numbers of several rows, one after the other
    119,  # an index that is the same for all rows
    144,  # the last rows in the order of the turns
    6040,  # a loop in a turn, of which parts are read
    6203,  # a sum over numbers of a turn, for all turns
    *range(300 if ALL_BY_JAX else 3),
)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_loops(seed):
    generator = np.random.default_rng((seed, 1))
    rows = int(generator.integers(1, 4))
    arrays = [generator.normal(size=(rows, NUMBERS)), generator.integers(0, CHOICES, (rows, INDICES)).astype(float)]
    parameters, program = generator.normal(size=PARAMETERS), random_program(seed)
    with_adjoint, reference = add_adjoint(program, in_turns=True), add_adjoint(unrolled(program))
    expected = gradient(reference, arrays, parameters)
    if not all(np.isfinite(each).all() for each in expected):
        pytest.skip("the exact gradient is asked then, which has no loops")
    inputs = [arrays[n] for n in with_adjoint.inputs]
    with x64():
        both = jax.jit(pure(with_adjoint, "both"), static_argnames=() if inputs else "rows")
        found = [np.asarray(each) for each in both(parameters, *inputs, **({} if inputs else {"rows": rows}))[:2]]
    if not are_close(found, expected):  # noise allows more, and takes long
        assert are_close(found, expected, changes_by_noise(reference, arrays, parameters, expected, seed))


def test_a_loop_is_a_scan(drawn):
    """The rows of one turn and of two turns before, numbers that are scanned, and others that are the same in each."""
    a, b = Value(0.5), Value(-0.3)

    def f(x, ys):
        before, now = x, 2.0 * x
        for y in ys:
            before, now = now, (a * now).sin() + b * before * y
        return now * before

    compiled = assert_same(f, [a, b], drawn.rows(3), drawn.rows(3, 60))
    assert any(isinstance(kind, Loop) for kind in compiled.program.kinds)
    assert compiled.source.count("reverse=True") == 1


def test_a_loop_in_a_loop():
    w = Value(0.9)

    def f(x):
        for _ in range(40):
            y = x
            for _ in range(30):
                y = (w * y).tanh() + 0.01
            x = 0.5 * x + y
        return x

    compiled = assert_same(f, [w], np.array([0.3, -0.2]))
    assert compiled.source.count("scan(") >= 2


def test_what_a_turn_computes_stays_apart():
    """Gates that lie side by side among the parameters, in two cells: no turn puts arrays together, or takes them apart
    number by number; and it sums up what the gradient of the weights is.
    """
    problem = lstm(30, 5)
    weights = [Value(number) for number in problem.parameters]
    source = assert_same(lambda text: problem.of_row(text, weights, autograd), weights, problem.X).source
    turns = re.findall(r"def \w+_turn\(.*?return", source, re.S)
    assert len(turns) == 3  # forward, and once more with its adjoint
    for turn in turns:
        assert not re.findall(r"\b(?:concatenate|stack|pad)\(|_t\d+\.reshape\S+?\[:, :, \d\]", turn), turn


def test_of_rows_that_nobody_reads_all_the_last_ones_are_read(drawn):
    """The gradient of a pendulum is read off its last turn backwards, and off the sums that this gives out."""
    stiffness, damping, angle, velocity = parameters = [Value(each) for each in (9.0, 0.2, 0.5, 0.1)]

    def f(x):
        state = angle + x, velocity + x
        for _ in range(50):
            force = stiffness * state[0].sin() + damping * state[1]
            state = state[0] + 0.01 * state[1], state[1] - 0.01 * force
        return state[0]

    source = assert_same(f, parameters, drawn.rows(6)).source
    [(name, after)] = re.findall(r"(\w+)_last, [^\n]*reverse=True\)\n(.*)", source, re.S)
    assert f"{name}_last" in after
    assert f"{name}_new" not in after
