"""What the page shows of a graph: numbers on nodes and edges, and modules as boxes."""

import base64
import io
import re
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from autograd import Value, topological_order
from autograd.value import CONSTANT
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

SHOWN = {"rel": 6e-3, "abs": 1e-300}  # numbers in the picture have three digits or more


@pytest.fixture(scope="module")
def expression():
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(0.5, "c")
    root = a * b + a.tanh() ** 2 / 3 + c.exp()
    root.label = "y"
    root.backward()
    return root


@pytest.fixture(scope="module")
def network():
    """The loss of a small network, and its parameters; not to be changed."""
    model = MLP(2, [4, 4, 1], seed=0)
    loss = mse_loss([model([Value(0.5, "x1"), Value(-1.0, "x2")])], [Value(1.0, "t")])
    loss.label = "loss"
    loss.backward()
    return loss, model


@pytest.fixture(scope="module")
def page_of_expression(open_page_once, expression):
    return open_page_once(explore(expression))


@pytest.fixture(scope="module")
def page_of_network(open_page_once, network):
    return open_page_once(explore(*network))


@pytest.fixture(scope="module")
def chain():
    x = Value(1.0, "x")
    for _ in range(5000):
        x = x + 0.001
    return x


def scale(shown):
    transform = shown.page.locator("#graph > g").get_attribute("transform")
    return float(re.search(r"scale\(([\d.e-]+)\)", transform)[1])


def colour(locator, what="fill"):
    text = locator.evaluate(f"shape => getComputedStyle(shape).{what}")
    return [int(part) for part in re.findall(r"\d+", text)[:3]]


# ---------------------------------------------------------------------------------------------------- a small graph


def test_the_title_is_the_label_of_the_root(page_of_expression, expression):
    shown = page_of_expression
    assert shown.texts("#title") == ["y"]
    assert shown.page.title() == "y · explorer"


def test_every_node_shows_its_label_operation_value_and_gradient(page_of_expression, expression):
    shown = page_of_expression
    nodes = topological_order(expression)
    assert sorted(shown.keys) == sorted(f"n{n}" for n in range(len(nodes)))
    for n, node in enumerate(nodes):
        item = shown.item(n)
        texts = [
            text for text in item.locator("text:not(.made)").all_text_contents() if text not in ("", "data", "grad")
        ]
        if not node.parents and not node.label:  # a plain number
            assert [float(text) for text in texts] == [node.data]
            continue
        names, numbers = texts[:-2], [float(text) for text in texts[-2:]]
        assert names == [text for text in (node.label, node.op) if text]
        assert numbers == [pytest.approx(node.data, **SHOWN), pytest.approx(node.grad, **SHOWN)]


def test_the_inspector_has_all_digits(page_of_expression, expression):
    page_of_expression.assert_numbers_of(expression)


def test_every_edge_shows_its_local_derivative_and_the_product(page_of_expression, expression):
    shown = page_of_expression
    partials = [float(text.removeprefix("∂ ")) for text in shown.texts(".edge-label .partial")]
    flows = [float(text.removeprefix("← ")) for text in shown.texts(".edge-label .flow")]
    nodes = topological_order(expression)
    edges = [(node, *pair) for node in nodes for pair in zip(node.parents, node.partials, strict=True)]
    shown_edges = [(node, partial) for node, parent, partial in edges if parent._operation is not CONSTANT]
    assert 0 < len(shown_edges) < len(edges)  # nobody asks for the derivative by a plain number
    assert partials == [pytest.approx(partial, **SHOWN) for _, partial in shown_edges]
    assert flows == [pytest.approx(partial * node.grad, **SHOWN) for node, partial in shown_edges]
    assert shown.page.locator("#graph path.edge").count() == len(edges)


def test_both_edges_of_a_node_that_is_used_twice_are_shown(open_page):
    a = Value(3.0, "a")
    shown = open_page(explore(a * a))
    assert shown.texts(".edge-label .partial") == ["∂ 3", "∂ 3"]


