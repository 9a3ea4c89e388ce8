"""What NumPy computes of a rule, with plain numbers and families put in: as texts, x0 for the first operand."""

import pytest

from autograd import OPERATIONS, Operation
from autograd.compiler.executors.expressions import FAMILY, GIVEN, ONE, flow_to, value_of, way_to
from autograd.symbolic import OPERAND, Symbol


def text(x):
    if not isinstance(x, Symbol):
        return repr(x)
    if x.function in GIVEN:
        return f"x{x.arguments[0]}" if x.function == OPERAND else x.function
    return f"{x.function}({', '.join(map(text, x.arguments))})"


def value(name, *kinds):
    return text(value_of(OPERATIONS[name], kinds).result)


def flow(name, *kinds, position=0, where_live=False):
    return text(flow_to(OPERATIONS[name], kinds, position, where_live).result)


def way(name, *kinds, position=0):
    return text(way_to(OPERATIONS[name], kinds, position).result)


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [
        ("2.0", "*(x0, x0)"),
        ("3.0", "*(*(x0, x0), x0)"),
        ("4.0", "*(*(x0, x0), *(x0, x0))"),
        ("1.0", "x0"),
        ("0.0", "1.0"),
        ("-1.0", "div(1.0, x0)"),
        ("0.5", "where(<=(x0, -inf), inf, sqrt(x0))"),
        ("5.0", "pow(x0, 5.0)"),
        ("nan", "pow(x0, nan)"),
        (ONE, "pow(x0, x1)"),
    ],
)
def test_a_small_power_is_a_product(exponent, expected):
    assert value("pow", ONE, exponent) == expected


def test_a_number_to_a_power_is_a_power():
    assert value("pow", "2.0", ONE) == "pow(2.0, x1)"


def test_a_zero_keeps_its_sign():
    assert [value("add", ONE, zero) for zero in ("0.0", "-0.0", "0.0")] == ["+(x0, 0.0)", "+(x0, -0.0)", "+(x0, 0.0)"]


def test_a_condition_is_itself_where_it_asks_for_1_and_0():
    assert value("less", ONE, ONE) == "<(x0, x1)"
    assert value("where", ONE, "1.0", "0.0") == "not_equal(x0, 0.0)"
    assert value("where", ONE, "0.0", "1.0") == "logical_not(not_equal(x0, 0.0))"
    assert value("where", ONE, "0.0", "0.0") == "where(not_equal(x0, 0.0), 0.0, 0.0)"


def test_a_relu_is_a_maximum():
    assert value("relu", ONE) == "relu(x0)"
    assert value("leaky_relu", ONE, "0.5") == "where(<=(x0, 0.0), *(0.5, x0), x0)"


def test_a_condition_on_plain_numbers_is_decided():
    assert flow("pow", ONE, "2.0") == "*(dy, *(2.0, x0))"
    assert flow("pow", ONE, "0.0") == "*(dy, 0.0)"


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((FAMILY,), "maximum.reduce(x0)"),
        ((FAMILY, ONE), "maximum(maximum.reduce(x0), x1)"),
        ((ONE, "0.5", FAMILY), "maximum(maximum(x0, 0.5), maximum.reduce(x2))"),
        ((ONE,), "x0"),
    ],
)
def test_families_are_reduced_along_their_own_axis(kinds, expected):
    assert value("maximum", *kinds) == expected


def test_what_is_computed_of_a_family_is_one_and_what_it_is_reduced_to_is_none():
    softmax = Operation(
        "softmax",
        "softmax",
        lambda m, *x: m.total([m.exp(x_i - m.maximum(*x)) for x_i in x]),
        lambda m, y, *x: tuple(m.div(m.exp(x_i - m.maximum(*x)), y) for x_i in x),
        (),
    )
    exponentials = "exp(-(x0, maximum.reduce(x0)))"
    assert text(value_of(softmax, (FAMILY,)).result) == f"add.reduce({exponentials})"
    assert text(flow_to(softmax, (FAMILY,), 0, False).result) == f"*(dy, div({exponentials}, y))"


def test_conditions_are_numbers_where_they_are_added_up():
    counts = Operation(
        "counts",
        "counts",
        lambda m, *x: m.exp(m.total([m.where(x_i > 0, 1.0, 0.0) for x_i in x])),
        lambda m, y, *x: (0.0,) * len(x),
        (),
    )
    number = "*(>({}, 0.0), 1.0)".format
    assert text(value_of(counts, (FAMILY,)).result) == f"exp(add.reduce({number('x0')}))"
    assert text(value_of(counts, (ONE, ONE)).result) == f"exp(+({number('x0')}, {number('x1')}))"


def test_a_flow_is_multiplied_where_it_must_be():
    assert flow("add", ONE, ONE) == "dy"
    assert flow("sub", ONE, ONE, position=1) == "negative(dy)"
    assert flow("mul", ONE, "3.0") == "*(dy, 3.0)"
    assert flow("sqrt", ONE) == "*(dy, div(0.5, +(y, 0.0)))"


def test_where_nothing_is_live_nothing_flows():
    assert flow("exp", ONE, where_live=True) == "where(live, *(dy, y), 0.0)"
    assert flow("where", ONE, ONE, ONE, position=1, where_live=True) == (
        "where(live, where(not_equal(x0, 0.0), *(dy, not_equal(x0, 0.0)), 0.0), 0.0)"
    )


def test_there_is_a_way_to_what_was_chosen():
    assert way("where", ONE, ONE, ONE, position=1) == "logical_and(not_equal(x0, 0.0), dy)"
    assert way("where", ONE, ONE, ONE, position=0) == "0.0"
    assert way("maximum", ONE) == "logical_and(not_equal(div(where(>=(x0, y), <=(x0, y), 0.0), where(>=(x0, y), " + (
        "<=(x0, y), 0.0)), 0.0), dy)"
    )
    assert (
        way_to(Operation("mine", "", lambda m, x: x, lambda m, y, x: (1.0,), (), chooses=True), (ONE,), 0).calls == []
    )


def test_calls_come_after_their_arguments_and_say_what_is_needed_no_more():
    fourth = value_of(OPERATIONS["pow"], (ONE, "3.0"))
    assert [(text(call), [*map(text, last)]) for call, last in fourth.calls] == [
        ("*(x0, x0)", []),
        ("*(*(x0, x0), x0)", ["*(x0, x0)"]),
    ]
    sigmoid = value_of(OPERATIONS["sigmoid"], (ONE,))
    names = {id(call): call.function for call, _ in sigmoid.calls}
    assert [(call.function, [names[id(each)] for each in last]) for call, last in sigmoid.calls] == [
        (">=", []), ("absolute", []), ("negative", ["absolute"]), ("exp", ["negative"]), ("where", [">="]),
        ("+", ["exp"]), ("div", ["where", "+"]),
    ]  # fmt: skip


def test_a_rule_that_branches_is_refused():
    branching = Operation("mine", "mine", lambda m, x: x if x > 0 else -x, lambda m, y, x: (1.0,), ())
    with pytest.raises(ValueError, match="the rule of the operation 'mine' cannot be read: it branches on a number"):
        value_of(branching, (ONE,))
