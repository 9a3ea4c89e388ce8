"""Rows that are read, and scaled, when they are asked for: of those of a batch a process reads its share."""

from typing import Any

import numpy as np

from ...data.scaling import Data
from .processes import Processes


class Rows:
    """The rows of data as the model takes them, in a type for the arithmetic: an array that is not all in memory.

    >>> from nn.data.scaling import Data
    >>> rows = Rows(Data(np.array([[1.0], [2.0]]), np.array([0, 1]), lambda rows: 10 * rows), np.float32)
    >>> rows[[1]]
    array([[20.]], dtype=float32)
    >>> rows.shape, len(rows)
    ((2, 1), 2)
    """

    def __init__(self, data: Data, dtype: Any) -> None:
        self._data, self.shape = data, data.given.shape
        self.dtype = data.given.dtype if data.transform is None else np.dtype(dtype)

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, places: Any) -> np.ndarray:
        given, transform = self._data.given[places], self._data.transform
        with np.errstate(over="ignore"):  # what is too large for float32 becomes inf, silently
            return (given if transform is None else transform(given)).astype(self.dtype, copy=False)


def rows_of(data: Data, dtype: Any, processes: Processes) -> Any:
    """The rows as the model takes them: an array; where several processes share them, they are read when asked for."""
    return data.rows(dtype) if processes.count == 1 else Rows(data, dtype)
