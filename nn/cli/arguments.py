"""The arguments of each command of `glassgrad`, and of what types they are."""

import argparse
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

from ..activations import ACTIVATIONS
from ..data.table_files import ENDINGS
from ..data.tables import MOST_CLASSES, TASKS
from ..initialization import INITIALIZERS
from ..optim.optimizers import OPTIMIZERS
from ..training.backends import BACKENDS, DTYPES
from ..training.differences import CHANGEABLE
from .launch import AUTO
from .options import DATA, DEFAULTS, POINTS, SCALES, SCHEDULES, regression_losses, with_momentum


def add_played(parser: Any) -> None:
    parser.add_argument("model", type=Path, nargs="?",
                        help="a model file of `glassgrad train`, nn.save or this page, or its folder")  # fmt: skip
    parser.add_argument(
        "--data", type=Path, metavar="FILE",
        help=f"a table ({', '.join(ENDINGS)}) with the rows to learn; for a model of mnist, the folder of IDX files; "
        "not needed for a model of another of the data sets that `glassgrad train` knows",
    )  # fmt: skip
    parser.add_argument("--target", metavar="COLUMN", help="the column of the table to predict (the model's)")
    parser.add_argument("--out", type=Path, metavar="FILE.html",
                        help="where to write; what is there is replaced (play.html, beside the model)")  # fmt: skip
    _add_no_browser(parser)


def _add_no_browser(parser: Any) -> None:
    parser.add_argument("--no-browser", "--no-open", dest="browser", action="store_false",
                        help="write the page, and open nothing")  # fmt: skip


def add_explored(parser: Any) -> None:
    parser.add_argument("model", type=Path, help="a model file, or the folder that `glassgrad train` wrote")
    parser.add_argument(
        "input", type=Path, nargs="?", metavar="IMAGE|TABLE",
        help=f"an image of one digit, or a table ({', '.join(ENDINGS)}), with the target or without it; not needed for "
        f"digits, {', '.join(POINTS)}, and mnist",
    )  # fmt: skip
    parser.add_argument(
        "--row", type=_number(int, 0), default=0, metavar="N",
        help="which row, from 0: of the table; of mnist's test images; of the rows of digits or of points that "
        "`glassgrad train` holds out for the test with its usual seed, 0 (0)",
    )  # fmt: skip
    parser.add_argument("--data", dest="folder", type=Path, metavar="FOLDER", help="the folder of MNIST's IDX files")
    parser.add_argument("--out", type=Path, metavar="FILE.html",
                        help="where to write; what is there is replaced (explorer.html beside the model)")  # fmt: skip
    _add_no_browser(parser)


def add_data(group: Any) -> None:
    group.add_argument("data", nargs="?", choices=DATA, metavar="DATA",
                       help=f"what to learn: {', '.join(DATA)}; or --csv")  # fmt: skip
    group.add_argument("--data", dest="folder", type=Path, metavar="FOLDER", help="the folder of MNIST's IDX files")
    group.add_argument(
        "--csv", type=Path, metavar="FILE",
        help="a table to learn: CSV with a header (UTF-8; comma, semicolon or tab), .npy or .npz; columns without "
        "numbers are categories",
    )  # fmt: skip
    group.add_argument(
        "--target", metavar="COLUMN",
        help="the column to predict: its name; for .npy its position, from 0, or from the end (-1)",
    )  # fmt: skip
    group.add_argument(
        "--task", choices=TASKS,
        help="predict a class or a number (auto: classes where the target is text, or whole numbers with at most "
        f"{MOST_CLASSES} values)",
    )  # fmt: skip
    group.add_argument("--rows", type=_number(int, 10), metavar="N",
                       help="train on so many rows, and test on at most so many (all; points 160)")  # fmt: skip
    group.add_argument("--validation", type=_number(float, 0, below=1), default=0.1, metavar="FRACTION",
                       help="of the rows to train on, held out to watch the training (0.1)")  # fmt: skip
    group.add_argument("--scale", choices=SCALES,
                       help=f"inputs to mean 0 and deviation 1, or to 0 to 1 {_by_data('scale')}")  # fmt: skip
    group.add_argument(
        "--out", type=Path, metavar="FOLDER",
        help="where to write; what is there is replaced (runs/DATA, or runs/ and the name of the table)",
    )  # fmt: skip


def add_network(group: Any) -> None:
    group.add_argument(
        "--hidden", type=_sizes, metavar="N[,N...]", help=f"neurons of each hidden layer {_by_data('hidden')}"
    )
    activations = [name for name, each in ACTIVATIONS.records.items() if each.is_for_hidden_layers]
    group.add_argument("--activation", choices=activations, default="relu", help="of the hidden layers (relu)")
    group.add_argument("--init", choices=INITIALIZERS, help="how weights start (what suits the activation)")
    group.add_argument("--loss", choices=regression_losses(),
                       help="of a regression (mse); classes are learned by cross-entropy")  # fmt: skip
    group.add_argument("--epochs", type=_number(int, 1), metavar="N",
                       help=f"how often to go through the rows {_by_data('epochs')}")  # fmt: skip
    group.add_argument(
        "--batch-size", type=_number(int, 1), metavar="N", help=f"rows for one step {_by_data('batch_size')}"
    )
    group.add_argument("--patience", type=_number(int, 1), metavar="N",
                       help="stop when the loss of the validation rows has not been lower for N epochs; keep the best "
                       "weights (all epochs, the last weights)")  # fmt: skip
    group.add_argument(
        "--resume", action="store_true",
        help="go on where the same command was interrupted, from the checkpoint in the folder",
    )  # fmt: skip
    group.add_argument(
        "--changed", type=_changed, default=[], metavar="SETTING[,SETTING...]",
        help="with --resume: what may be other than it was, and holds from now on: callbacks (--patience), loss, "
        "batch_size, l1, l2, clip_norm, backend (nothing)",
    )  # fmt: skip
    group.add_argument(
        "--backend", choices=BACKENDS,
        help="native, numpy, jax: compiled into matrix products, which a machine in C, NumPy or JAX computes; eager: "
        "every graph is built (what the checkpoint names that is resumed; native where it is built, numpy elsewhere)",
    )  # fmt: skip
    group.add_argument("--dtype", choices=DTYPES, help=f"of the arithmetic {_by_data('dtype')}")
    group.add_argument("--seed", type=_number(int, 0, most=2**32 - 1), default=0, metavar="N",
                       help="of weights, order and split: the same seed, the same model (0)")  # fmt: skip


