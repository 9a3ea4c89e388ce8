"""The built site, in a browser: it asks for nothing elsewhere, and what lives on it is alive."""

import functools
import http.server
import threading
from pathlib import Path

import pytest

from tests.conftest import BROWSER, NO_BROWSER

SITE = Path(__file__).parents[1] / "build" / "site"
SCREENS = {"desktop, light": (1300, 900, "light"), "phone, dark": (390, 800, "dark")}
PAGES = (
    "index", "start/index", "tour/explorer", "how_to/coming_from", "how_it_works/passes", "how_it_works/accuracy",
    "contribute/index", "reference/operations", "reference/training", "notebooks/02_the_graph_and_the_chain_rule",
)  # fmt: skip
pytestmark = [
    pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the site is not built: make docs"),
    pytest.mark.skipif(BROWSER is None, reason=NO_BROWSER),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def address():
    """Of a server of files, as anyone may have."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser):
    """A function that opens a page on a screen; and the lists of what it has asked for, and of what went wrong."""
    asked, wrong = [], []
    contexts = []

    def opens(url, screen="desktop, light"):
        width, height, scheme = SCREENS[screen]
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(url)
        return page

    yield opens, asked, wrong
    for context in contexts:
        context.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_asks_for_nothing_elsewhere_and_fits(opened, address, screen):
    opens, asked, wrong = opened
    for page in PAGES:
        opened_page = opens(f"{address}/{page}.html", screen)
        assert opened_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page
    assert len(asked) > len(PAGES)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:", "about:"))] == []
    assert wrong == []


@pytest.mark.parametrize(("page", "screen"), [*zip(["how_it_works/passes", "start/index"], SCREENS, strict=True)])
def test_a_page_can_be_read_by_all(opened, address, page, screen):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened[0](f"{address}/{page}.html", screen)).response["violations"]
    assert [(each["id"], each["nodes"][0]["target"]) for each in found] == []


@pytest.mark.parametrize("page", ["tour/explorer", "notebooks/02_the_graph_and_the_chain_rule"])
def test_an_explorer_on_a_page_is_alive(opened, address, page):
    from playwright.sync_api import expect

    opens, _, wrong = opened
    frame = opens(f"{address}/{page}.html").locator("iframe").first
    frame.scroll_into_view_if_needed()
    expect(frame.content_frame.locator("html[data-ready=yes]")).to_be_attached(timeout=30_000)
    frame.content_frame.get_by_label("One step on").click()
    expect(frame.content_frame.locator("#pass")).to_contain_text("Forward 1/")
    assert wrong == []


@pytest.mark.parametrize("of_a_server", [True, False], ids=["a server", "files alone"])
def test_the_search_works_without_a_network(opened, address, of_a_server):
    from playwright.sync_api import expect

    page = opened[0](f"{address if of_a_server else SITE.as_uri()}/search.html?q=gradcheck")
    expect(page.locator("#search-results")).to_contain_text("Gradients of functions, checked", timeout=30_000)
