"""Walks over graphs that share nodes do not disturb each other, one after another."""

import pytest

import autograd
from autograd import Value, maximum, topological_order
from autograd.parameters import adopt
from tests.autograd.load.conftest import too_few


def test_backward_of_a_leaf_adds_to_its_gradient():
    x = Value(2.0)
    x.backward()
    x.backward(3.0)
    assert x.grad == 4.0


def test_backward_of_an_adopted_leaf_adds_to_its_gradient():
    x = Value(2.0)
    store, _ = adopt([x])
    x.backward()
    x.backward(3.0)
    assert (x.grad, store.grad.tolist()) == (4.0, [4.0])


def test_backward_of_a_root_that_is_used_elsewhere():
    x = Value(2.0)
    root = x * x
    above = root * 5.0 + root
    root.backward()
    assert (x.grad, root.grad, above.grad) == (4.0, 1.0, 0.0)
    above.backward()
    assert (x.grad, root.grad) == (4.0 + 24.0, 6.0)


def test_backward_twice_is_exactly_twice():
    x = Value(0.1)
    root = (x * 0.3).exp() / 7.0 + x.sin()
    root.backward()
    once = x.grad
    root.backward()
    assert x.grad == once + once


def test_backward_after_forward_uses_the_new_numbers():
    x, y = Value(2.0), Value(3.0)
    root = maximum(x * y, x, y) + x * x
    root.backward()
    x.data, x.grad, y.grad = 5.0, 0.0, 0.0
    root.forward().backward()
    assert (root.data, x.grad, y.grad) == (40.0, 13.0, 5.0)


def test_backward_and_topological_order_do_not_disturb_each_other():
    x = Value(2.0)
    lower = x * x + x
    upper = lower * lower
    orders, gradients = [], []
    for root in (upper, lower, upper, x, lower):
        orders.append(len(topological_order(root)))
        x.grad = 0.0
        root.backward()
        orders.append(len(topological_order(upper, lower)))
        gradients.append(x.grad)
    assert (orders, gradients) == ([4, 4, 3, 4, 4, 4, 1, 4, 3, 4], [60.0, 5.0, 60.0, 1.0, 5.0])


def test_after_a_failure_in_backward_the_next_backward_is_right():
    x = Value(2.0)
    shared = x * x
    with pytest.raises(ValueError, match="gives 2 partial derivatives for 3 operands"):
        (too_few(shared) + shared * shared).backward()
    x.grad = 0.0
    root = shared * shared
    root.backward()
    assert (x.grad, len(topological_order(root))) == (32.0, 3)


def test_a_compiled_function_does_not_disturb_the_walks_over_its_parameters():
    w = Value(3.0)
    root = w * w
    compiled = autograd.compile(lambda x: w * x + root.parents[0] * 2.0)
    gradients = []
    for _ in range(3):
        compiled.backward([1.0, 3.0])
        compiled.retrace()
        root.backward()
        gradients.append(w.grad)
    assert gradients == [10.0, 20.0, 30.0]
