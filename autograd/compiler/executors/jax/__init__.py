"""Runs programs by JAX: as pure functions of `jax.numpy`, which XLA compiles, on the device that JAX finds.

executor    the functions of a program for so many rows
functions   from a program to the text of its functions, and what that defines
steps       the table by kind, and operations of the rule book
products    contractions
places      what is assembled of parts, tables of positions, and takes
loops       `lax.scan`
writer      the text while it is written: values by name, and expressions for parts of them
refs        expressions of arrays with their shapes, and views as slices
pieces      values, and the parameters, as several arrays
kernels     what the text calls
differentiable  programs as functions of JAX with our derivative

Who makes a larger function of it, a step of training that is compiled and sharded as a whole, takes the pure functions
of a program and never an executor. `pure(program, "both")` is (p, x0, x1, …) -> (outputs, gradient, ok): p are the
parameters as they lie in the program, (numbers,), and each x is (rows, numbers), of the arguments in `program.inputs`,
in that order. The gradient is that of the mean over the rows of the first output, (numbers,); `ok` is None, or says
whether all indices of takes are good ones: where it does not hold, nothing may be changed, and the NumPy executor
raises the error. The dtype is that of p. `pure(program, "forward")` gives (outputs, ok). `pure(program, "weighted")` is
that of a training: (p, x0, x1, …, weights) -> (outputs, gradient, ok), where each row counts in the gradient as it
weighs; p and the gradient are tuples of arrays, each in the shape that `blocks_of(program)` says, which is as fast as
what is written by hand. All are to be traced within `x64()` where p is of float64. Where the program `chooses`, a
gradient that is not finite may be wrong: see `Prepared.mend`.
"""

from .executor import Executor, x64
from .functions import pure
from .pieces import blocks_of

__all__ = ["Executor", "blocks_of", "pure", "x64"]
