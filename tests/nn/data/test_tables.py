"""Tables: what becomes of their columns, and how their rows are split."""

import numpy as np
import pytest

from nn.data.tables import read_table

from .conftest import FRUIT, HOUSES, N, everything


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


# ---------------------------------------------------------------------------------------------------------------- split


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
