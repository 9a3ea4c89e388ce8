"""Tables from files: what becomes of their columns, and what is refused, with line, column and value."""

import csv
import io
import re
import zipfile
from contextlib import suppress

import numpy as np
import pytest

from nn.data.table_files import read_file
from nn.data.tables import input_names, read_rows, read_table

N = 30
FRUIT = "size,colour,fruit\n" + "".join(
    f"{3 * i / 7:.3f},{'red' if i % 2 else 'green'},{('apple', 'pear', 'plum')[i % 3]}\n" for i in range(N)
)
HOUSES = "area,rooms,price\n" + "".join(f"{50 + i},{i % 4},{1000.5 * i}\n" for i in range(N))


@pytest.fixture
def write(tmp_path):
    """A function that writes a file, and gives its path."""

    def write(content, name="table.csv"):
        path = tmp_path / name
        if isinstance(content, dict):
            np.savez(path, **content)
        elif isinstance(content, np.ndarray):
            np.save(path, content)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def everything(data):
    """All rows, with their targets, in a fixed order."""
    parts = [(data.X_train, data.y_train), (data.X_validation, data.y_validation), (data.X_test, data.y_test)]
    return sorted([*row, y] for X, y_part in parts for row, y in zip(X.tolist(), y_part.tolist(), strict=True))


def edited(text, line, column, cell, delimiter=","):
    """The text with another cell in a line of the file, counted from 1."""
    rows = list(csv.reader(io.StringIO(text)))
    rows[line - 1][column] = cell
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


# ----------------------------------------------------------------------------------------------- what becomes of it


def test_texts_as_target_are_classes(write):
    data = read_table(write(FRUIT), "fruit")
    assert (data.name, data.task, data.target) == ("table", "classification", "fruit")
    assert data.classes == ["apple", "pear", "plum"]
    assert data.inputs == ["size", "colour=green", "colour=red"]
    assert (data.image_shape, data.largest_input) == (None, None)


def test_every_cell_arrives(write):
    expected = sorted([float(f"{3 * i / 7:.3f}"), 1 - i % 2, i % 2, i % 3] for i in range(N))
    assert everything(read_table(write(FRUIT), "fruit")) == expected


def test_numbers_as_target_are_a_regression(write):
    data = read_table(write(HOUSES), "price")
    assert (data.task, data.classes, data.inputs) == ("regression", [], ["area", "rooms"])
    assert everything(data) == sorted([50 + i, i % 4, 1000.5 * i] for i in range(N))


def test_few_whole_numbers_as_target_are_classes(write):
    data = read_table(write(HOUSES), "rooms")
    assert (data.task, data.classes) == ("classification", ["0", "1", "2", "3"])


@pytest.mark.parametrize(("different", "task"), [(20, "classification"), (21, "regression")])
def test_more_than_20_whole_numbers_are_a_regression(different, task, write):
    rows = "".join(f"{i},{i % different}\n" for i in range(5 * different))
    assert read_table(write("x,y\n" + rows), "y").task == task


def test_the_task_can_be_chosen(write):
    data = read_table(write(HOUSES), "rooms", task="regression")
    assert (data.task, data.classes, data.y_train.dtype) == ("regression", [], float)


def test_numbers_that_are_not_whole_can_be_classes(write):
    rows = "".join(f"{i},{(0.1, -2.5)[i % 2]}\n" for i in range(N))
    assert read_table(write("x,y\n" + rows), "y", task="classification").classes == ["-2.5", "0.1"]


def test_a_class_is_named_as_its_first_row_spells_it(write):
    rows = "".join(f"{i},{('-0', '0', '1.50', '1.5', '1e1', '10')[i % 6]}\n" for i in range(N))
    assert read_table(write("x,y\n" + rows), "y", task="classification").classes == ["0", "1.50", "1e1"]


def test_a_regression_that_floats_cannot_standardise_is_refused_with_its_column(write):
    for factor, size in (("e-170", "small"), ("e170", "large")):
        path = write("x,y\n" + "".join(f"{i},{i}.5{factor}\n" for i in range(N)))
        with pytest.raises(ValueError, match=f"column 'y' holds .*, too {size} for their variance .*: give them in ot"):
            read_table(path, "y")


def test_a_constant_column_is_an_input(write):
    text = "same,x,y\n" + "".join(f"7,{i},{0.5 * i}\n" for i in range(N))
    assert read_table(write(text), "y").inputs == ["same", "x"]


