"""Pass 5: the steps that compute the gradient of the first output, in reverse order, by the same rule book.

Only what the gradient of the parameters needs is computed. Nothing flows to what an operation did not choose, and
nothing from there. Its derivative is 0, and where all other factors are finite, so is the product: the usual program
asks for no more. Where one is not, 0·inf makes the gradient nan, and the exact program is to run: with `liveness`.
"""

from collections import Counter
from dataclasses import replace
from math import inf
from typing import TypeGuard

from ..operations import OPERATIONS
from .contributions import Contributions
from .liveness import Liveness
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

_COMPARISONS = tuple(OPERATIONS[name] for name in ("less", "less_equal", "greater", "greater_equal"))


def add_adjoint(program: Program, exact: bool = False) -> Program:
    """The program with the steps for the derivative of the mean of its first output by every parameter.

    Args:
        exact: also where an untaken branch has a derivative that is inf or nan. Else the gradient is nan there, where
            the program `chooses`.
    """
    return _Adjoint(program, exact).program()


class _Adjoint(Contributions):
    def __init__(self, program: Program, exact: bool) -> None:
        super().__init__()
        self.forward, self.exact = program, exact
        self.live: Liveness | None = None
        self.needed = {program.parameters}
        for step in program.steps:
            if not (isinstance(step, Map) and step.rule in _COMPARISONS) and any(
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
            if self.exact:
                self.live = Liveness(self.forward, self.needed)
                self.steps.extend(self.live.steps)
            self.write(Fill(out=seed, number=1.0, over_rows=array.by_row))
            for step in reversed(self.forward.steps):
                dy = self.received(step.out.array)
                if dy is not None:
                    self.scope = step.scope
                    self.reverse(step, step.out._replace(array=dy))
        chooses = any(step.chooses for step in self.forward.steps if step.out.array in self.needed)
        return replace(self.forward, adjoints=self.finished(), gradient=gradient, chooses=chooses)

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
        for i, operand in enumerate(step.arguments):
            if not self.passes(operand):
                continue
            live = None if self.live is None else self.live.of(step.out)
            product = Map(
                out=operand, rule=step.rule, arguments=step.arguments, partial=i, y=step.out, dy=dy, live=live,
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
            way = (out, other_axes, axes)
            if self.live is None:
                product = Contract(out=operand, left=dy, right=other, axes=way, scale=scale)
                self.write_contribution(product, operand, operand.array.by_row)
            else:
                self.write_exact_product(operand, dy, self.live.of(step.out), other, way, scale)

    def write_exact_product(
        self, operand: View, dy: View, live: View, factor: View, axes: tuple[str, str, str], scale: float
    ) -> None:
        """A product of matrices in which 0·inf is 0 where nothing flows.

        What is not finite in a factor has a product of its own, which counts where something flows to a sum that it is
        in.
        """

        def product(left: View, right: View) -> View:
            out = self.temporary(operand.shape, operand.array.by_row)
            self.write(Contract(out=out, left=left, right=right, axes=axes, scale=scale))
            return out

        is_finite = self.computed("less", self.computed("abs", factor), inf)
        self.contribute(operand, product(dy, self.computed("where", is_finite, factor, 0.0)))
        met = product(self.computed("where", live, 1.0, 0.0), self.computed("where", is_finite, 0.0, 1.0))
        infinite = product(dy, self.computed("where", is_finite, 0.0, factor))
        self.contribute(operand, self.computed("where", met, infinite, 0.0))

    def computed(self, rule: str, *arguments: Operand) -> View:
        """A temporary array that an operation makes of others, in the shape of the first."""
        views = [argument for argument in arguments if isinstance(argument, View)]
        out = self.temporary(views[0].shape, any(view.array.by_row for view in views))
        self.write(Map(out=out, rule=OPERATIONS[rule], arguments=arguments))
        return out
