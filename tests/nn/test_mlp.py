"""Neuron, Layer, MLP: against formulas, NumPy and PyTorch."""

import math
from functools import partial
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, numerical_gradient
from nn import ACTIVATIONS, MLP, Layer, Neuron

FORMULAS = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "gelu": np.vectorize(lambda z: 0.5 * z * (1 + math.erf(z / math.sqrt(2)))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "step": lambda z: np.where(z > 0, 1.0, 0.0),
}
ROW = [0.5, -1.5, 2.0]


def weights(layer):
    """W (outputs, inputs) and b (outputs,) of a layer."""
    return (
        np.array([[w.data for w in neuron.w] for neuron in layer.neurons]),
        np.array([neuron.b.data for neuron in layer.neurons]),
    )


def with_biases(model, seed=0):
    """The model, its biases moved off 0."""
    rng = Random(seed)
    for name, parameter in model.named_parameters():
        if name.endswith("b"):
            parameter.data = rng.uniform(-1, 1)
    return model


def scopes(root):
    """The scopes of all nodes below the root that were made in one, as paths."""
    paths, stack, seen = set(), [root], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        stack.extend(node.parents)
        scope, path = node._scope, []
        while scope is not None:
            scope, name = scope
            path.insert(0, name)
        if path:
            paths.add(" / ".join(path))
    return paths


# ---------------------------------------------------------------------------------------------------------- Neuron


def test_every_activation_has_a_formula_here():
    assert FORMULAS.keys() | {"softmax"} == ACTIVATIONS.keys()


def test_a_neuron_computed_by_hand():
    neuron = Neuron(2)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 2.0, -3.0, 0.5
    assert neuron([4.0, 1.0]).data == 2.0 * 4.0 - 3.0 * 1.0 + 0.5


@pytest.mark.parametrize("activation", FORMULAS)
def test_a_neuron_is_its_formula(activation):
    neuron = with_biases(Neuron(3, activation, seed=2))
    for row in (ROW, [-x for x in ROW]):  # one of the two is positive before the activation, the other negative
        z = sum(w.data * x for w, x in zip(neuron.w, row, strict=True)) + neuron.b.data
        assert neuron(row).data == pytest.approx(float(FORMULAS[activation](z)), rel=1e-14, abs=1e-15)


def test_a_neuron_takes_a_users_activation():
    neuron = Neuron(1, activation=lambda z: z * z)
    neuron.w[0].data = 3.0
    assert neuron([2.0]).data == 36.0


def test_a_neuron_gives_a_value():
    assert isinstance(Neuron(2)([1.0, 2.0]), Value)


@pytest.mark.parametrize("x", [2.0, np.float64(2.0), Value(2.0), [2.0]], ids=repr)
def test_a_neuron_of_one_input_takes_a_bare_number(x):
    neuron = Neuron(1, seed=0)
    assert neuron(x).data == neuron.w[0].data * 2.0


def test_a_neuron_refuses_softmax():
    with pytest.raises(ValueError, match="softmax is an activation of a whole layer"):
        Neuron(2, "softmax")


def test_an_unknown_activation_lists_the_names():
    with pytest.raises(ValueError, match=r"unknown activation 'tahn': choose from linear, sigmoid, tanh, .*softmax"):
        Neuron(2, "tahn")


@pytest.mark.parametrize("size", [0, -1, 2.0, "2", True, None])
def test_a_size_is_a_whole_number_of_at_least_one(size):
    message = "must be a whole number of at least 1, got"
    with pytest.raises(ValueError, match=f"n_inputs {message}"):
        Neuron(size)
    with pytest.raises(ValueError, match=f"n_outputs {message}"):
        Layer(2, size)
    with pytest.raises(ValueError, match=f"n_outputs {message}"):
        MLP(2, [3, size])


# ----------------------------------------------------------------------------------------------------------- Layer


@pytest.mark.parametrize("activation", FORMULAS)
def test_a_layer_is_its_formula(activation):
    layer = with_biases(Layer(3, 4, activation, seed=0))
    W, b = weights(layer)
    np.testing.assert_allclose([y.data for y in layer(ROW)], FORMULAS[activation](W @ ROW + b), rtol=1e-13, atol=1e-15)


def test_a_softmax_layer_is_its_formula():
    layer = with_biases(Layer(3, 4, "softmax", seed=0))
    W, b = weights(layer)
    exponentials = np.exp(W @ ROW + b)
    np.testing.assert_allclose([p.data for p in layer(ROW)], exponentials / exponentials.sum(), rtol=1e-14)


def test_a_softmax_layer_sums_to_one():
    assert sum(p.data for p in Layer(3, 4, "softmax", seed=0)(ROW)) == pytest.approx(1.0, rel=1e-15)


