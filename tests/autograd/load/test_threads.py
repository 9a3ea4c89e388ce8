"""Threads, processes and signals do not disturb each other."""

import math
import os
import pickle
import signal
import sys
import threading

import numpy as np
import pytest

import autograd
from autograd import Value, copying, dot, grad, is_compiled, maximum, no_grad, scope, topological_order, value
from autograd.parameters import adopt, release
from tests.autograd.load.conftest import SCALE, in_threads, network, outcome


@pytest.mark.parametrize("threads", [2, 8])
@pytest.mark.parametrize("kept", [False, True], ids=["leaves", "adopted leaves"])
def test_gradients_of_all_threads_sum_up_on_shared_parameters(threads, kept, restless):
    parameters = [Value(float(i)) for i in range(20)]
    if kept:
        adopt(parameters)
    rounds = 10 * SCALE

    def work():
        for _ in range(rounds):
            root = sum((p * p * 3 for p in parameters), Value(0.0))  # whole numbers: the order does not matter
            (root + maximum(*parameters, 1000.0) + dot(parameters, parameters)).backward()

    in_threads(*[work] * threads)
    assert [p.grad for p in parameters] == [8.0 * i * rounds * threads for i in range(20)]


def test_a_graph_that_another_thread_pickles_meanwhile_has_its_nodes_shared(monkeypatch):
    x = Value(1.0)
    square = x * x
    root = square * x
    both_here, square_made, x_made_again = threading.Event(), threading.Event(), threading.Event()

    class Slow(copying._Pickled):
        """Has the first thread make x and the square, then the second its own x, then the first the root."""

        def __init__(self, node):
            first = threading.current_thread() is not second
            if node is x and first:
                both_here.wait(0.3)  # in vain, where the second has to wait for its turn
            elif node is x:
                both_here.set()
                square_made.wait(0.3)
            elif node is root and first:
                x_made_again.wait(0.3)
            super().__init__(node)
            if node is square and first:
                square_made.set()
            elif node is x and not first:
                x_made_again.set()

    monkeypatch.setattr(copying, "_Pickled", Slow)
    second = threading.Thread(target=lambda: pickle.dumps(root))
    second.start()
    assert len(topological_order(pickle.loads(pickle.dumps(root)))) == 3
    second.join()


if not is_compiled():  # compiled, nobody else runs in between

    def test_a_leaf_that_moves_between_two_looks_is_read_where_it_is(monkeypatch):
        a, b = Value(1.0), Value(2.0)
        adopt([a, b])
        position = value._position

        def moved_first(x):
            monkeypatch.undo()
            release([a, b])
            adopt([b, a])
            return position(x)

        monkeypatch.setattr(value, "_position", moved_first)
        assert (a + 0.0).data == 1.0


def test_a_leaf_keeps_its_number_and_gradient_while_another_thread_moves_it(restless):
    leaves = [Value(float(i)) for i in range(20)]
    for i, leaf in enumerate(leaves):
        leaf.grad = float(-i)

    def move():
        for turn in range(200 * SCALE):
            adopt(leaves[turn % 3 :])
            release(leaves[:: turn % 2 + 1])

    def look():
        for _ in range(200 * SCALE):
            assert [(leaf.data, (leaf + 0.0).data, leaf.grad) for leaf in leaves] == [
                (float(i), float(i), float(-i)) for i in range(20)
            ]

    def write():
        for _ in range(200 * SCALE):
            for i, leaf in enumerate(leaves):
                leaf.data, leaf.grad = float(i), float(-i)

    in_threads(move, look, look, write)
    assert [(leaf.data, leaf.grad) for leaf in leaves] == [(float(i), float(-i)) for i in range(20)]


def test_a_derivative_touches_no_gradient_that_another_thread_sees(restless):
    seen, written = Value(2.0), Value(1.0)
    seen.grad = 5.0

    def differentiate():
        for _ in range(100 * SCALE):
            assert grad(lambda x: sum((x * seen * written for _ in range(20)), Value(0.0)))(1.0) == 40.0

    def look():
        for _ in range(10000 * SCALE):
            assert seen.grad == 5.0

    def write():
        for i in range(10000 * SCALE):
            written.grad = float(i)
            assert written.grad == float(i)

    in_threads(differentiate, look, write)


def test_no_grad_and_scope_hold_for_their_own_thread_only(restless):
    x = Value(2.0)

    def recorded():
        for _ in range(100 * SCALE):
            node = x * x
            assert (node.parents, node._scope) == ((x, x), None)

    def unrecorded():
        for _ in range(100 * SCALE):
            with no_grad():
                assert (x * x).parents == ()
            assert (x * x).parents == (x, x)

    def scoped():
        for i in range(100 * SCALE):
            with scope(str(i)):
                assert (x * x)._scope == (None, str(i))
            assert (x * x)._scope is None

    in_threads(recorded, unrecorded, scoped, recorded, unrecorded, scoped)


