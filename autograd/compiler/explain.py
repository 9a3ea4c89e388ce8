"""A program in words: the counts, and for each array operation its shape, its work, and what it stands for.

Where there are no arrays, how often each operation of the rule book is there.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from ..operations import CONSTANT, INPUT
from .explanation import Explanation, Section
from .kinds import (
    Assemble,
    Contract,
    Fill,
    Gather,
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
from .loops import Body
from .program import Program, Step
from .tape import LOOP, OUT, Tape
from .views import View

MOST_LINES = 400  # of an explanation, forward and backward
MOST_OF_TURN = 40  # nodes of a loop that are shown one by one


def explain(program: Program, rows: int, most: int = MOST_LINES) -> Explanation:
    """The counts, then one line for each array operation, with the work for so many rows; at most so many lines."""
    counts = f"{program.scalars:,} scalar nodes -> {program.classes} classes -> {len(program.steps)} array operations"
    sections = []
    for title, steps in (("forward", program.steps), ("backward", program.adjoints)):
        if not steps:
            continue
        work = sum(flops(program, step, rows) for step in steps)
        table = _table(program, steps, rows)
        left_out = len(table) - most
        if left_out > 0:
            table[most // 2 : -most // 2] = [(f"… {left_out:,} more", "", "", "", "")]
        sections.append(Section(f"{title}, {work:,} floating-point operations for B = {rows} rows", table))
    return Explanation(
        f"{counts} forward, {len(program.adjoints)} backward" if program.adjoints else counts,
        ("operation", "shape", "work", "stands for", "in"),
        sections,
    )


def explain_nodes(tape: Tape, rows: int) -> Explanation:
    """The counts, then one line for each operation of the rule book: how many nodes it makes that the outputs need.

    What loops do is told apart, for one turn of each: the counts, and then the nodes one by one, if they are few.
    """
    found = _counts(tape)
    of_loops = [(body, _counts(body.tape)) for body in tape.loops]
    nodes = found.total() + sum(body.turns * counts.total() for body, counts in of_loops)
    counts = f"{tape.scalars:,} scalar nodes -> {nodes:,} nodes"
    if of_loops:
        counts += f", {nodes - found.total():,} of them in {len(of_loops)} loop{'s' * (len(of_loops) > 1)}"
    sections = [Section(f"forward, {nodes * rows:,} floating-point operations for B = {rows} rows", _counted(found))]
    for body, each in of_loops:
        turn = ["one turn:", *_turn(body)] if each.total() <= MOST_OF_TURN else []
        sections.append(Section(f"loop × {body.turns:,}, {body.explained()}", _counted(each), turn))
    return Explanation(counts, ("operation", "nodes"), sections)


def _turn(body: Body) -> list[str]:
    """The nodes of a loop, one by one: t1, … of those of earlier turns, of scanned numbers, and of invariant ones."""
    tape, needed = body.tape, body.tape.needed()
    names = {n: f"t{number}" for number, n in enumerate(needed, 1)}
    for n, (operation, operands) in enumerate(tape.nodes()):
        if operation is CONSTANT:
            names[n] = f"{tape.constants[operands[0]]:g}"
        elif operation is INPUT and operands[0] == 0:
            carried, delay = body.carried[operands[1]]
            names[n] = f"{names[carried]}[-{delay}]"
        elif operation is INPUT:
            names[n] = f"{('scanned', 'invariant')[operands[0] - 1]} {operands[1] + 1}"
    return [
        f"  {names[n]} = {tape.operation(n).name.lstrip('_')}({', '.join(names[m] for m in tape.operands(n))})"
        for n in needed
    ]


def _counts(tape: Tape) -> Counter[str]:
    """How often each operation is there, but for loops, among the nodes that the outputs need."""
    return Counter(tape.operation(n).name.lstrip("_") for n in tape.needed() if tape.operation(n) not in (LOOP, OUT))


def _counted(found: Counter[str]) -> list[tuple[str, ...]]:
    return [(name, f"{count:,}") for name, count in found.most_common()]


def flops(program: Program, step: Step, rows: int) -> int:
    """Floating-point operations for so many rows, about."""
    return _FLOPS[type(step.kind)](program, step, rows)


def _table(program: Program, steps: Sequence[Step], rows: int, indent: str = "") -> list[tuple[str, ...]]:
    """A line for each step, and below that of a loop those of one turn."""
    table = []
    for step in steps:
        name, *more = _explanation(program, step, flops(program, step, rows))
        table.append((indent + name, *more))
        if isinstance(step.kind, Loop):
            table += _table(step.kind.body, step.kind.body.steps, rows, indent + "  ")
    return table


def _explanation(program: Program, step: Step, work: int) -> tuple[str, ...]:
    shape = program.dimensions(step.out)
    if isinstance(step.kind, Contract) and len(step.operands) == 2:
        shape += f" = {_factors(step, step.kind)}"
    elif isinstance(step.kind, Loop):
        shape += f", each of {_of_each_turn(step.kind)}"
    stands_for = f"{step.scalars:,} scalars" if step.scalars else ""
    return step.kind.name, shape, f"{work:,} flop" if work else "", stands_for, step.scope


def _of_each_turn(kind: Loop) -> str:
    """How many operations a turn has, and what goes into it, in words."""
    body = kind.body
    of_rows = ["carried"] * len(kind.delays)
    counts = {"carried": 0, "scanned": 0, "invariant": 0}
    for n, what in enumerate([*of_rows, *["scanned" if scanned else "invariant" for scanned in kind.scanned]]):
        counts[what] += _numbers_read(body, body.inputs[n]) if n in body.inputs else 0
    given = ", ".join([f"{count:,} {what}" for what, count in counts.items() if count])
    operations = f"{len(body.steps)} operation{'s' * (len(body.steps) != 1)}"
    return f"{operations}, with {given}" if given else operations


def _numbers_read(program: Program, value: int) -> int:
    """How many numbers of a value steps read, or a program gives out."""
    read = {output[1] for output in program.outputs if isinstance(output, tuple) and output[0] == value}
    for step in program.steps:
        for view in step.views:
            if view.value == value:
                read.update(view.positions().ravel().tolist())
    return len(read)


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


def _of_turns(program: Program, step: Step, rows: int) -> int:
    kind: Any = step.kind
    return kind.turns * sum(flops(kind.body, each, rows) for each in kind.body.steps)


def _none(program: Program, step: Step, rows: int) -> int:
    return 0


_FLOPS: dict[type[Kind], Callable[[Program, Step, int], int]] = {
    Map: _of_largest, Partial: _of_largest, LessLargestAdjoint: _of_largest, Sum: _of_sum, Assemble: _of_assembly,
    Contract: _of_contraction, Gather: _none, Scatter: _of_first, Take: _none, TakeAdjoint: _of_first, Fill: _none,
    Loop: _of_turns,
}  # fmt: skip
