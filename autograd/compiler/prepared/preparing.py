"""How a function is prepared: as a program of arrays, or, where its graph has no matrices, as the graph that it is."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...collector import collector_paused
from ..executors.threads import default_threads
from ..loops import Loop
from ..passes import folded, loops_of, rolled
from ..tape import Tape
from ..trace import Result, trace
from .arrays import ByArrays
from .base import Prepared
from .nodes import ByNodes

LONG = 500  # nodes: loops of fewer are as fast as they are


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
        loops: list[Loop] = []
        if backend == "native":
            from ..executors.native.nodes import is_irregular, may_have_turns, pays_in_turns

            if len(as_made) >= LONG and not traced and may_have_turns(tape):
                loops = loops_of(as_made)
            kind = ByNodes if is_irregular(tape) or pays_in_turns(as_made, loops) else ByArrays
        prepared = kind(
            f, shapes, dtype, most_bytes, (tape, returned), adopts, backend, threads or default_threads(), watched
        )
        if isinstance(prepared, ByNodes) and loops:
            prepared.runs = rolled(as_made, loops)
        prepared.digest = None if traced else (tape.digest(), returned)
    return prepared
