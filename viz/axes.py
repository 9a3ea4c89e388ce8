"""Figures, axes and names, as all plots have them."""

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MOST_LETTERS = 60  # of all names on an axis: more of them are set aslant


def new_axes() -> "Axes":
    """Axes on a figure of their own."""
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1]


def plain(name: Any) -> str:
    """A name as matplotlib shows it as it is: `$` does not begin a formula."""
    return str(name).replace("$", r"\$")


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


def grid_columns(count: int) -> int:
    """In how many columns so many pictures stand, in a nearly square grid; three stand side by side.

    >>> [grid_columns(count) for count in (1, 2, 3, 4, 5, 10)]
    [1, 2, 3, 2, 3, 4]
    """
    return 3 if count == 3 else isqrt(count - 1) + 1


def grid(count: int, ax: Any, figure: Any, size: tuple[float, float] = (1.1, 1.2)) -> "NDArray[Any]":
    """`count` axes: those given, or a nearly square grid of them in the figure or a new one, each of this size."""
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
