"""The page's points are those of `nn.datasets`, and are split as there: by tests/nn/data, as by scikit-learn."""

from functools import partial

import numpy as np
import pytest

from nn.data import points
from nn.data.splitting import hold_out

MODULE = "numbers/datasets.js"
CLOSE = {"rel": 1e-12, "abs": 1e-12}
PYTHON = {
    "moons": points.half_circles, "circles": points.whole_circles, "xor": points.quadrants, "spirals": points.arms,
    "blobs": points.clusters, "wave": points.waves,
}  # fmt: skip


@pytest.fixture(scope="module")
def make(compute):
    return lambda name, **given: compute(MODULE, f"return m.DATASETS.{name}.make(given);", given)


@pytest.fixture(scope="module")
def split_rows(compute):
    body = "return m.splitRows(given.data, given.share, given.seed);"
    return lambda data, share, seed=0: compute(MODULE, body, {"data": data, "share": share, "seed": seed})


def agree(made, X, y):
    assert np.array(made["X"]) == pytest.approx(X, **CLOSE)
    assert np.array(made["y"]) == pytest.approx(y, **CLOSE)


@pytest.mark.parametrize(("rows", "noise", "seed", "classes"), [(300, 0.1, 0, 2), (43, 0.3, 7, 3), (1, 0.1, 1, 6)])
@pytest.mark.parametrize("name", PYTHON)
def test_points_are_those_of_python(make, name, rows, noise, seed, classes):
    draw = partial(PYTHON[name], classes=classes) if name in ("spirals", "blobs") else PYTHON[name]
    made = make(name, rows=rows, noise=noise, seed=seed, classes=classes)
    agree(made, *draw(rows, noise, np.random.RandomState(seed)))


def test_the_page_knows_all_sets_and_what_they_are(compute):
    told = compute(MODULE, "return Object.entries(m.DATASETS).map(([name, each]) => [name, each.task, each.classes]);")
    assert told == [
        ["moons", "classification", 2], ["circles", "classification", 2], ["xor", "classification", 2],
        ["spirals", "classification", 6], ["blobs", "classification", 6], ["wave", "regression", 0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rows": 0}, "rows must be a whole number of at least 1, got 0"),
        ({"rows": 2.5}, "rows must be a whole number of at least 1, got 2.5"),
        ({"noise": -0.1}, "noise must be at least 0 and finite, got -0.1"),
        ({"noise": None}, "noise must be at least 0 and finite, got null"),
        ({"seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1"),
        ({"classes": 1}, "classes must be a whole number from 2 to 6, got 1"),
        ({"classes": 7}, "classes must be a whole number from 2 to 6, got 7"),
    ],
)
def test_what_no_points_can_be_made_of_is_refused(make, wrong, said):
    with pytest.raises(RuntimeError, match=f"^RangeError: {said}$"):
        make("blobs", **({"rows": 10, "noise": 0.1, "seed": 0, "classes": 2} | wrong))


def expected(data, of_classes, share, seed):
    X_train, y_train, X_test, y_test = hold_out(np.array(data["X"]), np.array(data["y"]), share, seed, of_classes)
    return {
        "train": {"X": X_train.tolist(), "y": y_train.tolist()},
        "test": {"X": X_test.tolist(), "y": y_test.tolist()},
    }


@pytest.mark.parametrize("share", [0.1, 0.14, 0.5])  # 0.14·50 is 7.000000000000001
def test_equal_classes_are_split_as_in_python(make, split_rows, share):
    data = make("blobs", rows=50, noise=0.1, seed=3, classes=3)
    assert split_rows(data, share, 5) == expected(data, True, share, 5)


@pytest.mark.parametrize("seed", range(8))
def test_unequal_classes_are_split_as_in_python(split_rows, seed):
    random = np.random.RandomState(seed)
    y = random.choice([-1, 0, 2, 10], 37, p=[0.1, 0.2, 0.3, 0.4]).tolist()
    data = {"X": [[i, -i] for i in range(37)], "y": y}
    assert split_rows(data, 0.3, seed) == expected(data, True, 0.3, seed)


def test_rows_of_a_regression_are_split_at_random(split_rows):
    data = {"X": [[i, 0] for i in range(8)], "y": [0.5, 0.5, 1.5, 1.5, 2.5, 2.5, 3.5, 3.5], "task": "regression"}
    assert split_rows(data, 0.5, 1) == expected(data, False, 0.5, 1)
    assert split_rows(data, 0.5, 1) != expected(data, True, 0.5, 1)


def test_a_class_of_one_row_is_split_at_random(split_rows):
    data = {"X": [[i, 0] for i in range(9)], "y": [0, 1, 1, 1, 1, 0, 2, 1, 1]}
    assert split_rows(data, 0.3, 2) == expected(data, True, 0.3, 2)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.8, 0.9])  # 1 and 9 rows are too few for both classes, 2 are enough
def test_rows_that_just_hold_every_class_are_split_by_class(split_rows, share):
    data = {"X": [[i, 0] for i in range(10)], "y": [0, 0, 1, 1, 1, 1, 0, 0, 1, 1]}
    assert split_rows(data, share, 4) == expected(data, True, share, 4)


def test_without_a_share_all_rows_are_there_to_train_on_in_their_order(split_rows):
    data = {"X": [[1, 2], [3, 4]], "y": [0, 1]}
    assert split_rows(data, 0) == {"train": data, "test": {"X": [], "y": []}}


@pytest.mark.parametrize("share", [-0.1, 1, 0.95, None])
def test_a_share_that_leaves_nothing_is_refused(split_rows, share):
    data = {"X": [[i, 0] for i in range(10)], "y": [0, 1] * 5}
    with pytest.raises(RuntimeError, match=r"^RangeError: a share of .* of 10 rows for the test leaves none"):
        split_rows(data, share)
