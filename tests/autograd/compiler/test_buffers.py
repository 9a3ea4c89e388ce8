"""Where the numbers of a program lie: what is computed in place, what is added, and which memory is used again."""

import numpy as np
import pytest

import nn
from autograd import Value, compile
from autograd.compiler.adjoint import add_adjoint
from autograd.compiler.buffers import Buffers, Slot
from autograd.compiler.grouping import find_classes
from autograd.compiler.program import Space
from autograd.compiler.tables import find_tables
from autograd.compiler.verify.complaints import VerificationError
from autograd.compiler.verify.structures import checked


@pytest.fixture
def buffers(tape_of):
    """The buffers of the program of a tape with one argument of 4 numbers; perhaps with its adjoint."""

    def buffers(text, adjoint=False):
        program = find_tables(find_classes(tape_of(text))[0], None, 0, (4,))[0]
        return checked(Buffers(add_adjoint(program) if adjoint else program))

    return buffers


ROW = "0 = input(0, 0)\n1 = input(0, 1)\n2 = parameter(0)\n3 = parameter(1)\n4 = parameter(2)\n"


def test_a_chain_needs_memory_once(buffers):
    plan = buffers(ROW + "5 = exp(0)\n6 = sin(5)\n7 = tanh(6)\nreturn 7")
    assert plan.slots == [Slot(Space.ROW, False, 1)]
    assert plan.bytes_of_row(8) == 8


def test_what_the_gradient_reads_is_kept(buffers):
    text = ROW + "5 = mul(0, 2)\n6 = exp(5)\n7 = exp(6)\nreturn 7"
    forward, both = buffers(text), buffers(text, adjoint=True)
    assert (len(forward.slots), len([slot for slot in both.slots if slot.space])) == (1, 3)
    t2, t3 = (value for value in range(len(both.program)) if both.program.name(value) in ("t2", "t3"))
    assert both.slot[t2] != both.slot[t3]  # exp' reads both


def test_what_several_numbers_are_read_of_is_not_written_over(buffers):
    plan = buffers("0 = input(0, 0)\n1 = input(0, 1)\n2 = exp(0)\n3 = exp(1)\n4 = atan2(2, 3)\nreturn 4")
    assert len(plan.slots) == 2


def test_a_result_is_kept_until_all_results_are_copied(buffers):
    plan = buffers(ROW + "5 = exp(0)\n6 = sin(5)\nreturn 6, 5")
    assert len(plan.slots) == 2


def test_only_the_first_terms_of_a_sum_are_written_over(buffers):
    """It is added up term by term."""
    plan = buffers(ROW + "5 = exp(0)\n6 = sin(1)\n7 = tanh(0)\n8 = + 5 + 6 - 7\nreturn 8")
    program = plan.program
    [step] = [step for step in program.steps if step.kind.name == "subtract"]
    first, second, third = (view.value for view in step.views)
    assert plan.slot[step.out.value] in (plan.slot[first], plan.slot[second])
    assert plan.slot[step.out.value] != plan.slot[third]


def test_the_gradient_is_written_part_by_part_where_it_belongs(buffers):
    plan = buffers(ROW + "5 = + 0·2 + 1·3 + 4\n6 = exp(5)\nreturn 6", adjoint=True)
    assert list(map(plan.line, plan.backward())) == [
        "dt3 = fill 1/B()",
        "dt2 = exp'(t3, dt3)",
        "g[2:3] = sum(dt2)",
        "g[0:2] = dot(dt2, x0)",
    ]
    assert plan.slot[plan.program.gradient] == -1  # the caller has memory for it


def test_the_second_contribution_is_added(buffers):
    plan = buffers("0 = parameter(0)\n1 = sin(0)\n2 = exp(1)\n3 = cos(1)\n4 = + 2 + 3\nreturn 4", adjoint=True)
    assert list(map(plan.line, plan.backward())) == [
        "dt4 = fill 1()",
        "dt1 = cos'(t1, dt4)",
        "dt1 += exp'(t2, dt4)",
        "g = sin'(p, dt1)",
    ]


def test_where_parts_leave_a_gap_zeros_are_written_before(buffers):
    text = "\n".join(f"{n} = parameter({n})" for n in range(3)) + "\n"
    text += "3 = sin(0)\n4 = sin(1)\n5 = sin(2)\n6 = exp(4)\nreturn 6, 3, 5"
    plan = buffers(text, adjoint=True)
    assert list(map(plan.line, plan.backward())) == [
        "dt2 = fill 1()",
        "dt1 = fill 0()",
        "dt1[1:2] = exp'(t2, dt2)",
        "g = sin'(p, dt1)",
    ]


@pytest.mark.parametrize(
    ("text", "overwrites"),
    [
        ("5 = + 0·2 + 1·3 + 4\nreturn 5", True),
        ("5 = + 0·2 + 1·4\n6 = exp(3)\nreturn 5, 6", False),
        ("5 = exp(0)\n6 = + 2 + 3 + 4\nreturn 5, 6", False),
    ],
    ids=["of all parameters", "of some", "of none"],
)
def test_every_gradient_is_written_where_all_parameters_have_one(buffers, text, overwrites):
    assert buffers(ROW + text, adjoint=True).overwrites is overwrites


def test_what_others_read_too_is_copied_to_its_place(buffers):
    text = "0 = input(0, 0)\n1 = parameter(0)\n2 = mul(0, 1)\n3 = exp(2)\n4 = + 2 + 3\n5 = sin(4)\nreturn 5"
    plan = buffers(text, adjoint=True)
    assert list(map(plan.line, plan.backward())) == [
        "dt4 = fill 1/B()",
        "dt3 = sin'(t3, dt4)",
        "dt1 = exp'(t2, dt3)",
        "dt1 += dt3",
        "s4 = mul'(x0, dt1)",
        "g = sum(s4)",
    ]


