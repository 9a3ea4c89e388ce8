"""What runs a live cell, in Pyodide: as a notebook does it, with what it prints, its last value, and its errors.

`run` is all that worker.js calls. The names that a cell defines are there for the next one.
"""

import ast
import linecache
import sys
import time
import traceback
import webbrowser
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Say = Callable[[str, str], Any]  # what kind of output, and the text

KINDS = {  # of the media types that a value has of itself, the best first: what the page shows
    "text/html": "html", "image/svg+xml": "svg", "text/vnd.graphviz": "dot", "text/plain": "value",
}  # fmt: skip
PAUSE = 0.05  # seconds between two texts for the page, which would do nothing else

names: dict[str, Any] = {"__name__": "__main__"}
runs = 0


class Written:
    """A stream whose text goes to the page, a few lines at a time."""

    encoding, errors = "utf-8", "strict"

    def __init__(self, say: Say, kind: str) -> None:
        self.say, self.kind, self.waiting, self.last = say, kind, [], 0.0

    def write(self, text: str) -> int:
        self.waiting.append(text)
        if time.monotonic() - self.last > PAUSE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if text := "".join(self.waiting):
            self.say(self.kind, text)
        self.waiting, self.last = [], time.monotonic()

    def isatty(self) -> bool:
        return False


class BelowTheCell(webbrowser.BaseBrowser):
    """The browser for `explore(y).show()`: the page that it opens is shown below the cell."""

    def __init__(self, say: Say) -> None:
        super().__init__("below the cell")
        self.say = say

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        path = Path(unquote(urlsplit(url).path))
        kind = {".html": "html", ".svg": "svg"}.get(path.suffix)
        if kind is None:
            return False
        self.say(kind, path.read_text("utf-8"))
        return True


def run(code: str, say: Say) -> bool:
    """Run a cell, and tell the page what comes of it; whether all went well.

    Args:
        code: statements; where the last one is an expression, its value is shown.
        say: takes the kind ("out", "err", "value", "html", "svg", "dot", "error") and the text.
    """
    global runs
    runs += 1
    file = f"<cell {runs}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)  # for lines in errors
    out, err = Written(say, "out"), Written(say, "err")

    def display(*values: Any) -> None:
        out.flush()
        for value in values:
            show(value, say)

    names["display"] = display
    webbrowser.register("below the cell", None, BelowTheCell(say), preferred=True)
    try:
        with redirect_stdout(out), redirect_stderr(err):  # type: ignore[type-var]
            *statements, last = compiled(code, file)
            for statement in statements:
                exec(statement, names)
            value = eval(last, names)
            if value is not None:
                display(value)
    except BaseException as error:  # noqa: BLE001  whatever it is, the page tells
        out.flush()
        say("error", told(error))
        return False
    finally:
        out.flush()
        err.flush()
    return True


def compiled(code: str, file: str) -> list[Any]:
    """The statements of a cell, and its last value: None where the last one is no expression."""
    tree = ast.parse(code, file)
    last = ast.Expression(ast.Constant(None, lineno=1, col_offset=0))
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    return [compile(tree, file, "exec"), compile(last, file, "eval")]


def show(value: Any, say: Say) -> None:
    """Show a value as a notebook does: by the best of the types that it has."""
    bundle = value._repr_mimebundle_() if hasattr(value, "_repr_mimebundle_") else {}
    if hasattr(value, "_repr_html_"):
        bundle = {"text/html": value._repr_html_(), **bundle}
    for media_type, kind in KINDS.items():
        if bundle.get(media_type):
            say(kind, bundle[media_type])
            return
    say("value", f"{value!r}\n")


def told(error: BaseException) -> str:
    """An error as Python tells it, from the line of the cell on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


sys.modules.setdefault("cell", sys.modules[__name__])
