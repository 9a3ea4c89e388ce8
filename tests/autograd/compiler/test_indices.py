"""Whole numbers that choose, labels and tokens, are taken as they are: no array of floats is made of them."""

import numpy as np
import pytest

from autograd import Value, compile, detect_anomaly, dot, grad, take
from nn import MLP, cross_entropy
from tests.autograd.compiler.conftest import in_blocks_of

DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])
TABLE = [[Value(0.1 * i - 0.3 * j) for j in range(3)] for i in range(5)]


def loss_of(model):
    return lambda x, k: cross_entropy(model(x), k)


def embedding(k, x):
    """Several indices of a row, one of which chooses twice."""
    rows = [[take(column, index) for column in zip(*TABLE, strict=True)] for index in k]
    return dot(rows[0], x) * rows[1][0] + take(list(x), k[2])


def gradient(f, *arrays):
    values = [w for row in TABLE for w in row]
    for w in values:
        w.grad = 0.0
    return f.backward(*arrays), [w.grad for w in values]


@DTYPES
@pytest.mark.parametrize("block", [1, 4, 40])
def test_whole_numbers_choose_what_their_floats_do(backend, dtype, block, drawn):
    X, K = drawn.rows(40, 3).astype(dtype), np.stack([drawn.choices(n, 40) for n in (5, 5, 3)], 1).astype(np.int64)
    f = compile(embedding, dtype=dtype, backend=backend)
    expected, slopes = gradient(f, K.astype(dtype), X)
    if backend == "native":
        with in_blocks_of(block):
            f._last().free_runs()
            found, found_slopes = gradient(f, K, X)
            again, _ = gradient(f, K.astype(dtype), X)
        assert again.tolist() == expected.tolist()
    else:
        found, found_slopes = gradient(f, K, X)
    assert found.tolist() == expected.tolist()
    assert found_slopes == pytest.approx(slopes, rel=1e-12 if dtype == "float64" else 1e-5)


def test_labels_are_not_copied(backend, drawn):
    X, k = drawn.rows(20, 4), drawn.choices(3, 20).astype(np.int64)
    f = compile(loss_of(MLP(4, [3], seed=0)), backend=backend)
    f.backward(X, k)
    (_, given), _, prepared = f._given((X, k))
    assert given is k
    assert prepared.indices == [1]


def test_an_argument_that_is_a_number_too_is_converted(backend, drawn):
    w = [Value(0.5), Value(-1.0), Value(2.0)]
    k = drawn.choices(3, 8).astype(np.int64)
    f = compile(lambda k: take(w, k) * k, backend=backend)
    f.backward(k)
    assert f._last().indices == []
    assert f.backward(k).tolist() == [w[i].data * i for i in k.tolist()]


@DTYPES
@pytest.mark.parametrize("wrong", [3, -1, 2**40, -(2**62)])
def test_an_index_outside_of_its_list_names_its_row(backend, dtype, wrong, drawn):
    X, k = drawn.rows(6, 4).astype(dtype), np.array([0, 1, 2, 0, 1, 2])
    f = compile(loss_of(MLP(4, [3], seed=0)), dtype=dtype, backend=backend)
    f.backward(X, k)
    k[4] = wrong
    with pytest.raises(IndexError, match=rf"from 0 to 2, got {wrong:g} in row 4".replace("+", r"\+")):
        f.backward(X, k)
    k[4] = 1
    f.backward(X, k)


def test_whole_numbers_in_detect_anomaly(backend, drawn):
    X, k = drawn.rows(6, 4), drawn.choices(3, 6).astype(np.int64)
    f = compile(loss_of(MLP(4, [3], seed=0)), backend=backend)
    expected = f.backward(X, k)
    with detect_anomaly():
        assert f.backward(X, k).tolist() == expected.tolist()


@pytest.mark.parametrize("kind", [np.int32, np.uint8, ">i8"])
def test_other_whole_numbers_are_converted(backend, kind, drawn):
    X, k = drawn.rows(6, 4), drawn.choices(3, 6)
    f = compile(loss_of(MLP(4, [3], seed=0)), backend=backend)
    assert f(X, k.astype(kind)).tolist() == f(X, k.astype(kind)).tolist() == f(X, k.astype(float)).tolist()


@pytest.mark.parametrize("wrong", [-1.0, 3.0, 0.5, np.nan])
@pytest.mark.parametrize("f", [
    lambda x, k: grad(lambda z: cross_entropy(z, k))(x),
    lambda x, k: grad(lambda z: take(z, k) ** 2)(x),
    lambda x, k: grad(lambda z: take(z, k))(x),
], ids=["cross_entropy", "a square", "take alone"])  # fmt: skip
def test_an_index_is_refused_also_where_only_the_derivative_is_asked_for(f, wrong, backend):
    compiled = compile(f, backend=backend)
    X = np.array([[1.0, 2.0, 3.0], [0.0, 0.5, 0.0]])
    got = compiled(X, np.array([2.0, 0.0]))
    assert np.allclose(got, [f(row, k) for row, k in zip(X.tolist(), (2, 0), strict=True)])
    with pytest.raises(IndexError, match=r"take: the index must be a whole number from 0 to 2, got .* in row 1"):
        compiled(X, np.array([1.0, wrong]))
