"""The compiled program beside the scalars."""

import pytest

from autograd import Value
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph
from viz.explorer.program import compiled_view

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


@pytest.fixture(scope="module")
def network():
    """The loss of a small network, and its parameters."""
    model = MLP(2, [4, 4, 1], seed=0)
    return mse_loss([model([Value(0.5, "x1"), Value(-1.0, "x2")])], [Value(1.0, "t")]), model


@pytest.fixture(scope="module")
def program(network):
    explorer = explore(*network)
    return compiled_view(explorer.graph.nodes, explorer.graph.inputs)


@pytest.fixture(scope="module")
def shown(open_page_once, network):
    shown = open_page_once(explore(*network))
    for key in ("c2", "c5"):  # two neurons of the first layer, as single nodes
        shown.unfold(key)
    shown.page.locator("#compiled-toggle").click()
    shown.page.locator("#operations .item").first.wait_for()
    return shown


def box(shown, number):
    return shown.page.locator(f'#operations .item[data-key="b{number}"]')


def numbered(program, name):
    return [number for number, each in enumerate(program["boxes"]) if each["label"].startswith(name)]


def test_there_is_a_box_for_every_array_operation(shown, program):
    expect(shown.page.locator("#operations .item")).to_have_count(len(program["boxes"]))
    for number, each in enumerate(program["boxes"]):
        expect(box(shown, number).locator("text")).to_have_text(each["label"].split("\n"))
    edges = shown.page.locator("#operations path.edge")
    expect(edges).to_have_count(sum(len(each["parents"]) for each in program["boxes"]))


def test_the_caption_says_what_became_of_the_scalars(shown, program):
    expect(shown.page.locator("#program-caption")).to_contain_text(program["caption"])


def test_its_legend_explains_what_is_there_and_nothing_else(shown):
    entries = ["parameters", "input, output", "matrix product", "element by element, sum", "an array"]
    shown.expect_texts("#program-legend .entry", [*entries, "stands for what is selected"])
    colour = "part => getComputedStyle(part).fill"
    sample = shown.page.locator("#program-legend .product .card")
    assert sample.evaluate(colour) == shown.page.locator("#operations .product .card").first.evaluate(colour)


@pytest.mark.parametrize("name", ["matmul", "relu", "add", "parameters", "input"])
def test_hovering_a_box_marks_exactly_its_scalars(shown, network, program, name):
    number = numbered(program, name)[0]
    scalars = {n for n, of in enumerate(program["box_of_node"]) if of == number}
    box(shown, number).hover()
    caption = shown.page.locator("#program-caption")
    said = f"{name if name != 'input' else 'input 0'}: {len(scalars)} scalar nodes"
    expect(caption).to_have_text(said)
    nodes = {int(key[1:]) for key in shown.keys if key.startswith("n")}
    eventually(lambda: {int(key[1:]) for key in shown.marked("match") if key.startswith("n")}, scalars & nodes)
    folded = {
        key: shown.item(key).locator("text").first.text_content() for key in shown.marked("match") if key[0] == "c"
    }
    if name in ("matmul", "relu", "add", "parameters"):
        assert len(folded) == 2  # the other two neurons of the layer
        assert set(folded.values()) <= {f"neuron {i}" for i in range(1, 5)}
    shown.page.mouse.move(2, 2)
    expect(caption).not_to_have_text(said)
    shown.expect_marked("match", [])


def test_a_click_keeps_the_scalars_marked(shown, program):
    [number, *_] = numbered(program, "relu")
    box(shown, number).click()
    eventually(lambda: shown.marked("match") != [], True)
    marked = shown.marked("match")
    other = next(n for n in range(len(program["boxes"])) if n != number)
    for _ in range(2):  # the scalars of another box while the pointer is there, then its own again
        box(shown, other).hover()
        eventually(lambda: shown.marked("match") != marked, True)
        shown.page.mouse.move(2, 2)
        shown.expect_marked("match", marked)
    box(shown, number).click()
    shown.page.mouse.move(2, 2)
    shown.expect_marked("match", [])


def test_selecting_a_scalar_marks_its_box(shown, network, program):
    nodes = Graph(network[0]).nodes
    chosen = next(n for n, node in enumerate(nodes) if node.op == "relu" and f"n{n}" in shown.keys)
    shown.select(chosen)
    marked = shown.page.locator("#operations .match")
    expect(marked).to_have_count(1)
    expect(marked).to_have_attribute("data-key", f"b{program['box_of_node'][chosen]}")
    shown.page.keyboard.press("Escape")
    shown.expect_marked("selected", [])


def test_boxes_are_reached_by_keys_and_escape_unmarks(shown):
    operations = shown.page.locator("#operations .item")
    operations.last.focus()
    shown.page.keyboard.press("ArrowLeft")
    expect(operations.last).not_to_be_focused()
    expect(shown.page.locator("#operations .item:focus")).to_have_count(1)
    eventually(lambda: shown.marked("match") != [], True)
    shown.page.keyboard.press("Escape")
    shown.expect_marked("match", [])


def test_it_is_hidden_at_first_and_again(open_page, network):
    shown = open_page(explore(*network))
    toggle, program = shown.page.locator("#compiled-toggle"), shown.page.locator("#program")
    for visible in (False, True, False):
        expect(program).to_be_visible(visible=visible)
        expect(toggle).to_have_attribute("aria-pressed", str(visible).lower())
        shown.page.keyboard.press("c") if visible else toggle.click()


def test_a_graph_that_cannot_be_compiled_says_why(open_page):
    shown = open_page(explore(Value(2.0, "x")))
    shown.page.locator("#compiled-toggle").click()
    caption = shown.page.locator("#program-caption")
    expect(caption).to_be_visible()
    expect(caption).to_have_text("No compiled view: There is nothing to compile: the root is a leaf.")
    expect(shown.page.locator("#operations .item")).to_have_count(0)
    shown.item(0).click()
    eventually(lambda: shown.facts()[0]["data"], "2")


def test_what_a_box_says_does_not_move_it_from_under_the_pointer(open_page, network):
    shown = open_page(explore(*network), viewport={"width": 860, "height": 560})
    shown.page.locator("#compiled-toggle").click()
    product = shown.page.locator("#operations .product").first
    product.hover(trial=True)  # this waits until it stands still, and does nothing
    before = product.bounding_box()
    product.hover()
    expect(shown.page.locator("#program-caption")).to_have_text("matmul: 12 scalar nodes")
    product.hover(trial=True)
    assert product.bounding_box() == before
