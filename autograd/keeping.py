# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Where a leaf's number and gradient are kept, when it is not in the leaf itself."""

from __future__ import annotations

import os
import threading
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from . import _cython as cython

turn = threading.RLock()  # of the thread that walks over a graph, moves leaves, or changes the gradients of several
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=turn._at_fork_reinit)  # type: ignore[attr-defined]  # no thread walks there


def in_turn(function: Any) -> Any:
    """The function, during which no other thread walks or moves leaves."""

    @wraps(function)
    def waiting(*args: Any) -> Any:
        with turn:
            return function(*args)

    return waiting


@cython.binding(False)
@cython.cclass
class Keeper:
    """Numbers and gradients of many leaves, each at its position in two flat arrays.

    Attributes:
        grad_is_zero: true only while the gradients are known to be 0 everywhere.
        is_marked: whether zeros are still to be written into the gradients: until then it is they that count, whatever
            stands there.
    """

    __slots__ = ("_double", "_double_grad", "_float", "_float_grad", "grad_is_zero", "is_marked")

    def keep(self, data: Any, grad: Any) -> None:
        """Keep the numbers in `data` and the gradients in `grad`, both with a buffer of float64 or of float32."""
        # Of the plain build, one kind of memoryview serves both: no other thread finds a half of the change.
        double = not cython.compiled or memoryview(data).format == "d"
        self.is_marked = False
        self._double: Any = memoryview(data) if double else None
        self._double_grad: Any = memoryview(grad) if double else None
        self._float: Any = None if double else memoryview(data)
        self._float_grad: Any = None if double else memoryview(grad)

    def number(self, position: cython.Py_ssize_t) -> float:
        return self._float[position] if self._double is None else self._double[position]

    def set_number(self, position: cython.Py_ssize_t, number: float) -> None:
        if self._double is None:
            self._float[position] = number
        else:
            self._double[position] = number

    def write_zeros(self) -> None:
        """Write the zeros that are still to be written. In turn, where other threads may run in between."""
        if not self.is_marked:
            return
        if not cython.compiled:
            self._double_grad.cast("B")[:] = bytes(self._double_grad.nbytes)
        elif self._double_grad is None:
            for i in range(len(self._float_grad)):
                self._float_grad[i] = 0.0
        else:
            for i in range(len(self._double_grad)):
                self._double_grad[i] = 0.0
        self.is_marked = False

    def gradient(self, position: cython.Py_ssize_t) -> float:
        if self.is_marked:
            return 0.0
        return self._float_grad[position] if self._double_grad is None else self._double_grad[position]

    def set_gradient(self, position: cython.Py_ssize_t, gradient: float) -> None:
        self.write_zeros()
        self.grad_is_zero = False
        if self._double_grad is None:
            self._float_grad[position] = gradient
        else:
            self._double_grad[position] = gradient

    def grad_is_finite(self) -> bool:
        """Whether no gradient is inf or nan: of a few hundred in a tenth of the time that NumPy takes."""
        self.write_zeros()
        wrong = False
        if self._double_grad is None:
            for i in range(len(self._float_grad)):
                wrong |= self._float_grad[i] - self._float_grad[i] != 0.0
        else:
            for i in range(len(self._double_grad)):
                wrong |= self._double_grad[i] - self._double_grad[i] != 0.0
        return not wrong
