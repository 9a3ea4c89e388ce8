"""Parts of arrays that have the turns of a loop as the first axis, before the rows of the batch: as scans give them.

What is computed of them element by element stays so. To bring the rows to the front would take as long as the loop.
"""

from ...views import Place
from .refs import ROWS, Ref


def part_of_turns(ref: Ref, place: Place) -> Ref | None:
    """A part whose first axis goes over turns, (turns, rows of the batch, …); None where it does not.

    An axis along which nothing moves has the length 1.

    Args:
        place: in the array of one row, (turns, numbers).

    >>> part_of_turns(Ref("t", (5, ROWS, 2)), (3, (4,), (2,)))  # the second number, from the second turn on
    Ref(text='t[1:5][..., 1]', shape=(4, -1))
    """
    turns, numbers = ref.shape[0], ref.size_of_turn
    offset, shape, strides = place
    if not shape or shape[0] < 2 or strides[0] < 1 or strides[0] != numbers:
        return None
    first, column = divmod(offset, numbers)
    text = ref.text if (first, shape[0]) == (0, turns) else f"{ref.text}[{first}:{first + shape[0]}]"
    inner, steps = shape[1:], strides[1:]
    lead = (shape[0], ROWS)
    if inner == ref.shape[2:] and all(step or length == 1 for step, length in zip(steps, inner, strict=True)):
        is_all = column == 0 and _is_contiguous(inner, steps)
        return Ref(text, (*lead, *inner)) if is_all else None
    if len(ref.shape) > 3:
        return None
    moving = [axis for axis, length in enumerate(inner) if length > 1 and steps[axis]]
    if not moving:
        text += f"[..., {column}]" if len(ref.shape) > 2 else ""
        return Ref(
            text + f"[{', '.join([':', ':', *['None'] * len(inner)])}]" * bool(inner), (*lead, *[1] * len(inner))
        )
    if len(inner) > 1 or steps[0] != 1 or column + inner[0] > numbers:
        return None
    return Ref(text + f"[..., {column}:{column + inner[0]}]", (*lead, *inner))


def _is_contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    expected = 1
    for length, stride in zip(shape[::-1], strides[::-1], strict=True):
        if length > 1 and stride != expected:
            return False
        expected *= length
    return True