def test_columns_know_their_categories(write):
    assert read_table(write(FRUIT), "fruit").columns == [
        {"name": "size", "categories": None},
        {"name": "colour", "categories": ["green", "red"]},
    ]


# ----------------------------------------------------------------------------------------------------------- split


def test_a_fifth_is_for_the_test_and_a_tenth_of_the_rest_for_validation(write):
    data = read_table(write(HOUSES), "price")
    assert (len(data.y_train), len(data.y_validation), len(data.y_test)) == (21, 3, 6)


def test_classes_have_equal_shares_in_every_part(write):
    data = read_table(write(FRUIT), "fruit")
    parts = data.y_train, data.y_validation, data.y_test
    assert [np.bincount(y, minlength=3).tolist() for y in parts] == [[7, 7, 7], [1, 1, 1], [2, 2, 2]]


def test_without_validation_there_are_no_validation_rows(write):
    data = read_table(write(HOUSES), "price", validation=0)
    assert (data.X_validation.shape, len(data.y_train)) == ((0, 2), 24)


def test_a_seed_gives_the_same_split(write):
    path = write(HOUSES)
    one, same, other = (read_table(path, "price", seed=seed).y_test.tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_rows_limit_what_is_trained_on_and_tested(write):
    data = read_table(write(HOUSES), "price", rows=10, validation=0)
    assert (len(data.y_train), len(data.y_test)) == (10, 6)
    assert set(data.y_train) < set(read_table(write(HOUSES), "price", validation=0).y_train)


@pytest.mark.parametrize("seed", range(5))
def test_rows_to_train_on_hold_every_class_in_its_share(seed, write):
    data = read_table(write(FRUIT), "fruit", seed=seed, rows=9, validation=0)
    assert np.bincount(data.y_train, minlength=3).tolist() == [3, 3, 3]


@pytest.mark.parametrize("rows", [0, -5, 2.5])
def test_rows_that_are_no_count_are_refused(rows, write):
    with pytest.raises(ValueError, match=f"rows must be a whole number of at least 1, got {rows}"):
        read_table(write(HOUSES), "price", rows=rows)


def rare(held_out):
    """A table of a colour for every row: "rare" in those held out, "common" in those to train on."""
    colours = ["rare" if 1000.5 * i in held_out else "common" for i in range(N)]
    return "price,colour,area\n" + "".join(f"{1000.5 * i},{colour},{50 + i}\n" for i, colour in enumerate(colours))


@pytest.mark.parametrize("part", ["y_validation", "y_test"])
def test_categories_are_those_of_the_rows_to_train_on(part, write):
    held_out = getattr(read_table(write(HOUSES), "price"), part)
    data = read_table(write(rare(held_out)), "price")
    assert data.inputs == ["colour=common", "area"]
    assert data.columns[0] == {"name": "colour", "categories": ["common"]}
    parts = {"y_train": data.X_train, "y_validation": data.X_validation, "y_test": data.X_test}
    assert {name: set(X[:, 0]) for name, X in parts.items()} == {name: {float(name != part)} for name in parts}


def test_a_column_has_100_categories_at_most(write):
    for n, refused in ((100, False), (101, True)):
        path = write("x,y\n" + "".join(f"n{i % n:03},{i / 7}\n" for i in range(300)))
        if refused:
            with pytest.raises(ValueError, match=r"column 'x' holds 101 different texts in 300 rows, .* leave the col"):
                read_table(path, "y")
        else:
            assert len(read_table(path, "y").inputs) <= 100


def test_every_class_is_in_the_test_of_a_small_table(write):
    text = "x,y\n" + "".join(f"{i},{'abcd'[i % 4]}\n" for i in range(12))
    data = read_table(write(text), "y")
    assert sorted(data.y_test.tolist()) == [0, 1, 2, 3]


# ------------------------------------------------------------------------------------------------------------- CSV

SAME = {
    "a byte order mark": b"\xef\xbb\xbf" + FRUIT.encode(),
    "semicolons": FRUIT.replace(",", ";"),
    "tabs": FRUIT.replace(",", "\t"),
    "Windows' line ends": FRUIT.replace("\n", "\r\n"),
    "old Macs' line ends": FRUIT.replace("\n", "\r"),
    "no line end at the end": FRUIT.rstrip(),
    "blank lines": "\n" + FRUIT.replace("\n", "\n\n"),
    "spaces around cells": FRUIT.replace(",", " , "),
    "quotes": re.sub(r"(?m)^(.+),(.+),(.+)$", r'"\1","\2","\3"', FRUIT),
}


@pytest.mark.parametrize("content", SAME.values(), ids=SAME)
def test_another_spelling_gives_the_same_table(content, write):
    data, same = read_table(write(FRUIT), "fruit"), read_table(write(content), "fruit")
    assert (same.X_train == data.X_train).all()
    assert (same.y_test == data.y_test).all()
    assert same.inputs == data.inputs


@pytest.mark.parametrize("header", ["size, in cm;y", "size\tin cm;y", '"a;b";y'])
def test_another_delimiter_in_a_name_is_no_delimiter(header, write):
    table = read_file(write(header + "\n1.5;2\n2.5;3\n"))
    assert list(table.columns) == [header.replace('"', "").removesuffix(";y"), "y"]


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_ends(write):
    table = read_file(write('a,b\n"x, ""y""\nz",1\n'))
    assert table.columns == {"a": ['x, "y"\nz'], "b": ["1"]}


# ----------------------------------------------------------------------------------------------------------- NumPy

ARRAY = np.column_stack([np.arange(N) * 0.5, np.arange(N) % 3, np.arange(N) ** 2 + 0.5])


@pytest.mark.parametrize(
    ("target", "name"), [("2", "column 2"), ("-1", "column 2"), ("0", "column 0"), ("-2", "column 1")]
)
def test_the_target_of_an_array_is_a_number(target, name, write):
    data = read_table(write(ARRAY, "a.npy"), target)
    assert data.target == name
    assert data.inputs == [f"column {i}" for i in range(3) if f"column {i}" != name]


def test_an_array_of_texts_is_read_as_a_csv_file_is(write):
    cells = np.array([line.split(",") for line in FRUIT.splitlines()[1:]])
    data, same = read_table(write(FRUIT), "fruit"), read_table(write(cells, "a.npy"), "2")
    assert (same.X_train == data.X_train).all()
    assert same.classes == data.classes


def test_arrays_by_name_become_columns(write):
    arrays = {"X": ARRAY[:, :2], "extra": np.arange(N), "column": ARRAY[:, :1], "y": ARRAY[:, 2], "other": np.ones(3)}
    data = read_table(write(arrays, "a.npz"), "y")
    assert data.inputs == ["X[0]", "X[1]", "extra", "column"]
    assert everything(data) == sorted([x, k, i, x, y] for i, (x, k, y) in enumerate(ARRAY.tolist()))


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.uint64, bool])
def test_arrays_may_hold_numbers_of_any_type(dtype, write):
    array = (np.arange(4 * N).reshape(-1, 4) // 3 % 2).astype(dtype)
    data = read_table(write(array, "a.npy"), "-1")
    assert (data.X_train.dtype, data.classes) == (float, ["0", "1"])


# ---------------------------------------------------------------------------------------------------------- refused

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


ARRAYS = {"x": np.arange(N), "y": np.arange(N) % 2}
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


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


NPY, NPZ = npy(np.ones((N, 2))), zipped({"x.npy": npy(np.ones(N)), "y.npy": npy(np.arange(N))})
DAMAGED = {
    "a header that does not end": ("a.npy", NPY.replace(b"'shape': (", b"'shape': [")),
    "a header that is no Python": ("a.npy", NPY.replace(b"{'descr'", b"\"{'desc")),
    "a member that is no array": ("a.npz", zipped({"x.npy": npy(np.ones(N)), "read me": b"text"})),
    "an unknown compression": ("a.npz", NPZ.replace(b"\x08\0", b"\x63\0")),
    "an encrypted member": ("a.npz", NPZ.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0")),
    "a member cut off": ("a.npz", NPZ[:60] + NPZ[80:]),
}


@pytest.mark.parametrize(("name", "content"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_of_arrays_is_named(name, content, write):
    assert content not in (NPY, NPZ)
    with pytest.raises(
        ValueError, match=rf"{re.escape(name)} is no file of NumPy arrays of numbers or texts, or is da"
    ):
        read_file(write(content, name))


@pytest.mark.parametrize(("name", "content"), [("a.npy", NPY), ("a.npz", NPZ)])
def test_any_byte_may_be_damaged(name, content, write):
    rng = np.random.default_rng(0)
    for _ in range(300):
        damaged = bytearray(content)
        damaged[rng.integers(min(len(content), 400))] = rng.integers(256)
        with suppress(ValueError):  # and nothing else; what the file says is not checked by a sum, so it may be read
            read_file(write(bytes(damaged), name))


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


# ------------------------------------------------------------------------------------------------------- to predict

COLUMNS = [{"name": "size", "categories": None}, {"name": "colour", "categories": ["green", "red"]}]


def test_rows_are_read_as_the_training_read_them(write):
    path = write(FRUIT)
    data, rows = read_table(path, "fruit"), read_rows(path, COLUMNS)
    assert sorted(rows.tolist()) == sorted(row[:-1] for row in everything(data))


def test_columns_are_found_by_name_and_others_left_out(write):
    rows = read_rows(write("note,colour,size\n,red,1.5\nnew,green,2\n"), COLUMNS)
    assert rows.tolist() == [[1.5, 0.0, 1.0], [2.0, 1.0, 0.0]]


def test_one_row_is_enough(write):
    assert read_rows(write("size,colour\n1,red\n"), COLUMNS).tolist() == [[1.0, 0.0, 1.0]]


NUMBERED = [{"name": f"column {i}", "categories": None} for i in (1, 2)]


def test_columns_of_an_array_are_found_by_number(write):
    assert (read_rows(write(ARRAY, "a.npy"), NUMBERED) == ARRAY[:, 1:]).all()


def test_an_array_of_just_the_inputs_is_taken_in_their_order(write):
    assert (read_rows(write(ARRAY[:, 1:], "a.npy"), NUMBERED) == ARRAY[:, 1:]).all()


def test_arrays_by_name_are_found_by_name(write):
    columns = [{"name": name, "categories": None} for name in ("y", "x")]
    rows = read_rows(write({**ARRAYS, "other": np.ones(3)}, "a.npz"), columns)
    assert rows[5].tolist() == [1.0, 5.0]


REFUSED_ROWS = {
    "a missing column": ("size\n1\n", "has no column 'colour', which the model was trained on: it has size$"),
    "an unknown category": (
        "size,colour\n1,red\n2,blue\n",
        "line 3, column 'colour': unknown category 'blue': the model was trained on green, red",
    ),
    "a text for a number": (
        "size,colour\n1,red\nbig,red\n",
        "line 3, column 'size': 'big' is no number, but the model was trained on numbers there",
    ),
    "texts for numbers": ("size,colour\nbig,red\n", "line 2, column 'size': 'big' is no number, but the model"),
    "an empty cell": ("size,colour\n,red\n", "line 2, column 'size': the cell is empty"),
    "an empty category": ("size,colour\n1,\n", "line 2, column 'colour': unknown category ''"),
    "nan": ("size,colour\nnan,red\n", "line 2, column 'size': nan: numbers must be finite"),
    "a number for a category": ("size,colour\n1,2\n", "line 2, column 'colour': unknown category '2'"),
    "no header": ("1,2\n3,4\n", "has no header"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED_ROWS.values(), ids=REFUSED_ROWS)
def test_rows_to_predict_are_refused(content, message, write):
    with pytest.raises(ValueError, match=message):
        read_rows(write(content), COLUMNS)


def test_arrays_of_different_length_are_refused(write):
    columns = [{"name": name, "categories": None} for name in ("x", "y")]
    with pytest.raises(ValueError, match=r"holds inputs of different lengths: x 30, y 3$"):
        read_rows(write({**ARRAYS, "y": np.ones(3)}, "a.npz"), columns)


def test_numbers_of_an_array_may_be_categories_that_were_texts(write):
    columns = [{"name": "x", "categories": ["1", "2"]}]
    assert read_rows(write({"x": np.array([2, 1])}, "a.npz"), columns).tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    "columns",
    [None, [], 3, ["size"], [{}], [{"name": "size"}], [{"name": 1, "categories": None}],
     [{"name": "size", "categories": "red"}], [{"name": "size", "categories": [1]}]],
    ids=str,
)  # fmt: skip
def test_columns_of_a_damaged_model_are_refused(columns, write):
    with pytest.raises(ValueError, match="the model was saved with"):
        read_rows(write(FRUIT), columns)


def test_inputs_are_named_after_columns_and_categories():
    assert [name for column in COLUMNS for name in input_names(column)] == ["size", "colour=green", "colour=red"]
