"""What is less exact than promised, by name: each with its bound, as a part of the exact number, and the reason."""

from typing import NamedTuple

MOST = 1e-12  # of a bound


class Exceptional(NamedTuple):
    bound: float
    reason: str


EXCEPTIONS: dict[
    tuple[str, str], Exceptional
] = {}  # by the name of the operation and what of it: see WHAT of judging.py
