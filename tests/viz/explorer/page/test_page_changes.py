"""Changing numbers in the page: everything follows as in Python, and can be undone."""

import re
from math import inf, isfinite, nan

import pytest

from autograd import Value, dot, take
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


BUTTONS = ("undo", "redo", "reset")


NUMBERS = {"a": 2.0, "b": -3.0, "c": 0.25}


@pytest.fixture(scope="module")
def made():
    """A root and its leaves, whose numbers a test may change."""
    a, b, c = leaves = [Value(number, name) for name, number in NUMBERS.items()]
    root = (a * b).tanh() / (c.exp() + a**2) - dot([a, b, c], [c, 0.5, b]).sigmoid() * abs(b)
    root.label = "y"
    return root, leaves, explore(root)


@pytest.fixture
def leaves(made):
    leaves = made[1]
    for leaf, number in zip(leaves, NUMBERS.values(), strict=True):
        leaf.data = number
    return leaves


@pytest.fixture
def root(made, leaves):
    return made[0]


@pytest.fixture(scope="module")
def page(open_page_once, made):
    return open_page_once(made[2])


@pytest.fixture
def shown(page, root):
    return page.restart().go_to_end()


@pytest.fixture
def untouched(open_page, made, root):
    """A page of its own, where nothing can be undone."""
    return open_page(made[2]).go_to_end()


def number_of(root, leaf):
    return Graph(root).nodes.index(leaf)


def press(shown, *buttons):
    for button in buttons:
        shown.page.locator(f"#{button}").click()


def expect_disabled(shown, *buttons):
    eventually(lambda: tuple(name for name in BUTTONS if shown.page.locator(f"#{name}").is_disabled()), buttons)


# ------------------------------------------------------------------------------------------------------------ a number


def test_a_typed_number_changes_everything_as_in_python(shown, root, leaves):
    for text in ("1.75", "-1e-3", "  .5 ", "1E2"):
        shown.edit(number_of(root, leaves[0]), text)
        leaves[0].data = float(text)
        shown.expect_numbers_of(root)


def test_nan_and_infinities_are_numbers(open_page):
    a, b = Value(1.0, "a"), Value(2.0, "b")
    root = (a * b).tanh() + a
    shown = open_page(explore(root)).go_to_end()
    for number in (nan, inf, -inf):
        shown.edit(number_of(root, a), str(number))
        a.data = number
        shown.expect_numbers_of(root)
        wrong = {f"n{n}" for n, node in enumerate(Graph(root).nodes) if not isfinite(node.grad)}
        assert wrong
        for key in wrong:
            shown.item(key, "wrong").wait_for(state="attached")


def test_several_changes_one_after_the_other(shown, root, leaves):
    for leaf, number in zip(leaves, (0.5, 4.0, -2.0), strict=True):
        shown.edit(number_of(root, leaf), str(number))
        leaf.data = number
    shown.expect_numbers_of(root)


def test_a_plain_number_of_the_expression_can_be_changed(shown, root):
    [exponent] = [
        n for n, node in enumerate(Graph(root).nodes) if node.op == "" and node.data == 2.0 and not node.label
    ]
    shown.edit(exponent, "3")
    try:
        Graph(root).nodes[exponent].data = 3.0
        shown.expect_numbers_of(root)
    finally:
        Graph(root).nodes[exponent].data = 2.0


def test_what_is_no_number_is_refused(untouched, root):
    shown = untouched
    before, numbers = shown.facts(), shown.texts("#graph .number")
    for text in ("two", "", "1,5", "0x10", "1e", "--1", "1_000", "<b>"):
        shown.edit(0, text, refused=f"{text} is no number: write 2.5, -1e-3, inf or nan")
        assert shown.texts("#graph .number") == numbers
        expect_disabled(shown, *BUTTONS)
    assert shown.facts() == before


def test_dragging_the_slider_is_one_change(untouched, root, leaves):
    shown = untouched
    first = shown.facts()
    n = number_of(root, leaves[1])
    shown.select(n)
    box = shown.page.locator("#inspector input[type=range]").bounding_box()
    shown.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=4)
    shown.page.mouse.up()
    field = shown.page.locator("#inspector [data-leaf]")
    eventually(lambda: float(field.input_value()) > 0.5, True)  # at the end of -9 … 3's 80 %, not on the way
    leaves[1].data = float(field.input_value())
    shown.expect_numbers_of(root)
    press(shown, "undo")
    eventually(shown.facts, first)
    expect_disabled(shown, "undo", "reset")


def test_undo_redo_and_reset(untouched, root, leaves):
    shown = untouched
    states = [shown.facts()]
    expect_disabled(shown, *BUTTONS)
    for leaf, text in ((leaves[0], "7"), (leaves[0], "8"), (leaves[2], "9")):
        shown.edit(number_of(root, leaf), text)
        states.append(shown.facts())
    press(shown, "undo", "undo")
    eventually(shown.facts, states[1])
    press(shown, "redo")
    eventually(shown.facts, states[2])
    shown.edit(number_of(root, leaves[1]), "0.125")  # another future
    expect_disabled(shown, "redo")
    press(shown, "reset")
    eventually(shown.facts, states[0])
    press(shown, "undo", "undo")
    eventually(shown.facts, states[2])


