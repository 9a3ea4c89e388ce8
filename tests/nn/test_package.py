"""The package: its public names, and the error where another project's autograd is found."""

import os
import subprocess
import sys
from pathlib import Path

import nn


def test_every_public_name_is_there():
    assert [name for name in nn.__all__ if not hasattr(nn, name)] == []


def test_another_projects_autograd_is_named(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("def grad(): ...\n")
    done = subprocess.run(
        [sys.executable, "-c", "import nn"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(nn.__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == 1
    assert f"finds another project ({tmp_path / 'autograd' / '__init__.py'})" in done.stderr
    assert "pip uninstall autograd" in done.stderr
