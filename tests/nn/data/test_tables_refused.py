"""Tables that cannot be learned from are refused, with line, column and value."""

import csv
import io

import numpy as np
import pytest

from nn.data.tables import read_table

from .conftest import ARRAY, ARRAYS, FRUIT, N


def edited(text, line, column, cell, delimiter=","):
    """The text with another cell in a line of the file, counted from 1."""
    rows = list(csv.reader(io.StringIO(text)))
    rows[line - 1][column] = cell
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


WHERE = r"table\.csv, line 7, column "
REFUSED = {
    "an empty file": ("", "y", r"table\.csv is empty$"),
    "blank lines": ("\n\n", "y", r"table\.csv is empty: it holds blank lines only"),
    "Latin-1": (FRUIT.replace("pear", "poiré").encode("latin-1"), "fruit", "line 3: byte 0xe9 is no UTF-8: save it as"),
    "a spreadsheet": (b"PK\x03\x04\xff\xfe" * 9, "fruit", "line 1: byte 0xff is no UTF-8: save it as CSV in UTF-8"),
    "no header": ("1,2,3.5,4\n5,6,7,8\n", "y", r"has no header: line 1 holds numbers only \(1, 2, 3\.5, …\)"),
    "no rows": ("a,b\n", "b", "holds no rows below its header, line 1"),
    "a column without a name": ("a,,c\n1,2,3\n", "c", "line 1: column 2 has no name: give it one, or leave the column"),
    "a name twice": ("a,b,a\n1,2,3\n", "b", "line 1: columns 1 and 3 are both named 'a': rename one"),
    "a short line": (FRUIT.replace("0.857,green,plum", "0.857,green"), "fruit", "line 4 has 2 cells, the header has 3"),
    "a line of one cell": (FRUIT.replace("0.857,green,plum", "plum"), "fruit", "line 4 has 1 cell, the header has 3"),
    "a long line": (FRUIT.replace("0.857,", "0,857,"), "fruit", "line 4 has 4 cells, the header has 3: .*quotes"),
    "a quote that is not closed": (FRUIT.replace("0.857", '"0.857'), "fruit", "line 4: unexpected end of data"),
    "a quote in a cell": (FRUIT.replace("0.857", '"0"857'), "fruit", "line 4: .*expected after.*: is a quote"),
    "an unknown target": (FRUIT, "weight", "has no column 'weight': it has size, colour, fruit$"),
    "a target with a slip": (FRUIT, "Colours", "has no column 'Colours': did you mean 'colour'[?] it has size, colour"),
    "many columns": (",".join(f"c{i}" for i in range(14)) + "\n" + "1," * 13 + "1\n", "y", "c8, c9 and 4 more$"),
    "no inputs": ("y\n" + "1\n2\n" * 10, "y", "has no column of inputs beside 'y'$"),
    "one row": ("x,y\n1,2\n", "y", "has 1 row: at least 10 are needed"),
    "too few rows": ("x,y\n" + "1,2\n" * 9, "y", "has 9 rows: at least 10 are needed to train, validate and test"),
    "a text among numbers": (edited(FRUIT, 7, 0, "big"), "fruit", WHERE + "'size': 'big' is no number, but line 2"),
    "a number among texts": (edited(FRUIT, 7, 1, "3"), "fruit", "line 2, column 'colour': 'green' is no number"),
    "a number among classes": (edited(FRUIT, 7, 2, "3"), "fruit", "line 2, column 'fruit': 'apple' is no number"),
    "an empty cell": (edited(FRUIT, 7, 0, ""), "fruit", WHERE + "'size': the cell is empty: write a value there, or"),
    "an empty category": (edited(FRUIT, 7, 1, " "), "fruit", WHERE + "'colour': the cell is empty"),
    "an empty target": (edited(FRUIT, 7, 2, ""), "fruit", WHERE + "'fruit': the cell is empty"),
    "nan": (edited(FRUIT, 7, 0, "NaN"), "fruit", WHERE + "'size': NaN: numbers must be finite; write another there"),
    "inf": (edited(FRUIT, 7, 0, "-inf"), "fruit", WHERE + "'size': -inf: numbers must be finite"),
    "nan among categories": (edited(FRUIT, 7, 1, "nan"), "fruit", WHERE + "'colour': nan: numbers must be finite"),
    "a number with underscores": (edited(FRUIT, 7, 0, "1_000"), "fruit", WHERE + "'size': '1_000' is no number"),
    "a number with commas": (
        edited(FRUIT, 7, 0, "1,000,000"), "fruit", WHERE + "'size': '1,000,000' has a comma: write decimals with a poi",
    ),
    "a digit that is not of ASCII": (edited(FRUIT, 7, 0, "٣"), "fruit", WHERE + "'size': '٣' is no number, but line 2"),
    "NUL bytes": (edited(FRUIT, 7, 0, "1\0"), "fruit", r"table\.csv, line 7 holds a NUL byte, as UTF-16 .*: save it"),
    "classes beyond the whole numbers of floats": (
        "x,y\n" + "1,9007199254740992\n2,9007199254740993\n" * 9, "y",
        "line 2, column 'y': 9007199254740992 is too large for the name of a class",
    ),
    "decimal commas": (
        FRUIT.replace(",", ";").replace(".", ","), "fruit", "line 2, column 'size': '0,000' has a comma",
    ),
    "a line after a cell of several lines": (
        edited(edited(FRUIT, 4, 1, "li\nght"), 6, 0, "big"), "fruit", "line 7, column 'size': 'big' is no number",
    ),
    "one class": ("x,y\n" + "1,a\n2,a\n" * 10, "y", "column 'y' is a in every row: there is nothing to learn"),
    "one number": ("x,y\n" + "1,2.5\n2,2.5\n" * 10, "y", "column 'y' is 2.5 in every row: there is nothing to learn"),
    "a class of two rows": (
        edited(edited(FRUIT, 7, 2, "fig"), 9, 2, "fig"), "fruit",
        WHERE + "'fruit': the class 'fig' has 2 rows: at least 3 are needed to train, validate and test; add rows",
    ),
    "a class of one row": (edited(FRUIT, 7, 2, "fig"), "fruit", WHERE + "'fruit': the class 'fig' has 1 row:"),
    "a class for every row": (
        "x,y\n" + "".join(f"{i},n{i:02}\n" for i in range(30)), "y", r"line 2, column 'y': .* \(30 classes: is",
    ),
    "a text for every row": (
        "id,x,y\n" + "".join(f"n{i:02},{i},{i % 2}\n" for i in range(30)), "y",
        "column 'id' holds 30 different texts in 30 rows, such as 'n00': .* leave the column out",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "target", "message"), REFUSED.values(), ids=REFUSED)
