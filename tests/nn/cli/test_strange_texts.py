"""Names that a stranger has chosen: commands to the terminal, formulas, half an emoji, a novel."""

import csv
import os
import struct

import numpy as np
import pytest

from nn import load
from nn.data.table_files import read_file

from .conftest import call, files

FORMULA, COMMAND, NOVEL = "=cmd|' /C calc'!A0", "a\x1b[2J\u202eb", "x" * 100_000
CLASSES = [FORMULA, COMMAND, NOVEL]
COLUMNS = ["width\x1b]0;title\x07", "colour\u200f", "@ki\u2028nd", NOVEL[:-1] + "y"]


def write_table(path, with_class=True):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS[: 3 + with_class])
        for i in range(30):
            inputs = [5 * (i % 3) + i / 30, ("red\x1b[0m", "\u202eblue", NOVEL)[i % 3], i]
            writer.writerow([*inputs, CLASSES[i % 3]][: 3 + with_class])


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """The folder of a training on a table of such names, and what the training has said."""
    folder = tmp_path_factory.mktemp("strange")
    write_table(folder / "table.csv")
    write_table(folder / "rows.csv", with_class=False)
    return folder


@pytest.fixture(scope="module")
def model(strange):
    options = ["--target", COLUMNS[3], "--epochs", 60, "--hidden", 8, "--learning-rate", 0.05]
    assert call("train", "--csv", strange / "table.csv", *options, "--out", strange / "out") == 0
    return strange / "out"


def assert_fit_to_be_shown(text, longest=1500):
    assert "".join(text.split("\n")).isprintable()
    assert max(map(len, text.split("\n"))) <= longest


def test_a_training_says_nothing_that_is_not_printable(strange, tmp_path, capfd):
    options = ["--target", COLUMNS[3], "--epochs", 1, "--hidden", 2]
    assert call("train", "--csv", strange / "table.csv", *options, "--out", tmp_path) == 0
    out, _ = capfd.readouterr()
    assert_fit_to_be_shown(out)
    assert "a\\u{1b}[2J\\u{202e}b" in out


def test_the_model_knows_the_names_as_they_are(model):
    assert sorted(load(model).info["classes"]) == sorted(CLASSES)
    assert [column["name"] for column in load(model).info["columns"]] == COLUMNS[:3]


def test_predictions_are_a_table_that_does_nothing(strange, model, capfd):
    assert call("predict", model, strange / "rows.csv") == 0
    out, _ = capfd.readouterr()
    assert_fit_to_be_shown(out, longest=200_000)
    rows = list(csv.reader(out.splitlines()))
    assert {row[0] for row in rows} == {COLUMNS[3], "'" + FORMULA, "'a\\u{1b}[2J\\u{202e}b", NOVEL}
    assert all(0.0 <= float(row[1]) <= 1.0 for row in rows[1:])


def test_predictions_are_read_as_the_names_that_they_were(strange, model, capfd):
    assert call("predict", model, strange / "rows.csv") == 0
    (strange / "predicted.csv").write_text(capfd.readouterr().out, encoding="utf-8")
    table = read_file(strange / "predicted.csv")
    assert [*table.columns] == [COLUMNS[3], "probability"]
    assert set(table.columns[COLUMNS[3]]) == set(CLASSES)


def test_predictions_in_a_file_are_utf_8(tmp_path, fruit, capfdbinary, monkeypatch):
    import io
    import sys

    (tmp_path / "fruit.csv").write_text("weight;colour\n1.0;red\n")
    pipe = io.BytesIO()
    model = load(fruit / "out")
    model.info["classes"] = ["äpfel", "birne", "日"]
    monkeypatch.setattr("nn.training.load", lambda path: model)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding="cp1252", newline=""))
    assert call("predict", fruit / "out", tmp_path / "fruit.csv") == 0
    assert pipe.getvalue().decode("utf-8").splitlines()[1].split(",")[0] in model.info["classes"]


def test_an_explored_row_is_told_fit_to_be_shown(strange, model, capfd):
    path = strange / "explorer.html"
    assert call("explore", model, strange / "table.csv", "--row", 1, "--no-browser", "--out", path) == 0
    out, _ = capfd.readouterr()
    assert_fit_to_be_shown(out)
    assert "true a\\u{1b}[2J\\u{202e}b" in out
    assert "\x1b" not in path.read_text("utf-8")
    assert NOVEL not in path.read_text("utf-8")


