"""Branches that were not taken: nothing flows back there, whatever the derivatives are, and the page says so."""

import pytest

from autograd import Value, scope, where
from viz.explorer import explore
from viz.explorer.graph import Graph

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


def branches():
    """y = where(x > 0, √x, x·x) + relu(x) at x = -1, where √x and its derivative are nan."""
    x = Value(-1.0, "x")
    root_of_x = x.sqrt()
    root_of_x.label = "s"
    y = where(x > 0, root_of_x, x * x) + x.relu()
    y.label = "y"
    return y


@pytest.fixture(scope="module")
def root():
    return branches()


@pytest.fixture(scope="module")
def shown(open_page_once, root):
    return open_page_once(explore(root)).go_to_end()


@pytest.fixture(scope="module")
def number_of(root):
    """The number of a node by its operation."""
    nodes = Graph(root).nodes
    return lambda op: next(n for n, node in enumerate(nodes) if node.op == op)


def test_the_gradients_are_those_of_python(shown, root):
    expect(shown.page.locator("#pass")).to_contain_text("Done")
    shown.expect_numbers_of(root)


def test_edges_along_which_nothing_flows_are_dashed_and_say_so(shown):
    expect(shown.page.locator("#graph .edge.absent")).to_have_count(4)  # to √, to relu; to where: √ and the condition
    expect(shown.page.locator("#graph .edge-label .flow", has_text="not chosen")).to_have_count(2)
    expect(shown.page.locator("#graph .edge-label .flow", has_text="–")).to_have_count(1)  # of √x


def test_the_step_of_a_choice_says_what_was_not_chosen(shown, root, number_of):
    operations = [n for n, node in enumerate(Graph(root).nodes) if node.parents]
    shown.fill_time(2 * len(operations) + 1 - operations.index(number_of("relu")))
    formula = shown.page.locator("#formula")
    expect(formula).to_contain_text("x was not chosen, since x ≤ 0: nothing flows back here")
    expect(shown.page.locator("#graph .flowing")).to_have_count(0)


def test_a_node_that_gets_nothing_says_so_to_a_screen_reader(shown, number_of):
    shown.page.locator("#graph").press("End")
    expect(shown.item(number_of("sqrt"))).to_have_attribute(
        "aria-label", "s, sqrt, value nan, gradient 0, nothing flows back to it"
    )


def test_the_legend_explains_the_dashes_where_there_may_be_some(shown, open_page):
    expect(shown.page.locator("#legend-nothing")).to_be_visible()
    expect(open_page(explore(Value(2.0) * 3.0)).page.locator("#legend-nothing")).to_be_hidden()


def test_a_changed_number_takes_the_other_branch(open_page):
    root = branches()
    shown = open_page(explore(root)).go_to_end()
    [x] = [node for node in Graph(root).leaves if node.label == "x"]
    shown.edit(Graph(root).nodes.index(x), "4")
    x.data = 4.0
    expect(shown.page.locator("#graph .edge-label .flow", has_text="not chosen")).to_have_count(1)  # √x, as before
    shown.expect_numbers_of(root)


def test_a_folded_module_to_which_nothing_comes_says_so(open_page):
    x = Value(-1.0, "x")
    with scope("inner"):
        inside = x
        for _ in range(40):
            inside = inside.tanh()
    shown = open_page(explore(where(x > 0, inside, x * 2.0))).go_to_end()
    expect(shown.item("c0")).to_be_visible()
    expect(shown.page.locator("#graph .edge.absent")).to_have_count(3)  # into the module, out of it, the condition
    shown.page.locator("#back").click()
    expect(shown.page.locator("#formula")).to_have_text("inner: nothing has come to it: nothing flows back here")