def add_optimizer(group: Any) -> None:
    group.add_argument("--optimizer", choices=OPTIMIZERS, default="adam", help="how weights move (adam)")
    group.add_argument("--learning-rate", type=_number(float, 0, open_below=True), metavar="RATE",
                       help=f"size of a step {_by_data('learning_rate')}")  # fmt: skip
    group.add_argument(
        "--schedule", choices=SCHEDULES, default="constant",
        help="how the rate falls: step: to a tenth after each third of the training; exponential: evenly to a "
        "hundredth at its end; cosine: to 0, in half a wave (constant)",
    )  # fmt: skip
    group.add_argument("--warm-up", type=_number(int, 1), metavar="EPOCHS",
                       help="let the rate grow over so many epochs first, from a tenth (none)")  # fmt: skip
    group.add_argument("--momentum", type=_number(float, 0, below=1), help=f"of {' and '.join(with_momentum())} (0)")
    group.add_argument("--weight-decay", type=_number(float, 0), metavar="WEIGHT",
                       help="of the optimizer (0; adamw 0.01)")  # fmt: skip
    group.add_argument("--clip-norm", type=_number(float, 0, open_below=True), metavar="NORM",
                       help="shorten gradients that are longer (none)")  # fmt: skip
    group.add_argument("--l1", type=_number(float, 0), default=0.0, metavar="WEIGHT", help="of the L1 penalty (0)")
    group.add_argument("--l2", type=_number(float, 0), default=0.0, metavar="WEIGHT", help="of the L2 penalty (0)")


def add_machines(group: Any) -> None:
    group.add_argument(
        "--devices", type=_devices, metavar="N|all",
        help="of each process, to share the rows of a batch (1; of several processes all of each)",
    )  # fmt: skip
    group.add_argument(
        "--processes", type=_number(int, 1), metavar="N",
        help="train by so many processes: on this machine, or, with --coordinator, on several (1)",
    )  # fmt: skip
    group.add_argument(
        "--coordinator", type=_coordinator, metavar="HOST:PORT",
        help="where process 0 waits for the others: an address of its machine that all of them reach, and a port; "
        "auto: as Slurm, Kubernetes or Open MPI tell JAX, with the other two",
    )  # fmt: skip
    group.add_argument("--process-id", type=_number(int, 0), metavar="I",
                       help="with --coordinator: which of the processes is started here, from 0")  # fmt: skip
    group.add_argument("--supervised", action="store_true", help=argparse.SUPPRESS)  # by the one that has started us


def _devices(text: str) -> int | str:
    """An argparse type: a number of at least 1, or all."""
    found: int | str = text if text == "all" else _number(int, 1)(text)
    return found


def _coordinator(text: str) -> str:
    """An argparse type: HOST:PORT, or auto."""
    host, _, port = text.rpartition(":")
    is_host = host and (":" not in host or (host[0], host[-1]) == ("[", "]"))
    if text != AUTO and not (is_host and port.isdecimal() and 0 < int(port) < 2**16):
        raise argparse.ArgumentTypeError(
            f"must be HOST:PORT, such as 10.0.0.1:7777 or [fd00::1]:7777, or auto; got {text!r}"
        )
    return text


def _by_data(option: str) -> str:
    """The defaults of an option for each kind of data: "(digits 16, points 16,16, mnist 16, table 32)"."""
    values = {data: defaults[option] for data, defaults in DEFAULTS.items()}
    texts = [f"{data} {','.join(map(str, v)) if isinstance(v, list) else v}" for data, v in values.items()]
    return f"({', '.join(texts)})"


def _number(
    kind: Callable[[str], Any], low: float, open_below: bool = False, most: float = inf, below: float = inf
) -> Callable[[str], Any]:
    """An argparse type: a number from `low` (or above it) to `most` (or below `below`)."""
    what = f"a {'whole number' if kind is int else 'number'} {'greater than' if open_below else 'of at least'} {low}"
    what += f" and at most {most}" if most < inf else f" and less than {below}" if below < inf else ""

    def parse(text: str) -> Any:
        try:
            number = kind(text)
        except ValueError:
            number = nan
        if not (low < number if open_below else low <= number) or number > most or not number < below:
            raise argparse.ArgumentTypeError(f"must be {what}, got {text!r}")
        return number

    return parse


def _changed(text: str) -> list[str]:
    """An argparse type: names of settings."""
    names = text.split(",")
    if unknown := [name for name in names if name not in CHANGEABLE]:
        raise argparse.ArgumentTypeError(f"can be {', '.join(CHANGEABLE)}, got {unknown[0]!r}")
    return names


def _sizes(text: str) -> list[int]:
    """An argparse type: "32,16" as [32, 16]."""
    try:
        sizes = [int(size) for size in text.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"must be whole numbers of at least 1, such as 16 or 32,16, got {text!r}")
    return sizes
