"""What the options of `glassgrad train` mean: data, scaler, optimizer; and which of them do not fit together."""

import argparse
from math import ceil
from typing import Any

from ..optim.optimizers import OPTIMIZERS

# What suits each kind of data; every one of them can be set by an option.
DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"hidden": [64], "epochs": 30, "batch_size": 16, "learning_rate": 0.003, "dtype": "float64",
               "scale": "minmax"},
    "moons": {"hidden": [16, 16], "epochs": 30, "batch_size": 10, "learning_rate": 0.01, "dtype": "float64",
              "scale": "none"},
    "mnist": {"hidden": [128], "epochs": 10, "batch_size": 128, "learning_rate": 0.001, "dtype": "float32",
              "scale": "minmax"},
    "table": {"hidden": [32], "epochs": 100, "batch_size": 32, "learning_rate": 0.003, "dtype": "float64",
              "scale": "standard"},
}  # fmt: skip
DATA = [name for name in DEFAULTS if name != "table"]
SCHEDULES = ("constant", "step", "exponential", "cosine")
SCALES = ("standard", "minmax", "none")
REGRESSION_LOSSES = ("mse", "l1", "huber")


def fill_in(options: argparse.Namespace) -> None:
    """Set what was not given to what suits the data.

    Raises:
        ValueError: for options that do not fit together, or when it is missing what to learn.
    """
    if options.data is None and options.csv is None:
        raise ValueError(f"what to learn is missing: {', '.join(DATA)}, or --csv FILE --target COLUMN")
    if options.data is not None and options.csv is not None:
        raise ValueError(f"train on {options.data} or on --csv {options.csv}, not on both")
    for name, default in DEFAULTS[options.data or "table"].items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    refused = {
        "--target is for --csv only": options.data and options.target is not None,
        "--task is for --csv only": options.data and options.task is not None,
        "--loss is for regression; classes are learned by cross-entropy":
            options.loss and (options.data or options.task == "classification"),
        "--data is for mnist only": options.folder and options.data != "mnist",
        "mnist needs --data FOLDER with its IDX files": options.data == "mnist" and not options.folder,
        f"--momentum is for sgd and rmsprop: {options.optimizer} has betas in its place":
            options.momentum is not None and options.optimizer not in ("sgd", "rmsprop"),
        "--patience watches the validation rows: it needs a --validation greater than 0":
            options.patience and options.validation == 0,
        f"--warm-up {options.warm_up} of {options.epochs} epochs leaves none to train at the full rate":
            options.warm_up and options.warm_up >= options.epochs,
        "--backend eager computes in float64: --dtype float32 needs --backend numpy":
            options.backend == "eager" and options.dtype == "float32",
    }  # fmt: skip
    for message, holds in refused.items():
        if holds:
            raise ValueError(message)


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
    """scikit-learn's scaler, fitted to the rows to train on; of pixels, the smallest and the largest are known."""
    import numpy as np
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

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
    from ..optim.schedules import CosineDecay, ExponentialDecay, StepDecay, WarmUp

    per_epoch = ceil(n_rows / options.batch_size)
    warm_up = per_epoch * (options.warm_up or 0)
    steps = per_epoch * options.epochs - warm_up
    rate: Any = options.learning_rate
    if options.schedule == "step":
        rate = StepDecay(rate, every=ceil(steps / 3), factor=0.1)
    elif options.schedule == "exponential":
        rate = ExponentialDecay(rate, factor=0.01 ** (1 / steps))
    elif options.schedule == "cosine":
        rate = CosineDecay(rate, steps)
    if warm_up:
        rate = WarmUp(rate, warm_up)
    given = {"momentum": options.momentum, "weight_decay": options.weight_decay}
    arguments = {name: number for name, number in given.items() if number is not None}
    return OPTIMIZERS[options.optimizer](model.parameters(), lr=rate, **arguments)
