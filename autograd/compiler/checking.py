"""detect_anomaly of compiled functions: every row is computed as a graph of scalars, in which each number can be seen.

So the message names what f wrote, as it does where f is not compiled. Then the program's own results are looked at: its
numbers may overflow on the way where those of the graph do not.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..anomaly import AnomalyError, check_gradients, check_graph, live_nodes, watching_a_row
from ..value import Value

if TYPE_CHECKING:
    from .prepared import Prepared


def check_rows(f: Callable[..., Any], arrays: Sequence[np.ndarray], parameters: Sequence[Value] | None = None) -> None:
    """Refuse the first number, and the first gradient where one goes backward, that is not finite in a row.

    Args:
        f: the function of one row.
        arrays: its arguments for all rows; in float32 numbers beyond its range count as infinite.
        parameters: by which the first of the numbers that f returns is differentiated, where one goes backward.
    """
    largest = float(np.finfo(arrays[0].dtype).max) if arrays else float("inf")
    rows = list(zip(*[array.tolist() for array in arrays], strict=True)) or [()]
    for i, row in enumerate(rows):
        try:
            with watching_a_row():
                roots = list(_values_in(f(*map(_values, row))))
                check_graph(*roots, largest=largest)
                if parameters is not None and roots:
                    check_gradients(live_nodes(roots[:1]), 1.0 / len(rows), parameters, largest)
        except AnomalyError as error:
            raise AnomalyError(_in_row(str(error), i) if arrays else str(error)) from None
        except Exception as error:  # of f: it goes on, with the row
            error.add_note(f"detect_anomaly() called the function on the numbers of row {i}")
            raise


def check_outputs(outputs: np.ndarray) -> None:
    """Refuse results of the program, (rows, outputs), that are not finite."""
    finite = np.isfinite(outputs)
    if not finite.all():
        row, place = map(int, np.argwhere(~finite)[0])
        what = "the result" if outputs.shape[1] == 1 else f"number {place} of the results"
        raise AnomalyError(f"{what} is {outputs[row, place]:g}, in row {row}{_although(outputs.dtype)}")


def check_gradient(prepared: "Prepared", gradient: np.ndarray, arrays: Sequence[np.ndarray]) -> None:
    """Refuse a gradient that is not finite, of the parameters as they lie in the program; it names the row."""
    if np.isfinite(gradient).all():
        return
    for row in range(len(arrays[0]) if arrays else 0):
        of_row = prepared.gradient_of([array[row : row + 1] for array in arrays])
        if not np.isfinite(of_row).all():
            where, gradient = f", in row {row}", of_row
            break
    else:
        where = ""
    position = int(np.flatnonzero(~np.isfinite(gradient))[0])
    parameter = prepared.parameter_at(position)
    raise AnomalyError(
        f"in backward(), the gradient of {parameter!r} is {gradient[position]:g}{where}{_although(gradient.dtype)}"
    )


def _although(dtype: np.dtype) -> str:
    return (
        f": this is so in the compiled program, in {dtype}, whose sums are added in another order; in the graph of "
        "scalars, in float64, all numbers are finite. One on the way is too large, or not a number: keep them smaller"
        + (", or compile with dtype='float64'" if dtype == np.float32 else "")
    )


def _in_row(message: str, row: int) -> str:
    """The message with the row before the line of code."""
    what, newline, line = message.partition("\n")
    return f"{what}, in row {row}{newline}{line}"


def _values(numbers: Any) -> Any:
    """A Value, or lists of Values: as a trace gives placeholders."""
    return [_values(each) for each in numbers] if isinstance(numbers, list) else Value(numbers)


def _values_in(result: Any) -> Iterator[Value]:
    """The Values that f returned; a plain number depends on nothing."""
    if isinstance(result, Value):
        yield result
    elif isinstance(result, (tuple, list)) or getattr(result, "shape", ()) != ():
        for part in result:
            yield from _values_in(part)
