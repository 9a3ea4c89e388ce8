"""Runs a program by the machine: as a stream of instructions, without Python between the first and the last."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np

from ....collector import collector_paused
from ...buffers import Buffers
from . import machine
from .blocks import block_of
from .code import TYPES, Written
from .instructions import code_of
from .memories import ARGUMENTS

ALIGNED = 64  # bytes


class Executor:
    """The functions of a program, whose numbers lie where `plan` says, for so many rows: block by block of them."""

    in_blocks: ClassVar[bool] = True  # more rows need no more memory
    in_turns: ClassVar[bool] = False
    unrolls: ClassVar[bool] = True
    any_shape = True

    def __init__(self, plan: Buffers, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        self.plan, self.program, self.rows, self.dtype = plan, plan.program, rows, np.dtype(dtype)
        self.parameters = parameters
        self.reads, self.shape = list(self.program.inputs), (rows, len(self.program.outputs))  # the shape of results
        self.memory: list[np.ndarray] = []
        with collector_paused():
            self.code, self.block = _form(plan, rows, self.dtype)
            self.load()

    @staticmethod
    def at_once(plan: Buffers, rows: int, dtype: Any) -> int:
        """See `executors.ProgramExecutor`."""
        with collector_paused():
            return _form(plan, rows, np.dtype(dtype))[1]

    def load(self) -> None:
        """Give every memory its place, and every address of the stream with it."""
        code = self.code
        pool = np.array(code.pool, self.dtype)
        for place, number in code.over_rows.items():
            pool[place] = number / self.rows
        arrays = {number: each.array for number, each in enumerate(code.memories) if each.array is not None}
        arrays |= {code.parameters: self.parameters, code.pool_memory: pool}
        places = self.allocate(arrays)
        self.parts = parts_of(code.begins)
        words, at, memory = code.words.copy(), code.at, code.memory
        offsets = words[at]
        words[at] = offsets + places[memory]
        varies = np.flatnonzero(memory < code.dynamic)
        row_bytes = [each.bytes if each.by_row else 0 for each in code.memories[: code.dynamic]]
        keeps = (*self.memory, *arrays.values(), *code.tables)  # a call that is bound may outlive us
        indices = tuple([ARGUMENTS + self.reads.index(each) for each in self.program.indices()])
        self.stream = machine.Stream(
            words, at[varies], memory[varies], offsets[varies], (*row_bytes,), keeps, indices, TYPES[self.dtype.char]
        )

    def allocate(self, arrays: dict[int, np.ndarray]) -> np.ndarray:
        """The address of every memory: 0 for what differs from call to call.

        Args:
            arrays: what is in memory already.
        """
        code, sizes = self.code, []
        for number, each in enumerate(code.memories):
            ours = number >= code.dynamic and number not in arrays
            sizes.append(each.bytes * (self.block if each.by_row else 1) if ours else 0)
        ends = np.cumsum([-(-size // ALIGNED) * ALIGNED for size in sizes])
        block = np.zeros(int(ends[-1]) + ALIGNED, np.uint8)
        places = np.concatenate([[0], ends[:-1]]) - (-block.ctypes.data // ALIGNED) * ALIGNED
        for number, array in arrays.items():
            places[number] = array.ctypes.data
        places[: code.dynamic] = 0
        self.memory = [block, arrays[code.pool_memory]]
        return places

    def run_forward(self, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        results = np.empty(self.shape, self.dtype)
        self.stream.run(self.parts["forward"], self.rows, self.block, (results, None, *inputs))
        return results

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        results = np.empty(self.shape, self.dtype)
        self.stream.run(self.parts["both"], self.rows, self.block, (results, gradient, *inputs))
        return results

    def bound(self, results: np.ndarray, gradient: np.ndarray | None, inputs: list[np.ndarray]) -> Callable[[], None]:
        """See `executors.Executor`."""
        parts = self.parts["forward" if gradient is None else "both"]
        return partial(self.stream.run, parts, self.rows, self.block, (results, gradient, *inputs))

    @staticmethod
    def is_finite(numbers: np.ndarray) -> bool | None:
        """See `executors.Executor`."""
        return machine.is_finite(numbers)

    @property
    def is_long(self) -> bool:
        """See `executors.Executor`."""
        return self.block < self.rows

    @property
    def runs_as(self) -> str:
        """See `executors.Executor`."""
        size = f"{self.stream.size * 8:,} bytes of instructions, {self.bytes():,} of memory"
        if self.code.in_blocks:
            return f"native, {-(-self.rows // self.block):,} blocks of up to {self.block:,} rows: {size}"
        return f"native, {self.rows:,} rows at once: {size}"

    @property
    def source(self) -> str:
        """The program as NumPy code that runs alone."""
        from ..numpy import Executor as NumpyExecutor

        return NumpyExecutor(self.plan, self.rows, self.dtype, self.parameters).source

    def bytes(self) -> int:
        """The memory that it keeps."""
        return sum(array.nbytes for array in self.memory)


def _form(plan: Buffers, rows: int, dtype: np.dtype) -> tuple[Written, int]:
    """The instructions for so many rows, and how many of these are computed at once."""
    code = code_of(plan, dtype.char, False)
    block = block_of(code, rows)
    if block == rows:
        return code, rows
    code = code_of(plan, dtype.char, True)
    return code, block if code.in_blocks else rows


def parts_of(begins: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """For each function what runs once before, for each block of rows, and once afterwards: from where to where."""

    def part(*names: str) -> tuple[int, ...]:
        return tuple([begins[name] for name in names])

    nothing = part("end", "end")
    return {
        "forward": (*part("once", "once backward"), *part("forward", "backward"), *nothing),
        "both": (*part("once", "forward"), *part("forward", "last"), *part("last", "end")),
    }
