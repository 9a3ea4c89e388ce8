"""How a function is prepared: as a program of arrays, or, where its graph has no matrices, as the graph that it is."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..collector import collector_paused
from .executors import DEFAULT
from .executors.numpy import Executor as NumpyExecutor
from .passes import classified, folded_trace, laid_out, with_adjoint, with_memory
from .prepared import Prepared
from .program import Program
from .tape import Tape
from .trace import Result


def prepare(
    f: Callable[..., Any],
    shapes: tuple[tuple[int, ...], ...],
    dtype: np.dtype,
    most_bytes: int,
    traced: tuple[Tape, Result] | None = None,
    adopts: bool = True,
    backend: str = DEFAULT,
) -> Prepared:
    """f for one shape of its arguments; for the parameters see `Prepared`. Without a tape, f is traced."""
    with collector_paused():
        tape, returned = traced or folded_trace(f, shapes)
        kind = Prepared
        if backend == "native":
            from .executors.native.nodes import is_irregular

            kind = Irregular if is_irregular(tape) else Prepared
        prepared = kind(f, shapes, dtype, most_bytes, (tape, returned), adopts, backend)
        prepared.digest = None if traced else (tape.digest(), returned)
    return prepared


class Irregular(Prepared):
    """A function that is run node after node. There is a program of arrays for who asks to see it."""

    def read(self, tape: Tape) -> None:
        self.tape, self.parameters = tape, tape.parameters

    def start(self) -> None:
        self.shown: Program | None = None

    def lay_out_at(self, positions: np.ndarray, size: int) -> None:
        """Nodes find their parameters wherever they are; the program, which is shown, would be another."""
        self.shown = None

    def whole_program(self) -> Program:
        if self.shown is None:
            with collector_paused():
                classes = classified(self.tape)[0]
                program = laid_out(classes, self.input_sizes, self.positions, len(self.data))[0]
                self.shown = program if self.returned.shapes[0] else with_adjoint(program)
        return self.shown

    def source(self) -> str:
        parameters = self.data if self.converted is None else self.converted
        return NumpyExecutor(with_memory(self.whole_program()), self.rows, self.dtype, parameters).source

    def usual_program(self) -> Any:
        return None

    forward_program: Any = None

    def inputs(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        return [array if array.ndim == 2 else array.reshape(len(array), -1) for array in arrays]

    def executor(self, count: int, program: Any = None) -> Any:
        from .executors.native.nodes import GraphExecutor

        self.rows = count
        executors: dict = self.executors  # of one, for any number of rows
        if 0 not in executors:
            parameters = self.data if self.converted is None else self.converted
            executors[0] = GraphExecutor(self.tape, self.dtype, self.positions, parameters)
        return executors[0].use(count)

    def mend(self, executor: Any, inputs: list[np.ndarray], gradient: np.ndarray, is_zero: bool) -> None:
        if executor.graph.chooses and not self.is_finite(executor, gradient):
            gradient.fill(0.0)
            executor.both(gradient, *inputs, exact=True)

    def gradient_of(self, arrays: list[np.ndarray]) -> np.ndarray:
        return self.run_at_once(self.executor(len(arrays[0])), self.inputs(arrays))[1]
