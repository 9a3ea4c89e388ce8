"""Runs a graph of scalars as it is, by the C of graph.h: block by block of rows, without Python between its nodes."""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

import numpy as np

from ....operations import ADD, MUL, SUB
from ...loops import Loop
from ...tape import Tape
from .. import OnArrays
from .executor import Executor
from .graph import Graph, Run, distinct_nodes

_CACHE = 2**23  # bytes of columns: a part of the last cache, from which nodes in their order come in time
_LEAST, _MOST = 64, 256  # rows of a block: each node costs some time, however few they are
_LARGEST = 2**27  # bytes of columns, from which on there are fewer rows
_LONG = 100_000  # numbers that take a while
FEW, SMALL = 40, 200  # nodes: with fewer, a program of arrays shows more; and a graph that may be one formula
_ALIKE = 15  # nodes, on the average
_OF_A_MATRIX = 3  # products of a sum, at least
_SMALL_MATRICES = 64  # nodes: numbers are as fast as they are
_OF_A_FORMULA = 3  # operands of a node, at most: those of a list are what matrices are made of


class GraphExecutor(OnArrays):
    """The functions of a tape, for any number of rows.

    Args:
        positions: where the parameters of the tape are among `parameters`.
        arguments: how many the function has.
    """

    any_shape = False

    def __init__(self, tape: Tape, dtype: Any, positions: np.ndarray, parameters: np.ndarray, arguments: int) -> None:
        self.graph, self.dtype = Graph(tape), np.dtype(dtype)
        if self.graph.loops:
            self.graph.most = rows_of_loops(8 * (self.graph.columns + self.graph.partials))
        else:
            self.graph.most = rows_of_block(8 * self.graph.columns)
        self.positions = np.ascontiguousarray(positions, np.int64)
        self.parameters, self.rows = parameters, 1
        self.reads, self.is_exact = range(arguments), False

    def use(self, rows: int) -> "GraphExecutor":
        """The same, in the same memory, for so many rows."""
        other = copy(self)
        other.rows = rows
        return other

    def exactly(self) -> "GraphExecutor":
        """The same, without the edges that are not there: where something may be infinite."""
        other = copy(self)
        other.is_exact = True
        return other

    @property
    def may_be_wrong(self) -> bool:
        """Whether it may make a gradient inf or nan by an edge that is not there."""
        return self.graph.chooses and not self.is_exact

    def bound(self, results: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """See `executors.Executor`."""
        run = Run(self.graph, inputs, self.parameters, self.positions, results, gradient)
        return partial(run, True) if self.is_exact else run

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]  # the rows are those of each copy
        """Of the results."""
        return self.rows, len(self.graph.outputs)

    @staticmethod
    def is_finite(numbers: np.ndarray) -> bool | None:
        """See `executors.Executor`."""
        return Executor.is_finite(numbers)

    @property
    def is_long(self) -> bool:
        """See `executors.Executor`."""
        return self.rows * self.graph.columns > _LONG

    @property
    def runs_as(self) -> str:
        """What `explain` tells of it."""
        return f"native: {self.graph.count:,} operations on numbers, one after the other, without arrays"

    def bytes(self) -> int:
        """The memory that it keeps."""
        return self.graph.bytes()


def rows_of_block(size: int) -> int:
    """How many rows are run at once, for so many bytes a row: a whole number of lanes."""
    least = max(8, min(_LEAST, _LARGEST // size))
    return max(least, min(_MOST, _CACHE // size)) // 8 * 8


def rows_of_loops(size: int) -> int:
    """The same where there are loops.

    They go over all that their turns have left behind twice, and what flows back is half as much again: so all of it is
    to be in the cache, and few rows are better than many. Where eight are more than `Graph.most_bytes`, rows go one by
    one, in each thread. There are no checkpoints, by which a loop would keep some of its turns and compute the others
    anew: a turn of one row leaves a few numbers behind, and the nodes that Python had made of it before, when it was
    traced, took twenty times as much. So who could trace it has room for a row, though it be more than that.
    """
    return max(8, min(_MOST, _CACHE // (size + size // 2))) // 8 * 8


def may_have_turns(tape: Tape) -> bool:
    """Whether it is worth looking for loops that run node after node: not where nearly all nodes are computed as others
    are, as those of large matrices.
    """
    count, distinct = distinct_nodes(tape)
    return _ALIKE * distinct > count


def pays_in_turns(tape: Tape, loops: list[Loop]) -> bool:
    """Whether a tape with these loops is run better node after node than by arrays.

    It is where most of it is in loops, and few nodes of a turn belong to products of matrices: other arrays are short.
    """
    if 2 * sum(loop.stop - loop.start for loop in loops) <= len(tape):
        return False
    for loop in loops:
        of_matrices = nodes_of_matrices(tape, loop.start, loop.start + loop.period)
        if of_matrices > _SMALL_MATRICES and 3 * of_matrices > loop.period:
            return False
    return True


def nodes_of_matrices(tape: Tape, first: int, last: int) -> int:
    """How many nodes between two belong to sums of several products, of which matrices are made."""
    products: dict[int, int] = {}  # in each product and each sum, until another sum has it
    found = 0
    for n in range(first, last):
        if tape.operation(n) is MUL:
            products[n] = 1
        elif tape.operation(n) in (ADD, SUB):
            parts = [products.pop(m, 0) for m in tape.operands(n)]
            products[n] = sum(parts)
            if products[n] >= _OF_A_MATRIX:
                found += 2 * (products[n] - sum(part for part in parts if part >= _OF_A_MATRIX))
    return found


def is_irregular(tape: Tape) -> bool:
    """Whether most of its nodes are computed as no others are, so that there are no matrices in it.

    A large graph is, where one of four nodes is so; a small one, where it is two of four, and none is of a list.
    """
    nodes, operands = len(tape), np.diff(tape.begin.array())
    if nodes < FEW or (nodes < SMALL and operands.max() > _OF_A_FORMULA):
        return False
    count, distinct = distinct_nodes(tape)
    return (4 if nodes >= SMALL else 2) * distinct > count
