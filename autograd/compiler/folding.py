# cython: initializedcheck=False
"""Pass 2: what is computed from constants alone is a constant, x + -0 is x, and nodes that are equal are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import ieee
from ..operations import ADD, CONSTANT, MUL, POW
from .columns import Column, filled
from .tape import LOOP, OUT, Tape, is_leaf_operation

if TYPE_CHECKING:
    import cython  # Cython looks for this line
else:
    from .. import _cython as cython


def fold(tape: Tape) -> tuple[Tape, np.ndarray]:
    """The same graph with fewer nodes, and for each node of the tape the node that it became.

    A square is a product from here on, which a sum can take up; and x + -0, by which a derivative inside of f has an
    argument of its own, is x, bit for bit. (x + 0 is not where x is -0. And x·1 or x - 0 stays beside others that are
    like it: without, what remains of a standardization or of a matrix of constants would be in pieces.)

    >>> from .trace import trace
    >>> tape, _ = trace(lambda x: (x**2 + 1.0) * (x**2 + 1.0), [()])
    >>> folded, became = fold(tape)
    >>> print(folded)
    0 = input(0, 0)
    1 = 2
    2 = 1
    3 = mul(0, 0)
    4 = add(3, 2)
    5 = mul(4, 4)
    return 5
    >>> became.tolist()
    [0, 1, 2, 3, 4, 3, 4, 5]
    """
    folding: _Folding = _Folding(tape)
    folding.enter_all()
    became = folding.became.array()
    folding.result.outputs, folding.result.loops = became[tape.outputs].tolist(), tape.loops  # of which none is merged
    return folding.result, became


@cython.cclass
class _Folding:
    """Enters the nodes of a tape into another one.

    Attributes:
        known: a hash table of the inner nodes that are there, each one more than its number; 0 is a free place.
        constants: of each number, as text, its node.
    """

    __slots__ = (
        "add", "became", "constant_kind", "constants", "known", "loop", "mul", "out", "pow", "result", "tape",
    )  # fmt: skip

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.result: Tape = tape.like(len(tape))
        self.result.constants = []
        self.became: Column = Column(len(tape))
        self.constants: dict[str, int] = {}
        self.constant_kind: int = self.result.number_of(CONSTANT)
        self.mul: int = self.result.number_of(MUL)
        self.pow: int = self.result.place_of(POW)
        self.add: int = self.result.place_of(ADD)
        self.loop: int = self.result.place_of(LOOP)
        self.out: int = self.result.place_of(OUT)
        leaves = [place for place, operation in enumerate(tape.kinds) if is_leaf_operation(operation)]
        inner, room = len(tape) - int(np.isin(tape.kind.array(), leaves).sum()), 16
        while room < 2 * inner:
            room *= 2
        self.known: Column = filled(room)

    def enter_all(self) -> None:
        tape, result = self.tape, self.result
        kind, scope, begin, of = tape.kind.view, tape.scope.view, tape.begin.view, tape.of.view
        leaf: list = [is_leaf_operation(operation) for operation in tape.kinds]
        for n in range(tape.kind.size):
            if kind[n] == self.constant_kind:
                self.became.append(self.constant(tape.constants[of[begin[n]]]))
                continue
            first = result.of.size
            is_constant = not leaf[kind[n]]
            for i in range(begin[n], begin[n + 1]):
                m = of[i]
                if not leaf[kind[n]]:
                    m = self.became.view[m]
                    is_constant = is_constant and result.kind.view[m] == self.constant_kind
                result.of.append(m)
            if leaf[kind[n]] or kind[n] == self.loop or kind[n] == self.out:
                self.became.append(result.close(kind[n], 0))
            elif is_constant:
                self.became.append(self.computed(kind[n], first))
            else:
                self.became.append(self.merged(kind[n], first, scope[n]))

    def number(self, n: cython.Py_ssize_t) -> float:
        """Of a constant of the result."""
        result = self.result
        return result.constants[result.of.view[result.begin.view[n]]]

    def is_constant(self, n: cython.Py_ssize_t, text: str) -> bool:
        """Whether a node of the result is the constant of this text."""
        return self.result.kind.view[n] == self.constant_kind and self.constants.get(text) == n

    def constant(self, number: float) -> int:
        """The node of a constant."""
        return self.result.constant(number, self.constants)

    def computed(self, kind: cython.int, first: cython.Py_ssize_t) -> int:
        """The constant that an operation makes of those that were entered from `first` on, which are not needed."""
        result = self.result
        numbers = [self.number(m) for m in result.of.array()[first:].tolist()]
        result.of.cut(first)
        return self.constant(result.kinds[kind].value(ieee, *numbers))

    def merged(self, kind: cython.int, first: cython.Py_ssize_t, scope: cython.int) -> int:
        """The node of an operation on those that were entered from `first` on: the equal one, where there is one."""
        result, known = self.result, self.known.view
        of = result.of.view
        if kind == self.add and self.is_constant(of[first + 1], "-0.0"):
            result.of.cut(first)
            return of[first]
        if kind == self.pow and self.is_constant(of[first + 1], "2.0"):
            kind, of[first + 1] = self.mul, of[first]
        size = result.of.size - first
        key, mixing = kind, 2654435761
        for i in range(size):
            key = (key ^ of[first + i]) * mixing  # below 2⁶³, as key is below 2³¹
            key = (key ^ (key >> 29)) & 0x7FFFFFFF
        place = key & (self.known.size - 1)
        while known[place] > 0:
            n = known[place] - 1
            begin = result.begin.view[n]
            if result.kind.view[n] == kind and result.begin.view[n + 1] - begin == size:
                i = 0
                while i < size and of[begin + i] == of[first + i]:
                    i += 1
                if i == size:
                    result.of.cut(first)
                    return n
            place = (place + 1) & (self.known.size - 1)
        n = result.close(kind, scope)
        known[place] = n + 1
        return n
