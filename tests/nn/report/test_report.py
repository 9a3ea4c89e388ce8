"""The report: one page that needs nothing else."""

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from sklearn.preprocessing import MinMaxScaler

from nn import MLP, History, evaluate, predict
from nn.data.datasets import Dataset
from nn.report import pictures as report_pictures
from nn.report.page import MARK
from nn.report.page import page as page_of
from nn.report.report import MOST_INPUTS, MOST_WRONG, _sections, write_report
from nn.report.run import Run

VOID = {"meta", "img", "br", "link", "input", "hr", "source", "base"}
HOSTILE = ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "$a&b$"]


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


# ------------------------------------------------------------------------------------------------------------ runs


def images_run(classes=("a", "b", "c"), wrong=4, rows=6, seed=0, name="images"):
    """A run on images of 4×4 pixels from 0 to 16, with so many wrong predictions."""
    X = np.random.default_rng(seed).integers(0, 17, (rows, 16)).astype(float)
    model = MLP(16, [3, 3], seed=seed)
    model.scaler = MinMaxScaler().fit([[0.0] * 16, [16.0] * 16])
    y = predict(model, X).argmax(axis=1)
    y[:wrong] = (y[:wrong] + 1) % 3
    data = dataset(name, X, y, classes=list(classes), target="letter", image_shape=(4, 4), largest_input=16.0)
    return run_of(data, model, "cross_entropy")


def points_run(classes=("0", "1"), inputs=("x1", "x2")):
    """A run on points of a plane."""
    X = np.random.default_rng(0).normal(size=(12, 2))
    data = dataset("points", X, (X[:, 0] > 0).astype(int), classes=list(classes), inputs=list(inputs), target="side")
    return run_of(data, MLP(2, [4, 1], seed=0), "binary_cross_entropy_with_logits")


def table_run(inputs=("age", "height", "weight"), classes=("a", "b", "c"), target="kind", name="table", rows=6):
    """A run on a table of classes, with two wrong predictions."""
    X = np.random.default_rng(0).normal(size=(rows, len(inputs)))
    model = MLP(len(inputs), [4, 3], seed=0)
    y = predict(model, X).argmax(axis=1)
    y[:2] = (y[:2] + 1) % 3
    data = dataset(name, X, y, classes=list(classes), inputs=list(inputs), target=target)
    return run_of(data, model, "cross_entropy")


def numbers_run(errors=(1.0, -3.0, 0.5, 0.0), inputs=("age", "height", "weight"), target="price", name="numbers"):
    """A run on a table of numbers, with these errors."""
    X = np.random.default_rng(0).normal(size=(len(errors), 3))
    model = MLP(3, [4, 1], seed=0)
    y = predict(model, X) - np.array(errors)
    return run_of(dataset(name, X, y, "regression", inputs=list(inputs), target=target), model, "mse")


def dataset(name, X, y, task="classification", **more):
    return Dataset(name, task, X, y, X[:2], y[:2], X, y, **more)


def run_of(data, model, loss):
    metrics = ["accuracy", "precision", "recall", "f1"]
    if data.task == "regression":
        metrics = ["mean_absolute_error", "mean_squared_error", "r2"]
    history = History(loss=[1.0, 0.5], val_loss=[1.1, 0.6])
    for name in metrics:
        history |= {name: [0.3, 0.6], "val_" + name: [0.2, 0.5]}
    history.statistics = {
        name: {
            "epoch": [1, 2],
            "gradient": [1e-2, 1e-3],
            "gradient_max": [0.1, 0.02],
            "activation": [0.4, 0.5],
            "activation_std": [1, 2],
        }
        for name in ("layer 1", "layer 2")
    }
    history.statistics["layer 1"]["dead"] = [0.0, 0.25]
    result = evaluate(model, data.X_test, data.y_test, loss=loss, metrics=metrics)
    options = {
        "optimizer": "adam",
        "epochs": 2,
        "hidden": [3],
        "out": None,
        "l1": 0.0,
        "seed": 0,
        "schedule": "constant",
    }
    return Run(data, model, loss, history, predict(model, data.X_test), result, 12.34, options)


def written(run, folder):
    write_report(run, folder)
    return (folder / "report.html").read_text(encoding="utf-8")


