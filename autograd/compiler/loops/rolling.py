# cython: initializedcheck=False
"""A tape with its loops rolled up: one turn, and what goes into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...operations import CONSTANT, INPUT
from ..columns import Column, filled
from ..folding import fold
from ..tape import LOOP, OUT, Tape, is_leaf_operation
from ..verify import looked_at
from .provenance import BecameRolled, Unrolled
from .turns import SAME, TURN, Turns

if TYPE_CHECKING:
    import cython  # Cython looks for this line

    from .search import Loop
else:
    from ... import _cython as cython

CARRIED, SCANNED, INVARIANT, LOCAL, KNOWN = range(5)  # the first three are the arguments of a body


class Body:
    """One turn of a loop, as a tape of its own.

    Its leaves are constants and INPUTs: of the argument CARRIED, what was computed in earlier turns; of SCANNED, what
    is another number for each turn; of INVARIANT, the others. The operands of the LOOP are first what stands for
    earlier turns before the first one; then for each SCANNED number that of every turn; then the INVARIANT ones.

    Attributes:
        tape: whose outputs are the nodes that other turns and other nodes use.
        turns: how many there are.
        carried: for each number of the argument CARRIED the node of the body that it was, and how many turns before.
        scanned, invariant: how many there are.
        outs: for each OUT the node of the body, and the turn.
    """

    def __init__(self, tape: Tape, turns: int) -> None:
        self.tape, self.turns = tape, turns
        self.carried: list[tuple[int, int]] = []
        self.outs: list[tuple[int, int]] = []
        self.scanned = self.invariant = 0

    def nodes(self) -> list[int]:
        """Those that other turns and other nodes use."""
        return sorted({*[n for n, _ in self.carried], *[n for n, _ in self.outs]})

    def folded(self) -> tuple[Body, Sequence[int]]:
        """The same with a body that is folded, and what became of its nodes.

        Itself, where what goes from turn to turn would no longer be nodes.
        """
        tape, became = fold(looked_at(self.tape))
        new = {int(became[n]) for n in self.tape.outputs}
        if len(new) < len(self.tape.outputs) or any(is_leaf_operation(tape.operation(n)) for n in new):
            return self, range(len(self.tape))
        other = Body(tape, self.turns)
        other.carried = [(int(became[n]), delay) for n, delay in self.carried]
        other.outs = [(int(became[n]), turn) for n, turn in self.outs]
        other.scanned, other.invariant = self.scanned, self.invariant
        return other, became.tolist()

    def explained(self) -> str:
        """What goes into a turn, in words."""
        counts = {"carried": len(self.carried), "scanned": self.scanned, "invariant": self.invariant}
        numbers = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        return f"each of {len(self.tape.needed())} nodes, with {numbers}"

    def __str__(self) -> str:
        carried = ", ".join(f"{n} of {delay} before" for n, delay in self.carried)
        return (
            f"{self.turns} turns, {self.scanned} scanned, {self.invariant} invariant; carried: {carried}\n{self.tape}"
        )


def roll(tape: Tape, loops: list[Loop]) -> tuple[Tape, BecameRolled]:
    """The tape with a LOOP for each of these, and with an OUT for each number of it that others use; and what became of
    its nodes.

    What a turn does not have to wait for, all turns do before; what no turn waits for, all do after.
    """
    rolling: _Rolling = _Rolling(tape, loops)
    rolling.roll()
    return rolling.result, BecameRolled(rolling.became.array(), rolling.unrolled)


@cython.cclass
class _Rolling:
    """Writes the rolled tape.

    Attributes:
        loop_of: of each node of a core its loop, -1 of others.
        is_out: of each node of a core whether another one uses it.
        became: of each node that of the result; -1 where it is no more than a node of a body.
        unrolled: where each loop was.
    """

    __slots__ = ("became", "is_out", "loop_of", "loops", "result", "tape", "unrolled")

    def __init__(self, tape: Tape, loops: list) -> None:
        self.tape = tape
        self.loops: list = []
        self.loop_of: Column = filled(len(tape), -1)
        self.is_out: Column = filled(len(tape))
        self.became: Column = filled(len(tape), -1)
        self.unrolled: list = []
        self.result: Tape = tape.like(len(tape) // 4)
        for loop in loops:
            self.loops.append(fitted(tape, loop))

    def roll(self) -> None:
        self.find_outs()
        n = 0
        for number in range(len(self.loops)):
            loop = self.loops[number][0]
            self.copy(n, loop.start)
            n = loop.stop
            self.enter(number)
        self.copy(n, len(self.tape))
        self.result.outputs = [self.became[n] for n in self.tape.outputs]

    def find_outs(self) -> None:
        """Which nodes of each core others use."""
        tape = self.tape
        kind, begin, of = tape.kind.view, tape.begin.view, tape.of.view
        loop_of, is_out = self.loop_of.view, self.is_out.view
        for number in range(len(self.loops)):
            loop = self.loops[number][0]
            core: list = loop.core
            for first in range(loop.start, loop.stop, loop.period):
                for s in core:
                    loop_of[first + s] = number
        is_leaf: list = [is_leaf_operation(operation) for operation in tape.kinds]
        for n in range(tape.kind.size):
            if not is_leaf[kind[n]]:
                for i in range(begin[n], begin[n + 1]):
                    m = of[i]
                    if loop_of[m] >= 0 and loop_of[m] != loop_of[n]:
                        is_out[m] = 1
        for n in tape.outputs:
            is_out[n] = 1

    def copy(self, start: cython.Py_ssize_t, stop: cython.Py_ssize_t) -> None:
        """Enter nodes as they are."""
        for n in range(start, stop):
            self.copy_node(n)

    def copy_node(self, n: cython.Py_ssize_t) -> None:
        tape, result, became = self.tape, self.result, self.became.view
        kind = tape.kind.view[n]
        is_leaf = is_leaf_operation(tape.kinds[kind])
        for i in range(tape.begin.view[n], tape.begin.view[n + 1]):
            m = tape.of.view[i]
            result.of.append(m if is_leaf else became[m])
        became[n] = result.close(kind, tape.scope.view[n])

    def enter(self, number: cython.Py_ssize_t) -> None:
        """Enter what is before a loop, the loop, what comes out of it, and what is after it."""
        loop, inputs = self.loops[number]
        result, became, is_out = self.result, self.became.view, self.is_out.view
        hoisted = bytearray(loop.period)
        for s in loop.before:
            hoisted[s] = 1
        in_core = bytearray(loop.period)
        for s in loop.core:
            in_core[s] = 1
        for first in range(loop.start, loop.stop, loop.period):
            for s in loop.before:
                self.copy_node(first + s)
        body, places = inputs.body(self.tape)
        for m in inputs.operands():
            result.of.append(became[m])
        node = result.close(result.number_of(LOOP), 0)
        out = result.number_of(OUT)
        for turn in range(loop.count):
            first = loop.start + turn * loop.period
            for s in loop.core:
                if is_out[first + s]:
                    result.of.append(node)
                    became[first + s] = result.close(out, 0)
                    body.outs.append((places[s], turn))
        body.tape.outputs = body.nodes()
        body, nodes = body.folded()
        result.loops.append(body)
        of_turn = [nodes[places[s]] if s in places else -1 for s in range(loop.period)]
        self.unrolled.append(Unrolled(loop.start, loop.period, loop.count, of_turn))
        for first in range(loop.start, loop.stop, loop.period):
            for s in range(loop.period):
                if not hoisted[s] and not in_core[s]:
                    self.copy_node(first + s)


class Inputs:
    """Where the operands of the core of a loop come from.

    Attributes:
        first, last: the first node of the first turn, and of the last one.
        sources: of each operand of each node of the core, what it is and which: of the local ones the node of the turn,
            of constants the node of the tape, of others their number.
        carried: the nodes that earlier turns have computed, and how many turns before; each has its number.
        initial: for each of these the node that stands for it before the first turn.
        scanned: for each number the nodes of all turns.
        invariant: the nodes; each has its number.
    """

    def __init__(self, core: list[int], first: int, last: int, turns: int) -> None:
        self.core, self.first, self.last, self.turns = core, first, last, turns
        self.sources: list[list[tuple[int, Any]]] = []
        self.carried: dict[tuple[int, int], int] = {}
        self.initial: list[int] = []
        self.scanned: dict[bytes, int] = {}
        self.columns: list[list[int]] = []
        self.invariant: dict[int, int] = {}

    def operands(self) -> list[int]:
        """Of the LOOP."""
        return [*self.initial, *[n for column in self.columns for n in column], *self.invariant]

    def carry(self, slot: int, delay: int, initial: int) -> bool:
        """Have a number from so many turns before the first one; False where it would be two."""
        number = self.carried.setdefault((slot, delay), len(self.initial))
        if number == len(self.initial):
            self.initial.append(initial)
        return self.initial[number] == initial

    def scan(self, column: Column) -> int:
        """The number of what is another node for each turn."""
        key = column.array().tobytes()
        number = self.scanned.setdefault(key, len(self.columns))
        if number == len(self.columns):
            self.columns.append(column.array().tolist())
        return number

    def body(self, tape: Tape) -> tuple[Body, dict[int, int]]:
        """The turn as a tape; and the node there of each of the core."""
        body: Tape = tape.like()
        body.constants, body.parameters = [], []
        constants: dict[str, int] = {}
        counts = len(self.initial), len(self.columns), len(self.invariant)
        leaves = [[body.add(INPUT, (of, k)) for k in range(count)] for of, count in enumerate(counts)]
        places: dict[int, int] = {}
        for s, sources in zip(self.core, self.sources, strict=True):
            operands = []
            for what, which in sources:
                if what == LOCAL:
                    operands.append(places[which])
                elif what == KNOWN:
                    operands.append(body.constant(tape.constants[tape.operands(which)[0]], constants))
                else:
                    operands.append(leaves[what][which])
            scope = shared_scope(tape.scope_of(self.first + s), tape.scope_of(self.last + s))
            places[s] = body.add(tape.operation(self.first + s), operands, scope)
        result = Body(body, self.turns)
        result.carried = [(places[s], delay) for s, delay in self.carried]
        result.scanned, result.invariant = counts[1:]
        return result, places


def shared_scope(a: tuple | None, b: tuple | None) -> tuple | None:
    """The innermost scope around the first up to which the names of both are the same, from the outermost on."""
    shared = None
    for of_a, of_b in zip(scopes_of(a), scopes_of(b), strict=False):
        if of_a[1] != of_b[1]:
            break
        shared = of_a
    return shared


def scopes_of(scope: tuple | None) -> list[tuple]:
    """This scope and all around it, the outermost first."""
    found = []
    while scope is not None:
        found.append(scope)
        scope = scope[0]
    return found[::-1]


def fitted(tape: Tape, loop: Loop) -> tuple[Loop, Inputs]:
    """A loop without the first turns that do not fit together, and where the operands of its core come from.

    They do not where two operands stand for one number of a turn before the first one, and differ. Where there are such
    turns, this number is theirs: so these are no more than a number is carried over, of which `Turns` has four times as
    many.
    """
    while True:
        inputs = inputs_of(tape, loop)
        if inputs is not None:
            return loop, inputs
        loop = replace(loop, start=loop.start + loop.period, count=loop.count - 1)


def inputs_of(tape: Tape, loop: Loop) -> Inputs | None:
    turns: Turns = loop.turns
    begin, of, source, relative, begin_of = (
        tape.begin.view, tape.of.view, turns.source.view, turns.relative.view, turns.begin.view,
    )  # fmt: skip
    period, count, first = loop.period, loop.count, loop.start
    core = set(loop.core)
    inputs = Inputs(loop.core, first, first + (count - 1) * period, count)
    for s in loop.core:
        sources: list = []
        for j in range(begin_of[s], begin_of[s + 1]):
            at = j - begin_of[s]  # among the operands of the node
            delay = (period - 1 - relative[j]) // period if relative[j] < 0 else 0
            slot = relative[j] + delay * period
            m = of[begin[first + s] + at]
            if source[j] == TURN and slot in core:
                for turn in range(delay):
                    if not inputs.carry(slot, delay - turn, of[begin[first + turn * period + s] + at]):
                        return None
                sources.append((CARRIED, inputs.carried[slot, delay]) if delay else (LOCAL, slot))
            elif source[j] == SAME and tape.operation(m) is CONSTANT:
                sources.append((KNOWN, m))
            elif source[j] == SAME:
                sources.append((INVARIANT, inputs.invariant.setdefault(m, len(inputs.invariant))))
            else:
                column: Column = Column(count)
                for n in range(first + s, first + s + count * period, period):
                    column.append(of[begin[n] + at])
                sources.append((SCANNED, inputs.scan(column)))
        inputs.sources.append(sources)
    return inputs
