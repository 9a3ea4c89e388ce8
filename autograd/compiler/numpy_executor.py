"""Runs a program by NumPy: writes it as a Python function of array calls into buffers that are allocated once.

The text of the function is `source`: one line for each call, as a person would write it who wants no time lost between
them. It is written for so many rows, since its buffers and views are made for it.
"""

import linecache
import weakref
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

from ..collector import collector_paused
from .numpy_lookups import write_gather, write_scatter, write_take, write_take_adjoint
from .numpy_products import write_contract
from .numpy_rules import write_map
from .numpy_writer import Writer
from .program import Array, Contract, Fill, Gather, Map, Program, Scatter, Step, Sum, Take, TakeAdjoint, View

_serials = count(1)  # of the sources, in tracebacks


class Executor(Writer):
    """The functions of a program for so many rows, writing the gradient into `gradient`."""

    def __init__(self, program: Program, rows: int, dtype: Any, parameters: np.ndarray) -> None:
        super().__init__(program, rows, dtype, parameters)
        self.program = program
        self.backward_source = ""
        self.backwards: dict[tuple[int, Array], tuple[np.ndarray, Callable]] = {}
        with collector_paused():
            for step in program.steps:
                self.write(step)
            self.write_results()
            self.forward_source, self.run_forward = self.function("forward")

    def backward(self, program: Program, gradient: np.ndarray, is_zero: bool) -> Callable[..., None]:
        """The function that computes the gradient into this array, after a run forward on the same rows.

        Args:
            program: our program with its adjoint.
            gradient: what it writes into.
            is_zero: whether the array is zero already, each time before it is called.
        """
        target = program.gradient
        assert target is not None
        written = self.backwards.get((id(gradient), target))
        if written is not None:
            return written[1]
        self.refs = {key: ref for key, ref in self.refs.items() if key[0] is not target}
        self.buffers[target] = gradient
        self.lines = []  # none are left of a call that was interrupted
        with collector_paused():
            for step in program.adjoints:
                if not (is_zero and isinstance(step, Fill) and step.out.array is target and not step.number):
                    self.write(step)
            self.backward_source, run = self.function("backward")
        self.backwards[id(gradient), target] = (gradient, run)
        return run

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

    def write(self, step: Step) -> None:
        """Lines that compute what the step says."""
        _WRITE[type(step)](self, step)

    def write_results(self) -> None:
        """The outputs, copied into an array of their own: (rows, outputs)."""
        outputs = self.program.outputs
        self.names["empty"], self.names["dtype"] = np.empty, self.dtype
        self.lines.append(f"results = empty(({self.rows}, {len(outputs)}), dtype)")
        by_array: dict[Array | None, list[int]] = {}
        for place, output in enumerate(outputs):
            by_array.setdefault(None if isinstance(output, float) else output[0], []).append(place)
        for array, places in by_array.items():
            consecutive = places == list(range(places[0], places[-1] + 1))
            target = f"results[:, {places[0]}:{places[-1] + 1}]" if consecutive else f"results[:, {places}]"
            if array is None:
                self.lines.append(f"{target} = {[outputs[place] for place in places]}")
                continue
            columns = [outputs[place][1] for place in places]  # type: ignore[index]
            source = self.ref(View(array, 0, (array.size,), (1,))).text
            if columns == list(range(array.size)):
                part = ""
            elif columns == list(range(columns[0], columns[-1] + 1)):
                part = f"[..., {columns[0]}:{columns[-1] + 1}]"
            else:
                part = f"[..., {self.name(np.array(columns), 'i')}]"
            self.lines.append(f"{target} = {source}{part}")
        self.lines.append("return results")


def _write_sum(writer: Writer, step: Sum) -> None:
    out = writer.ref(step.out).text
    items = [(sign, writer.text(item)) for sign, item in step.items]
    if not step.accumulate:
        (sign, first), *items = items
        if not items:
            writer.call("copyto" if sign > 0 else "negative", *((out, first) if sign > 0 else (first, out)))
            return
        if sign < 0:
            writer.call("negative", first, out)
        else:
            sign, second = items.pop(0)
            writer.call("add" if sign > 0 else "subtract", first, second, out)
    for sign, item in items:
        writer.call("add" if sign > 0 else "subtract", out, item, out)


def _write_fill(writer: Writer, step: Fill) -> None:
    number = step.number / writer.rows if step.over_rows else step.number
    writer.lines.append(f"{writer.ref(step.out).text}.fill({number!r})")


_WRITE: dict[type[Step], Callable[[Writer, Any], None]] = {
    Map: write_map,
    Sum: _write_sum,
    Contract: write_contract,
    Gather: write_gather,
    Scatter: write_scatter,
    Take: write_take,
    TakeAdjoint: write_take_adjoint,
    Fill: _write_fill,
}
