"""A function as a program of arrays: its programs, for where the parameters lie, and what runs them."""

from typing import Any

import numpy as np

from ...collector import collector_paused
from ...value import Value
from ..buffers import Buffers
from ..executors import ProgramExecutor
from ..executors.shares import Shares, has_shares, share_of
from ..explain import explain, flops
from ..kinds import Contract
from ..passes import classified, laid_out, with_adjoint, with_memory
from ..paying import Work
from ..program import Program
from ..tape import Tape
from .base import Prepared

AnyExecutor = ProgramExecutor | Shares[ProgramExecutor]


class ByArrays(Prepared):
    """A function that is run by a program of arrays.

    Attributes:
        program: computes the outputs, and the gradient from when somebody goes backward first; `forward_program` never
            has a gradient, and `exact_program` has one in which edges that are not there are left out.
    """

    def read(self, tape: Tape) -> list[Value]:
        self.classes, _ = classified(tape)
        self.anywhere = laid_out(self.classes, self.input_sizes)[0]
        self.order = np.argsort(self.anywhere.places)[(self.anywhere.places < 0).sum() :]
        return [self.classes.tape.parameters[n] for n in self.order.tolist()]

    def begin(self, dtype: np.dtype, adopts: bool) -> None:
        self.use(self.anywhere)
        super().begin(dtype, adopts)

    def use(self, program: Program) -> None:
        self.program = self.forward_program = program
        self.exact_program: Program | None = None
        self.buffers: dict[Program, Buffers] = {}
        self.most: dict[Program, int] = {}  # rows, for each

    def lay_out_at(self, positions: np.ndarray, size: int) -> None:
        places = np.full(len(self.classes.tape.parameters), -1)
        places[self.order] = positions
        if size != self.program.size[self.program.parameters] or (places != self.program.places).any():
            self.use(laid_out(self.classes, self.input_sizes, places, size)[0])

    def whole_program(self) -> Program:
        if self.program.gradient is None and not self.returned.shapes[0]:
            with collector_paused(), np.errstate(all="ignore"):
                self.program = with_adjoint(self.program)
        return self.program

    def executor(self, count: int, back: bool = False) -> AnyExecutor:
        self.rows = count
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
            uses_blas = any(isinstance(step.kind, Contract) for step in [*program.steps, *program.adjoints])
            return Shares(
                make, count, share_of(count, block), outputs=len(program.outputs), dtype=dtype, threads=self.threads,
                uses_blas=uses_blas,
            )  # fmt: skip

    def explain(self, rows: int) -> str:
        return explain(self.whole_program(), rows)

    def work(self) -> Work:
        program = self.whole_program()
        steps = [*program.steps, *program.adjoints]
        return Work(program.scalars, len(steps), lambda rows: sum(flops(program, step, rows) for step in steps))

    def source(self) -> str:
        executor = next(reversed(self.executors.values()), None)
        return (executor or self.executor(self.rows)).source

    def may_be_wrong(self, executor: Any) -> bool:
        return executor.program.chooses and executor.program is not self.exact_program

    def overwrites(self, executor: Any) -> bool:
        return executor.plan.overwrites

    def exact(self, executor: Any) -> AnyExecutor:
        if self.exact_program is None:
            with collector_paused(), np.errstate(all="ignore"):
                self.exact_program = with_adjoint(self.forward_program, exact=True)
        return self.executor_for(executor.rows, self.exact_program)

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
