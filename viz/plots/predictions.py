"""Plots of what is predicted: which class where in the plane, and which one was taken for which."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .axes import legend_beside, need_matplotlib, new_axes, plain_names, slant_long_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

MOST_COUNTED = 25  # classes, for counts in a confusion matrix


def plot_confusion_matrix(
    y_true: "ArrayLike",
    y_pred: "ArrayLike",
    labels: Sequence | None = None,
    *,
    classes: Sequence[str] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Plot how many rows of each class were taken for which class.

    Up to 25 classes have the counts written in; more have a colour bar.

    Args:
        y_true: the classes, (rows,).
        y_pred: the predicted classes, (rows,).
        labels: the classes to show, in this order; all that occur, sorted, by default.
        classes: the names of all classes, where y_true and y_pred hold their positions, 0, 1, …
        ax: where to draw; a new figure by default.

    Raises:
        ImportError: where matplotlib is not installed.
        ValueError: when there are no rows, or not as many predictions as rows; for numbers that are not whole, which
            are scores; when no row has one of the labels; and for what is no position in `classes`.

    >>> axes = plot_confusion_matrix(["cat", "dog", "dog"], ["cat", "dog", "cat"])
    >>> [text.get_text() for text in axes.texts]
    ['1', '0', '1', '1']
    """
    need_matplotlib("plot_confusion_matrix")
    import numpy as np

    from nn.training.metrics import confusion_matrix, labels_of  # here, so that `import viz` stays light

    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    if true.ndim != 1 or true.shape != predicted.shape or not len(true):
        raise ValueError(
            f"y_true and y_pred must be as long as each other, one class per row; got the shapes {true.shape} and "
            f"{predicted.shape} (for scores of each class, take the argmax over axis 1 first)"
        )
    for name, each in {"y_true": true, "y_pred": predicted}.items():
        if each.dtype.kind == "f" and len(wrong := np.flatnonzero(each != np.floor(each))):
            raise ValueError(f"{name} must hold classes, not scores: {name}[{wrong[0]}] is {each[wrong[0]]}")
    if labels is None:
        labels = labels_of(true, predicted) if classes is None else range(len(classes))
    if classes is not None:
        for name, given in {"y_true": true, "y_pred": predicted, "labels": labels}.items():
            _check_positions(name, given, classes)
    if not {*labels} & {*true.tolist()}:
        raise ValueError(f"y_true has none of the labels {list(labels)!r:.80}; its first class is {true.tolist()[0]!r}")
    names = plain_names(labels if classes is None else [classes[label] for label in labels])
    axes = ax if ax is not None else new_axes()
    matrix, places = confusion_matrix(true, predicted, labels), range(len(names))
    image = axes.imshow(matrix, cmap="Blues")
    axes.set(xticks=places, yticks=places, xticklabels=names, yticklabels=names)
    axes.set(xlabel="Predicted label", ylabel="True label")
    if len(names) > MOST_COUNTED:
        axes.figure.colorbar(image, ax=axes)
    else:
        middle = (matrix.max() + matrix.min()) / 2
        for (row, column), count in np.ndenumerate(matrix):
            ink = image.cmap(0.0 if count >= middle else 1.0)  # light on dark, dark on light
            axes.text(column, row, f"{count}", ha="center", va="center", color=ink)
    slant_long_names(axes)
    return axes


