"""Pictures of the weights of the first layer."""

from collections.abc import Iterable, Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

from .axes import grid, need_matplotlib, plain_names, slant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


def plot_weights(
    model: Any,
    *,
    shape: tuple[int, int] | None = None,
    ax: "Axes | Iterable[Axes] | None" = None,
    figure: "Figure | None" = None,
    most: int = 36,
    inputs: Sequence[str] | None = None,
) -> "NDArray[Any]":
    """Plot the weights of the first layer: a small picture for each neuron, blue below zero and red above.

    The colours are strongest at the 99.5th percentile of the sizes: a few large weights leave the others visible.

    Args:
        model: a model with `.layers[0].neurons`, each with its weights `.w`.
        shape: (rows, columns) of a picture. By default a square, such as (8, 8) for 64 inputs; where the inputs make
            no square, all weights are shown as one heat map, (neurons, inputs).
        ax: where to draw; axes for each neuron, or one for a heat map.
        figure: an empty figure to draw in, where no `ax` is given; a new one by default.
        most: pictures at the most, of the first neurons.
        inputs: the names of the inputs, where they are columns of a table: all weights are shown as one heat map.

    Returns:
        an array of the axes.

    Raises:
        ImportError: where matplotlib is not installed.
        TypeError: when the model has no such layer.
        ValueError: when the weights do not fit the shape, or there are too few axes.

    >>> from types import SimpleNamespace as Some
    >>> from autograd import Value
    >>> neurons = [Some(w=[Value(0.1 * i) for i in range(9)]) for _ in range(4)]
    >>> len(plot_weights(Some(layers=[Some(neurons=neurons)])))
    4
    """
    need_matplotlib("plot_weights")
    import numpy as np

    try:
        weights = np.array([[float(w) for w in neuron.w] for neuron in model.layers[0].neurons])
    except (AttributeError, TypeError, IndexError) as error:
        raise TypeError(
            f"plot_weights needs a model with .layers[0].neurons[i].w, such as nn.MLP; got {type(model).__name__}"
        ) from error
    n_neurons, n_inputs = weights.shape
    side = isqrt(n_inputs)
    if inputs is not None and (shape is not None or len(inputs) != n_inputs):
        raise ValueError(
            f"inputs must name the {n_inputs} inputs of a heat map, without shape=; got {len(inputs)} names"
        )
    if shape is None and inputs is None and side * side == n_inputs and side > 1:
        shape = (side, side)
    if shape is not None and shape[0] * shape[1] != n_inputs:
        raise ValueError(f"a picture of the shape {shape} has {shape[0] * shape[1]} weights; a neuron has {n_inputs}")
    pictures = weights.reshape(n_neurons, *shape)[:most] if shape is not None else weights[None]
    axes = grid(len(pictures), ax, figure)
    sizes = np.abs(weights[np.isfinite(weights)])
    largest = (np.quantile(sizes, 0.995, method="higher") if sizes.size else 0.0) or 1.0
    beyond = "both" if sizes.size and sizes.max() > largest else "neither"
    aspect: Any = "auto" if shape is None else "equal"
    for position, (each, picture) in enumerate(zip(axes, pictures, strict=True), 1):
        image = each.imshow(picture, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect=aspect)
        each.set(xticks=[], yticks=[], title="" if shape is None else str(position))
        each.title.set_fontsize(8)
    if shape is None:
        axes[0].set(xlabel="input" if inputs is None else "", ylabel="neuron")
        if inputs is not None:
            axes[0].set_xticks(range(n_inputs), plain_names(inputs))
            slant(axes[0])
    axes[0].figure.colorbar(image, ax=list(axes), shrink=0.8, extend=beyond)
    return axes