def test_a_layer_of_one_neuron_gives_the_value_itself():
    assert isinstance(Layer(3, 1)(ROW), Value)


def test_a_layer_of_several_neurons_gives_a_list():
    outputs = Layer(3, 2)(ROW)
    assert isinstance(outputs, list)
    assert [type(y) for y in outputs] == [Value, Value]


def test_softmax_of_one_neuron_is_refused():
    with pytest.raises(ValueError, match=r"softmax is an activation of several neurons, .* has one: use 'sigmoid'"):
        Layer(3, 1, "softmax")


# ------------------------------------------------------------------------------------------------------------- MLP


@pytest.mark.parametrize("activation", FORMULAS)
def test_an_mlp_is_its_layers_one_after_the_other(activation):
    model = with_biases(MLP(3, [4, 5, 2], activation, seed=0))
    x = np.array(ROW)
    for layer, formula in zip(model.layers, [FORMULAS[activation]] * 2 + [FORMULAS["linear"]], strict=True):
        W, b = weights(layer)
        x = formula(W @ x + b)
    np.testing.assert_allclose([y.data for y in model(ROW)], x, rtol=1e-12, atol=1e-14)


def test_the_activation_of_the_hidden_layers_and_of_the_output():
    model = MLP(2, [3, 4, 2], activation="tanh", output="softmax")
    assert [layer.activation for layer in model.layers] == ["tanh", "tanh", "softmax"]


def test_an_mlp_without_hidden_layers_has_the_output_activation():
    assert MLP(2, [1], activation="tanh", output="sigmoid").layers[0].activation == "sigmoid"


def test_an_mlp_of_one_output_gives_the_value_itself():
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)


def test_an_mlp_passes_a_hidden_layer_of_one_neuron_on():
    model = MLP(2, [1, 2], "tanh", seed=0)
    (hidden,) = (model.layers[0]([1.0, 2.0]).data,)
    assert [y.data for y in model([1.0, 2.0])] == [neuron.w[0].data * hidden for neuron in model.layers[1].neurons]


@pytest.mark.parametrize("sizes", [[], 3, np.int64(3), 3.0, None, "16"], ids=repr)
def test_sizes_are_a_list(sizes):
    with pytest.raises(ValueError, match=r"sizes must list the neurons of each layer, such as \[16, 16, 1\]; got"):
        MLP(2, sizes)


@pytest.mark.parametrize("sizes", [[3, 1], (3, 1), np.array([3, 1])], ids=repr)
def test_sizes_may_be_any_sequence(sizes):
    assert len(MLP(np.int64(2), sizes).parameters()) == 3 * (2 + 1) + 1 * (3 + 1)


