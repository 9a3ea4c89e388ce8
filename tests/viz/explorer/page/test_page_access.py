"""Everybody can use the page: by keyboard, with a screen reader, on a small screen, enlarged."""

import re

import pytest

from autograd import Value
from nn import MLP, mse_loss
from tests.conftest import SERIOUS, violations
from viz.explorer import explore

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

PHONE = {"viewport": {"width": 375, "height": 700}}
ENLARGED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}  # 1280 × 800 at 200 %


@pytest.fixture(scope="module")
def explorer():
    model = MLP(2, [4, 4, 1], seed=0)
    loss = mse_loss([model([Value(0.5, "x1"), Value(-1.0, "x2")])], [Value(1.0, "t")])
    loss.label = "loss"
    return explore(loss, model)


@pytest.fixture(scope="module")
def few_neurons():
    """Every kind of element, as few as there may be: axe compares colours of each with all that is around it."""
    model = MLP(2, [2, 1], seed=0)
    return explore(mse_loss([model([Value(0.5, "x1"), Value(-1.0, "x2")])], [Value(1.0, "t")]), model)


@pytest.fixture(scope="module")
def small():
    root = (Value(2.0, "a") * Value(-3.0, "b")).tanh() + Value(0.5, "c")
    root.label = "y"
    return explore(root)


@pytest.fixture(scope="module")
def page(open_page_once, explorer):
    return open_page_once(explorer)


@pytest.fixture
def shown(page):
    return page.restart()


@pytest.fixture(scope="module")
def page_of_small(open_page_once, small):
    return open_page_once(small)


@pytest.fixture
def shown_small(page_of_small):
    return page_of_small.restart()


def focused(shown):
    """The key or the id of what has the focus, else the name of the element."""
    return shown.page.evaluate(
        "() => { const e = document.activeElement; return e.dataset.key ?? (e.id || e.dataset.fold || e.tagName); }"
    )


def press(shown, *keys):
    """Press keys one after the other, and wait until the page has answered them."""
    for key in keys:
        shown.page.keyboard.press(key)
    shown.settle()


# --------------------------------------------------------------------------------------------------------------- rules


def select_a_node(shown):
    key = max((key for key in shown.keys if key[0] == "n"), key=lambda key: int(key[1:]))
    shown.item(key).focus()  # on a phone with all panels open there is no room to click
    shown.page.keyboard.press("Enter")
    shown.expect_marked("selected", [key])


def select_a_box(shown):
    shown.page.locator("#graph .item.call").first.focus()
    press(shown, "ArrowRight", "ArrowLeft")
    shown.only("selected")


def show_the_program(shown):
    shown.press_tool("compiled-toggle")
    shown.page.locator("#operations .item").first.wait_for()


def open_all_panels(shown):
    if (handle := shown.page.locator("#sheet-handle[aria-expanded=false]")).is_visible():
        handle.click()
    closed = shown.page.locator("details:not([open]) summary")
    for count in reversed(range(closed.count())):
        closed.first.click()
        expect(closed).to_have_count(count)


def search(shown):
    shown.page.locator("#query").fill("neuron")
    expect(shown.page.locator("#matches button").first).to_be_visible()


def step(shown):
    shown.fill_time(4)


def refuse_a_number(shown):
    n = int(shown.page.locator(".item.leaf").first.get_attribute("data-key")[1:])
    shown.edit(n, "zebra", refused="zebra is no number: write 2.5, -1e-3, inf or nan")


def open_the_save_menu(shown):
    shown.page.keyboard.press("Escape")
    shown.page.locator("#scale").click()
    shown.press_tool("save")
    expect(shown.page.locator("#save-menu")).to_be_visible()


STATES = {
    "first": (),
    "selection": (select_a_node,),
    "box": (select_a_box,),
    "error": (refuse_a_number,),
    "step": (step,),
    "program": (show_the_program, select_a_node),
    "panels": (open_all_panels, select_a_node),
    "search": (search,),
    "saving": (open_the_save_menu,),
}
DARK = {"color_scheme": "dark"}


