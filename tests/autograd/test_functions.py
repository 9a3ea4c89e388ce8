"""The functions of the rule book and those of lists: signatures, errors, and stability for any finite number."""

import math
import pydoc
import weakref
from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
from autograd import OPERATIONS, Value, topological_order
from autograd.functions import __all__ as FUNCTIONS

OPERATORS = {"add", "sub", "mul", "div", "pow", "neg", "abs", "less", "less_equal", "greater", "greater_equal"}
OF_LISTS = {"dot", "logsumexp", "take"}
PUBLIC = [operation for name, operation in OPERATIONS.items() if name not in OPERATORS and name[0] != "_"]
RULES = [operation for operation in PUBLIC if operation.name not in OF_LISTS]
UNARY = [operation for operation in RULES if operation.operands == ("x",)]
named = {"ids": lambda operation: operation.name}

finite = st.floats(allow_nan=False, allow_infinity=False)
lists = st.lists(finite, min_size=1, max_size=6)

# ------------------------------------------------------------------------------------ made from the rule book


@pytest.mark.parametrize("operation", PUBLIC, **named)
def test_every_operation_but_pythons_own_is_a_public_function(operation):
    assert operation.name in autograd.__all__
    assert callable(getattr(autograd, operation.name))


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name[0] == "_"])
def test_operations_for_derivatives_are_no_functions(name):
    assert not hasattr(autograd, name)
    assert not hasattr(Value, name)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_pythons_own_operators_are_no_functions(name):
    assert not hasattr(autograd, name)


@pytest.mark.parametrize("operation", RULES, **named)
def test_the_docstring_gives_the_formula(operation):
    assert operation.formula
    assert operation.formula in getattr(autograd, operation.name).__doc__


@pytest.mark.parametrize("operation", RULES, **named)
def test_help_shows_the_docstring(operation):
    for shown in (getattr(autograd, operation.name), getattr(Value, operation.name)):
        assert shown.__doc__.splitlines()[0] in pydoc.plaintext.document(shown, operation.name)


def test_a_function_can_be_referred_to_weakly():
    assert weakref.ref(autograd.sin)() is autograd.sin


@pytest.mark.parametrize("operation", RULES, **named)
def test_the_function_is_named_after_its_operation(operation):
    function = getattr(autograd, operation.name)
    assert (function.__name__, function.__qualname__) == (operation.name, operation.name)


@pytest.mark.parametrize("operation", PUBLIC, **named)
def test_the_example_is_true(operation):
    assert eval(operation.example, vars(autograd).copy()) is True


@pytest.mark.parametrize("operation", UNARY, **named)
def test_of_a_number_the_function_gives_the_float_that_it_gives_of_a_value(operation):
    function = getattr(autograd, operation.name)
    number = function(1 / 3)
    assert (type(number), number) == (float, function(Value(1 / 3)).data)


@pytest.mark.parametrize("operation", UNARY, **named)
def test_the_method_does_what_the_function_does(operation):
    x = Value(1 / 3)
    node = getattr(x, operation.name)()
    assert (node.op, node.parents, node.data) == (
        operation.symbol,
        (x,),
        getattr(autograd, operation.name)(x).data,
    )


@pytest.mark.parametrize("name", ["maximum", "minimum", "atan2", "hypot", "leaky_relu", "elu"])
def test_a_method_takes_the_other_operands(name):
    x = Value(-0.5)
    assert getattr(x, name)(0.25).data == getattr(autograd, name)(-0.5, 0.25)