@given(n_inputs=st.integers(1, 5), sizes=st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_the_number_of_parameters(n_inputs, sizes):
    expected = sum((n_in + 1) * n_out for n_in, n_out in zip([n_inputs, *sizes], sizes, strict=False))
    assert len(MLP(n_inputs, sizes).parameters()) == expected


def test_repr_says_sizes_activations_and_parameters():
    assert repr(MLP(2, [3, 1], "tanh", "sigmoid")) == (
        "MLP(n_inputs=2, sizes=[3, 1], activation='tanh', output='sigmoid'): 13 parameters"
    )


def test_the_architecture_makes_the_same_model():
    model = MLP(3, [4, 2], "tanh", "softmax")
    assert repr(MLP(**model.architecture())) == repr(model)


# ---------------------------------------------------------------------------------------------------------- inputs


ROWS = {
    "Values": [Value(x) for x in ROW],
    "some Values": [Value(0.5), -1.5, np.float64(2.0)],
    "tuple": tuple(ROW),
    "NumPy array": np.array(ROW),
    "NumPy array of Values": np.array([Value(x) for x in ROW]),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize(
    "model", [Neuron(3, seed=0), Layer(3, 2, seed=0), MLP(3, [2, 2], seed=0)], ids=["Neuron", "Layer", "MLP"]
)
def test_every_kind_of_row_gives_the_same(model, row):
    assert repr(model(row)) == repr(model(ROW))


def test_an_iterator_is_a_row():
    assert repr(Layer(3, 2, seed=0)(iter(ROW))) == repr(Layer(3, 2, seed=0)(ROW))


@pytest.mark.parametrize(
    ("model", "name"),
    [(Neuron(3), "Neuron"), (Layer(3, 2), "Layer"), (MLP(3, [2, 1]), "layer 1")],
    ids=["Neuron", "Layer", "MLP"],
)
@pytest.mark.parametrize("n", [0, 1, 2, 4])
def test_a_wrong_number_of_inputs_is_named(model, name, n):
    with pytest.raises(ValueError, match=f"^{name} takes 3 inputs, got {n}$"):
        model([1.0] * n)


@pytest.mark.parametrize("row", ["abc", [1.0, None, 2.0], [1.0, 2j, 3.0]], ids=repr)
def test_inputs_that_are_no_numbers_are_refused(row):
    with pytest.raises(TypeError, match="a Value holds one real number"):
        MLP(3, [2, 1])(row)


def test_gradients_reach_inputs_that_are_values():
    x = [Value(number) for number in ROW]
    neuron = Neuron(3, seed=0)
    neuron(x).backward()
    assert [x_i.grad for x_i in x] == [w.data for w in neuron.w]


# ----------------------------------------------------------------------------------------------------------- seeds


@pytest.mark.parametrize(
    "make", [partial(Neuron, 5), partial(Layer, 5, 2), partial(MLP, 5, [3, 2])], ids=["Neuron", "Layer", "MLP"]
)
def test_a_seed_gives_the_same_weights(make):
    def numbers(seed):
        return [p.data for p in make(seed=seed).parameters()]

    assert numbers(1) == numbers(1)
    assert numbers(1) == numbers(Random(1))
    assert numbers(1) != numbers(2)
    assert numbers(None) != numbers(None)


def test_the_neurons_of_a_layer_start_differently():
    W, _ = weights(Layer(4, 6, seed=0))
    assert len(np.unique(W)) == 24


# ---------------------------------------------------------------------------------------------------------- scopes


def test_the_nodes_know_model_layer_and_neuron():
    assert scopes(MLP(2, [2, 1], "tanh")([1.0, 2.0])) == {
        "MLP / layer 1 / neuron 1", "MLP / layer 1 / neuron 2", "MLP / layer 2 / neuron 1"
    }  # fmt: skip


def test_a_softmax_belongs_to_the_layer():
    outputs = MLP(2, [2], output="softmax")([1.0, 2.0])
    assert "MLP / layer 1" in scopes(outputs[0])


# ------------------------------------------------------------------------------------------------------- gradients

SMOOTH = sorted(FORMULAS.keys() - {"step"})


@pytest.mark.parametrize("activation", SMOOTH)
def test_gradients_agree_with_numerical_ones(activation):
    model = with_biases(MLP(3, [4, 2], activation, "softmax", seed=1))
    parameters = model.parameters()

    def loss():
        first, second = model(ROW)
        return (first * 2.0 + second).log()

    loss().backward()

    def moved(numbers):
        for parameter, number in zip(parameters, numbers, strict=True):
            parameter.data = float(number)
        return loss()

    gradient = numerical_gradient(moved, [p.data for p in parameters])
    np.testing.assert_allclose([p.grad for p in parameters], gradient, rtol=1e-6, atol=1e-8)  # of central differences


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("output", ["linear", "sigmoid", "softmax"])
def test_gradients_agree_with_pytorch(activation, output):
    torch = pytest.importorskip("torch", reason="the comparison with PyTorch needs PyTorch")
    model = with_biases(MLP(3, [4, 5, 2], activation, output, seed=1))
    first, second = model(ROW)
    (first * 2.0 - second * second).backward()

    theirs = {
        name: torch.tensor(array, dtype=torch.float64, requires_grad=True) for name, array in model.state_dict().items()
    }
    x = torch.tensor(ROW, dtype=torch.float64)
    for i, layer in enumerate(model.layers):
        W = torch.stack([theirs[f"layers.{i}.neurons.{j}.w"] for j in range(len(layer.neurons))])
        b = torch.stack([theirs[f"layers.{i}.neurons.{j}.b"] for j in range(len(layer.neurons))])
        name = output if i == 2 else activation
        x = W @ x + b
        if name == "softmax":
            x = torch.softmax(x, 0)
        elif name != "linear":
            x = getattr(torch.nn.functional, name)(x)
    (x[0] * 2.0 - x[1] * x[1]).backward()

    assert first.data == pytest.approx(x[0].item(), rel=1e-12)
    gradients = np.concatenate([tensor.grad.numpy().ravel() for tensor in theirs.values()])
    np.testing.assert_allclose([p.grad for p in model.parameters()], gradients, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rows", [[[1.0, 2.0, 3.0]], np.ones((2, 3))], ids=["lists", "array"])
def test_many_rows_at_once_are_refused_with_what_to_write(rows):
    with pytest.raises(ValueError, match=r"takes one row of 3 numbers.*nn.predict\(model, X\)"):
        MLP(3, [2, 1])(rows)


def test_an_activation_that_forgets_the_graph_is_refused():
    with pytest.raises(TypeError, match=r"returned .*, not a Value: use autograd's functions"):
        MLP(2, [3, 1], activation=math.tanh)([1.0, 2.0])


def test_an_unknown_activation_is_refused_also_without_a_hidden_layer():
    with pytest.raises(ValueError, match="unknown activation 'Tanh'"):
        MLP(2, [1], activation="Tanh")
