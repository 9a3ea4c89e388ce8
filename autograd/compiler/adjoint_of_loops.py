"""The adjoint of a loop: a loop backwards of what must wait for other turns, and all else for all turns at once.

The adjoint of one turn is a program (`AdjointOfTurn`) of what the turn has read and computed, and of dy, the adjoint of
its row. Its steps are divided by what they depend on:

    before    what does not depend on dy is computed for all turns at once, since all rows are known
    the loop  what is on the way from dy to the rows of other turns: a turn t receives what was sent to its row from
              the turns that read it, adds it to what comes from outside, and sends on what goes to the rows it read.
              For an executor that is faster so, the turns do more: see `waiting`
    after     the adjoints of all else that a turn reads, for all turns at once, since dy of all turns is known now.
              The gradient of the parameters is a sum over turns and rows, of a matrix one product
"""

from collections.abc import Sequence
from math import prod

import numpy as np

from .adjoint_of_turns import AdjointOfTurn
from .contributions import Contribution
from .kinds import Assemble, Contract, Fill, Loop, Scatter, Sum
from .lifting import Lifting
from .placed import Placed, placed_view, runs_of
from .program import Program, Space, Step
from .reversing import Reversal
from .sending import Sent, Summed
from .views import Place, View, contiguous
from .waiting import Waiting


def reverse_loop(outer: Reversal, step: Step, kind: Loop, rows: View) -> None:
    """Contribute to what a loop reads.

    Args:
        rows: the adjoint of its result, as far as that is contributed from outside of it.
    """
    assert not kind.is_reversed, "no program goes backwards twice"
    contributions = outer.to[step.out.value]
    reached = [_reached(outer.program, each, step, kind.width) for each in contributions]
    turns = max([row for row, _, _ in reached]) + 1 - kind.delay  # up to the last one that is reached
    found: View | None = rows
    if turns > 0:
        columns = np.any([each for row, _, each in reached if row >= kind.delay], axis=0)
        last = None
        if min([row for _, row, _ in reached]) == turns - 1 + kind.delay:
            last = _last_row(outer, contributions, kind, turns, step.space)
        found = _LoopReversal(outer, step, kind, rows, last, turns).all_rows(columns)
    first = step.operands[0]
    if found is not None and outer.passes(first):
        outer.contribute(first, found._replace(shape=first.shape))


def _reached(program: Program, contribution: Contribution, step: Step, width: int) -> tuple[int, int, np.ndarray]:
    """The last and the first row that is contributed to, and to which numbers of a row; those of all rows together."""
    (offset, shape, strides), numbers, _ = contribution
    made, size = program.kind(numbers.value), prod(step.out.shape)
    columns, of_all = np.zeros(width, bool), (0, (size,), (1,))
    is_whole = numbers.place == (offset, shape, strides) == of_all and program.size[numbers.value] == size
    if isinstance(made, Scatter) and is_whole:  # zeros to most of them
        columns[made.table % width] = True
        return int(made.table.max()) // width, 0, columns
    ends = [(length - 1) * stride for length, stride in zip(shape, strides, strict=True)]
    across = [axis for axis, stride in enumerate(strides) if stride % width]  # the others go from row to row
    shape, strides = (tuple([each[axis] for axis in across]) for each in (shape, strides))
    columns[View(0, offset, shape, strides).positions() % width] = True
    high, low = (offset + sum([of(0, end) for end in ends]) for of in (max, min))
    return high // width, low // width, columns


def _last_row(outer: Reversal, contributions: Sequence[Contribution], kind: Loop, turns: int, space: int) -> View:
    """What is contributed to the last row that is reached, if that is the only one."""
    start = (kind.delay + turns - 1) * kind.width
    places = tuple([(offset - start, shape, strides) for (offset, shape, strides), *_ in contributions])
    assembled = Assemble(places, tuple([each.sign for each in contributions]))
    return outer.define(assembled, [each.numbers for each in contributions], (kind.width,), space)


