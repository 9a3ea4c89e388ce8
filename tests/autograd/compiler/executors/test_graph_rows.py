"""Graphs as they are along many rows: every rule at special numbers, blocks, threads. How exact the functions are that
become vector instructions: tests/autograd/accuracy.
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograd import OPERATIONS, Value, compile, dot, exp, maximum, sin, take, tanh
from autograd.compiler.passes import folded_trace
from autograd.nodes import apply
from tests.autograd.compiler.conftest import node_after_node
from tests.autograd.compiler.executors.test_graph import chain
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

SPECIAL = [
    math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -3e-310, 2.0**-1022, 1e-30, -0.5, 1.0, -1.0, 2.0, 710.0, -746.0,
    524288.0, -524289.0, 1e6, 1e22, -1e300, 1.7e308,
]  # fmt: skip
OF_FEW = {
    name: len(operation.operands)
    for name, operation in OPERATIONS.items()
    if not any(operand.startswith("*") for operand in operation.operands)
}


def rows_of(count):
    """Pairs and triples of special numbers, each number in each place."""
    turned = [np.roll(SPECIAL * 3, 5 * i) for i in range(count)]
    return np.stack(turned, axis=1)[: 3 * len(SPECIAL) - 2]  # not a whole number of lanes


@pytest.mark.parametrize("name", OF_FEW)
def test_special_numbers_along_many_rows(name):
    X = rows_of(OF_FEW[name])
    with node_after_node():
        f = compile(lambda row: apply(OPERATIONS[name], *row), backend="native")
        got = f(X)
    expected = [apply(OPERATIONS[name], *map(Value, row)).data for row in X.tolist()]
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-320)


@pytest.mark.parametrize("name", OF_FEW)
def test_partials_at_special_numbers_along_many_rows(name):
    rows = rows_of(OF_FEW[name])[: len(SPECIAL)]
    leaves = [[Value(x) for x in row] for row in rows.tolist()]
    with node_after_node():
        f = compile(lambda one: sum(apply(OPERATIONS[name], *row) for row in leaves) * one, backend="native")
        f.backward(np.ones(8))
    got = [[leaf.grad for leaf in row] for row in leaves]
    nodes = [apply(OPERATIONS[name], *map(Value, row)) for row in rows.tolist()]
    expected = [list(node.partials) for node in nodes]
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-320)


@pytest.mark.parametrize("most", [8, 16, 24, 64])
@pytest.mark.parametrize("rows", [2, 7, 8, 9, 23, 24, 25, 200])
def test_blocks_that_do_not_divide_the_rows(most, rows):
    w, X = Value(0.9), np.linspace(-1.0, 1.0, rows)
    f = compile(lambda x: chain(x, w), backend="native")
    expected = f.backward(X).copy()
    slope, w.grad = w.grad, 0.0
    f.free_runs()
    f._last().executor(rows).graph.most = most
    assert (f.backward(X) == expected).all()
    assert w.grad == pytest.approx(slope, rel=1e-14)


def test_a_row_has_the_same_bits_wherever_it_stands():
    w, X = Value(0.9), np.linspace(-30.0, 30.0, 37)
    with node_after_node():
        f = compile(lambda x: tanh(sin(x * w) + exp(x * 0.1)) / (1.0 + x * x), backend="native")
        together = f(X)
        apart = [f(np.roll(X, -i)[:5])[0] for i in range(len(X))]
    assert together.tolist() == apart


def test_rows_between_one_row_change_nothing():
    w = Value(0.9)
    f = compile(lambda x: chain(x, w), backend="native")
    one, many = f([0.3]), f([0.3, 0.4, 0.5])
    assert (f([0.3]), f([0.3, 0.4, 0.5])[1]) == (one, many[1])


def test_the_memory_of_one_row_and_of_many_is_kept():
    w = Value(0.9)
    f = compile(lambda x: chain(x, w), backend="native")
    f([0.3])
    of_one = f.bytes_of_runs
    f(np.ones(100))
    both = f.bytes_of_runs
    f([0.3])
    assert of_one < both == f.bytes_of_runs


def test_graphs_of_lists_run_beside_one_another():
    """Each has its own room: an index that is wrong in one thread is none in another."""

    def work(wrong):
        w = Value(1.0)
        f = compile(lambda x: take([x * w, w, maximum(x, w), dot([x, w], [w, x])], x), backend="native")
        rows = np.array([0.0, 1.0, 2.0, 3.0] * 50 + [4.0] * wrong)
        for _ in range(30):
            w.grad = 0.0
            if wrong:
                with pytest.raises(IndexError, match="row 200"):
                    f.backward(rows)
            else:
                assert f.backward(rows).tolist() == [0.0, 1.0, 2.0, 6.0] * 50
                assert w.grad == pytest.approx(6.0 / 4.0 + 1.0 / 4.0)

    with node_after_node(), ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, i % 2) for i in range(8)]:
            done.result()


# ------------------------------------------------------------------------------------------------------ runs on arrays


def run_of(argument, outputs, parameters=(0.5,), gradient=None):
    from autograd.compiler.executors.native.graph import Graph, Run  # which may not be built

    w = Value(0.5)
    tape, _ = folded_trace(lambda x: sin(x * w) + x, [()])
    run = Run(Graph(tape), [argument], np.array(parameters), np.zeros(1, np.int64), outputs, gradient)
    run()
    return outputs


@pytest.mark.parametrize("rows", [1, 5])
def test_arrays_of_any_strides_and_of_both_kinds(rows):
    X = np.linspace(-1.0, 1.0, 6 * rows).reshape(rows, 6)
    expected = np.sin(0.5 * X[:, ::6]) + X[:, ::6]
    wide = np.zeros((rows, 3))
    assert run_of(X[:, ::6], wide[:, 1:2]) == pytest.approx(expected, rel=1e-15)
    assert (wide[:, [0, 2]] == 0.0).all()
    single = X.astype(np.float32)[:, ::6]
    got = run_of(single, np.zeros((rows, 1), np.float32))
    assert got == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("rows", [1, 5])
def test_a_gradient_is_added(rows):
    X, gradient = np.full((rows, 1), 0.3), np.array([2.0])
    run_of(X, np.zeros((rows, 1)), gradient=gradient)
    assert gradient == pytest.approx(2.0 + 0.3 * math.cos(0.15), rel=1e-15)


def test_other_arrays_are_refused():
    with pytest.raises(TypeError, match=r"not on an array '[lq]', of 2 axes"):
        run_of(np.zeros((2, 1), np.int64), np.zeros((2, 1)))
    with pytest.raises(TypeError, match=r"not on an array 'd', of 1 axes"):
        run_of(np.zeros(2), np.zeros((2, 1)))
    with pytest.raises(ValueError, match="argument 0 has 1 rows, and the outputs have 2"):
        run_of(np.zeros((1, 1)), np.zeros((2, 1)))
    outputs = np.zeros((2, 1))
    outputs.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        run_of(np.zeros((2, 1)), outputs)


# -------------------------------------------------------------------------------- runs that do not go back: passing.h


@pytest.mark.parametrize("rows", [2, 63, 64, 65, 700])
@pytest.mark.parametrize("seed", range(8))
def test_forward_alone_has_the_bits_of_forward_and_back(rows, seed):
    """Columns are used again there, and products are a part of their sums."""
    random = np.random.default_rng(seed)
    w = [Value(x) for x in random.normal(size=3)]

    def f(row):
        numbers = [*row, *w, *row]
        for _ in range(60):
            a, b, c, d = (numbers[k] for k in random.integers(max(0, len(numbers) - 9), len(numbers), 4))
            way = [a * b + c, a * b - c, c - a * b, a * b + c * d, a * b - c * d, a - b * b, sin(a + b), a * b]
            numbers.append(0.1 * way[random.integers(len(way))])
        return sum(numbers)

    X = random.normal(size=(rows, 4))
    with node_after_node():
        g = compile(f, backend="native")
        both = g.backward(X)
        alone = g(X)
        assert (both == g.backward(X)).all()
    assert (alone == both).all()


def test_outputs_that_others_use_and_leaves_that_are_outputs():
    with node_after_node():
        f = compile(lambda x: [x[0], p := x[0] * x[1], p + x[1], p * p - x[0], 2.0, x[1]], backend="native")
        X = np.random.default_rng(0).normal(size=(100, 2))
        got = f(X)
    a, b = X.T
    expected = [a, a * b, a * b + b, (a * b) * (a * b) - a, np.full(100, 2.0), b]
    assert (got == np.stack(expected, axis=1)).all()
