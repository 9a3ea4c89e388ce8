"""How weights start: the distributions, by name, and the choice by activation."""

from random import Random

import numpy as np
import pytest

import autograd
from nn import ACTIVATIONS, INITIALIZERS, Layer, Neuron
from nn.initialization import he, initializer, uniform, xavier

DRAWS = 20_000


def draws(init, n_inputs=30, n_outputs=20):
    rng = Random(0)
    return np.array([init(rng, n_inputs, n_outputs) for _ in range(DRAWS)])


UNIFORM = {
    "uniform(0,1)": (0.0, 1.0),
    "uniform(-1,1)": (-1.0, 1.0),
    "xavier": (-np.sqrt(6 / 50), np.sqrt(6 / 50)),
}


# Over 20,000 draws the extremes of a uniform distribution lie within 0.1 % of its bounds but for a chance of e^-20,
# its mean within 4.5 σ/√n = 1 % of its width; the tests draw from a seeded generator.
@pytest.mark.parametrize(("name", "bounds"), UNIFORM.items(), ids=UNIFORM)
def test_a_uniform_initialiser_fills_its_bounds(name, bounds):
    low, high = bounds
    weights = draws(INITIALIZERS[name])
    assert low <= weights.min() < low + 0.001 * (high - low)
    assert high - 0.001 * (high - low) < weights.max() <= high
    assert weights.mean() == pytest.approx((low + high) / 2, abs=0.01 * (high - low))
    assert weights.std() == pytest.approx((high - low) / np.sqrt(12), rel=0.02)


def test_he_is_normal_with_its_standard_deviation():
    weights = draws(he) / np.sqrt(2 / 30)
    assert weights.mean() == pytest.approx(0.0, abs=0.03)
    assert weights.std() == pytest.approx(1.0, rel=0.02)
    assert np.mean(np.abs(weights) < 1.0) == pytest.approx(0.6827, abs=0.015)  # of a uniform one it were 0.577


def test_he_does_not_depend_on_the_outputs():
    assert he(Random(0), 30, 20) == he(Random(0), 30, 500)


def test_uniform_takes_any_bounds():
    weights = draws(uniform(3.0, 4.0))
    assert weights.min() >= 3.0
    assert weights.max() <= 4.0


DEFAULTS = {
    **dict.fromkeys(["relu", "leaky_relu", "elu", "gelu", "silu"], he),
    **dict.fromkeys(["linear", "sigmoid", "tanh", "softplus", "step", "softmax"], xavier),
}


def test_every_activation_has_a_default():
    assert DEFAULTS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize(("activation", "init"), DEFAULTS.items(), ids=DEFAULTS)
def test_the_default_suits_the_activation(activation, init):
    assert initializer(None, activation) is init


@pytest.mark.parametrize("function", [lambda x: x, autograd.relu], ids=["of a user", "relu"])
def test_the_default_for_a_function_is_xavier(function):
    assert initializer(None, function) is xavier


def test_a_layer_draws_with_its_inputs_and_outputs():
    rng = Random(5)
    expected = [xavier(rng, 3, 2) for _ in range(6)]
    layer = Layer(3, 2, "tanh", seed=5)
    assert [w.data for neuron in layer.neurons for w in neuron.w] == expected


def test_a_bias_starts_at_zero():
    assert [neuron.b.data for neuron in Layer(3, 2, init="uniform(0,1)", seed=5).neurons] == [0.0, 0.0]


def test_an_unknown_name_lists_the_names():
    with pytest.raises(ValueError, match=r"unknown init 'zeros': choose from .*uniform\(-1,1\), xavier, he"):
        Neuron(2, init="zeros")


def test_a_users_function_is_called_with_generator_and_sizes():
    calls = []

    def init(rng, n_inputs, n_outputs):
        calls.append((type(rng), n_inputs, n_outputs))
        return 0.5

    layer = Layer(2, 3, init=init)
    assert calls == [(Random, 2, 3)] * 6
    assert {w.data for neuron in layer.neurons for w in neuron.w} == {0.5}
