"""One HTML file with everything in it: the page's modules as one script, its style, the layout engine and the graph."""

import base64
import hashlib
import html
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z_]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) )", re.MULTILINE)
_MARK = re.compile(r"\{\{(\w+)\}\}")


def page(data: dict[str, Any], rules: str, title: str) -> str:
    """The HTML of an explorer.

    The content security policy allows the one script and the one style of the page, by their hashes, the layout
    engine in a worker, and pictures that the page has drawn itself: nothing from outside. Texts of users are data.

    Args:
        data: what the page shows, in JSON's types.
        rules: the rule book as JavaScript, see `javascript.py`.
        title: of the browser's tab.
    """
    script = f'"use strict";\n{rules}\n{bundle("explorer.js")}'
    style = read("explorer.css")
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}' 'wasm-unsafe-eval'; style-src '{_digest(style)}'; "
        "worker-src blob:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(title),
        "style": style,
        "data": json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        "worker": worker(),
        "script": script,
    }
    return _MARK.sub(lambda match: parts[match[1]], read("explorer.html"))


@cache
def read(name: str) -> str:
    """A file of the page."""
    return files(__package__).joinpath("web", name).read_text("utf-8")


@cache
def bundle(name: str) -> str:
    """The module `name` and all that it imports as one text, each after what it imports.

    >>> "import {" in bundle("explorer.js")
    False
    """
    done: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in done:
            source = read(name)
            done[name] = ""  # entered: modules that import each other do not go round in circles
            for other in _IMPORT.findall(source):
                add(other)
            del done[name]
            done[name] = _EXPORT.sub("", _IMPORT.sub("", source))

    add(name)
    return "\n".join(done.values())


@cache
def worker() -> str:
    """The script of the worker: Graphviz, whose exports a classic script cannot have, and what answers to the page."""
    notice = read("graphviz.notices.txt").split("\n\n")[0]
    engine, exports = read("graphviz.js").rsplit("export{", 1)
    [name] = re.findall(r"([\w$]+) as Graphviz\b", exports)
    return f"/* {notice} */\n{engine}\nconst Graphviz = {name};\n{read('layout_worker.js')}"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
