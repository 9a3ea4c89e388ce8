"""What type checkers say of right and wrong lines, and the stubs that they read."""

import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import autograd
from autograd import OPERATIONS

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "tests" / "types").glob("*.py"))


def wrong_lines(file):
    """The numbers of the lines that are marked as wrong."""
    lines = file.read_text("utf-8").splitlines()
    return [position for position, line in enumerate(lines, start=1) if line.endswith("# wrong")]


def said(*command):
    plain = {**os.environ, "GLASSGRAD_PURE": "1"}  # what is compiled has no signatures to compare with
    command = [sys.executable, "-m", *command]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=plain)


def refused_by_mypy(file, _):
    done = said("mypy", "--follow-imports=silent", "--no-error-summary", str(file.relative_to(ROOT)))
    assert not done.stderr
    return {int(place) for place in re.findall(r"^[^:\n]*:(\d+): error:", done.stdout, re.MULTILINE)}


def refused_by_pyright(file, folder):
    settings = {"typeCheckingMode": "standard", "include": [str(file)], "extraPaths": [str(ROOT)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    done = said("basedpyright", "--outputjson", "--project", str(folder), "--pythonpath", sys.executable)
    reports = json.loads(done.stdout)["generalDiagnostics"]
    return {report["range"]["start"]["line"] + 1 for report in reports if report["severity"] == "error"}


def needs(name):
    return pytest.mark.skipif(find_spec(name) is None, reason=f"{name} is not installed")


@pytest.mark.parametrize(
    "refused_by",
    [
        pytest.param(refused_by_mypy, id="mypy", marks=needs("mypy")),
        pytest.param(refused_by_pyright, id="pyright", marks=needs("basedpyright")),
    ],
)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_wrong_lines_are_errors_and_no_others(refused_by, file, tmp_path):
    assert sorted(refused_by(file, tmp_path)) == wrong_lines(file)


def test_there_are_wrong_lines_in_every_file():
    assert FILES
    assert all(len(wrong_lines(file)) > 5 for file in FILES)


def test_the_stubs_are_what_the_rule_book_says():
    specification = importlib.util.spec_from_file_location("stubs", ROOT / "docs" / "scripts" / "stubs.py")
    stubs = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(stubs)
    assert {path: path.read_text("utf-8") for path in stubs.stubs()} == stubs.stubs(), "run: make stubs"


OTHERWISE = (  # than in the stub, and meant so
    'stub parameter "self" differs',  # a method of the rule book is the function: its first operand has a name
    "Value.__index__ is not present in stub",  # it refuses
)


@needs("mypy")
def test_the_stubs_are_what_there_is():
    done = said(
        "mypy.stubtest", "--concise", "--mypy-config-file", "pyproject.toml", "autograd.value", "autograd.functions"
    )
    assert not done.stderr
    assert [line for line in done.stdout.splitlines() if not any(known in line for known in OTHERWISE)] == []


FUNCTIONS = [name for name in autograd.__all__ if hasattr(getattr(autograd, name), "__qualname__")]
FUNCTIONS = [name for name in FUNCTIONS if not inspect.isclass(getattr(autograd, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_signature_and_the_docstring_of_a_function_can_be_seen(name):
    function = getattr(autograd, name)
    assert inspect.signature(function).parameters or name in ("detect_anomaly", "is_compiled")
    assert ">>> " in inspect.getdoc(function)


@pytest.mark.parametrize("operation", [OPERATIONS[name] for name in FUNCTIONS if name in OPERATIONS], ids=str)
def test_the_signature_of_an_operation_shows_its_operands(operation):
    shown = inspect.signature(getattr(autograd, operation.name)).parameters.values()
    names = tuple("*" * (each.kind is each.VAR_POSITIONAL) + each.name for each in shown)
    of_lists = {"dot": ("xs", "ys"), "logsumexp": ("values",), "take": ("values", "index")}
    assert names == of_lists.get(operation.name, operation.operands)
    assert tuple(each.default for each in shown if each.default is not each.empty) == operation.defaults
