"""A function that runs node after node, as the graph that it is."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ...collector import collector_paused
from ...value import Value
from ..executors import Executor
from ..executors.numpy import Executor as NumpyExecutor
from ..executors.shares import Shares, has_shares, share_of
from ..explain import MOST_LINES, explain_nodes
from ..explanation import Explanation
from ..loops.arrays import lay_out_rolled
from ..loops.pieces import Pieces
from ..passes import classified, laid_out, with_adjoint, with_memory
from ..paying import Work
from ..program import Program
from ..tape import Tape
from .base import Prepared
from .located import Located

if TYPE_CHECKING:  # it may not be built
    from ..executors.native.nodes import GraphExecutor


class ByNodes(Prepared):
    """A function that is run node after node. There is a program of arrays for who asks to see it.

    Attributes:
        runs: the tape that runs: that of the function, or the same with its loops.
    """

    few: "GraphExecutor | None" = None  # in whose memory few rows run

    def read(self, tape: Tape, watched: Sequence[int]) -> list[Value]:
        self.tape = self.runs = tape
        return tape.parameters

    def begin(self, dtype: np.dtype, adopts: bool, twin: Located | None = None) -> None:
        self.shown: Program | None = None
        super().begin(dtype, adopts, twin)

    def lay_out_at(self, positions: np.ndarray, size: int) -> None:
        """Nodes find their parameters wherever they are; the program, which is shown, would be another."""
        self.shown = None

    def whole_program(self) -> Program:
        if self.shown is None:
            with collector_paused():
                program = self.forward_program()
                self.shown = program if self.returned.shapes[0] else with_adjoint(program)
        return self.shown

    def forward_program(self) -> Program:
        """The program without its adjoint: with loops in it where they are found, and can be."""
        where = self.input_sizes, self.positions, len(self.data)
        if self.runs.loops:
            return lay_out_rolled(Pieces(self.runs), *where)[0]
        return laid_out(classified(self.tape)[0], *where)[0]

    def source(self) -> str:
        return NumpyExecutor(with_memory(self.whole_program()), self.rows, self.dtype, self.numbers()).source

    def explain(self, rows: int, most: int = MOST_LINES) -> Explanation:
        return explain_nodes(self.runs, rows)

    def work(self) -> Work:
        operations = 3 * len(self.tape.needed())  # a node once, and each of two edges backward
        return Work(self.tape.scalars, operations, lambda rows: rows * operations)

    def executor(self, count: int, back: bool = False) -> Executor:
        self.rows = count
        return self.graph_executor(count, False)

    def graph_executor(self, count: int, exact: bool) -> Executor:
        """All of few rows run in the memory of one graph; many go through shares, each with a graph of its own."""
        if self.few is None:
            self.few = self.maker()()
        few, block = self.few, self.few.graph.most

        def make() -> Executor:
            if not has_shares(count, block):
                return (few.exactly() if exact else few).use(count)
            return self.in_shares(count, exact, block)

        return self.kept((count, exact), make)

    def free_runs(self) -> None:
        super().free_runs()
        self.few = None

    def bytes_of_runs(self) -> int:
        shares = [each.bytes() for each in list(self.executors.values()) if isinstance(each, Shares)]
        return sum(shares) + (self.few.bytes() if self.few else 0)

    def in_shares(self, count: int, exact: bool, block: int) -> "Shares[GraphExecutor]":
        """A new executor for many rows, which computes so many of them at once."""
        new = self.maker()

        def make(rows: int) -> "GraphExecutor":
            return (new().exactly() if exact else new()).use(rows)

        return Shares(
            make, count, share_of(count, block), outputs=len(self.tape.outputs), dtype=self.dtype, threads=self.threads,
            uses_blas=False, resize=lambda executor, rows: executor.use(rows),
        )  # fmt: skip

    def maker(self) -> "Callable[[], GraphExecutor]":
        """What makes new executors."""
        from ..executors.native.nodes import GraphExecutor

        return partial(GraphExecutor, self.runs, self.dtype, self.positions, self.numbers(), len(self.input_sizes))

    def may_be_wrong(self, executor: Any) -> bool:
        return executor.may_be_wrong

    def exact(self, executor: Executor) -> Executor:
        return self.graph_executor(executor.rows, True)
