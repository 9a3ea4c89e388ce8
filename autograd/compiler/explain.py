"""A program in words: the counts, and for each array operation its shape, its work, and what it stands for.

And whether it pays: by estimates of what a call takes, and what the graph of scalars would.
"""

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

from .._build import is_compiled
from .kinds import (
    Assemble,
    Contract,
    Fill,
    Gather,
    Kind,
    Map,
    Partial,
    Scatter,
    Sum,
    Take,
    TakeAdjoint,
)  # fmt: skip
from .program import Program, Step
from .views import View

MOST_LINES = 400  # of an explanation, forward and backward


def explain(program: Program, rows: int) -> str:
    """The counts, then one line for each array operation, with the work for so many rows."""
    counts = f"{program.scalars:,} scalar nodes -> {program.classes} classes -> {len(program.steps)} array operations"
    lines = [f"{counts} forward, {len(program.adjoints)} backward" if program.adjoints else counts]
    for title, steps in (("forward", program.steps), ("backward", program.adjoints)):
        if not steps:
            continue
        work = [flops(program, step, rows) for step in steps]
        table = [_explanation(program, step, n) for step, n in zip(steps, work, strict=True)]
        left_out = len(table) - MOST_LINES
        if left_out > 0:
            table[MOST_LINES // 2 : -MOST_LINES // 2] = [(f"… {left_out:,} more", "", "", "", "")]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines.append(f"\n{title}, {sum(work):,} floating-point operations for B = {rows} rows")
        for row in table:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


class Cost(NamedTuple):
    """Seconds, about, on a machine of these years."""

    call: float
    operation: float  # of arrays, however small
    flop: float


COSTS = {"numpy": Cost(8e-6, 0.8e-6, 0.5e-9), "native": Cost(6e-6, 15e-9, 0.4e-9)}
NODE = 60e-9 if is_compiled() else 0.9e-6  # of a graph of scalars, forward and backward
BOUND = 2e-6  # a call of what is bound to arrays, by the native backend
_ROWS = [1, *[step * 10**power for power in range(6) for step in (2, 5, 10)]]


def doubts(program: Program, rows: int, backend: str) -> list[str]:
    """That a call for so many rows takes longer than the graphs of scalars would; nothing where it pays."""
    eager = program.scalars * NODE
    taken = seconds(program, rows, COSTS[backend]) / rows
    if taken < eager:
        return []
    instead = ["call the function itself"]
    if backend == "native" and seconds(program, rows, COSTS[backend]._replace(call=BOUND)) / rows < eager:
        instead.append("bind it to arrays")
    enough = [each for each in _ROWS if seconds(program, each, COSTS[backend]) / each < eager]
    if enough:
        instead.append(f"give it {enough[0]:,} rows and more at once")
    return [
        f"Does not pay for B = {rows:,}: estimated {_time(taken)} a row, and {_time(eager)} as a graph of scalars: "
        + " or ".join(instead)
    ]


def seconds(program: Program, rows: int, cost: Cost) -> float:
    """What a call for so many rows takes, about."""
    steps = (*program.steps, *program.adjoints)
    return cost.call + cost.operation * len(steps) + cost.flop * sum(flops(program, step, rows) for step in steps)


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.2g} µs" if seconds < 1e-4 else f"{seconds * 1e3:.2g} ms"


def flops(program: Program, step: Step, rows: int) -> int:
    """Floating-point operations for so many rows, about."""
    return _FLOPS[type(step.kind)](program, step, rows)


def _explanation(program: Program, step: Step, work: int) -> tuple[str, ...]:
    shape = program.dimensions(step.out)
    if isinstance(step.kind, Contract) and len(step.operands) == 2:
        shape += f" = {_factors(step, step.kind)}"
    stands_for = f"{step.scalars:,} scalars" if step.scalars else ""
    return step.kind.name, shape, f"{work:,} flop" if work else "", stands_for, step.scope


def _factors(step: Step, kind: Contract) -> str:
    """The shapes of the factors as they are multiplied: "(B×784)·(784×128)"."""
    left, right, out = kind.axes
    summed = [n for n in left.removeprefix("b") + "b" if n in left and n in right and n not in out]
    batch, rows = [n for n in out if n in left and n in right], [n for n in out if n in left and n not in right]
    columns = [letter for letter in out if letter in right and letter not in left]
    if columns and rows and out.index(columns[0]) < out.index(rows[0]):
        rows, columns = columns, rows
    sizes = {letter: str(size) for letter, size in axis_lengths(step, kind, 0).items()} | {"b": "B"}
    factors = (batch + rows + summed, batch + summed + columns)
    return "·".join(f"({'×'.join(sizes[letter] for letter in factor)})" for factor in factors)


def axis_lengths(step: Step, kind: Contract, rows: int) -> dict[str, int]:
    """How long each axis of a contraction is."""
    lengths = {"b": rows}
    for view, axes in zip((*step.views, step.out), kind.axes, strict=True):
        lengths.update(zip(axes.removeprefix("b"), view.shape, strict=True))
    return lengths


def _size(program: Program, view: View, rows: int) -> int:
    return prod(view.shape) * (rows if program.space[view.value] else 1)


def _of_largest(program: Program, step: Step, rows: int) -> int:
    return max(_size(program, view, rows) for view in (*step.views, step.out))


def _of_sum(program: Program, step: Step, rows: int) -> int:
    return _size(program, step.out, rows) * (len(step.operands) - 1)


def _of_assembly(program: Program, step: Step, rows: int) -> int:
    """What is added to numbers that are there."""
    return max(0, sum(_size(program, view, rows) for view in step.views) - _size(program, step.out, rows))


def _of_contraction(program: Program, step: Step, rows: int) -> int:
    kind: Any = step.kind
    lengths = axis_lengths(step, kind, rows)
    return len(step.operands) * prod(lengths[letter] for letter in set().union(*kind.axes))


def _of_first(program: Program, step: Step, rows: int) -> int:
    return _size(program, step.views[0], rows)


def _none(program: Program, step: Step, rows: int) -> int:
    return 0


_FLOPS: dict[type[Kind], Callable[[Program, Step, int], int]] = {
    Map: _of_largest, Partial: _of_largest, Sum: _of_sum, Assemble: _of_assembly, Contract: _of_contraction,
    Gather: _none, Scatter: _of_first, Take: _none, TakeAdjoint: _of_first, Fill: _none,
}  # fmt: skip
