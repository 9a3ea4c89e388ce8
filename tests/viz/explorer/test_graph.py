import base64

import numpy as np
import pytest

from autograd import Value, scope
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
    assert str(unpack(pack(numbers, "f8"))) == str(numbers)


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
