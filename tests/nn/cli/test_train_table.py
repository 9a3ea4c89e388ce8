"""glassgrad train --csv: classes and numbers are learned from a table."""

import csv
import io
import re

import numpy as np
import pytest
from sklearn import datasets as sklearn_datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nn import load, predict
from nn.data.tables import read_table

from .conftest import call, history


def test_it_says_what_it_learns_from_a_table(fruit, tmp_path, capsys):
    call("train", "--csv", fruit / "fruit.csv", "--target", "fruit", "--epochs", 1, "--out", tmp_path)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "fruit: 43 rows to train on, 5 for validation, 12 held out for the test"
    inputs = "3 inputs: weight, colour=green, colour=red"
    assert said[1] == f"classification of fruit (apple, pear, plum) from {inputs}"


def test_whole_numbers_that_are_taken_for_classes_come_with_a_hint(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i},{i % 3}\n" for i in range(30)))
    table = ["--csv", tmp_path / "t.csv", "--target", "y", "--epochs", 1, "--out", tmp_path]
    call("train", *table)
    assert "--task regression predicts it as a number" in capsys.readouterr().out
    call("train", *table, "--task", "classification")
    assert "--task regression" not in capsys.readouterr().out


def test_a_table_of_classes_is_learned(fruit, capsys):
    data = read_table(fruit / "fruit.csv", "fruit")
    assert (predict(load(fruit / "out"), data.X_test).argmax(axis=1) == data.y_test).mean() > 0.9


def test_a_regression_says_its_metrics_in_the_units_of_the_target(houses, tmp_path, capsys):
    call("train", "--csv", houses / "houses.csv", "--target", "price", "--epochs", 30, "--out", tmp_path)
    data, said = read_table(houses / "houses.csv", "price"), capsys.readouterr().out
    outputs = predict(load(tmp_path), data.X_test)
    for name, metric in (
        ("mean absolute error", mean_absolute_error), ("mean squared error", mean_squared_error), ("r2", r2_score),
    ):  # fmt: skip
        assert re.search(rf"^test {name} +{re.escape(f'{metric(data.y_test, outputs):.6g}')}$", said, re.MULTILINE)
    assert "errors are in units of price, the loss (mse) is that of the standardised target" in said


def test_the_history_of_a_regression_is_in_the_units_of_the_target(houses):
    data, columns = read_table(houses / "houses.csv", "price"), history(houses / "out")
    outputs = predict(load(houses / "out"), data.X_validation)
    assert columns["val_mean_absolute_error"][-1] == pytest.approx(mean_absolute_error(data.y_validation, outputs))
    assert columns["val_mean_squared_error"][-1] == pytest.approx(mean_squared_error(data.y_validation, outputs))
    assert columns["val_r2"][-1] == pytest.approx(r2_score(data.y_validation, outputs))


def test_the_loss_of_a_regression_is_that_of_the_standardised_target(houses):
    data, columns = read_table(houses / "houses.csv", "price"), history(houses / "out")
    assert columns["val_loss"] == pytest.approx(np.array(columns["val_mean_squared_error"]) / data.y_train.var())


@pytest.mark.parametrize("loss", ["l1", "huber"])
def test_a_regression_can_have_another_loss(loss, houses, tmp_path, capsys):
    table = ["--csv", houses / "houses.csv", "--target", "price"]
    assert call("train", *table, "--loss", loss, "--epochs", 1, "--out", tmp_path) == 0
    assert load(tmp_path).info["loss"] == loss
    assert f"the loss ({loss}) is that of the standardised target" in capsys.readouterr().out


def as_csv(data):
    """A data set of scikit-learn as the text of a CSV file, with class names, and "target" as the last column."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*data.feature_names, "target"])
    names = getattr(data, "target_names", None)
    writer.writerows([*x, y if names is None else names[y]] for x, y in zip(data.data, data.target, strict=True))
    return text.getvalue()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_the_defaults_for_tables_are_as_good_as_an_mlp_of_scikit_learn(name, tmp_path):
    (tmp_path / "t.csv").write_text(as_csv(getattr(sklearn_datasets, f"load_{name}")()))
    assert call("train", "--csv", tmp_path / "t.csv", "--target", "target", "--out", tmp_path) == 0
    data = read_table(tmp_path / "t.csv", "target")
    outputs, options = predict(load(tmp_path), data.X_test), {"hidden_layer_sizes": (32,), "random_state": 0}
    if data.task == "classification":
        ours = accuracy_score(data.y_test, outputs.argmax(axis=1) if outputs.ndim > 1 else outputs > 0)
        theirs = make_pipeline(StandardScaler(), MLPClassifier(max_iter=200, **options))
    else:
        ours = r2_score(data.y_test, outputs)
        regressor = make_pipeline(StandardScaler(), MLPRegressor(max_iter=200, **options))
        theirs = TransformedTargetRegressor(regressor, transformer=StandardScaler())
    assert ours > theirs.fit(data.X_train, data.y_train).score(data.X_test, data.y_test) - 0.05  # of one split
