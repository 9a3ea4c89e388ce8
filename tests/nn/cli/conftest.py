"""What the tests of the command share: calling it, tables, and folders of short trainings."""

import csv
import re
import struct
import webbrowser

import numpy as np
import pytest

import nn.report
import nn.training
from nn.cli.parser import main

CHECKPOINT, PREVIOUS = "checkpoint.safetensors", "checkpoint.previous.safetensors"
WRITTEN = {CHECKPOINT, "history.csv", "model.safetensors"}
N = 60
FRUIT = "weight;colour;fruit\n" + "".join(
    f"{20 * (i % 3) + i % 7 + 0.5};{('red', 'green')[i % 2]};{('apple', 'pear', 'plum')[i % 3]}\n" for i in range(N)
)
HOUSES = "area,district,price\n" + "".join(
    f"{50 + i},{('east', 'west')[i % 2]},{200_000 + 1000 * i + 40_000.5 * (i % 2)}\n" for i in range(N)
)


def call(*arguments):
    """The exit status of the command."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as exit:
        return exit.code


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def history(folder):
    """The columns of history.csv, by name."""
    with (folder / "history.csv").open() as file:
        header, *rows = csv.reader(file)
    return {name: [float(row[i]) for row in rows] for i, name in enumerate(header)}


def mnist_files(folder):
    """Write the four IDX files of MNIST, of 40 and 10 random images."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 40), ("t10k", 10)):
        images, labels = rng.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count, dtype=np.uint8) % 10
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            (folder / name).write_bytes(header + array.tobytes())


def interrupted(monkeypatch):
    """A training is interrupted before its first step."""

    def fit(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(nn.training, "fit", fit)


def assert_refused(capsys, arguments, message):
    """The command says why in one line of its errors, and nothing else."""
    assert call(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(rf"glassgrad[^\n]*: [^\n]*{message}[^\n]*\n", err), err


@pytest.fixture
def opened(monkeypatch):
    """What the browser was asked for."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    return addresses


@pytest.fixture(scope="session")
def moons(tmp_path_factory):
    """The folder of a short training on moons, with its report."""
    folder = tmp_path_factory.mktemp("moons")
    assert call("train", "moons", "--epochs", 2, "--hidden", 4, "--out", folder) == 0
    return folder


@pytest.fixture(scope="session")
def digit_model(tmp_path_factory):
    """The folder of a short training on digits, with its report."""
    folder = tmp_path_factory.mktemp("digits")
    options = ["--rows", 60, "--epochs", 1, "--hidden", 8, "--batch-size", 4, "--learning-rate", 0.02]
    assert call("train", "digits", *options, "--out", folder) == 0
    return folder


def trained_on_table(folder, name, text, target):
    (folder / name).write_text(text)
    options = ["--target", target, "--epochs", 40, "--hidden", 8, "--learning-rate", 0.03]
    assert call("train", "--csv", folder / name, *options, "--out", folder / "out") == 0
    return folder


@pytest.fixture(scope="session")
def fruit(tmp_path_factory):
    """The folder of a training on a table of classes, with its report; it holds the table, too."""
    return trained_on_table(tmp_path_factory.mktemp("fruit"), "fruit.csv", FRUIT, target="fruit")


@pytest.fixture(scope="session")
def houses(tmp_path_factory):
    """The folder of a training on a table of numbers, with its report; it holds the table, too."""
    return trained_on_table(tmp_path_factory.mktemp("houses"), "houses.csv", HOUSES, target="price")


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    """The report takes longer than these trainings; those of the fixtures above have theirs."""
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: [])


@pytest.fixture
def no_training(monkeypatch):
    """Any training fails the test."""

    def fit(*arguments, **options):
        raise AssertionError("it has begun to train")

    monkeypatch.setattr(nn.training, "fit", fit)
