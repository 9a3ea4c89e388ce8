"""What is less exact than promised, by name: each with its bound, as a part of the exact number, and the reason."""

from typing import NamedTuple

MOST = 1e-12  # of a bound
MOST_IN_FLOAT32 = 1e-6  # where NumPy's own functions are off by ulps


class Exceptional(NamedTuple):
    bound: float
    reason: str


# By the name of the operation and what of it: as in WHAT of judging.py, with " in float32" of what is compiled to that.
EXCEPTIONS: dict[tuple[str, str], Exceptional] = {}
