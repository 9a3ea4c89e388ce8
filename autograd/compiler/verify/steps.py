"""What a step must fulfil, by its kind. That its operands are there was looked at before."""

from collections.abc import Callable
from math import isfinite, prod
from typing import Any

import numpy as np

from ...operations import Operation
from ..classes import OF_LISTS, TAKES
from ..kinds import (
    AXES,
    Assemble,
    Constants,
    Contract,
    Fill,
    Gather,
    Input,
    Kind,
    LessLargestAdjoint,
    Loop,
    Map,
    Parameters,
    Partial,
    Place,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from ..program import Program, Space, Step
from ..sums import DOT
from ..views import Operand, Shape, View
from .complaints import Complaints, fits, of_signs

_LETTERS = frozenset(AXES + "k")


# ------------------------------------------------------------------------------------------------------- leaves


def _input(program: Program, step: Step, kind: Input) -> Complaints:
    if program.inputs.get(kind.argument) != step.out.value:
        yield f"the rows of argument {kind.argument} are another value: {program.inputs}"


def _parameters(program: Program, step: Step, kind: Parameters) -> Complaints:
    if program.parameters != step.out.value:
        yield f"the parameters are another value: {program.parameters}"


def _constants(program: Program, step: Step, kind: Constants) -> Complaints:
    if kind.numbers.shape != step.out.shape:
        yield f"numbers of the shape {kind.numbers.shape} for {step.out.shape}"


# ------------------------------------------------------------------------------------------- element by element


def _map(program: Program, step: Step, kind: Map) -> Complaints:
    yield from _of_rule(kind.rule, len(step.operands))
    for i, operand in enumerate(step.operands):
        yield from _of_shape(i, operand, step.out.shape, kind.rule)


def _partial(program: Program, step: Step, kind: Partial) -> Complaints:
    count = len(step.operands) - 2 - kind.guarded
    yield from _of_rule(kind.rule, count)
    dy = step.operands[count + 1]
    if not isinstance(dy, View) or not isinstance(step.operands[-1], View):
        yield "dy, or what guards it, is a plain number"
        return  # which mypy likes to know
    for i, operand in enumerate(step.operands):
        yield from _of_shape(i, operand, dy.shape, kind.rule if i < count else None)
    if not 0 <= kind.operand < count:
        yield f"a derivative by operand {kind.operand} of {count}"
    by = step.operands[kind.operand]
    if step.out.shape != (by.shape if isinstance(by, View) else dy.shape):
        yield f"it has the shape {step.out.shape}, unlike operand {kind.operand}"
    if step.boolean and (kind.guarded or not kind.rule.chooses):
        yield "booleans of a rule that does not choose, or guarded ones"


def _of_rule(rule: Operation, count: int) -> Complaints:
    if not fits(rule, count) or rule in (DOT, *TAKES):
        yield f"the rule book has no {rule.name} of {count} operands that goes element by element"


def _of_shape(i: int, operand: Operand, shape: Shape, rule: Operation | None = None) -> Complaints:
    """An operand has the shape of a member; as one of an operation on lists it may be a family."""
    if isinstance(operand, View) and operand.shape != shape:
        is_family = rule in OF_LISTS and operand.shape[:-1] == shape and len(operand.shape) > len(shape)
        if not is_family:
            yield f"operand {i} has the shape {operand.shape} beside {shape}"


def _less_largest_adjoint(program: Program, step: Step, kind: LessLargestAdjoint) -> Complaints:
    lists = step.out.shape
    for i, (view, expected) in enumerate(zip(step.views, (lists, lists[:-1], lists), strict=False)):
        if view.shape != expected:
            yield f"operand {i} has the shape {view.shape} beside lists of the shape {lists}"


def _sum(program: Program, step: Step, kind: Sum) -> Complaints:
    if not len(kind.signs) == len(step.operands) > 0:
        yield f"{len(kind.signs)} signs for {len(step.operands)} operands"
    yield from of_signs(kind.signs)
    for i, operand in enumerate(step.operands):
        yield from _of_shape(i, operand, step.out.shape)


# ----------------------------------------------------------------------------------------------------- by place


def _assemble(program: Program, step: Step, kind: Assemble) -> Complaints:
    if not len(kind.places) == len(kind.signs) == len(step.operands) > 0:
        yield f"{len(kind.places)} places and {len(kind.signs)} signs for {len(step.operands)} operands"
    yield from of_signs(kind.signs)
    if step.boolean and -1 in kind.signs:
        yield "a boolean has a sign"
    for i, (place, operand) in enumerate(zip(kind.places, step.operands, strict=True)):
        yield from _of_shape(i, operand, place[1])
        if wrong := out_of_range(place, program.size[step.out.value]):
            yield f"of the result {wrong}"
        if not _is_distinct(place):
            yield f"a number twice in the place {place}"


def out_of_range(place: Place, size: int) -> str:
    """What is wrong with a place in an array of this size."""
    offset, shape, strides = place
    if len(shape) != len(strides) or min(shape, default=1) < 1:
        return f"a part of the shape {shape} with the strides {strides}"
    ends = [(length - 1) * stride for length, stride in zip(shape, strides, strict=True)]
    low, high = offset + sum([min(0, end) for end in ends]), offset + sum([max(0, end) for end in ends])
    return "" if low >= 0 and high < size else f"the numbers from {low} to {high}, but it has {size}"


def _is_distinct(place: Place) -> bool:
    """Does it name no number twice?"""
    _, shape, strides = place
    reach = 0  # of the axes with smaller strides
    for stride, length in sorted((abs(stride), length) for length, stride in zip(shape, strides, strict=True)):
        if length > 1 and stride <= reach:
            positions = View(0, *place).positions()
            return len(np.unique(positions)) == positions.size
        reach += stride * (length - 1)
    return True


# ------------------------------------------------------------------------------------------------- contractions


def _contract(program: Program, step: Step, kind: Contract) -> Complaints:
    *factors, out = kind.axes
    if len(factors) != len(step.operands) or len(factors) not in (1, 2):
        yield f"axes {kind.axes} for {len(step.operands)} operands"
    lengths: dict[str, int] = {}
    for view, letters in zip((*step.views, step.out), kind.axes, strict=True):
        axes = letters.removeprefix("b")
        if (letters != axes) != (program.space[view.value] == Space.ROW):
            yield f"the axes {letters!r} tell otherwise of the rows than {program.name(view.value)}"
        if not set(axes) <= _LETTERS or len(set(axes)) < len(axes) or len(axes) != len(view.shape):
            yield f"the axes {letters!r} for the shape {view.shape}"
        for letter, length in zip(axes, view.shape, strict=True):
            if lengths.setdefault(letter, length) != length:
                yield f"in {kind.axes} axis {letter} is {lengths[letter]} long, and {length}"
    if not set(out) <= set("".join(factors)):
        yield f"in {kind.axes} an axis of the result is in no factor"
    if len(factors) == 1 and out != "".join([letter for letter in factors[0] if letter in out]):
        yield f"in {kind.axes} what is left stands in another order"
    if len(factors) == 2 and not set(factors[0]) ^ set(factors[1]) <= set(out):
        yield f"in {kind.axes} an axis is summed that one factor alone has"
    if not isfinite(kind.scale) or not kind.scale or (step.boolean and (kind.scale != 1.0 or len(factors) == 2)):
        yield f"the scale {kind.scale} of {len(factors)} factors"


# ---------------------------------------------------------------------------------------------------- by tables


def _gather(program: Program, step: Step, kind: Gather) -> Complaints:
    yield from _of_all(program, step.views[0])
    yield from _of_table(kind.table, step.out.shape, program.size[step.views[0].value])


def _scatter(program: Program, step: Step, kind: Scatter) -> Complaints:
    yield from _of_table(kind.table, step.views[0].shape, program.size[step.out.value])


def _take(program: Program, step: Step, kind: Take) -> Complaints:
    index, values = step.views
    yield from _of_all(program, values)
    if index.shape != step.out.shape:
        yield f"indices of the shape {index.shape} beside {step.out.shape}"
    yield from _of_table(kind.table, (*step.out.shape, *kind.table.shape[-1:]), program.size[values.value])


def _take_adjoint(program: Program, step: Step, kind: TakeAdjoint) -> Complaints:
    table = kind.take.table
    for i, view in enumerate(step.views):
        yield from _of_shape(i, view, table.shape[:-1])
    yield from _of_table(table - kind.start, table.shape, program.size[step.out.value])


def _of_all(program: Program, view: View) -> Complaints:
    if view != program.whole(view.value):
        yield "it looks up a part of an array"


def _of_table(table: np.ndarray, shape: Shape, size: int) -> Complaints:
    if table.dtype.kind != "i" or table.shape != shape:
        yield f"a table of {table.dtype} of the shape {table.shape} beside {shape}"
    if table.min() < 0 or table.max() >= size:
        yield f"the table goes from {table.min()} to {table.max()} in an array of {size}"


def _fill(program: Program, step: Step, kind: Fill) -> Complaints:
    if step.boolean and (kind.number not in (0.0, 1.0) or kind.over_rows):
        yield "a boolean is 0 or 1"


# --------------------------------------------------------------------------------------------------------- loops


def _loop(program: Program, step: Step, kind: Loop) -> Complaints:
    """That its body is a program is looked at afterwards."""
    body = kind.body
    if kind.turns < 1 or not kind.delays or len(set(kind.delays)) < len(kind.delays) or min(kind.delays) < 1:
        yield f"{kind.turns} turns, which read rows of {kind.delays} turns before"
        return
    if len(step.operands) != 1 + len(kind.scanned):
        yield f"{len(step.operands)} operands, the first and {len(kind.scanned)} more"
    if step.out.shape != (kind.delay + kind.turns, kind.width) or step.views[0].shape != (kind.delay, kind.width):
        yield f"{step.out.shape} after {step.views[0].shape}, of {kind.turns} turns with {kind.width} numbers"
    if body.size[body.parameters] != program.size[program.parameters]:
        yield f"{body.size[body.parameters]} parameters in a turn, of {program.size[program.parameters]}"
    expected = dict.fromkeys(range(len(kind.delays)), (step.space, kind.width))
    for n, (view, scanned) in enumerate(zip(step.views[1:], kind.scanned, strict=True), len(kind.delays)):
        if scanned and view.shape[:1] != (kind.turns,):
            yield f"operand {n} of the shape {view.shape} for {kind.turns} turns"
        expected[n] = program.space[view.value], prod(view.shape[scanned:])
    for n, value in body.inputs.items():
        found = body.space[value], body.size[value]
        if found != expected.get(n):
            yield f"input {n} of a turn is {found}, in space and size, instead of {expected.get(n)}"


CHECKS: dict[type[Kind], Callable[[Program, Step, Any], Complaints]] = {
    Input: _input, Parameters: _parameters, Constants: _constants,
    Map: _map, Partial: _partial, LessLargestAdjoint: _less_largest_adjoint, Sum: _sum, Assemble: _assemble,
    Contract: _contract, Gather: _gather, Scatter: _scatter, Take: _take, TakeAdjoint: _take_adjoint, Fill: _fill,
    Loop: _loop,
}  # fmt: skip
