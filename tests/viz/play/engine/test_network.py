"""The page's network is, node by node, the graph that `loss(model(x), y)` is in Python."""

import base64
import json

import numpy as np
import pytest

from nn import ACTIVATIONS
from viz.explorer.graph import Graph

from .conftest import LOSSES, loss_of_row, model_of, numbers_of, rows_of, spec_of

PACKED = """
const { graph } = network;
return {
  packed: network.packed(given.parameters, given.x, given.target),
  names: Array.from(graph.operation, (rule) => m.RULES[rule].name),
};
"""
TYPES = {"Uint8": "<u1", "Uint16": "<u2", "Uint32": "<u4", "Float64": "<f8"}
CHOOSING = ["huber", "binary_cross_entropy", "categorical_cross_entropy"]  # conditions: of one row Python has them not
EACH = [name for name, each in ACTIVATIONS.records.items() if not each.of_layer]


def unpacked(packed):
    return {
        name: np.frombuffer(base64.b64decode(each["data"]), TYPES[each["type"]]).tolist()
        if isinstance(each, dict) else each
        for name, each in packed.items()
    }  # fmt: skip


def both(engine, spec):
    """The graph of a row from the page, and from Python, unpacked, with the names of operations for their numbers."""
    model, rows = model_of(spec), rows_of(spec)
    x, target = rows.X[0], rows.coded[0]
    root = loss_of_row(model, spec, x, target)
    graph = Graph(root, model.parameters())
    expected = unpacked(graph.packed())
    expected["operation"] = [graph.operations[kind][0].name.lstrip("_") for kind in expected["operation"]]
    said = engine(PACKED, spec=spec, parameters=numbers_of(model), x=x, target=target)
    return unpacked(said["packed"]) | {"operation": said["names"]}, expected


@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in CHOOSING])
def test_it_is_the_graph_of_python_for_a_loss(engine, loss):
    found, expected = both(engine, spec_of(loss, layers=[3, 2]))
    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize("activation", EACH)
def test_it_is_the_graph_of_python_for_an_activation(engine, activation):
    found, expected = both(engine, spec_of("mse", activation, layers=[3, 2], output=activation))
    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize("layers", [[], [1], [4, 1, 3], [20, 16]])
def test_it_is_the_graph_of_python_for_sizes(engine, layers):
    found, expected = both(engine, spec_of("cross_entropy", layers=layers, inputs=3))
    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize(("loss", "inputs", "last"), [("cross_entropy", 32, 255), ("sse", 33, 256)])
def test_its_numbers_are_packed_where_a_byte_just_holds_them_and_where_not(engine, loss, inputs, last):
    found, expected = both(engine, spec_of(loss, layers=[2], inputs=inputs))
    assert max(expected["operands"]) == last
    assert found["operands"] == expected["operands"]


def test_a_softmax_of_a_hidden_layer_is_that_of_python(engine):
    found, expected = both(engine, spec_of("mse", "softmax", layers=[3]))
    assert json.dumps(found) == json.dumps(expected)


@pytest.mark.parametrize("loss", CHOOSING)
def test_a_loss_that_chooses_has_the_nodes_of_python_and_its_conditions(engine, loss):
    """Python computes a condition and forgets it: it is a plain number in the graph of a row."""
    found, expected = both(engine, spec_of(loss))
    conditions = [name for name in found["operation"] if name == "less_equal"]
    assert conditions
    without = [name for name in found["operation"] if name not in ("leaf", "constant", "less_equal")]
    differences = {"binary_cross_entropy": ["sub"]}.get(loss, [])  # 1 - p, which is compared
    for name in differences:
        without.remove(name)
    assert without == [name for name in expected["operation"] if name not in ("leaf", "constant")]


def test_neurons_are_known_by_their_nodes(engine):
    spec = spec_of("mse", layers=[2])
    body = """
    return network.neurons.map((layer) => layer.map(({ output, sum, weights, bias }) => (
      [output, sum, ...weights, bias].map((node) => [m.RULES[network.graph.operation[node]].name, network.labels[node]])
    )));
    """
    leaf, tanh, total = (lambda label: ["leaf", label]), ["tanh", ""], ["add", ""]
    neuron = [total, leaf("w1"), leaf("w2"), leaf("b")]
    assert engine(body, spec=spec) == [[[tanh, *neuron], [tanh, *neuron]], [[total, *neuron]]]


def test_parameters_are_in_the_order_of_python(engine):
    spec = spec_of("mse", layers=[2, 2])
    names = engine("return Array.from(network.parameters, (n) => [...network.path(n), network.labels[n]]);", spec=spec)
    assert names == [_path(name) for name, _ in model_of(spec).named_parameters()]


def _path(name):
    """`layers.0.neurons.1.w.0` is w1 of neuron 2 of layer 1, `layers.0.neurons.1.b` its bias."""
    _, layer, _, neuron, *which = name.split(".")
    label = f"w{int(which[1]) + 1}" if len(which) > 1 else "b"
    return ["MLP", f"layer {int(layer) + 1}", f"neuron {int(neuron) + 1}", label]


def test_a_name_that_is_none_is_refused(engine):
    with pytest.raises(RuntimeError, match=r'^RangeError: there is no activation "tan": linear, sigmoid, tanh, '):
        engine("", spec=spec_of("mse", "tan"))
    with pytest.raises(RuntimeError, match=r'^RangeError: there is no loss "toString": mse, '):
        engine("", spec=spec_of("mse") | {"loss": "toString"})


def test_a_size_without_a_template_is_refused(engine):
    with pytest.raises(RuntimeError, match=r"^RangeError: cross_entropy is not there for 1 outputs: for 2, 3, "):
        engine("", spec=spec_of("cross_entropy", outputs=1))
