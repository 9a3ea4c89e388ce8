"""Pass 2: constants are folded, equal nodes merged, and it is known what each node of the tape became."""

from textwrap import dedent

from autograd import Value, exp, grad
from autograd.compiler.folding import fold
from autograd.compiler.trace import trace


def folded(f):
    """The folded tape of a function of one number."""
    return fold(trace(f, [()])[0])[0]


def text(f):
    return str(folded(f))


def lines(text):
    return dedent(text).strip()


def test_constants_are_folded():
    w = Value(2.0)
    assert text(lambda x: w * (exp(Value(0.0)) + 1.5) + x) == lines(
        """
        0 = 0
        1 = 1.5
        2 = parameter(0)
        3 = input(0, 0)
        4 = 1
        5 = 2.5
        6 = mul(2, 5)
        7 = add(6, 3)
        return 7
        """
    )


def test_constants_are_folded_by_ieee_arithmetic():
    tape = folded(lambda x: [x * (Value(0.0) ** -1.0), x * Value(-1.0).log()])
    assert list(map(str, tape.constants)) == ["0.0", "-1.0", "inf", "nan"]


def test_a_zero_and_a_negative_zero_are_two_constants():
    tape = folded(lambda x: [x * 0.0, x * -0.0, x * 0.0])
    assert list(map(str, tape.constants)) == ["0.0", "-0.0"]


def test_a_number_plus_minus_zero_is_itself_and_plus_zero_is_not():
    assert str(folded(lambda x: [x + -0.0, x + 0.0]).outputs) == "[0, 3]"


def test_a_derivative_inside_of_a_function_leaves_no_node_that_changes_nothing():
    assert text(grad(grad(lambda v: exp(v) - 2.0 * v))) == lines(
        """
        0 = input(0, 0)
        1 = -0
        2 = exp(0)
        return 2
        """
    )


def test_equal_nodes_are_one():
    assert text(lambda x: (x * x).sin() + (x * x).sin()) == lines(
        """
        0 = input(0, 0)
        1 = mul(0, 0)
        2 = sin(1)
        3 = add(2, 2)
        return 3
        """
    )


def test_a_square_is_a_product():
    assert text(lambda x: x**2).splitlines()[-2:] == ["2 = mul(0, 0)", "return 2"]


def test_each_node_has_become_one_of_the_result():
    w = Value(2.0)
    tape, _ = trace(lambda x: (w * x**2 + 1.0) * (w * (x * x) + (3.0 - 2.0)), [()])
    assert str(tape) == lines(
        """
        0 = input(0, 0)
        1 = 2
        2 = parameter(0)
        3 = 1
        4 = pow(0, 1)
        5 = mul(2, 4)
        6 = add(5, 3)
        7 = mul(0, 0)
        8 = mul(2, 7)
        9 = add(8, 3)
        10 = mul(6, 9)
        return 10
        """
    )
    result, became = fold(tape)
    assert str(result) == lines(
        """
        0 = input(0, 0)
        1 = 2
        2 = parameter(0)
        3 = 1
        4 = mul(0, 0)
        5 = mul(2, 4)
        6 = add(5, 3)
        7 = mul(6, 6)
        return 7
        """
    )
    assert became.tolist() == [0, 1, 2, 3, 4, 5, 6, 4, 5, 6, 7]


def test_the_tape_is_not_changed():
    tape, _ = trace(lambda x: x**2 + x**2, [()])
    before = str(tape)
    fold(tape)
    assert str(tape) == before
