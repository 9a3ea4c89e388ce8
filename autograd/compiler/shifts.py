"""A list less its largest number, by which softmax and its kin do not overflow: what flows back through all of it.

Mathematically a softmax does not depend on what is subtracted, so that nothing flows through the largest number. But
that way is where a dominant logit gets its digits: s - 1 is 0 where s is rounded to 1, while the others' derivatives,
which it is less the sum of, are not. So the way is kept, and made one step: dx = dy, and at the largest less Σ dy.
That holds for any shift of a list by its largest number, whatever is computed of it.
"""

from typing import NamedTuple

from ..operations import OPERATIONS
from .kinds import Assemble, Map, Sum
from .program import Program, Step
from .views import View

_MAXIMUM, _EXP_OF_DIFFERENCE = OPERATIONS["maximum"], OPERATIONS["_exp_of_difference"]


class Shift(NamedTuple):
    """A step that takes the largest of each list from all numbers of the list, which lie along this axis of it."""

    lists: View
    largest: View
    axis: int

    def by_lists(self, view: View) -> View:
        """A view in the shape of the step, in that of the lists."""
        return view._replace(shape=_last(view.shape, self.axis), strides=_last(view.strides, self.axis))


def shift_of(program: Program, step: Step) -> Shift | None:
    """The shift that a step computes, or the exponentials of one; None where it does something else."""
    if isinstance(step.kind, Sum) and sorted(step.kind.signs) == [-1, 1]:
        x, largest = step.operands if step.kind.signs[0] > 0 else step.operands[::-1]
    elif isinstance(step.kind, Map) and step.kind.rule is _EXP_OF_DIFFERENCE:
        x, largest = step.operands
    else:
        return None
    if not isinstance(x, View) or not isinstance(largest, View):
        return None
    of, out = _computing(program, largest)
    if not isinstance(of.kind, Map) or of.kind.rule is not _MAXIMUM or len(of.operands) != 1 or not of.views:
        return None
    [lists] = of.views
    if len(lists.shape) != len(out.shape) + 1:
        return None
    once = out._replace(shape=lists.shape, strides=(*out.strides, 0))  # for each number of its list
    for axis, stride in enumerate(largest.strides):
        found = Shift(lists, out, axis)
        if stride == 0 and found.by_lists(x) == lists and found.by_lists(largest) == once:
            return found
    return None


def _computing(program: Program, view: View) -> tuple[Step, View]:
    """The step that computes what begins where a view does, and its result; that may be a part of what is assembled."""
    step = program.step(view.value)
    if isinstance(step.kind, Assemble):
        for place, sign, operand in zip(step.kind.places, step.kind.signs, step.operands, strict=True):
            if place[0] == view.offset and sign > 0 and isinstance(operand, View) and program.is_whole(operand):
                return program.step(operand.value), View(view.value, *place)
    return step, step.out


def _last(of_axes: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*of_axes[:axis], *of_axes[axis + 1 :], of_axes[axis])
