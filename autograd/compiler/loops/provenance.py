"""Where each scalar that a loop has computed turn by turn is to be found in the rolled tape."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class InTurn(NamedTuple):
    """A node of a loop, in one of its turns.

    Attributes:
        loop: its number among the loops of the rolled tape.
        node: of the tape of its body.
        turn: from 0.
    """

    loop: int
    node: int
    turn: int


class Unrolled(NamedTuple):
    """Where a loop was in the traced tape: node s of turn t was `start + t * period + s`.

    Attributes:
        places: of each node of a turn the node of the body; -1 where it is none, as all turns compute it outside.
    """

    start: int
    period: int
    turns: int
    places: list[int]


class BecameRolled:
    """For each node of a traced tape what it is in the rolled one: a node, or a node of a loop in one of its turns.

    What a loop has computed is told as that, also where it is given out: an OUT has the same number.

    >>> from ..trace import trace
    >>> from . import find_loops, roll
    >>> def powers(x, rate):
    ...     for _ in range(100):
    ...         x = (x * rate).sin()
    ...     return x + 1.0
    >>> tape, _ = trace(powers, [(), ()])
    >>> rolled, became = roll(tape, find_loops(tape))
    >>> print(rolled.loops[0].tape)
    0 = input(0, 0)
    1 = input(2, 0)
    2 = mul(0, 1)
    3 = sin(2)
    return 3
    >>> became[len(tape) - 2]
    InTurn(loop=0, node=3, turn=99)
    >>> str(rolled).splitlines()[became[len(tape) - 1]]
    '5 = add(4, 2)'
    """

    def __init__(self, nodes: Sequence[int] | np.ndarray, loops: list[Unrolled], *later: np.ndarray) -> None:
        self._nodes, self._loops, self._later = nodes, loops, later
        self._starts = [loop.start for loop in loops]

    def __getitem__(self, n: int) -> int | InTurn:
        number = bisect_right(self._starts, n) - 1
        if number >= 0:
            start, period, turns, places = self._loops[number]
            turn, place = divmod(n - start, period)
            if turn < turns and places[place] >= 0:
                return InTurn(number, places[place], turn)
        node = self._nodes[n]
        for became in self._later:
            node = became[node]
        return int(node)

    def then(self, became: np.ndarray) -> BecameRolled:
        """The same after one more pass over the rolled tape, which leaves its bodies as they are."""
        return BecameRolled(self._nodes, self._loops, *self._later, became)
