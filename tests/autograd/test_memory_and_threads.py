"""The engine under load: nothing leaks, nothing crashes, and threads do not disturb each other."""

import gc
import math
import os
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, dot, is_compiled, maximum, no_grad, scope, topological_order
from autograd.parameters import adopt, release
from autograd.value import apply

SCALE = 10 if is_compiled() else 1  # plain Python takes ten times as long


def alive():
    """How many Values there are, and a constant: each has a reference to its class."""
    return sys.getrefcount(Value)


def network(rows):
    """A graph of about 650 nodes for each row: a network of 2-16-16-1 neurons and its loss."""
    layers = [[[Value(0.1 * (i - j)) for j in range(m)] for i in range(n)] for n, m in ((16, 3), (16, 17), (1, 17))]
    loss = Value(0.0)
    for row in range(rows):
        x = [0.5, row / rows]
        for layer in layers:
            x = [sum((w * a for w, a in zip(ws, x, strict=False)), ws[-1]).relu() for ws in layer]
        loss = loss + (x[0] - 1.0) ** 2
    return loss


def chain(length, root=None):
    root = Value(1.0) if root is None else root
    for _ in range(length):
        root = -root
    return root


def outcome(program):
    """Exit status, output and errors of a process of its own, where an overflow of the stack is an exit status."""
    environment = {**os.environ, "PYTHONPATH": str(Path(autograd.__file__).parents[1])}
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
    )
    return finished.returncode, finished.stdout, finished.stderr


def in_threads(*functions):
    """Run each in a thread of its own, all at once; what they raise is raised here."""
    errors = []
    together = threading.Barrier(len(functions))

    def guarded(function):
        try:
            together.wait()
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def restless():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


# ------------------------------------------------------------------------------------------------------- leaks


def test_the_count_sees_every_value():
    gc.collect()  # what other tests have left may not vanish in between
    before = alive()
    values = [Value(1.0) for _ in range(1_000)]
    assert alive() - before == len(values)


