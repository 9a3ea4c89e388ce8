"""The report of a training run: one self-contained page, without scripts and without anything to download."""

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from autograd import Value, sigmoid, softmax
from viz import draw, plot_confusion_matrix, plot_decision_boundary, plot_history, plot_weights

from .datasets import Dataset
from .files import write_file
from .history import History
from .metrics import classes
from .mlp import MLP

MOST_WRONG = 24  # wrong predictions shown as images
MOST_NEURONS = 36  # whose weights are shown


@dataclass
class Run:
    """What a training run left."""

    data: Dataset
    X_test: np.ndarray  # scaled, as the model takes them
    model: MLP
    loss: str
    history: History
    outputs: np.ndarray  # of the model for X_test
    result: dict[str, float]  # loss and accuracy on the test rows
    seconds: float
    options: dict[str, Any]

    @property
    def predictions(self) -> np.ndarray:
        """The predicted class of each test row."""
        return classes(self.outputs, self.data.y_test, self.loss)

    def confidence(self, row: int) -> float:
        """How sure the model is of its prediction for a test row, from 0 to 1."""
        if self.outputs.ndim > 1:
            return max(softmax(self.outputs[row].tolist()))
        return sigmoid(abs(float(self.outputs[row])))

    def confusion_table(self) -> str:
        """The confusion matrix as text: a line for each true class, a column for each prediction."""
        from sklearn.metrics import confusion_matrix

        names = self.data.classes
        matrix = confusion_matrix(self.data.y_test, self.predictions, labels=range(len(names)))
        width = max(len(str(matrix.max())), *map(len, names)) + 1
        lines = ["true \\ predicted" + "".join(f"{name:>{width}}" for name in names)]
        for name, row in zip(names, matrix, strict=True):
            lines.append(f"{name:>16}" + "".join(f"{n or '.':>{width}}" for n in row))
        return "\n".join(lines)


def write_report(run: Run, folder: Path) -> list[Path]:
    """Write report.html into the folder, and each of its pictures as a file of its own; their paths."""
    files: dict[str, bytes | str] = {}
    sections = [("The run", _summary(run))]
    for title, text, name, draw_on in _plots(run):
        picture = _plot(draw_on, run)
        files[name] = picture
        sections.append((title, f"<p>{text}</p>\n" + _image(picture, title, "plot")))
    svg, text = _neuron(run)
    files["neuron.svg"] = svg
    sections.append(("One neuron, every number", f'<p>{text}</p>\n<div class="graph">{svg[svg.index("<svg") :]}</div>'))
    if run.data.image_shape:
        sections.append(("Wrong predictions", _wrong_predictions(run)))
    title = f"glassgrad: {run.data.name}, {run.result['accuracy']:.1%} on the test rows"
    body = "\n".join(f"<section>\n<h2>{name}</h2>\n{content}\n</section>" for name, content in sections)
    files["report.html"] = _PAGE.replace("{title}", escape(title)).replace("{body}", body)
    for name, content in files.items():
        write_file(folder / name, content)
    return [folder / name for name in files]


def _plots(run: Run) -> Iterator[tuple[str, str, str, Callable[[Run, Any], None]]]:
    """(title, text, file name, function that draws on a figure) of the plots that this run can show."""
    yield "Loss and accuracy", "By epoch; val_ are the rows held out for the test.", "history.png", _draw_history
    text = "How many test rows of each class (lines) were taken for which class (columns)."
    yield "Confusion", text, "confusion.png", _draw_confusion
    if run.data.image_shape:
        neurons = len(run.model.layers[0].neurons)
        which = f"the first {MOST_NEURONS} of {neurons} neurons" if neurons > MOST_NEURONS else "each neuron"
        text = f"The weights of {which} of the first layer: ink on red raises its sum, ink on blue lowers it."
        yield "What the first layer looks for", text, "weights.png", _draw_weights
    else:
        text = "Which class is predicted where, and the test rows."
        yield "Decision boundary", text, "boundary.png", _draw_boundary


def _summary(run: Run) -> str:
    wanted = ("activation", "optimizer", "learning_rate", "epochs", "batch_size", "l2", "seed", "backend", "dtype")
    rows: list[tuple[str, Any]] = [
        ("data", f"{run.data.name}: {len(run.data.y_train):,} rows to train on, {len(run.data.y_test):,} for the test"),
        ("model", repr(run.model)),
        ("loss", run.loss.replace("_", " ")),
        *((name.replace("_", " "), run.options[name]) for name in wanted if name in run.options),
        ("trained in", f"{run.seconds:.1f} s"),
        ("test accuracy", f"{run.result['accuracy']:.2%}"),
        ("test loss", f"{run.result['loss']:.4f}"),
    ]
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(cell))}</td></tr>" for name, cell in rows)
    return f"<table>{cells}</table>"


