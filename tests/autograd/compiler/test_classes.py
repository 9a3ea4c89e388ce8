"""Pass 4: which nodes one array operation can compute. Each tape is written out, and the classes of it."""

from textwrap import dedent

import pytest

from autograd import Value
from autograd.compiler.folding import fold
from autograd.compiler.grouping import find_classes
from autograd.compiler.sums import find_sums
from autograd.compiler.trace import trace


@pytest.fixture
def classes(tape_of):
    return lambda text: str(find_classes(tape_of(text))[0])


def lines(text):
    return dedent(text).strip()


def test_two_neurons_are_one_contraction_and_one_sum(classes):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = parameter(0)
        3 = parameter(1)
        4 = parameter(2)
        5 = + 0·2 + 1·3 + 4
        6 = + 1·4 + 0·3 + 2
        7 = tanh(5)
        8 = tanh(6)
        return 7, 8
    """
    assert classes(text) == lines(
        """
        c0 = input(): 2 nodes
        c1 = parameter(): 3 nodes, once per call
        c2 = contract(*c1, *c0): 2 nodes
        c3 = sum(c1, c2): 2 nodes
        c4 = tanh(c3): 2 nodes
        """
    )


def test_the_same_products_with_another_bias_are_one_contraction(classes):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = parameter(0)
        3 = 7
        4 = + 0·2 + 1·2 + 2
        5 = + 0·2 + 1·2 + 3
        6 = + 0·2 + 1·2
        return 4, 5, 6
    """
    assert classes(text).splitlines()[3:] == [
        "c3 = contract(*c1, *c0): 3 nodes",
        "c4 = sum(c1, c3): 1 nodes",
        "c5 = sum(c2, c3): 1 nodes",
    ]


def test_contractions_of_any_length_are_one_class(classes):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = input(0, 2)
        3 = + 0·0 + 1·1
        4 = + 0·1 + 1·2 + 2·0
        5 = + 0 + 1
        return 3, 4, 5
    """
    assert classes(text).splitlines()[1:] == ["c1 = contract(*c0, *c0): 2 nodes", "c2 = contract(*c0): 1 nodes"]


def test_terms_of_another_sign_are_another_contraction(classes):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = + 0 - 1
        3 = - 1 + 0
        4 = - 0 - 1
        return 2, 3, 4
    """
    assert classes(text) == lines(
        """
        c0 = input(): 2 nodes
        c1 = sum(c0, -c0): 2 nodes
        c2 = contract(*c0): 1 nodes
        c3 = sum(-c2): 1 nodes
        """
    )


def test_a_single_product_in_a_sum_is_a_product(classes):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = + 0·1 + 1
        return 2
    """
    assert classes(text).splitlines()[2:] == ["c2 = mul(c1, c0): 1 nodes", "c3 = sum(c1, c2): 1 nodes"]


def test_the_order_of_a_product_or_a_maximum_does_not_matter(classes):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = mul(0, 1)
        3 = mul(1, 0)
        4 = maximum(0, 1)
        5 = maximum(1, 0)
        return 2, 3, 4, 5
    """
    assert classes(text).splitlines()[2:] == ["c2 = mul(c1, c0): 2 nodes", "c3 = maximum(*c1, *c0): 2 nodes"]


def test_the_order_of_other_operands_does(classes):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = div(0, 1)
        3 = div(1, 0)
        return 2, 3
    """
    assert classes(text).splitlines()[2:] == ["c2 = div(c0, c1): 1 nodes", "c3 = div(c1, c0): 1 nodes"]


def test_nodes_of_another_depth_are_another_class(classes):
    text = """
        0 = input(0, 0)
        1 = sin(0)
        2 = sin(1)
        3 = sin(2)
        return 3
    """
    assert classes(text).splitlines() == [
        "c0 = input(): 1 nodes", "c1 = sin(c0): 1 nodes", "c2 = sin(c1): 1 nodes", "c3 = sin(c2): 1 nodes",
    ]  # fmt: skip


def test_arguments_are_classes_of_their_own(classes):
    text = """
        0 = input(0, 0)
        1 = input(1, 0)
        2 = exp(0)
        3 = exp(1)
        return 2, 3
    """
    assert classes(text).splitlines()[2:] == ["c2 = exp(c0): 1 nodes", "c3 = exp(c1): 1 nodes"]


def test_what_depends_on_no_row_is_computed_once_per_call(classes):
    text = """
        0 = parameter(0)
        1 = 2
        2 = input(0, 0)
        3 = mul(0, 1)
        4 = exp(3)
        5 = mul(4, 2)
        return 5
    """
    assert [line.endswith("once per call") for line in classes(text).splitlines()] == [1, 1, 0, 1, 1, 0]


def test_powers_of_other_plain_exponents_are_other_classes(classes):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = 3
        3 = 0.5
        4 = pow(0, 2)
        5 = pow(1, 2)
        6 = pow(0, 3)
        return 4, 5, 6
    """
    assert classes(text).splitlines()[2:] == ["c2 = pow(c0, c1): 2 nodes", "c3 = pow(c0, c1): 1 nodes"]


