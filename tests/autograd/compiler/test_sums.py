"""Pass 3: trees of additions become sums of products. Each tape is written out, before and after."""

import pytest

from autograd.compiler.sums import find_sums

LEAVES = """
    0 = input(0, 0)
    1 = input(0, 1)
    2 = parameter(0)
    3 = parameter(1)
    4 = parameter(2)
"""


@pytest.fixture
def sums(tape_of):
    """The tape after the pass, below the leaves; all of them are results too, so that none is dropped."""

    def sums(text):
        tape = tape_of(LEAVES + text)
        tape.outputs += range(5)
        result, _ = find_sums(tape)
        assert result.outputs[-5:] == [*range(5)]
        del result.outputs[-5:]
        return str(result).splitlines()[5:]

    return sums


def test_a_neuron_is_one_node(sums):
    text = """
        5 = mul(0, 2)
        6 = mul(1, 3)
        7 = add(5, 6)
        8 = add(7, 4)
        9 = tanh(8)
        return 9
    """
    assert sums(text) == ["5 = + 0·2 + 1·3 + 4", "6 = tanh(5)", "return 6"]


def test_a_balanced_tree_is_one_node(sums):
    text = """
        5 = add(0, 1)
        6 = add(2, 3)
        7 = add(5, 6)
        return 7
    """
    assert sums(text) == ["5 = + 0 + 1 + 2 + 3", "return 5"]


def test_a_sum_of_many_is_one_with_what_it_sums(sums):
    text = """
        5 = mul(0, 2)
        6 = add(1, 3)
        7 = _total(5, 6, 4)
        8 = sub(7, 2)
        return 8
    """
    assert sums(text) == ["5 = + 0·2 + 1 + 3 + 4 - 2", "return 5"]


def test_a_sum_of_one_is_one_term(sums):
    text = """
        5 = mul(0, 2)
        6 = _total(5)
        7 = tanh(6)
        return 7
    """
    assert sums(text) == ["5 = + 0·2", "6 = tanh(5)", "return 6"]


def test_signs_go_through_subtractions_and_negations(sums):
    text = """
        5 = mul(0, 2)
        6 = sub(1, 5)
        7 = neg(6)
        8 = sub(4, 7)
        return 8
    """
    assert sums(text) == ["5 = + 4 + 1 - 0·2", "return 5"]


def test_a_negated_factor_changes_the_sign_of_the_term(sums):
    text = """
        5 = neg(0)
        6 = mul(5, 2)
        7 = add(6, 1)
        return 7
    """
    assert sums(text) == ["5 = - 0·2 + 1", "return 5"]


def test_a_negated_sum_as_a_factor_stays_a_sum(sums):
    text = """
        5 = add(0, 1)
        6 = neg(5)
        7 = mul(6, 2)
        8 = add(7, 3)
        return 8
    """
    assert sums(text) == ["5 = + 0 + 1", "6 = - 5·2 + 3", "return 6"]


@pytest.mark.parametrize("inner", ["neg(0)", "mul(0, 1)", "sub(0, 1)", "dot(0, 1)", "exp(0)"])
def test_whatever_is_negated_as_a_factor_is_computed(sums, inner):
    lines = sums(f"5 = {inner}\n6 = neg(5)\n7 = mul(6, 2)\n8 = sub(7, 3)\nreturn 8")
    assert lines[1:] == ["6 = - 5·2 - 3", "return 6"]


def test_dot_is_a_sum(sums):
    text = """
        5 = dot(0, 1, 2, 3)
        6 = add(5, 4)
        return 6
    """
    assert sums(text) == ["5 = + 0·2 + 1·3 + 4", "return 5"]


def test_an_addition_that_is_used_twice_stays(sums):
    text = """
        5 = add(0, 2)
        6 = sin(5)
        7 = add(5, 6)
        return 7
    """
    assert sums(text) == ["5 = + 0 + 2", "6 = sin(5)", "7 = + 5 + 6", "return 7"]


