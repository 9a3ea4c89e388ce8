"""Where the native executor has one loop for several operations: it is found by what they compute, and is right."""

import numpy as np
import pytest

from autograd import (
    OPERATIONS,
    Value,
    compile,
    dot,
    exp,
    leaky_relu,
    log_softmax,
    logsumexp,
    maximum,
    minimum,
    relu,
    softmax,
    softplus,
    take,
    where,
)
from autograd.compiler.buffers import Buffers
from autograd.compiler.kinds import Map, Partial, Sum
from nn import MLP, cross_entropy
from tests.autograd.compiler.conftest import in_blocks_of
from tests.autograd.compiler.executors.by_hand import ByHand, X
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import machine
    from autograd.compiler.executors.native.instructions import code_of


def loops_in(code):
    """The names of our loops among the instructions, in order."""
    names = {address: name for name, address in (*machine.ARITHMETIC.items(), *machine.FAMILIES.items())}
    found = []
    at = 0
    while at < len(code.words):
        if code.words[at] in (machine.APPLY2, machine.FAMILY):
            found.append(names[code.words[at + 2]])
        at += code.words[at + 1]
    return found


def code_of_function(f):
    (executor,) = f._last().executors.values()
    return executor.code


@pytest.mark.parametrize(("dtype", "letter"), [("float64", "d"), ("float32", "f")])
def test_a_step_of_a_network_has_one_loop_for_what_follows_a_product(dtype, letter, drawn):
    model = MLP(5, [7, 3], activation="relu")
    f = compile(lambda x, k: cross_entropy(model(x), k), dtype=dtype, backend="native")
    f.backward(drawn.rows(20, 5), drawn.choices(3, 20))
    found = loops_in(code_of_function(f))
    once = "relu of sum", "passed", "less largest", "rest of total", "in proportion", "recentred"
    assert [found.count(f"{name} {letter}") for name in once] == [1] * 6
    assert not {f"less_equal {letter}", f"maximum {letter}", f"share {letter}"} & set(found)


def calls_of_numpy(code):
    """How often loops of NumPy are called."""
    at, found = 0, 0
    while at < len(code.words):
        found += code.words[at] == machine.APPLY
        at += code.words[at + 1]
    return found


def test_what_flows_back_takes_the_exponentials_of_forward(drawn):
    w = [drawn.parameters(4, seed=seed) for seed in range(2)]
    f = compile(lambda x, k: sum(cross_entropy([a * x for a in row], k) for row in w), backend="native")
    f.backward(drawn.rows(20), drawn.choices(4, 20))
    logarithms = sum(step.kind == Map(OPERATIONS["_logsumexp_below"]) for step in f.program.steps)
    assert calls_of_numpy(code_of_function(f)) == 2 * logarithms  # exp and log1p


def test_kept_exponentials_are_not_written_over(equals_eager, drawn):
    """The instructions of a layer that was there before are written once more, with the memory that was free then."""
    w = drawn.parameters(3, 3)

    def recurrent(x, k):
        h, losses = x, []
        for t in range(3):
            h = [softplus(dot(row, h)) for row in w]
            losses.append(cross_entropy(h, k[t]))
        return sum(losses)

    equals_eager(recurrent, drawn.rows(4, 3), drawn.choices(3, 4, 3))


def test_nor_are_those_of_logarithms_of_logarithms(equals_eager, drawn):
    w = drawn.parameters(2)

    def scaled(x):
        return [a * b for a, b in zip(w, x, strict=True)]

    def f(x):
        z = scaled(log_softmax(scaled(x)))
        return logsumexp(scaled(x)) + log_softmax(z)[0] + logsumexp(z)

    equals_eager(f, drawn.rows(5, 2))


def test_a_softmax_has_one_loop_for_the_largest_and_what_is_below(drawn):
    w = drawn.parameters(4)
    f = compile(lambda x: dot(softmax([a * b for a, b in zip(w, x, strict=True)]), x), backend="native")
    f.backward(drawn.rows(20, 4))
    found = loops_in(code_of_function(f))
    assert [found.count(f"{name} d") for name in ("less largest", "recentred", "maximum", "subtract")] == [1, 1, 0, 0]


KIN = {
    "leaky_relu": (lambda w, x: leaky_relu(w * x), {"leaky", "bent"}),
    "abs": (lambda w, x: abs(w * x), {"signed"}),
    "where": (lambda w, x: where(x > 0.0, w * x, w), {"chosen", "if chosen", "if not chosen"}),
    "of a comparison with 0": (lambda w, x: where(x > w, w * x, 0.0), {"chosen", "if chosen"}),
    "maximum": (lambda w, x: maximum(w * x, w), {"extreme"}),
    "minimum with 0": (lambda w, x: minimum(w * x, 0.0), {"extreme"}),
}


