"""The instructions of a program at one row, in columns: all that do the same, in other places, are written at once."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from ...buffers import Buffers
from ...kinds import Sum
from .code import Code
from .scalars import CONSTANT, OUT, TEMPORARY, Layout, Pattern, long_sum, pattern_of

_MOST_OPERANDS = 8  # of an instruction that has a pattern; sums of more terms are written each by itself
_KNOWN = (0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 4.0)  # numbers for which a rule may be computed in a shorter way
_ANY_NUMBER, _FIRST_KNOWN = -2, -3  # what an operand is, where it is no layout
_COPY, _NEGATIVE = -1, -2  # the kinds of an addition to an assembled value
_OF_ADDITIONS = {_COPY: Sum((1,)), _NEGATIVE: Sum((-1,))}
_MIXED = np.random.default_rng(0).integers(1, 2**62, 4 + _MOST_OPERANDS) | 1  # what a column counts in a key


def emit_columns(code: Code, plan: Buffers, start: int, stop: int) -> Iterator[int]:
    """Emit the instructions from `start` to `stop` in the order of the plan; yields those that the caller must emit."""
    lengths, data, memory = _Columns(code, plan, start, stop).words()
    ends = np.cumsum(lengths)
    begin = 0
    for n in np.flatnonzero(lengths == 0).tolist():
        code.emit_scalars(data[begin : ends[n]], memory[begin : ends[n]])
        begin = ends[n]
        yield start + n
    code.emit_scalars(data[begin:], memory[begin:])


class _Columns:
    """For each instruction what it does, and where its result and its operands are.

    Attributes:
        kind, accumulates, layout: of the result; the kind is one of the above for an addition to an assembled value.
        home, offset: where the result goes: the value, and the bytes before.
        first, operands: its operands in the columns of the program, and how many they are.
        alone: whether it has no pattern.
    """

    def __init__(self, code: Code, plan: Buffers, start: int, stop: int) -> None:
        self.code, self.program = code, plan.program
        program = self.program
        self.of, self.layout_of = (np.frombuffer(column, np.intc) for column in (program.of, program.operand_layout))
        self.offset_of, begin = (np.frombuffer(column, np.int64) for column in (program.offset, program.begin))
        boolean, home_of = np.frombuffer(program.boolean, np.uint8), np.frombuffer(plan.home, np.intc)
        order = np.frombuffer(plan.order, np.intc)[start:stop]
        is_added = order < 0
        to, operand, accumulates, zeros = _additions(plan, order)
        value = np.where(is_added, to, order)
        self.home = np.where(is_added, value, home_of[value])
        self.first = np.where(is_added, begin[value] + operand, begin[value])
        self.operands = np.where(is_added, 1, begin[value + 1] - self.first)
        kinds = np.frombuffer(program.kind_number, np.intc)
        self.kind, self.layout = kinds[value].astype(np.int64), np.frombuffer(program.layout, np.intc)[value]
        self.accumulates = np.where(is_added, accumulates, np.frombuffer(plan.accumulates, np.uint8)[value])
        zeros = np.where(is_added, zeros, np.frombuffer(plan.zeros_before, np.uint8)[value])
        self.alone = (zeros > 0) | (boolean[self.home] > 0) | (boolean[value] > 0)
        self.memory_of, self.start_of = _places(code, plan)
        self.offset = self.start_of[self.home]
        operand = np.where(is_added, operand, np.frombuffer(plan.operand_of_home, np.intc)[value])
        self._look_at_parts(is_added, self.home != value, kinds, operand)
        self.numbers = np.array(program.numbers)
        self.number_codes = np.full(len(self.numbers) + 1, _ANY_NUMBER)
        for i, known in enumerate(_KNOWN):
            same = (self.numbers == known) & (np.signbit(self.numbers) == np.signbit(known))
            self.number_codes[:-1][same] = _FIRST_KNOWN - i
        at = np.flatnonzero((self.of >= 0) & (boolean[np.maximum(self.of, 0)] > 0))
        if len(at):  # operands that are booleans
            has = np.searchsorted(at, self.first + self.operands) > np.searchsorted(at, self.first)
            self.alone |= has
        self.what_of = np.where(self.of >= 0, self.layout_of, self.number_codes[np.where(self.of < 0, ~self.of, 0)])

    def _look_at_parts(self, is_added: np.ndarray, is_part: np.ndarray, kinds: np.ndarray, operand: np.ndarray) -> None:
        """Of results that are a part of another value, find their place in it."""
        program = self.program
        parts = np.flatnonzero(is_added | is_part)
        layouts, offsets, signs = [], [], []
        for number, i in zip(kinds[self.home[parts]].tolist(), operand[parts].tolist(), strict=True):
            kind: Any = program.kinds[number]
            offset, shape, strides = kind.places[i]
            layouts.append(program.layouts.number((shape, strides)))
            offsets.append(8 * offset)
            signs.append(_COPY if kind.signs[i] > 0 else _NEGATIVE)
        self.layout[parts] = layouts
        self.offset[parts] += np.array(offsets, np.int64)
        self.kind[is_added] = np.array(signs, np.int64)[is_added[parts]]

    def words(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How many words each has, 0 where it is not written as scalars; all of them, and where each points to."""
        columns = (self.kind, self.accumulates, self.layout, self.operands)
        keys = np.zeros(len(self.kind), np.int64)
        for column, mixed in zip(columns, _MIXED[:4], strict=True):
            keys += column * mixed
        has = np.flatnonzero(~self.alone & (self.operands <= _MOST_OPERANDS))
        for i in range(_MOST_OPERANDS):
            has = has[self.operands[has] > i]
            keys[has] += (self.what_of[self.first[has] + i] + 10) * _MIXED[4 + i]
        keys[self.alone | (self.operands > _MOST_OPERANDS)] = 0
        _, representatives, group = np.unique(keys, return_index=True, return_inverse=True)
        patterns = [self._pattern(n) for n in representatives.tolist()]
        sizes = np.array([len(pattern.words) if pattern else 0 for pattern in patterns] or [0])
        lengths = sizes[group]
        sums = self._long_sums()
        for n, (data, _) in sums.items():
            lengths[n] = len(data)
        starts = np.cumsum(lengths) - lengths
        total = int(lengths.sum())
        data, memory = np.empty(total, np.int64), np.empty(total, np.int64)
        by_group = np.argsort(group, kind="stable")
        bounds = np.searchsorted(group[by_group], np.arange(len(patterns) + 1)).tolist()
        for g, pattern in enumerate(patterns):
            if pattern:
                self._write(pattern, by_group[bounds[g] : bounds[g + 1]], starts, data, memory)
        for n, each in sums.items():
            data[starts[n] : starts[n] + lengths[n]], memory[starts[n] : starts[n] + lengths[n]] = each
        return lengths, data, memory

    def _write(
        self, pattern: Pattern, members: np.ndarray, starts: np.ndarray, data: np.ndarray, memory: np.ndarray
    ) -> None:
        """The words of all instructions that have a pattern."""
        fixed = {CONSTANT: self.code.pool_memory, TEMPORARY: self.code.temporaries}
        places = {OUT: (self.memory_of[self.home[members]], self.offset[members])}
        for k, (number, of) in enumerate(pattern.words):
            at = starts[members] + k
            if of >= 0 and of not in places:
                places[of] = self.places(self.first[members] + of)
            if of in places:
                memory[at], bytes_before = places[of]
                data[at] = bytes_before + number
            else:
                data[at], memory[at] = number, fixed.get(of, -1)

    def places(self, operand: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where operands are: the memory, and the bytes before."""
        of = self.of[operand]
        which = np.maximum(of, 0)
        memory = np.where(of >= 0, self.memory_of[which], self.code.numbers)
        return memory, np.where(of >= 0, self.start_of[which] + 8 * self.offset_of[operand], 8 * ~of.astype(np.int64))

    def _long_sums(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """The words of sums of many terms, and where each points to."""
        found = {}
        for n in np.flatnonzero(~self.alone & (self.operands > _MOST_OPERANDS)).tolist():
            kind = self.program.kinds[int(self.kind[n])]
            if isinstance(kind, Sum) and not self.program.layouts[int(self.layout[n])][0]:
                terms = self.places(np.arange(self.first[n], self.first[n] + self.operands[n]))
                out = int(self.memory_of[self.home[n]]), int(self.offset[n])
                found[n] = long_sum(np.array(kind.signs), out, terms, bool(self.accumulates[n]))
        return found

    def _pattern(self, n: int) -> Pattern | None:
        """The pattern of one of the instructions."""
        if self.alone[n] or self.operands[n] > _MOST_OPERANDS:
            return None
        program, number = self.program, int(self.kind[n])
        out: Layout = program.layouts[int(self.layout[n])]
        operands: list[Layout | float] = []
        for what in self.what_of[self.first[n] : self.first[n] + self.operands[n]].tolist():
            if what >= 0:
                operands.append(program.layouts[what])
            else:
                operands.append((out[0], (0,) * len(out[0])) if what == _ANY_NUMBER else _KNOWN[_FIRST_KNOWN - what])
        kind = _OF_ADDITIONS[number] if number < 0 else program.kinds[number]
        return pattern_of(kind, out, operands, bool(self.accumulates[n]), self.code.constant)


def _additions(plan: Buffers, order: np.ndarray) -> np.ndarray:
    """Four columns: the fields of the additions among the instructions; 0 for all others."""
    columns = np.zeros((len(order), 4), np.int64)
    numbers = ~order[order < 0]
    if len(numbers):
        low, high = int(numbers.min()), int(numbers.max()) + 1
        fields = np.fromiter(chain.from_iterable(plan.additions[low:high]), np.int64, 4 * (high - low))
        columns[order < 0] = fields.reshape(-1, 4)[numbers - low]
    return columns.T


def _places(code: Code, plan: Buffers) -> tuple[np.ndarray, np.ndarray]:
    """Where each value lies: the memory, and the bytes before."""
    slot = np.frombuffer(plan.slot, np.intc)
    memory, start = np.full(len(slot), code.slots), np.array(code.slot_starts)[np.maximum(slot, 0)]
    for value in np.flatnonzero((slot < 0) & (np.frombuffer(plan.home, np.intc) == np.arange(len(slot)))).tolist():
        memory[value], start[value] = code.place_of(value)
    return memory, start
