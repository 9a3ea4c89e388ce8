# cython: initializedcheck=False
"""Turns that are compared exactly: whether what seems to repeat does, and where the operands of a turn come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...operations import ADD, SUB
from ..columns import Column, filled
from ..tape import Tape, is_leaf_operation
from .repeats import Repeat

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from ... import _cython as cython

_FLAT = (ADD, SUB)
LEAST_PER_DELAY = 4  # turns: with fewer it's by chance that one gets what another has made
MOST_BOUNDARIES = 4

# Where an operand comes from.
TURN = 0  # a node of its own turn, or of an earlier one: always equally far back
SAME = 1  # the same node for all turns
SCANNED = 2  # for each turn a leaf of its own, or a node from before the loop


@cython.cclass
class Turns:
    """Equal turns: node s of turn t is `start + t * period + s`.

    An operand of a TURN that lies in an earlier one is, in the first turns, whatever was there before.

    Attributes:
        begin: where the operands of each node of a turn begin in the columns below.
        source: of each operand TURN, SAME or SCANNED.
        relative: of a TURN its number less that of the first node of the turn: below 0 in an earlier turn.
        outside: the last inner node from before the loop that any turn uses.
        floor: the loop can't begin before this node.
    """

    __slots__ = (
        "begin", "count", "flags", "floor", "is_leaf", "outside", "period", "relative", "source", "start", "tape",
    )  # fmt: skip

    def __init__(self, tape: Tape, flags: bytearray, period: int) -> None:
        self.tape, self.flags, self.period = tape, flags, period
        self.is_leaf: Column = Column.of([is_leaf_operation(operation) for operation in tape.kinds])
        self.start: int = 0
        self.count: int = 0
        self.outside: int = -1
        self.floor: int = 0
        self.begin: Column = Column.of([0])
        self.source: Column = Column(period)
        self.relative: Column = Column(period)

    def read_last(self, first: cython.Py_ssize_t) -> bool:
        """Learn where operands come from by a turn and the one before it. False where these are not alike."""
        begin, of = self.tape.begin.view, self.tape.of.view
        period = self.period
        for n in range(first, first + period):
            if not self.alike(n, n - period):
                return False
            shift = begin[n - period] - begin[n]
            for i in range(begin[n], begin[n + 1]):
                m, earlier = of[i], of[i + shift]
                if m == earlier:
                    source = SAME
                elif m - earlier == period and not self.leaf(m) and not self.leaf(earlier):
                    source = TURN
                elif self.is_outside(m, first - period) and self.is_outside(earlier, first - period):
                    source = SCANNED
                else:
                    return False
                if source != TURN and not self.leaf(m):
                    self.outside = max(self.outside, m)
                self.source.append(source)
                self.relative.append(m - first)
            self.begin.append(self.source.size)
        self.start, self.count = first, 1
        return True

    def extend(self, first: cython.Py_ssize_t, last: cython.Py_ssize_t) -> None:
        """Add the turns before and after, none of them outside of these nodes, that are like the one that was read."""
        while self.start + (self.count + 1) * self.period <= last:
            if not self.fits(self.start + self.count * self.period, False):
                break
            self.count += 1
        self.floor = first
        while self.start - self.period >= self.floor and self.fits(self.start - self.period, True):
            self.start -= self.period
            self.count += 1
        while self.count and self.outside >= self.start:
            self.start += self.period
            self.count -= 1
        self.shorten()

    def shorten(self) -> None:
        """Leave out the last turns where all others get a number from before the loop: these do not depend on it."""
        source, relative = self.source.view, self.relative.view
        done = False
        while not done:
            done = True
            for j in range(self.source.size):
                if source[j] == TURN and relative[j] < 0:
                    delay = (self.period - 1 - relative[j]) // self.period
                    if LEAST_PER_DELAY * delay > self.count:
                        if delay < self.count:
                            self.count, done = delay, False
                        source[j] = SCANNED

    def escapes(self, last_use: Column) -> bytearray:
        """Of each node of a turn, whether one of any turn but the last is used outside of the turns."""
        found: bytearray = bytearray(self.period)
        flags, uses = found, last_use.view
        stop = self.start + self.count * self.period
        s = 0
        for n in range(self.start, stop - self.period):
            if uses[n] >= stop:
                flags[s] = 1
            s += 1
            if s == self.period:
                s = 0
        return found

    def fits(self, first: cython.Py_ssize_t, is_early: bool) -> bool:
        """Whether a turn is like the others; an early one may be the first that gets what was there before."""
        begin, of, source, relative = self.tape.begin.view, self.tape.of.view, self.source.view, self.relative.view
        period, outside, floor, reference = self.period, self.outside, self.floor, self.start
        for s in range(period):
            n = first + s
            if not self.alike(n, reference + s):
                return False
            for i in range(begin[n], begin[n + 1]):
                m, j = of[i], self.begin.view[s] + i - begin[n]
                if source[j] == TURN:
                    if m == first + relative[j]:
                        continue
                    if not is_early or relative[j] >= 0:
                        return False
                    turns = (period - 1 - relative[j]) // period  # how far back
                    floor = max(floor, first - (turns - 1) * period)
                elif source[j] == SAME and of[begin[reference + s] + i - begin[n]] != m:
                    if not self.leaf(m) or not self.leaf(of[begin[reference + s] + i - begin[n]]):
                        return False
                    source[j] = SCANNED
                if not self.leaf(m):
                    outside = max(outside, m)
        self.outside, self.floor = outside, floor
        return True

    def alike(self, n: cython.Py_ssize_t, m: cython.Py_ssize_t) -> bool:
        """Whether two nodes are of one operation, with equally many operands, and with the same flags."""
        kind, begin = self.tape.kind.view, self.tape.begin.view
        are_alike = kind[n] == kind[m] and begin[n + 1] - begin[n] == begin[m + 1] - begin[m]
        return are_alike and self.flags[n] == self.flags[m]

    def leaf(self, n: cython.Py_ssize_t) -> bool:
        return self.is_leaf.view[self.tape.kind.view[n]] != 0

    def is_outside(self, n: cython.Py_ssize_t, first: cython.Py_ssize_t) -> bool:
        return n < first or self.leaf(n)


def last_uses(tape: Tape) -> Column:
    """Of each node the last one that uses it; of an output the number of all nodes."""
    kind, begin, of = tape.kind.view, tape.begin.view, tape.of.view
    is_leaf: list = [is_leaf_operation(operation) for operation in tape.kinds]
    found: Column = filled(len(tape), -1)
    uses = found.view
    for n in range(tape.kind.size):
        if not is_leaf[kind[n]]:
            for i in range(begin[n], begin[n + 1]):
                uses[of[i]] = n
    for n in tape.outputs:
        uses[n] = tape.kind.size
    return found


def depth_of(tape: Tape) -> int:
    """How many operations that are no additions depend on one another, at most. A loop makes it deep."""
    kind, begin, of = tape.kind.view, tape.begin.view, tape.of.view
    found: Column = filled(len(tape))
    depth = found.view
    steps: Column = Column.of([operation not in _FLAT for operation in tape.kinds])
    is_leaf: list = [is_leaf_operation(operation) for operation in tape.kinds]
    deepest = 0
    for n in range(tape.kind.size):
        if not is_leaf[kind[n]]:
            most = 0
            for i in range(begin[n], begin[n + 1]):
                most = max(most, depth[of[i]])
            depth[n] = most + steps.view[kind[n]]
            deepest = max(deepest, depth[n])
    return deepest


def turns_of(tape: Tape, flags: bytearray, repeat: Repeat, first: int, last: int) -> Turns | None:
    """The equal turns that a repeat is, all between two nodes: as many as there can be; None if there are not two."""
    best: Turns | None = None
    for boundary in boundaries_of(tape, repeat, max(first, repeat.start - repeat.period + 1)):
        turns = turns_from(tape, flags, repeat, boundary, first, last)
        if turns is not None and (best is None or turns.count > best.count):
            best = turns
    return best


def turns_from(tape: Tape, flags: bytearray, repeat: Repeat, boundary: int, first: int, last: int) -> Turns | None:
    """The same, of turns of which one begins at the boundary."""
    period = repeat.period
    begins = repeat.stop - period - (repeat.stop - boundary) % period
    for last_turn in (begins, begins - period):  # the last one may be cut short by what nobody needs
        if last_turn - period >= first:
            turns: Turns = Turns(tape, flags, period)
            if turns.read_last(last_turn):
                turns.extend(first, last)
                return turns if turns.count > 1 else None
    return None


def boundaries_of(tape: Tape, repeat: Repeat, earliest: cython.Py_ssize_t) -> list[int]:
    """Where a turn may begin: where the fewest numbers go from one to the next; of many such places a few.

    The first turn reads otherwise than the others up to the last number that it gets from before the loop: so the loop
    begins within a turn before the repeat does, at the earliest at this node.
    """
    begin, of = tape.begin.view, tape.of.view
    period, start, stop = repeat.period, repeat.start, repeat.stop
    farthest: Column = filled(period, 0)  # how far the last use of each node is, by its place in the period
    far = farthest.view
    for n in range(stop - period, stop):
        shift = begin[n - period] - begin[n]
        for i in range(begin[n], begin[n + 1]):
            m = of[i]
            if m - of[i + shift] == period and m >= start:
                far[m % period] = max(far[m % period], n - m)
    crossing: Column = filled(period + 1, 0)
    cross = crossing.view
    for place in range(period):  # of a use within less than a period; others cross every boundary
        distance, begins = far[place] % period, (place + 1) % period
        cross[begins] += 1
        ends = begins + distance
        if ends > period:
            cross[0] += 1
            ends -= period
        cross[ends] -= 1
        if begins + distance > period:
            cross[period] -= 1
    total = 0
    counts: Column = filled(period, 0)
    for place in range(period):
        total += cross[place]
        counts.view[place] = total
    fewest = min(counts)
    found = [n for n in range(earliest, earliest + period) if counts.view[n % period] == fewest]
    return [*found[: -1 : -(-len(found) // MOST_BOUNDARIES)], found[-1]]  # the last one may be where the repeat starts
