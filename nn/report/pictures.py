"""The pictures of a report, as PNG files, and one neuron as SVG."""

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Value
from viz import (
    draw,
    plot_activations,
    plot_confusion_matrix,
    plot_decision_boundary,
    plot_gradient_flow,
    plot_history,
    plot_weights,
)
from viz.plots.axes import grid_columns

from ..data.scaling import scaled
from ..support.missing import how_to_install, is_there
from ..support.texts import all_shown, shown
from ..training.metrics import METRICS, confusion_matrix
from .run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


DPI = 144
PICTURES = (  # that a report may have
    "history.png", "predictions.png", "confusion.png", "gradients.png", "activations.png", "boundary.png",
    "weights.png",
)  # fmt: skip
MOST_NEURONS = 36  # whose weights are shown as images
MOST_COLOURS = 10  # of classes, in the decision boundary
MOST_NAMES = 40  # of inputs, at an axis
MOST_LETTERS = 24  # of a name, in a picture
WITHOUT_PICTURES = (
    f"The report has words in place of its pictures, which need matplotlib: {how_to_install('matplotlib')}"
)


def can_paint() -> bool:
    """Whether the pictures can be made: all but the neuron, and digits, are plots."""
    return is_there("matplotlib")


def pictures(run: Run) -> dict[str, bytes]:
    """The PNG files of all pictures that this run can show, by file name; none where matplotlib is not installed."""
    if not can_paint():
        return {}
    n_layers, n_classes, n_inputs = len(run.model.layers), len(run.data.classes), run.data.X_test.shape[1]
    wanted: dict[str, tuple[Callable[[Run, Any], None], float, float]] = {}  # and width and height, in inches
    if run.history.epochs:
        wanted["history.png"] = _history, 7, 4.2
    if run.data.task == "regression":
        wanted["predictions.png"] = _predictions, 8.4, 4
    else:
        side = min(max(4.2, 0.4 * n_classes + 1.5), 16)
        wanted["confusion.png"] = _confusion, max(side, 5), side
    if run.history.epochs and run.history.statistics:
        columns = grid_columns(n_layers)
        wanted["gradients.png"] = _gradients, 7, 4.2
        wanted["activations.png"] = _activations, max(2.7 * columns, 4), 2.5 * np.ceil(n_layers / columns)
    if has_boundary(run):
        wanted["boundary.png"] = _boundary, 7, 4.6
    elif run.data.image_shape:
        wanted["weights.png"] = _weights, 7, 5
    else:
        n_neurons = len(run.model.layers[0].neurons)
        wanted["weights.png"] = _weights, min(max(5, 0.35 * n_inputs + 2), 14), min(max(3.5, 0.15 * n_neurons + 1.5), 9)
    return {name: _png(run, *how) for name, how in wanted.items()}


def in_words(run: Run, name: str) -> str:
    """What a picture shows, for those who cannot see it."""
    return _IN_WORDS[name](run)


def has_boundary(run: Run) -> bool:
    """Whether the rows are points of a plane, in so many classes that each has a colour of its own."""
    in_plane = not run.data.image_shape and run.data.X_test.shape[1] == 2
    return in_plane and run.data.task == "classification" and len(run.data.classes) <= MOST_COLOURS


def digit(run: Run, row: int) -> bytes:
    """A test row as an image, dark ink on white."""
    from PIL import Image

    ink = run.data.X_test[row].reshape(run.data.image_shape) / run.data.largest_input
    file = io.BytesIO()
    Image.fromarray(255 - (ink * 255).astype(np.uint8)).save(file, format="PNG")
    return file.getvalue()


