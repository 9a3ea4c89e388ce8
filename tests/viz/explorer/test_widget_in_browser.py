"""The live page in a browser: page and kernel hear each other."""

import json
from contextlib import suppress

import pytest

from autograd import Value
from viz.explorer import explore
from viz.explorer.page import read

from .conftest import eventually

with suppress(ImportError):  # without it no page is opened
    from playwright.sync_api import expect


NOTEBOOK = """<!doctype html><meta charset="utf-8"><div id="cell"></div><script type="module">
const listeners = {}, sent = window.sent = [];
const model = {
  get: (name) => ({ page: window.page })[name],
  set() {}, save_changes() {},
  on: (event, listener) => ((listeners[event] ??= new Set()).add(listener)),
  off: (event, listener) => listeners[event].delete(listener),
  send: async (content) => {
    sent.push(content);
    for (const message of window.kernel ? await window.kernel(content) : []) window.say(message);
  },
};
window.say = (content) => listeners["msg:custom"].forEach((listener) => listener(content));
window.listeners = listeners;
window.addEventListener("message", ({ data }) => data === "all is said" && (window.heardAll = true));
const source = URL.createObjectURL(new Blob([window.esm], { type: "text/javascript" }));
const { default: module } = await import(source);
window.cleanUp = module.render({ model, el: document.getElementById("cell") });
</script>"""


@pytest.fixture
def new_cell(common_context):
    """A function that shows a live page in another one, which stands for the notebook: (that page, the frame in it)."""
    yield from new_cells(common_context)


def new_cells(context):
    pages = []

    def show(content, kernel=None):
        page = context.new_page()
        pages.append(page)
        if kernel is not None:
            page.expose_function("kernel", kernel)
        page.add_init_script(f"window.esm = {json.dumps(read('widget.js'))};")
        page.add_init_script(f"if (window === top) window.page = {json.dumps(content)};")
        page.route("http://notebook/", lambda route: route.fulfill(body=NOTEBOOK, content_type="text/html"))
        page.goto("http://notebook/")
        page.wait_for_function("window.sent?.length")
        frame = page.frame_locator("iframe")
        frame.locator("html[data-ready=yes]").wait_for(state="attached")
        return page, frame

    yield show
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def content():
    return explore(Value(2.0, "a") * Value(3.0, "b")).page(live=True)


@pytest.fixture
def cell(new_cell, content):
    """a·b in a notebook, whose kernel does not answer."""
    return new_cell(content)


@pytest.fixture(scope="module")
def silent_cell(common_context, content):
    """The same for tests in which nothing is said."""
    for show in new_cells(common_context):
        yield show(content)


def leaf(frame, name):
    """Select a leaf; the field of its number."""
    frame.locator("#query").fill(name)
    frame.locator("#matches button").first.click()
    return frame.locator("#inspector [data-leaf]")


def sent(page):
    return page.evaluate("sent.map(({ view, ...content }) => content)")


def expect_sent(page, *contents):
    """Wait until so many messages were sent; these are they, after the one that the page is ready."""
    eventually(lambda: page.evaluate("sent.length"), 1 + len(contents))
    assert sent(page)[1:] == list(contents)


def numbers(*leaves, seen=0):
    return {"glassgrad": "numbers", "leaves": [list(leaf) for leaf in leaves], "seen": seen}


def hear_all(page, frame):
    """Wait until the page around the frame has heard all that was said in it, which comes in order."""
    page.evaluate("window.heardAll = false")
    frame.locator("html").evaluate("() => parent.postMessage('all is said', '*')")
    page.wait_for_function("heardAll")


def test_the_frame_says_when_it_is_ready(silent_cell):
    page, frame = silent_cell
    hear_all(page, frame)
    assert sent(page) == [{"glassgrad": "ready", "seen": 0}]
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-downloads"


def test_a_live_page_opens_with_all_numbers(silent_cell):
    _, frame = silent_cell
    expect(frame.locator("#pass")).to_have_text("Done 4/4")
    expect(frame.locator("#graph .item .number")).to_have_text(["2", "3", "3", "2", "6", "1"])


def edit(field, text):
    field.fill(text)
    field.press("Enter")
    field.and_(field.page.frame_locator("iframe").locator(":not(:focus)")).wait_for()  # the number was taken


def test_an_edited_number_reaches_the_model(cell):
    page, frame = cell
    edit(leaf(frame, "a"), "inf")
    expect_sent(page, numbers((0, "Infinity")))


