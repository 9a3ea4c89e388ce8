"""Wrong arguments of the command are refused in one line, before anything is done."""

import re
import tempfile

import pytest

from .conftest import HOUSES, assert_refused, call, files, interrupted

WHOLE, POSITIVE = "must be a whole number of at least 1, got", "must be a number greater than 0, got"
WRONG_OPTIONS = [
    (["fly"], "invalid choice: 'fly' .*train.*predict"),
    (["train"], "what to learn is missing: digits, moons, .*, wave, mnist, or --csv FILE --target COLUMN"),
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
    (["train", "xor", "--loss", "huber"], "--loss is for regression; classes are learned by cross-entropy"),
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


@pytest.mark.usefixtures("no_training", "without_native")
def test_a_backend_that_is_not_built_is_refused_in_one_line(capsys):
    assert call("train", "moons", "--backend", "native") == 2
    assert re.fullmatch(
        r"glassgrad: --backend native is not built here .* Leave it out, or use --backend numpy\n",
        capsys.readouterr().err,
    )


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
