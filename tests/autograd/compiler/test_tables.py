"""Pass 5: where operands lie. Programs of small tapes, with their views, gathers and products."""

import numpy as np
import pytest

from autograd.compiler import affine, blocks
from autograd.compiler.grouping import find_classes
from autograd.compiler.kinds import Assemble, Contract, Gather, Map, Sum, Take
from autograd.compiler.tables import find_tables


@pytest.fixture
def program(tape_of):
    """The program of a tape with one argument; parameters in the order of their use, or at these places."""

    def program(text, sizes=(4,), places=None):
        tape = tape_of(text)
        places = None if places is None else np.array(places)
        return find_tables(find_classes(tape)[0], places, 0 if places is None else len(places), sizes)[0]

    return program


INPUTS = "\n".join(f"{i} = input(0, {i})" for i in range(4)) + "\n"


def part(program, view):
    """A view as (name, offset, shape, strides)."""
    return (program.name(view.value), *view.place)


# ------------------------------------------------------------------------------------------- views and gathers


def test_the_members_of_a_class_are_one_map_over_a_view(program):
    found = program(INPUTS + "4 = exp(1)\n5 = exp(2)\n6 = exp(3)\nreturn 4, 5, 6")
    [step] = found.steps
    assert isinstance(step.kind, Map)
    assert part(found, step.operands[0]) == ("x0", 1, (3,), (1,))
    assert step.scalars == 3


def test_members_are_computed_in_the_order_of_their_operands(program):
    found = program(INPUTS + "4 = exp(3)\n5 = exp(1)\n6 = exp(2)\nreturn 4, 5, 6")
    assert part(found, found.steps[0].operands[0]) == ("x0", 1, (3,), (1,))
    assert [position for _, position in found.outputs] == [2, 0, 1]


def test_every_other_number_is_a_view(program):
    found = program(INPUTS + "4 = exp(0)\n5 = exp(2)\nreturn 4, 5")
    [step] = found.steps
    assert part(found, step.operands[0]) == ("x0", 0, (2,), (2,))


def test_a_number_for_all_members_is_spread(program):
    found = program(INPUTS + "4 = div(0, 3)\n5 = div(1, 3)\n6 = div(2, 3)\nreturn 4, 5, 6")
    [step] = found.steps
    assert [part(found, view) for view in step.operands] == [("x0", 0, (3,), (1,)), ("x0", 3, (3,), (0,))]


def test_all_pairs_are_a_grid(program):
    text = INPUTS + "4 = atan2(0, 2)\n5 = atan2(0, 3)\n6 = atan2(1, 2)\n7 = atan2(1, 3)\nreturn 4, 5, 6, 7"
    found = program(text)
    [step] = found.steps
    assert [part(found, view) for view in step.operands] == [("x0", 0, (2, 2), (1, 0)), ("x0", 2, (2, 2), (0, 1))]


def test_what_lies_in_no_order_is_gathered(program):
    found = program(INPUTS + "4 = exp(0)\n5 = exp(1)\n6 = exp(3)\nreturn 4, 5, 6")
    gather, step = found.steps
    assert isinstance(gather.kind, Gather)
    assert gather.kind.table.tolist() == [0, 1, 3]
    assert step.operands == (gather.out,)


def test_the_same_numbers_are_gathered_once(program):
    text = INPUTS + "4 = exp(0)\n5 = exp(1)\n6 = exp(3)\n7 = sin(0)\n8 = sin(1)\n9 = sin(3)\nreturn 4, 5, 6, 7, 8, 9"
    assert [step.kind.name for step in program(text).steps] == ["gather", "exp", "sin"]


def test_a_constant_for_all_members_is_a_literal_and_others_are_a_view(program):
    text = INPUTS + "4 = 2.5\n5 = 3.5\n6 = div(0, 4)\n7 = div(1, 4)\n8 = div(4, 2)\n9 = div(5, 3)\nreturn 6, 7, 8, 9"
    found = program(text)
    first, second = found.steps
    assert first.operands[1] == 2.5
    assert part(found, second.operands[0]) == ("c", 0, (2,), (1,))
    assert found.kind(second.operands[0].value).numbers.tolist() == [2.5, 3.5]


LISTS = "\n".join(f"{i} = input(0, {i})" for i in range(5)) + "\n5 = maximum(0, 1)\n6 = maximum(2, 3, 4)\n"


