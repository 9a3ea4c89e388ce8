"""What `glassgrad train` does, once its arguments are understood."""

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from .options import DATA, classification_loss, fill_in, load_data, make_optimizer, make_scaler

CHECKPOINT, MODEL, HISTORY = "checkpoint.safetensors", "model.safetensors", "history.csv"
IN_COMMAND = {  # settings that diagnoses advise, as options
    "scaler": "--scale standard", "xavier": "--init xavier", "clip_norm": "--clip-norm 1",
    "leaky_relu": "--activation leaky_relu",
}  # fmt: skip
NOTHING_LEFT = "the checkpoint holds the whole training, and nothing is left to train; without --resume it begins anew"


def train(options: argparse.Namespace) -> int:
    """Train on a data set, tell how it went, and write the model, its history and a report.

    Returns:
        0; 1 when the training ended before its time, because the loss was not finite; 130 when it was interrupted.

    Raises:
        ValueError: for options that do not fit together, data that cannot be learned from, a table that the training
            would write over, and a checkpoint that is damaged or of another training.
        OSError: for files that are missing or cannot be read, and a folder that cannot be written to.
        KeyboardInterrupt: when it was interrupted before its first checkpoint.
    """
    from ..data.scaling import Standardised, scaled
    from ..mlp import MLP
    from ..report import Run, write_report
    from ..training import EarlyStopping, evaluate, fit, predict, save
    from ..training.metrics import measure, suiting

    fill_in(options)
    data = load_data(options)
    folder = options.out or Path("runs") / _default_name(data.name, options)
    _check_input_is_kept(options.csv, folder)
    folder.mkdir(parents=True, exist_ok=True)  # now, and not after an hour of training
    with tempfile.TemporaryFile(dir=folder):
        pass  # it can be written to

    if data.task == "regression":
        loss, n_outputs, target = options.loss or "mse", 1, Standardised(data.y_train)
    else:
        n_outputs, target = len(data.classes) if len(data.classes) > 2 else 1, None
        loss = classification_loss(n_outputs)
    metrics = suiting(loss)
    model = MLP(
        data.X_train.shape[1], [*options.hidden, n_outputs], options.activation, init=options.init, seed=options.seed
    )
    model.scaler = make_scaler(data, options.scale)
    scaled(model, data.X_train)  # what cannot be scaled is refused while the earlier checkpoint is in its place
    _describe(data, model, options)
    if options.backend == "eager":
        _announce(model, loss, data, options.epochs)

    y_train, y_validation, y_test = (y if target is None else target(y) for y in _targets(data))
    stopping = EarlyStopping("val_loss", options.patience) if options.patience else None
    optimizer = make_optimizer(model, options, len(y_train))
    resumed = _prepare(folder, options.resume)
    start = time.perf_counter()
    try:
        with _readable_warnings() as diagnoses:
            history = fit(
                model, data.X_train, y_train, loss=loss, optimizer=optimizer, epochs=options.epochs,
                batch_size=options.batch_size,
                validation_data=(data.X_validation, y_validation) if len(y_validation) else None, metrics=metrics,
                l1=options.l1, l2=options.l2, clip_norm=options.clip_norm, callbacks=[stopping] if stopping else [],
                checkpoint=folder / CHECKPOINT, seed=options.seed, dtype=options.dtype, backend=options.backend,
            )  # fmt: skip
    except KeyboardInterrupt:
        if not (folder / CHECKPOINT).exists():
            raise
        print("\nglassgrad: interrupted; the same command with --resume goes on after the last epoch", file=sys.stderr)
        return 130
    seconds = time.perf_counter() - start

    result = evaluate(model, data.X_test, y_test, loss=loss)
    if target is not None:
        target.undo(model, history)
    outputs = predict(model, data.X_test)
    result |= measure(metrics, outputs, data.y_test, loss)
    info = {
        "data": data.name, "task": data.task, "loss": loss, "classes": data.classes, "target": data.target,
        "columns": data.columns, "image_shape": data.image_shape, "largest_input": data.largest_input,
    }  # fmt: skip
    best_epoch, diverged = _end(history, options.epochs, stopping)
    names = [HISTORY]
    if history.epochs:  # else nothing was learned, and an earlier model is the better one
        save(model, folder / MODEL, info)
        names = [MODEL, HISTORY]
    history.to_csv(folder / HISTORY)
    run = Run(
        data=data, model=model, loss=loss, history=history, outputs=outputs, result=result, seconds=seconds,
        options={name: option for name, option in vars(options).items() if name != "run"}, warnings=diagnoses,
        best_epoch=best_epoch, diverged=diverged, resumed=resumed,
    )  # fmt: skip
    _tell_the_end(run)
    _tell_the_result(run)
    names += [path.name for path in write_report(run, folder)]
    print(f"wrote to {folder}: {', '.join(names)}" + (", and no model" if MODEL not in names else ""))
    return 1 if diverged else 0


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


