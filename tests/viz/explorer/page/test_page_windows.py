"""What a page does with its window: the minimap, a phone's sheet and direction, other sizes, motion."""

import re
from random import Random

import pytest

from autograd import Value
from nn import MLP, mse_loss
from viz.explorer import explore

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

PHONE = {"width": 390, "height": 844}
PLACES = """() => Object.fromEntries([...document.querySelectorAll("#graph .item")].map((item) => {
  const { x, y } = item.querySelector(".card").getBoundingClientRect();
  return [item.dataset.key, [x, y]];
}))"""

SOME_ARE_SEEN = """() => {
  const { left, right, top, bottom } = document.querySelector("#graph").getBoundingClientRect();
  return [...document.querySelectorAll("#graph .item")].some((item) => {
    const box = item.getBoundingClientRect();
    return box.left >= left && box.right <= right && box.top >= top && box.bottom <= bottom;
  });
}"""


@pytest.fixture(scope="module")
def chain():
    """In no order: of a loop one turn would be shown."""
    y, choose = Value(0.5, "x"), Random(0)
    for _ in range(80):
        y = choose.choice([Value.sin, Value.tanh, Value.sigmoid])(y)
    return explore(y)


@pytest.fixture(scope="module")
def network():
    model = MLP(4, [8, 8, 1], seed=0)
    return explore(mse_loss([model([Value(0.1 * i, f"x{i}") for i in range(4)])], [Value(1.0, "t")]), model)


@pytest.fixture(scope="module")
def shown(open_page_once, chain):
    return open_page_once(chain, viewport={"width": 1280, "height": 800})


@pytest.fixture
def phone(open_page, network):
    return open_page(network, viewport=PHONE, has_touch=True)


def places(shown):
    return shown.page.evaluate(PLACES)


def two_neurons(shown):
    """Where two neurons of the first layer are."""
    at = places(shown)
    inside = shown.item("c2").get_attribute("data-inside")
    neurons = shown.page.locator(f'#graph .item.call[data-inside="{inside}"]')
    return [at[neurons.nth(place).get_attribute("data-key")] for place in range(2)]


# --------------------------------------------------------------------------------------------------------- the minimap


def test_a_chain_is_read_line_by_line(shown):
    at = places(shown)
    numbers = sorted(at, key=lambda key: int(key[1:]))
    read = sorted(numbers, key=lambda key: (round(at[key][1]), at[key][0]))
    assert read == numbers
    assert len({round(y) for _, y in at.values()}) >= 16


def test_the_minimap_moves_the_picture_by_keys_and_by_a_click(shown):
    minimap = shown.page.locator("#minimap")
    expect(minimap).to_have_attribute("aria-label", re.compile(r"in sight are \d+ % of the width"))
    first, last = shown.item(0), shown.item(80)
    expect(first).to_be_in_viewport()
    box = minimap.bounding_box()
    minimap.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(first).not_to_be_in_viewport()
    minimap.focus()
    for key, end in (("ArrowDown", last), ("ArrowUp", first)):
        for _ in range(40):
            shown.page.keyboard.press(key)
        expect(end).to_be_in_viewport()


MEASURING = """(() => {
  const { getBoundingClientRect } = Element.prototype;
  window.measured = [];
  Element.prototype.getBoundingClientRect = function () {
    if (this.id === "graph") window.measured.push(this.querySelectorAll(".item").length);
    return getBoundingClientRect.call(this);
  };
})()"""


def test_the_pane_is_measured_while_nothing_is_in_it(open_page, chain):
    """With a minimap and without: each time the browser would lay out all of the picture."""
    measured = open_page(chain, init_script=MEASURING).page.evaluate("() => window.measured")
    assert len(measured) > 2
    assert set(measured) == {0}


def test_there_is_no_minimap_where_all_is_in_sight(shown):
    shown.page.locator("#fit").click()
    expect(shown.page.locator("#minimap")).to_be_hidden()
    shown.page.locator("#zoom-in").click()
    expect(shown.page.locator("#minimap")).to_be_visible()


def test_a_name_that_stands_for_a_node_of_another_line_leads_there(open_page):
    x, gain, choose = Value(0.5, "x"), Value(1.1, "gain"), Random(0)
    for _ in range(30):
        x = choose.choice([Value.sin, Value.tanh, Value.sigmoid])(x * gain)
    shown = open_page(explore(x))
    shown.go_to_end()
    shown.page.locator("#minimap").focus()
    for _ in range(20):
        shown.page.keyboard.press("ArrowDown")
    expect(shown.item("n1")).not_to_be_in_viewport()
    shown.page.locator(".tag", has_text="gain").last.click()
    shown.expect_marked("selected", ["n1"])
    expect(shown.item("n1")).to_be_in_viewport()


# ------------------------------------------------------------------------------------------------------ phones, sizes


