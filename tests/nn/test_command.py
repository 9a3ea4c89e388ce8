"""The command: what it writes, what it says, and what it refuses, in one line."""

import csv
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nn.training
from nn import MLP, SGD, datasets, fit, load, predict, save
from nn.__main__ import main

SCRIPT = Path(sys.executable).with_name("glassgrad")
WRITTEN = ["confusion.png", "history.csv", "history.png", "model.safetensors", "neuron.svg", "report.html"]


def call(*arguments):
    """The exit status of the command."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as exit:
        return exit.code


def files(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def moons(tmp_path_factory):
    """The folder of a short training on moons."""
    folder = tmp_path_factory.mktemp("moons")
    assert call("train", "moons", "--epochs", 2, "--hidden", 4, "--out", folder) == 0
    return folder


@pytest.fixture(scope="module")
def digit_model(tmp_path_factory):
    """The folder of a short training on digits."""
    folder = tmp_path_factory.mktemp("digits")
    options = ["--rows", 60, "--epochs", 1, "--hidden", 8, "--batch-size", 4, "--learning-rate", 0.02]
    assert call("train", "digits", *options, "--out", folder) == 0
    return folder


@pytest.fixture
def no_training(monkeypatch):
    """Any training fails the test."""

    def fit(*arguments, **options):
        raise AssertionError("it has begun to train")

    monkeypatch.setattr(nn.training, "fit", fit)


# ----------------------------------------------------------------------------------------------------------- train


def test_moons_writes_its_files(moons):
    assert files(moons) == sorted([*WRITTEN, "boundary.png"])


def test_digits_writes_its_files(digit_model):
    assert files(digit_model) == sorted([*WRITTEN, "weights.png"])


def test_mnist_writes_its_files(tmp_path):
    rng = np.random.default_rng(0)
    for part, count in (("train", 20), ("t10k", 10)):
        images, labels = rng.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count, dtype=np.uint8) % 10
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            (tmp_path / name).write_bytes(header + array.tobytes())
    out = tmp_path / "new" / "out"
    assert call("train", "mnist", "--data", tmp_path, "--epochs", 1, "--hidden", 2, "--out", out) == 0
    assert files(out) == sorted([*WRITTEN, "weights.png"])


def test_the_default_folder_is_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("train", "moons", "--rows", 20, "--epochs", 1, "--hidden", 2) == 0
    assert files(tmp_path / "runs" / "moons") == sorted([*WRITTEN, "boundary.png"])


def test_the_history_has_a_line_for_every_epoch(moons):
    with (moons / "history.csv").open() as file:
        header, *lines = csv.reader(file)
    assert header == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert [line[0] for line in lines] == ["1", "2"]


def test_the_options_reach_the_model(tmp_path, capsys):
    options = ["--rows", 20, "--hidden", "3,2", "--activation", "tanh", "--init", "uniform(0,1)", "--epochs", 1]
    assert call("train", "moons", *options, "--optimizer", "sgd", "--l2", 0.1, "--out", tmp_path) == 0
    model = load(tmp_path / "model.safetensors")
    assert model.architecture() == {"n_inputs": 2, "sizes": [3, 2, 1], "activation": "tanh", "output": "linear"}
    assert "20 rows to train on, 5 held out" in capsys.readouterr().out


def test_it_trains_as_its_options_say(tmp_path):
    options = ["--rows", 20, "--hidden", 3, "--activation", "tanh", "--init", "uniform(0,1)", "--optimizer", "sgd"]
    options += ["--learning-rate", 0.3, "--epochs", 2, "--batch-size", 5, "--l2", 0.1, "--seed", 7]
    call("train", "moons", *options, "--out", tmp_path)
    data = datasets.moons(seed=7, rows=20)
    model = MLP(2, [3, 1], "tanh", init="uniform(0,1)", seed=7)
    fit(
        model, data.X_train, data.y_train, loss="binary_cross_entropy_with_logits", epochs=2, batch_size=5, l2=0.1,
        optimizer=SGD(model.parameters(), lr=0.3), seed=7, progress=False,
    )  # fmt: skip
    trained = load(tmp_path / "model.safetensors")
    assert [p.data for p in trained.parameters()] == [p.data for p in model.parameters()]


def test_the_model_knows_its_data(digit_model):
    info = load(digit_model / "model.safetensors").info
    assert info["data"] == "digits"
    assert info["classes"] == list("0123456789")
    assert info["image_shape"] == [8, 8]
    assert info["scaler"]["max"] == [16.0] * 64


def test_it_says_what_came_out(tmp_path, capsys):
    call("train", "moons", "--rows", 50, "--epochs", 1, "--hidden", 2, "--out", tmp_path)
    said = capsys.readouterr().out
    assert re.search(r"^true \\ predicted +0 +1$", said, re.MULTILINE)
    assert re.search(r"test accuracy \d+\.\d%, test loss \d\.\d{4}, trained in \d", said)
    assert f"wrote to {tmp_path}: model.safetensors, history.csv, " in said


def test_the_accuracy_it_says_is_that_of_the_last_epoch(tmp_path, capsys):
    call("train", "moons", "--rows", 50, "--epochs", 1, "--hidden", 2, "--out", tmp_path)
    last = (tmp_path / "history.csv").read_text().splitlines()[-1].split(",")
    assert f"test accuracy {float(last[-1]):.1%}, test loss {float(last[-2]):.4f}" in capsys.readouterr().out


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


def test_eager_in_float32_is_refused(tmp_path, capsys):
    assert call("train", "moons", "--backend", "eager", "--dtype", "float32", "--out", tmp_path) == 2
    assert "dtype='float32' needs backend='numpy'" in capsys.readouterr().err


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


def test_an_interrupted_training_writes_nothing(tmp_path, monkeypatch, capsys):
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


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["predict", "--help"]], ids=" ".join)
def test_help_is_an_answer(arguments, capsys):
    assert call(*arguments) == 0
    assert "usage: glassgrad" in capsys.readouterr().out


# --------------------------------------------------------------------------------------------------------- predict


@pytest.fixture(scope="module")
def right_image(digit_model, tmp_path_factory):
    """An image file that the model gets right, its class, and how sure the model is of it."""
    data, model = datasets.digits(seed=0), load(digit_model / "model.safetensors")
    outputs = predict(model, data.X_test / 16.0)
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


# ---------------------------------------------------------------------------------------------------------- errors


def assert_refused(capsys, arguments, message):
    assert call(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(rf"glassgrad[^\n]*: [^\n]*{message}[^\n]*\n", err), err


WHOLE, POSITIVE = "must be a whole number of at least 1, got", "must be a number greater than 0, got"
WRONG_OPTIONS = [
    ([], "required: COMMAND"),
    (["fly"], "invalid choice: 'fly' .*train.*predict"),
    (["train"], "required: data"),
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
    (["train", "mnist", "--data", "nowhere"], "there is no folder nowhere"),
    (["predict"], "required: model, image"),
    (["predict", "model"], "required: image"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), WRONG_OPTIONS, ids=[" ".join(a) or "nothing" for a, _ in WRONG_OPTIONS]
)
def test_a_wrong_argument_is_refused_in_one_line(arguments, message, capsys, no_training, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_refused(capsys, arguments, message)
    assert files(tmp_path) == []


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
    assert_refused(capsys, ["predict", moons, right_image[0]], "was trained on moons, not on images")


def test_predict_refuses_a_model_that_was_saved_without_its_data(tmp_path, right_image, capsys):
    save(MLP(64, [10]), tmp_path / "model.safetensors")
    assert_refused(capsys, ["predict", tmp_path, right_image[0]], "was trained on something else, not on images")


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
    assert "(digits 30, moons 30, mnist 10)" in said
    assert "None" not in said
    assert said.isascii()  # for a terminal of any encoding
