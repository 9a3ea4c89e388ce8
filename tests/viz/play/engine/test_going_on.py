"""A training goes on: from its state, from Python's, with other settings, and with numbers that the reader gave."""

import numpy as np
import pytest

from nn import OPTIMIZERS

from .conftest import data_of, model_of, numbers_of, rows_of, settings_of, spec_of, trained

GOING_ON = """
const [whole, first] = [trainer(), trainer()];
for (let i = 0; i < 9; i++) whole.step();
for (let i = 0; i < 4; i++) first.step();
const state = JSON.parse(JSON.stringify(first.state()));
const second = trainer();
second.restore(state);
for (let i = 0; i < 5; i++) second.step();
return [whole, second].map((each) => each.state());
"""


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_training_goes_on_from_its_state(engine, optimizer):
    spec = spec_of("mse")
    settings = settings_of(optimizer, momentum=0.5) | {"batchSize": 3}
    whole, second = engine(GOING_ON, spec=spec, settings=settings, data=data_of(rows_of(spec, 7)))
    assert second == whole
    assert whole["steps"] == 9


def test_a_training_goes_on_from_pythons(engine):
    spec = spec_of("mse")
    model, rows = model_of(spec), rows_of(spec, 6)
    optimizer = OPTIMIZERS["adam"](model.parameters(), lr=0.05)
    trained(model, spec, rows, [range(6)] * 4, optimizer)
    state = {name: each.tolist() if isinstance(each, np.ndarray) else each
             for name, each in optimizer.state_dict().items()} | {"optimizer": "adam"}  # fmt: skip
    body = """
    const training = trainer();
    training.restore(given.state);
    for (let i = 0; i < 5; i++) training.step();
    return training.state();
    """
    found = engine(body, spec=spec, settings=settings_of("adam", lr=0.05), data=data_of(rows),
                   state={"parameters": numbers_of(model), "optimizer": state, "epochs": 4, "steps": 4})  # fmt: skip
    trained(model, spec, rows, [range(6)] * 5, optimizer)
    assert found["parameters"] == pytest.approx(numbers_of(model), rel=1e-9)
    assert found["optimizer"]["mean"] == pytest.approx(optimizer.mean.tolist(), rel=1e-9)
    assert (found["epochs"], found["optimizer"]["steps"]) == (9, optimizer.steps)


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(engine):
    spec = spec_of("mse")
    body = """
    const training = trainer();
    training.step();
    const before = JSON.stringify(training.state());
    const said = [];
    const others = [{ optimizer: "sgd" }, { optimizer: "adam", mean: [] }];
    for (const change of [{ parameters: [1] }, ...others.map((optimizer) => ({ optimizer }))]) {
      try {
        training.restore({ ...JSON.parse(before), ...change });
      } catch (error) {
        said.push(error.message);
      }
    }
    return { said, isSame: before === JSON.stringify(training.state()) };
    """
    found = engine(body, spec=spec, settings=settings_of("adam"), data=data_of(rows_of(spec)))
    assert found["said"] == [
        "the network has 13 parameters, got 1", "a state of sgd is none of adam", "mean must have 13 numbers",
    ]  # fmt: skip
    assert found["isSame"]


def test_other_settings_hold_from_the_next_step_on(engine):
    spec = spec_of("mse")
    model, rows = model_of(spec), rows_of(spec, 6)
    body = """
    const training = trainer();
    for (let i = 0; i < 3; i++) training.step();
    training.use({ ...given.settings, lr: 0.3, momentum: 0.5 });
    for (let i = 0; i < 3; i++) training.step();
    training.use({ ...given.settings, optimizer: "adam", lr: 0.01 });
    for (let i = 0; i < 3; i++) training.step();
    return Array.from(training.parameters);
    """
    found = engine(body, spec=spec, settings=settings_of("sgd", momentum=0.9), data=data_of(rows),
                   parameters=numbers_of(model))  # fmt: skip
    sgd = OPTIMIZERS["sgd"](model.parameters(), lr=0.1, momentum=0.9)
    trained(model, spec, rows, [range(6)] * 3, sgd)
    sgd.lr, sgd.momentum = 0.3, 0.5
    trained(model, spec, rows, [range(6)] * 3, sgd)
    trained(model, spec, rows, [range(6)] * 3, OPTIMIZERS["adam"](model.parameters(), lr=0.01))
    assert found == pytest.approx(numbers_of(model), rel=1e-9)


def test_a_parameter_may_be_given_another_number(engine):
    spec = spec_of("mse")
    model, rows = model_of(spec), rows_of(spec, 6)
    body = (
        "const training = trainer(); training.set(4, -0.75); training.step(); return Array.from(training.parameters);"
    )
    found = engine(body, spec=spec, settings=settings_of(), data=data_of(rows), parameters=numbers_of(model))
    model.parameters()[4].data = -0.75
    trained(model, spec, rows, [range(6)], OPTIMIZERS["sgd"](model.parameters(), lr=0.1))
    assert found == pytest.approx(numbers_of(model), rel=1e-9)


def test_a_number_that_was_given_stays_where_the_training_goes_back(engine):
    """The learning rate is too large by far: the step is not taken."""
    spec = spec_of("mse", layers=[])
    body = """
    const training = trainer();
    training.row();
    training.set(1, -0.75);
    training.use({ ...given.settings, lr: 1e308 });
    training.step();
    return { trouble: training.trouble !== null, parameters: Array.from(training.parameters), steps: training.steps };
    """
    data = {"train": {"X": [[1, 2], [3, 4]], "y": [1e3, 1e3]}, "test": {"X": [], "y": []}}
    found = engine(body, spec=spec, settings=settings_of() | {"batchSize": 1}, data=data, parameters=[0.5, 1, 0])
    assert found == {"trouble": True, "parameters": [0.5, -0.75, 0], "steps": 0}