def _draw_history(run: Run, figure: Any) -> None:
    plot_history(run.history, ax=figure.subplots())


def _draw_confusion(run: Run, figure: Any) -> None:
    names = np.array(run.data.classes)
    plot_confusion_matrix(names[run.data.y_test], names[run.predictions], labels=run.data.classes, ax=figure.subplots())


def _draw_weights(run: Run, figure: Any) -> None:
    plot_weights(run.model, shape=run.data.image_shape, figure=figure, most=MOST_NEURONS)


def _draw_boundary(run: Run, figure: Any) -> None:
    plot_decision_boundary(run.model, run.X_test, run.data.y_test, ax=figure.subplots())


def _neuron(run: Run) -> tuple[str, str]:
    """The graph of a neuron in the layer with the fewest inputs, for the first test row, as SVG; and a text to it."""
    layers, true = run.model.layers, int(run.data.y_test[0])
    index = min(range(len(layers)), key=lambda i: len(layers[i].neurons[0].w))
    numbers: Any = run.X_test[0].tolist()
    for layer in layers[:index]:
        numbers = [float(output) for output in _as_list(layer(numbers))]
    neurons = _as_list(layers[index]([Value(number, f"x{i}") for i, number in enumerate(numbers, start=1)]))
    if index == len(layers) - 1 and len(neurons) > 1:
        shown, whose = true, "that of the row's own class"
    else:  # one that is not 0: a relu that is off passes no gradient on
        shown, whose = next((i for i, neuron in enumerate(neurons) if neuron.data), 0), "the first one that is not off"
    run.model.zero_grad()  # training has left gradients
    neurons[shown].backward()
    svg = draw(neurons[shown]).pipe(format="svg", encoding="utf-8")
    run.model.zero_grad()
    text = (
        f"Neuron {shown + 1} of layer {index + 1} ({whose}) for the first test row, after <code>backward()</code> from "
        "its output: <em>data</em> is a number, <em>grad</em> the derivative of the output by it."
    )
    return svg, text


def _as_list(output: Any) -> list:
    return output if isinstance(output, list) else [output]


def _wrong_predictions(run: Run) -> str:
    wrong = np.flatnonzero(run.predictions != run.data.y_test).tolist()
    if not wrong:
        return "<p>None: every test row was predicted right.</p>"
    wrong.sort(key=run.confidence, reverse=True)
    names = [escape(name) for name in run.data.classes]
    figures = "\n".join(
        f"<figure>{_digit(run, row)}<figcaption>{run.confidence(row):.0%} sure: {names[run.predictions[row]]}<br>"
        f"it is {names[run.data.y_test[row]]}</figcaption></figure>"
        for row in wrong[:MOST_WRONG]
    )
    count = f"{len(wrong)} of {len(run.data.y_test):,} test rows were predicted wrong"
    most = f"; the {MOST_WRONG} it was most sure of" if len(wrong) > MOST_WRONG else ", those it was most sure of first"
    return f'<p>{count}{most}:</p>\n<div class="digits">{figures}</div>'


def _digit(run: Run, row: int) -> str:
    """A test row as an image, dark ink on white."""
    from PIL import Image

    ink = run.data.X_test[row].reshape(run.data.image_shape) / run.data.largest_input
    file = io.BytesIO()
    Image.fromarray(255 - (ink * 255).astype(np.uint8)).save(file, format="PNG")
    return _image(file.getvalue(), f"a {run.data.classes[run.data.y_test[row]]}", "pixels")


def _plot(draw_on: Callable[[Run, Any], None], run: Run) -> bytes:
    """What `draw_on` draws on a matplotlib figure, as a PNG file."""
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(7, 4.2), layout="constrained"), io.BytesIO()
    draw_on(run, figure)
    figure.savefig(file, format="png", dpi=144)
    return file.getvalue()


def _image(png: bytes, alternative: str, style: str) -> str:
    address = "data:image/png;base64," + base64.b64encode(png).decode()
    return f'<img class="{style}" alt="{escape(alternative)}" src="{address}">'


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
table { border-collapse: collapse }
th { text-align: left; font-weight: 600; padding-right: 1.5rem; vertical-align: top }
img.plot { max-width: 100%; height: auto }
.graph { overflow: auto; max-height: 40rem; border: 1px solid #ddd; padding: .5rem }
.digits { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0; text-align: center; font-size: .85rem }
img.pixels { width: 84px; height: 84px; image-rendering: pixelated; border: 1px solid #ddd }
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
