"""What a program must fulfil: what comes in and what goes out, and what holds for a step of any kind."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from ...operations import OPERATIONS
from ..kinds import (
    LEAVES,
    Assemble,
    Contract,
    Fill,
    Gather,
    Input,
    Kind,
    LessLargestAdjoint,
    Loop,
    Map,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from ..program import Program, Space, Step
from .complaints import Complaints, VerificationError, refuse
from .steps import CHECKS, out_of_range

_WHERE = OPERATIONS["where"]
_ARITY = {
    Gather: 1,
    Scatter: 1,
    LessLargestAdjoint: 3,
    Take: 2,
    TakeAdjoint: 2,
    Fill: 0,
}  # of the kinds whose operands are no plain numbers
_OF_ADJOINTS = (Partial, LessLargestAdjoint, Scatter, TakeAdjoint, Fill)
_OF_BOOLEANS = (Partial, Assemble, Contract, Scatter, TakeAdjoint, Fill)


def verify_program(program: Program, is_body: bool = False) -> None:
    """Values that are defined before they are used, by steps that fit their operands, and all of them needed.

    The body of a loop is a program too, forward or backward, whose inputs may be the same for all rows.
    """
    used: list[list[int]] = []  # values, by each
    order = _order_of_turn if is_body else _order
    for value in range(len(program)):
        step = program.step(value)
        used.append([view.value for view in step.views])
        for check in (_operands, order, _space, _booleans, CHECKS[type(step.kind)]):
            for wrong in check(program, step, step.kind):
                raise VerificationError(f"{_line(program, step)}: {wrong}")
        if isinstance(step.kind, Loop):
            with _inside(program, step):
                verify_program(step.kind.body, is_body=True)
    refuse("program", _ends(program))
    refuse("program", _names(program))
    refuse("program", _unneeded(program, used))


@contextmanager
def _inside(program: Program, step: Step) -> Iterator[None]:
    """What is wrong in the body of a loop names the loop."""
    try:
        yield
    except VerificationError as error:
        raise VerificationError(f"in {_line(program, step)}: {error}") from None


def _line(program: Program, step: Step) -> str:
    """The step as text, as far as it has one."""
    try:
        line = program.line(step)
    except (ValueError, IndexError):
        line = f"{program.name(step.out.value)} = {type(step.kind).__name__}"
    return f"value {step.out.value}, {line}"


# -------------------------------------------------------------------------------------------------- the whole


def _ends(program: Program) -> Complaints:
    """What comes in and what goes out."""
    forward, size = program.steps.values.stop, program.size[program.parameters]
    for output in program.outputs:
        if not isinstance(output, float):
            value, position = output
            if not 0 <= value < forward or not 0 <= position < program.size[value]:
                yield f"output {output} is no number of those that are computed forward"
    if not program.outputs:
        yield "it has no outputs"
    placed = program.places[program.places >= 0]
    if len(np.unique(placed)) < len(placed) or (program.places < -1).any() or (placed >= size).any():
        yield f"places {program.places.tolist()} of parameters in an array of {size}"
    if program.gradient is not None:
        g = program.gradient
        if g not in program.adjoints.values or program.size[g] != size or program.space[g] or program.boolean[g]:
            yield f"the gradient {program.name(g)} is no array like the parameters"
        for step in program.adjoints if not program.chooses else ():
            if isinstance(step.kind, (LessLargestAdjoint, TakeAdjoint)) or (
                isinstance(step.kind, Partial) and step.kind.rule.chooses
            ):
                yield f"it does not say that it chooses, as in {program.line(step)}"


def _names(program: Program) -> Complaints:
    for name, count in Counter(map(program.name, range(len(program)))).items():
        if count > 1:
            yield f"{count} values are called {name}"


def _unneeded(program: Program, used: list[list[int]]) -> Complaints:
    """Steps whose value neither an output nor the gradient needs; whether something flows may be computed in vain."""
    needed = {output[0] for output in program.outputs if not isinstance(output, float)} | {program.gradient}
    for value in reversed(range(program.leaves.values.stop, len(program))):
        if value in needed:
            needed.update(used[value])
        elif not program.boolean[value]:
            yield f"nobody needs value {value}, {program.line(program.step(value))}"


# ------------------------------------------------------------------------------------------ a step of any kind


def _operands(program: Program, step: Step, kind: Kind) -> Complaints:
    for view in step.views:
        if not 0 <= view.value < step.out.value:
            yield f"value {view.value} is not defined before"
        if wrong := out_of_range(view.place, program.size[view.value]):
            yield f"of {program.name(view.value)} {wrong}"
    if len(step.views) < len(step.operands) and not isinstance(kind, (Map, Partial, Sum, Assemble)):
        yield "it has a plain number for an operand"
    if len(step.operands) != _ARITY.get(type(kind), len(step.operands)):
        yield f"it has {len(step.operands)} operands instead of {_ARITY[type(kind)]}"


def _order(program: Program, step: Step, kind: Kind) -> Complaints:
    """Leaves, then the steps for the outputs, then those of the adjoint."""
    if isinstance(kind, LEAVES) != (step.out.value in program.leaves.values):
        yield "leaves come first, and they alone"
    if isinstance(kind, LEAVES) and (step.operands or (step.space == Space.ROW) != isinstance(kind, Input)):
        yield "a leaf has no operands, and is of every row if it is an input"
    if isinstance(kind, _OF_ADJOINTS) and step.out.value not in program.adjoints.values:
        yield "a step of an adjoint among those for the outputs"


def _order_of_turn(program: Program, step: Step, kind: Kind) -> Complaints:
    """Leaves, then steps."""
    if isinstance(kind, LEAVES) != (step.out.value in program.leaves.values):
        yield "leaves come first, and they alone"
    if isinstance(kind, LEAVES) and (step.operands or (step.space == Space.ROW and not isinstance(kind, Input))):
        yield "a leaf has no operands, and is of every row only if it is an input"
    if step.out.value in program.adjoints.values or program.gradient is not None:
        yield "a turn has no adjoint of its own"


def _space(program: Program, step: Step, kind: Kind) -> Complaints:
    """A value is of every row where an operand is, but for sums over the rows; of a loop, where anything in it is."""
    spaces = [program.space[view.value] for view in step.views]
    if isinstance(kind, Loop):
        spaces += kind.body.space
    sums_rows = isinstance(kind, (Contract, TakeAdjoint)) and step.space == Space.CALL
    if not isinstance(kind, (*LEAVES, Fill)) and not sums_rows and step.space != max(spaces, default=Space.CALL):
        yield f"it is of the space {Space(step.space).name}, its operands of {[Space(each).name for each in spaces]}"


def _booleans(program: Program, step: Step, kind: Kind) -> Complaints:
    """Booleans are made of booleans; with numbers they decide in `where`, and whether something flows."""
    found = [bool(program.boolean[view.value]) for view in step.views]
    expected = [bool(step.boolean)] * len(found)
    if step.boolean and isinstance(kind, (Partial, TakeAdjoint)):
        expected[:-1] = [False] * (len(found) - 1)  # the last one is dy
    elif isinstance(kind, Partial) and kind.guarded:
        expected[-1:] = [True]
    elif isinstance(kind, Map) and kind.rule is _WHERE and step.views[:1] == list(step.operands[:1]):
        expected[:1] = found[:1]
    if step.boolean and not isinstance(kind, _OF_BOOLEANS):
        yield "it has no booleans"
    if found != expected:
        yield f"whether its operands are boolean: {found} instead of {expected}"
