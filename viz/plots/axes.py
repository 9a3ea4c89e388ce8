"""Figures, axes and names, as all plots have them."""

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MOST_LETTERS = 60  # of a name
MOST_ROWS = 12  # of a legend: more names stand in further columns


def need_matplotlib(what: str) -> None:
    """Refuse to draw where it is not installed.

    Raises:
        ImportError: with the command that installs it.
    """
    from nn.support.missing import need  # here and below, so that `import viz` stays light

    need("matplotlib", what)


def new_axes() -> "Axes":
    """Axes on a figure of their own."""
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1]


def plain_names(names: Sequence[Any]) -> list[str]:
    """Names as matplotlib shows them as they are: `$` begins no formula. Where long ones are cut, they stay different.

    >>> plain_names(["a$b", "x" * 70, "x" * 69 + "y"])[0]
    'a\\\\$b'
    """
    from nn.support.texts import all_shown

    return [text.replace("$", r"\$") for text in all_shown(names, MOST_LETTERS, keep="\n")]


def slant(axes: "Axes") -> None:
    """The names on the x axis aslant."""
    for label in axes.get_xticklabels():
        label.set(rotation=45, ha="right", rotation_mode="anchor")


def slant_long_names(axes: "Axes") -> None:
    """The names on the x axis aslant, where the widest one has not much room (names at the left may yet take some)."""
    axes.apply_aspect()  # the pixels of an image are squares: it may be narrower than its place
    labels = axes.get_xticklabels()
    widest = max(label.get_window_extent().width for label in labels)
    if widest > 0.8 * axes.get_window_extent().width / len(labels):
        slant(axes)


def count_epochs(axes: "Axes", epochs: int) -> None:
    """The x axis is for epochs, counted from 1: no ticks between them."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    if epochs > 1:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        axes.set_xticks([1])


def legend_above(axes: "Axes", handles: Sequence[Any], columns: int = 4) -> None:
    """The legend above all that is drawn."""
    axes.legend(handles=handles, frameon=False, ncols=columns, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def legend_beside(axes: "Axes", handles: Sequence[Any], names: Sequence[Any], title: str) -> None:
    """The legend at the right of the axes, where it covers nothing of what is drawn."""
    columns = -(-len(names) // MOST_ROWS)
    legend = axes.legend(
        handles, [""] * len(handles), title=title, ncols=columns, frameon=False, loc="upper left",
        bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0, handletextpad=0.2,
    )  # fmt: skip
    for text, name in zip(legend.get_texts(), plain_names(names), strict=True):
        text.set_text(name)  # a label of the legend itself may not begin with "_"


def grid_columns(count: int) -> int:
    """In how many columns so many pictures stand, in a nearly square grid; three stand side by side.

    >>> [grid_columns(count) for count in (1, 2, 3, 4, 5, 10)]
    [1, 2, 3, 2, 3, 4]
    """
    return 3 if count == 3 else isqrt(count - 1) + 1


def grid(count: int, ax: Any, figure: Any, size: tuple[float, float] = (1.1, 1.2)) -> "NDArray[Any]":
    """`count` axes: those given, or a nearly square grid of them in the figure or a new one, each of this size.

    Raises:
        ValueError: when fewer axes are given than are needed.
    """
    import matplotlib.pyplot as plt
    import numpy as np

    if ax is not None:
        given = np.atleast_1d(np.array(ax, dtype=object)).ravel()
        if len(given) < count:
            raise ValueError(f"{count} pictures need {count} axes; got {len(given)}")
        return given[:count]
    columns = grid_columns(count)
    rows = -(-count // columns)
    if figure is None:
        inches = (size[0] * columns + 0.8, size[1] * rows) if count > 1 else None
        figure = plt.figure(figsize=inches, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for unused in axes[count:]:
        unused.remove()
    return axes[:count]
