"""What `glassgrad train` does, once its arguments are understood."""

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from ..support.clock import Stopwatch
from ..support.files import check_replaceable
from ..support.locks import held
from ..support.texts import shown
from .launch import is_to_be_launched, launch
from .options import DATA, classification_loss, fill_in, load_data, make_optimizer, make_scaler
from .output import complain, say
from .signals import status
from .telling import announce, describe, tell_the_end, tell_the_result
from .worker import joined, leave

OF_FIT = (  # options as they are there
    "epochs", "batch_size", "l1", "l2", "clip_norm", "seed", "dtype", "backend", "devices", "changed",
)  # fmt: skip
CHECKPOINT, MODEL, HISTORY = "checkpoint.safetensors", "model.safetensors", "history.csv"
IN_COMMAND = {  # settings that diagnoses advise, as options
    "scaler": "--scale standard", "xavier": "--init xavier", "clip_norm": "--clip-norm 1",
    "leaky_relu": "--activation leaky_relu",
}  # fmt: skip
NOTHING_LEFT = "the checkpoint holds the whole training, and nothing is left to train; without --resume it begins anew"


def train(options: argparse.Namespace) -> int:
    """Train on a data set, tell how it went, and write the model, its history and a report.

    Returns:
        0; 1 when the training ended before its time, because the loss was not finite; 130 when it was interrupted,
        143 by SIGTERM; of several processes, of which one has died, as `launch` says.

    Raises:
        ValueError: for options that do not fit together, data that cannot be learned from, a table that the training
            would write over, and a checkpoint that is damaged or of another training.
        OSError: for files that are missing or cannot be read, and a folder that cannot be written to, or to which
            another training writes.
        KeyboardInterrupt: when it was interrupted before its first checkpoint.
    """
    fill_in(options)
    if is_to_be_launched(options):
        checkpoint = _folder(options.data or options.csv.stem, options) / CHECKPOINT
        try:
            return launch(options, checkpoint)
        except KeyboardInterrupt as interrupt:
            return _interrupted(interrupt, checkpoint)
    with joined(options) as is_first:
        data = load_data(options)
        if not is_first:
            return _take_part(data, options)
        folder = _make_folder(data.name, options)
        with held(folder, "wait for its end, or give another folder as --out"):
            return _train(data, folder, options)


def _train(data: Any, folder: Path, options: argparse.Namespace) -> int:
    """Train on these data, and write to the folder, which is ours; the exit status."""
    from ..data.scaling import Standardised
    from ..report import WITHOUT_PICTURES, Run, can_paint, names_shown, write_report
    from ..training import fit
    from ..training.backends import chosen
    from ..training.checkpoint import backend_of
    from ..training.saving import to_be_written

    target = Standardised(data.y_train) if data.task == "regression" else None
    model, loss = _network(data, options)
    describe(names_shown(data), model, options)
    if options.backend == "eager":
        announce(model, loss, data, options.epochs)

    y_test = data.y_test if target is None else target(data.y_test)
    arguments, stopping = _arguments(model, loss, data, target, options)
    to_be_written(model, folder / MODEL, _information(data, loss))  # what cannot be saved is refused before the work
    resumed = _prepare(folder, options.resume)
    stopwatch = Stopwatch()
    try:
        with _readable_warnings() as diagnoses:
            history = fit(model, data.X_train, checkpoint=folder / CHECKPOINT, **arguments)
    except KeyboardInterrupt as interrupt:
        return _interrupted(interrupt, folder / CHECKPOINT)
    seconds = stopwatch()
    if options.supervised:
        leave()
    ran = backend_of(folder / CHECKPOINT)  # known where an epoch was finished
    options.backend = ran or chosen(options.backend)

    result, outputs = _tested(model, loss, data, y_test, target, history)
    best_epoch, diverged = _end(history, options.epochs, stopping)
    run = Run(
        data=names_shown(data), model=model, loss=loss, history=history, outputs=outputs, result=result,
        seconds=seconds,
        options={name: option for name, option in vars(options).items() if name != "run"}, warnings=diagnoses,
        best_epoch=best_epoch, diverged=diverged, resumed=resumed,
    )  # fmt: skip
    names = _save(run, data, folder)
    tell_the_end(run)
    tell_the_result(run)
    names += [path.name for path in write_report(run, folder)]
    say(f"wrote to {folder}: {', '.join(names)}" + (", and no model" if MODEL not in names else ""))
    if not can_paint():
        say(WITHOUT_PICTURES)
    return 1 if diverged else 0


