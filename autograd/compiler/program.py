"""A program of array operations, as values: what the passes find, and what an executor runs.

A value is an array of numbers, those of a class of scalar nodes for instance, in the space of a call or of every row of
the batch. It is defined once, whole, by a step: a kind (`kinds.py`) and operands, which are views of earlier values or
plain numbers. Nothing says where the numbers lie in memory, nor that one array is written over another.

The steps are columns: entry n of each describes value n. `Step` and `View` are looks at them, made on demand.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from enum import IntEnum
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

import numpy as np

from .kinds import Kind, Loop, Take, TakeAdjoint
from .views import Operand, Shape, View, contiguous_strides

T = TypeVar("T")


class Space(IntEnum):
    """How often the numbers of a value are there."""

    CALL = 0  # once in a call
    ROW = 1  # for every row of the batch


class Role(IntEnum):
    """What a value is called after."""

    INPUT = 0
    PARAMETERS = 1
    CONSTANTS = 2
    STEP = 3
    ADJOINT = 4  # of a step's value
    GRADIENT = 5  # the adjoint of the parameters
    LIVE = 6  # whether something flows to a step's value
    PART = 7  # of an adjoint


_NAMES = ("x", "p", "c", "t", "dt", "g", "lt", "s")


class Step(NamedTuple):
    """One array operation. `scalars` nodes of the traced graph became it, made by the module call `scope`."""

    kind: Kind
    operands: tuple[Operand, ...]
    out: View  # all of the value that it defines
    space: int
    boolean: bool  # tells of other numbers whether something flows to them
    scalars: int
    scope: str

    @property
    def views(self) -> list[View]:
        """The operands that are no plain numbers."""
        return [operand for operand in self.operands if isinstance(operand, View)]


class Steps(Sequence[Step]):
    """Consecutive steps of a program, looked at one by one."""

    def __init__(self, program: "Program", values: range) -> None:
        self._program, self.values = program, values

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> "Steps": ...
    def __getitem__(self, index: int | slice) -> "Step | Steps":
        if isinstance(index, slice):
            return Steps(self._program, self.values[index])
        return self._program.step(self.values[index])


class Program:
    """Array operations in an order in which they can run.

    Attributes:
        parameters: the value that holds them all.
        inputs: by the position of the argument the value.
        places: of each parameter of the tape in `parameters`; -1 where it is not read.
        outputs: of every output the value and its position there, or a constant.
        scalars, classes: how many nodes the graph of scalars had, and how many classes they formed.
        gradient: the value that is the gradient of the parameters; None where the program has no adjoint.
        chooses: whether an operation on the way of the gradient does.

        space, boolean, size: of each value.
        kind_number, layout: of each value its number among `kinds` and `layouts`, pairs of a shape and strides.
        begin: where the operands of each value begin in the next three columns; they end where the next one's begin.
        of, offset, operand_layout: of each operand; `of` is the value, or ~ the position in `numbers`, plain ones.
    """

    def __init__(self) -> None:
        self.parameters = -1
        self.inputs: dict[int, int] = {}
        self.places = np.empty(0, dtype=np.intp)
        self.outputs: list[tuple[int, int] | float] = []
        self.scalars = self.classes = 0
        self.gradient: int | None = None
        self.chooses = False
        self._leaves = 0  # how many values are leaves
        self._forward: int | None = None  # how many belong to no adjoint; all where it has none
        # What the columns refer to: each once.
        self.kinds = _Distinct[Kind]()
        self.layouts = _Distinct[tuple[Shape, Shape]]()
        self._scopes = _Distinct[str]()
        self.numbers = array("d")
        # Of each value.
        self.space, self.boolean, self.size = bytearray(), bytearray(), array("q")
        self.kind_number, self.layout, self._scope, self._counted = array("i"), array("i"), array("i"), array("q")
        self._role, self._serial = bytearray(), array("i")
        self.begin = array("q", [0])  # where its operands begin; the next one's are after them
        # Of each operand.
        self.of, self.offset, self.operand_layout = array("i"), array("q"), array("i")

    def __len__(self) -> int:
        """How many values there are."""
        return len(self.size)

    def add(
        self,
        kind: Kind,
        operands: Sequence[Operand],
        shape: Shape,
        space: int,
        *,
        boolean: bool = False,
        scalars: int = 0,
        scope: str = "",
        role: Role = Role.STEP,
        serial: int = 0,
    ) -> View:
        """Define a value; all of it, in this shape. With its role, the serial number is its name."""
        value = len(self.size)
        for operand in operands:
            if isinstance(operand, View):
                self.of.append(operand.value)
                self.offset.append(operand.offset)
                self.operand_layout.append(self.layouts.number((operand.shape, operand.strides)))
            else:
                self.of.append(~len(self.numbers))
                self.offset.append(0)
                self.operand_layout.append(0)
                self.numbers.append(operand)
        self.begin.append(len(self.of))
        strides = contiguous_strides(shape)
        self.space.append(space)
        self.boolean.append(boolean)
        self.size.append(prod(shape))
        self.kind_number.append(self.kinds.number(kind))
        self.layout.append(self.layouts.number((shape, strides)))
        self._scope.append(self._scopes.number(scope))
        self._counted.append(scalars)
        self._role.append(role)
        self._serial.append(serial)
        return View(value, 0, shape, strides)

    def leaves_end(self) -> None:
        """What is added from here on is computed."""
        self._leaves = len(self)

    def adjoint_begins(self) -> None:
        """What is added from here on belongs to the adjoint."""
        self._forward = len(self)

    if TYPE_CHECKING:

        def to_jax(self) -> Callable[..., Any]:
            """See executors/__init__.py, which adds it."""

    def copy(self) -> "Program":
        """The same program, to be extended by an adjoint."""
        other = copy(self)
        for name, column in vars(self).items():
            if isinstance(column, (array, bytearray)):
                setattr(other, name, column[:])
            elif isinstance(column, _Distinct):
                setattr(other, name, column.copy())
        other.adjoint_begins()
        return other

    # ---------------------------------------------------------------------------------------------------- a look

    def step(self, value: int) -> Step:
        """How a value is defined."""
        return Step(
            self.kinds[self.kind_number[value]],
            tuple([self._operand(i) for i in range(self.begin[value], self.begin[value + 1])]),
            View(value, 0, *self.layouts[self.layout[value]]),
            self.space[value],
            bool(self.boolean[value]),
            self._counted[value],
            self._scopes[self._scope[value]],
        )

    def kind(self, value: int) -> Kind:
        return self.kinds[self.kind_number[value]]

    def _operand(self, i: int) -> Operand:
        of = self.of[i]
        return View(of, self.offset[i], *self.layouts[self.operand_layout[i]]) if of >= 0 else self.numbers[~of]

    def whole(self, value: int) -> View:
        """All of a value, one number after the other."""
        return View(value, 0, (self.size[value],), (1,))

    def is_whole(self, view: View) -> bool:
        """Does a view show every number of its value, in order?"""
        return view.offset == 0 and prod(view.shape) == self.size[view.value] and view.is_contiguous

    def dimensions(self, view: View) -> str:
        """Its shape in words: "B×128", with B for the rows of the batch."""
        return "×".join(["B"] * self.space[view.value] + [str(length) for length in view.shape]) or "1"

    def name(self, value: int) -> str:
        """x1 is an input, p the parameters, c constants, t1 what a step computes, dt1 its adjoint, g the gradient."""
        role, serial = self.role(value), self._serial[value]
        is_one = role in (Role.PARAMETERS, Role.GRADIENT) or (role is Role.CONSTANTS and not serial)
        return _NAMES[role] if is_one else f"{_NAMES[role]}{serial}"

    def role(self, value: int) -> Role:
        """What its name says that it is."""
        return Role(self._role[value])

    def named(self, value: int, role: Role) -> bool:
        """Whether its name says that this is its role."""
        return self._role[value] == role

    def rename(self, value: int, role: Role, serial: int) -> None:
        """Call a value that was just added after what it turns out to be."""
        self._role[value], self._serial[value] = role, serial

    def serial(self, value: int) -> int:
        """The number in its name."""
        return self._serial[value]

    def indices(self) -> list[int]:
        """The arguments of which every number is an index of a take, and nothing else."""
        is_take = np.array([isinstance(kind, (Take, TakeAdjoint)) for kind in self.kinds])
        takes = np.flatnonzero(is_take[np.array(self.kind_number)])
        of = np.array(self.of)
        of[np.array(self.begin)[takes]] = -1  # the first operand
        others = {*of.tolist(), *[output[0] for output in self.outputs if not isinstance(output, float)]}
        return [argument for argument, value in self.inputs.items() if value not in others]

    @property
    def leaves(self) -> Steps:
        """The values that are given: inputs, parameters, constants."""
        return Steps(self, range(self._leaves))

    @property
    def steps(self) -> Steps:
        """The steps that compute the outputs."""
        return Steps(self, range(self._leaves, self._end))

    @property
    def adjoints(self) -> Steps:
        """The steps that compute the gradient."""
        return Steps(self, range(self._end, len(self)))

    @property
    def _end(self) -> int:
        return len(self) if self._forward is None else self._forward

    def __str__(self) -> str:
        lines = []
        for step in (*self.steps, *self.adjoints):
            lines.append(self.line(step))
            if isinstance(step.kind, Loop):
                lines += [f"    {line}" for line in step.kind.body.lines_of_turn()]
        return "\n".join(lines)

    def lines_of_turn(self) -> list[str]:
        """As the body of a loop: what a turn does, and which numbers it gives out."""
        given = []
        for value, group in groupby(self.outputs, lambda output: -1 if isinstance(output, float) else output[0]):
            numbers = [f"{each:g}" if isinstance(each, float) else str(each[1]) for each in group]
            given += numbers if value < 0 else [f"{self.name(value)}[{', '.join(numbers)}]"]
        return [*filter(None, str(self).split("\n")), f"give {', '.join(given)}"]

    def line(self, step: Step) -> str:
        """A step as text: t3 = add(t1, x0)."""
        return f"{self.name(step.out.value)} = {self.operation(step)}"

    def operation(self, step: Step) -> str:
        """What a step does with its operands, as text: add(t1, x0)."""
        return step.kind.text(
            [self.name(each.value) if isinstance(each, View) else f"{each:g}" for each in step.operands]
        )


class _Distinct(Generic[T]):
    """Things by number, each once."""

    def __init__(self, things: Iterable[T] = ()) -> None:
        self._things = list(things)
        self.numbers = {thing: number for number, thing in enumerate(self._things)}

    def __getitem__(self, number: int) -> T:
        return self._things[number]

    def __iter__(self) -> Iterator[T]:
        return iter(self._things)

    def number(self, thing: T) -> int:
        found = self.numbers.get(thing)
        if found is None:
            found = self.numbers[thing] = len(self._things)
            self._things.append(thing)
        return found

    def copy(self) -> "_Distinct[T]":
        return _Distinct(self._things)