@pytest.mark.parametrize("name", [*sorted(OF_LISTS), "softmax", "log_softmax"])
def test_a_function_whose_first_operand_is_no_number_is_no_method(name):
    assert not hasattr(Value(1.0), name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_star_import_gives(name):
    namespace = {}
    exec("from autograd import *", namespace)
    assert namespace[name] is getattr(autograd, name)


@pytest.mark.parametrize(("name", "default"), [("leaky_relu", 0.01), ("elu", 1.0)])
def test_the_last_operand_has_a_default(name, default):
    node = getattr(autograd, name)(Value(-2.0))
    assert node.parents[1].data == default


@pytest.mark.parametrize("numbers", [(1.0, 2.0), (Value(1.0), 2.0), (1.0, Value(2.0)), (1, True), (Value(1), Value(2))])
def test_operands_are_values_and_numbers_mixed(numbers):
    assert float(autograd.hypot(*numbers)) == math.hypot(*map(float, numbers))


# --------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (autograd.exp, r"exp\(\) takes x, got 0 operands"),
        (lambda: autograd.exp(1.0, 2.0), r"exp\(\) takes x, got 2 operands"),
        (lambda: Value(1.0).exp(2.0), r"exp\(\)"),  # a method of the class itself: Python's own error
        (lambda: Value(1.0).sin(2.0), r"sin\(\) takes x, got 2 operands"),
        (autograd.leaky_relu, r"leaky_relu\(\) takes x, slope=0.01, got 0 operands"),
        (lambda: autograd.leaky_relu(1.0, 2.0, 3.0), r"leaky_relu\(\) takes x, slope=0.01, got 3 operands"),
        (lambda: autograd.where(1.0, 2.0), r"where\(\) takes condition, a, b, got 2 operands"),
        (autograd.maximum, r"maximum\(\) takes \*values, got 0 operands"),
        (lambda: autograd.exp("1"), r"exp\(\) takes Values and numbers, got '1' of type str"),
        (lambda: autograd.exp(None), r"exp\(\) takes Values and numbers, got None of type NoneType"),
        (lambda: autograd.exp(1j), r"exp\(\) takes Values and numbers, got 1j of type complex"),
        (lambda: autograd.hypot(Value(1.0), "1"), r"hypot\(\) takes Values and numbers, got '1' of type str"),
        (lambda: autograd.exp([1.0]), r"for a list write \[exp\(x\) for x in xs\]"),
        (lambda: autograd.dot([1.0], 2.0), r"dot\(\) takes a list of Values and numbers, got 2.0"),
        (lambda: autograd.dot([1.0], [None]), r"dot\(\) takes Values and numbers, got None"),
        (lambda: autograd.softmax("ab"), r"softmax\(\) takes a list of Values and numbers, got 'ab'"),
        (lambda: autograd.take([1.0], "0"), r"take\(\) takes a whole number or a Value as index, got '0'"),
        (lambda: autograd.take([1.0], None), r"take\(\) takes a whole number or a Value as index, got None"),
    ],
)
def test_wrong_operands_raise_a_type_error_that_names_them(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_of_an_empty_list_there_is_no(name):
    with pytest.raises(ValueError, match=rf"{name}\(\) of an empty list"):
        getattr(autograd, name)([])


def test_take_of_an_empty_list_is_an_error():
    with pytest.raises(ValueError, match=r"take\(\) of an empty list"):
        autograd.take([], 0)


def test_dot_needs_lists_of_equal_length():
    with pytest.raises(ValueError, match="two lists of equal length, got 2 and 1 numbers"):
        autograd.dot([1.0, 2.0], [3.0])


@pytest.mark.parametrize("index", [-1, 2, 0.5, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", [float, Value])
def test_take_refuses_an_index_that_is_none(kind, index):
    with pytest.raises(IndexError, match="a whole number from 0 to 1"):
        autograd.take([5.0, 7.0], kind(index))


# -------------------------------------------------------------------------------------------------- of lists


def test_dot_of_empty_lists_is_zero():
    assert autograd.dot([], []) == 0.0


def test_dot_is_one_node():
    xs, ys = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]
    assert autograd.dot(xs, ys).parents == (*xs, *ys)


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=6))
def test_dot_adds_the_products_in_order(pairs):
    xs, ys = zip(*pairs, strict=True)
    total = xs[0] * ys[0]
    for x, y in pairs[1:]:
        total += x * y
    assert repr(autograd.dot(xs, ys)) == repr(total)


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_a_list_may_be_any_iterable(kind):
    assert autograd.logsumexp(kind([1000.0, 0.0])) == 1000.0


def test_take_with_a_plain_index_is_the_element_itself():
    values = [Value(5.0), Value(7.0)]
    assert autograd.take(values, 1) is values[1]


def test_take_with_a_value_as_index_gives_the_gradient_to_the_chosen_element():
    index, values = Value(1), [Value(5.0), Value(7.0)]
    autograd.take(values, index).backward()
    assert [node.grad for node in (index, *values)] == [0.0, 0.0, 1.0]


