"""What reading a file may cost: whoever opens a stranger's file knows the most that it takes of memory and time.

Each number is the most that one file may have. With them, reading any file takes at most 500 MB, unless it is as large
itself; what has more is refused before the memory is taken. GLASSGRAD_LIMITS=10 in the environment allows ten times as
much of all of them but the nesting, for files that one trusts.

| constant     | of what                                                   |
|--------------|-----------------------------------------------------------|
| `PIXELS`     | an image, as it is in the file; of a WebP half of it      |
| `BYTES`      | an IDX, .npy or .npz file, decompressed; a text has 40    |
|              | more, which it takes in memory                            |
| `NUMBERS`    | a .npy or .npz file of numbers                            |
| `CELLS`      | a CSV file, or a .npy or .npz file of texts: rows×columns |
| `CHARACTERS` | a line of a CSV file; a text in a .npy or .npz file       |
| `COLUMNS`    | a table                                                   |
| `HEADER`     | a model or a checkpoint: bytes of its description         |
| `PARAMETERS` | a model                                                   |
| `LAYERS`     | a model                                                   |
| `NESTING`    | lists in lists in the description of a model              |
"""

import math
import os
from pathlib import Path

PIXELS = 25_000_000
BYTES = 200_000_000
NUMBERS = 20_000_000
CELLS = 5_000_000
CHARACTERS = 1_000_000
COLUMNS = 10_000
HEADER = 5_000_000
PARAMETERS = 1_000_000
LAYERS = 1_000
NESTING = 50


class LimitError(ValueError):
    """A file has more of something than is read of a file that one does not know."""


def allowed(most: int) -> int:
    """So many, or as many times as the environment says.

    Raises:
        ValueError: where GLASSGRAD_LIMITS is no number of at least 1.

    >>> allowed(PIXELS)
    25000000
    """
    text = os.environ.get("GLASSGRAD_LIMITS") or "1"
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not 1 <= factor < math.inf:
        raise ValueError(f"GLASSGRAD_LIMITS is {text!r} in the environment: it must be a number of at least 1")
    return int(most * factor)


def check(path: Path | str, what: str, there: int, most: int, instead: str) -> None:
    """Refuse a file that has more of something than is allowed.

    Raises:
        LimitError: with the number, the most, and what to do.

    >>> check(Path("a.png"), "pixels", 177_000_000, PIXELS, "save it smaller")
    Traceback (most recent call last):
    nn.support.limits.LimitError: a.png has 177,000,000 pixels, at most 25,000,000 are read: save it smaller, or set \
GLASSGRAD_LIMITS=8 in the environment if you trust the file
    """
    if there <= allowed(most):
        return
    number = f"{there:,}" if there < 10**15 else "more than 10¹⁵"
    factor = -(-there // most)
    trusted = f", or set GLASSGRAD_LIMITS={factor} in the environment if you trust the file" if factor <= 1000 else ""
    raise LimitError(f"{path} has {number} {what}, at most {allowed(most):,} are read: {instead}{trusted}")
