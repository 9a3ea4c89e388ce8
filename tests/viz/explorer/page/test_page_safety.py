"""Texts of users are shown as texts, whatever is in them, and the page reaches nothing outside."""

import re
from socket import create_server

import pytest

from autograd import Value, scope
from nn import MLP
from viz.explorer import explore

from ..conftest import PATIENCE, eventually

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

NASTY = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "</title><svg onload=alert(1)>", "\u2028",
    "a\u2029b", "🦋 émoji", "שלום \u202eright to left", "{{data}}", "{{script}}", "\ud800", "x" * 10_000, "two\nlines",
    "'\"`", "$&$1$`", "\\", "javascript:alert(1)", "<!--<script>", "&lt;b&gt;", "__proto__", "constructor",
    "{0}", "{y}",
]  # fmt: skip


@pytest.fixture(scope="module")
def explorer():
    """A sum of leaves with nasty labels, each in a module of this name, and a root with one."""
    total = Value(0.0)
    for label in NASTY:
        with scope(label):
            total = total + Value(1.0, label).tanh()
    total.label = "<b onclick=alert(1)>root</b>"
    return explore(total)


@pytest.fixture(scope="module")
def shown(open_page_once, explorer):
    return open_page_once(explorer)


MATHML = {"mrow", "mfrac", "mi", "mn", "mo", "mtext", "msub", "msup"}


def as_shown(text):
    """Spaces of all kinds are one, and half of a character is a replacement character."""
    return re.sub(r"\s+", " ", text.replace("\ud800", "\ufffd").replace("\u2028", " ").replace("\u2029", " ")).strip()


def test_the_title_is_text(shown):
    shown.expect_texts("#title", ["<b onclick=alert(1)>root</b>"])
    expect(shown.page).to_have_title("<b onclick=alert(1)>root</b> · explorer")


def test_labels_are_shown_as_texts(shown):
    def missing():
        found = " ".join(map(as_shown, shown.texts("#graph .label, #graph .frame-name")))
        return [label for label in NASTY if as_shown(label)[:9] not in found]

    eventually(missing, [])


@pytest.mark.parametrize("label", [*NASTY[:2], "{{data}}", "$&$1$`", "__proto__"])
def test_labels_are_found_and_inspected(shown, label):
    shown.page.locator("#query").fill(label)
    expect(shown.page.locator("#matches button", has_text=label).first).to_have_text(re.compile(f"^{re.escape(label)}"))
    shown.page.locator("#matches button", has_text="(leaf)").first.click()
    expect(shown.page.locator("#inspector .name")).to_have_text(f"{label} / {label}")


def test_a_label_makes_no_element(shown):
    shown.page.locator("#query").fill(NASTY[0])
    shown.page.locator("#matches button", has_text=NASTY[0]).first.wait_for()
    shown.page.locator("#matches button", has_text="(leaf)").first.click()
    expect(shown.page.locator("#inspector .name")).not_to_be_empty()
    elements = shown.page.locator("#graph img, #graph b, #inspector img, #inspector b, #matches img, h1 *")
    expect(elements).to_have_count(0)
    expect(shown.page.locator("script")).to_have_count(3)
    expect(shown.page.locator("[onerror], [onclick], [onload]")).to_have_count(0)


def test_stepping_through_it_shows_texts(shown):
    for time in (1, 5, 40):
        shown.fill_time(time)
        expect(shown.page.locator("#formula span").first).not_to_be_empty()
        expect(shown.page.locator("#formula :not(span, bdi, math, math *)")).to_have_count(0)
        tags = "all => [...new Set(all.map((each) => each.localName))]"
        assert set(shown.page.eval_on_selector_all("#formula math *", tags)) <= MATHML
    shown.page.locator("#last").click()


