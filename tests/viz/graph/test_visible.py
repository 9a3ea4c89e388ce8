"""Which part of a graph a picture shows: boxes around module calls, and what is folded."""

import re

import pytest

import autograd
from autograd import Value
from viz import draw
from viz.graph.layout import svg
from viz.graph.visible import Fold, visible


def layer(n_neurons: int = 3, n_inputs: int = 2) -> list[Value]:
    x = [Value(1.0, label=f"x{i}") for i in range(n_inputs)]
    outputs = []
    with autograd.scope("layer"):
        for number in range(n_neurons):
            with autograd.scope(f"neuron {number}"):
                outputs.append(autograd.dot([Value(0.5, label=f"w{i}") for i in range(n_inputs)], x))
    return outputs


def test_a_box_for_each_module_call():
    assert re.findall(r'label="?(layer|neuron \d)', draw(layer()).source) == [
        "layer", "neuron 0", "neuron 1", "neuron 2"]  # fmt: skip


def test_two_calls_of_one_module_are_two_boxes():
    x = Value(1.0)
    for _ in range(2):
        with autograd.scope("square"):
            x = x * x
    assert draw(x).source.count("label=square") == 2


def test_a_weight_is_in_the_box_of_its_only_user():
    outputs = layer()
    assert visible(outputs, 100).homes[outputs[0].parents[0]].name == "neuron 0"


def test_a_leaf_of_several_users_is_in_the_innermost_box_around_them():
    outputs = layer()
    assert visible(outputs, 100).homes[outputs[0].parents[-1]].name == "layer"


def around_a_module(*, swapped=False):
    """x, the output of a module on it, and a root outside that uses both."""
    x = Value(1.0, label="x")
    with autograd.scope("model"):
        y = (x * x).exp()
    return x, y, x + y if swapped else y + x


@pytest.mark.parametrize("swapped", [False, True])
def test_what_uses_a_module_and_its_input_is_outside_of_its_box_and_so_is_the_input(swapped):
    x, y, root = around_a_module(swapped=swapped)
    product = y.parents[0]
    view = visible([root], 100)
    names = {each: home and home.name for each, home in view.homes.items()}
    assert names == {x: None, product: "model", y: "model", root: None}
    operands = [(x, root, 0), (y, root, 1)] if swapped else [(y, root, 0), (x, root, 1)]
    edges = [(x, product, 0), (x, product, 1), (product, y, 0), *operands]
    assert [(edge.tail, edge.head, edge.operand) for edge in view.edges] == edges


def test_the_picture_has_only_what_a_module_made_in_its_box():
    source = draw(around_a_module()[2]).source
    [box] = re.findall(r"subgraph cluster_0 \{(.*?)\n\t\}", source, re.DOTALL)
    assert re.findall(r"\n\t\t(n\d) \[label=\"(.*?) ", box) == [("n1", "data"), ("n2", "data")]
    assert re.findall(r"\n\t(\w+) -> (\w+)", source) == [
        ("n3op", "n3"), ("n0", "n1op"), ("n0", "n1op"), ("n1", "n2op"), ("n2", "n3op"), ("n0", "n3op"),
    ]  # fmt: skip


def test_a_folded_module_has_edges_from_its_input_and_to_what_uses_both():
    x, _, root = around_a_module()
    view = visible([root], 3)
    [fold] = [each for each in view.elements if isinstance(each, Fold)]
    assert (fold.label, fold.home) == ("model\n2 nodes", None)
    assert view.elements == [x, fold, root]
    assert {(edge.tail, edge.head, edge.operand, edge.times) for edge in view.edges} == {
        (x, fold, None, 2), (fold, root, None, 1), (x, root, 1, 1),
    }  # fmt: skip


@pytest.mark.parametrize("outside_first", [False, True])
def test_a_leaf_that_is_used_inside_and_outside_of_a_module_is_outside(outside_first):
    x = Value(1.0)
    with autograd.scope("model"):
        inside = x.exp()
    outside = x.sin()
    root = outside * inside if outside_first else inside * outside
    assert visible([root], 100).homes[x] is None


def test_the_innermost_modules_are_folded_first():
    labels = [element.label for element in visible(layer(3, 5), 10).elements if isinstance(element, Fold)]
    assert [label for label in labels if label.startswith("neuron")] == [f"neuron {n}\n6 nodes" for n in range(3)]


def test_leaves_with_the_same_folded_users_become_one():
    assert "5 leaves" in [element.label for element in visible(layer(3, 5), 10).elements if isinstance(element, Fold)]


def test_edges_to_a_fold_are_merged_and_counted():
    view = visible(layer(3, 5), 10)
    assert [edge.times for edge in view.edges] == [5, 5, 5]


def test_outer_modules_are_folded_where_inner_ones_are_not_enough():
    assert [element.label for element in visible(layer(20, 2), 5).elements] == ["layer\n62 nodes"]


def test_what_is_left_out_is_counted():
    x = Value(1.0)
    for _ in range(1000):
        x = x.exp()
    assert visible([x], 10).elements[0].label == "… 991 more nodes"


def test_the_part_nearest_to_the_root_is_shown():
    x = Value(1.0)
    chain = [x := x.exp() for _ in range(1000)]
    assert visible([x], 10).elements[1:] == chain[-10:]


def test_a_long_chain_can_be_drawn():
    x = Value(1.0)
    for _ in range(20_000):  # twenty times as deep as Python's functions may call each other
        x = -x
    source = draw(x, max_nodes=5).source
    assert "20,001" not in source
    assert "19,996 more nodes" in source


def test_a_sum_over_many_rows_can_be_laid_out():
    w = [Value(0.1) for _ in range(20)]
    loss = Value(0.0)
    for _ in range(120):
        with autograd.scope("model"):
            y = autograd.dot(w, w)
        loss = loss + (y - 1) ** 2
    assert svg(draw(loss).source).startswith(b"<?xml")
