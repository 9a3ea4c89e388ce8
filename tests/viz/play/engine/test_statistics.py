"""What the page tells of layers is what Python computes of them."""

import numpy as np
import pytest

from nn import SGD
from nn.activations import activation_record
from nn.training.diagnosis import layer_gradients, layer_outputs

from .conftest import SETTINGS, loss_of_row, model_of, numbers_of, rows_of, spec_of

LOOKED = """
const training = trainer();
training.step();
return { all: training.layerStatistics(), some: training.layerStatistics(false) };
"""
STEPPED = "const training = trainer(); training.step(); return Array.from(training.parameters);"
CHANGED = SETTINGS | {"l1": 0.5, "clipNorm": 0.01}  # what is told is the gradient before


def looked(engine, body, spec, rows, model):
    data = {"train": {"X": rows.X, "y": rows.y}, "test": {"X": [], "y": []}}
    return engine(body, spec=spec, settings=CHANGED, parameters=numbers_of(model), data=data)


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu"])
def test_statistics_are_those_of_python(engine, activation):
    spec = spec_of("binary_cross_entropy", activation, layers=[5, 4])
    model, rows = model_of(spec), rows_of(spec, 9)
    for parameter in model.parameters():
        parameter.data *= 3.0  # some at the ends of their range, and some dead
    found = looked(engine, LOOKED, spec, rows, model)
    optimizer = SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    for x, target in zip(rows.X, rows.coded, strict=True):
        loss_of_row(model, spec, x, target).backward(1.0 / len(rows.X))
    gradients = [np.sqrt((each**2).mean()) for each in layer_gradients(model).values()]
    assert [layer["gradient"] for layer in found["all"]] == pytest.approx(gradients, rel=1e-9)
    assert found["some"] == [layer | {"dead": None, "saturated": None} for layer in found["all"]]
    for parameter, number in zip(model.parameters(), looked(engine, STEPPED, spec, rows, model), strict=True):
        parameter.data = number
    for its, (layer, outputs) in zip(found["all"], layer_outputs(model, rows.X).items(), strict=True):
        record = activation_record(activation if layer != "layer 3" else "sigmoid")
        assert its["dead"] == (pytest.approx(record.dead(outputs).mean()) if record.can_die else None)
        assert its["saturated"] == (pytest.approx(record.saturated(outputs).mean()) if record.saturates_at else None)


def test_of_many_rows_some_are_looked_at(engine):
    """Every third of 600: the others are off, and these are not."""
    spec = spec_of("mse", "relu", layers=[1], inputs=1)
    model = model_of(spec)
    for parameter, number in zip(model.parameters(), [1.0, 0.0, 1.0, 0.0], strict=True):
        parameter.data = number
    body = "return trainer().layerStatistics().map(({ dead }) => dead);"
    for shift, dead in ((0, 0), (1, 1)):
        X = [[1.0 if (i - shift) % 3 == 0 else -1.0] for i in range(600)]
        data = {"train": {"X": X, "y": [0.5] * 600}, "test": {"X": [], "y": []}}
        found = engine(body, spec=spec, settings=SETTINGS, data=data, parameters=numbers_of(model))
        assert found == [dead, None]
