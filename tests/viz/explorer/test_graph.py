import base64
import random

import numpy as np
import pytest

from autograd import Value, dot, scope
from nn import MLP, mse_loss
from viz.explorer.graph import Graph, pack

DTYPES = {"Uint8": "<u1", "Uint16": "<u2", "Uint32": "<u4", "Float64": "<f8"}


def unpack(packed):
    return np.frombuffer(base64.b64decode(packed["data"]), DTYPES[packed["type"]]).tolist()


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [([0, 255], "Uint8"), ([256], "Uint16"), ([65_536, 0], "Uint32"), ([], "Uint8")],
)
def test_whole_numbers_are_packed_in_the_smallest_type_that_holds_them(numbers, kind):
    packed = pack(numbers)
    assert packed["type"] == kind
    assert unpack(packed) == numbers


def test_floats_are_packed_bit_for_bit():
    numbers = [0.1, -0.0, float("inf"), 5e-324, float("nan")]
    assert str(unpack(pack(numbers, "d"))) == str(numbers)


def test_a_graph_by_hand():
    a = Value(2.0, label="a")
    with scope("square"):
        b = a * a
    graph = Graph((b + 1.0).tanh())
    packed = graph.packed()
    assert [(operation.name, count) for operation, count in graph.operations] == [
        ("leaf", 0), ("constant", 0), ("mul", 2), ("add", 2), ("tanh", 1),
    ]  # fmt: skip
    assert unpack(packed["operation"]) == [0, 1, 2, 3, 4]  # a, 1.0; a·a, +, tanh
    assert unpack(packed["operands"]) == [0, 0, 2, 1, 3]
    assert unpack(packed["leaves"]) == [2.0, 1.0]
    assert [packed["labels"][label] for label in unpack(packed["label"])] == ["a", "", "", "", ""]
    assert packed["calls"] == ["square"]
    assert unpack(packed["home"]) == [1, 0, 1, 0, 0]  # a is used inside only


def test_calls_stand_after_those_around_them():
    packed = Graph(MLP(2, [2, 1], seed=0)([1.0, 2.0])).packed()
    outer = unpack(packed["outer"])
    assert packed["calls"][0] == "MLP"
    assert sorted(packed["calls"]) == ["MLP", "layer 1", "layer 2", "neuron 1", "neuron 1", "neuron 2"]
    assert all(around <= call for call, around in enumerate(outer))  # the number of the outer one, plus 1


def test_without_parameters_all_leaves_learn_but_plain_numbers():
    a, b = Value(2.0), Value(3.0)
    graph = Graph(a * b + 1.0)
    assert [graph.leaves[n] for n in graph.parameters] == [a, b]
    assert graph.inputs == []


def test_the_parameters_of_a_model_learn_and_its_inputs_do_not():
    model = MLP(2, [2, 1], seed=0)
    graph = Graph(mse_loss(model([1.0, 2.0]), 0.5), model.parameters())
    assert {graph.leaves[n] for n in graph.parameters} == set(model.parameters())
    assert [leaf.label for leaf in graph.inputs] == ["x1", "x2"]


# ------------------------------------------------------------------------------------------------- the order of calls


def operations(root):
    return [node.op for node in Graph(root).nodes if node.parents]


def test_a_call_that_is_met_before_the_one_it_needs_comes_after_it():
    x = Value(1.0)
    with scope("a"):
        y = x.sin()
    with scope("b"):
        root = x * 2.0 + y  # the usual order begins with the product
    assert operations(root) == ["sin", "*", "+"]


def test_of_calls_that_need_each_other_in_a_chain_the_last_one_met_comes_first():
    x = Value(1.0)
    with scope("a"):
        a = x.sin()
    with scope("b"):
        b = x.cos() + a
    with scope("c"):
        root = x.exp() - b * a
    assert operations(root) == ["sin", "cos", "+", "exp", "*", "-"]


def test_calls_within_a_call_are_in_order_too():
    x = Value(1.0)
    with scope("around"):
        with scope("a"):
            y = x.sin()
        with scope("b"):
            root = x * 2.0 + y
    assert operations(root) == ["sin", "*", "+"]


def test_a_call_needs_what_is_made_outside_of_all_calls_before_it():
    x = Value(1.0)
    y = x.sin()
    with scope("b"):
        root = x * 2.0 + y
    assert operations(root) == ["sin", "*", "+"]


def calls_around(call):
    while call is not None:
        yield call
        call = call.outer


def make_calls(generator, values, depth):
    """Calls one after the other, some in others, each on values that were there before."""
    for number in range(3):
        with scope(f"call {number}"):
            for _ in range(2):
                if depth:
                    make_calls(generator, values, depth - 1)
                values.append(generator.choice(values) * generator.choice(values))


@pytest.mark.parametrize("seed", range(20))
def test_each_call_is_in_one_piece_and_each_node_after_its_parents(seed):
    values = [Value(1.0)]
    make_calls(random.Random(seed), values, 2)
    random.Random(seed).shuffle(values)  # the usual order meets the calls in this one
    graph = Graph(dot(values, values))
    places = {node: place for place, node in enumerate(graph.nodes)}
    assert all(places[parent] < places[node] for node in graph.nodes for parent in node.parents)
    inside = {}
    for node in graph.nodes:
        for call in calls_around(graph.homes[node]) if node.parents else ():
            inside.setdefault(call, []).append(places[node])
    assert len(inside) > 10
    assert all(numbers == list(range(numbers[0], numbers[-1] + 1)) for numbers in inside.values())
