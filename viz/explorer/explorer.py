"""`explore`: the graph of an expression as a page on which one steps through backpropagation."""

import base64
import os
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from autograd import Value, topological_order
from autograd.markup import escaped
from autograd.operations import UNRECORDED

from ..advice import no_root
from ..drawing import draw
from ..graph.picture import PAINTED, Picture, in_words, with_png

if TYPE_CHECKING:
    from nn import Module
    from nn.losses import LossName

    _Parameters: TypeAlias = Module | Iterable[Value]

_MOST_IN_PICTURE, _MOST_IN_NOTEBOOK = 300, 60  # boxes: in a file of its own, and in one with other things
_PICTURES = tuple(f".{format}" for format in ("svg", *PAINTED))


@overload
def explore(root: Value, parameters: "_Parameters | None", /) -> "Explorer": ...
@overload
def explore(root: Value, *, parameters: "_Parameters | None" = None) -> "Explorer": ...
@overload
def explore(
    model: "Module", /, X: Any, y: Any, *, loss: "LossName | Callable[..., Any]",
    parameters: "_Parameters | None" = None,
) -> "Explorer": ...  # fmt: skip
@overload
def explore(
    f: Callable[..., Any], /, X: Any, y: Any = None, *, parameters: "_Parameters | None" = None
) -> "Explorer": ...
def explore(root: Any, X: Any = None, y: Any = None, *, loss: Any = None, parameters: Any = None) -> "Explorer":
    """A page on which the graph below `root`, or that of a batch, can be looked at, stepped through and changed.

    Every node shows its number and its gradient ∂root/∂node, every edge its local derivative and the product that
    flows back along it; a dashed edge is one along which nothing does, since an operation chose something else. The
    page opens before the first operation, and goes through both passes one operation at a time, with the chain rule
    written out in numbers; an edited leaf changes everything at once; modules fold to one box each, and so do the turns
    of a loop and the rows of a batch. It needs no Python and no network: the page has its own interpreter of the rule
    book, and its own Graphviz.

    The gradients are those of one `backward()` from the numbers that the leaves have now, whatever `.grad` holds.

        explore(root)                      the graph below a Value
        explore(f, X, y)                   that of L = Σ f(xₖ, yₖ) / B over B rows
        explore(model, X, y, loss="mse")   the same of f(x, y) = loss(model(x), y), the loss by which `fit` learns

    Args:
        root: the Value whose graph it is; or a function of the Values of a row, [x₁, …], and, where y is given, of its
            target, a Value or a list of them, which returns the loss of this row; or a module.
        X: (rows, inputs), an array, lists or a table: numbers, or leaves that are yours. A module that has a `scaler`
            gets them scaled, as in `fit`. (Of a Value, what comes second are its parameters.)
        y: (rows,) or (rows, outputs); classes are numbers from 0.
        loss: of a module: a name of `nn.LOSSES`, or a function (output, target) of one row.
        parameters: what gradient descent in the page moves: a module, or the leaves themselves; the others are inputs,
            as in `compile`. None: those of the module; else all leaves but the plain numbers in expressions and those
            of X and y.

    Returns:
        an `Explorer`: shows itself in a notebook, and by `.show()` anywhere; `.save("graph.html")` writes one file.

    Raises:
        TypeError: when root is no Value, function or module, or a parameter is none; when a loss is no Value.
        ValueError: when root was computed in `no_grad()`, or a parameter is no leaf; when X is no matrix, y does not
            fit it, or there are more rows than a page can show.
        ImportError: of rows, where NumPy is not installed. (A page of a Value is written without it, and has no
            compiled view then, nor loops found again.)

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> explore((a * b).tanh())
    <Explorer of 4 nodes: show it in a notebook or by .show(), or save it with .save('graph.html')>
    >>> explore(lambda x, y: (a * x[0] + b - y) ** 2, [[1.0], [2.0], [3.0]], [0.0, 1.0, 3.0])
    <Explorer of 26 nodes: show it in a notebook or by .show(), or save it with .save('graph.html')>
    >>> from nn import MLP
    >>> explore(MLP(2, [3, 1], seed=0), [[0.0, 1.0], [1.0, 0.0]], [1.0, -1.0], loss="hinge")
    <Explorer of 72 nodes: show it in a notebook or by .show(), or save it with .save('graph.html')>
    """
    if not isinstance(root, Value):
        return _explorer_of_rows(root, X, y, loss, parameters)
    if y is not None or loss is not None or (X is not None and parameters is not None):
        raise TypeError("explore: a Value is one graph; rows, targets and a loss go with a function or a module")
    chosen = X if parameters is None else parameters
    _check_recorded(root)
    return Explorer(root, None if chosen is None else _parameters(chosen))


