"""Deep and wide graphs are walked and freed, by one thread or by many, and nothing crashes."""

import weakref

import pytest

from autograd import Value, dot, maximum
from autograd.parameters import adopt
from tests.autograd.load.conftest import SCALE, alive, chain, in_threads, outcome

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
