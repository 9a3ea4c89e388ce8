"""Everybody can use the playground: by keyboard, with a screen reader, on a phone, enlarged, with any names."""

import re

import pytest

import viz
from nn import MLP, datasets
from tests.viz.explorer.conftest import eventually
from tests.viz.explorer.test_html import HOSTILE

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

PHONE = {"width": 390, "height": 844}
SCREENS = {"phone": PHONE, "at 200 %": {"width": 640, "height": 400}, "desktop": {"width": 1400, "height": 900}}
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture(scope="module")
def shared(open_play_once):
    """One playground, with all that can be seen: a neuron and a row are chosen, a lesson is told."""
    shown = open_play_once(viz.play(data="moons", layers=[3, 2]))
    shown.page.get_by_label("Lesson").select_option(index=1)
    shown.press("+ epoch", "Most wrong")
    shown.page.locator('button[data-layer="0"]').first.click()
    return shown


@pytest.mark.parametrize("screen", SCREENS)
def test_it_fits_on_every_screen(screen, shared):
    shared.page.set_viewport_size(SCREENS[screen])
    expect(shared.page.locator("#train")).to_be_visible()
    eventually(lambda: shared.page.evaluate(FITS), True)
    for part in ("#picture", "#plane", "#chart", "#data-panel", "#network-fields"):
        box = shared.page.locator(part).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= SCREENS[screen]["width"] + 1, part  # noqa: PT018


@pytest.mark.parametrize(("scheme", "screen"), [("light", "desktop"), ("dark", "phone")])
def test_it_can_be_read_by_all(scheme, screen, shared):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    shared.page.set_viewport_size(SCREENS[screen])
    dark = shared.page.locator("html").get_attribute("data-theme") == "dark"
    if dark is not (scheme == "dark"):
        shared.press("Dark")
    expect(shared.page.locator("html")).to_have_attribute("data-theme", scheme)
    found = axe.Axe().run(shared.page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []


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
    assert shown.page.evaluate(FITS)
    assert shown.page.locator("img[src=x]").count() == 0


def test_images_are_shown_with_what_they_are_taken_for(open_play):
    data = datasets.digits(validation=0.0)
    model = MLP(64, [4, 10], "tanh", seed=0)
    shown = open_play(
        viz.play(model, data.X_train[:60] / 16, data.y_train[:60], classes=data.classes, image_shape=(8, 8))
    )
    images = shown.page.locator("#plane button canvas")
    expect(images.first).to_be_visible()
    shown.press("+ epoch")
    images.first.click()
    expect(shown.page.locator("#row")).to_contain_text("an image of 8 × 8")


def test_of_many_inputs_two_make_the_plane(open_play):
    X = [[i / 10, (i * 7 % 10) / 10, (i * 3 % 10) / 10, 1.0] for i in range(20)]
    names = ["a", "b", "c", "d"]
    shown = open_play(viz.play(None, X, [int(i > 9) for i in range(20)], inputs=names, axes=(2, 0), layers=[2]))
    expect(shown.page.locator("#plane")).to_contain_text("c")
    shown.press("+ epoch")
    expect(shown.page.locator("#epoch")).to_have_text("1")
