"""Runs programs by a machine in C: no Python between the first and the last instruction.

executor      the functions of a program for so many rows
instructions  from the steps of a program to the machine's: the table by kind
blocks        of rows: how large, and what runs before, in each, and afterwards
code          the instructions while they are written   memories  what they refer to
fused         several operations by one loop of ours
rules         operations of the rule book, by the expressions of the NumPy executor
products      contractions
lists         a list less its largest number, and back from there
lookups       tables of positions, and takes
repeating     loops: the instructions of a turn, which one instruction repeats
loops         NumPy's own inner loops, each compared with its ufunc, and which of ours take their place
machine       runs the instructions: machine.pyx for Python; in c/ machine.h, kernels.h (sums, lookups), arithmetic.h
              (+ - × …) and scaled_products.h, families.h and lists.h, small_products.h, ufunc.h (where NumPy has its
              loops)
nodes         graphs without matrices, as they are, from the tape: graph.pyx for Python; in c/ its parts reading.pxi,
              distinct.pxi and running.pxi, graph.h (pinned.h, flow.h, adjoints.h, columns.h, gather.h, many_rows.h,
              passing.h, places.h, parts.h, pairs.h, frames.h, steps.h, order.h, one_row.h, arrays.h, call.h), and,
              compiled once more for rows, the rules in C by functions of ours that become vector instructions: rows.c,
              elementary.h, powers.h; loops.h has them as inner loops, for programs of arrays

Extensions of their own, which `import autograd` does not load; where they were not built, there is the NumPy executor.
"""

from .executor import Executor

__all__ = ["Executor"]
