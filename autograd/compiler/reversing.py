"""The steps of a program in reverse order: what each contributes to the adjoints of its operands, by the rule book."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from math import inf, prod
from typing import Any

from ..operations import MUL, OPERATIONS
from .contributions import Contributions, part_of
from .kinds import AXES, Assemble, Contract, Fill, Gather, Kind, LessLargestAdjoint, Loop, Map, Sum, Take
from .liveness import Liveness
from .program import Program, Role, Step
from .shifts import Shift, shift_of
from .views import Operand, View

_COMPARISONS = tuple(OPERATIONS[name] for name in ("less", "less_equal", "greater", "greater_equal"))


class Reversal(Contributions):
    """The adjoints of the values of a program.

    Args:
        sources: the values by which it is differentiated; the parameters, if it is not the turn of a loop.
        in_turns: whether the turns of a loop backwards compute all that they can: see `waiting`.
    """

    def __init__(
        self,
        forward: Program,
        exact: bool = False,
        sources: Collection[int] | None = None,
        in_turns: bool = False,
    ) -> None:
        assert forward.gradient is None
        self.in_turns = in_turns
        super().__init__(forward.copy(), {forward.parameters} if sources is None else set(sources))
        self.forward, self.exact = forward, exact
        self.live: Liveness | None = None
        for step in forward.steps:
            if self.is_passed(step):
                self.passing.add(step.out.value)

    def is_passed(self, step: Step) -> bool:
        """Whether a step passes something on to one of its operands, or to the parameters in a loop."""
        if isinstance(step.kind, Loop) and self.forward.parameters in self.passing and step.kind.reads_parameters:
            return True
        return bool(self.passed_on(step))

    def passed_on(self, step: Step) -> list[View]:
        """The operands to which a step passes something on."""
        if isinstance(step.kind, Map) and step.kind.rule in _COMPARISONS:
            return []
        return [*filter(self.passes, step.views[1:] if isinstance(step.kind, Take) else step.views)]

    def result(self) -> Program:
        root = self.forward.outputs[0]
        if not isinstance(root, float) and root[0] in self.passing:
            value, position = root
            if self.exact:
                self.live = Liveness(self.program, self.forward, self.passing)
                self.parts = self.live.parts  # whose names go on
            seed = self.define(Fill(1.0, over_rows=bool(self.forward.space[value])), [], (), self.forward.space[value])
            self.contribute(View(value, position, (), ()), seed)
            self.reverse()
        self.program.gradient = self.gradient()
        self.program.chooses = any(step.kind.chooses for step in self.forward.steps if step.out.value in self.passing)
        return self.program

    def reverse(self) -> None:
        """All steps, from the last one to the first, each when its value has all its contributions."""
        for step in reversed(self.forward.steps):
            if isinstance(step.kind, Assemble) and self.handed_on(step, step.kind):
                continue
            adjoint = self.received(step.out.value)
            if adjoint is not None:
                self.scope = step.scope
                REVERSE[type(step.kind)](self, step, step.kind, part_of(adjoint, step.out.place))

    def gradient(self) -> int:
        """The adjoint of the parameters, as a value of its own."""
        parameters = self.forward.parameters
        only = self.only_contribution(parameters)
        if only is None or not self.is_our_own(only):
            return self.assembled(parameters, Role.GRADIENT, 0).value
        self.program.rename(only.value, Role.GRADIENT, 0)
        return only.value

    # ------------------------------------------------------------------------------- one step, by its kind

    def reverse_map(self, step: Step, kind: Map, dy: View) -> None:
        shift = self.shift_of(step)
        if shift is not None:
            self.reverse_shift(shift, self.partial(step, kind, 0, dy))
            return
        if kind.rule is MUL and len(set(step.operands)) == 1 and self.live is None:
            self.reverse_square(step.views[0], dy)
            return
        for i, operand in enumerate(step.operands):
            if not self.passes(operand):
                continue
            live = None if self.live is None else self.live.of(step.out)
            self.contribute(operand, self.partial(step, kind, i, dy, live))

    def reverse_square(self, x: View, dy: View) -> None:
        """2·dy·x at once, and not x·dy twice: these are the same bits."""
        if self.passes(x):
            axes = "b" * bool(self.program.space[x.value]) + AXES[: len(x.shape)]
            self.contribute(x, self.like(x, Contract((axes, axes, axes), 2.0), [dy, x]))

    def reverse_sum(self, step: Step, kind: Sum, dy: View) -> None:
        shift = self.shift_of(step)
        if shift is not None:
            self.reverse_shift(shift, dy)
            return
        for sign, item in zip(kind.signs, step.operands, strict=True):
            if self.passes(item):
                self.contribute(item, dy, sign)

    def shift_of(self, step: Step) -> Shift | None:
        """The shift of a list by its largest number that a step is, if all of it is reversed at once."""
        shift = shift_of(self.forward, step) if self.live is None else None
        return shift if shift is not None and self.passes(shift.lists) else None

    def reverse_shift(self, shift: Shift, dy: View) -> None:
        operands = [shift.lists, shift.largest, shift.by_lists(dy)]
        self.contribute(shift.lists, self.like(shift.lists, LessLargestAdjoint(), operands))

    def reverse_assemble(self, step: Step, kind: Assemble, dy: View) -> None:
        for place, sign, item in zip(kind.places, kind.signs, step.operands, strict=True):
            if self.passes(item):
                self.contribute(item, part_of(dy, place), sign)

    def handed_on(self, step: Step, kind: Assemble) -> bool:
        """Whether each contribution belongs to one part of what is assembled, and was handed on to it as it is."""
        if step.out.value in self.last:
            return False
        begins = [offset for offset, *_ in kind.places]
        if _overlap(begins, step):
            return False
        found = []
        for (offset, shape, strides), numbers, sign in self.to.get(step.out.value, ()):
            part = self.part_around(step, kind, begins, View(step.out.value, offset, shape, strides))
            if part is None:
                return False
            n, operand = part
            found.append(
                (operand._replace(offset=offset - kind.places[n][0], shape=shape, strides=strides), numbers, sign)
            )
        self.to.pop(step.out.value, None)
        for operand, numbers, sign in found:
            if self.passes(operand):
                self.add(operand, numbers, sign)
        return True

    def part_around(self, step: Step, kind: Assemble, begins: Sequence[int], view: View) -> tuple[int, View] | None:
        """The part, and its number, in which a view of the whole lies; of parts in line, which begin there."""
        program = self.program
        n = bisect_right(begins, view.offset) - 1
        operand = step.operands[n]
        if n < 0 or not isinstance(operand, View) or kind.signs[n] < 0:
            return None
        is_all = program.is_whole(operand) and View(step.out.value, *kind.places[n]).is_contiguous
        if not is_all or program.space[operand.value] != step.space:
            return None
        reach = sum(stride * (length - 1) for length, stride in zip(view.shape, view.strides, strict=True))
        is_inside = min(view.strides, default=0) >= 0 and view.offset + reach < begins[n] + program.size[operand.value]
        return (n, operand) if is_inside else None

    def reverse_contract(self, step: Step, kind: Contract, dy: View) -> None:
        if kind.scale != 1.0:
            dy = self.computed("mul", dy, kind.scale)
        if len(step.operands) == 1:
            [operand], (axes, out) = step.views, kind.axes
            if self.passes(operand):
                spread = dict(zip(out.removeprefix("b"), dy.strides, strict=True))
                strides = tuple([spread.get(letter, 0) for letter in axes.removeprefix("b")])
                self.contribute(operand, dy._replace(shape=operand.shape, strides=strides))
            return
        (left, right), (of_left, of_right, out) = step.views, kind.axes
        pairs = [(left, of_left, right, of_right, 1.0), (right, of_right, left, of_left, 1.0)]
        if left == right and of_left == of_right:  # a square
            pairs = [(left, of_left, right, of_right, 2.0)]
        for operand, axes, other, of_other, scale in pairs:
            if not self.passes(operand):
                continue
            product = Contract((out, of_other, axes), scale)
            if self.live is None:
                self.contribute(operand, self.like(operand, product, [dy, other]))
            else:
                self.exact_product(operand, dy, self.live.of(step.out), other, product)

    def like(self, operand: View, kind: Kind, factors: Sequence[View]) -> View:
        """A value in the shape and the space of an operand."""
        return self.define(kind, factors, operand.shape, self.program.space[operand.value])

    def exact_product(self, operand: View, dy: View, live: View, factor: View, product: Contract) -> None:
        """A product of matrices in which 0·inf is 0 where nothing flows.

        What is not finite in a factor has a product of its own, which counts where something flows to a sum that it is
        in.
        """
        is_finite = self.computed("less", self.computed("abs", factor), inf)
        finite = self.computed("where", is_finite, factor, 0.0)
        self.contribute(operand, self.like(operand, product, [dy, finite]))
        flows, wrong = self.computed("where", live, 1.0, 0.0), self.computed("where", is_finite, 0.0, 1.0)
        met = self.like(operand, product, [flows, wrong])
        infinite = self.like(operand, product, [dy, self.computed("where", is_finite, 0.0, factor)])
        self.contribute(operand, self.computed("where", met, infinite, 0.0))

    def computed(self, rule: str, *arguments: Operand) -> View:
        """What an operation makes of other numbers, in the shape of the first."""
        views = [argument for argument in arguments if isinstance(argument, View)]
        space = max(self.program.space[view.value] for view in views)
        return self.define(Map(OPERATIONS[rule]), arguments, views[0].shape, space)


def _overlap(begins: Sequence[int], step: Step) -> bool:
    """Whether parts of what is assembled, of which these are the first positions, do not lie one after the other."""
    sizes = [prod(operand.shape) if isinstance(operand, View) else 1 for operand in step.operands]
    return any(begin + size > following for begin, size, following in zip(begins, sizes, begins[1:], strict=False))


REVERSE: dict[type[Kind], Callable[[Reversal, Step, Any, View], None]] = {
    Map: Reversal.reverse_map,
    Sum: Reversal.reverse_sum,
    Assemble: Reversal.reverse_assemble,
    Contract: Reversal.reverse_contract,
    Gather: Reversal.reverse_gather,
    Take: Reversal.reverse_take,
}
