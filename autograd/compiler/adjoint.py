"""Pass 6: the steps that compute the gradient of the first output, in reverse order, by the same rule book.

Only what the gradient of the parameters needs is computed. Nothing flows to what an operation did not choose, and
nothing from there. Its derivative is 0, and where all other factors are finite, so is the product: the usual program
asks for no more. Where one is not, 0·inf makes the gradient nan, and the exact program is to run: with `liveness`.
"""

from .adjoint_of_loops import reverse_loop
from .kinds import Loop
from .program import Program
from .reversing import REVERSE, Reversal
from .selection import tidied

REVERSE[Loop] = reverse_loop  # which is made of reversals, so that `reversing` cannot know it


def add_adjoint(program: Program, exact: bool = False, in_turns: bool = False) -> Program:
    """The program with the steps for the derivative of the mean of its first output by every parameter.

    Args:
        exact: also where an untaken branch has a derivative that is inf or nan. Else the gradient is nan there, where
            the program `chooses`. Of programs with loops there is none: see `has_exact_adjoint`.
        in_turns: whether the turns of a loop backwards compute all that they can: see `waiting`.
    """
    assert has_exact_adjoint(program) or not exact, "the loops must be unrolled before"
    result = Reversal(program, exact, in_turns=in_turns).result()
    return tidied(result) if has_loops(program) else result


def has_exact_adjoint(program: Program) -> bool:
    """Whether `add_adjoint` can be exact: not where there are loops. The program of the unrolled function must be."""
    return not has_loops(program)


def has_loops(program: Program) -> bool:
    """Whether a step is a loop."""
    return any(isinstance(kind, Loop) for kind in program.kinds)
