"""What JAX computes, beside the NumPy executor."""

import numpy as np

from autograd import compile

CLOSE = {"float64": 1e-12, "float32": 1e-5}


def gradient_of(f, parameters, *arrays):
    """The results, and the gradient of the mean of the first of them, from zero."""
    for p in parameters:
        p.grad = 0.0
    results = f.backward(*arrays)
    return results, np.array([p.grad for p in parameters])


def assert_same(f, parameters, *arrays, dtype="float64"):
    """The results and the gradient are those of the NumPy executor. Returns the function that JAX runs."""
    numbers = [p.data for p in parameters]
    found = []
    for backend in ("numpy", "jax"):
        for p, number in zip(parameters, numbers, strict=True):
            p.data = number
        compiled = compile(f, backend=backend, dtype=dtype)
        found.append(gradient_of(compiled, parameters, *arrays))
    (expected, slopes), (results, gradient) = found
    np.testing.assert_allclose(results, expected, rtol=CLOSE[dtype], atol=CLOSE[dtype])
    np.testing.assert_allclose(gradient, slopes, rtol=CLOSE[dtype], atol=CLOSE[dtype])
    assert results.flags.writeable
    return compiled
