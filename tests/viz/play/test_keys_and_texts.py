"""The playground by keyboard alone, from the training to the scalars; and with whatever names that users give."""

import re

import pytest

import viz
from tests.viz.explorer.test_html import HOSTILE

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


def focused(page):
    """What has the focus, by its id or its name."""
    return page.evaluate("(e => e.id || e.getAttribute('aria-label') || e.textContent)(document.activeElement)")


def tab_to(page, wanted, most=80):
    """Press Tab until something has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.search(wanted, focused(page)):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_it_works_by_keyboard_alone(open_play):
    shown = open_play()
    page = shown.page
    tab_to(page, "^train$")
    page.keyboard.press("Enter")
    expect(page.locator("#epoch")).not_to_have_text("0")
    page.keyboard.press("Enter")
    expect(page.locator("#train")).to_have_attribute("aria-pressed", "false")
    tab_to(page, "Layer 1, neuron 1")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "Layer 1, neuron 2"
    page.keyboard.press("Enter")
    expect(page.locator("#neuron")).to_contain_text("Layer 1, neuron 2")
    tab_to(page, "^open-neuron$")
    page.keyboard.press("Enter")
    shown.wait_for_scalars()
    assert focused(page) == "back"
    page.keyboard.press("Enter")
    expect(page.locator("#scalars")).to_be_hidden()


def test_space_trains_and_pauses(open_play):
    page = open_play().page
    page.keyboard.press(" ")
    expect(page.locator("#train")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#epoch")).not_to_have_text("0")
    page.keyboard.press(" ")
    expect(page.locator("#train")).to_have_attribute("aria-pressed", "false")


def test_texts_of_users_run_nothing(open_play):
    X = [[0.1 * i, 0.2 * i, 0.3 * i] for i in range(len(HOSTILE))]
    y = list(range(len(HOSTILE)))
    names = [*HOSTILE[:2], HOSTILE[7]]
    shown = open_play(viz.play(None, X, y, inputs=names, classes=HOSTILE, layers=[2]))
    shown.press("+ epoch", "Most wrong")
    shown.page.locator('button[data-layer="1"]').nth(1).click()
    expect(shown.page.locator("#neuron")).to_contain_text("<")
    shown.page.locator("#open-neuron").click()
    shown.wait_for_scalars()
    assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shown.page.locator("img[src=x]").count() == 0
