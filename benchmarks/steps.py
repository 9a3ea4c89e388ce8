"""Training steps, timed: `python -m benchmarks.steps small|large LIBRARY …` prints JSON.

Several libraries in one process take turns, block by block: what differs by a tenth can be told apart only like this.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from .trainers import TRAINERS, Problem, large, small

PROBLEMS: dict[str, Callable[[], Problem]] = {"small": small, "large": lambda: large(784, 128, 10)}
CHECKED_STEPS = 3  # after these all libraries must have the same loss
SECONDS = 2.0  # for each library
BLOCK_SECONDS = 0.025  # about a hundred steps, unless a step takes longer


def measure(problem: Problem, libraries: list[str]) -> dict[str, Any]:
    """Of each library the loss after a few steps, the seconds of a step, and their ratio to the first library's."""
    trainers = {library: TRAINERS[library](problem) for library in libraries}
    losses = {library: _loss_after(CHECKED_STEPS, *trainer) for library, trainer in trainers.items()}
    lengths = {library: _block_length(step) for library, (step, _) in trainers.items()}
    seconds: dict[str, list[float]] = {library: [] for library in libraries}
    end = time.perf_counter() + SECONDS * len(libraries)
    while time.perf_counter() < end or len(seconds[libraries[-1]]) < 3:
        for library, (step, _) in trainers.items():
            _time(step, lengths[library] // 10)  # the caches hold what the other library has used
            seconds[library].append(_time(step, lengths[library]))
    first = seconds[libraries[0]]
    return {
        library: {
            "loss": losses[library],
            "seconds": median(blocks),
            "ratio": median(s / s_first for s, s_first in zip(blocks, first, strict=True)),
        }
        for library, blocks in seconds.items()
    }


def _loss_after(steps: int, step: Callable[[], Any], loss: Callable[[], float]) -> float:
    for _ in range(steps):
        step()
    return loss()


def _block_length(step: Callable[[], Any]) -> int:
    return max(1, round(BLOCK_SECONDS / _time(step, 1)))


def _time(step: Callable[[], Any], n: int) -> float:
    """Seconds of one step, in a block of n."""
    start = time.perf_counter()
    for _ in range(n):
        step()
    return (time.perf_counter() - start) / max(n, 1)


if __name__ == "__main__":
    print(json.dumps(measure(PROBLEMS[sys.argv[1]](), sys.argv[2:])))
