"""Products of what lies in one line, or is turned, are products of what is there: nothing is copied before."""

import numpy as np
import pytest

from autograd import compile
from nn import MLP, mse_loss
from tests.conftest import NEEDS_NATIVE

LAYERS = pytest.mark.parametrize("layers", [[3], [8, 3], [16, 8, 3], [8, 16, 8, 4, 3]], ids=str)
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


def network(layers, dtype, backend, drawn):
    model = MLP(5, layers, activation="tanh", seed=0)
    f = compile(lambda x, y: mse_loss(model(x), y), dtype=dtype, backend=backend)
    f.backward(drawn.rows(20, 5), drawn.rows(20, 3))
    return f


@LAYERS
@DTYPES
def test_a_network_copies_no_factor_by_numpy(layers, dtype, drawn):
    f = network(layers, dtype, "numpy", drawn)
    assert f.source.count("matmul(") == 3 * len(layers) - 1
    assert "copyto(" not in f.source
    assert ".copy(" not in f.source


@NEEDS_NATIVE
@LAYERS
@DTYPES
def test_a_network_copies_no_factor_natively(layers, dtype, drawn):
    from autograd.compiler.executors.native import machine

    f = network(layers, dtype, "native", drawn)
    (executor,) = f._last().executors.values()
    words, at = executor.code.words, 0
    products, copies, copy = 0, 0, machine.ARITHMETIC[f"copy {np.dtype(dtype).char}"]
    while at < len(words):
        products += words[at] == machine.MATMUL
        copies += words[at] == machine.APPLY2 and words[at + 2] == copy
        at += words[at + 1]
    assert products == 3 * len(layers) - 1
    assert copies == 2  # the loss, into the results, and 1/B


def test_a_square_matrix_of_parameters_is_no_copy_either(drawn):
    w = drawn.parameters(6, 6)
    f = compile(lambda x: sum(sum(a * b for a, b in zip(row, x, strict=True)) ** 2 for row in w), backend="numpy")
    f.backward(np.ones((7, 6)))
    assert "copyto(" not in f.source
