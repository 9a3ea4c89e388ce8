"""glassgrad train --resume: an interrupted training goes on, and no checkpoint is lost."""

import re

import pytest
from safetensors.numpy import load_file

from nn import EarlyStopping

from .conftest import CHECKPOINT, PREVIOUS, assert_refused, call, files


def interrupted_in(epoch, monkeypatch):
    usual = EarlyStopping.__call__

    def interrupt(self, now, history):
        if now == epoch:
            raise KeyboardInterrupt
        usual(self, now, history)

    monkeypatch.setattr(EarlyStopping, "__call__", interrupt)


@pytest.mark.parametrize("data", ["moons", "houses"])
def test_an_interrupted_training_goes_on_to_the_same_bytes(data, tmp_path, houses, monkeypatch, capsys):
    source = ["moons"] if data == "moons" else ["--csv", houses / "houses.csv", "--target", "price"]
    options = ["train", *source, "--epochs", 6, "--hidden", 4, "--patience", 5, "--schedule", "cosine"]
    assert call(*options, "--out", tmp_path / "whole") == 0
    with monkeypatch.context() as patch:
        interrupted_in(4, patch)
        assert call(*options, "--out", tmp_path / "parts") == 130
    assert "glassgrad: interrupted; the same command with --resume goes on after the last" in capsys.readouterr().err
    assert files(tmp_path / "parts") == [CHECKPOINT]
    assert call(*options, "--out", tmp_path / "parts", "--resume") == 0
    assert f"resuming from {tmp_path / 'parts' / CHECKPOINT}\n" in capsys.readouterr().out
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_resuming_a_training_that_is_over_gives_the_same_bytes(tmp_path, capfd):
    options = ["train", "moons", "--epochs", 40, "--patience", 1, "--learning-rate", 0.3, "--out", tmp_path]
    assert call(*options) == 0
    before = (tmp_path / "model.safetensors").read_bytes()
    capfd.readouterr()
    assert call(*options, "--resume") == 0
    assert (tmp_path / "model.safetensors").read_bytes() == before
    said = (
        "glassgrad: the checkpoint holds the whole training, and nothing is left to train; without --resume it begins"
    )
    assert said in (errors := capfd.readouterr().err)
    assert "Warning" not in errors


def test_where_there_is_nothing_to_resume_it_begins_and_says_so(tmp_path, capsys):
    assert call("train", "moons", "--rows", 20, "--epochs", 1, "--resume", "--out", tmp_path) == 0
    said = capsys.readouterr().out
    assert f"there is no {tmp_path / CHECKPOINT} to resume from: training from the start\n" in said


def test_another_training_is_not_resumed(tmp_path, capsys):
    options = ["train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path]
    call(*options)
    before = (tmp_path / CHECKPOINT).read_bytes()
    capsys.readouterr()
    assert call(*options, "--seed", 1, "--resume") == 2
    assert re.match(rf"glassgrad: {tmp_path / CHECKPOINT} belongs to another training: .*seed", capsys.readouterr().err)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_another_patience_is_allowed_when_asked(tmp_path, capsys):
    options = ["train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path, "--patience"]
    call(*options, 5)
    capsys.readouterr()
    assert call(*options, 6, "--resume") == 2
    said = "callback 1, EarlyStopping: patience was 5 and is 6. To go on with what is now, say so: "
    assert said + "fit(…, changed=['callbacks']), --changed callbacks of the command" in capsys.readouterr().err
    assert call(*options, 6, "--resume", "--changed", "callbacks") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--changed", "loss"], "--changed is for --resume: it says what may be other than in the checkpoint"),
        (
            ["--resume", "--changed", "loss,seed"],
            "can be callbacks, loss, batch_size, l1, l2, clip_norm, backend, got 'seed'",
        ),
    ],
)
def test_what_was_changed_is_checked(tmp_path, capsys, no_training, arguments, message):
    assert_refused(capsys, ["train", "moons", "--out", tmp_path, *arguments], message)


def test_a_checkpoint_that_is_not_resumed_is_kept_under_another_name(tmp_path, capsys):
    options = ["train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path]
    call(*options)
    before = (tmp_path / CHECKPOINT).read_bytes()
    assert call(*options, "--seed", 1) == 0
    assert f"the checkpoint of an earlier training is now {tmp_path / PREVIOUS}\n" in capsys.readouterr().out
    assert (tmp_path / PREVIOUS).read_bytes() == before
    assert load_file(tmp_path / CHECKPOINT).keys() == load_file(tmp_path / PREVIOUS).keys()


def test_no_earlier_checkpoint_is_ever_replaced(tmp_path, capsys):
    written = []
    for seed in range(4):
        call("train", "moons", "--rows", 20, "--epochs", 1, "--seed", seed, "--out", tmp_path)
        written.append((tmp_path / CHECKPOINT).read_bytes())
    names = [PREVIOUS, "checkpoint.previous-2.safetensors", "checkpoint.previous-3.safetensors", CHECKPOINT]
    assert [(tmp_path / name).read_bytes() for name in names] == written
    assert f"the checkpoint of an earlier training is now {tmp_path / names[2]}\n" in capsys.readouterr().out


def test_the_checkpoint_stays_where_data_are_refused(tmp_path):
    call("train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{(-1) ** i}e200,{i + 0.5}\n" for i in range(20)))
    options = ["--csv", tmp_path / "t.csv", "--target", "y", "--out", tmp_path]
    assert call("train", *options) == 2
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert not (tmp_path / PREVIOUS).exists()
