"""The rule book as C: what is written, and what cannot be."""

import subprocess
import sys

import pytest

from autograd import OPERATIONS
from autograd.operations import Operation
from autograd.rules_in_c.header import functions_of_ieee, header, rule_in_c
from autograd.rules_in_c.lists import Unwritable

COMMAND = [sys.executable, "-X", "utf8", "-m", "autograd.rules_in_c"]


def unary(value, derivative=lambda m, y, x: 1.0):
    return Operation("f", "f", value, lambda m, y, x: (derivative(m, y, x),), ())


def of_list(value, partials):
    return Operation("f", "f", value, partials, ())


def body(operation):
    """The lines between the braces, without their indentation."""
    return [line.strip() for line in rule_in_c(operation, {"hypot"}).splitlines()[2:-1]]


def test_what_value_and_derivative_share_is_computed_once():
    assert body(unary(lambda m, x: m.exp(-x) + 1.0, lambda m, y, x: -m.exp(-x))) == [
        "const double t1 = exp(-x);", "const double y = t1 + 1.0;", "d[0] = -t1;", "return y;",
    ]  # fmt: skip


def test_the_derivative_uses_the_value():
    assert body(unary(lambda m, x: m.tanh(x), lambda m, y, x: 1.0 - y * y))[1] == "d[0] = 1.0 - y * y;"


def test_a_derivative_that_equals_the_value_is_the_value():
    assert body(unary(lambda m, x: m.exp(x), lambda m, y, x: m.exp(x)))[1] == "d[0] = y;"


def test_what_one_branch_needs_is_computed_in_it():
    f = unary(lambda m, x: m.where(x < 0, m.exp(x), m.where(x >= 1, m.log(x) * m.log(x), x)))
    assert body(f)[:2] == [
        "const double t1 = !(x < 0.0) && x >= 1.0 ? log(x) : 0.0;",
        "const double y = x < 0.0 ? exp(x) : (x >= 1.0 ? t1 * t1 : x);",
    ]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (lambda m, x: x - (x - 1.0), "x - (x - 1.0)"),
        (lambda m, x: (x - 1.0) - x, "x - 1.0 - x"),
        (lambda m, x: m.div(1.0, x * 2.0), "1.0 / (x * 2.0)"),
        (lambda m, x: -(1.0 * -x), "-(1.0 * -x)"),
        (lambda m, x: x * -1.0, "x * -1.0"),
        (lambda m, x: m.where(x, 1.0, -0.0), "x != 0.0 ? 1.0 : -0.0"),
        (lambda m, x: (x < 1) + 0.5, "(double)(x < 1.0) + 0.5"),
        (lambda m, x: x + float("inf"), "x + INFINITY"),
        (lambda m, x: m.maximum(x, 1.0, 2.0), "largest(largest(x, 1.0), 2.0)"),
        (lambda m, x: m.total([x, 2.0, x * x]), "x + 2.0 + x * x"),
        (lambda m, x: m.hypot(abs(x), 1e-300), "ieee_hypot(fabs(x), 1e-300)"),
    ],
)
def test_an_expression_is_written_as_it_is_read(value, line):
    assert body(unary(value))[0] == f"const double y = {line};"


def test_operands_have_their_names_but_those_of_c():
    f = Operation("f", "f", lambda m, double, y, α: double, lambda m, v, double, y, α: (1.0, 0.0, 0.0), ())
    assert "rule_f(double x0, double y, double x2, double *d)" in rule_in_c(f)
    assert body(f)[-1] == "return result;"


def test_a_comment_ends_where_it_ends():
    f = unary(lambda m, x: x)._replace(formula="x */ error")
    assert rule_in_c(f).splitlines()[0] == "/* f(x) = x * / error */"


def test_of_lists_there_are_loops():
    f = of_list(lambda m, *x: m.total([m.exp(x_i) for x_i in x]), lambda m, y, *x: tuple(m.exp(x_i) for x_i in x))
    assert body(f) == [
        "double y = -0.0;",
        "for (Py_ssize_t i = 0; i < n; i++) {",
        "const double t1 = exp(x[i]);",
        "t[i] = t1;",
        "y += t1;",
        "}",
        "for (Py_ssize_t i = 0; i < n; i++) {",
        "d[i] = t[i];",
        "}",
        "return y;",
    ]


def test_a_number_that_counts_the_members_is_the_position():
    f = of_list(lambda m, *x: m.total(x), lambda m, y, *x: tuple(y * float(i) for i in range(len(x))))
    assert "d[i] = y * (double)i;" in body(f)


def first(x):
    return x[0]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (unary(lambda m, x: x if x > 0 else -x), "branches on a number"),
        (unary(lambda m, x: x / 2.0), "m.div"),
        (unary(lambda m, x: m.div(x, m.take(0.0, [x]))), "takes a member"),
        (of_list(lambda m, *x: first(x), lambda m, y, *x: (1.0,) * len(x)), "one member of a list"),
        (of_list(lambda m, *x: m.total(x[::-1]), lambda m, y, *x: (1.0,) * len(x)), "another order"),
        (of_list(lambda m, *x: m.total(x), lambda m, y, *x: (1.0,) * (len(x) - 1) + (2.0,)), "differs"),
        (of_list(lambda m, *x: m.total(x) * float(len(x)), lambda m, y, *x: (1.0,) * len(x)), "with 1 members"),
        (of_list(lambda m, *x: m.total(x) if len(x) > 2 else 0.0, lambda m, y, *x: (1.0,) * len(x)), "with 1 members"),
    ],
)
def test_what_c_cannot_say_is_left_to_python(operation, reason):
    with pytest.raises(Unwritable, match=reason):
        rule_in_c(operation)
    assert "/* f is computed by Python: " in header([operation], "")


def test_a_function_that_is_not_compiled_is_left_to_python():
    with pytest.raises(Unwritable, match=r"m\.hypot, whose C types ieee\.pxd does not have"):
        rule_in_c(unary(lambda m, x: m.hypot(x, 1.0)))


def test_the_functions_of_ieee_are_those_with_c_types():
    types = (
        "cpdef double f(double x) noexcept\ncdef double g(double x)\n  cpdef double h(double a, double b) noexcept\n"
    )
    assert functions_of_ieee(types + "cpdef double k(double a, double b) noexcept") == {"f": 1, "k": 2}


def test_the_switch_has_a_case_for_every_operation():
    text = header([OPERATIONS["exp"], OPERATIONS["dot"], OPERATIONS["take"]], "")
    assert "case 1: if (n != 1) return 0; x[n] = rule_exp(x[0], d); break;" in text
    assert "case 2: if (n < 2 || n % 2) return 0; x[n] = rule_dot(n / 2, x, d); break;" in text
    assert "case 3: if ((n - 1) < 1) return 0; x[n] = rule_take(x[0], (n - 1), x + 1, d); break;" in text


def test_the_command_prints_the_rules_that_it_is_asked_for():
    printed = subprocess.run([*COMMAND, "elu"], capture_output=True, text=True, encoding="utf-8", check=True).stdout
    assert printed.startswith("/* elu(x, alpha)")
    assert printed.count("static inline") == 1
    refused = subprocess.run([*COMMAND, "elu", "selu"], capture_output=True, text=True, encoding="utf-8", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("the rule book has no selu; it has add, sub, ")
