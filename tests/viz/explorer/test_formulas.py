"""The rule book as formulas of the page: trees in which the operands stand."""

import json
from math import inf
from operator import neg

import pytest

from autograd import OPERATIONS, Operation
from autograd.symbolic import read_rule
from viz.explorer.formulas import formulas

A, B, C, D = (["operand", i] for i in range(4))
Y = ["y"]


def trees(operation, count):
    value, partials = formulas(operation, count, read_rule(operation, count, textbook=True))
    return (value, *partials)


def call(name, *arguments):
    return ["call", name, *arguments]


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("add", 2, (["+", A, B], 1, 1)),
        ("sub", 2, (["-", A, B], 1, -1)),
        ("mul", 2, (["*", A, B], B, A)),
        ("div", 2, (["/", A, B], ["/", 1, B], ["/", ["negative", Y], B])),
        (
            "pow",
            2,
            (
                ["^", A, B],
                ["if", ["=", B, 0], 0, ["*", B, ["^", A, ["-", B, 1]]]],
                ["if", ["and", ["=", A, 0], ["≥", B, 0]], 0, ["*", Y, call("log", A)]],
            ),
        ),
        ("neg", 1, (["negative", A], -1)),
        ("abs", 1, (["absolute", A], ["if", [">", A, 0], 1, ["if", ["<", A, 0], -1, 0]])),
        ("less", 2, (["if", ["<", A, B], 1, 0], 0, 0)),
        ("where", 3, (["if", A, B, C], 0, ["if", A, 1, 0], ["if", A, 0, 1])),
        ("tanh", 1, (call("tanh", A), ["-", 1, ["^", Y, 2]])),
        ("sqrt", 1, (call("sqrt", A), ["/", 0.5, Y])),
        ("relu", 1, (call("relu", A), ["if", ["≤", A, 0], 0, 1])),
        ("sigmoid", 1, (call("sigmoid", A), ["*", Y, ["-", 1, Y]])),
        ("gelu", 1, (call("gelu", A), ["+", call("ndtr", A), ["*", A, call("density", A)]])),
        ("_exp_of_difference", 2, (call("exp", ["-", A, B]), Y, ["negative", Y])),
        ("dot", 4, (["total", ["*", A, C], ["*", B, D]], C, D, A, B)),
        ("take", 3, (call("take", A, B, C), 0, ["if", ["=", A, 0], 1, 0], ["if", ["=", A, 1], 1, 0])),
    ],
)
def test_the_formulas_of(name, count, expected):
    assert trees(OPERATIONS[name], count) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dot", ["total", ["*", A, ["operand", 784]], ["*", B, ["operand", 785]], ["…"]]),
        ("maximum", call("maximum", A, B, ["…"], ["operand", 1567])),
    ],
)
def test_of_many_operands_a_formula_shows_some(name, expected):
    assert trees(OPERATIONS[name], 1568)[0] == expected


def mine(expression):
    return Operation("f", "f", lambda m, a: a, lambda m, y, a: (expression(m, y, a),), ())


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda m, y, a: a - (y - a), ["-", A, ["-", Y, A]]),
        (lambda m, y, a: (a + y) * (a + y), ["*", ["+", A, Y], ["+", A, Y]]),
        (lambda m, y, a: -neg(a), ["negative", ["negative", A]]),
        (lambda m, y, a: a * a, ["^", A, 2]),
        (lambda m, y, a: abs(a - y) * 0.1, ["*", ["absolute", ["-", A, Y]], 0.1]),
        (lambda m, y, a: m.where(abs(a - y) <= 0, 1.0, a), ["if", ["=", A, Y], 1, A]),
        (lambda m, y, a: m.where(abs(a) <= 0, 1.0, a), ["if", ["=", A, 0], 1, A]),
        (lambda m, y, a: m.where(abs(a) <= 1, 1.0, a), ["if", ["≤", ["absolute", A], 1], 1, A]),
        (lambda m, y, a: 0.0 * a + inf, ["+", 0, inf]),
        (lambda m, y, a: a + -0.0, A),
        (lambda m, y, a: m.total([a] * 5), ["total", A, A, ["…"]]),
    ],
)
def test_a_rule_as_a_tree(expression, expected):
    assert trees(mine(expression), 1) == (call("f", A), expected)


def test_a_formula_that_shares_its_parts_does_not_grow_without_end():
    def squared(m, y, a):
        for _ in range(100):  # 2^100 symbols, written out
            a = m.sin(a) + m.cos(a)
        return a

    assert trees(mine(squared), 1) == (call("f", A), None)


def test_of_many_operands_no_large_formulas_are_sent():
    few, many = (trees(OPERATIONS["maximum"], count)[1] for count in (10, 1000))
    hits = [["if", ["and", ["≥", x, Y], ["≤", x, Y]], 1, 0] for x in (A, B)]
    assert few == ["/", hits[0], ["total", *hits, ["…"]]]
    assert many is None
    assert trees(OPERATIONS["take"], 1000)[2] == ["if", ["=", A, 0], 1, 0]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_formula_is_in_the_types_of_json(name):
    count = 3 if OPERATIONS[name].operands[0].startswith("*") else len(OPERATIONS[name].operands)
    count = 4 if name == "dot" else count
    for tree in trees(OPERATIONS[name], count):
        assert json.loads(json.dumps(tree)) == tree
