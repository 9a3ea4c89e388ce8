"""The random graphs that the benchmarks measure with."""

import math
from collections import Counter

import pytest

import autograd
from autograd import Value
from benchmarks.random_graph import INPUTS, LEAVES, MIX, PARAMETERS, SEED, TRANSCENDENTAL, leaves, random_graph


def test_a_graph_is_the_same_each_time():
    assert random_graph(1_000) == random_graph(1_000, SEED)
    assert random_graph(1_000) != random_graph(1_000, SEED + 1)


@pytest.mark.parametrize("size", [100, 101, 10_000])
def test_a_graph_has_as_many_operations_as_asked(size):
    assert len(random_graph(size).operations) == size


def test_a_graph_of_a_few_operations_is_refused():
    with pytest.raises(ValueError, match="100 operations or more, not 99"):
        random_graph(99)


@pytest.mark.parametrize("seed", [SEED, 1, 2])
def test_the_operations_are_mixed_as_promised(seed):
    counts = Counter(operation.name for operation in random_graph(10_000, seed).operations)
    assert sum(counts[name] for name in TRANSCENDENTAL) == pytest.approx(2_500, rel=0.05)  # three standard deviations
    for name, part in MIX.items():
        assert counts[name] == pytest.approx(10_000 * part, rel=0.2), name


def test_every_operation_counts_for_the_result():
    operations = random_graph(1_000).operations
    assert all(n < LEAVES + i for i, operation in enumerate(operations) for n in operation.operands)
    used = {n for operation in operations for n in operation.operands}
    assert used >= set(range(LEAVES, LEAVES + 999))


@pytest.mark.parametrize("seed", [SEED, 1, 2])
def test_values_and_derivatives_are_of_moderate_size(seed):
    row, parameters = leaves(INPUTS, 1), [Value(p) for p in leaves(PARAMETERS, 2)]
    result = random_graph(10_000, seed).value(row, parameters, autograd)
    result.backward()
    nodes = autograd.topological_order(result)
    assert max(abs(node.data) for node in nodes) < 30.0
    assert max(abs(node.grad) for node in nodes) < 30.0
    assert all(parameter.grad for parameter in parameters)


def test_plain_numbers_give_the_same_result():
    row, parameters = leaves(INPUTS, 1), leaves(PARAMETERS, 2)
    graph = random_graph(1_000)
    as_value = graph.value(row, [Value(p) for p in parameters], autograd)
    assert as_value.data == graph.value(row, parameters, math)
