"""A program of array operations: what the passes find, and what an executor runs.

An array holds the numbers of one class of scalar nodes, one row of the batch after the other where they differ from
row to row (`by_row`). A step computes a view of one array from views of others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple, TypeAlias

import numpy as np

from ..operations import Operation


@dataclass(eq=False, slots=True)
class Array:
    """`size` numbers, for each row of the batch where `by_row`."""

    name: str
    size: int
    by_row: bool
    contents: np.ndarray | None = None  # of constants
    boolean: bool = False  # tells of other numbers whether something flows to them


class View(NamedTuple):
    """A part of an array, without copying: element (i, j, …) lies at offset + i·strides[0] + j·strides[1] + …"""

    array: Array
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Does it show every number of the array, in order?"""
        return prod(self.shape) == self.array.size and self == contiguous(self.array, 0, self.shape)

    def positions(self) -> np.ndarray:
        """Where its numbers lie in the array."""
        positions = np.full(self.shape, self.offset, dtype=np.intp)
        for axis, (length, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            positions += (stride * np.arange(length)).reshape((-1,) + (1,) * (len(self.shape) - axis - 1))
        return positions

    def dimensions(self) -> str:
        """Its shape in words: "B×128", with B for the rows of the batch."""
        return "×".join([*("B" for _ in range(self.array.by_row)), *map(str, self.shape)]) or "1"


AXES = "acdefghijlmnopqrstuvwxyz"  # letters for the axes of a contraction; b is the batch, k the terms
MOST_LINES = 400  # of an explanation, forward and backward

Operand: TypeAlias = View | float


@dataclass(eq=False, kw_only=True)
class Step:
    """One array operation. `scalars` nodes of the traced graph became it, made by the module call `scope`."""

    out: View
    accumulate: bool = False  # out += …
    scalars: int = 0
    scope: str = ""

    @property
    def chooses(self) -> bool:
        """Whether there may be no edge to an operand."""
        return False

    def operands(self) -> Iterator[View]:
        """The views that it reads."""
        raise NotImplementedError

    def operation(self) -> str:
        """Its name."""
        raise NotImplementedError

    def flops(self, rows: int) -> int:
        """Floating-point operations, about."""
        return _size(self.out, rows)

    def __str__(self) -> str:
        names = ", ".join(dict.fromkeys(view.array.name for view in self.operands()))
        return f"{self.out.array.name} {'+=' if self.accumulate else '='} {self.operation()}({names})"


@dataclass(eq=False, kw_only=True)
class Map(Step):
    """An operation of the rule book, element by element; with `partial`, dy times its derivative by that operand.

    An operand with one axis more than `out` is a family: the operands of an operation on lists. With `live`, nothing
    flows where that does not hold, and where the operation chose another operand. Of booleans, it is whether there is
    a way to the operand.
    """

    rule: Operation
    arguments: Sequence[Operand]
    partial: int | None = None
    y: View | None = None
    dy: View | None = None
    live: View | None = None

    @property
    def chooses(self) -> bool:
        return self.rule.chooses

    def operands(self) -> Iterator[View]:
        yield from (view for view in (*self.arguments, self.y, self.dy, self.live) if isinstance(view, View))

    def operation(self) -> str:
        return self.rule.name if self.partial is None else f"{self.rule.name}'"

    def flops(self, rows: int) -> int:
        return max(_size(view, rows) for view in (*self.operands(), self.out))


@dataclass(eq=False, kw_only=True)
class Sum(Step):
    """±a ± b …, element by element."""

    items: Sequence[tuple[int, Operand]]

    def operands(self) -> Iterator[View]:
        yield from (view for _, view in self.items if isinstance(view, View))

    def operation(self) -> str:
        if len(self.items) == 1:
            return "copy" if self.items[0][0] > 0 else "negative"
        return "add" if all(sign > 0 for sign, _ in self.items) else "subtract"

    def flops(self, rows: int) -> int:
        return _size(self.out, rows) * (len(self.items) - 1 + self.accumulate)

    def __str__(self) -> str:
        names = [(sign, view.array.name if isinstance(view, View) else f"{view:g}") for sign, view in self.items]
        terms = " ".join(f"{'+' if sign > 0 else '-'} {name}" for sign, name in names)
        return f"{self.out.array.name} {'+=' if self.accumulate else '='} {terms.removeprefix('+ ')}"


@dataclass(eq=False, kw_only=True)
class Contract(Step):
    """Σ left·right (or Σ left) over the axes that `out` has not, each axis known by a letter; b is the batch."""

    left: View
    right: View | None
    axes: tuple[str, str, str]  # of left, right and out, without b
    scale: float = 1.0  # times the result

    def operands(self) -> Iterator[View]:
        yield self.left
        if self.right:
            yield self.right

    def letters(self) -> tuple[set[str], set[str], set[str]]:
        """The axes of left, right and out, with b where they have it."""
        views = (self.left, self.right, self.out)
        return tuple(  # type: ignore[return-value]
            set(axes) | ({"b"} if view and view.array.by_row else set())
            for view, axes in zip(views, self.axes, strict=True)
        )

    def operation(self) -> str:
        left, right, out = self.letters()
        if self.right is None:
            return "sum"
        if not (left - right and right - left):
            return "dot"
        return "batched matmul" if left & right & out else "matmul"

    def factors(self) -> str:
        """The shapes of the factors as they are multiplied: "(B×784)·(784×128)"."""
        left, right, out = self.letters()
        order = [letter for letter in "b" + self.axes[2] if letter in out]
        summed = [letter for letter in self.axes[0] + "b" if letter in (left & right) - out]
        batch, rows = [n for n in order if n in left & right], [n for n in order if n in left - right]
        columns = [letter for letter in order if letter in right - left]
        if columns and rows and order.index(columns[0]) < order.index(rows[0]):
            rows, columns = columns, rows
        sizes = {letter: str(size) for letter, size in self.sizes(0).items()} | {"b": "B"}
        factors = (batch + rows + summed, batch + summed + columns)
        return "·".join(f"({'×'.join(sizes[letter] for letter in factor)})" for factor in factors)

    def sizes(self, rows: int) -> dict[str, int]:
        """How long each axis is."""
        sizes = {"b": rows}
        for view, axes in ((self.left, self.axes[0]), (self.right, self.axes[1]), (self.out, self.axes[2])):
            if view is not None:
                sizes.update(zip(axes, view.shape, strict=True))
        return sizes

    def flops(self, rows: int) -> int:
        sizes = self.sizes(rows)
        return (2 if self.right else 1) * prod(sizes[letter] for letter in set().union(*self.letters()))


@dataclass(eq=False, kw_only=True)
class Gather(Step):
    """The numbers of an array that the table lists."""

    source: Array
    table: np.ndarray

    def operands(self) -> Iterator[View]:
        yield whole(self.source)

    def operation(self) -> str:
        return "gather"

    def flops(self, rows: int) -> int:
        return 0


@dataclass(eq=False, kw_only=True)
class Scatter(Step):
    """The adjoint of a gather: adds every number of `source` to the place in `out` that the table lists."""

    source: View
    table: np.ndarray

    def operands(self) -> Iterator[View]:
        yield self.source

    def operation(self) -> str:
        return "scatter-add"

    def flops(self, rows: int) -> int:
        return _size(self.source, rows)


@dataclass(eq=False, kw_only=True)
class Take(Step):
    """out[i] = values[table[i, index[i]]]: an element chosen by a number that differs from row to row."""

    index: View
    values: Array
    table: np.ndarray  # the shape of out, and one axis for the choices

    @property
    def chooses(self) -> bool:
        return True

    def operands(self) -> Iterator[View]:
        yield self.index
        yield whole(self.values)

    def operation(self) -> str:
        return "take"

    def flops(self, rows: int) -> int:
        return 0


@dataclass(eq=False, kw_only=True)
class TakeAdjoint(Step):
    """out[table[i, index[i]]] += dy[i], with the table and the index of the take."""

    take: Take
    dy: View

    def operands(self) -> Iterator[View]:
        yield self.take.index
        yield self.dy

    def operation(self) -> str:
        return "take'"


@dataclass(eq=False, kw_only=True)
class Fill(Step):
    """Every number of `out` becomes the same; `over_rows` divides it by the rows (the mean's derivative)."""

    number: float
    over_rows: bool = False

    def operands(self) -> Iterator[View]:
        return iter(())

    def operation(self) -> str:
        return f"fill {self.number:g}/B" if self.over_rows else f"fill {self.number:g}"

    def flops(self, rows: int) -> int:
        return 0


def whole(array: Array) -> View:
    """All of an array."""
    return View(array, 0, (array.size,), (1,))


def contiguous(array: Array, offset: int, shape: tuple[int, ...]) -> View:
    """Consecutive numbers of an array in this shape."""
    return View(array, offset, shape, tuple(prod(shape[axis + 1 :]) for axis in range(len(shape))))


def _size(view: View, rows: int) -> int:
    return prod(view.shape) * (rows if view.array.by_row else 1)


@dataclass(eq=False)
class Program:
    """Array operations in the order in which they run."""

    inputs: dict[int, Array]  # by the position of the argument
    parameters: Array
    places: np.ndarray  # of each parameter of the tape in `parameters`; -1 where it is not read
    steps: list[Step]
    outputs: list[tuple[Array, int] | float]  # of every output: the array and its position there, or a constant
    scalars: int  # nodes in the graph of scalars
    classes: int
    adjoints: list[Step] = field(default_factory=list)
    gradient: Array | None = None  # of the parameters
    chooses: bool = False  # on the way of the gradient

    def __str__(self) -> str:
        return "\n".join(map(str, [*self.steps, *self.adjoints]))

    def explain(self, rows: int) -> str:
        """The counts, then one line for each array operation."""
        counts = f"{self.scalars:,} scalar nodes -> {self.classes} classes -> {len(self.steps)} array operations"
        lines = [f"{counts} forward, {len(self.adjoints)} backward" if self.adjoints else counts]
        for title, steps in (("forward", self.steps), ("backward", self.adjoints)):
            if not steps:
                continue
            table = [_explanation(step, rows) for step in steps]
            left_out = len(table) - MOST_LINES
            if left_out > 0:
                table[MOST_LINES // 2 : -MOST_LINES // 2] = [(f"… {left_out:,} more", "", "", "", "")]
            widths = [max(map(len, column)) for column in zip(*table, strict=True)]
            flops = sum(step.flops(rows) for step in steps)
            lines.append(f"\n{title}, {flops:,} floating-point operations for B = {rows} rows")
            for row in table:
                cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
                lines.append(("  " + "  ".join(cells)).rstrip())
        return "\n".join(lines)


def _explanation(step: Step, rows: int) -> tuple[str, ...]:
    shape = step.out.dimensions()
    if isinstance(step, Contract) and step.right is not None:
        shape += f" = {step.factors()}"
    stands_for = f"{step.scalars:,} scalars" if step.scalars else ""
    return step.operation(), shape, f"{step.flops(rows):,} flop" if step.flops(rows) else "", stands_for, step.scope
