"""The plots: what they draw, on which axes, and what they refuse."""

from io import BytesIO
from types import SimpleNamespace as Some

import matplotlib as mpl
import numpy as np
import pytest

from autograd import Value
from viz import plot_confusion_matrix, plot_decision_boundary, plot_history, plot_weights

HISTORY = {"loss": [3.0, 2.0], "val_loss": [3.5, 2.5], "accuracy": [0.5, 0.9], "val_accuracy": [0.4, 0.8]}
X, y = [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]], [0, 1, 1]


@pytest.fixture(autouse=True)
def plt():
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    for number in plt.get_fignums():
        plt.figure(number).savefig(BytesIO(), format="svg")  # whatever was plotted can also be drawn
    plt.close("all")


def model(n_inputs: int, n_neurons: int = 3) -> Some:
    neurons = [Some(w=[Value(0.1 * i - k) for i in range(n_inputs)]) for k in range(n_neurons)]
    return Some(layers=[Some(neurons=neurons)])


def test_history_has_losses_on_the_left():
    assert [line.get_label() for line in plot_history(HISTORY).get_lines()] == ["loss", "val_loss"]


def test_history_has_metrics_on_the_right():
    right = plot_history(HISTORY).figure.axes[-1]
    assert [line.get_label() for line in right.get_lines()] == ["accuracy", "val_accuracy"]


def test_history_counts_epochs_from_one():
    assert list(plot_history(HISTORY).get_lines()[0].get_xdata()) == [1, 2]


def test_history_has_validation_dashed_in_the_same_colour():
    training, validation = plot_history(HISTORY).get_lines()
    assert (validation.get_linestyle(), validation.get_color()) == ("--", training.get_color())


def test_history_of_metrics_only():
    assert plot_history({"accuracy": [0.1]}).get_ylabel() == "accuracy"


def test_history_names_every_curve():
    assert [text.get_text() for text in plot_history(HISTORY).get_legend().get_texts()] == list(HISTORY)


def test_history_without_epochs_is_refused():
    with pytest.raises(ValueError, match="nothing to plot"):
        plot_history({"loss": []})


def test_confusion_matrix_counts():
    assert [text.get_text() for text in plot_confusion_matrix([0, 1, 1], [0, 1, 0]).texts] == ["1", "0", "1", "1"]


def test_confusion_matrix_of_given_labels():
    axes = plot_confusion_matrix(["a", "b"], ["a", "b"], labels=["b", "a", "c"])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["b", "a", "c"]


def test_confusion_matrix_of_scores_is_refused():
    with pytest.raises(ValueError, match="argmax"):
        plot_confusion_matrix([0, 1], [[0.1, 0.9], [0.5, 0.5]])


def region(axes) -> np.ndarray:
    return np.unique(axes.collections[0].get_array())


def test_decision_boundary_of_one_score_is_at_the_threshold():
    assert list(region(plot_decision_boundary(lambda X: X[:, 0] + 10, X, y, threshold=100))) == [0]


def test_decision_boundary_of_one_score_has_two_regions():
    assert list(region(plot_decision_boundary(lambda X: X[:, 0] - 0.5, X, y))) == [0, 1]


def test_decision_boundary_of_many_scores_takes_the_largest():
    def predict(X):
        return np.stack([X[:, 0], X[:, 1], 0 * X[:, 0] + 9], axis=1)

    assert list(region(plot_decision_boundary(predict, X, [0, 1, 2]))) == [2]


def test_decision_boundary_shows_the_points():
    assert plot_decision_boundary(lambda X: X[:, 0], X, y).collections[1].get_offsets().tolist() == X


def test_decision_boundary_of_named_classes():
    axes = plot_decision_boundary(lambda X: X[:, 0], X, ["cat", "dog", "dog"])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["cat", "dog"]


def test_decision_boundary_of_a_model():
    import nn

    axes = plot_decision_boundary(nn.Neuron(2, seed=0), X, y, resolution=5)
    assert axes.collections[0].get_array().size == 25


def test_decision_boundary_out_of_the_plane_is_refused():
    with pytest.raises(ValueError, match=r"\(rows, 2\); got \(2, 3\)"):
        plot_decision_boundary(lambda X: X, np.zeros((2, 3)), [0, 1])


def test_decision_boundary_of_a_wrong_prediction_is_refused():
    with pytest.raises(ValueError, match="it returned"):
        plot_decision_boundary(lambda X: 1.0, X, y)


def test_weights_have_a_picture_for_each_neuron():
    assert [each.images[0].get_array().shape for each in plot_weights(model(64))] == [(8, 8)] * 3


def test_weights_have_one_colour_scale_symmetric_around_zero():
    limits = {each.images[0].get_clim() for each in plot_weights(model(4))}
    assert limits == {(-2.0, 2.0)}


def test_weights_of_the_first_neurons_are_shown():
    import nn

    many = nn.MLP(4, [40, 1], seed=0)
    assert len(plot_weights(many)) == 36
    assert len(plot_weights(many, most=3)) == 3


def test_a_few_large_weights_leave_the_others_visible():
    import nn

    network = nn.MLP(64, [16, 1], seed=0)
    network.layers[0].neurons[0].w[0].data = 1e6
    assert plot_weights(network)[0].images[0].get_clim()[1] < 10.0


def test_weights_of_no_square_are_one_heat_map():
    assert [each.images[0].get_array().shape for each in plot_weights(model(5))] == [(3, 5)]


def test_weights_of_a_given_shape():
    assert plot_weights(model(6), shape=(2, 3))[0].images[0].get_array().shape == (2, 3)


def test_weights_in_a_given_figure(plt):
    figure = plt.figure()
    assert all(each.figure is figure for each in plot_weights(model(4), figure=figure))


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="a neuron has 5"):
        plot_weights(model(5), shape=(2, 3))


def test_weights_of_something_else_are_refused():
    with pytest.raises(TypeError, match=r"nn\.MLP; got int"):
        plot_weights(3)


def test_too_few_axes_are_refused(plt):
    with pytest.raises(ValueError, match="3 pictures need 3 axes; got 1"):
        plot_weights(model(4), ax=plt.axes())


@pytest.mark.parametrize("plot", [
    lambda ax: plot_history(HISTORY, ax=ax),
    lambda ax: plot_confusion_matrix([0, 1], [0, 1], ax=ax),
    lambda ax: plot_decision_boundary(lambda X: X[:, 0], X, y, ax=ax),
    lambda ax: plot_weights(model(5), ax=ax)[0],
])  # fmt: skip
def test_draws_on_the_axes_it_is_given(plt, plot):
    axes = plt.axes()
    assert plot(axes) is axes


def test_one_epoch_has_one_tick():
    assert list(plot_history({"loss": [0.5]}).get_xticks()) == [1]
