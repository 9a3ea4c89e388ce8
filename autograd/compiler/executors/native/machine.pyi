from typing import Any

import numpy as np

BUILT_FROM: int
APPLY: int
MATMUL: int
REDUCE: int
MOVE: int
CHOOSE: int
TAKE: int
PUT: int
APPLY2: int
FAMILY: int
SMALL: int
REPEAT: int
DOUBLE: int
FLOAT: int
BOOLEAN: int
WHOLE: int
MOST_AXES: int
ARITHMETIC: dict[str, int]
FAMILIES: dict[str, int]

def loop_of(ufunc: Any, types: str) -> tuple[int, int]: ...
def is_finite(numbers: np.ndarray) -> bool: ...
def call(loop: tuple[int, int], arrays: tuple[np.ndarray, ...], length: int, strides: tuple[int, ...]) -> None: ...
def call_matmul(
    loop: tuple[int, int], arrays: tuple[np.ndarray, ...], dimensions: tuple[int, int, int], strides: tuple[int, ...]
) -> None: ...

class Stream:
    size: int  # in words

    def __init__(
        self,
        words: np.ndarray,
        at: np.ndarray,
        of: np.ndarray,
        offset: np.ndarray,
        row_bytes: tuple[int, ...],
        keeps: tuple[np.ndarray, ...],
        indices: tuple[int, ...] = (),
        number: int = ...,
    ) -> None: ...
    def run(self, parts: tuple[int, ...], rows: int, block: int, arrays: tuple[np.ndarray | None, ...]) -> None: ...
