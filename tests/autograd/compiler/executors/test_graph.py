"""The native executor on graphs as they are: when it does so, in blocks of rows, its errors. `assert_equals_eager` runs
every function that it gets in this way, too."""

import gc
import math

import numpy as np
import pytest

from autograd import OPERATIONS, Value, compile, dot, exp, log, relu, sin, take, tanh, value_and_grad, where
from autograd.compiler.cache import Parts
from autograd.compiler.compiled import MOST_BYTES
from autograd.compiler.passes import folded_trace
from autograd.compiler.prepared import prepare
from autograd.compiler.prepared.nodes import ByNodes
from autograd.parameters import store_of
from autograd.value import _position
from nn import MLP
from tests.autograd.compiler.conftest import node_after_node
from tests.conftest import NEEDS_NATIVE

pytestmark = NEEDS_NATIVE


def chain(x, w, turns=100):
    """Each node is computed in its own way: from one more than the one before."""
    for _ in range(turns):
        x = sin(x * w) + x * 0.5
    return x


def compiled(f, *arrays):
    g = compile(f, backend="native")
    g(*arrays)
    return g


def test_a_recurrence_is_irregular_and_a_network_is_not():
    w, model = Value(0.9), MLP(2, [8, 8, 1])
    assert isinstance(compiled(lambda x: chain(x, w), [0.3])._last(), ByNodes)
    assert not isinstance(compiled(model, [[0.3, 0.4]])._last(), ByNodes)


def test_a_small_graph_is_a_program_of_arrays():
    assert not isinstance(compiled(lambda x: sin(x) * x, [0.3])._last(), ByNodes)


def test_a_formula_is_irregular_and_a_layer_is_not():
    """With less than 200 nodes, but more than 40."""
    weights = [[Value(i + 0.1 * j) for j in range(6)] for i in range(4)]
    layer = compiled(lambda x: [tanh(dot(row, x)) for row in weights], [[0.3] * 6])
    assert not isinstance(layer._last(), ByNodes)

    def formula(x):
        a, b, c = x
        return exp(a * b) * log(a) / (1.0 + b * c) + sin(a * c) * tanh(b / a) - c / (1.0 + a * b * c)

    def with_derivatives(x):
        value, slopes = value_and_grad(formula)(x)
        return [value, *slopes]

    assert isinstance(compiled(with_derivatives, [[1.5, 0.2, 0.3]])._last(), ByNodes)


@pytest.mark.parametrize("rows", [1, 2, 15, 16, 17, 1000])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_any_number_of_rows(rows, dtype):
    w = Value(0.9)
    X = np.linspace(-1.0, 1.0, rows, dtype=dtype)
    numbers = [chain(Value(float(x)), w) for x in X]
    for number in numbers:
        number.backward(1.0 / rows)
    slope, w.grad = w.grad, 0.0
    f = compile(lambda x: chain(x, w), dtype=dtype, backend="native")
    close = {"rtol": 1e-12 if dtype == "float64" else 1e-6}
    np.testing.assert_allclose(f(X), [number.data for number in numbers], **close)
    np.testing.assert_allclose(f.backward(X), [number.data for number in numbers], **close)
    assert w.grad == pytest.approx(slope, rel=close["rtol"])
    assert f(X).dtype == dtype


def test_one_row_has_the_bits_of_the_graph():
    w = Value(0.9)
    y = chain(Value(0.3), w)
    y.backward()
    slope, w.grad = w.grad, 0.0
    f = compile(lambda x: chain(x, w), backend="native")
    assert f.backward([0.3]).tolist() == [y.data]
    assert w.grad == slope


def test_the_program_and_its_source_are_there_for_who_asks():
    w = Value(0.9)
    f = compile(lambda x: chain(x, w), backend="native")
    f.backward([0.3, 0.4])
    assert "sin" in f.source
    assert len(f.program.steps) > 100
    assert "scalar nodes" in f.explain()


def test_a_branch_that_is_not_taken_carries_no_gradient():
    w = Value(1.0)
    with node_after_node():
        f = compile(lambda x: where(x > 0.0, log(x * w), relu(x) * w), backend="native")
        f.backward([2.0, 0.0, -1.0])
    assert w.grad == 1.0 / 3.0  # log(0) is -inf, and its derivative inf


def test_what_is_infinite_stays_so_where_it_is_taken():
    w = Value(0.0)
    with node_after_node():
        f = compile(lambda x: relu(x) + w**0.5, backend="native")
        f.backward([1.0])
    assert w.grad == math.inf


