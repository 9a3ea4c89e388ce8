"""Changing numbers in the page: everything follows as in Python, and can be undone."""

from math import inf, isfinite, nan

import pytest

from autograd import Value, dot, take
from nn import MLP, mse_loss
from viz.explorer import explore
from viz.explorer.graph import Graph

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture
def leaves():
    return [Value(2.0, "a"), Value(-3.0, "b"), Value(0.25, "c")]


@pytest.fixture
def root(leaves):
    a, b, c = leaves
    root = (a * b).tanh() / (c.exp() + a**2) - dot([a, b, c], [c, 0.5, b]).sigmoid() * abs(b)
    root.label = "y"
    return root


@pytest.fixture
def shown(open_page, root):
    return open_page(explore(root))


def number_of(root, leaf):
    return Graph(root).nodes.index(leaf)


def problem(shown):
    return "".join(shown.texts("#inspector [role=alert]"))


def press(shown, *buttons):
    for button in buttons:
        shown.page.locator(f"#{button}").click()


def disabled(shown):
    return [name for name in ("undo", "redo", "reset") if shown.page.locator(f"#{name}").is_disabled()]


# ------------------------------------------------------------------------------------------------------------ a number


def test_a_typed_number_changes_everything_as_in_python(shown, root, leaves):
    for text in ("1.75", "-1e-3", "  .5 ", "1E2"):
        shown.edit(number_of(root, leaves[0]), text)
        assert problem(shown) == ""
        leaves[0].data = float(text)
        shown.assert_numbers_of(root)


def test_nan_and_infinities_are_numbers(open_page):
    a, b = Value(1.0, "a"), Value(2.0, "b")
    root = (a * b).tanh() + a
    shown = open_page(explore(root))
    for number in (nan, inf, -inf):
        shown.edit(number_of(root, a), str(number))
        a.data = number
        shown.assert_numbers_of(root)
        wrong = {f"n{n}" for n, node in enumerate(Graph(root).nodes) if not isfinite(node.grad)}
        assert wrong
        assert set(shown.marked("wrong")) >= wrong


def test_several_changes_one_after_the_other(shown, root, leaves):
    for leaf, number in zip(leaves, (0.5, 4.0, -2.0), strict=True):
        shown.edit(number_of(root, leaf), str(number))
        leaf.data = number
    shown.assert_numbers_of(root)


def test_a_plain_number_of_the_expression_can_be_changed(shown, root):
    [exponent] = [
        n for n, node in enumerate(Graph(root).nodes) if node.op == "" and node.data == 2.0 and not node.label
    ]
    shown.edit(exponent, "3")
    Graph(root).nodes[exponent].data = 3.0
    shown.assert_numbers_of(root)


def test_what_is_no_number_is_refused(shown, root):
    before = shown.facts()
    for text in ("two", "", "1,5", "0x10", "1e", "--1", "1_000", "<b>"):
        shown.edit(0, text)
        assert "is no number" in problem(shown)
        assert shown.facts() == before
        assert disabled(shown) == ["undo", "redo", "reset"]


def test_dragging_the_slider_is_one_change(shown, root, leaves):
    first = shown.facts()
    n = number_of(root, leaves[1])
    shown.select(n)
    box = shown.page.locator("#inspector input[type=range]").bounding_box()
    shown.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2, steps=4)
    shown.page.mouse.up()
    leaves[1].data = float(shown.page.locator("#inspector [data-leaf]").input_value())
    assert leaves[1].data > -2.0
    shown.assert_numbers_of(root)
    press(shown, "undo")
    assert shown.facts() == first
    assert "undo" in disabled(shown)


def test_undo_redo_and_reset(shown, root, leaves):
    states = [shown.facts()]
    assert disabled(shown) == ["undo", "redo", "reset"]
    for leaf, text in ((leaves[0], "7"), (leaves[0], "8"), (leaves[2], "9")):
        shown.edit(number_of(root, leaf), text)
        states.append(shown.facts())
    press(shown, "undo", "undo")
    assert shown.facts() == states[1]
    press(shown, "redo")
    assert shown.facts() == states[2]
    shown.edit(number_of(root, leaves[1]), "0.125")  # another future
    assert "redo" in disabled(shown)
    press(shown, "reset")
    assert shown.facts() == states[0]
    press(shown, "undo", "undo")
    assert shown.facts() == states[2]


