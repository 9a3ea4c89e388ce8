"""The Value as a number: construction, operators, comparisons, what it shows."""

import math
import operator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import autograd
from autograd import OPERATIONS, Value
from autograd.nodes import apply

SCALARS = [
    bool, int, float, np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64,
    np.float16, np.float32, np.float64, np.longdouble, np.array,
]  # fmt: skip
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge]
NO_NUMBERS = ["1", None, [1.0], (1.0,), 1j, {}, b"1", object, np.array([1.0]), np.complex128(1)]
NO_NUMBERS += [np.datetime64("2020"), np.timedelta64(1, "s"), np.ma.masked]
floats = st.floats()  # with nan, inf, subnormals and both zeros


def of(function):
    return function.__name__


def bits(numbers):
    """The numbers so that == means: the same to the last bit; one nan is as good as another."""
    return [repr(number) for number in numbers]


# -------------------------------------------------------------------------------------------- construction


@pytest.mark.parametrize("scalar", SCALARS, ids=of)
def test_a_value_of_any_scalar_holds_a_float(scalar):
    x = Value(scalar(1))
    assert (type(x.data), x.data) == (float, 1.0)


def test_a_new_value_is_a_leaf_without_gradient():
    x = Value(2.0)
    assert (x.grad, x.op, x.parents, x.partials, x.label) == (0.0, "", (), (), "")


@pytest.mark.parametrize("wrong", NO_NUMBERS, ids=repr)
def test_a_value_of_anything_else_is_a_type_error_that_names_it(wrong):
    with pytest.raises(TypeError, match=f"one real number; got .* of type {type(wrong).__name__}"):
        Value(wrong)


def test_a_value_of_a_value_is_a_type_error_that_says_so():
    with pytest.raises(TypeError, match="it is a Value already"):
        Value(Value(1.0))


@pytest.mark.parametrize(
    "use", [Value, lambda n: Value(1.0) + n, lambda n: n * Value(1.0), autograd.exp], ids=["Value", "+", "*", "exp"]
)
def test_an_int_beyond_the_floats_is_an_overflow_error_as_in_python(use):
    with pytest.raises(OverflowError, match="int too large to convert to float"):
        use(10**400)


def test_no_other_attribute_can_be_set():
    with pytest.raises(AttributeError):
        Value(1.0).gard = 2.0


# ------------------------------------------------------------------------------------------- data and grad


def test_data_of_a_leaf_can_be_assigned():
    x = Value(1.0)
    x.data = 2
    assert (type(x.data), x.data) == (float, 2.0)


def test_grad_can_be_assigned():
    x = Value(1.0)
    x.grad = np.int8(2)
    assert (type(x.grad), x.grad) == (float, 2.0)


@pytest.mark.parametrize("name", ["data", "grad"])
@pytest.mark.parametrize("wrong", [*NO_NUMBERS, Value(1.0)], ids=repr)
def test_assigning_anything_but_a_number_is_a_type_error(name, wrong):
    with pytest.raises(TypeError, match="one real number"):
        setattr(Value(1.0), name, wrong)


def test_data_of_an_inner_node_cannot_be_assigned():
    node = Value(1.0) * 2
    with pytest.raises(
        AttributeError, match=r"inner node \('\*'\) is computed.*assign the data of a leaf and call forward"
    ):
        node.data = 3.0
    assert node.data == 2.0


@pytest.mark.parametrize("name", ["op", "parents", "partials", "_op", "_prev"])
def test_what_the_graph_is_cannot_be_assigned(name):
    with pytest.raises(AttributeError):
        setattr(Value(1.0), name, ())


def test_the_graph_can_be_looked_at():
    a, b = Value(2.0), Value(3.0)
    product = a * b
    assert (product.op, product.parents, product.partials) == ("*", (a, b), (3.0, 2.0))


def test_a_node_that_is_both_operands_is_a_parent_twice():
    a = Value(2.0)
    assert (a + a).parents == (a, a)


def test_the_names_of_micrograd_answer_the_same():
    node = Value(2.0) ** 2
    assert (node._op, node._prev) == (node.op, node.parents)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_op_is_the_symbol(operation):
    assert apply(operation, *[Value(1.0)] * len(operation.domain)).op == operation.symbol


