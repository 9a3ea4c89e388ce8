"""Which number of a program each node of a tape has become a part of. Each tape is written out."""

import random
from collections import Counter
from math import prod

import pytest

import autograd
import nn
from autograd.compiler.explain import explain, flops
from autograd.compiler.folding import fold
from autograd.compiler.kinds import Contract, Map
from autograd.compiler.provenance import find_places
from autograd.compiler.trace import trace

LEAVES = """
    0 = input(0, 0)
    1 = input(0, 1)
    2 = parameter(0)
    3 = parameter(1)
    4 = parameter(2)
"""


def steps_of(tape, sizes):
    """The program, and for each node of the tape the step that it has become a part of, or None."""
    program, places = find_places(tape, sizes)
    steps = {(step.out.value, n): step for step in program.steps for n in step.out.positions().ravel().tolist()}
    return program, [steps.get(place) for place in places]


@pytest.fixture
def became(tape_of):
    """The arrays of the inner nodes, below the leaves, as the lines of the program."""

    def became(text):
        program, steps = steps_of(tape_of(LEAVES + text), [2])
        return [program.line(step) if step else None for step in steps[5:]]

    return became


def test_a_neuron_is_a_dot_product_and_the_sum_with_its_bias(became):
    text = """
        5 = mul(0, 2)
        6 = add(4, 5)
        7 = mul(1, 3)
        8 = add(6, 7)
        9 = tanh(8)
        return 9
    """
    dot, bias = "t1 = dot(p, x0)", "t2 = p + t1"
    assert became(text) == [dot, bias, dot, dot, "t3 = tanh(t2)"]


def test_leaves_lie_in_the_arguments_and_the_parameters(tape_of):
    text = (
        LEAVES
        + """
        5 = mul(1, 3)
        6 = add(5, 2)
        return 6
    """
    )
    program, places = find_places(tape_of(text), [2])
    assert places[1] == (program.inputs[0], 1)
    assert [place and place.value for place in places[2:5]] == [program.parameters, program.parameters, None]


def test_a_constant_has_no_place(became):
    assert became("""
        5 = 2
        6 = mul(0, 5)
        return 6
    """) == [None, "t1 = mul(x0)"]


def test_what_no_output_needs_has_no_place(became):
    assert became("""
        5 = exp(0)
        6 = tanh(1)
        return 6
    """) == [None, "t1 = tanh(x0)"]


def test_a_zero_that_is_added_leaves_the_number_where_it_is(became):
    assert became("""
        5 = exp(0)
        6 = 0
        7 = add(5, 6)
        return 7
    """) == ["t1 = exp(x0)", None, "t1 = exp(x0)"]


def test_a_sign_that_a_sum_takes_up_is_given_where_items_are_joined(became):
    text = """
        5 = mul(0, 2)
        6 = neg(5)
        7 = sub(6, 3)
        return 7
    """
    assert became(text) == ["t1 = mul(p, x0)", "t2 = - p - t1", "t2 = - p - t1"]


def test_a_negated_factor_belongs_to_the_product(became):
    text = """
        5 = neg(0)
        6 = mul(5, 2)
        7 = sub(3, 6)
        return 7
    """
    assert became(text) == ["t1 = mul(p, x0)", "t1 = mul(p, x0)", "t2 = p + t1"]


def test_a_product_that_is_scaled_becomes_two(became):
    text = """
        5 = mul(0, 2)
        6 = 0.5
        7 = mul(6, 5)
        8 = add(7, 3)
        return 8
    """
    assert became(text) == ["t2 = mul(p, t1)", None, "t1 = mul(x0)", "t3 = p + t2"]


def test_a_division_by_a_power_of_two_is_a_product(became):
    text = """
        5 = 4
        6 = div(0, 5)
        7 = add(6, 3)
        return 7
    """
    assert became(text) == [None, "t1 = mul(x0)", "t2 = p + t1"]


def test_dot_belongs_to_the_contraction_of_most_of_its_terms(became):
    text = """
        5 = dot(0, 1, 2, 3, 4, 4)
        return 5
    """
    assert became(text) == ["t1 = dot(p, x0)"]  # and not t2, the square of a parameter


