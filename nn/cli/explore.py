"""What `glassgrad explore` does, once its arguments are understood."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..support.browser import open_in_browser
from ..support.files import check_replaceable
from ..support.texts import all_shown, quoted, shown
from .information import outputs_of, probabilities_of, trained_model
from .options import POINTS
from .output import say

NAME = "explorer.html"


@dataclass
class Row:
    """One row to look at, in units of the data.

    Attributes:
        x: its inputs.
        target: the index of its class, or its number; None where it is not known.
        name: what it is called in a sentence.
        inputs: the names of x; [] for images.
        unknown: why there is no target, where there is none.
    """

    x: np.ndarray
    target: float | None
    name: str
    inputs: Sequence[str] = ()
    unknown: str = ""


def explore(options: argparse.Namespace) -> int:
    """Write the explorer of the loss of one row, say what the model made of the row, and open a browser.

    Where the target of the row is not known, it is the explorer of the model's output; of several, of the largest.

    Returns:
        0, also where no browser could be opened.

    Raises:
        ValueError: for a model or an input that is damaged, or of a kind that does not fit the other; for a row that is
            not there, and an --out that is no page.
        OSError: for files that are missing or cannot be read, and for a page that cannot be written.
    """
    from viz.explorer import explore as explorer_of

    path = page_path(options, NAME)
    model, root, said = explored(options)
    explorer = explorer_of(root, parameters=model)
    explorer.save(path)
    say(said)
    say_written(path, f"{len(explorer.graph.nodes):,} nodes, ", options)
    return 0


def explored(options: argparse.Namespace) -> tuple[Any, Any, str]:
    """The model, the root of the graph of the row that the options name, and what the model made of it, in words."""
    model = trained_model(options.model)
    row = _row(model, options)
    root, said = _graph(model, options.model, row)
    return model, root, f"{row.name}: {said}"


def page_path(options: argparse.Namespace, name: str) -> Path:
    """Where to write: `--out`, or this name beside the model, or here. Refused before any work where it cannot be."""
    path: Path | None = options.out
    if path is None and options.model is None:
        path = Path(name)
    elif path is None:
        path = (options.model if options.model.is_dir() else options.model.parent) / name
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--out is a page: it must end in .html, got {path}")
    if options.out is not None or path.parent.is_dir():  # else the model is missing, which is told by it
        check_replaceable(path)
    return path


def say_written(path: Path, what: str, options: argparse.Namespace) -> None:
    """Say what was written, and open it in a browser where that is wished."""
    say(f"wrote {path}: {what}{path.stat().st_size / 1e6:.1f} MB", flush=True)
    if options.browser and not open_in_browser(path):
        say("no browser could be opened: open the page by hand")


# ------------------------------------------------------------------------------------------------------ which row it is


def _row(model: Any, options: argparse.Namespace) -> Row:
    """The row that the options name, of data that fit the model."""
    from ..data.table_files import ENDINGS

    info, path = model.info, options.input
    what, is_known = f"{options.model} was trained on {info['data']}", has_known_data(info)
    if options.folder and (path or not is_known or info["data"] != "mnist"):
        raise ValueError("--data is for a model of mnist, without another input")
    if path is None and not is_known:
        raise ValueError(f"{what}: give it {'an image' if info['image_shape'] else 'a table'} with the row to explore")
    if path is None:
        return _known_row(info, options)
    is_table = path.suffix.lower() in ENDINGS
    if is_table and info["image_shape"]:
        raise ValueError(f"{what}: give it an image, not the table {path}")
    if not is_table and info["columns"]:
        raise ValueError(f"{what}, not on images: give it a table ({', '.join(ENDINGS)}), not {path}")
    return _table_row(info, path, options.row) if is_table else _image_row(info, path, options.row)


def has_known_data(info: dict[str, Any]) -> bool:
    """Whether the data are ours, and not a table that is called like them."""
    if info["image_shape"]:
        return info["data"] in ("digits", "mnist")
    from ..data import datasets

    if info["data"] not in POINTS:
        return False
    data = getattr(datasets, info["data"])()
    return (info["columns"], info["target"]) == (data.columns, data.target)


def _known_row(info: dict[str, Any], options: argparse.Namespace) -> Row:
    """A row of the test: the model has not seen it, unless it was trained with another split."""
    from ..data import datasets

    name = info["data"]
    if name == "mnist":
        if options.folder is None:
            raise ValueError("a model of mnist needs --data FOLDER with the IDX files, or an image")
        data = datasets.mnist(options.folder, validation=0.0)
    else:
        data = getattr(datasets, name)()
    if len(info["classes"]) != len(data.classes) or info["image_shape"] != (data.image_shape and [*data.image_shape]):
        raise ValueError(f"{options.model} was saved with other classes or images than {name} has: train it again")
    _check_row(options.row, len(data.y_test), f"the test rows of {name} are")
    return Row(
        data.X_test[options.row], float(data.y_test[options.row]),
        f"row {options.row} of the {len(data.y_test):,} test rows of {name}", data.inputs,
    )  # fmt: skip


def _image_row(info: dict[str, Any], path: Path, row: int) -> Row:
    from ..data.images import read_digit

    _check_row(row, 1, f"{path} is one image: its row is")
    pixels = read_digit(path, tuple(info["image_shape"])).reshape(-1) * info["largest_input"]
    return Row(pixels, None, str(path), unknown="an image does not say what it shows")


def _table_row(info: dict[str, Any], path: Path, row: int) -> Row:
    from ..data.table_files import read_file
    from ..data.tables import input_names, read_rows

    X = read_rows(path, info["columns"])
    _check_row(row, len(X), f"the rows of {path} are")
    inputs = [*map(str, all_shown([name for column in info["columns"] for name in input_names(column)]))]
    table, name = read_file(path), info["target"]
    only_inputs = not table.named and len(table.columns) == len(info["columns"])  # by position: none is the target
    if name not in table.columns or only_inputs:
        target, unknown = None, f"it has no column {quoted(name)}"
    elif row >= len(table.columns[name]):  # of a .npz file
        target, unknown = None, f"{quoted(name)} has fewer rows"
    else:
        target, unknown = target_of(info, table, row), f"its {quoted(name)} is empty"
    return Row(X[row], target, f"row {row} of {path}", inputs, unknown)


def target_of(info: dict[str, Any], table: Any, row: int) -> float | None:
    """The index of the class in a cell, or its number; None where it is empty."""
    name, classes = info["target"], info["classes"]
    cell = table.columns[name][row]
    if cell == "":
        return None
    if cell in classes:
        return float(classes.index(cell))
    number = _number(cell)
    if not classes:
        if number is None or not np.isfinite(number):
            table.refuse(row, name, f"{shown(cell)} is no finite number, and numbers are what the model predicts")
        return number
    for i, same in enumerate(map(_number, classes)):  # 1.0 where the training had 1
        if number is not None and number == same:
            return float(i)
    from ..data.tables import listed

    table.refuse(row, name, f"unknown class {shown(cell)}: the model was trained on {listed(classes)}")
    return None


def _number(cell: Any) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _check_row(row: int, count: int, what: str) -> None:
    if row >= count:
        last = f"0 to {count - 1:,}" if count > 1 else "0"
        raise ValueError(f"there is no row {row}: {what} {last}")


# ----------------------------------------------------------------------------------------------------------- its graph


def _graph(model: Any, path: Path, row: Row) -> tuple[Any, str]:
    """The root of the graph of the row, and in words what the model made of it."""
    from autograd import Value

    from ..data.scaling import scaled
    from ..losses import loss_function

    with np.errstate(all="ignore"):  # what is not finite is refused with the outputs
        numbers = scaled(model, row.x[None, :])[0].tolist()
    outputs = model([Value(x, name) for x, name in zip(numbers, row.inputs, strict=True)] if row.inputs else numbers)
    info, many = model.info, isinstance(outputs, list)
    for i, output in enumerate(outputs if many else [outputs]):
        output.label = _output_name(info, i, many)
    text, best = _predicted(model, path, row, outputs)
    if row.target is None:
        root = outputs[best] if many else outputs
        return root, f"predicted {text}; {row.unknown}, so the root is {root.label}"
    root = loss_function(info["loss"])(outputs, Value(row.target, "target"))
    root.label = "loss"
    true = shown(info["classes"][int(row.target)]) if info["classes"] else f"{row.target:.6g}"
    return root, f"predicted {text}, true {true}; {info['loss']} loss {root.data:.4g}"


def _output_name(info: dict[str, Any], i: int, many: bool) -> str:
    if not info["classes"]:
        return "prediction"
    return f"logit of {all_shown(info['classes'])[i if many else 1]}"


def _predicted(model: Any, path: Path, row: Row, outputs: Any) -> tuple[str, int]:
    """What the model predicts, in words; and the index of the class."""
    classes, given = model.info["classes"], outputs_of(model, row.x[None, :], path)
    if not classes:
        return f"{outputs.data:.6g}", 0
    probabilities = probabilities_of(given)[0]
    best = int(probabilities.argmax())
    return f"{all_shown(classes)[best]} ({probabilities[best]:.0%})", best
