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


def test_powers_forward_alone_are_those_of_forward_and_back():
    """Which takes their derivatives from the C library, row by row."""
    w, X = Value(0.9), np.random.default_rng(0).uniform(0.1, 3.0, (203, 2))
    with node_after_node():
        f = compile(lambda x: (x[0] * w) ** x[1], backend="native")
        assert (f(X) == f.backward(X)).all()
    a, b = X.T
    assert w.grad == pytest.approx((b * 0.9 ** (b - 1.0) * a**b).mean(), rel=1e-13)


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


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rows", [2, 8, 39, 300])
@pytest.mark.parametrize("numbers", range(1, 11))
def test_rows_of_any_length_are_read_and_written(numbers, rows, dtype):
    """Four numbers beside one another are read at once, and so are four written."""
    X = np.arange(rows * numbers, dtype=dtype).reshape(rows, numbers)
    with node_after_node():
        f = compile(lambda row: [x + 1.0 for x in row], dtype=dtype, backend="native")
        backward = compile(lambda row: [x + 1.0 for x in row][::-1], dtype=dtype, backend="native")
        assert (f(X) == X + 1.0).all()
        assert (backward(X) == (X + 1.0)[:, ::-1]).all()


@pytest.mark.parametrize("rows", [2, 40, 300])
def test_inputs_beside_one_another_and_apart(rows):
    X = np.arange(rows * 12, dtype=float).reshape(rows, 12)
    Y = -np.arange(rows * 5, dtype=float).reshape(rows, 5)
    kept = [0, 1, 2, 3, 5, 8, 9, 10, 11]
    expected = X[:, kept]
    expected[:, :5] += Y
    with node_after_node():
        f = compile(lambda x, y: [x[k] + (y[i] if i < 5 else 0.0) for i, k in enumerate(kept)], backend="native")
        assert (f(X, Y) == expected).all()


def test_four_numbers_in_rows_that_lie_anywhere():
    from autograd.compiler.executors.native.graph import Graph, Run  # which may not be built

    tape, _ = folded_trace(lambda x: [2.0 * each for each in x], [(4,)])
    X, outputs = np.random.default_rng(0).normal(size=(50, 7)), np.zeros((100, 9))
    for source, to in ((X[::-1, 2:6], outputs[::2, 3:7]), (X[:, 6:2:-1], outputs[1::2, 8:0:-2])):
        Run(Graph(tape), [source], np.zeros(0), np.zeros(0, np.int64), to)()
        assert (to == 2.0 * source).all()
    assert (outputs[:, [0, 1, 7]] == 0.0).all()  # nothing beside them


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
