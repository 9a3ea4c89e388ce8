"""What is measured: every operation of the book, softmax and the losses; their points, and the exact results there."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from mpmath import mp, mpf

import autograd
import nn
from autograd import OPERATIONS
from autograd.nodes import apply

from .composed import COMPOSED
from .measure import Exact
from .points import PAIRS, Points, of_one, of_two
from .points_of_lists import LISTS, OTHERS, SHARES
from .several import OF_BOOK

PRECISION = 200  # bits
MARKERS = ("leaf", "constant", "unrecorded", "input", "sum")
Path = tuple[int, ...]


class Table(NamedTuple):
    """The points of a function of so many numbers, and its exact value and derivatives there, by path."""

    name: str
    dtype: str
    points: np.ndarray
    exact: dict[Path, Exact]

    @property
    def function(self) -> Callable:
        """Of Values and numbers, which gives one Value."""
        return function(self.name)

    @property
    def operands(self) -> range:
        """Those by which it is differentiated: not the targets of a loss."""
        return range(max(path[0] + 1 for path in self.exact if path))

    def paths(self, order: int) -> list[Path]:
        return [path for path in self.exact if len(path) == order]


def function(name: str) -> Callable:
    if name in OPERATIONS:
        return lambda *x: apply(OPERATIONS[name], *x)
    return {
        "softmax": lambda *x: autograd.softmax(x)[0],
        "log_softmax": lambda *x: autograd.log_softmax(x)[0],
        "cross_entropy": lambda *x: nn.cross_entropy(x, 0),
        "categorical_cross_entropy": lambda *x: nn.categorical_cross_entropy(x, 0),
        "binary_cross_entropy": nn.binary_cross_entropy,
        "binary_cross_entropy_with_logits": nn.binary_cross_entropy_with_logits,
    }.get(name) or (lambda *xt: getattr(nn, name)(xt[: len(xt) // 2], xt[len(xt) // 2 :]))


def names() -> list[str]:
    """Of the book and of what is composed of it."""
    return [*(name for name in OPERATIONS if name not in MARKERS), *COMPOSED]


def reference(name: str) -> Callable:
    """The exact function.

    Raises:
        LookupError: for an operation without one.
    """
    found = OF_BOOK.get(name) or COMPOSED.get(name)
    if found is None:
        raise LookupError(
            f"the operation {name!r} has no exact reference: write one, with three derivatives, in "
            "tests/autograd/accuracy/elementary.py or several.py"
        )
    return found


def drawn(name: str, dtype: str, examples: int) -> list[np.ndarray]:
    """The points, by the number of operands."""
    points, exact = Points(name, dtype), reference(name)
    if name in LISTS:
        counts = {count: max(1, round(share * examples)) for count, share in SHARES.items()}
        found = [[LISTS[name](points, count) for _ in range(often)] for count, often in counts.items()]
    elif name in OTHERS:
        found = [[OTHERS[name](points) for _ in range(examples)]]
    else:
        one = exact.__code__.co_argcount == 1
        draw = of_one if one else PAIRS.get(name, of_two)
        found = [[draw(name, points) for _ in range(examples)]]
    return [np.array(each, np.float64) for each in found]


def exact_at(name: str, points: np.ndarray, dtype: str = "float64", precision: int = PRECISION) -> dict[Path, Exact]:
    with mp.workprec(precision):
        rows = [reference(name)(*map(mpf, row)) for row in points.tolist()]
        return {path: Exact.of([row[path] for row in rows], dtype) for path in rows[0]}


@cache
def tables(name: str, dtype: str, examples: int) -> list[Table]:
    """By the number of operands; those that one process asks for again are there already."""
    return [Table(name, dtype, points, exact_at(name, points, dtype)) for points in drawn(name, dtype, examples)]
