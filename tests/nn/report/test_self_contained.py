"""The report is one page that needs nothing else, whatever the names in the data are."""

import base64
import io

import pytest
from PIL import Image

from .conftest import Page, quick
from .runs import HOSTILE, table_run


def test_every_element_is_closed(page):
    assert page.unbalanced == []
    assert page.open == []


def test_nothing_is_loaded_from_elsewhere(page):
    addresses = [
        address
        for _, attributes in page.elements
        for name, address in attributes.items()
        if name.split(":")[-1] in ("src", "href", "data", "srcset", "action", "poster", "background")
    ]
    assert len(addresses) >= 2
    assert [address for address in addresses if not address.startswith(("data:image/png;base64,", "#"))] == []


def test_the_style_loads_nothing(page):
    assert page.texts_in("style") != []
    assert [style for style in page.texts_in("style") if "url(" in style or "@import" in style] == []


def test_nothing_runs(page):
    tags = {tag for tag, _ in page.elements}
    assert tags & {"script", "iframe", "object", "embed", "link", "base", "form"} == set()
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []


def test_every_image_is_a_png_that_decodes(page):
    for image in page.all("img"):
        content = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"), validate=True)
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            assert picture.format == "PNG"


def test_every_image_says_what_it_shows(page):
    assert [image for image in page.all("img") if not image.get("alt")] == []


def test_the_neuron_is_an_inline_svg(page):
    assert len(page.all("svg")) == 1
    assert {"w1", "b"} <= set(page.texts_in("text"))


@pytest.mark.parametrize(
    "page", ["hostile images", "hostile points", "hostile table", "hostile numbers"], indirect=True
)
def test_names_from_data_are_shown_as_text(page):
    assert any(HOSTILE[0] in text for _, text in page.texts)
    assert any(HOSTILE[1] in text for _, text in page.texts)


@pytest.mark.parametrize("text", ["", "a"])
def test_warnings_are_shown_as_text(text):
    run = table_run()
    run.warnings = [text + HOSTILE[0]]
    assert Page(quick(run)).texts_in("li") == [text + HOSTILE[0]]