def plot_decision_boundary(
    predict: Any,
    X: "ArrayLike",
    y: "ArrayLike",
    *,
    threshold: float | None = None,
    resolution: int = 200,
    classes: Sequence[str] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Plot which class is predicted where in the plane, and the points.

    Args:
        predict: a model, or a function from points (rows, 2) to scores, either (rows,) or (rows, n_classes). Where a
            score is nan, nothing is drawn.
        X: the points, (rows, 2).
        y: their classes, (rows,). Whole numbers from 0 to n_classes - 1 are the columns of their scores; for one score
            they are 0 and 1, or -1 and 1. Of classes of any other kind, such as texts, the sorted order counts.
        threshold: for one score per row: the second class is predicted above it. By default it is 0, as for logits;
            and 0.5 for a model whose output is a sigmoid or a step. Several scores per row: the class of the largest
            is predicted.
        classes: the names of all classes, where y holds their positions, 0, 1, …
        resolution: at how many points along each side `predict` is asked.
        ax: where to draw; a new figure by default.

    Raises:
        ImportError: where matplotlib is not installed.
        ValueError: when a shape is not one of the above, for points that are not finite, and for what is no position
            in `classes`.

    >>> axes = plot_decision_boundary(lambda X: X[:, 0] - X[:, 1], [[0, 1], [1, 0]], [0, 1])
    >>> axes.get_xlabel()
    'x1'
    """
    need_matplotlib("plot_decision_boundary")
    import numpy as np
    from matplotlib.colors import ListedColormap
    from matplotlib.lines import Line2D

    from nn.support.arrays import check_rows
    from nn.support.checks import check_count

    check_count("resolution", resolution)
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or not len(X):
        raise ValueError(f"a decision boundary is drawn in a plane: X must have the shape (rows, 2); got {X.shape}")
    check_rows(X)
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
    if threshold is None:
        threshold = _threshold(predict)
    regions = _regions(scores, threshold).reshape(len(ys), len(xs))
    n_regions = scores.shape[1] if scores.ndim == 2 else 2
    if classes is not None:
        _check_positions("y", y, classes)
    names, index = _indexed(y, n_regions) if classes is None else (classes, y)
    n_classes = max(n_regions, len(names))
    colours = ListedColormap([f"C{i % 10}" for i in range(n_classes)])
    axes = ax if ax is not None else new_axes()
    limits: dict[str, Any] = {"cmap": colours, "vmin": -0.5, "vmax": n_classes - 0.5}
    axes.pcolormesh(xs, ys, regions, alpha=0.25, shading="nearest", rasterized=True, **limits)
    axes.scatter(X[:, 0], X[:, 1], c=index, s=25, edgecolors="white", linewidths=0.6, **limits)
    handles = [Line2D([], [], marker="o", linestyle="", color=colours(i)) for i in range(len(names))]
    legend_beside(axes, handles, names, "class")
    axes.set(xlabel="x1", ylabel="x2", xlim=(xs[0], xs[-1]), ylim=(ys[0], ys[-1]))
    return axes


def _regions(scores: "NDArray[Any]", threshold: float) -> "NDArray[Any]":
    """The class of the largest score, or of one score above the threshold or not; masked where a score is nan."""
    import numpy as np

    if scores.ndim == 1:
        return np.ma.array((scores > threshold).astype(int), mask=np.isnan(scores))
    return np.ma.array(scores.argmax(axis=1), mask=np.isnan(scores).any(axis=1))


def _check_positions(name: str, y: Iterable[Any], classes: Sequence[str]) -> None:
    """Refuse what is no position in `classes`."""
    known = {*range(len(classes))}
    for place, position in enumerate(y):
        if position not in known:
            wanted = f"positions in classes, of which there are {len(known)}, from 0 on"
            raise ValueError(f"{name} must hold {wanted}; {name}[{place}] is {position!s:.40}")


def _indexed(y: "NDArray[Any]", n_regions: int) -> tuple[Sequence[Any], "NDArray[Any]"]:
    """The names of the classes, and for each row the index of its class: that of the region where it belongs."""
    import numpy as np

    if y.dtype.kind in "biuf" and np.isin(y, range(n_regions)).all():
        return [False, True] if y.dtype.kind == "b" else range(n_regions), y.astype(int)
    found, index = np.unique(y, return_inverse=True)
    return found.tolist(), index


def _threshold(predict: Any) -> float:
    """The score between two classes: that of the activation which a model's output has, 0 for a function."""
    from nn.activations import activation_record

    last = predict.layers[-1] if getattr(predict, "layers", None) else predict
    return activation_record(getattr(last, "activation", None)).threshold


def _predictor(predict: Any) -> Callable[[Any], Any]:
    """A function of an array of rows: `predict` itself, or the predictions of the model it is."""
    if hasattr(predict, "parameters"):
        import nn

        return lambda X: nn.predict(predict, X)
    return predict
