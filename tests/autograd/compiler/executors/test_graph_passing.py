"""Graphs along many rows that do not go back: columns that are used again, and what one loop computes (passing.h)."""

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, compile, sin
from autograd.nodes import apply
from tests.autograd.compiler.conftest import node_after_node
from tests.autograd.compiler.executors.test_graph_rows import SPECIAL
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

HEADER = Path(autograd.__file__).parent / "compiler" / "executors" / "native" / "c" / "rows.h"
PAIRS = re.findall(r"X\((\w+), (\w+)\)", HEADER.read_text("utf-8").split("#define PAIRS(X)")[1].split("\n\n")[0])


@pytest.mark.parametrize("rows", [2, 63, 64, 65, 700])
@pytest.mark.parametrize("seed", range(8))
def test_forward_alone_has_the_bits_of_forward_and_back(rows, seed):
    """Columns are used again there, and products are a part of their sums."""
    random = np.random.default_rng(seed)
    w = [Value(x) for x in random.normal(size=3)]

    def f(row):
        numbers = [*row, *w, *row]
        for _ in range(60):
            a, b, c, d = (numbers[k] for k in random.integers(max(0, len(numbers) - 9), len(numbers), 4))
            way = [a * b + c, a * b - c, c - a * b, a * b + c * d, a * b - c * d, a - b * b, sin(a + b), a * b]
            way += [-a + b, a / (2.0 + b * b), (a + b) * (-c), (a - b) / (3.0 + c * c), -(a * b)]
            numbers.append(0.1 * way[random.integers(len(way))])
        return sum(numbers)

    X = random.normal(size=(rows, 4))
    with node_after_node():
        g = compile(f, backend="native")
        both = g.backward(X)
        alone = g(X)
        assert (both == g.backward(X)).all()
    assert (alone == both).all()


def test_outputs_that_others_use_and_leaves_that_are_outputs():
    with node_after_node():
        f = compile(lambda x: [x[0], p := x[0] * x[1], p + x[1], p * p - x[0], 2.0, x[1]], backend="native")
        X = np.random.default_rng(0).normal(size=(100, 2))
        got = f(X)
    a, b = X.T
    expected = [a, a * b, a * b + b, (a * b) * (a * b) - a, np.full(100, 2.0), b]
    assert (got == np.stack(expected, axis=1)).all()


FORMS = {
    "alone": lambda a, b: a, "plus": lambda a, b: a + b, "minus": lambda a, b: a - b, "times": lambda a, b: a * b,
    "over": lambda a, b: a / b, "negative": lambda a, b: -a,
}  # fmt: skip
SIGNS = [FORMS[name] for name in ("plus", "minus", "times", "over")]


@pytest.mark.parametrize(("left", "right"), list(product(FORMS, FORMS)))
def test_parts_are_computed_with_their_sums_and_products(left, right):
    """By every sign; with the bits of NumPy, which knows no parts."""
    X = np.random.default_rng(0).normal(size=(203, 4))
    for sign in SIGNS:

        def f(row, sign=sign):
            a, b, c, d = row
            return sign(FORMS[left](a, b), FORMS[right](c, d))

        with node_after_node():
            got = compile(lambda row, f=f: f(row), backend="native")(X)
        assert (got == f(X.T)).all()


def test_what_two_use_is_no_part():
    with node_after_node():
        f = compile(lambda x: [(p := x[0] * x[1]) + 2.0, p - 2.0, (q := x[0] - x[1]) * q, -q / 2.0], backend="native")
        X = np.random.default_rng(0).normal(size=(100, 2))
        got = f(X)
    a, b = X.T
    assert (got == np.stack([a * b + 2.0, a * b - 2.0, (a - b) * (a - b), -(a - b) / 2.0], axis=1)).all()


def both_rules(names, row):
    return [apply(OPERATIONS[name], row) for name in names]


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize("pair", PAIRS)
def test_a_pair_of_rules_has_the_bits_of_each_alone(pair, is_turned):
    names = pair[::-1] if is_turned else pair
    random = np.random.default_rng(0)
    X = np.concatenate(
        [SPECIAL, random.normal(size=300), random.uniform(-800.0, 800.0, 300), random.normal(0.0, 1e6, 9)]
    )
    with node_after_node():
        together = compile(lambda x: both_rules(names, x), backend="native")(X)
        alone = [compile(lambda x, name=name: both_rules([name], x), backend="native")(X)[:, 0] for name in names]
    np.testing.assert_array_equal(together, np.stack(alone, axis=1))


def test_pairs_of_several_numbers_find_one_another():
    rules = ["sin", "erf", "_bell", "cos", "sin", "_bell", "cos", "tanh"]
    which = [0, 0, 1, 1, 1, 0, 0, 1]  # sin and cos of both, erf and _bell of the first

    def f(x):
        return [apply(OPERATIONS[name], x[k]) for name, k in zip(rules, which, strict=True)]

    X = np.random.default_rng(0).normal(size=(100, 2))
    with node_after_node():
        got = compile(f, backend="native")(X)
    expected = [[number.data for number in f([Value(a), Value(b)])] for a, b in X.tolist()]
    np.testing.assert_allclose(got, expected, rtol=1e-15, atol=1e-15)
