"""Finding nodes, selecting them, the table of parameters, and links to a state."""

import re

import pytest

from autograd import Value, scope, topological_order
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


@pytest.fixture(scope="module")
def network():
    """The loss of a small network, and its parameters; not to be changed."""
    model = MLP(2, [4, 4, 1], activation="tanh", seed=0)
    loss = mse_loss([model([Value(0.5, "x1"), Value(-1.0, "x2")])], [Value(1.0, "target")])
    loss.label = "loss"
    loss.backward()
    return loss, model


@pytest.fixture(scope="module")
def explorer(network):
    return explore(*network)


@pytest.fixture(scope="module")
def page(open_page_once, explorer):
    return open_page_once(explorer, permissions=["clipboard-read", "clipboard-write"])


@pytest.fixture
def shown(page):
    return page.restart()


def find(shown, text):
    """Look for a text; the buttons of what is found."""
    shown.page.locator("#query").fill(text)
    return shown.page.locator("#matches button")


def selected(shown, name):
    """The key of the element that is selected, once the inspector has this name."""
    expect(shown.page.locator("#inspector .name")).to_have_text(re.compile(name))
    return shown.only("selected")


# -------------------------------------------------------------------------------------------------------------- search


def test_labels_operations_and_modules_are_found(shown, network):
    nodes = Graph(network[0]).nodes
    expect(find(shown, "target")).to_have_text(["mse_loss / target (leaf)"])  # which only the loss uses
    assert sum(node.op == "tanh" for node in nodes) == 8
    expect(find(shown, "tanh")).to_have_text([re.compile(r"\(tanh\)$")] * 8)
    expect(find(shown, "layer 2").first).to_have_text("MLP / layer 2 (module)")
    expect(find(shown, "NEURON 3").first).to_have_text(re.compile("^MLP / layer . / neuron 3"))
    expect(find(shown, "zebra")).to_have_count(0)
    found = "Nothing found: look for a name, such as b, or an operation, such as mul, or a module, such as MLP"
    shown.expect_texts("#found", [found])
    shown.page.locator("#query").fill("")
    expect(shown.page.locator("#results")).to_be_hidden()


def test_enter_goes_to_the_first_and_unfolds_what_is_around_it(shown):
    expect(find(shown, "tanh")).to_have_count(8)
    folded = {key for key in shown.keys if key.startswith("c")}
    with shown.redrawn():
        shown.page.locator("#query").press("Enter")
    key = selected(shown, "neuron")
    expect(shown.item(key)).to_have_attribute("aria-label", re.compile("tanh"))
    eventually(lambda: shown.facts()[int(key[1:])]["kind"], "tanh")
    assert len(folded - set(shown.keys)) == 1
    expect(shown.page.locator("#results")).to_be_hidden()


def test_what_was_found_is_in_sight_and_has_the_focus(shown):
    expect(find(shown, "target")).to_have_count(1)
    shown.page.locator("#query").press("Enter")
    key = selected(shown, "target")
    expect(shown.item(key)).to_be_focused()

    def is_inside():
        graph, item = shown.page.locator("#graph").bounding_box(), shown.item(key).bounding_box()
        return all(
            graph[side] <= item[side] <= graph[side] + graph[size] - item[size]
            for side, size in (("x", "width"), ("y", "height"))
        )

    eventually(is_inside, True)


def test_a_module_that_was_found_is_selected_as_its_box(shown):
    with shown.redrawn():
        find(shown, "neuron 3").first.click()
    key = selected(shown, "neuron 3")
    assert key.startswith("c")
    expect(shown.item(key).locator("text").first).to_have_text("neuron 3")


def test_arrows_walk_through_the_results_and_escape_closes_them(shown):
    found = find(shown, "neuron")
    expect(shown.page.locator("#results")).to_be_visible()
    query = shown.page.locator("#query")
    query.press("ArrowDown")
    shown.page.keyboard.press("ArrowDown")
    expect(found.nth(1)).to_be_focused()
    shown.page.keyboard.press("ArrowUp")
    shown.page.keyboard.press("ArrowUp")
    expect(query).to_be_focused()
    query.press("Escape")
    expect(shown.page.locator("#results")).to_be_hidden()


