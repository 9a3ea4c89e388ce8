"""One HTML file with everything in it: a page's modules as one script, its style, the layout engine, and its data."""

import base64
import gzip
import hashlib
import html
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from posixpath import dirname, join, normpath
from typing import Any

from autograd.markup import escaped

from ..graph.colours import palette

_WEB = files(__package__).joinpath("web")
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.\.?/[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) )", re.MULTILINE)
_LEFT = re.compile(r"^(?:export\b|import\b.*[\"'({;]).*", re.MULTILINE)  # in texts, Python's imports have none of these
_MARK = re.compile(r"\{\{(\w+)\}\}")
# Of a frame with a page of ours: it may run scripts, save files that the reader asks for, and reach nothing around it.
FRAME = {"sandbox": "allow-scripts allow-downloads", "allow": "clipboard-write"}


@dataclass(frozen=True)
class Page:
    """A page that waits for its data: what stands before them, between them and the layout engine, and after that.

    Attributes:
        scripts, styles: the hashes of what it may run and wear.
    """

    before: str
    between: str
    after: str
    scripts: tuple[str, ...]
    styles: tuple[str, ...]

    def showing(self, data: Any) -> str:
        """Its HTML, with data of JSON's types. They are data wherever they come from: texts of users run nothing."""
        return "".join([self.before, as_json(data), self.between, worker(), self.after])

    def packed(self) -> str:
        """The three parts as JSON, in a quarter of the room: what a page has of another one that it shows in frames."""
        parts = json.dumps([self.before, self.between, self.after])
        return base64.b64encode(gzip.compress(parts.encode(), mtime=0)).decode()


def page(name: str, definitions: str, title: str, inside: Page | None = None) -> Page:
    """The page of the files `name`.html, .css and .js in `web/`, after what all pages have, head.html and base.css.

    Its content security policy allows the one script and the one style of the page, by their hashes, the layout engine
    in a worker, and pictures that the page has drawn itself: nothing from outside.

    Args:
        definitions: JavaScript that the script begins with: the rule book, see `javascript.py`.
        title: of the browser's tab.
        inside: a page that this one shows in frames. A frame obeys the policy of the page around it, too, and so this
            one's names what both may run.

    The marks of the HTML are {{policy}} {{title}} {{style}} {{script}}, {{inside}}, which is `inside.packed()`, and,
    once and in this order, {{data}} and {{worker}}, the script of the layout engine.
    """
    colours = json.dumps(palette(), separators=(",", ":"))
    script = f'"use strict";\n{definitions}\nconst PALETTE = {colours};\n{bundle(f"{name}.js")}'
    style = read("base.css") + read(f"{name}.css")
    scripts = (_digest(script), *(() if inside is None else inside.scripts))
    styles = (_digest(style), *(() if inside is None else inside.styles))
    parts = {
        "policy": (
            f"default-src 'none'; script-src {_listed(scripts)} 'wasm-unsafe-eval'; style-src {_listed(styles)}; "
            "worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'"
        ),
        "title": escaped(title),
        "style": style,
        "script": script,
        "inside": "" if inside is None else inside.packed(),
    }
    pieces = re.split(r"\{\{(?:data|worker)\}\}", read("head.html") + read(f"{name}.html"))
    before, between, after = (_MARK.sub(lambda match: parts[match[1]], piece) for piece in pieces)
    return Page(before, between, after, scripts, styles)


def as_json(data: Any) -> str:
    """JSON that may stand in the script of a page: no text in it ends that."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def frame(page: str, title: str, **more: str) -> str:
    """A page as a part of another one, of which it sees nothing; `more` are attributes of the frame, its style, say."""
    attributes = {"title": title, **FRAME, **more}
    written = "".join(f'{name}="{escaped(text)}" ' for name, text in attributes.items())
    return f'<iframe {written}srcdoc="{html.escape(page)}"></iframe>'


@cache
def read(name: str) -> str:
    """A file of the page, by its path in `web/`."""
    return _WEB.joinpath(name).read_text("utf-8")


@cache
def bundle(name: str, folder: Traversable = _WEB) -> str:
    """The module `name` in the folder and all that it imports as one text, each after what it imports.

    Raises:
        ValueError: when a module imports what is not there, or in another form than `import { … } from "./….js";`, or
            itself by way of others; when it exports something else than a function, a constant or a class.

    >>> "import {" in bundle("explorer.js")
    False
    """
    done: dict[str, str] = {}

    def add(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"modules import each other in a circle: {' → '.join([*path, name])}")
        if name in done:
            return
        source = folder.joinpath(name).read_text("utf-8")
        for written in _IMPORT.findall(source):
            other = normpath(join(dirname(name), written))
            if other.startswith("../") or not folder.joinpath(other).is_file():
                raise ValueError(f"{name} imports from {written!r}, but there is no file {other} beside the page")
            add(other, (*path, name))
        done[name] = _EXPORT.sub("", _IMPORT.sub("", source))
        if left := _LEFT.search(done[name]):
            raise ValueError(f"{name} imports or exports in a form that one script cannot have: {left[0]!r}")

    add(name, ())
    return "\n".join(done.values())


@cache
def worker() -> str:
    """The script of the worker: Graphviz, whose exports a classic script cannot have, and what answers to the page."""
    notice = read("graphviz.notices.txt").split("\n\n")[0]
    engine, exports = read("graphviz.js").rsplit("export{", 1)
    [name] = re.findall(r"([\w$]+) as Graphviz\b", exports)
    return f"/* {notice} */\n{engine}\nconst Graphviz = {name};\n{read('picture/layout/layout_worker.js')}"


def _listed(hashes: tuple[str, ...]) -> str:
    return " ".join(f"'{each}'" for each in hashes)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
