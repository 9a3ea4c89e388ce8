"""The compiled view: what `compile` makes of the graph below a root, and which array operation each scalar became."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from autograd import Value
from autograd.collector import collector_paused
from autograd.compiler.passes import classified, folded, laid_out
from autograd.compiler.place import Location
from autograd.compiler.program import Program
from autograd.compiler.taping import number_on_tape
from autograd.compiler.trace import trace
from autograd.keeping import turn
from autograd.nodes import apply
from autograd.recording import current

from ..graph.visible import ModuleCall
from ..programs import Box, Boxes, caption

_MOST_CLASSES = 500  # of nodes: about as many boxes, which a page can still draw


def compiled_view(nodes: Sequence[Value], inputs: Collection[Value]) -> dict[str, Any]:
    """The program that `compile` would make of a graph, as boxes, in JSON's types.

    It is the one for parameters that lie in the order of their use, as those do that no program has used before.

    Args:
        nodes: all of the graph, in topological order: the root is the last.
        inputs: leaves that stand for the numbers of a row. All others but plain numbers are parameters.

    Returns:
        caption, in words;
        boxes, each after its parents: label, tooltip, kind, scope (the names of the module calls around it), parents
            (indices of boxes), arrays (for each parent the shape of what comes from it), work (floating-point
            operations of a matrix product for each row), scalars (how many nodes became it);
        box_of_node: for every node the index of its box, or -1: plain numbers, and what was computed from them alone.
        Or error, in a sentence, where the graph cannot be compiled.

    >>> from autograd import topological_order
    >>> w, x = [Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]
    >>> y = (w[0] * x[0] + w[1] * x[1]).tanh()
    >>> view = compiled_view(topological_order(y), x)
    >>> view["caption"]
    '8 scalar nodes of one row → 2 array operations on B rows'
    >>> [(box["label"].split()[0], box["scalars"]) for box in view["boxes"]]
    [('parameters', 2), ('input', 2), ('dot', 3), ('tanh', 1), ('output', 0)]
    """
    if not nodes[-1].parents:
        return {"error": "There is nothing to compile: the root is a leaf."}
    try:
        with collector_paused():
            program, places = _compile(nodes, list(dict.fromkeys(inputs)))
    except Exception as error:  # noqa: BLE001  the page has its other views, whatever becomes of this one
        return {"error": str(error).partition("\n")[0] or type(error).__name__}
    computed = [place.value for node, place in zip(nodes, places, strict=True) if node.parents and place is not None]
    graph = Boxes(program, False, np.bincount(computed, minlength=len(program)).tolist())
    indices = {box: index for index, box in enumerate(graph.homes)}
    boxes_of = _boxes_of_values(graph, indices)
    box_of_node = [-1 if place is None else int(boxes_of[place.value][place.position]) for place in places]
    scalars = np.bincount([index for index in box_of_node if index >= 0], minlength=len(indices)).tolist()
    return {
        "caption": caption(program, False),
        "boxes": [
            {
                "label": box.label,
                "tooltip": box.tooltip,
                "kind": box.kind,
                "scope": _names(home),
                "parents": [indices[parent] for parent in box.parents],
                "arrays": box.arrays,
                "work": box.work,
                "scalars": scalars[index],
            }
            for index, (box, home) in enumerate(graph.homes.items())
        ],
        "box_of_node": box_of_node,
    }


def _compile(nodes: Sequence[Value], inputs: list[Value]) -> tuple[Program, list[Location | None]]:
    """The program of the graph, and the place of each node."""
    copies: list[Value] = []

    def graph(row: Sequence[Value] = ()) -> Value:
        copies[:] = _copies(nodes, dict(zip(inputs, row, strict=True)))
        return copies[-1]

    shapes = [(len(inputs),)] if inputs else []
    with turn:
        tape, _ = trace(graph, shapes)
        on_tape = [number_on_tape(copy) for copy in copies]
    tape, of_folding = folded(tape)
    classes, became = classified(tape)
    if len(classes.classes) > _MOST_CLASSES:
        raise ValueError(f"its program has {len(classes.classes):,} classes of nodes, too many for a picture")
    program, places = laid_out(classes, [len(inputs)] * len(shapes))
    return program, [places[became[of_folding[n]]] for n in on_tape]


def _copies(nodes: Sequence[Value], known: dict[Value, Value]) -> list[Value]:
    """Each node made anew from the known ones, in module calls of the same names; leaves that are not known stay."""
    state = current()
    scopes = {id(None): state.scope}

    def copied(scope: tuple | None) -> tuple | None:
        around = []
        while id(scope) not in scopes:
            around.append(scope)
            scope = scope[0]  # type: ignore[index]
        inner = scopes[id(scope)]
        for scope in reversed(around):
            inner = scopes[id(scope)] = (inner, scope[1])
        return inner

    for node in nodes:
        if node.parents:
            state.scope = copied(node._scope)
            known[node] = apply(node._operation, *[known[parent] for parent in node.parents])
        else:
            known.setdefault(node, node)
    return [known[node] for node in nodes]


def _boxes_of_values(graph: Boxes, indices: dict[Box, int]) -> dict[int, np.ndarray]:
    """The index of the box that computes each number of each value, or of the first that shows it; -1 for none."""
    size = graph.program.size
    boxes = {value: np.full(size[value], indices[box]) for value, box in graph.computed.items()}
    for box, (value, positions) in graph.contents.items():
        of = boxes.setdefault(value, np.full(size[value], -1))
        of[positions] = np.where(of[positions] < 0, indices[box], of[positions])
    return boxes


def _names(call: ModuleCall | None) -> list[str]:
    names = []
    while call:
        names.append(call.name)
        call = call.outer
    return names[::-1]
