"""To which numbers does the gradient flow at all? Those that only an untaken branch needs have none, as with `if`.

An operation that chooses has no edge to the operands that it did not choose. Their gradient is 0, and so is that of
everything which only they were computed from: whatever the derivatives are there, inf and nan too. In most programs
something flows to every number, or no derivative is in danger; elsewhere booleans go the way of the gradient first.
"""

from math import isfinite

import numpy as np

from ..operations import MUL, OPERATIONS, Operation
from .certainty import TAKE, WHERE, chooses, find_certain, receivers
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

COMPARISONS = tuple(OPERATIONS[name] for name in ("less", "less_equal", "greater", "greater_equal"))
_TAME = (WHERE, TAKE, *COMPARISONS, *(OPERATIONS[name] for name in ("relu", "step")))  # 1 or 0, or a choice of these


def is_tame(step: Map, operand: int) -> bool:
    """Whether the derivative by an operand is finite whatever the operands are, but for infinite parameters."""
    if step.rule is MUL:
        other = step.arguments[1 - operand]
        return other.array.name == "p" if isinstance(other, View) else isfinite(other)
    return step.rule in _TAME


class Liveness(Contributions):
    """The steps that compute, for the arrays where it matters, to which of their numbers something flows.

    Attributes:
        external: the arrays below a choice that a condition or an index makes, rather than the numbers themselves.
    """

    boolean = True

    def __init__(self, program: Program, needed: set[Array]) -> None:
        super().__init__()
        self.passing = needed - {program.parameters}
        self.certain: dict[Array, np.ndarray] = {}  # of what the gradient comes to
        self.external: set[Array] = set()
        self.wanted: set[Array] = set()  # arrays whose liveness decides
        steps = [step for step in program.steps if step.out.array in needed]
        if any(chooses(step) for step in steps):
            root, position = program.outputs[0]  # type: ignore[misc]  # no constant: it is needed
            self.certain = find_certain(steps, root, position, self.passing)
            self.find_external(steps)
            self.find_wanted(steps)
            if root in self.wanted:
                self.write(Fill(out=View(self.adjoint_of(root), position, (), ()), number=1.0))
            for step in reversed(steps):
                if step.out.array in self.certain and not self.wanted.isdisjoint(receivers(step, self.passing)):
                    self.scope = step.scope
                    self.reverse(step, self.flow(step.out))
            self.finished()

    def of(self, view: View) -> View | None:
        """For each number of a view, whether something flows to it; None where that is so, or does not matter."""
        live = self.adjoint.get(view.array)
        return None if live is None else view._replace(array=live)

    def name(self, array: Array) -> str:
        return f"l{array.name}"

    def find_external(self, steps: list[Step]) -> None:
        for step in reversed(steps):
            inherited = step.out.array in self.external and self.is_uncertain(step.out.array)
            if inherited or isinstance(step, Take) or _is(step, WHERE):
                self.external.update(receivers(step, self.passing))

    def is_uncertain(self, array: Array) -> bool:
        """Whether the gradient comes to the array, but perhaps not to all of it."""
        return array in self.certain and not self.certain[array].all()

    def find_wanted(self, steps: list[Step]) -> None:
        """The arrays whose numbers are factors of derivatives that may be infinite, here or below."""
        for step in steps:
            array = step.out.array
            if self.is_uncertain(array):
                product = isinstance(step, Contract) and step.right is not None and array in self.external
                below = not self.wanted.isdisjoint(receivers(step, self.passing))
                if product or below or (isinstance(step, Map) and self.is_in_danger(step)):
                    self.wanted.add(array)

    def is_in_danger(self, step: Map) -> bool:
        """Whether a derivative that the gradient needs may be infinite."""
        views = [(i, view) for i, view in enumerate(step.arguments) if isinstance(view, View)]
        return any(not is_tame(step, i) for i, view in views if view.array in self.passing or view.array.name == "p")

    def flow(self, out: View) -> View:
        """Whether something flows to the numbers of a step."""
        if self.certain[out.array].all():
            return View(_TRUE, 0, out.shape, (0,) * len(out.shape))
        live = self.received(out.array)
        assert live is not None, out
        return out._replace(array=live)

    # ------------------------------------------------------------------------------- one step, by its kind

    def reverse(self, step: Step, live: View) -> None:
        if isinstance(step, Map):
            for number, operand in enumerate(step.arguments):
                if isinstance(operand, View) and operand.array in self.wanted:
                    self.reverse_map(step, number, operand, live)
        elif isinstance(step, Sum):
            for _, item in step.items:
                self.pass_on(item, live)
        elif isinstance(step, Contract):
            for factor, axes in ((step.left, step.axes[0]), (step.right, step.axes[1])):
                if factor is not None and factor.array in self.wanted:
                    self.pass_on(factor, spread(self, live, step.axes[2], factor, axes))
        elif isinstance(step, Gather):
            self.write(Scatter(out=whole(self.adjoint_of(step.source)), source=live, table=step.table))
        else:
            assert isinstance(step, Take)
            out = whole(self.adjoint_of(step.values))
            self.gaps.add(out.array)
            self.write(TakeAdjoint(out=out, take=step, dy=live, accumulate=True))

    def reverse_map(self, step: Map, number: int, operand: View, live: View) -> None:
        if step.rule.chooses:
            way = Map(out=operand, rule=step.rule, arguments=step.arguments, partial=number, y=step.out, dy=live)
            self.write_contribution(way, operand, step.out.array.by_row)
        else:
            extra = (0,) * (len(operand.shape) - len(live.shape))
            self.pass_on(operand, live._replace(shape=operand.shape, strides=live.strides + extra))

    def pass_on(self, operand: Operand, live: View) -> None:
        if not isinstance(operand, View) or operand.array not in self.wanted:
            return
        if live.array is _TRUE:
            used = [(n, stride) for n, stride in zip(operand.shape, operand.strides, strict=True) if stride]
            shape, strides = zip(*used, strict=True) if used else ((), ())
            self.write(Fill(out=View(self.adjoint_of(operand.array), operand.offset, shape, strides), number=1.0))
        else:
            self.contribute(operand, live)


_TRUE = Array("true", 1, False, np.ones(1), boolean=True)


def spread(steps: Contributions, live: View, out: str, factor: View, axes: str) -> View:
    """For each number of a factor, whether something flows to one of the sums that it is in.

    Args:
        steps: where the step that finds it out is entered.
        live: of the sums; `out` has the letters of its axes, and `axes` those of the factor.
    """
    kept = "".join(letter for letter in out if letter in axes)
    if kept != out and live.array is not _TRUE:
        lengths = dict(zip(axes, factor.shape, strict=True))
        some = steps.temporary(tuple(lengths[letter] for letter in kept), live.array.by_row)
        some.array.boolean = True
        steps.write(Contract(out=some, left=live, right=None, axes=(out, "", kept)))
        live, out = some, kept
    strides = dict(zip(out, live.strides, strict=True))
    return live._replace(shape=factor.shape, strides=tuple(strides.get(letter, 0) for letter in axes))


def _is(step: Step, rule: Operation) -> bool:
    return isinstance(step, Map) and step.rule is rule
