"""What the keys do, one after the other, without a pointer."""

import pytest

from autograd import Value
from viz.explorer import explore

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect


@pytest.fixture
def shown(open_page):
    root = Value(2.0, "a") * Value(-3.0, "b") + 1.0
    root.label = "y"
    return open_page(explore(root))


def press(shown, *keys):
    for key in keys:
        shown.page.keyboard.press(key)


def selected(shown):
    return shown.page.locator("#inspector .name").all_text_contents()


def test_the_first_arrow_key_goes_to_the_root(shown):
    press(shown, "ArrowLeft")
    assert selected(shown) == ["y"]
    press(shown, "ArrowLeft", "ArrowLeft")
    assert selected(shown) in (["a"], ["b"])
    press(shown, "Escape")
    assert selected(shown) == []


def test_enter_on_what_is_selected_leaves_it_selected(shown):
    press(shown, "ArrowLeft", "Enter", "Enter")
    assert selected(shown) == ["y"]


def test_space_plays_once_a_node_is_selected(shown):
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
    assert shown.page.evaluate("() => document.activeElement.dataset.key") == "n0"
    assert shown.facts()[0]["data"] == ("5" if end == "Enter" else "2")
    press(shown, "n", "u")  # keys, and no text of a field
    assert shown.facts()[0]["data"] == "2"


def test_a_loss_that_grows_says_what_to_do(shown):
    shown.page.locator("#descent-panel summary").click()
    shown.page.locator(".rate").fill("1e3")
    shown.edit(0, "-1")
    for _ in range(3):
        shown.page.get_by_role("button", name="One step", exact=True).click()
    assert "smaller learning rate" in "".join(shown.texts("#descent [role=alert]"))
