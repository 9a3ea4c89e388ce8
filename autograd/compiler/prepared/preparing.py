"""How a function is prepared: as a program of arrays, or, where its graph has no matrices, as the graph that it is."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ...collector import collector_paused
from ..executors.threads import default_threads
from ..loops import Loop, find_loops
from ..loops.pieces import Pieces
from ..passes import classified, folded, rolled
from ..tape import Tape
from ..trace import Result, trace
from .arrays import ByArrays
from .base import Prepared
from .nodes import ByNodes
from .rolled import ByRolledArrays, in_classes_or_pieces

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
        loops: list[Loop] | None = None  # where nobody has looked for them
        make: Callable[..., Prepared] | None = None
        if backend == "native":
            from ..executors.native.nodes import is_irregular, may_have_turns, pays_in_turns

            if len(as_made) >= LONG and not traced and may_have_turns(tape):
                loops = find_loops(as_made)
            if is_irregular(tape) or pays_in_turns(as_made, loops or []):
                make = ByNodes
        if make is None:
            is_finished = traced is not None and backend != "jax"  # XLA would take long to compile all turns
            found = classified(tape) if is_finished else in_classes_or_pieces(as_made, tape, backend, loops)
            make = partial(ByRolledArrays, found) if isinstance(found, Pieces) else partial(ByArrays, found)
        prepared = make(
            f, shapes, dtype, most_bytes, (tape, returned), adopts, backend, threads or default_threads(), watched
        )
        if isinstance(prepared, ByNodes) and loops and (whole := rolled(as_made, [loop.whole() for loop in loops])):
            prepared.runs, _ = whole
        prepared.digest = None if traced else (tape.digest(), returned)
    return prepared
