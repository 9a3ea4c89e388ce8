"""Gradients through branches that no turn takes: of the program without loops, which reads the same arguments."""

import numpy as np

import autograd
from autograd import Value, where
from autograd.compiler.prepared.rolled import ByRolledArrays
from tests.autograd.compiler.conftest import loops_in_arrays


def test_arguments_that_are_read_in_another_order():
    """y before x, and in the program with loops x before y; where y is negative its root is not taken."""
    w, start, turns = Value(0.5), Value(0.25), 20

    def f(x, y):
        state = start
        for t in range(turns):
            state = (where(y[t] > 0.0, (w * y[t]).sqrt(), w) + 0.5 * state * x[t]).tanh()
        return state

    x, y = np.random.default_rng(0).normal(size=(2, 3, turns))
    for row in range(3):
        f(*[list(map(Value, each[row].tolist())) for each in (x, y)]).backward(1 / 3)
    expected = [w.grad, start.grad]
    w.grad = start.grad = 0.0
    with loops_in_arrays():
        compiled = autograd.compile(f, backend="numpy")
        compiled.backward(x, y)
    prepared = compiled._last()
    assert isinstance(prepared, ByRolledArrays)
    assert prepared.exact_program is not None
    assert list(prepared.exact_program.inputs) != list(prepared.program.inputs)
    np.testing.assert_allclose([w.grad, start.grad], expected, rtol=1e-12)