def quick(run):
    """The page, with a dot for each picture."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, format="PNG")
    names = ["history", "confusion", "predictions", "gradients", "activations", "boundary", "weights"]
    files = {f"{name}.png": file.getvalue() for name in names}
    return page_of("title", _sections(run, files | {"neuron.svg": "<svg></svg>"}, "Neuron 1"))


def rows_of(text, heading):
    """The cells of the tables in the section of that heading, by row."""
    section = text.split(f"<h2>{heading}</h2>")[1].split("</section>")[0]
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", section)]


def no_epoch(run):
    run.history = History({name: [] for name in run.history})
    return run


RUNS = {
    "images": images_run, "points": points_run, "table": table_run, "numbers": numbers_run,
    "hostile images": lambda: images_run(HOSTILE, name=HOSTILE[0]),
    "hostile points": lambda: points_run(HOSTILE[:2], HOSTILE[1:]),
    "hostile table": lambda: table_run(HOSTILE, HOSTILE, HOSTILE[0], HOSTILE[1]),
    "hostile numbers": lambda: numbers_run(inputs=HOSTILE, target=HOSTILE[0], name=HOSTILE[1]),
    "no epoch": lambda: no_epoch(table_run()),
}  # fmt: skip


@pytest.fixture(scope="module", params=RUNS)
def page(request, tmp_path_factory):
    return Page(written(RUNS[request.param](), tmp_path_factory.mktemp("report")))


@pytest.fixture(scope="module")
def images_folder(tmp_path_factory):
    """The folder of a report on images."""
    folder = tmp_path_factory.mktemp("images")
    write_report(images_run(), folder)
    return folder


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
    assert len(addresses) >= 2
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
    assert {"w1", "b"} <= set(page.texts_in("text"))


@pytest.mark.parametrize(
    "page", ["hostile images", "hostile points", "hostile table", "hostile numbers"], indirect=True
)
def test_names_from_data_are_shown_as_text(page):
    assert any(HOSTILE[0] in text for _, text in page.texts)
    assert any(HOSTILE[1] in text for _, text in page.texts)


@pytest.mark.parametrize("text", ["", "a"])
def test_warnings_are_shown_as_text(text):
    run = table_run()
    run.warnings = [text + HOSTILE[0]]
    assert Page(quick(run)).texts_in("li") == [text + HOSTILE[0]]


# --------------------------------------------------------------------------------------- for those who cannot see it


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


# -------------------------------------------------------------------------------------------------------- sections


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
PICTURES = {
    "images": ["history", "confusion", "gradients", "activations", "weights"],
    "points": ["history", "confusion", "gradients", "activations", "boundary"],
    "table": ["history", "confusion", "gradients", "activations", "weights"],
    "numbers": ["history", "predictions", "gradients", "activations", "weights"],
    "no epoch": ["confusion", "weights"],
}


@pytest.mark.parametrize("kind", SECTIONS)
def test_the_sections(kind):
    assert Page(quick(RUNS[kind]())).texts_in("h2") == SECTIONS[kind]


@pytest.mark.parametrize("kind", PICTURES)
def test_the_pictures(kind, monkeypatch):
    monkeypatch.setattr(report_pictures, "_png", lambda *how: b"")
    assert [*report_pictures.pictures(RUNS[kind]())] == [f"{name}.png" for name in PICTURES[kind]]


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


def stopped_early(losses=(0.9, 0.5, 0.7, 0.8)):
    run = images_run()
    run.history = History({name: [*losses] for name in run.history})
    run.options |= {"epochs": 100, "patience": 2}
    run.best_epoch = 2
    return run


def diverged(run, epochs):
    run.options["epochs"], run.diverged = epochs, True
    return run


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


# ------------------------------------------------------------------------------------------------------- diagnosis


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


# -------------------------------------------------------------------------------------------------------- pictures


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


# ------------------------------------------------------------------------------------------------------ the neuron


def shown_gradient(text, label):
    """The gradient that the graph shows for the leaf of that label."""
    texts = Page(text).texts_in("text")
    start = texts.index(label)
    return next(float(t.removeprefix("grad ")) for t in texts[start:] if t.startswith("grad "))


def test_the_graph_shows_the_derivatives_of_the_neuron_alone():
    run = points_run()
    for parameter in run.model.parameters():
        parameter.grad = 1000.0  # training leaves gradients
    text, _ = report_pictures.neuron(run)
    row = run.data.X_test[0].tolist()
    shown = next(neuron for neuron in run.model.layers[0].neurons if neuron(row).data > 0)
    assert shown_gradient(text, "b") == 1.0  # of a relu that is on
    assert shown_gradient(text, "w1") == pytest.approx(row[0], rel=1e-3)  # four digits are shown
    assert shown_gradient(text, "x1") == pytest.approx(shown.w[0].data, rel=1e-3)


@pytest.mark.parametrize("own", [0, 1, 2])
def test_of_an_output_layer_the_neuron_of_the_true_class_is_shown(own):
    run = images_run()
    run.data.y_test[0] = own
    svg, text = report_pictures.neuron(run)
    assert text == f"Neuron {own + 1} of layer 2 (that of the row's own class) for the first test row"
    weights = [w.data for w in run.model.layers[1].neurons[own].w]
    assert [shown_gradient(svg, f"x{i}") for i in (1, 2, 3)] == pytest.approx(weights, rel=1e-3)


def test_the_inputs_of_the_neuron_are_scaled():
    run = points_run()
    run.model.scaler = MinMaxScaler().fit([[0.0, 0.0], [100.0, 100.0]])
    svg, text = report_pictures.neuron(run)
    assert text.endswith("for the first test row, scaled")
    data = Page(svg).texts_in("text")
    assert float(data[data.index("x1") + 1].removeprefix("data ")) == pytest.approx(
        run.data.X_test[0, 0] / 100, rel=1e-3
    )


def test_the_inputs_of_the_neuron_have_the_names_of_the_columns():
    svg, _ = report_pictures.neuron(table_run())
    assert {"age", "height", "weight"} <= set(Page(svg).texts_in("text"))


def test_the_model_is_left_as_it_was(tmp_path):
    run = images_run()
    before = [p.data for p in run.model.parameters()]
    written(run, tmp_path)
    assert [p.data for p in run.model.parameters()] == before
    assert {p.grad for p in run.model.parameters()} == {0.0}


# ----------------------------------------------------------------------------------------------- wrong predictions


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


# ------------------------------------------------------------------------------------------------------------- Run


def test_the_confidence_of_several_outputs_is_the_softmax_of_the_largest():
    run = images_run()
    exponentials = np.exp(run.outputs[2])
    assert run.confidence(2) == pytest.approx(exponentials.max() / exponentials.sum(), rel=1e-14)


@pytest.mark.parametrize("logit", [-3.0, 3.0])
def test_the_confidence_of_one_logit_is_the_sigmoid_of_its_size(logit):
    run = points_run()
    run.outputs = np.array([logit])
    assert run.confidence(0) == pytest.approx(1 / (1 + np.exp(-3.0)), rel=1e-14)


def test_the_predictions_of_a_regression_are_its_outputs():
    run = numbers_run()
    assert run.predictions is run.outputs
