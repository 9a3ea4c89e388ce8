"""backend="jax": the programs that the others run give the same values, gradients and errors, and nothing else changes.

XLA takes long to compile: so there is one program for each kind of step here. GLASSGRAD_TEST_JAX=1 compares all
programs of `equals_eager` by JAX too, and GLASSGRAD_BACKEND=jax runs any other test by it.
"""

import copy
import pickle
import re
import subprocess
import sys
import warnings
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

import nn
from autograd import (
    OPERATIONS,
    UnfinishedError,
    Value,
    compile,
    detect_anomaly,
    dot,
    log_softmax,
    logsumexp,
    maximum,
    softmax,
    sqrt,
    take,
    where,
    while_loop,
)  # fmt: skip
from autograd.compiler.executors import executor_of
from autograd.compiler.kinds import Loop
from autograd.nodes import apply

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install 'glassgrad[jax]'")
from autograd.compiler.executors.jax import blocks_of, pure, x64  # noqa: E402
from tests.autograd.compiler.executors.by_jax import assert_same, gradient_of  # noqa: E402

PAGE = Path(__file__).parents[4] / "docs" / "how_to" / "jax.md"
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


# ------------------------------------------------------------------------------------------------ values, gradients


@DTYPES
def test_a_classifier(dtype, drawn):
    model = nn.MLP(4, [6, 3], activation="gelu", seed=0)
    X, y = drawn.rows(7, 4), np.array([0, 2, 1, 1, 0, 2, 2])
    assert_same(lambda x, y: nn.cross_entropy(model(x), y), model.parameters(), X, y, dtype=dtype)


