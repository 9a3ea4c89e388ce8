"""Compiled functions give the value and the gradient of the graph of scalars: see `conftest` for what that means."""

import itertools
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import OPERATIONS, Value, compile, dot, logsumexp, softmax, take
from autograd.compiler.classes import TAKES
from autograd.compiler.compiled import Compiled
from autograd.ieee import total
from autograd.nodes import apply
from autograd.parameters import adopt, store_of
from autograd.value import constant
from tests.conftest import IS_SECOND

DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])

# ------------------------------------------------------------------------------ each operation of the rule book

COMPARISONS = ("less", "less_equal", "greater", "greater_equal")  # nodes in a trace only
NODES = [operation for name, operation in OPERATIONS.items() if name not in COMPARISONS]
OF_LISTS = [operation for operation in NODES if operation.operands[-1].startswith("*")]
OF_FEW = [operation for operation in NODES if operation not in OF_LISTS]
KINDS = ["rows", "parameters", "one parameter", "constants"]


def check(equals_eager, operation, numbers, kinds, dtype="float64"):
    """Compare several members of one operation, each with operands of its own.

    Args:
        numbers: (operands, rows, members); an operand that is no row takes the first row.
    """
    members = numbers.shape[2]
    held = [
        {
            "rows": lambda x: None,
            "parameters": lambda x: list(map(Value, x)),
            "one parameter": lambda x: [Value(x[0])] * members,
            "constants": lambda x: x,
        }[kind](of_operand[0].tolist())
        for kind, of_operand in zip(kinds, numbers, strict=True)
    ]

    def f(_, *rows):
        each = iter(rows)
        operands = [next(each) if given is None else given for given in held]
        results = [apply(operation, *map(as_value, of_member)) for of_member in zip(*operands, strict=True)]
        return total([(1.0 + 0.1 * i) * y for i, y in enumerate(results)]), results

    rows = [of_operand for kind, of_operand in zip(kinds, numbers, strict=True) if kind == "rows"]
    equals_eager(f, np.zeros(numbers.shape[1]), *rows, dtype=dtype)


def as_value(x):
    return x if isinstance(x, Value) else constant(x)


def drawn_from(domain, rows=5, members=6):
    """Numbers of a domain: of an interval for each operand, or of a few choices."""
    generator = np.random.default_rng(len(domain))
    return np.array(
        [
            generator.choice(sorted(i), (rows, members)) if isinstance(i, (set, frozenset))
            else generator.uniform(*i, (rows, members))
            for i in domain
        ]
    )  # fmt: skip


@DTYPES
@pytest.mark.parametrize("operation", OF_FEW, ids=lambda operation: operation.name)
def test_every_operation_on_every_kind_of_operands(equals_eager, operation, dtype):
    for kinds in itertools.product(KINDS, repeat=len(operation.domain)):
        check(equals_eager, operation, drawn_from(operation.domain), kinds, dtype)


@DTYPES
@pytest.mark.parametrize("longer", [0, 2])
@pytest.mark.parametrize("operation", OF_LISTS, ids=lambda operation: operation.name)
def test_every_operation_on_lists_of_every_kind(equals_eager, operation, longer, dtype):
    domain = (*operation.domain, *operation.domain[-1:] * longer)
    for first, then in itertools.product(KINDS, KINDS):
        check(equals_eager, operation, drawn_from(domain), [first] + [then] * (len(domain) - 1), dtype)
    for start in range(len(KINDS)):
        mixed = [KINDS[(start + i) % len(KINDS)] for i in range(len(domain))]
        check(equals_eager, operation, drawn_from(domain), mixed, dtype)


SPECIAL = [0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 40.0, -800.0, 1e-300, 1e200, inf, -inf, nan]
FEWER = [0.0, -2.0, 800.0, inf, -inf, nan]  # for operations on three numbers and more