@pytest.mark.parametrize(("f", "loops"), KIN.values(), ids=KIN)
def test_each_of_relus_kin_is_one_loop_forward_and_one_back(f, loops, equals_eager, drawn):
    w = drawn.parameters(3)
    equals_eager(lambda x: sum(f(a, x) for a in w), np.array([1.0, -2.0, 0.0, -0.0, 3.5]))
    compiled = compile(lambda x: sum(f(a, x) for a in w), backend="native")
    compiled.backward(np.ones(5))
    found = {name.rpartition(" ")[0] for name in loops_in(code_of_function(compiled))}
    assert loops <= found
    assert not {"masked", "where", "less_equal", "greater_equal"} & found


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 64, 65])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_networks_equal_those_of_numpy(rows, dtype, drawn):
    model = MLP(5, [7, 9, 3], activation="relu")
    X, k = drawn.rows(rows, 5), drawn.choices(3, rows)
    found = []
    for backend in ("numpy", "native"):
        model.zero_grad()
        f = compile(lambda x, k: cross_entropy(model(x), k), dtype=dtype, backend=backend)
        found.append((f.backward(X, k), [p.grad for p in model.parameters()]))
    (expected, gradients), (got, native) = found
    close = {"rtol": 1e-12, "atol": 1e-14} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose(got, expected, **close)
    np.testing.assert_allclose(native, gradients, **close)


@pytest.mark.parametrize("rows_of_a_block", [3, 8, 20])
def test_networks_in_blocks_equal_those_of_numpy(rows_of_a_block, drawn):
    model = MLP(5, [7, 3], activation="relu")
    X, k = drawn.rows(20, 5), drawn.choices(3, 20)
    compile(lambda x, k: cross_entropy(model(x), k), backend="numpy").backward(X, k)
    expected = [p.grad for p in model.parameters()]
    model.zero_grad()
    with in_blocks_of(rows_of_a_block):
        compile(lambda x, k: cross_entropy(model(x), k), backend="native").backward(X, k)
    np.testing.assert_allclose([p.grad for p in model.parameters()], expected, rtol=1e-12, atol=1e-14)


def test_a_layer_of_infinities_is_what_it_is_in_eager(equals_eager):
    w = [Value(number) for number in (1.0, -1.0, 0.0)]
    X = np.array([[np.inf, 1.0], [-np.inf, 0.0], [0.0, -0.0], [1e308, 1e308], [-1.0, 2.0]])
    equals_eager(lambda x: sum(relu(x[0] * a + x[1] + a) for a in w), X)


@pytest.mark.parametrize("extreme", [maximum, minimum])
def test_ties_share_what_flows_to_the_extreme(extreme, equals_eager):
    w = [Value(number) for number in (1.0, 1.0, 2.0, 2.0, 0.5)]
    X = np.array([[1.0], [-1.0], [0.0], [3.0]] * 3)
    equals_eager(lambda x: extreme(*[x[0] * a for a in w]) * x[0], X)


# ----------------------------------------------------------------------------------------------------- what is found


def sum_and(kind, **what):
    by_hand = ByHand("native")
    total = by_hand.row(Sum((1, 1)), by_hand.x, by_hand.x)
    result = by_hand.row(kind, total, **what)
    return by_hand, total, result


def test_a_sum_that_somebody_else_reads_is_written_too():
    by_hand, total, result = sum_and(Map(OPERATIONS["relu"]))
    both = by_hand.row(Sum((1, -1)), result, total)
    code = code_of(Buffers(by_hand.program), "d", False)
    assert loops_in(code) == ["sum and relu d", "subtract d"]
    assert (by_hand.results(both) == np.maximum(2 * X, 0.0) - 2 * X).all()


def test_a_sum_that_nobody_else_reads_is_written_over():
    by_hand, _, result = sum_and(Map(OPERATIONS["relu"]))
    code = code_of(by_hand.executor(result).plan, "d", False)
    assert loops_in(code)[0] == "relu of sum d"
    assert (by_hand.results(result) == np.maximum(2 * X, 0.0)).all()


@pytest.mark.parametrize("name", ["exp", "negative", "absolute"])
def test_another_function_of_a_sum_is_no_relu(name):
    rule = OPERATIONS.get(name) or OPERATIONS["abs" if name == "absolute" else "neg"]
    by_hand, total, result = sum_and(Map(rule))
    by_hand.row(Sum((1, -1)), result, total)
    assert "sum and relu d" not in loops_in(code_of(Buffers(by_hand.program), "d", False))


