"""What the tests of the explorer share: JavaScript without a browser, and pages in one.

A page answers when it has the time: whatever a test reads there, it waits for. `expect` does that for what an element
is or says, `eventually` for anything else; that something has *not* changed is asked once the page has shown that it is
done with what might have changed it.
"""

import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace

import pytest

import viz
from autograd import Value
from tests.conftest import PATIENCE, watch
from viz.explorer import explore
from viz.explorer.graph import Graph
from viz.explorer.javascript import rules_in_javascript

with suppress(ImportError):  # without it no page is opened
    from playwright.sync_api import expect

WEB = Path(viz.__file__).with_name("explorer") / "web"


def eventually(read, wanted):
    """Wait until `read()` gives what is wanted."""
    end = monotonic() + PATIENCE
    while (found := read()) != wanted and monotonic() < end:
        sleep(0.02)
    assert found == wanted


@pytest.fixture(scope="session")
def run_node_test(node):
    """A function that runs a test file of this folder beside copies of the page's modules, and gives (status, output).

    Its argument `data` is the folder that the test reads, from the environment variable EXPLORER_DATA; `fault` is one
    that is planted: (the module, what stands there once, what is written instead); of the tests those run whose name
    has `seen_by` in it.
    """

    def run(file, data, modules, fault=None, seen_by=""):
        shutil.copytree(WEB, modules, ignore=shutil.ignore_patterns("graphviz.*"), dirs_exist_ok=True)
        if fault:
            module, right, wrong = fault
            text = (modules / module).read_text("utf-8")
            assert text.count(right) == 1, f"{right!r} must stand once in {module}"
            (modules / module).write_text(text.replace(right, wrong), "utf-8")
        for each in (file, "loaded_graphs.js"):
            shutil.copy(Path(__file__).with_name(each), modules)
        (modules / "package.json").write_text('{"type": "module"}', "utf-8")  # older versions of node ask
        variables = {name: value for name, value in os.environ.items() if name != "EXPLORER_DATA"}
        finished = subprocess.run(
            [node, *([f"--test-name-pattern={seen_by}"] if seen_by else []), "--test-reporter=tap", file],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, cwd=modules,
            env=variables | ({"EXPLORER_DATA": str(data)} if data else {}),
        )  # fmt: skip
        return finished.returncode, finished.stdout

    return run


def failed(output):
    """The names of the tests that failed."""
    return re.findall(r"^not ok \d+ - (.*)$", output, re.MULTILINE)


def write_graphs(folder, roots):
    """What a node test loads by name: graphs as the page has them, and their rules."""
    graphs = {}
    for name, make in roots.items():
        graph = Graph(make())
        graphs[name] = graph.packed()
        rules = rules_in_javascript(graph.operations)
        (folder / f"{name}.js").write_text(f"export {rules}", "utf-8")
    (folder / "graphs.json").write_text(json.dumps({"graphs": graphs}), "utf-8")
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    return folder


@pytest.fixture(scope="session")
def common_context(browser, tmp_path_factory):
    """Where pages share a process: one stays open, so that what it has compiled is there for the next."""
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.goto(explore(Value(2.0) * 3.0).save(tmp_path_factory.mktemp("open") / "page.html").as_uri())
    page.locator("html[data-ready=yes]").wait_for(state="attached")
    return context


@pytest.fixture
def open_page(browser, common_context, tmp_path):
    """A function that opens an explorer, or a file, and gives a `Shown`; at the end nothing may have gone wrong.

    Its other arguments are the fragment of the address, a script that runs before those of the page, the size of the
    window, the colours and the motion that the reader prefers, and options of a context of the browser, which the page
    then has for itself: `alone` of those that have none, but stop the clock. `open_page.trouble` is what the pages of
    this test complained of, asked the reader, and asked for from outside.
    """
    yield from opened_pages(browser, common_context, tmp_path)


