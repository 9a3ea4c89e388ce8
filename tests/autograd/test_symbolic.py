"""The symbolic reader of the rule book: what it reads computes what the rule computes, and what it cannot read."""

import math
import random

import pytest

from autograd import OPERATIONS, Operation, ieee
from autograd.operations import LEAF
from autograd.symbolic import OPERAND, RESULT, Rule, Symbol, Symbols, in_order, is_number, on_numbers, read_rule

POINTS = 20
TAKES = ("take", "_finished")  # whose first operand is an index
EDGES = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 0.5, -2.0, 800.0, 1e-300]


def counts_of(operation):
    """The numbers of operands to test."""
    if not operation.operands[-1].startswith("*"):
        return [len(operation.operands)]
    return {"dot": [2, 6], "take": [2, 5], "_finished": [2, 5]}.get(operation.name, [1, 2, 5])


CASES = [
    pytest.param(operation, count, id=f"{operation.name}-{count}")
    for operation in OPERATIONS.values()
    for count in counts_of(operation)
]


def points(operation, count):
    """Operands over the domain of the rule, and where IEEE 754 has its corners."""
    generator = random.Random(f"{operation.name} of {count}")
    domain = (*operation.domain, *operation.domain[-1:] * count)[:count]
    index = [float(generator.randrange(max(count - 1, 1)))] * (operation.name in TAKES)
    for _ in range(POINTS):
        drawn = [generator.choice(sorted(i)) if isinstance(i, set) else generator.uniform(*i) for i in domain]
        yield (index + drawn)[:count]
        yield (index + generator.choices(EDGES, k=count))[:count]


def computed(rule, operands, y):
    """The value and the partials of a rule that was read, at these numbers."""
    done = {}
    for symbol in in_order([rule.value, *rule.partials]):
        if symbol.function in (OPERAND, RESULT):
            number = y if symbol.function == RESULT else operands[symbol.arguments[0]]
        else:
            arguments = [done[id(x)] if isinstance(x, Symbol) else x for x in symbol.arguments]
            number = on_numbers(symbol.function, arguments)
        done[id(symbol)] = number
    return [float(done[id(x)] if isinstance(x, Symbol) else x).hex() for x in (rule.value, *rule.partials)]


def expected(operation, operands):
    y = operation.value(ieee, *operands)
    return y, [float(number).hex() for number in (y, *operation.partials(ieee, y, *operands))]


# ------------------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize(("operation", "count"), CASES)
def test_what_is_read_computes_what_the_rule_computes(operation, count):
    rule = read_rule(operation, count)
    for operands in points(operation, count):
        y, numbers = expected(operation, operands)
        assert computed(rule, operands, y) == numbers


class Textbook:
    """The namespace of textbooks, on floats."""

    textbook = True

    def __getattr__(self, name):
        return getattr(ieee, name)

    @staticmethod
    def node(name, *operands):
        return OPERATIONS[name].value(ieee, *operands)


@pytest.mark.parametrize(("operation", "count"), CASES)
def test_the_derivative_of_textbooks_is_the_exact_one(operation, count):
    domain = (*operation.domain, *operation.domain[-1:] * count)[:count]
    generator = random.Random(operation.name)
    for _ in range(POINTS):
        operands = [generator.choice(sorted(i)) if isinstance(i, set) else generator.uniform(*i) for i in domain]
        operands[:1] = [0.0] if operation.name in TAKES else operands[:1]
        y = operation.value(ieee, *operands)
        assert operation.partials(Textbook(), y, *operands) == pytest.approx(operation.partials(ieee, y, *operands))


@pytest.mark.parametrize(("right", "wrong"), [("sinh", "cosh"), ("relu", "elu"), ("maximum", "minimum")])
def test_the_comparison_sees_another_rule(right, wrong):
    rule = read_rule(OPERATIONS[wrong], 2 if wrong in ("elu", "minimum") else 1)
    operands = [-0.5, 0.75][: len(rule.partials)]
    y, numbers = expected(OPERATIONS[right], operands[: 2 if right == "maximum" else 1])
    assert computed(rule, operands, y)[: len(numbers)] != numbers


def text(x):
    if not isinstance(x, Symbol):
        return f"{x:g}"
    if x.function == OPERAND:
        return f"x{x.arguments[0]}"
    return f"{x.function}({', '.join(map(text, x.arguments))})" if x.arguments else x.function


