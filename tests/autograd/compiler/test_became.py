"""Which number of a program each node of a tape has become a part of. Each tape is written out."""

import random
from collections import Counter
from math import prod
from operator import neg

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, dot, ieee, scope, where
from autograd.compiler.explain import explain, flops
from autograd.compiler.folding import fold
from autograd.compiler.grouping import find_classes
from autograd.compiler.kinds import Contract, Map, Sum
from autograd.compiler.sums import find_sums
from autograd.compiler.tables import find_tables
from autograd.compiler.trace import trace
from tests.autograd.compiler.executors.toy import run

LEAVES = """
    0 = input(0, 0)
    1 = input(0, 1)
    2 = parameter(0)
    3 = parameter(1)
    4 = parameter(2)
"""


def find_places(tape, sizes):
    """The program of a folded tape, and the place of each node."""
    tape, of_sums = find_sums(tape)
    classes, of_classes = find_classes(tape)
    program, places = find_tables(classes, None, 0, sizes)
    return program, [places[of_classes[n]] for n in of_sums]


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


def test_a_total_is_a_part_of_the_sum_that_takes_it_up(became):
    of_several = """
        5 = mul(0, 2)
        6 = _total(5, 3, 1)
        7 = add(6, 4)
        return 7
    """
    of_one = """
        5 = mul(0, 2)
        6 = _total(5)
        7 = add(6, 4)
        return 7
    """
    assert None not in became(of_several)
    assert None not in became(of_one)


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


@pytest.mark.parametrize("operands", ["0, 1, 2, 3, 4, 4", "4, 0, 1, 4, 2, 3", "0, 4, 1, 2, 4, 3"])
def test_dot_belongs_to_the_contraction_of_most_of_its_terms(became, operands):
    found = became(f"5 = dot({operands})\nreturn 5")
    assert [line.partition(" = ")[2] for line in found] == ["dot(p, x0)"]  # and not the square of a parameter


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


@pytest.mark.parametrize(
    ("f", "lines"),
    [
        (lambda x: (x + 1.0) + 2.0, ["t1 = 3 + x0"] * 2),
        (lambda x: (x - 1.0) - 2.0, ["t1 = -3 + x0"] * 2),
        (lambda x: 1.0 + (2.0 + x), ["t1 = 3 + x0"] * 2),
        (lambda x: (1.0 - x) - 2.0, ["t1 = -1 - x0"] * 2),
        (lambda x: -(x + 1.0), ["t1 = -1 - x0"] * 2),
        (lambda x: -x, ["t1 = - x0"]),
    ],
)
def test_constants_that_are_added_up_leave_no_addition_without_a_place(f, lines):
    tape, _ = fold(trace(f, [()])[0])
    program, steps = steps_of(tape, [1])
    assert [
        program.line(step) for n, step in enumerate(steps) if tape.operation(n).name in ("add", "sub", "neg")
    ] == lines


@pytest.mark.parametrize(
    "f",
    [
        lambda x: neg(neg(x)),
        lambda x: x + 0.0,
        lambda x: 0.0 + x,
        lambda x: (x + 1.0) - 1.0,
        lambda x: -(0.0 - neg(neg(x))),
    ],
)
@pytest.mark.parametrize("inner", [lambda x: x, lambda x: x.exp()])
def test_what_leaves_a_number_as_it_is_has_its_place(f, inner):
    tape, _ = fold(trace(lambda x: f(inner(x)), [()])[0])
    program, places = find_places(tape, [1])
    additions = [place for n, place in enumerate(places) if tape.operation(n).name in ("add", "sub", "neg")]
    assert set(additions) == set(program.outputs)


def test_a_product_of_several_sums_is_that_of_the_first(became):
    text = """
        5 = mul(0, 2)
        6 = add(5, 3)
        7 = exp(6)
        8 = sub(5, 1)
        9 = mul(8, 7)
        return 9
    """
    assert became(text) == ["t1 = mul(p, x0)", "t2 = p + t1", "t3 = exp(t2)", "t4 = t1 - x0", "t5 = mul(t3, t4)"]


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
    inner = [n for n, (operation, _) in enumerate(tape.nodes()) if operation.name not in ("input", "parameter")]
    return program, [(tape.operation(n), steps[n]) for n in inner]


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