def test_an_index_out_of_range_names_the_row():
    w = Value(1.0)
    with node_after_node():
        f = compile(lambda x: take([x * w, w, x], x), backend="native")
        assert f.backward([0.0, 2.0]).tolist() == [0.0, 2.0]
        w.grad = 0.0
        with pytest.raises(IndexError, match="take: the index must be a whole number from 0 to 2, got 3 in row 2"):
            f.backward([0.0, 2.0, 3.0])
    assert w.grad == 0.0


@pytest.mark.parametrize("before", [[0.5, -0.5], [0.5]], ids=["of two rows before", "of one row before"])
def test_an_index_out_of_range_in_an_exact_run_of_one_row(before):
    w = Value(0.3)
    with node_after_node():
        f = compile(lambda x, k: take([x * w, w], k) + where(x > 0.0, (x * w) ** 0.5, 0.0), backend="native")
        f.backward([1.0, 0.0], [0.0, 1.0])  # the edge of the root of 0 is left out from now on
        f.backward(before, np.zeros(len(before)))
        w.grad = 0.0
        with pytest.raises(IndexError, match="take: the index must be a whole number from 0 to 1, got 7 in row 0"):
            f.backward([0.5], [7.0])
    assert w.grad == 0.0


@pytest.mark.parametrize(("rows", "exact"), [(1, False), (1, True), (3, False)])
def test_a_rule_in_c_that_fails_alone_is_told_of(rows, exact, tape_of):
    tape = tape_of("0 = input(0, 0)\n1 = input(0, 1)\n2 = take(1, 0, 0)\nreturn 2")
    run, _ = run_of(tape, np.full((rows, 2), 5.0), rows=rows)
    [number] = run.graph.rules
    run.graph.rules[number] = tape.operation(2)._replace(value=lambda ops, *numbers: 1.0)
    with pytest.raises(RuntimeError, match=r"take: the rule in C has no result for \[5.0, 5.0, 5.0\], in row 0"):
        run(exact)


def run_of(tape, *arguments, rows=2, parameters=2, places=(1,), outputs=1, gradient=None):
    """A run of a tape, and its graph."""
    from autograd.compiler.executors.native.graph import Graph, Run  # which may not be built

    graph = Graph(tape)
    slopes = None if gradient is None else np.zeros(gradient)
    places = np.array(places, np.int64)
    return Run(graph, arguments, np.ones(parameters), places, np.zeros((rows, outputs)), slopes), graph


PRODUCT = "0 = input(0, 1)\n1 = parameter(0)\n2 = mul(0, 1)\nreturn 2"
TWO = np.ones((2, 2))


@pytest.mark.parametrize(
    ("arguments", "others", "message"),
    [
        ((), {}, "reads argument 0, and there are 0"),
        ((TWO[:, :1],), {}, "reads number 1 of each row of argument 0, which has 1"),
        ((TWO[:1],), {}, "argument 0 has 1 rows, and the outputs have 2"),
        ((TWO,), {"places": ()}, "reads parameter 0, and there are places of 0"),
        ((TWO,), {"parameters": 1}, "parameter 0 lies at 1, and 1 parameters are given"),
        ((TWO,), {"places": (-1,)}, "parameter 0 lies at -1, and 2 parameters are given"),
        ((TWO,), {"gradient": 1}, "parameter 0 lies at 1, and the gradient has 1 numbers"),
        ((TWO,), {"outputs": 2}, "has 1 outputs, and the array for them 2 columns"),
    ],
)
def test_a_run_reads_nothing_beyond_its_arrays(arguments, others, message, tape_of):
    with pytest.raises(ValueError, match=message):
        run_of(tape_of(PRODUCT), *arguments, **others)


def test_a_run_takes_places_side_by_side(tape_of):
    from autograd.compiler.executors.native.graph import Graph, Run  # which may not be built

    places = np.array([0, 1, 0, 1])
    for wrong in (places[::2], places.astype(np.float64)):
        with pytest.raises(TypeError):
            Run(Graph(tape_of(PRODUCT)), [TWO], np.ones(2), wrong, np.zeros((2, 1)))


def test_a_graph_with_a_rule_that_is_not_in_c_does_not_run(tape_of):
    tape = tape_of(PRODUCT)
    tape.kinds[tape.kind[2]] = OPERATIONS["mul"]._replace(formula="another")
    with pytest.raises(ValueError, match="a rule of this graph is not in C"):
        run_of(tape, TWO)


