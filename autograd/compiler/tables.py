"""Pass 4: where do the operands of a class lie? The answer makes each class an array operation.

An affine table of positions is a view. The members of a contraction that combine every one of some left rows with
every one of some right rows are a matrix product; several such blocks of one shape are a batched one. What is left is
gathered first.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ..operations import CONSTANT
from .affine import affine_strides, common_grid
from .blocks import Part, find_blocks
from .classes import CONTRACT, OF_LISTS, SYMMETRIC, TAKE, Classes, NodeClass
from .program import AXES, Array, Contract, Gather, Map, Operand, Program, Step, Sum, Take, View, contiguous
from .sums import SUM
from .tape import INPUT, PARAMETER

_MOST_RUNS = 3  # of an operation on a list whose elements lie in several arrays, before they are copied together


def find_tables(classes: Classes, places: np.ndarray | None, size: int, input_sizes: Sequence[int]) -> Program:
    """The program that computes the outputs.

    Args:
        classes: the classes of nodes.
        places: where each parameter of the tape lies in the array of the parameters; None to let them lie in the order
            of their use, so that the weights of a layer are one matrix. `Program.places` tells.
        size: of the array of the parameters; that of the tape's where places is None.
        input_sizes: how many numbers a row of each argument has.
    """
    return Layout(classes, places, size, input_sizes).program()


class Layout:
    """Gives every node a place: `arrays` holds that of each class, `position` says where in it each node lies."""

    def __init__(self, classes: Classes, places: np.ndarray | None, size: int, input_sizes: Sequence[int]) -> None:
        self.classes = classes
        self.places, self.input_sizes = places, input_sizes
        self.position = np.full(len(classes.class_of), -1, dtype=np.intp)  # of each node in the array of its class
        self.arrays: list[Array] = []  # of each class
        self.parameters = Array("p", size, False)
        self.placed = 0  # parameters, where we choose their places
        self.inputs: dict[int, Array] = {}
        self.steps: list[Step] = []
        self.gathered: dict[tuple, View] = {}
        self.names = 0

    def program(self) -> Program:
        for c in self.classes.classes:
            if c.operation in (INPUT, PARAMETER, CONSTANT):
                self.arrays.append(self.leaf(c))
            else:
                self.arrays.append(self.new_array(len(c.nodes), c.by_row))
                if c.operation is CONTRACT:
                    self.contract(c)
                elif c.operation is TAKE:
                    self.take(c)
                else:
                    self.elementwise(c)
        tape = self.classes.tape
        self.place(self.classes.outputs)
        outputs: list[tuple[Array, int] | float] = []
        for n in self.classes.outputs:
            array = self.arrays[self.classes.class_of[n]]
            where = int(self.position[n])
            outputs.append((array, where) if array.contents is None else float(array.contents[where]))
        places = np.full(len(tape.parameters), -1)
        for c in self.classes.classes:
            if c.operation is PARAMETER:
                places[[operands[0] for operands in c.operands]] = self.position[c.nodes]
        if self.places is None:
            self.parameters.size = self.placed
        return Program(
            self.inputs, self.parameters, places, self.steps, outputs, tape.scalars, len(self.classes.classes)
        )

    def new_array(self, size: int, by_row: bool) -> Array:
        self.names += 1
        return Array(f"t{self.names}", size, by_row)

    def leaf(self, c: NodeClass) -> Array:
        payload = np.array(c.operands)
        if c.operation is PARAMETER:
            if self.places is not None:
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

    def place(self, nodes: Sequence[int] | np.ndarray) -> None:
        """Give parameters that have no place yet the next ones, in this order."""
        if self.places is None:
            new = np.asarray(nodes)
            new = new[self.position[new] < 0]
            _, first = np.unique(new, return_index=True)  # each once
            self.position[new[np.sort(first)]] = np.arange(self.placed, self.placed + len(first))
            self.placed += len(first)

    def scope(self, c: NodeClass) -> str:
        """The module call, or calls, that made the class."""
        return _common_scope([self.classes.scopes[n] for n in (c.nodes[0], c.nodes[-1])])

    # ------------------------------------------------------------------------------------- element by element

    def elementwise(self, c: NodeClass) -> None:
        """One operation of the rule book, or the sum of a few items, for all members at once."""
        start = 0
        for members in _of_equal_counts(c):
            nodes, operands = np.array(c.nodes)[members], np.array([c.operands[m] for m in members])
            if self.places is None:
                self.place_operands(operands)
            tables = self.run_tables(c, operands, c.counts[members[0]] if c.counts else ())
            if len(nodes) > 1:
                order = _member_order(c, tables, self.arrays)
                tables = [table[order] for table in tables]
                nodes = nodes[order]
            self.position[nodes] = np.arange(start, start + len(nodes))
            arrays = [self.arrays[run.of] for run in c.runs]
            if c.operation in OF_LISTS and len(c.runs) > _MOST_RUNS:
                lists = [table.reshape(len(nodes), -1) for table in tables]
                array, table = self.together(arrays, lists)
                arrays, tables = [array], [table]
            self.elementwise_part(c, start, arrays, tables)
            start += len(nodes)

    def elementwise_part(self, c: NodeClass, start: int, arrays: list[Array], tables: list[np.ndarray]) -> None:
        shape = common_grid([table if table.ndim == 1 else table[:, 0] for table in tables])
        out = contiguous(self.arrays[-1], start, shape)
        operands = [
            self.operand(array, table.reshape(shape + table.shape[1:]), family=table.ndim > 1)
            for array, table in zip(arrays, tables, strict=True)
        ]
        scalars, scope = len(tables[0]), self.scope(c)
        if c.operation is SUM:
            items = [(run.sign, operand) for run, operand in zip(c.runs, operands, strict=True)]
            scalars *= len(items) - (len(items) > 1)
            self.steps.append(Sum(out=out, items=items, scalars=scalars, scope=scope))
        else:
            self.steps.append(Map(out=out, rule=c.operation, arguments=operands, scalars=scalars, scope=scope))

    def place_operands(self, operands: np.ndarray) -> None:
        """Place parameters in the order of what they are combined with."""
        positions = self.position[operands]
        known = [column for column in positions.T if (column >= 0).all()]
        order = np.argsort(known[0], kind="stable") if known else np.arange(len(operands))
        self.place(operands[order][positions[order] < 0])

    def run_tables(self, c: NodeClass, operands: np.ndarray, counts: Sequence[int]) -> list[np.ndarray]:
        """For every run of operands the positions: (members,), or (members, count) where it is a list."""
        positions = self.position[operands]
        tables, start = [], 0
        for run, count in zip(c.runs, counts or [1] * len(c.runs), strict=True):
            table = positions[:, start : start + count]
            start += count
            if not run.many or count == 1:
                table = table[:, 0]
            elif c.operation in SYMMETRIC:
                table = np.sort(table, axis=1)
            tables.append(table)
        return tables

    def operand(self, array: Array, table: np.ndarray, family: bool = False) -> Operand:
        """The numbers of an array that the table lists: a literal, a view, or a view of what is gathered first.

        A family is a view also where its numbers are equal: a literal would not tell how many they are.
        """
        if array.contents is not None and not family and table.min() == table.max():
            return float(array.contents[table.flat[0]])
        return self.view(array, table)

    def view(self, array: Array, table: np.ndarray) -> View:
        """A view of the numbers of an array that the table lists, or of a copy of them."""
        strides = affine_strides(table)
        if strides is not None:
            return View(array, int(table.flat[0]), table.shape, strides)
        key = (array, table.shape, table.tobytes())
        if key not in self.gathered:
            target = contiguous(self.new_array(table.size, array.by_row), 0, table.shape)
            self.steps.append(Gather(out=target, source=array, table=table))
            self.gathered[key] = target
        return self.gathered[key]

    # ------------------------------------------------------------------------------------------- by its index

    def take(self, c: NodeClass) -> None:
        start = 0
        for members in _of_equal_counts(c):
            operands = np.array([c.operands[m] for m in members])
            self.place(operands.T.ravel())  # choice after choice: an embedding's row is one vector
            positions = self.position[operands]
            order = np.lexsort((positions[:, 1], positions[:, 0]))
            positions = positions[order]
            self.position[np.array(c.nodes)[members][order]] = np.arange(start, start + len(order))
            index = self.view(self.arrays[c.runs[0].of], positions[:, 0])
            ends = np.cumsum(c.counts[members[0]])[:-1]  # the first run is the index
            lists = np.split(positions, ends, axis=1)[1:]
            values, table = self.together([self.arrays[run.of] for run in c.runs[1:]], lists)
            out = contiguous(self.arrays[-1], start, (len(order),))
            self.steps.append(
                Take(out=out, index=index, values=values, table=table, scalars=len(order), scope=self.scope(c))
            )
            start += len(order)

    def together(self, arrays: list[Array], tables: Sequence[np.ndarray]) -> tuple[Array, np.ndarray]:
        """Lists that go on from array to array, in one: what they hold is copied together, unless it is already."""
        if len(arrays) == 1:
            return arrays[0], tables[0]
        count = sum(table.shape[1] for table in tables)
        target = self.new_array(len(tables[0]) * count, any(array.by_row for array in arrays))
        start = 0
        for array, table in zip(arrays, tables, strict=True):
            out = View(target, start, table.shape, (count, 1))
            self.steps.append(Sum(out=out, items=[(1, self.operand(array, table))]))
            start += table.shape[1]
        return target, np.arange(target.size).reshape(-1, count)

    # --------------------------------------------------------------------------------------------- contractions

    def contract(self, c: NodeClass) -> None:
        """Σ uᵢ·vᵢ or Σ uᵢ for all members: as few matrix products as there are shapes of blocks."""
        start = 0
        for members in _of_equal_counts(c):
            nodes, operands = np.array(c.nodes)[members], np.array([c.operands[m] for m in members])
            count = c.counts[members[0]][0]
            if len(c.runs) == 1:
                self.place(operands.ravel())
                self.total(c, nodes, self.position[operands], start)
                start += len(nodes)
                continue
            if self.places is None:
                order = np.argsort(self.position[operands[:, count:]], axis=1, kind="stable")
                self.place(np.take_along_axis(operands[:, :count], order, axis=1).T.ravel())  # (inputs, outputs)
                self.place(operands[:, count:].ravel())
            positions = self.position[operands]
            for part in find_blocks(positions[:, :count], positions[:, count:]):
                self.product(c, nodes, part, start)
                start += part.members.size

    def total(self, c: NodeClass, nodes: np.ndarray, positions: np.ndarray, start: int) -> None:
        """Σ uᵢ of each member."""
        table = np.sort(positions, axis=1)
        order = np.lexsort(table.T[::-1])
        self.position[nodes[order]] = np.arange(start, start + len(nodes))
        shape = common_grid([table[order, 0]])
        view = self.view(self.arrays[c.runs[0].of], table[order].reshape(*shape, -1))
        axes = AXES[: len(shape)]
        self.steps.append(
            Contract(out=contiguous(self.arrays[-1], start, shape), left=view, right=None, axes=(axes + "k", "", axes),
                     scalars=len(nodes) * (table.shape[1] - 1), scope=self.scope(c))
        )  # fmt: skip

    def product(self, c: NodeClass, nodes: np.ndarray, part: Part, start: int) -> None:
        """Σ uᵢ·vᵢ of the members of some blocks."""
        left, right = self.arrays[c.runs[0].of], self.arrays[c.runs[1].of]
        rows_first = left.by_row == right.by_row
        letters = "nrc" if rows_first else "ncr"
        members = part.members if rows_first else part.members.transpose(0, 2, 1)
        self.position[nodes[members.ravel()]] = np.arange(start, start + members.size)
        lengths = dict(zip("nrck", (*part.members.shape, part.left.shape[2]), strict=True))

        def axes(letters: str) -> str:
            return "".join(letter for letter in letters if letter == "k" or lengths[letter] > 1)

        def shape(letters: str) -> list[int]:
            return [lengths[letter] for letter in axes(letters)]

        self.steps.append(
            Contract(
                out=contiguous(self.arrays[-1], start, tuple(shape(letters))),
                left=self.view(left, part.left.reshape(shape("nrk"))),
                right=self.view(right, part.right.reshape(shape("nck"))),
                axes=(axes("nrk"), axes("nck"), axes(letters)),
                scalars=members.size * (2 * lengths["k"] - 1),
                scope=self.scope(c),
            )
        )


def _of_equal_counts(c: NodeClass) -> list[list[int]]:
    """The members of a class in groups whose lists of operands have the same length, shortest first."""
    if not c.counts:
        return [list(range(len(c.nodes)))]
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for m, counts in enumerate(c.counts):
        groups[counts].append(m)
    return [groups[counts] for counts in sorted(groups)]


def _member_order(c: NodeClass, tables: Sequence[np.ndarray], arrays: list[Array]) -> np.ndarray:
    """The order of the members in which most operands lie in order: by the most varied operand first."""
    keys = [table if table.ndim == 1 else table[:, 0] for table in tables]
    variety = [(arrays[run.of].by_row, len(np.unique(key))) for run, key in zip(c.runs, keys, strict=True)]
    by_variety = sorted(range(len(keys)), key=lambda i: variety[i], reverse=True)
    return np.lexsort([keys[i] for i in reversed(by_variety)])


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
