"""A function as a program of arrays in which loops are steps, where Python has unrolled them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...value import Value
from ..buffers import Buffers
from ..classes import Classes, NodeClass
from ..columns import Column
from ..executors.numpy import Executor as NumpyExecutor
from ..kinds import Loop
from ..loops import Loop as FoundLoop
from ..loops.arrays import lay_out_rolled
from ..loops.pieces import Pieces
from ..passes import Became, classified, laid_out, rolled
from ..program import Program
from ..tape import LEAVES, Tape
from .arrays import AnyExecutor, ByArrays
from .base import Prepared

LEAST = {
    "numpy": 1_000,
    "native": 4_000,
    "jax": 200,
}  # classes: the array operations of fewer are as fast without loops
_SAMPLE = 2_000  # nodes
_IN_CACHE, _LEAST_NUMBERS = 2**23, 512  # bytes of buffers, and numbers that a turn gives out at once


def in_classes_or_pieces(
    traced: Tape, tape: Tape, backend: str = "numpy", loops: list[FoundLoop] | None = None
) -> "tuple[Classes, Became] | Pieces":
    """The classes of a folded tape; or, where they are many, the pieces of the tape as it was traced, if it has loops.

    A network of equal layers, or a short recurrent one, is of few classes, since its matrices are found. To find many
    takes long: so a sample is looked at first.
    """
    least = LEAST[backend]
    if len(tape) < least:
        return classified(tape)
    seems_many = len(_sample(tape)) * len(tape) >= least * min(_SAMPLE, len(tape))
    if seems_many and (pieces := _pieces_of(traced, loops)) is not None:
        return pieces
    found = classified(tape)
    is_many = not seems_many and len(found[0].classes) >= least
    return (_pieces_of(traced, loops) if is_many else None) or found


def _pieces_of(traced: Tape, loops: list[FoundLoop] | None) -> Pieces | None:
    found = rolled(traced, loops)
    return None if found is None else Pieces(found[0])


def _sample(tape: Tape) -> list[NodeClass]:
    """The classes of the first nodes."""
    if len(tape) <= _SAMPLE:
        return classified(tape)[0].classes
    begin = tape.begin.array()[: _SAMPLE + 1]
    first = tape.with_outputs([])
    first.kind, first.scope, first.begin, first.of = (
        Column.of(column.tolist())
        for column in (tape.kind.array()[:_SAMPLE], tape.scope.array()[:_SAMPLE], begin, tape.of.array()[: begin[-1]])
    )
    used = np.zeros(_SAMPLE, bool)
    is_inner = ~np.isin(first.kind.array(), [tape.place_of(operation) for operation in LEAVES])
    used[first.of.array()[np.repeat(is_inner, np.diff(begin))]] = True
    first.outputs, first.differentiable = np.flatnonzero(~used & is_inner).tolist() or [0], 0
    return classified(first)[0].classes


class ByRolledArrays(ByArrays):
    """A function that is run by a program of arrays with loops in it.

    Where a branch that was not taken makes its gradient inf or nan, the exact one is that of the program without loops.

    Args:
        pieces: of the rolled tape.
    """

    def __init__(self, pieces: Pieces, *arguments: Any) -> None:
        self.pieces = pieces
        Prepared.__init__(self, *arguments)  # without the classes of all nodes

    def read(self, tape: Tape, watched: Sequence[int]) -> list[Value]:
        self.tape = tape
        self.anywhere, _ = lay_out_rolled(self.pieces, self.input_sizes)
        self.indices = self.anywhere.indices()
        self.order = np.argsort(self.anywhere.places)[(self.anywhere.places < 0).sum() :]
        self.chosen, self.watched, self.where = None, {}, {}
        return [*map(tape.parameters.__getitem__, self.order.tolist())]

    def most_rows(self, back: bool) -> int | None:
        """So many that what all turns compute is in the cache, but not so few that a turn has too little to do."""
        most = super().most_rows(back)
        if most is None:
            return None
        program = self.whole_program() if back else self.forward_program
        in_cache = _IN_CACHE // max(1, self.buffers_of(program).bytes_of_row(self.dtype.itemsize))
        width = max([kind.width for kind in program.kinds if isinstance(kind, Loop)], default=1)
        return min(most, max(in_cache, _LEAST_NUMBERS // width, 1))

    def laid_out_at(self, places: np.ndarray, size: int) -> Program:
        return lay_out_rolled(self.pieces, self.input_sizes, places, size)[0]

    def is_inexact(self, program: Program) -> bool:
        """Also by what stands before the first turn, where another output alone reads so many turns back."""
        return super().is_inexact(program) or (
            program is not self.exact_program and len(program.outputs) > 1 and self.reaches_far()
        )

    def reaches_far(self) -> bool:
        """Whether a turn reads more than the one before."""
        return any(isinstance(kind, Loop) and max(kind.delays, default=0) > 1 for kind in self.forward_program.kinds)

    def made(self, plan: Buffers, count: int) -> AnyExecutor:
        if plan.program is self.exact_program and not self.new_executor.unrolls:
            return NumpyExecutor(plan, count, self.dtype, self.numbers())
        return super().made(plan, count)

    def unrolled(self) -> Program:
        """The program without loops, of parameters that lie in the same places."""
        program = self.forward_program
        return laid_out(classified(self.tape)[0], self.input_sizes, program.places, program.size[program.parameters])[0]
