"""The command: what it writes, what it says, and what it refuses, in one line."""

import csv
import io
import os
import re
import struct
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file
from sklearn import datasets as sklearn_datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import nn.report
import nn.training
from nn import MLP, SGD, CosineDecay, DiagnosisWarning, EarlyStopping, WarmUp, datasets, fit, load, predict, save
from nn.cli.options import make_optimizer
from nn.cli.parser import main
from nn.data.tables import read_table

SCRIPT = Path(sys.executable).with_name("glassgrad")
CHECKPOINT, PREVIOUS = "checkpoint.safetensors", "checkpoint.previous.safetensors"
WRITTEN = {CHECKPOINT, "history.csv", "model.safetensors"}


def call(*arguments):
    """The exit status of the command."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as exit:
        return exit.code


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def weights(folder):
    return [p.data for p in load(folder).parameters()]


def history(folder):
    """The columns of history.csv, by name."""
    with (folder / "history.csv").open() as file:
        header, *rows = csv.reader(file)
    return {name: [float(row[i]) for row in rows] for i, name in enumerate(header)}


@pytest.fixture(scope="module")
def moons(tmp_path_factory):
    """The folder of a short training on moons, with its report."""
    folder = tmp_path_factory.mktemp("moons")
    assert call("train", "moons", "--epochs", 2, "--hidden", 4, "--out", folder) == 0
    return folder


@pytest.fixture(scope="module")
def digit_model(tmp_path_factory):
    """The folder of a short training on digits, with its report."""
    folder = tmp_path_factory.mktemp("digits")
    options = ["--rows", 60, "--epochs", 1, "--hidden", 8, "--batch-size", 4, "--learning-rate", 0.02]
    assert call("train", "digits", *options, "--out", folder) == 0
    return folder


N = 60
FRUIT = "weight;colour;fruit\n" + "".join(
    f"{20 * (i % 3) + i % 7 + 0.5};{('red', 'green')[i % 2]};{('apple', 'pear', 'plum')[i % 3]}\n" for i in range(N)
)
HOUSES = "area,district,price\n" + "".join(
    f"{50 + i},{('east', 'west')[i % 2]},{200_000 + 1000 * i + 40_000.5 * (i % 2)}\n" for i in range(N)
)


def trained_on_table(folder, name, text, target):
    (folder / name).write_text(text)
    options = ["--target", target, "--epochs", 40, "--hidden", 8, "--learning-rate", 0.03]
    assert call("train", "--csv", folder / name, *options, "--out", folder / "out") == 0
    return folder


@pytest.fixture(scope="module")
def fruit(tmp_path_factory):
    """The folder of a training on a table of classes, with its report; it holds the table, too."""
    return trained_on_table(tmp_path_factory.mktemp("fruit"), "fruit.csv", FRUIT, target="fruit")


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """The folder of a training on a table of numbers, with its report; it holds the table, too."""
    return trained_on_table(tmp_path_factory.mktemp("houses"), "houses.csv", HOUSES, target="price")


@pytest.fixture(autouse=True)
def no_report(monkeypatch):
    """The report takes longer than these trainings; those of the fixtures above have theirs."""
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: [])


@pytest.fixture
def no_training(monkeypatch):
    """Any training fails the test."""

    def fit(*arguments, **options):
        raise AssertionError("it has begun to train")

    monkeypatch.setattr(nn.training, "fit", fit)


# ----------------------------------------------------------------------------------------------------------- train


@pytest.mark.parametrize("data", ["moons", "digits", "fruit", "houses"])
def test_a_training_writes_its_files(data, moons, digit_model, fruit, houses):
    folder = {"moons": moons, "digits": digit_model, "fruit": fruit / "out", "houses": houses / "out"}[data]
    written = files(folder)
    assert set(written) > {*WRITTEN, "report.html"}
    assert {Path(name).suffix for name in written} >= {".png", ".svg"}


def mnist_files(folder):
    rng = np.random.default_rng(0)
    for part, count in (("train", 40), ("t10k", 10)):
        images, labels = rng.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count, dtype=np.uint8) % 10
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            (folder / name).write_bytes(header + array.tobytes())


def test_mnist_writes_its_files(tmp_path):
    mnist_files(tmp_path)
    out = tmp_path / "new" / "out"
    assert call("train", "mnist", "--data", tmp_path, "--epochs", 1, "--hidden", 2, "--out", out) == 0
    assert set(files(out)) == WRITTEN
    assert load(out).info["data"] == "mnist"


def test_the_default_folder_is_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("train", "moons", "--rows", 20, "--epochs", 1, "--hidden", 2) == 0
    assert set(files(tmp_path / "runs" / "moons")) == WRITTEN


def test_the_default_folder_of_a_table_has_its_name(tmp_path, monkeypatch, fruit):
    monkeypatch.chdir(tmp_path)
    assert call("train", "--csv", fruit / "fruit.csv", "--target", "fruit", "--epochs", 1) == 0
    assert set(files(tmp_path / "runs" / "fruit")) == WRITTEN


@pytest.mark.parametrize("name", ["moons", "Digits", "mnist"])
def test_a_table_called_as_our_data_does_not_take_their_folder(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{name}.csv").write_text(FRUIT)
    assert call("train", "--csv", f"{name}.csv", "--target", "fruit", "--epochs", 1, "--hidden", 2) == 0
    assert files(tmp_path / "runs") == [f"{name}-table"]
    assert f"wrote to {Path('runs', name)}-table: " in capsys.readouterr().out


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("out", ["", "link"])
def test_a_table_that_the_training_would_write_over_is_refused(out, tmp_path, capsys):
    (tmp_path / "history.csv").write_text(FRUIT)
    (tmp_path / "link").symlink_to(tmp_path)
    arguments = ["train", "--csv", tmp_path / "history.csv", "--target", "fruit", "--out", tmp_path / out]
    message = r"the training would write its history\.csv over the table .*history\.csv: give another folder as --out"
    assert_refused(capsys, arguments, message)
    assert (tmp_path / "history.csv").read_text() == FRUIT


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("name", ["model.safetensors", CHECKPOINT, "report.html", "neuron.svg", "weights.png"])
def test_a_link_through_which_a_table_would_be_written_over_is_refused(name, tmp_path, capsys):
    (tmp_path / "t.csv").write_text(FRUIT)
    (tmp_path / name).symlink_to(tmp_path / "t.csv")
    arguments = ["train", "--csv", tmp_path / "t.csv", "--target", "fruit", "--out", tmp_path]
    assert_refused(capsys, arguments, f"the training would write its {re.escape(name)} over the table")


def test_all_that_a_training_writes_is_known_beforehand(moons, digit_model, fruit, houses):
    written = {name for folder in (moons, digit_model, fruit / "out", houses / "out") for name in files(folder)}
    assert written == {*WRITTEN, *nn.report.FILES}


def test_the_history_has_a_line_for_every_epoch(moons):
    assert history(moons)["epoch"] == [1.0, 2.0]


def test_the_history_has_the_metrics_of_classes(moons):
    names = ["loss", "accuracy", "precision", "recall", "f1"]
    assert list(history(moons)) == ["epoch", *names, *(f"val_{name}" for name in names)]


def test_without_validation_rows_the_history_has_no_columns_of_them(tmp_path):
    call("train", "moons", "--rows", 20, "--epochs", 1, "--validation", 0, "--out", tmp_path)
    assert list(history(tmp_path)) == ["epoch", "loss", "accuracy", "precision", "recall", "f1"]


def test_the_options_reach_the_model(tmp_path, capsys):
    options = ["--rows", 20, "--hidden", "3,2", "--activation", "tanh", "--init", "uniform(0,1)", "--epochs", 1]
    assert call("train", "moons", *options, "--out", tmp_path) == 0
    model = load(tmp_path / "model.safetensors")
    assert model.architecture() == {"n_inputs": 2, "sizes": [3, 2, 1], "activation": "tanh", "output": "linear"}
    assert "20 rows to train on" not in (said := capsys.readouterr().out)
    assert "18 rows to train on, 2 for validation, 5 held out for the test" in said


def test_it_trains_as_its_options_say(tmp_path):
    options = ["--rows", 20, "--hidden", 3, "--activation", "tanh", "--init", "uniform(0,1)", "--optimizer", "sgd"]
    options += ["--learning-rate", 0.3, "--epochs", 3, "--batch-size", 5, "--l1", 0.01, "--l2", 0.1, "--seed", 7]
    options += ["--momentum", 0.5, "--weight-decay", 0.02, "--schedule", "cosine", "--warm-up", 1, "--clip-norm", 0.4]
    options += ["--scale", "standard", "--validation", 0.2, "--patience", 1]
    assert call("train", "moons", *options, "--out", tmp_path) == 0
    data = datasets.moons(seed=7, rows=20, validation=0.2)
    model = MLP(2, [3, 1], "tanh", init="uniform(0,1)", seed=7)
    model.scaler = StandardScaler().fit(data.X_train)
    rate = WarmUp(CosineDecay(0.3, steps=8), steps=4)
    optimizer = SGD(model.parameters(), lr=rate, momentum=0.5, weight_decay=0.02)
    fit(
        model, data.X_train, data.y_train, loss="binary_cross_entropy_with_logits", epochs=3, batch_size=5, l1=0.01,
        l2=0.1, optimizer=optimizer, clip_norm=0.4, callbacks=EarlyStopping(patience=1), seed=7, progress=False,
        validation_data=(data.X_validation, data.y_validation),
    )  # fmt: skip
    assert weights(tmp_path) == [p.data for p in model.parameters()]


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        ("step", [1.0, 1.0, 0.1, 0.1, 0.01, 0.01]),
        ("exponential", [0.01 ** (t / 6) for t in range(6)]),
        ("cosine", [(1 + np.cos(np.pi * t / 6)) / 2 for t in range(6)]),
    ],
)
def test_a_schedule_is_spread_over_the_whole_training(schedule, rates):
    options = nn.cli.parser._parser().parse_args(["train", "moons", "--schedule", schedule])
    options.learning_rate, options.batch_size, options.epochs = 1.0, 5, 3
    optimizer = make_optimizer(MLP(1, [1]), options, n_rows=9)  # 2 steps in each of 3 epochs
    taken = [optimizer.lr if optimizer.schedule is None else optimizer.schedule(t) for t in range(6)]
    assert taken == pytest.approx(rates)


@pytest.mark.parametrize(
    ("data", "options", "scaler"),
    [
        ("digits", [], MinMaxScaler()),
        ("digits", ["--scale", "standard"], StandardScaler()),
        ("moons", [], None),
        ("moons", ["--scale", "minmax"], MinMaxScaler()),
        ("moons", ["--scale", "none"], None),
    ],
)
def test_the_scaler_is_what_suits_the_data_or_was_asked_for(data, options, scaler, tmp_path):
    call("train", data, *options, "--rows", 20, "--epochs", 1, "--hidden", 2, "--out", tmp_path)
    assert repr(load(tmp_path).scaler) == repr(scaler)


def test_a_scaler_is_fitted_to_the_training_rows_only(fruit):
    data = read_table(fruit / "fruit.csv", "fruit")
    assert (load(fruit / "out").scaler.mean_ == data.X_train.mean(axis=0)).all()


def test_pixels_are_scaled_by_full_ink(digit_model):
    scaler = load(digit_model).scaler
    assert (set(scaler.data_min_), set(scaler.data_max_)) == ({0.0}, {16.0})


def test_the_report_is_told_of_the_run(tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: runs.append(run) or [folder / "page.html"])
    call("train", "moons", "--rows", 20, "--epochs", 2, "--out", tmp_path)
    (run,) = runs
    assert (run.data.name, run.history.epochs, run.options["epochs"], run.warnings) == ("moons", 2, 2, [])
    assert (run.outputs == predict(run.model, run.data.X_test)).all()
    assert list(run.result) == ["loss", "accuracy", "precision", "recall", "f1"]
    assert (run.best_epoch, run.diverged, run.resumed) == (None, False, False)


def told_run(monkeypatch, *arguments):
    """The Run that the report is told."""
    runs = []
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: runs.append(run) or [])
    call(*arguments)
    return runs[0]


def test_the_report_is_told_of_early_stopping(tmp_path, monkeypatch):
    options = ["--epochs", 100, "--patience", 2, "--learning-rate", 0.3]
    run = told_run(monkeypatch, "train", "moons", *options, "--out", tmp_path)
    assert run.best_epoch == int(np.argmin(run.history["val_loss"])) + 1 < run.history.epochs
    assert not run.diverged


@pytest.mark.parametrize("patience", [[], ["--patience", 2]])
def test_the_report_is_told_of_a_divergence(patience, tmp_path, monkeypatch, houses):
    options = ["--csv", houses / "houses.csv", "--target", "price", "--optimizer", "sgd", "--learning-rate", 1e200]
    run = told_run(monkeypatch, "train", *options, *patience, "--out", tmp_path)
    assert (run.best_epoch, run.diverged) == (None, True)


def test_the_report_is_told_of_a_resumed_training(tmp_path, monkeypatch, capsys):
    options = ["train", "moons", "--rows", 20, "--out", tmp_path, "--resume"]
    assert not told_run(monkeypatch, *options, "--epochs", 1).resumed
    assert "since it was resumed" not in capsys.readouterr().out
    assert told_run(monkeypatch, *options, "--epochs", 2).resumed
    assert re.search(r"trained in [\d.]+ s since it was resumed\n", capsys.readouterr().out)


@pytest.mark.parametrize("options", [["moons", "--rows", 20], ["--csv", "houses.csv", "--target", "price"]])
def test_a_huge_loss_has_few_digits(options, tmp_path, monkeypatch, capsys, houses):
    monkeypatch.chdir(houses)
    monkeypatch.setattr(nn.training, "evaluate", lambda *arguments, **options: {"loss": 1.2345678e300})
    call("train", *options, "--epochs", 1, "--out", tmp_path)
    assert "test loss 1.235e+300, trained in " in capsys.readouterr().out


def test_the_model_knows_its_data(digit_model):
    info = load(digit_model / "model.safetensors").info
    assert (info["data"], info["task"], info["target"]) == ("digits", "classification", "digit")
    assert info["classes"] == list("0123456789")
    assert (info["image_shape"], info["largest_input"]) == ([8, 8], 16.0)


def test_it_says_what_came_out(tmp_path, capsys):
    call("train", "moons", "--rows", 50, "--epochs", 1, "--hidden", 2, "--out", tmp_path)
    said = capsys.readouterr().out
    assert re.search(r"^true \\ predicted +0 +1$", said, re.MULTILINE)
    assert re.search(r"test accuracy \d+\.\d%, test loss \d[\d.e-]*, trained in \d", said)
    assert re.search(
        r"^precision \d+\.\d%, recall \d+\.\d%, f1 \d+\.\d% \(means over the classes that occur\)$", said, re.MULTILINE
    )
    assert f"wrote to {tmp_path}: model.safetensors, history.csv" in said


def test_the_accuracy_it_says_is_that_of_the_test_rows(tmp_path, capsys):
    call("train", "moons", "--rows", 50, "--epochs", 1, "--hidden", 2, "--out", tmp_path)
    data = datasets.moons(rows=50)
    correct = (predict(load(tmp_path), data.X_test) > 0) == data.y_test
    assert f"test accuracy {correct.mean():.1%}, " in capsys.readouterr().out


def test_both_backends_train_the_same_model(tmp_path):
    for backend in ("numpy", "eager"):
        call("train", "moons", "--rows", 50, "--epochs", 3, "--backend", backend, "--out", tmp_path / backend)
    compiled, eager = (nn.load(tmp_path / backend).state_dict() for backend in ("numpy", "eager"))
    for name, array in eager.items():
        assert compiled[name] == pytest.approx(array, rel=1e-9), name


def test_float32_gives_float32_numbers(tmp_path):
    call("train", "moons", "--rows", 50, "--epochs", 1, "--dtype", "float32", "--out", tmp_path)
    for array in nn.load(tmp_path).state_dict().values():
        assert (array == array.astype("float32")).all()


def interrupted(monkeypatch):
    def fit(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(nn.training, "fit", fit)


def test_it_says_before_an_eager_training_how_long_it_will_take(tmp_path, monkeypatch, capsys):
    interrupted(monkeypatch)
    call("train", "moons", "--epochs", 2, "--backend", "eager", "--out", tmp_path)
    assert re.search(r"^2 epochs will take about \d+(\.\d)? s$", capsys.readouterr().out, re.MULTILINE)


def test_a_long_training_comes_with_advice(tmp_path, monkeypatch, capsys):
    interrupted(monkeypatch)
    call("train", "moons", "--epochs", 10_000_000, "--backend", "eager", "--out", tmp_path)
    assert re.search(r"about \d+ h \d+ min; --rows N trains on fewer rows", capsys.readouterr().out)


def test_a_training_that_is_interrupted_in_its_first_epoch_writes_nothing(tmp_path, monkeypatch, capsys):
    interrupted(monkeypatch)
    assert call("train", "moons", "--out", tmp_path) == 130
    assert capsys.readouterr().err == "\nglassgrad: interrupted\n"
    assert files(tmp_path) == []


def test_the_same_seed_gives_the_same_bytes(moons, tmp_path):
    call("train", "moons", "--epochs", 2, "--hidden", 4, "--out", tmp_path)
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / name).read_bytes() == (moons / name).read_bytes()


def test_another_seed_gives_another_model(moons, tmp_path):
    call("train", "moons", "--epochs", 2, "--hidden", 4, "--seed", 1, "--out", tmp_path)
    assert (tmp_path / "model.safetensors").read_bytes() != (moons / "model.safetensors").read_bytes()


# ---------------------------------------------------------------------------------------------------------- tables


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


# ----------------------------------------------------------------------- how a training ends, and how it goes on


def test_early_stopping_keeps_the_best_weights_and_says_so(tmp_path, capsys):
    options = ["--epochs", 100, "--patience", 2, "--learning-rate", 0.3]
    assert call("train", "moons", *options, "--out", tmp_path) == 0
    losses, data = history(tmp_path)["val_loss"], datasets.moons()
    best = int(np.argmin(losses))
    assert len(losses) == best + 3 < 100
    kept = nn.evaluate(load(tmp_path), data.X_validation, data.y_validation, loss="binary_cross_entropy_with_logits")
    assert kept["loss"] == pytest.approx(losses[best])
    said = (
        f"stopped after epoch {best + 3} of 100: the weights are those of epoch {best + 1}, with the lowest val_loss, "
    )
    assert said + f"{losses[best]:.4g}\n" in capsys.readouterr().out


def test_patience_that_did_not_end_says_which_weights_are_kept(tmp_path, capsys):
    assert call("train", "moons", "--epochs", 3, "--patience", 3, "--out", tmp_path) == 0
    best = int(np.argmin(history(tmp_path)["val_loss"])) + 1
    said = capsys.readouterr().out
    assert f"\nthe weights are those of epoch {best}, with the lowest val_loss" in said
    assert "stopped" not in said


@pytest.fixture
def diverged(tmp_path, houses, capfd):
    """The status, output and errors of a training whose loss was not finite, and its folder."""
    table = ["--csv", houses / "houses.csv", "--target", "price", "--epochs", 5]
    status = call("train", *table, "--optimizer", "sgd", "--learning-rate", 1e200, "--out", tmp_path)
    return status, *capfd.readouterr(), tmp_path


def test_a_loss_that_is_not_finite_ends_with_1(diverged):
    assert diverged[0] == 1


def test_a_loss_that_is_not_finite_is_said(diverged):
    assert "stopped in epoch 1 of 5: the loss was not finite" in diverged[1]


def test_where_no_epoch_was_trained_no_model_is_written(diverged):
    _, output, _, folder = diverged
    assert "history.csv" in files(folder)
    assert "model.safetensors" not in files(folder)
    assert history(folder)["epoch"] == []
    assert output.rstrip().endswith("and no model")


def test_a_model_that_was_there_stays_then(houses, tmp_path):
    table = ["--csv", houses / "houses.csv", "--target", "price", "--out", tmp_path]
    call("train", *table, "--epochs", 2)
    good = (tmp_path / "model.safetensors").read_bytes()
    status = call("train", *table, "--epochs", 2, "--optimizer", "sgd", "--learning-rate", 1e200)
    assert status == 1
    assert (tmp_path / "model.safetensors").read_bytes() == good


def test_a_diagnosis_speaks_of_options(diverged):
    assert "(--clip-norm 1)" in diverged[2]
    assert "(--scale standard)" in diverged[2]
    assert "model.scaler" not in diverged[2]


def test_the_report_is_told_of_diagnoses(houses, tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(nn.report, "write_report", lambda run, folder: runs.append(run) or [])
    table = ["--csv", houses / "houses.csv", "--target", "price", "--epochs", 5]
    call("train", *table, "--optimizer", "sgd", "--learning-rate", 1e200, "--out", tmp_path)
    (message,) = runs[0].warnings
    assert message.startswith("the training ended in epoch 1, ")


def test_a_diagnosis_is_one_line_and_no_python_warning(diverged):
    (line,) = [line for line in re.split(r"[\r\n]", diverged[2]) if "glassgrad: " in line]
    assert re.match(r"glassgrad: the training ended in epoch 1, .*", line)
    assert "Warning" not in diverged[2]


def test_other_warnings_of_a_training_stay_warnings(tmp_path, monkeypatch):
    def fit(*arguments, **options):
        warnings.warn("something else", UserWarning, stacklevel=1)
        raise KeyboardInterrupt

    monkeypatch.setattr(nn.training, "fit", fit)
    with pytest.warns(UserWarning, match="something else"):
        call("train", "moons", "--out", tmp_path)


def test_diagnoses_do_not_change_the_status(tmp_path, monkeypatch, capfd):
    true_fit = nn.training.fit

    def fit(*arguments, **options):
        warnings.warn("dead\nneurons", DiagnosisWarning, stacklevel=1)
        return true_fit(*arguments, **options)

    monkeypatch.setattr(nn.training, "fit", fit)
    assert call("train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path) == 0
    assert "glassgrad: dead neurons\n" in capfd.readouterr().err


def interrupted_in(epoch, monkeypatch):
    usual = EarlyStopping.__call__

    def interrupt(self, now, history):
        if now == epoch:
            raise KeyboardInterrupt
        usual(self, now, history)

    monkeypatch.setattr(EarlyStopping, "__call__", interrupt)


@pytest.mark.parametrize("data", ["moons", "houses"])
def test_an_interrupted_training_goes_on_to_the_same_bytes(data, tmp_path, houses, monkeypatch, capsys):
    source = ["moons"] if data == "moons" else ["--csv", houses / "houses.csv", "--target", "price"]
    options = ["train", *source, "--epochs", 6, "--hidden", 4, "--patience", 5, "--schedule", "cosine"]
    assert call(*options, "--out", tmp_path / "whole") == 0
    with monkeypatch.context() as patch:
        interrupted_in(4, patch)
        assert call(*options, "--out", tmp_path / "parts") == 130
    assert "glassgrad: interrupted; the same command with --resume goes on after the last" in capsys.readouterr().err
    assert files(tmp_path / "parts") == [CHECKPOINT]
    assert call(*options, "--out", tmp_path / "parts", "--resume") == 0
    assert f"resuming from {tmp_path / 'parts' / CHECKPOINT}\n" in capsys.readouterr().out
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_resuming_a_training_that_is_over_gives_the_same_bytes(tmp_path, capfd):
    options = ["train", "moons", "--epochs", 40, "--patience", 1, "--learning-rate", 0.3, "--out", tmp_path]
    assert call(*options) == 0
    before = (tmp_path / "model.safetensors").read_bytes()
    capfd.readouterr()
    assert call(*options, "--resume") == 0
    assert (tmp_path / "model.safetensors").read_bytes() == before
    said = (
        "glassgrad: the checkpoint holds the whole training, and nothing is left to train; without --resume it begins"
    )
    assert said in (errors := capfd.readouterr().err)
    assert "Warning" not in errors


def test_where_there_is_nothing_to_resume_it_begins_and_says_so(tmp_path, capsys):
    assert call("train", "moons", "--rows", 20, "--epochs", 1, "--resume", "--out", tmp_path) == 0
    said = capsys.readouterr().out
    assert f"there is no {tmp_path / CHECKPOINT} to resume from: training from the start\n" in said


def test_another_training_is_not_resumed(tmp_path, capsys):
    options = ["train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path]
    call(*options)
    before = (tmp_path / CHECKPOINT).read_bytes()
    capsys.readouterr()
    assert call(*options, "--seed", 1, "--resume") == 2
    assert re.match(rf"glassgrad: {tmp_path / CHECKPOINT} belongs to another training: .*seed", capsys.readouterr().err)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_checkpoint_that_is_not_resumed_is_kept_under_another_name(tmp_path, capsys):
    options = ["train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path]
    call(*options)
    before = (tmp_path / CHECKPOINT).read_bytes()
    assert call(*options, "--seed", 1) == 0
    assert f"the checkpoint of an earlier training is now {tmp_path / PREVIOUS}\n" in capsys.readouterr().out
    assert (tmp_path / PREVIOUS).read_bytes() == before
    assert load_file(tmp_path / CHECKPOINT).keys() == load_file(tmp_path / PREVIOUS).keys()


def test_no_earlier_checkpoint_is_ever_replaced(tmp_path, capsys):
    written = []
    for seed in range(4):
        call("train", "moons", "--rows", 20, "--epochs", 1, "--seed", seed, "--out", tmp_path)
        written.append((tmp_path / CHECKPOINT).read_bytes())
    names = [PREVIOUS, "checkpoint.previous-2.safetensors", "checkpoint.previous-3.safetensors", CHECKPOINT]
    assert [(tmp_path / name).read_bytes() for name in names] == written
    assert f"the checkpoint of an earlier training is now {tmp_path / names[2]}\n" in capsys.readouterr().out


def test_the_checkpoint_stays_where_data_are_refused(tmp_path):
    call("train", "moons", "--rows", 20, "--epochs", 1, "--out", tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{(-1) ** i}e200,{i + 0.5}\n" for i in range(20)))
    options = ["--csv", tmp_path / "t.csv", "--target", "y", "--out", tmp_path]
    assert call("train", *options) == 2
    assert (tmp_path / CHECKPOINT).read_bytes() == before
    assert not (tmp_path / PREVIOUS).exists()


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "--help"]], ids=" ".join)
def test_help_is_an_answer(arguments, capsys):
    assert call(*arguments) == 0
    assert "usage: glassgrad" in capsys.readouterr().out


# --------------------------------------------------------------------------------------------------------- predict


@pytest.fixture(scope="module")
def right_image(digit_model, tmp_path_factory):
    """An image file that the model gets right, its class, and how sure the model is of it."""
    data, model = datasets.digits(seed=0), load(digit_model / "model.safetensors")
    outputs = predict(model, data.X_test)
    row = np.flatnonzero(outputs.argmax(axis=1) == data.y_test)[0]
    path = tmp_path_factory.mktemp("image") / "digit.png"
    Image.fromarray((data.X_test[row].reshape(8, 8) / 16.0 * 255).round().astype(np.uint8)).save(path)
    exponentials = np.exp(outputs[row])
    return path, data.y_test[row], exponentials.max() / exponentials.sum()


def test_predict_says_the_digit_and_how_sure_it_is(digit_model, right_image, capsys):
    path, digit, sure = right_image
    assert call("predict", digit_model / "model.safetensors", path) == 0
    said = re.fullmatch(r"(\d+)% sure this is a (\d)\n", capsys.readouterr().out)
    assert int(said[2]) == digit
    assert int(said[1]) == pytest.approx(100 * sure, abs=1.5)  # an image file has 256 levels, the data have 17


def test_predict_takes_the_folder_of_the_training(digit_model, right_image, capsys):
    call("predict", digit_model / "model.safetensors", right_image[0])
    by_file = capsys.readouterr().out
    call("predict", digit_model, right_image[0])
    assert capsys.readouterr().out == by_file


def test_predict_writes_nothing(digit_model, right_image):
    before = files(digit_model)
    call("predict", digit_model, right_image[0])
    assert files(digit_model) == before


# ------------------------------------------------------------------------------------------------ predict a table


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


# ---------------------------------------------------------------------------------------------------------- errors


def assert_refused(capsys, arguments, message):
    assert call(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(rf"glassgrad[^\n]*: [^\n]*{message}[^\n]*\n", err), err


WHOLE, POSITIVE = "must be a whole number of at least 1, got", "must be a number greater than 0, got"
WRONG_OPTIONS = [
    (["fly"], "invalid choice: 'fly' .*train.*predict"),
    (["train"], "what to learn is missing: digits, moons, mnist, or --csv FILE --target COLUMN"),
    (["train", "cars"], "invalid choice: 'cars' .*digits.*moons.*mnist"),
    (["train", "moons", "--colour", "red"], "unrecognized arguments: --colour red"),
    (["train", "moons", "--rows", "9"], "--rows: must be a whole number of at least 10, got '9'"),
    (["train", "moons", "--rows", "ten"], "--rows: must be a whole number of at least 10, got 'ten'"),
    (["train", "moons", "--hidden", "0"], "--hidden: must be whole numbers of at least 1, such as 16 .*, got '0'"),
    (["train", "moons", "--hidden", "16,-2"], "--hidden: must be whole numbers of at least 1, .* got '16,-2'"),
    (["train", "moons", "--hidden", "16;8"], "--hidden: must be whole numbers of at least 1, .* got '16;8'"),
    (["train", "moons", "--hidden", ""], "--hidden: must be whole numbers of at least 1, .* got ''"),
    (["train", "moons", "--activation", "softmax"], "--activation: invalid choice: 'softmax' .*linear.*tanh.*relu"),
    (["train", "moons", "--activation", "step"], "--activation: invalid choice: 'step' .*linear.*tanh.*relu"),
    (["train", "moons", "--init", "zeros"], "--init: invalid choice: 'zeros' .*xavier.*he"),
    (["train", "moons", "--optimizer", "lion"], "--optimizer: invalid choice: 'lion' .*sgd.*adam"),
    *[
        (["train", "moons", "--learning-rate", x], f"--learning-rate: {POSITIVE} '{x}'")
        for x in ("0", "nan", "inf", "x")
    ],
    (["train", "moons", "--learning-rate=-1"], f"--learning-rate: {POSITIVE} '-1'"),
    *[(["train", "moons", "--epochs", x], f"--epochs: {WHOLE} '{x}'") for x in ("0", "1.5", "many")],
    *[(["train", "moons", "--batch-size", x], f"--batch-size: {WHOLE} '{x}'") for x in ("0", "1.5", "all")],
    *[
        (["train", "moons", f"--l2={x}"], f"--l2: must be a number of at least 0, got '{x}'")
        for x in ("-1", "nan", "inf")
    ],
    *[
        (
            ["train", "moons", f"--seed={x}"],
            f"--seed: must be a whole number of at least 0 and at most 4294967295, got '{x}'",
        )
        for x in ("-1", "1.5", "4294967296")
    ],
    (["train", "moons", "--epochs"], "--epochs: expected one argument"),
    (["train", "mnist"], "mnist needs --data FOLDER with its IDX files"),
    (["train", "digits", "--data", "."], "--data is for mnist only"),
    (["train", "moons", "--csv", "t.csv"], r"train on moons or on --csv t\.csv, not on both"),
    (["train", "moons", "--target", "y"], "--target is for --csv only"),
    (["train", "moons", "--task", "regression"], "--task is for --csv only"),
    (["train", "moons", "--loss", "mse"], "--loss is for regression; classes are learned by cross-entropy"),
    (["train", "--csv", "nowhere.csv"], r"there is no table nowhere\.csv"),
    (["train", "--csv", "nowhere.csv", "--target", "y"], r"there is no table nowhere\.csv"),
    (["train", "--csv", "t.csv", "--target", "y", "--task", "guess"], "--task: invalid choice: 'guess' .*auto"),
    (["train", "--csv", "t.csv", "--target", "y", "--loss", "hinge"], "--loss: invalid choice: 'hinge' .*mse.*huber"),
    (["train", "moons", "--momentum", "0.9"], "--momentum is for sgd and rmsprop: adam has betas in its place"),
    (["train", "moons", "--optimizer", "adamw", "--momentum", "0"], "--momentum is for sgd and rmsprop: adamw has"),
    (["train", "moons", "--patience", "3", "--validation", "0"], "--patience watches the validation rows: it needs a"),
    (["train", "moons", "--warm-up", "30"], "--warm-up 30 of 30 epochs leaves none to train at the full rate"),
    (["train", "moons", "--backend", "eager", "--dtype", "float32"], "--backend eager computes in float64: --dtype"),
    (["train", "mnist", "--data", ".", "--backend", "eager"], "--backend eager computes in float64: --dtype float32"),
    (["train", "moons", "--schedule", "linear"], "--schedule: invalid choice: 'linear' .*constant.*cosine"),
    (["train", "moons", "--scale", "robust"], "--scale: invalid choice: 'robust' .*standard.*minmax.*none"),
    (["train", "moons", "--momentum", "1"], "--momentum: must be a number of at least 0 and less than 1, got '1'"),
    *[
        (
            ["train", "moons", f"--validation={x}"],
            f"--validation: must be a number of at least 0 and less than 1, got '{x}'",
        )
        for x in ("-0.1", "1", "nan", "some")
    ],
    (["train", "moons", "--rows", "10", "--validation", "0.99"], r"validation=0\.99 leaves no row of 10 to train on"),
    *[(["train", "moons", f"--{name}", "0"], f"--{name}: {WHOLE} '0'") for name in ("patience", "warm-up")],
    *[
        (["train", "moons", f"--{name}=-1"], f"--{name}: must be a number of at least 0, got '-1'")
        for name in ("l1", "weight-decay")
    ],
    (["train", "moons", "--clip-norm", "0"], f"--clip-norm: {POSITIVE} '0'"),
    (["train", "mnist", "--data", "nowhere"], "there is no folder nowhere"),
    (["predict"], r"required: model, IMAGE\|TABLE"),
    (["predict", "model"], r"required: IMAGE\|TABLE"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), WRONG_OPTIONS, ids=[" ".join(a) or "nothing" for a, _ in WRONG_OPTIONS]
)
def test_a_wrong_argument_is_refused_in_one_line(arguments, message, capsys, no_training, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_refused(capsys, arguments, message)
    assert files(tmp_path) == []


@pytest.mark.usefixtures("no_training")
def test_a_table_without_a_target_lists_its_columns(fruit, capsys):
    message = r"--csv needs --target COLUMN, the column to predict: .*fruit\.csv has weight, colour, fruit"
    assert_refused(capsys, ["train", "--csv", fruit / "fruit.csv"], message)


@pytest.mark.usefixtures("no_training")
def test_a_wrong_cell_is_told_with_its_line(tmp_path, capsys):
    (tmp_path / "t.csv").write_text(HOUSES.replace("\n53,", "\n,"))
    arguments = ["train", "--csv", tmp_path / "t.csv", "--target", "price", "--out", tmp_path / "out"]
    assert_refused(
        capsys, arguments, r"t\.csv, line 5, column 'area': the cell is empty: write a value there, or leave"
    )
    assert files(tmp_path) == ["t.csv"]


def test_a_column_that_is_too_large_to_be_standardised_is_refused(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{(-1) ** i}e200,{i + 0.5}\n" for i in range(20)))
    assert call("train", "--csv", tmp_path / "t.csv", "--target", "y", "--out", tmp_path) == 2
    error = capsys.readouterr().err
    assert re.fullmatch(r"glassgrad: the StandardScaler has var_\[0\] = (inf|nan): column 0 .*\n", error)


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize("task", [[], ["--task", "classification"]])
def test_a_loss_of_regression_is_refused_for_classes(task, fruit, tmp_path, capsys):
    table = ["--csv", fruit / "fruit.csv", "--target", "fruit"]
    arguments = ["train", *table, "--loss", "mse", *task, "--out", tmp_path]
    assert_refused(capsys, arguments, "--loss is for regression; .*classes.* are learned by cross-entropy")


@pytest.mark.usefixtures("no_training")
def test_out_that_is_a_file_is_refused_before_training(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert_refused(capsys, ["train", "moons", "--out", tmp_path / "file"], ".*file: File exists")
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.usefixtures("no_training")
def test_out_below_a_file_is_refused_before_training(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert_refused(capsys, ["train", "moons", "--out", tmp_path / "file" / "out"], ".*out: Not a directory")


@pytest.mark.usefixtures("no_training")
def test_an_unwritable_folder_is_refused_before_training(tmp_path, capsys, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # by its mode alone, no folder is closed to root
    assert_refused(capsys, ["train", "moons", "--out", tmp_path], f"{re.escape(str(tmp_path))}: Permission denied")


def test_testing_whether_the_folder_can_be_written_to_leaves_nothing(tmp_path, monkeypatch):
    interrupted(monkeypatch)
    call("train", "moons", "--out", tmp_path / "out")
    assert files(tmp_path / "out") == []


def test_predict_refuses_a_model_that_is_not_of_images(moons, right_image, capsys):
    message = r"was trained on moons, not on images: give it a table \(\.csv, .*\), not .*digit\.png"
    assert_refused(capsys, ["predict", moons, right_image[0]], message)


def test_predict_refuses_a_model_that_was_saved_without_its_data(tmp_path, right_image, capsys):
    save(MLP(64, [10]), tmp_path / "model.safetensors")
    assert_refused(
        capsys, ["predict", tmp_path, right_image[0]], "was trained on something else, not on images or tables"
    )


def test_predict_names_a_missing_model(tmp_path, right_image, capsys):
    assert_refused(capsys, ["predict", tmp_path, right_image[0]], r"there is no model file .*model\.safetensors")


def test_predict_names_a_model_that_is_none(right_image, capsys):
    assert_refused(capsys, ["predict", right_image[0], right_image[0]], "is not a safetensors file, or is damaged")


def test_predict_names_a_missing_image(digit_model, capsys):
    assert_refused(capsys, ["predict", digit_model, "nowhere.png"], r"there is no image nowhere\.png")


def test_predict_names_an_image_that_is_none(digit_model, capsys):
    assert_refused(capsys, ["predict", digit_model, __file__], "is not an image that can be read")


def test_predict_names_a_blank_image(digit_model, tmp_path, capsys):
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    assert_refused(capsys, ["predict", digit_model, tmp_path / "blank.png"], "is blank: there is no digit on it")


# ------------------------------------------------------------------------------------------------------ as a program


@pytest.mark.parametrize("program", [[sys.executable, "-m", "nn"], [str(SCRIPT)]], ids=["python -m nn", "glassgrad"])
def test_the_program_trains(program, moons, tmp_path):
    arguments = ["train", "moons", "--epochs", "2", "--hidden", "4", "--out", str(tmp_path)]
    done = subprocess.run([*program, *arguments], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    assert (tmp_path / "model.safetensors").read_bytes() == (moons / "model.safetensors").read_bytes()


@pytest.mark.parametrize("program", [[sys.executable, "-m", "nn"], [str(SCRIPT)]], ids=["python -m nn", "glassgrad"])
def test_the_program_exits_with_2_for_a_wrong_argument(program):
    done = subprocess.run([*program, "predict", "nowhere", "nowhere"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "glassgrad: there is no model file nowhere\n")


BUFFERED = {name: setting for name, setting in os.environ.items() if name != "PYTHONUNBUFFERED"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_told_in_one_line(moons, tmp_path):
    (tmp_path / "points.csv").write_text("x1,x2\n1,2\n")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "nn", "predict", str(moons), str(tmp_path / "points.csv")]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=BUFFERED, check=False)
    assert (done.returncode, done.stderr) == (2, "glassgrad: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_on_a_full_disk_another_error_is_told_in_one_line_too(tmp_path):
    code = """
