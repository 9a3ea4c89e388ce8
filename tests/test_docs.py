"""The pages of docs/ show what is."""

import importlib.util
import re
from pathlib import Path

from mpmath import mp

import autograd
from autograd import formulas
from tests.autograd.accuracy.judging import WHAT, limit

DOCS = Path(__file__).parents[1] / "docs"


def script(name):
    specification = importlib.util.spec_from_file_location(name, DOCS / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_page_of_programs_is_what_compile_finds():
    programs = script("programs")
    assert programs.page() == programs.PAGE.read_text(encoding="utf-8"), "run `make pictures`"


def test_the_coefficients_of_formulas_are_those_of_the_script():
    with mp.workdps(50):  # which the script sets for all
        mills_ratio = script("mills_ratio")
        for name, function in (("_MILLS", mills_ratio.by_center), ("_GELU", mills_ratio.by_zero)):
            powers = mills_ratio.coefficients(function)
            assert getattr(formulas, name) == tuple(map(float, powers))
            assert mills_ratio.error(function, powers) < 2.0**-53
        assert float(mills_ratio.CENTER) == formulas._CENTER
        assert float(mills_ratio.ZERO - 0.75) == formulas._BEYOND


def test_the_numbers_of_the_vector_functions_are_those_of_the_script():
    headers = Path(autograd.__file__).with_name("compiler") / "executors" / "native" / "c"
    lines = [
        line for name in ("elementary", "powers") for line in (headers / f"{name}.h").read_text("utf-8").splitlines()
    ]
    with mp.workdps(50):
        elementary = script("elementary")
        for name in (*elementary.POLYNOMIALS, *elementary.CONSTANTS):
            assert elementary.line(name) in lines, "run docs/scripts/elementary.py"
        for name in elementary.POLYNOMIALS:
            assert elementary.error(name) < 2.0**-54


# -------------------------------------------------------------------------------------- the page of accuracy

ACCURACY = (DOCS / "how_it_works" / "accuracy.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line[1:-1].split("|")] for line in re.findall(r"^\| `.* / .*\|$", ACCURACY, re.M)]


def beyond(row, name):
    """What a row tells of ours that is less exact than promised, and is no exception."""
    told = [*zip((0, 1), row[1].split(" / "), strict=True), (2, row[2]), (3, row[3])]
    numbers = [(order, cell.replace("✗", "inf")) for order, cell in told if cell != "–"]
    return [WHAT[order] for order, cell in numbers if not float(cell) <= 1.02 * limit(name, order)]  # it is rounded


def test_the_page_of_accuracy_has_every_operation_and_all_exceptions():
    accuracy = script("accuracy")
    expected = [accuracy.OPERATORS.get(name, name) for name in accuracy.shown()]
    assert [row[0].strip("`") for row in ROWS] == expected, "run `make accuracy`"
    assert ACCURACY.endswith(f"## Exceptions\n\n{accuracy.exceptions()}\n"), "run `make accuracy`"


def test_the_page_of_accuracy_tells_what_is_promised():
    for row, name in zip(ROWS, script("accuracy").shown(), strict=True):
        assert beyond(row, name) == [], "run `make accuracy`"


def test_a_row_beyond_what_is_promised_is_found():
    assert beyond(["`sin`", "4.0 / 3.9", "1e-12", "–"], "sin") == []
    assert beyond(["`sin`", "4.1 / ✗", "2e-12", "✗"], "sin") == [*WHAT]
    assert beyond(["`softmax`", "63.0 / 60", "0", "0"], "softmax") == []
