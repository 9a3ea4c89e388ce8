"""Warnings that point at the line of the user's."""

import sys
import warnings
from types import FrameType

OURS = frozenset({"autograd", "nn", "viz"})  # packages in which users do not look for what they have written


def warn(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn with the line that called into our packages, however deep in them the caller is."""
    frame: FrameType | None = sys._getframe(1)
    level = 1
    while frame is not None and _package(frame) in OURS:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level + 1)


def _package(frame: FrameType) -> str:
    """The outermost package of the code; also where it is run as `python -m nn`."""
    module = frame.f_globals.get("__package__") or frame.f_globals.get("__name__") or ""
    return module.partition(".")[0]