@pytest.mark.parametrize(
    ("options", "states"),
    [
        ({}, STATES),
        (DARK, STATES),
        (PHONE, ("first", "panels", "program", "search")),
        (ENLARGED, ("first", "panels", "program")),
    ],
    ids=["light", "dark", "phone", "enlarged"],
)
def test_axe_finds_no_serious_violation(open_page, few_neurons, options, states):
    shown = open_page(few_neurons, "#open=0,1,3,6", bypass_csp=True, **options)  # axe comes as a script
    for kind in ("call", "node", "leaf", "leaves"):
        shown.page.locator(f"#graph .item.{kind}").first.wait_for(state="attached")
    found = set()
    for state in states:
        for action in STATES[state]:
            action(shown)
        found |= {(state, *each) for each in violations(shown.page, SERIOUS)}
    assert found == set()


def test_axe_sees_what_is_wrong(browser):
    page = browser.new_page()
    page.set_content("<html lang=en><title>A page</title><main><h1>A</h1><img src=x><h3>B</h3></main>")
    assert violations(page, SERIOUS) == {("image-alt", "['img']")}
    assert violations(page) == {("image-alt", "['img']"), ("heading-order", "['h3']")}
    page.close()


# ------------------------------------------------------------------------------------------------------------ keyboard


def test_tab_reaches_search_graph_and_controls_in_order(open_page, explorer):
    shown = open_page(explorer)
    order = []
    for _ in range(60):
        press(shown, "Tab")
        order.append(focused(shown))
    places = [order.index(name) for name in ("query", "zoom-out", "compiled-toggle", "link", "first", "play", "time")]
    assert places == sorted(places)
    items = [i for i, name in enumerate(order[: places[4]]) if name in shown.keys]
    assert len(items) == 1  # of the nodes one: arrow keys reach the others
    assert places[3] < items[0] < places[4]
    assert {"SUMMARY", "speed", "back"} <= set(order)


def test_arrow_keys_walk_through_the_graph(shown_small):
    shown = shown_small
    root = shown.keys[-1]
    shown.item(root).focus()
    walk = [root]
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft"):
        press(shown, key)
        walk.append(focused(shown))
        shown.expect_marked("selected", walk[-1:])
    assert len(set(walk)) == len(walk) == 4 or walk[-1] == walk[-2]
    expect(shown.item(walk[-1])).to_have_attribute("tabindex", "0")
    press(shown, "ArrowRight", "ArrowRight", "ArrowRight")
    expect(shown.item(root)).to_be_focused()


def test_every_node_is_reached_by_arrow_keys(shown_small):
    shown = shown_small
    reached, todo = set(), [shown.keys[-1]]
    while todo:
        start = todo.pop()
        if start in reached:
            continue
        reached.add(start)
        for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
            shown.item(start).focus()
            press(shown, key)
            todo.append(focused(shown))
    assert reached == set(shown.keys)


def test_enter_selects_e_edits_and_escape_clears(shown_small):
    shown = shown_small
    leaf = shown.page.locator(".item.leaf").first
    leaf.focus()
    key = focused(shown)
    shown.page.keyboard.press("Enter")
    shown.expect_marked("selected", [key])
    shown.page.keyboard.press("e")
    field = shown.page.locator("#inspector [data-leaf]")
    expect(field).to_be_focused()
    field.fill("7")
    shown.page.keyboard.press("Enter")
    expect(shown.item(key).locator("text.number").first).to_have_text("7")
    leaf.focus()
    shown.page.keyboard.press("Escape")
    shown.expect_marked("selected", [])


def test_the_field_of_a_number_takes_letters_as_letters(shown_small):
    shown = shown_small
    shown.page.locator(".item.leaf").first.click()
    field = shown.page.locator("#inspector [data-leaf]")
    field.focus()
    shown.page.keyboard.press("End")
    shown.page.keyboard.type("n p")
    expect(field).to_have_value(re.compile("n p$"))
    expect(shown.page.locator("#back")).to_be_disabled()


