"""The pictures of weights: what they show, and what they refuse."""

from types import SimpleNamespace as Some

import pytest

import nn
from autograd import Value
from viz import plot_weights


def model(n_inputs: int, n_neurons: int = 3) -> Some:
    neurons = [Some(w=[Value(0.1 * i - k) for i in range(n_inputs)]) for k in range(n_neurons)]
    return Some(layers=[Some(neurons=neurons)])


def test_weights_have_a_picture_for_each_neuron():
    assert [each.images[0].get_array().shape for each in plot_weights(model(64))] == [(8, 8)] * 3


def test_weights_have_one_colour_scale_symmetric_around_zero():
    limits = {each.images[0].get_clim() for each in plot_weights(model(4))}
    assert limits == {(-2.0, 2.0)}


def test_weights_of_the_first_neurons_are_shown():
    many = nn.MLP(4, [40, 1], seed=0)
    assert len(plot_weights(many)) == 36
    assert len(plot_weights(many, most=3)) == 3


def test_a_few_large_weights_leave_the_others_visible():
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


def test_weights_of_named_inputs_are_a_heat_map_with_the_names():
    (axes,) = plot_weights(model(4), inputs=["age", "$a$", "c", "d"])
    assert axes.images[0].get_array().shape == (3, 4)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["age", r"\$a\$", "c", "d"]  # no formula


def test_names_that_are_too_few_are_refused():
    with pytest.raises(ValueError, match="inputs must name the 4 inputs of a heat map, without shape=; got 1"):
        plot_weights(model(4), inputs=["age"])


def test_weights_are_drawn_on_the_axes_that_are_given(plt):
    axes = plt.axes()
    assert plot_weights(model(5), ax=axes)[0] is axes
