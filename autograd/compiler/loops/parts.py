"""A loop in parts, one after the other: what differs from row to row, or has a gradient, is apart from what does not.

The rows of a part are scanned by those after it. So what is the same for all rows of the batch is computed once, though
other numbers are carried beside it: the variances of a Kalman filter. And nothing flows back to a number that the first
output does not need: 0·inf would be nan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from ...operations import CONSTANT, INPUT
from ..tape import Tape, is_leaf_operation, reached
from .rolling import CARRIED, SCANNED, Body


class Carried(NamedTuple):
    """What a node of the turn was, so many turns before."""

    node: int
    delay: int


class Scanned(NamedTuple):
    """Another node of the tape for each turn."""

    nodes: np.ndarray


class Invariant(NamedTuple):
    """The same node of the tape in all turns."""

    node: int


class Earlier(NamedTuple):
    """What a part before computes in its node, or has computed so many turns before."""

    part: Recurrence
    node: int
    delay: int


Source: TypeAlias = Carried | Scanned | Invariant | Earlier


class Recurrence:
    """A part of a loop: a turn, which is a part of a tape, and how often it is run.

    Attributes:
        columns: the nodes that a turn gives out.
        leaves: of each node that is no node of this part, where it comes from; but for constants.
        first: the node of the outer tape that stands for a node so many turns before the first one.
        delays: over which its numbers are carried, to its own turns and to those of later parts.
        farthest: from how many turns before each node that a turn gives out is read, at most.
        outs: of each OUT the node and the turn.
        by_row, is_aside: whether it differs from row to row; whether the first output does not need it.
    """

    def __init__(self, tape: Tape, turns: int, by_row: bool, is_aside: bool) -> None:
        self.tape, self.turns, self.by_row, self.is_aside = tape, turns, by_row, is_aside
        self.nodes: list[int] = []
        self.columns: list[int] = []
        self.leaves: dict[int, Source] = {}
        self.first: dict[tuple[int, int], int] = {}
        self.delays: list[int] = []
        self.farthest: dict[int, int] = {}
        self.outs: dict[int, tuple[int, int]] = {}

    def give_out(self, node: int, delay: int = 0) -> None:
        """Have a number in the row."""
        if node not in self.columns:
            self.columns.append(node)
        if delay and delay not in self.delays:
            self.delays.append(delay)
        self.farthest[node] = max(delay, self.farthest.get(node, 0))


def given(body: Body, operands: np.ndarray, of: int, k: int) -> np.ndarray:
    """The operands of a LOOP for an input of its body: before the first turn, of all turns, or the one of them.

    Over several turns, the first ones read all that stands for the node so many turns before the first one, or fewer.
    """
    if of == CARRIED:
        node, delay = body.carried[k]
        return operands[[j for j, (n, turns) in enumerate(body.carried) if n == node and turns <= delay]]
    start = len(body.carried)
    if of == SCANNED:
        return operands[start + k * body.turns : start + (k + 1) * body.turns]
    start += body.scanned * body.turns + k
    return operands[start : start + 1]


def parts_of(
    body: Body,
    number: int,
    operands: np.ndarray,
    columns: Sequence[int],
    with_gradient: Sequence[int],
    by_row: np.ndarray,
) -> list[Recurrence]:
    """The parts of a loop, in an order in which they can be run.

    Args:
        number, operands: of the LOOP.
        columns, with_gradient: the nodes of the body that are needed from turn to turn, and those that the first output
            needs.
        by_row: of each node of the outer tape, among the operands, whether it differs from row to row.
    """
    tape = body.tape
    needed, has_gradient = reached(tape, list(columns)), reached(tape, list(with_gradient))
    differs = _differs(body, operands, by_row)
    nodes = [n for n in range(len(tape)) if needed[n] and not is_leaf_operation(tape.operation(n))]
    label = {n: (not has_gradient[n], differs[n]) for n in nodes}
    for aside in (False, True):
        of_these = [each for each in label.items() if each[1][0] == aside]
        if not all(_is_carried(body, {n for n, (_, row) in of_these if row == each}) for each in (False, True)):
            label.update({n: (aside, any([row for _, (_, row) in of_these])) for n, _ in of_these})
    parts = {key: Recurrence(tape, body.turns, key[1], key[0]) for key in sorted(set(label.values()))}
    part_of = {n: parts[key] for n, key in label.items()}
    for k, (n, turn) in enumerate(body.outs):
        if n in part_of and n in columns:
            part_of[n].give_out(n)
            part_of[n].outs[number + 1 + k] = n, turn
    for n in nodes:
        part_of[n].nodes.append(n)
        for m in tape.operands(n):
            source = _source(body, operands, part_of, part_of[n], m)
            if source is not None:
                part_of[n].leaves[m] = source
    for k, (n, delay) in enumerate(body.carried):
        if n in part_of and delay <= part_of[n].farthest.get(n, 0):
            part_of[n].first[n, delay] = int(operands[k])
    for part in parts.values():
        part.columns.sort()
        part.delays.sort()
    return [*parts.values()]


def _source(
    body: Body, operands: np.ndarray, part_of: dict[int, Recurrence], part: Recurrence, m: int
) -> Source | None:
    """Where an operand of a node of a part comes from; None where it is of the same turn of the part, or a constant."""
    if m in part_of:
        if part_of[m] is part:
            return None
        part_of[m].give_out(m)
        return Earlier(part_of[m], m, 0)
    if body.tape.operation(m) is not INPUT:
        return None
    of, k = body.tape.operands(m)
    if of != CARRIED:
        nodes = given(body, operands, of, k)
        return Scanned(nodes) if of == SCANNED else Invariant(int(nodes[0]))
    n, delay = body.carried[k]
    part_of[n].give_out(n, delay)
    return Carried(n, delay) if part_of[n] is part else Earlier(part_of[n], n, delay)


def _differs(body: Body, operands: np.ndarray, by_row: np.ndarray) -> list[bool]:
    """Of each node of a turn whether it differs from row to row, in any turn."""
    tape = body.tape
    inputs, constant = tape.place_of(INPUT), tape.place_of(CONSTANT)
    kinds, begin, of = tape.kind.array().tolist(), tape.begin.array().tolist(), tape.of.array().tolist()
    differs = [False] * len(kinds)
    waiting: dict[int, list[int]] = {}  # by a node of the body, the inputs that it is carried to
    for n in np.flatnonzero(tape.kind.array() == inputs).tolist():
        argument, k = of[begin[n] : begin[n] + 2]
        differs[n] = bool(by_row[given(body, operands, argument, k)].any())
        if argument == CARRIED:
            node = body.carried[k][0]
            differs[node] |= differs[n]  # with whose rows those before the first turn lie
            waiting.setdefault(node, []).append(n)
    while True:
        for n, kind in enumerate(kinds):
            if kind not in (inputs, constant) and not differs[n]:
                differs[n] = any([differs[m] for m in of[begin[n] : begin[n + 1]]])
        more = [n for m, carried in waiting.items() if differs[m] for n in carried if not differs[n]]
        if not more:
            return differs
        for n in more:
            differs[n] = True


def _is_carried(body: Body, nodes: set[int]) -> bool:
    """Whether some of these nodes read others of them of turns before; also where there are none."""
    if not nodes:
        return True
    return any(n in nodes for n in _carried_to(body, nodes))


def _carried_to(body: Body, nodes: set[int]) -> Iterator[int]:
    """The nodes of turns before that some nodes read."""
    tape = body.tape
    for n in nodes:
        for m in tape.operands(n):
            if tape.operation(m) is INPUT and tape.operands(m)[0] == CARRIED:
                yield body.carried[tape.operands(m)[1]][0]