@pytest.mark.parametrize("rows", [-8, 0, 1, 12])
def test_the_rows_of_a_block_are_whole_vectors(rows, tape_of):
    _, graph = run_of(tape_of(PRODUCT), TWO)
    with pytest.raises(ValueError, match=f"must be a multiple of 8, and some, got {rows}"):
        graph.most = rows
    assert graph.most == 8


def test_a_rule_that_is_not_the_one_of_the_book_is_not_run_in_c():
    from autograd.compiler.executors.native.nodes import is_irregular  # which may not be built

    tape, _ = folded_trace(lambda x: chain(x, 0.9), [()])
    assert is_irregular(tape)
    own = OPERATIONS["sin"]._replace(formula="another")
    tape.kinds = [own if operation is OPERATIONS["sin"] else operation for operation in tape.kinds]
    assert not is_irregular(tape)


def test_parameters_may_move_and_change():
    w, v = Value(0.9), Value(0.2)
    f = compile(lambda x: chain(x, w), backend="native")
    before = f([0.3])
    compile(lambda x: w * x + v).backward([1.0])  # a store of both
    w.grad = 0.0
    assert f([0.3]) == before
    w.data = 0.8
    f.backward([0.3])
    y = chain(Value(0.3), u := Value(0.8))
    y.backward()
    assert (f([0.3])[0], w.grad) == (y.data, u.grad)


def test_memory_is_given_back_and_made_anew():
    w = Value(0.9)
    f = compile(lambda x: chain(x, w), backend="native")
    first = f(np.ones(1000))
    assert f.bytes_of_runs > 0
    f.free_runs()
    assert f.bytes_of_runs == 0
    assert (f(np.ones(1000)) == first).all()


def test_a_function_without_parameters_has_values_only():
    f = compile(lambda x: chain(exp(x), 0.9) + tanh(x), backend="native")
    assert f.backward([0.1]) == f([0.1])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_bound_to_arrays(dtype):
    w = Value(0.9)
    f = compile(lambda x: chain(x, w), dtype=dtype, backend="native")
    X = np.array([0.3, 0.4], dtype)
    step = f.bind(X)
    assert (step() == f(X)).all()
    X[:] = 0.5, 0.6
    expected = f.backward(X)
    f(X[:1])  # other rows between
    slope, w.grad = w.grad, 0.0
    assert (step.backward() == expected).all()
    assert w.grad == slope
    step.backward()
    assert w.grad == pytest.approx(2 * slope, rel=1e-6)


def test_only_what_the_outputs_need_is_run():
    w = Value(0.9)
    parts = Parts(lambda x, y: {"deep": chain(x, w), "taken": take([x, chain(x, w)], y)}, [(), ()])
    nodes, returned = parts._chosen(["deep"])
    traced = parts._tape.with_outputs(nodes), returned
    prepared = prepare(parts._f, ((),), np.dtype(float), MOST_BYTES, traced, adopts=False, backend="native")
    assert isinstance(prepared, ByNodes)
    y = chain(Value(0.3), w)
    assert prepared.forward([np.array([0.3])], 1).tolist() == [[y.data]]


def test_the_program_that_is_shown_follows_its_parameters():
    w, v = Value(0.9), Value(0.2)
    f = compile(lambda x: chain(x, w), backend="native")
    f.backward([0.3])
    assert f.program.places.tolist() == [0]
    compile(lambda x: v * x + w).backward([1.0])  # they lie in another store now
    f.backward([0.3])
    assert f.program.places.tolist() == [_position(w)]  # where its store has it
    assert store_of(w) is store_of(v)


class Cycle:
    """When the garbage collector finds it, it calls f."""

    def __init__(self, f, rows):
        self.me, self.f, self.rows = self, f, rows

    def __del__(self):
        self.f.backward(np.full(self.rows, 0.5))


def test_finalizers_call_it_before_or_after_us():
    w = Value(0.9)
    f = compile(lambda x: chain(x, w), backend="native")
    X = np.linspace(-1.0, 1.0, 600)
    f.backward(X)
    slope, w.grad = w.grad, 0.0
    f.backward(np.full(7, 0.5))
    of_finalizer, before, found = w.grad, gc.get_threshold(), set()
    try:
        for threshold in range(1, 60):
            gc.disable()
            gc.collect()
            Cycle(f, 7)
            w.grad = 0.0
            gc.set_threshold(threshold)
            gc.enable()
            f.backward(X)
            found.add(w.grad)
    finally:
        gc.set_threshold(*before)
        gc.enable()
    sums = {slope, slope + of_finalizer, of_finalizer + slope}
    assert all(any(each == pytest.approx(total, rel=1e-12) for total in sums) for each in found)
