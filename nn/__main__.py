"""The command `glassgrad`, also `python -m nn`: train a model on real data, and ask it."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from math import inf, nan
from pathlib import Path
from statistics import median
from typing import Any, NoReturn

from .activations import ACTIVATIONS
from .initialization import INITIALIZERS
from .optimizers import OPTIMIZERS

DATA = ("digits", "moons", "mnist")
# What suits each data set; every one of them can be set by an option.
DEFAULTS: dict[str, dict[str, Any]] = {
    "digits": {"hidden": [16], "epochs": 10, "batch_size": 16},
    "moons": {"hidden": [16, 16], "epochs": 30, "batch_size": 10},
    "mnist": {"hidden": [16], "epochs": 3, "batch_size": 16},
}
_HIDDEN = [name for name in ACTIVATIONS if name not in ("softmax", "step")]


class _Parser(argparse.ArgumentParser):
    """argparse, with one line for an error, and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0, or 2 for wrong arguments or input, or 130 when interrupted."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted, nothing was written", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="glassgrad", description="Neural networks in scalars: every number is a node you can look at."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser(
        "train",
        help="train a network; write the model, its history and a report",
        description="Train a network on digits (8×8 pixels, from scikit-learn), moons (two classes of points), or "
        "mnist (28×28 pixels, from IDX files). Writes the model, its history, a report and its pictures.",
    )
    train.add_argument("data", choices=DATA, help="what to learn")
    train.add_argument("--data", dest="folder", type=Path, metavar="FOLDER", help="the folder of MNIST's IDX files")
    train.add_argument("--rows", type=_number(int, 10), help="use so many rows only; all by default, 200 moons")
    train.add_argument(
        "--hidden", type=_sizes, metavar="N[,N…]", help=f"neurons of each hidden layer {_by_data('hidden')}"
    )
    train.add_argument("--activation", choices=_HIDDEN, default="relu", help="of the hidden layers (relu)")
    train.add_argument("--init", choices=INITIALIZERS, help="how weights start (what suits the activation)")
    train.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="how weights move (adam)")
    train.add_argument("--learning-rate", type=_number(float, 0, open_below=True), default=0.01, metavar="RATE",
                       help="size of a step (0.01)")  # fmt: skip
    train.add_argument("--epochs", type=_number(int, 1), metavar="N",
                       help=f"how often to go through the rows {_by_data('epochs')}")  # fmt: skip
    train.add_argument(
        "--batch-size", type=_number(int, 1), metavar="N", help=f"rows for one step {_by_data('batch_size')}"
    )
    train.add_argument("--l2", type=_number(float, 0), default=0.0, metavar="WEIGHT", help="of the L2 penalty (0)")
    train.add_argument("--seed", type=_number(int, 0, most=2**32 - 1), default=0, metavar="N",
                       help="of weights, order and split: the same seed, the same model (0)")  # fmt: skip
    train.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write; what is there is replaced (runs/DATA)"
    )
    train.set_defaults(run=_train)

    predict = commands.add_parser("predict", help="say which digit an image shows")
    predict.add_argument("model", type=Path, help="a model file, or the folder that `glassgrad train` wrote")
    predict.add_argument("image", type=Path, help="an image of one digit (PNG, JPEG, …)")
    predict.set_defaults(run=_predict)
    return parser


def _by_data(option: str) -> str:
    """The defaults of an option for each data set: "(digits 16, moons 16,16, mnist 16)"."""
    values = {data: defaults[option] for data, defaults in DEFAULTS.items()}
    texts = [f"{data} {','.join(map(str, v)) if isinstance(v, list) else v}" for data, v in values.items()]
    return f"({', '.join(texts)})"