def test_the_steps_of_a_class_write_into_one_array(buffers):
    text = "\n".join([*(f"{n} = input(0, {n})" for n in range(3)), *(f"{n + 3} = parameter({n})" for n in range(3))])
    plan = buffers(text + "\n6 = + 0·3 + 1·4\n7 = + 0·3 + 1·4 + 2·5\n8 = tanh(6)\n9 = tanh(7)\nreturn 8, 9")
    assert list(map(plan.line, plan.forward())) == ["t3[0:1] = dot(p, x0)", "t3[1:2] = dot(p, x0)", "t4 = tanh(t3)"]
    assert len(plan.slots) == 1


def test_a_recurrence_needs_what_two_of_its_steps_need():
    a = Value(0.9)

    def recurrence(times):
        def f(x):
            for _ in range(times):
                x = (a * x).tanh()
            return x

        compiled = compile(f, backend="numpy")  # the other one runs it as it is, without arrays
        compiled([1.0, 2.0])
        return Buffers(compiled._last().forward_program).bytes_of_row(8)

    assert recurrence(10) == recurrence(100)


def test_a_row_of_an_mlp_needs_its_layers_once_and_the_largest_twice_for_the_gradient():
    """relu' reads what relu gave, as the products of the gradient do: relu writes over what it reads."""
    model = nn.MLP(20, [64, 32, 10], "relu", seed=0)
    loss = compile(lambda x, y: nn.cross_entropy(model(x), y))
    loss.backward(np.ones((2, 20)), [0, 1])
    last = loss._last()
    forward, both = Buffers(last.forward_program), Buffers(last.program)
    assert sorted(slot.size for slot in forward.slots if slot.space) == [1, 32, 64]  # and ln Σ exp
    assert sorted(slot.size for slot in both.slots if slot.size >= 32 and slot.space) == [32, 64, 64]


# ------------------------------------------------------------------------------------------------- planted faults

TEXT = ROW + "5 = mul(0, 2)\n6 = tanh(5)\n7 = sin(6)\n8 = + 7 + 6 + 3\nreturn 8"


def value_named(program, name):
    return next(value for value in range(len(program)) if program.name(value) == name)


def memory_of_another(plan):
    plan.slot[value_named(plan.program, "t3")] = plan.slot[value_named(plan.program, "t2")]


def no_memory(plan):
    plan.slot[value_named(plan.program, "t2")] = -1


def memory_that_is_too_small(plan):
    plan.slots[0] = plan.slots[0]._replace(size=0)


def memory_of_another_space(plan):
    plan.slots[0] = plan.slots[0]._replace(space=1 - plan.slots[0].space)


def an_addition_that_comes_first(plan):
    plan.accumulates[value_named(plan.program, "t2")] = True


def additions_that_are_writes(plan):
    plan.accumulates[:] = bytes(len(plan.accumulates))
    plan.additions[:] = [each._replace(accumulate=False) for each in plan.additions]


def a_part_that_is_left_out(plan):
    del plan.order[-1]


def zeros_that_are_left_out(plan):
    plan.zeros_before[:] = bytes(len(plan.zeros_before))


GAP = "0 = parameter(0)\n1 = parameter(1)\n2 = sin(0)\n3 = sin(1)\n4 = exp(3)\nreturn 4, 2"
TWICE = "0 = parameter(0)\n1 = sin(0)\n2 = exp(1)\n3 = cos(1)\n4 = + 2 + 3\nreturn 4"


@pytest.mark.parametrize(
    ("text", "fault", "words"),
    [
        (TWICE, additions_that_are_writes, "dt1 = exp'\\(t2, dt4\\): it writes over numbers that are to be added to"),
        (TWICE, a_part_that_is_left_out, "the gradient: g is read before all of it is written"),
        (GAP, zeros_that_are_left_out, "dt1 is read before all of it is written"),
    ],
)
def test_parts_that_go_wrong_are_found(buffers, text, fault, words):
    plan = checked(buffers(text, adjoint=True))
    fault(plan)
    with pytest.raises(VerificationError, match=words):
        checked(plan)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (memory_of_another, "t4 = p \\+ t2 \\+ t3: t2 is read from memory 1, where t3 is"),
        (no_memory, "t3 = sin\\(t2\\): t2 is read, and has no memory"),
        (memory_that_is_too_small, "t1 does not fit in memory 0"),
        (memory_of_another_space, "t1 does not fit in memory 0"),
        (an_addition_that_comes_first, "t2 \\+= tanh\\(t1\\): it adds to what is not there"),
    ],
)
def test_a_planted_fault_is_found(buffers, fault, words):
    plan = checked(buffers(TEXT, adjoint=True))
    fault(plan)
    with pytest.raises(VerificationError, match=words):
        checked(plan)


def test_products_do_not_write_over_their_factors(buffers):
    text = "0 = input(0, 0)\n1 = input(0, 1)\n2 = exp(0)\n3 = exp(1)\n4 = + 2·3 + 3·2\n5 = tanh(4)\nreturn 5"
    plan = checked(buffers(text))
    product = next(step for step in plan.program.steps if step.kind.name == "dot")
    plan.slots.append(plan.slots[0])
    plan.slot[product.out.value] = plan.slot[product.views[0].value]
    with pytest.raises(VerificationError, match="it writes over what it reads"):
        checked(plan)
