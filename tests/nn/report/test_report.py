"""The sections of the report, its files, its summary, and its diagnosis."""

import base64

import numpy as np
import pytest

from nn.report.page import MARK
from nn.report.report import write_report

from .conftest import Page, quick, rows_of, written
from .runs import PICTURES, RUNS, diverged, images_run, no_epoch, numbers_run, points_run, stopped_early, table_run

SECTIONS = {
    "images": ["The run", "Loss and accuracy", "Confusion", "Diagnosis", "What the first layer looks for",
               "One neuron, every number", "Wrong predictions"],
    "points": ["The run", "Loss and accuracy", "Confusion", "Diagnosis", "Decision boundary",
               "One neuron, every number", "Wrong predictions"],
    "table": ["The run", "Loss and accuracy", "Confusion", "Diagnosis", "What the first layer looks for",
              "One neuron, every number", "Wrong predictions"],
    "numbers": ["The run", "Loss and R²", "Predictions", "Diagnosis", "What the first layer looks for",
                "One neuron, every number", "Largest errors"],
}  # fmt: skip


@pytest.mark.parametrize("kind", SECTIONS)
def test_the_sections(kind):
    assert Page(quick(RUNS[kind]())).texts_in("h2") == SECTIONS[kind]


def test_the_pictures_are_files_too(images_folder):
    text = (images_folder / "report.html").read_text(encoding="utf-8")
    for name in PICTURES["images"]:
        assert base64.b64encode((images_folder / f"{name}.png").read_bytes()).decode() in text
    assert (images_folder / "neuron.svg").read_text(encoding="utf-8").endswith("</svg>\n")


def test_the_files_are_told(tmp_path):
    assert {path.name for path in write_report(points_run(), tmp_path)} == {path.name for path in tmp_path.iterdir()}


def test_pictures_of_an_earlier_run_are_removed_and_nothing_else(tmp_path):
    write_report(points_run(), tmp_path)
    for name in ("weights.png", "predictions.png", "mine.png"):
        (tmp_path / name).write_bytes(b"of another run")
    write_report(points_run(), tmp_path)
    there = {path.name for path in tmp_path.glob("*.png")}
    assert {"boundary.png", "mine.png"} <= there
    assert there.isdisjoint({"weights.png", "predictions.png"})
    write_report(points_run(), tmp_path)  # there is nothing more to remove


@pytest.mark.parametrize("report", [None, "<title>a report of mine</title>"])
def test_without_an_earlier_report_of_ours_no_picture_is_removed(report, tmp_path):
    if report is not None:
        (tmp_path / "report.html").write_text(report)
    (tmp_path / "predictions.png").write_bytes(b"mine")
    write_report(points_run(), tmp_path)
    assert (tmp_path / "predictions.png").read_bytes() == b"mine"


def test_a_name_in_the_data_does_not_make_a_report_ours():
    assert quick(table_run(inputs=(MARK, "b", "c"), classes=(MARK, "b", "c"), target=MARK)).count(MARK) == 1


def test_the_title_names_data_and_accuracy(images_folder):
    page = Page((images_folder / "report.html").read_text(encoding="utf-8"))
    assert page.texts_in("title")[0] == page.texts_in("h1")[0] == "glassgrad: images, 33.3% on the test rows"


def test_the_title_of_a_regression_names_r2(tmp_path):
    run = numbers_run()
    run.result["r2"] = 0.4567
    assert Page(written(run, tmp_path)).texts_in("title")[:1] == ["glassgrad: numbers, R² 0.46 on the test rows"]


def test_the_summary_of_a_classification():
    run = images_run()
    loss, shares = run.result["loss"], [f"{run.result[name]:.1%}" for name in ("precision", "recall", "f1")]
    assert rows_of(quick(run), "The run") == [
        ["data", "images: 6 rows to train on, 2 for validation, 6 for the test"],
        ["task", "classification: 3 classes of letter from 16 inputs"],
        ["model", repr(run.model).replace("'", "&#x27;")],
        ["loss", "cross entropy"], ["optimizer", "adam"], ["seed", "0"], ["epochs", "2"], ["trained in", "12.3 s"],
        ["test accuracy", "33.3%"],
        *([f"test {name}", f"{share}, the mean over the classes that occur"]
          for name, share in zip(("precision", "recall", "F1"), shares, strict=True)),
        ["test loss", f"{loss:.4g}"],
    ]  # fmt: skip


def test_the_summary_of_a_regression_has_its_units():
    run = numbers_run()
    run.result |= {"mean_absolute_error": 1.5, "mean_squared_error": 4.0, "r2": 0.25, "loss": 0.125}
    rows = rows_of(quick(run), "The run")
    assert rows[1] == ["task", "regression: price from 3 inputs"]
    assert rows[-4:] == [
        ["test mean absolute error", "1.5, in units of price"], ["test mean squared error", "4, in units of price²"],
        ["test R²", "0.25"], ["test loss", "0.125"],
    ]  # fmt: skip


