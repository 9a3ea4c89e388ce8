"""A function that runs node after node, as the graph that it is."""

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from ...collector import collector_paused
from ...value import Value
from ..executors import Executor
from ..executors.numpy import Executor as NumpyExecutor
from ..executors.shares import Shares, has_shares, share_of
from ..explain import explain_nodes
from ..passes import classified, laid_out, with_adjoint, with_memory
from ..paying import Work
from ..program import Program
from ..tape import Tape
from .base import Prepared

_MOST_EXECUTORS = 3  # kept beside the usual one

if TYPE_CHECKING:  # it may not be built
    from ..executors.native.nodes import GraphExecutor


class ByNodes(Prepared):
    """A function that is run node after node. There is a program of arrays for who asks to see it."""

    def read(self, tape: Tape) -> list[Value]:
        self.tape = tape
        return tape.parameters

    def begin(self, dtype: np.dtype, adopts: bool) -> None:
        self.shown: Program | None = None
        super().begin(dtype, adopts)

    def lay_out_at(self, positions: np.ndarray, size: int) -> None:
        """Nodes find their parameters wherever they are; the program, which is shown, would be another."""
        self.shown = None

    def whole_program(self) -> Program:
        if self.shown is None:
            with collector_paused():
                classes = classified(self.tape)[0]
                program = laid_out(classes, self.input_sizes, self.positions, len(self.data))[0]
                self.shown = program if self.returned.shapes[0] else with_adjoint(program)
        return self.shown

    def source(self) -> str:
        return NumpyExecutor(with_memory(self.whole_program()), self.rows, self.dtype, self.numbers()).source

    def explain(self, rows: int) -> str:
        return explain_nodes(self.tape, rows)

    def work(self) -> Work:
        operations = 3 * len(self.tape.needed())  # a node once, and each of two edges backward
        return Work(self.tape.scalars, operations, lambda rows: rows * operations)

    def executor(self, count: int, back: bool = False) -> Executor:
        self.rows = count
        return self.graph_executor(count, back and self.takes_exact)

    def graph_executor(self, count: int, exact: bool) -> Executor:
        """Of few rows there is one for any number of them; another one leaves out edges that are not there."""
        if "usual" not in self.executors:
            self.executors["usual"] = self.made()
        usual = self.executors["usual"]
        if not has_shares(count, usual.graph.most):
            return (usual.exactly() if exact else usual).use(count)
        key = count, exact
        if key not in self.executors:
            if len(self.executors) > _MOST_EXECUTORS:
                del self.executors[next(other for other in self.executors if other != "usual")]

            def make(rows: int) -> "GraphExecutor":
                return (self.made().exactly() if exact else self.made()).use(rows)

            def resize(executor: "GraphExecutor", rows: int) -> "GraphExecutor":
                return copy(executor).use(rows)

            self.executors[key] = Shares(make, count, share_of(count, usual.graph.most), self.threads, resize)
        return self.executors[key]

    def made(self) -> "GraphExecutor":
        """A new executor."""
        from ..executors.native.nodes import GraphExecutor

        return GraphExecutor(self.tape, self.dtype, self.positions, self.numbers(), len(self.input_sizes))

    def may_be_wrong(self, executor: Any) -> bool:
        return executor.may_be_wrong

    def exact(self, executor: Executor) -> Executor:
        return self.graph_executor(executor.rows, True)
