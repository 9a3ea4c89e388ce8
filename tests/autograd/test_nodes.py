"""Nodes that are made by a rule of the book, and computed anew."""

import gc

import pytest

from autograd import OPERATIONS, Value, take
from autograd.nodes import apply, renew
from autograd.operations import ADD


def test_apply_makes_a_node_of_any_number_of_operands():
    xs = [Value(1.0), Value(2.0), Value(4.0)]
    one, two, three = apply(OPERATIONS["neg"], xs[0]), apply(ADD, *xs[:2]), apply(OPERATIONS["_total"], *xs)
    assert [one.data, two.data, three.data] == [-1.0, 3.0, 7.0]
    assert [one.parents, two.parents, three.parents] == [(xs[0],), (xs[0], xs[1]), tuple(xs)]
    assert [one.partials, two.partials, three.partials] == [(-1.0,), (1.0, 1.0), (1.0, 1.0, 1.0)]


@pytest.mark.parametrize(
    ("operands", "message"),
    [((), "the operation 'add' makes no node without operands"), ((Value(1.0), 2.0), "are Values, got 2.0")],
)
def test_apply_takes_values(operands, message):
    with pytest.raises(TypeError, match=message):
        apply(ADD, *operands)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS.values() if each.domain], ids=lambda each: each.name)
def test_what_is_computed_anew_is_what_would_be_made(operation):
    chosen = [min(domain) if isinstance(domain, set) else 0.4 for domain in operation.domain]
    xs = [Value(x) for x in chosen]
    node = apply(operation, *xs)
    for x, domain in zip(xs, operation.domain, strict=True):
        x.data = max(domain) if isinstance(domain, set) else x.data + 0.2
    assert renew(node)
    made = apply(operation, *xs)
    assert (node.data, node.partials) == (made.data, made.partials)


def test_what_cannot_be_computed_stays_as_it_was():
    index = Value(1.0)
    node = take([Value(3.0), Value(5.0)], index)
    index.data = 7.0
    with pytest.raises(IndexError, match="from 0 to 1, got 7"):
        renew(node)
    assert (node.data, node.partials) == (5.0, (0.0, 0.0, 1.0))


class Cycle:
    """When the garbage collector finds it, it goes backward."""

    def __init__(self, root):
        self.me, self.root = self, root

    def __del__(self):
        self.root.backward()


@pytest.mark.parametrize("same", [False, True])
def test_finalizers_walk_before_or_after_us(same):
    """Wherever the collector comes by, what a finalizer does to marks of nodes does not get between ours."""
    found = set()
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()  # what other tests have left: the collector comes by a thousand times
    try:
        for threshold in range(1, 40):
            gc.disable()
            gc.collect()
            x = y = Value(1.0)
            for _ in range(5):
                y = y + y + (y * 2.0) * 0.0
            Cycle(y if same else Value(2.0) * 3.0)
            gc.set_threshold(threshold)
            gc.enable()
            x.grad = 0.0
            y.backward()
            found.add(x.grad)
    finally:
        gc.set_threshold(*before)
        gc.enable()
    assert found <= {32.0, 64.0} if same else found == {32.0}  # once, or twice