def test_the_index_of_a_take_is_no_part_of_its_list(classes):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = take(0, 1, 0)
        3 = parameter(0)
        4 = take(0, 3, 3, 1)
        return 2, 4
    """
    assert classes(text).splitlines()[1:] == [
        "c1 = take(c0, *c0): 1 nodes",
        "c2 = parameter(): 1 nodes, once per call",
        "c3 = take(c0, *c2, *c0): 1 nodes",
    ]


def test_the_operands_of_a_contraction_are_its_left_and_then_its_right_factors(tape_of):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = parameter(0)
        3 = parameter(1)
        4 = + 0·2 + 3·1
        return 4
    """
    found, _ = find_classes(tape_of(text))
    assert found.classes[2].operand_table().tolist() == [[2, 3, 0, 1]]  # the parameters, then what depends on the row
    assert found.classes[2].counts == [(2, 2)]
    assert found.outputs == list(found.classes[2].nodes)


def test_what_became_of_each_node_and_each_part_of_a_sum(tape_of):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = parameter(0)
        3 = parameter(1)
        4 = mul(0, 2)
        5 = mul(1, 3)
        6 = add(4, 5)
        7 = add(6, 2)
        8 = exp(7)
        return 8
    """
    sums, of_sums = find_sums(tape_of(text))
    found, became = find_classes(sums)
    assert str(sums).splitlines()[4:-1] == ["4 = + 0·2 + 1·3 + 2", "5 = exp(4)"]
    assert str(found).splitlines()[2:] == [
        "c2 = contract(*c1, *c0): 1 nodes", "c3 = sum(c1, c2): 1 nodes", "c4 = exp(c3): 1 nodes",
    ]  # fmt: skip
    dot = found.classes[2].nodes[0]
    assert became[: len(sums)].tolist() == [0, 1, 2, 3, 4, 5]
    assert [became[n] for n in of_sums[4:]] == [dot, dot, dot, 4, 5]
    assert became[-1] == -1


def test_a_sum_of_one_item_is_the_item(tape_of):
    found, became = find_classes(tape_of("0 = input(0, 0)\n1 = exp(0)\n2 = + 1\n3 = tanh(2)\nreturn 3, 2"))
    assert became[:4].tolist() == [0, 1, 1, 3]
    assert found.outputs == [3, 1]


def test_the_steps_of_a_simulation_have_a_constant_number_of_classes_each():
    stiffness = Value(1.0)

    def simulation(times):
        def f(x, v):
            for _ in range(times):
                v = [v_i - 0.1 * (stiffness * x_i) for x_i, v_i in zip(x, v, strict=True)]
                x = [x_i + 0.1 * v_i for x_i, v_i in zip(x, v, strict=True)]
            return x

        tape, _ = fold(trace(f, [(4,), (4,)])[0])
        return len(find_classes(find_sums(tape)[0])[0].classes)

    counts = [simulation(times) for times in (5, 10, 15)]
    assert counts[2] - counts[1] == counts[1] - counts[0] <= 5 * 5


def test_members_of_many_lengths_are_grouped_by_them(tape_of):
    lengths = [3, 1, 250, 3, 2, 7, 250, 1, *range(4, 200)]
    leaves = [f"{n} = input(0, {n})" for n in range(250)]
    made = [f"{250 + i} = maximum({', '.join(map(str, range(count)))})" for i, count in enumerate(lengths)]
    text = "\n".join([*leaves, *made, f"return {', '.join(str(250 + i) for i in range(len(lengths)))}"])
    [found] = [c for c in find_classes(tape_of(text))[0].classes if c.operation.name == "maximum"]
    expected = {
        (count,): [250 + i for i, length in enumerate(lengths) if length == count] for count in sorted(set(lengths))
    }
    groups = found.of_equal_counts()
    assert [counts for counts, _, _ in groups] == list(expected)
    for counts, nodes, operands in groups:
        assert nodes.tolist() == expected[counts]
        assert operands.tolist() == [list(range(*counts))] * len(nodes)


def test_classes_of_a_tape_with_other_outputs(tape_of):
    tape, _ = find_sums(tape_of("0 = input(0, 0)\n1 = mul(0, 0)\n2 = add(1, 0)\n3 = exp(2)\nreturn 3, 2"))
    classes, became = find_classes(tape.with_outputs(tape.outputs[:1]))
    assert classes.outputs == [became[tape.outputs[0]]]
    assert tape.outputs[1:]  # which has its own


def test_passes_leave_what_they_get_as_it_was(tape_of):
    text = "0 = input(0, 0)\n1 = parameter(0)\n2 = 2\n3 = pow(0, 2)\n4 = mul(1, 3)\n5 = add(4, 2)\n6 = exp(5)\nreturn 6"
    tape = tape_of(text)
    before = str(tape), list(tape.kinds), list(tape.scope)
    folded, _ = fold(tape)
    folded_before = str(folded), list(folded.kinds), list(folded.scope)
    sums, _ = find_sums(folded)
    sums_before = str(sums), list(sums.kinds), list(sums.scope)
    find_classes(sums)
    assert (str(tape), list(tape.kinds), list(tape.scope)) == before
    assert (str(folded), list(folded.kinds), list(folded.scope)) == folded_before
    assert (str(sums), list(sums.kinds), list(sums.scope)) == sums_before
