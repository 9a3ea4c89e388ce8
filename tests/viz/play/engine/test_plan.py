"""The sum of a neuron is one step; what only looks like one is none."""

import pytest

PLANNED = """
const name = (each) => m.RULES.findIndex((rule) => rule.name === each);
const counts = given.nodes.map(([, ...operands]) => operands.length);
const graph = {
  operation: given.nodes.map(([rule]) => name(rule)),
  operands: Int32Array.from(given.nodes.flatMap(([, ...operands]) => operands)),
  starts: counts.reduce((starts, count) => [...starts, starts[starts.length - 1] + count], [0]),
  leaves: given.nodes.filter(([rule]) => rule === "leaf"),
};
return m.columnSteps(graph, m.RULES, given.parameters).map(({ node, operands, rule, terms }) => (
  { node, operands, rule: rule.name, terms }
));
"""
LEAVES = [["leaf"]] * 5  # b, w1, w2, x1, x2
B, W1, W2, X1, X2 = range(5)
NEURON = [["mul", W1, X1], ["add", B, 5], ["mul", W2, X2], ["add", 6, 7]]
SUM = {"node": 8, "operands": [6, 7], "rule": "add", "terms": {"bias": B, "weights": [W1, W2], "xs": [X1, X2]}}


def planned(engine, operations, parameters=(B, W1, W2)):
    return engine(PLANNED, nodes=LEAVES + operations, parameters=[*parameters])


def test_the_products_and_sums_of_a_neuron_are_one_step(engine):
    tanh = {"node": 9, "operands": [8], "rule": "tanh", "terms": None}
    assert planned(engine, [*NEURON, ["tanh", 8]]) == [SUM, tanh]


def test_a_sum_may_be_used_several_times(engine):
    square = {"node": 9, "operands": [8, 8], "rule": "mul", "terms": None}
    assert planned(engine, [*NEURON, ["mul", 8, 8]]) == [SUM, square]


@pytest.mark.parametrize(
    ("operations", "name"),
    [
        ([*NEURON, ["mul", 8, 5]], "mul"),  # a product is used elsewhere, too
        ([*NEURON, ["mul", 8, 6]], "mul"),  # a sum on the way is
        ([["mul", X1, W1], ["add", B, 5]], "add"),  # the weight comes second
        ([["mul", W1, X1], ["sub", B, 5]], "sub"),
        ([["mul", W1, X1], ["add", X2, 5]], "mul"),  # it begins with no bias
        ([["tanh", B]], "tanh"),
    ],
)
def test_a_parameter_in_anything_else_is_refused(engine, operations, name):
    with pytest.raises(RuntimeError, match=rf"^RangeError: a parameter is an operand of {name}, which is no sum of a"):
        planned(engine, operations)
