"""What pictures of graphs have in common: how they look, a frame around each module call, and text shown as it is."""

import re
from collections.abc import Callable
from itertools import count

from .digraph import Digraph, nohtml
from .digraph import escape as literal
from .picture import Picture
from .visible import Element, ModuleCall, N, View

INK, LINE = "#1a1a1a", "#767676"  # lines and names of frames: readable on white and on black
_FONT = "Helvetica,Arial,sans-serif"  # one of them is everywhere
LARGE = 300  # boxes; beyond, seconds matter more than the last crossing of two lines
_QUICK = {"nslimit": "0.2", "mclimit": "0.2", "splines": "line"}  # without: a sum over 100 rows takes a minute
_LONGEST_LABEL, _LONGEST_TOOLTIP = 40, 1000  # characters


def new_picture(direction: str, boxes: int, **options: str) -> Picture:
    """An empty picture for so many boxes, which looks like all others; `options` are Graphviz's for the graph."""
    picture = Picture(
        graph_attr={"rankdir": direction, "ordering": "in", "bgcolor": "transparent", "fontname": _FONT,
                    "nodesep": "0.15", "ranksep": "0.3", "fontsize": "11", "fontcolor": LINE, "color": LINE},
        node_attr={"fontname": _FONT, "fontsize": "10", "fontcolor": INK, "color": LINE, "style": "filled",
                   "shape": "box", "margin": "0.12,0.05", "height": "0.25", "width": "0.3"},
        edge_attr={"fontname": _FONT, "fontsize": "9", "fontcolor": LINE, "color": LINE, "arrowsize": "0.5"},
    )  # fmt: skip
    picture.graph_attr.update(options)
    if boxes > LARGE:
        picture.graph_attr.update(_QUICK)
    return picture


def draw_elements(picture: Picture, view: View[N], draw_element: Callable[[Digraph, Element[N]], None]) -> None:
    """Draw every element of the view, each by a call of `draw_element`, in the frames of their module calls."""
    contents: dict[ModuleCall | None, list[Element[N]]] = {}
    calls: dict[ModuleCall | None, dict[ModuleCall, None]] = {}  # the calls made inside each call, as an ordered set
    for element, home in view.homes.items():
        contents.setdefault(home, []).append(element)
        call = home
        while call is not None:
            calls.setdefault(call.outer, {})[call] = None
            call = call.outer

    frames = count()

    def fill(box: Digraph, call: ModuleCall | None) -> None:
        for element in contents.get(call, ()):
            draw_element(box, element)
        for inner in calls.get(call, ()):
            with box.subgraph(name=f"cluster_{next(frames)}") as frame:
                frame.attr(label=escape(shorten(inner.name)), style="rounded,filled", fillcolor="#80808018",
                           labeljust="l", margin="6", tooltip=escape_tooltip(inner.name))  # fmt: skip
                fill(frame, inner)

    fill(picture, None)


def shorten(text: str) -> str:
    """The start of a label, where it is long."""
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def escape(text: str) -> str:
    """Text that Graphviz shows as it is: in DOT a backslash and an entity such as &lt; have a meaning of their own."""
    return nohtml("\\n".join(literal(_clean(line)) for line in text.splitlines()))


def escape_field(text: str) -> str:
    """The same for a field of a record, where braces, bars, angle brackets and spaces mean something too."""
    return nohtml(re.sub(r"([{}|<> ])", r"\\\1", escape(text)))


def escape_tooltip(text: str) -> str:
    """The same for a tooltip, in which Graphviz resolves backslashes twice; a long one is cut."""
    text = text if len(text) <= _LONGEST_TOOLTIP else text[:_LONGEST_TOOLTIP] + "…"
    return nohtml("\\n".join(literal(literal(_clean(line))) for line in text.splitlines()))


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text).replace("&", "&amp;")


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
