"""What `glassgrad play` does, once its arguments are understood."""

import argparse
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..support.texts import quoted, shown
from .explore import has_known_data, page_path, say_written, target_of
from .information import trained_model
from .output import say

NAME = "play.html"
_OF_MNIST = 300  # rows, as many as a page still trains with at leisure
_MOST = 200  # characters of a model


def play(options: argparse.Namespace) -> int:
    """Write the playground, of a model and rows where they are given, and open a browser.

    Returns:
        0, also where no browser could be opened.

    Raises:
        ValueError: for a model or a table that is damaged, or does not fit the other or a page; and for an --out that
            is no page.
        OSError: for files that are missing or cannot be read, and for a page that cannot be written.
    """
    path = page_path(options, NAME)
    playground, said = played(options)
    playground.save(path)
    say(said)
    say_written(path, "", options)
    return 0


def played(options: argparse.Namespace) -> tuple[Any, str]:
    """The playground that the options name, and what is in it, in words."""
    from viz.play import play as playground_of

    if options.target is not None and options.data is None:
        raise ValueError("--target is a column of a table: it goes with --data FILE")
    if options.model is None and options.data is None:
        return playground_of(), "a network to train, on data that the page makes"
    if options.model is None:
        return _of_table(options)
    model = _model(options.model)
    info = model.info
    if options.data is not None:
        return _of_model_and_file(model, options)
    if _has_description(info) and has_known_data(info):
        from ..data import datasets

        if info["data"] == "mnist":
            raise ValueError(f"{options.model} was trained on mnist: give it --data FOLDER with the IDX files")
        return _of_dataset(model, getattr(datasets, info["data"])(validation=0.0))
    if _has_description(info):
        raise ValueError(f"{options.model} was trained on {info['data']}: give it --data FILE with rows to train on")
    if model.architecture()["n_inputs"] != 2:
        raise ValueError(
            f"{options.model} takes {model.architecture()['n_inputs']} inputs: give it --data FILE, a table"
        )
    return playground_of(model), f"{shown(model, _MOST)}, on data that the page makes"


def _has_description(info: dict[str, Any]) -> bool:
    """Whether `glassgrad train` has written what it was trained on, or a page that opened such a model."""
    return "columns" in info or "image_shape" in info


def _model(path: Path) -> Any:
    """The model in a file, of `glassgrad train`, of `nn.save` or of a page."""
    from ..training import load

    model = load(path)
    return trained_model(path) if _has_description(model.info) else model


def _of_table(options: argparse.Namespace) -> tuple[Any, str]:
    """A network that the page makes, on a table; scaled, so that its weights may start as usual."""
    from viz.play import play as playground_of

    from ..data import tables
    from ..data.scalers import StandardScaler
    from ..data.table_files import read_file

    if options.target is None:
        there = tables.listed(read_file(options.data).columns)
        raise ValueError(f"--data needs --target COLUMN, the column to predict: {options.data} has {there}")
    data = tables.read_table(options.data, options.target, validation=0.0)
    info = {
        "data": shown(data.name), "task": data.task, "classes": data.classes, "target": data.target,
        "columns": data.columns, "image_shape": None, "largest_input": None, "loss": None,
    }  # fmt: skip
    playground = playground_of(
        None, data.X_train, data.y_train, test=(data.X_test, data.y_test), inputs=data.inputs, classes=data.classes,
        task=_task(data), scaler=StandardScaler().fit(data.X_train), info=info,
    )  # fmt: skip
    return playground, f"{_counted(data)} of {shown(data.name)}, inputs scaled to mean 0 and deviation 1"


def _of_model_and_file(model: Any, options: argparse.Namespace) -> tuple[Any, str]:
    """A model on rows from a file: as it takes them, where it knows its columns."""
    from ..data import datasets, tables

    info, path = model.info, options.data
    if info.get("image_shape"):
        if info["data"] != "mnist":
            raise ValueError("--data is for a model of a table or of mnist, this one was trained on images")
        data, some = datasets.mnist(path, validation=0.0), slice(_OF_MNIST)
        parts = {name: getattr(data, name)[some] for name in ("X_train", "y_train", "X_test", "y_test")}
        return _of_dataset(model, replace(data, **parts))
    if not _has_description(info):
        if options.target is None:
            raise ValueError("--data needs --target COLUMN: the model does not say which column it predicts")
        return _of_dataset(model, tables.read_table(path, options.target, validation=0.0))
    return _of_dataset(model, _as_it_knows(model, options))


def _as_it_knows(model: Any, options: argparse.Namespace) -> Any:
    """The rows of a table in the columns and the classes of the model; held out are those of its training."""
    from ..data import datasets, tables
    from ..data.splitting import split
    from ..data.table_files import read_file

    info, path, name = model.info, options.data, model.info["target"]
    X, table = tables.read_rows(path, info["columns"]), read_file(path)
    if options.target not in (None, name):
        raise ValueError(f"{options.model} predicts {quoted(name)}, not {quoted(options.target)}: leave out --target")
    if name not in table.columns:
        raise ValueError(f"{path} has no column {quoted(name)}, which {options.model} predicts")
    if len(table.columns[name]) != len(X):  # of a .npz file
        raise ValueError(f"{path} has {len(X)} rows, and {quoted(name)} has {len(table.columns[name])}")
    y = np.array([_known(target_of(info, table, row), table, row, name) for row in range(len(X))])
    of_classes = bool(info["classes"])
    X_train, y_train, X_test, y_test = split(X, y, ceil(tables.TEST * len(X)), 0, of_classes)
    inputs = [name for column in info["columns"] for name in tables.input_names(column)]
    task = "classification" if of_classes else "regression"
    return datasets.Dataset(info["data"], task, X_train, y_train, X[:0], y[:0], X_test, y_test, info["classes"], inputs)


def _known(target: float | None, table: Any, row: int, name: str) -> float:
    if target is None:
        table.refuse(row, name, "it is empty, and there is nothing to learn from it")
    assert target is not None
    return target


def _of_dataset(model: Any, data: Any) -> tuple[Any, str]:
    from viz.play import play as playground_of

    loss = {"loss": model.info["loss"]} if _has_description(model.info) else {}
    playground = playground_of(
        model, data.X_train, data.y_train, test=(data.X_test, data.y_test), inputs=data.inputs, classes=data.classes,
        task=_task(data), image_shape=data.image_shape, **loss,
    )  # fmt: skip
    return playground, f"{shown(model, _MOST)}, on {_counted(data)} of {shown(data.name)}"


def _counted(data: Any) -> str:
    return f"{len(data.X_train):,} rows to train, {len(data.X_test):,} to test"


def _task(data: Any) -> Literal["classification", "regression"]:
    return "classification" if data.task == "classification" else "regression"
