"""The batches of a training: some rows and their targets, gathered into arrays that are filled anew for each batch."""

from typing import Any

import numpy as np


class Batches:
    """Gathers rows and targets, in any order, as who computes reads them.

    What is not of the type that is read is converted batch by batch; as a whole only where a batch is all rows, and
    targets that are one number for each row.

    Args:
        rows, targets: all of them, as arrays.
        types: of the arrays of a batch, for rows and for targets; None is the type that they have.
        size: rows of a batch, at the most. Where it is all of them, they are in their own order.
    """

    def __init__(self, rows: np.ndarray, targets: np.ndarray, types: tuple[Any, Any], size: int) -> None:
        self._parts = [_Part(array, dtype, size) for array, dtype in zip((rows, targets), types, strict=True)]
        self._are_whole = size == len(rows)

    def arrays(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows and the targets of a batch of so many: the same arrays each time, which `gather` fills."""
        rows, targets = (part.read[:count] for part in self._parts)
        return rows, targets

    def gather(self, places: np.ndarray) -> None:
        """Fill the arrays with what stands in these places."""
        if not self._are_whole:
            for part in self._parts:
                part.gather(places)


class _Part:
    """Rows, or targets.

    Attributes:
        read: the array of a batch.
    """

    def __init__(self, array: np.ndarray, dtype: Any, size: int) -> None:
        dtype = array.dtype if dtype is None else np.dtype(dtype)
        if array.ndim == 1 or size == len(array):
            array = converted(array, dtype)
        self._array = converted(array, array.dtype)  # `take` would do it each time
        shape = size, *array.shape[1:]
        self.read = self._array if size == len(array) else np.empty(shape, dtype)
        self._taken = self.read if array.dtype == dtype else np.empty(shape, array.dtype)

    def gather(self, places: np.ndarray) -> None:
        count = len(places)
        # All places are there: "clip" only spares the copy that "raise" makes to leave the array as it was.
        self._array.take(places, 0, self._taken[:count], "clip")
        if self._taken is not self.read:
            with np.errstate(over="ignore"):  # what is too large for float32 becomes inf, silently
                np.copyto(self.read[:count], self._taken[:count], "same_kind")


def converted(array: np.ndarray, dtype: Any) -> np.ndarray:
    """The array in this type (None: its own), its numbers one after the other: itself where it is so already."""
    with np.errstate(over="ignore"):  # as above
        return np.require(array, dtype, ("C", "A"))
