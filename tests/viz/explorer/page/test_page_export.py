"""The picture as a file: SVG that needs nothing else, and PNG; in a file of its own and in a notebook's frame."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from autograd import Value, scope
from tests.viz.conftest import SVG, texts
from viz.explorer import explore

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

HOSTILE = "<script>alert(1)</script> \0\x1b & \ud83d"


def expression():
    x, w = Value(2.0, "x"), Value(-3.0, HOSTILE)
    with scope("inside"):
        y = (x * w).tanh()
    y = y + x
    y.label = "my loss: 1/2 ✓"
    return y


@pytest.fixture(scope="module")
def shown(open_page_once):
    page = open_page_once(explore(expression()), color_scheme="dark")
    page.page.keyboard.press("End")
    return page


def saved(shown, words, folder):
    """The file that a button of the menu gives."""
    shown.page.locator("#save").click()
    with shown.page.expect_download() as waiting:
        shown.page.get_by_role("button", name=words).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def elements(path):
    return list(ElementTree.fromstring(path.read_bytes()).iter())


def test_an_svg_has_all_that_is_seen_and_nothing_that_runs_or_is_elsewhere(shown, tmp_path):
    path = saved(shown, "SVG, the whole picture", tmp_path)
    assert path.name == "my-loss-1-2.svg"
    said = texts(path.read_bytes())
    assert {"x", "tanh", "inside", "data", "grad"} <= set(said)
    assert any(text.startswith("<script>") for text in said)
    numbers = shown.page.locator("#graph text.number").all_text_contents()
    assert set(numbers) <= set(said)
    assert shown.page.locator("#legend-low").text_content() in said
    tags = {each.tag.removeprefix(SVG) for each in elements(path)}
    assert tags <= {
        "svg",
        "title",
        "defs",
        "marker",
        "linearGradient",
        "stop",
        "clipPath",
        "g",
        "rect",
        "path",
        "text",
        "image",
    }
    for each in elements(path):
        assert not [
            name for name in each.attrib if name.startswith("on") or name in ("class", "style", "id", "role")
        ] or (each.tag.removeprefix(SVG) in ("marker", "linearGradient", "clipPath"))
    assert set(re.findall(r"url\(([^)]*)\)|https?://[^\"]*", path.read_text("utf-8"))) <= {
        "", "#graph-arrow", "#ramp", "#sight"
    }  # fmt: skip


def test_an_svg_looks_as_the_page_does(shown, tmp_path):
    path = saved(shown, "SVG, the whole picture", tmp_path)
    page = shown.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    cards = shown.page.eval_on_selector_all(
        "#graph rect.card", "cards => cards.map(card => getComputedStyle(card).fill)"
    )
    fills = [each.get("fill") for each in elements(path) if each.tag == f"{SVG}rect"]
    assert fills[1] == page  # the first is of the clip
    assert set(cards) <= set(fills)


def test_what_is_in_sight_is_less_than_the_whole(shown, tmp_path):
    for _ in range(4):
        shown.page.locator("#zoom-in").click()
    whole = elements(saved(shown, "SVG, the whole picture", tmp_path))
    seen = elements(saved(shown, "SVG, what is in sight", tmp_path))
    pane = shown.page.locator("#graph").bounding_box()
    shown.page.locator("#fit").click()
    assert 0 < len(seen) < len(whole)
    assert float(seen[0].get("width")) == pytest.approx(pane["width"], abs=1)
    assert float(seen[0].get("height")) == pytest.approx(pane["height"] + 30, abs=1)  # and the legend


def test_a_png_has_two_pixels_for_one_and_the_colours_of_the_svg(shown, tmp_path):
    root = elements(saved(shown, "SVG, the whole picture", tmp_path))
    path = saved(shown, "PNG, the whole picture", tmp_path)
    assert path.suffix == ".png"
    picture = pixels(path)
    width, height = (int(root[0].get(name)) for name in ("width", "height"))
    assert picture.shape[:2] == (2 * height, 2 * width)
    fills = {each.get("fill", "") for each in root if each.tag == f"{SVG}rect" and "fill-opacity" not in each.attrib}
    present = {tuple(colour) for colour in np.unique(picture.reshape(-1, 3), axis=0)}
    assert len(present) > 100  # not blank: texts, lines, cards
    for fill in fills:
        if fill.startswith("rgb("):
            assert tuple(map(int, re.findall(r"\d+", fill))) in present


def test_the_compiled_program_beside_it_is_saved_too(shown, tmp_path):
    shown.page.locator("#compiled-toggle").click()
    shown.page.locator("#operations .item").first.wait_for()
    shown.page.locator("#save").click()
    shown.page.get_by_label("Which picture").select_option("program")
    shown.page.keyboard.press("Escape")
    said = texts(saved(shown, "SVG, the whole picture", tmp_path).read_bytes())
    boxes = shown.page.locator("#operations .item text.label").all_text_contents()
    shown.page.locator("#compiled-toggle").click()
    assert boxes
    assert set(boxes) <= set(said)
    assert any("array operations" in text for text in said)
    assert "gradient" not in "".join(said)


def test_the_menu_works_by_keyboard(shown):
    shown.page.locator("#save").focus()
    shown.page.keyboard.press("Enter")
    expect(shown.page.locator("#save-menu")).to_be_visible()
    shown.page.keyboard.press("Tab")
    expect(shown.page.get_by_role("button", name="SVG, the whole picture")).to_be_focused()
    shown.page.keyboard.press("Escape")
    expect(shown.page.locator("#save-menu")).to_be_hidden()
    expect(shown.page.locator("#save")).to_be_focused()


def test_a_title_without_letters_has_a_name_too(open_page, tmp_path):
    root = Value(2.0, "x") * 3.0
    root.label = "∂/∂ ../.."
    shown = open_page(explore(root))
    assert saved(shown, "SVG, the whole picture", tmp_path).name == "graph.svg"


def test_a_notebook_saves_too_from_its_frame(browser, tmp_path):
    html = explore(expression())._repr_mimebundle_()[0]["text/html"]
    (tmp_path / "notebook.html").write_text(f"<!doctype html><meta charset=utf-8>{html}", "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready=yes]").wait_for(state="attached")
    for words in ("PNG, what is in sight", "SVG, the whole picture"):
        frame.locator("#save").click()
        with page.expect_download() as waiting:
            frame.get_by_role("button", name=words).click()
        waiting.value.save_as(tmp_path / waiting.value.suggested_filename)
    page.close()
    assert "tanh" in texts((tmp_path / "my-loss-1-2.svg").read_bytes())
    assert pixels(tmp_path / "my-loss-1-2.png").shape[1] > 100
