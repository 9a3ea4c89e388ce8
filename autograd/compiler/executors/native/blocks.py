"""Blocks of rows: how large one is, and what of a program runs before all of them, in each, and after the last one."""

from collections import defaultdict

from ...buffers import Buffers, Instruction
from ...kinds import Loop
from ...program import Program
from .code import Written

CACHE = 2**19  # bytes: what is live in a block stays in the second cache
FEWEST = 128  # rows in a block
ONCE = 4  # the numbers of a block are so many times those that all blocks add to


def block_of(code: Written, rows: int) -> int:
    """The rows of a block."""
    of_row = max(1, sum(each.bytes for each in code.memories if each.by_row))
    if rows * of_row <= 2 * CACHE:
        return rows
    block = max(CACHE // of_row, ONCE * code.added // of_row, FEWEST)
    return min(rows, -(-block // 16) * 16)


class Phases:
    """When the instructions of a program run, where there are several blocks of rows.

    What does not depend on the row runs once before. What comes of sums over the rows runs once after the last block;
    such a sum begins as zeros, to which every block adds.

    Attributes:
        possible: whether nothing of a row depends on such a sum.
        zeroed: the values that begin as zeros, and have not been written yet.
    """

    def __init__(self, plan: Buffers) -> None:
        self.program = plan.program
        self.late: set[int] = set()  # values that are known after the last block
        self.possible = True
        of_rows: set[int] = set()
        writers: dict[int, int] = defaultdict(int)
        for instruction in (*plan.forward(), *plan.backward()):
            step, to, _ = instruction
            self.possible &= not (isinstance(step.kind, Loop) and sums_rows(step.kind.body))
            depends = any(view.value in self.late for view in step.views)
            if self.program.space[to.value]:
                self.possible &= not depends
                continue
            writers[to.value] += 1
            if any(self.program.space[view.value] for view in step.views):
                of_rows.add(to.value)
                self.possible &= not depends
                depends = True
            if depends:
                self.late.add(to.value)
        self._added = {value for value in self.late if value in of_rows or writers[value] > 1}
        self.zeroed = set(self._added)

    def adds(self, value: int) -> bool:
        """Whether it began as zeros, to which all is added."""
        return value in self._added

    @staticmethod
    def once(section: str) -> str:
        """The part that runs before the blocks."""
        return "once" if section == "forward" else "once backward"

    def part(self, instruction: Instruction, section: str) -> str:
        """The part to which an instruction belongs."""
        step, to, _ = instruction
        if self.program.space[to.value] or any(self.program.space[view.value] for view in step.views):
            return section
        return "last" if any(view.value in self.late for view in step.views) else self.once(section)


def sums_rows(body: Program) -> bool:
    """Whether a turn of a loop has a sum over the rows: there are no turns for a block of them then."""
    return any(
        (isinstance(step.kind, Loop) and sums_rows(step.kind.body))
        or (not step.space and any(body.space[view.value] for view in step.views))
        for step in body.steps
    )
