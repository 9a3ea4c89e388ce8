"""Runs a program by NumPy: writes it as a Python function of array calls into buffers that are allocated once.

The text of the function is `source`: one line for each call, as a person would write it who wants no time lost between
them. It is written for so many rows, since its buffers and views are made for it.
"""

import linecache
import weakref
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar

import numpy as np

from ....collector import collector_paused
from ...buffers import Buffers
from ...kinds import Loop
from ..new_arrays import InNewArrays
from .loops import write_loop
from .steps import WRITING, write_step
from .writer import Writer

WRITING[Loop] = write_loop  # of steps, so that `steps` cannot know it
_serials = count(1)  # of the sources, in tracebacks


class Executor(InNewArrays, Writer):
    """The functions of a program, whose numbers lie where `plan` says, for so many rows."""

    in_blocks: ClassVar[bool] = False
    in_turns: ClassVar[bool] = False
    unrolls: ClassVar[bool] = True
    any_shape = False

    runs_as = ""
    is_long = False  # a larger batch comes in parts

    def __init__(self, plan: Buffers, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        super().__init__(plan, rows, dtype, parameters)
        self.reads = list(self.program.inputs)
        self.backward_source = ""
        self.backwards: dict[int, tuple[np.ndarray, Callable]] = {}  # by the id of the gradient's array
        with collector_paused():
            for instruction in self.plan.forward():
                write_step(self, instruction)
            self.write_results()
            self.forward_source, self.forward = self.function("forward")

    def run_forward(self, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        with np.errstate(all="ignore"):
            return self.forward(*inputs)

    def backward(self, gradient: np.ndarray) -> Callable[..., None]:
        """The function that writes the gradient into this array of zeros, after a run forward on the same arguments."""
        written = self.backwards.get(id(gradient))
        if written is not None:
            return written[1]
        target = self.program.gradient
        assert target is not None
        self.refs = {key: ref for key, ref in self.refs.items() if key[0] != target}
        self.buffers[target] = gradient
        self.lines = []  # none are left of a call that was interrupted
        with collector_paused():
            for instruction in self.plan.backward():
                if not self.plan.is_zero_already(instruction):
                    write_step(self, instruction)
            self.backward_source, run = self.function("backward")
        self.backwards[id(gradient)] = (gradient, run)
        return run

    def both(self, gradient: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
        """See `executors.Executor`."""
        with np.errstate(all="ignore"):
            results = self.forward(*inputs)
            self.backward(gradient)(*inputs)
        return results

    @property
    def source(self) -> str:
        """The functions that have been written so far."""
        return "\n".join(filter(None, [self.forward_source, self.backward_source]))

    def bytes(self) -> int:
        """The memory that it keeps."""
        return sum(array.nbytes for array in self.memory)

    def function(self, name: str) -> tuple[str, Callable]:
        """The lines as a function of the inputs; the text shows in tracebacks and profiles."""
        head = f"def {name}({', '.join(self.arguments)}):"
        source = "\n    ".join([head, *(self.lines or ["pass"])]) + "\n"
        self.lines = []
        file = f"<compiled {name} {next(_serials)}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        weakref.finalize(self, linecache.cache.pop, file, None)
        exec(compile(source, file, "exec"), self.names)
        return source, self.names[name]

    def write_results(self) -> None:
        """The outputs, copied into an array of their own: (rows, outputs)."""
        outputs = self.program.outputs
        self.names["empty"], self.names["dtype"] = np.empty, self.dtype
        self.lines.append(f"results = empty(({self.rows}, {len(outputs)}), dtype)")
        by_value: dict[int | None, list[int]] = {}
        for place, output in enumerate(outputs):
            by_value.setdefault(None if isinstance(output, float) else output[0], []).append(place)
        for value, places in by_value.items():
            consecutive = places == list(range(places[0], places[-1] + 1))
            target = f"results[:, {places[0]}:{places[-1] + 1}]" if consecutive else f"results[:, {places}]"
            if value is None:
                self.lines.append(f"{target} = {[outputs[place] for place in places]}")
                continue
            columns = [outputs[place][1] for place in places]  # type: ignore[index]
            source = self.ref(self.program.whole(value)).text
            if columns == list(range(self.program.size[value])):
                part = ""
            elif columns == list(range(columns[0], columns[-1] + 1)):
                part = f"[..., {columns[0]}:{columns[-1] + 1}]"
            else:
                part = f"[..., {self.name(np.array(columns), 'i')}]"
            self.lines.append(f"{target} = {source}{part}")
        self.lines.append("return results")
