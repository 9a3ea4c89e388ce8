"""Two scales of colours: one for all, and one in each module, where one large gradient does not pale the others."""

import re

import pytest

from autograd import Value, scope
from viz.explorer import explore
from viz.graph.colours import Scale, of_strength

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


def two_modules():
    """Below the root of gradient 1: a gradient of -1,000 times that in "far", and ±1 in "near"."""
    a, b = Value(0.5, "a"), Value(0.25, "b")
    with scope("far"):
        x = a * -1000.0
        x.label = "x"
    with scope("near"):
        y = b * 0.001
        y.label = "y"
    root = x + y
    root.label = "loss"
    return root


@pytest.fixture(scope="module")
def shown(open_page_once):
    page = open_page_once(explore(two_modules()))
    page.page.keyboard.press("End")
    return page


def colour_of(shown, label):
    card = shown.page.locator("#graph .item.node", has=shown.page.get_by_text(label, exact=True)).locator("rect.card")
    return tuple(
        int(part) for part in re.findall(r"\d+", card.first.evaluate("card => getComputedStyle(card).fill"))[:3]
    )


def of(gradient, gradients):
    return of_strength(Scale.of(gradients).strength(gradient))


def expect_one_scale(shown):
    everything = [-1000.0, 1.0, 0.001]
    eventually(lambda: colour_of(shown, "a"), of(-1000.0, everything))
    eventually(lambda: colour_of(shown, "b"), of(0.001, everything))
    expect(shown.page.locator("#legend-note")).to_have_text("log from ±0.001")


def test_one_scale_for_all_goes_by_the_logarithm(shown):
    expect_one_scale(shown)
    shown.expect_texts("#legend-high", ["1000"])


def test_a_scale_in_each_module_and_what_the_legend_says(shown):
    button = shown.page.locator("#scale")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    eventually(lambda: colour_of(shown, "b"), of(0.001, [1.0, 0.001]))  # in "near", with y
    eventually(lambda: colour_of(shown, "loss"), of(1.0, [1.0]))  # in no module
    expect(shown.page.locator("#legend-note")).to_have_text("max of each module: 1 to 1000")
    shown.page.get_by_text("b", exact=True).dispatch_event("click")
    expect(shown.page.locator("#legend-note")).to_have_text("in near, log from ±0.001")
    shown.expect_texts("#legend-high", ["1"])
    expect(shown.page.locator("#legend-colours")).to_have_attribute("aria-label", re.compile("up to 1; in near, log"))
    shown.page.keyboard.press("Escape")
    shown.page.keyboard.press("l")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect_one_scale(shown)


def test_a_link_keeps_the_scale(open_page):
    explorer = explore(two_modules())
    shown = open_page(explorer)
    shown.page.keyboard.press("l")
    fragment = shown.fragment
    assert "colours=module" in fragment
    other = open_page(explorer, fragment)
    expect(other.page.locator("#scale")).to_have_attribute("aria-pressed", "true")


def test_without_modules_there_is_one_scale(open_page):
    shown = open_page(explore(Value(2.0, "x") * 3.0))
    expect(shown.page.locator("#scale")).to_be_hidden()
    shown.page.keyboard.press("l")
    shown.go_to_end()
    expect(shown.page.locator("#legend-note")).to_contain_text("log from")