# --------------------------------------------------------------------------------------------- as a number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Value(2.0), "Value(data=2.0, grad=0.0)"),
        (Value(2.0, label="a"), "Value(data=2.0, grad=0.0, label='a')"),
        (Value(math.nan), "Value(data=nan, grad=0.0)"),
    ],
)
def test_repr(value, text):
    assert (repr(value), str(value), f"{value}") == (text, text, text)


@pytest.mark.parametrize("code", [".2f", "e", "+.1%", ">10", "g", ""])
def test_a_format_code_formats_the_number(code):
    expected = format(2.5, code) if code else "Value(data=2.5, grad=0.0)"
    assert format(Value(2.5), code) == expected


@pytest.mark.parametrize("convert", [float, int, round, bool, complex, math.floor, math.ceil], ids=of)
@pytest.mark.parametrize("number", [2.5, -2.5, 0.0])
def test_conversions_are_those_of_the_number(convert, number):
    converted = convert(Value(number))
    assert (type(converted), converted) == (type(convert(number)), convert(number))


def test_round_to_digits_gives_a_float():
    assert round(Value(2.345), 1) == 2.3


@pytest.mark.parametrize("x", [-2.5, -0.0, 2.5, 1e300])
@pytest.mark.parametrize("whole", [math.trunc, math.floor, math.ceil])
def test_whole_numbers_are_those_of_the_float(whole, x):
    number = whole(Value(x))
    assert (type(number), number) == (int, whole(x))


@pytest.mark.parametrize(("x", "error"), [(math.nan, ValueError), (math.inf, OverflowError)])
@pytest.mark.parametrize("whole", [math.trunc, math.floor, math.ceil])
def test_of_nan_and_infinity_there_is_no_whole_number(whole, x, error):
    with pytest.raises(error, match="cannot convert float"):
        whole(Value(x))


@pytest.mark.parametrize("number", [0.0, -0.0])
def test_zero_is_false(number):
    assert not Value(number)


@pytest.mark.parametrize("number", [1e-300, -1.0, math.inf, math.nan])
def test_any_other_number_is_true(number):
    assert Value(number)


def test_plus_is_the_node_itself():
    x = Value(1.0)
    assert +x is x


def test_sum_of_a_list():
    values = [Value(1.0), Value(2.0)]
    total = sum(values)
    total.backward()
    assert (total.data, [v.grad for v in values]) == (3.0, [1.0, 1.0])


# ---------------------------------------------------------------------------------------------- operators


@pytest.mark.parametrize("scalar", SCALARS, ids=of)
@pytest.mark.parametrize("symbol", OPERATORS, ids=of)
def test_a_scalar_may_stand_on_the_right(symbol, scalar):
    node = symbol(Value(3.0), scalar(1))
    assert (type(node), type(node.data), node.data) == (Value, float, symbol(3.0, 1.0))


@pytest.mark.parametrize("scalar", SCALARS, ids=of)
@pytest.mark.parametrize("symbol", OPERATORS, ids=of)
def test_a_scalar_may_stand_on_the_left(symbol, scalar):
    node = symbol(scalar(1), Value(3.0))
    assert (type(node), type(node.data), node.data) == (Value, float, symbol(1.0, 3.0))


@pytest.mark.parametrize("scalar", SCALARS, ids=of)
@pytest.mark.parametrize("symbol", OPERATORS, ids=of)
def test_a_scalar_on_the_left_becomes_the_first_parent(symbol, scalar):
    x = Value(3.0)
    first, second = symbol(scalar(1), x).parents
    assert (first.data, second) == (1.0, x)


@pytest.mark.parametrize("wrong", ["1", None, 1j, {}, b"1", object], ids=repr)
@pytest.mark.parametrize("symbol", [*OPERATORS, *COMPARISONS], ids=of)
def test_any_other_operand_is_a_type_error_on_the_right(symbol, wrong):
    with pytest.raises(TypeError):
        symbol(Value(3.0), wrong)


@pytest.mark.parametrize("wrong", ["1", None, 1j, [1.0], {}, object], ids=repr)
@pytest.mark.parametrize("symbol", [*OPERATORS, *COMPARISONS], ids=of)
def test_any_other_operand_is_a_type_error_on_the_left(symbol, wrong):
    with pytest.raises(TypeError):
        symbol(wrong, Value(3.0))


