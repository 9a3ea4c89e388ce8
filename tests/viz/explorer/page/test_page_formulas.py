"""Formulas as they are typeset, and as they are read out."""

import re

import pytest

from autograd import Value, scope
from viz.explorer import explore

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

LONG = "a label with an operator: a+b"


@pytest.fixture(scope="module")
def shown(open_page_once):
    """L = (x1·w)²/(-3) + … on a phone, and two folded modules, one without leaves of its own."""
    x, w = Value(-2.0, "x1"), Value(0.5, LONG)
    y = ((x * w) ** 2 / w).sqrt() + Value(1.0, "שלום")
    y.label = "y"
    with scope("no leaves"):
        z = y
        for _ in range(40):
            z = z.tanh()
    with scope("one leaf"):
        z = z * Value(3.0, "c")
        for _ in range(40):
            z = z.tanh()
    return open_page_once(explore(z), viewport={"width": 390, "height": 844}, color_scheme="dark")


def go_to(shown, text):
    """The number of the step of which the text is this one."""
    formula = shown.page.locator("#formula > span").first
    for time in range(1, 30):
        shown.fill_time(time)
        if text in formula.text_content():
            return
    raise AssertionError(f"no step says {text}")


def boxes(shown, selector):
    return [each.bounding_box() for each in shown.page.locator(selector).all()]


def test_a_quotient_has_a_stroke_and_an_index_stands_below(shown):
    go_to(shown, "v1 = x1 · ")
    selector = "#formula math >> nth=1 >> msub >> nth=0 >> mi, mn"
    [letter, index] = boxes(shown, selector)[:2]
    assert index["y"] + index["height"] > letter["y"] + letter["height"]
    sizes = "all => all.map(each => parseFloat(getComputedStyle(each).fontSize))"  # a 1 may be drawn as high as a v
    [letter, index] = shown.page.locator(selector).evaluate_all(sizes)[:2]
    assert 0.5 * letter < index < 0.9 * letter
    go_to(shown, "v3 = v2 / ")
    [above] = boxes(shown, "#formula mfrac >> nth=0 >> > msub")
    [below] = boxes(shown, "#formula mfrac >> nth=0 >> > :nth-child(2)")
    assert above["y"] + above["height"] <= below["y"] + 2
    assert below["height"] >= 11  # pixels, still to be read


def test_what_is_typeset_is_read_out_as_text(shown):
    go_to(shown, "+= ∂L/∂v3")
    text = shown.page.locator("#formula > span").first
    expect(text).to_have_text(re.compile(r"∂L/∂v2 \+= ∂L/∂v3 · \(1 / \(a label with…erator: a\+b\)\) = \S+ · 2 = \S+"))
    picture = shown.page.locator("#formula > .typeset").first
    expect(picture).to_have_attribute("aria-hidden", "true")
    expect(picture.locator("mfrac")).to_have_count(3)
    expect(picture.locator("math")).to_have_count(4)
    said = shown.page.locator("#formula").aria_snapshot()
    assert said.count("∂L/∂v2 += ∂L/∂v3") == 1
    assert "math" not in said


def test_a_long_line_stays_in_its_place(shown):
    widths = "each => [each.scrollWidth, each.clientWidth]"
    page = "() => document.documentElement.scrollWidth <= innerWidth"
    for text, least in (("v3 = v2 / ", 1), ("+= ∂L/∂v3", 2)):  # the second one is too long for one line
        go_to(shown, text)
        wide, room = shown.page.eval_on_selector("#step", widths)
        assert wide <= room
        assert shown.page.evaluate(page)
        lines = boxes(shown, "#formula > .typeset >> nth=0 >> math")
        assert max(each["x"] + each["width"] for each in lines) <= 390
        assert len({round(each["y"] / 12) for each in lines}) >= least


def test_a_name_from_right_to_left_turns_nothing_around(shown):
    go_to(shown, "y = ")
    formula = shown.page.locator("#formula > .typeset").first
    word = formula.locator("mi", has_text="שלום")
    name, number = word.bounding_box(), formula.locator("mn").last.bounding_box()
    assert name["x"] + name["width"] < number["x"] or number["y"] > name["y"]


def test_the_inspector_has_the_same_formulas(shown):
    shown.page.locator("#graph").press("End")
    shown.page.locator("#query").fill("y")
    shown.page.locator("#matches button").first.click()
    line = shown.page.locator("#inspector .lines li").first
    expect(line.locator("> span")).to_have_text("y = v4 + \u2068שלום\u2069 = 1.41421 + 1 = 2.41421")
    expect(line.locator("math")).to_have_count(4)


def test_a_box_without_leaves_shows_no_table(shown):
    shown.page.locator("#query").fill("no leaves")
    shown.page.locator("#matches button").first.click()
    note = shown.page.locator("#inspector .note").first
    expect(note).to_have_text("40 operations, 0 leaves")
    expect(shown.page.locator("#inspector table")).to_have_count(0)
    shown.page.locator("#query").fill("one leaf")
    shown.page.locator("#matches button").first.click()
    expect(note).to_have_text("41 operations, 1 leaf")
    expect(shown.page.locator("#inspector table")).to_have_count(1)
