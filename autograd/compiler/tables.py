"""Pass 4: where do the operands of a class lie? The answer makes each class an array operation.

An affine table of positions is a view. The members of a contraction that combine every one of some left rows with
every one of some right rows are a matrix product; several such blocks of one shape are a batched one. What is left is
gathered first.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ..operations import OPERATIONS
from ..value import CONSTANT
from .classes import CONTRACT, SYMMETRIC, Classes, NodeClass
from .program import Array, Contract, Gather, Map, Operand, Program, Step, Sum, Take, View, contiguous
from .sums import SUM
from .trace import INPUT, PARAMETER

TAKE = OPERATIONS["take"]


def find_tables(classes: Classes, places: np.ndarray, size: int, input_sizes: Sequence[int]) -> Program:
    """The program that computes the outputs.

    Args:
        classes: the classes of nodes.
        places: where each parameter lies in the array of the parameters.
        size: of that array.
        input_sizes: how many numbers a row of each argument has.
    """
    return _Layout(classes, places, size, input_sizes).program()


class _Layout:
    def __init__(self, classes: Classes, places: np.ndarray, size: int, input_sizes: Sequence[int]) -> None:
        self.classes = classes
        self.places, self.input_sizes = places, input_sizes
        self.position = np.full(len(classes.class_of), -1, dtype=np.intp)  # of each node in the array of its class
        self.arrays: list[Array] = []  # of each class
        self.parameters = Array("p", size, False)
        self.inputs: dict[int, Array] = {}
        self.steps: list[Step] = []
        self.gathered: dict[tuple, View] = {}
        self.names = 0

    def program(self) -> Program:
        for c in self.classes.classes:
            if c.operation in (INPUT, PARAMETER, CONSTANT):
                self.arrays.append(self.leaf(c))
            else:
                array = self.new_array(len(c.nodes), c.by_row)
                self.arrays.append(array)
                if c.operation is CONTRACT:
                    self.contract(c, array)
                elif c.operation is TAKE:
                    self.take(c, array)
                else:
                    self.elementwise(c, array)
        tape = self.classes.tape
        outputs: list[tuple[Array, int] | float] = []
        for n in self.classes.outputs:
            array = self.arrays[self.classes.class_of[n]]
            where = int(self.position[n])
            outputs.append((array, where) if array.contents is None else float(array.contents[where]))
        return Program(
            self.inputs, self.parameters, tape.parameters, self.steps, outputs, tape.scalars,
            len(self.classes.classes),
        )  # fmt: skip

    def new_array(self, size: int, by_row: bool) -> Array:
        self.names += 1
        return Array(f"t{self.names}", size, by_row)

    def leaf(self, c: NodeClass) -> Array:
        payload = np.array(c.operands)
        if c.operation is PARAMETER:
            self.position[c.nodes] = self.places[payload[:, 0]]
            return self.parameters
        if c.operation is CONSTANT:
            self.position[c.nodes] = np.arange(len(c.nodes))
            numbers = np.array([self.classes.tape.constants[n] for n in payload[:, 0]])
            return Array("c", len(numbers), False, numbers)
        self.position[c.nodes] = payload[:, 1]
        argument = int(payload[0, 0])
        self.inputs[argument] = Array(f"x{argument}", self.input_sizes[argument], True)
        return self.inputs[argument]

    # ------------------------------------------------------------------------------------- element by element

    def elementwise(self, c: NodeClass, array: Array) -> None:
        """One operation of the rule book, or the sum of a few items, for all members at once."""
        tables = self.operand_tables(c)
        if len(c.nodes) > 1:
            order = _member_order(c, tables, self.arrays)
            tables = [table[order] for table in tables]
            nodes = np.array(c.nodes)[order]
        else:
            nodes = np.array(c.nodes)
        self.position[nodes] = np.arange(len(nodes))
        shape = _grid([table if table.ndim == 1 else table[:, 0] for table in tables])
        out = contiguous(array, 0, shape)
        operands = [
            self.operand(self.arrays[run.of], table.reshape(shape + table.shape[1:]))
            for run, table in zip(c.runs, tables, strict=True)
        ]
        scalars, scope = len(c.nodes), self.scope(c)
        if c.operation is SUM:
            items = [(run.sign, operand) for run, operand in zip(c.runs, operands, strict=True)]
            scalars *= len(items) - (len(items) > 1)
            self.steps.append(Sum(out=out, items=items, scalars=scalars, scope=scope))
        else:
            self.steps.append(Map(out=out, rule=c.operation, arguments=operands, scalars=scalars, scope=scope))

    def operand_tables(self, c: NodeClass) -> list[np.ndarray]:
        """For every run of operands the positions: (members,), or (members, count) in an operation on lists."""
        positions = self.position[np.array(c.operands)]
        tables, start = [], 0
        for run in c.runs:
            table = positions[:, start : start + run.count]
            start += run.count
            if run.count == 1:
                table = table[:, 0]
            elif c.operation in SYMMETRIC:
                table = np.sort(table, axis=1)
            tables.append(table)
        return tables

    def operand(self, array: Array, table: np.ndarray) -> Operand:
        """The numbers of an array that the table lists: a literal, a view, or a view of what is gathered first."""
        if array.contents is not None and table.min() == table.max():
            return float(array.contents[table.flat[0]])
        return self.view(array, table) or self.gather(array, table)

    def view(self, array: Array, table: np.ndarray) -> View | None:
        strides = _strides(table)
        return None if strides is None else View(array, int(table.flat[0]), table.shape, strides)

    def gather(self, array: Array, table: np.ndarray) -> View:
        key = (array, table.shape, table.tobytes())
        if key not in self.gathered:
            target = contiguous(self.new_array(table.size, array.by_row), 0, table.shape)
            self.steps.append(Gather(out=target, source=array, table=table))
            self.gathered[key] = target
        return self.gathered[key]

    def scope(self, c: NodeClass) -> str:
        """The module call, or calls, that made the class."""
        return _common_scope([self.classes.scopes[n] for n in (c.nodes[0], c.nodes[-1])])

    # ------------------------------------------------------------------------------------------- by its index

    def take(self, c: NodeClass, array: Array) -> None:
        positions = self.position[np.array(c.operands)]
        order = np.lexsort((positions[:, 1], positions[:, 0]))
        positions = positions[order]
        self.position[np.array(c.nodes)[order]] = np.arange(len(order))
        index = self.operand(self.arrays[c.runs[0].of], positions[:, 0])
        values, table = self.as_one_array(c, positions[:, 1:])
        out = contiguous(array, 0, (len(order),))
        if isinstance(index, float):  # it cannot be: a take of a constant is folded, or its index is a plain number
            raise AssertionError(index)
        self.steps.append(
            Take(out=out, index=index, values=values, table=table, scalars=len(order), scope=self.scope(c))
        )

    def as_one_array(self, c: NodeClass, table: np.ndarray) -> tuple[Array, np.ndarray]:
        """The values that a take chooses from, in one array; they are copied together where they lie in several."""
        if len(c.runs) == 2:
            return self.arrays[c.runs[1].of], table
        by_row = any(self.arrays[run.of].by_row for run in c.runs[1:])
        together = self.new_array(table.size, by_row)
        start = 0
        for run in c.runs[1:]:
            part = self.operand(self.arrays[run.of], table[:, start : start + run.count])
            out = View(together, start, (len(table), run.count), (table.shape[1], 1))
            self.steps.append(Sum(out=out, items=[(1, part)]))
            start += run.count
        return together, np.arange(table.size).reshape(table.shape)

    # --------------------------------------------------------------------------------------------- contractions

    def contract(self, c: NodeClass, array: Array) -> None:
        """Σ uᵢ·vᵢ or Σ uᵢ for all members: as few matrix products as there are shapes of blocks."""
        count = c.runs[0].count
        positions = self.position[np.array(c.operands)]
        nodes, scope = np.array(c.nodes), self.scope(c)
        left = self.arrays[c.runs[0].of]
        if len(c.runs) == 1:
            table = np.sort(positions, axis=1)
            order = np.lexsort(table.T[::-1])
            self.position[nodes[order]] = np.arange(len(nodes))
            view = self.operand_view(left, table[order])
            out = contiguous(array, 0, (len(nodes),))
            self.steps.append(
                Contract(out=out, left=view, right=None, axes=("mk", "", "m"), scalars=len(nodes) * (count - 1),
                         scope=scope)
            )  # fmt: skip
            return
        right = self.arrays[c.runs[1].of]
        start = 0
        for part in _parts(positions[:, :count], positions[:, count:]):
            n, r, k = part.left.shape
            columns = part.right.shape[1]
            rows_first = left.by_row == right.by_row
            members = part.members if rows_first else part.members.transpose(0, 2, 1)
            self.position[nodes[members.ravel()]] = np.arange(start, start + members.size)
            shape, out_axes = ((n, r, columns), "nrc") if rows_first else ((n, columns, r), "ncr")
            out = contiguous(array, start, shape)
            lefts, rights = self.operand_view(left, part.left), self.operand_view(right, part.right)
            step = Contract(
                out=out, left=lefts, right=rights, axes=("nrk", "nck", out_axes),
                scalars=members.size * (2 * k - 1), scope=scope,
            )  # fmt: skip
            self.steps.append(_without_ones(step))
            start += members.size

    def operand_view(self, array: Array, table: np.ndarray) -> View:
        """As `operand`, but constants as an array too."""
        return self.view(array, table) or self.gather(array, table)


class _Part(NamedTuple):
    """Blocks of one shape: members[n, r, c] combines left[n, r] with right[n, c]."""

    members: np.ndarray
    left: np.ndarray  # (blocks, rows, terms)
    right: np.ndarray  # (blocks, columns, terms)


def _parts(u: np.ndarray, v: np.ndarray) -> list[_Part]:
    """The members of a contraction, with terms u[m, k]·v[m, k], as blocks: all of some rows with all of some columns.

    The order of the terms in a member is free. Sorted by their right factors, the members that share those are found;
    where that finds no block, by their left factors.
    """
    best: list[_Part] = []
    for first, second in ((v, u), (u, v)):
        order = np.lexsort((second, first), axis=1) if u.shape[1] > 1 else np.zeros(u.shape, dtype=np.intp)
        parts = _blocks(np.take_along_axis(u, order, 1), np.take_along_axis(v, order, 1))
        if not best or _products(parts) < _products(best):
            best = parts
        if len(best) == 1 and best[0].members.shape[0] == 1:
            break
    return best


def _products(parts: list[_Part]) -> int:
    return sum(part.members.shape[0] for part in parts)


def _blocks(u: np.ndarray, v: np.ndarray) -> list[_Part]:
    left, left_rows = _distinct(u)
    right, right_rows = _distinct(v)
    member = {}
    partners: dict[int, list[int]] = defaultdict(list)  # of each left row: the right rows that it is combined with
    twice = []
    for m, (r, c) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if (r, c) in member:
            twice.append(m)
        else:
            member[r, c] = m
            partners[r].append(c)
    blocks: dict[tuple[int, ...], list[int]] = defaultdict(list)  # right rows → left rows with just these
    for r, columns in partners.items():
        blocks[tuple(sorted(columns))].append(r)
    shapes: dict[tuple[int, int], list[tuple[list[int], tuple[int, ...]]]] = defaultdict(list)
    for columns, rows in blocks.items():
        shapes[len(rows), len(columns)].append((sorted(rows), columns))
    parts = []
    for found in shapes.values():
        found.sort(key=lambda block: (block[0][0], block[1][0]))
        members = np.array([[[member[r, c] for c in columns] for r in rows] for rows, columns in found])
        parts.append(
            _Part(
                members,
                left_rows[np.array([rows for rows, _ in found])],
                right_rows[np.array([columns for _, columns in found])],
            )
        )
    for m in twice:  # members that are equal but for the order of their terms
        parts.append(_Part(np.array([[[m]]]), u[m][None, None], v[m][None, None]))
    return parts


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of each row among the distinct ones, and these, in lexicographic order."""
    first: dict[bytes, int] = {}
    kind = [first.setdefault(row.tobytes(), len(first)) for row in rows]
    places = np.zeros(len(first), dtype=np.intp)
    places[kind[::-1]] = np.arange(len(rows))[::-1]  # where each kind stands first
    distinct = rows[places]
    order = np.lexsort(distinct.T[::-1])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[kind], distinct[order]


