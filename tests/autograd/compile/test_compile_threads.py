"""Threads: they call one function, compile several, and add up gradients on the parameters that they share.

Numbers are whole: a gradient that is lost is not a matter of rounding.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograd import Value, compile, tanh
from autograd.compiler.compiled import Compiled
from autograd.parameters import adopt, release, store_of, zero_grad
from nn import SGD

X = np.array([1.0, 2.0])
w = Value(2.0)
ROUNDS = 30


@pytest.fixture(autouse=True)
def restless():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*functions):
    """Run each in a thread of its own, as often as it is there; what they raise is raised here."""
    together = threading.Barrier(len(functions))

    def run(function):
        together.wait(60)
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return [result.result() for result in [pool.submit(run, function) for function in functions]]


class Shared:
    """Parameters, and functions of them whose gradients one knows: of Σ cᵢ·pᵢ·x the gradient by pᵢ is cᵢ·mean(x)."""

    def __init__(self, size):
        self.parameters = [Value(float(i)) for i in range(size)]
        self.expected = np.zeros(size)

    def compiled(self, start, stop, rows=1, dtype="float64", **options):
        """backward() of a compiled function of some of the parameters, in another order for each start."""
        used = self.parameters[start:stop][:: -1 if start % 2 else 1]
        f = Compiled(lambda x: sum(p * x * float(start + 1) for p in used), dtype, **options)
        self.expected[start:stop] += (start + 1) * 2.0
        return lambda: f.backward(np.full(rows, 2.0))

    def eager(self, start, stop):
        """backward() of a graph of scalars."""
        root = sum((p * float(start + 1) for p in self.parameters[start:stop]), Value(0.0))
        self.expected[start:stop] += start + 1
        return root.backward

    def check(self, times=1):
        np.testing.assert_allclose([p.grad for p in self.parameters], times * self.expected, rtol=1e-12)


# ------------------------------------------------------------------------------------------ calls and traces


def test_threads_may_call_one_function_at_once():
    weights = [Value(0.1 * i) for i in range(20)]
    f = compile(lambda x: sum(tanh(x * w) for w in weights))
    batches = [np.full(rows, 0.1 * rows) for rows in range(1, 9)] * 10
    expected = [f(batch) for batch in batches]
    f.retrace()
    with ThreadPoolExecutor(4) as pool:
        for result, right in zip(pool.map(f, batches), expected, strict=True):
            np.testing.assert_array_equal(result, right)


def test_threads_may_trace_at_once_and_others_do_not_notice():
    inside, go_on = threading.Barrier(3), threading.Barrier(3)

    def slow(factor):
        def f(x):
            inside.wait(10)
            y = x * (w * factor)
            go_on.wait(10)
            return tanh(y)

        return compile(f)

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(slow(factor), X) for factor in (1.0, 2.0)]
        inside.wait(10)
        eager = Value(2.0) * 3  # in the middle of both traces
        seen = (float(eager), eager > 5, eager.data, eager._scope, repr(eager))
        go_on.wait(10)
        for factor, result in zip((1.0, 2.0), results, strict=True):
            np.testing.assert_allclose(result.result(), np.tanh(2.0 * factor * X))
    assert seen == (6.0, True, 6.0, None, "Value(data=6.0, grad=0.0)")


def test_threads_may_compile_functions_that_share_parameters():
    weights = [Value(float(i)) for i in range(40)]
    functions = [compile(lambda x, i=i: sum(x * w for w in weights[i:])) for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda f: f(X).tolist(), functions))
    assert results == [[sum(range(i, 40)), 2.0 * sum(range(i, 40))] for i in range(8)]


# -------------------------------------------------------------------------------------------- sums of gradients


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_of_the_first_calls_add_up(dtype):
    for _ in range(ROUNDS):
        shared = Shared(12)
        at_once(*[shared.compiled(start, stop, dtype=dtype) for start, stop in ((0, 8), (3, 12), (5, 7), (0, 12))])
        shared.check()


def test_gradients_of_the_first_calls_add_up_beside_those_of_graphs():
    for _ in range(ROUNDS):
        shared = Shared(12)
        at_once(shared.compiled(0, 8), shared.eager(2, 12), shared.compiled(3, 12), shared.eager(0, 12))
        shared.check()


def test_gradients_of_one_function_add_up_over_shapes():
    for _ in range(ROUNDS // 2):
        p = [Value(1.0), Value(2.0)]
        f = compile(lambda x, p=p: p[0] * 3.0 * sum(x) + p[1] if isinstance(x, list) else p[1] * x)
        rows = [np.full((5, 2), 1.0), np.full((1, 4), 1.0), np.full(3, 2.0), np.full((2, 2), 1.0)]
        at_once(*[lambda x=x, f=f: f.backward(x) for x in rows])
        assert (p[0].grad, p[1].grad) == (3.0 * (2 + 4 + 2), 3.0 + 2.0)


def zeroed_by_the_values(parameters):
    zero_grad(parameters)


def zeroed_by_the_store(parameters):
    store_of(parameters[0]).zero_grad()


def zeroed_by_an_optimizer(parameters):
    SGD(parameters, lr=1.0).zero_grad()


@pytest.mark.parametrize("zero", [zeroed_by_the_values, zeroed_by_the_store, zeroed_by_an_optimizer])
def test_gradients_of_every_round_add_up_after_they_were_set_to_zero(zero):
    shared = Shared(12)
    steps = [shared.compiled(0, 8), shared.compiled(3, 12, rows=4), shared.compiled(0, 12), shared.eager(2, 12)]
    for _ in range(3 * ROUNDS):
        at_once(*steps)
        shared.check()
        zero(shared.parameters)


def test_gradients_of_threads_that_go_on_without_waiting_add_up():
    shared = Shared(12)
    steps = [shared.compiled(0, 8), shared.compiled(3, 12), shared.compiled(0, 12), shared.eager(2, 12)]
    times = 3 * ROUNDS
    at_once(*[lambda step=step: [step() for _ in range(times)] for step in steps])
    shared.check(times)


def test_gradients_of_a_batch_in_parts_add_up_beside_others():
    in_parts = {"rows": 64, "most_bytes": 256}
    for _ in range(ROUNDS // 2):
        shared = Shared(6)
        at_once(shared.compiled(0, 4, **in_parts), shared.compiled(1, 6, **in_parts), shared.eager(0, 6))
        shared.check()


# ---------------------------------------------------------------------------------- while the parameters move


def moved(parameters):
    """They go into a new store with another Value, to and fro."""
    for _ in range(ROUNDS):
        adopt([Value(1.0), *parameters[2:7]])
        adopt(parameters[::-1])


def released(parameters):
    for _ in range(ROUNDS):
        release(parameters[4:])
        release(parameters[:6])


def converted(parameters):
    for _ in range(ROUNDS):
        for dtype in ("float32", "float64"):
            adopt(parameters)[0].convert(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("move", [moved, released, converted])
def test_no_gradient_is_lost_while_another_thread_moves_the_parameters(move, dtype):
    shared = Shared(12)
    steps = [shared.compiled(0, 8, dtype=dtype), shared.compiled(3, 12, rows=3, dtype=dtype), shared.eager(0, 12)]
    times = ROUNDS // 2
    at_once(*[lambda step=step: [step() for _ in range(times)] for step in steps], lambda: move(shared.parameters))
    shared.check(times)


def test_a_gradient_whose_parameters_have_moved_since_it_was_computed_lands_where_they_are(monkeypatch):
    shared = Shared(4)
    step = shared.compiled(0, 3)
    step()
    prepared = sys.modules["autograd.compiler.prepared"].Prepared
    add = prepared.add_gradient

    def late(self, gradient):
        adopt([Value(7.0), *shared.parameters[::-1]])
        add(self, gradient)

    monkeypatch.setattr(prepared, "add_gradient", late)
    step()  # the gradients are not 0: it computes aside and adds
    shared.check(2)


# -------------------------------------------------------------------------------------------------- no waiting


def test_threads_run_forward_at_the_same_time():
    """Each waits, in the middle of its own program, for the other."""
    inside = threading.Barrier(2)

    def waiting(run):
        def run_forward(*inputs):
            inside.wait(60)
            return run(*inputs)

        return run_forward

    functions = [compile(lambda x, factor=factor: w * x * factor) for factor in (1.0, 3.0)]
    for f in functions:
        f(X)
        executor = f._last().executor(2)
        executor.run_forward = waiting(executor.run_forward)
    results = at_once(*[lambda f=f: f(X) for f in functions])
    np.testing.assert_array_equal(results, [2.0 * X, 6.0 * X])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_runs_a_function_that_another_thread_runs_here():
    f = compile(lambda x: w * x)
    f(X)
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with f._lock:
            held.set()
            go_on.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)
    child = os.fork()
    if not child:
        os._exit(0 if f(X).tolist() == (2.0 * X).tolist() else 1)
    go_on.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
