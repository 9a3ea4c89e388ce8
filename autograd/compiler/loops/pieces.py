"""A rolled tape in pieces: what comes before each loop and after it, and each loop without what nobody needs of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...operations import INPUT
from ..columns import filled
from ..tape import LEAVES, LOOP, OUT, Tape, reached
from .parts import Recurrence, given, parts_of
from .rolling import CARRIED, Body


class NeededLoop(NamedTuple):
    """A loop of a rolled tape, of which something is needed.

    Attributes:
        node, operands: of the LOOP.
        columns, with_gradient: the nodes of the body that are needed from turn to turn, and those that the first output
            needs.
        read: those of the operands that are needed.
    """

    body: Body
    node: int
    operands: np.ndarray
    columns: list[int]
    with_gradient: list[int]
    read: np.ndarray

    def parts(self, by_row: np.ndarray) -> list[Recurrence]:
        """Its parts, in an order in which they can be run; given of each operand whether it differs from row to row."""
        return parts_of(self.body, self.node, self.operands, self.columns, self.with_gradient, by_row)


class Pieces:
    """The pieces of a rolled tape.

    The nodes of a level come after all loops of the levels before, on which they depend; then come its own loops.

    Attributes:
        loops: those of each level.
        nodes: those of each level that compute something which is needed.
        is_needed, has_gradient: of each node whether an output depends on it, and whether the first one does.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        kinds = tape.kind.array()
        self.numbers = np.flatnonzero(kinds == tape.place_of(LOOP)).tolist()  # of the loops as nodes
        self._bare = _without_operands_of_loops(tape)
        self.is_needed, columns = self.needed(tape.outputs)
        self.has_gradient, with_gradient = self.is_needed, columns
        if tape.differentiable and len(tape.outputs) > 1:
            self.has_gradient, with_gradient = self.needed(tape.outputs[:1])
        loops = [
            self.loop(node, body, *of_body)
            for node, body, *of_body in zip(self.numbers, tape.loops, columns, with_gradient, strict=True)
            if of_body[0]
        ]
        level_of, levels = self.leveled(loops)
        is_inner = self.is_needed & ~np.isin(kinds, [tape.place_of(each) for each in (LOOP, OUT, *LEAVES)])
        count = max(level_of) + 2
        self.nodes = [np.flatnonzero(is_inner & (levels == each)) for each in range(count)]
        self.loops = [
            [loop for loop, level in zip(loops, level_of, strict=True) if level == each] for each in range(count)
        ]

    def loop(self, node: int, body: Body, columns: list[int], with_gradient: list[int]) -> NeededLoop:
        """A loop of which these nodes of its body are needed."""
        operands = self.operands(node)
        inputs = _needed(body, columns)[1]
        read = np.unique(np.concatenate([given(body, operands, *each) for each in inputs]))
        return NeededLoop(body, node, operands, columns, with_gradient, read)

    def operands(self, node: int) -> np.ndarray:
        tape = self.tape
        return tape.of.array()[tape.begin[node] : tape.begin[node + 1]]

    def needed(self, outputs: Sequence[int]) -> tuple[np.ndarray, list[list[int]]]:
        """Of each node whether these outputs need it, and the nodes of each body that they need from turn to turn."""
        tape, roots = self.tape, list(outputs)
        columns: list[list[int]] = [[] for _ in tape.loops]
        while True:
            found, before = _flags(reached(self._bare, roots)), [*map(len, columns)]
            for number, (node, body) in enumerate(zip(self.numbers, tape.loops, strict=True)):
                read = [n for k, (n, _) in enumerate(body.outs) if found[node + 1 + k]]
                if not set(read) <= set(columns[number]):
                    columns[number], inputs = _needed(body, read)
                    operands = self.operands(node)
                    roots += np.concatenate([given(body, operands, *each) for each in inputs]).tolist()
            if [*map(len, columns)] == before:
                return found, columns

    def leveled(self, loops: list[NeededLoop]) -> tuple[list[int], np.ndarray]:
        """How many loops come before each of these, one after the other; and before each node.

        A node that no loop needs comes after all that are before it on the tape.
        """
        levels = np.zeros(len(self.tape), np.intp)
        before = [_flags(reached(self._bare, loop.read.tolist())) for loop in loops]
        found: list[int] = []
        for loop, needs in zip(loops, before, strict=True):
            waits = [level + 1 for level, other in zip(found, loops, strict=False) if needs[other.node]]
            found.append(max(waits, default=0))
            np.maximum(levels[loop.node :], found[-1] + 1, out=levels[loop.node :])
        for level, needs in zip(found, before, strict=True):
            levels[needs] = np.minimum(levels[needs], level)
        return found, levels


def _needed(body: Body, nodes: Sequence[int]) -> tuple[list[int], list[tuple[int, int]]]:
    """These nodes of a body and those that turns carry to them; and all inputs that they need."""
    columns, tape = set(nodes), body.tape
    of_inputs = np.flatnonzero(tape.kind.array() == tape.place_of(INPUT)).tolist()
    while True:
        found = reached(tape, sorted(columns))
        inputs = [tape.operands(n) for n in of_inputs if found[n]]
        more = {body.carried[k][0] for of, k in inputs if of == CARRIED} - columns
        if not more:
            return sorted(columns), inputs
        columns |= more


def _without_operands_of_loops(tape: Tape) -> Tape:
    """The same nodes, of which those of loops have no operands."""
    result = tape.with_outputs(tape.outputs)
    begin, of = tape.begin.array(), tape.of.array()
    is_loop = tape.kind.array() == tape.place_of(LOOP)
    lengths = np.diff(begin)
    kept = np.repeat(~is_loop, lengths)
    result.begin, result.of = filled(len(begin)), filled(int(kept.sum()))
    result.begin.array()[1:] = np.cumsum(np.where(is_loop, 0, lengths))
    result.of.array()[:] = of[kept]
    return result


def _flags(each: bytearray) -> np.ndarray:
    return np.frombuffer(each, np.uint8) != 0
