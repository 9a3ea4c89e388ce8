"""The kinds of steps: what a step of a program does with its operands.

Who goes over a program has one function for each of them, in a table by kind: the executors, `adjoint`, `liveness`,
`explain`, `verify`, and the pictures. What all of them may ask of a kind is a property of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..operations import Operation
from .views import Place

if TYPE_CHECKING:
    from .program import Program

AXES = "acdefghijlmnopqrstuvwxyz"  # letters for the axes of a contraction; b is the batch, k the terms


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """What a step does. One with a table of positions is equal to itself alone."""

    @property
    def name(self) -> str:
        """Of the operation."""
        return type(self).__name__.lower()

    @property
    def chooses(self) -> bool:
        """Whether there may be no edge to an operand."""
        return False

    @property
    def goes_over(self) -> bool:
        """Whether it computes each number from those at the same position: its result may lie where an operand does."""
        return False

    def text(self, operands: Sequence[str]) -> str:
        """The operation written out, with these texts for its operands, of which it shows the names of values."""
        names = dict.fromkeys(name for name in operands if name[0].isalpha() and name not in ("inf", "nan"))
        return f"{self.name}({', '.join(names)})"


@dataclass(frozen=True, slots=True)
class Input(Kind):
    """A leaf: the rows of an argument of the function."""

    argument: int


@dataclass(frozen=True, slots=True)
class Parameters(Kind):
    """A leaf: the numbers of all parameters."""


@dataclass(frozen=True, slots=True, eq=False)
class Constants(Kind):
    """A leaf: numbers that are known."""

    numbers: np.ndarray


LEAVES = (Input, Parameters, Constants)


@dataclass(frozen=True, slots=True)
class Map(Kind):
    """An operation of the rule book, element by element. Operands: its own.

    An operand with one axis more than a member has is a family: the operands of an operation on lists.
    """

    rule: Operation

    @property
    def goes_over(self) -> bool:
        return True

    @property
    def name(self) -> str:
        return self.rule.name.lstrip("_")  # of an inner operation of the book

    @property
    def chooses(self) -> bool:
        return self.rule.chooses


@dataclass(frozen=True, slots=True)
class Partial(Kind):
    """dy times the derivative of an operation by one of its operands, element by element.

    Operands: those of the operation, its value y, and dy; a plain number stands where the derivative does not read one.
    Of booleans, dy is whether something flows to the value, and the result whether it flows on to the operand.
    """

    rule: Operation
    operand: int
    guarded: bool = False  # one operand more, booleans: where they do not hold nothing flows, nor to what is not chosen

    @property
    def goes_over(self) -> bool:
        return True

    @property
    def name(self) -> str:
        return f"{self.rule.name.lstrip('_')}'"


@dataclass(frozen=True, slots=True)
class LessLargestAdjoint(Kind):
    """dy, but at the largest number of each list less the sum of all dy there; a tie shares it equally.

    That is what flows back through a list less its largest number. Operands: the lists, each along the last axis; the
    largest of each; dy, in the shape of the lists. Where no number equals the largest (nan), all results are nan.
    """

    @property
    def goes_over(self) -> bool:
        return True

    @property
    def name(self) -> str:
        return "less_largest'"


@dataclass(frozen=True, slots=True)
class Sum(Kind):
    """±a ± b …, element by element."""

    signs: tuple[int, ...]

    @property
    def goes_over(self) -> bool:
        return True

    @property
    def name(self) -> str:
        if len(self.signs) == 1:
            return "copy" if self.signs[0] > 0 else "negative"
        return "add" if min(self.signs) > 0 else "subtract"

    def text(self, operands: Sequence[str]) -> str:
        terms = " ".join(f"{'+' if sign > 0 else '-'} {name}" for sign, name in zip(self.signs, operands, strict=True))
        return terms.removeprefix("+ ")


@dataclass(frozen=True, slots=True)
class Assemble(Kind):
    """The sum of the operands that have a number there, each at its place with its sign; 0 where none has.

    An operand may be a plain number. Of booleans, it is whether one of them holds.
    """

    places: tuple[Place, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contract(Kind):
    """Σ left·right, or Σ of one operand, over the axes that the result has not, each known by a letter.

    b is the rows of the batch: the first axis of what has them, and in no shape.
    """

    axes: tuple[str, ...]  # of each factor, and of the result
    scale: float = 1.0  # times the result

    @property
    def name(self) -> str:
        *factors, out = map(set, self.axes)
        if len(factors) == 1:
            return "sum"
        left, right = factors
        if left == right == out:
            return "mul"
        if not (left - right and right - left):
            return "dot"
        return "batched matmul" if left & right & out else "matmul"


@dataclass(frozen=True, slots=True, eq=False)
class Gather(Kind):
    """The numbers of an array that the table lists. Operand: all of the array."""

    table: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Scatter(Kind):
    """Zeros, to which every number of the operand is added at the position that the table lists for it."""

    table: np.ndarray

    @property
    def name(self) -> str:
        return "scatter-add"


@dataclass(frozen=True, slots=True, eq=False)
class Take(Kind):
    """values[table[i, index[i]]]: numbers chosen by others. Operands: index, and all of values."""

    table: np.ndarray  # the shape of the result, and one axis for the choices
    ends_loop: bool = False  # the index is 0 where a loop is done, and else an error

    @property
    def name(self) -> str:
        return "finished" if self.ends_loop else "take"

    @property
    def chooses(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class TakeAdjoint(Kind):
    """Zeros, to which dy[i] is added at table[i, index[i]] - start, with the table of the take. Operands: index, dy."""

    take: Take
    start: int

    @property
    def name(self) -> str:
        return "take'"


@dataclass(frozen=True, slots=True)
class Fill(Kind):
    """The same number everywhere; `over_rows` divides it by the rows (the mean's derivative)."""

    number: float
    over_rows: bool = False

    @property
    def name(self) -> str:
        return f"fill {self.number:g}" + "/B" * self.over_rows


@dataclass(frozen=True, slots=True, eq=False)
class Loop(Kind):
    """A program, turn after turn: what a turn gives out is a row of the result, which other turns read.

    Operands: `first`, (delay, width), what stands for the rows of turns before the first one, where delay is the
    longest; then one for each further argument of the body: a scanned one has an axis for the turns in front. The
    result is (delay + turns, width): `first`, then a row for each turn; where it is reversed, the rows of the turns,
    then `first`. The body has the same array of parameters; its inputs are in the space of the operands and the result.

    Attributes:
        body: its outputs are the row, `width` numbers.
        delays: input n of the body, of so many, is the row of delays[n] turns before; where it is reversed, after.
        scanned: of each operand after the first, which is input len(delays) + i of the body, whether it is.
        is_reversed: whether the turns go from the last one to the first.
    """

    body: "Program"
    turns: int
    delays: tuple[int, ...]
    scanned: tuple[bool, ...]
    is_reversed: bool = False

    @property
    def delay(self) -> int:
        """How many rows stand for turns before the first one."""
        return max(self.delays)

    @property
    def width(self) -> int:
        """How many numbers a turn gives out."""
        return len(self.body.outputs)

    @property
    def name(self) -> str:
        return f"loop × {self.turns:,}" + " backwards" * self.is_reversed

    @property
    def chooses(self) -> bool:
        """Whether a step of a turn does."""
        return any(kind.chooses for kind in self.body.kinds)

    @property
    def reads_parameters(self) -> bool:
        """Whether a turn reads a parameter, or gives one out."""
        body = self.body
        if body.parameters in body.of or any(
            not isinstance(output, float) and output[0] == body.parameters for output in body.outputs
        ):
            return True
        return any(isinstance(kind, Loop) and kind.reads_parameters for kind in body.kinds)
