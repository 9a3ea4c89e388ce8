"""What the keys do, one after the other, without a pointer."""

import re

import pytest

from autograd import Value
from viz.explorer import explore

from ..conftest import eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


@pytest.fixture(scope="module")
def explorer():
    root = Value(2.0, "a") * Value(-3.0, "b") + 1.0
    root.label = "y"
    return explore(root)


@pytest.fixture
def shown(open_page, explorer):
    return open_page(explorer)


def press(shown, *keys):
    for key in keys:
        shown.page.keyboard.press(key)


def expect_selected(shown, *names):
    shown.expect_texts("#inspector .name", names)


def expect_number(shown, text):
    """What the inspector says of the first leaf."""
    eventually(lambda: shown.facts()[0]["data"], text)


def test_the_first_arrow_key_goes_to_the_root(shown):
    press(shown, "ArrowLeft")
    expect_selected(shown, "y")
    press(shown, "ArrowLeft", "ArrowLeft")
    expect_selected(shown, re.compile("^[ab]$"))
    press(shown, "Escape")
    expect_selected(shown)


def test_enter_on_what_is_selected_leaves_it_selected(shown):
    press(shown, "ArrowLeft", "Enter", "Enter", "n")  # the last is for the test: it has come when the step is another
    expect(shown.page.locator("#pass")).to_contain_text("Forward")
    expect_selected(shown, "y")


def test_space_plays_once_a_node_is_selected(open_page, explorer):
    shown = open_page(explorer, alone=True)
    shown.stop_the_clock()
    press(shown, "ArrowLeft", "Space")
    expect(shown.page.locator("#play")).to_have_text("Pause")
    press(shown, "Space")
    expect(shown.page.locator("#play")).to_have_text("Play")


@pytest.mark.parametrize("end", ["Enter", "Escape"])
def test_enter_takes_the_number_and_escape_does_not_and_both_lead_back(shown, end):
    shown.item(0).focus()
    press(shown, "Enter", "e")
    shown.page.keyboard.type("5")
    press(shown, end)
    expect(shown.item(0)).to_be_focused()
    expect_number(shown, "5" if end == "Enter" else "2")
    press(shown, "n", "u")  # keys, and no text of a field
    expect(shown.page.locator("#pass")).to_contain_text("Forward")
    expect_number(shown, "2")


def test_a_loss_that_grows_says_what_to_do(shown):
    shown.page.locator("#descent-panel summary").click()
    shown.page.locator(".rate").fill("1e3")
    shown.edit(0, "-1")
    for _ in range(3):
        shown.page.get_by_role("button", name="One step", exact=True).click()
    expect(shown.page.locator("#descent [role=alert]")).to_contain_text("smaller learning rate")


EARLY = """window.Worker = class extends Worker {
  postMessage(message) {  // a layout is asked for: at first nothing is drawn yet
    const keys = window.pressed ? [] : [" ", "k", "n", "p", "Home", "n", "e", "u", "r", "f", "+", "-", "t", "o", "s",
      "Escape", "End"];
    window.pressed = true;
    for (const key of keys) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    super.postMessage(message);
  }
};"""


def test_keys_before_the_first_picture_do_no_harm(open_page):
    shown = open_page(explore(Value(2.0, "a").exp()), init_script=EARLY)
    assert shown.page.evaluate("window.pressed")
    shown.at_step(4)
    expect(shown.page.locator("#play")).to_have_text("Play")