REPEATED = {  # of p and x, with the derivatives by both: members of a list that are one number are a view of one
    "the sum of one": (lambda p, x: logsumexp([p * x] * 3), lambda p, x: p * x + np.log(3.0), lambda p, x: (x, p)),
    "the sum of some": (
        lambda p, x: logsumexp([p, x, p]),
        lambda p, x: np.log(2.0 * np.exp(p) + np.exp(x)),
        lambda p, x: np.array([2.0 * np.exp(p), np.exp(x)]) / (2.0 * np.exp(p) + np.exp(x)),
    ),
    "a tie": (lambda p, x: maximum(p * x, p * x, p * x), lambda p, x: p * x, lambda p, x: (x, p)),
    "a tie of others": (lambda p, x: maximum(p, p, x - 10.0) * x, lambda p, x: p * x, lambda p, x: (x, p)),
    "a constant": (
        lambda p, x: log_softmax([p * x] * 4)[1] + p, lambda p, x: p - np.log(4.0), lambda p, x: (1.0, 0.0),
    ),
    "a constant that is taken": (
        lambda p, x: take(log_softmax([p * x] * 3), x * 0.0) * p, lambda p, x: -np.log(3.0) * p,
        lambda p, x: (-np.log(3.0), 0.0),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("f", "value", "slopes"), REPEATED.values(), ids=REPEATED)
def test_members_of_lists_that_are_repeated(f, value, slopes):
    p, x = Value(0.7), np.array([0.5, -2.0])
    compiled = compile(lambda x: f(p, x), backend="jax")
    results, gradient = gradient_of(compiled, [p], x)
    expected = np.broadcast_to(np.array([slopes(0.7, each) for each in x]), (2, 2))
    np.testing.assert_allclose(results, [value(0.7, each) for each in x], rtol=1e-12)
    np.testing.assert_allclose(gradient, expected[:, :1].mean(0), rtol=1e-12)
    with x64():
        function = compiled.program.to_jax()
        by_p, by_x = jax.grad(lambda p, x: function(p, x)[:, 0].sum(), (0, 1))(np.array([0.7]), x)
    np.testing.assert_allclose(by_p, expected[:, :1].sum(0), rtol=1e-12)
    np.testing.assert_allclose(by_x, expected[:, 1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
def test_an_index_in_a_type_that_has_fewer_numbers_than_there_are_choices(dtype):
    numbers, most = np.arange(300.0), np.iinfo(dtype).max
    with x64():
        function = compile_of_numbers(numbers).to_jax()
        found = function(numbers, np.array([1, most], dtype))
    assert found.tolist() == [[1.0], [float(most)]]


def compile_of_numbers(numbers):
    """The program of what takes one of these parameters."""
    weights = [Value(w) for w in numbers]
    compiled = compile(lambda k: take(weights, k), backend="numpy")
    compiled([0])
    return compiled.program


def test_attention(drawn):
    w = [[Value(x) for x in row] for row in drawn.rows(3, 3).tolist()]

    def f(xs):
        keys = [[dot(row, x) for row in w] for x in xs]
        weights = [softmax([dot(x, key) for key in keys]) for x in xs]
        return sum(dot(each, [key[0] for key in keys]) for each in weights)

    assert_same(f, [p for row in w for p in row], drawn.rows(5, 4, 3))


def test_windows_and_choices(drawn):
    """Views that overlap, gathers and their adjoints, the largest of lists, takes of rows and of parameters."""
    kernel, table = [Value(x) for x in (0.5, -1.0, 2.0)], [Value(float(i)) for i in range(4)]

    def f(x, k):
        windows = [dot(kernel, x[i : i + 3]) for i in range(5)]
        order = [x[i] for i in (3, 0, 6, 2, 0)]
        return maximum(*windows) + take(table, k) * take(windows, k) + dot(windows, order)

    assert_same(f, [*kernel, *table], drawn.rows(6, 7), np.array([0, 3, 1, 2, 2, 0]))


def test_parameters_in_blocks(drawn):
    """The same, from and to an array for each matrix; of a loop too, and of a step that reads all of them."""
    w, b = [[Value(x) for x in row] for row in drawn.rows(3, 3).tolist()], [Value(x) for x in (0.1, 0.2, -0.3)]

    def f(x):
        for _ in range(90):
            x = [(dot(row, x) + b_i).tanh() for row, b_i in zip(w, b, strict=True)]
        return dot(x, x) + sum(p * p for row in w for p in row)

    compiled = compile(f, backend="jax")
    X = drawn.rows(4, 3)
    compiled.backward(X)
    program, p = compiled.program, compiled._last().numbers()
    assert any(isinstance(kind, Loop) for kind in program.kinds)
    blocks = blocks_of(program)
    assert [block.low for block in blocks[1:]] == [block.high for block in blocks[:-1]]
    assert {block.shape for block in blocks} == {(3, 3), (3,)}
    with x64():
        _, expected, _ = jax.jit(pure(program, "both"))(p, X)
        parts = tuple(p[block.low : block.high].reshape(block.shape) for block in blocks)
        _, found, _ = jax.jit(pure(program, "weighted"))(parts, X, np.full(4, 0.25))
    assert [each.shape for each in found] == [block.shape for block in blocks]
    np.testing.assert_allclose(np.concatenate([each.ravel() for each in found]), expected, rtol=1e-12)


def test_a_branch_that_is_not_taken_has_no_gradient():
    w = Value(1.0)
    f = compile(lambda x: where(x > 0, sqrt(w * x), 3.0 * w), backend="jax")
    results, gradient = gradient_of(f, [w], np.array([4.0, 0.0, -1.0]))
    assert results.tolist() == [2.0, 3.0, 3.0]
    assert gradient.tolist() == [pytest.approx((1.0 + 3.0 + 3.0) / 3.0)]


def test_functions_without_arguments():
    w = Value(3.0)
    f = compile(lambda: w * w, backend="jax")
    assert gradient_of(f, [w])[1].tolist() == [6.0]
    assert f() == 9.0


def test_rows_that_come_in_parts():
    w = Value(2.0)
    f = compile(lambda x: (w * x) ** 2, backend="jax")
    f._most_bytes = 64
    _, gradient = gradient_of(f, [w], np.arange(10.0))
    assert gradient.tolist() == [pytest.approx(2.0 * 2.0 * np.mean(np.arange(10.0) ** 2))]


def test_arrays_that_are_bound():
    w, X = Value(2.0), np.array([1.0, 2.0])
    square = compile(lambda x: (w * x) ** 2, backend="jax").bind(X)
    assert square().tolist() == [4.0, 16.0]
    X[0], w.data = 3.0, 1.0
    assert square.backward().tolist() == [9.0, 4.0]
    assert w.grad == pytest.approx((2.0 * 9.0 + 2.0 * 4.0) / 2.0)


def test_copies_compute_the_same():
    f = compile(cube, backend="jax")
    expected = f([1.0, 2.0]).tolist()
    for other in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert other.backend == "jax"
        assert other([1.0, 2.0]).tolist() == expected == [1.0, 8.0]


def cube(x):
    return x**3


# ----------------------------------------------------------------------------------------------------------- errors


def test_an_index_out_of_range_changes_nothing():
    table = [Value(1.0), Value(2.0)]
    f = compile(lambda k: take(table, k), backend="jax")
    before = gradient_of(f, table, np.array([0, 1]))[1].tolist()
    for wrong in (2, -1, 2**40):
        with pytest.raises(IndexError, match=r"whole number from 0 to 1, got .* in row 1"):
            f.backward(np.array([0, wrong]))
    with pytest.raises(IndexError, match=r"got 0\.5 in row 0"):
        f([0.5, 0.0])
    assert [p.grad for p in table] == before


def test_a_loop_that_is_not_done():
    f = compile(lambda x: while_loop(lambda x: x > 1.0, lambda x: 0.5 * x, x, most=60), backend="jax")
    assert f([8.0, 0.5]).tolist() == [1.0, 0.5]
    with pytest.raises(UnfinishedError, match="row 1"):
        f([8.0, inf])


def test_detect_anomaly_names_the_row():
    f = compile(lambda x: 1.0 / x, backend="jax")
    with detect_anomaly(), pytest.raises(ArithmeticError, match="row 1"):
        f([1.0, 0.0])


def test_without_jax(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"backend='jax' needs jax: pip install 'glassgrad\[jax\]'"):
        compile(lambda x: x, backend="jax")


def test_jax_is_not_imported_before_it_is_asked_for():
    code = "import sys, autograd; autograd.compile(lambda x: x)([1.0]); assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_forked_process_says_what_to_do(monkeypatch):
    f = compile(lambda x: x, backend="jax")
    monkeypatch.setattr("autograd.compiler.executors.jax.executor._forked", True)
    with pytest.raises(RuntimeError, match=r"forked .*'spawn'"):
        f([1.0])


def test_the_settings_of_jax_stay_as_they_are():
    compile(lambda x: x.exp(), backend="jax")([1.0])
    assert jax.numpy.ones(1).dtype == np.float32
    assert not jax.config.jax_enable_x64


# ---------------------------------------------------------------------------------------------------------- accuracy

NUMBERS = [0.0, -0.0, 1e-300, 1e-20, 1e-9, 3e-5, 0.1, 0.41, 0.5, 0.9, 1.0, 1.5, 3.0, 20.0, 37.0, 300.0, 709.0, 711.0,
           1e5, 1e22, 1e155, 1e300, inf]  # fmt: skip


def test_functions_of_one_number():
    """All of the rule book, where they are hard. What is subnormal on the way is flushed: silu(-709) is 0."""
    rules = [rule for rule in OPERATIONS.values() if rule.operands == ("x",)]
    X = np.array([sign * x for sign in (1.0, -1.0) for x in (*NUMBERS, nan)])

    def f(x):
        return [apply(rule, x) for rule in rules]

    expected, found = (compile(f, backend=backend)(X) for backend in ("numpy", "jax"))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-305)


# ------------------------------------------------------------------------------------------------ programs as functions


@pytest.fixture(name="x64")
def in_64_bits():
    with x64():
        yield


@pytest.fixture(scope="module")
def classifier():
    """A function of JAX, the parameters, the arguments, and the gradient of the mean by the former."""
    model = nn.MLP(4, [6, 3], seed=0)
    X, y = np.random.default_rng(0).uniform(-2.0, 2.0, (7, 4)), np.array([0, 2, 1, 1, 0, 2, 2])
    compiled = compile(lambda x, y: (nn.cross_entropy(model(x), y), model(x)), backend="jax")
    compiled.backward(X, y)
    prepared = compiled._last()
    return compiled.program.to_jax(), prepared.numbers().copy(), (X, y), prepared.store.current_grad().copy()


def test_a_program_is_a_pure_function(x64, classifier):
    f, p, (X, y), gradient = classifier
    slopes = jax.grad(lambda p, x: f(p, x, y)[:, 0].mean())
    outputs, found = jax.jit(lambda p: (f(p, X, y), slopes(p, X)))(p)
    assert outputs.shape == (7, 4)
    np.testing.assert_allclose(found, gradient, rtol=1e-12, atol=1e-15)
    many = jax.jit(jax.vmap(slopes, (0, None)))(np.stack([p, p]), X)
    np.testing.assert_allclose(many, [gradient, gradient], rtol=1e-12, atol=1e-15)


def test_what_is_given_for_every_output_goes_back_to_the_arguments(x64, classifier, drawn):
    f, p, (X, y), _ = classifier
    weights = drawn.rows(7, 4)
    total = jax.jit(lambda x: (weights * f(p, x, y)).sum())
    found, h = np.asarray(jax.jit(jax.grad(total))(X)), 1e-6
    for place in ((0, 0), (3, 2)):
        step = np.zeros_like(X)
        step[place] = h
        assert found[place] == pytest.approx(float(total(X + step) - total(X - step)) / (2 * h), rel=1e-7)


def test_rows_that_are_divided_among_devices(x64, classifier):
    """Of parameters that all devices have, the gradient is the sum of what each finds; here there is one."""
    f, p, (X, y), gradient = classifier
    by_row, everywhere = jax.sharding.PartitionSpec("rows"), jax.sharding.PartitionSpec()
    mean = jax.shard_map(
        lambda p, X, y: jax.lax.pmean(f(p, X, y)[:, 0].mean(), "rows"),
        mesh=jax.sharding.Mesh(np.array(jax.devices()[:1]), ("rows",)),
        in_specs=(everywhere, by_row, by_row),
        out_specs=everywhere,
    )
    np.testing.assert_allclose(jax.jit(jax.grad(mean))(p, X, y), gradient, rtol=1e-12, atol=1e-15)


def test_derivatives_that_are_not_offered(x64, classifier):
    f, p, rows, _ = classifier

    def mean(p):
        return f(p, *rows)[:, 0].mean()

    with pytest.raises(TypeError, match="custom_vjp"):
        jax.jit(lambda p: jax.jvp(mean, (p,), (p,))).lower(p)
    for second in (jax.hessian, lambda f: jax.grad(lambda p: jax.grad(f)(p).sum()), lambda f: jax.jacrev(jax.grad(f))):
        with pytest.raises(TypeError, match=r"custom_vjp|first derivatives"):
            jax.jit(second(mean)).lower(p)


def test_our_conventions_hold_in_the_gradient(x64):
    """relu'(0) = 0, ties share, 0⁰ has no derivative, and an untaken branch carries nothing, not even 0·inf."""
    w = Value(0.0)
    f = compile(
        lambda x: [(w + x).relu(), maximum(w, x), (w + x) ** 0.0, where(x > 0, sqrt(x), w), abs(w + x)], backend="jax"
    )
    f([0.0])
    found = jax.jit(jax.jacrev(f.program.to_jax(), argnums=(0, 1)))(np.array([0.0]), np.array([0.0]))
    assert found[0].ravel().tolist() == [0.0, 0.5, 0.0, 1.0, 0.0]
    assert found[1].ravel().tolist() == [0.0, 0.5, 0.0, 0.0, 0.0]


def test_nothing_flows_from_an_output_that_is_given_nothing(x64):
    """The derivative of the root is inf at w = 0, and v·x does not read w."""
    v, w = Value(2.0), Value(0.0)
    f = compile(lambda x: (v * x, sqrt(w) * v), backend="jax")
    f([3.0])
    [slopes] = jax.jit(jax.jacrev(f.program.to_jax()))(np.array([2.0, 0.0]), np.array([3.0]))
    assert slopes[:, f.program.places].tolist() == [[3.0, 0.0], [0.0, inf]]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_nothing_flows_through_a_loop_that_is_given_nothing(x64, order):
    """y = p¹⁰⁰·x at p = 1, beside what overflows."""
    p, q = Value(1.0), Value(2.0)

    def f(x):
        y, z = x, q * x
        for _ in range(100):
            y = y * p
            z = z * z + 1.0
        return tuple([(y, z)[n] for n in order])

    compiled = compile(f, backend="jax")
    compiled([1.0, 2.0])
    assert any(isinstance(step.kind, Loop) for step in compiled.program.steps)
    numbers, places = np.empty(2), compiled.program.places[::-1]  # of p and q: the latter is read first
    numbers[places] = [1.0, 2.0]
    jacobian = jax.jit(jax.jacrev(compiled.program.to_jax(), argnums=(0, 1)))
    by_parameters, by_x = jacobian(numbers, np.array([1.0, 2.0]))
    y, z = order.index(0), order.index(1)
    assert by_parameters[:, y][:, places].tolist() == [[100.0, 0.0], [200.0, 0.0]]
    assert by_x[:, y].tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert [by_x[0, z, 1], by_x[1, z, 0]] == [0.0, 0.0]
    assert not np.isfinite([by_x[0, z, 0], by_x[1, z, 1]]).any()


def test_a_loop_is_differentiated_by_its_arguments(x64):
    w = Value(0.7)

    def f(x):
        for _ in range(100):
            x = x + 0.01 * (w * x).sin()
        return x

    compiled = compile(f, backend="jax")
    compiled([1.0])
    p, X, h = np.array([0.7]), np.array([1.0, 2.0]), 1e-6
    function = jax.jit(lambda x: compiled.program.to_jax()(p, x))
    found = np.asarray(jax.jit(jax.grad(lambda x: function(x).sum()))(X))
    expected = (function(X + h) - function(X - h))[:, 0] / (2 * h)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_a_wrong_index_makes_its_row_nan(x64):
    table = [Value(1.0), Value(2.0)]
    compiled = compile(lambda k: take(table, k), backend="jax")
    compiled([0])
    f, p, k = compiled.program.to_jax(), np.array([1.0, 2.0]), np.array([0, 5, 1])
    outputs, gradient = jax.jit(lambda p: (f(p, k), jax.grad(lambda p: f(p, k)[0, 0])(p)))(p)
    assert np.isnan(outputs[:, 0]).tolist() == [False, True, False]
    assert np.isnan(gradient).any()


def test_the_dtype_is_that_of_the_parameters(classifier):
    f, p, (X, y), _ = classifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert jax.eval_shape(f, p.astype(np.float32), X, y).dtype == np.float32
        assert jax.eval_shape(f, p, X, y).dtype == np.float32  # 64 bits are not there: JAX rounds them


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (lambda p, X, y: (p[1:], X, y), ValueError, "the parameters are 51 numbers"),
        (lambda p, X, y: (p.astype(int), X, y), ValueError, "got int"),
        (lambda p, X, y: (p, X), TypeError, "reads 2 arguments, 0, 1 of the compiled function, got 1"),
        (lambda p, X, y: (p, X[:, 1:], y), ValueError, "argument 0 .* rows of 4 numbers"),
        (lambda p, X, y: (p, X, y[1:]), ValueError, "argument 1 .* as many as"),
    ],
)
def test_arrays_that_do_not_fit(x64, classifier, arguments, error, words):
    f, p, (X, y), _ = classifier
    with pytest.raises(error, match=words):
        f(*arguments(p, X, y))


def test_the_source_is_the_program_in_jax_numpy():
    f = compile(lambda x: x.exp() * 2.0, backend="jax")
    f([1.0])
    assert "t1 = exp(x0[:, 0])" in f.source
    assert "compiled by XLA for 1 rows, on cpu" in f.explain()
    assert executor_of("jax").__module__ == "autograd.compiler.executors.jax.executor"


def test_the_example_of_the_page(capsys):
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    exec(code, {})
    assert capsys.readouterr().out == "[1. 1.]\n"
