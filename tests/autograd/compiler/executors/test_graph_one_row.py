"""Graphs as they are at one row, where + - × and what flows back are put together: the bits of the graph of scalars."""

import math

import pytest

from autograd import Value, compile, dot, exp, maximum
from tests.autograd.compiler.conftest import node_after_node
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE


@pytest.mark.parametrize(
    "f",
    [
        lambda x, w: x * w + w * w - x,
        lambda x, w: x - w * x,
        lambda x, w: x * w - w * x * x,
        lambda x, w: (x * w + x) * (x * w),  # a product that two use
        lambda x, w: x * x + x * x,
        lambda x, w: 0.0 - (-w) - -(x * w),
        lambda x, w: w - (x - (w - (x - w * w))),
        lambda x, w: -(w * w) + w,
        lambda x, w: exp(w) * exp(w) + w,
        lambda x, w: (w + x) / (w - x) + w,
        lambda x, w: maximum(w, x, w * x, w + x) + dot([w, x, w], [w, w * x, x]),
        lambda x, w: (w * x, w + x),  # a product that is given out
        lambda x, w: (w * x + x, w * x),
        lambda x, w: w,
        lambda x, w: (x, w + w),
    ],
)
def test_one_row_has_the_bits_of_every_sum_and_product(f):
    w = Value(0.7)
    y = f(Value(0.3), u := Value(0.7))
    outputs = y if isinstance(y, tuple) else (y,)
    outputs[0].backward()
    with node_after_node():
        g = compile(lambda x: f(x, w), backend="native")
        got = g.backward([0.3])
    assert [each[0] for each in (got if isinstance(y, tuple) else [got])] == [each.data for each in outputs]
    assert w.grad == u.grad


@pytest.mark.parametrize("x", [0.0, -0.0])
def test_one_row_keeps_the_sign_of_zero(x):
    with node_after_node():
        for f in (lambda x: x * 1.0, lambda x: x + x, lambda x: -x, lambda x: x - x, lambda x: x * 2.0 + x):
            assert math.copysign(1.0, compile(f, backend="native")([x])[0]) == math.copysign(1.0, f(x))
