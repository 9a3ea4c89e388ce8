"""When a number is not finite the training ends, goes back, and tells where it came from: as fit does."""

import re
import warnings

import numpy as np
import pytest

from nn import SGD, DiagnosisWarning, fit

from .conftest import NO_ROWS, SETTINGS, model_of, numbers_of, spec_of

TRAINED = """
const training = trainer();
for (let i = 0; i < 20 && !training.trouble; i++) training.epoch();
const { trouble, epochs, steps, position, history } = training;
const after = training.step();
const parameters = Array.from(training.parameters);
return { trouble, epochs, steps, position, history: history.length, after, parameters };
"""
X = [[1.0, 2.0], [3.0, -1.0], [-2.0, 1.0], [0.5, 0.5]]


def trained(engine, spec, lr, y, X=X, model=None):
    model = model or model_of(spec)
    data = {"train": {"X": X, "y": y}, "test": NO_ROWS}
    return engine(TRAINED, spec=spec, settings=SETTINGS | {"lr": lr}, data=data, parameters=numbers_of(model))


def of_fit(spec, lr, y, X=X, model=None):
    """What fit warns of, and the parameters that it leaves."""
    model = model or model_of(spec)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = fit(model, X, y, loss=spec["loss"], optimizer=SGD(model.parameters(), lr=lr), epochs=20,
                      batch_size=None, progress=False)  # fmt: skip
    [warning] = [
        each.message for each in caught if "not finite" in str(each.message) or "loss of a row" in str(each.message)
    ]
    assert isinstance(warning, DiagnosisWarning)
    return str(warning), history.epochs, numbers_of(model)


def with_numbers(spec, numbers):
    model = model_of(spec)
    for parameter, number in zip(model.parameters(), numbers, strict=True):
        parameter.data = number
    return model


@pytest.mark.parametrize(
    ("spec", "lr", "y"),
    [
        (spec_of("mse", "relu", layers=[3]), 1e6, [1.0, 2.0, 3.0, 4.0]),  # the loss becomes inf
        (spec_of("mse", "linear", layers=[2, 2]), 1e12, [1.0, 2.0, 3.0, 4.0]),
        (spec_of("mse", "relu", layers=[]), 1e200, [1.0, 2.0, 3.0, 4.0]),
    ],
)
def test_it_ends_where_fit_ends_with_the_words_of_fit(engine, spec, lr, y):
    found = trained(engine, spec, lr, y)
    told, epochs, parameters = of_fit(spec, lr, y)
    assert found["epochs"] == found["history"] == found["trouble"]["where"]["epoch"] - 1 == epochs
    assert found["parameters"] == pytest.approx(parameters, rel=1e-9)
    assert np.isfinite(found["parameters"]).all()
    [layer] = re.findall(r"in (MLP[^.;]*|mse_loss|the loss)", told)[:1]
    assert found["trouble"]["where"]["layer"] == layer
    became = re.search(r"the loss of a row is \w+|a parameter is not finite", told)[0]
    assert found["trouble"]["what"].startswith(became + ": ")


def test_after_trouble_no_step_is_taken(engine):
    found = trained(engine, spec_of("mse", "relu"), 1e6, [1.0, 2.0, 3.0, 4.0])
    assert found["after"] is False
    assert found["position"] == 0
    assert found["steps"] == found["epochs"]


def test_the_operation_of_a_loss_that_is_not_finite_is_named(engine):
    """10²⁰⁰·10²⁰⁰ is beyond the largest number: in the square of the loss."""
    found = trained(engine, spec_of("mse", layers=[]), 0.1, [0.0, 1e200, 0.0, 0.0])
    where = found["trouble"]["where"]
    assert (where["operation"], where["layer"], where["row"], where["isBackward"]) == ("mul", "mse_loss", 1, False)
    assert found["trouble"]["what"] == "the loss of a row is inf: -1e200 * -1e200 is inf in mse_loss"
    assert (where["epoch"], where["step"], found["epochs"]) == (1, 1, 0)