def _without_ones(step: Contract) -> Contract:
    """The same step without axes of length 1, but for the terms."""
    lengths = step.sizes(1)
    drop = {letter for letter in "nrc" if lengths[letter] == 1}

    def squeeze(view: View, axes: str) -> View:
        keep = [i for i, letter in enumerate(axes) if letter not in drop]
        return view._replace(shape=tuple(view.shape[i] for i in keep), strides=tuple(view.strides[i] for i in keep))

    assert step.right is not None
    left, right, out = (
        squeeze(view, axes) for view, axes in zip((step.left, step.right, step.out), step.axes, strict=True)
    )
    axes = tuple("".join(letter for letter in each if letter not in drop) for each in step.axes)
    return replace(step, out=out, left=left, right=right, axes=axes)  # type: ignore[arg-type]


def _member_order(c: NodeClass, tables: Sequence[np.ndarray], arrays: list[Array]) -> np.ndarray:
    """The order of the members in which most operands lie in order: by the most varied operand first."""
    keys = [table if table.ndim == 1 else table[:, 0] for table in tables]
    variety = [(arrays[run.of].by_row, len(np.unique(key))) for run, key in zip(c.runs, keys, strict=True)]
    by_variety = sorted(range(len(keys)), key=lambda i: variety[i], reverse=True)
    return np.lexsort([keys[i] for i in reversed(by_variety)])


