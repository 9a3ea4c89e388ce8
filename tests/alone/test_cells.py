"""Live cells: what one tells its page, here; and the cells of the site in a browser, from a plain server of files."""

import html
import re
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest

from docs.live import build, cell
from tests.conftest import PATIENCE, violations, watch

with suppress(ImportError):  # without it no page is opened
    from playwright.sync_api import expect

PAGE = Path(build.__file__).parents[1] / "start" / "browser.md"
CELL = re.compile(r"^:::\{container\} live\n```python\n(.*?)^```\n:::$", re.MULTILINE | re.DOTALL)


# ----------------------------------------------------------------------------------------------------------- a cell


@pytest.fixture
def run(monkeypatch):
    """A function that runs a cell, and gives whether all went well, and what was said: (kind, text)."""
    monkeypatch.setattr(cell, "names", {"__name__": "__main__"})
    monkeypatch.setattr(cell, "PAUSE", inf)  # what is printed is said at once in the end

    def run(code):
        said = []
        return cell.run(code, lambda kind, text: said.append((kind, text))), said

    return run


@pytest.mark.parametrize(("code", "said"), [
    ("1 + 1", [("value", "2\n")]),
    ("a = 1", []),
    ("print('a')\n'b'", [("out", "a\n"), ("value", "'b'\n")]),
    ("print('a', end='')\nNone", [("out", "a")]),
    ("display(1, 'b')", [("value", "1\n"), ("value", "'b'\n")]),
    ("import sys\nprint('a')\nprint('b', file=sys.stderr)", [("out", "a\n"), ("err", "b\n")]),
    ("class A:\n  def _repr_html_(self): return '<b>'\nA()", [("html", "<b>")]),
    ("", []),
])  # fmt: skip
def test_a_cell_tells_what_it_prints_and_its_last_value(code, said, run):
    assert run(code)[1] == said


def test_the_next_cell_has_the_names_of_the_one_before(run):
    run("a = 2")
    assert run("a * 3") == (True, [("value", "6\n")])


@pytest.mark.parametrize(("code", "told"), [
    ("x = 1\n1 / 0", r'Traceback.*\n  File "<cell \d+>", line 2, in <module>\n    1 / 0\n.*ZeroDivisionError: .*'),
    ("def f(:", r'  File "<cell \d+>", line 1\n    def f\(:\n.*SyntaxError: .*'),
    ("from autograd import Value, grad\ngrad(lambda x: float(x))(2.0)", r'.*File "<cell \d+>", line 2.*'),
])  # fmt: skip
def test_an_error_is_told_from_the_line_of_the_cell_on(code, told, run):
    is_fine, [(kind, text)] = run(code)
    assert (is_fine, kind) == (False, "error")
    assert re.fullmatch(told, text, re.DOTALL), text
    assert "cell.py" not in text


def test_what_is_printed_is_told_in_order_also_while_a_cell_runs(run, monkeypatch):
    monkeypatch.setattr(cell, "PAUSE", -1.0)
    said = run("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')")[1]
    assert said == [("out", "a"), ("out", "\n"), ("err", "b"), ("err", "\n"), ("out", "c"), ("out", "\n")]


def test_of_too_much_the_beginning_is_told(run):
    _, said = run("for i in range(3000):\n    print(99 * 'x')\n'end'")
    assert said == [("out", 1000 * (99 * "x" + "\n") + cell.MORE), ("value", "'end'\n")]


def test_pages_are_shown_below_the_cell(run):
    explore = "from autograd import Value\nfrom viz import explore\ny = explore(Value(2.0) * 3.0)\n"
    for last in ("y", "y.show()"):
        is_fine, [(kind, page)] = run(explore + last)
        assert (is_fine, kind) == (True, "html")
        assert "Graphviz" in page


# -------------------------------------------------------------------------------------------------------- in a browser


def page_of(text):
    """The cells of a page in MyST, as a page of HTML that loads live cells."""
    codes = dict.fromkeys(CELL.findall(text), "")
    codes |= {
        "print('begun')\nwhile True:\n    pass": "",
        "print('no')\n1 / 0": "",
        "print('first')\na = 1": "",
        "a += 1\na": "continued",
    }
    cells = "".join(
        f'<div class="live {more} docutils container"><div class="highlight"><pre>{html.escape(code)}</pre></div></div>'
        for code, more in codes.items()
    )
    head = '<link rel="stylesheet" href="live/live.css"><script type="module" src="live/live.js"></script>'
    sizes = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
    return f'<!doctype html><html lang="en">{sizes}{head}<title>Cells</title><main><h1>Cells</h1>{cells}</main></html>'


class Cells:
    """The page, with all that it asked for, and what went wrong."""

    def __init__(self, page, home):
        self.page, self.asked, self.trouble = page, [], []
        page.on("request", lambda request: self.asked.append(request.url.removeprefix(home)))
        watch(page, home, self.trouble)
        page.goto(f"{home}index.html")
        page.locator("html[data-live=ready]").wait_for()

    def __getitem__(self, number):
        return self.page.locator(".live").nth(number)

    def button(self, number, name):
        return self[number].get_by_role("button", name=name)

    def run(self, number, state="Done in"):
        """Press Run, and wait for the state at the end; gives what is shown."""
        self.button(number, "Run").click()
        expect(self[number].get_by_role("status")).to_contain_text(state, timeout=1000 * 4 * PATIENCE)  # Python starts
        return self[number].locator(".live-output")