def test_a_table_to_learn_from_is_refused(content, target, message, write):
    with pytest.raises(ValueError, match=message):
        read_table(write(content), target)


REFUSED_ARRAYS = {
    "a column that is not there": ("a.npy", ARRAY, "3", "has no column '3': its columns are 0 to 2, or -1 from"),
    "a name": ("a.npy", ARRAY, "y", "has no column 'y': its columns are 0 to 2"),
    "one dimension": ("a.npy", np.ones(5), "0", r"holds an array of shape \(5,\), expected rows and columns"),
    "no rows": ("a.npy", np.ones((0, 3)), "0", r"holds an array of shape \(0, 3\), expected rows and columns"),
    "complex numbers": ("a.npy", np.ones((N, 2), complex), "0", "holds complex128: save numbers or texts"),
    "nan": ("a.npy", np.where(ARRAY == 3.5, np.nan, ARRAY), "2", "row 7, column 'column 0': nan: numbers must be"),
    "no array": ("a.npy", "1,2\n3,4\n", "0", "is no file of NumPy arrays of numbers or texts, or is damaged"),
    "an empty file": ("a.npy", "", "0", "a.npy is empty"),
    "no arrays": ("a.npz", b"PK\x05\x06" + bytes(18), "y", "holds no arrays"),
    "no zip file": ("a.npz", b"PK\x03\x04 and more", "y", "is no file of NumPy arrays"),
    "an unknown name": ("a.npz", ARRAYS, "z", "has no column 'z': .*it has x, y$"),
    "a target of several columns": ("a.npz", {"x": ARRAY, "y": ARRAY}, "y", r"has no column 'y': .*it has x\[0\]"),
    "images": ("a.npz", {**ARRAYS, "image": np.ones((N, 4, 4))}, "y", r"image has the shape \(30, 4, 4\): reshape it"),
    "no inputs as long as the target": (
        "a.npz", {**ARRAYS, "x": np.ones(7)}, "y", "no column of inputs beside 'y', which has 30 rows; x has 7",
    ),
    "a name twice": (
        "a.npz", {**ARRAYS, "a": ARRAY, "a[0]": np.ones(N)}, "y", r"two columns are both named 'a\[0\]': rename one",
    ),
    "bytes beyond ASCII": ("a.npy", np.array([["é".encode()]] * N), "0", r"a\.npy holds texts that cannot be read: .*"),
    "an array of no numbers": ("a.npz", {**ARRAYS, "x": np.ones(0)}, "y", "holds an array without numbers"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "target", "message"), REFUSED_ARRAYS.values(), ids=REFUSED_ARRAYS)
def test_a_file_of_arrays_is_refused(name, content, target, message, write):
    with pytest.raises(ValueError, match=message):
        read_table(write(content, name), target)


def test_python_objects_in_an_array_are_not_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[1, "a"]], dtype=object))
    with pytest.raises(ValueError, match="is no file of NumPy arrays of numbers or texts"):
        read_table(tmp_path / "a.npy", "0")


def test_arrays_under_the_other_ending_are_told(tmp_path, write):
    for there, other, message in (("a.npy", "b.npz", "name it .npy"), ("a.npz", "b.npy", "name it .npz")):
        write(ARRAY if there == "a.npy" else ARRAYS, there).rename(tmp_path / other)
        with pytest.raises(ValueError, match=message):
            read_table(tmp_path / other, "0")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no table .*nowhere\.csv"):
        read_table(tmp_path / "nowhere.csv", "y")


def test_an_unknown_task_is_refused(write):
    with pytest.raises(ValueError, match="unknown task 'cluster': choose from auto, classification, regression"):
        read_table(write(FRUIT), "fruit", task="cluster")


def test_a_regression_of_texts_is_refused(write):
    with pytest.raises(ValueError, match="line 2, column 'fruit': 'apple' is no number, which regression needs"):
        read_table(write(FRUIT), "fruit", task="regression")


def test_more_rows_than_there_are_are_refused(write):
    with pytest.raises(ValueError, match="there are 24 rows to train on, 25 are too many"):
        read_table(write(FRUIT), "fruit", rows=25)
