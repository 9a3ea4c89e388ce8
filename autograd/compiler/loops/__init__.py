"""Loops found again in what Python has unrolled.

repeats     stretches of a tape that seem to read the same again and again
turns       these compared exactly, turn by turn: where the operands of a turn come from
recurrence  what of a turn depends on the turn before it
search      the loops of a tape
rolling     the tape with one turn of each
"""

from .rolling import Body, roll
from .search import Loop, find_loops

__all__ = ["Body", "Loop", "find_loops", "roll"]
