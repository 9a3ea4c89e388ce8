"""The command `glassgrad`, also `python -m nn`: train a model on real data, ask it, and look into it."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from autograd import __version__

from ..data.table_files import ENDINGS
from .arguments import add_data, add_explored, add_machines, add_network, add_optimizer, add_played
from .explore import explore as explore_model
from .options import POINTS
from .output import complain, one_line
from .play import play as play_model
from .predict import predict as predict_input
from .signals import interruptible, status
from .train import train as train_model
from .worker import end


class _Parser(argparse.ArgumentParser):
    """argparse, with one line for an error, and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {one_line(message)}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status.

    Returns:
        0; 1 when a training ended because its loss was not finite; 2 for wrong arguments or input; 130 when
        interrupted, 143 by SIGTERM. A second signal ends the process at once.
    """
    parser = _parser()
    if sys.stdout is None:  # it was closed
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    options = parser.parse_args(arguments)
    options.arguments = sys.argv[1:] if arguments is None else list(arguments)
    if options.run is None:  # no command: what there is
        parser.print_help()
        return 0
    with interruptible():
        done = _run(options)
    if done and options.supervised:
        end(done)
    return done


def _run(options: argparse.Namespace) -> int:
    """Do what the options say; errors become a line and a status."""
    try:
        done = options.run(options)
        sys.stdout.flush()  # while a broken pipe can still be told from success
        return done
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        _give_up_stdout()
        return 0
    except (ValueError, OSError, MemoryError) as error:
        complain(_message(error))
        _give_up_stdout()
        return 2
    except KeyboardInterrupt as interrupt:
        print(file=sys.stderr)
        complain("interrupted")
        _give_up_stdout()
        return status(interrupt)


def _give_up_stdout() -> None:
    """Let what stdout cannot take vanish: Python would complain of it once more at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _message(error: Exception) -> str:
    """What is said of an error: of an operating system's without its code."""
    text = str(error)
    if isinstance(error, MemoryError):
        text = f"the memory is not enough{': ' * bool(text)}{text}"
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return text


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="glassgrad", description="Neural networks in scalars: every number is a node you can look at."
    )
    parser.add_argument("--version", action="version", version=f"glassgrad {__version__}")
    parser.set_defaults(run=None, supervised=False)
    commands = parser.add_subparsers(metavar="COMMAND")
    train = commands.add_parser(
        "train",
        help="train a network; write the model, its history and a report",
        description=f"Train a network on digits (8x8 pixels), points in the plane ({', '.join(POINTS)}), mnist "
        "(28x28 pixels, from IDX files), or a table of your own. Writes the model, its history, a report and its "
        "pictures, and after every epoch a checkpoint.",
    )
    add_data(train.add_argument_group("data"))
    add_network(train.add_argument_group("network and training"))
    add_optimizer(train.add_argument_group("optimizer"))
    add_machines(train.add_argument_group("devices and machines, with --backend jax"))
    train.set_defaults(run=train_model)

    predict = commands.add_parser(
        "predict",
        help="say which digit an image shows, or predict the rows of a table",
        description="Say which digit an image shows; or predict every row of a table, as CSV: a number, or a class "
        "and its probability. The columns that the model was trained on are found by name, others are left out.",
    )
    predict.add_argument("model", type=Path, help="a model file, or the folder that `glassgrad train` wrote")
    predict.add_argument("input", type=Path, metavar="IMAGE|TABLE",
                         help=f"an image of one digit (PNG, JPEG, ...), or a table ({', '.join(ENDINGS)})")  # fmt: skip
    predict.set_defaults(run=predict_input)

    explore = commands.add_parser(
        "explore",
        help="step through backpropagation of one row, in the browser",
        description="Step through backpropagation in the browser: the graph of the loss of one row, with every number, "
        "gradient and local derivative; numbers can be changed, and gradient descent moves the weights. Where the "
        "target of the row is not known, it is the graph of the model's output; of several, of the largest. "
        "Writes one HTML file, which needs nothing else.",
    )
    add_explored(explore)
    explore.set_defaults(run=explore_model)

    play = commands.add_parser(
        "play",
        help="a page on which a network learns, in the browser",
        description="Write a page on which a network learns: an epoch a frame, every neuron with its response, and "
        "each of them opens in its scalars. It is your model on your rows, where they are given, and else one that the "
        "page makes on data of its own. The page saves what it has learned as a model file. It is one HTML file, which "
        "needs nothing else.",
    )
    add_played(play)
    play.set_defaults(run=play_model)
    return parser
