"""Graphs: random ones against independent references, deep ones, copies, pickles, and how they are freed."""

import copy
import gc
import io
import math
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OPERATIONS, Operation, Value, gradcheck, logsumexp, scope, topological_order
from autograd.copying import _restored
from autograd.nodes import apply

# ------------------------------------------------------------------------------------------- random graphs
# A program is a list of steps (operation, i, j), each of which appends to a tape that starts with the leaves.
# So every graph can come out: shared nodes, a node that is both operands, dead ends.


def programs(operations, steps):
    index = st.integers(0, 100)
    return st.lists(st.tuples(st.sampled_from(sorted(operations)), index, index), min_size=1, max_size=steps)


def run(program, leaves, operations):
    tape = list(leaves)
    for name, i, j in program:
        tape.append(operations[name](tape[i % len(tape)], tape[j % len(tape)]))
    return tape[-1]


def gradients(program, numbers, operations):
    leaves = [Value(number) for number in numbers]
    root = run(program, leaves, operations)
    root.backward()
    return root.data, [leaf.grad for leaf in leaves]


RING = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "neg": lambda a, b: -a}


class Dual:
    """Forward mode, in exact integers: a number and its derivatives by all leaves, by the rules of school."""

    def __init__(self, number, derivatives):
        self.number, self.derivatives = number, derivatives

    def __add__(self, other):
        return Dual(
            self.number + other.number, [a + b for a, b in zip(self.derivatives, other.derivatives, strict=True)]
        )

    def __neg__(self):
        return Dual(-self.number, [-a for a in self.derivatives])

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        pairs = zip(self.derivatives, other.derivatives, strict=True)
        return Dual(self.number * other.number, [a * other.number + self.number * b for a, b in pairs])


def exact(program, numbers):
    leaves = [Dual(number, [int(i == j) for j in range(len(numbers))]) for i, number in enumerate(numbers)]
    root = run(program, leaves, RING)
    return root.number, root.derivatives


@given(programs(RING, steps=5), st.lists(st.integers(-2, 2), min_size=1, max_size=3))
def test_on_integers_backward_equals_exact_forward_mode(program, numbers):
    # 5 steps: all numbers are below 2**53 in size, where floats are exact
    assert gradients(program, numbers, RING) == exact(program, numbers)


def test_the_exact_reference_sees_a_wrong_partial():
    wrong = {**RING, "mul": lambda a, b: apply(Operation("mul", "*", product, lambda m, y, a, b: (a, b), ()), a, b)}
    program = [("mul", 0, 1)]
    assert gradients(program, [2, 3], wrong) != exact(program, [2, 3])


def product(m, a, b):
    return a * b


SMOOTH = {  # all within [-1, 1], so that no derivative explodes
    "sin of the product": lambda a, b: (a * b).sin(),
    "tanh of the difference": lambda a, b: (a - b).tanh(),
    "mean": lambda a, b: (a + b) / 2,
    "sigmoid": lambda a, b: a.sigmoid() * b,
    "arctangent": lambda a, b: a.atan2(b + 3.0),
    "root": lambda a, b: (a * a + b * b + 1.0).sqrt() - 1.0,
    "power": lambda a, b: (a + 2.0) ** (b / 2) / 3,
    "logarithm": lambda a, b: -(a + 2.0).log() * b,
}


@given(programs(SMOOTH, steps=6), st.lists(st.floats(-1, 1, width=16), min_size=1, max_size=3))
def test_gradients_are_the_central_differences(program, numbers):
    gradcheck(lambda leaves: run(program, leaves, SMOOTH), numbers)


def textbook(root, leaf):
    """∂root/∂leaf as the sum over all paths of the products of the local derivatives; and the sum of their sizes."""
    if root is leaf:
        return 1.0, 1.0
    terms = [
        (partial * derivative, abs(partial) * size)
        for parent, partial in zip(root.parents, root.partials, strict=True)
        for derivative, size in [textbook(parent, leaf)]
    ]
    return math.fsum(term for term, _ in terms), math.fsum(size for _, size in terms)


@given(programs(SMOOTH, steps=5), st.lists(st.floats(-1, 1, width=16), min_size=1, max_size=3))
def test_backward_sums_over_all_paths(program, numbers):
    leaves = [Value(number) for number in numbers]
    root = run(program, leaves, SMOOTH)
    root.backward()
    for leaf in leaves:
        derivative, size = textbook(root, leaf)
        assert abs(leaf.grad - derivative) <= 1e-14 * size


@given(programs(SMOOTH | RING, steps=12), st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3))
def test_backward_twice_is_exactly_twice_the_gradient(program, numbers):
    operations = SMOOTH | RING
    leaves = [Value(number) for number in numbers]
    root = run(program, leaves, operations)
    root.backward()
    once = [leaf.grad for leaf in leaves]
    root.backward()
    assert [repr(leaf.grad) for leaf in leaves] == [repr(gradient + gradient) for gradient in once]