@pytest.mark.parametrize(
    ("name", "count", "value", "partials"),
    [
        ("add", 2, "+(x0, x1)", ["1", "1"]),
        ("div", 2, "div(x0, x1)", ["div(1, x1)", "div(negative(y), x1)"]),
        ("neg", 1, "negative(x0)", ["-1"]),
        ("less", 2, "where(<(x0, x1), 1, 0)", ["0", "0"]),
        ("relu", 1, "where(<=(x0, 0), 0, x0)", ["where(<=(y, 0), 0, 1)"]),
        ("dot", 4, "total(*(x0, x2), *(x1, x3))", ["x2", "x3", "x0", "x1"]),
        ("minimum", 3, "minimum(x0, x1, x2)", None),
        ("take", 3, "take(x0, x1, x2)", None),
        ("where", 3, "where(x0, x1, x2)", ["0", "where(x0, 1, 0)", "where(x0, 0, 1)"]),
    ],
)
def test_a_rule_as_expressions(name, count, value, partials):
    rule = read_rule(OPERATIONS[name], count)
    assert text(rule.value) == value
    assert partials is None or [*map(text, rule.partials)] == partials


def test_a_marker_computes_nothing():
    assert read_rule(LEAF, 0) == Rule(None, [])


def test_functions_of_plain_numbers_are_plain_numbers():
    m = Symbols()
    assert [m.exp(0.0), m.maximum(1.0, 2.0), m.where(False, 1.0, 2.0)] == [1.0, 2.0, 2.0]
    x = Symbol(OPERAND, 0)
    assert m.where(True, x, 2.0) is x


def test_numbers_in_expressions_are_floats():
    assert [type(x) for x in (Symbol(OPERAND, 0) * 2).arguments] == [Symbol, float]


def test_a_symbol_is_no_plain_number():
    assert [is_number(x, 1.0) for x in (1.0, 1, 2.0, Symbol(RESULT))] == [True, True, False, False]


def test_an_order_has_each_symbol_once_and_after_its_arguments():
    a, b = Symbol(OPERAND, 0), Symbol(OPERAND, 1)
    square = a * a
    order = in_order([square + b, 2.0, square])
    assert [*map(text, order)] == ["x0", "*(x0, x0)", "x1", "+(*(x0, x0), x1)"]


def test_an_order_may_be_long():
    x = Symbol(OPERAND, 0)
    for _ in range(10_000):
        x = x + 1.0
    assert len(in_order([x])) == 10_001


# -------------------------------------------------------------------------------------------- what cannot be read


def identity(**changes):
    return Operation("mine", "mine", lambda m, x: x, lambda m, y, x: (1.0,), ())._replace(**changes)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (identity(value=lambda m, x: m.bessel(x)), r"it calls m\.bessel, which is no function of autograd\.ieee"),
        (identity(partials=lambda m, y, x: (m.bessel(2.0),)), r"it calls m\.bessel"),
        (identity(value=lambda m, x: x * m.inf), r"it calls m\.inf"),
        (identity(value=lambda m, x: x if x > 0 else -x), r"it branches on a number.*m\.where"),
        (identity(value=lambda m, x: max(x, 0.0)), r"it branches on a number"),
        (identity(value=lambda m, x: 1.0 if x == 0 else x), r"write abs\(a - b\) <= 0"),
        (identity(value=lambda m, x: math.exp(x)), r"call the function on m, such as m\.exp\(x\)"),
        (identity(value=lambda m, x: 1.0 / x), r"write m\.div"),
        (identity(value=lambda m, x: x / 2.0), r"write m\.div"),
        (identity(value=lambda m, x: x**2), r"m\.pow"),
        (identity(value=lambda m, x: 2**x), r"m\.pow"),
        (identity(value=lambda m, x: x % 2.0), r"unsupported operand"),
        (identity(value=lambda m, x: "x"), r"could not convert"),
        (identity(value=lambda m, x: None), r"NoneType"),
        (identity(partials=lambda m, y, x: (1.0, 2.0)), r"it gives 2 partial derivatives for 1 operand"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(operation, message):
    with pytest.raises(ValueError, match=r"(?s)^the rule of the operation 'mine' cannot be read: .*" + message):
        read_rule(operation, 1)
