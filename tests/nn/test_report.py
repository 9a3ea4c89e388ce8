"""The report: one page that needs nothing else."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from nn import MLP, History, evaluate, predict
from nn.datasets import Dataset
from nn.report import MOST_WRONG, Run, _draw_confusion, write_report

VOID = {"meta", "img", "br", "link", "input", "hr", "source", "base"}
HOSTILE = ["<script>alert(1)</script>", "\"><img src='http://a.b'>", "a&b"]


class Page(HTMLParser):
    """The elements of a page, checked to be closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.texts, self.open, self.unbalanced = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, text):
        self.texts.append(((self.open or [""])[-1], text))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def texts_in(self, tag):
        return [text for name, text in self.texts if name == tag]


def images_run(classes=("a", "b", "c"), wrong=4, rows=6, seed=0, name="images"):
    """A run on images of 4×4 pixels from 0 to 16, with so many wrong predictions."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 17, (rows, 16)).astype(float)
    model = MLP(16, [3, 3], seed=seed)
    outputs = predict(model, X / 16)
    y = outputs.argmax(axis=1)
    y[:wrong] = (y[:wrong] + 1) % 3
    return run_of(Dataset(name, X, y, X, y, list(classes), (4, 4), 16.0), X / 16, model, "cross_entropy")


def points_run(classes=("0", "1")):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 2))
    y = (X[:, 0] > 0).astype(int)
    return run_of(
        Dataset("points", X, y, X, y, list(classes)), X, MLP(2, [4, 1], seed=0), "binary_cross_entropy_with_logits"
    )


def run_of(data, X_test, model, loss):
    history = History(loss=[1.0, 0.5], accuracy=[0.3, 0.6], val_loss=[1.1, 0.6], val_accuracy=[0.2, 0.5])
    result = evaluate(model, X_test, data.y_test, loss=loss, metrics=["accuracy"])
    options = {"optimizer": "adam", "epochs": 2, "hidden": [3], "out": None}
    return Run(data, X_test, model, loss, history, predict(model, X_test), result, 12.34, options)


def written(run, folder):
    write_report(run, folder)
    return (folder / "report.html").read_text(encoding="utf-8")


RUNS = {"images": images_run, "points": points_run, "hostile names": lambda: images_run(HOSTILE, name=HOSTILE[0])}


@pytest.fixture(scope="module", params=RUNS.values(), ids=RUNS)
def page(request, tmp_path_factory):
    return Page(written(request.param(), tmp_path_factory.mktemp("report")))


# -------------------------------------------------------------------------------------------------- self-contained


def test_every_element_is_closed(page):
    assert page.unbalanced == []
    assert page.open == []


def test_nothing_is_loaded_from_elsewhere(page):
    addresses = [
        address
        for _, attributes in page.elements
        for name, address in attributes.items()
        if name.split(":")[-1] in ("src", "href", "data", "srcset", "action", "poster", "background")
    ]
    assert len(addresses) >= 3
    assert [address for address in addresses if not address.startswith(("data:image/png;base64,", "#"))] == []


def test_the_style_loads_nothing(page):
    assert page.texts_in("style") != []
    assert [style for style in page.texts_in("style") if "url(" in style or "@import" in style] == []


def test_nothing_runs(page):
    tags = {tag for tag, _ in page.elements}
    assert tags & {"script", "iframe", "object", "embed", "link", "base", "form"} == set()
    assert [name for _, attributes in page.elements for name in attributes if name.startswith("on")] == []


def test_every_image_is_a_png_that_decodes(page):
    for image in page.all("img"):
        content = base64.b64decode(image["src"].removeprefix("data:image/png;base64,"), validate=True)
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            assert picture.format == "PNG"


def test_every_image_says_what_it_shows(page):
    assert [image for image in page.all("img") if not image.get("alt")] == []


def test_the_neuron_is_an_inline_svg(page):
    assert len(page.all("svg")) == 1
    assert {"w1", "b", "x1"} <= set(page.texts_in("text"))


# -------------------------------------------------------------------------------------------------------- sections


def test_the_sections_of_a_run_on_images(tmp_path):
    assert Page(written(images_run(), tmp_path)).texts_in("h2") == [
        "The run", "Loss and accuracy", "Confusion", "What the first layer looks for", "One neuron, every number",
        "Wrong predictions",
    ]  # fmt: skip


def test_the_sections_of_a_run_on_points(tmp_path):
    assert Page(written(points_run(), tmp_path)).texts_in("h2") == [
        "The run", "Loss and accuracy", "Confusion", "Decision boundary", "One neuron, every number"
    ]  # fmt: skip


def test_the_summary_shows_the_run(tmp_path):
    run = images_run()
    cells = Page(written(run, tmp_path)).texts_in("td")
    assert cells == [
        "images: 6 rows to train on, 6 for the test", repr(run.model), "cross entropy", "adam", "2", "12.3 s",
        "33.33%", f"{run.result['loss']:.4f}",
    ]  # fmt: skip


def test_the_title_names_data_and_accuracy(tmp_path):
    page = Page(written(images_run(), tmp_path))
    assert page.texts_in("title")[0] == page.texts_in("h1")[0] == "glassgrad: images, 33.3% on the test rows"


def test_the_picture_of_the_confusion_has_the_numbers_of_the_table():
    run = images_run(("a", "b", "c"), wrong=0)
    run.data.y_test, run.outputs = np.array([0, 0, 1, 2, 2, 2]), np.eye(3)[[0, 1, 1, 2, 2, 2]]
    figure = Figure()
    _draw_confusion(run, figure)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["1", "1", "0", "0", "1", "0", "0", "0", "3"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]


# ------------------------------------------------------------------------------------------------------ the neuron


def shown_gradient(text, label):
    """The gradient that the graph shows for the leaf of that label."""
    texts = Page(text).texts_in("text")
    start = texts.index(label)
    return next(float(t.removeprefix("grad ")) for t in texts[start:] if t.startswith("grad "))


def test_the_graph_shows_the_derivatives_of_the_neuron_alone(tmp_path):
    run = points_run()
    for parameter in run.model.parameters():
        parameter.grad = 1000.0  # training leaves gradients
    text = written(run, tmp_path)
    row = run.X_test[0].tolist()
    shown = next(neuron for neuron in run.model.layers[0].neurons if neuron(row).data > 0)
    assert shown_gradient(text, "b") == 1.0  # of a relu that is on
    assert shown_gradient(text, "w1") == pytest.approx(row[0], rel=1e-3)  # four digits are shown
    assert shown_gradient(text, "x1") == pytest.approx(shown.w[0].data, rel=1e-3)


def test_of_an_output_layer_the_neuron_of_the_true_class_is_shown(tmp_path):
    run = images_run(wrong=0)
    neuron = run.data.y_test[0] + 1
    words = f"Neuron {neuron} of layer 2 (that of the row's own class) for the first test row"
    assert words in written(run, tmp_path)


def test_the_pictures_are_files_too(tmp_path):
    text = written(images_run(), tmp_path)
    for name in ("history.png", "confusion.png", "weights.png"):
        assert base64.b64encode((tmp_path / name).read_bytes()).decode() in text
    assert (tmp_path / "neuron.svg").read_text(encoding="utf-8").endswith("</svg>\n")


def test_the_model_is_left_as_it_was(tmp_path):
    run = images_run()
    before = [p.data for p in run.model.parameters()]
    written(run, tmp_path)
    assert [p.data for p in run.model.parameters()] == before
    assert {p.grad for p in run.model.parameters()} == {0.0}


# ----------------------------------------------------------------------------------------------- wrong predictions


def test_wrong_predictions_are_shown_the_surest_first(tmp_path):
    run = images_run(wrong=4)
    text = written(run, tmp_path)
    assert "4 of 6 test rows were predicted wrong, those it was most sure of first" in text
    sure = [int(percent) for percent in re.findall(r"<figcaption>(\d+)% sure", text)]
    assert len(sure) == 4
    assert sure == sorted(sure, reverse=True)


def test_a_wrong_prediction_says_what_it_is(tmp_path):
    run = images_run(wrong=1)
    predicted, true = "abc"[run.predictions[0]], "abc"[run.data.y_test[0]]
    assert f"{run.confidence(0):.0%} sure: {predicted}<br>it is {true}</figcaption>" in written(run, tmp_path)


def test_a_wrong_prediction_shows_its_pixels_dark_on_light(tmp_path):
    run = images_run(wrong=1)
    (image,) = (i for i in Page(written(run, tmp_path)).all("img") if i.get("class") == "pixels")
    with Image.open(io.BytesIO(base64.b64decode(image["src"].split(",")[1]))) as picture:
        pixels = np.asarray(picture)
    np.testing.assert_allclose(1 - pixels / 255, run.data.X_test[0].reshape(4, 4) / 16, atol=1 / 255)


def test_of_many_wrong_predictions_the_surest_are_shown(tmp_path):
    text = written(images_run(wrong=30, rows=40), tmp_path)
    assert f"30 of 40 test rows were predicted wrong; the {MOST_WRONG} it was most sure of" in text
    assert text.count("<figure>") == MOST_WRONG


def test_no_wrong_predictions_are_said(tmp_path):
    text = written(images_run(wrong=0), tmp_path)
    assert "None: every test row was predicted right." in text
    assert "<figure>" not in text


def test_hostile_class_names_are_shown_as_text(tmp_path):
    page = Page(written(images_run(HOSTILE), tmp_path))
    assert any(HOSTILE[0] in text for text in page.texts_in("figcaption"))


# ------------------------------------------------------------------------------------------------------------- Run


def test_the_confusion_table():
    run = images_run(wrong=0)
    run.data.y_test = np.array([0, 0, 1, 2, 2, 2])
    run.outputs = np.eye(3)[[0, 1, 1, 2, 2, 2]]
    assert run.confusion_table() == (
        "true \\ predicted a b c\n"
        "               a 1 1 .\n"
        "               b . 1 .\n"
        "               c . . 3"
    )  # fmt: skip


def test_the_confidence_of_several_outputs_is_the_softmax_of_the_largest():
    run = images_run()
    exponentials = np.exp(run.outputs[2])
    assert run.confidence(2) == pytest.approx(exponentials.max() / exponentials.sum(), rel=1e-14)


@pytest.mark.parametrize("logit", [-3.0, 3.0])
def test_the_confidence_of_one_logit_is_the_sigmoid_of_its_size(logit):
    run = points_run()
    run.outputs = np.array([logit])
    assert run.confidence(0) == pytest.approx(1 / (1 + np.exp(-3.0)), rel=1e-14)
