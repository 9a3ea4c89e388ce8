"""`draw` for a compiled program: one box for each array operation, so that one sees what became of the scalars."""

from collections.abc import Iterator, Sequence
from typing import Any

import graphviz

from autograd.compiler.compiled import Compiled
from autograd.compiler.program import Program

from ..graph.dot import LARGE, blend, draw_elements, escape, escape_tooltip, new_picture, shorten
from ..graph.picture import Picture
from ..graph.visible import Edge, Element, Fold, ModuleCall, visible_part
from .box import PLAIN, Box, counted
from .boxes import MOST_READERS, Boxes

_COOL, _HOT = (228, 238, 250), (110, 165, 225)  # a product of matrices: with little work, with the most
_FOLD = {"style": "filled,rounded", "fillcolor": PLAIN, "peripheries": "2"}
_LAYOUT = {"ranksep": "0.4", "nodesep": "0.2"}


def find_program(root: Any) -> Program | None:
    """The program that `root` is or has; None where it is something else."""
    return root.program if isinstance(root, Compiled) else root if isinstance(root, Program) else None


def draw_program(program: Program, direction: str, max_nodes: int, backward: bool) -> Picture:
    """The picture of a program; see `draw`."""
    graph = Boxes(program, backward)
    view = visible_part(list(graph.homes), graph.homes, graph.roots, max_nodes)
    names = {element: f"n{i}" for i, element in enumerate(view.elements)}
    most = max((_work(element) for element in names), default=0)

    def draw_element(frame: graphviz.Digraph, element: Element[Box]) -> None:
        label = _fold_label(element) if isinstance(element, Fold) else element.label
        tooltip = label if isinstance(element, Fold) else element.tooltip
        look = _FOLD if isinstance(element, Fold) else element.look
        if _work(element):
            look = look | {"fillcolor": blend(_COOL, _HOT, _work(element) / most)}
        label = "\n".join(shorten(line) for line in label.splitlines())
        frame.node(names[element], label=escape(label), tooltip=escape_tooltip(tooltip), **look)

    picture = new_picture(direction, len(names), label=escape(caption(program, backward)), labelloc="t", **_LAYOUT)
    draw_elements(picture, view, draw_element)
    for edge in view.edges if len(names) <= LARGE else _short_edges(view.edges):
        _draw_edge(picture, names, edge, view.homes)
    return picture


def caption(program: Program, backward: bool) -> str:
    """How many scalars became how many array operations."""
    scalars, operations = counted(program.scalars, "scalar node"), counted(len(program.steps), "array operation")
    more = f", {len(program.adjoints):,} more for the gradient" if backward else ""
    if not program.inputs:
        return f"{scalars} → {operations}{more}"
    return f"{scalars} of one row → {operations} on B rows{more}"


def _fold_label(fold: Fold[Box]) -> str:
    steps = [box.step for box in fold.nodes if box.step]
    if fold.kind == "leaves":
        return f"{len(fold.nodes):,} arrays"
    if fold.kind == "rest":
        count = counted(len(steps) or len(fold.nodes), "more operation" if steps else "more array")
        return f"… {count}"
    lines = [fold.name, counted(len(steps), "operation")]
    scalars = sum(step.scalars for step in steps)
    return "\n".join([*lines, *([counted(scalars, "scalar")] if scalars else [])])


def _short_edges(edges: Sequence[Edge[Box]]) -> Iterator[Edge[Box]]:
    """For large pictures: without most of those of a box that stands for nearly all; their layout takes minutes."""
    left = MOST_READERS  # the first are the shortest: edges come in the order of the program
    for edge in edges:
        if isinstance(edge.tail, Fold) and edge.tail.kind == "rest":
            left -= 1
            if left < 0:
                continue
        if not (isinstance(edge.head, Fold) and (edge.head.kind == "rest" or _is_backward(edge.head))):
            yield edge


def _draw_edge(
    picture: Picture, names: dict[Element[Box], str], edge: Edge[Box], homes: dict[Element[Box], ModuleCall | None]
) -> None:
    tail, head = names[edge.tail], names[edge.head]
    look = {}
    if edge.operand is not None and isinstance(edge.head, Box):
        look["tooltip"] = escape_tooltip(edge.head.arrays[edge.operand])
    elif edge.times > 1:
        look["label"] = f"×{edge.times:,}"
    if _is_backward(edge.head):
        look["penwidth"] = "1" if _is_backward(edge.tail) else "0.5"
    elif homes[edge.head] not in (None, homes[edge.tail]):  # room for parameters: frames stand one after the other
        look["minlen"] = "2"
    if _is_backward(edge.tail):  # gradients flow against the direction of the picture
        picture.edge(head, tail, dir="back", style="dashed", **look)
    else:
        picture.edge(tail, head, **look)


def _is_backward(element: Element[Box]) -> bool:
    return all(box.backward for box in element.nodes) if isinstance(element, Fold) else element.backward


def _work(element: Element[Box]) -> int:
    return sum(box.work for box in element.nodes) if isinstance(element, Fold) else element.work
