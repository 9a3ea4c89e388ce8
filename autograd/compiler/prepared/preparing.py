"""How a function is prepared: as a program of arrays, or, where its graph has no matrices, as the graph that it is."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...collector import collector_paused
from ..executors.threads import default_threads
from ..passes import folded
from ..tape import Tape
from ..trace import Result, trace
from .arrays import ByArrays
from .base import Prepared
from .nodes import ByNodes


def prepare(
    f: Callable[..., Any],
    shapes: tuple[tuple[int, ...], ...],
    dtype: np.dtype,
    most_bytes: int,
    traced: tuple[Tape, Result] | None = None,
    adopts: bool = True,
    backend: str = "numpy",
    threads: int | None = None,
    watched: Sequence[int] = (),
) -> Prepared:
    """f for one shape of its arguments; for the parameters see `Prepared`. Without a tape, f is traced.

    Without a number of threads, it is that of the environment.
    """
    with collector_paused():
        as_made, returned = traced or trace(f, shapes)
        tape = as_made if traced else folded(as_made)[0]
        kind: type[Prepared] = ByArrays
        if backend == "native":
            from ..executors.native.nodes import is_irregular

            kind = ByNodes if is_irregular(tape) else ByArrays
        prepared = kind(
            f, shapes, dtype, most_bytes, (tape, returned), adopts, backend, threads or default_threads(), watched
        )
        if isinstance(prepared, ByNodes) and not traced:
            prepared.roll(as_made)
        prepared.digest = None if traced else (tape.digest(), returned)
    return prepared
