"""What the structures between the passes must fulfil, in small checks: `graphs` of tapes and classes, `programs` of
programs, where `steps` has a table by kind, and `memory` of buffers; `structures` knows which is for what.

It is looked at after every pass while the environment has GLASSGRAD_VERIFY=1, as in the tests. What is wrong is a fault
of the pass before, never of the function that is compiled.
"""

from typing import TypeVar

from ..._build import asked

S = TypeVar("S")


def looked_at(structure: S) -> S:
    """The same structure, which a pass has returned; checked while the environment has GLASSGRAD_VERIFY=1."""
    if asked("GLASSGRAD_VERIFY"):
        from .structures import checked  # nobody waits for the import else

        checked(structure)
    return structure
