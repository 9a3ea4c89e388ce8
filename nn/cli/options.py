"""What the options of `glassgrad train` mean: data, scaler, optimizer; and which of them do not fit together."""

import argparse
from collections.abc import Callable
from inspect import signature
from math import ceil
from typing import Any

from ..losses import LOSSES
from ..optim.optimizers import OPTIMIZERS
from ..optim.schedules import CosineDecay, ExponentialDecay, StepDecay, WarmUp
from ..training.backends import why_not
from .launch import words_for

POINTS = ("moons", "circles", "xor", "spirals", "blobs", "wave")  # in the plane
# What suits each kind of data; every one of them can be set by an option.
DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"hidden": [64], "epochs": 30, "batch_size": 16, "learning_rate": 0.003, "dtype": "float64",
               "scale": "minmax"},
    "points": {"hidden": [16, 16], "epochs": 30, "batch_size": 10, "learning_rate": 0.01, "dtype": "float64",
               "scale": "none"},
    "mnist": {"hidden": [128], "epochs": 10, "batch_size": 128, "learning_rate": 0.001, "dtype": "float32",
              "scale": "minmax"},
    "table": {"hidden": [32], "epochs": 100, "batch_size": 32, "learning_rate": 0.003, "dtype": "float64",
              "scale": "standard"},
}  # fmt: skip
DATA = ("digits", *POINTS, "mnist")
SCHEDULES: dict[str, Callable[[float, int], Any]] = {  # of a rate, over so many steps
    "constant":    lambda rate, steps: rate,
    "step":        lambda rate, steps: StepDecay(rate, every=ceil(steps / 3), factor=0.1),
    "exponential": lambda rate, steps: ExponentialDecay(rate, factor=0.01 ** (1 / steps)),
    "cosine":      CosineDecay,
}  # fmt: skip
SCALES = ("standard", "minmax", "none")


def fill_in(options: argparse.Namespace) -> None:
    """Set what was not given to what suits the data.

    Raises:
        ValueError: for options that do not fit together, or when it is missing what to learn.
    """
    if options.data is None and options.csv is None:
        raise ValueError(f"what to learn is missing: {', '.join(DATA)}, or --csv FILE --target COLUMN")
    if options.data is not None and options.csv is not None:
        raise ValueError(f"train on {options.data} or on --csv {options.csv}, not on both")
    kind = "points" if options.data in POINTS else options.data or "table"
    for name, default in DEFAULTS[kind].items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    refused = {
        "--target is for --csv only": options.data and options.target is not None,
        "--task is for --csv only": options.data and options.task is not None,
        "--loss is for regression; classes are learned by cross-entropy":
            options.loss and (options.data not in (None, "wave") or options.task == "classification"),
        "--data is for mnist only": options.folder and options.data != "mnist",
        "mnist needs --data FOLDER with its IDX files": options.data == "mnist" and not options.folder,
        f"--momentum is for {' and '.join(with_momentum())}: {options.optimizer} has betas in its place":
            options.momentum is not None and options.optimizer not in with_momentum(),
        "--changed is for --resume: it says what may be other than in the checkpoint":
            options.changed and not options.resume,
        "--patience watches the validation rows: it needs a --validation greater than 0":
            options.patience and options.validation == 0,
        f"--warm-up {options.warm_up} of {options.epochs} epochs leaves none to train at the full rate":
            options.warm_up and options.warm_up >= options.epochs,
        "--backend eager computes in float64: --dtype float32 is for the other ones":
            options.backend == "eager" and options.dtype == "float32",
        f"--backend {options.backend} {why_not(options.backend)}. Leave it out, or use --backend numpy":
            why_not(options.backend),
        **words_for(options),
    }  # fmt: skip
    for message, holds in refused.items():
        if holds:
            raise ValueError(message)


def with_momentum() -> list[str]:
    """The optimizers that have a momentum."""
    return [name for name, optimizer in OPTIMIZERS.items() if "momentum" in signature(optimizer).parameters]


def command_losses() -> list[str]:
    """The losses that the command learns by."""
    return [name for name, loss in LOSSES.records.items() if loss.in_command]


def regression_losses() -> list[str]:
    """Those of them that --loss may be."""
    return [name for name in command_losses() if LOSSES.records[name].is_distance]


def classification_loss(n_outputs: int) -> str:
    """That of them by which a network of so many outputs learns classes: from one logit, or from one of each class."""
    takes = "logits" if n_outputs > 1 else "logit"
    return next(name for name in command_losses() if LOSSES.records[name].output == takes)


def load_data(options: argparse.Namespace) -> Any:
    """The Dataset that the options name.

    Raises:
        FileNotFoundError: when its files are not there.
        ValueError: for files that are damaged, a table that cannot be learned from, a target that is missing or not
            there, and too few rows.
    """
    from ..data import datasets, tables
    from ..data.table_files import read_file

    common = {"seed": options.seed, "rows": options.rows, "validation": options.validation}
    if options.data == "mnist":
        return datasets.mnist(options.folder, **common)
    if options.data:
        return getattr(datasets, options.data)(**common)
    if options.target is None:
        there = tables.listed(read_file(options.csv).columns)
        raise ValueError(f"--csv needs --target COLUMN, the column to predict: {options.csv} has {there}")
    data = tables.read_table(options.csv, options.target, task=options.task or "auto", **common)
    if options.loss and data.task == "classification":
        raise ValueError(
            f"--loss is for regression; the classes of {data.target!r} are learned by cross-entropy "
            "(--task regression predicts numbers)"
        )
    return data


def make_scaler(data: Any, scale: str) -> Any:
    """The scaler, fitted to the rows to train on; of pixels, the smallest and the largest are known."""
    import numpy as np

    from ..data.scalers import MinMaxScaler, StandardScaler

    if scale == "none":
        return None
    if scale == "standard":
        # squares may overflow: a scaler that is not finite is refused where it is used
        with np.errstate(over="ignore", invalid="ignore"):
            return StandardScaler().fit(data.X_train)
    n_inputs, largest = data.X_train.shape[1], data.largest_input
    return MinMaxScaler().fit(data.X_train if largest is None else [[0.0] * n_inputs, [largest] * n_inputs])


def make_optimizer(model: Any, options: argparse.Namespace, n_rows: int) -> Any:
    """The optimizer, with the schedule of its rate over all steps of the training."""
    per_epoch = ceil(n_rows / options.batch_size)
    warm_up = per_epoch * (options.warm_up or 0)
    steps = per_epoch * options.epochs - warm_up
    rate = SCHEDULES[options.schedule](options.learning_rate, steps)
    if warm_up:
        rate = WarmUp(rate, warm_up)
    given = {"momentum": options.momentum, "weight_decay": options.weight_decay}
    arguments = {name: number for name, number in given.items() if number is not None}
    return OPTIMIZERS[options.optimizer](model.parameters(), lr=rate, **arguments)
