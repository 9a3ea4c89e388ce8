"""The compiled view: what `compile` makes of the graph below a root, and which array operation each scalar became."""

from collections import Counter
from collections.abc import Collection, Sequence
from math import prod
from typing import Any

import numpy as np

from autograd import Value
from autograd.collector import collector_paused
from autograd.compiler.loops import BecameRolled, InTurn, find_loops
from autograd.compiler.loops.arrays import lay_out_rolled
from autograd.compiler.loops.pieces import Pieces
from autograd.compiler.passes import folded, laid_out, rolled
from autograd.compiler.prepared.rolled import in_classes_or_pieces
from autograd.compiler.program import Program
from autograd.compiler.tape import Tape
from autograd.compiler.taping import number_on_tape
from autograd.compiler.trace import trace
from autograd.keeping import turn
from autograd.nodes import apply
from autograd.recording import current

from ..graph.visible import ModuleCall
from ..programs import ENTRIES, Box, Boxes, Key, caption
from .members import around
from .turns import Place, entering, outermost, results

_MOST_CLASSES = 500  # of nodes: about as many boxes, which a page can still draw


def compiled_view(nodes: Sequence[Value], inputs: Collection[Value], of_one_row: bool = True) -> dict[str, Any]:
    """The program that `compile` would make of a graph, as boxes, in JSON's types.

    It is the one for parameters that lie in the order of their use, as those do that no program has used before.

    Args:
        nodes: all of the graph, in topological order: the root is the last.
        inputs: leaves that stand for the numbers of a row. All others but plain numbers are parameters.
        of_one_row: whether the graph is one row, or has several itself; the caption says the former.

    Returns:
        caption, in words;
        boxes, each after its parents: label, tooltip, kind, scope (the names of the module calls around it), parents
            (indices of boxes), arrays (for each parent the shape of what comes from it), work (floating-point
            operations of a matrix product for each row), scalars (how many nodes became it), loop (the index of the
            loop whose turns it is computed in, or goes into, or -1);
        box_of_node: for every node the index of its box, or -1: plain numbers, and what was computed from them alone;
        loops: the name and the number of turns of each; a box of it stands for nodes of all turns;
        turn_of_node: for every node the turn that it is in, from 0, or -1;
        is_result: for every node 1 where it is what is computed at its place, and 0 where it is a part of that;
        returns: what goes from turn to turn: the box that computes it, the one that stands for it later, the turns
            between;
        entering: the nodes that go into turns; see `entering`.
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
    computed = [place.key for node, place in zip(nodes, places, strict=True) if node.parents and place is not None]
    graph = Boxes(program, False, Counter(computed))
    indices = {box: index for index, box in enumerate(graph.homes)}
    boxes_of = _boxes_of_values(graph, indices)
    box_of_node = [-1 if place is None else int(boxes_of[place.key][place.position]) for place in places]
    scalars = np.bincount([index for index in box_of_node if index >= 0], minlength=len(indices)).tolist()
    loops = {turn.call(turn.frame): number for number, turn in enumerate(outermost(graph))}
    return {
        "caption": caption(program, False, of_one_row),
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
                "loop": next((loops[call] for call in around(home) if call in loops and _has_turns(box)), -1),
            }
            for index, (box, home) in enumerate(graph.homes.items())
        ],
        "box_of_node": box_of_node,
        "loops": [{"name": turn.kind.name, "turns": turn.kind.turns} for turn in outermost(graph)],
        "turn_of_node": [-1 if place is None else place.turn for place in places],
        "is_result": results(places),
        "entering": entering(graph, indices, places),
        "returns": [[indices[tail], indices[head], delay] for tail, head, delay in graph.returns],
    }


def _compile(nodes: Sequence[Value], inputs: list[Value]) -> tuple[Program, list[Place | None]]:
    """The program of the graph, and the place of each node."""
    copies: list[Value] = []

    def graph(row: Sequence[Value] = ()) -> Value:
        copies[:] = _copies(nodes, dict(zip(inputs, row, strict=True)))
        return copies[-1]

    shapes = [(len(inputs),)] if inputs else []
    with turn:
        tape, _ = trace(graph, shapes)
        on_tape = [number_on_tape(copy) for copy in copies]
    sizes = [prod(shape) for shape in shapes]
    folded_tape, of_folding = folded(tape)
    loops = find_loops(tape)
    found = in_classes_or_pieces(tape, folded_tape, loops=loops)
    if isinstance(found, Pieces) or len(found[0].classes) > _MOST_CLASSES:  # of a loop one turn is few
        in_loops = rolled(tape, loops)
        if in_loops is not None:
            return _with_loops(*in_loops, sizes, on_tape)
    assert not isinstance(found, Pieces)
    classes, became = found
    _look(len(classes.classes))
    program, places = laid_out(classes, sizes)
    in_program = [places[became[of_folding[n]]] for n in on_tape]
    return program, [None if place is None else Place((place.value,), place.position) for place in in_program]


def _with_loops(
    tape: Tape, became: BecameRolled, sizes: Sequence[int], nodes: Sequence[int]
) -> tuple[Program, list[Place | None]]:
    """The program of a rolled tape, and the places of nodes that became its nodes, or those of its loops."""
    program, where = lay_out_rolled(Pieces(tape), sizes)
    _look(program.classes)
    places: list[Place | None] = []
    for node in map(became.__getitem__, nodes):
        place = where[node]
        turn = node.turn if isinstance(node, InTurn) else -1
        places.append(None if place is None else Place(place.values, place.position, turn))
    return program, places


def _look(classes: int) -> None:
    """Refuse what has too many boxes."""
    if classes > _MOST_CLASSES:
        raise ValueError(f"its program has {classes:,} classes of nodes, too many for a picture")


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


def _boxes_of_values(graph: Boxes, indices: dict[Box, int]) -> dict[Key, np.ndarray]:
    """The index of the box that computes each number of each value, or of the first that shows it; -1 for none."""
    boxes = {key: np.full(graph.size_of(key), indices[box]) for key, box in graph.computed.items()}
    for box, (key, positions) in graph.contents.items():
        of = boxes.setdefault(key, np.full(graph.size_of(key), -1))
        of[positions] = np.where(of[positions] < 0, indices[box], of[positions])
    return boxes


def _has_turns(box: Box) -> bool:
    """Whether it is another number in each turn, if it is in a loop: not so parameters."""
    return box.step is not None or box.kind in ENTRIES


def _names(call: ModuleCall | None) -> list[str]:
    return [each.name for each in around(call)][::-1]
