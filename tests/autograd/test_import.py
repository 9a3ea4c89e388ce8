"""What `import autograd` does, and refuses to do, in a fresh process."""

import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import version
from pathlib import Path

import pytest

import autograd
from autograd._build import COMPILED, NATIVE_FILES, RULE_BOOK, SHARED, UPDATES
from tests.conftest import NEEDS_COMPILED

PACKAGE = Path(autograd.__file__).parent


def python(program, folder):
    """Exit status, output and errors of a program run by a fresh Python in the folder."""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder)
    return finished.returncode, finished.stdout, finished.stderr


FOREIGN = """
import sys
before = set(sys.modules)  # what the start of Python itself has loaded, such as the finders of installed packages
{}
new = {{name for name in set(sys.modules) - before if getattr(sys.modules[name], "__file__", None)}}
new = {{name.partition(".")[0] for name in new}}  # without what the compiled core makes in memory
print(*sorted(new - set(sys.stdlib_module_names)))
"""


def foreign_modules(statement, folder):
    """The top-level modules outside the standard library that a statement loads."""
    status, output, errors = python(FOREIGN.format(statement), folder)
    assert (status, errors) == (0, "")
    return output.split()


@pytest.fixture
def copied(tmp_path):
    """A folder with a copy of the package."""
    shutil.copytree(PACKAGE, tmp_path / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_import_loads_nothing_outside_the_standard_library(copied):
    assert foreign_modules("import autograd", copied) == ["autograd"]


def test_using_it_without_arrays_loads_nothing_outside_the_standard_library(copied):
    program = (
        "import autograd, copy, pickle; x = autograd.Value(2.0); y = pickle.loads(pickle.dumps(copy.deepcopy(x * 3))); "
        "y.backward(); autograd.gradcheck(lambda x: autograd.softmax(x)[0], [1.0, 2.0])"
    )
    assert foreign_modules(program, copied) == ["autograd"]


def test_the_list_of_modules_sees_one_from_outside(copied):
    (copied / "outsider.py").write_text("")
    assert foreign_modules("import autograd, outsider", copied) == ["autograd", "outsider"]


def test_beside_a_file_of_hips_autograd_the_import_raises_a_clear_error(copied):
    (copied / "autograd" / "tracer.py").write_text("")
    status, _, errors = python("import autograd", copied)
    assert status == 1
    assert "ImportError: two packages have written into the same folder" in errors
    assert "pip uninstall autograd glassgrad" in errors


def test_without_it_the_copy_can_be_imported(copied):
    assert python("import autograd; print(autograd.__file__)", copied) == (
        0,
        f"{copied / 'autograd' / '__init__.py'}\n",
        "",
    )


@pytest.mark.parametrize("name", autograd.__all__)
def test_every_public_name_is_there(name):
    assert hasattr(autograd, name)


def test_a_public_name_is_listed_once():
    assert len(set(autograd.__all__)) == len(autograd.__all__)


def test_dir_shows_the_public_names_and_the_version():
    assert dir(autograd) == sorted([*autograd.__all__, "__version__"])


def test_the_version_is_that_of_the_package():
    assert autograd.__version__ == version("glassgrad")


def test_run_as_a_program_it_says_what_it_is_and_which_build_runs(tmp_path):
    status, output, errors = python("import runpy; runpy.run_module('autograd', run_name='__main__')", tmp_path)
    assert (status, errors) == (0, "")
    assert output.startswith(f"autograd {autograd.__version__}, of glassgrad, in {PACKAGE}\n")
    assert f"The engine {'is compiled.' if autograd.is_compiled() else 'runs as plain Python;'}" in output


@NEEDS_COMPILED
@pytest.mark.usefixtures("not_pure")
@pytest.mark.parametrize("name", ["value.py", "value.pxd", "memory.h", *RULE_BOOK, *UPDATES])
def test_a_compiled_core_of_other_sources_is_refused(copied, name):
    with (copied / "autograd" / name).open("a") as source:
        source.write("# edited\n")
    status, _, errors = python("import autograd", copied)
    assert status == 1
    assert "was built from other sources than those that lie there: build it again (pip install -e ., or" in errors


def test_the_files_in_c_are_those_of_the_fingerprint():
    folder = PACKAGE / "compiler" / "executors" / "native" / "c"
    assert sorted(NATIVE_FILES) == sorted(file.name for file in folder.iterdir())


@NEEDS_COMPILED
@pytest.mark.usefixtures("not_pure")
@pytest.mark.parametrize("name", [*COMPILED, SHARED])
def test_a_compiled_core_of_which_a_part_is_missing_is_refused(copied, name):
    (copied / "autograd" / (name.replace(".", "/") + EXTENSION_SUFFIXES[0])).unlink()
    status, _, errors = python("import autograd", copied)
    assert status == 1
    assert "ImportError: the compiled core in" in errors


@NEEDS_COMPILED
@pytest.mark.usefixtures("not_pure")
def test_as_it_is_the_compiled_copy_can_be_imported(copied):
    assert python("import autograd; print(autograd.is_compiled())", copied) == (0, "True\n", "")


def test_make_compiles_the_core_anew_when_the_rule_book_has_changed():
    """Which files belong to it, the Makefile says, too."""
    root = Path(autograd.__file__).parents[1]
    command = ["make", "--no-print-directory", "-f", "Makefile", "-f", "-", "print"]
    printed = subprocess.run(
        command, input="print:\n\t@echo $(BOOK)\n", cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert {f"autograd/{name}" for name in RULE_BOOK} <= set(printed.split())
