"""What `autograd.compile` returns: a function on arrays, with a program for every shape of its arguments."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import update_wrapper
from math import prod
from threading import RLock
from typing import Any

import numpy as np

from ..collector import collector_paused
from ..parameters import Store, adopt
from ..recording import state
from ..tracing import TraceError
from ..value import Value
from .adjoint import add_adjoint
from .classes import find_classes
from .numpy_executor import Executor
from .program import Program
from .sums import find_sums
from .tables import find_tables
from .trace import trace

_MOST_BYTES = 2**26  # of buffers: larger batches are computed in parts
_MOST_EXECUTORS = 4  # kept for each shape: usually a batch, the last one of an epoch, and validation data


class Compiled:
    """A function of one row, compiled to run on many rows at once. Made by `autograd.compile`; see there."""

    def __init__(self, f: Callable[..., Any], dtype: Any) -> None:
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float64, np.float32):
            raise ValueError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
        self._f = f
        self._prepared: dict[tuple, _Prepared] = {}
        self._latest: _Prepared | None = None
        self._lock = RLock()  # the buffers are shared
        update_wrapper(self, f, updated=())

    def __call__(self, *rows: Any) -> Any:
        """f of every row: an array (rows,) for one number, (rows, n) for a list; a tuple of these for a tuple.

        Raises:
            TraceError: at the first call with these shapes, when f cannot be compiled.
            ValueError: for arguments that are not numbers, ragged, empty, or of different length.
            IndexError: when a `take` gets an index outside of its list.
        """
        if state.tracing:
            return self._f(*rows)  # a compiled function inside another becomes a part of it
        with self._lock:
            arrays, count = self._arrays(rows)
            prepared = self._prepare(arrays)
            return prepared.result(prepared.forward(arrays, count), bool(rows))

    def backward(self, *rows: Any) -> Any:
        """Add the gradient of the mean of f over the rows to `.grad` of every parameter. Returns what the call returns.

        Where f returns a tuple, its first element is the number to differentiate. In float32 the parameters become
        float32 numbers here.

        Raises:
            As the call; and TraceError when f (or the first element of its tuple) is a list. No gradient has changed
            then.
        """
        if state.tracing:
            raise TraceError("backward() of a compiled function inside a function that is being compiled")
        with self._lock:
            arrays, count = self._arrays(rows)
            prepared = self._prepare(arrays)
            return prepared.result(prepared.backward(arrays, count), bool(rows))

    def retrace(self) -> None:
        """Forget all programs: the next call runs f anew.

        A program sees new numbers of its parameters, but not that f would do something else now: because it closes over
        another model, another list or another plain number than when it was traced.
        """
        with self._lock:
            self._prepared.clear()
            self._latest = None

    @property
    def program(self) -> Program:
        """The array operations of the latest call. `print` lists them, `viz.draw` draws them.

        Raises:
            RuntimeError: before the first call.
        """
        return self._last().program

    @property
    def source(self) -> str:
        """The program of the latest call as the Python function that runs it."""
        executor = next(reversed(self._last().executors.values()))
        return "\n".join(filter(None, [executor.forward_source, executor.backward_source]))

    def explain(self, rows: int | None = None) -> str:
        """The program of the latest call in words: what became of the scalars, and the work for so many rows.

        Raises:
            RuntimeError: before the first call.
        """
        last = self._last()
        shapes = ", ".join("×".join(["B", *map(str, shape)]) for shape in last.shapes)
        return f"{self!r} of {shapes or 'nothing'}\n{last.program.explain(rows or last.rows)}"

    def __repr__(self) -> str:
        return f"compile({getattr(self._f, '__qualname__', None) or repr(self._f)}, dtype={self.dtype.name!r})"

    def _last(self) -> "_Prepared":
        if self._latest is None:
            raise RuntimeError(f"{self!r} has no program yet: call it once with data, whose shape decides about it")
        return self._latest

    def _arrays(self, rows: Sequence[Any]) -> tuple[list[np.ndarray], int]:
        """The arguments as contiguous arrays of our dtype, and how many rows they have."""
        arrays = []
        for number, argument in enumerate(rows):
            ready = type(argument) is np.ndarray and argument.dtype is self.dtype and argument.flags.c_contiguous
            array = argument if ready else self._array(number, argument)
            if not array.ndim:
                raise ValueError(f"argument {number} is one number; it must have rows: write [x] for one row")
            arrays.append(array)
        if not arrays:
            return arrays, 1
        count = len(arrays[0])
        for number, array in enumerate(arrays):
            if len(array) != count:
                raise ValueError(f"argument 0 has {count} rows, but argument {number} has {len(array)}")
        if not count:
            raise ValueError("the arguments have no rows")
        return arrays, count

    def _array(self, number: int, argument: Any) -> np.ndarray:
        try:
            array = np.asarray(argument)
        except ValueError as error:
            raise ValueError(f"argument {number} must hold numbers, in rows of equal length: {error}") from None
        if array.dtype.kind not in "buif":
            values = array.dtype.kind == "O" and any(isinstance(each, Value) for each in array.flat)
            hint = ": a compiled function takes plain numbers; to compute with Values call the function itself"
            raise ValueError(
                f"argument {number} must hold numbers, got {array.flat[0] if array.size else argument!r}"
                + (hint if values else "")
            )
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(array, self.dtype).reshape(array.shape)

    def _prepare(self, arrays: Sequence[np.ndarray]) -> "_Prepared":
        shapes = tuple([array.shape[1:] for array in arrays])
        prepared = self._prepared.get(shapes)
        if prepared is None:
            with collector_paused():
                prepared = self._prepared[shapes] = _Prepared(self._f, shapes, self.dtype)
        self._latest = prepared
        return prepared


class _Prepared:
    """f for one shape of its arguments: traced, laid out where its parameters lie, with executors for some batches."""

    def __init__(self, f: Callable[..., Any], shapes: tuple[tuple[int, ...], ...], dtype: np.dtype) -> None:
        self.shapes, self.dtype, self.rows = shapes, dtype, 1
        tape, self.returned = trace(f, shapes)
        self.classes = find_classes(find_sums(tape))
        del tape
        if not self.classes.outputs:
            raise TraceError("f returned nothing to compute")
        self.input_sizes = [prod(shape) for shape in shapes]
        self.store: Store | None = None
        self.data = np.empty(0, dtype)  # of the store, as it was when the program was laid out
        self.executors: OrderedDict[int, Executor] = OrderedDict()
        program = find_tables(self.classes, None, 0, self.input_sizes)
        order = np.argsort(program.places)[(program.places < 0).sum() :]
        self.parameters = [self.classes.tape.parameters[n] for n in order]
        self.order = order
        self.use(program)
        self.lay_out()

    def use(self, program: Program) -> None:
        self.program = add_adjoint(program) if not self.returned.shapes[0] else program
        arrays = {step.out.array for step in (*self.program.steps, *self.program.adjoints)}
        numbers = sum(array.size for array in arrays if array.by_row)
        self.most_rows = max(1, _MOST_BYTES // (max(1, numbers) * self.dtype.itemsize))

    def lay_out(self) -> None:
        """Find the parameters in their store, and make the program for where they lie there."""
        size = 0
        if self.parameters:
            self.store, positions = adopt(self.parameters)
            self.data, size = self.store.data, len(self.store.data)
            places = np.full(len(self.classes.tape.parameters), -1)
            places[self.order] = positions
            if size != self.program.parameters.size or (places != self.program.places).any():
                self.use(find_tables(self.classes, places, size, self.input_sizes))
        self.converted = None if self.data.dtype == self.dtype else np.empty(size, self.dtype)
        self.gradient: np.ndarray | None = None  # of a part, where it cannot be written into the store
        self.executors.clear()

    def forward(self, arrays: list[np.ndarray], count: int) -> np.ndarray:
        """The outputs, (rows, outputs)."""
        self.make_current()
        with np.errstate(all="ignore"):
            parts = [self.executor(n).run_forward(*inputs) for n, inputs in self.parts(arrays, count)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def backward(self, arrays: list[np.ndarray], count: int) -> np.ndarray:
        """The outputs; the gradient is added to the store."""
        if self.returned.shapes[0]:
            raise TraceError(
                f"backward() needs one number to differentiate, but f returns a list {self.returned.shapes[0]}: "
                "return their sum, or a tuple (loss, more)"
            )
        store = self.store
        if store is None:
            return self.forward(arrays, count)
        store.convert(self.dtype)
        self.make_current()
        with np.errstate(all="ignore"):
            if store.grad_is_zero and count <= self.most_rows:
                executor, inputs = self.executor(count), self.inputs(arrays)
                results = executor.run_forward(*inputs)
                store.grad_is_zero = False
                executor.backward(store.grad, True, count)(*inputs)
                return results
            if self.gradient is None:
                self.gradient = np.zeros_like(store.grad)
            parts, total = [], np.zeros_like(store.grad)
            for n, inputs in self.parts(arrays, count):
                executor = self.executor(n)
                parts.append(executor.run_forward(*inputs))
                executor.backward(self.gradient, False, count)(*inputs)
                total += self.gradient
            store.grad += total  # last: an error in the middle has changed nothing
            store.grad_is_zero = False
        return np.concatenate(parts)

    def make_current(self) -> None:
        """Look where the parameters are now: they may have moved since the last call."""
        if self.store is not None:
            if self.store.data is not self.data:
                self.lay_out()
            if self.converted is not None:
                self.converted[:] = self.data

    def parts(self, arrays: list[np.ndarray], count: int) -> Iterator[tuple[int, list[np.ndarray]]]:
        """The rows in parts whose buffers are not too large."""
        for start in range(0, count, self.most_rows):
            stop = min(start + self.most_rows, count)
            yield stop - start, self.inputs([array[start:stop] for array in arrays])

    def inputs(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """The arguments that the program reads, as (rows, numbers)."""
        return [
            arrays[n] if arrays[n].ndim == 2 else arrays[n].reshape(len(arrays[n]), -1) for n in self.program.inputs
        ]

    def executor(self, count: int) -> Executor:
        self.rows = count
        executor = self.executors.get(count)
        if executor is None:
            parameters = self.data if self.converted is None else self.converted
            executor = self.executors[count] = Executor(self.program, count, self.dtype, parameters)
            if len(self.executors) > _MOST_EXECUTORS:
                self.executors.popitem(last=False)
        return executor

    def result(self, outputs: np.ndarray, has_rows: bool) -> Any:
        """The outputs in the shapes that f returned them in."""
        parts, start = [], 0
        for shape in self.returned.shapes:
            part = outputs[:, start : start + prod(shape)].reshape(len(outputs), *shape)
            parts.append(part if has_rows else part[0])
            start += prod(shape)
        return tuple(parts) if self.returned.several else parts[0]
