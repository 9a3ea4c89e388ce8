"""To which numbers does the gradient flow at all? Those that only an untaken branch needs have none, as with `if`.

An operation that chooses has no edge to the operands that it did not choose. Their gradient is 0, and so is that of
everything which only they were computed from, whatever the derivatives are there, inf and nan too. Booleans go the way
of the gradient first, and say where it will come to.
"""

from .contributions import Contributions
from .program import (
    Array,
    Contract,
    Fill,
    Gather,
    Map,
    Operand,
    Program,
    Scatter,
    Step,
    Sum,
    Take,
    TakeAdjoint,
    View,
    whole,
)  # fmt: skip


class Liveness(Contributions):
    """The steps that compute to which numbers something flows.

    Args:
        program: without an adjoint.
        needed: the arrays that the gradient passes through.
    """

    boolean = True

    def __init__(self, program: Program, needed: set[Array]) -> None:
        super().__init__()
        self.passing = needed - {program.parameters}
        root, position = program.outputs[0]  # type: ignore[misc]  # no constant: it is needed
        self.write(Fill(out=View(self.adjoint_of(root), position, (), ()), number=1.0))
        for step in reversed(program.steps):
            live = self.received(step.out.array)
            if live is not None:
                self.scope = step.scope
                self.reverse(step, step.out._replace(array=live))
        self.finished()

    def of(self, view: View) -> View:
        """For each number of a view, whether something flows to it."""
        return view._replace(array=self.adjoint[view.array])

    def name(self, array: Array) -> str:
        return f"l{array.name}"

    def reverse(self, step: Step, live: View) -> None:
        """From a step to what it reads."""
        if isinstance(step, Map):
            for i, operand in enumerate(step.arguments):
                self.reverse_map(step, i, operand, live)
        elif isinstance(step, Sum):
            for _, item in step.items:
                self.pass_on(item, live)
        elif isinstance(step, Contract):
            for factor, axes in ((step.left, step.axes[0]), (step.right, step.axes[1])):
                if factor is not None and factor.array in self.passing:
                    self.contribute(factor, self.spread(live, step.axes[2], factor, axes))
        elif isinstance(step, Gather) and step.source in self.passing:
            self.write(Scatter(out=whole(self.adjoint_of(step.source)), source=live, table=step.table))
        elif isinstance(step, Take) and step.values in self.passing:
            out = whole(self.adjoint_of(step.values))
            self.gaps.add(out.array)
            self.write(TakeAdjoint(out=out, take=step, dy=live, accumulate=True))

    def reverse_map(self, step: Map, i: int, operand: Operand, live: View) -> None:
        if not isinstance(operand, View) or operand.array not in self.passing:
            return
        if step.rule.chooses:
            way = Map(out=operand, rule=step.rule, arguments=step.arguments, partial=i, y=step.out, dy=live)
            self.write_contribution(way, operand, step.out.array.by_row)
        else:
            of_a_family = (0,) * (len(operand.shape) - len(live.shape))
            self.contribute(operand, live._replace(shape=operand.shape, strides=live.strides + of_a_family))

    def pass_on(self, operand: Operand, live: View) -> None:
        if isinstance(operand, View) and operand.array in self.passing:
            self.contribute(operand, live)

    def spread(self, live: View, out: str, factor: View, axes: str) -> View:
        """For each number of a factor, whether something flows to one of the sums that it is in.

        Args:
            live: of the sums; `out` has the letters of its axes, and `axes` those of the factor.
        """
        kept = "".join(letter for letter in out if letter in axes)
        if kept != out:
            lengths = dict(zip(axes, factor.shape, strict=True))
            some = self.temporary(tuple(lengths[letter] for letter in kept), live.array.by_row)
            self.write(Contract(out=some, left=live, right=None, axes=(out, "", kept)))
            live, out = some, kept
        strides = dict(zip(out, live.strides, strict=True))
        return live._replace(shape=factor.shape, strides=tuple(strides.get(letter, 0) for letter in axes))
