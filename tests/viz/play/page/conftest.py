"""What the tests of the playground's page share: pages in a browser, few and opened once, put back by a link."""

import pytest

from tests.viz.play.conftest import Played
from viz import play

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="session")
def playground():
    """One without anything: its page is written once."""
    return play()


@pytest.fixture(scope="module")
def open_page(open_play_once, playground):
    """A function that opens a playground, or that without anything, and gives a `Shown`."""
    return lambda given=None, *arguments, **options: Shown(
        open_play_once(given or playground, *arguments, **options).page
    )


@pytest.fixture(scope="module")
def page(open_page):
    """One page for the tests of a file, each of which begins with `restart`."""
    return open_page(viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"])


class Shown(Played):
    """A playground in the browser, many tests after each other."""

    _links = 0

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

    def train_while(self, selector):
        """Train until nothing matches a selector any more, then pause."""
        self.locator("#train").click()
        self.locator(selector).wait_for(state="detached")
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
