"""Rows of a table to predict: read as the training read them, or refused."""

import numpy as np
import pytest

from nn.data.tables import input_names, read_rows, read_table

from .conftest import ARRAY, ARRAYS, FRUIT, everything

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
