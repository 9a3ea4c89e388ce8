"""Numbers that go back to where they came from: what each use of a value contributes to its adjoint.

A value that is used several times gets several contributions, each to a part of it; its adjoint is their sum. Of
booleans, that is whether one of them holds.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple, TypeGuard

import numpy as np

from ..operations import Operation
from ..symbolic import OPERAND, RESULT, Symbol, in_order, read_rule
from .kinds import AXES, Assemble, Contract, Fill, Gather, Kind, Map, Partial, Scatter, Sum, Take, TakeAdjoint
from .program import Program, Role, Step
from .views import Operand, Place, Shape, View, contiguous


class Contribution(NamedTuple):
    """Numbers that are added to a part of an adjoint."""

    place: Place
    numbers: View
    sign: int


class Contributions:
    """The adjoints of the values of a program, while what is contributed to them is entered step by step.

    Args:
        program: to which the steps are added that compute the adjoints.
        passing: the values that have one.
    """

    boolean = False  # whether the adjoints are
    role = Role.ADJOINT

    def __init__(self, program: Program, passing: set[int]) -> None:
        self.program, self.passing = program, passing
        self.to: dict[int, list[Contribution]] = {}  # each value
        self.last: dict[int, list[tuple[Take, View, View, str]]] = {}  # to each value what adds to a few of its numbers
        self.parts = 0  # of adjoints, that are computed by steps of their own
        self.scope = ""  # the module call of the step that is reversed

    def passes(self, operand: Operand) -> TypeGuard[View]:
        """Is something passed on to this operand?"""
        return isinstance(operand, View) and operand.value in self.passing

    def define(self, kind: Kind, operands: Sequence[Operand], shape: Shape, space: int) -> View:
        """A new value that a step computes; its numbers."""
        self.parts += 1
        return self.program.add(
            kind, operands, shape, space, boolean=self.boolean, scope=self.scope, role=Role.PART, serial=self.parts
        )

    def contribute(self, operand: View, numbers: View, sign: int = 1) -> None:
        """Add numbers, in the shape of the operand, to the adjoint of the operand's value.

        Where the operand repeats a number along an axis, and where it has no rows but the numbers do, they are summed.
        """
        program, value = self.program, operand.value
        of_row = program.space[numbers.value]
        sum_rows = of_row and not program.space[value]
        if sum_rows or not all(operand.strides):
            used = [axis for axis, stride in enumerate(operand.strides) if stride or operand.shape[axis] == 1]
            shape, strides = (tuple([each[axis] for axis in used]) for each in (operand.shape, operand.strides))
            operand = View(value, operand.offset, shape, strides)
            if sum_rows or len(shape) < len(numbers.shape):
                axes = AXES[: len(numbers.shape)]
                kept = "b" * program.space[value] + "".join([axes[axis] for axis in used])
                kind = Contract(("b" * of_row + axes, kept), float(sign))
                numbers, sign = self.define(kind, [numbers], shape, program.space[value]), 1
        if not operand.is_distinct:
            if sign < 0:
                numbers = self.define(Sum((-1,)), [numbers], numbers.shape, of_row)
            self.add(program.whole(value), self.scattered(numbers, operand.positions(), value))
        else:
            self.add(operand, numbers, sign)

    def scattered(self, numbers: View, table: np.ndarray, value: int) -> View:
        """The numbers where the table says that they lie in a value."""
        return self.define(Scatter(table), [numbers], (self.program.size[value],), self.program.space[numbers.value])

    def partial(self, step: Step, kind: Map, operand: int, dy: View, live: View | None = None) -> View:
        """What flows from the value of an operation to one of its operands."""
        operands = [*operands_of_partial(step, kind, operand), dy, *([live] if live else [])]
        made = Partial(kind.rule, operand, guarded=live is not None)
        view: View = step.operands[operand]  # type: ignore[assignment]
        return self.define(made, operands, view.shape, self.program.space[dy.value])

    def reverse_gather(self, step: Step, kind: Gather, dy: View) -> None:
        [source] = step.views
        if self.passes(source):
            self.scatter(source, kind.table, dy)

    def scatter(self, source: View, table: np.ndarray, dy: View) -> None:
        """Contribute to all of a value numbers at these positions."""
        self.add(source, self.scattered(dy, table, source.value))

    def reverse_take(self, step: Step, kind: Take, dy: View) -> None:
        """What was taken goes back to where it came from: to that part of the values which the table lists.

        That of a row is added last, when all else is there: it is a few numbers of many.
        """
        index, values = step.views
        if self.passes(values):
            self.last.setdefault(values.value, []).append((kind, index, dy, self.scope))
            if not self.program.space[values.value]:
                self.add_last(values.value)

    def add_last(self, value: int) -> None:
        """Define what was left for the end."""
        size, space = self.program.size[value], self.program.space[value]
        for kind, index, dy, scope in self.last.pop(value, ()):
            self.scope = scope
            low, high = (0, size) if space else (int(kind.table.min()), int(kind.table.max()) + 1)
            numbers = self.define(TakeAdjoint(kind, low), [index, dy], (high - low,), space)
            self.add(contiguous(value, low, (high - low,)), numbers)

    def add(self, part: View, numbers: View, sign: int = 1) -> None:
        self.to.setdefault(part.value, []).append(Contribution(part.place, numbers, sign))

    def received(self, value: int) -> View | None:
        """The adjoint of a value, which has all its contributions by now; None where there are none."""
        program = self.program
        self.add_last(value)
        if value not in self.to:
            return None
        adjoint, less = self.only_contribution(value), self.only_contribution(value, -1)
        if less is not None:
            return program.add(
                Sum((-1,)),
                [less],
                less.shape,
                program.space[value],
                scope=program.step(value).scope,
                role=self.role,
                serial=program.serial(value),
            )
        if adjoint is None:
            return self.assembled(value, self.role, program.serial(value))
        if self.is_our_own(adjoint):
            program.rename(adjoint.value, self.role, program.serial(value))
        return adjoint

    def only_contribution(self, value: int, of_sign: int = 1) -> View | None:
        """What is contributed to a value, where that is its adjoint as it is; or what is less it, of the sign -1."""
        if len(self.to.get(value, ())) == 1:
            [(place, numbers, sign)] = self.to[value]
            repeats = not any(numbers.strides)  # one number
            if sign == of_sign and (repeats or numbers.is_contiguous) and self.program.is_whole(View(value, *place)):
                return View(numbers.value, numbers.offset, (self.program.size[value],), (0 if repeats else 1,))
        return None

    def is_our_own(self, numbers: View) -> bool:
        """Are they all that a step has computed, to be contributed to something?"""
        return self.program.named(numbers.value, Role.PART) and self.program.is_whole(numbers)

    def assembled(self, value: int, role: Role, serial: int) -> View:
        """The sum of what is contributed to a value; zeros where nothing is."""
        items = self.to.get(value, [])
        kind = Assemble(tuple([item.place for item in items]), tuple([item.sign for item in items]))
        return self.program.add(
            kind if items else Fill(0.0),
            [item.numbers for item in items],
            (self.program.size[value],),
            self.program.space[value],
            boolean=self.boolean,
            scope=self.program.step(value).scope,
            role=role,
            serial=serial,
        )


def operands_of_partial(step: Step, kind: Map, operand: int) -> list[Operand]:
    """What the derivative of an operation by one of its operands reads: of these and the result, 0 for the others."""
    read = _read(kind.rule, len(step.operands), operand)
    given = [each if n in read else 0.0 for n, each in enumerate(step.operands)]
    return [*given, step.out if RESULT in read else 0.0]


@cache
def is_given(rule: Operation, count: int, operand: int) -> bool:
    """Whether the derivative of an operation with so many operands is one of them, its result, or a number."""
    derivative = read_rule(rule, count).partials[operand]
    return not isinstance(derivative, Symbol) or derivative.function in (OPERAND, RESULT)


@cache
def _read(rule: Operation, count: int, operand: int) -> set[int | str]:
    """What the derivative of an operation with so many operands reads: their positions, and the result."""
    symbols = in_order([read_rule(rule, count).partials[operand]])
    return {x.arguments[0] if x.function == OPERAND else x.function for x in symbols if x.function in (OPERAND, RESULT)}


def part_of(adjoint: View, place: Place) -> View:
    """What the adjoint of all of a value says of a part of it."""
    [step], (offset, shape, strides) = adjoint.strides, place
    return View(adjoint.value, adjoint.offset + step * offset, shape, tuple([step * stride for stride in strides]))