def test_the_focus_stays_in_the_graph_when_a_box_is_unfolded_and_folded(shown):
    folded = shown.keys
    shown.item("c2").focus()
    with shown.redrawn():
        shown.page.keyboard.press("Enter")
    eventually(lambda: focused(shown) in set(shown.keys) - set(folded), True)
    with shown.redrawn():
        shown.page.keyboard.press("Backspace")
    expect(shown.item("c2")).to_be_focused()
    with shown.redrawn():
        shown.page.keyboard.press("Enter")
    shown.page.locator('[data-fold="2"]').focus()
    with shown.redrawn():
        shown.page.keyboard.press("Enter")
    expect(shown.item("c2")).to_be_focused()


def test_the_fold_button_works_by_keyboard_after_the_picture_was_dragged(shown):
    shown.unfold("c2")
    graph = shown.page.locator("#graph").bounding_box()
    shown.page.mouse.move(graph["x"] + 30, graph["y"] + 30)
    shown.page.mouse.down()
    shown.page.mouse.move(graph["x"] + 60, graph["y"] + 60, steps=3)
    shown.page.mouse.up()
    shown.page.locator('[data-fold="2"]').focus()
    shown.page.keyboard.press("Enter")
    expect(shown.item("c2")).to_be_focused()


def test_the_focus_is_not_lost_on_a_button_that_has_nothing_more_to_do(shown):
    shown.go_to_end().page.locator("#back").click()
    shown.page.locator("#forward").focus()
    press(shown, "Enter")
    expect(shown.page.locator("#forward")).to_be_disabled()
    assert focused(shown) != "BODY"


def test_keys_of_one_letter_can_be_switched_off(open_page, explorer):
    shown = open_page(explorer)
    shown.page.locator("#keys-panel summary").click()
    shown.page.locator("#shortcuts").uncheck()
    press(shown, "n", "End", "c", "g")
    expect(shown.page.locator("#back")).to_be_disabled()
    expect(shown.page.locator("#program")).to_be_hidden()
    expect(shown.page.locator("#undo")).to_be_disabled()


# -------------------------------------------------------------------------------------------------- what a reader hears


def test_items_and_changes_are_said(shown):
    expect(shown.item("c2")).to_have_attribute("aria-label", re.compile("neuron"))
    shown.unfold("c2")
    shown.expect_texts("#said", ["neuron 1 is unfolded"])
    leaf = shown.page.locator(".item.leaf").first
    shown.edit(int(leaf.get_attribute("data-key")[1:]), "0.5")
    expect(shown.page.locator("#said")).to_contain_text("loss is")
    expect(leaf).to_have_attribute("aria-label", re.compile("value 0.5"))
    expect(shown.page.locator("#formula")).to_have_attribute("aria-live", "polite")


# ------------------------------------------------------------------------------------------------------- small screens


@pytest.mark.parametrize("options", [PHONE, ENLARGED, {"viewport": {"width": 320, "height": 640}}])
def test_nothing_makes_a_small_screen_scroll_sideways(open_page, explorer, options):
    shown = open_page(explorer, **options)
    for action in (select_a_node, open_all_panels, show_the_program, search):
        action(shown)
        shown.settle()
        width = shown.page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], action.__name__


def test_on_a_phone_graph_controls_and_formula_are_in_sight(open_page, explorer):
    shown = open_page(explorer, has_touch=True, **PHONE)
    for selector in ("#query", "#graph", "#play", "#forward", "#formula"):
        expect(shown.page.locator(selector)).to_be_in_viewport()
    eventually(lambda: shown.page.locator("#graph").bounding_box()["height"] >= 250, True)
    shown.page.locator("#forward").tap()
    expect(shown.page.locator("#pass")).to_contain_text("Forward 1")
    expect(shown.item(shown.only("current"))).to_be_in_viewport()
