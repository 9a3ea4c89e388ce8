"""Wrong predictions and largest errors in the report."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from nn.report.report import MOST_INPUTS, MOST_WRONG

from .conftest import Page, quick, rows_of
from .runs import images_run, numbers_run, table_run


def test_wrong_predictions_are_shown_the_surest_first():
    text = quick(images_run(wrong=4))
    assert "4 of 6 test rows were predicted wrong, those it was most sure of first" in text
    sure = [int(percent) for percent in re.findall(r"<figcaption>(\d+)% sure", text)]
    assert len(sure) == 4
    assert sure == sorted(sure, reverse=True)


def test_a_wrong_prediction_says_what_it_is():
    run = images_run(wrong=1)
    predicted, true = "abc"[run.predictions[0]], "abc"[run.data.y_test[0]]
    assert f"{run.confidence(0):.0%} sure: {predicted}<br>it is {true}</figcaption>" in quick(run)


def test_a_wrong_prediction_shows_its_pixels_dark_on_light():
    run = images_run(wrong=1)
    image = Page(quick(run)).all("img")[-1]
    with Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))) as picture:
        pixels = np.asarray(picture)
    np.testing.assert_allclose(1 - pixels / 255, run.data.X_test[0].reshape(4, 4) / 16, atol=1 / 255)


def test_of_many_wrong_predictions_the_surest_are_shown():
    text = quick(images_run(wrong=30, rows=40))
    assert f"30 of 40 test rows were predicted wrong; the {MOST_WRONG} it was most sure of" in text
    assert text.count("<figure>") == MOST_WRONG


def test_no_wrong_predictions_are_said():
    text = quick(images_run(wrong=0))
    assert "None: every test row was predicted right." in text
    assert "<figure>" not in text


def test_wrong_predictions_of_a_table_are_rows_with_their_inputs():
    run = table_run()
    header, *rows = rows_of(quick(run), "Wrong predictions")
    first = max((0, 1), key=run.confidence)
    names = [run.data.classes[classes[first]] for classes in (run.predictions, run.data.y_test)]
    inputs = [f"{x:.6g}" for x in run.data.X_test[first]]
    assert header == ["predicted", "true", "sure", "age", "height", "weight"]
    assert rows[0] == [*names, f"{run.confidence(first):.0%}", *inputs]
    assert len(rows) == 2


def test_of_very_many_inputs_some_are_left_out():
    text = quick(table_run([f"x{i}" for i in range(MOST_INPUTS + 5)]))
    assert len(rows_of(text, "Wrong predictions")[0]) == 3 + MOST_INPUTS
    assert "5 more inputs are not shown." in text


def test_the_largest_errors_of_a_regression_are_rows():
    run = numbers_run((1.0, -3.0, 0.5, 0.0))
    header, *rows = rows_of(quick(run), "Largest errors")
    assert header == ["predicted", "true", "error", "age", "height", "weight"]
    assert [float(row[2]) for row in rows] == pytest.approx([-3.0, 1.0, 0.5, 0.0], abs=1e-12)
    assert rows[0][:2] == [f"{run.outputs[1]:.6g}", f"{run.data.y_test[1]:.6g}"]
    assert rows[0][3:] == [f"{x:.6g}" for x in run.data.X_test[1]]


def test_of_many_errors_the_largest_are_shown():
    assert len(rows_of(quick(numbers_run(range(30))), "Largest errors")) == 1 + MOST_WRONG


def test_a_prediction_that_is_not_a_number_is_the_largest_error():
    run = numbers_run()
    run.outputs[2] = np.nan
    assert rows_of(quick(run), "Largest errors")[1][0] == "nan"
