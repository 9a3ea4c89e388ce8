"""A network of 100,000 weights: the page shows a part that can be read, and computes with all of it."""

import random

import pytest

from autograd import Value
from nn import MLP, cross_entropy
from viz.explorer import explore
from viz.explorer.graph import Graph

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

MOST = 300  # elements at once


@pytest.fixture(scope="module")
def network(browser):
    """The loss of 784-128-10 on one row, the model, and the row. Without a browser it is not built."""
    model = MLP(784, [128, 10], seed=0)
    numbers = random.Random(0)
    row = [Value(numbers.random(), f"x{i}") for i in range(784)]
    loss = cross_entropy([model(row)], [3])
    loss.label = "loss"
    loss.backward()
    return loss, model, row


@pytest.fixture(scope="module")
def path(network, tmp_path_factory):
    loss, model, _ = network
    return explore(loss, model).save(tmp_path_factory.mktemp("large") / "mlp.html")


@pytest.fixture(scope="module")
def shown(open_page_once, path):
    return open_page_once(path)


def leaf(shown, text):
    """Go to the first leaf that is found so; what the inspector says of it, and its number."""
    shown.page.locator("#query").fill(text)
    shown.page.locator("#matches button", has_text="(leaf)").first.click()
    expect(shown.page.locator("#graph .selected")).to_be_focused()
    [key] = shown.marked("selected")
    values = shown.page.locator("#inspector dd").all_text_contents()
    return int(key[1:]), float(values[1]), float(values[2])


def test_the_file_is_small_enough_to_be_sent(path):
    assert path.stat().st_size < 15_000_000


def test_at_first_a_part_is_shown_that_can_be_read(shown, network):
    assert 5 <= len(shown.keys) <= MOST
    _, model, _ = network
    said = " ".join(text.get_attribute("aria-label") for text in shown.page.locator("#graph .item.call").all())
    assert f"{len(model.layers[0].parameters()):,} parameters" in said


def test_unfolding_a_layer_and_a_neuron_shows_its_nodes(open_page, path, network):
    shown = open_page(path)
    shown.unfold(shown.page.locator("#graph .item.call", has_text="layer 1").get_attribute("data-key"))
    assert len(shown.keys) <= MOST
    assert "784 leaves" in shown.texts("#graph .item.leaves text")  # the row
    neurons = shown.page.locator("#graph .item.call", has_text="785 parameters")
    assert 20 <= neurons.count() <= 128
    assert f"… {128 - neurons.count()} more modules" in shown.texts("#graph .rest text")
    neuron = neurons.first.get_attribute("data-key")
    before = set(shown.keys)
    shown.unfold(neuron)
    new = set(shown.keys) - before
    assert len(shown.keys) <= MOST
    nodes = Graph(network[0]).nodes
    inside = [nodes[int(key[1:])] for key in new if key.startswith("n")]
    assert len(inside) >= 30
    assert sum(node.op == "relu" for node in inside) == 1
    assert f"r{neuron[1:]}" in new  # the nodes that are farther from its end
    for key in list(new)[:5]:
        if key.startswith("n"):
            shown.select(key)
            values = shown.page.locator("#inspector dd").all_text_contents()
            assert float(values[2]) == pytest.approx(nodes[int(key[1:])].grad, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", ["x300", "w784", "w7", "b"])
def test_numbers_and_gradients_equal_python(shown, network, name):
    n, number, gradient = leaf(shown, name)
    node = Graph(network[0]).nodes[n]
    assert node.label == name
    assert number == node.data
    assert gradient == pytest.approx(node.grad, rel=1e-12, abs=1e-300)
    assert len(shown.keys) <= MOST


def test_the_table_has_the_largest_gradients_first(shown, network):
    shown.page.locator("#table-panel summary").click()
    gradients = sorted((abs(p.grad) for p in network[1].parameters()), reverse=True)[:50]
    rows = shown.page.eval_on_selector_all("#table tbody tr", "rows => rows.map(row => row.cells[2].textContent)")
    assert [abs(float(text)) for text in rows] == [pytest.approx(gradient, rel=6e-3) for gradient in gradients]


def test_a_changed_input_changes_the_loss_as_in_python(open_page, path, network):
    loss, _, row = network
    shown = open_page(path)
    n, _, _ = leaf(shown, "x300")
    shown.edit(n, "1.5")
    before = row[300].data
    try:
        row[300].data = 1.5
        expected = loss.forward().data
    finally:
        row[300].data = before
        loss.forward()
    shown.page.locator("#query").fill("loss")
    shown.page.locator("#matches button", has_text="/ loss").first.click()
    expect(shown.page.locator("#graph .selected")).to_be_focused()
    assert float(shown.page.locator("#inspector dd").nth(1).text_content()) == pytest.approx(expected, rel=1e-12)


def test_a_link_to_a_module_among_too_many_to_be_shown(open_page, path):
    shown = open_page(path)
    shown.page.locator("#query").fill("neuron 100")
    shown.page.locator("#matches button").first.click()
    expect(shown.page.locator("#graph .selected")).to_be_focused()
    again = open_page(path, shown.fragment)
    assert again.marked("selected") == shown.marked("selected")
    assert again.keys == shown.keys
