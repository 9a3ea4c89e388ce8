"""What the compiled view tells of loops: which nodes are the numbers of a turn, and which go into it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.kinds import Assemble, Gather
from autograd.compiler.program import Program
from autograd.compiler.views import View

from ..programs import Box, Boxes, Key, Turn


class Place(NamedTuple):
    """Where a node is: a number of a value, in a turn of a loop, or -1."""

    key: Key
    position: int
    turn: int = -1


def outermost(graph: Boxes) -> list[Turn]:
    """The loops that are in no other one."""
    return [turn for (_, *inner), turn in graph.turns.items() if not inner]


def results(places: Sequence[Place | None]) -> list[int]:
    """Of each node 1 where it is the number that is computed at its place, and no part of it: the last one there."""
    last = {place: n for n, place in enumerate(places) if place is not None}
    return [int(place is not None and last[place] == n) for n, place in enumerate(places)]


def entering(graph: Boxes, indices: dict[Box, int], places: Sequence[Place | None]) -> list[dict[str, Any]]:
    """Of each box for what goes into a turn its nodes.

    Returns:
        for each the box; nodes, the rows of nodes for the first turns, or for all of them: those of the turn, or, where
        there is one row, the same for all; -1 for a plain number. From the turn `delay` on, where there is a tail, it
        is what the box `tail` has computed so many turns before.
    """
    node_of = {(place.key, place.position): n for n, place in enumerate(places) if place is not None}
    found = []

    def enter(box: Box, program: Program, value: int, positions: np.ndarray, tail: int = -1, delay: int = 0) -> None:
        nodes = [node_of.get(((of,), at), -1) for of, at in _sources(program, value, positions.ravel())]
        rows = np.reshape(nodes, positions.shape).tolist()
        found.append({"box": indices[box], "nodes": rows, "tail": tail, "delay": delay})

    tails = {head: (indices[tail], delay) for tail, head, delay in graph.returns}
    for turn in outermost(graph):
        kind, (first, *operands) = turn.kind, turn.step.views
        for (delay, _), (box, columns) in turn.carried.items():
            rows = first.positions()[:delay][::-1] if kind.is_reversed else first.positions()[kind.delay - delay :]
            enter(box, graph.program, first.value, rows[:, sorted(columns)], *tails[box])
        for number, box in turn.entries.items():
            view = operands[number]
            rows = view.positions().reshape(kind.turns if kind.scanned[number] else 1, -1)
            enter(box, graph.program, view.value, rows)
    return found


def _sources(program: Program, value: int, positions: np.ndarray) -> list[tuple[int, int]]:
    """Where numbers were computed that may have been copied since: of each the value, and the position there."""
    step = program.step(value)
    if isinstance(step.kind, Gather):
        [whole] = step.views
        return _sources(program, whole.value, whole.positions().ravel()[step.kind.table.ravel()[positions]])
    if not isinstance(step.kind, Assemble):
        return [(value, int(position)) for position in positions]
    found = {int(position): (value, int(position)) for position in positions}
    for operand, place in zip(step.operands, step.kind.places, strict=True):
        if isinstance(operand, View):
            to = View(0, *place).positions().ravel()
            inside = np.flatnonzero(np.isin(to, positions))
            sources = _sources(program, operand.value, operand.positions().ravel()[inside])
            found.update(zip(to[inside].tolist(), sources, strict=True))
    return [found[int(position)] for position in positions]
