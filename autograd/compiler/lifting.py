"""Steps of one turn of a loop, for all turns at once: every array gets an axis for the turns in front.

What the rows of a loop are is known after its run, so that whatever a turn computes of them needs no loop any more.
What is the same in all turns stays as it is. A loop inside of a turn stays a loop, each turn of which does the work of
all turns of the outer one: programs may have such loops, though the pass that finds loops makes none yet.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from .kinds import (
    AXES,
    LEAVES,
    Assemble,
    Constants,
    Contract,
    Gather,
    Input,
    Kind,
    Loop,
    Parameters,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from .placed import MOST_STRETCHES, Placed, placed_constants, runs_of, stretches_of
from .program import Program, Role, Space, Step
from .views import Operand, Place, Shape, View, contiguous


class Lifting:
    """Steps of a program, one of whose values is a turn's, for all turns at once; each where it is asked for.

    Args:
        source: the program.
        turns: how many.
        placed: where its leaves lie; and other values, which are computed already.
        into: to which the steps are added.
        define: adds one, of this kind with these operands, in this shape and space.
    """

    def __init__(
        self,
        source: Program,
        turns: int,
        placed: dict[int, Placed],
        into: Program,
        define: Callable[[Kind, Sequence[Operand], Shape, int], View],
    ) -> None:
        self.source, self.turns, self.placed, self.into, self.define = source, turns, placed, into, define
        self.turning = [False] * len(source)  # of each value, whether it differs from turn to turn
        for value, where in placed.items():
            self.turning[value] = where.turn is not None
        for value in range(len(source)):
            if value not in placed:
                of = source.of[source.begin[value] : source.begin[value + 1]]
                self.turning[value] = any(self.turning[each] for each in of if each >= 0)

    def place(self, value: int) -> Placed:
        """Where a value lies, which is computed now if it was not asked for before."""
        if value not in self.placed:
            for each in self._missing(value):
                self.placed[each] = self._lifted(self.source.step(each))
        return self.placed[value]

    def _missing(self, value: int) -> list[int]:
        """The values that have to be computed for one, in order."""
        found, stack = {value}, [value]
        while stack:
            n = stack.pop()
            for each in self.source.of[self.source.begin[n] : self.source.begin[n + 1]]:
                if each >= 0 and each not in self.placed and each not in found:
                    found.add(each)
                    stack.append(each)
        return sorted(found)

    def view(self, view: View) -> View:
        """A view for all turns, with an axis for them where it differs from turn to turn."""
        return self.place(view.value).view(view.place, self.turns)

    def spread(self, view: View) -> View:
        """A view for all turns, with an axis for them anyway."""
        return self.in_front(self.view(view), self.turning[view.value])

    def in_front(self, view: View, turning: bool) -> View:
        return view if turning else view._replace(shape=(self.turns, *view.shape), strides=(0, *view.strides))

    def total(self, view: View) -> View:
        """The sum over all turns of what differs from turn to turn; at once with what computes it, where that adds."""
        step = self.source.step(view.value)
        is_all = view.place == step.out.place and view.value not in self.placed
        if is_all and isinstance(step.kind, Contract):
            return self._total_contract(step, step.kind)
        if is_all and isinstance(step.kind, Scatter):
            table = np.repeat(step.kind.table[None], self.turns, 0)
            return self.define(Scatter(table), [self.spread(step.views[0])], view.shape, step.space)
        if is_all and isinstance(step.kind, TakeAdjoint):
            table = np.repeat(step.kind.take.table[None], self.turns, 0)
            kind = TakeAdjoint(Take(table), step.kind.start)
            return self.define(kind, list(map(self.spread, step.views)), view.shape, step.space)
        return self._sum_of_turns(self.view(view), step.space)

    def _sum_of_turns(self, lifted: View, space: int) -> View:
        rows, axes = "b" * space, AXES[: len(lifted.shape)]
        kind = Contract((rows + axes, rows + axes[1:]))
        return self.define(kind, [lifted], lifted.shape[1:], space)

    def _total_contract(self, step: Step, kind: Contract) -> View:
        *of_factors, out = kind.axes
        turn = _free_letter(kind)
        axes, views = [], []
        turning = [self.turning[view.value] for view in step.views]
        for view, letters, turns in zip(step.views, of_factors, turning, strict=True):
            lifted = self.view(view)
            is_factor = not all(turning)  # what is the same in all turns, and the sum of the other
            if turns and is_factor:
                lifted = self._sum_of_turns(lifted, self.source.space[view.value])
            views.append(lifted)
            axes.append(letters if is_factor else _with_turn(letters, turn))
        return self.define(Contract((*axes, out), kind.scale), views, step.out.shape, step.space)

    # ------------------------------------------------------------------------------- one step, by its kind

    def _lifted(self, step: Step) -> Placed:
        value = step.out.value
        if isinstance(step.kind, Constants):
            return placed_constants(self.into, step)
        assert not isinstance(step.kind, LEAVES), "where they lie is given"
        turning = self.turning[value]
        kind, operands = _LIFT.get(type(step.kind), Lifting.elementwise)(self, step, step.kind, turning)
        if isinstance(step.kind, Loop) and turning:
            return self._rows_of_each_turn(step, kind, operands)
        shape = (self.turns, *step.out.shape) if turning else step.out.shape
        if isinstance(kind, (Scatter, TakeAdjoint)):  # whose positions are those in all of the result
            shape = (prod(shape),)
        made = self.define(kind, operands, shape, step.space)
        return Placed(made.value, 0, self.source.size[value] if turning else None, 1)

    def operand(self, operand: Operand, turning: bool) -> Operand:
        if not isinstance(operand, View):
            return operand
        return self.spread(operand) if turning else self.view(operand)

    def elementwise(self, step: Step, kind: Kind, turning: bool) -> tuple[Kind, list[Operand]]:
        return kind, [self.operand(each, turning) for each in step.operands]

    def assemble(self, step: Step, kind: Assemble, turning: bool) -> tuple[Kind, list[Operand]]:
        if turning:
            whole = Placed(0, 0, self.source.size[step.out.value], 1)
            kind = Assemble(tuple([whole.view(place, self.turns).place for place in kind.places]), kind.signs)
        return self.elementwise(step, kind, turning)

    def contract(self, step: Step, kind: Contract, turning: bool) -> tuple[Kind, list[Operand]]:
        turn = _free_letter(kind)
        turns = [*[self.turning[view.value] for view in step.views], turning]
        axes = [_with_turn(letters, turn) if each else letters for letters, each in zip(kind.axes, turns, strict=True)]
        return Contract(tuple(axes), kind.scale), list(map(self.view, step.views))

    def gather(self, step: Step, kind: Gather, turning: bool) -> tuple[Kind, list[Operand]]:
        """Stretches of numbers as views: their positions would have to be listed for every turn."""
        value, stretches = step.views[0].value, stretches_of(kind.table)
        if len(stretches) > MOST_STRETCHES:
            return Gather(self.table(kind.table, value, turning)), [self.whole(value)]
        whole = Placed(0, 0, self.source.size[step.out.value] if turning else None, 1)
        places = [whole.view((begin, each.shape, (1,)), self.turns).place for begin, each in stretches]
        views = [self.view(each._replace(value=value)) for _, each in stretches]
        return Assemble(tuple(places), (1,) * len(places)), [*views]

    def take(self, step: Step, kind: Take, turning: bool) -> tuple[Kind, list[Operand]]:
        index, values = step.views
        made = Take(self.table(kind.table, values.value, turning), kind.ends_loop)
        return made, [self.operand(index, turning), self.whole(values.value)]

    def table(self, table: np.ndarray, value: int, turning: bool) -> np.ndarray:
        """Positions in a value, as those in the value where it lies; of each turn, if they are to have that axis."""
        placed = self.place(value)
        found = placed.offset + placed.step * table
        return found + self.of_turns(placed.turn or 0, table.ndim) if turning else found

    def of_turns(self, stride: int, axes: int) -> np.ndarray:
        """Where each turn begins, to be added to a table."""
        return (stride * np.arange(self.turns)).reshape(-1, *[1] * axes)

    def whole(self, value: int) -> View:
        """All of the value in which another one lies."""
        return self.into.whole(self.place(value).value)

    def scatter(self, step: Step, kind: Scatter, turning: bool) -> tuple[Kind, list[Operand]]:
        if turning:
            kind = Scatter(kind.table + self.of_turns(self.source.size[step.out.value], kind.table.ndim))
        return self.elementwise(step, kind, turning)

    def take_adjoint(self, step: Step, kind: TakeAdjoint, turning: bool) -> tuple[Kind, list[Operand]]:
        if turning:
            table, size = kind.take.table - kind.start, self.source.size[step.out.value]
            kind = TakeAdjoint(Take(table + self.of_turns(size, table.ndim)), 0)
        return self.elementwise(step, kind, turning)

    def loop(self, step: Step, kind: Loop, turning: bool) -> tuple[Kind, list[Operand]]:
        """The work of all turns of the outer loop in each turn of the inner one."""
        if not turning:
            return self.elementwise(step, kind, False)
        first, *others = step.views
        operands: list[Operand] = [self._side_by_side(self.spread(first))]
        for view, scanned in zip(others, kind.scanned, strict=True):
            lifted = self.view(view)
            operands.append(_swapped(lifted) if scanned and self.turning[view.value] else lifted)
        of_operands = [self.turning[view.value] for view in others]
        body = lifted_body(kind, self.turns, of_operands)
        return Loop(body, kind.turns, kind.delays, kind.scanned, kind.is_reversed), operands

    def _side_by_side(self, lifted: View) -> View:
        """Rows (turns, rows, width) as (rows, turns·width)."""
        swapped = _swapped(lifted)
        rows, turns, width = swapped.shape
        if not any(swapped.strides):
            return swapped._replace(shape=(rows, turns * width), strides=(0, 0))
        if not swapped.is_contiguous:
            swapped = self.define(Sum((1,)), [swapped], swapped.shape, self.into.space[lifted.value])
        return contiguous(swapped.value, swapped.offset, (rows, turns * width))

    def _rows_of_each_turn(self, step: Step, kind: Kind, operands: Sequence[Operand]) -> Placed:
        """The loop, and its result turn after turn of the outer one."""
        rows, width = step.out.shape
        result = self.define(kind, operands, (rows, self.turns * width), step.space)
        by_turns = View(result.value, 0, (self.turns, rows, width), (width, self.turns * width, 1))
        copied = self.define(Sum((1,)), [by_turns], by_turns.shape, step.space)
        return Placed(copied.value, 0, rows * width, 1)


# Of the kinds that are no elementwise ones.
_LIFT: dict[type[Kind], Callable[[Lifting, Step, Any, bool], tuple[Kind, list[Operand]]]] = {
    Assemble: Lifting.assemble, Contract: Lifting.contract, Gather: Lifting.gather, Take: Lifting.take,
    Scatter: Lifting.scatter, TakeAdjoint: Lifting.take_adjoint, Loop: Lifting.loop,
}  # fmt: skip


def lifted_body(kind: Loop, turns: int, turning: Sequence[bool]) -> Program:
    """The body of a loop that does the work of so many loops side by side.

    Args:
        turning: of each operand after the first, whether each of these loops has its own.
    """
    body, result, placed = kind.body, Program(), dict[int, Placed]()
    of_inputs = [*[True] * len(kind.delays), *turning]
    for step in body.leaves:
        value, size = step.out.value, body.size[step.out.value]
        if isinstance(step.kind, Constants):
            placed[value] = placed_constants(result, step)
        elif isinstance(step.kind, Parameters):
            result.parameters = result.add(step.kind, (), (size,), Space.CALL, role=Role.PARAMETERS).value
            placed[value] = Placed(result.parameters, 0, None, 1)
        elif isinstance(step.kind, Input):
            n = step.kind.argument
            count = turns if of_inputs[n] else 1
            result.inputs[n] = result.add(step.kind, (), (count * size,), step.space, role=Role.INPUT, serial=n).value
            placed[value] = Placed(result.inputs[n], 0, size if of_inputs[n] else None, 1)
    result.leaves_end()

    def define(kind: Kind, operands: Sequence[Operand], shape: Shape, space: int) -> View:
        return result.add(kind, operands, shape, space, serial=len(result))

    lifting = Lifting(body, turns, placed, result, define)
    places, operands, width = list[Place](), list[Operand](), kind.width
    for column, view in runs_of(body):
        if isinstance(view, View):
            spread = lifting.spread(view)
            places.append((column, spread.shape, (width, 1)))
            operands.append(spread)
        else:
            places.append((column, (turns,), (width,)))
            operands.append(view)
    space = max([result.space[each.value] for each in operands if isinstance(each, View)], default=Space.CALL)
    row = define(Assemble(tuple(places), (1,) * len(places)), operands, (turns * width,), space)
    result.outputs = [(row.value, n) for n in range(turns * width)]
    return result


def _swapped(view: View) -> View:
    """A view with its first two axes in the other order."""
    (a, b, *shape), (of_a, of_b, *strides) = view.shape, view.strides
    return view._replace(shape=(b, a, *shape), strides=(of_b, of_a, *strides))


def _free_letter(kind: Contract) -> str:
    """For an axis that a contraction has not."""
    return next(letter for letter in AXES if letter not in "".join(kind.axes))


def _with_turn(axes: str, turn: str) -> str:
    """The letters of axes, with that of the turns in front, behind that of the rows."""
    rows = "b" * axes.startswith("b")
    return rows + turn + axes[len(rows) :]
