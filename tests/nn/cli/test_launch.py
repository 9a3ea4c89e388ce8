"""`glassgrad train` by several processes: what is refused, and what is said of a process that was killed."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import nn.cli.launch as module
from nn.cli.worker import TAKEN
from nn.training.checkpoint import epochs_of
from tests.conftest import ONCE

from .conftest import CHECKPOINT, call

pytestmark = ONCE
ROOT = Path(__file__).parents[3]
MOONS = ["train", "moons", "--rows", "40", "--hidden", "4", "--epochs", "150", "--backend", "jax"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--processes 2", "--devices, --coordinator, --processes and --process-id are for --backend jax"),
        ("--devices 2 --backend numpy", "--devices, --coordinator, --processes and --process-id are for --backend jax"),
        ("--backend jax --process-id 1", "it needs --coordinator HOST:PORT, where process 0 is"),
        ("--backend jax --coordinator a:1", "--coordinator a:1 needs --processes N and --process-id I"),
        ("--backend jax --coordinator a:1 --processes 2 --process-id 2", "--process-id 2 is none of 2 processes"),
        ("--backend jax --coordinator ::1:7777", "such as 10.0.0.1:7777 or [fd00::1]:7777, or auto; got '::1:7777'"),
        (
            "--backend jax --coordinator a",
            "must be HOST:PORT, such as 10.0.0.1:7777 or [fd00::1]:7777, or auto; got 'a'",
        ),
        ("--backend jax --devices some", "must be a whole number of at least 1, got 'some'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message, capsys):
    pytest.importorskip("jax")
    assert call("train", "moons", *options.split()) == 2
    assert message in capsys.readouterr().err


def test_without_jax_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jax", None)
    assert call("train", "moons", "--backend", "jax", "--processes", "2") == 2
    assert "--backend jax needs jax: pip install 'glassgrad[jax]'" in capsys.readouterr().err


def killed(folder, which, *more):
    """Start a training by two processes, and kill one of them after an epoch: the exit status, and what was said."""
    checkpoint = folder / CHECKPOINT
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    command = [sys.executable, "-m", "nn", *MOONS, "--processes", "2", "--out", str(folder), *more]
    environment = os.environ | {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as launcher:
        while launcher.poll() is None and not (checkpoint.exists() and checkpoint.stat().st_mtime_ns > before):
            time.sleep(0.02)
        children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
        os.kill(int(children[which]), signal.SIGKILL)
        _, said = launcher.communicate(timeout=60)
    return launcher.returncode, said


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system for the children")
def test_whichever_process_is_killed_the_launcher_says_so_and_any_number_goes_on(tmp_path):
    pytest.importorskip("jax")
    folder, whole = tmp_path / "run", tmp_path / "whole"
    for which, more in ((1, []), (0, ["--resume"])):
        status, said = killed(folder, which, *more)
        assert status == 128 + signal.SIGKILL
        last = said.splitlines()[-1]
        assert f"glassgrad: process {which} of 2, on " in last
        assert "was killed by SIGKILL, which the system does, too, where memory runs out; the others were ended" in last
        assert f"{CHECKPOINT} has {epochs_of(folder / CHECKPOINT)} epoch" in last
        assert f"glassgrad {' '.join(MOONS)} --processes 2 --out {folder} --resume" in last
    assert 0 < epochs_of(folder / CHECKPOINT) < 150
    assert call(*MOONS, "--out", folder, "--resume") == 0  # by one process
    assert call(*MOONS, "--out", whole) == 0
    ours, expected = (load_file(each / CHECKPOINT) for each in (folder, whole))
    for name in ("parameters", "history/loss", "history/val_loss"):
        np.testing.assert_allclose(ours[name], expected[name], rtol=1e-9, atol=1e-12, err_msg=name)


def options(**others):
    return argparse.Namespace(
        **{"coordinator": None, "processes": 2, "process_id": None, "resume": False, "epochs": 9} | others,
        arguments=["train", "moons"] + ["--resume"] * others.get("resume", False),
    )


class Child:
    """Of which the statuses are seen in this order, and the last one from then on."""

    def __init__(self, index, *statuses):
        self.index, self.words, self.statuses = index, "", [*statuses]

    @property
    def status(self):
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    guilt = module._Child.guilt


def test_of_two_that_can_be_blamed_alike_the_first_to_end_is(monkeypatch):
    monkeypatch.setattr(module, "_TOGETHER", 0.0)
    first, second = Child(0, None, 1), Child(1, 2)
    assert module._first_to_end([first, second]) is second
    assert module._first_to_end([Child(0, -signal.SIGABRT), killed := Child(1, None, -signal.SIGKILL)]) is killed


def test_a_port_that_was_taken_meanwhile_is_another_one_then(monkeypatch, tmp_path):
    ports, ends = [], [Child(0, TAKEN), None]

    def run(options, coordinator, here):
        ports.append(coordinator)
        return ends.pop(0)

    monkeypatch.setattr(module, "_run", run)
    monkeypatch.setattr(module, "_free_port", lambda: 7777 + len(ports))
    assert module.launch(options(), tmp_path / CHECKPOINT) == 0
    assert ports == ["127.0.0.1:7777", "127.0.0.1:7778"]
    ends = [Child(0, TAKEN), None]
    assert module.launch(options(coordinator="a:1", process_id=0), tmp_path / CHECKPOINT) == TAKEN


def test_only_what_this_training_has_written_is_where_it_goes_on(tmp_path):
    path = tmp_path / CHECKPOINT
    nothing = "No epoch was finished: the same command begins anew"
    assert module._how_to_go_on(options(), path, 0) == nothing
    call("train", "moons", "--rows", "20", "--epochs", "2", "--out", tmp_path)
    written = path.stat().st_mtime_ns
    assert f"{CHECKPOINT} has 2 epochs of 9" in module._how_to_go_on(options(), path, written - 1)
    assert module._how_to_go_on(options(), path, written + 1) == nothing  # of a training before
    assert "has 2 epochs of 9" in module._how_to_go_on(options(resume=True), path, written + 1)
    path.write_bytes(b"torn")
    assert f"{CHECKPOINT} cannot be read: " in module._how_to_go_on(options(), path, written)