def test_options_that_were_used_are_told():
    run = images_run()
    run.options |= {"l2": 0.01, "momentum": 0.9, "clip_norm": None, "warm_up": 3, "scale": "none"}
    names = [name for name, _ in rows_of(quick(run), "The run")]
    assert names[4:9] == ["optimizer", "warm up", "momentum", "l2", "seed"]


def test_early_stopping_is_told():
    row = next(row for row in rows_of(quick(stopped_early()), "The run") if row[0] == "epochs")
    assert row[1] == "4 of 100; the weights are those of epoch 2, with the lowest loss of the validation rows"


def test_early_stopping_is_no_divergence():
    assert "not finite" not in quick(stopped_early())


def test_a_training_that_diverged_while_it_could_have_stopped_early_says_so():
    text = quick(diverged(stopped_early((0.9, 0.5, 0.6)), 100))
    assert "The weights of epoch 2, at the dotted line, are the ones kept." in text
    assert "The training ended in epoch 4, since the loss was not finite." in text


def test_a_training_that_diverged_says_so():
    text = quick(diverged(images_run(), 5))
    assert "The weights after epoch 2 are the ones kept. The training ended in epoch 3, since the loss was not" in text
    assert Page(text).texts_in("li") == ["The loss was not finite."]


def test_a_training_without_an_epoch_says_so():
    assert "There is nothing to show: the training ended before its first epoch was over" in quick(
        no_epoch(images_run())
    )


def test_each_class_has_its_precision_recall_and_f1():
    run = images_run()
    run.data.y_test, run.outputs = np.array([0, 0, 1, 2, 2, 2]), np.eye(3)[[0, 1, 1, 2, 2, 2]]
    assert rows_of(quick(run), "Confusion") == [
        ["class", "precision", "recall", "F1", "test rows"],
        ["a", "100.0%", "50.0%", "66.7%", "2"], ["b", "50.0%", "100.0%", "66.7%", "1"],
        ["c", "100.0%", "100.0%", "100.0%", "3"],
    ]  # fmt: skip


def test_a_share_of_no_rows_is_no_number():
    run = images_run()
    run.data.y_test, run.outputs = np.array([0, 0, 0, 1, 0, 0]), np.eye(3)[[0, 0, 2, 0, 0, 0]]
    assert rows_of(quick(run), "Confusion")[1:] == [
        ["a", "80.0%", "80.0%", "80.0%", "5"],
        ["b", "–", "0.0%", "0.0%", "1"],  # never predicted
        ["c", "0.0%", "–", "–", "0"],  # no test rows
    ]  # fmt: skip


def test_a_class_without_test_rows_has_a_line():
    run = images_run(("accuracy", "b", "macro avg"))  # scikit-learn's own lines are called so
    run.data.y_test, run.outputs = np.zeros(6, int), np.eye(3)[[0] * 6]
    names = [row[0] for row in rows_of(quick(run), "Confusion")]
    assert names == ["class", "accuracy", "b", "macro avg"]


def test_nothing_unusual_is_said():
    assert "Nothing unusual" in quick(images_run())


def test_of_saturated_neurons_nothing_unusual_speaks_too():
    assert "few neurons if any are dead or saturated" in quick(images_run())


@pytest.mark.parametrize("told", [[], ["dead relus: 60%"]])
def test_a_resumed_training_says_that_not_all_is_told(told):
    run = images_run()
    run.resumed, run.warnings = True, told
    text = quick(run)
    resumed = "This training was resumed; what was told before the interruption is not repeated here."
    assert text.split("<h2>Diagnosis</h2>")[1].startswith(f"\n<p>{resumed}</p>")
    assert Page(text).texts_in("li") == told
    assert "Nothing unusual" not in text


def test_the_time_of_a_resumed_training_is_that_since_then():
    run = images_run()
    run.resumed = True
    assert ["trained in (since it was resumed)", "12.3 s"] in rows_of(quick(run), "The run")


def test_the_warnings_of_the_training_are_said():
    run = images_run()
    run.warnings = ["dead relus: 60%", "exploding gradients"]
    text = quick(run)
    assert Page(text).texts_in("li") == run.warnings
    assert "Nothing unusual" not in text


def test_the_statistics_of_the_last_epoch_are_a_table():
    assert rows_of(quick(images_run()), "Diagnosis") == [
        ["layer", "mean |gradient|", "largest", "mean output", "deviation", "dead neurons"],
        ["layer 1", "0.001", "0.02", "0.5", "2", "25.0%"], ["layer 2", "0.001", "0.02", "0.5", "2", ""],
    ]  # fmt: skip