@pytest.mark.parametrize("enter", [no_grad, lambda: scope("left open")], ids=["no_grad", "scope"])
def test_a_new_thread_has_nothing_of_one_that_has_ended(enter):
    x = Value(2.0)
    seen, left_open, identities = [], [], set()

    def leave_open():
        identities.add(threading.get_ident())
        left_open.append(enter())
        left_open[-1].__enter__()
        seen.append((x * x)._scope is None and (x * x).parents == (x, x))

    def look():
        identities.add(threading.get_ident())
        node = x * x
        seen.append(node._scope is None and node.parents == (x, x))

    for _ in range(50):
        for function in (leave_open, look):
            thread = threading.Thread(target=function)
            thread.start()
            thread.join()
            look()
    assert seen == [False, True, True, True] * 50
    assert len(identities) < 100  # the system gives the identity of a thread that has ended to another one


def test_one_thread_traces_while_others_compute(restless):
    weights = [Value(float(i)) for i in range(5)]
    stop = []

    def compute():
        x = Value(3.0)
        while not stop:
            node = x * weights[2] + x
            assert (node.data, node.partials, float(node), node > 8.0, bool(x)) == (9.0, (1.0, 1.0), 9.0, True, True)
            x.grad = 0.0
            node.backward()
            assert x.grad == 3.0

    def compile():
        try:
            for _ in range(3 * SCALE):
                f = autograd.compile(lambda x: dot(weights, x).tanh() + sum(w * w for w in weights))
                assert f(np.zeros((2, 5))).tolist() == [30.0, 30.0]
        finally:
            stop.append(True)

    in_threads(compile, compute, compute)


def test_two_threads_trace_at_the_same_time(restless):
    w = Value(2.0)

    def compile():
        for i in range(5 * SCALE):
            f = autograd.compile(lambda x, i=i: (w * x + i) * (w - 1.0))
            assert f([1.0, 2.0]).tolist() == [2.0 + i, 4.0 + i]

    in_threads(compile, compile, compile)


def test_a_thread_that_lives_when_the_program_ends_does_no_harm():
    program = """
import sys, threading, time
from autograd import Value, no_grad
sys.setswitchinterval(1e-5)
x = Value(1.0)
def work():
    while True:
        root = x
        for _ in range(500):
            root = (root + x).tanh()
        root.backward()
        with no_grad():
            root * root
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
"""
    assert outcome(program) == (0, "", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_goes_on_where_its_parent_was():
    program = """
import os, threading, warnings
warnings.simplefilter("ignore")  # Python 3.12 warns of fork() beside threads
from autograd import Value, no_grad
x = Value(2.0)
def child():
    if (x * x).parents:
        return 1
    seen = []
    thread = threading.Thread(target=lambda: seen.append((x * x).parents))
    thread.start()
    thread.join()
    if seen != [(x, x)]:
        return 2
    kept.backward()
    return 0 if x.grad == 4.0 else 3
def work():
    with no_grad():
        pid = os.fork()
        if pid == 0:
            os._exit(child())
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), (x * x).parents)
kept = x * x
thread = threading.Thread(target=work)
thread.start()
thread.join()
print(x.grad, len((x * x).parents))
"""
    assert outcome(program) == (0, "0 ()\n0.0 2\n", "")


def test_a_failing_thread_is_seen():
    def fail():
        raise AssertionError("seen")

    with pytest.raises(AssertionError, match="seen"):
        in_threads(lambda: None, fail)


def test_a_graph_outlives_the_thread_that_made_it():
    made = []
    in_threads(lambda: made.append(network(5)))
    made[0].backward()
    assert math.isfinite(made[0].data)
    assert made[0].grad == 1.0


def test_derivatives_in_one_thread_leave_the_gradients_of_another_alone():
    p, times, before = Value(1.0), 3_000, sys.getswitchinterval()

    def differentiate():
        for _ in range(times):
            autograd.grad(lambda x: x * p + p)(1.0)

    def accumulate():
        for _ in range(times):
            (p * 2.0).backward()

    threads = [threading.Thread(target=target) for target in (differentiate, accumulate)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert p.grad == 2.0 * times


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no interval timer")
def test_a_backward_that_a_signal_starts_in_the_middle_of_another_does_not_disturb_it():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + x
    before = signal.signal(signal.SIGALRM, lambda *_: (Value(1.0) * Value(3.0)).backward())
    signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
    try:
        for _ in range(20):
            x.grad = 0.0
            y.backward()
            assert x.grad == 20_001.0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
