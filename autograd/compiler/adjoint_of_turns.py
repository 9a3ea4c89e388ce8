"""The adjoint of one turn of a loop, as a program of what the turn has read and computed."""

from collections.abc import Collection
from typing import TypeGuard

import numpy as np

from ..operations import MUL
from .contributions import is_given, operands_of_partial
from .kinds import Fill, Input, Map
from .placed import MOST_STRETCHES, runs_of, stretches_of
from .program import Program, Role, Space, Step
from .reversing import Reversal
from .views import Operand, View


class AdjointOfTurn(Reversal):
    """The adjoint of one turn of a loop: of the row that it gives out, by what it reads.

    A derivative by what depends on rows of other turns is a step of its own, apart from dy: so it is known for all
    turns before any adjoint is.

    Args:
        body: what a turn does.
        sources: of its leaves those by which it is differentiated, but for the rows.
        rows: the leaves that are rows of other turns.
        is_first_passed: whether what stands before the first turn has an adjoint.
        reached: for each number of a row, whether it has an adjoint that comes from outside of the loop.
        space: of the rows.

    Attributes:
        dy: the adjoint of the row, a leaf.
    """

    def __init__(
        self,
        body: Program,
        sources: Collection[int],
        rows: Collection[int],
        is_first_passed: bool,
        reached: np.ndarray,
        space: int,
    ) -> None:
        self.rows, self.passed = set(rows), np.full(len(reached), is_first_passed)
        while True:
            super().__init__(body, sources={*sources, *rows})
            more = self.passed | [self.passes(_number(output)) for output in body.outputs]
            if (more == self.passed).all():
                break
            self.passed = more
        self.carried = self._depending_on_rows()
        self.dy = self.program.add(Input(-1), (), (len(reached),), space, role=Role.INPUT, serial=len(body))
        self._begin(self._reached(reached & self.passed))
        self.reverse()
        for value in body.leaves.values:
            self.add_last(value)

    def passes(self, operand: Operand) -> TypeGuard[View]:
        """Of a row, only what depends on something that has an adjoint."""
        if not super().passes(operand):
            return False
        return operand.value not in self.rows or bool(self.passed[operand.positions()].any())

    def _depending_on_rows(self) -> set[int]:
        """The values whose adjoint is needed before that of the row of another turn is known."""
        found = set(self.rows)
        for step in self.forward.steps:
            if any(view.value in found for view in self.passed_on(step)):
                found.add(step.out.value)
        return found

    def _reached(self, reached: np.ndarray) -> np.ndarray:
        """The numbers of a row that have an adjoint: what comes from outside reaches them, or a later turn does."""
        reached, visited = reached.copy(), set[int]()
        columns, values = np.flatnonzero(reached).tolist(), list[int]()
        while columns or values:
            if columns:
                found = [*filter(self.passes, [_number(self.forward.outputs[columns.pop()])])]
            else:
                found = self.passed_on(self.forward.step(values.pop()))
            for view in found:
                if view.value in self.rows:
                    new = [n for n in np.unique(view.positions()).tolist() if self.passed[n] and not reached[n]]
                    reached[new] = True
                    columns += new
                elif view.value not in visited:
                    visited.add(view.value)
                    values.append(view.value)
        return reached

    def _begin(self, reached: np.ndarray) -> None:
        """Contribute dy to those numbers of a row that have an adjoint."""
        for column, run in runs_of(self.forward):
            if not self.passes(run):
                continue
            [length], [stride] = run.shape, run.strides
            ends = np.flatnonzero(np.diff(reached[column : column + length], prepend=False, append=False))
            for begin, end in ends.reshape(-1, 2).tolist():
                part = View(run.value, run.offset + begin * stride, (end - begin,), run.strides)
                self.contribute(part, View(self.dy.value, column + begin, (end - begin,), (1,)))

    def partial(self, step: Step, kind: Map, operand: int, dy: View, live: View | None = None) -> View:
        """See `Contributions`."""
        view = step.operands[operand]
        if view.value not in self.carried or is_given(kind.rule, len(step.operands), operand):  # type: ignore[union-attr]
            return super().partial(step, kind, operand, dy, live)
        read = operands_of_partial(step, kind, operand)
        space = max([self.program.space[each.value] for each in read if isinstance(each, View)], default=Space.CALL)
        one = self.define(Fill(1.0), [], (), space)
        ones = one._replace(shape=dy.shape, strides=(0,) * len(dy.shape))
        derivative = super().partial(step, kind, operand, ones)
        of_family = (0,) * (len(derivative.shape) - len(dy.shape))
        spread = dy._replace(shape=derivative.shape, strides=dy.strides + of_family)
        return self.define(Map(MUL), [spread, derivative], derivative.shape, self.program.space[dy.value])

    def scatter(self, source: View, table: np.ndarray, dy: View) -> None:
        """See `Contributions`. Stretches of numbers are contributed as such."""
        stretches = stretches_of(table)
        if len(stretches) > MOST_STRETCHES:
            super().scatter(source, table, dy)
            return
        stride = dy.strides[-1] if dy.shape else 1  # they lie in a line
        for begin, each in stretches:
            numbers = View(dy.value, dy.offset + stride * begin, each.shape, (stride,))
            self.contribute(each._replace(value=source.value), numbers)


def _number(output: tuple[int, int] | float) -> Operand:
    """An output as an operand."""
    return output if isinstance(output, float) else View(*output, (), ())