def test_where_gives_the_gradient_to_the_chosen_branch():
    condition, a, b = Value(1.0), Value(5.0), Value(7.0)
    autograd.where(condition, a, b).backward()
    assert [node.grad for node in (condition, a, b)] == [0.0, 1.0, 0.0]


# ------------------------------------------------- stability, for any finite number; reference in 400 digits


def decimal_logsumexp(numbers):
    with localcontext(prec=400, Emin=-999999, Emax=999999):
        largest = max(map(Decimal, numbers))
        return largest + sum((Decimal(x) - largest).exp() for x in numbers).ln()


def decimal_softmax(numbers):
    with localcontext(prec=400, Emin=-999999, Emax=999999):
        largest = max(map(Decimal, numbers))
        exponentials = [(Decimal(x) - largest).exp() for x in numbers]
        return [e / sum(exponentials) for e in exponentials]


def close(number, exact):
    """Equal to 14 digits, or to the last digits of a subnormal number."""
    return math.isclose(number, float(exact), rel_tol=1e-14, abs_tol=1e-322)


@given(finite)
@example(1.7e308)
@example(-1.7e308)
@example(709.8)
@example(-730.0)
@example(-745.2)
def test_sigmoid_is_right(x):
    assert close(autograd.sigmoid(x), decimal_softmax([x, 0.0])[0])


@given(finite)
@example(1.7e308)
@example(-745.2)
def test_the_derivative_of_sigmoid_is_finite(x):
    assert 0.0 <= autograd.sigmoid(Value(x)).partials[0] <= 0.25


@given(finite)
@example(1.7e308)
@example(-1.7e308)
@example(-700.0)
@example(40.0)
def test_softplus_is_right(x):
    assert close(autograd.softplus(x), decimal_logsumexp([x, 0.0]))


@given(finite)
@example(1.7e308)
def test_the_derivative_of_softplus_is_right(x):
    assert close(autograd.softplus(Value(x)).partials[0], decimal_softmax([x, 0.0])[0])


@given(lists)
@example([1.7e308, 1.7e308])
@example([-1.7e308, 1.7e308])
@example([1000.0, 1000.0, -1000.0])
@example([-1000.0])
def test_logsumexp_is_right(numbers):
    exact = decimal_logsumexp(numbers)
    # Σ is rounded in 6 exponentials and 5 additions, the result once more; the two summands may cancel
    allowed = Decimal("2e-15") + Decimal("2.3e-16") * abs(Decimal(max(numbers)))
    assert abs(Decimal(autograd.logsumexp(numbers)) - exact) <= allowed


@given(lists)
@example([1.7e308, -1.7e308])
def test_the_derivative_of_logsumexp_is_softmax(numbers):
    partials = autograd.logsumexp([Value(x) for x in numbers]).partials
    assert all(map(close, partials, decimal_softmax_of_floats(numbers)))


def test_softmax_is_a_graph_of_few_nodes():
    xs = list(map(Value, [1.0, 2.0, 3.0]))
    probabilities = autograd.softmax(xs)
    for x, p in zip(xs, probabilities, strict=True):
        e, total = p.parents
        assert [p.op, e.op, total.op, e.parents[1].op] == ["/", "exp_of_difference", "total", "maximum"]
        assert e.parents[0] is x
        assert total.parents == tuple(q.parents[0] for q in probabilities)
    assert len(topological_order(*probabilities)) == 3 + 1 + 3 + 1 + 3


def decimal_softmax_of_floats(numbers):
    """Softmax of the numbers after the floats' subtraction of the largest, whose rounding the exponential magnifies."""
    return decimal_softmax([max(x - max(numbers), -1e4) for x in numbers])


@given(lists)
@example([1.7e308, -1.7e308])
@example([-745.0, 0.0])
def test_softmax_is_right(numbers):
    assert all(map(close, autograd.softmax(numbers), decimal_softmax_of_floats(numbers)))


@pytest.mark.parametrize("temperature", [0.1, 2.0, 50.0, 3, True])
def test_a_temperature_divides_what_softmax_takes(temperature):
    xs = [0.5, -1.0, 2.0]
    assert autograd.softmax(xs, temperature) == pytest.approx(
        autograd.softmax([x / float(temperature) for x in xs]), rel=1e-14
    )
    assert [p.data for p in autograd.softmax(list(map(Value, xs)), temperature)] == autograd.softmax(xs, temperature)


