"""The plots of layers: what they draw, and what they refuse."""

import numpy as np
import pytest

import nn
from viz import plot_activations, plot_gradient_flow

HISTORY = nn.History(loss=[3.0, 2.0])
HISTORY.statistics = {
    "layer 1": {"gradient": [1e-3, 1e-7], "activation": [1.0, 2.0], "activation_std": [0.5, 0.25], "dead": [0.0, 0.5]},
    "layer 2": {"gradient": [1e-1, 1e-2], "activation": [0.0, 0.5], "activation_std": [1.0, 1.0]},
}
for numbers in HISTORY.statistics.values():
    numbers["epoch"] = [1, 2]
X = np.linspace(-1.0, 1.0, 8).reshape(4, 2)


def network(*gradients):
    """A model of a layer for each list of gradients, of one neuron each."""
    model = nn.MLP(len(gradients[0]) - 1, [1] * len(gradients), seed=0)
    for layer, numbers in zip(model.layers, gradients, strict=True):
        for parameter, number in zip(layer.parameters(), numbers, strict=True):
            parameter.grad = number
    return model


def of_statistics(**series):
    epochs = len(next(iter(series.values())))
    history = nn.History(loss=[1.0] * epochs)
    history.statistics = {"layer 1": {"epoch": list(range(1, epochs + 1)), **series}}
    return history


# -------------------------------------------------------------------------------------------------- gradients, a model


def heights(bars):
    return [bar.get_height() for bar in bars]


def test_the_bars_are_the_largest_and_the_mean_gradient_of_each_layer():
    largest, mean = plot_gradient_flow(network([1.0, -3.0], [0.0, 1e-4])).containers
    assert heights(largest) == [3.0, 1e-4]
    assert heights(mean) == [2.0, 5e-5]


def test_the_bars_of_a_model_are_those_after_backward():
    model = nn.MLP(2, [3, 1], "tanh", seed=0)
    model([1.0, 2.0]).backward()
    _, mean = plot_gradient_flow(model).containers
    gradients = [[abs(parameter.grad) for parameter in layer.parameters()] for layer in model.layers]
    assert heights(mean) == pytest.approx([np.mean(sizes) for sizes in gradients], rel=1e-14)


def test_the_bars_are_on_a_logarithmic_axis_that_has_room_for_all():
    axes = plot_gradient_flow(network([1e-9, 2e-9], [5.0, 5.0]))
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert low < 1.5e-9
    assert high > 5.0


@pytest.mark.parametrize("size", [5e-324, 1.7e308])
def test_the_bars_may_be_as_small_or_large_as_floats(size):
    assert heights(plot_gradient_flow(network([size, size])).containers[0]) == [size]


def test_the_bars_are_named_after_the_layers_in_order():
    axes = plot_gradient_flow(network([1.0, 1.0], [1.0, 1.0], [1.0, 1.0]))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["layer 1", "layer 2", "layer 3"]


def test_both_bars_of_a_layer_have_its_hue():
    axes = plot_gradient_flow(network([1.0, 1.0], [1.0, 1.0]))
    colours = [[bar.get_facecolor()[:3] for bar in bars] for bars in axes.containers]
    assert colours[0] == colours[1]
    assert colours[0][0] != colours[0][1]


def test_the_legend_tells_the_bars_apart():
    legend = plot_gradient_flow(network([1.0, 1.0])).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["mean", "largest"]


def test_a_layer_without_gradient_has_a_zero_at_the_foot():
    (text,) = plot_gradient_flow(network([0.0, 0.0], [1.0, 1.0])).texts
    assert (text.get_text(), text.get_position()[0]) == ("0", 0)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_is_written(number):
    (text,) = plot_gradient_flow(network([1.0, number], [1.0, 1.0])).texts
    assert text.get_text() == str(number)


def test_gradients_of_which_none_is_finite_are_written():
    assert len(plot_gradient_flow(network([np.nan, np.nan], [np.nan, np.nan])).texts) == 2


def test_many_layers_have_their_names_aslant():
    axes = plot_gradient_flow(network(*[[1.0, 1.0]] * 12))
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {45.0}


def test_a_model_before_backward_is_refused():
    with pytest.raises(ValueError, match=r"all gradients are 0: call backward\(\)"):
        plot_gradient_flow(nn.MLP(2, [1], seed=0))


def test_a_module_without_parameters_is_refused():
    with pytest.raises(ValueError, match="Module has no parameters"):
        plot_gradient_flow(nn.Module())


# ------------------------------------------------------------------------------------------------ gradients, a History


def test_the_lines_are_the_gradients_of_each_layer():
    lines = plot_gradient_flow(HISTORY).get_lines()
    assert {line.get_label(): line.get_ydata().tolist() for line in lines} == {
        "layer 1": [1e-3, 1e-7], "layer 2": [1e-1, 1e-2]
    }  # fmt: skip


