"""How a training ends: early stopping, a loss that is not finite, diagnoses, too little memory."""

import re
import warnings

import numpy as np
import pytest

import nn.report
import nn.training
from nn import DiagnosisWarning, datasets, load
from nn.cli.train import IN_COMMAND
from nn.training.diagnosis import HELP, IN_PYTHON

from .conftest import call, files, history


def test_early_stopping_keeps_the_best_weights_and_says_so(tmp_path, capsys):
    options = ["--epochs", 100, "--patience", 2, "--learning-rate", 0.3]
    assert call("train", "moons", *options, "--out", tmp_path) == 0
    losses, data = history(tmp_path)["val_loss"], datasets.moons()
    best = int(np.argmin(losses))
    assert len(losses) == best + 3 < 100
    kept = nn.evaluate(load(tmp_path), data.X_validation, data.y_validation, loss="binary_cross_entropy_with_logits")
    assert kept["loss"] == pytest.approx(losses[best])
    said = (
        f"stopped after epoch {best + 3} of 100: the weights are those of epoch {best + 1}, with the lowest val_loss, "
    )
    assert said + f"{losses[best]:.4g}\n" in capsys.readouterr().out


def test_patience_that_did_not_end_says_which_weights_are_kept(tmp_path, capsys):
    assert call("train", "moons", "--epochs", 3, "--patience", 3, "--out", tmp_path) == 0
    best = int(np.argmin(history(tmp_path)["val_loss"])) + 1
    said = capsys.readouterr().out
    assert f"\nthe weights are those of epoch {best}, with the lowest val_loss" in said
    assert "stopped" not in said


@pytest.fixture
def diverged(tmp_path, houses, capfd):
    """The status, output and errors of a training whose loss was not finite, and its folder."""
    table = ["--csv", houses / "houses.csv", "--target", "price", "--epochs", 5]
    status = call("train", *table, "--optimizer", "sgd", "--learning-rate", 1e200, "--out", tmp_path)
    return status, *capfd.readouterr(), tmp_path


def test_a_loss_that_is_not_finite_ends_with_1(diverged):
    assert diverged[0] == 1


def test_a_loss_that_is_not_finite_is_said(diverged):
    assert "stopped in epoch 1 of 5: the loss was not finite" in diverged[1]


def test_where_no_epoch_was_trained_no_model_is_written(diverged):
    _, output, _, folder = diverged
    assert "history.csv" in files(folder)
    assert "model.safetensors" not in files(folder)
    assert history(folder)["epoch"] == []
    assert output.rstrip().endswith("and no model")


def test_a_model_that_was_there_stays_then(houses, tmp_path):
    table = ["--csv", houses / "houses.csv", "--target", "price", "--out", tmp_path]
    call("train", *table, "--epochs", 2)
    good = (tmp_path / "model.safetensors").read_bytes()
    status = call("train", *table, "--epochs", 2, "--optimizer", "sgd", "--learning-rate", 1e200)
    assert status == 1
    assert (tmp_path / "model.safetensors").read_bytes() == good


def test_a_diagnosis_speaks_of_options(diverged):
    assert "(--clip-norm 1)" in diverged[2]
    assert "(--scale standard)" in diverged[2]
    assert "model.scaler" not in diverged[2]


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("vanishing", "scaled inputs (--scale standard), or a lower learning rate help"),
        ("saturated", "Scale the inputs (--scale standard), lower the learning rate, or use --init xavier"),
        ("exploding", "Clip it (--clip-norm 1), lower the learning rate, or scale the inputs (--scale standard) and"),
        ("dead", "Lower the learning rate, scale the inputs (--scale standard), or use --activation leaky_relu"),
        ("not finite", "Lower the learning rate, clip the gradient (--clip-norm 1), or scale the inputs (--scale "),
    ],
)
def test_every_advice_speaks_of_options(kind, advice):
    assert advice in DiagnosisWarning("trouble", HELP[kind]).told_with(IN_COMMAND)


def test_every_kind_of_advice_has_its_options():
    assert IN_COMMAND.keys() == IN_PYTHON.keys()


def test_a_diagnosis_is_one_line_and_no_python_warning(diverged):
    (line,) = [line for line in re.split(r"[\r\n]", diverged[2]) if "glassgrad: " in line]
    assert re.match(r"glassgrad: the training ended in epoch 1, .*", line)
    assert "Warning" not in diverged[2]


def test_other_warnings_of_a_training_stay_warnings(tmp_path, monkeypatch):
    def fit(*arguments, **options):
        warnings.warn("something else", UserWarning, stacklevel=1)
        raise KeyboardInterrupt

    monkeypatch.setattr(nn.training, "fit", fit)
    with pytest.warns(UserWarning, match="something else"):
        call("train", "moons", "--out", tmp_path)


def test_diagnoses_do_not_change_the_status(tmp_path, monkeypatch, capfd):
    true_fit = nn.training.fit

    def fit(*arguments, **options):
        warnings.warn("dead\nneurons", DiagnosisWarning, stacklevel=1)
        return true_fit(*arguments, **options)

    monkeypatch.setattr(nn.training, "fit", fit)
    assert call("train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path) == 0
    assert "glassgrad: dead neurons\n" in capfd.readouterr().err


@pytest.mark.parametrize(("said", "told"), [((), ""), (("Unable to allocate 7 TiB",), ": Unable to allocate 7 TiB")])
def test_too_little_memory_is_told_in_one_line(said, told, tmp_path, monkeypatch, capsys):
    def fit(*arguments, **options):
        raise MemoryError(*said)

    monkeypatch.setattr(nn.training, "fit", fit)
    assert call("train", "moons", "--out", tmp_path) == 2
    assert capsys.readouterr().err == f"glassgrad: the memory is not enough{told}\n"
