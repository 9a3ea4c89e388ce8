"""One neuron, every number: the graph in the report."""

import pytest
from sklearn.preprocessing import MinMaxScaler

from nn.report import pictures as report_pictures

from .conftest import Page, written
from .runs import images_run, points_run, table_run


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
