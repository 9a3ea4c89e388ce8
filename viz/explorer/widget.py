"""The explorer as a widget of a notebook: the page, with the Values of the kernel behind it. It needs anywidget.

The page and the kernel tell each other of leaves that have another number, [[leaf, number as text], …], since JSON has
no infinities. What they say is in `web/live.js` and `web/widget.js`; a notebook may show the page in several views:

    page → kernel   {glassgrad: "ready", view, seen}              the page of a view listens
                    {glassgrad: "numbers", leaves, view, seen}    a reader has changed numbers there
    kernel → page   {glassgrad: "numbers", leaves, number}        for all views; `to` one; `not` one
                    {glassgrad: "taken", to}                      the view may say more

`number` counts what the kernel has told, and `seen` is the latest that a view has heard. A change that was made before
the page heard of the kernel's is answered with the numbers that hold now, and so all end with the same.
"""

import warnings
from typing import Any

from anywidget import AnyWidget
from traitlets import Unicode

from nn.support.shell import running_shell

from .graph import Graph
from .leaves import Leaves
from .page import read


class LiveExplorer(AnyWidget):
    """A page, and the Values behind it: a change of either changes the other.

    Numbers that a reader changes in the page become the `.data` of the leaves, and the graph is computed again;
    `.grad` stays what the last `backward()` of yours has left, as the page has gradients of its own. Leaves that
    Python has changed are shown by the page when the cell has run; in a loop, call `refresh()`.
    """

    _esm = read("widget.js")
    page = Unicode().tag(sync=True)

    def __init__(self, graph: Graph, page: str) -> None:
        self._size = graph.size
        self._leaves = Leaves(graph)
        self._count = 0
        self._latest: dict[str, int] = {}  # of every view, what the count was at the latest message for it
        super().__init__(page=page)
        self.on_msg(self._hear)
        self._shell = running_shell()
        if self._shell is not None:
            self._shell.events.register("post_run_cell", self._after_cell)

    def __repr__(self) -> str:
        return f"<live explorer of {self._size}>"

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
        self._count += 1
        for view in self._latest:
            if whom.get("to", view) == view != whom.get("not"):
                self._latest[view] = self._count
        self.send({"glassgrad": "numbers", "leaves": pairs, "number": self._count, **whom})