def test_keys_undo_and_redo(shown, root):
    first = shown.facts()
    shown.edit(0, "7")
    shown.page.locator("#graph .item").first.focus()
    changed = shown.facts()
    for undo, redo in (("u", "r"), ("Control+z", "Control+y"), ("Control+z", "Control+Shift+z")):
        shown.page.keyboard.press(undo)
        eventually(shown.facts, first)
        shown.page.keyboard.press(redo)
        eventually(shown.facts, changed)


def test_an_index_outside_of_its_list_says_why_and_changes_nothing(open_page):
    index, values = Value(1.0, "i"), [Value(5.0, "u"), Value(6.0, "v")]
    root = take(values, index) * 2.0
    shown = open_page(explore(root)).go_to_end()
    before = shown.facts()
    n = number_of(root, index)
    for text in ("2", "-1", "0.5", "nan"):
        field = shown.edit(n, text, refused=f"take: the index must be a whole number from 0 to 1, got {text}")
        expect(field).to_have_value("1")
        assert shown.facts() == before
    shown.edit(n, "0")
    index.data = 0.0
    shown.expect_numbers_of(root)


# --------------------------------------------------------------------------------------------------- gradient descent


@pytest.fixture
def learning(open_page):
    """(the page, the loss, its parameters): a neuron on one row, with one step of any size downhill."""
    w, b, x = [Value(0.5, "w1"), Value(-0.25, "w2")], Value(0.1, "b"), [Value(1.0, "x1"), Value(2.0, "x2")]
    loss = (dot(w, x) + b - Value(3.0, "t")) ** 2
    loss.label = "loss"
    shown = open_page(explore(loss, [*w, b])).go_to_end()
    shown.page.locator("#descent-panel summary").click()
    return shown, loss, [*w, b]


def descend(loss, parameters, rate):
    for node in Graph(loss).nodes:
        node.grad = 0
    loss.forward()
    loss.backward()
    for p in parameters:
        p.data -= rate * p.grad
    return loss.forward().data


def expect_losses_in_the_plot(shown, count):
    points = shown.page.locator(".plot polyline")
    expect(points).to_have_attribute("points", re.compile(rf"^\S+( \S+){{{count - 1}}}$"))


def test_a_step_of_gradient_descent_moves_the_parameters_only(learning):
    shown, loss, parameters = learning
    for count, rate in enumerate((0.1, 0.0125)):
        expect_losses_in_the_plot(shown, count + 1)
        shown.page.locator(".rate").fill(str(rate))
        shown.page.get_by_role("button", name="One step", exact=True).click()
        descend(loss, parameters, rate)
        shown.expect_numbers_of(loss)
    expect(shown.page.locator(".plot")).to_have_attribute("aria-label", re.compile("over 2 steps"))


def test_ten_steps_and_undo(learning):
    shown, loss, parameters = learning
    first = shown.facts()
    shown.page.locator(".rate").fill("0.05")
    shown.page.get_by_role("button", name="10 steps").click()
    for _ in range(10):
        descend(loss, parameters, 0.05)
    shown.expect_numbers_of(loss)
    expect_losses_in_the_plot(shown, 11)
    for _ in range(10):
        press(shown, "undo")
    eventually(shown.facts, first)
    expect_losses_in_the_plot(shown, 1)


def test_a_bad_learning_rate_is_refused(learning):
    shown, _, _ = learning
    before, numbers = shown.facts(), shown.texts("#graph .number")
    problem = shown.page.locator("#descent [role=alert]")
    for rate in ("", "fast", "nan", "inf", "-0.1", "0"):
        shown.page.locator(".rate").fill(rate)
        shown.page.get_by_role("button", name="One step", exact=True).click()
        expect(problem).to_have_text(
            f"The learning rate must be a positive number such as 0.1, not {rate or 'nothing'}"
        )
        assert shown.texts("#graph .number") == numbers
    assert shown.facts() == before


def test_a_leaf_that_does_not_learn_stays(learning):
    shown, loss, (w1, _, b) = learning
    shown.page.locator("#table-panel summary").click()
    expect(shown.page.locator("#table input[type=checkbox]")).to_have_count(3)  # inputs do not learn
    shown.page.get_by_label("w2 learns").uncheck()
    shown.page.get_by_role("button", name="One step", exact=True).click()
    descend(loss, [w1, b], 0.1)
    shown.expect_numbers_of(loss)
    expect(shown.page.get_by_label("w2 learns")).not_to_be_checked()


def test_gradient_descent_of_a_module(open_page):
    model = MLP(2, [3, 1], seed=1)
    loss = mse_loss([model([Value(0.5), Value(-1.0)])], [2.0])
    shown = open_page(explore(loss, model))
    shown.page.locator("#graph .item").first.focus()
    shown.page.keyboard.press("g")
    expect_losses_in_the_plot(shown, 2)
    descend(loss, model.parameters(), 0.1)
    changes = dict(pair.split(":") for pair in shown.fragment.partition("set=")[2].partition("&")[0].split(","))
    leaves = Graph(loss).nodes
    assert {leaves[int(n)] for n in changes} <= set(model.parameters())
    for n, text in changes.items():
        assert float(text) == pytest.approx(leaves[int(n)].data, rel=1e-12)
    assert len(changes) == sum(p.grad != 0 for p in model.parameters())
