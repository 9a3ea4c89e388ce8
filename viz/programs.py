"""`draw` for a compiled program: one box for each array operation, so that one sees what became of the scalars."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, NamedTuple, TypeAlias

import graphviz
import numpy as np

from autograd.compiler.compiled import Compiled
from autograd.compiler.program import (
    Array,
    Contract,
    Fill,
    Gather,
    Map,
    Operand,
    Program,
    Scatter,
    Step,
    Sum,
    Take,
    TakeAdjoint,
    View,
    whole,
)

from .page import LARGE, blend, draw_elements, escape, escape_tooltip, new_page, shorten
from .picture import Picture
from .visible import Edge, Element, Fold, ModuleCall, common_call, visible_part

_COOL, _HOT = (228, 238, 250), (110, 165, 225)  # a product of matrices: with little work, with the most
_PLAIN, _MOVES, _PARAMETERS = "#ffffff", "#ececec", "#fdebd0"  # element by element, no arithmetic, what is learned
_END = {"style": "filled,rounded", "fillcolor": _PLAIN, "penwidth": "2"}  # of the picture: inputs and outputs
_FOLD = {"style": "filled,rounded", "fillcolor": _PLAIN, "peripheries": "2"}
_LAYOUT = {"ranksep": "0.4", "nodesep": "0.2"}
_MOST_READERS = 10  # of one box for an input or parameters
_PATH = " / "  # between the names of the module calls around a step

Kind: TypeAlias = Literal["product", "elementwise", "moves", "parameters", "input", "output", "constant"]


@dataclass(eq=False, slots=True)
class Box:
    """What the picture shows as one box: an array operation, an array that it reads, a plain number, an output."""

    label: str
    tooltip: str
    kind: Kind
    look: dict[str, str]
    step: Step | None = None
    backward: bool = False
    parents: list["Box"] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)  # what comes from each parent, in words


def find_program(root: Any) -> Program | None:
    """The program that `root` is or has; None where it is something else."""
    return root.program if isinstance(root, Compiled) else root if isinstance(root, Program) else None


def draw_program(program: Program, direction: str, max_nodes: int, backward: bool) -> Picture:
    """The picture of a program; see `draw`."""
    graph = Boxes(program, backward)
    view = visible_part(list(graph.homes), graph.homes, graph.roots, max_nodes)
    names = {element: f"n{number}" for number, element in enumerate(view.elements)}
    most = max((work(element) for element in names), default=0)

    def draw_element(frame: graphviz.Digraph, element: Element[Box]) -> None:
        label = _fold_label(element) if isinstance(element, Fold) else element.label
        tooltip = label if isinstance(element, Fold) else element.tooltip
        look = _FOLD if isinstance(element, Fold) else element.look
        if work(element):
            look = look | {"fillcolor": blend(_COOL, _HOT, work(element) / most)}
        label = "\n".join(shorten(line) for line in label.splitlines())
        frame.node(names[element], label=escape(label), tooltip=escape_tooltip(tooltip), **look)

    picture = new_page(direction, len(names), label=escape(caption(program, backward)), labelloc="t", **_LAYOUT)
    draw_elements(picture, view, draw_element)
    for edge in view.edges if len(names) <= LARGE else _short_edges(view.edges):
        _draw_edge(picture, names, edge, view.homes)
    return picture


class Boxes:
    """The boxes of a program, each after those that it reads."""

    def __init__(self, program: Program, backward: bool) -> None:
        self.program = program
        self.homes: dict[Box, ModuleCall | None] = {}  # the module call around each box
        self.calls: dict[tuple[str, ...], ModuleCall] = {}
        self.guests: set[Box] = set()  # boxes that no module call made: at home where they are used
        self.leaves: dict[tuple[Array, bytes], tuple[Box, int]] = {}  # each with the number of its readers
        self.contents: dict[Box, tuple[Array, np.ndarray]] = {}  # which numbers of which array a leaf shows
        self.writers: dict[Array, list[Writer]] = {}
        self.numbers = {array: number for number, array in program.inputs.items()}
        for step in program.steps:
            self.add_step(step, False)
        self.roots = [self.add_output(array, list(outputs)) for array, outputs in groupby(program.outputs, _array)]
        for step in program.adjoints if backward else ():
            box = self.add_step(step, True)
            if step.out.array is program.gradient:
                self.roots.append(box)
        self.find_homes()

    def add(self, box: Box, home: ModuleCall | None = None) -> Box:
        self.homes[box] = home
        return box

    def add_step(self, step: Step, backward: bool) -> Box:
        is_gradient = step.out.array is self.program.gradient and not isinstance(step, Fill)
        box = Box(_label(step, is_gradient), _tooltip(step), _kind(step), {}, step, backward)
        box.look = _look(box, is_gradient)
        for operand, table in _operands(step):
            self.read(box, operand, table)
        self.write(box, step)
        if not (backward or step.scope or step.scalars):
            self.guests.add(box)
        return self.add(box, self.call(["backward"] * backward + (step.scope.split(_PATH) if step.scope else [])))

    def add_output(self, array: Array | None, outputs: Sequence[Any]) -> Box:
        """The box of consecutive outputs that lie in the same array, or of constant ones."""
        words = f"output\n{_dimensions(array is not None and array.by_row, [len(outputs)])}"
        box = Box(words, words, "output", _END)
        if array is None:
            for number in outputs:
                self.read(box, number)
        else:
            self.read(box, whole(array), np.array([place for _, place in outputs]))
        return self.add(box)

    def call(self, names: Sequence[str]) -> ModuleCall | None:
        """The module call of this path: the same for all steps that have it, so that one frame is around them."""
        call = None
        for depth, name in enumerate(names, 1):
            call = self.calls.setdefault(tuple(names[:depth]), ModuleCall(name, call, depth))
        return call

    def find_homes(self) -> None:
        """A guest is at home in the innermost call around all its users; what forward steps use, around these."""
        users: dict[Box, ModuleCall | None] = {}
        for box in reversed(self.homes):
            if box in self.guests:
                self.homes[box] = users.get(box, self.homes[box])
            for parent in box.parents:
                if parent.backward == box.backward:
                    users[parent] = common_call(self.homes[box], users.get(parent, self.homes[box]))

    def read(self, box: Box, operand: Operand, table: np.ndarray | None = None) -> None:
        """Enter what the box reads, from where it was computed; with a table only these numbers of the array."""
        if isinstance(operand, View):
            parents = self.sources(operand, table) or [self.leaf(operand, table, box.backward)]
        else:
            parents = [self.add(_literal(operand))]
            self.guests.update(parents)
        box.parents += parents
        box.arrays += [_shape(operand, table) if isinstance(operand, View) else repr(operand)] * len(parents)

    def write(self, box: Box, step: Step) -> None:
        """Enter what the box computes. Who adds to numbers reads them, too, and is read instead of who wrote them."""
        writers = self.writers.setdefault(step.out.array, [])
        table = _table(step) if step.accumulate else None
        if step.accumulate:
            numbers = _numbers(step.out, table)
            before = self.sources(step.out, table)
            box.parents += before
            box.arrays += [_shape(step.out, table)] * len(before)
            writers[:] = [each for each in writers if not np.isin(_numbers(each.view, each.table), numbers).all()]
        writers.append(Writer(box, step.out, table))

    def sources(self, view: View, table: np.ndarray | None) -> list[Box]:
        """The boxes that computed the numbers of a view."""
        writers = self.writers.get(view.array, [])
        if len(writers) > 1:
            numbers = _numbers(view, table)
            writers = [each for each in writers if np.isin(_numbers(each.view, each.table), numbers).any()]
        return [each.box for each in writers]

    def leaf(self, view: View, table: np.ndarray | None, backward: bool) -> Box:
        """The box of an input, or a part of the parameters or the constants: the same for who reads the same numbers.

        After some readers it stands there once more: arrows stay short, and the layout of a long program fast.
        """
        is_input = view.array in self.numbers
        numbers = _numbers(whole(view.array) if is_input else view, None if is_input else table)
        key = (view.array, numbers.tobytes())
        leaf, readers = self.leaves.get(key, (None, 0))
        if leaf is None or readers == _MOST_READERS:
            if is_input:
                leaf, readers = self.add(_input(self.numbers[view.array], view.array)), 0
            else:
                leaf, readers = self.add(_leaf(self.program, view, table, numbers)), 0
                self.guests.add(leaf)
            self.contents[leaf] = (view.array, numbers)
            leaf.backward = backward
        self.leaves[key] = (leaf, readers + 1)
        return leaf


class Writer(NamedTuple):
    """Who wrote a view; or only the numbers of its array in the table."""

    box: Box
    view: View
    table: np.ndarray | None


def _operands(step: Step) -> Iterator[tuple[Operand, np.ndarray | None]]:
    """What a step reads, in order: views, plain numbers, and arrays of which it reads what a table lists."""
    if isinstance(step, Gather):
        yield whole(step.source), step.table
    elif isinstance(step, Take):
        yield step.index, None
        yield whole(step.values), step.table
    elif isinstance(step, Sum):
        yield from ((item, None) for _, item in step.items)
    elif isinstance(step, Map) and step.partial is None:
        yield from ((argument, None) for argument in step.arguments)
    else:
        yield from ((view, None) for view in step.operands())


def _table(step: Step) -> np.ndarray | None:
    """The numbers of its array that a step adds to, where these are no view."""
    return step.table if isinstance(step, Scatter) else step.take.table if isinstance(step, TakeAdjoint) else None


# ----------------------------------------------------------------------------------------------- what a box shows


def caption(program: Program, backward: bool) -> str:
    scalars, operations = _count(program.scalars, "scalar node"), _count(len(program.steps), "array operation")
    more = f", {len(program.adjoints):,} more for the gradient" if backward else ""
    if not program.inputs:
        return f"{scalars} → {operations}{more}"
    return f"{scalars} of one row → {operations} on B rows{more}"


def _input(number: int, array: Array) -> Box:
    words = f"input {number}\n{_shape(whole(array))}"
    return Box(words, f"{words}\nB: the rows of the batch", "input", _END)


def _literal(number: float) -> Box:
    look = {"fillcolor": "#f4f4f4", "height": "0.2", "margin": "0.05,0.02"}
    return Box(f"{number:.6g}", repr(number), "constant", look)


def _leaf(program: Program, view: View, table: np.ndarray | None, numbers: np.ndarray) -> Box:
    shape = _shape(view, table)
    if view.array is program.parameters:
        words = "parameter" if len(numbers) == 1 else f"parameters\n{shape}"
        return Box(words, f"{words}\nread at every call", "parameters", {"fillcolor": _PARAMETERS})
    if view.array.contents is None:
        return Box(f"{view.array.name}\n{shape}", view.array.name, "constant", {})
    contents = view.array.contents[numbers].tolist()
    if len(contents) == 1:
        return _literal(contents[0])
    words = ", ".join(f"{number:.6g}" for number in contents)
    return Box(f"constants\n{shape}", words, "constant", {"fillcolor": "#f4f4f4"})


def _label(step: Step, is_gradient: bool) -> str:
    lines = [step.operation()]
    if not isinstance(step, Fill):
        lines.append(_shape(step.out, _table(step)))
    if step.scalars:
        lines.append(_count(step.scalars, "scalar"))
    if is_gradient:
        lines.append("gradient of parameters")
    return "\n".join(lines)


def _kind(step: Step) -> Kind:
    if isinstance(step, Gather | Scatter | Take | Fill) or step.operation() == "copy":
        return "moves"
    return "product" if isinstance(step, Contract) and step.right is not None else "elementwise"


def _look(box: Box, is_gradient: bool) -> dict[str, str]:
    look = {"fillcolor": _PLAIN, "style": "filled,dashed" if box.backward else "filled"}
    if box.kind == "moves":
        look["fillcolor"] = _MOVES
    elif box.kind == "product":
        look["fontsize"] = "13"
    if is_gradient:
        look |= {"penwidth": "2", "style": "filled"}
    return look


def _tooltip(step: Step) -> str:
    operands = " ".join(f"({view.dimensions()})" for view in step.operands())
    work = step.flops(2) - step.flops(1)
    lines = [str(step), f"{operands} → ({step.out.dimensions()})".strip()]
    if work or step.flops(1):
        lines.append(
            f"{_count(work or step.flops(1), 'floating-point operation')} for each {'row' if work else 'call'}"
        )
    return "\n".join([*lines, *filter(None, [step.scope])])


def _fold_label(fold: Fold[Box]) -> str:
    steps = [box.step for box in fold.nodes if box.step]
    if fold.kind == "leaves":
        return f"{len(fold.nodes):,} arrays"
    if fold.kind == "rest":
        count = _count(len(steps) or len(fold.nodes), "more operation" if steps else "more array")
        return f"… {count}"
    lines = [fold.name, _count(len(steps), "operation")]
    scalars = sum(step.scalars for step in steps)
    return "\n".join([*lines, *([_count(scalars, "scalar")] if scalars else [])])


def _short_edges(edges: Sequence[Edge[Box]]) -> Iterator[Edge[Box]]:
    """For large pictures: without most of those of a box that stands for nearly all; their layout takes minutes."""
    left = _MOST_READERS  # the first are the shortest: edges come in the order of the program
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


def work(element: Element[Box]) -> int:
    """The floating-point operations of the matrix products in an element, for a row, or a call where there is none."""
    boxes = element.nodes if isinstance(element, Fold) else [element]
    return sum(box.step.flops(1) for box in boxes if box.step and box.kind == "product")


# -------------------------------------------------------------------------------------------------------- shapes


def _shape(view: View, table: np.ndarray | None = None) -> str:
    """The shape of the numbers that a view, or a table, shows; without axes along which they only repeat."""
    if table is None:
        return _dimensions(view.array.by_row, [n for n, step in zip(view.shape, view.strides, strict=True) if step])
    distinct = len(np.unique(table))
    return _dimensions(view.array.by_row, table.shape if distinct == table.size else [distinct])


def _dimensions(by_row: bool, lengths: Sequence[int]) -> str:
    return "×".join([*["B"] * by_row, *(str(length) for length in lengths if length != 1)]) or "1"


def _numbers(view: View, table: np.ndarray | None = None) -> np.ndarray:
    """Which numbers of its array a view, or a table, shows, in order."""
    return np.unique(view.positions() if table is None else table)


def _array(output: Any) -> Array | None:
    return output[0] if isinstance(output, tuple) else None


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + "s" * (number != 1)
