"""The rule book and the book of updates as C: setup.py writes them when the core is compiled.

Nothing of this is imported by the engine.

lists.py    an operation of the book → a program: what it computes, in Symbols, with loops over lists
writer.py   a program → a function of C
header.py   the functions of all operations, and the switch by which rules.py calls them
updates.py  the book of updates → functions of C, for sweeps.py
"""
