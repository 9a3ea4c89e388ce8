"""How rows are computed on devices: the program of model and loss as a pure function of JAX."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from autograd.compiler.adjoint import has_loops

from ..backends import Compiled, LossFunction
from ..batches import converted
from ..outputs import LOSS
from .rows import Rows
from .steps import Functions

if TYPE_CHECKING:
    from autograd.compiler.program import Program


class OnDevices(Compiled):
    """Model and loss, compiled by JAX, and what a training on devices asks of their program.

    Attributes:
        dtype: of the arithmetic.
    """

    def __init__(self, model: Any, loss: LossFunction, dtype: Any) -> None:
        super().__init__(model, loss, dtype, backend="jax")
        self.dtype = np.dtype(dtype)
        self._prepared: Any = None
        self._is_exact = False

    def try_out(self, row: np.ndarray, target: np.ndarray) -> None:
        self._prepared = self._program(LOSS, row, target).prepared  # XLA compiles what a batch needs, and no more

    def precision(self) -> AbstractContextManager:
        """A block in which JAX computes in float64 where that is the type of the arithmetic, and nowhere else."""
        import jax

        return jax.enable_x64(self.dtype == np.float64)

    # ---------------------------------------------------------------------------------------------------- parameters

    def numbers(self) -> np.ndarray:
        """The numbers of all parameters, in the array of their store."""
        prepared = self._prepared
        prepared.make_current()
        if prepared.data.dtype != self.dtype:
            prepared.convert()
        return prepared.data

    def write(self, numbers: np.ndarray) -> None:
        """Give them to the parameters."""
        self._prepared.data[:] = numbers

    # ----------------------------------------------------------------------------------------------------- functions

    def functions(self) -> Functions:
        """Those of the program: the same ones for as long as the parameters lie where they are."""
        self.numbers()
        program = self._prepared.whole_program()
        if self._is_exact:
            program = self._prepared.exactly()
        kept = _MADE.setdefault(program, {})
        if self.dtype not in kept:
            kept[self.dtype] = _made(program, self.dtype)
        return kept[self.dtype]

    def use_exact(self) -> bool:
        """Leave edges out that are not there from now on: whether that can change a gradient which is not finite.

        Of a program with loops the exact one has none, and may have millions of steps: not for XLA.
        """
        program = self._prepared.whole_program()
        if self._is_exact or has_loops(program) or not self._prepared.is_inexact(program):
            return False
        self._is_exact = True
        return True

    @property
    def is_exact_elsewhere(self) -> bool:
        """Whether a gradient that is not finite may be one by NumPy, which runs what is exact where XLA does not."""
        program = self._prepared.whole_program()
        return has_loops(program) and self._prepared.is_inexact(program)

    def result(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The losses and the outputs of rows, in their shapes."""
        return self._prepared.result(numbers, True)

    # ---------------------------------------------------------------------------------------------------------- rows

    def read(self, array: Any, places: np.ndarray) -> np.ndarray:
        """Rows, or targets, in a type that a device makes that of the arithmetic of: the smaller of the two."""
        found = array[places] if isinstance(array, Rows) else array.take(places, 0)
        return found if found.dtype.itemsize < self.dtype.itemsize else converted(found, self.dtype)


_MADE: "WeakKeyDictionary[Program, dict[np.dtype, Functions]]" = WeakKeyDictionary()


def _made(program: "Program", dtype: np.dtype) -> Functions:
    """The functions of a program, which do not refer to it."""
    from autograd.compiler.executors.jax import blocks_of, pure

    reads = list(program.inputs)
    of_parameters, weighted = pure(program, "forward"), pure(program, "weighted")

    def given(x: Any, y: Any) -> list[Any]:
        arrays = [each.astype(dtype).reshape(len(each), -1) for each in (x, y)]
        return [arrays[n] for n in reads]

    def forward(parameters: Any, x: Any, y: Any) -> Any:
        return of_parameters(parameters, *given(x, y), **({} if reads else {"rows": len(x)}))[0]

    def gradient(parameters: Any, x: Any, y: Any, weights: Any) -> tuple[Any, Any]:
        return weighted(parameters, *given(x, y), weights)[:2]  # what no index chooses is nan there

    return Functions(forward, gradient, [block.shape for block in blocks_of(program)])
