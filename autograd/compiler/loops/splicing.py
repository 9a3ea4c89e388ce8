"""One program from the programs of pieces: a piece reads what others have computed where it lies there."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..affine import affine_strides
from ..kinds import LEAVES, Assemble, Constants, Gather, Input, Kind, Parameters
from ..program import Program, Role, Space
from ..views import Operand, Place, Shape, View, contiguous

CONSTANT = -1  # a number that is known: its position is its place among them
PARAMETERS = 0  # the value that holds them; the position of a parameter is its number, as the tape has it


class _Entry(NamedTuple):
    """A value that is defined: see `Program.add`."""

    kind: Kind
    operands: tuple[Operand, ...]
    shape: Shape
    space: int
    what: dict[str, Any]


class Splice:
    """A program while it is put together. Its values have numbers of their own, since its leaves are to come first.

    Attributes:
        entries: the values.
        places: of each parameter in their array; -1 where it has none yet.
        numbers: that are known.
        inputs: by argument the value.
        classes: how many there were.
    """

    def __init__(self, places: np.ndarray, size: int, input_sizes: Sequence[int]) -> None:
        self.places, self.size, self.input_sizes = places, size, input_sizes
        parameters = _Entry(Parameters(), (), (size,), Space.CALL, {"role": Role.PARAMETERS})
        self.entries: list[_Entry] = [parameters]
        self.numbers: list[float] = []
        self.inputs: dict[int, int] = {}
        self.classes = 0
        self._known: dict[tuple, View] = {}

    def add(self, kind: Kind, operands: Sequence[Operand], shape: Shape, space: int, **what: Any) -> View:
        """Define a value; all of it, in this shape."""
        self.entries.append(_Entry(kind, tuple(operands), shape, space, what))
        return contiguous(len(self.entries) - 1, 0, shape)

    def space(self, value: int) -> int:
        return self.entries[value].space if value >= 0 else Space.CALL

    def length(self, value: int) -> int:
        """How many numbers a value has."""
        return int(np.prod(self.entries[value].shape))

    def input(self, argument: int) -> int:
        """The value of an argument of the function."""
        if argument not in self.inputs:
            what = {"role": Role.INPUT, "serial": argument}
            leaf = self.add(Input(argument), (), (self.input_sizes[argument],), Space.ROW, **what)
            self.inputs[argument] = leaf.value
        return self.inputs[argument]

    def constants(self, numbers: Sequence[float]) -> np.ndarray:
        """The positions of numbers that are known."""
        self.numbers += numbers
        return np.arange(len(self.numbers) - len(numbers), len(self.numbers))

    def place_those_of(self, program: Program) -> None:
        """Let the parameters lie where a program has placed them."""
        has_place = program.places >= 0
        self.places[has_place] = program.places[has_place]

    def insert(self, program: Program, given: dict[int, int]) -> tuple[np.ndarray, np.ndarray, dict[int, int]]:
        """Enter a program whose arguments are these values: of each output its value, and its position there; and
        which of our values each of the program's is.
        """
        self.place_those_of(program)
        self.classes += program.classes
        new: dict[int, int] = {}
        for step in (*program.leaves, *program.steps):
            kind, value = step.kind, step.out.value
            if isinstance(kind, Parameters):
                new[value] = PARAMETERS
            elif isinstance(kind, Input):
                new[value] = given[kind.argument]
            else:
                operands = [
                    each._replace(value=new[each.value]) if isinstance(each, View) else each for each in step.operands
                ]
                what = {"scalars": step.scalars, "scope": step.scope, "role": program.role(value)}
                new[value] = self.add(kind, operands, step.out.shape, step.space, **what).value
        found = [self._output(new, output) for output in program.outputs]
        values, positions = np.array(found, np.intp).reshape(-1, 2).T
        return values, positions, new

    def _output(self, new: dict[int, int], output: tuple[int, int] | float) -> tuple[int, int]:
        if isinstance(output, float):
            return CONSTANT, int(self.constants([output])[0])
        value, position = new[output[0]], output[1]
        if value == PARAMETERS:  # of a sum of one item
            position = int(np.flatnonzero(self.places == position)[0])
        return value, position

    # ---------------------------------------------------------------------------------- numbers of several values

    def together(self, values: np.ndarray, positions: np.ndarray) -> View:
        """A view of numbers, in the shape of these arrays; of a copy where they do not lie so."""
        key = values.shape, values.tobytes(), positions.tobytes()
        if key not in self._known:
            self._known[key] = self._view(values, positions)
        return self._known[key]

    def _view(self, values: np.ndarray, positions: np.ndarray) -> View:
        of = np.unique(values).tolist()
        if len(of) > 1:
            return self._assembled(of, values.ravel(), positions)
        [value] = of
        if value == CONSTANT:
            numbers = np.array(self.numbers)[positions].ravel()
            leaf = self.add(Constants(numbers), (), numbers.shape, Space.CALL, role=Role.CONSTANTS)
            return contiguous(leaf.value, 0, positions.shape)
        if value == PARAMETERS:
            positions = self.placed(positions)
        strides = affine_strides(positions)
        if strides is not None:
            return View(value, int(positions.flat[0]), positions.shape, strides)
        return self._gathered(value, positions)

    def _gathered(self, value: int, positions: np.ndarray) -> View:
        whole = contiguous(value, 0, (self.length(value),))
        return self.add(Gather(positions.astype(np.intp)), [whole], positions.shape, self.space(value))

    def placed(self, parameters: np.ndarray) -> np.ndarray:
        """Where parameters lie; those that have no place get the next ones, in this order."""
        count = int((self.places >= 0).sum())
        for n in parameters.ravel().tolist():
            if self.places[n] < 0:
                self.places[n] = count
                count += 1
        return self.places[parameters]

    def _assembled(self, of: Sequence[int], values: np.ndarray, positions: np.ndarray) -> View:
        """Numbers of several values: each value's are copied to their places, or behind each other, and gathered."""
        space = max(map(self.space, of))
        targets = [np.flatnonzero(values == value) for value in of]
        parts = [
            self._view(np.full(len(to), value), positions.ravel()[to]) for value, to in zip(of, targets, strict=True)
        ]
        strides, signs = [affine_strides(to) for to in targets], (1,) * len(of)
        if None not in strides:
            places: list[Place] = [
                (int(to[0]), to.shape, each) for to, each in zip(targets, strides, strict=True) if each is not None
            ]
            whole = self.add(Assemble(tuple(places), signs), parts, (positions.size,), space)
            return contiguous(whole.value, 0, positions.shape)
        starts = np.cumsum([0, *map(len, targets)]).tolist()
        places = [contiguous(0, start, to.shape).place for start, to in zip(starts, targets, strict=False)]
        line = self.add(Assemble(tuple(places), signs), parts, (positions.size,), space)
        return self._gathered(line.value, np.argsort(np.concatenate(targets)).reshape(positions.shape))

    # -------------------------------------------------------------------------------------------------- the whole

    def program(self, values: Sequence[int], positions: Sequence[int]) -> tuple[Program, dict[int, int]]:
        """All of it, with these numbers as outputs; and what became of the values."""
        program, new = Program(), dict[int, int]()
        is_leaf = [isinstance(entry.kind, LEAVES) for entry in self.entries]
        serials = {Role.STEP: 1, Role.CONSTANTS: 0}
        for n in sorted(range(len(self.entries)), key=lambda n: not is_leaf[n]):
            kind, operands, shape, space, what = self.entries[n]
            role = what.setdefault("role", Role.STEP)
            if role in serials:
                what["serial"] = serials[role]
                serials[role] += 1
            if not is_leaf[n] and not len(program.leaves):
                program.leaves_end()
            moved = [each._replace(value=new[each.value]) if isinstance(each, View) else each for each in operands]
            new[n] = program.add(kind, moved, shape, space, **what).value
        if all(is_leaf):
            program.leaves_end()
        program.parameters, program.places, program.classes = new[PARAMETERS], self.places, self.classes
        program.inputs = {argument: new[value] for argument, value in self.inputs.items()}
        for value, position in zip(values, positions, strict=True):
            if value == CONSTANT:
                program.outputs.append(self.numbers[position])
            else:
                at = self.placed(np.array(position)) if value == PARAMETERS else position
                program.outputs.append((new[value], int(at)))
        return program, new
