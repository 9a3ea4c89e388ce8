"""glassgrad predict, of a table: what it says of each row, and what it refuses."""

import csv
import io

import numpy as np
import pytest
from sklearn.metrics import r2_score

from nn import load, predict

from .conftest import FRUIT, HOUSES, assert_refused, call


def said_rows(capsys):
    return list(csv.reader(io.StringIO(capsys.readouterr().out)))


def test_predict_gives_the_class_of_every_row_and_its_probability(fruit, capsys):
    assert call("predict", fruit / "out", fruit / "fruit.csv") == 0
    header, *rows = said_rows(capsys)
    assert header == ["fruit", "probability"]
    true = [line.split(";")[2] for line in FRUIT.splitlines()[1:]]
    assert np.mean([row[0] == name for row, name in zip(rows, true, strict=True)]) > 0.9
    assert all(1 / 3 < float(row[1]) <= 1 for row in rows)


def test_the_probability_is_the_softmax_of_the_outputs(fruit, capsys):
    model = load(fruit / "out")
    (fruit / "one.csv").write_text("weight,colour\n41,red\n")
    call("predict", fruit / "out", fruit / "one.csv")
    exponentials = np.exp(predict(model, [[41.0, 0.0, 1.0]])[0])
    _, (name, probability) = said_rows(capsys)
    assert name == model.info["classes"][exponentials.argmax()]
    assert float(probability) == pytest.approx(exponentials.max() / exponentials.sum(), abs=1e-4)


def test_one_logit_gives_the_probabilities_of_two_classes(moons, tmp_path, capsys):
    (tmp_path / "points.csv").write_text("x2,x1\n0.9,-0.1\n-0.4,1.1\n")
    assert call("predict", moons, tmp_path / "points.csv") == 0
    logits = predict(load(moons), [[-0.1, 0.9], [1.1, -0.4]])
    header, *rows = said_rows(capsys)
    assert header == ["moon", "probability"]
    assert [row[0] for row in rows] == [str(int(logit > 0)) for logit in logits]
    assert [float(row[1]) for row in rows] == pytest.approx(1 / (1 + np.exp(-abs(logits))), abs=1e-4)


class Screen(io.TextIOWrapper):
    """A standard output of another encoding; a terminal or not."""

    def __init__(self, is_terminal):
        super().__init__(io.BytesIO(), encoding="latin-1")
        self.isatty = lambda: is_terminal


@pytest.mark.parametrize(("is_terminal", "encoding"), [(True, "latin-1"), (False, "utf-8")])
def test_a_file_is_in_utf8_and_a_terminal_keeps_its_encoding(fruit, monkeypatch, is_terminal, encoding):
    screen = Screen(is_terminal)
    monkeypatch.setattr("sys.stdout", screen)
    assert call("predict", fruit / "out", fruit / "fruit.csv") == 0
    assert screen.encoding == encoding


def test_predict_gives_numbers_in_the_units_of_the_target(houses, capsys):
    assert call("predict", houses / "out", houses / "houses.csv") == 0
    header, *rows = said_rows(capsys)
    true = [float(line.split(",")[2]) for line in HOUSES.splitlines()[1:]]
    assert header == ["price"]
    assert r2_score(true, [float(row[0]) for row in rows]) > 0.9


@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_arrays_are_learned_and_predicted(ending, tmp_path, capsys):
    x = np.linspace(-1, 1, 40)
    if ending == ".npy":
        np.save(tmp_path / "t.npy", np.column_stack([x, x**2, 3 * x]))
    else:
        np.savez(tmp_path / "t.npz", X=np.column_stack([x, x**2]), y=3 * x)
    target = {".npy": "-1", ".npz": "y"}[ending]
    table = tmp_path / f"t{ending}"
    options = ["--target", target, "--epochs", 60, "--learning-rate", 0.05, "--out", tmp_path / "out"]
    assert call("train", "--csv", table, *options) == 0
    capsys.readouterr()
    assert call("predict", tmp_path / "out", table) == 0
    header, *rows = said_rows(capsys)
    assert header == [{".npy": "column 2", ".npz": "y"}[ending]]
    assert r2_score(3 * x, [float(row[0]) for row in rows]) > 0.9


def test_predict_names_a_column_that_is_missing(fruit, capsys):
    (fruit / "narrow.csv").write_text("weight\n3\n")
    message = "has no column 'colour', which the model was trained on: it has weight"
    assert_refused(capsys, ["predict", fruit / "out", fruit / "narrow.csv"], message)


def test_predict_names_a_category_that_the_model_does_not_know(fruit, capsys):
    (fruit / "blue.csv").write_text("weight,colour\n3,red\n4,blue\n")
    message = "line 3, column 'colour': unknown category 'blue': the model was trained on green, red"
    assert_refused(capsys, ["predict", fruit / "out", fruit / "blue.csv"], message)


def test_predict_names_a_missing_table(fruit, capsys):
    assert_refused(capsys, ["predict", fruit / "out", "nowhere.csv"], r"there is no table nowhere\.csv")


def test_predict_refuses_a_table_for_a_model_of_images(digit_model, fruit, capsys):
    message = r"was trained on digits: give it an image, not the table .*fruit\.csv"
    assert_refused(capsys, ["predict", digit_model, fruit / "fruit.csv"], message)
