"""A program with other outputs: of what it computes anyway, without the steps that these do not need."""

from collections.abc import Sequence

from .place import Location
from .program import Program
from .views import View


def select(program: Program, outputs: Sequence[Location]) -> Program:
    """The program of these outputs alone: numbers that are somewhere in the values of one without an adjoint.

    What became of the nodes that are computed in it is found where it was before, in values of other numbers.

    >>> import numpy as np
    >>> from .passes import classified, folded_trace, laid_out
    >>> tape, _ = folded_trace(lambda x, y: (x.exp() - y) ** 2, [(), ()])
    >>> classes, became = classified(tape)
    >>> program, where = laid_out(classes, [1, 1])
    >>> print(program)
    t1 = exp(x0)
    t2 = t1 - x1
    t3 = mul(t2)
    >>> print(select(program, [where[became[3]]]))
    t1 = exp(x0)
    """
    needed = _needed(program, outputs)
    result, new = Program(), dict[int, int]()
    for step in (*program.leaves, *program.steps):
        value = step.out.value
        if value in needed:
            operands = [
                each._replace(value=new[each.value]) if isinstance(each, View) else each for each in step.operands
            ]
            new[value] = result.add(
                step.kind, operands, step.out.shape, step.space, boolean=step.boolean, scalars=step.scalars,
                scope=step.scope, role=program.role(value), serial=program.serial(value),
            ).value  # fmt: skip
        if value + 1 == len(program.leaves):
            result.leaves_end()
    result.parameters = new[program.parameters]
    result.inputs = {argument: new[value] for argument, value in program.inputs.items() if value in needed}
    result.places, result.scalars, result.classes = program.places, program.scalars, program.classes
    result.outputs = [(new[value], position) for value, position in outputs]
    return result


def _needed(program: Program, outputs: Sequence[Location]) -> set[int]:
    """The values that these outputs need, and the parameters."""
    needed = {program.parameters, *[value for value, _ in outputs]}
    for step in reversed(program.steps):
        if step.out.value in needed:
            needed.update([view.value for view in step.views])
    return needed