@given(
    programs(SMOOTH | RING, steps=12),
    st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=3),
)
def test_forward_equals_building_anew(program, numbers):
    operations = SMOOTH | RING
    leaves = [Value(before) for before, _ in numbers]
    root = run(program, leaves, operations)
    for leaf, (_, after) in zip(leaves, numbers, strict=True):
        leaf.data = after
    root.forward()
    anew = run(program, [Value(after) for _, after in numbers], operations)
    assert described(root) == described(anew)


def described(*roots):
    """All that a graph is: for every node its fields, and its parents by their place in the order."""
    nodes = topological_order(*roots)
    place = {node: i for i, node in enumerate(nodes)}
    return [
        (n.op, repr(n.data), repr(n.grad), n.label, repr(n.partials), [place[p] for p in n.parents], n._scope)
        for n in nodes
    ]


@given(programs(SMOOTH | RING, steps=12))
def test_the_order_has_every_node_once_and_after_its_parents(program):
    order = topological_order(run(program, [Value(0.5), Value(0.25)], SMOOTH | RING))
    assert len(set(order)) == len(order)
    assert all(order.index(parent) < order.index(node) for node in order for parent in node.parents)


def test_the_first_operand_comes_first_in_the_order():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    first, second = a * b, b * c
    root = first + second
    assert topological_order(root) == [a, b, c, first, second, root]


def test_the_order_of_several_roots_has_them_all():
    a = Value(1.0)
    b, c = a + 1.0, a * 2.0
    assert set(topological_order(b, c)) == {a, b, c, b.parents[1], c.parents[1]}


# ---------------------------------------------------------------------------------------- deep and wide ones


def test_a_diamond_of_depth_ten_thousand():
    x = Value(1.0)
    node = x
    for _ in range(10_000):  # 2**10000 paths
        node = node * 0.25 + node * 0.75
    node.backward()
    assert x.grad == 1.0


def test_a_node_used_ten_thousand_times():
    x = Value(1.0)
    inner = x * 2.0
    total = inner
    for _ in range(9_999):
        total = total + inner
    total.backward()
    assert (inner.grad, x.grad) == (10_000.0, 20_000.0)


NODES = "100_000"  # whatever calls itself for each of so many overflows the stack
CHAIN = f"""
import copy, pickle
from autograd import Value
x = Value(1.0)
root = x
for _ in range({NODES}):
    root = -root
"""


@pytest.mark.parametrize(
    "use",
    [
        "root.backward(); assert x.grad == 1.0",
        "x.data = 2.0; assert root.forward().data == 2.0",
        "another = copy.deepcopy(root); another.backward(); assert (another.data, x.grad) == (1.0, 0.0)",
        "another = pickle.loads(pickle.dumps(root)); another.backward(); assert (another.data, x.grad) == (1.0, 0.0)",
        "del root; assert (-x).data == -1.0",
    ],
    ids=["backward", "forward", "deepcopy", "pickle", "freeing"],
)
def test_a_long_chain(use):
    assert outcome(CHAIN + use) == (0, "done\n", "")


def outcome(program):
    """Exit status and output of a process of its own, where an overflow of the stack is an exit status."""
    program += "\nroot = another = None\nprint('done')"  # all is freed before "done"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return finished.returncode, finished.stdout, finished.stderr


def test_the_outcome_of_a_crash_is_none_of_success():
    status, output, _ = outcome("import os; os.abort()")
    assert status != 0
    assert output == ""


def test_the_outcome_of_a_wrong_gradient_is_none_of_success():
    status, output, errors = outcome(CHAIN.replace(NODES, "10") + "root.backward(); assert x.grad == -1.0")
    assert (status, output) == (1, "")
    assert "AssertionError" in errors


# ------------------------------------------------------------------------------------------------- copies


def example():
    """Two roots over a shared node, with labels, gradients, a scope, a constant and an operation of many operands."""
    a, b = Value(2.0, label="a"), Value(-0.5, label="b")
    with scope("layer"):
        shared = a * b + 1.0
        shared.label = "shared"
    first, second = shared.tanh(), logsumexp([shared, a, shared])
    first.backward()
    return first, second


def by_pickle(protocol, pickler, loads):
    def copied(roots):
        file = io.BytesIO()
        pickler(file, protocol).dump(roots)
        return loads(file.getvalue())

    return copied


COPIERS = {"deepcopy": copy.deepcopy} | {
    f"{pickler.__name__} {protocol}": by_pickle(protocol, pickler, loads)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    for pickler, loads in [(pickle.Pickler, pickle.loads), (pickle._Pickler, pickle._loads)]
}


@pytest.fixture(params=COPIERS.values(), ids=COPIERS)
def copier(request):
    return request.param