def test_neurons_that_are_added_up_stay_apart(became):
    text = """
        5 = mul(0, 2)
        6 = mul(1, 3)
        7 = add(5, 6)
        8 = add(7, 4)
        9 = mul(0, 3)
        10 = mul(1, 4)
        11 = add(9, 10)
        12 = add(11, 4)
        13 = add(8, 12)
        return 13
    """
    product, bias = "t1 = matmul(p, x0)", "t2 = p + t1"
    assert became(text) == [*[product] * 3, bias, *[product] * 3, bias, "t3 = sum(t2)"]


def test_terms_of_two_kinds_are_joined_once(became):
    text = """
        5 = mul(0, 2)
        6 = mul(1, 3)
        7 = add(5, 6)
        8 = sub(7, 0)
        9 = sub(8, 1)
        return 9
    """
    dot, total, joined = "t1 = dot(p, x0)", "t2 = sum(x0)", "t3 = t1 - t2"
    assert became(text) == [dot, dot, dot, joined, total]


# --------------------------------------------------------------------------------------------- laws, on larger graphs


def nested(seed):
    """A function with sums inside sums, of numbers that are used once each, or of inputs that neurons share."""

    def f(x, w):
        choose = random.Random(seed)
        x, w, shared = list(x), list(w), choose.random() < 0.5

        def build(depth):
            kind = choose.choice(["add", "sub", "mul", "tanh", "neuron", "neuron"]) if depth else "leaf"
            if kind == "leaf":
                return w.pop()
            a = build(depth - 1)
            if kind == "tanh":
                return a.tanh()
            if kind == "neuron":
                inputs = [x[i] if shared else x.pop() for i in range(choose.randint(2, 4))]
                return sum((x_i * w.pop() for x_i in inputs), a)
            b = build(depth - 1)
            return a + b if kind == "add" else a - b if kind == "sub" else a * b

        return build(choose.randint(2, 5)).exp()

    return f, [(200,), (400,)]


def perceptron():
    model = nn.MLP(3, [4, 2], seed=0)
    return lambda x, y: nn.cross_entropy(model(x), y), [(3,), ()]


@pytest.fixture(params=[*range(40), "perceptron"])
def found(request):
    """A tape with its program, and the step of each inner node."""
    f, shapes = perceptron() if request.param == "perceptron" else nested(request.param)
    tape, _ = fold(trace(f, shapes)[0])
    program, steps = steps_of(tape, [prod(shape) for shape in shapes])
    inner = [n for n, operation in enumerate(tape.operations) if operation.name not in ("input", "parameter")]
    return program, [(tape.operations[n], steps[n]) for n in inner]


def test_every_node_has_a_step(found):
    assert all(step is not None for _, step in found[1])


def test_steps_stand_for_as_many_nodes_as_they_say(found):
    assert len(found[1]) == sum(step.scalars for step in found[0].steps)


def test_a_contraction_has_all_of_its_products(found):
    program, steps = found
    products = Counter(step for operation, step in steps if operation.name == "mul")
    for step in program.steps:
        if isinstance(step.kind, Contract) and len(step.operands) == 2:
            assert products[step] == flops(program, step, 1) // 2 == (step.scalars + prod(step.out.shape)) // 2


def test_a_step_of_an_operation_has_the_nodes_of_that_operation(found):
    for operation, step in found[1]:
        if isinstance(step.kind, Map):
            assert operation is step.kind.rule


def test_the_program_is_the_one_that_compile_makes(drawn):
    model = nn.MLP(3, [4, 2], seed=0)

    def loss(x, y):
        return nn.cross_entropy(model(x), y)

    compiled = autograd.compile(loss)
    compiled(drawn.rows(5, 3), drawn.choices(2, 5))
    program, _ = find_places(fold(trace(loss, [(3,), ()])[0])[0], [3, 1])
    assert explain(program, 5) == explain(compiled._last().forward_program, 5)
