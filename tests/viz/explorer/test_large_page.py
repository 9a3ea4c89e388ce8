"""A network of 100,000 weights: the page shows a part that can be read, and computes with all of it."""

import random
import re

import pytest

from autograd import Value
from nn import MLP, cross_entropy
from viz.explorer import explore

from .conftest import eventually

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
def explorer(network):
    loss, model, _ = network
    return explore(loss, model)


@pytest.fixture(scope="module")
def nodes(explorer):
    return explorer.graph.nodes


@pytest.fixture(scope="module")
def path(explorer, tmp_path_factory):
    return explorer.save(tmp_path_factory.mktemp("large") / "mlp.html")


@pytest.fixture(scope="module")
def shown(open_page_once, path):
    return open_page_once(path).go_to_end()


def find(shown, text, kind):
    """Go to the first of a kind that is found so; its key."""
    shown.page.locator("#query").fill(text)
    shown.page.locator("#matches button", has_text=kind).first.click()
    expect(shown.page.locator("#results")).to_be_hidden()
    expect(shown.page.locator("#graph .selected:focus")).to_have_count(1)
    return shown.only("selected")


def leaf(shown, text):
    """Go to the first leaf that is found so; its number, and what the inspector says of it."""
    key = find(shown, text, re.compile(rf"/ {text}\s+\(leaf\)$"))
    expect(shown.page.locator("#inspector .name")).to_have_text(re.compile(rf"/ {text}$"))
    values = shown.page.locator("#inspector dd").all_text_contents()
    return int(key[1:]), float(values[1]), float(values[2])


def test_the_file_is_small_enough_to_be_sent(path):
    assert path.stat().st_size < 15_000_000


def test_at_first_a_part_is_shown_that_can_be_read(shown, network):
    _, model, _ = network
    said = re.compile(rf"{len(model.layers[0].parameters()):,} parameters")
    expect(shown.page.locator("#graph .item.call").and_(shown.page.get_by_label(said))).to_have_count(1)
    assert 5 <= len(shown.keys) <= MOST


def test_unfolding_a_layer_and_a_neuron_shows_its_nodes(shown, nodes):
    shown.restart().go_to_end()
    shown.unfold(shown.page.locator("#graph .item.call", has_text="layer 1").get_attribute("data-key"))
    assert len(shown.keys) <= MOST
    expect(shown.page.locator("#graph .item.leaves", has_text="784 leaves")).to_have_count(1)  # the row
    neurons = shown.page.locator("#graph .item.call", has_text="785 parameters")
    assert 20 <= neurons.count() <= 128
    rest = shown.page.locator("#graph .rest text").filter(has_text=f"… {128 - neurons.count()} more modules")
    expect(rest).to_have_count(1)
    neuron = neurons.first.get_attribute("data-key")
    before = set(shown.keys)
    shown.unfold(neuron)
    new = set(shown.keys) - before
    assert len(shown.keys) <= MOST
    inside = [nodes[int(key[1:])] for key in new if key.startswith("n")]
    assert len(inside) >= 30
    assert sum(node.op == "relu" for node in inside) == 1
    assert f"r{neuron[1:]}" in new  # the nodes that are farther from its end
    gradient = shown.page.locator("#inspector dd").nth(2)
    for key in list(new)[:5]:
        if key.startswith("n"):
            shown.select(key)
            expected = pytest.approx(nodes[int(key[1:])].grad, rel=1e-12, abs=1e-300)
            eventually(lambda: float(gradient.text_content()), expected)


@pytest.mark.parametrize("name", ["x300", "w784", "w7", "b"])
def test_numbers_and_gradients_equal_python(shown, nodes, name):
    n, number, gradient = leaf(shown, name)
    node = nodes[n]
    assert node.label == name
    assert number == node.data
    assert gradient == pytest.approx(node.grad, rel=1e-12, abs=1e-300)
    assert len(shown.keys) <= MOST


def test_the_table_has_the_largest_gradients_first(shown, network):
    shown.page.locator("#table-panel summary").click()
    gradients = sorted((abs(p.grad) for p in network[1].parameters()), reverse=True)[:50]
    close = [pytest.approx(gradient, rel=6e-3) for gradient in gradients]
    eventually(lambda: [abs(float(text)) for text in shown.texts("#table tbody td:nth-child(3)")], close)


def test_a_changed_input_changes_the_loss_as_in_python(shown, network):
    loss, _, row = network
    shown.restart().go_to_end()
    n, _, _ = leaf(shown, "x300")
    shown.edit(n, "1.5")
    before = row[300].data
    try:
        row[300].data = 1.5
        expected = loss.forward().data
    finally:
        row[300].data = before
        loss.forward()
    find(shown, "loss", "/ loss")
    number = shown.page.locator("#inspector dd").nth(1)
    eventually(lambda: float(number.text_content()), pytest.approx(expected, rel=1e-12))
    shown.page.locator("#reset").click()


def test_a_link_to_a_module_among_too_many_to_be_shown(shown, open_page, path):
    shown.restart()
    key = find(shown, "neuron 100", "(module)")
    again = open_page(path, shown.fragment)
    again.expect_marked("selected", [key])
    assert again.keys == shown.keys
