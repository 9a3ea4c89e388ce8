"""Gradcheck on trial: it must find every planted fault in every rule of the book, and never blame a rule that is right.

A mutant is a rule of the book with one partial derivative that is wrong in one of the ways in which people get them
wrong. GLASSGRAD_EXAMPLES makes the trial longer.
"""

import math
import random
from collections import Counter

import pytest

from autograd import OPERATIONS, GradcheckError, GradcheckUndecided, Value, gradcheck
from autograd.nodes import apply
from tests.conftest import EXAMPLES, ONCE

pytestmark = ONCE  # gradcheck is plain Python on both builds, and asks the book
POINTS = max(1, EXAMPLES // 160)  # for each mutant, and for each rule at each scale

MUTATIONS = {  # of the i-th partial p, from y and all operands and partials
    "times 1.001": lambda p, y, x, all_p, i: 1.001 * p,
    "plus 1e-3": lambda p, y, x, all_p, i: p + 1e-3 * max(1.0, abs(p)),
    "minus 1e-3": lambda p, y, x, all_p, i: p - 1e-3 * max(1.0, abs(p)),
    "the other sign": lambda p, y, x, all_p, i: -p,
    "zero": lambda p, y, x, all_p, i: 0.0,
    "one": lambda p, y, x, all_p, i: 1.0,
    "twice": lambda p, y, x, all_p, i: 2.0 * p,
    "half": lambda p, y, x, all_p, i: 0.5 * p,
    "the square": lambda p, y, x, all_p, i: p * p,
    "the inverse": lambda p, y, x, all_p, i: 1.0 / p if p else 1.0,
    "y": lambda p, y, x, all_p, i: y,
    "the operand": lambda p, y, x, all_p, i: x[i],
    "the operand too much": lambda p, y, x, all_p, i: p * x[i],
    "y too much": lambda p, y, x, all_p, i: p * y,
    "another operand": lambda p, y, x, all_p, i: x[i - 1],
    "the partial of another operand": lambda p, y, x, all_p, i: all_p[i - 1],
    "nan": lambda p, y, x, all_p, i: math.nan,
    "infinite": lambda p, y, x, all_p, i: math.inf,
}
DRESSES = {
    "plain": lambda y: y,
    "plus 1e6": lambda y: y + 1e6,
    "times 1e-8": lambda y: y * 1e-8,
    "times 1e8": lambda y: y * 1e8,
}


def quantities(operation):
    """The positions of the operands that one can differentiate by."""
    return [i for i, interval in enumerate(operation.domain) if not isinstance(interval, (set, frozenset))]


PARTIALS = [pytest.param(op, i, id=f"{op.name}-{i}") for op in OPERATIONS.values() for i in quantities(op)]


def points(operation, i, draw):
    """Lists of operands, the same in every run: choices from their set, quantities as `draw` gives them."""
    generator = random.Random(f"{operation.name} {i}")
    for _ in range(POINTS):
        yield [
            generator.choice(sorted(interval)) if isinstance(interval, (set, frozenset)) else draw(generator, interval)
            for interval in operation.domain
        ]


def along(operation, i, operands, dress=DRESSES["plain"]):
    """The operation as a function of its i-th operand."""
    return lambda x: dress(apply(operation, *[x if k == i else Value(number) for k, number in enumerate(operands)]))


def mutant(operation, i, mutate):
    """The operation with another i-th partial."""

    def partials(m, y, *x):
        right = operation.partials(m, y, *x)
        return (*right[:i], mutate(right[i], y, x, right, i), *right[i + 1 :])

    return operation._replace(partials=partials)


def verdict(f, x, **tolerances):
    """What gradcheck says: True, or the class of its error."""
    try:
        return gradcheck(f, x, **tolerances)
    except GradcheckError as error:
        return type(error)


def is_another(wrong, right):
    """Whether a mutant shows at a point at all: 0 times 1.001 is 0."""
    return not abs(wrong - right) <= 1e-4 * max(abs(right), 1e-2)


def trial(operation, i, dress):
    """The mutants of a partial that gradcheck missed, and how many there were, over all points."""
    missed, planted = Counter(), 0
    for operands in points(operation, i, lambda generator, interval: generator.uniform(*interval)):
        node = apply(operation, *map(Value, operands))
        for name, mutate in MUTATIONS.items():
            if is_another(mutate(node.partials[i], node.data, operands, node.partials, i), node.partials[i]):
                planted += 1
                said = verdict(along(mutant(operation, i, mutate), i, operands, dress), operands[i])
                missed[name] += said is not GradcheckError
    return +missed, planted


@pytest.mark.parametrize(("operation", "i"), PARTIALS)
def test_every_mutant_of_a_partial_is_found(operation, i):
    missed, planted = trial(operation, i, DRESSES["plain"])
    assert not missed
    assert planted >= POINTS * len(MUTATIONS) // 3  # the trial is one


@pytest.mark.parametrize("dress", ["plus 1e6", "times 1e8"])
@pytest.mark.parametrize("name", ["mul", "log", "atan2", "sigmoid", "maximum"])
def test_every_mutant_is_found_where_numbers_are_large_too(name, dress):
    assert not trial(OPERATIONS[name], 0, DRESSES[dress])[0]


@pytest.mark.parametrize(("operation", "i"), PARTIALS)
def test_a_right_partial_is_passed_on_the_whole_domain(operation, i):
    for operands in points(operation, i, lambda generator, interval: generator.uniform(*interval)):
        for dress in DRESSES.values():
            assert gradcheck(along(operation, i, operands, dress), operands[i])


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 1e4])
@pytest.mark.parametrize(("operation", "i"), PARTIALS)
def test_a_right_partial_is_never_called_wrong_at_any_scale(operation, i, scale):
    for operands in points(operation, i, lambda generator, interval: generator.gauss(0.0, scale)):
        node = apply(operation, *map(Value, operands))
        if not all(map(math.isfinite, (node.data, *node.partials))):
            continue  # outside of the domain
        for name, dress in DRESSES.items():
            f, y = along(operation, i, operands, dress), dress(node).data
            said = verdict(f, operands[i])
            near = min(abs(number) for number in operands)  # a border or a kink may be as near as this
            hidden = 2.0**-52 * abs(y) / min(near, 1.0) if near else math.inf  # by the rounding of y
            assert said is True or (said is GradcheckUndecided and hidden > 1e-9), (operands, name)
