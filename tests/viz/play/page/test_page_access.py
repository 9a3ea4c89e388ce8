"""Everybody can use the page: by keyboard, on a small screen, enlarged, in light and dark."""

import pytest

from tests.conftest import SERIOUS, violations
from tests.viz.explorer.conftest import eventually
from tests.viz.play.page.conftest import PHONE

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

ENLARGED = {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}  # 1280 × 800 at 200 %
SMALLEST = 11  # pixels of a text


def show_much(shown):
    """Panels open, something chosen and trained, a lesson, dead neurons, and a message."""
    shown.locator("#lesson").select_option("dead")
    shown.train_epochs(12)
    for panel in ("#data-panel", "#learning-panel", "#more-learning"):
        if shown.locator(panel).get_attribute("open") is None:
            shown.locator(f"{panel} > summary").click()
    shown.neuron(0, 1).click()
    shown.locator("#worst").click()


def choose_wrongly(shown):
    shown.locator("#lesson-leave").click()
    shown.locator("[name=data][value=drawn]").check(force=True)
    shown.choose("output", "softmax")
    shown.locator("#one-epoch").dispatch_event("click")


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_no_serious_violation(open_page, options):
    shown = open_page(bypass_csp=True, **options)  # axe comes as a script
    found = set()
    for state in (lambda _: None, show_much, choose_wrongly):
        state(shown)
        found |= violations(shown.page, SERIOUS)
    assert found == set()


@pytest.mark.parametrize("options", [PHONE, ENLARGED], ids=["phone", "enlarged"])
@pytest.mark.parametrize("settings", ["", "#data=spirals&classes=6&layers=8,8,8,8,8,8&activation=relu"])
def test_a_small_screen_needs_no_scrolling_sideways(open_page, options, settings):
    shown = open_page(None, settings, **options)
    show_much(shown)
    shown.locator("#lesson-leave").click()
    widths = "() => [document.documentElement.scrollWidth, innerWidth]"
    found, room = shown.page.evaluate(widths)
    assert found <= room == options["viewport"]["width"]
    cut = """() => [...document.querySelectorAll("button, select, input")].filter((part) => {
      const { left, right, width } = part.getBoundingClientRect();
      return width > 1 && (left < 0 || right > innerWidth);
    }).map((part) => part.id || part.outerHTML)"""
    assert shown.page.evaluate(cut) == []


def test_no_text_is_too_small(page):
    shown = page.restart("layers=8,8,8")
    show_much(shown)
    sizes = """() => [...document.querySelectorAll("body *")]
      .filter((part) => part.checkVisibility())
      .filter((part) => [...part.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
      .map((part) => [parseFloat(getComputedStyle(part).fontSize), part.textContent])"""
    found = shown.page.evaluate(sizes)
    assert len(found) > 50
    assert [text for size, text in found if size < SMALLEST] == []


def test_tab_leads_through_the_page_in_order(page):
    shown = page.restart("data=xor&layers=3")
    shown.page.evaluate("() => { scrollTo(0, 0); document.activeElement.blur(); }")
    reached = []
    for _ in range(60):
        shown.page.keyboard.press("Tab")
        reached.append(shown.page.evaluate("() => document.activeElement.id || document.activeElement.className"))
    wanted = ["lesson", "copy-python", "train", "one-epoch", "set-noise", "set-lr", "set-activation", "neuron", "worst"]
    places = [reached.index(name) for name in wanted]
    assert sorted(places) == places
    assert reached.count("neuron") == 1  # arrow keys reach the others


def test_arrow_keys_walk_through_the_network(page):
    shown = page.restart("layers=3,2")
    shown.neuron(0, 0).focus()
    for key, (layer, neuron) in {"ArrowDown": (0, 1), "ArrowRight": (1, 1), "ArrowUp": (1, 0)}.items():
        shown.page.keyboard.press(key)
        expect(shown.neuron(layer, neuron)).to_be_focused()
    shown.page.keyboard.press("Enter")
    expect(shown.locator("#neuron strong")).to_have_text("Layer 2, neuron 1")
    expect(shown.locator("#neuron .weight")).to_have_count(4)


def test_the_focus_stays_where_a_layer_grows(page):
    shown = page.restart("layers=3")
    for label in ("One more neuron in layer 1", "One hidden layer more"):
        button = shown.locator(f"[aria-label='{label}']")
        button.focus()
        shown.page.keyboard.press("Enter")
        expect(button).to_be_focused()


def test_the_focus_stays_where_the_window_has_another_width(open_page):
    shown = open_page(viewport={"width": 1280, "height": 800})
    shown.neuron(1, 2).focus()
    before = shown.neuron(1, 2).bounding_box()
    shown.page.set_viewport_size({"width": 1400, "height": 800})
    eventually(lambda: shown.neuron(1, 2).bounding_box() != before, True)
    expect(shown.neuron(1, 2)).to_be_focused()