@pytest.fixture(scope="module")
def open_page_once(browser, common_context, tmp_path_factory):
    """The same for pages that the tests of a file share: each leaves them as they were."""
    yield from opened_pages(browser, common_context, tmp_path_factory.mktemp("pages"))


def opened_pages(browser, common_context, folder):
    opened = []

    def open_page(
        explorer, fragment="", init_script="", viewport=None, color_scheme=None, reduced_motion="reduce",
        alone=False, **options,
    ):  # fmt: skip
        path = explorer
        if not isinstance(explorer, Path):
            path = explorer.save(folder / f"page {len(opened)}.html")
        context = browser.new_context(**options) if options or alone else common_context
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        opened.append(page if context is common_context else context)
        if viewport:
            page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)  # what moves is there at once
        page.add_init_script(init_script)
        watch(page, path.as_uri(), open_page.trouble)
        page.goto(path.as_uri() + fragment)
        page.locator("html[data-ready=yes]").wait_for(state="attached")
        return Shown(page)

    open_page.trouble = []
    yield open_page
    for each in opened:
        each.close()
    assert open_page.trouble == []


class Shown:
    """An explorer in the browser."""

    def __init__(self, page):
        self.page = page

    def item(self, key, mark=""):
        """An element of the graph by its key, or a node by its number; with `mark` only where it is of this class."""
        key = f"n{key}" if isinstance(key, int) else key
        return self.page.locator(f'#graph .item{mark and f".{mark}"}[data-key="{key}"]')

    @property
    def keys(self):
        """Of all elements of the graph."""
        return self.page.eval_on_selector_all("#graph .item", "items => items.map(item => item.dataset.key)")

    def marked(self, mark):
        """The keys of the elements of a class, in order."""
        return self.page.eval_on_selector_all(
            f"#graph .item.{mark}", "items => items.map(item => item.dataset.key).sort()"
        )

    def expect_marked(self, mark, keys):
        """Wait until exactly these are of a class."""
        eventually(lambda: self.marked(mark), sorted(keys))

    def only(self, mark):
        """The key of the element of a class, once there is exactly one."""
        eventually(lambda: len(self.marked(mark)), 1)
        return self.marked(mark)[0]

    @contextmanager
    def redrawn(self):
        """Wait at the end until the picture has been laid out again."""
        before = self.page.locator("html").get_attribute("data-drawn")
        yield
        self.page.locator(f'html:not([data-drawn="{before}"])').wait_for(state="attached")

    def unfold(self, key):
        """Open a box, or show more, by a click that needs no place in sight."""
        with self.redrawn():
            self.item(key).dispatch_event("click")

    def select(self, key):
        """Select an element, wherever it is."""
        if "selected" not in self.item(key).get_attribute("class").split():
            self.item(key).dispatch_event("click")
        self.item(key, "selected").wait_for(state="attached")

    def edit(self, n, text, refused=None):
        """Write into the field of a leaf, and wait until the page has taken the number, or says why it is refused."""
        self.select(n)
        field, problem = (self.page.locator(f"#inspector {each}") for each in ("[data-leaf]", "[role=alert]"))
        field.fill(text)
        field.press("Enter")
        expect(problem).to_have_text(refused or "")
        if not refused:
            expect(field).not_to_be_focused()  # the focus goes back to the picture when all is computed
        return field

    def fill_time(self, stop):
        """Go to a step by the slider."""
        self.page.locator("#time").fill(str(stop))
        self.at_step(stop)

    def at_step(self, stop):
        """Wait until the page says that this is its step."""
        expect(self.page.locator("#pass")).to_have_text(re.compile(rf" {stop}/\d+$"))

    def restart(self):
        """Bring it into the state in which it was opened, by a link: but for its panels, and what can be undone."""
        with self.redrawn():
            self.page.evaluate("() => { location.hash = `again=${performance.now()}`; }")
        self.at_step(0)
        self.expect_marked("selected", [])
        return self

    def go_to_end(self):
        """Show all numbers and gradients: a page opens before the first operation. Gives this."""
        self.page.locator("#last").click()
        expect(self.page.locator("#last")).to_be_disabled()
        return self

    def settle(self):
        """Wait until the page has answered what came before, and drawn two pictures: for what leaves no other mark."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def press_tool(self, name):
        """Press a button above the graph, which a narrow window has in a menu."""
        button = self.page.locator(f"#{name}")
        if not button.is_visible():
            self.page.locator("#more").click()
        button.click()

    def texts(self, selector):
        return self.page.locator(selector).all_text_contents()

    def expect_texts(self, selector, texts):
        """Wait until these, and no others, are the texts of the elements."""
        expect(self.page.locator(selector)).to_have_text(texts)

    def stop_the_clock(self):
        """From now on time passes only by `page.clock.run_for(milliseconds)`, on all pages of a context."""
        assert len(self.page.context.pages) == 1, "open the page `alone`"
        self.page.clock.install(time=0)
        self.page.clock.pause_at(1000)

    @property
    def fragment(self):
        """What "Copy link" makes of the state."""
        self.press_tool("link")
        self.page.locator("#said:not(.unseen)", has_text="link to this state").wait_for()
        return self.page.evaluate("() => location.hash")

    def facts(self):
        """What the inspector says of every single node, with all digits: {number of the node: {name: text}}."""
        return {int(key): facts for key, facts in self.page.evaluate(FACTS)}

    def expect_numbers_of(self, root):
        """Wait until all single nodes have the numbers and gradients that Python computes now."""
        nodes = Graph(root).nodes
        for node in nodes:
            node.grad = 0
        root.forward()
        root.backward()
        close = partial(pytest.approx, rel=1e-12, abs=1e-300, nan_ok=True)

        def number(text):
            return text if "not" in text or "far" in text else float(text)  # not known yet, or so far

        def shown():
            return {n: [number(fact[name]) for name in ("data", "gradient")] for n, fact in self.facts().items()}

        single = [int(key[1:]) for key in self.keys if key.startswith("n")]
        assert single
        eventually(shown, {n: [close(nodes[n].data), close(nodes[n].grad)] for n in single})


FACTS = """() => [...document.querySelectorAll("#graph .item.node")].map((item) => {
  if (!item.classList.contains("selected")) item.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const names = [...document.querySelectorAll("#inspector dt")];
  const facts = names.map((name) => [name.textContent, name.nextSibling.textContent]);
  return [item.dataset.key.slice(1), Object.fromEntries(facts)];
})"""


class Notebook:
    """A widget, and the place of the browser: what the kernel says is in `heard`."""

    def __init__(self, explorer):
        pytest.importorskip("anywidget", reason="anywidget is not installed")
        self.widget = explorer.widget()
        self.heard = []
        self.widget.comm.publish_msg = self._receive

    def _receive(self, kind, data=None, **more):
        if kind == "comm_msg":
            message = json.loads(json.dumps(data, allow_nan=False))
            self.heard.append(message["content"])

    def say(self, content):
        """As from the browser; what is answered."""
        del self.heard[:]
        self.widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
        return self.heard

    def ready(self, view="a"):
        return self.say({"glassgrad": "ready", "view": view, "seen": 0})

    def change(self, *leaves, view="a", seen=0):
        return self.say({"glassgrad": "numbers", "leaves": [list(pair) for pair in leaves], "view": view, "seen": seen})

    def shown(self):
        """The leaves in the messages of the kernel, since `say`."""
        return [message["leaves"] for message in self.heard if message["glassgrad"] == "numbers"]


@pytest.fixture
def product():
    """a·b, whose leaves are 0 and 1, in a notebook."""
    a, b = Value(2.0, "a"), Value(3.0, "b")
    root = a * b
    notebook = Notebook(explore(root))
    yield SimpleNamespace(a=a, b=b, root=root, notebook=notebook)
    notebook.widget.close()


TAKEN = {"glassgrad": "taken", "to": "a"}