def _arguments(model: Any, loss: Any, data: Any, target: Any, options: argparse.Namespace) -> tuple[dict, Any]:
    """What `fit` is given after the rows, but for the checkpoint; and what watches for the end, or None."""
    from ..training import EarlyStopping
    from ..training.metrics import suiting

    y_train, y_validation = (y if target is None else target(y) for y in (data.y_train, data.y_validation))
    stopping = EarlyStopping("val_loss", options.patience) if options.patience else None
    return {
        "y": y_train, "loss": loss, "optimizer": make_optimizer(model, options, len(y_train)),
        "metrics": suiting(loss), "callbacks": [stopping] if stopping else [],
        "validation_data": (data.X_validation, y_validation) if len(y_validation) else None,
        **{name: getattr(options, name) for name in OF_FIT},
    }, stopping  # fmt: skip


def _take_part(data: Any, options: argparse.Namespace) -> int:
    """Train on these data with the first process, which has all files: it tells and writes."""
    from ..data.scaling import Standardised
    from ..training import fit

    target = Standardised(data.y_train) if data.task == "regression" else None
    model, loss = _network(data, options)
    arguments, _ = _arguments(model, loss, data, target, options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(model, data.X_train, checkpoint=CHECKPOINT, progress=False, **arguments)
    leave()
    return 0


def _interrupted(interrupt: KeyboardInterrupt, checkpoint: Path) -> int:
    """Say how to go on after an interruption, where there is a checkpoint; the exit status."""
    if not checkpoint.exists():
        raise interrupt
    print(file=sys.stderr)
    complain("interrupted; the same command with --resume goes on after the last epoch")
    return status(interrupt)


def _folder(data: str, options: argparse.Namespace) -> Path:
    """The folder to write to."""
    return options.out or Path("runs") / _default_name(data, options)


def _make_folder(data: str, options: argparse.Namespace) -> Path:
    """The same: it is there, and open, now, and not after an hour of training."""
    from ..report import FILES

    folder = _folder(data, options)
    _check_input_is_kept(options.csv, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (MODEL, HISTORY, CHECKPOINT, *FILES):
        check_replaceable(folder / name)
    with tempfile.TemporaryFile(dir=folder):
        pass  # it can be written to
    return folder


def _default_name(data: str, options: argparse.Namespace) -> str:
    """Of the folder below runs: a table that is called as one of our data sets does not take its place."""
    return f"{data}-table" if options.csv is not None and data.lower() in DATA else data


def _check_input_is_kept(table: Path | None, folder: Path) -> None:
    """Refuse a table that the training would write over."""
    from ..report import FILES

    for name in (MODEL, HISTORY, CHECKPOINT, *FILES):
        if table is not None and (folder / name).exists() and table.samefile(folder / name):
            raise ValueError(
                f"the training would write its {name} over the table {table}: give another folder as --out"
            )


def _network(data: Any, options: argparse.Namespace) -> tuple[Any, Any]:
    """The model, with its scaler, and the loss that it learns by."""
    from ..data.scaling import scaled
    from ..mlp import MLP

    if data.task == "regression":
        loss, n_outputs = options.loss or "mse", 1
    else:
        n_outputs = len(data.classes) if len(data.classes) > 2 else 1
        loss = classification_loss(n_outputs)
    model = MLP(
        data.X_train.shape[1], [*options.hidden, n_outputs], options.activation, init=options.init, seed=options.seed
    )
    model.scaler = make_scaler(data, options.scale)
    scaled(model, data.X_train)  # what cannot be scaled is refused while the earlier checkpoint is in its place
    return model, loss


def _prepare(folder: Path, resume: bool) -> bool:
    """Say where the training begins; whether it is resumed. The checkpoint of another one is kept, under a new name."""
    checkpoint = folder / CHECKPOINT
    if resume and checkpoint.exists():
        say(f"resuming from {checkpoint}")
        return True
    if resume:
        say(f"there is no {checkpoint} to resume from: training from the start")
    elif checkpoint.exists():
        ends = ("" if i == 1 else f"-{i}" for i in count(1))
        names = (folder / f"checkpoint.previous{end}.safetensors" for end in ends)
        previous = next(path for path in names if not os.path.lexists(path))
        os.replace(checkpoint, previous)
        say(f"the checkpoint of an earlier training is now {previous}")
    return False


@contextmanager
def _readable_warnings() -> Iterator[list[str]]:
    """Diagnoses of the training on stderr, one line each, above the progress bar; and in the list that it gives."""
    from tqdm import tqdm

    from ..training.checkpoint import CompleteWarning
    from ..training.diagnosis import DiagnosisWarning

    diagnoses: list[str] = []

    def show(message: Any, *place: Any, **more: Any) -> None:
        if isinstance(message, DiagnosisWarning):
            diagnoses.append(" ".join(message.told_with(IN_COMMAND).split()))
            tqdm.write(f"glassgrad: {diagnoses[-1]}", file=sys.stderr)
        elif isinstance(message, CompleteWarning):
            tqdm.write(f"glassgrad: {NOTHING_LEFT}", file=sys.stderr)
        else:
            usual(message, *place, **more)

    with warnings.catch_warnings():
        for ours in DiagnosisWarning, CompleteWarning:
            warnings.simplefilter("always", ours)
        usual, warnings.showwarning = warnings.showwarning, show
        yield diagnoses


def _tested(model: Any, loss: Any, data: Any, y_test: Any, target: Any, history: Any) -> tuple[dict[str, float], Any]:
    """Loss and metrics for the test rows, and the outputs; from here on, all are in units of the data but the loss."""
    from ..training import evaluate, predict
    from ..training.metrics import measure, suiting

    result = evaluate(model, data.X_test, y_test, loss=loss)
    if target is not None:
        target.undo(model, history)
    outputs = predict(model, data.X_test)
    return result | measure(suiting(loss), outputs, data.y_test, loss), outputs


def _end(history: Any, epochs: int, stopping: Any) -> tuple[int | None, bool]:
    """The epoch whose weights early stopping has kept, or None; and whether a loss that was not finite was the end."""
    if stopping is None:
        return None, history.epochs < epochs
    stopped = history.epochs - stopping.best_epoch >= stopping.patience
    return stopping.best_epoch or None, history.epochs < epochs and not stopped


def _information(data: Any, loss: str) -> dict[str, Any]:
    """What `predict` and `explore` need to know of a model."""
    return {
        "data": shown(data.name), "task": data.task, "loss": loss, "classes": data.classes, "target": data.target,
        "columns": data.columns, "image_shape": data.image_shape, "largest_input": data.largest_input,
    }  # fmt: skip


def _save(run: Any, data: Any, folder: Path) -> list[str]:
    """Write the model, with what belongs to it, and its history; the names of the files."""
    from ..training import save

    if run.history.epochs:  # else nothing was learned, and an earlier model is the better one
        save(run.model, folder / MODEL, _information(data, run.loss))
    run.history.to_csv(folder / HISTORY)
    return [MODEL, HISTORY] if run.history.epochs else [HISTORY]
