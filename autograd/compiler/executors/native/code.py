"""The instructions of a program while they are written: where numbers lie, and the words of each instruction.

Nothing here knows how many rows there are. A length of -n stands for n numbers of each row; an address is a number of
bytes in some memory, which `executor` allocates when it knows the rows.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ....symbolic import COMPARISONS
from ...buffers import Buffers
from ...views import View
from . import machine
from .loops import Loop, loop
from .memories import BYTES, GRADIENT, Memories, Memory, Ref

ROWS = "b"  # the letter of the axis of the rows, in contractions
PARTS = ("once", "once backward", "forward", "results", "backward", "last", "end")  # in their order
_ARITHMETIC = {  # what our loops are called
    "+": "add", "-": "subtract", "*": "multiply", "div": "divide",
    "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
}  # fmt: skip
TYPES = {"d": machine.DOUBLE, "f": machine.FLOAT, "?": machine.BOOLEAN}


class Template(NamedTuple):
    """The words of a step; which of them are bytes in which memory, ~n in that of the n-th of its views."""

    words: list[int]
    addresses: list[tuple[int, int]]


class Written(NamedTuple):
    """The instructions of a program. They refer to nothing of it: so the program can keep them.

    Attributes:
        begins: where each part does.
        words: all of them; those `at` these places are bytes in the memory of this number, as `memory` has it.
        memories, dynamic, parameters, pool_memory: see `Memories`.
        pool, over_rows, tables: plain numbers, those of them that are divided by the rows, and tables of positions.
        added: the bytes that all blocks of rows add to.
    """

    begins: dict[str, int]
    words: np.ndarray
    at: np.ndarray
    memory: np.ndarray
    memories: list[Memory]
    dynamic: int
    parameters: int
    pool_memory: int
    pool: list[float]
    over_rows: dict[int, float]
    tables: list[np.ndarray]
    in_blocks: bool
    added: int


class Code(Memories):
    """Instructions in parts, and the memories that they refer to.

    Attributes:
        words: of each part the instructions, and `addresses`: which of the words are in which memory.
        part: where instructions go now.
    """

    def __init__(self, plan: Buffers, number: str, in_blocks: bool = False) -> None:
        super().__init__(plan, number, in_blocks)
        self.words: dict[str, list[int]] = {}
        self.addresses: dict[str, list[tuple[int, int]]] = {}
        self.part = "forward"
        self.chosen: dict[tuple[Any, Any], Ref] = {}  # by the index and the take: the positions that it chose
        self.exponentials: dict[Ref, Ref] = {}  # of families, which the way back has use for
        self.templates: dict[tuple, Template] = {}  # by what a step does

    def written(self) -> "Written":
        """All that an executor needs of it."""
        begins: dict[str, int] = {}
        words: list[int] = []
        at: list[int] = []
        memory: list[int] = []
        for part in PARTS:
            begins[part] = start = len(words)
            words += self.words.get(part, [])
            found = self.addresses.get(part, [])
            at += [start + place for place, _ in found]
            memory += [number for _, number in found]
        program = self.program
        added = 0 if program.gradient is None else self.memories[GRADIENT].bytes
        return Written(
            begins, np.array(words, np.int64), np.array(at, np.int64), np.array(memory, np.int64), self.memories,
            self.dynamic, self.parameters, self.pool_memory, self.pool, self.over_rows, list(self.tables.values()),
            self.in_blocks, added,
        )  # fmt: skip

    def alike(self, views: Sequence[View], others: tuple, emit: Callable[[], None]) -> None:
        """What `emit` emits for these views; or what it emitted for others that differ only in where they lie.

        Args:
            others: what else it depends on.
        """
        program = self.program
        key: list[Any] = [others]
        for view in views:
            value = view.value
            key.append(
                (*view[2:], views.index(view), program.space[value], program.boolean[value], program.size[value])
            )
        template = self.templates.get(tuple(key))
        if template is None:
            template = self.templates[tuple(key)] = self._template(views, emit)
        stream, found = self.words.setdefault(self.part, []), self.addresses.setdefault(self.part, [])
        start = len(stream)
        stream += template.words
        for at, memory in template.addresses:
            if memory < 0:
                view = views[~memory]
                memory, before = self.place_of(view.value)  # noqa: PLW2901
                stream[start + at] += before + view.offset * BYTES["?" if program.boolean[view.value] else self.type]
            found.append((start + at, memory))

    def _template(self, views: Sequence[View], emit: Callable[[], None]) -> "Template":
        kept = self.words, self.addresses
        self.words, self.addresses = {}, {}
        self._open = {view: n for n, view in reversed(list(enumerate(views)))}  # of equal ones, the first
        try:
            emit()
            return Template(self.words.get(self.part, []), self.addresses.get(self.part, []))
        finally:
            self.words, self.addresses = kept
            self._open = {}

    def emit(self, instruction: int, words: list[int], addresses: Sequence[tuple[int, int]]) -> None:
        """An instruction; `addresses` are which of the words are bytes in which memory."""
        stream = self.words.setdefault(self.part, [])
        start = len(stream) + 2
        stream += [instruction, len(words) + 2, *words]
        self.addresses.setdefault(self.part, []).extend([(start + at, memory) for at, memory in addresses])

    def call(self, function: str, *operands: Ref, out: Ref) -> None:
        """A function element by element, of operands that have the shape of the result or repeat along its axes."""
        number = operands[0].type if function in COMPARISONS else out.type
        own = machine.ARITHMETIC.get(f"{_ARITHMETIC.get(function, function)} {number}")
        if own is not None:
            self.apply((own, 0), [*operands, out], machine.APPLY2)
        else:
            types = "".join([each.type for each in operands]) + "->" + out.type
            self.apply(loop(function, types), [*operands, out])

    def copy(self, operand: Ref, out: Ref) -> None:
        self.call("copy" if operand.type == out.type else "number", operand, out=out)

    def where(self, condition: Ref, a: Ref, b: Ref, out: Ref) -> None:
        """a where the condition holds, else b."""
        self.call("where", condition, a, b, out=out)

    def accumulate(self, function: str, others: Ref, out: Ref) -> None:
        """What is in the result, and along the first axis of the others one after the other."""
        first = out._replace(shape=(1, *out.shape), strides=(0, *out.strides))
        spread = first._replace(shape=others.shape)
        self.call(function, spread, others, out=spread)

    def apply_axes(
        self, function: str, lengths: Mapping[str, int], letters: Sequence[str], axes: Sequence[Any]
    ) -> None:
        """A function along axes that are known by letters, each array with its strides: see `products.Axes`."""
        found = [letter for letter in letters if letter != ROWS]
        shape = tuple([lengths[letter] for letter in found])
        refs = [
            each.ref._replace(
                row=each.stride(ROWS) if ROWS in letters else None,
                shape=shape,
                strides=tuple([each.stride(letter) for letter in found]),
            )
            for each in axes
        ]
        *operands, out = refs
        self.call(function, *operands, out=out)

    def call_of_families(self, function: str, refs: list[Ref]) -> None:
        """A loop over families: along the first axis of the first operand, and of others that have as many axes."""
        members, *shape = refs[0].shape
        is_family = [len(ref.shape) > len(shape) for ref in refs]
        by_member = [ref.strides[0] if family else 0 for ref, family in zip(refs, is_family, strict=True)]
        refs = [
            ref._replace(shape=ref.shape[1:], strides=ref.strides[1:]) if family else ref
            for ref, family in zip(refs, is_family, strict=True)
        ]
        by_row = any([ref.by_row for ref in refs])
        axes = _merged(tuple(shape), by_row, tuple([_spread(ref, len(shape)) for ref in refs]))
        assert len(axes) <= machine.MOST_AXES, axes
        words = [machine.FAMILIES[f"{function} {self.type}"], len(refs), len(axes), members]
        words += [*[ref.offset for ref in refs], *by_member, *[length for length, _ in axes]]
        for _, strides in axes:
            words += strides
        self.emit(machine.FAMILY, words, [(4 + i, ref.memory) for i, ref in enumerate(refs)])

    def apply(self, function: Loop, refs: list[Ref], instruction: int = machine.APPLY) -> None:
        """An inner loop over all elements of the last operand, in each row."""
        shape = refs[-1].shape
        by_row = any([ref.row is not None for ref in refs])
        axes = _merged(shape, by_row, tuple([_spread(ref, len(shape)) for ref in refs]))
        assert len(axes) <= machine.MOST_AXES, axes
        words = [*function, len(refs), len(axes), *[ref.offset for ref in refs], *[length for length, _ in axes]]
        for _, strides in axes:
            words += strides
        self.emit(instruction, words, [(4 + i, ref.memory) for i, ref in enumerate(refs)])


def _spread(ref: Ref, rank: int) -> tuple[int, ...]:
    """The bytes from row to row, and along each of so many axes: 0 along those that it has not."""
    strides = [0 if length == 1 else stride for length, stride in zip(ref.shape, ref.strides, strict=True)]
    return (ref.row or 0, *[0] * (rank - len(strides)), *strides)


@lru_cache(4096)
def _merged(
    shape: tuple[int, ...], by_row: bool, strides: tuple[tuple[int, ...], ...]
) -> list[tuple[int, tuple[int, ...]]]:
    """Axes as (length, strides of the operands), inner one first; those that lie in one line are one."""
    axes = [(length, tuple([each[1 + axis] for each in strides])) for axis, length in enumerate(shape) if length != 1]
    if len(axes) > 1:
        axes.sort(key=lambda each: -abs(each[1][-1]))  # as the result lies in memory
    if by_row:
        axes.insert(0, (-1, tuple([each[0] for each in strides])))
    found: list[tuple[int, tuple[int, ...]]] = []
    for length, steps in reversed(axes):
        if found and found[-1][0] > 0:
            inner, inner_steps = found[-1]
            if all([step == inner * inner_step for step, inner_step in zip(steps, inner_steps, strict=True)]):
                found[-1] = (length * inner, inner_steps)
                continue
        found.append((length, steps))
    return found or [(1, (0,) * len(strides))]


def bits(number: float) -> int:
    """A double as a word."""
    return struct.unpack("<q", struct.pack("<d", number))[0]
