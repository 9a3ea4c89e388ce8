"""Pass 6: the steps of the gradient, written out for small programs."""

import numpy as np
import pytest

from autograd import OPERATIONS
from autograd.compiler.adjoint import add_adjoint
from autograd.compiler.grouping import find_classes
from autograd.compiler.kinds import Assemble, Contract, Gather, Map, Partial, Scatter, Sum
from autograd.compiler.program import Space
from autograd.compiler.tables import find_tables
from autograd.compiler.views import contiguous
from tests.autograd.compiler.executors.by_hand import ByHand, P, X


@pytest.fixture
def adjoint(tape_of):
    """The program of a tape, with the steps of its gradient."""
    return lambda text, sizes=(4,): add_adjoint(find_tables(find_classes(tape_of(text))[0], None, 0, sizes)[0])


def steps(program):
    return [program.line(step) for step in program.adjoints]


def named(program, name):
    """The step of the gradient that defines the value of this name."""
    [step] = [step for step in program.adjoints if program.name(step.out.value) == name]
    return step


def test_the_gradient_of_a_neuron(adjoint):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = parameter(0)
        3 = parameter(1)
        4 = parameter(2)
        5 = + 0·2 + 1·3 + 4
        6 = exp(5)
        return 6
    """
    program = adjoint(text, (2,))
    assert str(program).splitlines()[:3] == ["t1 = dot(p, x0)", "t2 = p + t1", "t3 = exp(t2)"]
    assert steps(program) == [
        "dt3 = fill 1/B()",
        "dt2 = exp'(t3, dt3)",
        "s3 = sum(dt2)",  # of the bias
        "s4 = dot(dt2, x0)",  # Σ over the rows: of the weights
        "g = assemble(s3, s4)",
    ]
    bias, weights, gradient = program.adjoints[2:]
    assert gradient.kind == Assemble(((2, (), ()), (0, (2,), (1,))), (1, 1))
    assert bias.kind.axes == ("b", "")
    assert weights.kind.axes == ("b", "bk", "k")
    assert program.size[program.gradient] == 3


def test_only_what_the_parameters_need_is_computed(adjoint):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = exp(0)
        3 = sin(2)
        4 = mul(1, 3)
        return 4
    """
    assert steps(adjoint(text)) == ["dt3 = fill 1/B()", "s2 = mul'(t2, dt3)", "g = sum(s2)"]


def test_without_parameters_there_is_nothing_to_do(adjoint):
    program = adjoint("0 = input(0, 0)\n1 = exp(0)\nreturn 1")
    assert steps(program) == ["g = fill 0()"]
    assert program.size[program.gradient] == 0


def test_a_result_that_is_a_parameter_or_a_number(adjoint):
    assert steps(adjoint("0 = parameter(0)\nreturn 0")) == ["g = fill 1()"]
    assert steps(adjoint("0 = 2.5\n1 = parameter(0)\nreturn 0, 1")) == ["g = fill 0()"]


def test_only_the_first_result_is_differentiated(adjoint):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = mul(0, 1)
        3 = exp(2)
        return 2, 3
    """
    assert not any("exp" in step for step in steps(adjoint(text)))


def test_a_comparison_passes_no_gradient(adjoint):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = greater(0, 1)
        3 = where(2, 0, 1)
        return 3
    """
    assert [step for step in steps(adjoint(text)) if step.startswith("dt1")] == []


