"""A page opens on what one should see, whatever the shape of the graph and the size of the window."""

import pytest

from viz.explorer import explore

from .conftest import eventually
from .shapes import SHAPES

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
