"""How all sections measure.

Libraries take turns, each time in a fresh process, so that a machine which slows down or speeds up does so for all. A
ratio is formed within each round, and the median of the rounds is told with the smallest and the largest. Every process
computes in one thread, on one core, where its section does not ask for more.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from math import isclose
from statistics import median
from typing import Any

QUICK = bool(os.environ.get("QUICK"))  # to see that everything runs: the numbers are not worth much
ROUNDS = 1 if QUICK else 5
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
UNSET = {
    "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",  # BLAS may use all that the processor has
    "PYTHONDONTWRITEBYTECODE",  # Python has the bytecode of what was installed: ours, too
}  # fmt: skip


def seconds_to_measure(usual: float) -> float:
    """For how long to measure."""
    return usual / 10.0 if QUICK else usual


def check_equal(outputs: dict[Any, Any], reference: Any, keys: list[str], tolerance: float) -> None:
    """All libraries must compute the same: the loss, the gradient; lists, to a part of their largest number."""
    for library, output in outputs.items():
        for key in keys:
            ours, theirs = outputs[reference][key], output.get(key, outputs[reference][key])
            if not _agree(theirs, ours, tolerance):
                raise SystemExit(f"{library} computes another {key} than {reference}: {theirs} and {ours}")


def _agree(theirs: Any, ours: Any, tolerance: float) -> bool:
    if not isinstance(ours, list):
        return isclose(theirs, ours, rel_tol=tolerance)
    bound = tolerance * max(map(abs, ours))  # a nan on either side is no agreement
    return len(theirs) == len(ours) and all(abs(a - b) <= bound for a, b in zip(theirs, ours, strict=True))


def in_turns(section: str, rounds: int = ROUNDS) -> Iterator[int]:
    """The rounds of a section, counted."""
    for i in range(1, rounds + 1):
        yield i
        print(f"{section}, round {i} of {rounds}", file=sys.stderr)


def spread(numbers: list[float], between: str, digits: int = 2) -> str:
    """The median, then the smallest and the largest."""
    return f"{median(numbers):,.{digits}f}{between}{min(numbers):,.{digits}f} … {max(numbers):,.{digits}f}"


def python(*arguments: str, cores: int = 1, **environment: str) -> str:
    """What a fresh Python prints, which runs on so many cores."""
    kept = {name: text for name, text in os.environ.items() if name not in UNSET}
    command = [sys.executable, "-c", _ON_CORES, str(cores), *arguments] if hasattr(os, "sched_setaffinity") else None
    return subprocess.run(
        command or [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=True,
        env=kept | dict.fromkeys(THREADS, str(cores)) | environment,
    ).stdout  # fmt: skip


_ON_CORES = (  # a process that started with one core has libraries that count one, too
    "import os, sys; os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-int(sys.argv[1]):]); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)


def seconds_of(call: Callable[[], Any], n: int = 1) -> float:
    """Seconds of one call, in a block of n."""
    start = time.perf_counter()
    for _ in range(n):
        call()
    return (time.perf_counter() - start) / max(n, 1)