def _prepare(folder: Path, resume: bool) -> bool:
    """Say where the training begins; whether it is resumed. The checkpoint of another one is kept, under a new name."""
    checkpoint = folder / CHECKPOINT
    if resume and checkpoint.exists():
        print(f"resuming from {checkpoint}")
        return True
    if resume:
        print(f"there is no {checkpoint} to resume from: training from the start")
    elif checkpoint.exists():
        ends = ("" if i == 1 else f"-{i}" for i in count(1))
        names = (folder / f"checkpoint.previous{end}.safetensors" for end in ends)
        previous = next(path for path in names if not os.path.lexists(path))
        os.replace(checkpoint, previous)
        print(f"the checkpoint of an earlier training is now {previous}")
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
        for shown in DiagnosisWarning, CompleteWarning:
            warnings.simplefilter("always", shown)
        usual, warnings.showwarning = warnings.showwarning, show
        yield diagnoses


def _targets(data: Any) -> tuple[Any, Any, Any]:
    return data.y_train, data.y_validation, data.y_test


# --------------------------------------------------------------------------------------------------- what it says


def _describe(data: Any, model: Any, options: argparse.Namespace) -> None:
    from ..data.tables import listed

    n_train, n_validation, n_test = (f"{len(y):,}" for y in _targets(data))
    print(f"{data.name}: {n_train} rows to train on, {n_validation} for validation, {n_test} held out for the test")
    if options.csv is not None:
        classes = f" ({listed(data.classes)})" if data.classes else ""
        inputs = f"{len(data.inputs)} input{'s' * (len(data.inputs) != 1)}: {listed(data.inputs)}"
        print(f"{data.task} of {data.target}{classes} from {inputs}")
        if options.task in (None, "auto") and all(name.lstrip("-").isdigit() for name in data.classes or [""]):
            print("(a target of few whole numbers is taken for classes; --task regression predicts it as a number)")
    print(model)


def _announce(model: Any, loss: str, data: Any, epochs: int) -> None:
    """Say how long the eager training will take, from the median time of some rows."""
    from autograd.collector import collector_paused

    from ..data.scaling import scaled
    from ..losses import LOSSES

    rows, times = scaled(model, data.X_train[:50]).tolist(), []
    with collector_paused():  # as in training
        for row, target in zip(rows, data.y_train[:50].tolist(), strict=True):
            start = time.perf_counter()
            LOSSES[loss](model(row), target).backward()
            times.append(time.perf_counter() - start)
            if sum(times) > 1.0 and len(times) >= 5:
                break
    model.zero_grad()
    seconds = median(times) * (len(data.y_train) + 0.5 * len(data.y_validation)) * epochs  # the latter: forward only
    advice = "; --rows N trains on fewer rows, --epochs N for a shorter time" if seconds > 600 else ""
    print(f"{epochs} epoch{'s' * (epochs > 1)} will take about {_duration(seconds)}{advice}", flush=True)


def _end(history: Any, epochs: int, stopping: Any) -> tuple[int | None, bool]:
    """The epoch whose weights early stopping has kept, or None; and whether a loss that was not finite was the end."""
    if stopping is None:
        return None, history.epochs < epochs
    stopped = history.epochs - stopping.best_epoch >= stopping.patience
    return stopping.best_epoch or None, history.epochs < epochs and not stopped


def _tell_the_end(run: Any) -> None:
    """Say why the training ended before its time, where it did, and which weights are kept."""
    done, epochs, kept = run.history.epochs, run.options["epochs"], "the last ones"
    if run.best_epoch is not None:
        lowest = run.history["val_loss"][run.best_epoch - 1]
        kept = f"those of epoch {run.best_epoch}, with the lowest val_loss, {lowest:.4g}"
    if run.diverged:
        before = " before that" * (run.best_epoch is None)
        print(f"stopped in epoch {done + 1} of {epochs}: the loss was not finite; the weights are {kept}{before}")
    elif done < epochs:
        print(f"stopped after epoch {done} of {epochs}: the weights are {kept}")
    elif run.best_epoch is not None:
        print(f"the weights are {kept}")


def _tell_the_result(run: Any) -> None:
    from ..training.metrics import OF_CLASSES, OF_NUMBERS, confusion_table

    data, result = run.data, run.result
    end = f"test loss {result['loss']:.4g}, trained in {_duration(run.seconds)}"
    end += " since it was resumed" * run.resumed
    if data.task == "classification":
        print(f"\n{confusion_table(data.y_test, run.predictions, data.classes)}\n")
        print(f"test accuracy {result['accuracy']:.1%}, {end}")
        shares = ", ".join(f"{name} {result[name]:.1%}" for name in OF_CLASSES if name != "accuracy")
        print(f"{shares} (means over the classes that occur)")
    else:
        lines = [f"test {name.replace('_', ' '):<19} {result[name]:.6g}" for name in OF_NUMBERS]
        print("", *lines, "", sep="\n")
        print(f"{end}; errors are in units of {data.target}, the loss ({run.loss}) is that of the standardised target")


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
