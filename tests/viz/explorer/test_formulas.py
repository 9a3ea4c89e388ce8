"""The rule book as formulas of the page: texts in which the numbers stand."""

from math import inf
from operator import neg

import pytest

from autograd import OPERATIONS, Operation
from autograd.symbolic import read_rule
from viz.explorer.formulas import formulas


def texts(operation, count):
    value, partials = formulas(operation, count, read_rule(operation, count, textbook=True))
    return (value, *partials)


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("add", 2, ("{0} + {1}", "1", "1")),
        ("sub", 2, ("{0} - {1}", "1", "-1")),
        ("mul", 2, ("{0} · {1}", "{1}", "{0}")),
        ("div", 2, ("{0} / {1}", "1 / {1}", "-{y} / {1}")),
        (
            "pow",
            2,
            (
                "{0}^{1}",
                "(0 if {1} = 0 else {1} · {0}^({1} - 1))",
                "(0 if {0} = 0 and {1} ≥ 0 else {y} · log({0}))",
            ),
        ),
        ("neg", 1, ("-{0}", "-1")),
        ("abs", 1, ("|{0}|", "(1 if {0} > 0 else (-1 if {0} < 0 else 0))")),
        ("less", 2, ("(1 if {0} < {1} else 0)", "0", "0")),
        ("tanh", 1, ("tanh({0})", "1 - {y}^2")),
        ("relu", 1, ("relu({0})", "(0 if {0} ≤ 0 else 1)")),
        ("sigmoid", 1, ("sigmoid({0})", "{y} · (1 - {y})")),
        ("gelu", 1, ("gelu({0})", "ndtr({0}) + {0} · density({0})")),
        ("softplus", 1, ("softplus({0})", "sigmoid({0})")),
        ("atan", 1, ("atan({0})", "1 / (1 + {0}^2)")),
        ("erf", 1, ("erf({0})", "1.12838 · exp(-{0}^2)")),
        ("dot", 4, ("{0} · {2} + {1} · {3}", "{2}", "{3}", "{0}", "{1}")),
        ("take", 3, ("take({0}, {1}, {2})", "0", "(1 if {0} = 0 else 0)", "(1 if {0} = 1 else 0)")),
    ],
)
def test_the_formulas_of(name, count, expected):
    assert texts(OPERATIONS[name], count) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("dot", "{0} · {784} + {1} · {785} + …"), ("maximum", "maximum({0}, {1}, …, {1567})")],
)
def test_of_many_operands_a_formula_shows_some(name, expected):
    assert texts(OPERATIONS[name], 1568)[0] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (lambda m, y, a: a - (y - a), "{0} - ({y} - {0})"),
        (lambda m, y, a: a - y - a, "{0} - {y} - {0}"),
        (lambda m, y, a: a + (y + a), "{0} + {y} + {0}"),
        (lambda m, y, a: (a + y) * (a - y), "({0} + {y}) · ({0} - {y})"),
        (lambda m, y, a: m.div(a, y * a), "{0} / ({y} · {0})"),
        (lambda m, y, a: -(a + y), "-({0} + {y})"),
        (lambda m, y, a: -neg(a), "-(-{0})"),
        (lambda m, y, a: a + -y, "{0} + (-{y})"),
        (lambda m, y, a: a * -2.0, "{0} · (-2)"),
        (lambda m, y, a: m.pow(-a, 2.0), "(-{0})^2"),
        (lambda m, y, a: m.pow(m.pow(a, y), -1.0), "({0}^{y})^(-1)"),
        (lambda m, y, a: m.pow(m.exp(a), y * a), "exp({0})^({y} · {0})"),
        (lambda m, y, a: abs(a - y) * 0.1, "|{0} - {y}| · 0.1"),
        (lambda m, y, a: 0.0 * a + inf, "0 + ∞"),
        (lambda m, y, a: m.total([a, y, a]), "{0} + {y} + {0}"),
        (lambda m, y, a: m.total([a] * 5), "{0} + {0} + …"),
    ],
)
def test_a_formula_has_the_brackets_that_it_needs(expression, expected):
    operation = Operation("f", "f", lambda m, a: a, lambda m, y, a: (expression(m, y, a),), ())
    assert texts(operation, 1) == ("f({0})", expected)
