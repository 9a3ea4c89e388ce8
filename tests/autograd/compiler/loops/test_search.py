"""Loops are found in what Python has unrolled, and none where there is none."""

from itertools import pairwise

import pytest

from autograd import softmax
from autograd.compiler.loops import find_loops
from autograd.compiler.trace import trace
from tests.autograd.compiler.loops.programs import PROGRAMS, matrix, values

TURNS = 40


def loops_of(f, shapes):
    return find_loops(trace(f, shapes)[0])


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_loops_of_programs(name):
    make, expected = PROGRAMS[name]
    loops = loops_of(*make(TURNS))
    assert [(loop.period, len(loop.core)) for loop in loops] == expected
    for loop in loops:
        assert TURNS - 3 <= loop.count <= TURNS + 2


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "newton_in_time_steps"])  # whose inner turns are
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_few_turns_are_no_loop(name, turns):
    assert loops_of(*PROGRAMS[name][0](turns)) == []


def moons(X):
    w = values(9)
    loss = 0.0
    for x in X:
        hidden = [(w[3 * i] * x[0] + w[3 * i + 1] * x[1] + w[3 * i + 2]).tanh() for i in range(2)]
        loss = loss + (1.0 - (w[6] * hidden[0] + w[7] * hidden[1] + w[8])).relu()
    return loss


def attention(q, k):
    result = 0.0
    for a in q:
        weights = softmax([sum(x * y for x, y in zip(a, b, strict=True)) for b in k])
        result = result + sum(u * b[0] for u, b in zip(weights, k, strict=True))
    return result


def plain_sum(x):
    return sum(v * v for v in x)


def cholesky(a):
    n = len(a)
    low = [[None] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            s = a[i][j]
            for k in range(j):
                s = s - low[i][k] * low[j][k]
            low[i][j] = s.sqrt() if i == j else s / low[j][j]
    return sum(low[i][i].log() for i in range(n))


def binomial_tree(price):
    [rate] = values(1)
    v = [price * (i + 1.0) for i in range(31)]
    while len(v) > 1:
        v = [rate * (0.5 * a + 0.5 * b) for a, b in pairwise(v)]
    return v[0]


def wide_network(x):
    w, v = matrix(40, 60), matrix(10, 40)
    hidden = [sum(a * b for a, b in zip(row, x, strict=True)).tanh() for row in w]
    return sum(sum(a * b for a, b in zip(row, hidden, strict=True)).exp() for row in v)


@pytest.mark.parametrize(
    ("f", "shapes"),
    [
        (moons, [(100, 2)]), (attention, [(8, 4), (8, 4)]), (plain_sum, [(500,)]), (cholesky, [(10, 10)]),
        (binomial_tree, [()]), (wide_network, [(60,)]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)  # fmt: skip
def test_turns_that_do_not_depend_on_one_another_are_no_loop(f, shapes):
    assert loops_of(f, shapes) == []


def test_a_loop_in_each_simulation_of_a_batch():
    """The other way round than `twenty_simulations`: one after the other, each has its own loop."""
    [k] = values(1)

    def f(xs):
        total = 0.0
        for x in xs:
            for _ in range(TURNS):
                x = x + 0.1 * (k * x).sin()  # noqa: PLW2901
            total = total + x
        return total

    loops = loops_of(f, [(20,)])
    assert [(loop.period, loop.count) for loop in loops] == [(4, TURNS)] * 20


def test_a_turn_of_which_the_first_output_needs_less_is_no_turn_of_the_loop():
    """Where one output needs all of a turn and the first one a part of it: nothing may flow back into the rest."""
    [p] = values(1)

    def f(x):
        for _ in range(TURNS):
            x = (x * p).sin()
        y = x
        for _ in range(TURNS):
            y = (y * p).sin()
        return x * 1.0, y

    assert [loop.count for loop in loops_of(f, [()])] == [TURNS, TURNS]


def test_where_as_few_numbers_go_on_from_many_places_a_turn_may_begin_where_python_begins_it():
    """Two layers of cells, one after the other: a turn that began in the midst of them would divide them."""
    cells = 14
    w = values(4 * cells)

    def f(xs):
        below, above, total = [0.0] * cells, [0.0] * cells, 0.0
        for turn in range(TURNS):
            below = [(below[j] * w[j] + xs[turn * cells + j]).tanh() * w[cells + j] for j in range(cells)]
            above = [(above[j] * w[2 * cells + j] + below[j]).tanh() * w[3 * cells + j] for j in range(cells)]
            total = total + sum(above).exp()
        return total

    [loop] = loops_of(f, [(TURNS * cells,)])
    assert loop.count == TURNS