def neuron(run: Run) -> tuple[str, str]:
    """The graph of a neuron in the layer with the fewest inputs, for the first test row, as SVG; and a text to it."""
    layers = run.model.layers
    index = min(range(len(layers)), key=lambda i: len(layers[i].neurons[0].w))
    numbers: Any = scaled(run.model, run.data.X_test[:1])[0].tolist()
    for layer in layers[:index]:
        numbers = [float(output) for output in _as_list(layer(numbers))]
    names = run.data.inputs if index == 0 and run.data.inputs else [f"x{i}" for i in range(1, len(numbers) + 1)]
    neurons = _as_list(layers[index](list(map(Value, numbers, map(str, all_shown(names, MOST_LETTERS))))))
    if index == len(layers) - 1 and len(neurons) > 1:
        shown, whose = int(run.data.y_test[0]), " (that of the row's own class)"
    elif len(neurons) > 1:  # one that is not 0: a relu that is off passes no gradient on
        shown = next((i for i, output in enumerate(neurons) if output.data), 0)
        whose = " (the first one that is not off)" if shown else ""
    else:
        shown, whose = 0, ""
    run.model.zero_grad()  # training has left gradients
    neurons[shown].backward()
    svg = draw(neurons[shown]).pipe(format="svg", encoding="utf-8")
    run.model.zero_grad()
    text = f"Neuron {shown + 1} of layer {index + 1}{whose} for the first test row"
    text += ", scaled" if index == 0 and run.model.scaler is not None else ""
    return svg, text


def _as_list(output: Any) -> list:
    return output if isinstance(output, list) else [output]


def _png(run: Run, draw_on: Callable[[Run, "Figure"], None], width: float, height: float) -> bytes:
    """What `draw_on` draws on a figure of that size, in inches."""
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(width, height), layout="constrained"), io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # in names; the page shows them
        warnings.filterwarnings("ignore", "constrained_layout not applied", UserWarning)  # the names are too long
        draw_on(run, figure)
        figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


def _history(run: Run, figure: "Figure") -> None:
    """Loss, and the one metric that is the main one; four with their validation would be a tangle."""
    curves = {name: run.history[name] for name in run.history if name.removeprefix("val_") in ("loss", run.metric)}
    axes = plot_history(curves, ax=figure.subplots())
    if run.best_epoch is not None:
        axes.axvline(run.best_epoch, color="0.35", linestyle=":", zorder=1)


def _confusion(run: Run, figure: "Figure") -> None:
    names = all_shown(run.data.classes, MOST_LETTERS)
    plot_confusion_matrix(run.data.y_test, run.predictions, classes=names, ax=figure.subplots())


