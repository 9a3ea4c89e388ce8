"""Training steps, timed: `python -m benchmarks.steps small|medium|large|wide sgd|adam LIBRARY …` prints JSON.

Several libraries in one process take turns, block by block: what differs by a tenth can be told apart only like this.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

from .fused import by_c
from .problems import Problem, large, medium, small, wide
from .trainers import TRAINERS, Trainer
from .turns import QUICK, seconds_of, seconds_to_measure

PROBLEMS: dict[str, Callable[[], Problem]] = {
    "small": small,
    "medium": medium,
    "large": lambda: large(784, 128, 10),
    "wide": wide,
}
ALL_TRAINERS = TRAINERS | {"fused": by_c}
CHECKED_STEPS = 1 if QUICK else 3  # after these all libraries must have the same loss
SECONDS = seconds_to_measure(2.0)  # for each library
BLOCKS = 1 if QUICK else 3  # at least
BLOCK_SECONDS = 0.025  # about a hundred steps, unless a step takes longer


def measure(trainers: dict[str, Trainer]) -> dict[str, Any]:
    """Of each library the loss after a few steps, the seconds of a step, and their ratio to the first library's."""
    libraries = list(trainers)
    losses = {library: _loss_after(CHECKED_STEPS, *trainer) for library, trainer in trainers.items()}
    lengths = {library: _block_length(step) for library, (step, _) in trainers.items()}
    seconds: dict[str, list[float]] = {library: [] for library in libraries}
    end = time.perf_counter() + SECONDS * len(libraries)
    while time.perf_counter() < end or len(seconds[libraries[-1]]) < BLOCKS:
        for library, (step, _) in trainers.items():
            seconds_of(step, lengths[library] // 10)  # the caches hold what the other library has used
            seconds[library].append(seconds_of(step, lengths[library]))
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
    return max(1, round(BLOCK_SECONDS / seconds_of(step, 1)))


if __name__ == "__main__":
    given = replace(PROBLEMS[sys.argv[1]](), optimizer=sys.argv[2])
    print(json.dumps(measure({library: ALL_TRAINERS[library](given) for library in sys.argv[3:]})))
