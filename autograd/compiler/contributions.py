"""Numbers that go back to where they came from: what each use of an array contributes to its adjoint.

A number that is used several times gets several contributions: the first is written, the others are added; where they
leave gaps, it is filled with zeros before. Of booleans, the sum is whether one of them holds.
"""

from collections import Counter
from math import prod

import numpy as np

from .program import AXES, Array, Contract, Fill, Scatter, Step, Sum, View, contiguous, whole


class Contributions:
    """The steps that compute the adjoints of arrays, while they are entered one by one.

    Attributes:
        steps: so far.
        adjoint: of each array that has one.
        uses: how many contributions an array gets; one that gets a single one can be that one.
    """

    boolean = False  # of the adjoints

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.adjoint: dict[Array, Array] = {}
        self.uses: Counter[Array] = Counter()
        self.covered: dict[Array, np.ndarray] = {}  # which numbers of an adjoint have been written
        self.first: dict[Array, int] = {}  # the step that writes to it first
        self.gaps: set[Array] = set()  # adjoints that must be zero before
        self.temporaries = 0
        self.scope = ""  # the module call of the step that is reversed

    def finished(self) -> list[Step]:
        """The steps, with zeros where nobody has written."""
        fills = sorted(((self.first[array], array) for array in self.gaps), key=lambda fill: fill[0], reverse=True)
        for place, array in fills:
            self.steps.insert(place, Fill(out=whole(array), number=0.0))
        return self.steps

    def received(self, array: Array) -> Array | None:
        """The adjoint of an array that has all its contributions; None where there are none."""
        dy = self.adjoint.get(array)
        if dy is not None and not self.covered[dy].all():
            self.gaps.add(dy)
        return dy

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
            self.adjoint[array] = Array(self.name(array), array.size, array.by_row, boolean=self.boolean)
        return self.adjoint[array]

    def name(self, array: Array) -> str:
        """Of its adjoint."""
        return "g" if array.name == "p" else f"d{array.name}"

    def temporary(self, shape: tuple[int, ...], by_row: bool) -> View:
        self.temporaries += 1
        return contiguous(Array(f"s{self.temporaries}", prod(shape), by_row, boolean=self.boolean), 0, shape)
