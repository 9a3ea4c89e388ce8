"""What operations compute: compiled, by C that was made of the rule book; and always what the rule book says."""

import copy
import gc
import math
import random

import pytest

import autograd
from autograd import OPERATIONS, Operation, Value, is_compiled, topological_order
from autograd.nodes import apply
from autograd.rules import computed, is_in_c
from tests.conftest import ONCE

from .builds.cases import SPECIAL
from .builds.outcomes import text

LISTS = [name for name, operation in OPERATIONS.items() if operation.operands[-1].startswith("*")]
CUBE = Operation(
    "cube", "cube", lambda m, x: x * x * x, lambda m, y, x: (3.0 * (x * x),), domain=((-2.0, 2.0),)
)  # not in the book


def some(of):
    """A number of any size; sometimes a special one."""
    ordinary = of.choice([of.gauss(0.0, 1.0), of.gauss(0.0, 1.0), of.lognormvariate(0.0, 30.0)])
    return of.choice([ordinary, ordinary, -ordinary, of.choice(SPECIAL)])


def rows(operation):
    """Operands: special ones, ties, and random ones; of lists, of several lengths."""
    of = random.Random(operation.name)
    count = len(operation.operands)
    if count == 1 and operation.name not in LISTS:
        yield from ([x] for x in SPECIAL)
        yield from ([some(of)] for _ in range(3_000))
        yield from ([of.uniform(-40.0, 40.0)] for _ in range(3_000))
    elif operation.name not in LISTS:
        yield from ([a, b, *[some(of)] * (count - 2)] for a in SPECIAL for b in SPECIAL if count > 1)
        yield from ([some(of) for _ in range(count)] for _ in range(3_000))
    else:
        lists = 2 if operation.name == "dot" else 1
        for length in (1, 2, 3, 4, 7, 30):
            for _ in range(300):
                few = [some(of) for _ in range(of.randint(1, 3))]
                member = of.choice([lambda: some(of), lambda few=few: of.choice(few), lambda: of.gauss(0.0, 3.0)])
                index = [float(of.randrange(length))] * (operation.name in ("take", "_finished"))
                yield index + [member() for _ in range(lists * length)]


@ONCE  # plain Python reads the book itself
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_rule_gives_the_bits_that_the_book_gives(name):
    for numbers in rows(OPERATIONS[name]):
        node = apply(OPERATIONS[name], *map(Value, numbers))
        assert text([node.data, node.partials]) == text([*computed(OPERATIONS[name], numbers)]), numbers


@pytest.mark.parametrize("name", OPERATIONS)
def test_compiled_every_rule_of_the_book_is_in_c(name):
    assert is_in_c(OPERATIONS[name]) is is_compiled()


@pytest.mark.parametrize("name", ["sin", "maximum", "dot"])
def test_a_rule_that_was_replaced_is_not(name):
    assert not is_in_c(OPERATIONS[name]._replace(symbol="another"))


@pytest.mark.parametrize("other", [None, 3, "sin", CUBE, OPERATIONS])
def test_nor_is_anything_else(other):
    assert not is_in_c(other)


def test_a_planted_rule_is_computed_as_it_says():
    planted = OPERATIONS["sin"]._replace(value=lambda m, x: 7.0, partials=lambda m, y, x: (y + x,))
    node = apply(planted, Value(2.0))
    assert (node.data, node.partials) == (7.0, (9.0,))


def test_of_a_list_too():
    planted = OPERATIONS["maximum"]._replace(partials=lambda m, y, *x: tuple([2.0 * y] * len(x)))
    assert apply(planted, Value(1.0), Value(3.0), Value(2.0)).partials == (6.0, 6.0, 6.0)


def test_an_operation_that_was_added_later_does_all_that_others_do():
    x = Value(2.0)
    root = -apply(CUBE, x)
    root.backward()
    assert (root.data, x.grad) == (-8.0, -12.0)
    x.data = 3.0
    assert root.forward().data == -27.0
    assert [node.data for node in topological_order(copy.deepcopy(root))] == [3.0, 27.0, -27.0]


@pytest.mark.parametrize("partials", [(), (1.0, 2.0)])
def test_a_rule_with_another_number_of_partial_derivatives_is_an_error(partials):
    wrong = CUBE._replace(partials=lambda m, y, x: partials)
    with pytest.raises(ValueError, match=f"'cube' gives {len(partials)} partial derivatives for 1 operands"):
        apply(wrong, Value(1.0))


def test_a_rule_may_compute_with_values_itself():
    """What C computes meanwhile, of more operands than ever before, is no matter."""

    def value(m, *x):
        return apply(OPERATIONS["dot"], *map(Value, [1.0] * 40_000)).data + sum(x)

    nested = OPERATIONS["logsumexp"]._replace(value=value, partials=lambda m, y, *x: x)
    node = apply(nested, Value(1.0), Value(2.0), Value(3.0))
    assert (node.data, node.partials) == (20_006.0, (1.0, 2.0, 3.0))


class Finalized:
    """Garbage that computes when the collector finds it."""

    def __init__(self):
        self.cycle = self

    def __del__(self):
        autograd.maximum(*map(Value, (100.0, 200.0, 300.0)))


@pytest.mark.parametrize("threshold", [1, 2, 3, 5])
def test_what_finalizers_compute_meanwhile_is_no_matter(threshold):
    """Up to Python 3.11 the collector runs wherever a tuple is made."""
    x, threshold_before = [Value(1.0), Value(2.0), Value(3.0)], gc.get_threshold()
    expected = autograd.logsumexp(x)
    found = set()
    try:
        gc.set_threshold(threshold, 1, 1)
        for _ in range(2_000):
            Finalized()
            node = autograd.logsumexp(x)
            found |= {(node.data, node.partials), (node.forward().data, node.partials)}
    finally:
        gc.set_threshold(*threshold_before)
    assert found == {(expected.data, expected.partials)}


def test_a_long_list():
    numbers = [math.sin(i) for i in range(100_000)]
    node = apply(OPERATIONS["maximum"], *map(Value, numbers))
    assert node.data == max(numbers)
    assert sum(node.partials) == 1.0


@pytest.mark.parametrize("walk", [topological_order, Value.backward], ids=["order", "backward"])
def test_a_rule_may_walk_the_graph_that_forward_computes(walk):
    roots = []

    def curious(m, x):
        if roots:
            walk(roots[0])
        return 2.0 * x

    x = Value(3.0)
    inner = apply(Operation("curious", "curious", curious, lambda m, y, x: (2.0,), ()), x)
    roots.append(inner * inner + x)
    x.data = 5.0
    assert roots[0].forward().data == 105.0
