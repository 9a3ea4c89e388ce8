"""The command beside others: trainings of one folder, signals, folders and files that cannot be written."""

import errno
import os
import re
import signal
import subprocess
import sys

import pytest

import nn.report
import nn.training
from nn.support.locks import held

from .conftest import CHECKPOINT, PREVIOUS, WRITTEN, assert_refused, call, files

unix = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no such signals")

# a training that waits for the test, before it is done
SCRIPT = """
import sys
import nn.report
import nn.training
from nn.cli.parser import main

true_fit = nn.training.fit

def fit(*arguments, **options):
    history = true_fit(*arguments, **options)
    print("trained", flush=True)
    sys.stdin.readline()
    return history

nn.training.fit = fit
nn.report.write_report = lambda run, folder: []
sys.exit(main(["train", "moons", "--rows", "20", "--epochs", "1", "--hidden", "2", "--out", *sys.argv[1:]]))
"""


@pytest.fixture
def start():
    """Starts a process that runs a script; whatever happens, it has ended after the test."""
    started = []

    def start(*arguments, script=SCRIPT):
        command, pipe = [sys.executable, "-c", script, *map(str, arguments)], subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        with process:
            process.kill()


def wait_for(process, line):
    for said in process.stdout:
        if said == line + "\n":
            return
    raise AssertionError(process.stderr.read())


def test_of_four_trainings_of_one_folder_one_has_it(tmp_path, start):
    processes = [start(tmp_path / "out") for _ in range(4)]
    said = [process.stdout.readline() for process in processes]  # three end without a word
    [first] = [process for process, line in zip(processes, said, strict=True) if line]
    others = [process for process in processes if process is not first]
    for other in others:
        out, err = other.communicate()
        assert (other.returncode, out) == (2, "")
        assert re.fullmatch(
            rf"glassgrad: {tmp_path / 'out'} is in use by (process {first.pid} on .*|another process): wait for its "
            r"end, or give another folder as --out\n",
            err,
        )
    wait_for(first, "trained")
    out, err = first.communicate("\n")
    assert first.returncode == 0, err
    assert files(tmp_path / "out") == sorted(WRITTEN)


@pytest.mark.parametrize("more", [[], ["--resume"]])
def test_a_folder_in_which_another_trains_is_refused_and_left(tmp_path, capsys, more, no_training):
    (tmp_path / CHECKPOINT).write_bytes(b"theirs")
    with held(tmp_path, ""):
        message = f"{tmp_path} is in use by process {os.getpid()} on .*: wait for its end, or give another folder as"
        assert_refused(capsys, ["train", "moons", "--out", tmp_path, *more], message)
    assert files(tmp_path) == [CHECKPOINT]
    assert (tmp_path / CHECKPOINT).read_bytes() == b"theirs"


def test_a_checkpoint_that_another_training_writes_is_refused(tmp_path):
    model = nn.MLP(1, [1], seed=0)
    before = [p.data for p in model.parameters()]
    with held(tmp_path / "run", ""), pytest.raises(BlockingIOError, match=r"run is in use by process .*: wait for its"):
        nn.fit(model, [[1.0]], [1.0], loss="mse", checkpoint=tmp_path / "run", progress=False)
    assert [p.data for p in model.parameters()] == before
    assert files(tmp_path) == []


def test_a_callback_that_trains_into_the_same_checkpoint_is_refused(tmp_path):
    def again(epoch, history):
        nn.fit(nn.MLP(1, [1], seed=0), [[1.0]], [1.0], loss="mse", checkpoint=tmp_path / "run", progress=False)

    with pytest.raises(BlockingIOError, match="run is in use by process"):
        nn.fit(
            nn.MLP(1, [1], seed=0), [[1.0]], [1.0], loss="mse", checkpoint=tmp_path / "run", callbacks=again,
            progress=False,
        )  # fmt: skip


@pytest.mark.parametrize("name", ["model.safetensors", "history.csv", CHECKPOINT, "report.html", "confusion.png"])
def test_what_could_not_be_written_in_the_end_is_refused_at_once(tmp_path, capsys, name, no_training):
    (tmp_path / name).mkdir()
    assert_refused(capsys, ["train", "moons", "--out", tmp_path], f"{name} is a folder: no file can take its place")


