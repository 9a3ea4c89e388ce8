"""The pictures of the report: which there are, and what is in them."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from nn.report import pictures as report_pictures

from .conftest import quick, written
from .runs import PICTURES, RUNS, images_run, numbers_run, points_run, stopped_early, table_run


@pytest.mark.parametrize("kind", PICTURES)
def test_the_pictures(kind, monkeypatch):
    monkeypatch.setattr(report_pictures, "_png", lambda *how: b"")
    assert [*report_pictures.pictures(RUNS[kind]())] == [f"{name}.png" for name in PICTURES[kind]]


def drawn(draw_on, run):
    figure = Figure()
    draw_on(run, figure)
    return figure.axes


def test_the_picture_of_the_history_has_the_loss_and_one_metric():
    axes = drawn(report_pictures._history, images_run())
    names = [line.get_label() for each in axes for line in each.get_lines()]
    assert names == ["loss", "val_loss", "accuracy", "val_accuracy"]


def test_the_picture_of_the_history_marks_the_epoch_of_the_weights():
    left, _ = drawn(report_pictures._history, stopped_early())
    assert left.get_lines()[-1].get_xdata() == [2, 2]


def test_the_picture_of_the_confusion_has_the_numbers_of_the_table():
    run = images_run()
    run.data.y_test, run.outputs = np.array([0, 0, 1, 2, 2, 2]), np.eye(3)[[0, 1, 1, 2, 2, 2]]
    (axes,) = drawn(report_pictures._confusion, run)
    assert [text.get_text() for text in axes.texts] == ["1", "1", "0", "0", "1", "0", "0", "0", "3"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]


def test_the_picture_of_the_boundary_names_inputs_and_classes():
    (axes,) = drawn(report_pictures._boundary, points_run(("in", "out"), ("width", "$")))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width", "$")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["in", "out"]


def test_a_boundary_of_more_classes_than_colours_is_not_drawn():
    assert not report_pictures.has_boundary(points_run([str(number) for number in range(11)]))


def test_the_picture_of_the_predictions_has_a_point_for_each_row():
    run = numbers_run()
    left, _ = drawn(report_pictures._predictions, run)
    np.testing.assert_array_equal(left.collections[0].get_offsets(), np.stack([run.data.y_test, run.outputs], axis=1))


def test_the_picture_of_the_predictions_has_the_diagonal():
    left, _ = drawn(report_pictures._predictions, numbers_run())
    line = left.get_lines()[0]
    assert list(line.get_xdata()) == list(line.get_ydata())


def test_the_histogram_counts_the_errors():
    _, right = drawn(report_pictures._predictions, numbers_run((1.0, 1.0, -1.0, 0.0)))
    assert [bar.get_height() for bar in right.patches] == [1, 0, 1, 0, 2]


def test_predictions_that_are_not_finite_are_left_out():
    run = numbers_run()
    run.outputs = np.array([np.nan, np.inf, 1.0, 2.0])
    left, right = drawn(report_pictures._predictions, run)
    assert len(left.collections[0].get_offsets()) == sum(bar.get_height() for bar in right.patches) == 2


def test_predictions_that_are_not_finite_are_counted():
    run = numbers_run()
    assert "missing" not in quick(run)
    run.outputs = np.array([np.nan, np.inf, 1.0, 2.0])
    assert "2 of 4 rows are missing: the error is not finite." in quick(run)


def test_the_picture_of_the_weights_names_the_columns():
    axes, _ = drawn(report_pictures._weights, table_run(("age", "a" * 40, "$x$")))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["age", "a" * 23 + "…", r"\$x\$"]


def test_of_very_many_columns_the_picture_has_no_names():
    axes, _ = drawn(report_pictures._weights, table_run([f"x{i}" for i in range(41)]))
    assert axes.get_xticklabels() == []


def test_names_that_the_font_of_the_pictures_lacks_are_no_warning(tmp_path):
    assert "山" in written(table_run(classes=("山", "川", "田")), tmp_path)
