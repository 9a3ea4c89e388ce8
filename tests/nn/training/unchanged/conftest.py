"""What the tests share: rows, few and many, a training without words, and ways in which a model may change."""

import numpy as np

import autograd
from autograd import Value
from nn import MLP, SGD, Layer, fit
from nn.training.backends import FEW_ROWS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(FEW_ROWS + 4, 2))
Y = X[:, 0] - 0.5 * X[:, 1] + 0.1
FEW = FEW_ROWS - 1
ROW_BY_ROW = r"row by row(.|\n)* changes with each call"


def quiet_fit(model, **options):
    optimizer = options.pop("optimizer", None) or SGD(model.parameters(), lr=0.1)
    return fit(
        model, X, Y, optimizer=optimizer, **{"loss": "mse", "epochs": 3, "progress": False, "seed": 0, **options}
    )


def numbers(model):
    return [p.data for p in model.parameters()]


def fresh():
    return MLP(2, [3, 1], "tanh", seed=0)


def change_an_attribute(model):
    for neuron in model.layers[0].neurons:
        neuron.function = autograd.relu


def change_a_parameter(model):
    model.layers[0].neurons[0].w[1] = Value(3.0)


def change_a_layer(model):
    model.layers[1] = Layer(3, 1, "linear", seed=9)


def add_a_layer(model):
    model.layers.append(Layer(1, 1, "tanh", seed=3))


def change_forward(model):
    model.forward = lambda x: model.layers[0](x)[2]


def change_forward_of_a_neuron(model):
    model.layers[0].neurons[1].forward = lambda x: 2.0 * x[0]


CHANGES = [
    change_an_attribute,
    change_a_parameter,
    change_a_layer,
    add_a_layer,
    change_forward,
    change_forward_of_a_neuron,
]
