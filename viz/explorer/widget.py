"""The explorer as a widget of a notebook: the page, with the Values of the kernel behind it.

The page and the kernel tell each other of leaves that have another number, [[leaf, number as text], …], since JSON has
no infinities. What they say is in `web/live.js` and `web/widget.js`; a notebook may show the page in several views:

    page → kernel   {glassgrad: "ready", view, seen}              the page of a view listens
                    {glassgrad: "numbers", leaves, view, seen}    a reader has changed numbers there
    kernel → page   {glassgrad: "numbers", leaves, number}        for all views; `to` one; `not` one
                    {glassgrad: "taken", to}                      the view may say more

`number` counts what the kernel has told, and `seen` is the latest that a view has heard. A change that was made before
the page heard of the kernel's is answered with the numbers that hold now, and so all end with the same.
"""

import re
import sys
import warnings
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np

from .graph import Graph
from .page import read

_NUMBER = re.compile(r"-?(Infinity|\d+(\.\d+)?(e[+-]?\d+)?)|NaN", re.ASCII)  # as JavaScript writes one


class Leaves:
    """The leaves of a graph, and the numbers that pages have of them."""

    def __init__(self, graph: Graph) -> None:
        self._root, self._leaves = graph.root, graph.leaves
        self._written = graph.numbers  # which may be older than those in Python
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


@cache
def widget_class() -> type:
    """The class of the widgets; here, where it is asked for, since anywidget is an extra.

    Raises:
        ImportError: when anywidget is not installed.
    """
    try:
        from anywidget import AnyWidget
        from traitlets import Unicode
    except ImportError as error:
        raise ImportError(
            "a live page needs anywidget: pip install 'glassgrad[widget]', and restart the notebook; "
            "without it the explorer itself can be shown, which has no kernel behind it"
        ) from error

    class LiveExplorer(AnyWidget):
        """A page, and the Values behind it: a change of either changes the other.

        Numbers that a reader changes in the page become the `.data` of the leaves, and the graph is computed again;
        `.grad` stays what the last `backward()` of yours has left, as the page has gradients of its own. Leaves that
        Python has changed are shown by the page when the cell has run; in a loop, call `refresh()`.
        """

        _esm = read("widget.js")
        page = Unicode().tag(sync=True)

        def __init__(self, graph: Graph, page: str, name: str) -> None:
            self._name = name
            self._leaves = Leaves(graph)
            self._number = 0
            self._latest: dict[str, int] = {}  # of every view, the number of the latest message for it
            super().__init__(page=page)
            self.on_msg(self._hear)
            self._shell = _shell()
            if self._shell is not None:
                self._shell.events.register("post_run_cell", self._after_cell)

        def __repr__(self) -> str:
            return f"<live {self._name[1:]}"

        def refresh(self) -> None:
            """Show the numbers that the leaves have now."""
            self._tell(self._leaves.news())

        def close(self) -> None:
            """Let the page and the kernel go their own ways."""
            if (shell := getattr(self, "_shell", None)) is not None:
                self._shell = None
                shell.events.unregister("post_run_cell", self._after_cell)
            super().close()

        def _after_cell(self, result: Any = None) -> None:
            self.refresh()

        def _hear(self, widget: Any, said: Any, buffers: Any) -> None:
            """Answer a message of a page. Whatever is in it, nothing raises: nobody could catch it."""
            try:
                if not isinstance(said, dict) or not isinstance(view := said.get("view"), str):
                    raise ValueError(f"it is from no view: {said!r:.80}")
                if said.get("glassgrad") == "ready":
                    self._welcome(view)
                elif said.get("glassgrad") == "numbers":
                    self._take(said.get("leaves"), view, said.get("seen"))
                else:
                    raise ValueError(f"it is neither ready nor tells numbers: {said!r:.80}")
            except Exception as error:  # noqa: BLE001  what a page sends may be anything, and so what it does here
                warnings.warn(f"a message of the explorer's page was ignored: {error}", stacklevel=2)

        def _welcome(self, view: str) -> None:
            self.refresh()  # now: what it is told below is what all have
            self._latest.setdefault(view, 0)
            self._tell(self._leaves.since_written(), to=view)

        def _take(self, said: Any, view: str, seen: Any) -> None:
            try:
                changed = self._leaves.read(said)
                try:
                    self._leaves.take(changed)
                except Exception:
                    self._tell(self._leaves.now(changed), to=view)
                    raise
                numbers = self._leaves.now(changed)
                if seen != self._latest.get(view, seen):  # the page has heard of other numbers in the meantime
                    self._tell(numbers)
                elif len(self._latest) > 1:
                    self._tell(numbers, **{"not": view})
            finally:
                self.send({"glassgrad": "taken", "to": view})

        def _tell(self, pairs: list[list], **whom: str) -> None:
            if not pairs:
                return
            self._number += 1
            for view in self._latest:
                if whom.get("to", view) == view != whom.get("not"):
                    self._latest[view] = self._number
            self.send({"glassgrad": "numbers", "leaves": pairs, "number": self._number, **whom})

    return LiveExplorer


def _shell() -> Any:
    """The IPython that runs this; None where there is none."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


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
