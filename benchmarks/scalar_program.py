"""Value and gradient of a scalar program, by one library: prints JSON.

    python -m benchmarks.scalar_program random 10000 1000 casadi [check]    a random graph: operations, rows
    python -m benchmarks.scalar_program pendulum 1000 100 ddx [check]       a pendulum: steps, rows
    python -m benchmarks.scalar_program barrier 100 20000 jax [check]       an option with a barrier: steps, paths
    python -m benchmarks.scalar_program black_scholes 1 100000 jax [check]  options with their Greeks: 1, options
    python -m benchmarks.scalar_program predators 200 1 jax [check]         Lotka and Volterra's: steps, rows
    python -m benchmarks.scalar_program kalman 100 1 casadi [check]         the Nile, filtered: years, rows
    python -m benchmarks.scalar_program shooting 50 1 casadi [check]        an oscillator with forces: steps, rows
    python -m benchmarks.scalar_program lstm 400 1 jax [check]              a recurrent network: characters, texts

of one of the libraries in tracers.py (glassgrad:native for one of its ways to run) or, by hand, in the file of the
problem. With `check` it prints the values and the gradient; else the seconds of preparing it all, which is what the
first call and all before it cost more than another one, the seconds of a call, and the bytes that the process has grown
by. With `briefly` it does not measure for long.
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

from . import barrier, black_scholes, lstm, pendulum
from .compiling import begin_to_count, resident_bytes
from .kalman import kalman
from .predators import predators
from .random_graph import INPUTS, PARAMETERS, leaves, random_graph
from .recurrence import BY_HAND as LOOPS
from .shooting import shooting
from .tracers import TRACERS, Gradient, Problem
from .turns import seconds_of, seconds_to_measure

SECONDS, BRIEFLY = seconds_to_measure(1.0), seconds_to_measure(0.4)
BLOCK_SECONDS = 0.025
SMALL = 100  # the size of what is computed first


def random(size: int, rows: int) -> Problem:
    X = np.random.default_rng(0).uniform(-1.0, 1.0, (rows, INPUTS))
    return Problem(random_graph(size).value, leaves(PARAMETERS, 2), X)


PROBLEMS: dict[str, Callable[[int, int], Problem]] = {
    "random": random,
    "pendulum": pendulum.pendulum,
    "barrier": barrier.barrier_option,
    "black_scholes": lambda size, rows: black_scholes.black_scholes(rows),
    "predators": predators,
    "kalman": kalman,
    "shooting": shooting,
    "lstm": lstm.lstm,
}
BY_HAND: dict[str, dict[str, Callable[..., Gradient]]] = {  # of each problem, by library
    "pendulum": pendulum.BY_HAND, "barrier": barrier.BY_HAND, "black_scholes": black_scholes.BY_HAND,
    "predators": LOOPS, "kalman": LOOPS, "shooting": LOOPS, "lstm": lstm.BY_HAND,
}  # fmt: skip


def library_of(text: str, problem: str) -> Callable[[Problem], Gradient]:
    name, _, backend = text.partition(":")
    library = (TRACERS | BY_HAND.get(problem, {}))[name]
    return partial(library, backend=backend) if backend else library


def check(library: Callable[[Problem], Gradient], problem: Problem) -> dict[str, list[float]]:
    call, gradient = library(problem)
    values = np.array(call(), float).reshape(-1)
    return {"values": values.tolist(), "gradient": np.array(gradient()).tolist()}


def measure(library: Callable[[Problem], Gradient], small: Problem, problem: Problem, most: float) -> dict[str, float]:
    library(small)[0]()  # imports the library, and sets it up
    before = begin_to_count()
    start = time.perf_counter()
    call, _ = library(problem)
    call()
    first = time.perf_counter() - start
    second = seconds_of(call)
    length, blocks, end = max(1, round(BLOCK_SECONDS / second)), [second], time.perf_counter() + most
    while time.perf_counter() < end:
        blocks.append(seconds_of(call, length))
    seconds = median(blocks)
    return {"preparing": first - seconds, "seconds": seconds, "bytes": resident_bytes("VmHWM") - before}


def main(name: str, size: str, rows: str, library_name: str, *options: str) -> dict[str, Any]:
    library, make = library_of(library_name, name), PROBLEMS[name]
    problem = make(int(size), int(rows))
    if "check" in options:
        return check(library, problem)
    return measure(library, make(SMALL, 1), problem, BRIEFLY if "briefly" in options else SECONDS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # where Dr.Jit keeps machine code: there is none of an earlier run
        print(json.dumps(main(*sys.argv[1:])))
