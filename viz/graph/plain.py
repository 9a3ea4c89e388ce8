"""What pictures are made of where the package graphviz is not installed, in a browser say: the same DOT source.

It has what this package draws with, by the names of `graphviz.Digraph`, and lays out nothing: a page does that itself.
"""

import os
import re
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*|-?(\.[0-9]+|[0-9]+(\.[0-9]*)?)")  # what needs no quotes
_KEYWORDS = {"node", "edge", "graph", "digraph", "subgraph", "strict"}
DOT = "text/vnd.graphviz"  # the media type of DOT source


class ExecutableNotFound(RuntimeError):
    """The program `dot` was not found."""


class CalledProcessError(RuntimeError):
    """The program `dot` has failed: not here."""


class Digraph:
    """A directed graph as DOT source, line by line.

    >>> graph = Digraph(node_attr={"shape": "box"})
    >>> graph.edge("a", "b", label="a → b")
    >>> graph.source.splitlines()
    ['digraph {', '\\tnode [shape=box]', '\\ta -> b [label="a → b"]', '}']
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        format: str | None = None,
        engine: str | None = None,
        encoding: str = "utf-8",
        filename: str | None = None,
        directory: str = "",
        graph_attr: Mapping[str, str] | None = None,
        node_attr: Mapping[str, str] | None = None,
        edge_attr: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.format, self.engine, self.encoding = name, format or "pdf", engine or "dot", encoding
        self.filename, self.directory = filename or f"{name or type(self).__name__}.gv", directory
        self.graph_attr, self.node_attr, self.edge_attr = (
            dict(graph_attr or {}),
            dict(node_attr or {}),
            dict(edge_attr or {}),
        )
        self.body: list[str] = []

    @property
    def source(self) -> str:
        """The DOT source."""
        return "".join(self)

    @property
    def filepath(self) -> str:
        """Where `save` writes the source."""
        return os.path.join(self.directory, self.filename)

    def __str__(self) -> str:
        return self.source

    def __iter__(self, head: str = "digraph") -> Iterator[str]:
        yield f"{head} {quoted(self.name)} {{\n" if self.name else f"{head} {{\n"
        for kind in ("graph", "node", "edge"):
            if attributes := getattr(self, f"{kind}_attr"):
                yield f"\t{kind}{_listed(attributes)}\n"
        yield from self.body
        yield "}\n"

    def node(self, name: str, label: str | None = None, **attributes: str | None) -> None:
        """Add a node."""
        self.body.append(f"\t{quoted(name)}{_listed(attributes, label)}\n")

    def edge(self, tail: str, head: str, label: str | None = None, **attributes: str | None) -> None:
        """Add an arrow from tail to head."""
        self.body.append(f"\t{quoted(tail)} -> {quoted(head)}{_listed(attributes, label)}\n")

    def attr(self, **attributes: str | None) -> None:
        """Set attributes of the graph itself."""
        self.body.append(f"\t{_listed(attributes)[2:-1]}\n")

    @contextmanager
    def subgraph(self, name: str) -> Iterator["Digraph"]:
        """A graph in this one, to be filled in the block."""
        inner = Digraph(name)
        yield inner
        self.body += [f"\t{line}" for line in inner.__iter__("subgraph")]

    def pipe(self, **options: Any) -> bytes:
        """Nothing lays it out here.

        Raises:
            ExecutableNotFound: always.
        """
        raise ExecutableNotFound("the package graphviz, which calls the program dot, is not installed")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **options: Any) -> dict[str, bytes | str]:
        return {DOT: self.source, "text/plain": repr(self)}


def view(path: str, quiet: bool = False) -> None:
    """Open a file in a browser."""
    webbrowser.open(Path(path).absolute().as_uri())


def quoted(text: str) -> str:
    """Text as DOT has it: in quotes, unless it is a name or a number.

    >>> quoted("x1"), quoted("x 1"), quoted('"')
    ('x1', '"x 1"', '"\\\\""')
    """
    if _NAME.fullmatch(text) and text.lower() not in _KEYWORDS:
        return text
    return '"' + re.sub(r'((?:\\\\)*)\\?"', r'\1\\"', text) + '"'


def escape(text: str) -> str:
    r"""Text in which a backslash means itself.

    >>> print(escape(r"a\l"))
    a\\l
    """
    return text.replace("\\", "\\\\")


def nohtml(text: str) -> str:
    """The text: all of it is in quotes, and nothing HTML, here."""
    return text


def _listed(attributes: Mapping[str, str | None], label: str | None = None) -> str:
    """' [label=… a=… b=…]', those with a value, in the order of their names."""
    pairs = [("label", label), *sorted(attributes.items())]
    texts = [f"{quoted(name)}={quoted(value)}" for name, value in pairs if value is not None]
    return f" [{' '.join(texts)}]" if texts else ""