def _grid(tables: Sequence[np.ndarray]) -> tuple[int, ...]:
    """The axes into which the members must be split so that as many tables as possible are affine along each."""
    size = len(tables[0])
    if size == 1:
        return ()
    inner = {1, size}  # lengths of the blocks that the axes are made of
    for table in tables:
        inner |= _block_lengths(table)
    lengths = [1]
    for length in sorted(inner):
        if length % lengths[-1] == 0 and size % length == 0 and length > lengths[-1]:
            lengths.append(length)
    return tuple(b // a for a, b in pairwise(lengths))[::-1]


def _block_lengths(table: np.ndarray) -> set[int]:
    """How long the blocks are that repeat along a table: {3} for 0 1 2 10 11 12; nothing where it has no order."""
    lengths: set[int] = set()
    block = 1
    while len(table) > 1:
        step = table[1] - table[0]
        breaks = np.flatnonzero(np.diff(table) != step)
        length = int(breaks[0]) + 1 if len(breaks) else len(table)
        if len(table) % length:
            return set()
        blocks = table.reshape(-1, length)
        if (blocks != blocks[:, :1] + step * np.arange(length)).any():
            return set()
        block *= length
        lengths.add(block)
        table = blocks[:, 0]
    return lengths


def _strides(table: np.ndarray) -> tuple[int, ...] | None:
    """The steps of an affine table along its axes; None where it is not affine."""
    offset = table.flat[0]
    strides = []
    expected = np.full(table.shape, offset)
    for axis, length in enumerate(table.shape):
        stride = int(table[(0,) * axis + (1,) + (0,) * (table.ndim - axis - 1)] - offset) if length > 1 else 0
        strides.append(stride)
        if stride:
            expected += (stride * np.arange(length)).reshape((-1,) + (1,) * (table.ndim - axis - 1))
    return tuple(strides) if np.array_equal(table, expected) else None


def _common_scope(scopes: Sequence[tuple | None]) -> str:
    """The names of the module calls around all of these nodes, outermost first, without the trace itself."""
    paths = []
    for innermost in scopes:
        path, scope = [], innermost
        while scope is not None:
            path.append(str(scope[1]))
            scope = scope[0]
        paths.append(path[::-1][1:])
    shared = []
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return " / ".join(shared)
