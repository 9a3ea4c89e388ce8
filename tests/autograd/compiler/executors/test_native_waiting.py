"""What finds the largest of lists waits for what takes it from them: one loop does both."""

import numpy as np
import pytest

from autograd import OPERATIONS, compile
from autograd.compiler.kinds import Map, Sum
from autograd.compiler.views import View, contiguous
from autograd.ieee import total
from tests.autograd.compiler.executors.by_hand import INDEX, ByHand, X
from tests.autograd.compiler.executors.test_small_products import attention, instructions_of, written
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import machine


def less_largest(between):
    """Two lists of two less their largest, with other steps between; how many loops did both at once, and the results.

    Args:
        between: takes the program and the largest ones, and adds steps.
    """
    b = ByHand("native")
    lists = b.row(Map(OPERATIONS["exp"]), contiguous(b.x.value, 0, (2, 2)), shape=(2, 2))
    largest = b.row(Map(OPERATIONS["maximum"]), lists, shape=(2,))
    between(b, lists, largest)
    less = b.row(Sum((1, -1)), lists, View(largest.value, 0, (2, 2), (1, 0)), shape=(2, 2))
    ran = b.executor(less)
    loops = [words[0] for instruction, words in instructions_of(ran) if instruction == machine.FAMILY]
    return loops.count(machine.FAMILIES["less largest d"]), ran.run_forward(X, INDEX)


def nothing_between(b, lists, largest):
    pass


def another_between(b, lists, largest):
    b.row(Map(OPERATIONS["sin"]), b.x)


def read_between(b, lists, largest):
    b.row(Map(OPERATIONS["sin"]), largest, shape=(2,))


@pytest.mark.parametrize(("between", "both"), [(nothing_between, 1), (another_between, 1), (read_between, 0)])
def test_the_largest_is_found_with_what_it_is_taken_from(between, both):
    loops, results = less_largest(between)
    assert loops == both
    lists = np.exp(X.reshape(3, 2, 2))
    np.testing.assert_allclose(results, (lists - lists.max(2, keepdims=True)).reshape(3, 4), rtol=1e-15)


def test_the_exponentials_of_each_length_are_found_with_their_largest(drawn):
    w = drawn.parameters(3, 4, 4)
    f = compile(lambda xs: total([y for out in attention(w, xs) for y in out]), backend="native")
    f.backward(drawn.rows(20, 5, 4))
    loops = [words[0] for instruction, words in written(f) if instruction == machine.FAMILY]
    assert loops.count(machine.FAMILIES["less largest d"]) == 4  # of 2, 3, 4 and 5 scores
    assert loops.count(machine.FAMILIES["recentred d"]) == 4
    assert loops.count(machine.FAMILIES["share d"]) == 0
    assert not [words for instruction, words in written(f) if instruction == machine.MOVE]
