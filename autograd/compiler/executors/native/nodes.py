"""Runs a graph of scalars as it is, by the C of graph.h: block by block of rows, without Python between its nodes."""

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np

from ...tape import Tape
from .executor import Executor
from .graph import Graph

_CACHE = 2**19  # bytes of columns: a part of what a processor has beside itself
_LEAST, _MOST = 16, 512  # rows of a block
FEW = 200  # nodes: a smaller graph may well be a program of arrays


class GraphExecutor:
    """The functions of a tape, for any number of rows.

    Args:
        positions: where the parameters of the tape are among `parameters`.
        arguments: how many the function has.
    """

    def __init__(self, tape: Tape, dtype: Any, positions: np.ndarray, parameters: np.ndarray, arguments: int) -> None:
        self.graph, self.dtype = Graph(tape), np.dtype(dtype)
        self.positions = np.ascontiguousarray(positions, np.int64)
        self.parameters, self.rows = parameters, 1
        self.reads, self.is_exact = range(arguments), False

    def use(self, rows: int) -> "GraphExecutor":
        """The same, for so many rows."""
        self.rows = rows
        fitting = _CACHE // (8 * self.graph.columns)
        self.graph.use_block(1 if rows == 1 else max(_LEAST, min(_MOST, fitting // 8 * 8)))
        return self

    def exactly(self) -> "GraphExecutor":
        """The same, without the edges that are not there: where something may be infinite."""
        other = copy(self)
        other.is_exact = True
        return other

    @property
    def may_be_wrong(self) -> bool:
        """Whether it may make a gradient inf or nan by an edge that is not there."""
        return self.graph.chooses and not self.is_exact

    def run_forward(self, *inputs: np.ndarray) -> np.ndarray:
        """The outputs, (rows, outputs)."""
        return self._run(inputs)

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        if gradient.dtype == np.float64:
            return self._run(inputs, gradient)
        in_double = np.zeros(len(gradient))
        outputs = self._run(inputs, in_double)
        with np.errstate(all="ignore"):
            gradient += in_double
        return outputs

    def bound(self, outputs: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """See `executors.Executor`."""
        rows = self.rows

        def run() -> None:
            self.use(rows)
            outputs[...] = self._run(tuple(inputs)) if gradient is None else self.both(gradient, *inputs)

        return run

    def _run(self, inputs: tuple, gradient: np.ndarray | None = None) -> np.ndarray:
        outputs = np.empty((self.rows, len(self.graph.outputs)))
        arguments = [np.ascontiguousarray(array, np.float64) for array in inputs]
        parameters = np.asarray(self.parameters, np.float64)
        self.graph.run(arguments, parameters, self.positions, outputs, gradient, self.is_exact)
        if self.dtype == np.float64:
            return outputs
        with np.errstate(all="ignore"):  # what is too large for float32 becomes inf, silently
            return outputs.astype(self.dtype)

    @staticmethod
    def is_finite(numbers: np.ndarray) -> bool | None:
        """See `executors.Executor`."""
        return Executor.is_finite(numbers)

    @property
    def is_long(self) -> bool:
        """See `executors.Executor`."""
        return self.rows > 1

    @property
    def runs_as(self) -> str:
        """What `explain` tells of it."""
        return f"native: {self.graph.count:,} operations on numbers, one after the other, without arrays"

    def bytes(self) -> int:
        """The memory that it keeps."""
        return self.graph.bytes()


def is_irregular(tape: Tape) -> bool:
    """Whether it is large, and most of its nodes are computed as no others are: so there are no matrices in it."""
    if len(tape.operations) < FEW:
        return False
    graph = Graph(tape)
    return graph.in_c and 4 * graph.distinct > graph.count
