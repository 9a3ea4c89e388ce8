"""The command as a program of its own: exit status, outputs that are closed or full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("glassgrad")


@pytest.mark.parametrize("program", [[sys.executable, "-m", "nn"], [str(SCRIPT)]], ids=["python -m nn", "glassgrad"])
def test_the_program_trains(program, moons, tmp_path):
    arguments = ["train", "moons", "--epochs", "2", "--hidden", "4", "--out", str(tmp_path)]
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    assert (tmp_path / "model.safetensors").read_bytes() == (moons / "model.safetensors").read_bytes()


@pytest.mark.parametrize("program", [[sys.executable, "-m", "nn"], [str(SCRIPT)]], ids=["python -m nn", "glassgrad"])
def test_the_program_exits_with_2_for_a_wrong_argument(program):
    done = subprocess.run([*program, "predict", "nowhere", "nowhere"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "glassgrad: there is no model file nowhere\n")


BUFFERED = {name: setting for name, setting in os.environ.items() if name != "PYTHONUNBUFFERED"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_told_in_one_line(moons, tmp_path):
    (tmp_path / "points.csv").write_text("x1,x2\n1,2\n")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "nn", "predict", str(moons), str(tmp_path / "points.csv")]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=BUFFERED, check=False)
    assert (done.returncode, done.stderr) == (2, "glassgrad: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_on_a_full_disk_another_error_is_told_in_one_line_too(tmp_path):
    code = """
import sys
from nn.cli import parser
def fail(options):
    print("said before")
    raise ValueError("wrong")
parser.predict_input = fail
sys.exit(parser.main(["predict", "a", "b"]))
"""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=BUFFERED, check=False)
    assert (done.returncode, done.stderr) == (2, "glassgrad: wrong\n")


@pytest.mark.skipif(os.name != "posix", reason="there is no such shell")
def test_a_closed_output_is_no_error(moons, tmp_path):
    (tmp_path / "points.csv").write_text("x1,x2\n1,2\n")
    command = [sys.executable, "-m", "nn", "predict", str(moons), str(tmp_path / "points.csv")]
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_leaves_is_no_error(tmp_path):
    command = [sys.executable, "-m", "nn", "train", "moons", "--epochs", "1", "--hidden", "2", "--out", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert "Broken pipe" not in errors
