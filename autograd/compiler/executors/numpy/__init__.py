"""Runs programs by NumPy, as the text of a function of array calls.

executor      the functions of a program for so many rows
steps         the table by kind
loops         a `for` loop around the text of a turn
writer        the text while it is written: names for arrays and views of them
rules         operations of the rule book, which `expressions` has brought into the form that NumPy computes best
products      contractions
lookups       tables of positions, and takes
"""

from .executor import Executor

__all__ = ["Executor"]
