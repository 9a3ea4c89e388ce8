"""glassgrad train: what it writes, how its options reach the training, what it says."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import nn.report
import nn.training
from nn import MLP, SGD, CosineDecay, EarlyStopping, WarmUp, datasets, evaluate, fit, load, predict
from nn.cli.options import make_optimizer
from nn.data.tables import read_table

from .conftest import CHECKPOINT, FRUIT, WRITTEN, assert_refused, call, files, history, interrupted, mnist_files


def weights(folder):
    return [p.data for p in load(folder).parameters()]


@pytest.mark.parametrize("data", ["moons", "digits", "fruit", "houses"])
def test_a_training_writes_its_files(data, moons, digit_model, fruit, houses):
    folder = {"moons": moons, "digits": digit_model, "fruit": fruit / "out", "houses": houses / "out"}[data]
    written = files(folder)
    assert set(written) > {*WRITTEN, "report.html"}
    assert {Path(name).suffix for name in written} >= {".png", ".svg"}


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


@pytest.mark.parametrize("name", ["circles", "xor", "spirals", "blobs"])
def test_it_learns_classes_of_points(name, tmp_path):
    assert call("train", name, "--epochs", 2, "--hidden", 4, "--out", tmp_path) == 0
    model, data = load(tmp_path), getattr(datasets, name)()
    loss = "cross_entropy" if name == "blobs" else "binary_cross_entropy_with_logits"
    assert (model.info["data"], model.info["classes"], model.info["loss"]) == (name, data.classes, loss)
    assert history(tmp_path)["val_loss"][-1] == pytest.approx(
        evaluate(model, data.X_validation, data.y_validation, loss=loss)["loss"], rel=1e-9
    )


@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_it_learns_a_wave_as_a_regression(loss, tmp_path):
    assert call("train", "wave", "--epochs", 2, "--hidden", 4, "--loss", loss, "--out", tmp_path) == 0
    info = load(tmp_path).info
    assert (info["data"], info["task"], info["classes"], info["loss"]) == ("wave", "regression", [], loss)


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


def test_every_backend_trains_the_same_model(tmp_path, backend):
    for each in (backend, "eager"):
        call("train", "moons", "--rows", 50, "--epochs", 3, "--backend", each, "--out", tmp_path / each)
    compiled, eager = (nn.load(tmp_path / each).state_dict() for each in (backend, "eager"))
    for name, array in eager.items():
        assert compiled[name] == pytest.approx(array, rel=1e-9), name


def test_float32_gives_float32_numbers(tmp_path):
    call("train", "moons", "--rows", 50, "--epochs", 1, "--dtype", "float32", "--out", tmp_path)
    for array in nn.load(tmp_path).state_dict().values():
        assert (array == array.astype("float32")).all()


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
