"""Random graphs and what users do with them, step by step, against a naive engine that anyone can check by eye."""

import copy
import math
import operator
import pickle
import random
import threading
from functools import reduce

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

import autograd
from autograd import OPERATIONS, Value, grad, ieee, no_grad, topological_order, value
from autograd.operations import CONSTANT
from tests.conftest import EXAMPLES, ONCE

CLOSE = 1e-12  # of the sizes of what is added up, where the order of additions is nobody's business
ROUNDING = 1e-14  # a derivative as a graph has another formula than as a number: both are exact but for some ulps
LARGEST = 150  # of a graph

# ----------------------------------------------------------------------------------- the naive engine


class Node:
    """A node of the naive engine: its operands are places in a list of nodes."""

    def __init__(self, operation, operands, data):
        self.operation, self.operands, self.data, self.partials = operation, operands, data, ()
        self.grad = self.error = 0.0  # the error is how far off the gradient may be
        self.adds_up = not operands and operation is not CONSTANT  # of the others, the latest backward() counts


class Naive(list):
    """Nodes; the chain rule as a textbook has it, with absent edges."""

    def compute(self, node):
        if node.operands:
            numbers = [self[i].data for i in node.operands]
            node.data = node.operation.value(ieee, *numbers)
            node.partials = tuple(node.operation.partials(ieee, node.data, *numbers))

    def edges(self, node):
        pairs = zip(node.operands, node.partials, strict=True)
        return [(i, partial) for i, partial in pairs if partial != 0.0 or not node.operation.chooses]

    def below(self, root):
        """Everything below, each after its operands."""
        order = {}

        def visit(i):
            if i not in order:
                for operand in self[i].operands:
                    visit(operand)
                order[i] = None

        visit(root)
        return list(order)

    def forward(self, root):
        for i in self.below(root):
            self.compute(self[i])

    def gradients(self, root, seed, rounding=0.0):
        """By node: (gradient, how far off it may be), where every partial derivative may be so far off."""
        found = dict.fromkeys(self.below(root), (0.0, 0.0))
        flows, errors = {root: [seed]}, dict.fromkeys(found, 0.0)
        for i in reversed(found):
            if i in flows:
                dy = reduce(operator.add, flows[i])
                if len(flows[i]) > 3:  # 0 + a + b is the same in any order
                    errors[i] += CLOSE * sum(map(abs, flows[i]))
                found[i] = dy, errors[i]
                for operand, partial in self.edges(self[i]):
                    flows.setdefault(operand, [0.0]).append(partial * dy)
                    errors[operand] += abs(partial) * errors[i] if errors[i] else 0.0
                    if rounding and math.isfinite(partial * dy):
                        errors[operand] += rounding * (abs(partial * dy) + abs(dy))
        return found

    def backward(self, root, seed):
        for i, (gradient, error) in self.gradients(root, seed).items():
            node = self[i]
            adds_up = node.adds_up
            node.grad, node.error = (gradient + node.grad, error + node.error) if adds_up else (gradient, error)


def agree(got, expected, error=0.0):
    """Are they the same to the last bit, or as close as they must be? nan equals nan."""
    if repr(got) == repr(expected):
        return True
    if math.isfinite(error):
        return error > 0.0 and abs(got - expected) <= error
    return not math.isfinite(got)  # what is off by something was multiplied by ∞


# -------------------------------------------------------------------------------------- the machine

OPERATORS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv, "pow": operator.pow,
    "neg": operator.neg, "abs": abs,
}  # fmt: skip
COMPARISONS = ("less", "less_equal", "greater", "greater_equal")  # of Values these give plain truths
LISTS = ("maximum", "minimum", "logsumexp", "dot", "take")
NAMES = [name for name in OPERATIONS if name not in COMPARISONS and name[0] != "_"]
POOL = [
    0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 0.3, 0.3, 1.7, -0.9, 0.0, 1.0,
    math.inf, -math.inf, math.nan, 1e200, -1e200, 1e-200, 5e-324, 800.0,
]  # fmt: skip
numbers = st.sampled_from(POOL)
picks = st.one_of(st.just(0), st.integers(0, 40))  # of a node, counted from the latest
seeds = st.integers(0, 2**16)  # of the operands: drawn one by one they would cost more than all the rest
steps = st.lists(st.tuples(st.sampled_from(NAMES + list(LISTS)), seeds), min_size=1, max_size=6)


def computed(name, xs):
    """The operation as a user calls it, of as many of the operands as it takes."""
    if name == "dot":
        return autograd.dot(xs[::2], xs[1::2])
    if name == "take":
        return autograd.take(xs[1:], xs[0])
    if name == "logsumexp":
        return autograd.logsumexp(xs)
    function = OPERATORS.get(name) or getattr(autograd, name)
    return function(*xs) if name in LISTS else function(*xs[: len(OPERATIONS[name].domain)])


