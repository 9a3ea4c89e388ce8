"""Where the parts of the page stand: what one looks at is in sight, and read in the order in which it is seen."""

import pytest

from tests.viz.play.page.conftest import PHONE

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

LOOKED_AT = ("#picture", "#diagnosis", "#neuron", "#plane", "#chart", "#row", "#lesson-panel", "#run")


@pytest.fixture(scope="module")
def phone(open_page):
    return open_page(**PHONE)


def ruin(shown):
    """The lesson of too large a rate, to its end: a message stands there."""
    shown.locator("#lesson").select_option("rate")
    shown.train_while("html:not([data-trouble])")
    expect(shown.locator("#trouble")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (1000, 720)])
def test_a_message_covers_nothing_that_one_looks_at(open_page, size):
    width, height = size
    shown = open_page(viewport={"width": width, "height": height})
    places = """(parts) => parts.map((part) => {
      const { left, top, width, height } = document.querySelector(part).getBoundingClientRect();
      return [part, left, top + scrollY, width, height];
    })"""
    shown.locator("#lesson").select_option("rate")
    before = shown.page.evaluate(places, LOOKED_AT[:-1])  # the last one stays as one scrolls
    ruin(shown)
    message = shown.locator("#trouble").bounding_box()
    assert message["y"] >= 0
    assert message["y"] + message["height"] <= height
    for part in LOOKED_AT:
        box = shown.locator(part).bounding_box()
        is_beside = message["x"] >= box["x"] + box["width"] or box["x"] >= message["x"] + message["width"]
        is_above = message["y"] >= box["y"] + box["height"] or box["y"] >= message["y"] + message["height"]
        assert is_beside or is_above, part
    assert shown.page.evaluate(places, LOOKED_AT[:-1]) == before  # and moves nothing of it


def test_a_message_stays_in_sight_where_one_has_scrolled(open_page):
    shown = open_page(viewport={"width": 1280, "height": 600})
    shown.neuron(0, 0).click()
    field = shown.locator("#weight-2")
    field.scroll_into_view_if_needed()
    before = shown.page.evaluate("() => scrollY")
    field.fill("zebra")
    field.press("Enter")
    expect(shown.locator("#trouble")).to_be_in_viewport(ratio=0.99)
    expect(field).to_be_in_viewport()
    assert shown.page.evaluate("() => scrollY") == before


def test_on_a_phone_the_plane_is_in_sight_with_what_trains_it(phone):
    shown = phone.restart()
    for part in ("#train", "#epoch", "#plane"):
        expect(shown.locator(part)).to_be_in_viewport(ratio=1)
    shown.locator("#chart").scroll_into_view_if_needed()
    for part in ("#train", "#epoch", "#plane", "#chart"):
        expect(shown.locator(part)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("lesson", ["xor", "overfitting"])
def test_on_a_phone_a_lesson_trains_what_is_in_sight(phone, lesson):
    shown = phone.restart()
    shown.locator("#lesson").select_option(lesson)
    shown.page.evaluate("() => scrollTo(0, 0)")
    shown.locator("#train").click()
    for part in ("#train", "#plane"):
        expect(shown.locator(part)).to_be_in_viewport(ratio=0.99)
    plane, run = (shown.locator(part).bounding_box() for part in ("#plane", "#run"))
    assert plane["y"] >= run["y"] + run["height"]
    shown.locator("#reset").click()


def test_on_a_phone_a_message_stays_in_sight(phone):
    shown = phone.restart()
    ruin(shown)
    for part in ("#train", "#trouble", "#chart"):  # at the chart the lesson has led
        expect(shown.locator(part)).to_be_in_viewport(ratio=1)
    assert shown.locator("#trouble").bounding_box()["height"] < 844 / 3
    shown.press("Reset, and take a tenth of the rate: 0.12")
    expect(shown.locator("#trouble")).to_be_hidden()


@pytest.mark.parametrize("size", [(390, 844), (700, 900), (1280, 800)])
def test_sections_are_read_in_the_order_in_which_they_are_seen(open_page, size):
    width, height = size
    shown = open_page(viewport={"width": width, "height": height})
    found = shown.page.evaluate(
        """() => [...document.querySelectorAll("header, #run, #choices, #network, #output")].map((part) => {
          const { left, top } = part.getBoundingClientRect();
          return [part.id, top, left];
        })"""
    )
    assert [name for name, *_ in found] == [name for name, *_ in sorted(found, key=lambda each: each[1:])]


def test_parts_change_places_with_the_width_and_the_focus_stays(open_page):
    shown = open_page(viewport={"width": 1280, "height": 800})
    shown.locator("#set-lr").focus()
    for width, first in [(600, "output"), (1280, "network")]:
        shown.page.set_viewport_size({"width": width, "height": 800})
        expect(shown.locator(f"#choices + #{first}")).to_be_attached()
    expect(shown.locator("#set-lr")).to_be_focused()


def test_losses_that_grow_beyond_all_bounds_have_a_logarithmic_scale(page):
    shown = page.restart()
    for lesson, pressed in [("rate", "true"), ("xor", "false"), ("rate", "true"), ("", "false")]:
        shown.locator("#lesson").select_option(lesson)
        expect(shown.locator("#logarithmic")).to_have_attribute("aria-pressed", pressed)


def test_a_link_leads_out_of_a_lesson_of_another_scale(page):
    shown = page.restart("lesson=rate&layers=2")
    expect(shown.locator("#logarithmic")).to_have_attribute("aria-pressed", "true")
    shown.restart("layers=5,4")
    expect(shown.locator("#logarithmic")).to_have_attribute("aria-pressed", "false")
    expect(shown.locator("button.neuron")).to_have_count(10)
