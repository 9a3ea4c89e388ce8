"""What tracing and compiling costs; prints JSON. Nothing is counted that a second call needs again, nor imports.

    python -m benchmarks.compiling mlp 784 128 10 [traced]   an MLP with cross-entropy, of these sizes
    python -m benchmarks.compiling pendulums 400 [traced]    a simulation, of as many time steps
    python -m benchmarks.compiling jax 784 128 10            the same MLP, written in matrices
    python -m benchmarks.compiling turns 5000                a pendulum of as many steps, pass by pass

With `traced`, memory is counted by tracemalloc, which takes so much time that the seconds mean nothing.
"""

import ctypes
import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd.compiler.loops import find_loops, roll
from autograd.compiler.trace import trace

from . import pendulum
from .problems import large
from .trainers import by_jax
from .turns import seconds_of

Task = tuple[Callable[[Any, Any], Any], np.ndarray, np.ndarray, str]  # the loss of one row, X, Y, dtype


def mlp(*sizes: int) -> Task:
    from nn import MLP, cross_entropy

    problem, model = large(*sizes), MLP(sizes[0], sizes[1:], seed=1)
    return lambda x, y: cross_entropy(model(x), y), problem.X, problem.Y, problem.dtype


def pendulums(steps: int) -> Task:
    """Three damped pendulums in a row, coupled by springs. How stiff are the springs, how strong is the damping?

    From angles and velocities at the start, Euler's method (the new velocity moves the angle) finds where the first
    pendulum is at the end; the loss is the square of its distance from y, which was observed.
    """
    stiffness, damping, dt = autograd.Value(0.5), autograd.Value(0.1), 0.01

    def loss(x: Any, y: Any) -> Any:
        angles, velocities = list(x[:3]), list(x[3:])
        for _ in range(steps):
            a, b, c = angles
            springs = [stiffness * (b - a), stiffness * (a - b) + stiffness * (c - b), stiffness * (b - c)]
            for i, spring in enumerate(springs):
                velocities[i] += dt * (spring - autograd.sin(angles[i]) - damping * velocities[i])
            for i, velocity in enumerate(velocities):
                angles[i] += dt * velocity
        return (angles[0] - y) ** 2

    rng = np.random.default_rng(0)
    return loss, rng.standard_normal((128, 6)), rng.standard_normal(128), "float64"


TASKS: dict[str, Callable[..., Task]] = {"mlp": mlp, "pendulums": pendulums}


def measure(task: Task, traced: bool) -> dict[str, float]:
    """Scalar nodes of one row; the seconds, or the bytes at the peak as tracemalloc counts; growth of the process."""
    loss, X, Y, dtype = task
    autograd.compile(lambda x, y: x[0] * y, dtype=dtype).backward(X, Y)  # the first use imports modules
    compiled = autograd.compile(loss, dtype=dtype)
    before = resident_bytes("VmRSS")
    if traced:
        tracemalloc.start()
    seconds = _first_minus_second(lambda: compiled.backward(X, Y))
    result = {"peak": tracemalloc.get_traced_memory()[1]} if traced else {"seconds": seconds}
    tracemalloc.stop()
    grown = resident_bytes("VmHWM") - before
    return {"nodes": count_nodes(task), "grown": grown, **result}


def count_nodes(task: Task) -> int:
    """Nodes of the graph of one row, with its leaves."""
    loss, X, Y, _ = task
    row = [autograd.Value(x) for x in X[0].tolist()]
    return len(autograd.topological_order(loss(row, autograd.Value(Y[0].item()))))


def measure_jax(*sizes: int) -> dict[str, float]:
    import jax

    jax.jit(lambda x: x + 1.0)(1.0)  # the first use sets up the compiler
    step, _ = by_jax(large(*sizes))
    return {"seconds": _first_minus_second(step)}


def measure_turns(turns: int) -> dict[str, float]:
    """Scalar nodes of a pendulum; seconds of the trace, of finding its loop, and what the first call costs more."""
    parameters = [autograd.Value(p) for p in pendulum.PARAMETERS]

    def angle(row: Any, turns: int = turns) -> Any:
        return pendulum.angle_at_end(row, parameters, autograd, turns)

    X = np.zeros((1, 2))
    autograd.compile(partial(angle, turns=1_000)).backward(X)  # the first use imports modules
    compiled = [autograd.compile(angle) for _ in range(3)]
    first = min(_first_minus_second(partial(each.backward, X)) for each in compiled)
    traced = min(seconds_of(partial(trace, angle, [(2,)])) for _ in range(3))
    tape, _ = trace(angle, [(2,)])
    found = min(seconds_of(lambda: roll(tape, find_loops(tape))) for _ in range(3))
    return {"nodes": len(tape), "trace": traced, "loops": found, "first": first}


def _first_minus_second(call: Callable[[], Any]) -> float:
    times = [time.perf_counter()]
    for _ in range(2):
        call()
        times.append(time.perf_counter())
    return (times[1] - times[0]) - (times[2] - times[1])


def resident_bytes(name: str) -> int:
    """Memory of the process: "VmRSS" at this moment, "VmHWM" at most so far. Linux only."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))


def begin_to_count() -> int:
    """The bytes of the process at this moment, where its peak begins anew.

    What is free goes back to the system, as far as glibc can: where it is used again, nothing would be seen to grow.
    """
    gc.collect()
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # "VmHWM" is "VmRSS" now
    return resident_bytes("VmRSS")


OTHERS: dict[str, Callable[..., dict[str, float]]] = {"jax": measure_jax, "turns": measure_turns}

if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    traced = "traced" in numbers
    arguments = [int(number) for number in numbers if number != "traced"]
    if name in OTHERS:
        print(json.dumps(OTHERS[name](*arguments)))
    else:
        print(json.dumps(measure(TASKS[name](*arguments), traced)))
