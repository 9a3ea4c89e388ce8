"""What glassgrad train tells the report."""

import re

import numpy as np
import pytest

import autograd
import nn.report
import nn.training
from nn import predict

from .conftest import call


def test_the_report_is_told_of_the_run(tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: runs.append(run) or [folder / "page.html"])
    call("train", "moons", "--rows", 20, "--epochs", 2, "--out", tmp_path)
    (run,) = runs
    assert (run.data.name, run.history.epochs, run.options["epochs"], run.warnings) == ("moons", 2, 2, [])
    assert (run.outputs == predict(run.model, run.data.X_test)).all()
    assert list(run.result) == ["loss", "accuracy", "precision", "recall", "f1"]
    assert (run.best_epoch, run.diverged, run.resumed) == (None, False, False)


def told_run(monkeypatch, *arguments):
    """The Run that the report is told."""
    runs = []
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: runs.append(run) or [])
    call(*arguments)
    return runs[0]


def test_the_report_is_told_of_early_stopping(tmp_path, monkeypatch):
    options = ["--epochs", 100, "--patience", 2, "--learning-rate", 0.3]
    run = told_run(monkeypatch, "train", "moons", *options, "--out", tmp_path)
    assert run.best_epoch == int(np.argmin(run.history["val_loss"])) + 1 < run.history.epochs
    assert not run.diverged


@pytest.mark.parametrize("patience", [[], ["--patience", 2]])
def test_the_report_is_told_of_a_divergence(patience, tmp_path, monkeypatch, houses):
    options = ["--csv", houses / "houses.csv", "--target", "price", "--optimizer", "sgd", "--learning-rate", 1e200]
    run = told_run(monkeypatch, "train", *options, *patience, "--out", tmp_path)
    assert (run.best_epoch, run.diverged) == (None, True)


def test_the_report_is_told_of_the_backend_that_ran(tmp_path, monkeypatch):
    options = ["train", "moons", "--rows", 20, "--hidden", 2]
    default = autograd.compile(lambda x: x).backend
    assert told_run(monkeypatch, *options, "--epochs", 1, "--out", tmp_path / "a").options["backend"] == default
    named = [*options, "--out", tmp_path / "b", "--epochs"]
    assert told_run(monkeypatch, *named, 1, "--backend", "numpy").options["backend"] == "numpy"
    assert told_run(monkeypatch, *named, 2, "--resume").options["backend"] == "numpy"


def test_the_report_is_told_of_a_resumed_training(tmp_path, monkeypatch, capsys):
    options = ["train", "moons", "--rows", 20, "--out", tmp_path, "--resume"]
    assert not told_run(monkeypatch, *options, "--epochs", 1).resumed
    assert "since it was resumed" not in capsys.readouterr().out
    assert told_run(monkeypatch, *options, "--epochs", 2).resumed
    assert re.search(r"trained in [\d.]+ s since it was resumed\n", capsys.readouterr().out)


def test_the_report_is_told_of_diagnoses(houses, tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: runs.append(run) or [])
    table = ["--csv", houses / "houses.csv", "--target", "price", "--epochs", 5]
    call("train", *table, "--optimizer", "sgd", "--learning-rate", 1e200, "--out", tmp_path)
    (message,) = runs[0].warnings
    assert message.startswith("the training ended in epoch 1, ")
