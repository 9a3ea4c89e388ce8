"""What `autograd.compile` returns: a function on arrays, with a program for every shape of its arguments."""

import os
from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from threading import RLock
from typing import Any
from weakref import WeakSet

import numpy as np

from ..collector import Uncollected, collector_paused
from ..markup import paragraph
from ..recording import current
from ..tracing import untraceable
from .arguments import ByPosition, as_arrays, called, in_order, is_ready
from .bound import Bound
from .checking import check_gradient, check_outputs, check_rows
from .executors import default_backend, executor_of
from .executors.threads import check_threads, default_threads
from .explain import MOST_LINES
from .explanation import Explanation
from .passes import folded_trace
from .paying import doubts
from .prepared import Prepared, prepare
from .program import Program

_ndarray, _INT64 = np.ndarray, np.dtype(np.int64)
MOST_BYTES = 2**26  # of the buffers of a batch
_ALL: WeakSet["Compiled"] = WeakSet()


def _after_fork() -> None:
    """In a child that was forked nobody runs a function: the thread that did is not there."""
    for each in list(_ALL):
        each._lock = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Compiled:
    """A function of one row, compiled to run on many rows at once. Made by `autograd.compile`; see there.

    Args:
        most_bytes: of the buffers of a batch; a larger one is computed in parts.

    Attributes:
        backend: what runs the programs.
        dtype: of all arithmetic.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        dtype: Any,
        most_bytes: int = MOST_BYTES,
        backend: str | None = None,
        threads: int | None = None,
    ) -> None:
        self._asked = backend
        self.backend = default_backend() if backend is None else backend
        executor_of(self.backend)  # which may be unknown, or not built
        try:
            self.dtype = np.dtype(dtype)
        except TypeError:  # no dtype at all
            self.dtype = np.dtype(object)
        if self.dtype not in (np.float64, np.float32):
            raise ValueError(f"dtype must be 'float64' or 'float32', got {dtype!r}")
        check_threads(threads)
        default_threads()  # which may be none
        self._f, self._most_bytes, self._threads = f, most_bytes, threads
        self._prepared: dict[tuple, Prepared] = {}
        self._with_names: dict[tuple, Compiled] = {}  # f with some arguments by name
        self._latest: Prepared | None = None
        self._shapes: list[tuple[int, ...]] = []  # of the arguments of the latest call, and what was found for them
        self._found: tuple[int, Prepared] | None = None
        self._lock = RLock()  # the buffers are shared
        _ALL.add(self)
        self._attribute = getattr(f, "__name__", "")  # the name of the method, in a class
        self._owner: type | None = None  # that class
        update_wrapper(self, f, updated=())

    def __set_name__(self, owner: type, name: str) -> None:
        self._attribute = f"{owner.__qualname__}.{name}"  # a subclass may have a method of that name, too
        self._owner = owner if hasattr(self._f, "__get__") else None

    def __get__(self, instance: Any, owner: type | None = None) -> "Compiled":
        """As a method: every object has a compiled function of its own, with its own parameters.

        Asked of the class it is this one, to which the object is given as the first argument.
        """
        if instance is None or not hasattr(self._f, "__get__"):
            return self
        if not hasattr(instance, "__dict__"):
            raise TypeError(
                f"an object of {type(instance).__name__} has no place for a compiled method: it has __slots__"
            )
        bound = Compiled(self._f.__get__(instance, owner), self.dtype, self._most_bytes, self._asked, self._threads)
        return vars(instance).setdefault(self._attribute, bound)

    def __reduce__(self) -> tuple:
        # A copy makes programs of its own, by what is the default where it is made.
        return Compiled, (self._f, self.dtype, self._most_bytes, self._asked, self._threads)

    def use(self, prepared: Prepared) -> "Compiled":
        """Have this program for arguments of its shapes, instead of tracing f."""
        self._prepared[prepared.shapes] = self._latest = prepared
        self._found = None
        return self

    @property
    def bytes_of_runs(self) -> int:
        """The memory that is kept for further runs."""
        own = sum(prepared.bytes_of_runs() for prepared in list(self._prepared.values()))
        return own + sum(other.bytes_of_runs for other in list(self._with_names.values()))

    def free_runs(self) -> None:
        """Free that memory, unless a run is going on: a further one allocates it anew."""
        if self._lock.acquire(blocking=False):
            try:
                for prepared in self._prepared.values():
                    prepared.free_runs()
                for other in self._with_names.values():
                    other.free_runs()
            finally:
                self._lock.release()

    def is_current(self) -> bool:
        """Would f, run anew, give the program of the latest call? Not where it closes over something else by now.

        Raises:
            RuntimeError: before the first call.
        """
        last = self._last()
        assert last.digest is not None, "who has traced for several programs knows"
        with collector_paused():
            tape, returned = folded_trace(last.f, last.shapes)
            return (tape.digest(), returned) == last.digest

    def __call__(self, /, *rows: Any, **named: Any) -> Any:
        """f of every row: an array (rows,) for one number, (rows, n) for a list; a tuple of these for a tuple.

        Raises:
            TypeError: for names that f does not have, has been given already, or misses.
            TraceError: at the first call with these shapes, when f cannot be compiled.
            ValueError: for arguments that are not numbers, ragged, empty, or of different length.
            IndexError: when a `take` gets an index outside of its list.
            UnfinishedError: when a row of a `while_loop` is not done after as many turns as it may take.
            AnomalyError: inside `detect_anomaly()`, for the first number that is not finite; it names the row.
        """
        state = current()
        if state.tracing or (state.checking is not None and state.checking.of_row):
            return self._f(*rows, **named)  # a compiled function inside another becomes a part of it
        if named:
            return self._by_name("__call__", rows, named)
        if self._owner is not None and rows and isinstance(rows[0], self._owner):
            return self.__get__(rows[0])(*rows[1:])
        with self._lock, Uncollected():
            arrays, count, prepared = self._given(rows)
            outputs = prepared.forward(arrays, count)
            if state.checking is not None:
                check_rows(self._f, arrays)
                check_outputs(outputs)
            return prepared.result(outputs, bool(rows))

    def backward(self, /, *rows: Any, **named: Any) -> Any:
        """Add the gradient of the mean of f over the rows to `.grad` of every parameter. Returns what the call returns.

        Where f returns a tuple, its first element is the number to differentiate. In float32 the parameters become
        float32 numbers here.

        Raises:
            As the call; and TraceError when f (or the first element of its tuple) is a list. No gradient has changed
            then.
        """
        state = current()
        if state.tracing or (state.checking is not None and state.checking.of_row):
            untraceable("backward() of a compiled function", "call it outside; in here compute with its result")
        if named:
            return self._by_name("backward", rows, named)
        if self._owner is not None and rows and isinstance(rows[0], self._owner):
            return self.__get__(rows[0]).backward(*rows[1:])
        with self._lock, Uncollected():
            arrays, count, prepared = self._given(rows)
            check = None
            if state.checking is not None:
                outputs = prepared.forward(arrays, count)
                check_rows(self._f, arrays, prepared.parameters)
                check_outputs(outputs)
                check = partial(check_gradient, prepared, arrays=arrays)
            return prepared.result(prepared.backward(arrays, count, check), bool(rows))

    def bind(self, /, *arrays: Any, **named: Any) -> Bound:
        """f for these arrays, which are filled anew between its calls: without arguments, checks and new arrays.

            step = f.bind(X, Y)
            X[:] = …
            step.backward()     as f.backward(X, Y); step() as f(X, Y)

        What it returns is in the same arrays each time. It refers to X and Y themselves: so these must be contiguous
        and of our dtype.

        Raises:
            TypeError: for what is no such array.
            Further as the call.

        >>> import numpy as np
        >>> from autograd import Value, compile
        >>> w, X = Value(2.0), np.array([1.0, 2.0])
        >>> square = compile(lambda x: (w * x) ** 2).bind(X)
        >>> square().tolist()
        [4.0, 16.0]
        >>> X[0] = 3.0
        >>> square().tolist()
        [36.0, 16.0]
        """
        if named:
            return self._by_name("bind", arrays, named)
        if self._owner is not None and arrays and isinstance(arrays[0], self._owner):
            return self.__get__(arrays[0]).bind(*arrays[1:])
        for place, array in enumerate(arrays):
            ours = isinstance(array, np.ndarray) and array.dtype == self.dtype and is_ready(array)
            if not ours or isinstance(array, np.ma.MaskedArray):
                got = f"an array of {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
                raise TypeError(
                    f"bind takes contiguous, aligned arrays of {self.dtype}, which it reads at each call; argument "
                    f"{place} is {got}: bind np.array(…, {self.dtype.name!r}), and fill that"
                )
        with self._lock:
            ready, count = as_arrays(arrays, self.dtype, self._f)
            return Bound(self, self._prepare(ready), ready, count)

    def flops_of_products(self, *rows: np.ndarray, count: int) -> int:
        """Floating-point operations in the products of matrices, forward and backward, for so many of such rows."""
        with self._lock:
            arrays, _ = as_arrays([each[:1] for each in rows], self.dtype, self._f)
            return self._prepare(arrays).flops_of_products(count)

    def retrace(self) -> None:
        """Forget all programs: the next call runs f anew.

        A program sees new numbers of its parameters, but not that f would do something else now: because it closes over
        another model, another list or another plain number than when it was traced.
        """
        with self._lock:
            for prepared in self._prepared.values():
                prepared.is_forgotten = True
            for other in self._with_names.values():
                other.retrace()
            self._prepared.clear()
            self._with_names.clear()
            self._latest = self._found = None

    @property
    def prepared(self) -> Prepared:
        """What runs for arguments as those of the latest call, or of `use`."""
        return self._last()

    @property
    def program(self) -> Program:
        """The array operations of the latest call. `print` lists them, `viz.draw` draws them.

        Raises:
            RuntimeError: before the first call.
        """
        return self._last().whole_program()

    @property
    def source(self) -> str:
        """The program of the latest call as the Python function that runs it.

        Raises:
            RuntimeError: before the first call.
        """
        last = self._last()
        if not last.rows:
            raise RuntimeError(f"{self!r} has run on no rows yet: call it once, since their number decides")
        return last.source()

    def explain(self, rows: int | None = None) -> str:
        """The program of the latest call in words: what became of the scalars, and the work for so many rows.

        Where a call takes longer than the graphs of scalars would, by an estimate, the last line says what to do.

        Raises:
            RuntimeError: before the first call.
        """
        head, explanation, notes = self._explained(rows)
        return "\n".join([head, str(explanation), *notes])

    def _repr_html_(self) -> str:
        """What a notebook shows: the program of the latest call as a table, and what became of the scalars."""
        if self._latest is None:
            return paragraph(f"{self!r}: no program yet; call it once with data, whose shape decides about it")
        head, explanation, notes = self._explained(None, most=40)
        return f"<div>{paragraph(head)}{explanation.markup()}{''.join(map(paragraph, filter(None, notes)))}</div>"

    def _explained(self, rows: int | None, most: int = MOST_LINES) -> tuple[str, Explanation, list[str]]:
        """What was compiled, its program, and what else there is to say."""
        last = self._last()
        rows = rows or last.rows or 1
        shapes = ", ".join("×".join(["B", *map(str, shape)]) for shape in last.shapes)
        head = f"compile({called(self._f)}, dtype={self.dtype.name!r}) of {shapes or 'nothing'}"
        executor = next(reversed(last.executors.values()), None)
        notes = ["", executor.runs_as] if executor is not None and executor.runs_as else []
        return head, last.explain(rows, most), [*notes, *doubts(last.work(), rows, self.backend)]

    def __repr__(self) -> str:
        threads = f", threads={self._threads}" if self._threads is not None else ""
        return f"compile({called(self._f)}, dtype={self.dtype.name!r}, backend={self.backend!r}{threads})"

    def _last(self) -> Prepared:
        if self._latest is None:
            raise RuntimeError(f"{self!r} has no program yet: call it once with data, whose shape decides about it")
        return self._latest

    def _by_name(self, method: str, rows: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call or go backward with arguments by name: f's other ones, or f itself, take them by position."""
        rows, named = in_order(self._f, rows, named)
        if not named:
            return getattr(self, method)(*rows)
        if self._owner is not None and rows and isinstance(rows[0], self._owner):
            return getattr(self.__get__(rows[0]), method)(*rows[1:], **named)
        with self._lock:
            named = dict(sorted(named.items()))  # in whatever order they came
            key = len(rows), *named
            other = self._with_names.get(key)
            if other is None:
                f = ByPosition(self._f, len(rows), [*named])
                other = self._with_names[key] = Compiled(f, self.dtype, self._most_bytes, self.backend, self._threads)
            result = getattr(other, method)(*rows, *named.values())
            self._latest = other._latest
        return result

    def _given(self, rows: tuple[Any, ...]) -> tuple[list[np.ndarray], int, Prepared]:
        """The arguments as arrays, how many rows they have, and what is prepared for them.

        Arrays of the latest call's shapes, contiguous and of our dtype or whole numbers, are asked for no more. Indices
        of takes stay the whole numbers that they are.
        """
        ready, shapes = [], []
        indices = () if self._found is None or current().checking is not None else self._found[1].indices
        for place, argument in enumerate(rows):
            if type(argument) is not _ndarray:
                break
            dtype = argument.dtype
            if dtype is not self.dtype and not (dtype is _INT64 and place in indices and is_ready(argument)):
                if dtype.kind not in "iu":
                    break
                argument = argument.astype(self.dtype, "C")  # noqa: PLW2901
            elif not is_ready(argument):
                break
            ready.append(argument)
            shapes.append(argument.shape)
        else:
            if self._found is not None and shapes == self._shapes:
                count, self._latest = self._found
                return ready, count, self._latest
        arrays, count = as_arrays(rows, self.dtype, self._f)
        prepared = self._prepare(arrays)
        self._shapes, self._found = [array.shape for array in arrays], (count, prepared)
        return arrays, count, prepared

    def _prepare(self, arrays: Sequence[np.ndarray]) -> Prepared:
        shapes = tuple([array.shape[1:] for array in arrays])
        prepared = self._prepared.get(shapes)
        if prepared is None:
            prepared = self._prepared[shapes] = prepare(
                self._f, shapes, self.dtype, self._most_bytes, backend=self.backend, threads=self._threads
            )
        self._latest = prepared
        return prepared