def _predictions(run: Run, figure: "Figure") -> None:
    """The predictions against the targets, with the diagonal on which they are equal; and their differences."""
    errors = run.outputs - run.data.y_test
    true, predicted, errors = (numbers[np.isfinite(errors)] for numbers in (run.data.y_test, run.outputs, errors))
    left, right = figure.subplots(1, 2)
    if len(errors):
        ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
        left.plot(ends, ends, color="0.35", linewidth=1)
    left.scatter(true, predicted, s=14, alpha=0.6, linewidths=0, zorder=2)
    target = shown(run.data.target, MOST_LETTERS) or "target"
    left.set_xlabel(f"true {target}", parse_math=False)
    left.set_ylabel(f"predicted {target}", parse_math=False)
    left.set_aspect("equal", adjustable="datalim")
    left.locator_params(axis="x", nbins=4)  # large numbers have room side by side
    right.hist(errors, bins=min(30, max(5, len(errors) // 4)))
    right.axvline(0.0, color="0.35", linewidth=1)
    right.set(xlabel="error: predicted - true", ylabel="rows")


def _gradients(run: Run, figure: "Figure") -> None:
    plot_gradient_flow(run.history, ax=figure.subplots())


def _activations(run: Run, figure: "Figure") -> None:
    plot_activations(run.history, figure=figure)


def _boundary(run: Run, figure: "Figure") -> None:
    names = all_shown(run.data.classes, MOST_LETTERS)
    data, axes = run.data, figure.subplots()
    plot_decision_boundary(run.model, data.X_test, data.y_test, classes=names, resolution=200, ax=axes)
    x1, x2 = all_shown(data.inputs, MOST_LETTERS)
    axes.set_xlabel(x1, parse_math=False)
    axes.set_ylabel(x2, parse_math=False)


def _weights(run: Run, figure: "Figure") -> None:
    if run.data.image_shape:
        plot_weights(run.model, shape=run.data.image_shape, figure=figure, most=MOST_NEURONS)
        return
    names = all_shown(run.data.inputs, MOST_LETTERS)
    (axes,) = plot_weights(run.model, inputs=names, figure=figure)
    if len(names) > MOST_NAMES:
        axes.set_xticks([])
        axes.set_xlabel("input")


# ---------------------------------------------------------------------------------------------------- in words


def _history_in_words(run: Run) -> str:
    n, losses, number = run.history.epochs, run.history["loss"], run.history[run.metric][-1]
    metric = METRICS[run.metric]
    name, last = metric.words or run.metric, f"{number:.1%}" if metric.of_classes else f"{number:.2f}"
    way = "falls" if losses[-1] < losses[0] else "goes"
    went = f"{way} from {losses[0]:.3g} to {losses[-1]:.3g}" if n > 1 else f"is {losses[0]:.3g}"
    return f"Loss and {name} over {n} epoch{'s' * (n != 1)}: the loss {went}, the {name} ends at {last}"


def _confusion_in_words(run: Run) -> str:
    matrix = confusion_matrix(run.data.y_test, run.predictions, range(len(run.data.classes)))
    text = f"The confusion matrix: {matrix.trace():,} of {matrix.sum():,} test rows are on its diagonal"
    np.fill_diagonal(matrix, 0)
    true, predicted = np.unravel_index(matrix.argmax(), matrix.shape)
    if n := matrix[true, predicted]:
        names = run.data.classes
        text += f"; the most frequent error is {names[true]} taken for {names[predicted]}, {n:,} times"
    return text


def _predictions_in_words(run: Run) -> str:
    errors = run.outputs - run.data.y_test
    errors, text = errors[np.isfinite(errors)], "Predictions against true numbers, and a histogram of the errors"
    ends = f" from {errors.min():.4g} to {errors.max():.4g}" if len(errors) else ""
    return f"{text}: {len(errors):,} errors{ends}"


def _of_layers_in_words(run: Run, key: str) -> str:
    """A statistic after the last epoch, of the layers where it is the smallest and the largest."""
    last = {name: numbers[key][-1] for name, numbers in run.history.statistics.items() if numbers.get(key)}
    if not last:
        return "unknown"
    low, high = min(last, key=last.__getitem__), max(last, key=last.__getitem__)
    return f"after the last one from {last[low]:.3g} in {low} to {last[high]:.3g} in {high}"


def _gradients_in_words(run: Run) -> str:
    return f"The mean size of the gradient in each layer over the epochs: {_of_layers_in_words(run, 'gradient')}"


def _activations_in_words(run: Run) -> str:
    ends = _of_layers_in_words(run, "activation")
    return f"Mean and standard deviation of the outputs of each layer over the epochs: the mean is {ends}"


def _boundary_in_words(run: Run) -> str:
    right, n = int((run.predictions == run.data.y_test).sum()), len(run.data.y_test)
    return f"The regions of {len(run.data.classes)} classes in the plane: {right:,} of {n:,} test rows lie in their own"


def _weights_in_words(run: Run) -> str:
    neurons = run.model.layers[0].neurons
    weights = [w.data for neuron in neurons for w in neuron.w]
    of = f"{len(neurons)} neuron{'s' * (len(neurons) != 1)} for {len(neurons[0].w)} inputs"
    return f"Weights of the first layer, of {of}: from {min(weights):.3g} to {max(weights):.3g}"


_IN_WORDS = {
    "history.png": _history_in_words, "predictions.png": _predictions_in_words, "confusion.png": _confusion_in_words,
    "gradients.png": _gradients_in_words, "activations.png": _activations_in_words,
    "boundary.png": _boundary_in_words, "weights.png": _weights_in_words,
}  # fmt: skip