def test_while_the_kernel_computes_only_the_latest_numbers_are_kept(cell):
    page, frame = cell
    field = leaf(frame, "a")
    for text in ("5", "6", "7"):
        edit(field, text)
    edit(leaf(frame, "b"), "8")
    hear_all(page, frame)
    expect_sent(page, numbers((0, "5")))
    page.evaluate("say({ glassgrad: 'taken', to: sent[1].view })")
    expect_sent(page, numbers((0, "5")), numbers((0, "7"), (1, "8")))


def test_a_number_of_the_kernel_is_shown(cell):
    page, frame = cell
    field = leaf(frame, "b")
    page.evaluate("say({ glassgrad: 'numbers', leaves: [[1, '-0.5']], number: 4 })")
    expect_value(frame, field, "-0.5")
    edit(leaf(frame, "a"), "5")
    hear_all(page, frame)
    expect_sent(page, numbers((0, "5"), seen=4))  # and nothing was told back


def expect_value(frame, field, text):
    field.blur()
    expect(field).to_have_value(text)


def test_a_message_for_another_view_is_not_for_this_one(cell):
    page, frame = cell
    field = leaf(frame, "b")
    page.evaluate("say({ glassgrad: 'numbers', leaves: [[1, '7']], number: 1, to: 'another' })")
    page.evaluate("say({ glassgrad: 'numbers', leaves: [[1, '8']], number: 2, not: sent[0].view })")
    page.evaluate("say({ glassgrad: 'numbers', leaves: [[0, '9']], number: 3, to: sent[0].view })")
    expect_value(frame, leaf(frame, "a"), "9")
    expect_value(frame, leaf(frame, "b"), "3")
    expect(field).to_have_count(1)


def test_the_kernels_number_replaces_one_that_is_on_its_way(cell):
    page, frame = cell
    edit(leaf(frame, "a"), "5")
    edit(leaf(frame, "a"), "6")
    hear_all(page, frame)
    page.evaluate("say({ glassgrad: 'numbers', leaves: [[0, '9']], number: 1 })")
    page.evaluate("say({ glassgrad: 'taken', to: sent[1].view })")
    edit(leaf(frame, "b"), "8")
    expect_sent(page, numbers((0, "5")), numbers((1, "8"), seen=1))


def test_other_frames_are_not_listened_to(silent_cell):
    page, _ = silent_cell
    page.evaluate("""() => {
      const stranger = document.createElement("iframe");
      stranger.id = "stranger";
      const message = '{ glassgrad: "numbers", leaves: [[0, "666"]] }';
      stranger.srcdoc = `<script>parent.postMessage(${message}, "*"); parent.postMessage("done", "*")<` + `/script>`;
      window.addEventListener("message", ({ data }) => data === "done" && (window.done = true));
      window.postMessage({ glassgrad: "numbers", leaves: [[0, "667"]] }, "*");
      document.body.append(stranger);
    }""")
    page.wait_for_function("window.done")
    assert len(sent(page)) == 1
    page.evaluate("document.getElementById('stranger').remove()")


def test_a_view_that_is_closed_listens_no_more(cell):
    page, _ = cell
    page.evaluate("cleanUp()")
    expect(page.locator("iframe")).to_have_count(0)
    assert page.evaluate("listeners['msg:custom'].size") == 0


def taken(page, product):
    page.evaluate("sent.length")  # what it says to the kernel comes in with its answers
    return product.a.data, product.b.data, product.root.data


def test_page_and_kernel_end_with_the_same_numbers(product, new_cell):
    page, frame = new_cell(product.notebook.widget.page, product.notebook.say)
    edit(leaf(frame, "a"), "5")
    eventually(lambda: taken(page, product), (5.0, 3.0, 15.0))
    product.b.data = 7.0
    del product.notebook.heard[:]
    product.notebook.widget.refresh()
    page.evaluate("(messages) => messages.forEach(say)", product.notebook.heard)
    expect_value(frame, leaf(frame, "b"), "7")
    edit(leaf(frame, "a"), "-2")
    eventually(lambda: taken(page, product), (-2.0, 7.0, -14.0))


def test_a_number_that_the_kernel_cannot_take_is_put_back_in_the_page(product, new_cell, monkeypatch):
    page, frame = new_cell(product.notebook.widget.page, product.notebook.say)

    def refuse(self, numbers):
        raise IndexError("no such index")

    monkeypatch.setattr("viz.explorer.leaves.Leaves.take", refuse)

    def try_five():
        edit(leaf(frame, "a"), "5")
        page.wait_for_function("sent.length === 2")
        expect_value(frame, leaf(frame, "a"), "2")

    with pytest.warns(UserWarning, match="ignored: no such index"):
        try_five()