def test_what_depends_on_no_row_gets_the_sum_over_the_rows(adjoint):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = exp(1)
        3 = mul(2, 0)
        return 3
    """
    program = adjoint(text)
    assert steps(program) == ["dt2 = fill 1/B()", "s2 = mul'(x0, dt2)", "dt1 = sum(s2)", "g = exp'(t1, dt1)"]
    assert [step.space for step in program.adjoints] == [Space.ROW, Space.ROW, Space.CALL, Space.CALL]


def test_the_second_use_of_a_number_is_added(adjoint):
    text = """
        0 = parameter(0)
        1 = sin(0)
        2 = exp(1)
        3 = cos(1)
        4 = + 2 + 3
        return 4
    """
    program = adjoint(text)
    assert steps(program)[1:] == [
        "s2 = cos'(t1, dt4)",
        "s3 = exp'(t2, dt4)",
        "dt1 = assemble(s2, s3)",
        "g = sin'(p, dt1)",
    ]
    assert named(program, "dt1").kind == Assemble(((0, (), ()), (0, (), ())), (1, 1))


def test_the_only_use_of_a_number_in_a_sum_is_no_step(adjoint):
    text = """
        0 = parameter(0)
        1 = parameter(1)
        2 = sin(0)
        3 = cos(1)
        4 = + 2 + 3
        return 4
    """
    assert not [step for step in adjoint(text).adjoints if isinstance(step.kind, Sum)]


def test_a_subtraction_passes_the_negative(adjoint):
    text = """
        0 = parameter(0)
        1 = sin(0)
        2 = exp(0)
        3 = - 1 + 2
        return 3
    """
    assert steps(adjoint(text)) == [
        "dt3 = fill 1()",
        "s2 = exp'(t2, dt3)",
        "dt1 = - dt3",
        "s3 = sin'(p, dt1)",
        "g = assemble(s2, s3)",
    ]


def test_a_square_goes_back_at_once(adjoint):
    text = """
        0 = parameter(0)
        1 = sin(0)
        2 = mul(1, 1)
        return 2
    """
    program = adjoint(text)
    assert steps(program) == ["dt2 = fill 1()", "dt1 = mul(dt2, t1)", "g = sin'(p, dt1)"]
    assert named(program, "dt1").kind.scale == 2.0


def test_what_goes_back_to_a_few_numbers_is_added_to_the_rest(adjoint):
    text = """
        0 = input(0, 0)
        1 = parameter(0)
        2 = mul(0, 1)
        3 = exp(2)
        4 = sin(3)
        5 = take(0, 3, 3)
        6 = + 4 + 5
        return 6
    """
    program = adjoint(text)
    [dt] = [step for step in program.adjoints if isinstance(step.kind, Assemble) and len(step.operands) == 2]
    names = [program.operation(program.step(view.value)).partition("(")[0] for view in dt.views]
    assert names == ["sin'", "take'"]


def test_what_nothing_flows_to_is_a_gap(adjoint):
    text = """
        0 = parameter(0)
        1 = parameter(1)
        2 = parameter(2)
        3 = sin(0)
        4 = sin(1)
        5 = sin(2)
        6 = exp(4)
        return 6, 3, 5
    """
    program = adjoint(text)
    [(offset, shape, _)] = named(program, "dt1").kind.places
    assert (program.size[named(program, "dt1").out.value], offset, shape) == (3, 1, ())


def test_a_square_has_one_product_with_a_factor_of_two(adjoint):
    text = """
        0 = parameter(0)
        1 = parameter(1)
        2 = + 0·0 + 1·1
        return 2
    """
    _, product = adjoint(text).adjoints
    assert isinstance(product.kind, Contract)
    assert product.kind.scale == 2.0


def test_a_matrix_product_of_two_layers_has_two_products(adjoint):
    text = """
        0 = input(0, 0)
        1 = input(0, 1)
        2 = parameter(0)
        3 = parameter(1)
        4 = parameter(2)
        5 = parameter(3)
        6 = + 0·2 + 1·3
        7 = + 0·4 + 1·5
        8 = relu(6)
        9 = relu(7)
        10 = parameter(4)
        11 = parameter(5)
        12 = + 8·10 + 9·11
        return 12
    """
    assert steps(adjoint(text, (2,))) == [
        "dt3 = fill 1/B()",
        "s2 = dot(dt3, t2)",
        "dt2 = matmul(dt3, p)",
        "dt1 = relu'(t2, dt2)",
        "s5 = matmul(dt1, x0)",
        "g = assemble(s2, s5)",
    ]


def test_what_was_gathered_is_scattered(adjoint):
    text = """
        0 = parameter(0)
        1 = parameter(1)
        2 = parameter(2)
        3 = input(0, 0)
        4 = sin(0)
        5 = sin(1)
        6 = sin(2)
        7 = mul(4, 3)
        8 = mul(5, 3)
        9 = mul(4, 5)
        10 = mul(4, 6)
        11 = mul(6, 6)
        12 = + 7 + 8 + 9 + 10 + 11
        return 12
    """
    program = adjoint(text)
    scatters = [step.kind for step in program.adjoints if isinstance(step.kind, Scatter)]
    gathers = [step.kind for step in program.steps if isinstance(step.kind, Gather)]
    assert sorted(kind.table.tolist() for kind in scatters) == sorted(kind.table.tolist() for kind in gathers)


def test_what_comes_to_one_part_of_what_is_assembled_goes_on_as_it_is(adjoint):
    text = """
        0 = parameter(0)
        1 = parameter(1)
        2 = parameter(2)
        3 = parameter(3)
        4 = parameter(4)
        5 = maximum(0, 1)
        6 = maximum(2, 3, 4)
        7 = atan2(0, 5)
        8 = atan2(1, 5)
        9 = atan2(2, 6)
        10 = atan2(3, 6)
        11 = atan2(4, 6)
        12 = + 7 + 8 + 9 + 10 + 11
        return 12
    """
    program = adjoint(text)
    two, three, largest = program.steps[:3]
    assert isinstance(largest.kind, Assemble)
    defined = [program.name(step.out.value) for step in program.adjoints]
    assert "dt3" not in defined  # of both lists
    for step in (two, three):
        adjoint_of = "d" + program.name(step.out.value)
        assert program.operation(named(program, adjoint_of)).startswith("sum(")  # of what comes to each of the list


def test_what_comes_to_all_parts_is_assembled_before(adjoint):
    text = """
        0 = parameter(0)
        1 = parameter(1)
        2 = parameter(2)
        3 = maximum(0, 1)
        4 = maximum(0, 1, 2)
        5 = exp(3)
        6 = exp(4)
        7 = sin(4)
        8 = + 5 + 6 + 7
        return 8
    """
    program = adjoint(text)
    assert isinstance(named(program, "dt3").kind, Assemble)
    assert "maximum'(p, t1, dt3)" in [program.operation(step) for step in program.adjoints]


def test_a_part_that_is_the_same_for_all_rows_gets_the_sum_over_them(backend):
    b = ByHand(backend)
    exp, sin, mul = (Map(OPERATIONS[name]) for name in ("exp", "sin", "mul"))
    of_call = b.call(exp, contiguous(b.p.value, 0, (2,)), shape=(2,))
    of_row = b.row(mul, contiguous(b.x.value, 0, (2,)), contiguous(b.p.value, 2, (2,)), shape=(2,))
    both = b.row(Assemble(((0, (2,), (1,)), (2, (2,), (1,))), (1, 1)), of_call, of_row)
    first, second = (b.row(sin, contiguous(both.value, start, (2,)), shape=(2,)) for start in (0, 2))
    result = b.row(Contract(("ba", "ba", "b")), first, second, shape=())
    b.program.outputs = [(result.value, 0)]
    b.program = add_adjoint(b.program)
    of_x = X[:, :2] * P[2:]
    by_call = np.cos(np.exp(P[:2])) * np.exp(P[:2]) * np.sin(of_x).mean(0)
    by_row = np.sin(np.exp(P[:2])) * (np.cos(of_x) * X[:, :2]).mean(0)
    np.testing.assert_allclose(b.written_gradient(), [*by_call, *by_row], rtol=1e-12)


def test_the_partials_name_their_operand(adjoint):
    text = """
        0 = parameter(0)
        1 = parameter(1)
        2 = exp(0)
        3 = sin(1)
        4 = div(2, 3)
        return 4
    """
    program = adjoint(text)
    partials = [step for step in program.adjoints if isinstance(step.kind, Partial) and step.kind.rule.name == "div"]
    assert sorted((step.kind.operand, program.line(step)) for step in partials) == [
        (0, "dt1 = div'(t2, dt3)"),
        (1, "dt2 = div'(t2, t3, dt3)"),
    ]


def test_the_program_itself_is_not_changed(tape_of):
    text = "0 = input(0, 0)\n1 = parameter(0)\n2 = mul(0, 1)\nreturn 2"
    program, _ = find_tables(find_classes(tape_of(text))[0], None, 0, (1,))
    before = str(program)
    with_gradient = add_adjoint(program)
    assert str(program) == before
    assert (len(program.adjoints), program.gradient) == (0, None)
    assert list(with_gradient.steps) == list(program.steps)
