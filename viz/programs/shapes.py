"""Where in its value the numbers lie that a view, or a table of positions, shows, and how many along each axis."""

from collections.abc import Sequence

import numpy as np

from autograd.compiler.program import Program
from autograd.compiler.views import View


def shape_of(program: Program, view: View, table: np.ndarray | None = None) -> str:
    """The shape of the numbers that a view, or a table, shows; without axes along which they only repeat."""
    by_row = bool(program.space[view.value])
    if table is None:
        return dimensions(by_row, [n for n, step in zip(view.shape, view.strides, strict=True) if step])
    distinct = len(np.unique(table))
    return dimensions(by_row, table.shape if distinct == table.size else [distinct])


def dimensions(by_row: bool, lengths: Sequence[int]) -> str:
    """Lengths as "B×3×4", with B for the rows of the batch; those of 1 are left out."""
    return "×".join([*["B"] * by_row, *(str(length) for length in lengths if length != 1)]) or "1"


def positions_of(view: View, table: np.ndarray | None = None) -> np.ndarray:
    """Where in its value the numbers lie that a view, or a table, shows; each once, in order."""
    return np.unique(view.positions() if table is None else table)
