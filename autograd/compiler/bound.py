"""A compiled function bound to arrays: it is called without arguments, again and again, on what they hold by then."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

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
        self._data: np.ndarray | None = None  # of the parameters, as they lay when the runs were made
        self._grad: np.ndarray | None = None
        self._inputs: list[np.ndarray] = []
        self._executor: Executor | None = None
        self._forward: Callable[[], None] | None = None
        self._both: Callable[[], None] | None = None

    def __call__(self) -> Any:
        """f of every row of the arrays.

        Raises:
            TraceError: in a function that is being compiled: its arrays are not numbers of a row.
            RuntimeError: after `retrace()`, which has forgotten the program.
        """
        state = self._state()
        with self._f._lock:
            self._make_current()
            if state.checking is not None:
                self._f(*self.arrays)
                self._outputs[...] = self._prepared.forward(self.arrays, self._count)
                return self._given()
            if self._forward is None:
                executor = self._prepared.executor(self._count, self._prepared.forward_program)
                self._forward = executor.bound(self._outputs, None, self._inputs)
            self._prepared.with_row(0, self._forward)
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
                return self._given()
            usual = store is not None and store.grad_is_zero and store.grad.dtype == prepared.dtype
            if store is None or not usual or prepared.takes_exact:
                self._outputs[...] = prepared.backward(self.arrays, self._count)
                return self._given()
            if self._both is None or self._grad is not store.grad:
                executor = self._executor = prepared.executor(self._count, prepared.usual_program())
                self._grad = store.grad
                self._both = executor.bound(self._outputs, store.grad, self._inputs)
            assert self._executor is not None
            store.grad_is_zero = False
            try:
                prepared.with_row(0, self._both)
            except IndexError:
                store.grad.fill(0.0)
                store.grad_is_zero = True
                raise
            with np.errstate(all="ignore"):
                prepared.mend(self._executor, self._inputs, store.grad, True)
        return self._given()

    def _state(self) -> State:
        """What holds here."""
        state = current()
        if state.tracing:
            untraceable("a function that is bound to arrays", "call the function itself, with the numbers of a row")
        return state

    def _given(self) -> Any:
        return self.results if self.arrays else self._prepared.result(self._outputs, False)

    def _make_current(self) -> None:
        """Begin anew where the parameters have moved."""
        if self._f._prepared.get(self._prepared.shapes) is not self._prepared:
            raise RuntimeError(f"{self._f!r} has been traced anew since these arrays were bound: bind them again")
        if self._prepared.converted is None:
            self._prepared.make_current()
        else:
            with np.errstate(all="ignore"):  # what is too large for float32 becomes inf, silently
                self._prepared.make_current()
        if self._data is not self._prepared.data:
            self._forward = self._both = None
            self._inputs = self._prepared.inputs(self.arrays)
            self._data = self._prepared.data
