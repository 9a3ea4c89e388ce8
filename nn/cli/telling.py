"""What `glassgrad train` says."""

import argparse
from statistics import median
from typing import Any

from ..support.clock import Stopwatch
from ..support.texts import all_shown
from .output import say

MOST_LETTERS = 24  # of a class, in the confusion matrix


def describe(data: Any, model: Any, options: argparse.Namespace) -> None:
    from ..data.tables import listed

    n_train, n_validation, n_test = (f"{len(y):,}" for y in (data.y_train, data.y_validation, data.y_test))
    say(f"{data.name}: {n_train} rows to train on, {n_validation} for validation, {n_test} held out for the test")
    if options.csv is not None:
        classes = f" ({listed(data.classes)})" if data.classes else ""
        inputs = f"{len(data.inputs)} input{'s' * (len(data.inputs) != 1)}: {listed(data.inputs)}"
        say(f"{data.task} of {data.target}{classes} from {inputs}")
        if options.task in (None, "auto") and all(name.lstrip("-").isdigit() for name in data.classes or [""]):
            say("(a target of few whole numbers is taken for classes; --task regression predicts it as a number)")
    say(model)


def announce(model: Any, loss: str, data: Any, epochs: int) -> None:
    """Say how long the eager training will take, from the median time of some rows."""
    from autograd.collector import collector_paused

    from ..data.scaling import scaled
    from ..losses import LOSSES

    rows, times = scaled(model, data.X_train[:50]).tolist(), []
    with collector_paused():  # as in training
        for row, target in zip(rows, data.y_train[:50].tolist(), strict=True):
            stopwatch = Stopwatch()
            LOSSES[loss](model(row), target).backward()
            times.append(stopwatch())
            if sum(times) > 1.0 and len(times) >= 5:
                break
    model.zero_grad()
    seconds = median(times) * (len(data.y_train) + 0.5 * len(data.y_validation)) * epochs  # the latter: forward only
    advice = "; --rows N trains on fewer rows, --epochs N for a shorter time" if seconds > 600 else ""
    say(f"{epochs} epoch{'s' * (epochs > 1)} will take about {_duration(seconds)}{advice}", flush=True)


def tell_the_end(run: Any) -> None:
    """Say why the training ended before its time, where it did, and which weights are kept."""
    done, epochs, kept = run.history.epochs, run.options["epochs"], "the last ones"
    if run.best_epoch is not None:
        lowest = run.history["val_loss"][run.best_epoch - 1]
        kept = f"those of epoch {run.best_epoch}, with the lowest val_loss, {lowest:.4g}"
    if run.diverged:
        before = " before that" * (run.best_epoch is None)
        say(f"stopped in epoch {done + 1} of {epochs}: the loss was not finite; the weights are {kept}{before}")
    elif done < epochs:
        say(f"stopped after epoch {done} of {epochs}: the weights are {kept}")
    elif run.best_epoch is not None:
        say(f"the weights are {kept}")


def tell_the_result(run: Any) -> None:
    from ..training.metrics import OF_CLASSES, OF_NUMBERS, confusion_table

    data, result = run.data, run.result
    end = f"test loss {result['loss']:.4g}, trained in {_duration(run.seconds)}"
    end += " since it was resumed" * run.resumed
    if data.task == "classification":
        say(f"\n{confusion_table(data.y_test, run.predictions, all_shown(data.classes, MOST_LETTERS))}\n")
        say(f"test accuracy {result['accuracy']:.1%}, {end}")
        shares = ", ".join(f"{name} {result[name]:.1%}" for name in OF_CLASSES if name != "accuracy")
        say(f"{shares} (means over the classes that occur)")
    else:
        lines = [f"test {name.replace('_', ' '):<19} {result[name]:.6g}" for name in OF_NUMBERS]
        say("\n".join(["", *lines, ""]))
        say(f"{end}; errors are in units of {data.target}, the loss ({run.loss}) is that of the standardised target")


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
