"""The loops of ours for rules of the book: wherever their operands lie, by either choice, for whoever replaces one.

How exact they are is measured in tests/autograd/accuracy/, by the functions that are compiled to them.
"""

import numpy as np
import pytest

from autograd import OPERATIONS, Value, compile, gelu, hypot, sin, tanh
from autograd.operations import Operation
from tests.autograd.accuracy.measure import errors
from tests.autograd.accuracy.tables import tables
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE

if not NEEDS_NATIVE.args[0]:
    from autograd.compiler.executors.native import graph, loops, machine

LENGTHS = (1, 7, 8, 127, 128, 129, 300)
dtypes = pytest.mark.parametrize("dtype", ["d", "f"])


def run_loop(loop, out, *operands):
    """On one axis, whatever the strides."""
    arrays, strides = (*operands, out), tuple(array.strides[0] for array in (*operands, out))
    machine.call(loop, tuple(array.base if array.base is not None else array for array in arrays), len(out), strides)
    return out


def every_third(numbers):
    room = np.zeros(3 * len(numbers), numbers.dtype)
    room[::3] = numbers
    return room[::3]


@dtypes
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("laid_out", [np.copy, every_third])
def test_values_wherever_the_numbers_lie(dtype, length, laid_out):
    x = np.linspace(-3.0, 3.0, length).astype(dtype)
    loop = graph.loop_of(OPERATIONS["sin"], dtype)
    room = laid_out(np.full(length + 8, 7.0, dtype))
    run_loop(loop, room[:length], laid_out(x))
    np.testing.assert_allclose(room[:length], np.sin(x), rtol=4.0 * np.finfo(dtype).eps)
    assert (room[length:] == 7.0).all()  # nothing behind the last one is touched


@dtypes
@pytest.mark.parametrize("length", LENGTHS)
def test_what_flows_back_is_dy_times_the_derivative(dtype, length):
    x, dy = (np.random.default_rng(seed).normal(size=length).astype(dtype) for seed in (1, 2))
    loop = graph.loop_of(OPERATIONS["tanh"], dtype, True)
    for spread in (np.copy, every_third):
        got = run_loop(loop, spread(np.zeros(length, dtype)), spread(x), spread(dy))
        exact = dy.astype(float) * (1.0 / np.cosh(x.astype(float)) ** 2)
        np.testing.assert_allclose(got, exact, rtol=8.0 * np.finfo(dtype).eps)


def test_the_result_may_lie_where_an_operand_does():
    x = np.linspace(-2.0, 2.0, 1000)
    expected = run_loop(graph.loop_of(OPERATIONS["gelu"], "d"), np.zeros(1000), x)
    run_loop(graph.loop_of(OPERATIONS["gelu"], "d"), x, x)
    assert (x == expected).all()


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_angles_of_many_turns_are_those_of_the_c_library(name):
    x = np.array([1e5, 2.0**19 + 1.0, -1e10, 1e300, np.inf, np.nan, 0.5])
    got = run_loop(graph.loop_of(OPERATIONS[name], "d"), np.zeros(len(x)), x)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(got, getattr(np, name)(x), rtol=1e-15)


@pytest.mark.parametrize("name", ["atan2", "hypot"])
def test_functions_of_two_numbers(name):
    [table] = tables(name, "float64", 1000)
    a, b = (column.copy() for column in table.points.T)
    got = run_loop(graph.loop_of(OPERATIONS[name], "d"), np.zeros(len(a)), a, b)
    assert errors(got, table.exact[()]).max() < 3.0


def test_zeros_infinities_and_nan_of_two_numbers():
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -1e-323, 3e-323, 2e-310, 1e308]
    a, b = (each.ravel() for each in np.meshgrid(special, special))
    for name, expected in (("atan2", np.arctan2), ("hypot", np.hypot)):
        got = run_loop(graph.loop_of(OPERATIONS[name], "d"), np.zeros(len(a)), a, b)
        with np.errstate(all="ignore"):
            exact = expected(a, b)
        np.testing.assert_allclose(got, exact, rtol=1e-15, atol=5e-324)
        assert (np.signbit(got) == np.signbit(exact))[~np.isnan(exact)].all()


# ------------------------------------------------------------------------------------------------------ which are taken


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(50, 2))


def loops_of(f):
    """The addresses of the functions that the machine calls."""
    (executor,) = f._last().executors.values()
    words, at, found = executor.code.words, 0, set()
    while at < len(words):
        if words[at] == machine.APPLY:
            found.add((int(words[at + 2]), int(words[at + 3])))
        at += words[at + 1]
    return found


@pytest.fixture
def forgotten():
    """What has been chosen before, and here."""
    for each in (loops.loop_of_rule, loops.loop):
        each.cache_clear()
    yield
    for each in (loops.loop_of_rule, loops.loop):
        each.cache_clear()


@pytest.mark.parametrize(("of_numpy", "ours_are_wide"), [(False, True), (True, True), (False, False)])
def test_a_faster_loop_of_numpy_is_taken(of_numpy, ours_are_wide, monkeypatch, forgotten, rows):
    monkeypatch.setattr(loops, "numpy_has_vectors", lambda: of_numpy)
    monkeypatch.setattr(graph, "HAS_WIDE_VECTORS", ours_are_wide)
    f = compile(lambda x: tanh(x[0]) + sin(x[1]), backend="native")
    values = f(rows)
    assert (graph.loop_of(OPERATIONS["tanh"], "d") in loops_of(f)) is (ours_are_wide and not of_numpy)
    assert graph.loop_of(OPERATIONS["sin"], "d") in loops_of(f)
    np.testing.assert_allclose(values, np.tanh(rows[:, 0]) + np.sin(rows[:, 1]), rtol=1e-13)


def test_one_loop_forward_and_one_back(rows):
    w = Value(0.5)
    f = compile(lambda x: gelu(w * x[0]), backend="native")
    f.backward(rows)
    found = {graph.loop_of(OPERATIONS["gelu"], "d", back) for back in (False, True)}
    assert found <= loops_of(f)


def test_whoever_replaces_a_rule_gets_what_the_new_one_says(monkeypatch, rows):
    other = OPERATIONS["erf"]._replace(value=lambda m, x: m.exp(x))
    assert isinstance(other, Operation)
    assert loops.loop_of_rule(OPERATIONS["erf"], "d") is not None
    assert loops.loop_of_rule(other, "d") is None
    with pytest.raises(LookupError, match="no loop of"):
        graph.loop_of(other, "d")


def test_plain_operations_have_none():
    with pytest.raises(LookupError, match="add"):
        graph.loop_of(OPERATIONS["add"], "d")
    with pytest.raises(LookupError, match="logsumexp"):
        graph.loop_of(OPERATIONS["logsumexp"], "d")


def test_a_plain_number_among_the_operands(rows):
    f = compile(lambda x: hypot(x[0], 2.0), backend="native")
    np.testing.assert_allclose(f(rows), np.hypot(rows[:, 0], 2.0), rtol=1e-15)
    assert graph.loop_of(OPERATIONS["hypot"], "d") in loops_of(f)
