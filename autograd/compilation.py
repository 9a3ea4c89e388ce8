"""`compile`: a function of one row, written in scalars, runs on whole batches through matrix products."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    from .compiler.compiled import Compiled

Backend = Literal["native", "numpy", "jax"]


@overload
def compile(
    f: Callable[..., Any], *, dtype: Any = ..., backend: Backend | None = ..., threads: int | None = ...
) -> "Compiled": ...
@overload
def compile(
    f: None = None, *, dtype: Any = ..., backend: Backend | None = ..., threads: int | None = ...
) -> "Callable[[Callable[..., Any]], Compiled]": ...
def compile(
    f: Callable[..., Any] | None = None,
    *,
    dtype: Any = "float64",
    backend: Backend | None = None,
    threads: int | None = None,
) -> Any:
    """Compile a function of one row of numbers: its graph of scalars is searched for the matrices in it.

    At the first call with arguments of some shape, f is run once on placeholders. The graph of scalars that it makes
    becomes a program of array operations, in which a layer is one matrix product; that runs on all rows at once.

    Every leaf Value that f reaches, and did not get as an argument or make itself, is a parameter. Programs read its
    number at every call. What f does in Python itself, branches, loops and plain numbers, is fixed when it is traced.

    Args:
        f: a function of one row. An array (rows,) reaches it as a Value, (rows, n) as a list of n Values, (rows, n, m)
            as lists of lists. It returns a Value, a (nested) list of Values, or a tuple of these. A method of a class
            is compiled for each object on its own.
        dtype: of arrays and parameters, "float64" or "float32", and of the arithmetic; but what runs natively number
            after number is float64 in between.
        backend: what runs the programs: "native", a machine in C, which has no price for arrays of a few numbers, or
            "numpy", which is always there, or "jax", which compiles them by XLA, also for accelerators (what differs:
            docs/how_to/jax.md). None is "native" where the core is compiled, and else "numpy"; the environment
            variable GLASSGRAD_BACKEND names another default for all of a program. The numbers are the same to rounding.
        threads: how many at most compute the rows of a large batch at the same time, by the native backend: None for
            as many as there are cores, once a batch has been seen to take a millisecond and more. The numbers are the
            same, bit for bit, by any number of them; while they run, products of matrices use one thread each. The
            environment variable GLASSGRAD_THREADS is the number for all of a program where it is None, also for `fit`,
            `predict` and `evaluate` of nn; it is read once, when something is compiled first.

    Returns:
        A function of arrays, with
            f(X, …)             an array with the result for every row; f(x=X, …) by the names that f has for them
            f.backward(X, …)    the same, and the gradient of the mean over the rows is added to `.grad` of every
                                parameter; of a tuple the first element is differentiated
            f.bind(X, …)        the same for arrays that are filled anew between calls: step(), step.backward()
            f.program           the array operations, to print or draw; f.program.to_jax() is a pure function of JAX
            f.explain()         the same with counts, shapes and floating-point operations
            f.source            the program as NumPy code, or as jax.numpy code
            f.backend           what runs it
            f.retrace()         forget the programs, when f itself would do something else now
            f.is_current()      whether it would not: it is run once more to find out

    The numbers are those of the graph of scalars, to rounding: sums are added in another order, so that what cancels
    or overflows on the way, and the sign of a zero, may differ. A branch of `where` that a row does not take gets no
    gradient from it, as with `if`; nor do the turns of a `while_loop` that it does not take.

    Raises:
        TypeError: for what is no function; at a call, for names that f does not have, has already, or misses.
        TraceError: at the first call, when f looks at a number: with `if x > 0`, float(x), x.data, max(xs), an index.
            The message names the line and what to write instead. (Inside f a comparison gives a condition for `where`.)
        ValueError: for another dtype, an unknown backend, one in GLASSGRAD_BACKEND that cannot be used, threads (or
            GLASSGRAD_THREADS) that are no whole number from 1, or data that are not numbers in rows of equal length.
        ImportError: for backend="native" where it is not built, or cannot use the NumPy that is there; for "jax" where
            JAX is not installed; where the core is plain Python, at the first call of an f with `erf` in it, which
            NumPy has not; where there is no NumPy.

    Warns:
        UserWarning: once, where no backend is named, and "native" is built but does not work, with the reason.

    >>> from autograd import Value, compile
    >>> w, b = Value(2.0), Value(1.0)
    >>> @compile
    ... def squared_error(x, y):
    ...     return (w * x + b - y) ** 2
    >>> squared_error([0.0, 1.0], [1.0, 2.0])
    array([0., 1.])
    >>> losses = squared_error.backward(x=[0.0, 1.0], y=[1.0, 2.0])
    >>> w.grad, b.grad
    (1.0, 1.0)
    """
    if f is None:
        return lambda f: compile(f, dtype=dtype, backend=backend, threads=threads)
    if not callable(f):
        raise TypeError(f"compile takes a function of one row, got {f!r} of type {type(f).__name__}")
    try:
        from .compiler.compiled import Compiled  # NumPy is imported here, and not with autograd
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        message = "compile needs NumPy, which is not installed; without it f itself takes row after row"
        raise ImportError(message, name="numpy") from None

    return Compiled(f, dtype, backend=backend, threads=threads)
