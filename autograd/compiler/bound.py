"""A compiled function bound to arrays: it is called without arguments, again and again, on what they hold by then."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

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
        self._forward: Callable[[], None] | None = None
        self._back: _Back | None = None
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
            prepared.with_row(0, self._forward or self._made())
        return self.results if self.arrays else prepared.result(self._outputs, False)

    def backward(self) -> Any:
        """The same; and the gradient of the mean over the rows is added to `.grad` of every parameter.

        Raises:
            As the call.
        """
        state, prepared = self._state(), self._prepared
        with self._f._lock:
            self._make_current()
            store = prepared.store
            if state.checking is not None:
                self._f.backward(*self.arrays)
                prepared.with_row(0, self._forward or self._made())
            elif store is None or store.data.dtype != prepared.dtype or self._in_parts(True):
                self._outputs[...] = prepared.backward(self.arrays, self._count)
            else:
                back = self._back or self._made_back()
                prepared.go_back(back.executor, back.inputs, back.run)
        return self.results if self.arrays else prepared.result(self._outputs, False)

    def forget(self) -> None:
        """Give the memory of the runs back; a further call makes new ones."""
        self._forward = self._back = None

    def _state(self) -> State:
        """What holds here."""
        state = current()
        if state.tracing:
            untraceable("a function that is bound to arrays", "call the function itself, with the numbers of a row")
        return state

    def _in_parts(self, back: bool) -> bool:
        """Whether these are more rows than are computed at once."""
        most = self._prepared.most_rows(back)
        return most is not None and self._count > most

    def _made(self) -> Callable[[], None]:
        """What computes the outputs."""
        prepared, outputs, arrays, count = self._prepared, self._outputs, self.arrays, self._count
        if self._in_parts(False):  # which refers to nothing that refers to it
            self._forward = lambda: np.copyto(outputs, prepared.forward(arrays, count))
        else:
            executor = prepared.executor(self._count)
            self._forward = executor.bound(self._outputs, None, prepared.inputs(executor, self.arrays))
        return self._forward

    def _made_back(self) -> "_Back":
        self._prepared.check_one_number()
        executor = self._prepared.executor(self._count, True)
        inputs = self._prepared.inputs(executor, self.arrays)
        self._back = _Back(executor, inputs, self._outputs)
        return self._back

    def _make_current(self) -> None:
        """Begin anew where the parameters have moved."""
        prepared = self._prepared
        if prepared.is_forgotten:
            raise RuntimeError(f"{self._f!r} has been traced anew since these arrays were bound: bind them again")
        prepared.make_current()
        if self._data is not prepared.data:
            self.forget()
            self._data = prepared.data


class _Back:
    """Forward and backward on the arrays, into the gradients that it is called with: usually one, or two."""

    def __init__(self, executor: Executor, inputs: list[np.ndarray], outputs: np.ndarray) -> None:
        self.executor, self.inputs, self._outputs = executor, inputs, outputs
        self._runs: dict[int, tuple[np.ndarray, Callable[[], None]]] = {}  # by the id of the gradient

    def run(self, gradient: np.ndarray) -> None:
        found = self._runs.get(id(gradient))
        if found is None:
            found = gradient, self.executor.bound(self._outputs, gradient, self.inputs)
            self._runs[id(gradient)] = found
        found[1]()
