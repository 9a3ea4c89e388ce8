"""A compiled program as a picture: what `viz.draw` makes of it.

    drawing   the picture, with modules folded where there are too many boxes
    boxes     the program as a graph: which operation reads what which other one has computed; a loop by one turn
    reading   what an operation reads, and of a table only what that lists
    box       what one box shows: its words, its tooltip, its look
    shapes    where in its array the numbers lie that an operation reads and writes, and their shape

The explorer shows the same boxes.
"""

from .box import ENTRIES, Box
from .boxes import Boxes, Key, Turn
from .drawing import caption, draw_program, find_program

__all__ = ["ENTRIES", "Box", "Boxes", "Key", "Turn", "caption", "draw_program", "find_program"]
