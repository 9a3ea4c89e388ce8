"""To which numbers does the gradient flow at all? Those that only an untaken branch needs have none, as with `if`.

An operation that chooses has no edge to the operands that it did not choose. Their gradient is 0, and so is that of
everything which only they were computed from, whatever the derivatives are there, inf and nan too. Booleans go the way
of the gradient first, and say where it will come to.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .contributions import Contributions, part_of
from .kinds import Assemble, Contract, Fill, Gather, Kind, Map, Sum, Take
from .program import Program, Role, Step
from .views import View


class Liveness(Contributions):
    """The steps that compute to which numbers something flows.

    Args:
        program: to which they are added.
        forward: the program without them.
        needed: the values that the gradient passes through.
        given: to which numbers something comes, and booleans that say to which of these; to the first output else.
    """

    boolean = True
    role = Role.LIVE

    def __init__(
        self, program: Program, forward: Program, needed: set[int], given: Sequence[tuple[View, View]] = ()
    ) -> None:
        super().__init__(program, needed - {forward.parameters})
        self.live: dict[int, View] = {}  # of each value
        if not given:
            root, position = forward.outputs[0]  # type: ignore[misc]  # no constant: it is needed
            given = [(View(root, position, (), ()), self.define(Fill(1.0), [], (), forward.space[root]))]
        for numbers, flows in given:
            self.contribute(numbers, flows)
        for step in reversed(forward.steps):
            live = self.received(step.out.value)
            if live is not None:
                self.live[step.out.value] = live
                self.scope = step.scope
                _REVERSE[type(step.kind)](self, step, step.kind, part_of(live, step.out.place))

    def of(self, out: View) -> View:
        """For each number that a step computed, whether something flows to it."""
        return part_of(self.live[out.value], out.place)

    # ------------------------------------------------------------------------------- one step, by its kind

    def reverse_map(self, step: Step, kind: Map, live: View) -> None:
        for i, operand in enumerate(step.operands):
            if not self.passes(operand):
                continue
            if kind.chooses:
                self.contribute(operand, self.partial(step, kind, i, live))
            else:
                of_a_family = (0,) * (len(operand.shape) - len(live.shape))
                self.contribute(operand, live._replace(shape=operand.shape, strides=live.strides + of_a_family))

    def reverse_sum(self, step: Step, kind: Sum, live: View) -> None:
        for item in step.operands:
            if self.passes(item):
                self.contribute(item, live)

    def reverse_assemble(self, step: Step, kind: Assemble, live: View) -> None:
        for place, item in zip(kind.places, step.operands, strict=True):
            if self.passes(item):
                self.contribute(item, part_of(live, place))

    def reverse_contract(self, step: Step, kind: Contract, live: View) -> None:
        *_, out = kind.axes
        for factor, axes in zip(step.views, kind.axes, strict=False):
            if self.passes(factor):
                self.contribute(factor, self.spread(live, out, factor, axes))

    def spread(self, live: View, out: str, factor: View, axes: str) -> View:
        """For each number of a factor, whether something flows to one of the sums that it is in.

        Args:
            live: of the sums; `out` has the letters of its axes, and `axes` those of the factor.
        """
        of_factor = axes.removeprefix("b")
        kept = "".join([letter for letter in out if letter in axes or letter == "b"])
        if kept != out:
            lengths = dict(zip(of_factor, factor.shape, strict=True))
            shape = tuple([lengths[letter] for letter in kept.removeprefix("b")])
            live, out = self.define(Contract((out, kept)), [live], shape, self.program.space[live.value]), kept
        strides = dict(zip(out.removeprefix("b"), live.strides, strict=True))
        return live._replace(shape=factor.shape, strides=tuple([strides.get(letter, 0) for letter in of_factor]))


_REVERSE: dict[type[Kind], Callable[[Liveness, Step, Any, View], None]] = {
    Map: Liveness.reverse_map,
    Sum: Liveness.reverse_sum,
    Assemble: Liveness.reverse_assemble,
    Contract: Liveness.reverse_contract,
    Gather: Liveness.reverse_gather,
    Take: Liveness.reverse_take,
}