@pytest.fixture(scope="module")
def cells(browser, live, serve):
    """The page of the site, served as files."""
    live.with_name("index.html").write_text(page_of(PAGE.read_text("utf-8")), "utf-8")
    context = browser.new_context(bypass_csp=True)
    yield Cells(context.new_page(), serve(live.parent))
    context.close()


def test_nothing_is_loaded_before_one_asks(cells):
    assert {*cells.asked} == {"index.html", "live/live.css", "live/live.js"}


def test_python_can_be_stopped_while_it_starts(cells):
    cells.button(0, "Run").click()
    cells.button(0, "Stop").click()
    expect(cells[0].get_by_role("status")).to_have_text("Stopped. The next run starts Python anew.")
    expect(cells.button(0, "Run")).to_be_focused()


def test_the_ten_lines_are_drawn(cells):
    shown = cells.run(0)
    expect(cells[0].get_by_role("status")).to_have_text(
        re.compile(r"^Done in [\d.]+ s, after [\d.]+ s to load Python$")
    )
    expect(shown.get_by_role("img")).to_be_visible()
    expect(shown.locator("text", has_text="tanh").first).to_be_attached()
    expect(shown.locator("text", has_text="data 0.7071")).to_be_attached()


def test_a_perceptron_learns(cells):
    shown = cells.run(2)
    expect(shown.locator("pre")).to_have_text(
        ["wrong in each epoch: [2, 2, 2, 2, 1, 2, 1, 0]\n", "[0.0, 1.0, 1.0, 1.0]\n"]
    )


def test_an_error_is_shown_as_one(cells):
    shown = cells.run(4, "Ended with an error")
    expect(shown.locator(".live-out")).to_have_text("no\n")
    expect(shown.locator(".live-error")).to_contain_text("ZeroDivisionError")


def test_by_keys_a_cell_is_changed_run_and_left(cells):
    code = cells[4].get_by_role("textbox")
    code.fill("")
    code.press_sequentially("for i in range(3):")
    code.press("Enter")
    code.press_sequentially("print(i)")
    expect(code).to_have_value("for i in range(3):\n    print(i)")
    code.press("Control+Enter")
    expect(cells[4].locator(".live-output")).to_have_text("0\n1\n2\n")
    code.press("Tab")
    expect(cells.button(4, "Run")).to_be_focused()
    cells.button(4, "Reset").click()
    expect(code).to_have_value("print('no')\n1 / 0")


def test_a_cell_that_continues_runs_those_above_it_first_and_once(cells):
    expect(cells.run(6).locator("pre")).to_have_text("2\n")
    expect(cells[5].locator(".live-output")).to_have_text("first\n")
    expect(cells.run(6).locator("pre")).to_have_text("3\n")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(scheme, cells):
    cells.page.emulate_media(color_scheme=scheme)
    assert violations(cells.page, iframes=False) == set()


def test_a_phone_need_not_scroll_sideways(cells):
    cells.page.set_viewport_size({"width": 360, "height": 700})
    assert cells.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_does_not_end_is_stopped(cells):
    cells.button(3, "Run").click()
    expect(cells[3].get_by_role("status")).to_have_text("Running …")
    expect(cells[3].locator("pre")).to_have_text(re.compile("^begun\n?$"))
    cells.button(3, "Stop").click()
    expect(cells[3].get_by_role("status")).to_have_text("Stopped. The next run starts Python anew.")


def test_where_python_cannot_be_loaded_the_cell_says_so(cells):
    page = cells.page.context.new_page()
    page.route("**/pyodide/*", lambda route: route.abort())
    page.goto(cells.page.url)
    page.get_by_role("button", name="Run").first.click()
    expect(page.get_by_role("status").first).to_have_text(re.compile("^Python cannot be loaded: "))
    page.close()


def test_all_of_it_came_from_the_site_and_nothing_went_wrong(cells):
    assert {"live/worker.js", "live/pyodide/pyodide.asm.wasm", "live/glassgrad.whl", "live/graphviz.js"} <= {
        *cells.asked
    }
    assert cells.trouble == []


def test_the_page_says_how_much_is_loaded(live):
    loaded = [*live.joinpath("pyodide").iterdir(), live / "glassgrad.whl"]
    size = f"{sum(file.stat().st_size for file in loaded) / 1e6:.0f} MB"
    assert f'SIZE = "{size}"' in live.joinpath("live.js").read_text("utf-8")
    assert size in PAGE.read_text("utf-8")


# ------------------------------------------------------------------------------------------------------- its folder


def test_without_npm_the_site_has_no_live_cells(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("GLASSGRAD_REQUIRE_LIVE", raising=False)
    monkeypatch.setattr(build, "KEPT", tmp_path / "none")
    monkeypatch.setenv("PATH", "")
    assert not build.put_into(tmp_path / "live")
    assert "live cells are left out" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("npm", ["no npm", "an npm that fails"])
def test_where_live_cells_are_asked_for_a_site_without_them_is_an_error(npm, tmp_path, monkeypatch):
    (tmp_path / "npm").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setattr(build, "KEPT", tmp_path / "none")
    monkeypatch.setenv("PATH", "" if npm == "no npm" else str(tmp_path))
    monkeypatch.setenv("GLASSGRAD_REQUIRE_LIVE", "1")
    with pytest.raises(RuntimeError, match="GLASSGRAD_REQUIRE_LIVE=1, but there is no npm"):
        build.put_into(tmp_path / "live")
    assert not (tmp_path / "live").exists()
