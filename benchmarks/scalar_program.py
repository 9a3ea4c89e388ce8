"""Value and gradient of a scalar program, by one library: prints JSON.

    python -m benchmarks.scalar_program random 10000 1000 casadi [check]    a random graph: operations, rows
    python -m benchmarks.scalar_program pendulum 1000 100 ddx [check]       a pendulum: steps, rows

of one of the libraries in tracers.py (glassgrad:native for one of its ways to run) or, by hand, in pendulum.py. With
`check` it prints the values and the gradient; else the seconds of preparing it all, which is what the first call and
all before it cost more than another one, the seconds of a call, and the bytes that the process has grown by.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from .compiling import begin_to_count, resident_bytes
from .pendulum import BY_HAND, pendulum
from .random_graph import INPUTS, PARAMETERS, leaves, random_graph
from .tracers import TRACERS, Gradient, Problem
from .turns import seconds_of, seconds_to_measure

SECONDS = seconds_to_measure(1.0)
BLOCK_SECONDS = 0.025


def random(size: int, rows: int) -> Problem:
    X = np.random.default_rng(0).uniform(-1.0, 1.0, (rows, INPUTS))
    return Problem(random_graph(size).value, leaves(PARAMETERS, 2), X)


def problem_of(name: str, size: int, rows: int) -> Problem:
    return random(size, rows) if name == "random" else pendulum(size, rows)


def library_of(text: str) -> Callable[[Problem], Gradient]:
    name, _, backend = text.partition(":")
    if backend:
        return partial(TRACERS[name], backend=backend)
    return TRACERS[name] if name in TRACERS else BY_HAND[name]


def check(library: Callable[[Problem], Gradient], problem: Problem) -> dict[str, list[float]]:
    call, gradient = library(problem)
    values = np.array(call(), float).reshape(-1)
    return {"values": values.tolist(), "gradient": np.array(gradient()).tolist()}


def measure(library: Callable[[Problem], Gradient], small: Problem, problem: Problem) -> dict[str, float]:
    library(small)[0]()  # imports the library, and sets it up
    before = begin_to_count()
    start = time.perf_counter()
    call, _ = library(problem)
    call()
    first = time.perf_counter() - start
    second = seconds_of(call)
    length, blocks, end = max(1, round(BLOCK_SECONDS / second)), [second], time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        blocks.append(seconds_of(call, length))
    seconds = median(blocks)
    return {"preparing": first - seconds, "seconds": seconds, "bytes": resident_bytes("VmHWM") - before}


def main(name: str, size: str, rows: str, library_name: str, *options: str) -> dict[str, Any]:
    library = library_of(library_name)
    problem = problem_of(name, int(size), int(rows))
    if "check" in options:
        return check(library, problem)
    return measure(library, problem_of(name, 100, 1), problem)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # where Dr.Jit keeps machine code: there is none of an earlier run
        print(json.dumps(main(*sys.argv[1:])))
