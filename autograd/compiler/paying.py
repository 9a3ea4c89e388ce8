"""Whether compiling pays: by estimates of what a call takes, and what the graphs of scalars would take."""

from collections.abc import Callable
from typing import NamedTuple

from .._build import is_compiled


class Cost(NamedTuple):
    """Seconds, about, on a machine of these years."""

    call: float
    operation: float  # of arrays, however small; or of a node
    flop: float


COSTS = {"numpy": Cost(8e-6, 0.8e-6, 0.5e-9), "native": Cost(6e-6, 15e-9, 0.4e-9), "jax": Cost(60e-6, 0.3e-6, 0.2e-9)}
BOUND = 2e-6  # a call of what is bound to arrays, by the native backend
NODE = 60e-9 if is_compiled() else 0.9e-6  # of a graph of scalars, forward and backward
_ROWS = [1, *[step * 10**power for power in range(6) for step in (2, 5, 10)]]


class Work(NamedTuple):
    """What a compiled function does.

    Attributes:
        scalars: the nodes of the graph of a row.
        operations: how many the machine does, forward and backward.
        flops: for so many rows.
    """

    scalars: int
    operations: int
    flops: Callable[[int], int]

    def seconds(self, rows: int, cost: Cost) -> float:
        """What a call takes, about."""
        return cost.call + cost.operation * self.operations + cost.flop * self.flops(rows)


def doubts(work: Work, rows: int, backend: str) -> list[str]:
    """That a call for so many rows takes longer than the graphs of scalars would; nothing where it pays."""
    cost, eager = COSTS[backend], work.scalars * NODE
    taken = work.seconds(rows, cost) / rows
    if taken < eager:
        return []
    instead = ["call the function itself"]
    if backend == "native" and work.seconds(rows, cost._replace(call=BOUND)) / rows < eager:
        instead.append("bind it to arrays")
    enough = [each for each in _ROWS if work.seconds(each, cost) / each < eager]
    if enough:
        instead.append(f"give it {enough[0]:,} rows and more at once")
    return [
        f"Does not pay for B = {rows:,}: estimated {_time(taken)} a row, and {_time(eager)} as a graph of scalars: "
        + " or ".join(instead)
    ]


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.2g} µs" if seconds < 1e-4 else f"{seconds * 1e3:.2g} ms"
