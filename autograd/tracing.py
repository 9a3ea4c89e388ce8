"""What a function may not do while `compile` traces it, and the error that says so.

A trace runs the function once, for all rows and all later numbers of the parameters. So no number may be looked at:
a branch, an index or a plain float taken from one would be frozen, and wrong for the next row without a word.
"""

import linecache
import sys
from typing import Any, NoReturn

_OURS = {"autograd", "nn", "numpy"}  # a user does not look for a mistake in here


class TraceError(RuntimeError):
    """The function cannot be compiled; the message names the line and what to write instead."""


def untraceable(what: str, instead: str, frame: Any = None) -> NoReturn:
    """Raise the TraceError for something that a traced function did, in this frame or the one that calls."""
    line = user_line(frame or sys._getframe(1))
    raise TraceError(f"{what} in a function that is being compiled: {instead}{line}") from None


def user_line(frame: Any) -> str:
    """Where the innermost frame of the user's own code is, as the end of a message."""
    innermost = None
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        own_file = frame.f_code.co_filename
        if not module.startswith("autograd") or own_file != frame.f_globals.get("__file__"):
            innermost = innermost or frame
            if module.partition(".")[0] not in _OURS:
                break
        frame = frame.f_back
    frame = frame or innermost
    if frame is None:
        return ""
    file, number = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(file, number, frame.f_globals).strip()
    return f"\n  {file}, line {number}: {text}"
