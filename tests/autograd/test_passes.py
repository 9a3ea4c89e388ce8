"""The two passes on small graphs, and what is recorded: backward, forward, no_grad, scope."""

import copy
import math
import threading

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, no_grad, scope
from autograd.nodes import apply


def bits(numbers):
    """The numbers so that == means: the same to the last bit; one nan is as good as another."""
    return [repr(number) for number in numbers]


# ---------------------------------------------------------------------------------------------- backward


def test_gradients_of_an_expression():
    a, b = Value(2.0), Value(-3.0)
    (a * b + a**2 / b).backward()
    assert (a.grad, b.grad) == (-3.0 + 2 * 2.0 / -3.0, 2.0 - 4.0 / 9.0)


def test_a_plus_a():
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0


def test_backward_on_a_leaf_adds_the_gradient_to_it():
    x = Value(3.0)
    x.backward()
    x.backward(0.5)
    assert x.grad == 1.5


def test_backward_starts_with_the_gradient_it_is_given():
    x = Value(3.0)
    (x * x).backward(gradient=np.float32(0.5))
    assert x.grad == 3.0


@pytest.mark.parametrize("wrong", ["1", None, [1.0], Value(1.0)], ids=repr)
def test_backward_refuses_a_gradient_that_is_no_number(wrong):
    x = Value(3.0)
    with pytest.raises(TypeError, match="one real number"):
        (x * x).backward(wrong)


def test_leaves_accumulate_over_several_roots():
    x = Value(3.0)
    (x * x).backward()
    (x * 5.0).backward()
    assert x.grad == 11.0


def test_inner_nodes_hold_the_latest_gradient_only():
    x = Value(3.0)
    inner = x * x
    (inner * 2.0).backward()
    (inner * 5.0).backward()
    assert (inner.grad, x.grad) == (5.0, 42.0)


def test_an_inner_node_can_be_the_root():
    x = Value(3.0)
    inner = x * x
    (inner * 2.0).backward()
    inner.backward()
    assert (inner.grad, x.grad) == (1.0, 18.0)


def test_backward_leaves_alone_what_is_not_below_the_root():
    x = Value(3.0)
    above = x * 2.0
    above.backward()
    x.backward()
    assert above.grad == 1.0


def test_a_gradient_is_a_float_also_where_nothing_arrives():
    x = Value(3.0)
    autograd.where(0.0, x, 1.0).backward()
    assert bits([x.grad]) == ["0.0"]


# ----------------------------------------------------------------------------------------------- forward


def test_forward_recomputes_after_a_leaf_was_changed():
    x = Value(3.0)
    y = x * x + 1.0
    x.data = 4.0
    assert y.forward() is y
    assert (y.data, y.parents[0].data) == (17.0, 16.0)


def test_forward_of_a_leaf_is_the_leaf():
    x = Value(3.0)
    assert x.forward() is x


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_forward_equals_building_anew(operation):
    before = [1.0] * len(operation.domain)
    after = [0.0 if isinstance(interval, set) else 1 / (i + 2) for i, interval in enumerate(operation.domain)]
    leaves = list(map(Value, before))
    node = apply(operation, *leaves)
    for leaf, number in zip(leaves, after, strict=True):
        leaf.data = number
    node.forward()
    anew = apply(operation, *map(Value, after))
    assert bits([node.data, *node.partials]) == bits([anew.data, *anew.partials])


def test_forward_lets_where_choose_again():
    condition, a, b = Value(1.0), Value(5.0), Value(7.0)
    node = autograd.where(condition, a, b)
    condition.data = 0.0
    node.forward().backward()
    assert (node.data, a.grad, b.grad) == (7.0, 0.0, 1.0)


def test_forward_lets_take_choose_again():
    index, values = Value(0), [Value(5.0), Value(7.0)]
    node = autograd.take(values, index)
    index.data = 1
    node.forward().backward()
    assert (node.data, values[0].grad, values[1].grad) == (7.0, 0.0, 1.0)


def test_a_leaf_that_was_the_root_of_backward_is_a_leaf_still():
    x = Value(3.0)
    x.backward()
    assert x.forward() is x


# --------------------------------------------------------------------------------------- no_grad and scope


def test_no_grad_records_nothing():
    x = Value(2.0)
    with no_grad():
        y = (x * x).exp()
    assert (y.data, y.op, y.parents, y.partials) == (math.exp(4.0), "", (), ())


def test_after_no_grad_all_is_recorded_again():
    x = Value(2.0)
    with no_grad():
        pass
    assert (x * x).parents == (x, x)


def test_no_grad_nests():
    x = Value(2.0)
    with no_grad():
        with no_grad():
            pass
        assert (x * x).parents == ()
    assert (x * x).parents == (x, x)


def test_no_grad_ends_with_an_exception():
    x = Value(2.0)
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * x).parents == (x, x)


def test_no_grad_is_a_decorator():
    @no_grad()
    def evaluate(x):
        return x * x

    assert evaluate(Value(2.0)).parents == ()


def test_nodes_know_the_scope_they_were_made_in():
    x = Value(2.0)
    with scope("layer"):
        outer = x * x
        with scope("neuron"):
            inner = x * x
    assert [node._scope for node in (outer, inner, x * x)] == [(None, "layer"), ((None, "layer"), "neuron"), None]


def test_every_call_is_a_scope_of_its_own():
    x = Value(2.0)
    with scope("layer"):
        a = x * x
    with scope("layer"):
        b = x * x
    assert a._scope is not b._scope


def test_scope_ends_with_an_exception():
    with pytest.raises(KeyError), scope("layer"):
        raise KeyError
    assert (Value(2.0) * 2)._scope is None


def test_a_label_survives_a_copy():
    assert copy.copy(Value(2.0, label="a")).label == "a"


def test_scope_is_a_decorator_too():
    @scope("square")
    def square(x):
        return x * x

    assert square(Value(2.0))._scope == (None, "square")
    assert (Value(2.0) * 2)._scope is None


# ------------------------------------------------------------------------------------- backward after no_grad


def test_backward_of_what_was_not_recorded_is_an_error():
    x = Value(2.0)
    with no_grad():
        y = x * x
    with pytest.raises(RuntimeError, match="nothing was recorded"):
        y.backward()


def test_what_was_not_recorded_may_be_used_as_a_number():
    x = Value(2.0)
    with no_grad():
        y = x * x
    (x * y).backward()
    assert (x.grad, y.grad) == (4.0, 2.0)


def test_forward_of_what_was_not_recorded_is_an_error():
    x = Value(2.0)
    with no_grad():
        y = x * x
    with pytest.raises(RuntimeError, match=r"forward\(\) .* nothing was recorded"):
        y.forward()


# ----------------------------------------------------------------------------------------------- threads


def test_no_grad_of_one_thread_is_not_that_of_another():
    entered, left = threading.Event(), threading.Event()
    parents = {}

    def outer():
        with no_grad(), scope("outer"):
            entered.set()
            left.wait(10)  # the other thread enters and leaves its own block within this one
            parents["inside"] = (Value(2.0) * 3).parents
        parents["after"] = len((Value(2.0) * 3).parents)

    thread = threading.Thread(target=outer)
    thread.start()
    entered.wait(10)
    other = Value(2.0) * 3
    with no_grad():
        pass
    left.set()
    thread.join(10)
    assert (len(other.parents), other._scope) == (2, None)
    assert parents == {"inside": (), "after": 2}
    here = Value(2.0) * 3
    assert (len(here.parents), here._scope) == (2, None)
