"""What a notebook shows of a model and of a training."""

import re
from html import unescape
from math import inf, nan

import pytest

from autograd import Value
from nn import MLP, History, Module, Perceptron, StandardScaler


def rows(shown):
    """The texts of a table, row by row."""
    return [
        [unescape(cell) for cell in re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", shown._repr_html_())
    ]


# ------------------------------------------------------------------------------------------------------ models


def test_a_network_is_a_table_of_its_layers():
    assert rows(MLP(64, [32, 10], activation="tanh", seed=0)) == [
        ["part", "kind", "output", "parameters"],
        ["layer 1", "Layer, tanh", "B×32", "2,080"],
        ["layer 2", "Layer, linear", "B×10", "330"],
        ["in all", "", "", "2,410"],
    ]


def test_a_layer_is_a_table_of_its_neurons():
    assert rows(MLP(3, [2], seed=0).layers[0])[1:] == [
        ["neuron 1", "Neuron, linear", "B", "4"],
        ["neuron 2", "Neuron, linear", "B", "4"],
        ["in all", "", "", "8"],
    ]


class Mixed(Module):
    """Values, a network, a neuron, and the first Values again."""

    def __init__(self):
        self.table = [[Value(0.0) for _ in range(4)] for _ in range(3)]
        self.network = MLP(4, [2], seed=0)
        self.neuron = Perceptron(3, seed=0)
        self.again = self.table
        self.one = Value(1.0)


def test_a_module_of_ones_own_shows_its_values_and_counts_each_once():
    assert rows(Mixed())[1:] == [
        ["table", "Value × 3 × 4", "", "12"],
        ["layer 1", "Layer, linear", "B×2", "10"],
        ["neuron", "Perceptron", "B", "4"],
        ["again", "Value × 3 × 4", "", "0"],
        ["one", "Value", "", "1"],
        ["in all", "", "", "27"],
    ]


class Two(Module):
    """Networks whose layers have the same names."""

    def __init__(self):
        self.encoder, self.decoder = MLP(3, [2, 1], seed=0), MLP(1, [3], seed=0)


def test_where_names_repeat_a_part_is_called_by_its_place():
    assert [row[0] for row in rows(Two())[1:]] == ["encoder.layers.0", "encoder.layers.1", "decoder.layers.0", "in all"]


def test_the_parts_have_as_many_parameters_as_the_module():
    *parts, total = rows(Mixed())[1:]
    assert sum(int(row[3]) for row in parts) == int(total[3]) == len(Mixed().parameters())


def test_of_many_parts_some_are_left_out():
    shown = rows(MLP(1, [1] * 100, seed=0))
    assert len(shown) == 32
    assert shown[-3:] == [
        ["… 71 more", "", "", ""],
        ["layer 100", "Layer, linear", "B", "2"],
        ["in all", "", "", "200"],
    ]


def test_an_empty_module_has_an_empty_table():
    assert rows(Module()) == [["part", "kind", "output", "parameters"], ["in all", "", "", "0"]]


def test_the_scaler_is_named():
    model = MLP(1, [1], seed=0)
    assert "scaled" not in model._repr_html_()
    model.scaler = StandardScaler().fit([[1.0], [2.0]])
    assert "rows are scaled by StandardScaler" in model._repr_html_()


def test_an_activation_of_ones_own_has_its_name():
    def bent(x):
        return x * x

    assert rows(MLP(1, [1], output=bent, seed=0))[1][1] == "Layer, bent"


class Said(Module):
    """What says what it was told to say of its architecture."""

    def __init__(self, said):
        self.said, self.w = said, Value(1.0)

    def architecture(self):
        return self.said()


@pytest.mark.parametrize("said", [
    lambda: {}["none"], lambda: None, lambda: {"n_inputs": 3}, lambda: {"n_outputs": None}, lambda: 5,
])  # fmt: skip
def test_an_architecture_that_says_nothing_of_the_output_takes_only_its_words(said):
    model = Module()
    model.part = Said(said)
    assert rows(model)[1] == ["part", "Said", "", "1"]


def test_the_output_is_what_the_architecture_says():
    model = Module()
    model.part = Said(lambda: {"n_inputs": 3, "n_outputs": [2, 3], "activation": "tanh"})
    assert rows(model)[1] == ["part", "Said, tanh", "B×[2, 3]", "1"]


def test_names_of_modules_are_texts():
    model = MLP(1, [1], seed=0)
    model.name = model.layers[0].name = "<img src=x onerror=alert(1)>\u202e"
    markup = model._repr_html_()
    assert "<img" not in markup
    assert "\u202e" not in markup
    assert markup.count("&lt;img src=x onerror=alert(1)&gt;\\u{202e}") == 2


# ---------------------------------------------------------------------------------------------------- trainings


def test_a_history_is_a_table_of_its_numbers():
    history = History(loss=[0.9, 0.25, 0.5], accuracy=[0.5, 0.75, 0.75])
    assert rows(history) == [
        ["", "epoch 1", "epoch 3", "lowest", "highest"],
        ["loss", "0.9", "0.5", "0.25 (2)", "0.9 (1)"],
        ["accuracy", "0.5", "0.75", "0.5 (1)", "0.75 (2)"],
    ]


def polylines(history):
    return re.findall(r'<polyline points="([^"]*)" stroke-dasharray="([^"]*)"', history._repr_html_())


def test_rows_held_out_are_dashed_in_the_same_chart():
    history = History(loss=[0.9, 0.5], val_loss=[1.0, 0.6], accuracy=[0.5, 0.6])
    assert history._repr_html_().count("<svg") == 2
    assert [dashes for _, dashes in polylines(history)] == ["none", "5 3", "none"]


def test_a_curve_goes_from_the_highest_to_the_lowest_number():
    [(points, _)] = polylines(History(loss=[2.0, 1.5, 1.0]))
    (x0, y0), (x1, y1), (x2, y2) = (map(float, point.split(",")) for point in points.split())
    assert x1 - x0 == pytest.approx(x2 - x1)
    assert y1 - y0 == pytest.approx(y2 - y1)
    assert x0 < x2
    assert y0 < y2  # downward, in SVG


def test_numbers_that_are_not_finite_are_gaps():
    history = History(loss=[3.0, 2.0, nan, 1.0, inf, 1.0, 2.0])
    assert [len(points.split()) for points, _ in polylines(history)] == [2, 2]
    assert history._repr_html_().count("<circle") == 1
    assert rows(history)[1] == ["loss", "3", "2", "1 (4)", "3 (1)"]


@pytest.mark.parametrize("numbers", [[nan, inf], [1e308, -1e308], [5.0, 5.0], [0.0], [2**1000, 2.0]])
def test_whatever_the_numbers_are_the_curve_is_in_sight(numbers):
    for points, _ in polylines(History(loss=numbers)):
        for point in points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 300
            assert 0 <= y <= 100


def test_long_trainings_have_curves_of_some_of_their_epochs():
    numbers = [1.0 / (n + 1) for n in range(10_001)]
    [(points, _)] = polylines(History(loss=numbers))
    assert len(points.split()) < 400
    assert points.split()[-1].startswith("297.0,")


def test_what_is_left_without_the_curves_can_be_read():
    history = History(loss=[0.9, 0.5], val_loss=[1.0, 0.6])
    left = re.sub(r"<[^>]*>", " ", re.sub(r"<svg.*?</svg>", "", history._repr_html_()))
    assert "loss, dashed val_loss, epochs 1 to 2: 0.5 to 1 " in left
    assert "<text" not in history._repr_html_()  # which would be left, one run into the other


def test_a_history_without_epochs_says_so():
    assert History()._repr_html_() == "<p>History of 0 epochs</p>"


def test_names_of_quantities_are_texts():
    markup = History({"<b>x</b>": [1.0, 2.0]})._repr_html_()
    assert "<b>" not in markup
    assert markup.count("&lt;b&gt;x&lt;/b&gt;") == 4  # in words, above the curve, of it, in the table


def test_nothing_has_a_colour_of_its_own():
    markup = History(loss=[1.0, 2.0])._repr_html_() + MLP(1, [1], seed=0)._repr_html_()
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', markup)) == {"none", "currentColor"}
    assert "background" not in markup
