"""Nothing leaks: memory stays flat, and what fails in the middle leaves no Value."""

import gc
import os
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import OPERATIONS, Value, dot, maximum
from autograd.nodes import apply
from autograd.parameters import adopt, release
from tests.autograd.load.conftest import SCALE, alive, chain, network, outcome, too_few
from tests.conftest import NEEDS_COMPILED


def test_the_count_sees_every_value():
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


NODES = 3_000_000


def printed(program):
    """The number that a process of its own prints, on the compiled core: the memory of the plain one is Python's."""
    status, output, errors = outcome(program)
    assert (status, errors) == (0, "")
    return int(output)


AFTER_A_LARGE_GRAPH = f"""
import runpy
from pathlib import Path
of = runpy.run_path({__file__!r})
of["graph"]()
before = of["resident"]()
of["chain"]({NODES})
of["graph"]()
print(of["resident"]() - before)
"""


@LINUX
@NEEDS_COMPILED
@pytest.mark.usefixtures("not_pure")
def test_a_smaller_graph_after_a_large_one_lets_its_memory_go():
    assert printed(AFTER_A_LARGE_GRAPH) < 34 * 2**20  # 32 MB, and what the system counts at its leisure


SMALL_GRAPHS_BESIDE_A_PARAMETER = AFTER_A_LARGE_GRAPH.replace(
    'of["graph"]()\nprint',
    """
parameter = of["Value"](1.0)  # which keeps a slab in use, where small graphs have room
for _ in range(100):
    of["chain"](1000)
print""",
)


@LINUX
@NEEDS_COMPILED
@pytest.mark.usefixtures("not_pure")
def test_small_graphs_beside_a_parameter_let_it_go_too():
    assert SMALL_GRAPHS_BESIDE_A_PARAMETER != AFTER_A_LARGE_GRAPH
    assert printed(SMALL_GRAPHS_BESIDE_A_PARAMETER) < 34 * 2**20


A_GRAPH_THAT_WAS_TRACED = f"""
import runpy
from autograd.compiler.trace import trace
of = runpy.run_path({__file__!r})
def nodes_of_a_tape(length):
    return len(trace(lambda x: of["chain"](length, x), [()])[0])
nodes_of_a_tape(100)
before = of["resident"]()
nodes_of_a_tape({NODES // 15})
print(of["resident"]() - before)
"""


@LINUX
@NEEDS_COMPILED
@pytest.mark.usefixtures("not_pure")
def test_a_graph_that_was_made_to_be_traced_lets_its_memory_go():
    assert printed(A_GRAPH_THAT_WAS_TRACED) < 8 * 2**20  # of 19 MB


FAULTS_OF_GRAPHS_OF_ONE_SIZE = f"""
import runpy
from resource import RUSAGE_SELF, getrusage
from autograd import Value
chain = runpy.run_path({__file__!r})["chain"]
def faults():
    return getrusage(RUSAGE_SELF).ru_minflt
def graphs(times):
    for _ in range(times):
        result = Value(1.0) * 2.0 + 1.0  # small graphs do not count
        root = chain({NODES // 6})
    return root
graphs(5)
before = faults()
graphs(20)
print(faults() - before)
"""


@LINUX
@NEEDS_COMPILED
@pytest.mark.usefixtures("not_pure")
def test_graphs_of_one_size_keep_their_memory():
    assert (
        printed(FAULTS_OF_GRAPHS_OF_ONE_SIZE) < 20
    )  # of 46 slabs; one that is lost and fetched again is a fault at least, each of 20 times


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
