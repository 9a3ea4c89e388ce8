"""The worked example of CONTRIBUTING.md: one entry in the rule book is a whole operation, and the tests include it.

The example is tried in a copy of the package, to whose rule book it is appended; nothing else is changed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
DERIVATIVE = "-2.0 * x * y"


@pytest.fixture(scope="module")
def entry():
    """The text of the entry, from the fenced block below the marker."""
    block = re.search(
        r"<!-- worked example -->[^\n]*\n+```python\n(.*?)```", CONTRIBUTING.read_text("utf-8"), re.DOTALL
    )
    assert block, "CONTRIBUTING.md has no python block below <!-- worked example -->"
    return block[1]


def copy_with(entry, folder):
    package = Path(autograd.__file__).parent
    plain = shutil.ignore_patterns(
        "__pycache__", "*.so", "*.pyd"
    )  # what is compiled has the rules of the book as it was
    shutil.copytree(package, folder / "autograd", ignore=plain)
    shutil.copy(Path(__file__).with_name("test_operations.py"), folder)
    with open(folder / "autograd" / "operations.py", "a", encoding="utf-8") as rule_book:
        rule_book.write("\n" + entry)
    return folder


@pytest.fixture(scope="module")
def copied(entry, tmp_path_factory):
    return copy_with(entry, tmp_path_factory.mktemp("right"))


@pytest.fixture(scope="module")
def copied_wrong(entry, tmp_path_factory):
    assert DERIVATIVE in entry
    return copy_with(entry.replace(DERIVATIVE, "-2.0 * x * x"), tmp_path_factory.mktemp("wrong"))


def python(folder, *arguments):
    """Exit status and all output of a Python that imports from the folder."""
    command = [sys.executable, *arguments]
    finished = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False, cwd=folder,
        env=os.environ | {"PYTHONUTF8": "1", "PYTEST_ADDOPTS": ""},
    )  # fmt: skip
    return finished.returncode, finished.stdout


def gradchecks(folder):
    """The tests of the rule book, run in the copy."""
    return python(
        folder, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--rootdir", str(folder), "test_operations.py"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "assert Path(autograd.__file__).parent.parent == Path.cwd()",
        "assert Value(0.5).gaussian().data == math.exp(-0.25)",
        "assert autograd.gaussian(0.5) == math.exp(-0.25)",
        "assert autograd.gaussian(Value(0.5)).partials == (-math.exp(-0.25),)",
        "assert 'gaussian(x) = e^(-x²)' in autograd.gaussian.__doc__",
        "assert '>>> gaussian(0.0) == 1.0' in autograd.gaussian.__doc__",
        "assert 'gaussian' in autograd.__all__",
        "assert Value(0.5).gaussian().op == 'gaussian'",
        "assert pickle.loads(pickle.dumps(Value(0.5).gaussian())).op == 'gaussian'",
        "assert autograd.gradcheck(autograd.gaussian, 0.5)",
    ],
    ids=lambda statement: statement.removeprefix("assert "),
)
def test_one_entry_gives(copied, statement):
    program = "import math, pickle, autograd\nfrom pathlib import Path\nfrom autograd import Value\n" + statement
    assert python(copied, "-c", program) == (0, "")


def test_the_tests_of_the_rule_book_include_and_pass_it(copied):
    status, output = gradchecks(copied)
    assert status == 0, output
    assert "test_partials_are_the_central_differences[gaussian-1] PASSED" in output


def test_the_tests_of_the_rule_book_fail_on_a_wrong_derivative(copied_wrong):
    status, output = gradchecks(copied_wrong)
    assert status == 1, output
    assert re.findall(r"^FAILED test_operations.py::(\S+)", output, re.MULTILINE) == [
        "test_partials_are_the_central_differences[gaussian-1]"
    ]