def test_the_report_holds_nothing_that_is_not_printable(model):
    page = (model / "report.html").read_text("utf-8")
    assert "".join(page.split("\n")).isprintable()
    assert NOVEL not in page
    assert "a\\u{1b}[2J\\u{202e}b" in page
    assert "\\u{5c}" not in page  # no name is made fit twice


def test_the_pictures_of_the_report_have_a_size(model):
    pictures = [name for name in files(model) if name.endswith(".png")]
    assert "confusion.png" in pictures
    for name in pictures:
        width, height = struct.unpack(">II", (model / name).read_bytes()[16:24])
        assert 100 < width < 4000
        assert 100 < height < 4000


@pytest.mark.parametrize("command", ["train", "predict"])
def test_an_error_that_quotes_a_cell_is_one_short_printable_line(strange, model, tmp_path, capfd, command):
    table = tmp_path / "wrong\x1b[2J.csv"
    wrong = NOVEL + "\x1b[2J\u202e"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS[:3], *([i, wrong if i else "", i] for i in range(12))])
    arguments = ["--csv", table, "--target", COLUMNS[2]] if command == "train" else [model, table]
    assert call(command, *arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert_fit_to_be_shown(err)


def train_on_arrays(folder, names):
    """The status of a training on a .npz file with such classes."""
    np.savez(folder / "table.npz", x=np.arange(30.0) % 3, y=np.array([names[i % 3] for i in range(30)]))
    np.savez(folder / "rows.npz", x=np.arange(3.0))
    options = ["--target", "y", "--epochs", 60, "--hidden", 8, "--learning-rate", 0.1, "--out", folder / "out"]
    return call("train", "--csv", folder / "table.npz", *options)


def test_what_no_csv_holds_is_a_class_all_the_same(tmp_path, capfd):
    names = ["\x1b", "a\0b", "\u202e=1"]
    assert train_on_arrays(tmp_path, names) == 0
    assert_fit_to_be_shown(capfd.readouterr().out)
    assert load(tmp_path / "out").info["classes"] == sorted(names)
    assert call("predict", tmp_path / "out", tmp_path / "rows.npz") == 0
    out, _ = capfd.readouterr()
    assert [line.split(",")[0] for line in out.split()[1:]] == ["'\\u{1b}", "'a\\u{0}b", "'\\u{202e}=1"]


def test_half_an_emoji_is_right_or_refused(tmp_path, capfd):
    status = train_on_arrays(tmp_path, ["\ud83d", "b", "c"])
    out, err = capfd.readouterr()
    assert status == 0 or (status == 2 and out == "" and err.count("\n") == 1)
    assert_fit_to_be_shown(out)


def test_a_terminal_that_cannot_show_a_text_is_no_error(tmp_path, monkeypatch):
    import io
    import sys

    from nn.cli.output import say

    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, encoding="ascii", newline=""))
    say("é\x1b", flush=True)
    assert pipe.getvalue() == b"\\xe9\\u{1b}\n"


@pytest.mark.parametrize(("count", "shown"), [(4000, "x" * 4000), (4001, "x" * 4000 + "…")])
def test_an_endless_error_is_cut(count, shown):
    from nn.cli.output import one_line

    assert one_line("x" * count) == shown


def test_a_table_whose_name_is_no_unicode_gives_a_model_that_can_be_read(strange, tmp_path):
    table = tmp_path / os.fsdecode(b"t\xff.csv")
    try:
        table.write_text("a,b\n" + "1,2\n3,4\n" * 20)
    except OSError:
        pytest.skip("this system has no such names")
    assert call("train", "--csv", table, "--target", "b", "--epochs", 1, "--out", tmp_path / "out") == 0
    assert load(tmp_path / "out").info["data"] == "t\\u{dcff}"
    assert call("predict", tmp_path / "out", table) == 0


def test_categories_that_are_too_long_for_a_file_are_refused_before_the_training(strange, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("nn.support.limits.HEADER", 20_000)
    out, options = tmp_path / "out", ["--target", COLUMNS[3], "--epochs", 1]
    assert call("train", "--csv", strange / "table.csv", *options, "--out", out) == 2
    assert "at most 20,000 are read: leave out of its info what is large" in capfd.readouterr().err
    assert not [*out.glob("*.safetensors")]
