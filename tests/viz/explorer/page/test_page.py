"""What the page shows of a graph: numbers on nodes and edges, and modules as boxes."""

import base64
import io
import re
from collections import Counter
from functools import partial

import numpy as np
import pytest
from PIL import Image

from autograd import Value, topological_order
from autograd.operations import CONSTANT
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

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
    return open_page_once(explore(expression)).go_to_end()


@pytest.fixture(scope="module")
def page_of_network(open_page_once, network):
    return open_page_once(explore(*network)).go_to_end()


@pytest.fixture(scope="module")
def chain():
    x = Value(1.0, "x")
    for _ in range(5000):
        x = x + 0.001
    return x


def scale(shown):
    transform = shown.page.locator("#graph > g").get_attribute("transform")
    return float(re.search(r"scale\(([\d.e-]+)\)", transform)[1])


def expect_scale(shown, wanted):
    eventually(lambda: scale(shown), pytest.approx(wanted))


def expect_at(item, x, y, within):
    """The place on the screen."""
    close = {"x": pytest.approx(x, abs=within), "y": pytest.approx(y, abs=within)}
    eventually(lambda: {side: item.bounding_box()[side] for side in close}, close)


def colour(locator, what="fill"):
    text = locator.evaluate(f"shape => getComputedStyle(shape).{what}")
    return [int(part) for part in re.findall(r"\d+", text)[:3]]


# ---------------------------------------------------------------------------------------------------- a small graph


def test_the_title_is_the_label_of_the_root(page_of_expression, expression):
    shown = page_of_expression
    shown.expect_texts("#title", ["y"])
    expect(shown.page).to_have_title("y · explorer")


def test_every_node_shows_its_label_operation_value_and_gradient(page_of_expression, expression):
    shown = page_of_expression
    nodes = topological_order(expression)
    eventually(lambda: sorted(shown.keys), sorted(f"n{n}" for n in range(len(nodes))))

    def said(n):
        """Texts, then the numbers."""
        texts = shown.item(n).locator("text:not(.made)").all_text_contents()
        texts = [text for text in texts if text not in ("", "data", "grad")]
        count = 2 if nodes[n].parents or nodes[n].label else 1  # a plain number has no gradient
        return [*texts[:-count], *map(float, texts[-count:])]

    for n, node in enumerate(nodes):
        names = [text for text in (node.label, node.op) if text]
        numbers = [pytest.approx(node.data, **SHOWN), pytest.approx(node.grad, **SHOWN)]
        eventually(partial(said, n), [*names, *numbers] if node.parents or node.label else [node.data])


def test_the_inspector_has_all_digits(page_of_expression, expression):
    page_of_expression.expect_numbers_of(expression)


def test_every_edge_shows_its_local_derivative_and_the_product(page_of_expression, expression):
    shown = page_of_expression
    nodes = topological_order(expression)
    edges = [(node, *pair) for node in nodes for pair in zip(node.parents, node.partials, strict=True)]
    shown_edges = [(node, partial) for node, parent, partial in edges if parent._operation is not CONSTANT]
    assert 0 < len(shown_edges) < len(edges)  # nobody asks for the derivative by a plain number

    def numbers(kind):
        return [float(text.lstrip("∂← ")) for text in shown.texts(f".edge-label .{kind}")]

    eventually(lambda: numbers("partial"), [pytest.approx(partial, **SHOWN) for _, partial in shown_edges])
    eventually(lambda: numbers("flow"), [pytest.approx(partial * node.grad, **SHOWN) for node, partial in shown_edges])
    expect(shown.page.locator("#graph path.edge")).to_have_count(len(edges))


def test_both_edges_of_a_node_that_is_used_twice_are_shown(open_page):
    a = Value(3.0, "a")
    shown = open_page(explore(a * a)).go_to_end()
    shown.expect_texts(".edge-label .partial", ["∂ 3", "∂ 3"])


def test_colours_tell_the_signs_of_gradients_and_the_legend_says_how_large(page_of_expression, expression):
    shown = page_of_expression
    largest = max(abs(node.grad) for node in topological_order(expression))
    high = shown.page.locator("#legend-high")
    eventually(lambda: float(high.text_content()), pytest.approx(largest, **SHOWN))
    shown.expect_texts("#legend-low", [f"gradient -{high.text_content()}"])

    def is_warm(n):
        red, _, blue = colour(shown.item(n).locator("rect.card"))
        return red > blue

    for n, node in enumerate(topological_order(expression)):
        if node.label or node.parents:
            eventually(partial(is_warm, n), node.grad > 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_of_the_system_and_the_button(open_page, expression, scheme):
    shown = open_page(explore(expression), color_scheme=scheme)
    other = "dark" if scheme == "light" else "light"
    html, button = shown.page.locator("html"), shown.page.locator("#theme")

    def is_dark():
        paper, ink = colour(shown.page.locator("body"), "backgroundColor"), colour(shown.page.locator("h1"), "color")
        return sum(paper) < sum(ink)

    for theme in (scheme, other, scheme):
        expect(html).to_have_attribute("data-theme", theme)
        expect(button).to_have_attribute("aria-pressed", str(theme == "dark").lower())
        eventually(is_dark, theme == "dark")
        button.click()


@pytest.mark.parametrize("at", ["the background", "a node"])
def test_dragging_moves_the_picture_and_selects_nothing(page_of_expression, expression, at):
    shown = page_of_expression
    shown.page.locator("#fit").click()
    shown.page.keyboard.press("Escape")
    shown.settle()
    root = shown.item(len(topological_order(expression)) - 1)
    before = root.bounding_box()
    graph = shown.page.locator("#graph").bounding_box()
    x, y = (graph["x"] + 20, graph["y"] + 20) if at == "the background" else (before["x"] + 9, before["y"] + 9)
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x - 60, y + 45, steps=5)
    shown.page.mouse.up()
    expect_at(root, before["x"] - 60, before["y"] + 45, within=1)
    shown.settle()  # the click at the end of the drag has come
    shown.expect_marked("selected", [])


