"""Warnings that point at the line of the user's."""

import sys
import warnings
from types import FrameType


def warn(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn with the line that called into the package of the caller, however deep in it the caller is."""
    frame: FrameType | None = sys._getframe(1)
    package, level = frame and frame.f_globals["__package__"], 1
    while frame is not None and frame.f_globals.get("__package__") == package:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level + 1)