def arranged(arrangement):
    first, second = example()
    shared = first.parents[0]
    a = shared.parents[0].parents[0]
    return arrangement(first, second, shared, a)


ARRANGEMENTS = {
    "one root": lambda first, second, shared, a: [first],
    "roots": lambda first, second, shared, a: [first, second],
    "roots the other way round": lambda first, second, shared, a: [second, first],
    "from the top": lambda first, second, shared, a: [first, second, shared, a],
    "from the bottom": lambda first, second, shared, a: [a, shared, second, first],
    "one twice": lambda first, second, shared, a: [shared, first, shared],
}


@pytest.mark.parametrize("arrangement", ARRANGEMENTS.values(), ids=ARRANGEMENTS)
def test_a_copy_of_several_roots_is_the_same_graph_with_the_same_sharing(copier, arrangement):
    roots = arranged(arrangement)
    assert described(*copier(roots)) == described(*roots)


def test_roots_in_a_nested_structure_keep_their_sharing(copier):
    first, second = example()
    another = copier({"first": [first], "both": (first, second)})
    assert another["first"][0] is another["both"][0]
    assert described(*another["both"]) == described(first, second)


def test_a_copy_has_no_node_of_the_original(copier):
    roots = example()
    assert not set(topological_order(*copier(roots))) & set(topological_order(*roots))


def test_a_copy_computes_on_its_own(copier):
    x = Value(3.0)
    another = copier(x * x)
    another.backward()
    assert (another.parents[0].grad, x.grad) == (6.0, 0.0)


def test_a_copy_can_be_computed_anew(copier):
    x = Value(3.0)
    another = copier(x * x)
    another.parents[0].data = 4.0
    assert another.forward().data == 16.0


def test_one_pickler_writes_a_graph_once():
    x = Value(3.0)
    y = x * x
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.dump(y)
    pickler.dump(x)
    file.seek(0)
    unpickler = pickle.Unpickler(file)
    first, second = unpickler.load(), unpickler.load()
    assert first.parents[0] is second


def test_copy_copy_shares_the_parents():
    x = Value(3.0)
    y = x * x
    another = copy.copy(y)
    assert another is not y
    assert (another.parents, another.op, another.data, another.partials) == ((x, x), "*", 9.0, (3.0, 3.0))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_a_node_of_every_operation_can_be_pickled(operation):
    node = apply(operation, *[Value(1.0)] * len(operation.domain))
    assert pickle.loads(pickle.dumps(node))._operation is operation


def test_a_pickle_with_an_unknown_operation_gives_a_clear_error():
    unknown = Operation("cbrt", "∛", lambda m, x: x, lambda m, y, x: (1.0,), ())
    pickled = pickle.dumps(apply(unknown, Value(1.0)))
    with pytest.raises(ValueError, match="a node of the operation 'cbrt', which this version does not have"):
        pickle.loads(pickled)


def test_the_description_sees_lost_sharing():
    x = Value(1.0)
    assert described(x + x) != described(x + Value(1.0))


# ------------------------------------------------------------------------------------------------ freeing


def left_over(build):
    """How many blocks of memory and Values remain after a graph was built and let go, without the garbage collector."""

    def count():  # each Value refers to its class; compiled ones are in no block of Python's
        return sys.getallocatedblocks() + sys.getrefcount(Value)

    gc.disable()
    try:
        build()  # fills what Python keeps for the next objects
        before = count()
        build()
        return count() - before
    finally:
        gc.enable()
        gc.collect()


def build_graph(steps=10_000):
    x = Value(0.5)
    root = x
    for _ in range(steps):
        root = (root * 0.5 + x).tanh()
    root.backward()
    root.forward()
    return root


@pytest.mark.parametrize(
    "use",
    [
        build_graph,
        lambda: copy.deepcopy(build_graph()),
        lambda: pickle.loads(pickle.dumps(build_graph())),
        lambda: copy.copy(build_graph()),
        lambda: topological_order(build_graph()),
    ],
    ids=["built", "deepcopy", "pickle", "copy", "topological order"],
)
def test_a_graph_is_freed_by_reference_counting_alone(use):
    def build():
        use()

    assert left_over(build) < 100  # of about 200,000: there are no reference cycles


def test_the_count_sees_reference_cycles():
    def build():
        for _ in range(1_000):
            cycle = []
            cycle.append(cycle)

    assert left_over(build) >= 1_000


def test_a_list_of_all_nodes_of_a_graph_is_walked_once(monkeypatch):
    visits = []
    monkeypatch.setattr("autograd.copying._restored", lambda *fields: visits.append(1) or _restored(*fields))
    x = Value(1.0)
    nodes = [x]
    for _ in range(100):
        nodes.append(nodes[-1] + x)
    copies = copy.deepcopy(nodes)
    assert len(visits) == 101
    assert copies[100].parents == (copies[99], copies[0])