def test_colours_tell_the_signs_of_gradients_and_the_legend_says_how_large(page_of_expression, expression):
    shown = page_of_expression
    largest = max(abs(node.grad) for node in topological_order(expression))
    low, high = shown.texts("#legend-low, #legend-high")
    assert float(high) == pytest.approx(largest, **SHOWN)
    assert low == f"gradient -{high}"
    for n, node in enumerate(topological_order(expression)):
        if node.label or node.parents:
            red, _, blue = colour(shown.item(n).locator("rect.card"))
            assert (red > blue) == (node.grad > 0), node


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_of_the_system_and_the_button(open_page, expression, scheme):
    shown = open_page(explore(expression), color_scheme=scheme)
    other = "dark" if scheme == "light" else "light"
    html, button = shown.page.locator("html"), shown.page.locator("#theme")
    for theme in (scheme, other, scheme):
        assert html.get_attribute("data-theme") == theme
        assert button.get_attribute("aria-pressed") == str(theme == "dark").lower()
        paper, ink = colour(shown.page.locator("body"), "backgroundColor"), colour(shown.page.locator("h1"), "color")
        assert (sum(paper) < sum(ink)) == (theme == "dark")
        button.click()


@pytest.mark.parametrize("at", ["the background", "a node"])
def test_dragging_moves_the_picture_and_selects_nothing(page_of_expression, expression, at):
    shown = page_of_expression
    shown.page.locator("#fit").click()
    shown.page.keyboard.press("Escape")
    root = shown.item(len(topological_order(expression)) - 1)
    before = root.bounding_box()
    graph = shown.page.locator("#graph").bounding_box()
    x, y = (graph["x"] + 20, graph["y"] + 20) if at == "the background" else (before["x"] + 9, before["y"] + 9)
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x - 60, y + 45, steps=5)
    shown.page.mouse.up()
    after = root.bounding_box()
    assert (after["x"] - before["x"], after["y"] - before["y"]) == (pytest.approx(-60, abs=1), pytest.approx(45, abs=1))
    assert shown.marked("selected") == []


def test_zoom_and_fit(page_of_expression, expression):
    shown = page_of_expression
    shown.page.locator("#fit").click()
    first = scale(shown)
    shown.page.locator("#zoom-in").click()
    assert scale(shown) == pytest.approx(1.3 * first)
    shown.page.locator("#zoom-out").click()
    shown.page.locator("#zoom-out").click()
    assert scale(shown) == pytest.approx(first / 1.3)
    box = shown.item(0).bounding_box()
    shown.page.mouse.move(box["x"] + 1, box["y"] + 1)
    shown.page.mouse.wheel(0, -300)
    shown.page.locator("#graph > g").evaluate("() => new Promise(requestAnimationFrame)")
    assert scale(shown) > first / 1.3
    after = shown.item(0).bounding_box()
    assert (after["x"], after["y"]) == (pytest.approx(box["x"], abs=2), pytest.approx(box["y"], abs=2))
    shown.page.locator("#fit").click()
    assert scale(shown) == pytest.approx(first)


def test_a_root_that_is_a_leaf(open_page):
    shown = open_page(explore(Value(2.5, "x")))
    assert shown.facts()[0]["data"] == "2.5"
    assert shown.facts()[0]["gradient"] == "1"


# ---------------------------------------------------------------------------------------------------------- folding


def test_modules_are_folded_at_first_and_say_how_large_they_are(page_of_network, network):
    operations, parameters = Counter(), Counter()
    for key in page_of_network.keys:
        box = page_of_network.item(key)
        said = box.get_attribute("aria-label")
        if key.startswith("c"):
            assert re.match(r"(neuron|layer) \d, \d+ operations, \d+ parameters, .*folded", said)
            assert said.startswith(", ".join(box.locator("text").all_text_contents()[:3]))
        operations[key[0]] += int(
            (re.findall(r"(\d+) operation", said) or [", value" in said and "leaf" not in said])[0]
        )
        parameters[key[0]] += int((re.findall(r"(\d+) parameter", said) or [0])[0])
    assert operations["c"] > operations["n"]
    assert operations.total() == sum(bool(node.parents) for node in Graph(network[0]).nodes)
    shown_alone = [n for n in network[1].parameters() if f"n{Graph(network[0]).nodes.index(n)}" in page_of_network.keys]
    assert parameters["c"] == len(network[1].parameters()) - len(shown_alone) > 20
    assert len(page_of_network.keys) < 40