class Graphs(RuleBasedStateMachine):
    """Values, and what the naive engine has in their places."""

    engine = Naive

    def __init__(self):
        super().__init__()
        self.values, self.naive = [], self.engine()

    # ---------------------------------------------------------------- helpers

    def pick(self, n):
        return len(self.values) - 1 - n % len(self.values)

    def enter(self, made):
        """Enter a Value, and those that it was computed from, in the naive engine too."""
        places = {known: i for i, known in enumerate(self.values)}
        for node in topological_order(made):
            if node not in places:
                places[node] = len(self.values)
                self.values.append(node)
                entered = Node(node._operation, [places[parent] for parent in node.parents], node.data)
                self.naive.append(entered)
                self.naive.compute(entered)
        return places[made]

    def arguments(self, name, seed):
        """Random operands: Values, rather the latest ones, and plain numbers, but not these alone."""
        of = random.Random(seed)
        xs = [
            of.choice(POOL) if of.random() < 0.25 else self.values[self.pick(int(of.expovariate(0.1)))]
            for _ in range(2 * of.randint(1, 3) if name == "dot" else of.randint(2, 5) if name in LISTS else 3)
        ]
        if of.random() < 0.2:
            xs[1] = xs[0]
        if name == "take":
            xs[0] = Value(of.randrange(len(xs) - 1))
        elif not any(isinstance(x, Value) for x in (xs if name in LISTS else xs[: len(OPERATIONS[name].domain)])):
            xs[0] = self.values[-1]
        return xs

    def check(self):
        for got, expected in zip(self.values, self.naive, strict=True):
            assert agree(got.data, expected.data), (got, expected.data)
            assert agree(got.grad, expected.grad, expected.error), (got, expected.grad, expected.error)
            assert repr(got.partials) == repr(expected.partials), (got, expected.partials)

    def root(self, n):
        """A root whose graph was recorded."""
        i = self.pick(n)
        return i if self.values[i]._operation is not value.UNRECORDED else self.enter(self.values[i] * 1.0)

    # ------------------------------------------------------------------ rules

    @initialize(numbers=st.lists(numbers, min_size=2, max_size=4))
    def leaves(self, numbers):
        for number in numbers:
            self.enter(Value(number))

    @precondition(lambda self: len(self.values) < LARGEST)
    @rule(steps=steps)
    def compute(self, steps):
        for name, seed in steps:
            self.enter(computed(name, self.arguments(name, seed)))

    @precondition(lambda self: len(self.values) < LARGEST)
    @rule(steps=steps)
    def compute_unrecorded(self, steps):
        for name, seed in steps:
            xs = self.arguments(name, seed)
            with no_grad():
                made = computed(name, xs)
            expected = computed(name, xs)
            assert agree(made.data, expected.data)
            assert made.parents == ()
            with pytest.raises(RuntimeError):
                made.backward()
            self.enter(made)

    @rule(n=picks, seed=st.one_of(st.just(1.0), numbers))
    def backward(self, n, seed):
        root = self.root(n)
        self.values[root].backward(seed)
        self.naive.backward(root, seed)
        self.check()

    @rule(n=picks)
    def backward_twice(self, n):
        self.backward(n, 1.0)
        self.backward(n, 1.0)

    @rule(n=picks)
    def pass_on_by_hand(self, n):
        node = self.naive[self.pick(n)]
        self.values[self.pick(n)]._backward()
        for operand, partial in self.naive.edges(node):
            self.naive[operand].grad += partial * node.grad
            self.naive[operand].error += abs(partial) * node.error if node.error else 0.0
        self.check()

    @rule(changes=st.lists(st.tuples(picks, numbers), min_size=1, max_size=3), n=picks)
    def change_leaves(self, changes, n):
        indices = {self.values.index(v.parents[0]) for v in self.values if v.op == "take"}
        for leaf, number in changes:
            i = self.pick(leaf)
            while self.naive[i].operands:
                i = self.naive[i].operands[-1]
            if i not in indices:
                self.values[i].data = self.naive[i].data = number
        root = self.root(n)
        self.values[root].forward()
        self.naive.forward(root)
        self.check()

    @rule(changes=st.lists(st.tuples(picks, numbers), max_size=5))
    def set_gradients(self, changes):
        for n, number in changes:
            i = self.pick(n)
            self.values[i].grad = self.naive[i].grad = number
            self.naive[i].error = 0.0

    @rule()
    def copy_all(self):
        self.values = copy.deepcopy(self.values)
        self.check()

    @rule(protocol=st.integers(2, pickle.HIGHEST_PROTOCOL))
    def pickle_all(self, protocol):
        self.values = pickle.loads(pickle.dumps(self.values, protocol))
        self.check()

    @precondition(lambda self: len(self.values) < LARGEST)
    @rule(n=picks)
    def copy_one(self, n):
        i = self.pick(n)
        self.values.append(copy.copy(self.values[i]))
        self.naive.append(copy.copy(self.naive[i]))
        self.check()

    @precondition(lambda self: len(self.values) < LARGEST)
    @rule(n=picks, kept=st.lists(picks, max_size=2))
    def gradients_as_graphs(self, n, kept):
        """Of every node; some are kept, to be differentiated again."""
        root = self.root(n)
        self.values[root].forward()  # a partial derivative is computed from numbers that belong together
        self.naive.forward(root)
        graphs = self.values[root].backward(create_graph=True)
        self.naive.backward(root, 1.0)
        self.check()
        gradients = self.naive.gradients(root, 1.0, ROUNDING)
        assert set(graphs) == {self.values[i] for i in gradients}
        for i, (expected, error) in gradients.items():
            got = graphs[self.values[i]].data
            assert got == expected or agree(got, expected, error), (self.values[i], got, expected)
        for i in kept:
            self.enter(graphs[self.values[list(gradients)[i % len(gradients)]]])

    @rule(steps=steps)
    def derivative_of_a_function(self, steps):
        """By an argument of its own; what the function closes over keeps its gradients."""
        before = len(self.values)

        def f(x):
            made = x
            for name, seed in steps:
                made = computed(name, [made, *self.arguments(name, seed)][:: -1 if name in LISTS else 1])
            return made

        steps = [(name, seed) for name, seed in steps if name not in ("take", "where", "dot")] or [("neg", 0)]
        got = grad(f)(0.3)
        x = Value(0.3)
        with_root = self.enter(f(x))
        expected, error = self.naive.gradients(with_root, 1.0).get(self.values.index(x), (0.0, 0.0))
        assert agree(got, expected, error)
        del self.values[before:], self.naive[before:]
        for made, node in zip(self.values, self.naive, strict=True):
            if made.grad == node.grad == 0.0:
                node.grad = made.grad  # of an inner node, -0 is not kept: it becomes 0
        self.check()

    @rule(roots=st.lists(picks, min_size=2, max_size=3))
    def backward_in_threads(self, roots):
        """The gradients of leaves add up, in whatever order; another node keeps that of one of the threads."""
        roots = [self.root(n) for n in roots]
        threads = [threading.Thread(target=self.values[root].backward) for root in roots]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        possible = {}
        for root in roots:
            for i, each in self.naive.gradients(root, 1.0).items():
                possible.setdefault(i, []).append(each)
        for i, found in possible.items():
            node, got = self.naive[i], self.values[i].grad
            if not node.adds_up:
                assert any(agree(got, gradient, error) for gradient, error in found)
                node.error = max(error for _, error in found)
            else:
                sizes = [node.grad, *[gradient for gradient, _ in found]]
                node.error += sum(error for _, error in found) + CLOSE * sum(map(abs, sizes))
                assert agree(got, reduce(operator.add, sizes), node.error)
            node.grad = got
        self.check()


SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_random_graphs_do_what_the_naive_engine_does():
    run_state_machine_as_test(Graphs, settings=SETTINGS)


# --------------------------------------------------------------------------------- planted faults


class FollowsUntakenBranches(Naive):
    def edges(self, node):
        return list(zip(node.operands, node.partials, strict=True))


class LosesEdgesOfZero(Naive):
    def edges(self, node):
        return [(i, partial) for i, partial in super().edges(node) if partial != 0.0]


class HearsOneUserOnly(Naive):
    def edges(self, node):
        return list(dict(super().edges(node)).items())


class DoesNotAddUp(Naive):
    def backward(self, root, seed):
        for i in self.below(root):
            self[i].grad = 0.0
        super().backward(root, seed)


class AddsUpInside(Naive):
    def backward(self, root, seed):
        before = [node.grad for node in self]
        super().backward(root, seed)
        for i in self.below(root):
            if self[i].operands:
                self[i].grad += before[i]


class KeepsOldPartials(Naive):
    def forward(self, root):
        for i in self.below(root):
            partials = self[i].partials
            self.compute(self[i])
            self[i].partials = partials


FAULTS = [
    FollowsUntakenBranches, LosesEdgesOfZero, HearsOneUserOnly, DoesNotAddUp, AddsUpInside, KeepsOldPartials,
]  # fmt: skip


@ONCE
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault):
    machine = type("Faulty", (Graphs,), {"engine": fault})
    first = settings(SETTINGS, phases=[Phase.generate], report_multiple_bugs=False)
    once = settings(first, max_examples=5000, derandomize=True, database=None)  # the first shows it, of a hundred or so
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=once)
