"""A compiled function bound to arrays: it is called without arguments, again and again, on what they hold by then."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..keeping import turn
from ..recording import State, current
from ..tracing import untraceable
from .executors import Executor
from .prepared import Prepared

if TYPE_CHECKING:
    from .compiled import Compiled


class Bound:
    """What `Compiled.bind` returns; see there.

    Attributes:
        arrays: those that it reads. Fill them anew; they are not looked at again.
        results: what a call returns, the same arrays each time: the next call overwrites them. Of a function without
            arguments they have one row, and a call returns that.
    """

    def __init__(self, f: "Compiled", prepared: Prepared, arrays: Sequence[np.ndarray], count: int) -> None:
        self._f, self._prepared, self._count, self.arrays = f, prepared, count, list(arrays)
        self._outputs = np.empty((count, prepared.returned.numbers), prepared.dtype)
        self.results = prepared.result(self._outputs, True)
        self._runs: dict[tuple[bool, ...], _Run] = {}
        self._data: np.ndarray | None = None  # of the parameters, as they lay when the runs were made
        prepared.bounds.add(self)

    def __reduce__(self) -> tuple:
        return type(self._f).bind, (self._f, *self.arrays)  # a copy is bound to copies of the arrays

    def __call__(self) -> Any:
        """f of every row of the arrays.

        Raises:
            TraceError: in a function that is being compiled: its arrays are not numbers of a row.
            RuntimeError: after `retrace()`, which has forgotten the program.
        """
        state, prepared = self._state(), self._prepared
        with self._f._lock:
            self._make_current()
            if state.checking is not None:
                self._f(*self.arrays)
            if state.checking is not None or self._is_too_large(False):
                self._outputs[...] = prepared.forward(self.arrays, self._count)
            else:
                run = self._runs.get((False,)) or self._made((False,), None)
                prepared.with_row(0, run.run)
        return self._given()

    def backward(self) -> Any:
        """The same; and the gradient of the mean over the rows is added to `.grad` of every parameter.

        Raises:
            As the call.
        """
        state, prepared = self._state(), self._prepared
        with self._f._lock, turn:
            self._make_current()
            store = prepared.store
            if state.checking is not None:
                self._f.backward(*self.arrays)
                self._outputs[...] = prepared.forward(self.arrays, self._count)
            elif store is None or store.grad.dtype != prepared.dtype or self._is_too_large(True):
                self._outputs[...] = prepared.backward(self.arrays, self._count)
            else:
                straight = store.grad_is_zero
                key = True, straight, prepared.takes_exact
                gradient = store.grad if straight else prepared.own_gradient()
                run = self._runs.get(key) or self._made(key, gradient)
                if straight:
                    prepared.into_store(run.executor, run.inputs, run.run)
                else:
                    prepared.run_both(0, run.executor, run.inputs, run.run)
                    prepared.add_gradient(gradient)
        return self._given()

    def forget(self) -> None:
        """Give the memory of the runs back; a further call makes new ones."""
        self._runs.clear()

    def _state(self) -> State:
        """What holds here."""
        state = current()
        if state.tracing:
            untraceable("a function that is bound to arrays", "call the function itself, with the numbers of a row")
        return state

    def _given(self) -> Any:
        return self.results if self.arrays else self._prepared.result(self._outputs, False)

    def _is_too_large(self, back: bool) -> bool:
        """Whether so many rows are computed in parts."""
        most = self._prepared.most_rows(back)
        return most is not None and self._count > most

    def _made(self, key: tuple[bool, ...], gradient: np.ndarray | None) -> "_Run":
        executor = self._prepared.executor(self._count, gradient is not None)
        inputs = self._prepared.inputs(executor, self.arrays)
        run = self._runs[key] = _Run(executor, inputs, executor.bound(self._outputs, gradient, inputs))
        return run

    def _make_current(self) -> None:
        """Begin anew where the parameters have moved."""
        prepared = self._prepared
        if self._f._prepared.get(prepared.shapes) is not prepared:
            raise RuntimeError(f"{self._f!r} has been traced anew since these arrays were bound: bind them again")
        prepared.make_current()
        if self._data is not prepared.data:
            self._runs.clear()
            self._data = prepared.data


class _Run(NamedTuple):
    """What runs on the arrays: the executor, what of them it reads, and its function without arguments."""

    executor: Executor
    inputs: list[np.ndarray]
    run: Callable[[], Any]