@pytest.mark.parametrize("symbol", [operator.floordiv, operator.mod, operator.matmul, operator.and_, divmod], ids=of)
def test_operators_without_a_derivative_are_type_errors(symbol):
    with pytest.raises(TypeError, match="unsupported operand"):
        symbol(Value(3.0), 2.0)


def test_power_with_a_modulus_is_a_type_error():
    with pytest.raises(TypeError):
        pow(Value(3.0), 2, 5)


class Tensor:
    """As a scalar of another library, PyTorch for instance, which has gradients of its own."""

    shape, dtype = (), object()

    def __float__(self):
        return 3.0


def test_a_scalar_of_another_library_is_no_plain_number():
    with pytest.raises(TypeError, match="a Value holds one real number"):
        Value(Tensor())
    with pytest.raises(TypeError, match="unsupported operand"):
        Value(2.0) * Tensor()


@pytest.mark.parametrize(
    "method", [Value.backward, Value.forward, Value.__lt__, Value.__float__, Value.conjugate, Value.grad.fget]
)
def test_a_method_that_another_file_adds_is_named_after_its_class(method):
    assert method.__qualname__ == f"Value.{method.__name__}"


def test_a_subclass_is_refused_and_told_why():
    with pytest.raises(TypeError, match=r"^Tagged cannot be a subclass of Value: operations give Values, not Tagged"):

        class Tagged(Value):
            pass


# The five operations that Value writes out, against the rule book.


def same_as_the_book(name, written_out, *numbers):
    node, rule = written_out(*map(Value, numbers)), apply(OPERATIONS[name], *map(Value, numbers))
    return node._operation is OPERATIONS[name] and bits([node.data, *node.partials]) == bits(
        [rule.data, *rule.partials]
    )


WRITTEN_OUT = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}


@pytest.mark.parametrize("name", WRITTEN_OUT)
@given(floats, floats)
@example(1.0, 0.0)
@example(-1.0, -0.0)
@example(0.0, 0.0)
@example(math.inf, math.inf)
@example(5e-324, 5e-324)
@example(1.7e308, -1.7e308)
def test_the_operator_equals_the_rule_book_bit_for_bit(name, a, b):
    assert same_as_the_book(name, WRITTEN_OUT[name], a, b)


@given(floats)
@example(0.0)
def test_the_negative_equals_the_rule_book_bit_for_bit(x):
    assert same_as_the_book("neg", operator.neg, x)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("add", operator.sub),
        ("mul", lambda a, b: b * a),
        ("mul", lambda a, b: a * b * 1.0),
        ("sub", lambda a, b: a + -b),
    ],
    ids=["value", "order of partials", "partials", "operation"],
)
def test_the_comparison_with_the_rule_book_sees_a_difference(name, wrong):
    assert not same_as_the_book(name, wrong, 2.0, 3.0)


# --------------------------------------------------------------------------------- comparisons, hash, equality


@pytest.mark.parametrize("compare", COMPARISONS, ids=of)
@given(floats, floats)
@example(1.0, 1.0)
@example(math.nan, 1.0)
def test_comparisons_are_those_of_the_numbers(compare, a, b):
    expected = compare(a, b)
    assert [compare(Value(a), Value(b)), compare(Value(a), b), compare(a, Value(b))] == [expected] * 3


@pytest.mark.parametrize("scalar", SCALARS, ids=of)
@pytest.mark.parametrize("compare", COMPARISONS, ids=of)
def test_comparisons_with_any_scalar_give_what_the_number_gives(compare, scalar):
    expected = compare(1.0, 1.0)
    assert [bool(compare(Value(1.0), scalar(1))), bool(compare(scalar(1), Value(1.0)))] == [expected] * 2


def test_an_int_beyond_the_floats_can_be_compared():
    assert Value(1.7e308) < 10**400


def test_values_can_be_sorted():
    a, b, c = Value(2.0), Value(-1.0), Value(0.5)
    assert sorted([a, b, c]) == [b, c, a]


def test_max_gives_the_node_itself():
    a, b = Value(2.0), Value(-1.0)
    assert max(b, a) is a


def test_equality_is_identity():
    a = Value(1.0)
    assert [a == a, a == Value(1.0), a == 1.0, a != Value(1.0)] == [True, False, False, True]


def test_the_hash_is_that_of_the_identity():
    a, b = Value(1.0), Value(1.0)
    assert len({a, b, a}) == 2
