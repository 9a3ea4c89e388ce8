"""A page opens on what one should see, whatever the shape of the graph and the size of the window."""

import pytest

from nn import MLP
from viz.explorer import explore

from .conftest import eventually
from .shapes import SHAPES, plain_network

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

SIZES = {"desk": (1280, 800), "tablet": (800, 600), "phone": (390, 844)}
LEAST = {"desk": 8, "tablet": 3, "phone": 3}  # boxes whole in sight, or all where there are fewer
SEEN = """() => {
  const side = (rect) => ({ left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom });
  const place = (selector) => side(document.querySelector(selector).getBoundingClientRect());
  const pane = place("#graph");
  const within = ({ left, right, top, bottom }) =>
    left >= pane.left && right <= pane.right && top >= pane.top && bottom <= pane.bottom;
  const items = [...document.querySelectorAll("#graph .item")];
  const frames = [...document.querySelectorAll("#graph .frame")];
  const card = (item) => side(item.querySelector(".card:not(.behind)").getBoundingClientRect());
  const scale = document.querySelector("#graph > g").getScreenCTM().a;
  const texts = [...document.querySelectorAll("#graph text")];
  return {
    whole: items.filter((item) => within(card(item))).map((item) => item.dataset.key),
    count: items.length,
    cut: frames.filter((frame) => !within(side(frame.getBoundingClientRect()))).length,
    text: scale * Math.min(...texts.map((text) => parseFloat(getComputedStyle(text).fontSize))),
    legend: Math.min(place("#legend").bottom - pane.top, pane.bottom - place("#legend").top),
    share: (pane.bottom - pane.top) / innerHeight,
    map: !document.querySelector("#minimap").hasAttribute("hidden"),
    overflow: document.documentElement.scrollWidth - innerWidth,
  };
}"""

FOLDS_IN_SIGHT = """() => [...document.querySelectorAll("#graph .fold-button")].filter((button) => {
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const pane = document.querySelector("#graph").getBoundingClientRect();
  const isWithin = left >= pane.left && right <= pane.right && top >= pane.top && bottom <= pane.bottom;
  return isWithin && button.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
}).map((button) => button.nextSibling.textContent)"""


def seen_at(shown, size):
    """What is in sight, once the page is done with this size of the window."""
    width, height = size
    if shown.page.viewport_size != {"width": width, "height": height}:
        shown.page.set_viewport_size({"width": width, "height": height})
        eventually(lambda: shown.page.locator("html").get_attribute("data-width"), str(width))
    return shown.page.evaluate(SEEN)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_enough_is_in_sight_and_legible(open_page, shape):
    made = shape()
    root, *model = made if isinstance(made, tuple) else (made,)
    explorer = explore(root, *model)
    nodes = explorer.graph.nodes
    leaves = sum(not node.parents for node in nodes)
    first, last = f"n{min(leaves, len(nodes) - 1)}", f"n{len(nodes) - 1}"
    width, height = SIZES["desk"]
    shown = open_page(explorer, viewport={"width": width, "height": height})
    for (name, size), (key, wanted) in zip(SIZES.items(), [("End", last), ("Home", first), ("End", last)], strict=True):
        shown.page.keyboard.press(key)
        seen = seen_at(shown, size)
        whole = set(seen["whole"])
        assert seen["text"] >= 11, name
        assert len(whole) >= min(seen["count"], LEAST[name]), name
        assert seen["map"] == (len(whole) < seen["count"] or seen["cut"] > 0), name  # a frame has its name above
        assert name == "desk" or wanted in whole or wanted not in shown.keys, name  # else it is in a box
        assert seen["legend"] <= 0, name
        assert seen["overflow"] <= 0, name
        assert seen["share"] >= 0.5, name


def test_a_window_that_was_smaller_shows_what_one_of_its_size_opens_with(open_page):
    """The map takes some of the room that the first layout had: the next one has it too."""
    explorer, (width, height) = explore(plain_network()), SIZES["desk"]
    fresh = open_page(explorer, viewport={"width": width, "height": height})
    seen = seen_at(fresh, (width, height))
    assert seen["map"]
    resized = open_page(explorer, viewport={"width": width - 300, "height": height - 100})
    eventually(lambda: set(seen_at(resized, (width, height))["whole"]), set(seen["whole"]))


@pytest.fixture(scope="module")
def xor(open_page_once):
    model = MLP(2, [4, 1], "tanh", seed=0)
    return open_page_once(explore(model, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], loss="mse"))


@pytest.mark.parametrize("size", [(1280, 900), (390, 844), (900, 680), (900, 600), (736, 680)])
def test_a_network_opens_at_its_first_step_with_the_names_of_the_frames_around_it(xor, size):
    seen_at(xor, size)
    seen = seen_at(xor.restart(), size)
    assert "c3" in seen["whole"]  # neuron 1 of layer 1
    assert {"row 1 of 4", "MLP", "layer 1"} <= set(xor.page.evaluate(FOLDS_IN_SIGHT))
    assert size[0] < 700 or [key for key in seen["whole"] if key.startswith("l")]  # its inputs


def test_all_of_a_picture_is_seen_where_it_can_be_read_so(xor):
    seen = seen_at(xor.restart(), (1280, 1020))
    assert len(seen["whole"]) == seen["count"]
    assert seen["cut"] == 0
    assert seen["text"] >= 11
    assert set(xor.page.evaluate(FOLDS_IN_SIGHT)) == {"row 1 of 4", "MLP", "layer 1", "layer 2", "mse_loss"}


def test_the_name_of_a_frame_stays_in_sight_as_long_as_there_is_room_for_it_in_the_frame(xor):
    seen_at(xor.restart(), (1280, 900))
    xor.page.mouse.move(20, 600)
    xor.page.mouse.down()
    xor.page.mouse.move(20, 440, steps=2)
    assert {"row 1 of 4", "MLP"} <= set(xor.page.evaluate(FOLDS_IN_SIGHT))
    xor.page.mouse.move(20, 120, steps=2)
    xor.page.mouse.up()
    assert "MLP" not in xor.page.evaluate(FOLDS_IN_SIGHT)