def resident():
    """Bytes of memory in use, as the system sees it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def growth(use, times):
    """How many bytes more are in use after many times than after some."""
    for _ in range(times // 10 + 2):
        use()
    before = resident()
    for _ in range(times):
        use()
    return resident() - before


LINUX = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")


def graph():
    """6 MB, 68,000 nodes, where the engine is compiled."""
    network(10 * SCALE).backward()


def in_another_order(kept=[None] * 10):
    """Graphs are freed in another order than they are made in."""
    kept.append(network(2))
    del kept[len(kept) * 7 % 11 % len(kept)]


def leaking(kept=[]):  # noqa: B006  it is kept
    kept.append(network(10))


def growth_in_a_new_process(use, times):
    """There, no memory of other tests is free to be used again."""
    program = f"import runpy; of = runpy.run_path({__file__!r}); print(of['growth'](of[{use.__name__!r}], {times}))"
    status, output, errors = outcome(program)
    assert (status, errors) == (0, "")
    return int(output)


@LINUX
def test_building_and_freeing_graphs_keeps_memory_flat():
    assert growth_in_a_new_process(graph, times=30 * SCALE) < 2**22


@LINUX
def test_memory_stays_flat_when_graphs_are_freed_in_another_order_than_made():
    assert growth_in_a_new_process(in_another_order, times=100 * SCALE) < 2**22


@LINUX
def test_the_growth_sees_a_leak():
    assert growth_in_a_new_process(leaking, times=20) > 2**22


def test_a_freed_graph_leaves_no_value():
    before = alive()
    network(10).backward()
    assert alive() == before


def test_nodes_in_a_list_outlive_their_graph_and_no_others():
    before = alive()
    root, kept = Value(1.0), []
    for i in range(1_000):
        root = -root
        if i == 499:
            kept.append(root)
    del root
    assert alive() - before == 501
    assert kept[0].data == 1.0
    kept.clear()
    assert alive() == before


class Broken(float):
    def __float__(self):
        raise ArithmeticError


class BrokenScalar:
    dtype, shape = np.dtype("float64"), ()

    def __float__(self):
        raise ArithmeticError


def broken_operation(*operands):
    """An operation whose derivatives cannot be computed."""

    def partials(m, y, *x):
        raise ArithmeticError

    return apply(OPERATIONS["add"]._replace(partials=partials), *operands)


def taken_too_far(x):
    index = Value(1.0)
    root = autograd.take([x, x * x], index)
    index.data = 2.0
    root.forward()


def too_few(x):
    return apply(OPERATIONS["maximum"]._replace(partials=lambda m, y, *x: (1.0, 0.0)), x, x * 2, x * 3)


INTERRUPTED = {
    "a broken float on the right": lambda x: x * Broken(1.0),
    "a broken float on the left": lambda x: Broken(1.0) - x,
    "a broken scalar": lambda x: x / BrokenScalar(),
    "a broken comparison": lambda x: x < Broken(1.0),
    "a text": lambda x: x + "text",
    "a text on the left": lambda x: "text" ** x,
    "an int beyond the floats": lambda x: x - 10**400,
    "a Value of a broken float": lambda x: Value(Broken(1.0), label="broken"),
    "a label that has no text": lambda x: Value(1.0, label=type("", (), {"__str__": lambda self: 1 / 0})()),
    "data": lambda x: setattr(x, "data", Broken(1.0)),
    "data of an inner node": lambda x: setattr(x * x, "data", 1.0),
    "grad": lambda x: setattr(x, "grad", "text"),
    "the seed of backward": lambda x: (x * x + x).backward(Broken(1.0)),
    "many operands": lambda x: maximum(x, x * x, x + 1, "text"),
    "a list": lambda x: dot([x, x * 2], [x, None]),
    "an index": lambda x: autograd.take([x, x * x], x * 100),
    "an index in forward": taken_too_far,
    "derivatives of two": lambda x: broken_operation(x, x * 2),
    "derivatives of three": lambda x: broken_operation(x, x * 2, x),
    "derivatives that are too few": lambda x: too_few(x).backward(),
    "a trace": lambda x: autograd.compile(lambda row: (row * x, float(row)))([1.0, 2.0]),
    "an adoption": lambda x: adopt([Value(1.0), x * x]),
}


@pytest.mark.parametrize("use", INTERRUPTED.values(), ids=INTERRUPTED)
@pytest.mark.parametrize("kept", [False, True], ids=["a leaf", "an adopted leaf"])
def test_an_operation_that_fails_in_the_middle_leaks_nothing(use, kept):
    x = Value(2.0)
    if kept:
        adopt([x])

    def fail():
        for _ in range(20):
            with pytest.raises((ArithmeticError, TypeError, ValueError, AttributeError, LookupError, RuntimeError)):
                use(x)
        gc.collect()  # what a traceback holds

    fail()
    before = alive(), sys.getrefcount(x)
    fail()
    assert (alive(), sys.getrefcount(x)) == before


def test_a_store_disappears_with_its_values():
    x, y = Value(1.0), Value(2.0)
    store = weakref.ref(adopt([x, y])[0])
    root = x * y
    root.backward()
    del x, y
    assert store() is not None
    del root
    assert store() is None


def test_adopted_leaves_are_not_leaked_by_graphs():
    values = [Value(float(i)) for i in range(10)]
    store, _ = adopt(values)

    def use():
        for _ in range(100):
            sum((v * v for v in values), Value(0.0)).backward()

    use()
    before = alive(), sys.getrefcount(store), [sys.getrefcount(v) for v in values]
    use()
    assert (alive(), sys.getrefcount(store), [sys.getrefcount(v) for v in values]) == before


def test_released_leaves_let_their_store_go():
    values = [Value(float(i)) for i in range(10)]
    store = weakref.ref(adopt(values)[0])
    release(values)
    assert store() is None


def test_a_new_construction_of_a_node_lets_its_parents_go():
    before = alive()
    root = chain(10_000)
    root.__init__(3.0)
    assert (alive() - before, root.parents, root.data) == (1, (), 3.0)


# -------------------------------------------------------------------------------------------- deep and wide graphs

DEEP = f"""
import threading
from autograd import Value, dot, maximum, where
N = {300_000 * SCALE}
one, two = Value(1.0), Value(2.0)
KINDS = {{
    "negative": lambda r: -r,
    "first operand": lambda r: r * one,
    "second operand": lambda r: one * r,
    "both operands": lambda r: r / r,
    "maximum": lambda r: maximum(r, one, one),
    "where": lambda r: where(one, r, two),
    "dot": lambda r: dot([two, r], [one, one]),
}}
def chain(kinds, n):
    root = Value(1.0)
    for i in range(n):
        root = kinds[i % len(kinds)](root)
    return root