def test_what_belongs_to_lists_of_several_lengths_is_computed_length_by_length(program):
    text = LISTS + "7 = atan2(0, 5)\n8 = atan2(1, 5)\n9 = atan2(2, 6)\n10 = atan2(3, 6)\n11 = atan2(4, 6)\nreturn 7"
    found = program(text, (5,))
    assert [step.kind.name for step in found.steps] == ["maximum", "maximum", "assemble", "atan2", "atan2", "assemble"]
    of_two, of_three = ([part(found, view) for view in step.operands] for step in found.steps[3:5])
    assert of_two == [("x0", 0, (2,), (1,)), ("t3", 0, (2,), (0,))]
    assert of_three == [("x0", 2, (3,), (1,)), ("t3", 1, (3,), (0,))]
    assert [step.scalars for step in found.steps[3:5]] == [2, 3]


def test_where_lists_alternate_their_largest_are_gathered(program):
    text = LISTS + "7 = atan2(0, 5)\n8 = atan2(1, 6)\n9 = atan2(2, 5)\n10 = atan2(3, 6)\nreturn 7"
    kinds = [step.kind.name for step in program(text, (5,)).steps]
    assert kinds.count("atan2") == 1


@pytest.mark.parametrize(
    ("table", "strides"),
    [
        ([3], (0,)),
        ([0, 1, 2], (1,)),
        ([7, 5, 3], (-2,)),
        ([4, 4, 4], (0,)),
        ([0, 1, 3], None),
        ([[0, 1], [10, 11]], (10, 1)),
        ([[0, 1], [10, 12]], None),
        ([[5, 5], [6, 6], [7, 7]], (1, 0)),
    ],
)
def test_the_strides_of_a_table(table, strides):
    assert affine.affine_strides(np.array(table)) == strides


@pytest.mark.parametrize(
    ("found", "shape"),
    [
        ([[3]], ()),
        ([[0, 1, 2, 3]], (4,)),
        ([[0, 0, 1, 1], [5, 6, 5, 6]], (2, 2)),
        ([[0, 1, 2, 10, 11, 12]], (2, 3)),
        ([[0, 1, 5, 2]], (4,)),
    ],
)
def test_the_grid_of_the_members(found, shape):
    assert affine.common_grid([np.array(table) for table in found]) == shape


# ------------------------------------------------------------------------------------------------- products

WEIGHTS = "\n".join(f"{4 + i} = parameter({i})" for i in range(4)) + "\n"


def test_every_row_with_every_column_is_a_matrix_product(program):
    found = program("0 = input(0, 0)\n1 = input(0, 1)\n2 = parameter(0)\n3 = parameter(1)\n4 = parameter(2)\n"
                    "5 = parameter(3)\n6 = + 0·2 + 1·3\n7 = + 1·5 + 0·4\nreturn 6, 7", (2,))  # fmt: skip
    [step] = found.steps
    assert isinstance(step.kind, Contract)
    assert step.kind.name == "matmul"
    assert step.kind.axes == ("rk", "bk", "br")
    assert part(found, step.operands[0]) == ("p", 0, (2, 2), (1, 2))  # (inputs, outputs) in memory
    assert part(found, step.operands[1]) == ("x0", 0, (2,), (1,))
    assert found.places.tolist() == [0, 2, 1, 3]
    assert step.scalars == 6


def test_parameters_lie_where_they_are_told(program):
    text = INPUTS + WEIGHTS + "8 = + 0·4 + 1·5\n9 = + 0·6 + 1·7\nreturn 8, 9"
    found = program(text, places=[0, 1, 2, 3])
    [step] = found.steps
    assert part(found, step.operands[0]) == ("p", 0, (2, 2), (2, 1))
    found = program(text, places=[1, 0, 2, 3])
    gather, step = found.steps
    assert gather.kind.table.tolist() == [[1, 0], [2, 3]]
    assert step.operands[0] == gather.out


def test_blocks_of_one_shape_are_a_batched_product(program):
    text = (
        INPUTS + WEIGHTS + ("8 = + 0·4 + 1·5\n9 = + 0·5 + 1·4\n10 = + 2·6 + 3·7\n11 = + 2·7 + 3·6\nreturn 8, 9, 10, 11")
    )
    found = program(text)
    step = found.steps[-1]
    assert step.kind.name == "batched matmul"
    assert step.kind.axes == ("nrk", "bnk", "bnr")
    assert part(found, step.operands[1]) == ("x0", 0, (2, 2), (2, 1))


def test_a_product_of_two_things_of_the_row_is_batched_by_the_row(program):
    text = INPUTS + "4 = + 0·2 + 1·3\nreturn 4"
    found = program(text)
    [step] = found.steps
    assert (step.kind.name, step.kind.axes) == ("dot", ("bk", "bk", "b"))


