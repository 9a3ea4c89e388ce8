"""The page's weights start as those of `nn.MLP`."""

import pytest

from nn import ACTIVATIONS, INITIALIZERS, MLP

BODY = "return [...m.initialParameters(given, given.sizes)];"


def initial(compute, sizes, activation, output, init, seed):
    given = {"activation": activation, "output": output, "init": init, "seed": seed, "sizes": sizes}
    return compute("numbers/initial.js", BODY, given)


def of_python(sizes, *settings):
    return [parameter.data for parameter in MLP(sizes[0], sizes[1:], *settings).parameters()]


@pytest.mark.parametrize("activation", [name for name, each in ACTIVATIONS.records.items() if not each.of_layer])
@pytest.mark.parametrize("init", [None, *INITIALIZERS])
def test_weights_start_as_those_of_the_layers(compute, activation, init):
    settings = [2, 5, 3, 4], activation, "softmax", init, 0
    assert initial(compute, *settings) == pytest.approx(of_python(*settings), rel=1e-15, abs=1e-15)


@pytest.mark.parametrize("output", [name for name, each in ACTIVATIONS.records.items() if not each.of_layer])
def test_the_last_layer_starts_as_its_own_activation_asks(compute, output):
    settings = [3, 4, 1], "tanh", output, None, 12
    assert initial(compute, *settings) == pytest.approx(of_python(*settings), rel=1e-15, abs=1e-15)


def test_a_network_without_hidden_layers_has_the_weights_of_the_output(compute):
    settings = [2, 1], "relu", "sigmoid", None, 2**40
    assert initial(compute, *settings) == pytest.approx(of_python(*settings), rel=1e-15, abs=1e-15)


def test_an_unknown_initialiser_is_refused(compute):
    with pytest.raises(RuntimeError, match=r"^RangeError: unknown init zeros: choose from uniform\(0,1\), .*, he$"):
        initial(compute, [2, 1], "relu", "linear", "zeros", 0)
