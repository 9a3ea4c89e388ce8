"""Photographs of the explorer by Chromium, for the README, the documentation and stored notebooks."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


class Photographer:
    """Opens pages in a browser."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self._browser, self._path = browser, folder / "page.html"

    def page(self, html: str, width: int, height: int, scheme: str = "light", scale: float = 1.0) -> Any:
        """The explorer's page when it is ready, so large; `scale` pixels of a photograph are one of the page."""
        self._path.write_text(html, "utf-8")
        page = self._browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=scale
        )
        page.goto(self._path.as_uri())
        page.locator("html[data-ready=yes]").wait_for(state="attached")
        return page


@contextmanager
def photographer() -> Iterator[Photographer]:
    """A browser; where there is none, the program ends."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit(f"no browser was found to photograph the explorer with: none of {', '.join(BROWSERS)}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield Photographer(browser, Path(folder))
        browser.close()


def settled(page: Any) -> bytes:
    """A photograph, when the layout has come from its worker and nothing moves any more."""
    page.wait_for_timeout(500)
    return page.screenshot()


def open_box(page: Any, name: str) -> None:
    """Unfold the box of this name."""
    page.get_by_label("Find a label").fill(name)
    page.keyboard.press("Enter")
    page.locator("#graph .item.selected").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_timeout(1000)  # until a worker has laid out what is in it
    page.keyboard.press("Escape")


def show_compiled(page: Any) -> None:
    """The program beside the graph, the pointer on a matrix product."""
    page.get_by_role("button", name="Compiled").click()
    page.locator("#operations .product").first.hover()
