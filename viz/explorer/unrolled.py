"""The loops that Python has unrolled in a part of a graph: `compile` finds them, too, by the same search."""

from typing import TYPE_CHECKING

from autograd.operations import CONSTANT

from .cuts import better_cut
from .parts import Part

if TYPE_CHECKING:
    from autograd.compiler.loops import Loop
    from autograd.compiler.tape import Tape

LEAST_OPERATIONS = 64  # of all turns together


def loops_of(part: Part) -> list[list[list[int]]]:
    """Of each loop its turns, of each turn its operations.

    What goes through nothing but sums from turn to turn is no loop: a long sum is a sum. The search needs NumPy: where
    that is not installed, none is found.

    >>> from autograd import Value
    >>> x, nodes = Value(0.5), []
    >>> for _ in range(100):
    ...     x = x.sin()
    ...     nodes.append(x)
    >>> [len(turns) for turns in loops_of(Part(nodes))]
    [100]
    """
    from nn.support.missing import is_there  # here, so that `import viz` stays light

    if len(part.nodes) < LEAST_OPERATIONS or not is_there("numpy"):
        return []
    from autograd.compiler.loops import find_loops

    tape, leaves = _tape(part)
    return [better_cut(part, _turns(loop, leaves)) for loop in find_loops(tape)]


def _tape(part: Part) -> "tuple[Tape, int]":
    """The part as a tape, on which what is outside comes first; and how much that is."""
    from autograd.compiler.tape import PARAMETER, Tape

    operands, outside = part.taken
    count, leaves = len(operands), len(outside)
    tape = Tape(room=count + leaves)
    for n, leaf in enumerate(outside):
        tape.add(CONSTANT if leaf._operation is CONSTANT else PARAMETER, (n,))
    for node, taken in zip(part.nodes, operands, strict=True):
        tape.add(node._operation, [n + leaves if n < count else n - count for n in taken])
    tape.outputs = [leaves + count - 1]
    tape.differentiable = 1
    return tape, leaves


def _turns(loop: "Loop", leaves: int) -> list[list[int]]:
    first, last = loop.start - leaves, loop.stop - leaves
    return [list(range(start, start + loop.period)) for start in range(first, last, loop.period)]