def test_an_addition_that_is_a_result_stays(sums):
    text = """
        5 = add(0, 2)
        6 = add(5, 1)
        return 6, 5
    """
    assert sums(text) == ["5 = + 0 + 2", "6 = + 5 + 1", "return 6, 5"]


def test_a_product_that_something_else_uses_stays(sums):
    text = """
        5 = mul(0, 2)
        6 = sin(5)
        7 = add(5, 6)
        return 7
    """
    assert sums(text) == ["5 = mul(0, 2)", "6 = sin(5)", "7 = + 5 + 6", "return 7"]


def test_a_product_that_several_sums_use_is_a_term_of_each(sums):
    text = """
        5 = mul(0, 2)
        6 = add(5, 3)
        7 = add(5, 4)
        return 6, 7
    """
    assert sums(text) == ["5 = + 0·2 + 3", "6 = + 0·2 + 4", "return 5, 6"]


def test_a_division_by_a_constant_is_a_product(sums):
    text = """
        5 = 4
        6 = div(0, 5)
        7 = add(6, 1)
        return 7
    """
    assert sums(text) == ["5 = 4", "6 = 0.25", "7 = + 6·0 + 1", "return 7"]


@pytest.mark.parametrize("inner", ["neg(0)", "mul(0, 1)", "sub(0, 1)", "exp(0)"])
def test_a_negative_divided_by_a_constant_changes_the_sign_of_the_term(sums, inner):
    lines = sums(f"5 = {inner}\n6 = neg(5)\n7 = 4\n8 = div(6, 7)\n9 = add(8, 1)\nreturn 9")
    assert lines[-3:] == ["7 = 0.25", "8 = - 7·5 + 1", "return 8"]


def test_a_division_by_zero_stays_a_division(sums):
    text = """
        5 = 0
        6 = div(0, 5)
        7 = add(6, 1)
        return 7
    """
    assert sums(text)[1:] == ["6 = div(0, 5)", "7 = + 6 + 1", "return 7"]


def test_the_constants_of_a_sum_are_one(sums):
    text = """
        5 = 2
        6 = 5
        7 = add(0, 5)
        8 = sub(7, 6)
        return 8
    """
    assert sums(text) == ["5 = 2", "6 = 5", "7 = -3", "8 = + 0 + 7", "return 8"]


def test_adding_nothing_disappears(sums):
    text = """
        5 = 0
        6 = add(5, 0)
        7 = add(6, 1)
        return 7
    """
    assert sums(text) == ["5 = 0", "6 = + 0 + 1", "return 6"]


def test_two_sums_of_products_without_a_common_factor_are_one(sums):
    text = """
        5 = mul(0, 2)
        6 = mul(1, 3)
        7 = add(5, 6)
        8 = mul(0, 4)
        9 = mul(1, 4)
        10 = sin(4)
        11 = mul(2, 10)
        12 = mul(3, 10)
        13 = add(11, 12)
        14 = add(7, 13)
        15 = add(8, 9)
        return 14, 15
    """
    assert sums(text)[0] == "5 = sin(4)"
    # x₀w₀ + x₁w₁ and w₀s + w₁s share the factors w₀ and w₁: they stay two neurons that are added
    assert sums(text)[1:] == ["6 = + 0·2 + 1·3", "7 = + 2·5 + 3·5", "8 = + 6 + 7", "9 = + 0·4 + 1·4", "return 8, 9"]


def test_neurons_that_are_added_up_stay_neurons(sums):
    text = """
        5 = mul(0, 2)
        6 = mul(1, 3)
        7 = add(5, 6)
        8 = mul(0, 3)
        9 = mul(1, 4)
        10 = add(8, 9)
        11 = sub(7, 10)
        return 11
    """
    assert sums(text) == ["5 = + 0·2 + 1·3", "6 = + 0·3 + 1·4", "7 = + 5 - 6", "return 7"]