def test_keys_undo_and_redo(shown, root):
    first = shown.facts()
    shown.edit(0, "7")
    shown.page.locator("#graph .item").first.focus()
    changed = shown.facts()
    for undo, redo in (("u", "r"), ("Control+z", "Control+y"), ("Control+z", "Control+Shift+z")):
        shown.page.keyboard.press(undo)
        assert shown.facts() == first
        shown.page.keyboard.press(redo)
        assert shown.facts() == changed


def test_an_index_outside_of_its_list_says_why_and_changes_nothing(open_page):
    index, values = Value(1.0, "i"), [Value(5.0, "u"), Value(6.0, "v")]
    root = take(values, index) * 2.0
    shown = open_page(explore(root))
    before = shown.facts()
    n = number_of(root, index)
    for text in ("2", "-1", "0.5", "nan"):
        field = shown.edit(n, text)
        assert "take" in problem(shown)
        assert text in problem(shown)
        assert field.input_value() == "1"
        assert shown.facts() == before
    shown.edit(n, "0")
    index.data = 0.0
    shown.assert_numbers_of(root)


# --------------------------------------------------------------------------------------------------- gradient descent


@pytest.fixture
def learning(open_page):
    """(the page, the loss, its parameters): a neuron on one row, with one step of any size downhill."""
    w, b, x = [Value(0.5, "w1"), Value(-0.25, "w2")], Value(0.1, "b"), [Value(1.0, "x1"), Value(2.0, "x2")]
    loss = (dot(w, x) + b - Value(3.0, "t")) ** 2
    loss.label = "loss"
    shown = open_page(explore(loss, [*w, b]))
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


def losses_in_the_plot(shown):
    return len(shown.page.locator(".plot polyline").get_attribute("points").split())


def test_a_step_of_gradient_descent_moves_the_parameters_only(learning):
    shown, loss, parameters = learning
    for count, rate in enumerate((0.1, 0.0125)):
        assert losses_in_the_plot(shown) == count + 1
        shown.page.locator(".rate").fill(str(rate))
        shown.page.get_by_role("button", name="One step", exact=True).click()
        descend(loss, parameters, rate)
        shown.assert_numbers_of(loss)
    assert "over 2 steps" in shown.page.locator(".plot").get_attribute("aria-label")


def test_ten_steps_and_undo(learning):
    shown, loss, parameters = learning
    first = shown.facts()
    shown.page.locator(".rate").fill("0.05")
    shown.page.get_by_role("button", name="10 steps").click()
    for _ in range(10):
        descend(loss, parameters, 0.05)
    shown.assert_numbers_of(loss)
    assert losses_in_the_plot(shown) == 11
    for _ in range(10):
        press(shown, "undo")
    assert shown.facts() == first
    assert losses_in_the_plot(shown) == 1


def test_a_bad_learning_rate_is_refused(learning):
    shown, _, _ = learning
    before = shown.facts()
    for rate in ("", "fast", "nan", "inf", "-0.1", "0"):
        shown.page.locator(".rate").fill(rate)
        shown.page.get_by_role("button", name="One step", exact=True).click()
        assert "learning rate must be a positive number" in "".join(shown.texts("#descent [role=alert]"))
        assert shown.facts() == before


def test_a_leaf_that_does_not_learn_stays(learning):
    shown, loss, (w1, _, b) = learning
    shown.page.locator("#table-panel summary").click()
    assert shown.page.locator("#table input[type=checkbox]").count() == 3  # inputs do not learn
    shown.page.get_by_label("w2 learns").uncheck()
    shown.page.get_by_role("button", name="One step", exact=True).click()
    descend(loss, [w1, b], 0.1)
    shown.assert_numbers_of(loss)
    assert not shown.page.get_by_label("w2 learns").is_checked()


def test_gradient_descent_of_a_module(open_page):
    model = MLP(2, [3, 1], seed=1)
    loss = mse_loss([model([Value(0.5), Value(-1.0)])], [2.0])
    shown = open_page(explore(loss, model))
    shown.page.locator("#graph .item").first.focus()
    shown.page.keyboard.press("g")
    descend(loss, model.parameters(), 0.1)
    changes = dict(pair.split(":") for pair in shown.fragment.partition("set=")[2].partition("&")[0].split(","))
    leaves = Graph(loss).nodes
    assert {leaves[int(n)] for n in changes} <= set(model.parameters())
    for n, text in changes.items():
        assert float(text) == pytest.approx(leaves[int(n)].data, rel=1e-12)
    assert len(changes) == sum(p.grad != 0 for p in model.parameters())
