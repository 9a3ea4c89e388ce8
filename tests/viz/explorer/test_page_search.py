"""Finding nodes, selecting them, the table of parameters, and links to a state."""

import re

import pytest

from autograd import Value, scope, topological_order
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph

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


@pytest.fixture
def shown(open_page, network):
    return open_page(explore(*network), permissions=["clipboard-read", "clipboard-write"])


def find(shown, text):
    shown.page.locator("#query").fill(text)
    return shown.texts("#matches button")


def focused(shown):
    return shown.page.evaluate("() => document.activeElement.dataset.key ?? document.activeElement.id")


# -------------------------------------------------------------------------------------------------------------- search


def test_labels_operations_and_modules_are_found(shown, network):
    nodes = Graph(network[0]).nodes
    [label] = find(shown, "target")
    assert label.split() == ["mse_loss", "/", "target", "(leaf)"]  # which only the loss uses
    assert len(find(shown, "tanh")) == sum(node.op == "tanh" for node in nodes) == 8
    assert all("(module)" in text for text in find(shown, "layer 2")[:1])
    assert find(shown, "NEURON 3")[0].startswith("MLP / layer")
    assert find(shown, "zebra") == []
    assert shown.texts("#found") == ["Nothing found"]
    shown.page.locator("#query").fill("")
    assert shown.page.locator("#results").is_hidden()


def test_enter_goes_to_the_first_and_unfolds_what_is_around_it(shown):
    find(shown, "tanh")
    folded = {key for key in shown.keys if key.startswith("c")}
    with shown.redrawn():
        shown.page.locator("#query").press("Enter")
    [key] = shown.marked("selected")
    assert "tanh" in shown.item(key).get_attribute("aria-label")
    assert shown.facts()[int(key[1:])]["kind"] == "tanh"
    assert len(folded - set(shown.keys)) == 1
    assert shown.page.locator("#results").is_hidden()


def test_what_was_found_is_in_sight_and_has_the_focus(shown):
    find(shown, "target")
    shown.page.locator("#query").press("Enter")
    [key] = shown.marked("selected")
    expect(shown.item(key)).to_be_focused()
    graph, item = shown.page.locator("#graph").bounding_box(), shown.item(key).bounding_box()
    assert graph["x"] <= item["x"] <= graph["x"] + graph["width"] - item["width"]
    assert graph["y"] <= item["y"] <= graph["y"] + graph["height"] - item["height"]


def test_a_module_that_was_found_is_selected_as_its_box(shown):
    find(shown, "neuron 3")
    with shown.redrawn():
        shown.page.locator("#matches button").first.click()
    [key] = shown.marked("selected")
    assert key.startswith("c")
    assert shown.item(key).locator("text").first.text_content() == "neuron 3"
    assert "neuron 3" in shown.texts("#inspector .name")[0]


def test_arrows_walk_through_the_results_and_escape_closes_them(shown):
    find(shown, "neuron")
    query = shown.page.locator("#query")
    query.press("ArrowDown")
    shown.page.keyboard.press("ArrowDown")
    expect(shown.page.locator("#matches button").nth(1)).to_be_focused()
    shown.page.keyboard.press("ArrowUp")
    shown.page.keyboard.press("ArrowUp")
    assert focused(shown) == "query"
    query.press("Escape")
    assert shown.page.locator("#results").is_hidden()


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
    assert shown.marked("selected") == [f"n{chosen}"]
    assert shown.marked("dim") == sorted(f"n{n}" for n, node in enumerate(nodes) if node not in below | above)
    assert shown.page.locator("#graph path.edge.dim").count() == 4  # c → exp, c → *, exp → *, * → +
    shown.page.mouse.click(*(shown.page.locator("#graph").bounding_box()[side] + 5 for side in ("x", "y")))
    assert shown.marked("selected") == shown.marked("dim") == []


def test_the_inspector_leads_to_the_neighbours(shown):
    find(shown, "loss")
    root = f"n{max(int(key[1:]) for key in shown.keys if key.startswith('n'))}"
    shown.select(root)
    row = shown.page.locator("#inspector .row", has_text="Computed from")
    row.locator("button").first.click()
    [key] = shown.marked("selected")
    assert key != root
    used = shown.page.locator("#inspector .row", has_text="Used by")
    used.get_by_role("button", name="loss", exact=True).click()
    assert shown.marked("selected") == [root]