def _explorer_of_rows(f: Any, X: Any, y: Any, loss: Any, parameters: Any) -> "Explorer":
    """The explorer of the mean of a function, or of the loss of a module, over rows."""
    from nn import Module  # here and below, so that `import viz` stays light
    from nn.support.missing import need

    if X is None or not callable(f) or isinstance(f, type):
        raise no_root("explore", "a Value, the root of a graph", f)
    need("numpy", "explore of rows", "explore(root) of the Value that you computed of them does not")
    from autograd.compiler.compiled import Compiled

    if isinstance(f, Compiled):
        raise no_root("explore", "a Value, the root of a graph", f)
    from .batch import batch_of, batch_of_model

    chosen = None if parameters is None else _parameters(parameters)
    if isinstance(f, Module):
        if y is None or loss is None:
            raise TypeError('explore: rows of a module go with targets and a loss: explore(model, X, y, loss="mse")')
        batch = batch_of_model(f, loss, X, y)
        chosen = f.parameters() if chosen is None else chosen
    elif loss is not None:
        raise TypeError("explore: a loss goes with a module; a function returns the loss of a row itself")
    else:
        batch = batch_of(f, X, y)
        chosen = batch.parameters() if chosen is None else chosen
    _check_recorded(batch.root)
    for number, loss_of_row in enumerate(batch.losses, 1):
        _check_recorded(loss_of_row, f"the loss of row {number}")
    return Explorer(batch.root, chosen, batch.losses if len(batch.losses) > 1 else ())


def _check_recorded(root: Value, name: str = "the root") -> None:
    if root._operation is UNRECORDED:
        raise ValueError(f"explore: {name} was computed inside no_grad(), where nothing is recorded")


def _parameters(parameters: Any) -> list[Value]:
    from nn import Module

    if isinstance(parameters, Module):
        return parameters.parameters()
    if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
        raise TypeError(f"parameters must be a module or a list of Values, got {parameters!r}")
    parameters = list(parameters)
    for parameter in parameters:
        if not isinstance(parameter, Value):
            raise TypeError(f"parameters must be Values, got {parameter!r} of type {type(parameter).__name__}")
        if parameter.parents:
            raise ValueError(f"parameters must be leaves; {parameter!r} was computed by {parameter.op!r}")
    return parameters