def test_a_full_disk_ends_the_training_and_leaves_what_was_there(tmp_path, monkeypatch, capfd):
    options = ["train", "moons", "--rows", 20, "--epochs", 1, "--hidden", 2, "--out", tmp_path]
    assert call(*options) == 0
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    capfd.readouterr()

    def refuse(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        assert call(*options, "--seed", 1) == 2
    assert f"\nglassgrad: {tmp_path / CHECKPOINT}: No space left on device\n" in "\n" + capfd.readouterr().err
    before[PREVIOUS] = before.pop(CHECKPOINT)
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_a_training_that_is_complete_needs_nothing_that_can_be_written(tmp_path, monkeypatch):
    def train():
        model = nn.MLP(1, [1], seed=0)
        nn.fit(model, [[1.0]], [1.0], loss="mse", epochs=2, checkpoint=tmp_path / "run", progress=False)
        return [p.data for p in model.parameters()]

    trained = train()
    monkeypatch.setattr("nn.support.locks._opened", lambda file: None)  # as in a folder that is read-only
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.warns(UserWarning, match="it is complete"):
        assert train() == trained


def test_a_folder_that_is_read_only_is_refused_before_training(tmp_path, monkeypatch):
    model = nn.MLP(1, [1], seed=0)
    before = [p.data for p in model.parameters()]
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="the folder is read-only"):
        nn.fit(model, [[1.0]], [1.0], loss="mse", checkpoint=tmp_path / "run", progress=False)
    assert [p.data for p in model.parameters()] == before


# ------------------------------------------------------------------------------------------------ signals

ENDING = """
import signal
import sys
from nn.cli import parser

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs the tests may ignore it, and so do its children

def train(options):
    try:
        print("trained", flush=True)
        sys.stdin.readline()
    finally:
        print("ending", flush=True)
        if options.rows == 11:
            sys.stdin.readline()

parser.train_model = train
sys.exit(parser.main(["train", "moons", "--rows", *sys.argv[1:]]))
"""


@unix
def test_sigterm_ends_a_training_in_good_order(tmp_path, start):
    process = start(tmp_path)
    wait_for(process, "trained")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate()
    assert process.returncode == 143
    assert err.endswith("\nglassgrad: interrupted; the same command with --resume goes on after the last epoch\n")
    assert "Traceback" not in err
    assert files(tmp_path) == [CHECKPOINT]


@unix
def test_ctrl_c_ends_the_command_in_good_order(start):
    process = start(10, script=ENDING)
    wait_for(process, "trained")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "ending\n", "\nglassgrad: interrupted\n")


@unix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_a_second_signal_ends_the_process_at_once(start, number):
    process = start(11, script=ENDING)
    wait_for(process, "trained")
    process.send_signal(number)
    wait_for(process, "ending")
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == -number
    assert err == ""


@unix
def test_a_handler_of_somebody_else_stays(monkeypatch):
    import nn.cli.parser

    seen = []
    monkeypatch.setattr(
        nn.cli.parser, "train_model", lambda options: seen.append(signal.getsignal(signal.SIGTERM)) or 0
    )
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        call("train", "moons")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIG_IGN]


@unix
def test_the_handlers_are_as_before_afterwards(monkeypatch):
    import nn.cli.parser

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    seen = []
    monkeypatch.setattr(
        nn.cli.parser, "train_model", lambda options: seen.append(signal.getsignal(signal.SIGTERM)) or 0
    )
    call("train", "moons")
    assert seen != [before[1]]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("wrong")], ids=["interrupted", "refused"])
def test_what_the_output_cannot_take_is_no_second_error(monkeypatch, error):
    import nn.cli.parser

    def train(options):
        raise error

    given_up = []
    monkeypatch.setattr(nn.cli.parser, "train_model", train)
    monkeypatch.setattr(nn.cli.parser, "_give_up_stdout", lambda: given_up.append(error))
    assert call("train", "moons") in (2, 130)
    assert given_up == [error]
