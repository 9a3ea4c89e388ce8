"""What `make test` runs once, on the compiled core, gives the same on plain Python: none of it asks for the build."""

import re
from pathlib import Path

import pytest

from tests.conftest import FIRST

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
ASKS = re.compile(
    r"\b(is_compiled|IS_SECOND|HAS_COMPILED|NEEDS_COMPILED|HAS_NATIVE|NEEDS_NATIVE|GLASSGRAD_PURE|EXAMPLES|BACKENDS|_build"
    r"|without_native|unusable_native)\b|def test_\w+\([^)]*\bbackend\b"
)
MAY = {  # ask, and need one build only, because they
    "tests/autograd/builds/test_builds.py": "start the builds that they compare themselves",
    "tests/test_types.py": "start type checkers, and plain Python for them",
    "nn/cli/arguments.py": "list the backends as choices",
    "tests/nn/cli/test_train.py": "hand a backend on; it trains in tests/nn/training",
    "tests/nn/cli/test_arguments.py": "tell what `fit` refuses, of the compiled core too",
    "tests/viz/programs/test_loops.py": "draw what a backend runs: the program is the same",
    "tests/benchmarks/test_compiled_gpt.py": "hold a benchmark to its graph, whose operations have tests of their own",
}
BY_OTHERS = {"tests/nn/training/test_metrics.py", "tests/nn/training/devices"}  # NumPy alone; JAX, on both builds


def once():
    """The files and folders that the Makefile names: words, and `$(addprefix …)` of words."""
    lists = re.findall(r"^(?:COUNTED|ONCE) := ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    text = " ".join(lists).replace("\\\n", " ").replace("$(COUNTED)", "")
    prefixed = re.compile(r"\$\(addprefix ([^,]*),([^)]*)\)")
    return prefixed.sub(lambda each: " ".join(each[1] + word for word in each[2].split()), text).split()


def asking(files):
    """The names of those whose text asks for the build."""
    return [name for name, text in files.items() if ASKS.search(text)]


def test_what_runs_once_is_there():
    assert [path for path in once() if not (ROOT / path).exists()] == []
    assert len(once()) > 10


def test_what_runs_once_does_not_ask_for_the_build():
    found = [file for path in map(ROOT.joinpath, once()) for file in (path.rglob("*.py") if path.is_dir() else [path])]
    texts = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in found}
    assert len(texts) > 100
    assert set(asking(texts)) == set(MAY)


@pytest.mark.parametrize("text", [
    "from autograd import Value, is_compiled", "if autograd.is_compiled(): pass", "@NEEDS_COMPILED",
    "@settings(max_examples=EXAMPLES)", "from autograd._build import asked",
    "def test_of_each(tmp_path, backend):", "@pytest.mark.usefixtures('without_native')",
    "NODES = 10 if IS_SECOND else 100",
])  # fmt: skip
def test_what_asks_for_the_build_is_found(text):
    assert asking({"a.py": "", "b.py": text}) == ["b.py"]


def test_the_tests_that_go_first_are_there():
    assert [each for each in FIRST if not (ROOT / each.partition("::")[0]).exists()] == []


def test_the_engine_and_what_trains_run_on_both_builds():
    assert {"autograd", "nn", "tests/autograd", "tests/nn"}.isdisjoint(once())
    trains = ("nn/optim", "nn/training", "tests/nn/optim", "tests/nn/training")
    assert {path for path in once() if path.startswith(trains)} == BY_OTHERS
