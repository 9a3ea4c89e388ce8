"""Products of small matrices, one for each row, are computed without BLAS: in all layouts what eager gives."""

import numpy as np
import pytest

from autograd import Value, compile, softmax
from autograd.ieee import total
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def attention(w, xs):
    """Each position looks at itself and at those before: lists of 1, 2, 3, … scores."""
    query, key, value = ([[dot(row, x) for row in matrix] for x in xs] for matrix in w)
    outputs = []
    for t in range(len(xs)):
        weights = softmax([dot(query[t], key[s]) for s in range(t + 1)])
        outputs.append([dot(weights, [value[s][i] for s in range(t + 1)]) for i in range(len(value[0]))])
    return outputs


def all_by_all(x, y):
    return [[a * b for b in y] for a in x]


def times(x, y):
    return [[dot(row, column) for column in zip(*y, strict=True)] for row in x]


def written(f):
    """The instructions of a compiled function, each with its words."""
    *_, executor = f._last().executors.values()
    return instructions_of(executor)


def instructions_of(executor):
    words, at, found = executor.code.words.tolist(), 0, []
    while at < len(words):
        found.append((words[at], words[at + 2 : at + words[at + 1]]))
        at += words[at + 1]
    return found


def instructions(f):
    """How many products a compiled function hands to BLAS, and how many small ones it computes."""
    from autograd.compiler.executors.native import machine  # which may not be built

    found = [instruction for instruction, _ in written(f)]
    return found.count(machine.MATMUL), found.count(machine.SMALL)


@DTYPES
@pytest.mark.parametrize("rows", [1, 3, 20])
@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8])
def test_attention(rows, width, dtype, equals_eager, drawn):
    w = drawn.parameters(3, width, width)
    arrays = [drawn.rows(rows, width, seed=t) for t in range(5)]
    equals_eager(lambda *xs: total([y for out in attention(w, xs) for y in out]), *arrays, dtype=dtype)


def test_attention_hands_to_blas_what_the_rows_have_in_common(drawn):
    w = drawn.parameters(3, 4, 4)
    f = compile(lambda xs: total([y for out in attention(w, xs) for y in out]), backend="native")
    f.backward(drawn.rows(20, 5, 4))
    products, small = instructions(f)
    assert products == 2  # by all weights, and what goes back to them
    assert small >= 4 * 6


@DTYPES
@pytest.mark.parametrize("sizes", [(1, 4, 3), (2, 3, 5), (4, 4, 4), (3, 9, 2), (5, 1, 7), (5, 5, 5)], ids=str)
def test_products_in_each_row(sizes, dtype, equals_eager, drawn):
    m, n, p = sizes
    w = drawn.parameters(m, n)

    def f(x, y):
        scaled = [[a * b for a, b in zip(*rows, strict=True)] for rows in zip(w, x, strict=True)]
        return total([z.tanh() for row in times(scaled, y) for z in row])

    arrays = drawn.rows(7, m, n), drawn.rows(7, n, p)
    equals_eager(f, *arrays, dtype=dtype)
    compiled = compile(f, dtype=dtype, backend="native")
    compiled.backward(*arrays)
    assert (instructions(compiled)[1] > 0) == (n > 1)  # of one term there are products of numbers alone


def test_larger_ones_are_handed_to_blas(drawn):
    f = compile(lambda x, y: total([z.tanh() for row in times(x, y) for z in row]), backend="native")
    f(drawn.rows(3, 9, 8), drawn.rows(3, 8, 8))
    assert instructions(f) == (1, 0)


def test_all_by_all_keeps_the_sign_of_zero():
    x, y = np.array([[0.0, -0.0, 1.0], [2.0, -1.0, -0.0]]), np.array([[-1.0, 0.0], [-0.0, 3.0]])
    got = compile(all_by_all, backend="native")(x, y)
    expected = x[:, :, None] * y[:, None, :]
    assert np.array_equal(got, expected)
    assert np.array_equal(np.signbit(got), np.signbit(expected))


def test_what_is_not_finite_stays_in_its_row(drawn):
    x, y = drawn.rows(6, 3, 4), drawn.rows(6, 4, 3)
    x[1, 0, 0], x[3, 2, 1], y[4, 3, 0] = np.inf, np.nan, -np.inf
    v = Value(0.5)
    f = compile(lambda x, y: [[v * z for z in row] for row in times(x, y)], backend="native")
    with np.errstate(all="ignore"):
        got, expected = f(x, y), 0.5 * (x @ y)
    assert np.array_equal(np.isnan(got), np.isnan(expected))
    assert np.allclose(got, expected, rtol=1e-12, equal_nan=True)