def test_the_compiled_view_and_the_table_show_texts(shown):
    shown.page.locator("#compiled-toggle").click()
    shown.page.locator("#operations .item").first.wait_for()
    shown.page.locator("#table-panel summary").click()
    name = "<img src=x onerror=alert(1)> / <img src=x onerror=alert(1)>"
    expect(shown.page.locator("#table tbody").get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(shown.page.locator("#operations img, #table img, #table b")).to_have_count(0)


# ------------------------------------------------------------------------------------------------- the security policy


def policy(shown):
    return shown.page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")


def test_the_policy_allows_nothing_from_outside(shown):
    directives = dict(each.strip().split(" ", 1) for each in policy(shown).split(";"))
    assert directives["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-[\w+/=]+' 'wasm-unsafe-eval'", directives["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/=]+'", directives["style-src"])
    assert directives["worker-src"] == "blob:"
    assert directives["img-src"] == "data:"
    assert directives["base-uri"] == directives["form-action"] == "'none'"


PLANTED = {
    "a script": "<script>document.title = 'planted'</script>",
    "a handler": "<p id=planted onclick=\"document.title = 'planted'\">x</p>",
    "a style": "<style>h1 { color: red }</style>",
    "a picture": "<img src='http://127.0.0.1:{port}/x.png'>",
    "a frame": "<iframe src='http://127.0.0.1:{port}/'></iframe>",
}


def heard(server):
    """What a browser has asked for; that it has called, and then asked for nothing, is no matter of the page."""
    try:
        connection, _ = server.accept()
    except BlockingIOError:
        return b""
    with connection:
        connection.settimeout(0.3)
        try:
            return connection.recv(100)
        except TimeoutError:
            return b""


def is_blocked(shown, trouble):
    """Whether the page has complained of what its policy forbids."""
    shown.page.title()  # its complaints come in with its answers
    return any("Content Security Policy" in each for each in trouble)


def expect_no_more(shown, trouble):
    """What the page complained of was to be: that is all of it, once the page is closed."""
    shown.page.close()
    trouble.clear()


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_planted_in_a_page_is_blocked(open_page, tmp_path, what):
    html = explore(Value(1.0, "x").tanh()).html
    assert html.count("<main>") == 1
    path = tmp_path / "planted.html"
    with create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        planted = PLANTED[what].replace("{port}", str(server.getsockname()[1]))
        path.write_text(html.replace("<main>", f"{planted}<main>"), "utf-8")
        shown = open_page(path)
        if what == "a handler":
            shown.page.locator("#planted").click()
        eventually(lambda: is_blocked(shown, open_page.trouble), True)
        expect(shown.page).to_have_title("glassgrad · explorer")
        expect(shown.page.locator("h1")).not_to_have_css("color", "rgb(255, 0, 0)")
        assert heard(server) == b""
        expect_no_more(shown, open_page.trouble)


def test_the_fixture_sees_what_a_page_asks_for(open_page, tmp_path):
    """Without the policy: the checker is checked."""
    html = explore(Value(1.0, "x").tanh()).html
    path = tmp_path / "planted.html"
    planted = (
        "<img src='http://127.0.0.1:9/x.png'><script>console.error('oh'); confirm('really'); throw 1</script><main>"
    )
    path.write_text(re.sub("<meta http-equiv[^>]*>", "", html).replace("<main>", planted), "utf-8")
    shown = open_page(path)

    def seen():
        shown.page.title()  # what it complains of comes in with its answers
        return {each.partition(":")[0] for each in open_page.trouble}

    eventually(seen, {"request", "console", "dialog", "error"})
    expect_no_more(shown, open_page.trouble)


def test_the_page_may_not_ask_for_anything(open_page, explorer):
    shown = open_page(explorer)
    blocked = shown.page.evaluate("""() => new Promise((done) => {
      document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
      fetch("data:,x").catch(() => {});
    })""")
    assert blocked == "connect-src"
    eventually(lambda: is_blocked(shown, open_page.trouble), True)
    expect_no_more(shown, open_page.trouble)


# ------------------------------------------------------------------------------------------------------- in a notebook


def test_in_a_notebook_the_page_lies_over_a_picture(browser, tmp_path, open_page):
    model = MLP(2, [3, 1], seed=0)
    root = model([Value(0.5, "x1"), Value(2.0, "x2")])
    root.label = '"</iframe><img src=x onerror=alert(1)>'
    bundle, _ = explore(root, model)._repr_mimebundle_()
    path = tmp_path / "notebook.html"
    path.write_text(
        f"<!doctype html><meta charset=utf-8><link rel=icon href='data:,'><body>{bundle['text/html']}", "utf-8"
    )
    page, trouble = browser.new_page(), []
    page.set_default_timeout(1000 * PATIENCE)
    try:
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda message: message.type in ("error", "warning") and trouble.append(message.text))
        page.on("dialog", lambda dialog: (trouble.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith("http") and trouble.append(request.url))
        page.goto(path.as_uri())
        frame = page.frame_locator("iframe")
        frame.locator("html[data-ready=yes]").wait_for(state="attached")
        frame.locator("#graph .item.call").first.click()
        frame.locator("#graph .item.node:not(.leaf)", has_text="*").first.click()
        expect(frame.locator("#inspector dd").first).to_have_text("mul")
        expect(frame.locator("#formula")).to_contain_text("Press Play")
        frame.locator("#forward").click()
        expect(frame.locator("#pass")).to_contain_text("Forward")
        expect(frame.locator("#link")).to_be_hidden()  # a page inside of another has no address
        expect(page.locator("iframe")).to_have_attribute("sandbox", "allow-scripts allow-downloads")
        picture, over = page.locator("img"), page.locator("iframe")
        expect(picture).to_have_count(1)
        eventually(lambda: picture.evaluate("img => img.complete && img.naturalWidth > 0"), True)
        inner, outer = picture.bounding_box(), over.bounding_box()
        assert outer["width"] >= inner["width"]
        assert outer["height"] >= 600
        at = [inner["x"] + 5, inner["y"] + 5]
        assert page.evaluate("at => document.elementFromPoint(...at).tagName", at) == "IFRAME"
    finally:
        page.close()
    assert trouble == []
