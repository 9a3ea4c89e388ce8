"""The built site, in a browser: it asks for nothing elsewhere, and what lives on it is alive."""

import re
from contextlib import suppress
from math import tanh
from pathlib import Path

import pytest

from tests.conftest import PATIENCE, violations, watch

with suppress(ImportError):  # without it no page is opened
    from playwright.sync_api import expect

SITE = Path(__file__).parents[1] / "build" / "site"
SLOPE = 1 - tanh(-1.5) ** 2  # of tanh, in the second cell of the first steps
SCREENS = {"desktop, light": (1300, 900, "light"), "phone, dark": (390, 800, "dark")}
PAGES = (
    "index", "start/index", "tour/explorer", "tour/playground", "how_to/coming_from",
    "how_it_works/passes", "how_it_works/accuracy",
    "contribute/index", "reference/operations", "reference/training", "notebooks/02_the_graph_and_the_chain_rule",
)  # fmt: skip
pytestmark = pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the site is not built: make docs")


@pytest.fixture(scope="module")
def address(serve):
    return serve(SITE)


@pytest.fixture
def open_page(browser, address):
    """A function that opens a page on a screen; in the end nothing went wrong, and nothing was asked for elsewhere."""
    contexts, trouble = [], []

    def opens(page, screen="desktop, light", home=address):
        width, height, scheme = SCREENS[screen]
        size = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme))
        opened = contexts[-1].new_page()
        if home == address:  # from files, browsers refuse modules and say so
            watch(opened, home, trouble)
        opened.goto(home + page)
        return opened

    yield opens
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_asks_for_nothing_elsewhere_and_fits(open_page, screen):
    for page in PAGES:
        opened = open_page(f"{page}.html", screen)
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth"), page


@pytest.mark.parametrize(("page", "screen"), [*zip(["how_it_works/passes", "start/index"], SCREENS, strict=True)])
def test_a_page_can_be_read_by_all(open_page, page, screen):
    assert violations(open_page(f"{page}.html", screen)) == set()


@pytest.mark.parametrize("page", ["tour/explorer", "notebooks/02_the_graph_and_the_chain_rule"])
def test_an_explorer_on_a_page_is_alive(open_page, page):
    frame = open_page(f"{page}.html").locator("iframe").first
    frame.scroll_into_view_if_needed()
    expect(frame.content_frame.locator("html[data-ready=yes]")).to_be_attached()
    frame.content_frame.get_by_label("One step on").click()
    expect(frame.content_frame.locator("#pass")).to_contain_text("Forward 1/")


def test_the_playground_on_the_site_learns(open_page):
    page = open_page("play.html")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#train-accuracy")).to_contain_text("9")


@pytest.mark.parametrize("of_a_server", [True, False], ids=["a server", "files alone"])
def test_the_search_works_without_a_network(open_page, address, of_a_server):
    page = open_page("search.html?q=gradcheck", home=address if of_a_server else f"{SITE.as_uri()}/")
    expect(page.locator("#search-results")).to_contain_text("Gradients of functions, checked")
    if of_a_server:  # which lets a page be read
        found = page.locator("#search-results .kind-index", has_text="GradcheckError")
        expect(found.locator(".context")).to_contain_text("GradcheckError")


# ------------------------------------------------------------------------------------------------------ live cells


@pytest.fixture
def run(open_page):
    """A function that opens a page, and presses Run of one of its cells; what all cells show then."""
    if not (SITE / "_static" / "live").exists():
        pytest.skip("the site has no live cells: npm did not fetch Pyodide")

    def run(name, number):
        page = open_page(f"{name}.html")
        expect(page.locator("html[data-live=ready]")).to_be_attached()
        cell = page.locator(".live").nth(number)
        cell.get_by_role("button", name="Run").click()
        expect(cell.get_by_role("status")).to_contain_text("Done in", timeout=1000 * 4 * PATIENCE)  # Python starts
        return page.locator(".live-output")

    return run


def test_a_cell_of_the_first_steps_runs_after_those_that_it_continues(run):
    shown = run("start/index", 2)
    expect(shown.nth(0).locator("pre")).to_have_text("15.0 8.0\n")
    printed = [str(gradient)[:14] + r"\d+" for gradient in (-3 * SLOPE, 0.5 * SLOPE, SLOPE)]  # to the last digits
    expect(shown.nth(1).locator("pre")).to_have_text(re.compile(rf"^{' '.join(printed)} 1\.0\s*$"))
    expect(shown.nth(2).get_by_role("img")).to_be_visible()
    expect(shown.nth(2).locator("text", has_text="tanh").first).to_be_attached()


def test_a_cell_that_explores_shows_the_page(run):
    shown = run("start/browser", 1).nth(1)
    expect(shown.locator("pre")).to_have_text("-1.2599230248420783 = -1.2599230248420783\n")
    page = shown.frame_locator("iframe").frame_locator("iframe")
    expect(page.locator("#graph .item.node")).to_have_count(6)
    assert shown.locator("iframe").bounding_box()["height"] > 600
