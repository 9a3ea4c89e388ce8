"""Where the gradient flows in any case, whatever is chosen: found once, when the program is made.

Of the operands of a `where`, a `maximum`, a `minimum` or a `take`, one at least is chosen. So what all of them need has
a gradient for certain, as the denominator of a softmax has of which one element is taken. For every choice that is made
for certain, it is written down which numbers each of its operands needs; who is needed by all is certain.
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from ..operations import OPERATIONS
from .program import Array, Contract, Gather, Map, Step, Take, View

WHERE, TAKE = OPERATIONS["where"], OPERATIONS["take"]
_SEVERAL = (WHERE, OPERATIONS["maximum"], OPERATIONS["minimum"])  # choose one operand at least
_MOST_MARKS = 2**22  # for one array; who would need more is not certain


def find_certain(
    steps: Sequence[Step], root: Array, position: int, passing: Collection[Array]
) -> dict[Array, np.ndarray]:
    """For each array that the gradient comes to, which of its numbers it certainly flows to.

    Args:
        steps: those that have a gradient.
        root, position: where it begins.
        passing: the arrays that it passes through.
    """
    certainty = _Certainty(passing)
    certainty.certain[root] = np.arange(root.size) == position
    for number, step in enumerate(reversed(steps)):
        if step.out.array in certainty.certain:
            certainty.go_back(number, step)
    return certainty.certain


class _Certainty:
    """What is certain so far, and for every choice which of its operands needs which numbers."""

    def __init__(self, passing: Collection[Array]) -> None:
        self.passing = passing
        self.certain: dict[Array, np.ndarray] = {}
        self.needed: dict[Array, dict[int, np.ndarray]] = {}  # by the choice: (numbers, its members, their operands)

    def go_back(self, number: int, step: Step) -> None:
        out, places = step.out.array, step.out.positions()
        self.settle(out)
        for array in receivers(step, self.passing):
            self.certain.setdefault(array, np.zeros(array.size, dtype=bool))
        flows = np.asarray(self.certain[out][places])
        if chooses(step):
            self.choose(number, step, flows)
            return
        for array, positions, flowing in _ways(step, flows):
            if array in self.passing:
                self.certain[array][positions[np.broadcast_to(flowing, positions.shape)]] = True
        for choice, marks in self.needed.get(out, {}).items():
            for array, positions, marked in _ways(step, marks[places]):
                self.mark(array, choice, positions, marked)

    def settle(self, array: Array) -> None:
        """Nothing else comes to the array: what all operands of a choice need is certain."""
        certain, open_choices = self.certain[array], {}
        for choice, marks in self.needed.get(array, {}).items():
            certain |= np.any(np.all(marks, axis=2), axis=1)
            marks[certain] = False
            if marks.any():
                open_choices[choice] = marks
        self.needed[array] = open_choices

    def choose(self, choice: int, step: Step, flows: np.ndarray) -> None:
        """Mark the operands of the members that choose for certain, each in a column of its own."""
        operands = list(_operands(step))
        members = np.flatnonzero(flows.ravel())
        for column, operand in enumerate(operands):
            if operand is not None and len(members):
                array, positions = operand
                marks = self.marks_of(array, choice, len(members), len(operands))
                if marks is not None:
                    marks[positions.ravel()[members], np.arange(len(members)), column] = True

    def mark(self, array: Array, choice: int, positions: np.ndarray, marked: np.ndarray) -> None:
        columns = marked.shape[-2:]
        marks = self.marks_of(array, choice, *columns)
        if marks is not None:
            spread = np.broadcast_to(marked, positions.shape + columns).reshape(-1, *columns)
            some = spread.any(axis=(1, 2))
            np.logical_or.at(marks, positions.ravel()[some], spread[some])

    def marks_of(self, array: Array, choice: int, members: int, operands: int) -> np.ndarray | None:
        if array not in self.passing or array.size * members * operands > _MOST_MARKS:
            return None
        of_array = self.needed.setdefault(array, {})
        if choice not in of_array:
            of_array[choice] = np.zeros((array.size, members, operands), dtype=bool)
        return of_array[choice]


def chooses(step: Step) -> bool:
    """Whether there may be no way to an operand."""
    return isinstance(step, Take) or (isinstance(step, Map) and step.rule.chooses)


def receivers(step: Step, passing: Collection[Array]) -> list[Array]:
    """The arrays that a gradient passes to, of these."""
    arrays = [step.values] if isinstance(step, Take) else [view.array for view in step.operands()]
    return [array for array in arrays if array in passing]


def _operands(step: Step) -> Iterator[tuple[Array, np.ndarray] | None]:
    """What a step chooses from: the array and the positions of its members there; None for a plain number."""
    if isinstance(step, Take):
        yield from ((step.values, step.table[..., i]) for i in range(step.table.shape[-1]))
    elif isinstance(step, Map) and step.rule in _SEVERAL:
        for operand in step.arguments[step.rule is WHERE :]:  # without the condition
            if not isinstance(operand, View):
                yield None
            elif len(operand.shape) == len(step.out.shape):
                yield operand.array, operand.positions()
            else:
                positions = operand.positions()
                yield from ((operand.array, positions[..., i]) for i in range(positions.shape[-1]))


def _ways(step: Step, flows: np.ndarray) -> Iterator[tuple[Array, np.ndarray, np.ndarray]]:
    """(array, positions there, what flows to these) for what a step reads that does not choose.

    Args:
        flows: what comes to `out`, in its shape; there may be more axes behind.
    """
    rank = len(step.out.shape)
    more = flows.shape[rank:]
    if isinstance(step, Contract):
        out = step.axes[2]
        for view, axes in ((step.left, step.axes[0]), (step.right, step.axes[1])):
            if view is not None:
                some = np.asarray(flows.any(axis=tuple(i for i, letter in enumerate(out) if letter not in axes)))
                kept = [letter for letter in out if letter in axes]
                order = [kept.index(letter) for letter in axes if letter in kept]
                moved = some.transpose([*order, *range(len(kept), some.ndim)])
                lengths = [n if letter in kept else 1 for letter, n in zip(axes, view.shape, strict=True)]
                yield view.array, view.positions(), moved.reshape(*lengths, *more)
    elif isinstance(step, Gather):
        yield step.source, step.table.reshape(step.out.shape), flows
    else:
        for view in step.operands():
            extra = (1,) * (len(view.shape) - rank)
            yield view.array, view.positions(), flows.reshape(step.out.shape + extra + more)
