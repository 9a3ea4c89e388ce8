"""The report for those who cannot see it: names of parts, pictures in words."""

import numpy as np
import pytest

from nn import History
from nn.report import pictures as report_pictures

from .runs import images_run, numbers_run, points_run, table_run


def test_the_content_is_the_main_part(page):
    assert len(page.all("main")) == 1


def test_every_heading_of_a_table_says_of_what(page):
    scopes = [heading.get("scope") for heading in page.all("th")]
    assert set(scopes) == {"row", "col"}


def test_every_box_that_scrolls_can_be_reached_by_the_keyboard_and_has_a_name(page):
    boxes = [box for box in page.all("div") if box.get("class") in ("wide", "graph")]
    assert len(boxes) >= 3
    assert {(box.get("tabindex"), box.get("role")) for box in boxes} == {("0", "region")}
    names = [box.get("aria-label") for box in boxes]
    assert all(names)
    assert len(set(names)) == len(names)


def test_the_graph_is_one_image_with_a_name(page):
    (svg,) = page.all("svg")
    assert svg["role"] == "img"
    assert svg["aria-label"].startswith("Neuron ")


def test_the_only_title_is_that_of_the_page(page):
    assert len(page.all("title")) == 1


@pytest.mark.parametrize(("losses", "said"), [
    ([1.2, 0.7, 0.05], "Loss and accuracy over 3 epochs: the loss falls from 1.2 to 0.05, the accuracy ends at 97.5%"),
    ([0.7, 0.8], "Loss and accuracy over 2 epochs: the loss goes from 0.7 to 0.8, the accuracy ends at 97.5%"),
    ([0.7], "Loss and accuracy over 1 epoch: the loss is 0.7, the accuracy ends at 97.5%"),
])  # fmt: skip
def test_the_history_in_words(losses, said):
    run = images_run()
    run.history = History(dict.fromkeys(run.history, losses) | {"accuracy": [0.975] * len(losses)})
    assert report_pictures.in_words(run, "history.png") == said


def test_the_history_of_a_regression_in_words():
    assert report_pictures.in_words(numbers_run(), "history.png").endswith("the R² ends at 0.60")


def test_the_confusion_in_words():
    run = images_run()
    run.data.y_test, run.outputs = np.array([0, 1, 1, 2, 2, 2]), np.eye(3)[[0, 0, 0, 2, 1, 2]]
    text = "The confusion matrix: 3 of 6 test rows are on its diagonal"
    said = report_pictures.in_words(run, "confusion.png")
    assert said == f"{text}; the most frequent error is b taken for a, 2 times"
    assert report_pictures.in_words(images_run(wrong=0), "confusion.png") == text.replace("3 of", "6 of")


def test_the_predictions_in_words():
    run = numbers_run()
    assert report_pictures.in_words(run, "predictions.png").endswith(": 4 errors from -3 to 1")
    run.outputs = np.full(4, np.nan)
    assert report_pictures.in_words(run, "predictions.png").endswith(": 0 errors")


def test_the_layers_in_words():
    run = images_run()
    run.history.statistics["layer 1"]["gradient"][-1] = 0.25
    run.history.statistics["layer 1"]["activation"][-1] = -0.75
    gradients, activations = (report_pictures.in_words(run, f"{name}.png") for name in ("gradients", "activations"))
    assert gradients.endswith(": after the last one from 0.001 in layer 2 to 0.25 in layer 1")
    assert activations.endswith(": the mean is after the last one from -0.75 in layer 1 to 0.5 in layer 2")


def test_the_boundary_in_words():
    run = points_run()
    right = (run.predictions == run.data.y_test).sum()
    said = f"The regions of 2 classes in the plane: {right} of 12 test rows lie in their own"
    assert report_pictures.in_words(run, "boundary.png") == said


def test_the_weights_in_words():
    run = table_run()
    run.model.layers[0].neurons[1].w[2].data, run.model.layers[0].neurons[3].w[0].data = -7.0, 5.5
    said = "Weights of the first layer, of 4 neurons for 3 inputs: from -7 to 5.5"
    assert report_pictures.in_words(run, "weights.png") == said