def test_nodes_are_found_by_their_numbers_as_far_as_these_are_known(open_page):
    a, b = Value(-2.0, "a"), Value(0.5, "b")
    product = a * b
    product.label = "p"
    root = product.log() + product * 3.0  # log of a negative number
    root.label = "L"
    shown = open_page(explore(root))
    expect(find(shown, "nan")).to_have_count(0)
    shown.expect_texts("#found", ["Nothing found among the numbers that are known at this step"])
    expect(find(shown, "data < 0")).to_have_text(["a  (leaf, data -2)"])
    shown.go_to_end()
    expect(find(shown, "nan")).to_have_text([re.compile(r"^L  \(add, data nan\)"), re.compile(r"\(log, data nan\)")])
    expect(find(shown, "grad=-4")).to_have_text(["b  (leaf, grad -4)"])
    expect(find(shown, "|GRAD| >= 2")).to_have_text(["p  (mul, grad 2)", "b  (leaf, grad -4)"])
    expect(find(shown, "grad > banana")).to_have_count(0)
    shown.expect_texts("#found", [re.compile("^Nothing found: look for a name")])


# ----------------------------------------------------------------------------------------------------------- selection


def test_what_depends_on_a_node_and_what_it_depends_on_stands_out(open_page):
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    root = (a * b).tanh() + c.exp() * c
    nodes = Graph(root).nodes
    shown = open_page(explore(root))
    [chosen] = [n for n, node in enumerate(nodes) if node.op == "tanh"]
    shown.item(chosen).click()
    below = set(topological_order(nodes[chosen]))
    above = {node for node in nodes if nodes[chosen] in topological_order(node)}
    shown.expect_marked("selected", [f"n{chosen}"])
    shown.expect_marked("dim", [f"n{n}" for n, node in enumerate(nodes) if node not in below | above])
    expect(shown.page.locator("#graph path.edge.dim")).to_have_count(4)  # c → exp, c → *, exp → *, * → +
    shown.page.mouse.click(*(shown.page.locator("#graph").bounding_box()[side] + 5 for side in ("x", "y")))
    shown.expect_marked("selected", [])
    shown.expect_marked("dim", [])


def test_the_inspector_leads_to_the_neighbours(shown):
    root = f"n{max(int(key[1:]) for key in shown.keys if key.startswith('n'))}"
    shown.select(root)
    row = shown.page.locator("#inspector .row", has_text="Computed from")
    row.locator("button").first.click()
    eventually(lambda: shown.marked("selected") != [root], True)
    used = shown.page.locator("#inspector .row", has_text="Used by")
    used.get_by_role("button", name="loss", exact=True).click()
    shown.expect_marked("selected", [root])


def test_the_table_has_the_parameters_by_the_size_of_their_gradients(shown, network):
    loss, model = network
    shown.go_to_end().page.locator("#table-panel summary").click()
    gradients = sorted((abs(p.grad) for p in model.parameters()), reverse=True)
    close = [pytest.approx(gradient, rel=6e-3, abs=1e-9) for gradient in gradients]
    eventually(lambda: [abs(float(text)) for text in shown.texts("#table tbody td:nth-child(3)")], close)
    name = shown.page.locator("#table tbody button").first.text_content()
    assert name.startswith("MLP / layer")
    shown.page.locator("#table tbody button").first.click()
    expect(shown.page.locator("#graph .selected")).to_be_focused()
    chosen = Graph(loss).nodes[int(selected(shown, re.escape(name))[1:])]
    assert abs(chosen.grad) == gradients[0]
    assert name.endswith(chosen.label)


# --------------------------------------------------------------------------------------------------------------- links


