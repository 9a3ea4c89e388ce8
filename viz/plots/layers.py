"""Plots of what goes on in the layers of a model: gradients and outputs."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

from .axes import count_epochs, grid, legend_above, need_matplotlib, new_axes, slant_long_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

GREY, VERMILION = "0.35", "#d55e00"


def plot_gradient_flow(source: Any, *, ax: "Axes | None" = None) -> "Axes":
    """Plot how large the gradients are in each layer, on a logarithmic axis, in the order of the layers.

    A gradient of 0, which such an axis has no place for, is a 0 at its foot, or a triangle.

    Args:
        source: a model after `backward()`: a bar for each layer, dark up to the mean |∂loss/∂w| over its parameters,
            pale up to the largest. Or the History of `nn.fit`: a line for each layer, its mean over the epochs.
        ax: where to draw; a new figure by default.

    Raises:
        ImportError: where matplotlib is not installed.
        TypeError: when it is neither a model nor a History.
        ValueError: when all gradients of the model are 0, or the history has no statistics.

    Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).

    >>> from nn import MLP
    >>> model = MLP(1, [2, 1], "tanh", seed=0)
    >>> model([2.0]).backward()
    >>> [label.get_text() for label in plot_gradient_flow(model).get_xticklabels()]
    ['layer 1', 'layer 2']
    """
    need_matplotlib("plot_gradient_flow")
    if _is_history(source):
        return _gradients_over_epochs(_statistics_of(source, "gradient"), ax)
    return _gradient_bars(_gradients(source), ax)


def plot_activations(
    source: Any,
    X: Any = None,
    *,
    ax: "Axes | Iterable[Axes] | None" = None,
    figure: "Figure | None" = None,
) -> "NDArray[Any]":
    """Plot the outputs of each layer; the title says how many neurons are dead, or how many outputs are saturated.

    Args:
        source: a model: a histogram for each layer, of its outputs for X. Those that are exactly 0, as relu makes
            them, are no bar, but a line with their share. Or the History of `nn.fit`: the mean of the outputs over
            the epochs, and a band of one standard deviation on each side.
        X: the rows, (rows, inputs), where the source is a model.
        ax: axes for each layer.
        figure: an empty figure to draw in, where no `ax` is given; a new one by default.

    Returns:
        an array of the axes, one for each layer.

    Raises:
        ImportError: where matplotlib is not installed.
        TypeError: when the source is neither a model nor a History, or X is missing, or given with a History.
        ValueError: when X has no rows or another shape, the history has no statistics, or there are too few axes.

    >>> from nn import MLP
    >>> [axes.get_title() for axes in plot_activations(MLP(1, [2, 1], "tanh", seed=0), [[0.1], [9.0]])]
    ['layer 1, tanh\\n50% saturated', 'layer 2, linear']
    """
    need_matplotlib("plot_activations")
    if _is_history(source):
        if X is not None:
            raise TypeError(
                "a History keeps statistics of rows that training chose: leave X out, or give a model and X"
            )
        return _activations_over_epochs(_statistics_of(source, "activation"), ax, figure)
    return _histograms(source, X, ax, figure)


# ------------------------------------------------------------------------------------------------------ gradients


def _gradient_bars(gradients: Mapping[str, "NDArray[Any]"], ax: "Axes | None") -> "Axes":
    """For each layer a bar up to the largest |gradient|, and in it one up to the mean."""
    import numpy as np
    from matplotlib.patches import Patch

    sizes = [np.abs(gradient) for gradient in gradients.values()]
    with np.errstate(over="ignore"):  # a mean may be inf
        means, largest = [float(size.mean()) for size in sizes], [float(size.max()) for size in sizes]
    if not any(largest):  # a nan is not 0
        raise ValueError("all gradients are 0: call backward() of a loss first, and plot before zero_grad()")
    axes, places, colours = ax if ax is not None else new_axes(), range(len(sizes)), _hues(len(sizes))
    drawn = [[size if np.isfinite(size) else 0.0 for size in bars] for bars in (largest, means)]
    positive = [size for bars in drawn for size in bars if size > 0.0] or [1.0]
    axes.set_yscale("log")
    low, high = floor(log10(min(positive)) - 0.3), ceil(log10(max(positive)) + 0.1)
    axes.set_ylim(10.0 ** max(low, -300), 10.0 ** min(high, 300))
    axes.bar(places, drawn[0], width=0.8, color=colours, alpha=0.35)
    axes.bar(places, drawn[1], width=0.45, color=colours)
    for place, mean, most in zip(places, means, largest, strict=True):
        if not 0.0 < mean < np.inf:
            _at_foot(axes, place, "0" if not most else f"{most:g}")
    axes.set_xticks(places, list(gradients))
    axes.tick_params(axis="x", length=0)
    axes.set(ylabel="|gradient|", xlim=(-0.6, len(sizes) - 0.4))
    slant_long_names(axes)
    legend_above(axes, [Patch(color=GREY, label="mean"), Patch(color=GREY, alpha=0.35, lw=0, label="largest")])
    return axes


def _gradients_over_epochs(statistics: Mapping[str, Mapping[str, Sequence[float]]], ax: "Axes | None") -> "Axes":
    """A line for each layer; a triangle at the foot of the axes where its mean is 0."""
    import numpy as np
    from matplotlib.lines import Line2D

    axes, handles, zeros = ax if ax is not None else new_axes(), [], 0
    axes.set_yscale("log")
    for (name, numbers), colour in zip(statistics.items(), _hues(len(statistics)), strict=True):
        means, epochs = np.array(numbers["gradient"]), np.array(numbers["epoch"])
        marker = "o" if len(means) == 1 else None  # a line through one point is invisible
        handles += axes.plot(epochs, np.where(means > 0, means, np.nan), color=colour, label=name, marker=marker)
        if len(none := epochs[means == 0]):
            height = np.full(len(none), 0.03 * zeros)  # those of several layers stand above each other
            axes.plot(none, height, "v", color=colour, transform=axes.get_xaxis_transform(), clip_on=False, zorder=3)
            zeros += 1
    if zeros:
        handles.append(Line2D([], [], marker="v", linestyle="", color=GREY, label="is 0"))
        if not any(max(numbers["gradient"]) > 0 for numbers in statistics.values()):
            axes.set_ylim(0.1, 1.0)  # there is nothing on the axis itself
    axes.set_ylabel("mean |gradient|")
    count_epochs(axes, max(int(numbers["epoch"][-1]) for numbers in statistics.values()))
    legend_above(axes, handles)
    return axes


def _gradients(model: Any) -> dict[str, "NDArray[Any]"]:
    import nn

    _check_is_model(model)
    gradients = {name: gradient for name, gradient in nn.layer_gradients(model).items() if gradient.size}
    if not gradients:
        raise ValueError(f"{type(model).__name__} has no parameters, and so no gradients")
    return gradients


# ---------------------------------------------------------------------------------------------------- activations


def _histograms(model: Any, X: Any, ax: Any, figure: Any) -> "NDArray[Any]":
    """The share of the outputs in each of 40 bins, for each layer."""
    import numpy as np

    import nn
    from nn.activations import activation_name, activation_record
    from nn.module import layers
    from nn.training.diagnosis import layer_statistics

    _check_is_model(model)
    if X is None:
        raise TypeError("the outputs of a model are those for some rows: plot_activations(model, X)")
    outputs = nn.layer_outputs(model, X)
    of = dict(layers(model))
    shown = [(of[name], name) for name in outputs]
    axes = grid(len(shown), ax, figure, (2.7, 2.4))
    for each, (layer, name), colour in zip(axes, shown, _hues(len(shown)), strict=True):
        numbers, activation = outputs[name], getattr(layer, "activation", None)
        zeros, odd = (numbers == 0.0).mean(), 1.0 - np.isfinite(numbers).mean()
        others = numbers[np.isfinite(numbers) & (numbers != 0.0)]
        if others.size:
            others = others.clip(-1e300, 1e300)  # the width of a bin is finite
            low, high = activation_record(activation).saturates_at or (others.min(), others.max())
            margin = 0.1 * abs(low) if high - low <= 1e-12 * abs(low) else 0.0  # outputs that are all the same
            counts, edges = np.histogram(others, 40, (low - margin, high + margin))
            each.bar(edges[:-1], counts / numbers.size, width=np.diff(edges), align="edge", color=colour)
        else:
            each.set(xlim=(-1.0, 1.0), ylim=(0.0, 1.0))
        if zeros:
            each.axvline(0.0, color=VERMILION)
        shares = [f"{zeros:.0%} zeros"] * bool(zeros) + [f"{odd:.0%} not finite"] * bool(odd)
        with np.errstate(invalid="ignore", over="ignore"):
            statistics = layer_statistics(layer, np.zeros(0), numbers)
        _entitle(each, ", ".join(filter(None, [name, activation_name(activation)])), shares + _troubles(statistics))
        each.set_xlabel("output")
    axes[0].set_ylabel("share of outputs")
    return axes


def _activations_over_epochs(statistics: Mapping[str, Mapping[str, Sequence[float]]], ax: Any, figure: Any) -> Any:
    """Mean and standard deviation of the outputs of each layer."""
    import numpy as np

    axes = grid(len(statistics), ax, figure, (2.7, 2.4))
    for each, (name, numbers), colour in zip(axes, statistics.items(), _hues(len(statistics)), strict=True):
        means, spread = np.array([numbers["activation"], numbers["activation_std"]])
        means, spread = (np.where(abs(some) < 1e300, some, np.nan) for some in (means, spread))  # their sum is finite
        epochs = np.array(numbers["epoch"])
        if len(means) == 1:
            each.errorbar(epochs, means, spread, fmt="o", color=colour)
        else:
            each.fill_between(epochs, means - spread, means + spread, color=colour, alpha=0.25, linewidth=0)
            each.plot(epochs, means, color=colour)
        _entitle(each, name, _troubles({key: numbers[key][-1] for key in ("dead", "saturated") if key in numbers}))
        count_epochs(each, int(numbers["epoch"][-1]))
    axes[0].set_ylabel("output: mean ± std")
    return axes


def _troubles(statistics: Mapping[str, float]) -> list[str]:
    return [f"{statistics[key]:.0%} {key}" for key in ("dead", "saturated") if key in statistics]


def _entitle(axes: "Axes", title: str, shares: Sequence[str]) -> None:
    axes.set_title("\n".join(filter(None, [title, ", ".join(shares)])), fontsize=9)


# -------------------------------------------------------------------------------------------------------- helpers


def _is_history(source: Any) -> bool:
    return isinstance(getattr(source, "statistics", None), Mapping)


def _check_is_model(source: Any) -> None:
    if not hasattr(source, "named_parameters"):
        hint = " (a dict does not keep the statistics of a History)" if isinstance(source, Mapping) else ""
        raise TypeError(f"this plot is of a model or of the History of nn.fit; got {type(source).__name__}{hint}")


def _statistics_of(history: Any, quantity: str) -> dict[str, Mapping[str, Sequence[float]]]:
    """The statistics of the layers that have this one."""
    found = {name: numbers for name, numbers in history.statistics.items() if len(numbers.get(quantity, ()))}
    if not found:
        raise ValueError(
            f"the history has no statistics of {quantity}s: nn.fit keeps them for each epoch that it trains"
        )
    return found


def _hues(count: int) -> list[Any]:
    """A colour for each layer: from dark to light in their order, also for eyes that do not tell red from green."""
    import matplotlib as mpl

    return [mpl.colormaps["viridis"](0.8 * i / max(count - 1, 1)) for i in range(count)]


def _at_foot(axes: "Axes", place: float, text: str) -> None:
    axes.text(place, 0.01, text, transform=axes.get_xaxis_transform(), ha="center", va="bottom", color=GREY)
