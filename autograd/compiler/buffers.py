"""Where the numbers of a program lie while it runs: which values share memory, and what is written over what.

A program is made of values, each defined once; memory is another matter, and decided here, from lifetimes:

    in parts   what is only a part of an assembled value is computed at its place there: the first part is written, the
               others are added as soon as they are known; where the parts leave gaps, zeros are written before
    in place   a step that goes over its operands number by number writes over one that nobody reads afterwards
    reuse      the memory of a value is that of another one which nobody reads any more

The instructions that come out are for executors that have memory to care for; others go by the program itself.
"""

from array import array
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from math import prod
from typing import Any, NamedTuple

import numpy as np

from .kinds import Assemble, Fill, Loop, Sum
from .program import Program, Space, Step
from .views import Place, View


class Instruction(NamedTuple):
    """A step, and where its result goes: it is written there, or added to what is there."""

    step: Step
    out: View
    accumulate: bool = False


class Slot(NamedTuple):
    """Memory for so many numbers, or booleans, in their space."""

    space: int
    boolean: int
    size: int


class _Addition(NamedTuple):
    """An operand of an assembled value that lies somewhere else, and is copied or added to its place."""

    to: int
    operand: int
    accumulate: bool
    zeros_before: bool


class Buffers:
    """The instructions of a program, and the memory that they need.

    Attributes:
        slots: the memory.
        slot: of each value the number of its memory; -1 where that is not ours: of what is given, of the gradient, and
            of parts of an assembled value.
        order: of the instructions, each a value, or ~ the number of one of the `additions`; of the first `forward_end`
            come the outputs.
        home, operand_of_home: of each value the one in whose memory it lies, and as which operand of that.
        accumulates, zeros_before: of each value, whether it is added there, and whether zeros are written before.
        bodies: of each loop those of its body.
        overwrites: whether every gradient is written, whatever stood there: it need not be given with zeros then.
        written: what executors have written of it, for any number of rows; it refers to nothing here.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.written: dict[tuple, Any] = {}
        self.bodies = {kind: Buffers(kind.body) for kind in program.kinds if isinstance(kind, Loop)}
        count = len(program)
        self.home = array("i", range(count))
        self.operand_of_home = array("i", [0]) * count
        self.accumulates, self.zeros_before = bytearray(count), bytearray(count)
        self._after: dict[int, list[_Addition]] = defaultdict(list)  # what is added when a value is known
        self._decide_parts()
        self.additions: list[_Addition] = []
        self.order = array("i")
        self.forward_end = self._list_instructions(program.steps.values)
        self._list_instructions(program.adjoints.values)
        self.slots, self.slot = self._allocate()
        self.overwrites = self._overwrites()

    def forward(self) -> Iterator[Instruction]:
        """What computes the outputs."""
        return self._instructions(0, self.forward_end)

    def backward(self) -> Iterator[Instruction]:
        """What computes the gradient afterwards."""
        return self._instructions(self.forward_end, len(self.order))

    def is_zero_already(self, instruction: Instruction) -> bool:
        """Whether it writes zeros into the gradient, which is given with zeros."""
        return instruction.out.value == self.program.gradient and instruction.step.kind == Fill(0.0)

    def _overwrites(self) -> bool:
        """Whether something is written into the gradient, and not zeros first."""
        for n in self.order[self.forward_end :]:
            if (self.additions[~n].to if n < 0 else self.home[n]) == self.program.gradient:
                return not self.is_zero_already(self.at(n)[0])
        return False

    def line(self, instruction: Instruction) -> str:
        """An instruction as text: g[0:2] += dot(dt2, x0), with the positions that it writes where these are a part."""
        program, (step, out, accumulate) = self.program, instruction
        part = "" if program.is_whole(out) else f"[{out.offset}:{out.offset + prod(out.shape)}]"
        return f"{program.name(out.value)}{part} {'+=' if accumulate else '='} {program.operation(step)}"

    def __str__(self) -> str:
        lines = []
        for instruction in (*self.forward(), *self.backward()):
            slot = self.slot[instruction.out.value]
            lines.append(self.line(instruction) + (f"  in memory {slot}" if slot >= 0 else ""))
        return "\n".join(lines)

    def bytes_of_row(self, itemsize: int) -> int:
        """Memory that each row needs."""
        ours = sum(slot.size * (1 if slot.boolean else itemsize) for slot in self.slots if slot.space == Space.ROW)
        return ours + sum(body.bytes_of_row(itemsize) for body in self.bodies.values())

    def _instructions(self, start: int, stop: int) -> Iterator[Instruction]:
        for n in self.order[start:stop]:
            yield from self.at(n)

    def at(self, n: int) -> list[Instruction]:
        """The instructions of an entry of `order`: one, and perhaps zeros before."""
        program = self.program
        if n < 0:
            to, operand, accumulate, zeros_before = self.additions[~n]
            whole = program.step(to)
            kind: Assemble = whole.kind  # type: ignore[assignment]
            out = View(to, *kind.places[operand])
            step = whole._replace(kind=Sum((kind.signs[operand],)), operands=(whole.operands[operand],), out=out)
            found = [Instruction(step, out, accumulate)]
        else:
            step, zeros_before = program.step(n), bool(self.zeros_before[n])
            to, out = self.home[n], step.out
            if to != n:
                out = View(to, *program.kind(to).places[self.operand_of_home[n]])  # type: ignore[attr-defined]
            found = [Instruction(step, out, bool(self.accumulates[n]))]
        if zeros_before:
            zeros = program.step(to)
            found.insert(0, Instruction(zeros._replace(kind=Fill(0.0), operands=()), zeros.out))
        return found

    # ------------------------------------------------------------------------------------------------ in parts

    def _decide_parts(self) -> None:
        program = self.program
        uses = self._count_uses()
        is_assembled = [isinstance(kind, Assemble) for kind in program.kinds]
        for section in (program.steps.values, program.adjoints.values):
            for value in section:
                if is_assembled[program.kind_number[value]]:
                    self._decide_parts_of(program.step(value), uses, section.start)

    def _count_uses(self) -> list[int]:
        """How many operands refer to each value; none of a part can be an output."""
        of = np.frombuffer(self.program.of, dtype=np.intc)
        uses = np.bincount(of[of >= 0], minlength=len(self.program))
        for value, _ in self._outputs():
            uses[value] += 2
        return uses.tolist()

    def _decide_parts_of(self, step: Step, uses: list[int], start: int) -> None:
        """Which operands are computed at their place, and when the others are copied there.

        Args:
            start: the first value of the section of the program, forward or backward, in which all of it happens.
        """
        kind: Assemble = step.kind  # type: ignore[assignment]
        whole = step.out.value
        inside = {
            n
            for n, (operand, sign) in enumerate(zip(step.operands, kind.signs, strict=True))
            if isinstance(operand, View) and operand.value >= start and sign > 0 and uses[operand.value] == 1
            and self._is_all_of(operand, step)
        }  # fmt: skip
        known = [
            operand.value if isinstance(operand, View) and operand.value >= start else whole
            for operand in step.operands
        ]
        begin = min([known[n] for n in inside], default=sorted(known)[:2][-1])
        events = sorted((max(begin, when), n not in inside, n) for n, when in enumerate(known))
        adds, zeros_before = _coverage(self.program.size[whole], [kind.places[n] for *_, n in events])
        for (when, _, n), accumulate in zip(events, adds, strict=True):
            if n in inside:
                self.home[when], self.operand_of_home[when] = whole, n
                self.accumulates[when], self.zeros_before[when] = accumulate, zeros_before
            else:
                self._after[when].append(_Addition(whole, n, accumulate, zeros_before))
            zeros_before = False

    def _is_all_of(self, view: View, whole: Step) -> bool:
        """Is a view all of what a step computes, in the space of the whole?"""
        program, value = self.program, view.value
        return (
            program.layouts[program.layout[value]] == view[2:]
            and view.offset == 0
            and program.space[value] == whole.space
            and program.boolean[value] == whole.boolean
            and not isinstance(program.kind(value), Assemble)
        )

    # -------------------------------------------------------------------------------------------- instructions

    def _list_instructions(self, section: range) -> int:
        """Enter the instructions of a part of the program; how many there are now."""
        program, order = self.program, self.order
        is_assembled = [isinstance(kind, Assemble) for kind in program.kinds]
        for value in section:
            if not is_assembled[program.kind_number[value]]:
                order.append(value)
            for addition in self._after.get(value, ()):
                order.append(~len(self.additions))
                self.additions.append(addition)
        return len(order)

    # ------------------------------------------------------------------------------------------------- memory

    def _allocate(self) -> tuple[list[Slot], array]:
        """Memory for each value, from its first instruction to the last one that reads it."""
        program, home = self.program, self.home
        last = self._last_uses()
        slot = array("i", [-1]) * len(program)
        spaces: list[tuple[int, int]] = []  # of the slots, and whether they are for booleans
        sizes: list[int] = []
        free: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)  # slots by size, smallest first
        goes_over = [kind.goes_over for kind in program.kinds]
        for time, n in enumerate(self.order):
            to = self.additions[~n].to if n < 0 else home[n]
            ends = {home[value] for value in self._reads(n) if last[home[value]] == time and slot[home[value]] >= 0}
            if time == self.forward_end:
                ends |= {home[value] for value, _ in self._outputs() if last[home[value]] == time}
            if slot[to] < 0 and to != program.gradient:
                key = program.space[to], program.boolean[to]
                over = self._written_over(n, ends) if ends and n == to and goes_over[program.kind_number[n]] else -1
                if over >= 0:
                    slot[to] = slot[over]
                    ends.discard(over)
                else:
                    slot[to] = _take(free[key], program.size[to], len(sizes))
                    if slot[to] == len(sizes):
                        sizes.append(0)
                        spaces.append(key)
                    sizes[slot[to]] = max(sizes[slot[to]], program.size[to])
            if last[to] < time:  # nobody reads it
                ends.add(to)
            for value in ends:
                if slot[value] >= 0:
                    insort(free[spaces[slot[value]]], (sizes[slot[value]], slot[value]))
        return [Slot(*key, size) for key, size in zip(spaces, sizes, strict=True)], slot

    def _last_uses(self) -> array:
        """For each value that has memory of its own, the last instruction that reads it; -1 where none does."""
        program, home = self.program, self.home
        last = array("i", [-1]) * len(program)
        for time, n in enumerate(self.order):
            for value in self._reads(n):
                last[home[value]] = time
            to = self.additions[~n].to if n < 0 else home[n]
            if to != n:  # a part, which has to stay until all are there
                last[to] = time
        for value, _ in self._outputs():  # they are copied when all of them are known
            last[home[value]] = max(last[home[value]], self.forward_end)
        return last

    def _reads(self, n: int) -> list[int]:
        """The values that an instruction reads."""
        program = self.program
        if n >= 0:
            return [value for value in program.of[program.begin[n] : program.begin[n + 1]] if value >= 0]
        addition = self.additions[~n]
        value = program.of[program.begin[addition.to] + addition.operand]
        return [value] if value >= 0 else []

    def _outputs(self) -> list[tuple[int, int]]:
        """Those that are computed: the value, and the position in it."""
        return [output for output in self.program.outputs if isinstance(output, tuple)]

    def _written_over(self, value: int, ends: set[int]) -> int:
        """An operand that is read here for the last time, and number by number; -1 where there is none.

        A sum may be added up term by term, so that only the first two can be written over, and no other term that is
        the same.
        """
        program = self.program
        begin, end = program.begin[value], program.begin[value + 1]
        read = program.of[begin:end]
        kind = program.kind(value)
        for i, operand in enumerate(read):
            if isinstance(kind, Sum) and (i > 1 or (i == 1 and kind.signs[0] < 0)):
                return -1
            if (
                operand in ends
                and read.count(operand) == 1
                and program.operand_layout[begin + i] == program.layout[value]
                and program.size[operand] == program.size[value]
                and program.space[operand] == program.space[value]
                and program.boolean[operand] == program.boolean[value]
            ):
                return operand
        return -1


def _take(free: list[tuple[int, int]], size: int, new: int) -> int:
    """The smallest free slot that is large enough, or else the largest, which is to grow; a new one where none is."""
    if not free:
        return new
    found = bisect_left(free, (size, -1))
    return free.pop(min(found, len(free) - 1))[1]


def _coverage(size: int, places: list[Place]) -> tuple[list[bool], bool]:
    """Of parts in this order: which of them are added to others; and whether zeros must be there before."""
    if all(offset == 0 and prod(shape) == size for offset, shape, _ in places):  # each is all of it
        return [n > 0 for n in range(len(places))], False
    covered = np.zeros(size, dtype=bool)
    accumulate, zeros = [], False
    for place in places:
        positions = View(0, *place).positions() if place[1] else place[0]
        before = covered[positions]
        accumulate.append(bool(np.any(before)))
        zeros |= accumulate[-1] and not np.all(before)
        covered[positions] = True
    return accumulate, zeros or not covered.all()
