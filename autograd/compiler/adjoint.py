"""Pass 5: the steps that compute the gradient of the first output, in reverse order, by the same rule book.

Only what the gradient of the parameters needs is computed. A number that is used several times gets several
contributions: the first is written, the others are added; where they leave gaps, it is filled with zeros before.
"""

from collections import Counter
from dataclasses import replace
from math import prod
from typing import TypeGuard

import numpy as np

from ..operations import GREATER, GREATER_EQUAL, LESS, LESS_EQUAL
from .program import (
    AXES,
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
    contiguous,
    whole,
)  # fmt: skip

_COMPARISONS = (LESS, LESS_EQUAL, GREATER, GREATER_EQUAL)  # a float in the eager graph: no gradient passes


def add_adjoint(program: Program) -> Program:
    """The program with the steps for the derivative of the mean of its first output by every parameter."""
    return _Adjoint(program).program()


class _Adjoint:
    def __init__(self, program: Program) -> None:
        self.forward = program
        self.steps: list[Step] = []
        self.adjoint: dict[Array, Array] = {}  # of each array that the gradient passes through
        self.covered: dict[Array, np.ndarray] = {}  # which numbers of an adjoint have been written
        self.first: dict[Array, int] = {}  # the step that writes to it first
        self.gaps: set[Array] = set()  # adjoints that must be zero before
        self.temporaries = 0
        self.scope = ""  # the module call of the step that is reversed
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
            self.write(Fill(out=seed, number=1.0, over_rows=array.by_row))
            for step in reversed(self.forward.steps):
                dy = self.adjoint.get(step.out.array)
                if dy is not None:
                    if not self.covered[dy].all():
                        self.gaps.add(dy)
                    self.scope = step.scope
                    self.reverse(step, step.out._replace(array=dy))
        fills = sorted(((self.first[array], array) for array in self.gaps), key=lambda fill: fill[0], reverse=True)
        for place, array in fills:
            self.steps.insert(place, Fill(out=whole(array), number=0.0))
        return replace(self.forward, adjoints=self.steps, gradient=gradient)

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
            product = Map(
                out=operand, rule=step.rule, arguments=step.arguments, partial=number, y=step.out, dy=dy,
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
            product = Contract(out=operand, left=dy, right=other, axes=(out, other_axes, axes), scale=scale)
            self.write_contribution(product, operand, operand.array.by_row)

    # ---------------------------------------------------------------------------------------- contributions

    def write_contribution(self, step: Step, operand: View, by_row: bool) -> None:
        """Enter a step whose result is a contribution: straight into the adjoint where that can be."""
        if self.simple(operand, by_row):
            step.out = operand._replace(array=self.adjoint_of(operand.array))
            self.write(step)
        else:
            step.out = self.temporary(operand.shape, by_row)
            self.write(step)
            self.contribute(operand, step.out)

    def contribute(self, operand: View, contribution: View, sign: float = 1.0) -> None:
        """Add a contribution, in the shape of the operand, to the adjoint of the operand's array."""
        array = operand.array
        sum_rows = contribution.array.by_row and not array.by_row
        used = [axis for axis, stride in enumerate(operand.strides) if stride or operand.shape[axis] == 1]
        target = operand._replace(
            shape=tuple(operand.shape[axis] for axis in used), strides=tuple(operand.strides[axis] for axis in used)
        )
        if sum_rows or len(used) < len(operand.shape):  # what was spread is summed
            axes = AXES[: len(operand.shape)]
            kept = "".join(axes[axis] for axis in used)
            out = target if self.distinct(target) else self.temporary(target.shape, array.by_row)
            total = Contract(out=out, left=contribution, right=None, axes=(axes, "", kept), scale=sign)
            if out is target:
                total.out = target._replace(array=self.adjoint_of(array))
            self.write(total)
            if out is target:
                return
            contribution, sign = out, 1.0
        if not self.distinct(target):
            table = target.positions()
            if sign < 0:
                negative = self.temporary(target.shape, contribution.array.by_row)
                self.write(Sum(out=negative, items=[(-1, contribution)]))
                contribution = negative
            self.write(Scatter(out=whole(self.adjoint_of(array)), source=contribution, table=table))
        elif self.uses[array] == 1 and sign > 0 and target.whole and contribution.whole and array not in self.adjoint:
            self.adjoint[array] = contribution.array  # the only contribution: no copy
        else:
            out = target._replace(array=self.adjoint_of(array))
            self.write(Sum(out=out, items=[(int(sign), contribution)]))

    def simple(self, operand: View, by_row: bool) -> bool:
        """Can a contribution be written to the operand's adjoint as it is: nothing to sum, no number twice?"""
        spread = any(not stride and length > 1 for stride, length in zip(operand.strides, operand.shape, strict=True))
        return operand.array.by_row == by_row and not spread and self.distinct(operand)

    def distinct(self, view: View) -> bool:
        """Does the view show no number twice?"""
        if len(view.shape) < 2:
            return True
        return view.whole or len(np.unique(view.positions())) == prod(view.shape)

    def write(self, step: Step) -> None:
        """Enter a step: it writes where nobody has written, and adds elsewhere."""
        array, step.scope = step.out.array, self.scope
        covered = self.covered.setdefault(array, np.zeros(array.size, dtype=bool))
        if array not in self.first:
            self.first[array] = len(self.steps)
        places = step.out.positions() if step.out.shape else step.out.offset
        before = covered[places]
        if np.any(before):
            step.accumulate = True
            if not np.all(before):
                self.gaps.add(array)
        covered[places] = True
        self.steps.append(step)

    def adjoint_of(self, array: Array) -> Array:
        if array not in self.adjoint:
            self.adjoint[array] = Array("g" if array.name == "p" else f"d{array.name}", array.size, array.by_row)
        return self.adjoint[array]

    def temporary(self, shape: tuple[int, ...], by_row: bool) -> View:
        self.temporaries += 1
        return contiguous(Array(f"s{self.temporaries}", prod(shape), by_row), 0, shape)
