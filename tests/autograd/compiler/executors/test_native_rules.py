"""Which loops of ours take the place of several calls, and that they give what eager gives."""

import pytest

from autograd import compile
from autograd.ieee import total
from tests.autograd.compiler.executors.test_small_products import written
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import machine


def loops(f):
    """The names of the loops of ours along one or two axes that a compiled function runs."""
    names = {address: name[:-2] for name, address in machine.ARITHMETIC.items()}
    return [names[words[0]] for instruction, words in written(f) if instruction == machine.APPLY2]


@DTYPES
@pytest.mark.parametrize("power", [-0.5, -1.5])
def test_inverse_roots(power, dtype, equals_eager, drawn):
    w = drawn.parameters(3)

    def f(x):
        return total([(v * v * p * p + 1e-5) ** power for v, p in zip(x, w, strict=True)])

    equals_eager(f, drawn.rows(9, 3), dtype=dtype)
    compiled = compile(f, dtype=dtype, backend="native")
    compiled.backward(drawn.rows(9, 3))
    assert loops(compiled).count("inverse root") == (power == -0.5)
    assert loops(compiled).count("inverse root of cube") == 1


def test_another_power_is_pow(drawn):
    w = drawn.parameters(3)
    f = compile(lambda x: total([(v * v * p * p + 1.0) ** -0.75 for v, p in zip(x, w, strict=True)]), backend="native")
    f.backward(drawn.rows(9, 3))
    assert not [name for name in loops(f) if name.startswith("inverse")]


@DTYPES
def test_the_square_in_a_norm_goes_back_by_one_loop(dtype, equals_eager, drawn):
    w = drawn.parameters(4, 3)

    def f(xs):
        y = [total([a * b for a, b in zip(row, xs, strict=True)]).tanh() for row in w]
        size = total([v * v for v in y]) + 1.0
        return total([(v / size).sin() for v in y])

    equals_eager(f, drawn.rows(5, 3), dtype=dtype)
    compiled = compile(f, dtype=dtype, backend="native")
    compiled.backward(drawn.rows(5, 3))
    assert loops(compiled).count("add product") == 1