def in_small_thread(function):
    threading.stack_size(256 * 1024)
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()
"""
CHAINS = {
    "negatives": "chain([KINDS['negative']], N)",
    "first operands": "chain([KINDS['first operand']], N // 3)",
    "second operands": "chain([KINDS['second operand']], N // 3)",
    "both operands": "chain([KINDS['both operands']], N // 10)",
    "three operands": "chain([KINDS['where']], N // 20)",
    "all kinds": "chain(list(KINDS.values()), N // 20)",
    "long stretches of all kinds": "chain([kind for kind in KINDS.values() for _ in range(300)], N // 20)",
}
FREED = {
    "in the main thread": "root.backward(); del root",
    "in a thread with a small stack": "box = [root]; box[0].backward(); del root; in_small_thread(box.clear)",
}


@pytest.mark.parametrize("freed", FREED.values(), ids=FREED)
@pytest.mark.parametrize("built", CHAINS.values(), ids=CHAINS)
def test_a_deep_chain_is_walked_and_freed(built, freed):
    program = DEEP + f"root = {built}\n{freed}\nprint((-one).data, 'done')"
    assert outcome(program) == (0, "-1.0 done\n", "")


def test_a_deep_chain_is_walked_in_a_thread_with_a_small_stack():
    program = DEEP + "root = chain([KINDS['negative']], N // 10)\nin_small_thread(root.backward)\nprint(root.grad)"
    assert outcome(program) == (0, "1.0\n", "")


def test_a_deep_chain_that_lives_until_the_end_does_no_harm():
    assert outcome(DEEP + "root = chain(list(KINDS.values()), N // 20)") == (0, "", "")


def test_a_chain_is_freed_to_the_last_node():
    before = alive()
    root = chain(100_000)
    for _ in range(10_000):
        root = maximum(root, root * 2, 1.0)
    del root
    assert alive() == before


def test_freeing_may_run_code_that_frees_another_graph():
    before = alive()
    freed = []

    def build(depth):
        x = Value(1.0)
        store, _ = adopt([x])
        weakref.finalize(store, lambda: freed.append(depth) or (depth and build(depth - 1)))
        return chain(1_000, maximum(chain(1_000, x), 1.0, 2.0)).data

    build(5)
    assert (freed, alive()) == ([5, 4, 3, 2, 1, 0], before)


def test_freeing_inside_an_exception_keeps_the_exception():
    def fail():
        root = chain(10_000)
        raise KeyError(root.data)

    with pytest.raises(KeyError, match=r"1\.0"):
        fail()


def test_a_wide_node():
    before = alive()
    count = 10_000 * SCALE
    xs = [Value(float(i)) for i in range(count)]
    node = dot(xs, [2.0] * count)
    node.backward()
    assert (node.data, {x.grad for x in xs}) == (count * (count - 1.0), {2.0})
    del node, xs
    assert alive() == before


# ------------------------------------------------------------------------------------------------------ backward


def test_backward_of_a_leaf_adds_to_its_gradient():
    x = Value(2.0)
    x.backward()
    x.backward(3.0)
    assert x.grad == 4.0


def test_backward_of_an_adopted_leaf_adds_to_its_gradient():
    x = Value(2.0)
    store, _ = adopt([x])
    x.backward()
    x.backward(3.0)
    assert (x.grad, store.grad.tolist()) == (4.0, [4.0])


def test_backward_of_a_root_that_is_used_elsewhere():
    x = Value(2.0)
    root = x * x
    above = root * 5.0 + root
    root.backward()
    assert (x.grad, root.grad, above.grad) == (4.0, 1.0, 0.0)
    above.backward()
    assert (x.grad, root.grad) == (4.0 + 24.0, 6.0)


def test_backward_twice_is_exactly_twice():
    x = Value(0.1)
    root = (x * 0.3).exp() / 7.0 + x.sin()
    root.backward()
    once = x.grad
    root.backward()
    assert x.grad == once + once


def test_backward_after_forward_uses_the_new_numbers():
    x, y = Value(2.0), Value(3.0)
    root = maximum(x * y, x, y) + x * x
    root.backward()
    x.data, x.grad, y.grad = 5.0, 0.0, 0.0
    root.forward().backward()
    assert (root.data, x.grad, y.grad) == (40.0, 13.0, 5.0)


def test_backward_and_topological_order_do_not_disturb_each_other():
    x = Value(2.0)
    lower = x * x + x
    upper = lower * lower
    orders, gradients = [], []
    for root in (upper, lower, upper, x, lower):
        orders.append(len(topological_order(root)))
        x.grad = 0.0
        root.backward()
        orders.append(len(topological_order(upper, lower)))
        gradients.append(x.grad)
    assert (orders, gradients) == ([4, 4, 3, 4, 4, 4, 1, 4, 3, 4], [60.0, 5.0, 60.0, 1.0, 5.0])


def test_after_a_failure_in_backward_the_next_backward_is_right():
    x = Value(2.0)
    shared = x * x
    with pytest.raises(ValueError, match="shorter"):
        (too_few(shared) + shared * shared).backward()
    x.grad = 0.0
    root = shared * shared
    root.backward()
    assert (x.grad, len(topological_order(root))) == (32.0, 3)


def test_a_compiled_function_does_not_disturb_the_walks_over_its_parameters():
    w = Value(3.0)
    root = w * w
    compiled = autograd.compile(lambda x: w * x + root.parents[0] * 2.0)
    gradients = []
    for _ in range(3):
        compiled.backward([1.0, 3.0])
        compiled.retrace()
        root.backward()
        gradients.append(w.grad)
    assert gradients == [10.0, 20.0, 30.0]


# ------------------------------------------------------------------------------------------------------- threads


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


def test_all_threads_free_their_graphs(restless):
    before = alive()
    shared = Value(1.0)

    def work(shared):
        for i in range(5 * SCALE):
            mixed = chain(1_000, shared)
            for _ in range(300):
                mixed = maximum(mixed, shared * i, 0.5)
            x = Value(1.0)
            store, _ = adopt([x])
            weakref.finalize(store, chain, 500)  # Python runs in the middle of freeing, where threads may change
            mixed = chain(1_000, mixed + x)
            del x, store, mixed

    in_threads(*[lambda: work(shared)] * 4)
    assert alive() == before + 1


FREED_TOGETHER = """
import sys, threading, time, weakref
from autograd import Value
from autograd.parameters import adopt

