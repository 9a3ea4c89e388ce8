"""The pullback of a program: what is given for each of its outputs goes back to the parameters and the arguments.

`adjoint` is the pullback of the mean over the rows of the first output, to the parameters alone.
"""

from .adjoint import has_exact_adjoint
from .kinds import Input
from .liveness import Liveness
from .placed import runs_of
from .program import Program, Role, Space
from .reversing import Reversal
from .views import View


class Pullback(Reversal):
    """The steps that compute it, after those of the program.

    Args:
        only: the value whose outputs are given something, if those of others are not.

    Attributes:
        given: by the value of an output that passes something on the columns of the outputs that it has.
        dy: a leaf, what is given for each output of each row.
        flows: of an exact one a leaf, booleans: for which of them anything is given. None of others.
        adjoints: by the value of a leaf what goes back to it; what nothing goes back to is not there.
    """

    def __init__(self, forward: Program, exact: bool = False, only: int | None = None) -> None:
        assert has_exact_adjoint(forward) or not exact, "the loops must be unrolled before"
        indices = forward.indices()
        inputs = [value for argument, value in forward.inputs.items() if argument not in indices]
        super().__init__(forward, exact, [forward.parameters, *inputs], in_turns=True)
        self.dy, self.flows = self._leaf(0), self._leaf(1) if exact else None
        passing = [(column, run) for column, run in runs_of(forward) if self.passes(run)]
        runs = [(column, run) for column, run in passing if only in (None, run.value)]
        self.given: dict[int, list[int]] = {}
        for column, run in runs:
            self.given.setdefault(run.value, []).extend(range(column, column + run.shape[0]))
        if self.flows is not None and runs:
            given = [(run, View(self.flows, column, run.shape, (1,))) for column, run in runs]
            self.live = Liveness(self.program, forward, self.passing, given)
            self.parts = self.live.parts  # whose names go on
        for column, run in runs:
            self.contribute(run, View(self.dy, column, run.shape, (1,)))
        self.reverse()
        found = {value: self.received(value) for value in (forward.parameters, *inputs)}
        self.adjoints = {value: view for value, view in found.items() if view is not None}
        self.chooses = any(step.kind.chooses for step in forward.steps if step.out.value in self.passing)

    def _leaf(self, n: int) -> int:
        """A number for each output, where the program has no argument of that number."""
        width = len(self.forward.outputs)
        return self.program.add(
            Input(-1 - n), (), (width,), Space.ROW, boolean=bool(n), role=Role.INPUT, serial=len(self.forward) + n
        ).value