def test_leaves_with_the_same_users_are_one_box(page_of_network):
    [key] = [key for key in page_of_network.keys if key.startswith("l")]
    texts = page_of_network.item(key).locator("text").all_text_contents()
    assert texts[:2] == ["x1 … x2", "2 leaves"]


def test_unfolded_boxes_have_the_largest_gradient_that_they_said_and_all_numbers_of_python(open_page, network):
    nodes = Graph(network[0]).nodes
    shown = open_page(explore(*network))
    for key in [key for key in shown.keys if key.startswith("c")]:
        before = set(shown.keys)
        [said] = re.findall(r"max \|grad\| (\S+)", " ".join(shown.item(key).locator("text").all_text_contents()))
        shown.unfold(key)
        inside = [nodes[int(other[1:])] for other in set(shown.keys) - before if other.startswith("n")]
        inside = [node for node in inside if node.label not in ("x1", "x2")]
        assert float(said) == pytest.approx(max(abs(node.grad) for node in inside), **SHOWN)
    assert {int(key[1:]) for key in shown.keys if key.startswith("n")} == set(range(len(nodes)))
    shown.assert_numbers_of(network[0])


def test_the_picture_in_a_box_has_a_pixel_for_every_parameter(page_of_network, network):
    shown = page_of_network
    link = shown.item("c2").locator("image").get_attribute("href")
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(link.partition(",")[2]))).convert("RGB")).astype(int)
    assert pixels.shape == (1, 3, 3)
    neuron = network[1].layers[0].neurons[0]
    parameters = [p.data for p in Graph(network[0]).nodes if p in set(neuron.parameters())]
    largest = max(map(abs, parameters))
    assert [np.sign(x) for x in parameters] == np.sign(pixels[0, :, 0] - pixels[0, :, 2]).tolist()
    distances = np.abs(pixels[0] - 255).sum(axis=1)
    assert np.argmax(distances) in np.flatnonzero(np.abs(parameters) == largest)


def test_a_click_unfolds_and_the_button_folds(page_of_network):
    shown = page_of_network
    folded = shown.keys
    with shown.redrawn():
        shown.item("c2").click()
    assert "c2" not in shown.keys
    assert len(shown.keys) == len(folded) - 1 + 8 + 1  # b, two weights, five operations; and x1 beside x2
    with shown.redrawn():
        shown.page.locator('[data-fold="2"]').click()
    assert shown.keys == folded


def test_backspace_folds_the_module_around(page_of_network):
    shown = page_of_network
    folded = shown.keys
    shown.unfold("c2")
    [first, *_] = [key for key in shown.keys if key not in folded]
    shown.item(first).focus()
    with shown.redrawn():
        shown.page.keyboard.press("Backspace")
    assert shown.keys == folded


def test_the_outer_module_folds_all_that_is_in_it(open_page, network):
    shown = open_page(explore(*network))
    with shown.redrawn():
        shown.page.locator('[data-fold="0"]').dispatch_event("click")
    assert [key for key in shown.keys if key.startswith("c")] == ["c0"]
    assert "37 parameters" in shown.item("c0").locator("text").all_text_contents()


def test_the_frames_say_the_names_of_open_modules(page_of_network):
    shown = page_of_network
    assert {"MLP", "layer 1", "layer 2", "layer 3"} <= set(shown.texts(".frame-name"))


def test_of_a_long_graph_without_modules_the_end_is_shown_and_more_on_demand(open_page, chain):
    shown = open_page(explore(chain))
    nodes = len(topological_order(chain))
    before = set(shown.keys)
    assert 250 <= len(before) <= 302
    assert f"n{nodes - 1}" in before
    assert [key for key in before if key.startswith("r")] == ["r-1"]
    assert f"… {nodes - len(before) + 1:,} more nodes" in shown.texts(".rest text")
    shown.unfold("r-1")
    assert before <= set(shown.keys)
    assert len(before) + 30 <= len(shown.keys) <= len(before) + 50
