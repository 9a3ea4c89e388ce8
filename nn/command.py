"""What `glassgrad train` and `glassgrad predict` do, once their arguments are understood."""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from .optimizers import OPTIMIZERS

# What suits each data set; every one of them can be set by an option.
DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"hidden": [64], "epochs": 30, "batch_size": 16, "learning_rate": 0.003, "dtype": "float64"},
    "moons": {"hidden": [16, 16], "epochs": 30, "batch_size": 10, "learning_rate": 0.01, "dtype": "float64"},
    "mnist": {"hidden": [128], "epochs": 10, "batch_size": 128, "learning_rate": 0.001, "dtype": "float32"},
}


def train(options: argparse.Namespace) -> int:
    """Train on a data set, tell how it went, and write the model, its history and a report."""
    from .mlp import MLP
    from .report import Run, write_report
    from .saving import save
    from .training import fit, predict

    for name, default in DEFAULTS[options.data].items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    data = _load(options)
    folder = options.out or Path("runs") / options.data
    folder.mkdir(parents=True, exist_ok=True)  # now, and not after an hour of training
    with tempfile.TemporaryFile(dir=folder):
        pass  # it can be written to

    scaler = None if data.largest_input is None else {
        "name": "MinMaxScaler",
        "min": [0.0] * data.X_train.shape[1],
        "max": [data.largest_input] * data.X_train.shape[1],
    }  # fmt: skip
    X_train, X_test = _scaled(data.X_train, scaler), _scaled(data.X_test, scaler)
    binary = len(data.classes) == 2
    loss = "binary_cross_entropy_with_logits" if binary else "cross_entropy"
    sizes = [*options.hidden, 1 if binary else len(data.classes)]
    model = MLP(X_train.shape[1], sizes, options.activation, init=options.init, seed=options.seed)
    print(f"{options.data}: {len(X_train):,} rows to train on, {len(X_test):,} held out for the test")
    print(model)
    if options.backend == "eager":
        _announce(model, loss, X_train, data.y_train, len(X_test), options.epochs)

    optimizer = OPTIMIZERS[options.optimizer](model.parameters(), lr=options.learning_rate)
    start = time.perf_counter()
    history = fit(
        model, X_train, data.y_train, loss=loss, optimizer=optimizer, epochs=options.epochs,
        batch_size=options.batch_size, validation_data=(X_test, data.y_test), metrics=["accuracy"], l2=options.l2,
        seed=options.seed, dtype=options.dtype, backend=options.backend,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    result = {name: history["val_" + name][-1] for name in ("loss", "accuracy")}  # of the model as it is now
    run = Run(data, X_test, model, loss, history, predict(model, X_test), result, seconds, vars(options))
    print(f"\n{run.confusion_table()}\n")
    print(f"test accuracy {result['accuracy']:.1%}, test loss {result['loss']:.4f}, trained in {_duration(seconds)}")
    info = {
        "data": data.name, "loss": loss, "classes": data.classes, "image_shape": data.image_shape, "scaler": scaler,
    }  # fmt: skip
    save(model, folder / "model.safetensors", info)
    history.to_csv(folder / "history.csv")
    names = ["model.safetensors", "history.csv", *(path.name for path in write_report(run, folder))]
    print(f"wrote to {folder}: {', '.join(names)}")
    return 0


def _load(options: argparse.Namespace) -> Any:
    from . import datasets

    if options.data == "mnist":
        if options.folder is None:
            raise ValueError("mnist needs --data FOLDER with its IDX files")
        return datasets.mnist(options.folder, options.seed, options.rows)
    if options.folder is not None:
        raise ValueError("--data is for mnist only")
    return getattr(datasets, options.data)(options.seed, options.rows)


def _scaled(X: Any, scaler: dict[str, Any] | None) -> Any:
    """X as the model takes it: by scikit-learn's scaler, which is known by what it was fitted to."""
    if scaler is None:
        return X
    from sklearn.preprocessing import MinMaxScaler

    return MinMaxScaler().fit([scaler["min"], scaler["max"]]).transform(X)


def _announce(model: Any, loss: str, X: Any, y: Any, n_test: int, epochs: int) -> None:
    """Say how long the eager training will take, from the median time of some rows."""
    from autograd.collector import collector_paused

    from .losses import LOSSES

    times: list[float] = []
    with collector_paused():  # as in training
        for row, target in zip(X[:50].tolist(), y[:50].tolist(), strict=True):
            start = time.perf_counter()
            LOSSES[loss](model(row), target).backward()
            times.append(time.perf_counter() - start)
            if sum(times) > 1.0 and len(times) >= 5:
                break
    model.zero_grad()
    seconds = median(times) * (len(X) + 0.5 * n_test) * epochs  # the test rows: forward only
    advice = "; --rows N trains on fewer rows, --epochs N for a shorter time" if seconds > 600 else ""
    print(f"{epochs} epoch{'s' * (epochs > 1)} will take about {_duration(seconds)}{advice}", flush=True)


def predict(options: argparse.Namespace) -> int:
    """Say which digit an image shows, and how sure the model is."""
    from autograd import softmax

    from . import training
    from .images import read_digit
    from .saving import load

    model = load(options.model)
    info = model.info
    if not all(info.get(key) for key in ("image_shape", "scaler", "classes")):
        raise ValueError(f"{options.model} was trained on {info.get('data', 'something else')}, not on images")
    ink = read_digit(options.image, tuple(info["image_shape"])).reshape(1, -1)
    pixels = ink * info["scaler"]["max"]  # in the units of the data that the model was trained on
    probabilities = softmax(training.predict(model, _scaled(pixels, info["scaler"]))[0].tolist())
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    print(f"{probabilities[best]:.0%} sure this is a {info['classes'][best]}")
    return 0


def _duration(seconds: float) -> str:
    """Seconds in words.

    >>> _duration(0.4), _duration(95), _duration(7300)
    ('0.4 s', '1 min 35 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
