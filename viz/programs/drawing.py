"""`draw` for a compiled program: one box for each array operation, so that one sees what became of the scalars."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from autograd.compiler.compiled import Compiled
from autograd.compiler.kinds import Loop
from autograd.compiler.program import Program, Step

from ..graph.colours import blend, written
from ..graph.digraph import Digraph
from ..graph.dot import LARGE, draw_elements, escape, escape_tooltip, new_picture, shorten
from ..graph.legend import draw_entry, legend_frame
from ..graph.picture import Picture
from ..graph.visible import Edge, Element, Fold, ModuleCall, visible_part
from .box import ENTRIES, ENTRY, MOVES, PLAIN, Box, counted
from .boxes import MOST_READERS, Boxes, Return

_COOL, _HOT = (228, 238, 250), (110, 165, 225)  # a product of matrices: with little work, with the most
_FOLD = {"style": "filled,rounded", "fillcolor": PLAIN, "peripheries": "2"}
_RETURN = {"color": "#3a8f3a", "fontcolor": "#3a8f3a", "penwidth": "1.5"}
_LEGEND: Sequence[tuple[Sequence[str], str, dict[str, str]]] = (  # kinds of boxes, what they are, their look
    (("product",), "product of matrices: more work →",
     {"style": "striped", "fillcolor": ":".join(written(blend(_COOL, _HOT, i / 4)) for i in range(5))}),
    (("moves",), "moves numbers", {"fillcolor": MOVES}),
    (ENTRIES, "enters a turn of the loop", {"fillcolor": ENTRY, "style": "filled,rounded"}),
)  # fmt: skip
_LAYOUT = {"ranksep": "0.4", "nodesep": "0.2"}


def find_program(root: Any) -> Program | None:
    """The program that `root` is or has; None where it is something else."""
    return root.program if isinstance(root, Compiled) else root if isinstance(root, Program) else None


def draw_program(program: Program, direction: str, max_nodes: int, backward: bool, legend: bool = True) -> Picture:
    """The picture of a program; see `draw`."""
    graph = Boxes(program, backward)
    view = visible_part(list(graph.homes), graph.homes, graph.roots, max_nodes)
    names = {element: f"n{i}" for i, element in enumerate(view.elements)}
    most = max((_work(element) for element in names), default=0)

    def draw_element(frame: Digraph, element: Element[Box]) -> None:
        label = _fold_label(element) if isinstance(element, Fold) else element.label
        tooltip = label if isinstance(element, Fold) else element.tooltip
        look = _FOLD if isinstance(element, Fold) else element.look
        if _work(element):
            look = look | {"fillcolor": written(blend(_COOL, _HOT, _work(element) / most))}
        label = "\n".join(shorten(line) for line in label.splitlines())
        frame.node(names[element], label=escape(label), tooltip=escape_tooltip(tooltip), **look)

    picture = new_picture(direction, len(names), label=escape(caption(program, backward)), labelloc="t", **_LAYOUT)
    draw_elements(picture, view, draw_element)
    for edge in view.edges if len(names) <= LARGE else _short_edges(view.edges):
        _draw_edge(picture, names, edge, view.homes)
    _draw_returns(picture, names, graph.returns)
    if legend:
        _draw_legend(picture, [element for element in names if not isinstance(element, Fold)])
    return picture


def _draw_legend(picture: Picture, boxes: Sequence[Box]) -> None:
    """An entry for every colour that is in the picture and whose boxes do not say what it means."""
    shown = {box.kind for box in boxes}
    entries = [(words, look) for kinds, words, look in _LEGEND if not shown.isdisjoint(kinds)]
    if any(box.backward for box in boxes):
        entries.append(("of the gradient", {"style": "filled,dashed", "fillcolor": PLAIN}))
    if entries:
        with legend_frame(picture) as frame:
            for words, look in entries:
                draw_entry(frame, words, **look)


def caption(program: Program, backward: bool, of_one_row: bool = True) -> str:
    """How many scalars became how many array operations; `of_one_row` where those are one row of what is computed."""
    scalars, operations = counted(program.scalars, "scalar node"), counted(_count(program.steps), "array operation")
    loops = [step for step in program.steps if isinstance(step.kind, Loop)]
    if loops:
        operations += f", {_count(loops):,} of them in {counted(len(loops), 'loop')}"
    more = f", {_count(program.adjoints):,} more for the gradient" if backward else ""
    if not (program.inputs and of_one_row):
        return f"{scalars} → {operations}{more}"
    return f"{scalars} of one row → {operations}{',' if loops else ''} on B rows{more}"


def _count(steps: Iterable[Step]) -> int:
    """How many boxes there are for these: of a loop those of one turn."""
    return sum(_count(step.kind.body.steps) if isinstance(step.kind, Loop) else 1 for step in steps)


def _fold_label(fold: Fold[Box]) -> str:
    steps = [box for box in fold.nodes if box.step]
    if fold.kind == "leaves":
        return f"{len(fold.nodes):,} arrays"
    if fold.kind == "rest":
        count = counted(len(steps) or len(fold.nodes), "more operation" if steps else "more array")
        return f"… {count}"
    lines = [fold.name, counted(len(steps), "operation")]
    scalars = sum(box.scalars for box in steps)
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
        words = edge.head.arrays[edge.operand]
        look["tooltip"] = escape_tooltip(words)
        if not any(parent is edge.tail for parent in edge.head.parents[: edge.operand]):
            look["label"] = words.partition(" of ")[2]  # turns of a loop
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


def _draw_returns(picture: Picture, names: dict[Element[Box], str], returns: Sequence[Return]) -> None:
    """The arrows back, from what a turn computes to what stands for it in a later one."""
    owners = {box: name for element, name in names.items() for box in _boxes(element)}
    for tail, head, delay in returns:
        if owners[tail] != owners[head]:
            label = counted(delay, "turn")
            tooltip = escape_tooltip(f"what is computed is there {label} later")
            ends = (tail, head) if tail.backward else (head, tail)
            look = {"dir": "forward" if tail.backward else "back"}
            picture.edge(*map(owners.__getitem__, ends), label=label, tooltip=tooltip, **_RETURN, **look)


def _boxes(element: Element[Box]) -> Sequence[Box]:
    return element.nodes if isinstance(element, Fold) else [element]


def _is_backward(element: Element[Box]) -> bool:
    return all(box.backward for box in element.nodes) if isinstance(element, Fold) else element.backward


def _work(element: Element[Box]) -> int:
    return sum(box.work for box in element.nodes) if isinstance(element, Fold) else element.work
