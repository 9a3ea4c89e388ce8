"""`explore`: the graph of an expression as a page on which one steps through backpropagation."""

import base64
import html
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import Value
from autograd.operations import UNRECORDED

from ..advice import no_root
from ..drawing import draw

if TYPE_CHECKING:
    from nn import Module

_MOST_IN_PICTURE = 300  # boxes


def explore(root: Value, parameters: "Module | Iterable[Value] | None" = None) -> "Explorer":
    """A page on which the graph below `root` can be looked at, stepped through and changed.

    Every node shows its number and its gradient ∂root/∂node, every edge its local derivative and the product that
    flows back along it; a dashed edge is one along which nothing does, since an operation chose something else. The
    page goes through both passes one operation at a time, with the chain rule written out in numbers; an edited leaf
    changes everything at once; modules fold to one box each. It needs no Python and no network: the page has its own
    interpreter of the rule book, and its own Graphviz.

    The gradients are those of one `backward()` from the numbers that the leaves have now, whatever `.grad` holds.

    Args:
        root: the Value whose graph it is.
        parameters: what gradient descent in the page moves: a module, or the leaves themselves; the others are inputs,
            as in `compile`. None: all leaves but the plain numbers in expressions.

    Returns:
        an `Explorer`: shows itself in a notebook; `.save("graph.html")` writes one file.

    Raises:
        TypeError: when root is no Value, or a parameter is none.
        ValueError: when root was computed in `no_grad()`, or a parameter is no leaf.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> explore((a * b).tanh())
    <Explorer of 4 nodes: show it in a notebook, or save it with .save('graph.html')>
    """
    if not isinstance(root, Value):
        raise no_root("explore", "a Value, the root of a graph", root)
    if root._operation is UNRECORDED:
        raise ValueError("explore: the root was computed inside no_grad(), where nothing is recorded")
    chosen = None if parameters is None else _parameters(parameters)
    return Explorer(root, chosen)


def _parameters(parameters: Any) -> list[Value]:
    from nn import Module  # here and below, so that `import viz` stays light

    if isinstance(parameters, Module):
        return parameters.parameters()
    if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
        raise TypeError(f"parameters must be a module or a list of Values, got {parameters!r}")
    parameters = list(parameters)
    for parameter in parameters:
        if not isinstance(parameter, Value):
            raise TypeError(f"parameters must be Values, got {parameter!r} of type {type(parameter).__name__}")
        if parameter.parents:
            raise ValueError(f"parameters must be leaves; {parameter!r} was computed by {parameter.op!r}")
    return parameters


class Explorer:
    """What `explore` returns: a page. It holds the numbers that the graph had then."""

    def __init__(self, root: Value, parameters: list[Value] | None = None) -> None:
        from .graph import Graph

        self.root = root
        self.graph = Graph(root, parameters)
        self._packed = self.graph.packed()
        if parameters and not self.graph.parameters:
            raise ValueError(f"none of the {len(parameters)} parameters is in the graph below the root")
        self._title = (root.label or "glassgrad").encode("utf-8", "replace").decode()  # half an emoji is no text

    def __repr__(self) -> str:
        return f"<Explorer of {self.graph.size}: show it in a notebook, or save it with .save('graph.html')>"

    @cached_property
    def html(self) -> str:
        """The page, whole: it loads nothing."""
        return self.page()

    def page(self, live: bool = False) -> str:
        """The page; a live one tells the frame around it of changes, and listens to it."""
        from .graph import pack
        from .javascript import rules_in_javascript
        from .page import page
        from .program import compiled_view

        program = compiled_view(self.graph.nodes, self.graph.inputs)
        if "box_of_node" in program:
            for name in ("box_of_node", "turn_of_node"):
                program[name] = pack([number + 1 for number in program[name]])  # 0: none
            program["is_result"] = pack(program["is_result"])
            for each in program["entering"]:
                each["rows"] = len(each["nodes"])
                each["nodes"] = pack([node + 1 for row in each["nodes"] for node in row])
        data = {"title": self._title, "live": live, "graph": self._packed, "program": program}
        return page(data, rules_in_javascript(self.graph.operations), f"{self._title} · explorer")

    def save(self, path: str | os.PathLike) -> Path:
        """Write the page as one HTML file, which works without a network and without Python.

        Returns:
            the path.

        Raises:
            ValueError: when `path` does not end in .html.
            OSError: when it cannot be written.
        """
        from nn.support.files import write_file

        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"the explorer is a page: {str(path)!r} must end in .html")
        write_file(path, self.html)
        return path

    def widget(self) -> Any:
        """The page with a live kernel behind it: a number changed in the page changes the Value, and vice versa.

        Python's changes are shown when the cell has run, or after `.refresh()` of what this returns, an anywidget.

        Raises:
            ImportError: when anywidget is not installed: pip install 'glassgrad[widget]'.
        """
        try:
            from .widget import LiveExplorer  # here, since anywidget is an extra
        except ImportError as error:
            raise ImportError(
                "a live page needs anywidget: pip install 'glassgrad[widget]', and restart the notebook; "
                "without it the explorer itself can be shown, which has no kernel behind it"
            ) from error
        return LiveExplorer(self.graph, self.page(live=True))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the page in a frame of its own, over a picture for places without scripts."""
        try:
            return {"text/html": _frame(self.html, self._picture(), self._title), "text/plain": repr(self)}
        except Exception as error:  # noqa: BLE001  nothing raises where a notebook shows it
            text = f"This graph has no explorer here: {error}"
            return {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"}

    def _picture(self) -> str:
        """An <img> of the graph; nothing where it cannot be drawn, which is no reason to show no page."""
        try:
            picture = draw(self.root, max_nodes=_MOST_IN_PICTURE).pipe(format="svg")
        except Exception:  # noqa: BLE001  the page needs no picture
            return ""
        source = "data:image/svg+xml;base64," + base64.b64encode(picture).decode()
        title = html.escape(self._title)
        return f'<img alt="{title}: the graph as a picture" src="{source}" style="max-width:100%;max-height:100%">'


def _frame(content: str, picture: str, title: str) -> str:
    """HTML: the picture, and over it the page in an iframe, which may run scripts and reach nothing around it."""
    return (
        f'<div style="position:relative;height:680px;overflow:hidden;background:#fff">{picture}'
        f'<iframe title="{html.escape(title)}: explorer" sandbox="allow-scripts" allow="clipboard-write" '
        f'srcdoc="{html.escape(content)}" '
        'style="position:absolute;inset:0;width:100%;height:100%;box-sizing:border-box;border:1px solid #8888">'
        "</iframe></div>"
    )
