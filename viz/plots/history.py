"""Loss and metrics over the epochs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .axes import count_epochs, legend_above, need_matplotlib, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_history(history: Mapping[str, Sequence[float]], *, ax: "Axes | None" = None) -> "Axes":
    """Plot loss and metrics over the epochs: loss on the left axis, everything else on the right one.

    Args:
        history: name -> one number per epoch, such as {"loss": […], "val_loss": […], "accuracy": […]}. A name that
            starts with "val_" is drawn dashed, in the colour of its training curve.
        ax: where to draw; a new figure by default.

    Returns:
        the left axes. The right one, where there are metrics, is `axes.figure.axes[-1]`.

    Raises:
        ImportError: where matplotlib is not installed.
        ValueError: when there is nothing to plot.

    >>> axes = plot_history({"loss": [0.7, 0.3], "val_loss": [0.8, 0.5], "accuracy": [0.6, 0.9]})
    >>> [line.get_label() for line in axes.get_lines()]
    ['loss', 'val_loss']
    """
    need_matplotlib("plot_history")
    curves = {name: list(numbers) for name, numbers in history.items() if len(numbers)}
    if not curves:
        raise ValueError(f"there is nothing to plot: the history {dict(history)!r} has no epoch; train first")
    losses = [name for name in curves if name.removeprefix("val_").endswith("loss")]
    metrics = [name for name in curves if name not in losses]
    left = ax if ax is not None else new_axes()
    count_epochs(left, max(map(len, curves.values())))
    sides = [(left, losses, "loss"), (left.twinx(), metrics, "metric")] if losses and metrics else []
    colours: dict[str, str] = {}
    lines = []
    for axes, names, title in sides or [(left, losses or metrics, "loss" if losses else "metric")]:
        stems = list(dict.fromkeys(name.removeprefix("val_") for name in names))
        axes.set_ylabel(stems[0] if len(stems) == 1 else title)
        for name in names:
            stem = name.removeprefix("val_")
            colour = colours.setdefault(stem, f"C{len(colours) % 10}")
            numbers = curves[name]
            style = "--" if name != stem else "-"
            marker = "o" if len(numbers) == 1 else None  # a line through one point is invisible
            lines += axes.plot(range(1, len(numbers) + 1), numbers, style, color=colour, label=name, marker=marker)
    legend_above(left, lines, columns=2)
    return left
