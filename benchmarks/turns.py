"""How all sections measure.

Libraries take turns, each time in a fresh process, so that a machine which slows down or speeds up does so for all. A
ratio is formed within each round, and the median of the rounds is told with the smallest and the largest.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from math import isclose
from statistics import median
from typing import Any

ROUNDS = 5


def check_equal(outputs: dict[Any, Any], reference: Any, keys: list[str], tolerance: float) -> None:
    """All libraries must compute the same: the loss, the gradient."""
    for library, output in outputs.items():
        for key in keys:
            ours, theirs = outputs[reference][key], output.get(key, outputs[reference][key])
            if not isclose(theirs, ours, rel_tol=tolerance):
                raise SystemExit(f"{library} computes another {key} than {reference}: {theirs} and {ours}")


def in_turns(section: str) -> Iterator[int]:
    """The rounds of a section, counted."""
    for i in range(1, ROUNDS + 1):
        yield i
        print(f"{section}, round {i} of {ROUNDS}", file=sys.stderr)


def spread(numbers: list[float], between: str, digits: int = 2) -> str:
    """The median, then the smallest and the largest."""
    return f"{median(numbers):,.{digits}f}{between}{min(numbers):,.{digits}f} … {max(numbers):,.{digits}f}"


def python(*arguments: str, **environment: str) -> str:
    """What a fresh Python prints."""
    return subprocess.run(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, check=True, env=os.environ | environment
    ).stdout
