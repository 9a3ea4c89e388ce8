"""The page's weights start as those of `nn.MLP`, where the trainer is given no others."""

import pytest

from nn import ACTIVATIONS, INITIALIZERS, MLP
from tests.viz.play.engine.conftest import NO_ROWS, SETTINGS

SPEC = {"inputs": 2, "layers": [5, 3], "outputs": 4, "activation": "tanh", "output": "softmax", "loss": "cross_entropy"}
EACH = [name for name, each in ACTIVATIONS.records.items() if not each.of_layer]


def compare(engine, init=None, seed=0, **others):
    spec, data = SPEC | others, {"train": NO_ROWS, "test": NO_ROWS}
    found = engine(
        "return [...trainer().initial];", spec=spec, settings=SETTINGS | {"init": init, "seed": seed}, data=data
    )
    sizes = [*spec["layers"], spec["outputs"]]
    model = MLP(spec["inputs"], sizes, spec["activation"], spec["output"], init, seed)
    assert found == pytest.approx([parameter.data for parameter in model.parameters()], rel=1e-15, abs=1e-15)


@pytest.mark.parametrize("init", INITIALIZERS)
def test_an_initialiser_is_that_of_python(engine, init):
    compare(engine, init, seed=12)


@pytest.mark.parametrize("activation", EACH)
def test_without_one_layers_start_as_their_activation_asks(engine, activation):
    compare(engine, activation=activation)


@pytest.mark.parametrize("output", ["relu", "sigmoid"])
def test_the_last_layer_starts_as_its_own_activation_asks(engine, output):
    compare(engine, output=output)
    compare(engine, output=output, layers=[], seed=2**40)


def test_an_unknown_initialiser_is_refused(engine):
    with pytest.raises(RuntimeError, match=r"^RangeError: unknown init zeros: choose from uniform\(0,1\), .*, he$"):
        compare(engine, "zeros")