@pytest.mark.parametrize("operation", [each for each in NODES if each not in TAKES], ids=lambda each: each.name)
def test_infinities_and_nan_come_out_where_eager_has_them(equals_eager, operation):
    count = len(operation.domain)
    points = np.array(list(itertools.product(SPECIAL if count < 3 else FEWER, repeat=count))).T
    every = list(itertools.product(["rows", "parameters"], repeat=count))
    pairs = itertools.product(every, np.array_split(points, 1 + points.shape[1] // 200, axis=1))
    if IS_SECOND and count > 2:  # all points and all kinds of operands, but not each with each
        pairs = [(kinds, points[:, n :: len(every)]) for n, kinds in enumerate(every)]
    for kinds, part in pairs:
        check(equals_eager, operation, part[:, None], kinds)


@pytest.mark.parametrize("exponent", [0.0, 1.0, -1.0, 2.0, 3.0, 4.0, 5.0, -2.0, 0.5, 2.5, inf, nan])
def test_powers_with_a_plain_exponent_at_special_points(equals_eager, exponent):
    p = list(map(Value, SPECIAL))

    def f(x):
        powers = [v**exponent for v in p + x] + [(u * v) ** exponent for u, v in zip(p, x, strict=True)]
        return total(powers), powers

    equals_eager(f, np.array([SPECIAL]))


@pytest.mark.parametrize("factor", [inf, -inf, nan, 0.0])
@pytest.mark.parametrize("rows", [1, 3])
def test_what_was_not_taken_gets_no_number_times_the_gradient(equals_eager, drawn, factor, rows):
    table, first = drawn.parameters(4, 2), drawn.parameters(2)

    def f(tokens, x):  # a row of x is as good as infinite; the second token is not
        taken = [take([row[d] for row in table], token) for token in tokens for d in range(2)]
        mixed = take([x * first[0], first[1], x], tokens[0])
        return taken[0] * x + taken[1] + taken[2] * 2.0 + mixed * x

    equals_eager(f, np.array([[0, 1], [1, 1], [2, 0]])[:rows], np.array([factor, 1.0, 2.0])[:rows])


# ------------------------------------------------------------------------------------- networks and their losses

ACTIVATIONS = [name for name in nn.ACTIVATIONS if name != "softmax"]
TARGETS = {  # what the losses ask for: one number for each output, or the class
    "mse": (-2.0, 2.0),
    "sse": (-2.0, 2.0),
    "l1": (-2.0, 2.0),
    "huber": (-2.0, 2.0),
    "hinge": frozenset({-1.0, 1.0}),
    "binary_cross_entropy": frozenset({0.0, 1.0}),
    "binary_cross_entropy_with_logits": (0.0, 1.0),
    "categorical_cross_entropy": frozenset({0.0, 1.0, 2.0}),
    "cross_entropy": frozenset({0.0, 1.0, 2.0}),
}
OUTPUTS = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}


@DTYPES
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_networks_of_every_activation(equals_eager, drawn, activation, dtype):
    model = nn.MLP(3, [5, 4, 3], activation, seed=1)
    equals_eager(lambda x: total([y * y for y in model(x)]), drawn.rows(6, 3), dtype=dtype)


@DTYPES
@pytest.mark.parametrize("loss", nn.LOSSES)
def test_networks_of_every_loss(equals_eager, drawn, loss, dtype):
    model = nn.MLP(4, [5, 3], "tanh", OUTPUTS.get(loss, "linear"), seed=2)
    of_classes = loss in ("cross_entropy", "categorical_cross_entropy")
    targets = drawn_from([TARGETS[loss]], 6, 1 if of_classes else 3)[0]
    targets = targets[:, 0] if of_classes else targets
    equals_eager(lambda x, t: nn.LOSSES[loss](model(x), t), drawn.rows(6, 4), targets, dtype=dtype)


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    activation=st.sampled_from(ACTIVATIONS),
    output=st.sampled_from(ACTIVATIONS),
    rows=st.integers(1, 5),
    inputs=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_random_networks(equals_eager, drawn, sizes, activation, output, rows, inputs, seed):
    model = nn.MLP(inputs, sizes, activation, output, seed=seed)

    def f(x, t):
        y = model(x)
        return nn.mse_loss(y if isinstance(y, list) else [y], t)

    equals_eager(f, drawn.rows(rows, inputs, seed=seed), drawn.rows(rows, sizes[-1], seed=seed))


# --------------------------------------------------------------------------------------- arguments and results


def small_model(drawn):
    """A function of rows with a number, a list and a matrix."""
    w, b = drawn.parameters(3, 4), drawn.parameters(3)

    def f(x, xs, matrix):
        hidden = [(dot(w_i, xs) + b_i * x).tanh() for w_i, b_i in zip(w, b, strict=True)]
        scores = [dot(row, hidden) for row in matrix]
        return logsumexp(scores) - scores[0] * x

    return f


def arguments(drawn, rows, seed=0):
    return drawn.rows(rows, seed=seed), drawn.rows(rows, 4, seed=seed), drawn.rows(rows, 2, 3, seed=seed)


@DTYPES
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_numbers_lists_and_matrices_as_rows(equals_eager, drawn, rows, dtype):
    equals_eager(small_model(drawn), *arguments(drawn, rows), dtype=dtype)


@pytest.mark.parametrize(
    "result",
    [
        lambda loss, ys: loss,
        lambda loss, ys: [loss, *ys],
        lambda loss, ys: [[y, loss, 2.0] for y in ys],
        lambda loss, ys: (loss, ys),
        lambda loss, ys: (loss, [ys, ys[::-1]], ys[1]),
        lambda loss, ys: (loss,),
        lambda loss, ys: [loss],
    ],
    ids=["a number", "a list", "lists", "a number and a list", "three parts", "a tuple of one", "a list of one"],
)
def test_results_of_every_shape(equals_eager, drawn, result):
    w = drawn.parameters(3, 4)

    def f(x):
        ys = softmax([dot(row, x) for row in w])
        return result(total([y * y for y in ys]), ys)

    equals_eager(f, drawn.rows(5, 4))


def test_no_arguments(equals_eager, drawn):
    w = drawn.parameters(5)
    equals_eager(lambda: logsumexp([v * v for v in w]))


def test_more_arguments_than_one_digit_counts(equals_eager, drawn):
    w = drawn.parameters(12)
    equals_eager(
        lambda i, *xs: take([w_i * x for w_i, x in zip(w, xs, strict=True)][::2], i) + take(xs, i) * w[0],
        drawn.choices(6, 5),
        *[drawn.rows(5, seed=seed) for seed in range(12)],
    )


def test_a_take_from_numbers_that_are_part_of_a_larger_class(equals_eager, drawn):
    w = drawn.parameters(6)

    def f(i, x):
        hidden = [(w_k * x_k).tanh() for w_k, x_k in zip(w, x, strict=True)]
        sums = [h + x_k for h, x_k in zip(hidden[:3], x, strict=False)]
        return take(sums, i) + (hidden[3] * hidden[4]).exp() * hidden[5]

    equals_eager(f, drawn.choices(3, 5), drawn.rows(5, 6))


# --------------------------------------------------------------------------- call after call, in parts of a batch


@DTYPES
def test_batches_that_are_computed_in_parts(equals_eager, drawn, dtype):
    f = small_model(drawn)
    compiled = Compiled(f, dtype, most_bytes=500, backend="numpy")
    equals_eager(f, *arguments(drawn, 40), dtype=dtype, compiled=compiled)
    last = compiled._last()
    assert 1 < last.most_rows(True) < 20
    equals_eager(f, *arguments(drawn, 1), dtype=dtype, compiled=compiled)


def test_several_calls_with_other_numbers_of_rows(equals_eager, drawn):
    f = small_model(drawn)
    compiled = compile(f)
    for rows in (3, 1, 8, 3, 2, 5, 4, 6, 3):
        equals_eager(f, *arguments(drawn, rows, seed=rows), compiled=compiled)


def test_several_shapes_of_rows(equals_eager, drawn):
    w = drawn.parameters(6)

    def f(x):
        return dot(w[: len(x)], x).tanh()

    compiled = compile(f)
    for n in (3, 6, 1, 3):
        equals_eager(f, drawn.rows(4, n), compiled=compiled)


def test_parameters_that_change_between_calls(equals_eager, drawn):
    w = drawn.parameters(3, 4)

    def f(x):
        return total([dot(row, x).tanh() for row in w])

    compiled = equals_eager(f, drawn.rows(5, 4))
    for change in (lambda v: setattr(v, "data", 2.0), lambda v: setattr(v, "data", v.data - 0.1)):
        change(w[1][2])
        equals_eager(f, drawn.rows(5, 4), compiled=compiled)
    before = compiled(drawn.rows(5, 4))
    store_of(w[0][0]).data *= 0.5  # as an optimizer does
    assert (compiled(drawn.rows(5, 4)) != before).all()
    equals_eager(f, drawn.rows(5, 4), compiled=compiled)


def test_two_functions_that_share_parameters(equals_eager, drawn):
    w, v = drawn.parameters(4), drawn.parameters(4, seed=1)
    f, g = (lambda x: dot(w, x).tanh() + dot(v, x)), (lambda x: dot([a * b for a, b in zip(w, v, strict=True)], x))
    first, second = compile(f), compile(g)
    for _ in range(2):
        equals_eager(f, drawn.rows(5, 4), compiled=first)
        equals_eager(g, drawn.rows(5, 4), compiled=second)


def test_gradients_add_up_over_calls(drawn):
    f = small_model(drawn)
    compiled = compile(f)
    data = arguments(drawn, 5)
    compiled.backward(*data)
    parameters = compiled._last().parameters
    once = np.array([p.grad for p in parameters])
    compiled.backward(*data)
    np.testing.assert_allclose([p.grad for p in parameters], 2.0 * once, rtol=1e-14)
    parameters[0].grad = 7.0  # as whoever sets it
    compiled.backward(*data)
    np.testing.assert_allclose([p.grad for p in parameters], [7.0 + once[0], *3.0 * once[1:]], rtol=1e-14)


def test_parameters_that_were_in_an_array_before_with_others(equals_eager, drawn):
    w, others = drawn.parameters(4), drawn.parameters(3, seed=1)
    mixed = [others[0], w[2], others[1], w[0], w[3], w[1], others[2]]
    f = compile(lambda x: dot(w, x).exp())
    adopt(mixed)
    rows = drawn.rows(5, 4)
    f.backward(rows)
    expected = (np.exp(rows @ [v.data for v in w])[:, None] * rows).mean(0)
    np.testing.assert_allclose([v.grad for v in w], expected, rtol=1e-13)
    assert [v.grad for v in others] == [0.0] * 3
