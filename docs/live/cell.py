"""What runs a live cell, in Pyodide: as a notebook does it, with what it prints, its last value, and its errors.

`run` is all that worker.js calls. The names that a cell defines are there for the next one.
"""

import ast
import io
import linecache
import time
import traceback
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Say = Callable[[str, str], Any]  # what kind of output, and the text

KINDS = {  # of the media types that a value has of itself, the best first: what the page shows
    "text/html": "html", "image/svg+xml": "svg", "text/vnd.graphviz": "dot", "text/plain": "value",
}  # fmt: skip
PAUSE = 0.05  # seconds between two texts for the page, which would do nothing else
MOST = 100_000  # characters that a run may print
MORE = "\n… and more, which is not shown\n"

names: dict[str, Any] = {"__name__": "__main__"}
runs = 0


class Output:
    """What the page is told, in the order in which it came; what is printed, a few lines at a time."""

    def __init__(self, say: Say) -> None:
        self._say, self._printed, self._last, self._room = say, list[tuple[str, str]](), 0.0, MOST

    def say(self, kind: str, text: str) -> None:
        """Tell it at once."""
        self.flush()
        self._say(kind, text)

    def print(self, kind: str, text: str) -> None:
        """Tell it now or later, or, of too much, not at all."""
        if self._room <= 0:
            return
        self._room -= len(text)
        if self._room <= 0:
            text = text[: len(text) + self._room] + MORE
        if self._printed and self._printed[-1][0] == kind:
            text = self._printed.pop()[1] + text
        self._printed.append((kind, text))
        if time.monotonic() - self._last > PAUSE:
            self.flush()

    def flush(self) -> None:
        """Tell what was printed."""
        for kind, text in self._printed:
            self._say(kind, text)
        self._printed, self._last = [], time.monotonic()


class Stream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a cell."""

    def __init__(self, output: Output, kind: str) -> None:
        self.output, self.kind = output, kind

    def write(self, text: str) -> int:
        self.output.print(self.kind, text)
        return len(text)


@contextmanager
def below_the_cell(say: Say) -> Iterator[None]:
    """What opens a page in a browser, `explore(y).show()` say, shows it below the cell."""

    def shown(url: str, *options: Any, **more: Any) -> bool:
        path = Path(unquote(urlsplit(url).path))
        if path.suffix == ".html":
            say("html", path.read_text("utf-8"))
        return path.suffix == ".html"

    before, webbrowser.open = webbrowser.open, shown
    try:
        yield
    finally:
        webbrowser.open = before


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
    output = Output(say)

    def display(*values: Any) -> None:
        for value in values:
            show(value, output.say)

    names["display"] = display
    streams = redirect_stdout(Stream(output, "out")), redirect_stderr(Stream(output, "err"))
    try:
        with streams[0], streams[1], below_the_cell(output.say):
            *statements, last = compiled(code, file)
            for statement in statements:
                exec(statement, names)
            value = eval(last, names)
            if value is not None:
                display(value)
    except BaseException as error:  # noqa: BLE001  whatever it is, the page tells
        output.say("error", told(error))
        return False
    finally:
        output.flush()
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
    if isinstance(bundle, tuple):  # and how large a picture is
        bundle, _ = bundle
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
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith("<cell"):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))
