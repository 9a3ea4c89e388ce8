"""A function prepared for one shape of its arguments: traced, laid out where its parameters lie, ready for batches."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from copy import copy
from math import isfinite, prod
from sys import maxsize
from typing import Any, TypeVar

import numpy as np

from .._build import is_compiled
from ..collector import collector_paused
from ..keeping import turn
from ..parameters import Store, adopt, read_numbers
from ..tracing import TraceError, check_parameters
from ..value import Value
from .buffers import Buffers
from .executors import DEFAULT, Executor, executor_of
from .passes import classified, laid_out, with_adjoint, with_memory
from .program import Program
from .tape import Tape
from .trace import Result

T = TypeVar("T")
_COMPILED = is_compiled()
_FEW = 10_000  # numbers that a loop has gone over when NumPy has begun
_MOST_EXECUTORS = 4  # kept: usually for a batch, the last one of an epoch, and validation data


class Prepared:
    """f for one shape of its arguments: runs the passes, keeps the program and its executors, feeds them with rows.

    Batches whose buffers would have more than `most_bytes` are computed in parts.

    Args:
        traced: the folded tape of f and what it returned.
        adopts: the parameters, into a store, as backward() needs; if not, each run reads their numbers anew, and they
            stay where they are.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        shapes: tuple[tuple[int, ...], ...],
        dtype: np.dtype,
        most_bytes: int,
        traced: tuple[Tape, Result],
        adopts: bool = True,
        backend: str = DEFAULT,
    ) -> None:
        self.f, self.shapes, self.most_bytes = f, shapes, most_bytes
        self.new_executor = executor_of(backend)
        tape, self.returned = traced
        check_parameters(tape.parameters)
        self.digest: tuple[int, Result] | None = None  # of f as it was when we traced it
        self.input_sizes = [prod(shape) for shape in shapes]
        self.read(tape)
        del tape
        self.begin(dtype, adopts)

    def read(self, tape: Tape) -> None:
        """Make the program of a folded tape."""
        self.classes, _ = classified(tape)
        program = self.anywhere = laid_out(self.classes, self.input_sizes)[0]
        self.order = np.argsort(program.places)[(program.places < 0).sum() :]
        self.parameters = [self.classes.tape.parameters[n] for n in self.order]

    def begin(self, dtype: np.dtype, adopts: bool) -> None:
        self.dtype, self.adopts, self.rows = dtype, adopts, 1
        self.store: Store | None = None
        self.data = np.empty(0, dtype)  # of the store, as it was when the program was laid out
        self.executors: OrderedDict[tuple[int, Program], Executor] = OrderedDict()
        self.positions = np.empty(0, np.intp)  # of our parameters among the data
        self.start()
        self.lay_out()

    def start(self) -> None:
        """What begins anew for each twin."""
        self.use(self.anywhere)

    def twin(self, dtype: np.dtype, adopts: bool) -> "Prepared":
        """The same, without a new trace: with a program, executors and numbers of its own."""
        other = copy(self)
        other.begin(dtype, adopts)
        return other

    def use(self, program: Program) -> None:
        self.program = self.forward_program = program
        self.exact: Program | None = None
        self.buffers: dict[Program, Buffers] = {}
        self.most: dict[Program, int] = {}  # rows, for each

    def whole_program(self) -> Program:
        """The program with its adjoint, which is added when it is needed first."""
        if self.program.gradient is None and not self.returned.shapes[0]:
            with collector_paused():
                self.program = with_adjoint(self.program)
        return self.program

    def buffers_of(self, program: Program) -> Buffers:
        """Where the numbers of one of our programs lie, for any number of rows."""
        buffers = self.buffers.get(program)
        if buffers is None:
            buffers = self.buffers[program] = with_memory(program)
        return buffers

    def most_rows(self, program: Program) -> int:
        """How many rows the buffers take at once."""
        if self.new_executor.in_blocks:
            return maxsize  # it goes through them in blocks itself
        most = self.most.get(program)
        if most is None:
            bytes_of_row = self.buffers_of(program).bytes_of_row(self.dtype.itemsize)
            most = self.most[program] = max(1, self.most_bytes // max(1, bytes_of_row))
        return most

    def lay_out(self) -> None:
        """Find the parameters in their store, and make the program for where they lie there."""
        data, positions = self.data, np.arange(len(self.parameters))
        self.takes_exact = False  # an untaken branch has had a derivative that is inf or nan, and has one often
        if self.parameters and not self.adopts:
            data = np.empty(len(self.parameters))
        elif self.parameters:
            with turn:  # functions of several threads may share parameters
                self.store, found = adopt(self.parameters, np.float64)  # which rounds none of them
                self.store.holders.add(self)
                data, positions = self.store.data, np.asarray(found)
            self.lay_out_at(positions, len(data))
        self.converted = None if data.dtype == self.dtype else np.empty(len(data), self.dtype)
        self.gradient: np.ndarray | None = None  # where it cannot be written into the store
        self.executors.clear()
        self.positions = positions
        self.data = data  # last: who is interrupted before is not current, and begins again

    def lay_out_at(self, positions: np.ndarray, size: int) -> None:
        """Make the program for parameters that lie there among so many numbers."""
        places = np.full(len(self.classes.tape.parameters), -1)
        places[self.order] = positions
        if size != self.program.size[self.program.parameters] or (places != self.program.places).any():
            self.use(laid_out(self.classes, self.input_sizes, places, size)[0])

    def forward(self, arrays: list[np.ndarray], count: int) -> np.ndarray:
        """The outputs, (rows, outputs)."""
        with np.errstate(all="ignore"):
            self.make_current()
            if count <= self.most_rows(self.forward_program):
                return self.run_forward(0, self.executor(count), self.inputs(arrays))
            return np.concatenate([self.run_forward(*part) for part in self.parts(arrays, count)])

    def backward(
        self, arrays: list[np.ndarray], count: int, check: Callable[[np.ndarray], None] | None = None
    ) -> np.ndarray:
        """The outputs; the gradient is added to the store, after check(gradient)."""
        if self.returned.shapes[0]:
            raise TraceError(
                f"backward() needs one number to differentiate, but f returns a list {self.returned.shapes[0]}: "
                "return their sum, or a tuple (loss, more)"
            )
        assert self.adopts, "who goes backward adopts the parameters"
        if self.store is None:
            return self.forward(arrays, count)
        with np.errstate(all="ignore"):
            self.make_current()
            if self.data.dtype != self.dtype:
                self.forward(arrays, count)  # an error comes before anything has changed
                self.convert()
            program = self.usual_program()
            if count > self.most_rows(program):
                results, gradient = self.run_in_parts(arrays, count)
            elif (executor := self.executor(count, program)).at_once:
                results, gradient = self.run_at_once(executor, self.inputs(arrays))
            else:
                inputs = self.inputs(arrays)
                results = self.run_forward(0, executor, inputs)
                run = executor.backward(self.store.grad, True)  # written before others wait
                if check is None and self.store.grad_is_zero and turn.acquire(False):
                    try:  # straight into the store: nobody else is at work on gradients, and nobody waits for us
                        if self.store.grad_is_zero and self.store.data is self.data:
                            self.store.grad_is_zero = False
                            run(*inputs)
                            self.mend(executor, inputs, self.store.grad, True)
                            return results
                    finally:
                        turn.release()
                gradient = self.run_backward(executor, inputs)
            if check is not None:
                check(gradient)
            self.add_gradient(gradient)  # last: an error in the middle has changed nothing
        return results

    def run_in_parts(self, arrays: list[np.ndarray], count: int) -> tuple[np.ndarray, np.ndarray]:
        """The outputs and the gradient of more rows than the buffers take."""
        results, gradient = [], np.zeros(len(self.data), self.dtype)
        for start, executor, inputs in self.parts(arrays, count, self.usual_program()):
            results.append(self.run_forward(start, executor, inputs))
            gradient += self.run_backward(executor, inputs) * (executor.rows / count)
        return np.concatenate(results), gradient

    def run_at_once(self, executor: Executor, inputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The outputs, and the gradient in an array of our own, in which an error may leave a part of it."""
        gradient = self.own_gradient()
        gradient.fill(0.0)
        results = self.with_row(0, executor.both, gradient, *inputs)
        self.mend(executor, inputs, gradient, False)
        return results, gradient

    def own_gradient(self) -> np.ndarray:
        """An array for a gradient that cannot be written into the store."""
        if self.gradient is None:
            self.gradient = np.zeros(len(self.data), self.dtype)
        return self.gradient

    def convert(self) -> None:
        """Keep the parameters in our dtype, wherever they are."""
        with turn:
            self.make_current()
            assert self.store is not None
            self.store.convert(self.dtype)
            self.make_current()

    def run_backward(self, executor: Executor, inputs: list[np.ndarray]) -> np.ndarray:
        """The gradient, in an array of our own."""
        gradient = self.own_gradient()
        executor.backward(gradient, False)(*inputs)
        self.mend(executor, inputs, gradient, False)
        return gradient

    def mend(self, executor: Executor, inputs: list[np.ndarray], gradient: np.ndarray, is_zero: bool) -> None:
        """Compute by the exact program what this one has made inf or nan where it may be wrong."""
        if not executor.program.chooses or executor.program is self.exact or self.is_finite(executor, gradient):
            return
        if self.exact is None:
            with collector_paused():
                self.exact = with_adjoint(self.forward_program, exact=True)
        gradient.fill(0.0)
        exact = self.executor(executor.rows, self.exact)
        exact.run_forward(*inputs)
        exact.backward(gradient, is_zero)(*inputs)
        self.takes_exact = self.is_finite(exact, gradient)  # else it has changed nothing

    def is_finite(self, executor: Executor, gradient: np.ndarray) -> bool:
        """Whether none of its numbers is inf or nan."""
        found = executor.is_finite(gradient)
        if found is not None:
            return found
        store = self.store
        assert store is not None
        quick = _COMPILED and gradient is store.grad and len(gradient) < _FEW
        if quick:
            return store.grad_is_finite()
        return isfinite(gradient @ gradient) or isfinite(np.add.reduce(gradient))  # the first is the faster one

    def usual_program(self) -> Program:
        """The program that is run first, with its adjoint."""
        return self.exact if self.takes_exact and self.exact is not None else self.whole_program()

    def gradient_of(self, arrays: list[np.ndarray]) -> np.ndarray:
        """The gradient of a few rows, in an array of our own."""
        executor, inputs = self.executor(len(arrays[0]), self.usual_program()), self.inputs(arrays)
        with np.errstate(all="ignore"):
            self.run_forward(0, executor, inputs)
            return self.run_backward(executor, inputs)

    def parameter_at(self, position: int) -> Value:
        """The parameter that lies there."""
        return self.parameters[int(np.flatnonzero(self.positions == position)[0])]

    def add_gradient(self, gradient: np.ndarray) -> None:
        """Add to the gradients of the parameters, wherever they are by now."""
        store = self.store
        assert store is not None
        with turn:
            if store.data is self.data:
                store.grad += gradient
            else:  # another thread has moved them meanwhile
                store, positions = adopt(self.parameters)
                store.grad[positions] += gradient[self.positions]
            store.grad_is_zero = False

    def make_current(self) -> None:
        """Read the parameters, or look where they are now: they may have moved since the last call."""
        if not self.adopts:
            read_numbers(self.parameters, self.data)
        elif self.store is not None and self.store.data is not self.data:
            self.lay_out()
        if self.converted is not None:
            self.converted[:] = self.data

    def parts(
        self, arrays: list[np.ndarray], count: int, program: Program | None = None
    ) -> Iterator[tuple[int, Executor, list[np.ndarray]]]:
        """The rows in parts whose buffers are not too large: the first row of each, who runs it, and the inputs."""
        most = self.most_rows(self.forward_program if program is None else program)
        for start in range(0, count, most):
            stop = min(start + most, count)
            yield start, self.executor(stop - start, program), self.inputs([array[start:stop] for array in arrays])

    def run_forward(self, start: int, executor: Executor, inputs: list[np.ndarray]) -> np.ndarray:
        return self.with_row(start, executor.run_forward, *inputs)

    @staticmethod
    def with_row(start: int, run: Callable[..., T], *arrays: np.ndarray) -> T:
        """What a run gives; an error in a row names it, counted from where the rows start."""
        try:
            return run(*arrays)
        except IndexError as error:
            message, *row = error.args
            raise IndexError(message + (f" in row {start + row[0]}" if row else "")) from None

    def inputs(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """The arguments that the program reads, as (rows, numbers)."""
        return [
            arrays[n] if arrays[n].ndim == 2 else arrays[n].reshape(len(arrays[n]), -1) for n in self.program.inputs
        ]

    def executor(self, count: int, program: Program | None = None) -> Executor:
        """What runs a program on so many rows; where None is given, whatever computes the outputs."""
        self.rows = count
        key = count, self.program if program is None else program
        executor = self.executors.get(key)
        if executor is None and program is None:
            key = count, self.forward_program
            executor = self.executors.get(key)
        if executor is None:
            parameters = self.data if self.converted is None else self.converted
            executor = self.executors[key] = self.new_executor(self.buffers_of(key[1]), count, self.dtype, parameters)
            if len(self.executors) > _MOST_EXECUTORS:
                self.executors.popitem(last=False)
        self.executors.move_to_end(key)  # the first one is that which was used longest ago
        return executor

    def source(self) -> str:
        """The program as Python code, as it ran last."""
        return next(reversed(self.executors.values())).source

    def result(self, outputs: np.ndarray, has_rows: bool) -> Any:
        """The outputs in the shapes that f returned them in."""
        if not self.returned.several:
            result = outputs.reshape(len(outputs), *self.returned.shapes[0])
            return result if has_rows else result[0]
        parts, start = [], 0
        for shape in self.returned.shapes:
            part = outputs[:, start : start + prod(shape)].reshape(len(outputs), *shape)
            parts.append(part if has_rows else part[0])
            start += prod(shape)
        return tuple(parts)