# ------------------------------------------------------------------------------------- the module call around each


def path(scope):
    """The names of the module calls around a node, without the trace."""
    names = []
    while scope is not None:
        names.append(scope[1])
        scope = scope[0]
    return " / ".join(names[::-1][1:])


def strangers(f, shapes):
    """The scalars whose step is in another module call than that which made them: (operation, its call, the step's)."""
    tape, _ = fold(trace(f, shapes)[0])
    _, steps = steps_of(tape, [prod(shape) for shape in shapes])
    mine = [(tape.operation(n).name, path(tape.scope_of(n)), step.scope) for n, step in enumerate(steps) if step]
    return [each for each in mine if not f"{each[1]} / ".startswith(f"{each[2]} / ")]


def bias_first(w, b, x):
    return sum((w_i * x_i for w_i, x_i in zip(w, x, strict=True)), b)


def bias_last(w, b, x):
    return dot(w, x) + b


def test_what_the_last_layer_makes_is_under_it_and_not_under_the_loss():
    model = nn.MLP(3, [4, 4, 1], seed=0)
    layer = "MLP / layer 3 / neuron 1"
    assert strangers(lambda x, y: nn.mse_loss(model(x), y), [(3,), ()]) == [("sub", "mse_loss", layer)]
    compiled = autograd.compile(lambda x, y: nn.mse_loss(model(x), y))
    compiled(np.ones((2, 3)), np.ones(2))
    assert [(step.kind.name, step.scope) for step in compiled.program.steps[-3:]] == [
        ("dot", layer), ("subtract", layer), ("mul", "mse_loss"),
    ]  # fmt: skip


@pytest.mark.parametrize("neuron", [bias_first, bias_last])
@pytest.mark.parametrize(
    "order", [lambda y, t: y - t, lambda y, t: t - y, lambda y, t: t + y, lambda y, t: 2.0 - y - t]
)
def test_a_bias_is_under_its_layer_whatever_is_added_to_it(drawn, neuron, order):
    w, b = drawn.parameters(3), Value(0.5)

    def f(x, t):
        with scope("layer"):
            y = neuron(w, b, x)
        with scope("train"), scope("loss"), scope("error"):
            return order(y, t) ** 2

    assert {each[1] for each in strangers(f, [(3,), ()])} == {"train / loss / error"}


def test_a_loss_that_adds_to_products_alone_is_under_the_loss(drawn):
    w = drawn.parameters(3)

    def f(x, t):
        with scope("layer"):
            y = dot(w, x)
        with scope("loss"):
            return (y - t) ** 2

    assert strangers(f, [(3,), ()]) == []


def test_a_sum_of_several_layers_is_under_the_first_and_their_products_are_under_each(drawn):
    w, v = drawn.parameters(3), drawn.parameters(3, seed=1)

    def f(x):
        with scope("first"):
            y = dot(w, x) + w[0]
        with scope("second"):
            z = dot(v, [x_i.exp() for x_i in x])
        return (y + z).exp()

    assert strangers(f, [(3,)]) == [("add", "", "first")]


# ------------------------------------------------------------- exact numbers: all are whole, halves, quarters, …