def test_a_phone_shows_the_graph_from_top_to_bottom_and_its_tools_in_one_row(phone):
    at = places(phone)
    inputs = next(key for key in at if key.startswith("l"))
    root = phone.page.locator("#graph .item.root").get_attribute("data-key")
    first, second = two_neurons(phone)
    assert at[inputs][1] < first[1] < at[root][1]
    assert first[1] == pytest.approx(second[1], abs=1)
    for tool in ("#query", "#tour-start", "#more"):
        expect(phone.page.locator(tool)).to_be_in_viewport(ratio=1)
    heights = phone.page.eval_on_selector_all("header > button", "all => all.map(each => each.offsetTop)")
    assert len(set(heights)) == 1
    expect(phone.page.locator("#link")).to_be_hidden()
    phone.page.locator("#more").tap()
    phone.page.locator("#link").tap()
    expect(phone.page.locator("#said")).not_to_be_empty()


def test_a_phone_has_room_for_the_tour_the_program_and_the_sheet(phone):
    expect(phone.page.locator("#tour-start")).to_be_in_viewport(ratio=1)
    with phone.redrawn():
        phone.page.keyboard.press("o")
    eventually(lambda: phone.page.evaluate(SOME_ARE_SEEN), True)
    phone.page.keyboard.press("c")
    expect(phone.page.locator("#operations .item").first).to_be_attached()
    phone.page.locator("#graph .item").first.dispatch_event("click")
    expect(phone.page.locator("#inspector")).to_be_visible()
    eventually(lambda: phone.page.locator("#graph").bounding_box()["height"] > 100, True)
    eventually(lambda: phone.page.locator("#operations").bounding_box()["height"] > 100, True)


def test_the_sheet_comes_up_with_what_is_selected(phone):
    handle, panel = phone.page.locator("#sheet-handle"), phone.page.locator("#inspector")
    expect(panel).to_be_hidden()
    phone.page.keyboard.press("f")
    root = phone.page.locator("#graph .item.root")
    root.tap()
    expect(panel).to_be_visible()
    eventually(lambda: phone.page.locator("#graph").bounding_box()["height"] < 400, True)
    phone.settle()
    pane, card = phone.page.locator("#graph").bounding_box(), root.bounding_box()
    assert card["y"] + card["height"] <= pane["y"] + pane["height"]  # still in sight
    expect(handle).to_have_attribute("aria-expanded", "true")
    expect(phone.page.locator("#play")).to_be_in_viewport()
    handle.tap()
    expect(panel).to_be_hidden()


def test_the_sheet_is_dragged_and_works_by_keyboard(phone):
    handle, panel = phone.page.locator("#sheet-handle"), phone.page.locator("#inspector")
    height = "() => document.querySelector('aside').offsetHeight"
    handle.focus()
    phone.page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    before = phone.page.evaluate(height)
    phone.page.keyboard.press("ArrowUp")
    eventually(lambda: phone.page.evaluate(height), pytest.approx(before + 84, abs=2))
    phone.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(handle).to_be_focused()
    box = handle.bounding_box()
    phone.page.mouse.move(box["x"] + 50, box["y"] + 5)
    phone.page.mouse.down()
    phone.page.mouse.move(box["x"] + 50, box["y"] - 300, steps=4)
    phone.page.mouse.up()
    expect(panel).to_be_visible()
    eventually(lambda: phone.page.evaluate(height), pytest.approx(305, abs=6))


def test_a_phone_that_is_turned_lays_out_anew_and_keeps_what_is_selected(phone):
    phone.page.keyboard.press("f")
    phone.page.locator("#graph .item.root").tap()
    root = phone.only("selected")
    with phone.redrawn():
        phone.page.set_viewport_size({"width": 844, "height": 390})
    first, second = two_neurons(phone)
    assert first[0] == pytest.approx(second[0], abs=1)  # from left to right
    phone.expect_marked("selected", [root])


def test_neurons_stay_in_order_after_a_search(open_page, network):
    shown = open_page(network)
    shown.page.locator("#query").fill("w2")
    with shown.redrawn():
        shown.page.locator("#matches button").first.click()
    at = places(shown)
    neurons = [key for key in at if key.startswith("c")]
    for left in {round(at[key][0]) for key in neurons}:
        beside = [key for key in neurons if round(at[key][0]) == left]
        assert sorted(beside, key=lambda key: at[key][1]) == sorted(beside, key=lambda key: int(key[1:]))


# --------------------------------------------------------------------------------------------------------- transitions


@pytest.mark.parametrize("preference", ["no-preference", "reduce"])
def test_what_unfolds_glides_but_for_who_prefers_no_motion(open_page, network, preference):
    script = """(() => {
      const animate = Element.prototype.animate;
      window.animated = 0;
      Element.prototype.animate = function (...how) { window.animated++; return animate.apply(this, how); };
    })()"""
    shown = open_page(network, init_script=script, reduced_motion=preference)
    assert shown.page.evaluate("() => window.animated") == 0  # at first there is nothing to come from
    shown.unfold("c2")
    shown.settle()
    assert (shown.page.evaluate("() => window.animated") > 10) == (preference == "no-preference")
    eventually(lambda: shown.page.evaluate("() => document.getAnimations().length"), 0)
