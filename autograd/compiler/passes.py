"""The passes in their order: from a function to the classes of its nodes, and from these to programs.

Whoever compiles comes here: so a new pass has one place, and what each returns is looked at (`verify`).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .adjoint import add_adjoint
from .buffers import Buffers
from .classes import Classes
from .folding import fold
from .grouping import find_classes
from .loops import BecameRolled, Loop, find_loops, roll
from .place import Location, Locations
from .program import Program
from .selection import select
from .sums import find_sums
from .tables import find_tables
from .tape import Tape
from .trace import Result, trace
from .verify import looked_at


class Became:
    """For each node of a tape the node of the next structure, and so on to the last one."""

    def __init__(self, *each: np.ndarray) -> None:
        self._each = each

    def __getitem__(self, n: int) -> int:
        for became in self._each:
            n = became[n]
        return int(n)


def folded_trace(f: Callable[..., Any], shapes: Sequence[tuple[int, ...]]) -> tuple[Tape, Result]:
    """The tape of f on rows of these shapes, folded; and what f returned. Raises as `trace`."""
    tape, result = trace(f, shapes)
    return folded(tape)[0], result


def rolled(tape: Tape, loops: list[Loop] | None = None) -> tuple[Tape, BecameRolled] | None:
    """A traced tape with its loops rolled up, folded, and what became of its nodes; None where it has none.

    Args:
        loops: those that are found in it, where they are known.
    """
    loops = find_loops(tape) if loops is None else loops
    if not loops:
        return None
    result, became = roll(tape, loops)
    result, of_folding = folded(result)
    return result, became.then(of_folding)


def folded(tape: Tape) -> tuple[Tape, np.ndarray]:
    """A traced tape, folded, and what became of its nodes."""
    result, became = fold(looked_at(tape))
    return looked_at(result), became


def classified(tape: Tape) -> tuple[Classes, Became]:
    """The classes of the nodes of a folded tape, and what became of these nodes."""
    sums, of_sums = find_sums(tape)
    classes, of_classes = find_classes(looked_at(sums))
    return looked_at(classes), Became(of_sums, of_classes)


def laid_out(
    classes: Classes, input_sizes: Sequence[int], places: np.ndarray | None = None, size: int = 0
) -> tuple[Program, Locations]:
    """The program that computes the outputs, and where the nodes of the classes are. For the arguments see tables.py.

    Without `places` the parameters lie in the order of their use.
    """
    program, where = find_tables(classes, places, size, input_sizes)
    return looked_at(program), where


def selected(program: Program, outputs: Sequence[Location]) -> Program:
    """What of a program without an adjoint computes these of its numbers."""
    return looked_at(select(program, outputs))


def with_adjoint(program: Program, exact: bool = False, in_turns: bool = False) -> Program:
    """The program with the steps of the gradient; see `add_adjoint`."""
    return looked_at(add_adjoint(program, exact, in_turns))


def with_memory(program: Program) -> Buffers:
    """Where the numbers of a program lie."""
    return looked_at(Buffers(program))