class Explorer:
    """What `explore` returns: a page. It holds the numbers that the graph had then."""

    def __init__(self, root: Value, parameters: list[Value] | None = None, rows: Sequence[Value] = ()) -> None:
        from .graph import Graph

        self.root = root
        self.graph = Graph(root, parameters, rows)
        self._packed = self.graph.packed()
        if parameters and not self.graph.parameters:
            given = f"none of the {len(parameters):,} parameters is" if len(parameters) > 1 else "the parameter is not"
            raise ValueError(f"{given} in the graph below the root")
        self._title = (root.label or "glassgrad").encode("utf-8", "replace").decode()  # half an emoji is no text

    def __repr__(self) -> str:
        return (
            f"<Explorer of {self.graph.size}: show it in a notebook or by .show(), or save it with .save('graph.html')>"
        )

    @cached_property
    def html(self) -> str:
        """The page, whole: it loads nothing."""
        return self.page()

    def page(self, live: bool = False) -> str:
        """The page; a live one tells the frame around it of changes, and listens to it."""
        from nn.support.missing import is_there

        from .graph import pack
        from .javascript import rules_in_javascript
        from .page import page

        several = any(family.kind in ("rows", "copies") for family in self.graph.families)
        program: dict[str, Any] = {"error": "this page was written where NumPy is not installed"}
        if is_there("numpy"):
            from .program import compiled_view

            program = compiled_view(self.graph.nodes, self.graph.inputs, of_one_row=not several)
        if "box_of_node" in program:
            for name in ("box_of_node", "turn_of_node"):
                program[name] = pack([number + 1 for number in program[name]])  # 0: none
            program["is_result"] = pack(program["is_result"])
            for each in program["entering"]:
                each["rows"] = len(each["nodes"])
                each["nodes"] = pack([node + 1 for row in each["nodes"] for node in row])
        data = {"title": self._title, "live": live, "graph": self._packed, "program": program}
        rules = rules_in_javascript(self.graph.operations)
        return page("explorer", rules, f"{self._title} · explorer").showing(data)

    def show(self) -> None:
        """Show the page: in a notebook, or in a browser; where there is none, it is said where the page is."""
        from ..graph.showing import show

        show(self, "graph.html", self.html)

    def save(self, path: str | os.PathLike) -> Path:
        """Write a file; its ending says what: .html, the page; or .svg, .png, .pdf, …, a picture, as `draw` makes it.

        The page needs neither a network nor Python. The picture has the numbers and gradients of the page; of a large
        graph it shows modules as one box each.

        Returns:
            the path.

        Raises:
            ValueError: when the ending is missing, or is that of nothing that can be written.
            OSError: when the file cannot be written.
        """
        from nn.support.files import write_file

        path = Path(path)
        if path.suffix.lower() in (".html", ".htm"):
            write_file(path, self.html)
            return path
        if path.suffix.lower() not in _PICTURES:
            pictures = ", ".join(_PICTURES)
            raise ValueError(f"the explorer is a page: {str(path)!r} must end in .html, or for a picture in {pictures}")
        return self._picture().save(path)

    def write(self, path: str | os.PathLike) -> Path:
        """The same as `save(path)`."""
        return self.save(path)

    def widget(self) -> Any:
        """The page with a live kernel behind it: a number changed in the page changes the Value, and vice versa.

        Python's changes are shown when the cell has run, or after `.refresh()` of what this returns, an anywidget.
        It opens at the last step, with all numbers and gradients: whoever changes them in one place watches the other.

        Raises:
            ImportError: when anywidget is not installed: pip install 'glassgrad[widget]'.
        """
        from nn.support.missing import need

        need("anywidget", "a live page (without it the explorer itself can be shown, which has no kernel behind it)")
        from .widget import LiveExplorer  # here, since anywidget is an extra

        return LiveExplorer(self.graph, self.page(live=True))

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, bytes | str], dict[str, Any]]:
        """What a notebook shows: the page in a frame of its own, over a picture for places without scripts.

        Beside it there is PNG, where something can make it, for who keeps no pages.
        """
        try:
            picture, svg = self._small_picture()
            bundle = {"text/html": _frame(self.html, svg, self._title), "text/plain": repr(self)}
            return with_png(bundle, picture) if picture is not None else ({**bundle}, {})
        except Exception as error:  # noqa: BLE001  nothing raises where a notebook shows it
            return in_words(f"This graph has no explorer here: {error}"), {}

    def _picture(self, most: int = _MOST_IN_PICTURE) -> Picture:
        """The picture of a copy that has the numbers of the page, and the gradients of one `backward()`."""
        root = deepcopy(self.root)
        nodes = topological_order(root)
        for leaf, number in zip((node for node in nodes if not node.parents), self.graph.numbers, strict=True):
            leaf.data = number
        root.forward()
        for node in nodes:
            node.grad = 0.0
        root.backward()
        return draw(root, max_nodes=most)

    def _small_picture(self) -> tuple[Picture | None, bytes]:
        """The picture for a notebook, and its SVG; nothing where it cannot be made, no reason to show no page."""
        try:
            picture = self._picture(_MOST_IN_NOTEBOOK)
            return picture, picture.pipe(format="svg")
        except Exception:  # noqa: BLE001  the page needs no picture
            return None, b""


def _frame(content: str, svg: bytes, title: str) -> str:
    """HTML: the picture, what to do where it is all that is left, and over both the page.

    What removes frames removes styles, too; where the frame is there, nobody hears that it is not.
    """
    from .page import frame

    source = "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
    alt = escaped(f"{title}: the graph as a picture")
    image = f'<img alt="{alt}" src="{source}" style="max-width:100%;max-height:90%">' if svg else ""
    over = "position:absolute;inset:0;width:100%;height:100%;box-sizing:border-box;border:1px solid #8888"
    return (
        "<style>.glassgrad-no-page:has(~ iframe) { visibility: hidden }</style>"
        f'<div style="position:relative;height:680px;overflow:hidden;background:#fff;color:#000">{image}'
        f'<p class="glassgrad-no-page">The page of explore, of {escaped(title)}, does not run here: trust this '
        f"notebook, or run the cell again.</p>{frame(content, f'{title}: explorer', style=over)}</div>"
    )
