"""What stands for turns before the first one, where turns reach back over several: on all ways that a function runs."""

from math import inf

import numpy as np
import pytest

from autograd import Value, cos, grad, sin, tanh
from tests.autograd.compiler.conftest import assert_equals_eager, loops_in_arrays, node_after_node
from tests.autograd.compiler.loops.test_rolled_arrays import rolled_equals_eager

ROWS = [0.3, 0.2, -0.8]


def on_all_ways(f, *arrays, loops=1):
    rolled_equals_eager(f, *arrays, loops=loops)
    with node_after_node():
        assert_equals_eager(f, *arrays, which_infinity=False)


def test_a_number_that_is_read_over_one_turn_and_over_three():
    p, q = Value(0.3), Value(0.7)

    def f(x):
        a, b, c, total = p * 1.0, q * x, x * 1.0, 0.0
        for _ in range(40):
            a, b, c = b, c, sin(c + 0.3 * a)
            total = total + c * c
        return total

    on_all_ways(f, ROWS)


def test_a_first_number_that_alone_differs_from_row_to_row():
    p, q = Value(0.3), Value(0.7)

    def f(x):
        a, b, z = p, x, q * 0.5
        for _ in range(40):
            z = sin(z + 0.3 * a)
            a, b = b, tanh(a * q)
        return z + b * x

    on_all_ways(f, ROWS)


def test_a_parameter_and_numbers_of_the_row_are_scanned_together():
    p = Value(0.4)

    def f(xs):
        z = xs[0]
        for g in [p, *xs]:
            z = sin(z * 0.9 + g)
        return z

    on_all_ways(f, np.random.default_rng(0).normal(size=(3, 40)))


@pytest.mark.parametrize("ways", [node_after_node, loops_in_arrays])
def test_nothing_flows_to_a_first_number_that_another_output_alone_needs(ways):
    p, q = Value(0.3), Value(0.7)

    def f(x):
        a = [cos(x) * p, q * 1.0, q * 1.0]
        z = q * 0.5
        for _ in range(40):
            z = sin(z * 0.5 + a[-3])
            a.append(sin(a[-1] * 0.9 + 0.2))
        return a[-1] * a[-1], z

    with ways():
        assert_equals_eager(f, [0.3, inf], which_infinity=False)
    assert grad(lambda x: f(x)[0])(inf) == 0.0