def test_the_lines_are_on_a_logarithmic_axis():
    assert plot_gradient_flow(HISTORY).get_yscale() == "log"


def test_the_lines_count_epochs_from_one():
    assert plot_gradient_flow(HISTORY).get_lines()[0].get_xdata().tolist() == [1, 2]


def test_a_gradient_of_zero_is_a_triangle_in_its_epoch():
    line, triangles = plot_gradient_flow(of_statistics(gradient=[1e-3, 0.0, 1e-2])).get_lines()
    assert triangles.get_marker() == "v"
    assert triangles.get_xdata().tolist() == [2]
    assert np.isnan(line.get_ydata()).tolist() == [False, True, False]


def test_the_legend_explains_the_triangles():
    legend = plot_gradient_flow(of_statistics(gradient=[1e-3, 0.0])).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["layer 1", "is 0"]


def test_gradients_that_are_all_zero_are_triangles():
    _, triangles = plot_gradient_flow(of_statistics(gradient=[0.0, 0.0])).get_lines()
    assert triangles.get_xdata().tolist() == [1, 2]


def test_one_epoch_is_a_point():
    (line,) = plot_gradient_flow(of_statistics(gradient=[1e-3])).get_lines()
    assert line.get_marker() == "o"


def test_the_history_of_a_training_can_be_plotted():
    model = nn.MLP(2, [3, 1], seed=0)
    history = nn.fit(model, X, [0, 1, 1, 0], loss="mse", epochs=2, seed=0, progress=False)
    assert len(plot_gradient_flow(history).get_lines()) == len(plot_activations(history)) == 2


def test_the_epochs_are_those_after_which_the_training_was_looked_at():
    history = nn.History(loss=[1.0] * 120)
    numbers = {"gradient": [0.1, 0.2], "activation": [0.0, 0.0], "activation_std": [1.0, 1.0]}
    history.statistics = {"layer 1": {"epoch": [99, 110], **numbers}}
    assert plot_gradient_flow(history).get_lines()[0].get_xdata().tolist() == [99, 110]
    assert plot_activations(history)[0].get_lines()[0].get_xdata().tolist() == [99, 110]


@pytest.mark.parametrize("plot", [plot_gradient_flow, plot_activations])
def test_a_history_without_statistics_is_refused(plot):
    with pytest.raises(ValueError, match=r"the history has no statistics of (gradient|activation)s: nn\.fit keeps"):
        plot(nn.History(loss=[1.0]))


@pytest.mark.parametrize("plot", [plot_gradient_flow, plot_activations])
def test_a_dict_is_refused(plot):
    with pytest.raises(TypeError, match="got dict"):
        plot({"loss": [1.0]})


@pytest.mark.parametrize("plot", [plot_gradient_flow, plot_activations])
def test_something_else_is_refused(plot):
    with pytest.raises(TypeError, match=r"of a model or of the History of nn\.fit; got int"):
        plot(3)


# ------------------------------------------------------------------------------------------------ activations, a model


def relu_layer(*biases):
    """One layer of relus that give their biases, whatever the inputs are."""
    model = nn.MLP(2, [len(biases)], output="relu", seed=0)
    for neuron, bias in zip(model.layers[0].neurons, biases, strict=True):
        neuron.w[0].data = neuron.w[1].data = 0.0
        neuron.b.data = bias
    return model


def test_there_is_a_histogram_for_each_layer():
    titles = [axes.get_title().split("\n")[0] for axes in plot_activations(nn.MLP(2, [3, 1], "tanh", seed=0), X)]
    assert titles == ["layer 1, tanh", "layer 2, linear"]


def test_the_bars_are_shares_of_the_outputs():
    (axes,) = plot_activations(relu_layer(1.0, 1.0, 3.0, 0.0), X)
    shares = heights(axes.patches)
    assert shares[0] == 0.5
    assert shares[-1] == 0.25
    assert sum(shares) == 0.75  # the others are 0


def test_the_bars_stand_where_the_outputs_are():
    (axes,) = plot_activations(relu_layer(1.0, 3.0), X)
    assert axes.patches[0].get_x() == 1.0
    assert axes.patches[-1].get_x() + axes.patches[-1].get_width() == pytest.approx(3.0)


def test_zeros_are_a_line_with_their_share_and_dead_neurons_in_the_title():
    (axes,) = plot_activations(relu_layer(1.0, -1.0, -2.0, 1.0), X)
    assert axes.get_title() == "layer 1, relu\n50% zeros, 50% dead"
    assert list(axes.get_lines()[0].get_xdata()) == [0.0, 0.0]


def test_a_layer_without_zeros_has_no_line():
    (axes,) = plot_activations(relu_layer(1.0, 2.0), X)
    assert len(axes.get_lines()) == 0


