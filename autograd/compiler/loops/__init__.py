"""Loops found again in what Python has unrolled.

repeats     stretches of a tape that seem to read the same again and again
turns       these compared exactly, turn by turn: where the operands of a turn come from
recurrence  what of a turn depends on the turn before it
search      the loops of a tape
rolling     the tape with one turn of each
provenance  what became of the scalars of every turn

To run loops in programs of arrays, which no module of these asks for by itself:

pieces      what of a rolled tape comes before each loop, and after it
parts       a loop in parts: what all rows share, and what has no gradient, are loops of their own
bodies      a turn of some loops as a tape of its own
arrays      pieces and turns as one program
splicing    that program while it is put together
locations   where that program has the nodes
"""

from .provenance import BecameRolled, InTurn
from .rolling import Body, roll
from .search import Loop, find_loops

__all__ = ["BecameRolled", "Body", "InTurn", "Loop", "find_loops", "roll"]
