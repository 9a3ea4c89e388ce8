"""Statistics of layers, against the numbers themselves."""

import numpy as np
import pytest

from autograd import Value
from nn import MLP, SGD, Layer, Module, Neuron, fit, layer_gradients, layer_outputs, predict
from nn.training.diagnosis import layer_statistics

from .conftest import LOSS, X, Y, trained


def test_layer_outputs_are_what_the_layers_give():
    model = MLP(2, [3, 2], "tanh", seed=0)
    outputs = layer_outputs(model, X)
    row = 5
    hidden = model.layers[0](X[row].tolist())
    assert outputs["layer 1"][row] == pytest.approx([h.data for h in hidden], rel=1e-12)
    assert outputs["layer 2"] == pytest.approx(predict(model, X), rel=1e-12)
    assert {name: array.shape for name, array in outputs.items()} == {"layer 1": (64, 3), "layer 2": (64, 2)}


@pytest.mark.parametrize("rows", [3, 64], ids=["eager", "compiled"])
def test_a_layer_that_is_used_twice_has_the_outputs_of_both_calls(rows):
    class Twice(Module):
        def __init__(self):
            self.layer = Layer(2, 2, "tanh", seed=0)

        def forward(self, x):
            return self.layer(self.layer(x))[0]

    model = Twice()
    outputs = layer_outputs(model, X[:rows])
    assert list(outputs) == ["layer"]
    first = model.layer(X[1].tolist())
    assert outputs["layer"][1] == pytest.approx([o.data for o in [*first, *model.layer(first)]], rel=1e-12)


def test_layers_of_one_name_are_told_apart_by_where_they_are():
    class Pair(Module):
        def __init__(self):
            self.encoder, self.decoder = MLP(2, [3], seed=0), MLP(3, [1], seed=1)

        def forward(self, x):
            return self.decoder(self.encoder(x))

    assert list(layer_outputs(Pair(), X)) == ["encoder.layers.0", "decoder.layers.0"]


def test_a_model_without_layers_counts_as_one():
    neuron = Neuron(2, seed=0)
    assert list(layer_outputs(neuron, X)) == list(layer_gradients(neuron)) == ["Neuron"]


def test_layer_gradients_are_those_of_their_parameters():
    model = MLP(2, [3, 1], "tanh", seed=0)
    model([1.0, 2.0]).backward()
    gradients = layer_gradients(model)
    assert gradients["layer 2"].tolist() == [p.grad for p in model.layers[1].parameters()]
    assert gradients["layer 1"].shape == (9,)


@pytest.mark.parametrize("backend", [None, "eager"])
def test_the_statistics_are_those_of_the_numbers(backend):
    model = MLP(2, [4, 1], "relu", seed=0)
    seen = []
    history = trained(model, batch_size=20, backend=backend, callbacks=lambda *_: seen.append(numbers_of(model)))
    for epoch, (gradients, outputs) in enumerate(seen):
        for name, statistics in history.statistics.items():
            sizes = abs(gradients[name])
            assert statistics["gradient"][epoch] == pytest.approx(sizes.mean(), rel=1e-9)
            assert statistics["gradient_max"][epoch] == pytest.approx(sizes.max(), rel=1e-9)
            assert statistics["activation"][epoch] == pytest.approx(outputs[name].mean(), rel=1e-9)
            assert statistics["activation_std"][epoch] == pytest.approx(outputs[name].std(), rel=1e-9)
    assert history.statistics["layer 1"]["dead"] == [(o["layer 1"] == 0).all(axis=0).mean() for _, o in seen]
    assert "dead" not in history.statistics["layer 2"]


def test_it_looks_more_rarely_as_the_training_gets_long():
    history = trained(MLP(2, [2, 1], "tanh", seed=0), epochs=1210, batch_size=None)
    epochs = [*range(1, 100), *range(100, 1000, 10), *range(1000, 1201, 100)]
    assert history.statistics["layer 2"]["epoch"] == epochs
    assert {len(numbers) for numbers in history.statistics["layer 2"].values()} == {len(epochs)}


def test_a_layer_that_is_not_trained_has_no_gradients():
    model = MLP(2, [2, 1], "tanh", seed=0)
    optimizer = SGD(model.layers[1].parameters(), lr=0.1)
    history = fit(model, X, Y, loss=LOSS, optimizer=optimizer, epochs=3, progress=False)
    assert "gradient" not in history.statistics["layer 1"]
    assert len(history.statistics["layer 1"]["activation"]) == len(history.statistics["layer 2"]["gradient"]) == 3


def test_a_parameter_outside_of_all_layers_may_be_the_only_one_that_is_trained():
    class Shifted(Module):
        def __init__(self):
            self.mlp, self.shift = MLP(2, [2, 1], "tanh", seed=0), Value(0.0)

        def forward(self, x):
            return self.mlp(x) + self.shift

    model = Shifted()
    history = fit(model, X, Y, loss=LOSS, optimizer=SGD([model.shift], lr=0.1), epochs=3, progress=False)
    assert history.epochs == 3


def numbers_of(model):
    return layer_gradients(model), layer_outputs(model, X)


@pytest.mark.parametrize(("activation", "bound"), [("tanh", 0.98), ("sigmoid", 0.99)])
def test_saturated_is_the_share_of_outputs_at_the_ends_of_the_range(activation, bound):
    model = MLP(2, [8, 1], activation, init="uniform(-1,1)", seed=0)
    for p in model.layers[0].parameters():
        p.data *= 5.0
    found = []
    history = trained(model, epochs=1, callbacks=lambda *_: found.append(layer_outputs(model, X)["layer 1"]))
    low = -bound if activation == "tanh" else 1.0 - bound
    share = ((found[0] > bound) | (found[0] < low)).mean()
    assert history.statistics["layer 1"]["saturated"] == [share]
    assert share > 0.05


@pytest.mark.parametrize(("activation", "edges"), [("tanh", (-0.98, 0.98)), ("sigmoid", (0.01, 0.99))])
def test_an_output_exactly_at_the_outer_part_of_the_range_is_not_saturated(activation, edges):
    layer, (low, high) = Layer(1, 2, activation), edges
    at, past = np.array([[low, high]]), np.array([[np.nextafter(low, -1.0), np.nextafter(high, 2.0)]])
    shares = [layer_statistics(layer, np.ones(1), outputs)["saturated"] for outputs in (at, past)]
    assert shares == [0.0, 1.0]


@pytest.mark.parametrize("ask", [lambda model: layer_outputs(model, X), layer_gradients], ids=["outputs", "gradients"])
def test_only_a_module_has_layers(ask):
    with pytest.raises(TypeError, match=r"asks a Module, got <function .*>: subclass nn\.Module"):
        ask(lambda x: x[0])