def test_zoom_and_fit(page_of_expression, expression):
    shown = page_of_expression
    shown.page.locator("#fit").click()
    shown.settle()
    first = scale(shown)
    shown.page.locator("#zoom-in").click()
    expect_scale(shown, 1.3 * first)
    shown.page.locator("#zoom-out").click()
    shown.page.locator("#zoom-out").click()
    expect_scale(shown, first / 1.3)
    box = shown.item(0).bounding_box()
    shown.page.mouse.move(box["x"] + 1, box["y"] + 1)
    shown.page.mouse.wheel(0, -300)
    eventually(lambda: scale(shown) > first / 1.3, True)
    expect_at(shown.item(0), box["x"], box["y"], within=2)
    shown.page.locator("#fit").click()
    expect_scale(shown, first)


def test_a_root_that_is_a_leaf(open_page):
    shown = open_page(explore(Value(2.5, "x"))).go_to_end()
    eventually(lambda: [shown.facts()[0][name] for name in ("data", "gradient")], ["2.5", "1"])


# ---------------------------------------------------------------------------------------------------------- folding


def test_modules_are_folded_at_first_and_say_how_large_they_are(page_of_network, network):
    operations, parameters = Counter(), Counter()
    for key in page_of_network.keys:
        box = page_of_network.item(key)
        said = box.get_attribute("aria-label")
        if key.startswith("c"):
            expect(box.locator("text").nth(2)).not_to_be_empty()
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
    for place, text in enumerate(("x1 … x2", "2 leaves")):
        expect(page_of_network.item(key).locator("text").nth(place)).to_have_text(text)


def test_unfolded_boxes_have_the_largest_gradient_that_they_said_and_all_numbers_of_python(open_page):
    model = MLP(2, [3, 1], seed=0)
    loss = mse_loss([model([Value(0.5, "x1"), Value(-1.0, "x2")])], [Value(1.0, "t")])
    loss.backward()
    explorer = explore(loss, model)
    nodes = explorer.graph.nodes
    shown = open_page(explorer, "#open=0,1,3,7").go_to_end()
    folded = [key for key in shown.keys if key.startswith("c")]
    assert len(folded) == 4  # neurons
    for key in folded:
        before = set(shown.keys)
        line = shown.item(key).locator("text", has_text="max |grad|")
        expect(line).to_have_count(1)
        said = line.text_content().split()[-1]
        shown.unfold(key)
        inside = [nodes[int(other[1:])] for other in set(shown.keys) - before if other.startswith("n")]
        inside = [node for node in inside if node.label not in ("x1", "x2")]
        assert float(said) == pytest.approx(max(abs(node.grad) for node in inside), **SHOWN)
    assert {int(key[1:]) for key in shown.keys if key.startswith("n")} == set(range(len(nodes)))
    shown.expect_numbers_of(loss)


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
    shown.page.locator("#fit").click()
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
    expect(shown.item("c0").locator("text", has_text="37 parameters")).to_have_count(1)


def test_the_frames_say_the_names_of_open_modules(page_of_network):
    for name in ("MLP", "layer 1", "layer 2", "layer 3"):
        expect(page_of_network.page.locator(".frame-name", has_text=re.compile(f"^{name}$"))).to_have_count(1)


def test_of_a_long_graph_without_modules_the_end_is_shown_and_more_on_demand(open_page, chain):
    shown = open_page(explore(chain))
    nodes = len(topological_order(chain))
    before = set(shown.keys)
    assert 250 <= len(before) <= 302
    assert f"n{nodes - 1}" in before
    assert [key for key in before if key.startswith("r")] == ["r-1"]
    rest = shown.page.locator(".rest text", has_text=f"… {nodes - len(before) + 1:,} more nodes")
    expect(rest).to_have_count(1)
    shown.unfold("r-1")
    assert before <= set(shown.keys)
    assert len(before) + 30 <= len(shown.keys) <= len(before) + 50