def test_a_rule_that_was_replaced_is_not_computed_by_the_loop_of_the_old_one():
    other = OPERATIONS["relu"]._replace(
        value=lambda m, x: m.maximum(x, 1.0), partials=lambda m, y, x: (m.where(x <= 1.0, 0.0, 1.0),)
    )
    by_hand, total, result = sum_and(Map(other))
    dy = by_hand.row(Partial(other, 0), by_hand.x, result, total)
    both = by_hand.row(Sum((1, 1, 1)), result, total, dy)
    found = loops_in(code_of(Buffers(by_hand.program), "d", False))
    assert "sum and relu d" not in found
    assert "passed d" not in found
    assert (by_hand.results(both) == np.maximum(2 * X, 1.0) + 2 * X + 2 * X * (X > 1.0)).all()


# ------------------------------------------------------------------------------------ one run, straight into the store


def test_an_index_that_is_wrong_leaves_no_gradient_behind(drawn):
    w = [Value(0.5), Value(-1.5)]
    f = compile(lambda x, k: exp(x * w[0]) + take([each * 1.0 for each in w], k), backend="native")
    X = drawn.rows(4)
    expected = gradient_of(f, w, X, np.array([0, 1, 1, 0]))
    with pytest.raises(IndexError, match=r"got 2 in row 2"):
        f.backward(X, np.array([0, 1, 2, 0]))
    assert [p.grad for p in w] == [0.0, 0.0]
    assert gradient_of(f, w, X, np.array([0, 1, 1, 0])) == expected


def gradient_of(f, parameters, *arrays):
    for p in parameters:
        p.grad = 0.0
    f.backward(*arrays)
    found = [p.grad for p in parameters]
    for p in parameters:
        p.grad = 0.0
    return found


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint8, np.float64, bool])
def test_whole_numbers_are_read_as_what_they_are(dtype, drawn):
    w = [Value(0.5), Value(-1.5)]
    f = compile(lambda x, k: exp(x * w[0]) + take([each * 1.0 for each in w], k), backend="native")
    X, k = drawn.rows(4), np.array([0, 1, 1, 0])
    expected = gradient_of(f, w, X, k.astype(float))
    for _ in range(3):  # also as those of the latest call
        assert gradient_of(f, w, X, k.astype(dtype)) == expected
    assert gradient_of(f, w, X.tolist(), k.tolist()) == expected


def test_arrays_that_change_their_shape_between_calls_find_their_program(drawn):
    w = Value(0.5)
    f = compile(lambda x: sum(np.ravel(np.array(x, object))) * w if isinstance(x, list) else x * w, backend="native")
    X = drawn.rows(6)
    assert f(X).shape == (6,)
    X.shape = (2, 3)
    assert f(X).shape == (2,)
    assert f(X.T).shape == (3,)
    with pytest.raises(ValueError, match="no rows"):
        f(X[:0])
    assert f(X).tolist() == pytest.approx((X.sum(1) * 0.5).tolist(), rel=1e-15)


# --------------------------------------------------------------------------------------------- where numbers lie


def relu_of_a_broadcast_sum(h, s):
    return [(x + s).relu() for x in h]


def relu_of_a_permuted_sum(h, s):
    return [(x + y).relu() for x, y in zip(h, h[::-1], strict=True)]


@pytest.mark.parametrize("combined", [relu_of_a_broadcast_sum, relu_of_a_permuted_sum])
@pytest.mark.parametrize("inner", [lambda x: x, lambda x: x.tanh()], ids=["product", "tanh"])
@pytest.mark.parametrize("rows", [1, 2, 9])
def test_relu_is_not_written_over_what_the_sum_still_reads(drawn, equals_eager, combined, inner, rows):
    """The memory of an operand that is read last by the sum may be given to relu; it lies there in another way."""
    w = [[Value(number) for number in row] for row in drawn.rows(6, 4).tolist()]
    c, v = ([Value(number) for number in drawn.rows(1, n)[0].tolist()] for n in (4, 6))

    def f(x):
        h = [inner(sum(a * b for a, b in zip(row, x, strict=True))) for row in w]
        s = sum(a * b for a, b in zip(c, x, strict=True))
        return sum(a * b for a, b in zip(v, combined(h, s), strict=True))

    equals_eager(f, drawn.rows(rows, 4))


@pytest.mark.parametrize("seed", range(40))
def test_random_sums_and_relus(seed, equals_eager):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 7))
    w = [[Value(x) for x in row] for row in rng.normal(size=(size, 3)).tolist()]
    orders = [rng.permutation(size).tolist() for _ in range(4)]

    def f(x):
        layers = [[sum(a * b for a, b in zip(row, x, strict=True)) for row in w]]
        for order in orders:
            last, other = layers[-1], layers[int(rng.integers(len(layers)))]
            layers.append([(last[i] + other[order[i]]).relu() * w[i][0] for i in range(size)])
        return sum(layers[-1], Value(0.0)) + layers[1][0]

    rng = np.random.default_rng(seed)  # the same each time that f is called
    state = rng.bit_generator.state

    def same(x):
        rng.bit_generator.state = state
        return f(x)

    equals_eager(same, np.random.default_rng(seed + 1000).normal(size=(5, 3)))