def chain(length, root):
    for _ in range(length):
        root = -root
    return root

class Freed:
    def __init__(self, length):
        self.length, self.entered, self.leave = length, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.free)
        self.thread.start()
        self.wait(self)

    def free(self):
        x = Value(1.0)
        store, _ = adopt([x])
        weakref.finalize(store, self.stop)
        root = chain(self.length, x)
        del x, store, root

    def stop(self):  # in the middle of freeing
        self.entered.set()
        self.leave.wait()

    def wait(self, other):  # until this thread has ended, or somebody frees the end of the other's chain
        while self.thread.is_alive() and not other.entered.is_set():
            time.sleep(1e-4)

before = sys.getrefcount(Value)
for i in range({rounds}):
    first, second = Freed({first} + 13 * i), Freed({second})
    first.leave.set()
    first.wait(second)
    second.leave.set()
    first.thread.join()
    second.thread.join()
    left = sys.getrefcount(Value) - before
    assert left == 0, f"{left} Values are left"
threading.stack_size(256 * 1024)
box = [chain(300_000, Value(1.0))]
thread = threading.Thread(target=box.clear)
thread.start()
thread.join()
print("done")
"""


@pytest.mark.parametrize("second", [20, 40, 150])
@pytest.mark.parametrize("first", [40, 5_000])
def test_two_threads_in_the_middle_of_freeing_leave_nothing(first, second):
    program = FREED_TOGETHER.replace("{first}", str(first)).replace("{second}", str(second))
    program = program.replace("{rounds}", str(30 * SCALE))
    assert outcome(program) == (0, "done\n", "")


def test_a_graph_may_be_freed_by_another_thread_than_made_it(restless):
    before = alive()
    made = []

    def build():
        for _ in range(10 * SCALE):
            made.append(chain(2_000))

    def free():
        freed = 0
        while freed < 10 * SCALE:
            if made:
                made.pop()
                freed += 1

    in_threads(build, build, free, free)
    assert alive() == before


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