def test_a_link_gives_the_same_state(shown, network, explorer, open_page):
    shown.unfold("c2")
    leaf = next(key for key in shown.keys if key.startswith("n") and "leaf" in shown.item(key).get_attribute("class"))
    shown.edit(int(leaf[1:]), "0.1234567890123456789")
    shown.fill_time(5)
    fragment = shown.fragment
    eventually(lambda: shown.page.evaluate("() => navigator.clipboard.readText()"), shown.page.url)
    again = open_page(explorer, fragment)
    eventually(lambda: again.keys, shown.keys)
    for mark in ("selected", "dim", "unknown", "current"):
        again.expect_marked(mark, shown.marked(mark))
    for selector in ("#pass", "#formula span"):
        again.expect_texts(selector, shown.texts(selector))
    eventually(again.facts, shown.facts())
    again.page.locator("#reset").click()
    again.page.locator("#last").click()
    again.expect_numbers_of(network[0])


def test_a_link_to_what_was_found_by_search(shown, explorer, open_page):
    expect(find(shown, "tanh")).to_have_count(8)
    with shown.redrawn():
        shown.page.locator("#matches button").last.click()
    key = selected(shown, "neuron")
    again = open_page(explorer, shown.fragment)
    again.expect_marked("selected", [key])
    eventually(lambda: again.keys, shown.keys)


def test_a_link_to_the_untouched_page(explorer, open_page):
    shown = open_page(explorer)
    again = open_page(explorer, shown.fragment)
    eventually(lambda: again.keys, shown.keys)
    again.expect_marked("selected", [])


def test_a_link_in_an_open_page_is_followed(shown):
    with shown.redrawn():
        shown.page.evaluate("() => { location.hash = '#open=0,1,2&step=3&at=c3'; }")
    shown.expect_marked("selected", ["c3"])
    expect(shown.item("c2")).to_have_count(0)
    expect(shown.page.locator("#pass")).to_have_text(re.compile(r"Forward \d"))
    with shown.redrawn():
        shown.page.evaluate("() => { location.hash = '#open=0,1,2'; }")
    shown.expect_marked("selected", [])  # a link says all of the state
    shown.at_step(0)


LATE = """window.ResizeObserver = class {
  constructor(tell) { this.tell = tell; }
  observe(svg) { window.look = () => this.tell([{ contentRect: svg.getBoundingClientRect() }]); }
};"""


def test_what_a_link_selects_is_in_sight_also_in_a_tab_that_is_looked_at_later(shown, explorer, open_page):
    """There an observer says only then how large the picture is."""
    [inputs] = [key for key in shown.keys if key.startswith("l")]
    small = {"width": 500, "height": 700}
    page = open_page(explorer, f"#at={inputs}", init_script=LATE, viewport=small)
    page.page.evaluate("look()")
    expect(page.item(inputs)).to_be_in_viewport(ratio=1)


def test_a_nonsense_fragment_does_no_harm(open_page, network, explorer):
    shown = open_page(explorer, "#open=99,-1,x,1e9&step=banana&at=n99999&set=0:zebra,99:1,:,-1:2,0.5:1")
    for fragment in ("#%%%", "#nonsense", "#more=a:b,0:-5,77:1", "#step=99999999999999999999&show=9999,-3",
                     "#at=n1%22%5D&open=", "#set=" + "0:1," * 3000, "#"):  # fmt: skip
        expect(shown.page.locator("#graph .item").first).to_be_attached()
        expect(shown.page.locator("#trouble")).to_be_hidden()
        with shown.redrawn():
            shown.page.evaluate("fragment => { location.hash = fragment; }", fragment)
    shown.at_step(0)
    shown.go_to_end().expect_numbers_of(network[0])


def test_names_of_scopes_are_found(open_page):
    x = Value(0.5, "x")
    with scope("encoder"), scope("block 7"):
        y = x.tanh() * x
    shown = open_page(explore(y + 1.0))
    expect(find(shown, "block").first).to_have_text(re.compile("^encoder / block 7"))
