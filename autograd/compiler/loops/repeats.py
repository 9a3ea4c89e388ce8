# cython: initializedcheck=False
"""Stretches of a tape that read the same again and again: where a loop may have been unrolled.

The inner nodes are a text, in the order in which they were made. Each has a token: its operation, and how far back its
operands stand. What was a loop repeats; its period is the number of nodes of a turn.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from ..columns import Column, filled
from ..tape import Tape, is_leaf_operation

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from ... import _cython as cython

LEAST_TURNS = 4
LEAST_NODES = 64  # of all turns together
FAR = 48  # nodes
READINGS = ("distances", "far ones alike", "operations")

_MASK = 2**64 - 1  # in plain Python; compiled, numbers wrap around
_MIXING = 0x9E3779B97F4A7C15  # odd, and without a pattern


class Repeat(NamedTuple):
    """The nodes from `start` up to `stop` seem to read the same every `period` nodes."""

    period: int
    start: int
    stop: int


@cython.cclass
class Text:
    """The inner nodes of a tape from one of them up to another, read in one of three ways.

    By their distances, operands in lanes beside one another differ. But the distance to what stands before a loop grows
    from turn to turn: so in the second reading all far ones are alike; in the third one none is read.

    Attributes:
        before: of each node a hash of all tokens before it.
    """

    __slots__ = ("_keys", "_last", "before", "size", "start")

    def __init__(self, tape: Tape, start: int, stop: int, reading: str) -> None:
        self.start: int = start
        self.size: int = stop - start
        self.before = array("Q", bytes(8 * (self.size + 1)))
        room = 16
        while room < 2 * self.size:
            room *= 2
        self._keys = array("Q", bytes(8 * room))
        self._last: Column = filled(room, -1)
        self._read(tape, -1 if reading == READINGS[2] else FAR if reading == READINGS[1] else 2**30)

    def _read(self, tape: Tape, far: cython.longlong) -> None:
        """Hash the tokens. Distances above `far` look alike; below 0, all do."""
        kind, begin, of, before = tape.kind.view, tape.begin.view, tape.of.view, self.before
        leaf: list = [is_leaf_operation(operation) for operation in tape.kinds]
        numbers = array("i", [1 if is_leaf else 0 for is_leaf in leaf])
        total = 0
        for n in range(self.start, self.start + self.size):
            token = kind[n] + 1
            for i in range(begin[n], begin[n + 1] if far >= 0 else begin[n]):
                m = of[i]
                distance = n - m
                if numbers[kind[m]]:
                    distance = -1 - kind[m]
                if distance > far:
                    distance = 0
                token = ((token ^ (distance + 7)) * _MIXING) & _MASK
                token = token ^ (token >> 32)
            total = (total * _MIXING + token) & _MASK
            before[n - self.start + 1] = total

    def repeats(self, window: cython.Py_ssize_t) -> tuple[list[Repeat], int]:
        """Where windows of so many nodes came back at a distance that stays the same; and how many came back at all."""
        found: list = []
        before, keys, last = self.before, self._keys, self._last.view
        mask = self._last.size - 1
        self._last.array().fill(-1)
        power = 1
        for _ in range(window):
            power = (power * _MIXING) & _MASK
        again = 0
        period, since = 0, 0
        for i in range(window, self.size + 1):  # the window ends before node i
            key = (before[i] - before[i - window] * power) & _MASK
            place = ((key ^ (key >> 29)) * _MIXING & _MASK) >> 20 & mask
            while last[place] >= 0 and keys[place] != key:
                place = (place + 1) & mask
            distance = i - last[place] if last[place] >= 0 else 0
            last[place], keys[place] = i, key
            if distance != period:
                if period and i - since >= 2 * period:
                    self._add(found, period, since - window - period, i - 1)
                period, since = distance, i
            if distance:
                again += 1
        if period and self.size + 1 - since >= 2 * period:
            self._add(found, period, since - window - period, self.size)
        return found, again

    def _add(self, found: list, period: int, start: int, stop: int) -> None:
        """A stretch from node to node of the text, if it is long enough."""
        if stop - start >= LEAST_TURNS * period and stop - start >= LEAST_NODES:
            found.append(Repeat(period, self.start + max(0, start), self.start + stop))
