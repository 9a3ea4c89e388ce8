"""Pass 5: where do the operands of a class lie? The answer makes each class an array operation.

An affine table of positions is a view. The members of a contraction that combine every one of some left rows with
every one of some right rows are a matrix product; several such blocks of one shape are a batched one. What is left is
gathered first.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from ..operations import FINISHED
from .affine import affine_strides, common_grid, grid_of, parts_of_views
from .blocks import Part, find_blocks
from .classes import CONTRACT, OF_LISTS, SYMMETRIC, TAKES, Classes, NodeClass
from .kinds import AXES, Assemble, Constants, Contract, Gather, Kind, Map, Sum, Take
from .place import Locations, Placement
from .program import Program, Space
from .tape import LEAVES, PARAMETER, SUM
from .views import Operand, View, contiguous

_MOST_RUNS = 3  # of an operation on a list whose elements lie in several arrays, before they are copied together


def find_tables(
    classes: Classes, places: np.ndarray | None, size: int, input_sizes: Sequence[int] | Mapping[int, int]
) -> tuple[Program, Locations]:
    """The program that computes the outputs, and where each node of the classes lies.

    Args:
        classes: the classes of nodes.
        places: where each parameter of the tape lies in the array of the parameters; where that is -1, or for all of
            them None, they lie after those that have a place in the order of their use, so that the weights of a layer
            are one matrix. `Program.places` tells.
        size: of the array of the parameters; that of the tape's where places is None.
        input_sizes: how many numbers a row of each argument has, without ONCE where it is no row.
    """
    layout = _Layout(classes, places, size, input_sizes)
    program = layout.program()
    return program, Locations(program, classes.class_of, layout.value_of, layout.position)


class _Layout(Placement):
    """Gives every node a place while the steps are entered that compute the classes."""

    def __init__(
        self, classes: Classes, places: np.ndarray | None, size: int, input_sizes: Sequence[int] | Mapping[int, int]
    ) -> None:
        super().__init__(classes, places, size, input_sizes)
        self.parts: list[View] = []  # the values that make up the class that is laid out
        self.gathered: dict[tuple, View] = {}
        self.computed = 0  # values

    def program(self) -> Program:
        program, classes = self.result, self.classes.classes
        leaves = self.leaves()
        for c in classes:
            if c.operation in LEAVES:
                self.value_of.append(next(leaves))
            else:
                self.parts = []
                _LAY_OUT.get(c.operation, _Layout.elementwise)(self, c)
                self.value_of.append(self.assembled(len(c.nodes), c.by_row))
        self.place(self.classes.outputs)
        for n in self.classes.outputs:
            value, where = self.value_of[self.classes.class_of[n]], int(self.position[n])
            kind = program.kind(value)
            program.outputs.append(float(kind.numbers[where]) if isinstance(kind, Constants) else (value, where))
        program.places = np.full(len(self.classes.tape.parameters), -1)
        for c in classes:
            if c.operation is PARAMETER:
                program.places[c.operand_table()[:, 0]] = self.position[c.node_array()]
        program.scalars, program.classes = self.classes.tape.scalars, len(classes)
        return program

    def define(self, kind: Kind, operands: Sequence[Operand], shape: Sequence[int], by_row: bool, **what: Any) -> View:
        """A value that a step computes."""
        self.computed += 1
        return self.result.add(kind, operands, tuple(shape), Space(by_row), serial=self.computed, **what)

    def assembled(self, size: int, by_row: bool) -> int:
        """The value of a class of which several steps have computed parts, one after the other."""
        if len(self.parts) == 1:
            return self.parts[0].value
        starts = np.cumsum([0, *[prod(part.shape) for part in self.parts]]).tolist()
        places = [contiguous(0, start, part.shape).place for start, part in zip(starts, self.parts, strict=False)]
        kind = Assemble(tuple(places), (1,) * len(places))
        return self.define(kind, self.parts, (size,), by_row).value

    def scope(self, c: NodeClass) -> str:
        """The module call, or calls, that made the class."""
        return _common_scope([self.classes.scope_of(n) for n in (c.nodes[0], c.nodes[-1])])

    # ------------------------------------------------------------------------------------- element by element

    def elementwise(self, c: NodeClass) -> None:
        """One operation of the rule book, or the sum of a few items, for all members at once."""
        start = 0
        for counts, nodes, operands in c.of_equal_counts():
            if self.chooses:
                self.place_operands(operands)
            tables = self.run_tables(c, operands, counts)
            order = self.member_order(c, tables) if len(nodes) > 1 else np.zeros(1, np.intp)
            tables = [table[order] for table in tables]
            self.position[nodes[order]] = np.arange(start, start + len(nodes))
            values = [self.value_of[run.of] for run in c.runs]
            if c.operation in OF_LISTS and len(c.runs) > _MOST_RUNS:
                lists = [table.reshape(len(nodes), -1) for table in tables]
                value, table = self.together(values, lists)
                values, tables = [value], [table]
            kinds = map(self.result.kind, values)
            begins = [[at for at, *_ in kind.places] if isinstance(kind, Assemble) else [] for kind in kinds]
            for part in parts_of_views(tables, begins):
                self.elementwise_part(c, values, [table[part] for table in tables])
            start += len(nodes)

    def elementwise_part(self, c: NodeClass, values: Sequence[int], tables: Sequence[np.ndarray]) -> None:
        shape = grid_of(tables)
        operands = [
            self.operand(value, table.reshape(shape + table.shape[1:]), family=table.ndim > 1)
            for value, table in zip(values, tables, strict=True)
        ]
        kind: Kind = Map(c.operation)
        scalars = len(tables[0])
        if c.operation is SUM:
            kind = Sum(tuple([run.sign for run in c.runs]))
            scalars *= len(operands) - (len(operands) > 1)
        self.parts.append(self.define(kind, operands, shape, c.by_row, scalars=scalars, scope=self.scope(c)))

    def place_operands(self, operands: np.ndarray) -> None:
        """Place parameters in the order of what they are combined with."""
        positions = self.position[operands]
        if (positions >= 0).all():
            return
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

    def member_order(self, c: NodeClass, tables: Sequence[np.ndarray]) -> np.ndarray:
        """The order of the members in which most operands lie in order: by the most varied operand first."""
        keys = [table if table.ndim == 1 else table[:, 0] for table in tables]
        by_row = [self.classes.classes[run.of].by_row for run in c.runs]
        variety = [(of_row, len(np.unique(key))) for of_row, key in zip(by_row, keys, strict=True)]
        by_variety = sorted(range(len(keys)), key=lambda i: variety[i], reverse=True)
        return np.lexsort([keys[i] for i in reversed(by_variety)])

    def operand(self, value: int, table: np.ndarray, family: bool = False) -> Operand:
        """The numbers of a value that the table lists: a literal, a view, or a view of what is gathered first.

        A family is a view also where its numbers are equal: a literal would not tell how many they are.
        """
        kind = self.result.kind(value)
        if isinstance(kind, Constants) and not family and table.min() == table.max():
            return float(kind.numbers[table.flat[0]])
        return self.view(value, table)

    def view(self, value: int, table: np.ndarray) -> View:
        """A view of the numbers of a value that the table lists, or of a copy of them."""
        strides = affine_strides(table)
        if strides is not None:
            return View(value, int(table.flat[0]), table.shape, strides)
        key = (value, table.shape, table.tobytes())
        if key not in self.gathered:
            source, space = self.result.whole(value), self.result.space[value]
            self.gathered[key] = self.define(Gather(table), [source], table.shape, bool(space))
        return self.gathered[key]

    # ------------------------------------------------------------------------------------------- by its index

    def take(self, c: NodeClass) -> None:
        start = 0
        for counts, nodes, operands in c.of_equal_counts():
            self.place(operands.T.ravel())  # choice after choice: an embedding's row is one vector
            positions = self.position[operands]
            order = np.lexsort((positions[:, 1], positions[:, 0]))
            positions = positions[order]
            self.position[nodes[order]] = np.arange(start, start + len(order))
            index = self.view(self.value_of[c.runs[0].of], positions[:, 0])
            ends = np.cumsum(counts)[:-1]  # the first run is the index
            lists = np.split(positions, ends, axis=1)[1:]
            value, table = self.together([self.value_of[run.of] for run in c.runs[1:]], lists)
            what = {"scalars": len(order), "scope": self.scope(c)}
            kind, values = Take(table, c.operation is FINISHED), self.result.whole(value)
            self.parts.append(self.define(kind, [index, values], (len(order),), c.by_row, **what))
            start += len(order)

    def together(self, values: Sequence[int], tables: Sequence[np.ndarray]) -> tuple[int, np.ndarray]:
        """Lists that go on from value to value, in one: what they hold is copied together, unless it is already."""
        if len(values) == 1:
            return values[0], tables[0]
        count, size = sum(table.shape[1] for table in tables), len(tables[0])
        items, places, start = [], [], 0
        for value, table in zip(values, tables, strict=True):
            items.append(self.operand(value, table))
            places.append((start, table.shape, (count, 1)))
            start += table.shape[1]
        kind = Assemble(tuple(places), (1,) * len(places))
        by_row = any(self.result.space[value] for value in values)
        target = self.define(kind, items, (size * count,), by_row)
        return target.value, np.arange(size * count).reshape(-1, count)

    # --------------------------------------------------------------------------------------------- contractions

    def contract(self, c: NodeClass) -> None:
        """Σ uᵢ·vᵢ or Σ uᵢ for all members: as few matrix products as there are shapes of blocks."""
        start = 0
        for counts, nodes, operands in c.of_equal_counts():
            count = counts[0]
            if len(c.runs) == 1:
                self.place(operands.ravel())
                self.total(c, nodes, self.position[operands], start)
                start += len(nodes)
                continue
            if self.chooses:
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
        view = self.view(self.value_of[c.runs[0].of], table[order].reshape(*shape, -1))
        axes = "b" * c.by_row + AXES[: len(shape)]
        what = {"scalars": len(nodes) * (table.shape[1] - 1), "scope": self.scope(c)}
        self.parts.append(self.define(Contract((axes + "k", axes)), [view], shape, c.by_row, **what))

    def product(self, c: NodeClass, nodes: np.ndarray, part: Part, start: int) -> None:
        """Σ uᵢ·vᵢ of the members of some blocks."""
        left, right = (self.value_of[run.of] for run in c.runs)
        left_by_row, right_by_row = (self.classes.classes[run.of].by_row for run in c.runs)
        rows_first = left_by_row == right_by_row
        letters = "nrc" if rows_first else "ncr"
        members = part.members if rows_first else part.members.transpose(0, 2, 1)
        self.position[nodes[members.ravel()]] = np.arange(start, start + members.size)
        lengths = dict(zip("nrck", (*part.members.shape, part.left.shape[2]), strict=True))

        def axes(letters: str) -> str:
            return "".join(letter for letter in letters if letter == "k" or lengths[letter] > 1)

        def shape(letters: str) -> list[int]:
            return [lengths[letter] for letter in axes(letters)]

        kind = Contract(
            ("b" * left_by_row + axes("nrk"), "b" * right_by_row + axes("nck"), "b" * c.by_row + axes(letters))
        )
        factors = [
            self.view(left, part.left.reshape(shape("nrk"))),
            self.view(right, part.right.reshape(shape("nck"))),
        ]
        what = {"scalars": members.size * (2 * lengths["k"] - 1), "scope": self.scope(c)}
        self.parts.append(self.define(kind, factors, shape(letters), c.by_row, **what))


_LAY_OUT = {CONTRACT: _Layout.contract, **dict.fromkeys(TAKES, _Layout.take)}


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