def test_a_dead_layer_has_no_bars():
    (axes,) = plot_activations(relu_layer(-1.0), X)
    assert axes.get_title() == "layer 1, relu\n100% zeros, 100% dead"
    assert len(axes.patches) == 0


def test_the_bars_of_tanh_are_over_its_range():
    axes, _ = plot_activations(nn.MLP(2, [3, 1], "tanh", seed=0), X)
    assert axes.patches[0].get_x() == -1.0
    assert axes.patches[-1].get_x() + axes.patches[-1].get_width() == pytest.approx(1.0)


def test_outputs_that_are_not_finite_are_left_out_and_counted():
    model = nn.MLP(2, [2], seed=0)
    for w in model.layers[0].neurons[0].w:
        w.data = np.nan
    (axes,) = plot_activations(model, X)
    assert axes.get_title() == "layer 1, linear\n50% not finite"
    assert sum(heights(axes.patches)) == pytest.approx(0.5)


@pytest.mark.parametrize("outputs", [(1.0, 1.0), (1e-300, 1e-300), (1.0, 1.0 + 1e-15), (1.7e308, 1.0), (1e300, 1e300)])
def test_outputs_may_be_the_same_or_far_apart(outputs):
    (axes,) = plot_activations(relu_layer(*outputs), X)
    assert sum(heights(axes.patches)) == 1.0


def test_rows_are_in_the_units_of_the_scaler():
    from sklearn.preprocessing import MinMaxScaler

    model = nn.MLP(1, [1], seed=0)
    model.layers[0].neurons[0].w[0].data = 1.0
    model.scaler = MinMaxScaler().fit([[0.0], [100.0]])
    (axes,) = plot_activations(model, [[50.0], [100.0]])
    assert axes.patches[0].get_x() == 0.5


def test_a_model_without_rows_is_refused():
    with pytest.raises(TypeError, match=r"plot_activations\(model, X\)"):
        plot_activations(nn.MLP(2, [1], seed=0))


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="X is empty"):
        plot_activations(nn.MLP(2, [1], seed=0), [])


# ---------------------------------------------------------------------------------------------- activations, a History


def test_the_line_is_the_mean_of_the_outputs():
    lines = [axes.get_lines()[0].get_ydata().tolist() for axes in plot_activations(HISTORY)]
    assert lines == [[1.0, 2.0], [0.0, 0.5]]


def test_the_band_is_one_deviation_to_each_side():
    axes, _ = plot_activations(HISTORY)
    corners = {tuple(corner) for corner in axes.collections[0].get_paths()[0].vertices.tolist()}
    assert corners == {(1, 0.5), (1, 1.5), (2, 1.75), (2, 2.25)}


def test_the_title_has_the_last_share_of_dead_neurons():
    assert [axes.get_title() for axes in plot_activations(HISTORY)] == ["layer 1\n50% dead", "layer 2"]


def test_the_title_has_the_last_share_of_saturated_outputs():
    (axes,) = plot_activations(of_statistics(activation=[0.0], activation_std=[1.0], saturated=[0.25]))
    assert axes.get_title() == "layer 1\n25% saturated"


def test_one_epoch_is_a_point_with_its_deviation():
    (axes,) = plot_activations(of_statistics(activation=[1.0], activation_std=[0.5]))
    point, _, (bar,) = axes.containers[0]
    assert point.get_ydata().tolist() == [1.0]
    assert bar.get_segments()[0].tolist() == [[1.0, 0.5], [1.0, 1.5]]


def test_a_mean_that_is_not_finite_is_a_gap():
    (axes,) = plot_activations(of_statistics(activation=[1.0, np.inf, 2.0], activation_std=[1.0, np.inf, np.inf]))
    assert np.isnan(axes.get_lines()[0].get_ydata()).tolist() == [False, True, False]


def test_a_history_with_rows_is_refused():
    with pytest.raises(TypeError, match="leave X out"):
        plot_activations(HISTORY, X)


def test_activations_in_a_given_figure(plt):
    figure = plt.figure()
    assert all(each.figure is figure for each in plot_activations(HISTORY, figure=figure))


@pytest.mark.parametrize("plot", [
    lambda ax: plot_gradient_flow(network([1.0, 1.0]), ax=ax),
    lambda ax: plot_gradient_flow(HISTORY, ax=ax),
    lambda ax: plot_activations(nn.MLP(2, [1], seed=0), X, ax=ax)[0],
    lambda ax: plot_activations(of_statistics(activation=[1.0], activation_std=[0.5]), ax=ax)[0],
])  # fmt: skip
def test_draws_on_the_axes_it_is_given(plt, plot):
    axes = plt.axes()
    assert plot(axes) is axes