def exact(seed):
    """A function that computes with a few small numbers, all of them the same in any order of computing."""

    def f(x, w):
        choose = random.Random(seed)
        numbers = [*x, *w]
        for _ in range(choose.randint(3, 25)):
            a, b = choose.choice(numbers[-6:]), choose.choice(numbers)
            numbers.append(
                choose.choice([
                    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: -a, lambda a, b: a + 1.0, lambda a, b: 2.0 - a,
                    lambda a, b: a * 0.5, lambda a, b: a / 4.0, lambda a, b: a.maximum(b), lambda a, b: a.relu(),
                    lambda a, b: a + 0.0, lambda a, b: abs(a) * w[0], lambda a, b: -a * x[0], lambda a, b: w[1] * x[1],
                    lambda a, b: dot([w[0], x[0], -w[1]], [x[1], x[2], a]), lambda a, b: where(a > b, a, b),
                    lambda a, b: (1.0 - a) - 2.0, lambda a, b: neg(neg(a)), lambda a, b: (0.5 * (w[2] * x[1])) + a,
                ])(a, b)
            )  # fmt: skip
        return numbers[-3:]

    return f, [(3,), (3,)]


def numbers_of_nodes(tape, parameters, row):
    """The number of each node of a tape, computed one by one."""
    numbers = []
    for operation, operands in tape.nodes():
        if operation.name == "input":
            numbers.append(row[operands[0]][operands[1]])
        elif operation.name in ("parameter", "constant"):
            numbers.append((parameters if operation.name == "parameter" else tape.constants)[operands[0]])
        else:
            numbers.append(float(operation.value(ieee, *[numbers[m] for m in operands])))
    return numbers


def numbers_at(program, places, row):
    """The numbers at these places, when the program is run."""
    program.outputs = list(places)
    return run(program, [np.array([each]) for each in row], [])[0][0]


TAKEN_UP = ("add", "sub", "neg", "dot", "mul", "div")  # by sums


def misplaced(seed, spoil=lambda became: became):
    """The nodes that have no place, or whose place has another number, or a step that cannot have taken them up."""
    tape, _ = fold(trace(*exact(seed))[0])
    sums, of_sums = find_sums(tape)
    classes, of_classes = find_classes(sums)
    program, of_nodes = find_tables(classes, None, 0, [3, 3])
    of_classes = spoil(of_classes)
    needed = [n for n, (operation, _) in enumerate(tape.nodes()) if operation.name != "constant"]
    places = {n: of_nodes[of_classes[of_sums[n]]] for n in needed}
    if None in places.values():
        return [n for n in needed if places[n] is None]

    row = [[1.0, -2.0, 3.0], [-1.0, 0.5, 2.0]]
    expected = numbers_of_nodes(tape, [], row)
    got = dict(zip(needed, numbers_at(program, places.values(), row), strict=True))
    steps = {(step.out.value, n): step for step in program.steps for n in step.out.positions().ravel().tolist()}

    def is_right(n):
        operation, step = tape.operation(n), steps.get(places[n])
        is_itself = of_sums[n] >= 0 and all(of_sums[m] >= 0 for m in tape.operands(n))
        if operation.name not in TAKEN_UP or (operation.name == "mul" and is_itself):
            return got[n] == expected[n] and (step is None or step.kind.rule is operation)
        # An addition may be any number that another step computes: x + 0 is x.
        if operation.name in ("add", "sub", "neg") or step is None:
            return True
        return isinstance(step.kind, Contract | Sum) or step.kind.name in ("mul", operation.name)

    return [n for n in needed if not is_right(n)]


@pytest.mark.parametrize("seed", range(150))
def test_every_scalar_is_its_place_or_a_part_of_it(seed):
    assert misplaced(seed) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda became: [*became[:7], became[6], *became[8:]],  # a node is taken for the one before it
        lambda became: [*became[:-3], -1, *became[-2:]],  # a part is lost
    ],
)
def test_a_planted_fault_is_seen(spoil):
    assert any(misplaced(seed, spoil) for seed in range(20))


def test_the_program_is_the_one_that_compile_makes(drawn):
    model = nn.MLP(3, [4, 2], seed=0)

    def loss(x, y):
        return nn.cross_entropy(model(x), y)

    compiled = autograd.compile(loss)
    compiled(drawn.rows(5, 3), drawn.choices(2, 5))
    program, _ = find_places(fold(trace(loss, [(3,), ()])[0])[0], [3, 1])
    assert explain(program, 5) == explain(compiled._last().forward_program, 5)
