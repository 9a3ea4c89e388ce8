"""Loops found again: what Python has unrolled, turn after turn, is one turn and how often it is run.

A number that is carried from turn to turn makes a loop. Turns that do not depend on one another are none: their nodes
form classes, and a sum over them is a sum.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import attrgetter

from ..tape import Tape, is_leaf_operation, reached
from .recurrence import core_of
from .repeats import LEAST_NODES, LEAST_TURNS, READINGS, Repeat, Text
from .turns import SAME, TURN, Turns, depth_of, last_uses, turns_of

LEAST_DEPTH = 32
MOST_WORK = 16  # of comparing nodes, for each node of the tape


@dataclass
class Loop:
    """Node s of turn t is the node `start + t * period + s` of the tape.

    Attributes:
        count: of the turns.
        core: the nodes of a turn that have to wait for those of the turn before.
        before: those that the core needs, and that need nothing of it: all turns compute them before the loop. What is
            in neither is computed after it.
        turns: where operands come from.
    """

    start: int
    period: int
    count: int
    core: list[int]
    before: list[int]
    turns: Turns

    @property
    def stop(self) -> int:
        """The node after the last one."""
        return self.start + self.count * self.period

    def whole(self) -> Loop:
        """The same loop, with all of a turn in its core, but for what is the same in all turns.

        Who computes number after number gains nothing by what all turns do at once, and would have to keep it.
        """
        turns = self.turns
        begin, source, relative = turns.begin.array(), turns.source.array(), turns.relative.array()
        same = bytearray(self.period)
        for s in range(self.period):
            same[s] = all(
                source[j] == SAME or (source[j] == TURN and relative[j] >= 0 and same[relative[j]])
                for j in range(begin[s], begin[s + 1])
            )
        core, before = [s for s in range(self.period) if not same[s]], [s for s in range(self.period) if same[s]]
        return replace(self, core=core, before=before)


def find_loops(tape: Tape) -> list[Loop]:
    """The loops of a tape as it was traced, in their order.

    >>> from ..trace import trace
    >>> def pendulum(angle, damping):
    ...     speed = angle * 0.0
    ...     for _ in range(100):
    ...         speed = speed + 0.01 * (-damping * speed - angle.sin())
    ...         angle = angle + 0.01 * speed
    ...     return angle
    >>> [loop] = find_loops(trace(pendulum, [(), ()])[0])
    >>> loop.count, loop.period, len(loop.core)
    (100, 8, 7)
    """
    if depth_of(tape) < LEAST_DEPTH:
        return []
    first = 0
    while first < len(tape) and is_leaf_operation(tape.operation(first)):
        first += 1
    return _Search(tape).level(first, len(tape))


class _Search:
    """Looks for loops in a tape.

    Attributes:
        flags: of each node whether the first output depends on it: turns that differ in that are no equal turns.
        last_use: of each node the last one that uses it.
        work: how many nodes may be compared before it is given up.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.flags = reached(tape, tape.outputs[:1])
        self.last_use = last_uses(tape)
        self.work = MOST_WORK * len(tape)

    def level(self, first: int, last: int) -> list[Loop]:
        """The loops between two nodes, those that cover most first; what is left and right of each is searched anew."""
        if last - first < LEAST_NODES:
            return []
        found = self.found(first, last)
        if isinstance(found, list):
            return found
        return [*self.level(first, found.start), found, *self.level(found.stop, last)]

    def found(self, first: int, last: int) -> Loop | list[Loop]:
        """The first loop that covers more than half of the nodes between two; or, where there is none, all loops."""
        *readings, roughest = READINGS
        operations = Text(self.tape, first, last, roughest)
        if not any(windows(operations, 4)):  # of what repeats, the operations do
            return []
        seen: set[Repeat] = set()
        for text in (*(Text(self.tape, first, last, reading) for reading in readings), operations):
            for repeats in windows(text):
                for repeat in repeats:
                    if repeat not in seen and repeat.stop - repeat.start > (last - first) // 2:
                        loop = self.loop_of(repeat, first, last)
                        if loop is not None:
                            return loop
                seen.update(repeats)
        return self.disjoint(seen, first, last)

    def disjoint(self, repeats: set[Repeat], first: int, last: int) -> list[Loop]:
        """Of all these the loops that cover most, and none of which begins before another one ends."""
        found: list[Loop] = []  # in their order
        for repeat in sorted(repeats, key=_coverage, reverse=True):
            place = bisect_right(found, repeat.start, key=attrgetter("start"))
            start = found[place - 1].stop if place else first
            stop = found[place].start if place < len(found) else last
            is_free = start <= repeat.start and repeat.stop <= stop
            if is_free and repeat.stop - repeat.start <= (last - first) // 2:
                loop = self.loop_of(repeat, start, stop)
                if loop is not None:
                    found.insert(place, loop)
        return found

    def loop_of(self, repeat: Repeat, first: int, last: int) -> Loop | None:
        """The loop that a repeat is, if it is one."""
        if self.work < 0:
            return None
        turns = turns_of(self.tape, self.flags, repeat, first, last)
        self.work -= repeat.stop - repeat.start
        if turns is None or turns.count < LEAST_TURNS or turns.count * turns.period < LEAST_NODES:
            return None
        core = core_of(turns, turns.escapes(self.last_use))
        if not core.nodes:
            return None
        if core.delay > 1:  # so many turns do not depend on one another: they are one, and what they do is done at once
            stop = turns.start + turns.count * turns.period
            together = self.loop_of(Repeat(core.delay * turns.period, turns.start, stop), first, last)
            if together is not None:
                return together
        return Loop(turns.start, turns.period, turns.count, core.nodes, core.before, turns)


def windows(text: Text, window: int = 1) -> Iterator[list[Repeat]]:
    """The repeats for windows of this many nodes, of twice as many, and so on, as long as enough of them come back."""
    again = LEAST_NODES
    while again >= LEAST_NODES // 2 and window < text.size:
        repeats, again = text.repeats(window)
        yield repeats
        window *= 2


def _coverage(repeat: Repeat) -> tuple[int, int]:
    """How many nodes are in whole turns; of equally many, shorter turns are better."""
    return (repeat.stop - repeat.start) // repeat.period * repeat.period, -repeat.period
