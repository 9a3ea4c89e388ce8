"""The leaves of a graph that a live page shows: what they are, what the page was told, and what it says of them."""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np

from .graph import Graph

_NUMBER = re.compile(r"-?(Infinity|\d+(\.\d+)?(e[+-]?\d+)?)|NaN", re.ASCII)  # as JavaScript writes one


class Leaves:
    """The leaves of a graph, and the numbers that pages have of them."""

    def __init__(self, graph: Graph) -> None:
        self._root, self._leaves = graph.root, graph.leaves
        self._written = np.array(graph.numbers)  # which may be older than those in Python
        self._told = self._written.copy()

    def take(self, numbers: dict[int, float]) -> None:
        """Give leaves the numbers of a page, and compute the graph again; where it cannot be, nothing is changed.

        Raises:
            IndexError: when the index of a `take` has left its list; and whatever else `forward()` raises.
        """
        before = {leaf: self._leaves[leaf].data for leaf in numbers}
        try:
            self._set(numbers)
        except Exception:
            with suppress(Exception):  # of other leaves, that Python has changed, and that do not fit either
                self._set(before)
            raise
        self._told[list(numbers)] = list(numbers.values())

    def news(self) -> list[list]:
        """[leaf, number as text] of the leaves that Python has changed since the pages were told."""
        before, self._told = self._told, np.array([leaf.data for leaf in self._leaves])
        return _differences(before, self._told)

    def since_written(self) -> list[list]:
        """The same of those that differ from the page as it was written, which a new view begins with."""
        return _differences(self._written, self._told)

    def now(self, leaves: Iterable[int]) -> list[list]:
        """The same of these leaves, whatever pages have."""
        return [[leaf, _as_text(self._leaves[leaf].data)] for leaf in leaves]

    def read(self, said: Any) -> dict[int, float]:
        """The numbers by leaf in a message of a page, checked.

        Raises:
            ValueError: for anything else.
        """
        if not isinstance(said, list):
            raise ValueError(f"no list of leaves and numbers: {said!r:.80}")
        for pair in said:
            if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int or not isinstance(pair[1], str):
                raise ValueError(f"{pair!r:.80} is not a leaf and its number as a text")
            leaf, text = pair
            if not 0 <= leaf < len(self._leaves):
                raise ValueError(f"leaf {leaf!r:.80} of a graph with {len(self._leaves)}")
            if not _NUMBER.fullmatch(text):
                raise ValueError(f"{text!r:.80} is no number")
        return {leaf: float(text) for leaf, text in said}

    def _set(self, numbers: dict[int, float]) -> None:
        for leaf, number in numbers.items():
            self._leaves[leaf].data = number
        self._root.forward()


def _differences(before: np.ndarray, after: np.ndarray) -> list[list]:
    """[leaf, number as text] where they differ; -0.0 is another number than 0.0, and nan the same as nan."""
    differ = (before.view(np.int64) != after.view(np.int64)) & ~(np.isnan(before) & np.isnan(after))
    return [[leaf, _as_text(after[leaf].item())] for leaf in np.flatnonzero(differ).tolist()]


def _as_text(number: float) -> str:
    """A number as JavaScript reads it.

    >>> _as_text(-0.0), _as_text(float("inf")), _as_text(float("nan"))
    ('-0.0', 'Infinity', 'NaN')
    """
    return repr(number).replace("inf", "Infinity").replace("nan", "NaN")