def test_a_parameter_that_is_not_finite_is_named(engine):
    """Such a one can only be given: of the numbers in a link, say."""
    body = """
    const training = trainer();
    training.set(1, Infinity);
    training.step();
    return training.trouble;
    """
    spec = spec_of("mse", layers=[])
    trouble = engine(body, spec=spec, settings=SETTINGS, data={"train": {"X": X, "y": [0, 0, 0, 0]}, "test": NO_ROWS})
    assert trouble["what"] == "the loss of a row is inf: the parameter w2 is inf in MLP / layer 1 / neuron 1"
    assert trouble["where"]["operation"] == "leaf"


def test_a_derivative_that_is_not_finite_is_named(engine):
    """The loss of a row is finite, |10³⁰⁰ - 10³⁰⁰·w|, and its gradient by what is 10³⁰⁰ times 10¹⁰ more is not."""
    spec = spec_of("mse", "linear", layers=[1], inputs=1)
    model = with_numbers(spec, [1e-300, 0.0, 1e200, 0.0])
    found = trained(engine, spec, 0.1, [0.0], X=[[1e120]], model=model)
    told, epochs, _ = of_fit(spec, 0.1, [0.0], X=[[1e120]], model=model)
    assert epochs == found["epochs"] == 0
    where = found["trouble"]["where"]
    assert where["isBackward"]
    assert found["trouble"]["what"].startswith("a parameter is not finite: the derivative of ")
    assert f"in {where['layer']}" in told


def test_what_only_a_branch_uses_that_was_not_taken_is_not_the_origin(engine):
    """The first relu is off: its sum is -inf, and nothing depends on that. The square of the loss is infinite."""
    spec = spec_of("mse", "relu", layers=[2], inputs=1)
    model = with_numbers(spec, [-1e308, 0.0, 1.0, 0.0, 1.0, 1e200, 0.0])
    found = trained(engine, spec, 0.1, [0.0], X=[[1e3]], model=model)
    told, *_ = of_fit(spec, 0.1, [0.0], X=[[1e3]], model=model)
    assert found["trouble"]["what"] == "the loss of a row is inf: 1e203 * 1e203 is inf in mse_loss"
    assert "1e+203 * 1e+203 is inf in mse_loss" in told


def test_a_gradient_that_sums_up_to_what_is_not_finite_is_named(engine):
    """Two outputs pass 0.9e308 on to the one hidden neuron."""
    spec = spec_of("sse", "linear", layers=[1], inputs=1, output="linear")
    model = with_numbers(spec, [0.0, 0.0, 1e200, 0.0, 1e200, 0.0])
    found = trained(engine, spec, 0.1, [[-0.45e108, -0.45e108]], X=[[1.0]], model=model)
    what = "a parameter is not finite: the gradient of 0 + 0 sums up to inf in MLP / layer 1 / neuron 1"
    assert found["trouble"]["what"] == what


def test_what_flows_to_an_input_is_not_the_origin(engine):
    """To x flows w·∂L/∂y = 1e350, which nobody asks for; the step of the bias is too large."""
    spec = spec_of("mse", layers=[], inputs=1)
    model = with_numbers(spec, [1e200, 0.0])
    found = trained(engine, spec, 1e200, [-1e150], X=[[1e-200]], model=model)
    assert found["trouble"]["what"] == "a parameter is not finite: the step was too large"


def test_a_step_that_is_too_large_is_told(engine):
    """Gradient and loss are finite; the learning rate is not of this world."""
    found = trained(engine, spec_of("mse", layers=[]), 1e308, [1e3, 1e3, 1e3, 1e3])
    assert found["trouble"]["what"] == "a parameter is not finite: the step was too large"
    assert found["trouble"]["advice"] == [
        "lower the learning rate: it is 1e308", "clip the gradient, to a norm of 1, say",
    ]  # fmt: skip
    assert found["epochs"] == 0


GOING_ON = """
const training = trainer();
training.epoch();
const hadTrouble = training.trouble !== null;
training.use({ ...given.settings, lr: 0.001 });
const isWell = training.epoch();
return { hadTrouble, isWell, epochs: training.epochs };
"""


def test_with_other_settings_it_goes_on(engine):
    data = {"train": {"X": X, "y": [1e3, 1e3, 1e3, 1e3]}, "test": NO_ROWS}
    found = engine(GOING_ON, spec=spec_of("mse", layers=[]), settings=SETTINGS | {"lr": 1e308}, data=data)
    assert found == {"hadTrouble": True, "isWell": True, "epochs": 1}
