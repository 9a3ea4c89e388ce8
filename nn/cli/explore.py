"""What `glassgrad explore` does, once its arguments are understood."""

import argparse
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..losses import LOSSES
from .options import command_losses

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

    from ..training import load

    path = _page(options)
    model = load(options.model)
    _check_trained(model, options.model)
    row = _row(model, options)
    root, said = _graph(model, row)
    explorer = explorer_of(root, parameters=model)
    explorer.save(path)
    print(f"{row.name}: {said}")
    megabytes = path.stat().st_size / 1e6
    print(f"wrote {path}: {len(explorer.graph.nodes):,} nodes, {megabytes:.1f} MB", flush=True)
    if options.browser and not _opened(path):
        print("no browser could be opened: open the page by hand")
    return 0


def _page(options: argparse.Namespace) -> Path:
    """Where to write; refused before any work where it cannot be."""
    path = options.out
    if path is None:
        path = (options.model if options.model.is_dir() else options.model.parent) / NAME
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--out is a page: it must end in .html, got {path}")
    if options.out is not None and not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    return path


def _opened(path: Path) -> bool:
    try:
        return webbrowser.open(path.resolve().as_uri())
    except (webbrowser.Error, OSError):
        return False


# ------------------------------------------------------------------------------------------------------ which row it is


def _row(model: Any, options: argparse.Namespace) -> Row:
    """The row that the options name, of data that fit the model."""
    from ..data.table_files import ENDINGS

    info, path = model.info, options.input
    what, is_known = f"{options.model} was trained on {info['data']}", _is_known(info)
    if options.folder and (path or not is_known or info["data"] != "mnist"):
        raise ValueError("--data is for a model of mnist, without another input")
    if path is None and not is_known:
        raise ValueError(f"{what}: give it {'an image' if info['image_shape'] else 'a table'} with the row to explore")
    if path is None:
        return _known_row(info["data"], options)
    is_table = path.suffix.lower() in ENDINGS
    if is_table and info["image_shape"]:
        raise ValueError(f"{what}: give it an image, not the table {path}")
    if not is_table and info["columns"]:
        raise ValueError(f"{what}, not on images: give it a table ({', '.join(ENDINGS)}), not {path}")
    return _table_row(info, path, options.row) if is_table else _image_row(info, path, options.row)


def _is_known(info: dict[str, Any]) -> bool:
    """Whether the data are ours, and not a table that is called like them."""
    if info["image_shape"]:
        return info["data"] in ("digits", "mnist")
    from ..data.datasets import moons

    return info["data"] == "moons" and info["columns"] == moons().columns


def _known_row(name: str, options: argparse.Namespace) -> Row:
    """A row of the test: the model has not seen it, unless it was trained with another split."""
    from ..data import datasets

    if name == "mnist":
        if options.folder is None:
            raise ValueError("a model of mnist needs --data FOLDER with the IDX files, or an image")
        data = datasets.mnist(options.folder, validation=0.0)
    else:
        data = getattr(datasets, name)()
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
    inputs = [name for column in info["columns"] for name in input_names(column)]
    table, name = read_file(path), info["target"]
    only_inputs = not table.named and len(table.columns) == len(info["columns"])  # by position: none is the target
    if name not in table.columns or only_inputs:
        target, unknown = None, f"it has no column {name!r}"
    elif row >= len(table.columns[name]):  # of a .npz file
        target, unknown = None, f"{name!r} has fewer rows"
    else:
        target, unknown = _target(info, table, row), f"its {name!r} is empty"
    return Row(X[row], target, f"row {row} of {path}", inputs, unknown)


def _target(info: dict[str, Any], table: Any, row: int) -> float | None:
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
            table.refuse(row, name, f"{cell} is no finite number, and numbers are what the model predicts")
        return number
    for i, same in enumerate(map(_number, classes)):  # 1.0 where the training had 1
        if number is not None and number == same:
            return float(i)
    from ..data.tables import listed

    table.refuse(row, name, f"unknown class {cell}: the model was trained on {listed(classes)}")
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


# --------------------------------------------------------------------------------------- what the model says of itself


def _check_trained(model: Any, path: Path) -> None:
    """Refuse a model that `glassgrad train` has not written."""
    info, shape = model.info, model.info.get("image_shape")
    if not shape and not info.get("columns"):
        data = info.get("data", "something else")
        raise ValueError(f"{path} was trained on {data}, not on images or tables by `glassgrad train`")
    classes = info.get("classes")
    fits = {
        "data": isinstance(info.get("data"), str),
        "loss": info.get("loss") in command_losses(),
        "classes": isinstance(classes, list) and all(isinstance(name, str) for name in classes),
        "target": isinstance(info.get("target"), str),
        "columns": isinstance(info.get("columns"), list),
        "image_shape": not shape
        or (isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape)),
        "largest_input": not shape or type(info.get("largest_input")) in (int, float),
    }
    for name, does in fits.items():
        if not does:
            raise ValueError(f"{path} was saved with {info.get(name)!r:.80} as its {name}: train it again")


def _check_outputs(info: dict[str, Any], outputs: int) -> None:
    classes, loss = len(info["classes"]), info["loss"]
    expected = {"logits": (outputs, max(outputs, 2)), "logit": (2, 1)}.get(LOSSES.records[loss].output, (0, 1))
    if (classes, outputs) != expected:
        raise ValueError(
            f"the model was saved with {classes} classes and {outputs} outputs, which {loss} does not take"
        )


# ----------------------------------------------------------------------------------------------------------- its graph


def _graph(model: Any, row: Row) -> tuple[Any, str]:
    """The root of the graph of the row, and in words what the model made of it."""
    from autograd import Value

    from ..data.scaling import scaled
    from ..losses import loss_function

    numbers = scaled(model, row.x[None, :])[0].tolist()
    outputs = model([Value(x, name) for x, name in zip(numbers, row.inputs, strict=True)] if row.inputs else numbers)
    info, many = model.info, isinstance(outputs, list)
    _check_outputs(info, len(outputs) if many else 1)
    for i, output in enumerate(outputs if many else [outputs]):
        output.label = _output_name(info, i, many)
    text, best = _predicted(model, row, outputs)
    if row.target is None:
        root = outputs[best] if many else outputs
        return root, f"predicted {text}; {row.unknown}, so the root is {root.label}"
    root = loss_function(info["loss"])(outputs, Value(row.target, "target"))
    root.label = "loss"
    true = info["classes"][int(row.target)] if info["classes"] else f"{row.target:.6g}"
    return root, f"predicted {text}, true {true}; {info['loss']} loss {root.data:.4g}"


def _output_name(info: dict[str, Any], i: int, many: bool) -> str:
    if not info["classes"]:
        return "prediction"
    return f"logit of {info['classes'][i if many else 1]}"


def _predicted(model: Any, row: Row, outputs: Any) -> tuple[str, int]:
    """What the model predicts, in words; and the index of the class."""
    from .predict import class_probabilities

    classes = model.info["classes"]
    if not classes:
        return f"{outputs.data:.6g}", 0
    probabilities = class_probabilities(model, row.x[None, :])[0]
    best = int(probabilities.argmax())
    return f"{classes[best]} ({probabilities[best]:.0%})", best