def test_the_table_has_the_parameters_by_the_size_of_their_gradients(shown, network):
    loss, model = network
    shown.page.locator("#table-panel summary").click()
    rows = [row.split("|") for row in shown.page.eval_on_selector_all(
        "#table tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent).join('|'))"
    )]  # fmt: skip
    gradients = sorted((abs(p.grad) for p in model.parameters()), reverse=True)
    assert len(rows) == len(model.parameters())
    assert [abs(float(row[2])) for row in rows] == [
        pytest.approx(gradient, rel=6e-3, abs=1e-9) for gradient in gradients
    ]
    shown.page.locator("#table tbody button").first.click()
    expect(shown.page.locator("#graph .selected")).to_be_focused()
    [key] = shown.marked("selected")
    chosen = Graph(loss).nodes[int(key[1:])]
    assert abs(chosen.grad) == gradients[0]
    assert rows[0][0].startswith("MLP / layer")
    assert rows[0][0].endswith(chosen.label)


# --------------------------------------------------------------------------------------------------------------- links


def test_a_link_gives_the_same_state(shown, network, open_page):
    shown.unfold("c2")
    leaf = next(key for key in shown.keys if key.startswith("n") and "leaf" in shown.item(key).get_attribute("class"))
    shown.edit(int(leaf[1:]), "0.1234567890123456789")
    shown.page.locator("#time").fill("5")
    fragment = shown.fragment
    assert shown.page.evaluate("() => navigator.clipboard.readText()") == shown.page.url
    again = open_page(explore(*network), fragment)
    assert again.keys == shown.keys
    for mark in ("selected", "dim", "unknown", "current"):
        assert again.marked(mark) == shown.marked(mark)
    assert again.texts("#pass") == shown.texts("#pass")
    assert again.formula == shown.formula
    assert again.facts() == shown.facts()
    again.page.locator("#reset").click()
    again.page.locator("#last").click()
    again.assert_numbers_of(network[0])


def test_a_link_to_what_was_found_by_search(shown, network, open_page):
    find(shown, "tanh")
    with shown.redrawn():
        shown.page.locator("#matches button").last.click()
    again = open_page(explore(*network), shown.fragment)
    assert (again.keys, again.marked("selected")) == (shown.keys, shown.marked("selected"))


def test_a_link_to_the_untouched_page(shown, network, open_page):
    again = open_page(explore(*network), shown.fragment)
    assert again.keys == shown.keys
    assert again.marked("selected") == []


def test_a_link_in_an_open_page_is_followed(shown):
    with shown.redrawn():
        shown.page.evaluate("() => { location.hash = '#open=0,1,2&step=3&at=c3'; }")
    assert shown.marked("selected") == ["c3"]
    assert "c2" not in shown.keys
    assert re.search(r"Forward \d", shown.texts("#pass")[0])


def test_a_nonsense_fragment_does_no_harm(open_page, network):
    shown = open_page(explore(*network), "#open=99,-1,x,1e9&step=banana&at=n99999&set=0:zebra,99:1,:,-1:2,0.5:1")
    for fragment in ("#%%%", "#nonsense", "#more=a:b,0:-5,77:1", "#step=99999999999999999999&show=9999,-3",
                     "#at=n1%22%5D&open=", "#set=" + "0:1," * 3000, "#"):  # fmt: skip
        assert shown.keys
        assert shown.page.locator("#trouble").is_hidden()
        with shown.redrawn():
            shown.page.evaluate("fragment => { location.hash = fragment; }", fragment)
    assert shown.page.locator("#last").is_disabled()
    shown.assert_numbers_of(network[0])


def test_names_of_scopes_are_found(open_page):
    x = Value(0.5, "x")
    with scope("encoder"), scope("block 7"):
        y = x.tanh() * x
    shown = open_page(explore(y + 1.0))
    assert find(shown, "block")[0].startswith("encoder / block 7")
