"""The package: its public names, and the error where another project's autograd is found."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nn
from nn.moved import MOVED

MODULES = {path.stem for path in Path(nn.__file__).parent.iterdir() if path.stem[0] not in "_."} - {"moved", "py"}


def test_every_public_name_is_there():
    assert [name for name in nn.__all__ if not hasattr(nn, name)] == []


def test_the_public_names_are_what_dir_shows():
    assert dir(nn) == sorted(nn.__all__)


def test_a_misspelt_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'nn' has no attribute 'SDG'"):
        _ = nn.SDG


def run(code, **how):
    """What a new interpreter says and writes."""
    environment = {**os.environ, "PYTHONPATH": str(Path(nn.__file__).parents[1])}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, **how)


def said(code):
    done = run(code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_is_written_in_scalars_needs_no_numpy():
    code = """
import sys, nn
model = nn.MLP(2, [3, 1])
nn.mse_loss(model([1.0, 2.0]), 1.0).backward()
print("numpy" in sys.modules)
nn.SGD
print("numpy" in sys.modules, "nn.training" in sys.modules)
"""
    assert said(code) == "False\nTrue False"


@pytest.mark.parametrize("old", MOVED)
def test_a_module_of_version_0_1_is_found_by_its_old_name(old):
    code = f"""
import nn.{old} as before, nn.{MOVED[old]}
now = nn.{MOVED[old]}
names = [name for name in dir(now) if not name.startswith("_")]
print(len(names) > 1 and all(getattr(before, name) is getattr(now, name) for name in names))
"""
    assert said(code) == "True"


def test_all_names_of_a_module_of_version_0_1_are_imported():
    code = "from nn.optimizers import *; from nn import SGD as now; print(SGD is now, Adam.__name__)"
    assert said(code) == "True Adam"


def test_a_module_of_version_0_1_is_found_by_importlib():
    assert said("import nn, importlib.util; print(importlib.util.find_spec('nn.optimizers').name)") == "nn.optimizers"


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_module_and_family_is_an_attribute(name):
    assert said(f"import nn; print(nn.{name}.__name__)") == f"nn.{name}"


@pytest.mark.parametrize("family", nn._LATER)
def test_the_names_of_a_family_are_its_public_names(family):
    assert sorted(nn._LATER[family]) == sorted(getattr(nn, family).__all__)


def test_a_name_loads_its_family_and_no_other():
    code = "import nn, sys; nn.SGD; print(*[name for name in sys.modules if name in ('nn.data', 'nn.training')])"
    assert said(code) == ""


def test_another_projects_autograd_is_named(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("def grad(): ...\n")
    done = run("import nn", cwd=tmp_path)
    assert done.returncode == 1
    assert f"finds another project ({tmp_path / 'autograd' / '__init__.py'})" in done.stderr
    assert "pip uninstall autograd" in done.stderr
