"""The body of a loop backwards: of the adjoint of a turn what must wait for the turns that have read its row."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from .contributions import Contribution
from .kinds import Assemble, Constants, Input, Kind, Parameters, Sum
from .lifting import Lifting
from .placed import placed_constants
from .program import Program, Role, Space, Step
from .views import Operand, Place, Shape, View, contiguous


class Sent(NamedTuple):
    """What a turn sends to the row of so many turns before: numbers from a column on, and where these begin in what
    it sends to all rows.
    """

    delay: int
    contributions: list[Contribution]
    column: int
    length: int
    begin: int


class Waiting:
    """The steps of the adjoint of a turn that lead from dy to what is sent to other turns.

    Args:
        source: the adjoint of a turn, and `dy` its value of the adjoint of the row.
        lifting: what does not depend on dy, for all turns.
        sent: to other turns; they are not empty.
        space: of the rows.
        from_outside: whether the first operand is what comes to the row from outside.

    Attributes:
        program: the body, whose first inputs are what was sent to this turn, from each delay.
        operands: its further ones, each with whether it differs from turn to turn.
    """

    def __init__(
        self, source: Program, dy: int, lifting: Lifting, sent: Sequence[Sent], space: int, from_outside: bool
    ) -> None:
        self.source, self.dy, self.lifting, self.sent, self.space = source, dy, lifting, sent, space
        self.new: dict[int, int] = {}  # values of the source, as those of the body
        self.steps = self._needed()
        self.operands: list[tuple[View, bool]] = []
        self.program = Program()
        size = source.size[source.parameters]
        self.program.parameters = self._add(Parameters(), (), (size,), Space.CALL).value
        self.new[source.parameters] = self.program.parameters
        width = sum(each.length for each in sent)
        rows = [self._input(width, space) for _ in sent]
        outside = self._input(source.size[dy], space) if from_outside else None
        self._read()
        self.program.leaves_end()
        parts = [contiguous(row.value, each.begin, (each.length,)) for each, row in zip(sent, rows, strict=True)]
        total = self._total(outside, parts)
        for step in self.steps:
            operands = [self._view(each, total) if isinstance(each, View) else each for each in step.operands]
            self.new[step.out.value] = self._add(step.kind, operands, step.out.shape, step.space).value
        self.program.outputs = self._outputs(total, width)

    def _needed(self) -> list[Step]:
        """The steps of the adjoint of a turn that depend on dy and lead to other turns."""
        source = self.source
        depends = {self.dy}
        steps = [source.step(value) for value in range(self.dy + 1, len(source))]
        for step in steps:
            if any(view.value in depends for view in step.views):
                depends.add(step.out.value)
        needed = {each.numbers.value for sent in self.sent for each in sent.contributions}
        found = []
        for step in reversed(steps):
            if step.out.value in needed and step.out.value in depends:
                needed.update([view.value for view in step.views])
                found.append(step)
        return found[::-1]

    def _read(self) -> None:
        """Make inputs of what the steps read and do not compute."""
        source = self.source
        computed = {self.dy, *[step.out.value for step in self.steps]}
        for step in self.steps:
            for view in step.views:
                value = view.value
                if value in computed or value in self.new:
                    continue
                if isinstance(source.kind(value), Constants):
                    self.new[value] = placed_constants(self.program, source.step(value)).value
                    continue
                self.new[value] = self._input(source.size[value], source.space[value]).value
                self.operands.append((self.lifting.view(source.whole(value)), self.lifting.turning[value]))

    def _total(self, outside: View | None, parts: Sequence[View]) -> View:
        """dy of the turn: what comes from outside, and what was sent."""
        length = self.source.size[self.dy]
        found = [*([outside] if outside else []), *parts]
        if all(part.shape == (length,) for part in parts):
            return self._add(Sum((1,) * len(found)), found, (length,), self.space) if len(found) > 1 else found[0]
        places = [contiguous(0, 0, (length,)).place] if outside else []
        places += [contiguous(0, each.column, (each.length,)).place for each in self.sent]
        return self._add(Assemble(tuple(places), (1,) * len(places)), found, (length,), self.space)

    def _outputs(self, total: View, width: int) -> list[tuple[int, int] | float]:
        """What the turn sends: sums of what goes to the same numbers, if all of it is such; else it is assembled."""
        places, operands, signs = list[Place](), list[View](), list[int]()
        for sent in self.sent:
            for (offset, shape, strides), numbers, sign in sent.contributions:
                places.append((sent.begin + offset - sent.column, shape, strides))
                operands.append(self._view(numbers, total))
                signs.append(sign)
        groups: dict[tuple[int, ...], list[int]] = {}
        for n, place in enumerate(places):
            groups.setdefault(tuple(View(0, *place).positions().ravel().tolist()), []).append(n)
        if sorted([n for group in groups for n in group]) != list(range(width)):
            row = self._add(Assemble(tuple(places), tuple(signs)), operands, (width,), self.space)
            return [(row.value, n) for n in range(width)]
        outputs: list[tuple[int, int] | float] = [0.0] * width
        for columns, members in groups.items():
            value, positions = self._sum([(operands[n], signs[n]) for n in members])
            for column, position in zip(columns, positions, strict=True):
                outputs[column] = value, position
        return outputs

    def _sum(self, terms: Sequence[tuple[View, int]]) -> tuple[int, list[int]]:
        """The sum of numbers that go to the same place: its value, and where they lie there."""
        views, signs = [_without_ones(view) for view, _ in terms], tuple([sign for _, sign in terms])
        shape = views[0].shape
        if signs == (1,):
            return views[0].value, views[0].positions().ravel().tolist()
        if all(view.shape == shape for view in views):
            made = self._add(Sum(signs), views, shape, self.space)
        else:
            places = tuple([contiguous(0, 0, view.shape).place for view in views])
            made = self._add(Assemble(places, signs), views, (prod(shape),), self.space)
        return made.value, list(range(self.program.size[made.value]))

    def _view(self, view: View, total: View) -> View:
        """A view of a value of the source, where that lies in the body."""
        if view.value == self.dy:
            return view._replace(value=total.value, offset=total.offset + view.offset)
        return view._replace(value=self.new[view.value])

    def _add(self, kind: Kind, operands: Sequence[Operand], shape: Shape, space: int) -> View:
        role = Role.PARAMETERS if isinstance(kind, Parameters) else Role.STEP
        return self.program.add(kind, operands, shape, space, role=role, serial=len(self.program))

    def _input(self, size: int, space: int) -> View:
        n = len(self.program.inputs)
        made = self.program.add(Input(n), (), (size,), space, role=Role.INPUT, serial=n)
        self.program.inputs[n] = made.value
        return made


def _without_ones(view: View) -> View:
    """A view without the axes of length 1."""
    axes = [axis for axis, length in enumerate(view.shape) if length > 1]
    shape, strides = (tuple([each[axis] for axis in axes]) for each in (view.shape, view.strides))
    return view._replace(shape=shape, strides=strides)
