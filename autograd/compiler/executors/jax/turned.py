"""Parts of arrays that have the turns of a loop as the first axis, before the rows of the batch: as scans give them.

What is computed of them element by element stays so. To bring the rows to the front would take as long as the loop.
"""

from collections.abc import Callable

import numpy as np

from ...views import Place
from .boxes import box_of
from .refs import ROWS, Ref, cut, moving_axes


def part_of_turns(ref: Ref, place: Place, table: Callable[[np.ndarray], str]) -> Ref | None:
    """A part whose first axis goes over turns, (turns, rows of the batch, …); None where it does not.

    An axis along which nothing moves has the length 1.

    Args:
        place: in the array of one row, (turns, numbers).
        table: as in `cut`.

    >>> part_of_turns(Ref("t", (5, ROWS, 2)), (3, (4,), (2,)), str)  # the second number, from the second turn on
    Ref(text='t[1:5][:, :, 1]', shape=(4, -1))
    """
    turns, numbers = ref.shape[0], ref.size
    offset, shape, strides = place
    if not shape or shape[0] < 2 or strides[0] != numbers:
        return None
    first, column = divmod(offset, numbers)
    inner = (column, shape[1:], strides[1:])
    if box_of(inner, numbers) is None or first + shape[0] > turns:
        return None
    text = ref.text if (first, shape[0]) == (0, turns) else f"{ref.text}[{first}:{first + shape[0]}]"
    found, moving = cut(Ref(text, (shape[0], *ref.shape[1:])), inner, table), moving_axes(inner)
    if len(moving) == len(inner[1]):
        return found
    axes = [":" if axis in moving else "None" for axis in range(len(inner[1]))]
    lengths = [length if axis in moving else 1 for axis, length in enumerate(inner[1])]
    return Ref(f"{found.text}[:, :, {', '.join(axes)}]", (shape[0], ROWS, *lengths))