class _LoopReversal:
    """The adjoint of a loop, as far as something is contributed to its turns.

    Args:
        outer: the adjoint of the program in which it is a step.
        rows: what is contributed from outside, (rows, width).
        last: that of the last row, (width,), where there is no more.
        turns: how many there are up to the last one that has an adjoint.
    """

    def __init__(self, outer: Reversal, step: Step, kind: Loop, rows: View, last: View | None, turns: int) -> None:
        self.outer, self.step, self.kind, self.body = outer, step, kind, kind.body
        self.last = last
        self.totals: dict[tuple[int, Place], View] = {}  # what turns have summed, by the part of a leaf it belongs to
        self.rows, self.turns = rows._replace(shape=(kind.delay + turns, kind.width)), turns
        self.states = {n: value for n, value in kind.body.inputs.items() if n < len(kind.delays)}
        self.operands: dict[int, View] = {}  # by the leaf of the body which they are
        for n, (view, scanned) in enumerate(zip(step.views[1:], kind.scanned, strict=True), len(kind.delays)):
            if n in kind.body.inputs:
                seen = view._replace(shape=(turns, *view.shape[1:])) if scanned else view
                self.operands[kind.body.inputs[n]] = seen
        self.is_scanned = {
            kind.body.inputs[n + len(kind.delays)]: scanned
            for n, scanned in enumerate(kind.scanned)
            if n + len(kind.delays) in kind.body.inputs
        }

    def all_rows(self, columns: np.ndarray) -> View | None:
        """The adjoint of all rows, (rows, width), when everything is contributed to what the turns read.

        It is None where no turn passes anything on.
        """
        outer = self.outer
        self.sources = sources = [value for value, view in self.operands.items() if outer.passes(view)]
        if outer.forward.parameters in outer.passing:
            sources.append(self.body.parameters)
        first = outer.passes(self.step.operands[0])
        self.turn = turn = AdjointOfTurn(self.body, sources, self.states.values(), first, columns, self.step.space)
        if not turn.to:
            return None if self.last else self.rows
        lifting = self.lifting = Lifting(turn.program, self.turns, self.placed(), outer.program, outer.define)
        rows = self.total(columns)
        lifting.placed[turn.dy.value] = self.of_turns(rows, 0)
        for value in sources:
            self.contribute(value)
        return rows

    def of_turns(self, rows: View, delay: int) -> Placed:
        """Where the rows of the turns lie, or those of so many turns before."""
        row, number = rows.strides
        return Placed(rows.value, rows.offset + row * (self.kind.delay - delay), row, number)

    def placed(self) -> dict[int, Placed]:
        """Where the leaves of a turn lie, and what it gives out."""
        outer, kind, body = self.outer, self.kind, self.body
        placed = {body.parameters: Placed(outer.forward.parameters, 0, None, 1)}
        for n, value in self.states.items():
            placed[value] = self.of_turns(self.step.out, kind.delays[n])
        for value, view in self.operands.items():
            found = placed_view(view, self.is_scanned[value])
            if found is None:
                copied = outer.define(Sum((1,)), [view], view.shape, outer.program.space[view.value])
                found = placed_view(copied, self.is_scanned[value])
                assert found is not None
            placed[value] = found
        placed[self.turn.dy.value] = self.of_turns(self.rows, 0)
        for column, run in runs_of(body):
            if isinstance(run, View) and self.is_known(run):
                row = self.of_turns(self.step.out, 0)
                [stride] = run.strides
                placed.setdefault(
                    run.value, row._replace(offset=row.offset + column - stride * run.offset, step=stride)
                )
        return placed

    def is_known(self, run: View) -> bool:
        """Whether what a turn gives out there is all of a value, in order, as it is computed.

        What an operation chooses is computed again, of operands that are: the largest of some numbers must be one of
        them, bit for bit.
        """
        body = self.body
        return (
            run.offset == 0 and run.shape[0] == body.size[run.value] and run.strides == (1,)
            and run.value >= body.leaves.values.stop and body.space[run.value] == self.step.space
            and not body.kind(run.value).chooses
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------ the loop

    def total(self, columns: np.ndarray) -> View:
        """The adjoint of all rows: what comes from outside, and what turns have sent, of which a loop is made."""
        turns, (count, width) = self.turns, self.rows.shape
        sent = self.sent()
        if not sent and not self.last:
            return self.rows
        places, numbers = [contiguous(0, 0, self.rows.shape).place], [self.rows]
        if self.last:
            places, numbers = [contiguous(0, (count - 1) * width, (width,)).place], [self.last]
        result = self.loop(sent, columns) if sent else self.rows
        for each in sent:
            offset = (self.kind.delay - each.delay) * width + each.column
            places.append((offset, (turns, each.length), (width, 1)))
            numbers.append(result._replace(offset=each.begin, shape=(turns, each.length)))
        kind, space = Assemble(tuple(places), (1,) * len(places)), self.outer.program.space[self.step.out.value]
        total = self.outer.define(kind, numbers, (count * width,), space)
        return contiguous(total.value, 0, (count, width))

    def sent(self) -> list[Sent]:
        """What a turn sends to the rows that it has read."""
        found, begin = list[Sent](), 0
        for n, value in sorted(self.states.items()):
            contributions = self.turn.to.get(value, [])
            if contributions:
                columns = np.concatenate([View(0, *each.place).positions().ravel() for each in contributions])
                column, length = int(columns.min()), int(columns.max() - columns.min()) + 1
                found.append(Sent(self.kind.delays[n], contributions, column, length, begin))
                begin += length
        return found

    def loop(self, sent: Sequence[Sent], columns: np.ndarray) -> View:
        """The loop backwards: what each turn has sent."""
        outer, turn, space = self.outer, self.turn, self.step.space
        delays = tuple([each.delay for each in sent])
        last, outside = self.sent_at_last(sent, columns), range(self.kind.width)
        wanted, summed = list[int](), dict[tuple[int, Place], Summed]()
        if outer.in_turns:
            wanted, summed = self.wanted(), self.summed()
            reached = np.flatnonzero(columns)
            outside = range(int(reached[0]), int(reached[-1]) + 1)
        received = None if last else outside
        waiting = Waiting(
            turn.program, turn.dy.value, self.lifting, sent, space, received, wanted, list(summed.values())
        )
        dy, first = self.begin(last, outside, max(delays), waiting.width)
        operands = [*([(dy, True)] if dy else []), *waiting.operands]
        kind = Loop(waiting.program, self.turns, delays, tuple([scanned for _, scanned in operands]), is_reversed=True)
        views = [first, *[view for view, _ in operands]]
        result = outer.define(kind, views, (self.turns + max(delays), waiting.width), space)
        for value, column in waiting.given.items():
            self.lifting.placed[value] = Placed(result.value, column, waiting.width, 1)
        for part, each in summed.items():
            if each in waiting.sums:  # in the first row, which was the last turn
                self.totals[part] = each.all_of(contiguous(result.value, waiting.sums[each], each.shape))
        return result

    def wanted(self) -> list[int]:
        """The values of a turn that make up what it contributes to its own part of something."""
        sources = [value for value in self.sources if self.is_scanned.get(value)]
        return [each.numbers.value for value in sources for each in self.turn.to.get(value, [])]

    def summed(self) -> dict[tuple[int, Place], Summed]:
        """What all turns contribute to the same part of something."""
        found: dict[tuple[int, Place], Summed] = {}
        for value in self.sources:
            if not self.is_scanned.get(value):
                for place, numbers, sign in self.turn.to.get(value, []):
                    others = found[value, place].terms if (value, place) in found else ()
                    found[value, place] = Summed((*others, (self.of_rows(numbers), sign)))
        return found

    def of_rows(self, numbers: View) -> View:
        """The numbers of each row, where these are their sums over the rows of the batch, and nothing else."""
        step = self.turn.program.step(numbers.value)
        if isinstance(step.kind, Contract) and numbers == step.out and len(step.views) == 1 and step.kind.scale == 1.0:
            axes, out = step.kind.axes
            if axes == f"b{out}":
                return step.views[0]
        return numbers

    def sent_at_last(self, sent: Sequence[Sent], columns: np.ndarray) -> Sent | None:
        """Where all that comes from outside comes to the last row, what would be sent there by a later turn."""
        reached = np.flatnonzero(columns)
        found = [each for each in sent if each.column <= reached[0] and reached[-1] < each.column + each.length]
        return found[0] if self.last and found else None

    def begin(self, last: Sent | None, outside: range, delay: int, width: int) -> tuple[View | None, View]:
        """What each turn receives from outside; None where it is as if a later turn had sent it. And what such sent."""
        outer = self.outer
        if last is not None:
            place = contiguous(0, (last.delay - 1) * width + last.begin, (last.length,)).place
            of_last = self.last._replace(offset=last.column, shape=(last.length,))  # type: ignore[union-attr]
            first = outer.define(Assemble((place,), (1,)), [of_last], (delay * width,), self.step.space)
            return None, contiguous(first.value, 0, (delay, width))
        nothing, (row, number) = outer.define(Fill(0.0), [], (), Space.CALL), self.rows.strides
        start = self.rows.offset + row * self.kind.delay + number * outside.start
        turns = self.rows._replace(offset=start, shape=(self.turns, len(outside)))
        return turns, nothing._replace(shape=(delay, width), strides=(0, 0))

    # ------------------------------------------------------------------------------------------------ after it

    def contribute(self, value: int) -> None:
        """What all turns contribute to one of their leaves."""
        scanned = self.is_scanned.get(value, False)
        contributions = [
            Contribution(place, self.of_all_turns(numbers, scanned), sign)
            for place, numbers, sign in self.turn.to.get(value, [])
            if (value, place) not in self.totals
        ]
        contributions += [Contribution(place, total, 1) for (of, place), total in self.totals.items() if of == value]
        if not contributions:
            return
        outer = self.outer
        if value == self.body.parameters:
            placed: Placed | None = Placed(outer.forward.parameters, 0, None, 1)
        else:
            placed = placed_view(self.operands[value], scanned)
        if placed is not None:
            for place, numbers, sign in contributions:
                outer.contribute(placed.view(place, self.turns), numbers, sign)
            return
        view, whole = self.operands[value], Placed(0, 0, self.body.size[value] if scanned else None, 1)
        places = tuple([whole.view(each.place, self.turns).place for each in contributions])
        signs = tuple([each.sign for each in contributions])
        parts = [each.numbers for each in contributions]
        outer.contribute(view, outer.define(Assemble(places, signs), parts, view.shape, self.body.space[value]))

    def of_all_turns(self, numbers: View, scanned: bool) -> View:
        """What turns contribute: each of them to its own part of a scanned operand, else all together."""
        return self.lifting.spread(numbers) if scanned else self.lifting.total(numbers)
