"""Where the parameters of a prepared function lie, and where its gradients go."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

import numpy as np

from ...keeping import turn
from ...parameters import Store, adopt, read_numbers
from ...value import Value

if TYPE_CHECKING:
    from ..bound import Bound

T = TypeVar("T")
_MOST_EXECUTORS = 4  # kept: usually for a batch, the last one of an epoch, and validation data


class Located(ABC):
    """Parameters that are found in their store, again where they have moved; or whose numbers are read for each run.

    Attributes:
        parameters: in the order in which they are to lie.
        data: the numbers of the store, as it was when we looked; of parameters that are not adopted, ours.
        positions: of our parameters among the data.
        executors: which run on numbers that lie there; the one that was used last is the last.
        rows: that ran last; 0 where none have.
    """

    parameters: list[Value]

    @abstractmethod
    def lay_out_at(self, positions: np.ndarray, size: int) -> None:
        """Be ready for parameters that lie there among so many numbers."""

    def begin(self, dtype: np.dtype, adopts: bool, twin: "Located | None" = None) -> None:
        """Be ready to run. A twin has the same parameters, and may know where they are."""
        self.other = twin
        self.dtype, self.adopts, self.rows = dtype, adopts, 0
        self.is_forgotten = False  # who is bound to arrays still has it
        self.store: Store | None = None
        self.data = np.empty(0, dtype)
        self.executors: dict[Any, Any] = {}
        self.latest: tuple[Any, Any] = (None, None)  # the key of the last of them, and it
        self.bounds: WeakSet[Bound] = WeakSet()  # which run on arrays of theirs
        self.positions = np.empty(0, np.intp)
        self.lay_out()

    def lay_out(self) -> None:
        """Find the parameters in their store, and be ready for where they lie there."""
        data, positions = self.data, np.arange(len(self.parameters))
        if self.parameters and not self.adopts:
            data = np.empty(len(self.parameters))
        elif self.parameters:
            with turn:  # functions of several threads may share parameters
                other = self.other
                if other is not None and other.store is not None and other.store.data is other.data:
                    self.store, positions = other.store, other.positions
                else:
                    self.store, positions = adopt(self.parameters, np.float64)  # which rounds none of them
                self.store.holders.add(self)
                data = self.store.data
            self.lay_out_at(positions, len(data))
        self.lie_at(data, positions)

    def lie_at(self, data: np.ndarray, positions: np.ndarray) -> None:
        """The parameters are there from now on."""
        self.converted = None if data.dtype == self.dtype else np.empty(len(data), self.dtype)
        self.gradient: np.ndarray | None = None  # where it cannot be written into the store
        self.free_runs()
        self.positions = positions
        self.data = data  # last: who is interrupted before is not current, and begins again

    def free_runs(self) -> None:
        """Give the memory of further runs back."""
        self.executors.clear()
        self.latest = None, None
        for bound in list(self.bounds):
            bound.forget()

    def bytes_of_runs(self) -> int:
        """How much that is."""
        return sum(executor.bytes() for executor in list(self.executors.values()))

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """The executor that is kept by this key, or a new one; the one that was used longest ago makes room."""
        latest, executor = self.latest
        if latest == key:
            return executor
        executor = self.executors.pop(key, None)
        if executor is None:
            executor = make()
        self.executors[key] = executor
        self.latest = key, executor
        if len(self.executors) > _MOST_EXECUTORS:
            del self.executors[next(iter(self.executors))]
        return executor

    def numbers(self) -> np.ndarray:
        """Those of the parameters, in our dtype."""
        return self.data if self.converted is None else self.converted

    def make_current(self) -> None:
        """Read the parameters, or look where they are now: they may have moved since the last call."""
        if not self.adopts:
            read_numbers(self.parameters, self.data)
        elif self.store is not None and self.store.data is not self.data:
            self.lay_out()
        if self.converted is not None:
            with np.errstate(all="ignore"):  # what is too large for float32 becomes inf, silently
                self.converted[:] = self.data

    def convert(self) -> None:
        """Keep the parameters in our dtype, wherever they are."""
        with turn:
            self.make_current()
            assert self.store is not None
            self.store.convert(self.dtype)
            self.lie_at(self.store.data, self.positions)  # nothing has moved

    def parameter_at(self, position: int) -> Value:
        """The parameter that lies there."""
        return self.parameters[int(np.flatnonzero(self.positions == position)[0])]

    def own_gradient(self) -> np.ndarray:
        """An array for a gradient that cannot be written into the store."""
        if self.gradient is None:
            self.gradient = np.empty(len(self.data), self.dtype)
        return self.gradient

    def add_gradient(self, gradient: np.ndarray) -> None:
        """Add to the gradients of the parameters, wherever they are by now."""
        store = self.store
        assert store is not None
        with turn, np.errstate(all="ignore"):
            if store.data is self.data:
                found = store.current_grad()
                found += gradient
            else:  # another thread has moved them meanwhile
                store, positions = adopt(self.parameters)
                store.current_grad()[positions] += gradient[self.positions]
            store.grad_is_zero = False
