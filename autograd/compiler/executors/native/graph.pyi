import numpy as np

from ...tape import Tape

BUILT_FROM: int

class Graph:
    distinct: int
    count: int
    columns: int
    in_c: bool
    chooses: bool
    outputs: list[int]
    def __init__(self, tape: Tape) -> None: ...
    def use_block(self, block: int) -> None: ...
    def bytes(self) -> int: ...
    def run(
        self,
        arguments: list[np.ndarray],
        parameters: np.ndarray,
        places: np.ndarray,
        outputs: np.ndarray,
        gradient: np.ndarray | None = None,
        exact: bool = False,
    ) -> None: ...
