"""`draw`: the graph of an expression as a picture, with every number in it."""

import re
from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any

import graphviz

from autograd import Value
from autograd.value import CONSTANT

from .picture import Picture
from .visible import Edge, Element, Fold, ModuleCall, visible

_FONT = "Helvetica,Arial,sans-serif"  # one of them is everywhere
_INK, _LINE = "#1a1a1a", "#767676"  # lines and names of boxes stand on the page: readable on white and on black
_COOL, _HOT = (255, 255, 255), (255, 150, 50)  # fills: no gradient, the largest gradient
_WRONG, _WRONG_LINE = "#ffb3c1", "#d0002f"  # nan and inf
_LONGEST_LABEL, _LONGEST_TOOLTIP = 40, 1000  # characters
_LARGE = 300  # boxes; beyond, seconds matter more than the last crossing of two lines
_QUICK = {"nslimit": "0.2", "mclimit": "0.2", "splines": "line"}  # without: a sum over 100 rows takes a minute


def draw(root: Value | Iterable[Value], *, direction: str = "LR", max_nodes: int = 1000) -> Picture:
    """Draw the graph below `root`, every node with its label, its number and its gradient.

    Operations are small circles, numbers in the expression small boxes. The stronger the colour, the larger the
    gradient, relative to the largest in the picture; nan and inf are red. A frame stands around each module call.
    Tooltips give the numbers in full and the local derivatives.

    A graph of more than `max_nodes` nodes is drawn with module calls folded to one box each, innermost first; where
    that is not enough, only the part nearest to the root is drawn, and a box says how many nodes are left out.

    Args:
        root: a Value, or several.
        direction: where the root is: "LR" (left to right: at the right), "RL", "TB" (top to bottom) or "BT".
        max_nodes: the largest number of boxes.

    Returns:
        a `graphviz.Digraph` that shows itself in a notebook; `.write("graph.svg")` saves it. Neither needs `dot`.

    Raises:
        TypeError: when `root` is something else.
        ValueError: when there is no root, or an option is not one of the above.

    >>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    >>> y = (x * w).tanh()
    >>> y.backward()
    >>> print(draw(y).pipe(encoding="utf-8").count("tanh"))
    2
    """
    roots = _roots(root)
    if direction not in ("LR", "RL", "TB", "BT"):
        raise ValueError(f"direction must be 'LR', 'RL', 'TB' or 'BT'; got {direction!r}")
    if not isinstance(max_nodes, int) or max_nodes < 1:
        raise ValueError(f"max_nodes must be a positive integer; got {max_nodes!r}")
    view = visible(roots, max_nodes)
    names: dict[Element, str] = {element: f"n{number}" for number, element in enumerate(view.elements)}
    largest = max((abs(g) for element in names for g in _gradients(element) if isfinite(g)), default=0.0)

    picture = Picture(
        graph_attr={"rankdir": direction, "ordering": "in", "bgcolor": "transparent", "fontname": _FONT,
                    "nodesep": "0.15", "ranksep": "0.3", "fontsize": "11", "fontcolor": _LINE, "color": _LINE},
        node_attr={"fontname": _FONT, "fontsize": "10", "fontcolor": _INK, "color": _LINE, "style": "filled",
                   "shape": "box", "margin": "0.12,0.05", "height": "0.25", "width": "0.3"},
        edge_attr={"fontname": _FONT, "fontsize": "9", "fontcolor": _LINE, "color": _LINE, "arrowsize": "0.5"},
    )  # fmt: skip
    if len(names) > _LARGE:
        picture.graph_attr.update(_QUICK)

    contents: dict[ModuleCall | None, list[Element]] = {}
    calls: dict[ModuleCall | None, dict[ModuleCall, None]] = {}  # the calls made inside each call, as an ordered set
    for element, home in view.homes.items():
        contents.setdefault(home, []).append(element)
        call = home
        while call is not None:
            calls.setdefault(call.outer, {})[call] = None
            call = call.outer

    numbers: dict[ModuleCall, int] = {}

    def fill(box: graphviz.Digraph, call: ModuleCall | None) -> None:
        for element in contents.get(call, ()):
            if isinstance(element, Fold):
                _draw_fold(box, names[element], element, largest)
            elif element._operation is CONSTANT:
                _draw_constant(box, names[element], element)
            else:
                _draw_value(box, names[element], element, largest, direction, element in roots)
        for inner in calls.get(call, ()):
            numbers[inner] = len(numbers)
            with box.subgraph(name=f"cluster_{numbers[inner]}") as frame:
                frame.attr(label=_escape(_short(inner.name)), style="rounded,filled", fillcolor="#80808018",
                           labeljust="l", margin="6", tooltip=_escape_tooltip(inner.name))  # fmt: skip
                fill(frame, inner)

    fill(picture, None)
    for edge in view.edges:
        _draw_edge(picture, names, edge)
    return picture


