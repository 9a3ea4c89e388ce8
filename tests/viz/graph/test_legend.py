"""The legend of a picture: there when there is something to explain, and never over a node."""

import json
from itertools import combinations

import pytest

from autograd import Value, compile, where
from nn import MLP
from tests.viz.conftest import neuron, texts
from viz import draw
from viz.graph.layout import laid_out, svg


def said(root, **options):
    return texts(svg(draw(root, **options).source))


def test_it_says_the_range_of_the_gradients():
    x, w = Value(2.0, "x"), Value(-3.0, "w")
    y = x * w
    y.backward()
    assert "-3  ·  gradient  ·  3" in said(y)


def test_without_gradients_there_is_none():
    assert not any("gradient" in text for text in said(Value(2.0, "x") * 3.0))


def test_it_can_be_switched_off():
    assert "legend" not in draw(neuron(), legend=False).source


def test_it_explains_dashed_lines_and_what_is_wrong_where_there_are_some():
    x = Value(-1.0, label="x")
    y = where(x > 0, x.sqrt(), x * x)
    y.backward()
    assert "dashed line: nothing flows back" in said(y)
    assert "nan or inf" not in said(y)
    x.grad = float("nan")
    assert "nan or inf" in said(y)


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_it_never_lies_over_a_node(direction):
    y = MLP(2, [3, 1], seed=1)([1.0, -2.0])
    y.backward()
    graph = json.loads(laid_out(draw(y, direction=direction).source, "json"))
    boxes = {}
    for each in graph["objects"]:
        if "pos" in each:
            x, y = map(float, each["pos"].split(","))
            half = float(each["width"]) * 36, float(each["height"]) * 36
            boxes[each["name"]] = (x - half[0], y - half[1], x + half[0], y + half[1])
    assert any(name.startswith("legend") for name in boxes)
    for (a, one), (b, other) in combinations(boxes.items(), 2):
        if a.startswith("legend") != b.startswith("legend"):
            assert one[0] > other[2] or other[0] > one[2] or one[1] > other[3] or other[1] > one[3], (a, b)


def test_the_legend_of_a_program_has_what_is_in_it():
    model = MLP(3, [4, 2], seed=0)
    f = compile(lambda x: sum(model(x)))
    f([[0.0] * 3])
    forward, both = said(f), said(f, backward=True)
    assert "product of matrices: more work →" in forward
    assert "of the gradient" not in forward
    assert "of the gradient" in both
    assert "product of matrices: more work →" not in said(f, legend=False)
