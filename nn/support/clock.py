"""How long something takes, whatever happens to the clock on the wall."""

import time


class Stopwatch:
    """Seconds since it was made, when it is called: by the clock that nobody sets, and never fewer than it said before.

    >>> stopwatch = Stopwatch()
    >>> 0.0 <= stopwatch() <= stopwatch()
    True
    """

    def __init__(self) -> None:
        self._start, self._latest = time.perf_counter(), 0.0

    def __call__(self) -> float:
        since = time.perf_counter() - self._start
        self._latest = max(self._latest, since)  # of a machine that pretends, it may go back
        return self._latest