def _roots(root: Any) -> Sequence[Value]:
    roots = [root] if isinstance(root, Value) or not isinstance(root, Iterable) else list(root)
    for each in roots:
        if not isinstance(each, Value):
            raise TypeError(f"draw needs a Value or a list of Values; got {each!r} of type {type(each).__name__}")
    if not roots:
        raise ValueError("draw needs a Value or a list of Values; the list is empty")
    return roots


def _draw_value(box: graphviz.Digraph, name: str, node: Value, largest: float, direction: str, is_root: bool) -> None:
    numbers = f"data {node.data:z.4g}\\lgrad {node.grad:z.4g}\\l"
    label = f"{_escape_field(_short(str(node.label)))}|{numbers}" if node.label else numbers
    wrong = not (isfinite(node.data) and isfinite(node.grad))
    box.node(
        name,
        label=label if direction in ("LR", "RL") else "{" + label + "}",  # records turn with the direction
        shape="record",
        fillcolor=_colour(node, largest),
        color=_WRONG_LINE if wrong else _LINE,
        penwidth="2" if wrong or is_root else "1",
        tooltip=_escape_tooltip(_tooltip(node)),
    )
    if node.parents:
        operation = f"{name}op"
        short = len(node.op) <= 2
        box.node(operation, label=_escape(_short(node.op)), shape="circle" if short else "ellipse", fillcolor="#e8e8e8",
                 margin="0" if short else "0.04,0.02", tooltip=_escape_tooltip(node.op))  # fmt: skip
        box.edge(operation, name)


def _draw_constant(box: graphviz.Digraph, name: str, node: Value) -> None:
    label = f"{node.data:.6g}"
    box.node(name, label=label, fillcolor="#f4f4f4", height="0.2", margin="0.05,0.02", tooltip=repr(node.data))


def _draw_fold(box: graphviz.Digraph, name: str, fold: Fold, largest: float) -> None:
    wrong = any(not isfinite(gradient) for gradient in _gradients(fold))
    box.node(
        name,
        label=_escape("\n".join(_short(line) for line in fold.label.split("\n"))),
        style="filled,rounded",
        fillcolor=_colour(fold, largest),
        color=_WRONG_LINE if wrong else _LINE,
        peripheries="2",
        tooltip=_escape_tooltip(f"{fold.label}\nlargest gradient {max(map(abs, _gradients(fold)), default=0.0)!r}"),
    )


def _draw_edge(picture: Picture, names: dict[Element, str], edge: Edge) -> None:
    head = names[edge.head]
    if edge.operand is None:
        label = f"×{edge.times:,}" if edge.times > 1 else None
        is_operation = isinstance(edge.head, Value)
        picture.edge(names[edge.tail], f"{head}op" if is_operation else head, label=label)
    elif isinstance(edge.head, Value):
        partial = edge.head.partials[edge.operand]
        picture.edge(names[edge.tail], f"{head}op", tooltip=_escape_tooltip(f"local derivative {partial!r}"))


def _gradients(element: Element) -> list[float]:
    """The gradients that matter in an element: all but those of plain numbers, such as an exponent."""
    values = element.values if isinstance(element, Fold) else [element]
    return [value.grad for value in values if value._operation is not CONSTANT]


def _colour(element: Element, largest: float) -> str:
    """From white for no gradient to orange for the largest in the picture."""
    gradients = [abs(gradient) for gradient in _gradients(element)]
    if any(not isfinite(gradient) for gradient in gradients):
        return _WRONG
    share = max(gradients, default=0.0) / largest if largest else 0.0
    return "#" + "".join(f"{round(cool + share * (hot - cool)):02x}" for cool, hot in zip(_COOL, _HOT, strict=True))


def _tooltip(node: Value) -> str:
    lines = [str(node.label)] if node.label else []
    lines += [f"data {node.data!r}", f"grad {node.grad!r}"]
    for operand, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True), 1):
        lines.append(f"∂/∂{_short(str(parent.label)) or f'operand {operand}'} {partial!r}")
    text = "\n".join(lines)
    return text if len(text) <= _LONGEST_TOOLTIP else text[:_LONGEST_TOOLTIP] + "…"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text).replace("&", "&amp;")


def _escape(text: str) -> str:
    """Text that Graphviz shows as it is: in DOT a backslash and an entity such as &lt; have a meaning of their own."""
    return graphviz.nohtml("\\n".join(graphviz.escape(_clean(line)) for line in text.splitlines()))


def _escape_field(text: str) -> str:
    """The same for a field of a record, where braces, bars, angle brackets and spaces mean something too."""
    return graphviz.nohtml(re.sub(r"([{}|<> ])", r"\\\1", _escape(text)))


def _escape_tooltip(text: str) -> str:
    """The same for a tooltip, in which Graphviz resolves backslashes twice."""
    return graphviz.nohtml("\\n".join(graphviz.escape(graphviz.escape(_clean(line))) for line in text.splitlines()))


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
