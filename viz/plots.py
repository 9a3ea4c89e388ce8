"""Plots of training and of models with matplotlib. Each takes `ax=` and returns the axes it drew on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray


def plot_history(history: Mapping[str, Sequence[float]], *, ax: "Axes | None" = None) -> "Axes":
    """Plot loss and metrics over the epochs: loss on the left axis, everything else on the right one.

    Args:
        history: name -> one number per epoch, such as {"loss": […], "val_loss": […], "accuracy": […]}. A name that
            starts with "val_" is drawn dashed, in the colour of its training curve.
        ax: where to draw; a new figure by default.

    Returns:
        the left axes. The right one, where there are metrics, is `axes.figure.axes[-1]`.

    Raises:
        ValueError: when there is nothing to plot.

    >>> axes = plot_history({"loss": [0.7, 0.3], "val_loss": [0.8, 0.5], "accuracy": [0.6, 0.9]})
    >>> [line.get_label() for line in axes.get_lines()]
    ['loss', 'val_loss']
    """
    from matplotlib.ticker import MaxNLocator

    curves = {name: list(numbers) for name, numbers in history.items() if len(numbers)}
    if not curves:
        raise ValueError(f"there is nothing to plot: the history {dict(history)!r} has no epoch; train first")
    losses = [name for name in curves if name.removeprefix("val_").endswith("loss")]
    metrics = [name for name in curves if name not in losses]
    left = ax if ax is not None else _new_axes()
    left.set_xlabel("epoch")
    if max(map(len, curves.values())) > 1:
        left.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        left.set_xticks([1])
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
    left.legend(handles=lines, frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))  # above all lines
    return left


def plot_confusion_matrix(
    y_true: "ArrayLike", y_pred: "ArrayLike", labels: Sequence | None = None, *, ax: "Axes | None" = None
) -> "Axes":
    """Plot how many rows of each class were taken for which class, by scikit-learn's ConfusionMatrixDisplay.

    Args:
        y_true: the classes, (rows,).
        y_pred: the predicted classes, (rows,).
        labels: the classes to show, in this order; all that occur, sorted, by default.
        ax: where to draw; a new figure by default.

    Raises:
        ValueError: when there are no rows, or not as many predictions as rows.

    >>> axes = plot_confusion_matrix(["cat", "dog", "dog"], ["cat", "dog", "cat"])
    >>> [text.get_text() for text in axes.texts]
    ['1', '0', '1', '1']
    """
    import numpy as np
    from sklearn.metrics import ConfusionMatrixDisplay

    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    if true.ndim != 1 or true.shape != predicted.shape or not len(true):
        raise ValueError(
            f"y_true and y_pred must be as long as each other, one class per row; got the shapes {true.shape} and "
            f"{predicted.shape} (for scores of each class, take the argmax over axis 1 first)"
        )
    axes = ax if ax is not None else _new_axes()
    ConfusionMatrixDisplay.from_predictions(true, predicted, labels=labels, ax=axes, cmap="Blues", colorbar=False)
    return axes


def plot_decision_boundary(
    predict: Any,
    X: "ArrayLike",
    y: "ArrayLike",
    *,
    threshold: float = 0.0,
    resolution: int = 100,
    ax: "Axes | None" = None,
) -> "Axes":
    """Plot which class is predicted where in the plane, and the points.

    Args:
        predict: a model, or a function from points (rows, 2) to scores, either (rows,) or (rows, n_classes).
        X: the points, (rows, 2).
        y: their classes, (rows,), of any kind; only their sorted order counts.
        threshold: for one score per row: the second class is predicted above it (0 for logits, 0.5 for
            probabilities). Several scores per row: the class of the largest is predicted.
        resolution: the number of points along each side at which `predict` is asked.
        ax: where to draw; a new figure by default.

    Raises:
        ValueError: when a shape is not one of the above.

    >>> axes = plot_decision_boundary(lambda X: X[:, 0] - X[:, 1], [[0, 1], [1, 0]], [0, 1])
    >>> axes.get_xlabel()
    'x1'
    """
    import numpy as np
    from matplotlib.colors import ListedColormap

    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or not len(X):
        raise ValueError(f"a decision boundary is drawn in a plane: X must have the shape (rows, 2); got {X.shape}")
    if y.shape != X.shape[:1]:
        raise ValueError(f"y must have one class for each of the {len(X)} rows of X; got the shape {y.shape}")
    low, high = X.min(axis=0), X.max(axis=0)
    margin = np.where(high > low, 0.1 * (high - low), 1.0)
    xs, ys = np.linspace(low - margin, high + margin, resolution).T
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    scores = np.asarray(_predictor(predict)(grid), dtype=float)
    if scores.ndim == 2 and scores.shape[1] == 1:
        scores = scores[:, 0]
    if scores.ndim not in (1, 2) or len(scores) != len(grid):
        raise ValueError(
            f"predict must return the shape (rows,) or (rows, n_classes); for {len(grid)} rows it returned "
            f"{scores.shape}"
        )
    region = scores.argmax(axis=1) if scores.ndim == 2 else (scores > threshold).astype(int)

    classes, index = np.unique(y, return_inverse=True)
    n_classes = max(scores.shape[1] if scores.ndim == 2 else 2, len(classes))
    colours = ListedColormap([f"C{number % 10}" for number in range(n_classes)])
    axes = ax if ax is not None else _new_axes()
    limits: dict[str, Any] = {"cmap": colours, "vmin": -0.5, "vmax": n_classes - 0.5}
    axes.pcolormesh(xs, ys, region.reshape(len(ys), len(xs)), alpha=0.25, shading="nearest", rasterized=True, **limits)
    points = axes.scatter(X[:, 0], X[:, 1], c=index, s=25, edgecolors="white", linewidths=0.6, **limits)
    handles = points.legend_elements(num=list(range(len(classes))))[0]
    axes.legend(handles, [str(each) for each in classes], title="class", frameon=True)
    axes.set(xlabel="x1", ylabel="x2", xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]))
    return axes


def plot_weights(
    model: Any,
    *,
    shape: tuple[int, int] | None = None,
    ax: "Axes | Iterable[Axes] | None" = None,
    figure: "Figure | None" = None,
    most: int = 36,
) -> "NDArray[Any]":
    """Plot the weights of the first layer: a small picture for each neuron, blue below zero and red above.

    The colours are strongest at the 99.5th percentile of the sizes: a few large weights leave the others visible.

    Args:
        model: a model with `.layers[0].neurons`, each with its weights `.w`.
        shape: (rows, columns) of a picture. By default a square, such as (8, 8) for 64 inputs; where the number of
            inputs is not a square number, all weights are shown as one heat map, (neurons, inputs).
        ax: where to draw; axes for each neuron, or one for a heat map.
        figure: an empty figure to draw in, where no `ax` is given; a new one by default.
        most: pictures at the most, of the first neurons.

    Returns:
        an array of the axes.

    Raises:
        TypeError: when the model has no such layer.
        ValueError: when the weights do not fit the shape, or there are too few axes.

    >>> from types import SimpleNamespace as Some
    >>> from autograd import Value
    >>> neurons = [Some(w=[Value(0.1 * i) for i in range(9)]) for _ in range(4)]
    >>> len(plot_weights(Some(layers=[Some(neurons=neurons)])))
    4
    """
    import numpy as np

    try:
        weights = np.array([[float(w) for w in neuron.w] for neuron in model.layers[0].neurons])
    except (AttributeError, TypeError, IndexError) as error:
        raise TypeError(
            f"plot_weights needs a model with .layers[0].neurons[i].w, such as nn.MLP; got {type(model).__name__}"
        ) from error
    n_neurons, n_inputs = weights.shape
    side = isqrt(n_inputs)
    if shape is None and side * side == n_inputs and side > 1:
        shape = (side, side)
    if shape is not None and shape[0] * shape[1] != n_inputs:
        raise ValueError(f"a picture of the shape {shape} has {shape[0] * shape[1]} weights; a neuron has {n_inputs}")
    pictures = weights.reshape(n_neurons, *shape)[:most] if shape is not None else weights[None]
    axes = _grid(len(pictures), ax, figure)
    sizes = np.abs(weights[np.isfinite(weights)])
    largest = (np.quantile(sizes, 0.995, method="higher") if sizes.size else 0.0) or 1.0
    beyond = "both" if sizes.size and sizes.max() > largest else "neither"
    aspect: Any = "auto" if shape is None else "equal"
    for number, (each, picture) in enumerate(zip(axes, pictures, strict=True), 1):
        image = each.imshow(picture, cmap="RdBu_r", vmin=-largest, vmax=largest, aspect=aspect)
        each.set(xticks=[], yticks=[], title="" if shape is None else str(number))
        each.title.set_fontsize(8)
    if shape is None:
        axes[0].set(xlabel="input", ylabel="neuron")
    axes[0].figure.colorbar(image, ax=list(axes), shrink=0.8, extend=beyond)
    return axes


def _new_axes() -> "Axes":
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1]


def _grid(count: int, ax: Any, figure: Any) -> "NDArray[Any]":
    """`count` axes: those given, or a nearly square grid of them in the figure or a new one."""
    import matplotlib.pyplot as plt
    import numpy as np

    if ax is not None:
        given = np.atleast_1d(np.array(ax, dtype=object)).ravel()
        if len(given) < count:
            raise ValueError(f"{count} pictures need {count} axes; got {len(given)}")
        return given[:count]
    columns = isqrt(count - 1) + 1
    rows = -(-count // columns)
    if figure is None:
        figure = plt.figure(figsize=(1.1 * columns + 0.8, 1.2 * rows) if count > 1 else None, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for unused in axes[count:]:
        unused.remove()
    return axes[:count]


def _predictor(predict: Any) -> Callable[[Any], Any]:
    """A function of an array of rows: `predict` itself, or the predictions of the model it is."""
    if hasattr(predict, "parameters"):
        import nn

        return lambda X: nn.predict(predict, X)
    return predict
