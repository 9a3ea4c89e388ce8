"""The compiled program beside the scalars."""

import pytest

from autograd import Value
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph
from viz.explorer.program import compiled_view

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
    assert shown.page.locator("#operations .item").count() == len(program["boxes"])
    for number, each in enumerate(program["boxes"]):
        assert box(shown, number).locator("text").all_text_contents() == each["label"].split("\n")
    edges = shown.page.locator("#operations path.edge")
    assert edges.count() == sum(len(each["parents"]) for each in program["boxes"])


def test_the_caption_says_what_became_of_the_scalars(shown, program):
    assert shown.texts("#program-caption")[0].startswith(program["caption"])


@pytest.mark.parametrize("name", ["matmul", "relu", "add", "parameters", "input"])
def test_hovering_a_box_marks_exactly_its_scalars(shown, network, program, name):
    number = numbered(program, name)[0]
    scalars = {n for n, of in enumerate(program["box_of_node"]) if of == number}
    box(shown, number).hover()
    caption = shown.page.locator("#program-caption")
    expect(caption).to_have_text(f"{name if name != 'input' else 'input 0'}: {len(scalars)} scalar nodes")
    nodes = {int(key[1:]) for key in shown.keys if key.startswith("n")}
    assert {int(key[1:]) for key in shown.marked("match") if key.startswith("n")} == scalars & nodes
    folded = {
        key: shown.item(key).locator("text").first.text_content() for key in shown.marked("match") if key[0] == "c"
    }
    if name in ("matmul", "relu", "add", "parameters"):
        assert len(folded) == 2  # the other two neurons of the layer
        assert set(folded.values()) <= {f"neuron {i}" for i in range(1, 5)}
    shown.page.mouse.move(2, 2)
    expect(caption).not_to_have_text(f"{name}: {len(scalars)} scalar nodes")
    assert shown.marked("match") == []


def test_a_click_keeps_the_scalars_marked(shown, program):
    [number, *_] = numbered(program, "relu")
    box(shown, number).click()
    shown.page.mouse.move(2, 2)
    assert shown.marked("match") != []
    box(shown, number).click()
    shown.page.mouse.move(2, 2)
    assert shown.marked("match") == []


def test_selecting_a_scalar_marks_its_box(shown, network, program):
    nodes = Graph(network[0]).nodes
    chosen = next(n for n, node in enumerate(nodes) if node.op == "relu" and f"n{n}" in shown.keys)
    shown.select(chosen)
    [marked] = shown.page.eval_on_selector_all("#operations .match", "boxes => boxes.map(box => box.dataset.key)")
    assert marked == f"b{program['box_of_node'][chosen]}"
    shown.page.keyboard.press("Escape")


def test_boxes_are_reached_by_keys_and_escape_unmarks(shown):
    operations = shown.page.locator("#operations .item")
    operations.last.focus()
    shown.page.keyboard.press("ArrowLeft")
    assert shown.page.evaluate("() => document.activeElement.closest('#operations') !== null")
    assert shown.marked("match") != []
    shown.page.keyboard.press("Escape")
    assert shown.marked("match") == []


def test_it_is_hidden_at_first_and_again(open_page, network):
    shown = open_page(explore(*network))
    toggle, program = shown.page.locator("#compiled-toggle"), shown.page.locator("#program")
    for visible in (False, True, False):
        assert program.is_visible() == visible
        assert toggle.get_attribute("aria-pressed") == str(visible).lower()
        shown.page.keyboard.press("c") if visible else toggle.click()


def test_a_graph_that_cannot_be_compiled_says_why(open_page):
    shown = open_page(explore(Value(2.0, "x")))
    shown.page.locator("#compiled-toggle").click()
    assert shown.texts("#program-caption") == ["No compiled view: There is nothing to compile: the root is a leaf."]
    assert shown.page.locator("#operations .item").count() == 0
    shown.item(0).click()
    assert shown.facts()[0]["data"] == "2"


def test_what_a_box_says_does_not_move_it_from_under_the_pointer(open_page, network):
    shown = open_page(explore(*network), viewport={"width": 860, "height": 560})
    shown.page.locator("#compiled-toggle").click()
    product = shown.page.locator("#operations .product").first
    before = product.bounding_box()
    product.hover()  # this waits until it stands still
    expect(shown.page.locator("#program-caption")).to_have_text("matmul: 12 scalar nodes")
    assert product.bounding_box() == before
