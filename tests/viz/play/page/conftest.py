"""What the tests of the playground's page share: pages in a browser, few and opened once, put back by a link."""

import pytest

from tests.conftest import PATIENCE, watch
from viz import play


@pytest.fixture(scope="session")
def whole_page(tmp_path_factory):
    """The path of a playground as it is written without anything."""
    return play().save(tmp_path_factory.mktemp("playground") / "play.html")


@pytest.fixture(scope="module")
def open_page(browser, whole_page, tmp_path_factory):
    """A function that opens a playground, or that without anything, and gives a `Shown`.

    Its other arguments are the fragment of the address, and options of a context of the browser. At the end no page
    may have complained, or asked for anything.
    """
    contexts, trouble = [], []

    def opened(playground=None, fragment="", **options):
        path = whole_page
        if playground is not None:
            path = playground.save(tmp_path_factory.mktemp("playground") / "play.html")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        watch(page, path.as_uri(), trouble)
        page.goto(path.as_uri() + fragment)
        page.locator("html[data-ready=yes]").wait_for(state="attached")
        return Shown(page)

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


@pytest.fixture(scope="module")
def page(open_page):
    """One page for the tests of a file, each of which begins with `restart`."""
    return open_page(permissions=["clipboard-read", "clipboard-write"])


class Shown:
    """A playground in the browser."""

    def __init__(self, page):
        self.page = page
        self._links = 0

    def locator(self, selector):
        return self.page.locator(selector)

    def restart(self, settings=""):
        """Bring it, by a link, into the state in which it was opened, but for these settings. Gives this."""
        self._links += 1
        self.page.evaluate(f"() => {{ location.hash = '{settings}&again={self._links}'; }}")
        self.locator("html[data-epoch='0'][data-step='0']").wait_for(state="attached")
        self.settle()
        return self

    def settle(self):
        """Wait until the page has answered what came before, and drawn two pictures."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    @property
    def epoch(self):
        return int(self.locator("html").get_attribute("data-epoch"))

    def train_until(self, condition):
        """Train until a selector matches, then pause."""
        self.locator("#train").click()
        self.locator(condition).first.wait_for(state="attached")
        if self.locator("#train[aria-pressed=true]").count():
            self.locator("#train").click()

    def train_epochs(self, count):
        for _ in range(count):
            self.locator("#one-epoch").click()

    def picture(self):
        """What the plane shows, as a text that is another one for another picture."""
        return self.page.eval_on_selector("#plane canvas", "(canvas) => canvas.toDataURL()")

    def choose(self, name, option):
        self.locator(f"#set-{name}").select_option(option)

    def fill(self, name, text):
        self.locator(f"#set-{name}").fill(text)
        self.locator(f"#set-{name}").press("Enter")

    def neuron(self, layer, neuron):
        """Both count from 0."""
        return self.locator(f".neuron[data-layer='{layer}'][data-neuron='{neuron}']")
