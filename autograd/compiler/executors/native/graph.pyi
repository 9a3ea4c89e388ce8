from collections.abc import Sequence

import numpy as np

from ....operations import Operation
from ...tape import Tape

BUILT_FROM: int
MOST_BYTES: int
HAS_WIDE_VECTORS: bool

def loop_of(operation: Operation, number: str, back: bool = False) -> tuple[int, int]: ...
def distinct_nodes(tape: Tape) -> tuple[int, int]: ...

class Graph:
    in_c: bool
    chooses: bool
    outputs: list[int]
    rules: dict[int, Operation]
    most: int
    most_bytes: int
    def __init__(self, tape: Tape) -> None: ...
    @property
    def count(self) -> int: ...
    @property
    def loops(self) -> list[tuple[int, int]]: ...
    @property
    def columns(self) -> int: ...
    @property
    def partials(self) -> int: ...
    def bytes(self) -> int: ...

class Run:
    graph: Graph
    rows: int
    def __init__(
        self,
        graph: Graph,
        arguments: Sequence[np.ndarray],
        parameters: np.ndarray,
        places: np.ndarray,
        outputs: np.ndarray,
        gradient: np.ndarray | None = None,
    ) -> None: ...
    def __call__(self, exact: bool = False) -> None: ...
