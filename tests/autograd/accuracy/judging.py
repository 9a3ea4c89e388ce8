"""Whether what was computed is as exact as promised: section by section, and the worst of each."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from autograd import OPERATIONS

from .exceptions import BY_DISTANCE, EXCEPTIONS
from .measure import BITS, RELATIVE, ULPS, ULPS_OF_KIN, Exact, errors, wrong_zeros
from .points_of_lists import LISTS
from .tables import Path, Table

WHAT = ("value", "first derivative", "second derivative", "third derivative")  # by order
KIN = {  # what is an exponential of a difference
    ("softmax", 0), ("softmax", 1), ("logsumexp", 1), ("log_softmax", 1), ("cross_entropy", 1),
}  # fmt: skip
REGULAR = 960  # bits: numbers from 1e-289 to 1e289
OF_DISTANCES = 480  # of those whose square is such
Numbers = dict[Path, np.ndarray]


class Worst(NamedTuple):
    """The largest error found: in ulps, of second and third derivatives as a part; and where."""

    error: float
    operands: list[float]
    path: Path
    got: float
    exact: float

    def __str__(self) -> str:
        operands = ", ".join(map(repr, self.operands[:4])) + ", …" * (len(self.operands) > 4)
        return f"{self.error:.3g} at ({operands}) by {self.path}: {self.got!r}, not {self.exact!r}"


def promised(name: str, order: int) -> int:
    """The order by which it is judged: an inner operation of the book is a derivative of another one."""
    return order + name.startswith("_")


def errors_of(table: Table, path: Path, got: np.ndarray) -> np.ndarray:
    """Of values and first partials in ulps; of further ones as a part, where they are regular, and 0 elsewhere.

    Nothing is promised of fourth derivatives, and of second ones in float32.
    """
    exact, order = table.exact[path], promised(table.name, len(path))
    if order >= len(WHAT) or (order > 1 and table.dtype == "float32"):
        return np.zeros(len(got))
    if order > 1:
        return np.where(regular(table, path), errors(got, exact, table.dtype, relative=True), 0.0)
    found = errors(got, exact, table.dtype)
    signed = path == () and table.name in OPERATIONS and table.name not in LISTS
    return np.where(wrong_zeros(got, exact), np.inf, found) if signed else found


def regular(table: Table, path: Path) -> np.ndarray:
    """Where a derivative, and all that it is a derivative of, is far from subnormal and from infinite."""
    bits = OF_DISTANCES if table.name in BY_DISTANCE else REGULAR
    found = np.all(Exact(*[np.abs(table.points)] * 4).is_regular(bits), axis=1)
    for order in range(len(path) + 1):
        found &= table.exact[path[:order]].is_regular(REGULAR)
    return found


def limit(name: str, order: int, dtype: str = "float64") -> float:
    """In what `errors_of` gives."""
    found = EXCEPTIONS.get((name, WHAT[order] if dtype == "float64" else f"{WHAT[order]} in float32"))
    if promised(name, order) > 1:
        return found.bound if found else RELATIVE
    return found.bound * 2.0 ** BITS[dtype] if found else ULPS_OF_KIN if (name, order) in KIN else ULPS


def worst(table: Table, found: Numbers, errors_at: Callable = errors_of) -> dict[int, Worst]:
    """By order."""
    result: dict[int, Worst] = {}
    for path, got in found.items():
        of_path = errors_at(table, path, got)
        i = int(np.argmax(of_path))
        each = Worst(
            float(of_path[i]), table.points[i].tolist(), path, float(got[i]), float(table.exact[path].nearest[i])
        )
        if len(path) not in result or each.error > result[len(path)].error:
            result[len(path)] = each
    return result


def worst_of(found: Iterable[tuple[Table, Numbers]]) -> dict[int, Worst]:
    """By order, over all numbers of operands."""
    result: dict[int, Worst] = {}
    for table, numbers in found:
        for order, each in worst(table, numbers).items():
            if order not in result or each.error > result[order].error:
                result[order] = each
    return result


def inexact(name: str, found: dict[int, Worst], dtype: str = "float64") -> list[str]:
    """What is beyond its limit, in words."""
    limits = {order: limit(name, order, dtype) for order in found}
    return [
        f"{name}, {WHAT[order]}: {each}, and {limits[order]:.3g} is promised"
        for order, each in found.items()
        if not each.error <= limits[order]
    ]


def as_eager(got: np.ndarray, eager: np.ndarray) -> np.ndarray:
    """Where a compiled number is that of the graph of scalars, but for 1e-12."""
    with np.errstate(invalid="ignore"):
        near = np.abs(got - eager) <= RELATIVE * np.abs(eager)
    return near | (got == eager) | (np.isnan(got) & np.isnan(eager))


def unlike_eager(table: Table, compiled: Numbers, eager: Numbers) -> list[str]:
    """What is compiled to something that is neither close to the eager number nor to the exact one, in words."""

    def errors_at(table: Table, path: Path, got: np.ndarray) -> np.ndarray:
        return np.where(as_eager(got, eager[path]), 0.0, errors_of(table, path, got))

    return inexact(table.name, worst(table, compiled, errors_at))
