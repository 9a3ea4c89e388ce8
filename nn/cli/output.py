"""What the command prints: nothing but what is printable, whatever the texts are that it has read."""

import sys
from typing import Any, TextIO

from ..support.texts import printable

_MOST = 4000  # characters of an error


def say(text: Any, file: TextIO | None = None, flush: bool = False) -> None:
    """Print a text of one or more lines, also where the stream cannot hold all that is printable."""
    stream = sys.stdout if file is None else file
    text = printable(str(text), keep="\n")
    encoding = getattr(stream, "encoding", None) or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=flush)


def one_line(text: str) -> str:
    """An error on one line.

    >>> one_line("cannot read\\n  a\\x1bb")
    'cannot read a\\\\u{1b}b'
    """
    line = printable(" ".join(text.split()))
    return line if len(line) <= _MOST else line[:_MOST] + "…"


def complain(text: str, program: str = "glassgrad") -> None:
    """Print an error or a notice on one line of stderr."""
    say(f"{program}: {one_line(text)}", file=sys.stderr)
