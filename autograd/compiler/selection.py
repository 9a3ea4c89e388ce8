"""A part of a program: the steps of other outputs, of what it computes anyway; or those that it needs."""

from collections.abc import Sequence

from .kinds import LEAVES
from .place import Location
from .program import Program, Step
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
        if step.out.value in needed:
            _add(result, program, step, new)
        if step.out.value + 1 == len(program.leaves):
            result.leaves_end()
    _take_over(result, program, new)
    result.outputs = [(new[value], position) for value, position in outputs]
    return result


def tidied(program: Program) -> Program:
    """The same program with its leaves first, of a draft that has got some later; without what its gradient needs not.

    What is computed forward stays.
    """
    adjoints = program.adjoints.values
    needed = {*range(adjoints.start), program.gradient}
    for value in reversed(adjoints):
        if value in needed:
            needed.update([view.value for view in program.step(value).views])
    steps = [program.step(value) for value in range(len(program)) if value in needed]
    result, new = Program(), dict[int, int]()
    for step in steps:
        if isinstance(step.kind, LEAVES):
            _add(result, program, step, new)
    result.leaves_end()
    for step in steps:
        if not isinstance(step.kind, LEAVES) and step.out.value < adjoints.start:
            _add(result, program, step, new)
    result.adjoint_begins()
    for step in steps:
        if not isinstance(step.kind, LEAVES) and step.out.value >= adjoints.start:
            _add(result, program, step, new)
    _take_over(result, program, new)
    result.outputs = [each if isinstance(each, float) else (new[each[0]], each[1]) for each in program.outputs]
    result.gradient, result.chooses = new[program.gradient], program.chooses  # type: ignore[index]
    return result


def without_adjoint(program: Program) -> Program:
    """What computes the outputs, all of it, as it was before the adjoint was added."""
    result, new = Program(), dict[int, int]()
    for step in (*program.leaves, *program.steps):
        if step.out.value == len(program.leaves):
            result.leaves_end()
        _add(result, program, step, new)
    if not program.steps:
        result.leaves_end()
    _take_over(result, program, new)
    result.outputs = program.outputs
    return result


def _take_over(result: Program, program: Program, new: dict[int, int]) -> None:
    """What a program says of its leaves and of the scalars, for one that has some of its values, by other numbers."""
    result.parameters = new[program.parameters]
    result.inputs = {argument: new[value] for argument, value in program.inputs.items() if value in new}
    result.places, result.scalars, result.classes = program.places, program.scalars, program.classes


def _add(result: Program, program: Program, step: Step, new: dict[int, int]) -> None:
    """A step as a step of another program, in which values have other numbers."""
    value = step.out.value
    operands = [each._replace(value=new[each.value]) if isinstance(each, View) else each for each in step.operands]
    new[value] = result.add(
        step.kind, operands, step.out.shape, step.space, boolean=step.boolean, scalars=step.scalars,
        scope=step.scope, role=program.role(value), serial=program.serial(value),
    ).value  # fmt: skip


def _needed(program: Program, outputs: Sequence[Location]) -> set[int]:
    """The values that these outputs need, and the parameters."""
    needed = {program.parameters, *[value for value, _ in outputs]}
    for step in reversed(program.steps):
        if step.out.value in needed:
            needed.update([view.value for view in step.views])
    return needed
