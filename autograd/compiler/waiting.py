"""The body of a loop backwards: of the adjoint of a turn what must wait for the turns that have read its row.

Where the numbers of a turn stay in the cache, and those of all turns do not, more of it may be done there, number by
number: what such a step reads and can be computed of the rows, and the adjoints of all that the turn reads. They are
given out with what is sent, and nobody reads them before all turns are over. Of what is summed over the turns, as the
gradient of the parameters is, each turn gives out the sum so far: nobody reads any but the last. Products of matrices
stay outside, where they are one of all turns.
"""

from collections.abc import Collection, Sequence
from math import prod

from ..operations import MUL
from .kinds import Assemble, Constants, Contract, Fill, Input, Kind, Map, Parameters, Partial, Sum
from .lifting import Lifting
from .placed import placed_constants
from .program import Program, Role, Space, Step
from .sending import Sent, Summed, cut, without_ones
from .views import Operand, Place, Shape, View, contiguous

_MOST_SUMS = 4  # for each number that turns would give out else


class Waiting:
    """The steps of the adjoint of a turn that lead from dy to what is sent to other turns.

    Args:
        source: the adjoint of a turn, and `dy` its value of the adjoint of the row.
        lifting: what does not depend on dy, for all turns.
        sent: to other turns; they are not empty.
        space: of the rows.
        outside: the numbers of the row to which something comes from outside, which is the first operand; None where
            nothing does.
        wanted: values of the source that are to be known for all turns, if the turns do all that they can.
        summed: numbers of the source of which the sum is wanted, and no more.

    Attributes:
        width: how many numbers a turn gives out.
        given: the values that are known for all turns then, each with the column where it begins.
        sums: the numbers whose sums turns give out, each with the column where it begins.
        program: the body, whose first inputs are what was sent to this turn, from each delay.
        operands: its further ones, each with whether it differs from turn to turn.
    """

    def __init__(
        self,
        source: Program,
        dy: int,
        lifting: Lifting,
        sent: Sequence[Sent],
        space: int,
        outside: range | None,
        wanted: Collection[int] = (),
        summed: Sequence[Summed] = (),
    ) -> None:
        self.source, self.dy, self.lifting, self.sent, self.space = source, dy, lifting, sent, space
        self.new: dict[int, int] = {}  # values of the source, as those of the body
        self.depends = self._depending_on_dy()
        self.of_sent = self.width = sum(each.length for each in sent)
        self.given: dict[int, int] = {}
        self.sums: dict[Summed, int] = {}
        self.steps = self._planned(wanted, summed)
        self.operands: list[tuple[View, bool]] = []
        self.program = Program()
        size = source.size[source.parameters]
        self.program.parameters = self._add(Parameters(), (), (size,), Space.CALL).value
        self.new[source.parameters] = self.program.parameters
        rows = [self._input(self.width, space) for _ in sent]
        from_outside = None if outside is None else self._input(len(outside), space)
        self._read()
        self.program.leaves_end()
        parts = [contiguous(row.value, each.begin, (each.length,)) for each, row in zip(sent, rows, strict=True)]
        total = self._total(parts, outside, from_outside)
        for step in self.steps:
            operands = [self._view(each, total) if isinstance(each, View) else each for each in step.operands]
            self.new[step.out.value] = self._add(step.kind, operands, step.out.shape, step.space).value
        self.program.outputs = self._outputs(total, self.of_sent)
        for value in self.given:
            self.program.outputs += [(self.new[value], n) for n in range(source.size[value])]
        for summed_up, column in self.sums.items():
            [row, *_] = [row for row, each in zip(rows, sent, strict=True) if each.delay == 1]
            self._sum_up(summed_up, contiguous(row.value, column, summed_up.shape), total)

    def _planned(self, wanted: Collection[int], summed: Sequence[Summed]) -> list[Step]:
        """The steps that lead to what is sent, and to all else that turns give out, which is decided here."""
        needed = {each.numbers.value for of_row in self.sent for each in of_row.contributions}
        can = self._can_be_computed({step.out.value for step in self._needed(needed)})
        added = [each for each in dict.fromkeys(summed) if self._can_be_added(each, can)]
        others = {value for each in summed if each not in added for value in each.values}
        for value in self._to_give(can, {*wanted, *others}):
            self.given[value] = self.width
            self.width += self.source.size[value]
        for each in added:
            self.sums[each] = self.width
            self.width += prod(each.shape)
        of_sums = {value for each in added for value in each.values} - {self.dy}
        of_rows = [self._of_each_row(value) for value in sorted(of_sums)]
        needed |= self.given.keys() | {view.value for step in of_rows for view in step.views}
        steps = self._needed(needed, with_before=bool(wanted or summed))
        computed = {step.out.value for step in steps}
        return steps + [step for step in of_rows if step.out.value not in computed]

    def _sum_up(self, summed: Summed, so_far: View, total: View) -> None:
        """Give out the sum with what this turn adds to it."""
        terms = [self._view(view, total)._replace(shape=summed.shape) for view, _ in summed.terms]
        signs = (1, *[sign for _, sign in summed.terms])
        made = self._add(Sum(signs), [so_far, *terms], summed.shape, self.space)
        self.program.outputs += [(made.value, n) for n in range(prod(summed.shape))]

    def _depending_on_dy(self) -> set[int]:
        source, found = self.source, {self.dy}
        for value in range(self.dy + 1, len(source)):
            of = source.of[source.begin[value] : source.begin[value + 1]]
            if any(each in found for each in of):
                found.add(value)
        return found

    def _needed(self, values: Collection[int], with_before: bool = False) -> list[Step]:
        """The steps of the adjoint of a turn that depend on dy and lead to these values.

        Args:
            with_before: also those that do not depend on it, where they go number by number.
        """
        source, needed, found = self.source, set(values), list[Step]()
        for value in reversed(range(source.leaves.values.stop, len(source))):
            if value not in needed or value == self.dy:
                continue
            step = source.step(value)
            if value in self.depends or (with_before and self._is_before(step)):
                needed.update([view.value for view in step.views])
                found.append(step)
        return found[::-1]

    def _is_before(self, step: Step) -> bool:
        """Whether the turns can compute it, though all rows are known."""
        value = step.out.value
        differs = self.lifting.turning[value] or isinstance(step.kind, Fill)
        return value not in self.lifting.placed and differs and _goes_by_number(step.kind)

    def _can_be_computed(self, on_way: Collection[int]) -> set[int]:
        """Values that depend on dy and go number by number; those on the way are computed anyway."""
        source, can = self.source, {self.dy, *on_way}
        for value in range(self.dy + 1, len(source)):
            step = source.step(value)
            read = [view.value for view in step.views if view.value in self.depends]
            if value in self.depends and _goes_by_number(step.kind) and can.issuperset(read):
                can.add(value)
        return can

    def _of_each_row(self, value: int) -> Step:
        """What computes it; of what is a sum over the rows, the terms of that."""
        step = self.source.step(value)
        if isinstance(step.kind, Contract) and not step.space:
            *factors, out = step.kind.axes
            if any(axes.startswith("b") for axes in factors):
                return step._replace(kind=Contract((*factors, f"b{out}"), step.kind.scale), space=self.space)
        return step

    def _can_be_added(self, summed: Summed, can: set[int]) -> bool:
        """Whether the turns can sum it, where that is not of many more numbers than those that it is made of."""
        steps = [self._of_each_row(value) for value in summed.values - {self.dy}]
        read = {view.value for step in steps for view in step.views} & self.depends
        if not any(each.delay == 1 for each in self.sent) or not can >= read:
            return False
        if not all(step.space == self.space and _goes_by_number(step.kind) for step in steps):
            return False
        made_of = self._to_give(can, summed.values) or [self.dy]
        return prod(summed.shape) <= _MOST_SUMS * sum(self.source.size[value] for value in made_of)

    def _to_give(self, can: Collection[int], wanted: Collection[int]) -> list[int]:
        """Values that the turns can compute, of which these ones are made."""
        source, found, stack, seen = self.source, set[int](), list(wanted), set(wanted)
        while stack:
            value = stack.pop()
            step = source.step(value)
            if value in can and step.space == self.space and not self._is_product(step):
                found.add(value)
                continue
            new = {view.value for view in step.views if view.value in self.depends} - seen
            seen |= new
            stack += new
        return sorted(found - {self.dy})

    def _is_product(self, step: Step) -> bool:
        """Whether the one factor, for all turns, is all that it needs: the other is known."""
        if isinstance(step.kind, Contract):
            return True
        known = [view for view in step.views if view.value not in self.depends]
        return isinstance(step.kind, (Map, Partial)) and step.kind.rule is MUL and all(
            view.value in self.lifting.placed or not self.lifting.turning[view.value] for view in known
        )  # fmt: skip

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

    def _total(self, parts: Sequence[View], outside: range | None, from_outside: View | None) -> View:
        """dy of the turn: what comes from outside, and what was sent."""
        length = self.source.size[self.dy]
        found = [*([from_outside] if from_outside else []), *parts]
        if all(part.shape == (length,) for part in found):
            return self._add(Sum((1,) * len(found)), found, (length,), self.space) if len(found) > 1 else found[0]
        columns = [*([outside.start] if outside else []), *[each.column for each in self.sent]]
        ends = [] if outside is None else [outside.start, outside.stop]
        pieces = [piece for column, part in zip(columns, found, strict=True) for piece in cut(column, part, ends)]
        places = tuple([contiguous(0, column, part.shape).place for column, part in pieces])
        return self._add(Assemble(places, (1,) * len(places)), [part for _, part in pieces], (length,), self.space)

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
        views, signs = [without_ones(view) for view, _ in terms], tuple([sign for _, sign in terms])
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


def _goes_by_number(kind: Kind) -> bool:
    """Whether a step is no product of matrices, and looks nothing up."""
    if isinstance(kind, Contract):
        return "matmul" not in kind.name
    return kind.goes_over or isinstance(kind, (Fill, Assemble))
