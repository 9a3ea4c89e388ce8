"""Files of tables: CSV in every spelling, NumPy's arrays, and damaged ones."""

import io
import re
import zipfile
from contextlib import suppress

import numpy as np
import pytest

from nn.data.table_files import read_file
from nn.data.tables import read_table

from .conftest import ARRAY, FRUIT, N, everything

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


# ---------------------------------------------------------------------------------------------------------------- NumPy


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


# -------------------------------------------------------------------------------------------------------------- refused


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