def _train(options: argparse.Namespace) -> int:
    from . import datasets
    from .mlp import MLP
    from .report import Run, write_report
    from .saving import save
    from .training import evaluate, fit, predict

    for name, default in DEFAULTS[options.data].items():
        if getattr(options, name) is None:
            setattr(options, name, default)
    if (options.folder is None) == (options.data == "mnist"):
        hint = "mnist needs --data FOLDER with its IDX files" if options.data == "mnist" else "--data is for mnist only"
        raise ValueError(hint)
    if options.data == "mnist":
        data = datasets.mnist(options.folder, options.seed, options.rows)
    else:
        data = getattr(datasets, options.data)(options.seed, options.rows)
    folder = options.out or Path("runs") / options.data
    folder.mkdir(parents=True, exist_ok=True)  # now, and not after an hour of training
    with tempfile.TemporaryFile(dir=folder):
        pass  # it can be written to

    scaler = _scaler(data)
    X_train, X_test = (scaler.transform(X) if scaler else X for X in (data.X_train, data.X_test))
    binary = len(data.classes) == 2
    loss = "binary_cross_entropy_with_logits" if binary else "cross_entropy"
    sizes = [*options.hidden, 1 if binary else len(data.classes)]
    model = MLP(X_train.shape[1], sizes, options.activation, init=options.init, seed=options.seed)
    print(f"{options.data}: {len(X_train):,} rows to train on, {len(X_test):,} held out for the test")
    print(model)
    _announce(model, loss, X_train, data.y_train, len(X_test), options)

    optimizer = OPTIMIZERS[options.optimizer](model.parameters(), lr=options.learning_rate)
    start = time.perf_counter()
    history = fit(
        model, X_train, data.y_train, loss=loss, optimizer=optimizer, epochs=options.epochs,
        batch_size=options.batch_size, validation_data=(X_test, data.y_test), metrics=["accuracy"], l2=options.l2,
        seed=options.seed,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    info = {
        "data": data.name,
        "loss": loss,
        "classes": data.classes,
        "image_shape": data.image_shape,
        "scaler": scaler
        and {"name": "MinMaxScaler", "min": scaler.data_min_.tolist(), "max": scaler.data_max_.tolist()},
    }
    save(model, folder / "model.safetensors", info)
    history.to_csv(folder / "history.csv")
    outputs = predict(model, X_test)
    result = evaluate(model, X_test, data.y_test, loss=loss, metrics=["accuracy"])
    run = Run(data, X_test, model, loss, history, outputs, result, seconds, vars(options))
    print(f"\n{run.confusion_table()}\n")
    print(f"test accuracy {result['accuracy']:.1%}, test loss {result['loss']:.4f}, trained in {_duration(seconds)}")
    pictures = write_report(run, folder)
    names = ["model.safetensors", "history.csv", *(path.name for path in pictures)]
    print(f"wrote to {folder}: {', '.join(names)}")
    return 0


def _announce(model: Any, loss: str, X: Any, y: Any, n_test: int, options: argparse.Namespace) -> None:
    """Say how long the training will take, from the median time of some rows."""
    from .losses import LOSSES

    times: list[float] = []
    for row, target in zip(X[:50].tolist(), y[:50].tolist(), strict=True):
        start = time.perf_counter()
        LOSSES[loss](model(row), target).backward()
        times.append(time.perf_counter() - start)
        if sum(times) > 1.0 and len(times) >= 5:
            break
    model.zero_grad()
    seconds = median(times) * (len(X) + 0.5 * n_test) * options.epochs  # the test rows: forward only
    advice = "; --rows N trains on fewer rows, --epochs N for a shorter time" if seconds > 600 else ""
    epochs = f"{options.epochs} epoch" + "s" * (options.epochs > 1)
    print(f"{epochs} will take about {_duration(seconds)}{advice}", flush=True)


def _scaler(data: Any) -> Any:
    """scikit-learn's scaler that brings pixels to 0…1, all by the same factor; None for data used as they are."""
    if data.largest_input is None:
        return None
    from sklearn.preprocessing import MinMaxScaler

    return MinMaxScaler().fit([[0.0] * data.X_train.shape[1], [data.largest_input] * data.X_train.shape[1]])


def _predict(options: argparse.Namespace) -> int:
    from autograd import softmax

    from .images import read_digit
    from .saving import load
    from .training import predict

    model = load(options.model)
    shape, scaler = model.info.get("image_shape"), model.info.get("scaler")
    if not shape:
        raise ValueError(f"{options.model} was trained on {model.info.get('data', 'something else')}, not on images")
    from sklearn.preprocessing import MinMaxScaler

    ink = read_digit(options.image, tuple(shape)).reshape(1, -1)
    pixels = ink * scaler["max"]  # as the data had them, for the scaler that was trained with
    scaled = MinMaxScaler().fit([scaler["min"], scaler["max"]]).transform(pixels)
    probabilities = softmax(predict(model, scaled)[0].tolist())
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    print(f"{probabilities[best]:.0%} sure this is a {model.info['classes'][best]}")
    return 0


def _number(
    kind: Callable[[str], Any], low: float, open_below: bool = False, most: float = inf
) -> Callable[[str], Any]:
    """An argparse type: a number from `low` to `most`."""
    what = f"a {'whole number' if kind is int else 'number'} {'greater than' if open_below else 'of at least'} {low}"
    what += f" and at most {most}" if most < inf else ""

    def parse(text: str) -> Any:
        try:
            number = kind(text)
        except ValueError:
            number = nan
        if not (low < number if open_below else low <= number) or number > most or number == inf:
            raise argparse.ArgumentTypeError(f"must be {what}, got {text!r}")
        return number

    return parse


def _sizes(text: str) -> list[int]:
    """An argparse type: "32,16" as [32, 16]."""
    try:
        sizes = [int(size) for size in text.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"must be whole numbers of at least 1, such as 16 or 32,16, got {text!r}")
    return sizes


def _duration(seconds: float) -> str:
    """Seconds in words.

    >>> _duration(0.4), _duration(95), _duration(7300)
    ('0.4 s', '1 min 35 s', '2 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


if __name__ == "__main__":
    sys.exit(main())
