"""What a prepared function does for who calls it: finds its parameters, and runs on batches, forward and backward."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from math import isfinite, nan, prod
from typing import Any, TypeVar

import numpy as np

from ..._build import asked, is_compiled
from ...keeping import turn
from ...parameters import Store
from ...tracing import TraceError, check_parameters
from ...unfinished import NO_RESULT
from ...value import Value
from ..executors import Executor, executor_of
from ..explain import MOST_LINES
from ..explanation import Explanation
from ..paying import Work
from ..program import Program
from ..tape import Tape
from ..trace import Result
from .located import Located

T = TypeVar("T")
_COMPILED = is_compiled()
_VERIFIES = asked("GLASSGRAD_VERIFY")
_FEW = 10_000  # numbers that a loop has gone over when NumPy has begun


class Prepared(Located):
    """f for one shape of its arguments: feeds its executors with rows, and adds gradients to the parameters.

    Batches whose buffers would have more than `most_bytes` are computed in parts.

    Args:
        traced: the folded tape of f and what it returned.
        adopts: the parameters, into a store, as backward() needs; if not, each run reads their numbers anew, and they
            stay where they are.
        threads: that compute at the same time; None for as many as pay.
        watched: nodes of the tape that others may ask for; see `giving`.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        shapes: tuple[tuple[int, ...], ...],
        dtype: np.dtype,
        most_bytes: int,
        traced: tuple[Tape, Result],
        adopts: bool = True,
        backend: str = "numpy",
        threads: int | None = None,
        watched: Sequence[int] = (),
    ) -> None:
        self.f, self.shapes, self.most_bytes, self.threads = f, shapes, most_bytes, threads
        self.new_executor = executor_of(backend)
        tape, self.returned = traced
        check_parameters(tape.parameters)
        self.digest: tuple[int, Result] | None = None  # of f as it was when we traced it
        self.input_sizes = [prod(shape) for shape in shapes]
        self.parameters = self.read(tape, watched)
        del tape
        self.begin(dtype, adopts)

    # ------------------------------------------------------------------------------------------- of each way to run

    indices: Sequence[int] = ()  # the arguments that may come as whole numbers, of int64

    @abstractmethod
    def read(self, tape: Tape, watched: Sequence[int]) -> list[Value]:
        """Take what is needed from a folded tape; its parameters, in the order in which they are to lie."""

    @abstractmethod
    def whole_program(self) -> Program:
        """The program of arrays, with its adjoint."""

    @abstractmethod
    def explain(self, rows: int, most: int = MOST_LINES) -> Explanation:
        """What runs, in words, with the work for so many rows; a table of a program has at most so many lines."""

    @abstractmethod
    def work(self) -> Work:
        """What is to do, to estimate the time of a call."""

    def flops_of_products(self, rows: int) -> int:
        """Of the products of matrices, forward and backward, for so many rows."""
        return 0

    @abstractmethod
    def executor(self, count: int, back: bool = False) -> Executor:
        """What runs on so many rows: forward, or forward and backward."""

    @abstractmethod
    def may_be_wrong(self, executor: Executor) -> bool:
        """Whether it may make a gradient inf or nan by an edge that is not there."""

    def overwrites(self, executor: Executor) -> bool:
        """Whether it writes every number of the gradient, whatever stands there. It begins with zeros else."""
        return False

    @abstractmethod
    def exact(self, executor: Executor) -> Executor:
        """For as many rows, what leaves such edges out."""

    def most_rows(self, back: bool) -> int | None:
        """How many rows are computed at once; None for any number."""
        return None

    @abstractmethod
    def source(self) -> str:
        """The program as Python code, for as many rows as ran last."""

    def twin(self, dtype: np.dtype, adopts: bool) -> "Prepared":
        """The same, without a new trace: with executors and numbers of its own."""
        other = copy(self)
        other.begin(dtype, adopts, self)
        return other

    def giving(self, outputs: Sequence[int], returned: Result) -> "Prepared | None":
        """What gives these nodes, which are watched, and returns them so, without the passes: to be made a twin of.

        It is None where the number of one of them is not computed as such.
        """
        return None

    # --------------------------------------------------------------------------------------------------------- runs

    def forward(self, arrays: list[np.ndarray], count: int) -> np.ndarray:
        """The outputs, (rows, outputs)."""
        self.make_current()
        most = self.most_rows(False)
        if most is None or count <= most:
            executor = self.executor(count)
            return self.with_row(0, executor.run_forward, *self.inputs(executor, arrays))
        parts = self.parts(arrays, count, most)
        return np.concatenate(
            [self.with_row(start, executor.run_forward, *inputs) for start, executor, inputs in parts]
        )

    def backward(
        self, arrays: list[np.ndarray], count: int, check: Callable[[np.ndarray], None] | None = None
    ) -> np.ndarray:
        """The outputs; the gradient is added to the store, after check(gradient)."""
        self.check_one_number()
        assert self.adopts, "who goes backward adopts the parameters"
        if self.store is None:
            return self.forward(arrays, count)
        self.make_current()
        if self.data.dtype != self.dtype:
            self.forward(arrays, count)  # an error comes before anything has changed
            self.convert()
        most = self.most_rows(True)
        if most is None or count <= most:
            executor = self.executor(count, True)
            inputs = self.inputs(executor, arrays)
            return self.go_back(executor, inputs, lambda gradient: executor.both(gradient, *inputs), check)
        with np.errstate(all="ignore"):
            results, gradient = self.run_in_parts(arrays, count, most)
        if check is not None:
            check(gradient)
        self.add_gradient(gradient)
        return results

    def check_one_number(self) -> None:
        """Refuse to differentiate a list."""
        if self.returned.shapes[0]:
            raise TraceError(
                f"backward() needs one number to differentiate, but f returns a list {self.returned.shapes[0]}: "
                "return their sum, or a tuple (loss, more)"
            )

    def go_back(
        self,
        executor: Executor,
        inputs: list[np.ndarray],
        run: Callable[[np.ndarray], T],
        check: Callable[[np.ndarray], None] | None = None,
    ) -> T:
        """What a run gives, which is one of the executor on these inputs, into an array of zeros; see `backward`."""
        store = self.store
        assert store is not None
        # Straight into the store, where nobody else is at work on gradients, and nobody waits for us for long.
        if check is None and not executor.is_long and store.grad_is_zero and turn.acquire(False):
            try:
                if store.grad_is_zero and store.data is self.data:
                    try:
                        gradient = self.gradient_to_write(executor, store)
                        store.grad_is_zero = False
                        results = self.with_row(0, run, gradient)
                        self.mend(executor, inputs, gradient)
                    except BaseException:  # also an interrupt: nothing has changed
                        store.grad_is_zero = False  # for what stands there now
                        store.zero_grad()
                        raise
                    return results
            finally:
                turn.release()
        results, gradient = self.run_aside(0, executor, inputs, run)
        if check is not None:
            check(gradient)
        self.add_gradient(gradient)  # last: an error in the middle has changed nothing
        return results

    def gradient_to_write(self, executor: Executor, store: Store) -> np.ndarray:
        """That of the store for this executor: zeros, or anything where it overwrites all of it."""
        overwrites = self.overwrites(executor)
        gradient = store.current_grad(overwrites)
        if overwrites and _VERIFIES:  # that it does
            gradient.fill(nan)
        return gradient

    def run_aside(
        self, start: int, executor: Executor, inputs: list[np.ndarray], run: Callable[[np.ndarray], T]
    ) -> tuple[T, np.ndarray]:
        """What a run of the executor gives for the rows from there on, and the gradient, in an array of our own."""
        gradient = self.own_gradient()
        gradient.fill(0.0)
        results = self.with_row(start, run, gradient)
        self.mend(executor, inputs, gradient)
        return results, gradient

    def run_both(self, start: int, executor: Executor, inputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The outputs of the rows from there on, and the gradient of their mean, in an array of our own."""
        return self.run_aside(start, executor, inputs, lambda gradient: executor.both(gradient, *inputs))

    def run_in_parts(self, arrays: list[np.ndarray], count: int, most: int) -> tuple[np.ndarray, np.ndarray]:
        """The outputs and the gradient of more rows than are computed at once."""
        results, gradient = [], np.zeros(len(self.data), self.dtype)
        for start, executor, inputs in self.parts(arrays, count, most, True):
            of_part, slope = self.run_both(start, executor, inputs)
            results.append(of_part)
            gradient += slope * (executor.rows / count)
        return np.concatenate(results), gradient

    def gradient_of(self, arrays: list[np.ndarray]) -> np.ndarray:
        """The gradient of a few rows, in an array of our own."""
        executor = self.executor(len(arrays[0]), True)
        return self.run_both(0, executor, self.inputs(executor, arrays))[1]

    def mend(self, executor: Executor, inputs: list[np.ndarray], gradient: np.ndarray) -> None:
        """Compute exactly what this one has made inf or nan where it may be wrong."""
        if self.may_be_wrong(executor) and not self.is_finite(executor, gradient):
            with np.errstate(all="ignore"):
                exact, given = self.exact(executor), dict(zip(executor.reads, inputs, strict=True))
                gradient.fill(0.0)
                exact.both(gradient, *[given[argument] for argument in exact.reads])

    def is_finite(self, executor: Executor, gradient: np.ndarray) -> bool:
        """Whether none of its numbers is inf or nan."""
        found = executor.is_finite(gradient)
        if found is not None:
            return found
        store = self.store
        assert store is not None
        quick = _COMPILED and gradient is store.current_grad() and len(gradient) < _FEW
        if quick:
            return store.grad_is_finite()
        with np.errstate(all="ignore"):
            return isfinite(gradient @ gradient) or isfinite(np.add.reduce(gradient))  # the first is the faster one

    def parts(
        self, arrays: list[np.ndarray], count: int, most: int, back: bool = False
    ) -> Iterator[tuple[int, Executor, list[np.ndarray]]]:
        """So many rows at once: the first row of each part, who runs it, and the inputs."""
        for start in range(0, count, most):
            stop = min(start + most, count)
            executor = self.executor(stop - start, back)
            yield start, executor, self.inputs(executor, [array[start:stop] for array in arrays])

    @staticmethod
    def with_row(start: int, run: Callable[..., T], *arrays: np.ndarray) -> T:
        """What a run gives; an error in a row names it, counted from where the rows start."""
        try:
            return run(*arrays)
        except NO_RESULT as error:
            message, *row = error.args
            raise type(error)(message + (f" in row {start + row[0]}" if row else "")) from None

    @staticmethod
    def inputs(executor: Executor, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The arguments that the executor reads, as (rows, numbers), if it looks at their shape."""
        found = [arrays[n] for n in executor.reads]
        return (
            found
            if executor.any_shape
            else [array if array.ndim == 2 else array.reshape(len(array), -1) for array in found]
        )

    def result(self, outputs: np.ndarray, has_rows: bool) -> Any:
        """The outputs in the shapes that f returned them in."""
        if not self.returned.several:
            shape = self.returned.shapes[0]
            result = outputs.reshape(len(outputs), *shape) if shape else outputs.ravel()
            return result if has_rows else result[0]
        parts, start = [], 0
        for shape in self.returned.shapes:
            part = outputs[:, start : start + prod(shape)].reshape(len(outputs), *shape)
            parts.append(part if has_rows else part[0])
            start += prod(shape)
        return tuple(parts)
