"""What `glassgrad train` and `glassgrad predict` do, once their arguments are understood."""

import argparse
import csv
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from .options import fill_in, load_data, make_optimizer, make_scaler

CHECKPOINT, PREVIOUS = "checkpoint.safetensors", "checkpoint.previous.safetensors"


def train(options: argparse.Namespace) -> int:
    """Train on a data set, tell how it went, and write the model, its history and a report.

    Returns:
        0; 1 when the training ended before its time, because the loss was not finite; 130 when it was interrupted.
    """
    from .callbacks import EarlyStopping
    from .metrics import OF_CLASSES, OF_NUMBERS, measure
    from .mlp import MLP
    from .report import Run, write_report
    from .saving import save
    from .scaling import Standardised
    from .training import evaluate, fit, predict

    fill_in(options)
    data = load_data(options)
    folder = options.out or Path("runs") / data.name
    folder.mkdir(parents=True, exist_ok=True)  # now, and not after an hour of training
    with tempfile.TemporaryFile(dir=folder):
        pass  # it can be written to

    loss, metrics, n_outputs, target = options.loss or "mse", OF_NUMBERS, 1, None
    if data.task == "regression":
        target = Standardised(data.y_train)
    else:
        n_outputs = len(data.classes) if len(data.classes) > 2 else 1
        loss, metrics = "cross_entropy" if n_outputs > 1 else "binary_cross_entropy_with_logits", OF_CLASSES
    model = MLP(
        data.X_train.shape[1], [*options.hidden, n_outputs], options.activation, init=options.init, seed=options.seed
    )
    model.scaler = make_scaler(data, options.scale)
    _describe(data, model, options)
    if options.backend == "eager":
        _announce(model, loss, data, options.epochs)
    _prepare(folder, options.resume)

    y_train, y_validation, y_test = (y if target is None else target(y) for y in _targets(data))
    stopping = EarlyStopping("val_loss", options.patience) if options.patience else None
    start = time.perf_counter()
    try:
        with _readable_warnings() as diagnoses:
            history = fit(
                model, data.X_train, y_train, loss=loss, optimizer=make_optimizer(model, options, len(y_train)),
                epochs=options.epochs, batch_size=options.batch_size,
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
    save(model, folder / "model.safetensors", info)
    history.to_csv(folder / "history.csv")
    status = _tell_the_end(history, options.epochs, stopping)
    _tell_the_result(data, loss, outputs, result, seconds)
    run = Run(
        data=data, model=model, loss=loss, history=history, outputs=outputs, result=result, seconds=seconds,
        options={name: option for name, option in vars(options).items() if name != "run"}, warnings=diagnoses,
    )  # fmt: skip
    names = ["model.safetensors", "history.csv", *(path.name for path in write_report(run, folder))]
    print(f"wrote to {folder}: {', '.join(names)}")
    return status


def predict(options: argparse.Namespace) -> int:
    """Say which digit an image shows and how sure the model is; or predict every row of a table, as CSV."""
    from .saving import load
    from .table_files import ENDINGS

    model = load(options.model)
    info, is_table = model.info, options.input.suffix.lower() in ENDINGS
    what = f"{options.model} was trained on {info.get('data', 'something else')}"
    if is_table and info.get("columns"):
        return _predict_rows(model, options.input)
    if not is_table and info.get("image_shape"):
        return _predict_digit(model, options.input)
    if info.get("image_shape"):
        raise ValueError(f"{what}: give it an image, not the table {options.input}")
    if info.get("columns"):
        raise ValueError(f"{what}, not on images: give it a table ({', '.join(ENDINGS)}), not {options.input}")
    raise ValueError(f"{what}, not on images or tables by `glassgrad train`")


def _predict_digit(model: Any, path: Path) -> int:
    from .images import read_digit

    ink = read_digit(path, tuple(model.info["image_shape"])).reshape(1, -1)
    pixels = ink * model.info["largest_input"]  # in the units of the data that the model was trained on
    probabilities = _probabilities(model, pixels)[0].tolist()
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    print(f"{probabilities[best]:.0%} sure this is a {model.info['classes'][best]}")
    return 0


def _predict_rows(model: Any, path: Path) -> int:
    """A header, and a line for every row: the class and its probability, or the number."""
    from .tables import read_rows
    from .training import predict

    rows, target, classes = read_rows(path, model.info["columns"]), model.info["target"], model.info["classes"]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if classes:
        probabilities = _probabilities(model, rows)
        writer.writerow([target, "probability"])
        writer.writerows([classes[row.argmax()], f"{row.max():.4f}"] for row in probabilities)
    else:
        writer.writerow([target])
        writer.writerows([f"{number:.10g}"] for number in predict(model, rows))
    return 0


def _probabilities(model: Any, rows: Any) -> Any:
    """An array (rows, classes), from the logits of a classifier; one logit is that of class 1 against class 0."""
    import numpy as np
    from scipy.special import softmax

    from .training import predict

    logits = predict(model, rows)
    return softmax(np.stack([np.zeros_like(logits), logits], axis=1) if logits.ndim == 1 else logits, axis=1)


def _prepare(folder: Path, resume: bool) -> None:
    """Say where the training begins. The checkpoint of another one is kept, under another name."""
    checkpoint = folder / CHECKPOINT
    if resume and checkpoint.exists():
        print(f"resuming from {checkpoint}")
    elif resume:
        print(f"there is no {checkpoint} to resume from: training from the start")
    elif checkpoint.exists():
        os.replace(checkpoint, folder / PREVIOUS)
        print(f"the checkpoint of an earlier training is now {folder / PREVIOUS}")


@contextmanager
def _readable_warnings() -> Iterator[list[str]]:
    """Diagnoses of the training on stderr, one line each, above the progress bar; and in the list that it gives."""
    from tqdm import tqdm

    from .diagnosis import DiagnosisWarning

    diagnoses: list[str] = []

    def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
        if not issubclass(category, DiagnosisWarning):
            return usual(message, category, *place, **more)
        diagnoses.append(" ".join(str(message).split()))
        tqdm.write(f"glassgrad: {diagnoses[-1]}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("always", DiagnosisWarning)
        usual, warnings.showwarning = warnings.showwarning, show
        yield diagnoses


def _targets(data: Any) -> tuple[Any, Any, Any]:
    return data.y_train, data.y_validation, data.y_test


# --------------------------------------------------------------------------------------------------- what it says


def _describe(data: Any, model: Any, options: argparse.Namespace) -> None:
    from .tables import listed

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

    from .losses import LOSSES
    from .scaling import scaled

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


def _tell_the_end(history: Any, epochs: int, stopping: Any) -> int:
    """Say why the training ended before its time, where it did, and which weights are kept; the exit status."""
    kept, patient = "the last ones before that", True
    if stopping is not None and stopping.best_epoch:
        kept = f"those of epoch {stopping.best_epoch}, with the lowest val_loss, {stopping.best:.4f}"
        patient = history.epochs - stopping.best_epoch < stopping.patience
    if not patient:
        print(f"stopped after epoch {history.epochs} of {epochs}: the weights are {kept}")
    elif history.epochs < epochs:
        print(f"stopped in epoch {history.epochs + 1} of {epochs}: the loss was not finite; the weights are {kept}")
        return 1
    elif stopping is not None:
        print(f"the weights are {kept}")
    return 0


def _tell_the_result(data: Any, loss: str, outputs: Any, result: dict[str, float], seconds: float) -> None:
    from .metrics import OF_NUMBERS, classes, confusion_table

    end = f"test loss {result['loss']:.4f}, trained in {_duration(seconds)}"
    if data.task == "classification":
        print(f"\n{confusion_table(data.y_test, classes(outputs, data.y_test, loss), data.classes)}\n")
        print(f"test accuracy {result['accuracy']:.1%}, {end}")
        shares = ", ".join(f"{name} {result[name]:.1%}" for name in ("precision", "recall", "f1"))
        print(f"{shares} (means over the classes)")
    else:
        lines = [f"test {name.replace('_', ' '):<19} {result[name]:.6g}" for name in OF_NUMBERS]
        print("", *lines, "", sep="\n")
        print(f"{end}; errors are in units of {data.target}, the loss ({loss}) is that of the standardised target")


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