import sys
from nn.cli import parser
def fail(options):
    print("said before")
    raise ValueError("wrong")
parser.predict_input = fail
sys.exit(parser.main(["predict", "a", "b"]))
"""
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=BUFFERED, check=False)
    assert (done.returncode, done.stderr) == (2, "glassgrad: wrong\n")


@pytest.mark.skipif(os.name != "posix", reason="there is no such shell")
def test_a_closed_output_is_no_error(moons, tmp_path):
    (tmp_path / "points.csv").write_text("x1,x2\n1,2\n")
    command = [sys.executable, "-m", "nn", "predict", str(moons), str(tmp_path / "points.csv")]
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *command], stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("said", "told"), [((), ""), (("Unable to allocate 7 TiB",), ": Unable to allocate 7 TiB")])
def test_too_little_memory_is_told_in_one_line(said, told, tmp_path, monkeypatch, capsys):
    def fit(*arguments, **options):
        raise MemoryError(*said)

    monkeypatch.setattr(nn.training, "fit", fit)
    assert call("train", "moons", "--out", tmp_path) == 2
    assert capsys.readouterr().err == f"glassgrad: the memory is not enough{told}\n"


def test_a_reader_that_leaves_is_no_error(tmp_path):
    command = [sys.executable, "-m", "nn", "train", "moons", "--epochs", "1", "--hidden", "2", "--out", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert "Broken pipe" not in errors


def test_the_help_tells_the_defaults_of_each_data_set(capsys):
    assert call("train", "--help") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "(digits 30, moons 30, mnist 10, table 100)" in said
    assert "None" not in said
    assert said.isascii()  # for a terminal of any encoding
