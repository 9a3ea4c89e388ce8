"""The report of a training run: one self-contained page, without scripts and without anything to download."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..support.files import write_file
from ..training.metrics import METRICS, confusion_matrix, shares
from .page import MARK, bullets, figures, graph, image, page, paragraph, table
from .pictures import (
    DPI,
    MOST_NEURONS,
    PICTURES,
    WITHOUT_PICTURES,
    can_paint,
    digit,
    has_boundary,
    in_words,
    neuron,
    pictures,
)
from .run import Run

FILES = ("report.html", "neuron.svg", *PICTURES)  # that a report may write

MOST_WRONG = 24  # wrong predictions shown
MOST_INPUTS = 20  # of a row, in the table of wrong predictions

STATISTICS = {  # of a layer, in the order of their columns
    "gradient": "mean |gradient|", "gradient_max": "largest", "activation": "mean output",
    "activation_std": "deviation", "dead": "dead neurons", "saturated": "saturated outputs",
}  # fmt: skip
OPTIONS = (  # in the summary, those that were used
    "init", "scale", "optimizer", "learning_rate", "schedule", "warm_up", "momentum", "weight_decay",
    "clip_norm", "l1", "l2", "batch_size", "patience", "seed", "backend", "dtype",
)  # fmt: skip


def write_report(run: Run, folder: Path) -> list[Path]:
    """Write report.html into the folder, and each of its pictures as a file of its own; their paths.

    Pictures of an earlier report, which this one has not, are removed: where the folder holds an earlier report.
    """
    earlier = folder / "report.html"
    is_ours = earlier.is_file() and MARK.encode() in earlier.read_bytes()
    files: dict[str, bytes | str] = {**pictures(run)}
    files["neuron.svg"], text = neuron(run)
    title = f"glassgrad: {run.data.name}, {_main_result(run)} on the test rows"
    files["report.html"] = page(title, _sections(run, files, text))
    for name, content in files.items():
        write_file(folder / name, content)
    for name in PICTURES:
        if is_ours and name not in files:
            (folder / name).unlink(missing_ok=True)
    return [folder / name for name in files]


def _sections(run: Run, files: dict[str, Any], neuron_text: str) -> Iterator[tuple[str, str]]:
    """(heading, HTML) of each section."""
    regression = run.data.task == "regression"
    yield "The run", _summary(run)
    yield f"Loss and {_name(run.metric)}", _history(run, files)
    if regression:
        text = "Each point is a test row, on the line where prediction and truth are equal; to the right, the errors."
        if missing := int((~np.isfinite(run.outputs - run.data.y_test)).sum()):
            text += f" {missing:,} of {len(run.outputs):,} rows are missing: the error is not finite."
        yield "Predictions", paragraph(text) + _picture(run, files, "predictions.png")
    else:
        text = "How many test rows of each class (lines) were taken for which class (columns)."
        yield "Confusion", paragraph(text) + _picture(run, files, "confusion.png") + _by_class(run)
    yield "Diagnosis", _diagnosis(run, files)
    yield _weights(run, files)
    text = (
        f"{neuron_text}, after backward() from its output: data is a number, grad the derivative of the output by it."
    )
    yield "One neuron, every number", paragraph(text) + graph(files["neuron.svg"], f"{neuron_text}, as a graph")
    yield ("Largest errors", _largest_errors(run)) if regression else ("Wrong predictions", _wrong_predictions(run))


def _picture(run: Run, files: dict[str, Any], name: str) -> str:
    """A picture of the report; where it is missing, what it would show, in words."""
    words = in_words(run, name)
    return image(files[name], words, DPI) if name in files else paragraph(f"{words}.")


def _summary(run: Run) -> str:
    data, n_classes, epochs = run.data, len(run.data.classes), run.history.epochs
    n_train, n_validation, n_test = (f"{len(y):,}" for y in (data.y_train, data.y_validation, data.y_test))
    of = f"{n_classes} classes of " if n_classes else ""
    asked = run.options.get("epochs", epochs)
    trained = f"{epochs}" if epochs == asked else f"{epochs} of {asked}"
    kept = f"; the weights are those of epoch {run.best_epoch}, with the lowest loss of the validation rows"
    lines: list[tuple[str, Any]] = [
        ("data", f"{data.name}: {n_train} rows to train on, {n_validation} for validation, {n_test} for the test"),
        ("task", f"{data.task}: {of}{data.target or 'the target'} from {data.X_test.shape[1]} inputs"),
        ("model", repr(run.model)),
        ("loss", run.loss.replace("_", " ") + (" of the standardised target" if not n_classes else "")),
        *((name.replace("_", " "), run.options[name]) for name in OPTIONS if _is_used(run, name)),
        ("epochs", trained + (kept if run.best_epoch is not None else "")),
        ("trained in" + " (since it was resumed)" * run.resumed, f"{run.seconds:.1f} s"),
        *((f"test {_name(name)}", _number(run, name)) for name in sorted(run.result, key=lambda name: name == "loss")),
    ]
    return table(lines, label="The run") + ("" if can_paint() else paragraph(WITHOUT_PICTURES))


def _is_used(run: Run, option: str) -> bool:
    value = run.options.get(option)
    return value not in (None, "constant", "none") and not (option in ("l1", "l2") and value == 0)


def _history(run: Run, files: dict[str, Any]) -> str:
    if not run.history.epochs:
        return paragraph(
            "There is nothing to show: the training ended before its first epoch was over, since the loss was not "
            "finite. What follows is of the weights before that."
        )
    text = "By epoch; val_ are the rows held out for validation."
    if run.best_epoch is not None:
        text += f" The weights of epoch {run.best_epoch}, at the dotted line, are the ones kept."
    elif run.diverged:
        text += f" The weights after epoch {run.history.epochs} are the ones kept."
    if run.diverged:
        text += f" The training ended in epoch {run.history.epochs + 1}, since the loss was not finite."
    text += " Every number is in history.csv."
    return paragraph(text) + _picture(run, files, "history.png")


def _by_class(run: Run) -> str:
    """Precision, recall and F1 of each class; a share of no rows is none."""
    matrix = confusion_matrix(run.data.y_test, run.predictions, range(len(run.data.classes)))
    n_predicted, n_true = matrix.sum(axis=0), matrix.sum(axis=1)
    of_classes = shares(matrix.diagonal(), n_predicted, n_true)
    counts = (n_predicted, n_true, n_true)  # of which the shares are
    rows = [
        [
            name,
            *(f"{of_all[i]:.1%}" if n[i] else "–" for of_all, n in zip(of_classes, counts, strict=True)),
            n_true[i],
        ]
        for i, name in enumerate(run.data.classes)
    ]
    return table(rows, ["class", "precision", "recall", "F1", "test rows"], "Precision, recall and F1 of each class")


def _diagnosis(run: Run, files: dict[str, Any]) -> str:
    told = run.warnings or ["The loss was not finite."] * run.diverged
    usual = (
        "Nothing unusual: gradients neither vanish nor explode, few neurons if any are dead or saturated, and every "
        "loss was finite."
    )
    if run.resumed:
        usual = "This training was resumed; what was told before the interruption is not repeated here."
    said = (paragraph(usual) if run.resumed or not told else "") + (bullets(told) if told else "")
    if not (run.history.epochs and run.history.statistics):
        return said
    kept = [key for key in STATISTICS if any(key in numbers for numbers in run.history.statistics.values())]
    rows = [
        [name, *(_statistic(key, numbers[key][-1]) if numbers.get(key) else "" for key in kept)]
        for name, numbers in run.history.statistics.items()
    ]
    return (
        said
        + paragraph("The mean size of the gradient in each layer, in the last batch of each epoch:")
        + _picture(run, files, "gradients.png")
        + paragraph("The outputs of each layer for some of the rows, their mean and standard deviation:")
        + _picture(run, files, "activations.png")
        + paragraph(
            "After the last epoch. A dead neuron gives 0 for all of these rows; a saturated output is at an end of "
            "the activation's range."
        )
        + table(rows, ["layer", *(STATISTICS[key] for key in kept)], "Each layer after the last epoch")
    )


def _statistic(key: str, number: float) -> str:
    return f"{number:.1%}" if key in ("dead", "saturated") else f"{number:.3g}"


def _weights(run: Run, files: dict[str, Any]) -> tuple[str, str]:
    if has_boundary(run):
        text = "Which class is predicted where, and the test rows."
        return "Decision boundary", paragraph(text) + _picture(run, files, "boundary.png")
    n_neurons = len(run.model.layers[0].neurons)
    if run.data.image_shape:
        which = f"the first {MOST_NEURONS} of {n_neurons} neurons" if n_neurons > MOST_NEURONS else "each neuron"
        text = f"The weights of {which} of the first layer: ink on red raises its sum, ink on blue lowers it."
    else:
        scaled = "" if run.model.scaler is None else ", each scaled"
        text = (
            f"The weights of the first layer, a line for each neuron, a column for each input{scaled}: a larger input "
            "raises the sum of a neuron where it is red, and lowers it where it is blue."
        )
    return "What the first layer looks for", paragraph(text) + _picture(run, files, "weights.png")


def _wrong_predictions(run: Run) -> str:
    wrong = np.flatnonzero(run.predictions != run.data.y_test).tolist()
    if not wrong:
        return paragraph("None: every test row was predicted right.")
    wrong.sort(key=run.confidence, reverse=True)
    names, shown = run.data.classes, wrong[:MOST_WRONG]
    count = f"{len(wrong):,} of {len(run.data.y_test):,} test rows were predicted wrong"
    most = f"; the {MOST_WRONG} it was most sure of" if len(wrong) > MOST_WRONG else ", those it was most sure of first"
    said = [(names[run.predictions[row]], names[run.data.y_test[row]], f"{run.confidence(row):.0%}") for row in shown]
    if run.data.image_shape:
        images = (
            (image(digit(run, row), f"a {true}", DPI), f"{sure} sure: {predicted}\nit is {true}")
            for row, (predicted, true, sure) in zip(shown, said, strict=True)
        )
        return paragraph(f"{count}{most}:") + figures(images)
    return paragraph(f"{count}{most}:") + _rows(run, shown, ["predicted", "true", "sure"], said)


def _largest_errors(run: Run) -> str:
    errors = run.outputs - run.data.y_test
    shown = np.argsort(-np.nan_to_num(abs(errors), nan=np.inf), kind="stable")[:MOST_WRONG].tolist()
    said = [[f"{x:.6g}" for x in (run.outputs[row], run.data.y_test[row], errors[row])] for row in shown]
    text = f"The {len(shown)} test rows with the largest errors, of {len(errors):,}:"
    return paragraph(text) + _rows(run, shown, ["predicted", "true", "error"], said)


def _rows(run: Run, rows: list[int], header: list[str], said: list[Any]) -> str:
    """A table of test rows: what is said of each, and its inputs."""
    inputs = run.data.inputs[:MOST_INPUTS]
    left_out = len(run.data.inputs) - len(inputs)
    lines = [
        [*texts, *(f"{x:.6g}" for x in run.data.X_test[row, : len(inputs)])]
        for row, texts in zip(rows, said, strict=True)
    ]
    return table(lines, [*header, *inputs], "Test rows with their inputs") + (
        paragraph(f"{left_out:,} more inputs are not shown.") if left_out else ""
    )


def _main_result(run: Run) -> str:
    number = run.result[run.metric]
    return f"{number:.1%}" if run.metric == "accuracy" else f"{_name(run.metric)} {number:.2f}"


def _name(metric: str) -> str:
    return (metric in METRICS and METRICS[metric].words) or metric.replace("_", " ")


def _number(run: Run, name: str) -> str:
    """A result, with its unit."""
    number, metric = run.result[name], METRICS.get(name)
    if metric and metric.of_classes:
        return f"{number:.1%}" + (", the mean over the classes that occur" if metric.is_mean else "")
    unit = f", in units of {run.data.target}{'²' * (metric.power == 2)}" if metric and metric.power else ""
    return f"{number:.4g}{unit}"
