"""What the tests of the playground share: JavaScript of its modules, and pages in a browser.

What a page has learned is read from the file that it saves; what it says, by `expect`, which waits for it.
"""

from contextlib import suppress

import pytest

import viz
from nn import load
from tests.viz.explorer.conftest import common_context, opened_pages
from tests.viz.play.javascript import compute

with suppress(ImportError):  # without it no page is opened
    from playwright.sync_api import expect

__all__ = ["common_context", "compute"]
OPENING = """
const network = given.spec && new m.Network(given.spec, m.RULES, m.TEMPLATES);
const trainer = () => (
  new m.Trainer(network, given.settings, given.data, { updates: m.UPDATES, parameters: given.parameters })
);
"""


@pytest.fixture(scope="session")
def engine(compute):
    """A function that runs the body of a JavaScript function in node, and gives what it returns.

    In the body `m` has all that the playground's engine exports, and RULES, TEMPLATES and UPDATES; `given` has the
    other arguments of the call, `network` is that of the `spec` among them, and `trainer()` makes one by its
    `settings`, `data` and `parameters`.
    """
    return lambda body, **given: compute("all.js", OPENING + body, given)


@pytest.fixture
def open_play(browser, common_context, tmp_path):
    """A function that opens a playground, as `open_page` of the explorer's tests does, and gives a `Played`."""
    for open_page in opened_pages(browser, common_context, tmp_path):
        yield opening(open_page)


@pytest.fixture(scope="module")
def open_play_once(browser, common_context, tmp_path_factory):
    """The same for pages that the tests of a file share."""
    for open_page in opened_pages(browser, common_context, tmp_path_factory.mktemp("pages")):
        yield opening(open_page)


def opening(open_page):
    def open_play(playground=None, *arguments, **options):
        return Played(open_page(playground or viz.play(data="xor"), *arguments, **options).page)

    return open_play


class Played:
    """A playground in the browser."""

    def __init__(self, page):
        self.page = page
        self.scalars = page.frame_locator("#scalars-frame iframe")

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def press(self, *names):
        """Press buttons, one after the other."""
        for name in names:
            self.button(name).click()

    def train_until(self, fact, text):
        """Let it train until it says so, and pause."""
        self.press("Train")
        expect(self.page.locator(f"#{fact}")).to_have_text(text)
        self.press("Pause")

    def saved(self, folder):
        """The model that "Save model" gives."""
        with self.page.expect_download() as download:
            self.press("Save model")
        assert download.value.suggested_filename == "model.safetensors"
        path = folder / "model.safetensors"
        download.value.save_as(path)
        return load(path)

    def wait_for_scalars(self):
        """Wait until the explorer in it has drawn its first picture."""
        self.scalars.locator("html[data-ready=yes]").wait_for(state="attached")
        return self.scalars


def numbers(model):
    return [parameter.data for parameter in model.parameters()]
