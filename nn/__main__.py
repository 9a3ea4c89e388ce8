"""The command `glassgrad`, also `python -m nn`: train a model on real data, and ask it."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from math import inf, nan
from pathlib import Path
from typing import Any, NoReturn

from . import command
from .activations import ACTIVATIONS
from .backends import BACKENDS, DTYPES
from .initialization import INITIALIZERS
from .optimizers import OPTIMIZERS

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
        status = options.run(options)
        sys.stdout.flush()  # while a broken pipe can still be told from success
        return status
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {_message(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: interrupted", file=sys.stderr)
        return 130


def _message(error: Exception) -> str:
    """One line: of an operating system's error without its number."""
    text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="glassgrad", description="Neural networks in scalars: every number is a node you can look at."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser(
        "train",
        help="train a network; write the model, its history and a report",
        description="Train a network on digits (8x8 pixels, from scikit-learn), moons (two classes of points), or "
        "mnist (28x28 pixels, from IDX files). Writes the model, its history, a report and its pictures.",
    )
    train.add_argument("data", choices=command.DEFAULTS, help="what to learn")
    train.add_argument("--data", dest="folder", type=Path, metavar="FOLDER", help="the folder of MNIST's IDX files")
    train.add_argument(
        "--rows", type=_number(int, 10), help="train on so many rows, and test on at most so many (all; moons 160)"
    )
    train.add_argument(
        "--hidden", type=_sizes, metavar="N[,N...]", help=f"neurons of each hidden layer {_by_data('hidden')}"
    )
    train.add_argument("--activation", choices=_HIDDEN, default="relu", help="of the hidden layers (relu)")
    train.add_argument("--init", choices=INITIALIZERS, help="how weights start (what suits the activation)")
    train.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="how weights move (adam)")
    train.add_argument("--learning-rate", type=_number(float, 0, open_below=True), metavar="RATE",
                       help=f"size of a step {_by_data('learning_rate')}")  # fmt: skip
    train.add_argument("--epochs", type=_number(int, 1), metavar="N",
                       help=f"how often to go through the rows {_by_data('epochs')}")  # fmt: skip
    train.add_argument(
        "--batch-size", type=_number(int, 1), metavar="N", help=f"rows for one step {_by_data('batch_size')}"
    )
    train.add_argument("--backend", choices=BACKENDS, default="numpy",
                       help="numpy: compiled into matrix products; eager: every graph is built (numpy)")  # fmt: skip
    train.add_argument("--dtype", choices=DTYPES, help=f"of the arithmetic {_by_data('dtype')}")
    train.add_argument("--l2", type=_number(float, 0), default=0.0, metavar="WEIGHT", help="of the L2 penalty (0)")
    train.add_argument("--seed", type=_number(int, 0, most=2**32 - 1), default=0, metavar="N",
                       help="of weights, order and split: the same seed, the same model (0)")  # fmt: skip
    train.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write; what is there is replaced (runs/DATA)"
    )
    train.set_defaults(run=command.train)

    predict = commands.add_parser("predict", help="say which digit an image shows")
    predict.add_argument("model", type=Path, help="a model file, or the folder that `glassgrad train` wrote")
    predict.add_argument("image", type=Path, help="an image of one digit (PNG, JPEG, ...)")
    predict.set_defaults(run=command.predict)
    return parser


def _by_data(option: str) -> str:
    """The defaults of an option for each data set: "(digits 16, moons 16,16, mnist 16)"."""
    values = {data: defaults[option] for data, defaults in command.DEFAULTS.items()}
    texts = [f"{data} {','.join(map(str, v)) if isinstance(v, list) else v}" for data, v in values.items()]
    return f"({', '.join(texts)})"


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


if __name__ == "__main__":
    sys.exit(main())