# ---------------------------------------------------------------- what became of each node: -2 - 2k, -3 - 2k are parts


@pytest.mark.parametrize(
    ("text", "sums", "became"),
    [
        ("5 = mul(0, 2)\n6 = mul(1, 3)\n7 = add(5, 6)\n8 = add(7, 4)\nreturn 8", ["+ 0·2 + 1·3 + 4"], [-2, -4, -5, -7]),
        ("5 = mul(0, 2)\n6 = add(4, 5)\n7 = exp(6)\nreturn 7", ["+ 4 + 0·2", "exp(5)"], [-4, -5, 6]),
        ("5 = neg(0)\n6 = mul(5, 2)\n7 = sub(3, 6)\nreturn 7", ["+ 3 + 0·2"], [-4, -4, -5]),  # a negated factor
        ("5 = mul(0, 2)\n6 = neg(5)\n7 = sub(6, 3)\nreturn 7", ["- 0·2 - 3"], [-2, 5, -5]),  # the sum's own sign
        ("5 = dot(0, 1, 2, 3)\n6 = add(5, 4)\nreturn 6", ["+ 0·2 + 1·3 + 4"], [-2, -7]),  # its first term
        ("5 = exp(0)\n6 = tanh(1)\nreturn 6", ["tanh(1)"], [-1, 5]),  # nothing needs the first
        ("5 = 1\n6 = add(5, 0)\n7 = add(6, 1)\nreturn 7", ["1", "1", "+ 0 + 1 + 6"], [5, -7, -5]),
        ("5 = 1\n6 = add(0, 5)\n7 = sub(6, 5)\nreturn 7", ["1", "+ 0"], [5, 6, 6]),
        ("5 = mul(0, 2)\n6 = add(5, 3)\n7 = add(5, 4)\nreturn 6, 7", ["+ 0·2 + 3", "+ 0·2 + 4"], [-2, -5, -9]),
    ],
)  # fmt: skip
def test_what_became_of_each_node(tape_of, text, sums, became):
    tape = tape_of(LEAVES + text)
    outputs = len(tape.outputs)
    tape.outputs += range(5)
    result, found = find_sums(tape)
    assert found.tolist() == [0, 1, 2, 3, 4, *became]
    assert [line.partition(" = ")[2] for line in str(result).splitlines()[5:-1]] == sums
    assert result.outputs[outputs:] == [0, 1, 2, 3, 4]


def test_neurons_that_are_added_up_have_their_own_parts(tape_of):
    tape = tape_of(
        LEAVES
        + """
        5 = mul(0, 2)
        6 = mul(1, 3)
        7 = add(5, 6)
        8 = mul(0, 3)
        9 = mul(1, 4)
        10 = add(8, 9)
        11 = sub(7, 10)
        return 11
    """
    )
    result, became = find_sums(tape)
    assert str(result).splitlines()[5:-1] == ["5 = + 0·2 + 1·3", "6 = + 0·3 + 1·4", "7 = + 5 - 6"]
    assert became[5:].tolist() == [-2, -4, -5, -6, -8, -9, -13]


def test_the_input_is_not_changed(tape_of):
    tape = tape_of(LEAVES + "5 = add(0, 2)\n6 = sub(5, 1)\nreturn 6")
    before = str(tape)
    find_sums(tape)
    assert str(tape) == before


def test_a_very_long_sum_is_no_recursion(tape_of):
    count = 5000
    lines = [f"{i} = input(0, {i})" for i in range(count)] + [f"{count} = add(0, 1)"]
    lines += [f"{count + i} = add({count + i - 1}, {i + 1})" for i in range(1, count - 1)]
    tape, _ = find_sums(tape_of("\n".join([*lines, f"return {2 * count - 2}"])))
    assert len(tape) == count + 1
    assert tape.operands(count).left == list(range(count))
