"""Pass 5: the steps that compute the gradient of the first output, in reverse order, by the same rule book.

Only what the gradient of the parameters needs is computed. Nothing flows to what an operation did not choose, and
nothing from there: `liveness` tells.
"""

from collections import Counter
from dataclasses import replace
from typing import TypeGuard

from .certainty import WHERE
from .contributions import Contributions
from .liveness import COMPARISONS, Liveness, is_tame, spread
from .program import (
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


def add_adjoint(program: Program) -> Program:
    """The program with the steps for the derivative of the mean of its first output by every parameter."""
    return _Adjoint(program).program()


class _Adjoint(Contributions):
    def __init__(self, program: Program) -> None:
        super().__init__()
        self.forward = program
        self.needed = {program.parameters}
        for step in program.steps:
            if not (isinstance(step, Map) and step.rule in COMPARISONS) and any(
                view.array in self.needed for view in self.differentiable(step)
            ):
                self.needed.add(step.out.array)
        self.uses = Counter(  # contributions to each
            view.array for step in program.steps if step.out.array in self.needed for view in self.differentiable(step)
        )

    def differentiable(self, step: Step) -> list[View]:
        """The operands that a gradient may pass to."""
        return [whole(step.values)] if isinstance(step, Take) else list(step.operands())

    def program(self) -> Program:
        root = self.forward.outputs[0]
        gradient = self.adjoint_of(self.forward.parameters)
        if not isinstance(root, float) and root[0] in self.needed:
            array, position = root
            seed = View(self.adjoint_of(array), position, (), ())
            self.live = Liveness(self.forward, self.needed)
            self.steps.extend(self.live.steps)
            self.write(Fill(out=seed, number=1.0, over_rows=array.by_row))
            for step in reversed(self.forward.steps):
                dy = self.received(step.out.array)
                if dy is not None:
                    self.scope = step.scope
                    self.reverse(step, step.out._replace(array=dy))
        return replace(self.forward, adjoints=self.finished(), gradient=gradient)

    # ------------------------------------------------------------------------------- one step, by its kind

    def reverse(self, step: Step, dy: View) -> None:
        if isinstance(step, Map):
            self.reverse_map(step, dy)
        elif isinstance(step, Sum):
            for sign, item in step.items:
                if self.passes(item):
                    self.contribute(item, dy, float(sign))
        elif isinstance(step, Contract):
            self.reverse_contract(step, dy)
        elif isinstance(step, Gather) and step.source in self.needed:
            out = whole(self.adjoint_of(step.source))
            self.write(Scatter(out=out, source=dy, table=step.table))
        elif isinstance(step, Take) and step.values in self.needed:
            out = whole(self.adjoint_of(step.values))
            self.gaps.add(out.array)
            self.write(TakeAdjoint(out=out, take=step, dy=dy, accumulate=True))

    def passes(self, operand: Operand) -> TypeGuard[View]:
        """Does a gradient pass to this operand?"""
        return isinstance(operand, View) and operand.array in self.needed

    def reverse_map(self, step: Map, dy: View) -> None:
        for number, operand in enumerate(step.arguments):
            if not self.passes(operand):
                continue
            live = None if is_tame(step, number) else self.live.of(step.out)
            product = Map(
                out=operand, rule=step.rule, arguments=step.arguments, partial=number, y=step.out, dy=dy, live=live,
            )  # fmt: skip
            self.write_contribution(product, operand, dy.array.by_row)

    def reverse_contract(self, step: Contract, dy: View) -> None:
        left, right, out = step.axes
        if step.right is None:
            if self.passes(step.left):
                spread = dict(zip(out, dy.strides, strict=True))
                strides = tuple(spread.get(letter, 0) for letter in left)
                self.contribute(step.left, dy._replace(shape=step.left.shape, strides=strides))
            return
        if step.left == step.right and left == right:  # a square
            pairs = [(step.left, left, step.right, right, 2.0)]
        else:
            pairs = [(step.left, left, step.right, right, 1.0), (step.right, right, step.left, left, 1.0)]
        for operand, axes, other, other_axes, scale in pairs:
            if not self.passes(operand):
                continue
            factor = self.without_dead_rows(step, other, other_axes)
            product = Contract(out=operand, left=dy, right=factor, axes=(out, other_axes, axes), scale=scale)
            self.write_contribution(product, operand, operand.array.by_row)

    def without_dead_rows(self, step: Contract, factor: View, axes: str) -> View:
        """The factor with 0 where nothing flows to all that it is a factor of: 0·nan would be nan.

        It is done below a `where` and a `take` only, whose conditions keep away from nan; not for each relu.
        """
        live = self.live.of(step.out)
        if live is None or not factor.array.by_row or step.out.array not in self.live.external:
            return factor
        condition = spread(self, live, step.axes[2], factor, axes)
        cleared = self.temporary(factor.shape, True)
        self.write(Map(out=cleared, rule=WHERE, arguments=[condition, factor, 0.0]))
        return cleared