def test_towards_temperature_0_the_largest_takes_all():
    assert autograd.softmax([1.0, 3.0, 2.0], 1e-300) == [0.0, 1.0, 0.0]


def test_a_temperature_may_be_a_value_and_has_a_gradient():
    assert autograd.gradcheck(lambda t: autograd.softmax([1.0, 3.0, 2.0], t)[1], 0.7)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(ValueError, match=f"temperature must be greater than 0, got {temperature}"):
        autograd.softmax([1.0, 2.0], temperature)


def test_a_temperature_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match="temperature must be a number or a Value, got 'hot' of type str"):
        autograd.softmax([1.0, 2.0], "hot")


@given(lists)
@example([1.7e308, -1.7e308])
@example([0.0] * 6)
def test_softmax_sums_to_one(numbers):
    assert math.isclose(math.fsum(autograd.softmax(numbers)), 1.0, rel_tol=1e-15)


@given(lists)
@example([1.7e308, -1.7e308])
def test_the_gradient_of_softmax_is_right(numbers):
    values = [Value(x) for x in numbers]
    autograd.softmax(values)[0].backward()
    p = [float(probability) for probability in decimal_softmax_of_floats(numbers)]
    expected = [p[0] * ((i == 0) - p_i) for i, p_i in enumerate(p)]
    assert [v.grad for v in values] == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(lists)
@example([1.7e308, 1.7e308])
@example([0.0, -1000.0])
def test_log_softmax_is_right(numbers):
    largest = max(numbers)
    shifted = [x - largest for x in numbers]  # -inf where the difference is beyond the floats, and so is the result
    total = float(decimal_logsumexp([max(x, -1e308) for x in shifted]))
    assert autograd.log_softmax(numbers) == pytest.approx([x - total for x in shifted], rel=2.3e-16, abs=2e-15)


@given(lists)
@example([1.7e308, -1.7e308])
def test_the_gradient_of_log_softmax_is_right(numbers):
    values = [Value(x) for x in numbers]
    autograd.log_softmax(values)[0].backward()
    expected = [(i == 0) - float(p) for i, p in enumerate(decimal_softmax_of_floats(numbers))]
    assert [v.grad for v in values] == pytest.approx(expected, rel=1e-12, abs=1e-15)


@given(lists)
def test_of_values_and_of_numbers_softmax_gives_the_same(numbers):
    assert [v.data for v in autograd.softmax([Value(x) for x in numbers])] == pytest.approx(
        autograd.softmax(numbers), rel=2e-15, abs=1e-322
    )


# ------------------------------------------------------------------------------------------- planted faults


@pytest.mark.parametrize(
    ("number", "exact"), [(1.0, "1.0000000000001"), (1e-300, "1.0000000000001e-300"), (0.0, "1e-300")]
)
def test_the_comparison_sees_a_difference(number, exact):
    assert not close(number, Decimal(exact))


def test_the_reference_is_not_the_naive_formula():
    assert decimal_logsumexp([-1000.0, -1000.0]) == pytest.approx(Decimal(-1000 + math.log(2)), abs=Decimal("1e-12"))


def test_operands_may_be_named():
    assert autograd.leaky_relu(-2.0, slope=0.5) == -1.0
    assert autograd.atan2(y=0.0, x=1.0) == 0.0
    assert Value(-2.0).leaky_relu(slope=0.5).data == -1.0


def test_an_unknown_name_of_an_operand_is_an_error_that_names_it():
    with pytest.raises(TypeError, match=r"takes x, slope=0.01, got steepness="):
        autograd.leaky_relu(-2.0, steepness=0.5)


def test_a_missing_operand_before_a_named_one_is_an_error():
    with pytest.raises(TypeError, match="takes condition, a, b, got b="):
        autograd.where(True, b=1.0)


def test_where_is_a_method_of_its_condition():
    a, b = Value(5.0), Value(7.0)
    assert Value(1.0).where(a, b).data == 5.0
    assert Value(0.0).where(a, b).data == 7.0


def test_a_list_for_an_operation_of_any_number_of_operands_is_an_error_that_says_what_to_write():
    with pytest.raises(TypeError, match=r"for a list write maximum\(\*xs\)"):
        autograd.maximum([1.0, 2.0])