def test_sums_of_another_length_are_another_step(program):
    text = INPUTS + WEIGHTS + "8 = + 0·4 + 1·5\n9 = + 0·4 + 1·5 + 2·6\nreturn 8, 9"
    found = program(text)
    first, second, both = found.steps
    assert (first.operands[0].shape, second.operands[0].shape) == ((2,), (3,))
    assert both.operands == (first.out, second.out)
    assert both.kind == Assemble(((0, (), ()), (1, (), ())), (1, 1))


def test_the_order_of_the_terms_does_not_matter(program):
    u, v = np.array([[7, 5, 6], [3, 1, 2]]), np.array([[2, 0, 1], [2, 0, 1]])
    [found] = blocks.find_blocks(u, v)
    assert found.members.tolist() == [[[1], [0]]]
    assert found.left.tolist() == [[[1, 2, 3], [5, 6, 7]]]
    assert found.right.tolist() == [[[0, 1, 2]]]


def test_members_that_are_equal_but_for_the_order_of_their_terms(program):
    text = INPUTS + "4 = + 0·1 + 2·3\n5 = + 2·3 + 0·1\n6 = + 1·0 + 3·2\nreturn 4, 5, 6"
    assert sum(step.out.shape == () or step.out.shape[0] for step in program(text).steps) >= 2


def test_a_sum_over_an_axis_is_a_contraction_of_one(program):
    found = program(INPUTS + "4 = + 0 + 1 + 2 + 3\nreturn 4")
    [step] = found.steps
    assert (step.kind.name, step.kind.axes, len(step.operands)) == ("sum", ("bk", "b"), 1)
    assert part(found, step.operands[0]) == ("x0", 0, (4,), (1,))
    assert step.scalars == 3


# --------------------------------------------------------------------------------------- sums, takes, results


def test_a_sum_of_few_items_is_elementwise(program):
    found = program(INPUTS + WEIGHTS + "8 = + 0 - 4\n9 = + 1 - 5\n10 = + 3 - 6\nreturn 8, 9, 10")
    gather, step = found.steps
    assert isinstance(step.kind, Sum)
    assert step.kind.signs == (1, -1)
    assert step.operands[0] == gather.out
    assert part(found, step.operands[1]) == ("p", 0, (3,), (1,))


def test_a_take_has_a_table_of_its_choices(program):
    found = program(INPUTS + WEIGHTS + "8 = take(0, 4, 5)\n9 = take(1, 4, 5)\n10 = take(0, 6, 7)\nreturn 8, 9, 10")
    step = found.steps[-1]
    assert isinstance(step.kind, Take)
    assert step.kind.table.shape == (3, 2)
    assert step.operands[1] == found.whole(found.parameters)
    rows = {tuple(row) for row in step.kind.table.tolist()}
    assert rows == {tuple(found.places[[0, 1]]), tuple(found.places[[2, 3]])}


def test_a_take_from_several_classes_copies_them_together(program):
    found = program(INPUTS + "4 = parameter(0)\n5 = take(0, 4, 2, 3)\nreturn 5")
    assert [step.kind.name for step in found.steps] == ["assemble", "take"]
    assert found.steps[0].kind.places == ((0, (1, 1), (3, 1)), (1, (1, 2), (3, 1)))
    assert found.steps[-1].kind.table.tolist() == [[0, 1, 2]]


def test_results_are_places_in_arrays_or_numbers(program):
    found = program("0 = input(0, 1)\n1 = 2.5\n2 = parameter(0)\n3 = exp(0)\nreturn 3, 1, 2, 0", (2,))
    (first, place), number, (parameters, _), (inputs, input_place) = found.outputs
    assert (found.name(first), place, number) == ("t1", 0, 2.5)
    assert parameters == found.parameters
    assert (found.name(inputs), input_place) == ("x0", 1)


def test_each_node_has_a_place_but_for_constants_and_what_nothing_reads(tape_of):
    tape = tape_of("0 = input(0, 1)\n1 = 2.5\n2 = parameter(0)\n3 = parameter(1)\n4 = exp(0)\n5 = pow(4, 1)\n"
                   "6 = mul(5, 3)\nreturn 6")  # fmt: skip
    found, places = find_tables(find_classes(tape)[0], None, 0, (2,))
    assert [places[n] and (found.name(places[n].value), places[n].position) for n in range(-1, 7)] == [
        None, ("x0", 1), None, None, ("p", 0), ("t1", 0), ("t2", 0), ("t3", 0),
    ]  # fmt: skip
    assert places[6] == found.outputs[0]


def test_the_program_prints_a_line_for_each_step(program):
    assert str(program(INPUTS + WEIGHTS + "8 = + 0·4 + 1·5\n9 = tanh(8)\nreturn 9")) == "t1 = dot(p, x0)\nt2 = tanh(t1)"
