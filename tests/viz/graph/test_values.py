"""The picture of a graph of Values: what it shows."""

import re
from math import inf, nan
from xml.etree import ElementTree

import pytest

import autograd
from autograd import Value, maximum, where
from tests.viz.conftest import SVG, needs_dot, neuron, texts
from viz import draw
from viz.graph.colours import WRONG, of_strength, written
from viz.graph.layout import svg
from viz.graph.visible import visible

NASTY = ["<script>", '"]; a', "a|b", "a|{b}", "back\\slash\\n", "\\N \\G", "<b>x</b>", "<", ">", "%s", "&lt;", "&", '"',
         "\\", "\\|", "a  b", "ends in \\", "ünï ∂ 日本", "node", "'", "]]>", "-->"]  # fmt: skip


def tooltip(picture: bytes) -> str:
    """The first line of the first tooltip."""
    title = next(ElementTree.fromstring(picture).iter(f"{SVG}a")).get("{http://www.w3.org/1999/xlink}title", "")
    return title.replace("\xa0", " ").splitlines()[0]


def node(source: str, words: str) -> str:
    """The line of DOT source of the node whose label contains the words."""
    return next(line for line in source.splitlines() if f"{words}" in line and "->" not in line)


def test_shows_label_data_and_gradient_with_four_digits():
    x = Value(2.0 / 3.0, label="x")
    x.grad = 123456.0
    assert texts(svg(draw(x, legend=False).source)) == ["x", "data 0.6667", "grad 1.235e+05"]


def test_shows_each_operation():
    assert {"*", "+", "tanh"} <= set(texts(svg(draw(neuron()).source)))


def test_a_plus_a_has_two_edges():
    a = Value(1.0)
    assert draw(a + a).source.count("-> n1op") == 2


def test_edges_keep_the_order_of_operands():
    a, b = Value(1.0), Value(2.0)
    c = b - a
    edges = visible([c], 10).edges
    assert [edge.tail for edge in edges] == [b, a]


def test_a_plain_number_is_shown_as_its_number_only():
    assert "2" in texts(svg(draw(Value(-3.0) ** 2).source))


def test_the_gradient_of_a_plain_number_is_not_shown():
    y = Value(-3.0) ** 2
    y.backward()  # the exponent's gradient is nan
    assert written(WRONG) not in draw(y).source


def test_tooltips_give_every_digit():
    x = Value(2.0 / 3.0)
    assert "data 0.6666666666666666" in draw(x).source


def test_tooltips_give_local_derivatives():
    assert "local derivative -3.0" in draw(Value(2.0) * Value(-3.0)).source


def dashed(source: str) -> list[str]:
    """The tooltips of the dashed lines."""
    return sorted(re.findall(r"\[style=dashed tooltip=\"?([^\]\"]*)\"?\]", source))


def test_lines_along_which_nothing_flows_back_are_dashed():
    x = Value(-1.0, label="x")
    source = draw(where(x > 0, x.sqrt(), x * x) + maximum(x, 3.0)).source
    assert dashed(source) == [
        "local derivative 0.0: nothing flows back here",  # of the condition
        "local derivative 0.0: nothing flows back here",  # to the root, which was not chosen
        "local derivative 0.0: nothing flows back here",  # to x, the smaller one
        "local derivative nan: nothing flows back here",  # below the root
    ]


def test_a_line_below_one_root_alone_is_not_dashed():
    x = Value(-1.0)
    y = x * 2.0
    assert len(dashed(draw(y.relu()).source)) == 3
    assert len(dashed(draw([y.relu(), y]).source)) == 1


def test_a_derivative_of_0_that_is_a_number_has_no_dashed_line():
    assert dashed(draw(Value(0.0).sqrt() * 0.0).source) == []


def test_colours_tell_the_signs_of_gradients_and_the_largest_has_the_strongest():
    x, w = Value(1.0, label="x"), Value(1.0, label="w")
    (x * 5 - w * 5).backward()
    source = draw([x, w]).source
    assert written(of_strength(1.0)) in node(source, "x|")
    assert written(of_strength(-1.0)) in node(source, "w|")


def test_no_gradient_is_white():
    assert "#ffffff" in node(draw(Value(1.0, label="x")).source, "x|")


@pytest.mark.parametrize("wrong", [nan, inf, -inf])
def test_a_gradient_that_is_no_number_is_marked(wrong):
    x = Value(1.0, label="x")
    x.grad = wrong
    assert written(WRONG) in node(draw(x).source, "x|")


def test_several_roots():
    x = Value(1.0, label="x")
    assert texts(svg(draw([x.exp(), x.log()]).source)).count("x") == 1


@pytest.mark.parametrize("label", NASTY)
def test_a_label_is_shown_as_text_by_the_packaged_engine(label):
    assert texts(svg(draw(Value(1.0, label=label)).source))[0] == label


@needs_dot
@pytest.mark.parametrize("label", NASTY)
def test_a_label_is_shown_as_text_by_dot(label):
    assert texts(draw(Value(1.0, label=label)).pipe())[0] == label


@pytest.mark.parametrize("name", NASTY)
def test_the_name_of_a_module_is_shown_as_text(name):
    with autograd.scope(name):
        y = Value(1.0).exp()
    assert name in texts(svg(draw(y).source))


@pytest.mark.parametrize("label", NASTY)
def test_a_tooltip_is_text_by_the_packaged_engine(label):
    assert tooltip(svg(draw(Value(1.0, label=label)).source)) == label


@needs_dot
@pytest.mark.parametrize("label", NASTY)
def test_a_tooltip_is_text_by_dot(label):
    assert tooltip(draw(Value(1.0, label=label)).pipe()) == label


@pytest.mark.parametrize("label", ["\0", "\x1b[31m", "\ud800", "a\nb", "x" * 100_000])
def test_a_label_of_any_characters_can_be_drawn(label):
    assert ElementTree.fromstring(svg(draw(Value(1.0, label=label)).source)).tag == f"{SVG}svg"


@pytest.mark.usefixtures("without_dot")
def test_a_label_that_is_no_text_is_shown_as_text():
    assert "<text" in draw(Value(1.0, label=3)).pipe(encoding="utf-8")
