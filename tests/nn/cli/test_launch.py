"""`glassgrad train` by several processes: what is refused, and what is said of a process that was killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

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
        ("--backend jax --coordinator a", "must be HOST:PORT, such as 10.0.0.1:7777, or auto; got 'a'"),
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
