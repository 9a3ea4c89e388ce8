"""The readers of nn: what each reads, how its files are damaged, and what must hold of all that it gives back."""

import argparse
import contextlib
import io
import re
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from nn import MLP, AdamW, CosineDecay, EarlyStopping, StopTraining, fit, load
from nn.cli.explore import explored
from nn.cli.predict import predict
from nn.data.datasets import read_idx
from nn.data.images import read_digit
from nn.data.table_files import read_file
from nn.data.tables import read_rows, read_table

from . import of_data, of_images, of_tensors

X = of_tensors.ROWS
Y = X.sum(1)


@dataclass(frozen=True)
class Reader:
    """A reader: whole files of its kind, a damaged one from a random state and the whole ones, and how it is called."""

    ending: str
    whole: Callable[[], list[bytes]]
    damaged: Callable[[Random, list[bytes]], bytes]
    read: Callable[[Path], Any]


def read_model(path: Path) -> None:
    model = load(path)
    assert isinstance(model.info, dict)
    model([0.5, -0.5])


def read_information(path: Path) -> None:
    """Predicted and explored: of the model's own data, of an image, and of a table; but for the page."""
    folder, refused = INPUTS(), []
    for given in (None, "digit.png", "table.csv"):
        options = argparse.Namespace(
            model=path, input=given and folder / given, out=path.with_suffix(".html"), row=0, folder=None, browser=False
        )
        for command in (predict, explored) if given else (explored,):
            with contextlib.redirect_stdout(io.StringIO()) as said:
                try:
                    command(options)
                    assert not re.search(r"nan%|,nan$|\(nan", said.getvalue(), re.MULTILINE), said.getvalue()
                except ValueError as error:
                    refused.append(error)
                    if given and str(path) not in str(error) and str(folder) not in str(error):
                        raise
    if len(refused) == 5:
        raise ValueError(f"{path}: {refused[-1]}")


class INPUTS:
    """A folder with an image and a table, made once."""

    folder: Path | None = None

    def __new__(cls) -> Any:
        if cls.folder is None:
            cls.folder = Path(tempfile.mkdtemp(prefix="glassgrad-inputs-"))
            (cls.folder / "digit.png").write_bytes(of_images.encoded(of_images.drawing(), "PNG"))
            (cls.folder / "table.csv").write_text("size,colour,kind\n1.5,red,a\n0.5,blue,b\n")
        return cls.folder


def training(path: Path, epochs: int) -> tuple[Any, AdamW, EarlyStopping]:
    """A training with a checkpoint; where that is refused, nothing has changed."""
    model, stopping = MLP(2, [2, 1], "tanh", seed=0), EarlyStopping("loss", patience=50)
    optimizer = AdamW(model.parameters(), lr=CosineDecay(0.05, steps=100))
    before = [p.data for p in optimizer.given]
    try:
        history = fit(
            model, X, Y, loss="mse", optimizer=optimizer, epochs=epochs, batch_size=5, seed=0, callbacks=[stopping],
            checkpoint=path, backend="eager", metrics=["r2"], progress=False,
        )  # fmt: skip
    except ValueError:
        now = [p.data for p in optimizer.given], optimizer.steps, optimizer.mean.any(), stopping.best_epoch
        if now != (before, 0, False, 0):
            raise RuntimeError("a checkpoint that was refused has changed the training") from None
        raise
    return history, optimizer, stopping


def checkpoints() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        training(Path(folder, "run"), 2)
        return [Path(folder, "run").read_bytes()]


def read_checkpoint(path: Path) -> None:
    """The training, which has nothing left to do; and what the next epoch would do with what came from the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is complete
        history, optimizer, stopping = training(path, 2)
    assert {len(history[name]) for name in ("loss", "r2")} == {2}
    optimizer.zero_grad()
    optimizer.step()
    with contextlib.suppress(StopTraining):
        stopping(3, history)
    repr(history)


def read_images(path: Path) -> None:
    try:
        read_idx(path, dimensions=3)
    except ValueError:
        read_idx(path, dimensions=1)


def read_any_table(path: Path) -> None:
    """All its columns; as a table to learn from; as rows for a model."""
    table = read_file(path)
    names = list(table.columns)
    assert names
    assert all(len(table.columns[name]) for name in names)
    refused = []
    for ask in (
        lambda: read_table(path, names[-1] if table.named else "-1"),
        lambda: read_rows(path, [{"name": name, "categories": None} for name in names[:2]]),
        lambda: read_rows(path, of_tensors.COLUMNS),
    ):
        try:
            ask()
        except ValueError as error:
            refused.append(error)
    if unnamed := [error for error in refused if str(path) not in str(error)]:
        raise unnamed[0]
    if len(refused) == 3:
        raise refused[0]


def read_image(path: Path) -> None:
    for shape in ((8, 8), (28, 28)):
        ink = read_digit(path, shape)
        assert ink.shape == shape
        assert np.isfinite(ink).all()
        assert 0.0 <= ink.min() <= ink.max() <= 1.0
        assert ink.any()


READERS = {
    "model": Reader(".safetensors", of_tensors.models, of_tensors.damaged_model, read_model),
    "information": Reader(".safetensors", of_tensors.informations, of_tensors.damaged_information, read_information),
    "checkpoint": Reader(".safetensors", checkpoints, of_tensors.damaged_checkpoint, read_checkpoint),
    "idx": Reader("-idx3-ubyte", of_data.idx_files, of_data.damaged_idx, read_images),
    "csv": Reader(".csv", of_data.tables, of_data.damaged_table, read_any_table),
    "npy": Reader(".npy", of_data.arrays, of_data.damaged_array, read_any_table),
    "npz": Reader(".npz", of_data.archives, of_data.damaged_archive, read_any_table),
    "image": Reader(".png", of_images.images, of_images.damaged_image, read_image),
}
