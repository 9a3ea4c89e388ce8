"""A function as a program of arrays: its programs, for where the parameters lie, and what runs them."""

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from ...collector import collector_paused
from ...operations import DIV, MUL, NEG
from ...value import Value
from ..buffers import Buffers
from ..classes import Classes
from ..executors import ProgramExecutor
from ..executors.shares import Shares, has_shares, share_of
from ..explain import MOST_LINES, explain, flops
from ..explanation import Explanation
from ..kinds import Contract
from ..passes import Became, laid_out, selected, with_adjoint, with_memory
from ..paying import Work
from ..program import Program, Step
from ..tape import Tape
from ..trace import Result
from .base import Prepared
from .located import Located

_MAY_BE_PARTS = MUL, DIV, NEG  # of sums, of which the others are no operations of classes

AnyExecutor = ProgramExecutor | Shares[ProgramExecutor]


class ByArrays(Prepared):
    """A function that is run by a program of arrays.

    Args:
        found: the classes of its nodes, and what became of these.

    Attributes:
        program: computes the outputs, and the gradient from when somebody goes backward first; `forward_program` never
            has a gradient, and `exact_program` has one in which edges that are not there are left out.
    """

    def __init__(self, found: tuple[Classes, Became], *arguments: Any) -> None:
        self.classes, self.became = found
        super().__init__(*arguments)

    def read(self, tape: Tape, watched: Sequence[int]) -> list[Value]:
        self.anywhere, where = laid_out(self.classes, self.input_sizes)
        self.indices = self.anywhere.indices()
        self.order = np.argsort(self.anywhere.places)[(self.anywhere.places < 0).sum() :]
        self.chosen: list[int] | None = None  # of the nodes of the classes the outputs, where these are not the tape's
        self.watched = _computed(tape, watched, self.classes, self.became)
        del self.became
        self.where = {n: place for n, m in self.watched.items() if (place := where[m]) is not None}
        return [*map(self.classes.tape.parameters.__getitem__, self.order.tolist())]

    def giving(self, outputs: Sequence[int], returned: Result) -> "ByArrays | None":
        has_others_aside = not returned.shapes[0] and len(outputs) > 1  # in classes of their own: see `find_classes`
        if self.chosen is not None or has_others_aside or not all(n in self.where for n in outputs):
            return None
        other = copy(self)
        other.returned = returned
        other.chosen = [self.watched[n] for n in outputs]
        other.anywhere = selected(self.anywhere, [self.where[n] for n in outputs])
        other.indices = other.anywhere.indices()
        return other

    def begin(self, dtype: np.dtype, adopts: bool, twin: Located | None = None) -> None:
        self.use(self.anywhere)
        super().begin(dtype, adopts, twin)

    def use(self, program: Program) -> None:
        self.program = self.forward_program = program
        self.exact_program: Program | None = None
        self.buffers: dict[Program, Buffers] = {}
        self.most: dict[Program, int] = {}  # rows, for each

    def lay_out_at(self, positions: np.ndarray, size: int) -> None:
        places = np.full(len(self.program.places), -1)
        places[self.order] = positions
        if size != self.program.size[self.program.parameters] or (places != self.program.places).any():
            self.use(self.laid_out_at(places, size))

    def laid_out_at(self, places: np.ndarray, size: int) -> Program:
        """The program for parameters that lie there among so many numbers."""
        program, where = laid_out(self.classes, self.input_sizes, places, size)
        if self.chosen is None:
            return program
        return selected(program, [place for n in self.chosen if (place := where[n]) is not None])  # each has

    def whole_program(self) -> Program:
        program = self.program
        if program.gradient is None and not self.returned.shapes[0]:
            with collector_paused(), np.errstate(all="ignore"):
                self.program = program = with_adjoint(program, in_turns=self.new_executor.in_turns)
        return program

    def executor(self, count: int, back: bool = False) -> AnyExecutor:
        self.rows = count
        latest, executor = self.latest
        if latest == (count, self.program) and not (back and self.program.gradient is None):
            return executor
        if back:
            return self.executor_for(count, self.whole_program())
        whole = self.executors.get((count, self.program))
        return self.executor_for(count, self.program if whole is not None else self.forward_program)

    def executor_for(self, count: int, program: Program) -> AnyExecutor:
        return self.kept((count, program), lambda: self.made(self.buffers_of(program), count))

    def made(self, plan: Buffers, count: int) -> AnyExecutor:
        """A new executor for so many rows."""
        new_executor, dtype, numbers = self.new_executor, self.dtype, self.numbers()

        def make(rows: int) -> ProgramExecutor:
            return new_executor(plan, rows, dtype, numbers)

        with np.errstate(all="ignore"):  # a constant may be too large for float32
            block = new_executor.at_once(plan, count, dtype)
            if not has_shares(count, block):
                return make(count)
            program = plan.program
            uses_blas = any(isinstance(step.kind, Contract) for step in _steps(program))
            return Shares(
                make, count, share_of(count, block), outputs=len(program.outputs), dtype=dtype, threads=self.threads,
                uses_blas=uses_blas,
            )  # fmt: skip

    def explain(self, rows: int, most: int = MOST_LINES) -> Explanation:
        return explain(self.whole_program(), rows, most)

    def flops_of_products(self, rows: int) -> int:
        program = self.whole_program()
        return sum(flops(program, step, rows) for step in _steps(program) if isinstance(step.kind, Contract))

    def work(self) -> Work:
        program = self.whole_program()
        steps = _steps(program)
        return Work(program.scalars, len(steps), lambda rows: sum(flops(program, step, rows) for step in steps))

    def source(self) -> str:
        executor = next(reversed(self.executors.values()), None)
        return (executor or self.executor(self.rows)).source

    def may_be_wrong(self, executor: Any) -> bool:
        return self.is_inexact(executor.program)

    def is_inexact(self, program: Program) -> bool:
        """Whether one of our programs may make a gradient inf or nan by an edge that is not there."""
        return program.chooses and program is not self.exact_program

    def overwrites(self, executor: Any) -> bool:
        return executor.plan.overwrites

    def exact(self, executor: Any) -> AnyExecutor:
        return self.executor_for(executor.rows, self.exactly())

    def exactly(self) -> Program:
        """The program that leaves such edges out."""
        if self.exact_program is None:
            with collector_paused(), np.errstate(all="ignore"):
                self.exact_program = with_adjoint(self.unrolled(), exact=True)
        return self.exact_program

    def unrolled(self) -> Program:
        """The program without its adjoint, of which an exact one can be made."""
        return self.forward_program

    def buffers_of(self, program: Program) -> Buffers:
        """Where the numbers of one of our programs lie, for any number of rows."""
        buffers = self.buffers.get(program)
        if buffers is None:
            buffers = self.buffers[program] = with_memory(program)
        return buffers

    def most_rows(self, back: bool) -> int | None:
        """As many as the buffers have room for."""
        if self.new_executor.in_blocks:
            return None  # it goes through them in blocks itself
        program = self.whole_program() if back else self.forward_program
        most = self.most.get(program)
        if most is None:
            bytes_of_row = self.buffers_of(program).bytes_of_row(self.dtype.itemsize)
            most = self.most[program] = max(1, self.most_bytes // max(1, bytes_of_row))
        return most


def _steps(program: Program) -> list[Step]:
    return [*program.steps, *program.adjoints]


def _computed(tape: Tape, nodes: Sequence[int], classes: Classes, became: Became) -> dict[int, int]:
    """Those of these nodes that the classes compute as such, by their numbers there.

    They are the outputs, and what functions give. Of a sum or a product it is not known: what it became may be a part
    of another sum.
    """
    found = dict(zip(tape.outputs, classes.outputs, strict=True))
    for n in nodes:
        operation, m = tape.operation(n), became[n]
        may_be_part = m < 0 or operation in _MAY_BE_PARTS
        if n not in found and not may_be_part and classes.classes[classes.class_of[m]].operation is operation:
            found[n] = m
    return found
