"""The page trains as Python does: the same losses and parameters, step by step, and the same history."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

from nn import MLP, OPTIMIZERS, fit

from .conftest import LOSSES, NO_ROWS, data_of, model_of, numbers_of, rows_of, settings_of, spec_of, trained

STEPS = """
const training = trainer();
const losses = [];
for (let i = 0; i < given.steps; i++) {
  losses.push(training.evaluate("train").loss);
  training.step();
}
const { trouble, steps, epochs } = training;
const batches = training.batches(given.steps).map((batch) => Array.from(batch));
return { losses, trouble, steps, epochs, batches, parameters: Array.from(training.parameters) };
"""


def compare(engine, spec, optimizer="sgd", lr=0.1, steps=100, fit_numbers=(), **numbers):
    """Losses and parameters over steps; `fit_numbers` are those of the numbers that `fit` takes, and no optimizer."""
    model, rows = model_of(spec), rows_of(spec, 12)
    settings = settings_of(optimizer, lr=lr, **numbers) | {"batchSize": 5, "clipNorm": numbers.get("clip_norm", 0)}
    found = engine(
        STEPS, spec=spec, settings=settings, data=data_of(rows), more={"parameters": numbers_of(model)}, steps=steps
    )
    of_optimizer = {name: number for name, number in numbers.items() if name not in fit_numbers}
    optimizer = OPTIMIZERS[optimizer](model.parameters(), lr=lr, **of_optimizer)
    of_fit = {name: numbers[name] for name in fit_numbers}
    losses = trained(model, spec, rows, found["batches"], optimizer, **of_fit)
    assert found["trouble"] is None
    assert found["losses"] == pytest.approx(losses, rel=1e-9, abs=1e-9)
    assert found["parameters"] == pytest.approx(numbers_of(model), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_trains_as_in_python(engine, loss):
    compare(engine, spec_of(loss), lr=0.05)


@pytest.mark.parametrize(
    ("optimizer", "numbers"),
    [
        ("sgd", {"momentum": 0.9}),
        ("sgd", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
        ("sgd", {"weight_decay": 0.02}),
        ("rmsprop", {}),
        ("rmsprop", {"alpha": 0.9, "eps": 1e-3, "momentum": 0.5, "weight_decay": 0.01}),
        ("adam", {}),
        ("adam", {"betas": [0.8, 0.95], "eps": 1e-4, "weight_decay": 0.01}),
        ("adamw", {"weight_decay": 0.0}),
        ("adamw", {"betas": [0.8, 0.95], "weight_decay": 0.1}),
    ],
)
def test_an_optimizer_steps_as_in_python(engine, optimizer, numbers):
    compare(engine, spec_of("mse"), optimizer, 0.02, **numbers)


@pytest.mark.parametrize(
    "numbers",
    [
        {"l1": 0.01},
        {"l2": 0.02},
        {"l1": 0.01, "l2": 0.03, "clip_norm": 0.05},
        {"clip_norm": 0.1},
    ],
)
def test_penalties_and_clipping_are_those_of_python(engine, numbers):
    compare(engine, spec_of("binary_cross_entropy_with_logits"), lr=0.3, fit_numbers=tuple(numbers), **numbers)


# ------------------------------------------------------------------------------------------- epochs and their history

EPOCHS = """
const training = trainer();
for (let i = 0; i < given.epochs; i++) training.epoch();
return { history: training.history, parameters: Array.from(training.parameters), steps: training.steps };
"""


def test_its_history_is_that_of_fit(engine):
    spec = spec_of("binary_cross_entropy_with_logits", layers=[4])
    train, test = make_moons(40, noise=0.2, random_state=0), make_moons(24, noise=0.2, random_state=1)
    model = model_of(spec)
    given = {
        "train": {"X": train[0].tolist(), "y": train[1].tolist()},
        "test": {"X": test[0].tolist(), "y": test[1].tolist()},
    }
    found = engine(EPOCHS, spec=spec, settings=settings_of("adam", lr=0.05, l1=0.001, l2=0.01), data=given,
                   more={"parameters": numbers_of(model)}, epochs=30)  # fmt: skip
    history = fit(
        model, *train, loss=spec["loss"], optimizer=OPTIMIZERS["adam"](model.parameters(), lr=0.05),
        epochs=30, batch_size=None, validation_data=test, metrics=["accuracy"], l1=0.001, l2=0.01,
        progress=False,
    )  # fmt: skip
    names = {"trainLoss": "loss", "testLoss": "val_loss", "trainAccuracy": "accuracy", "testAccuracy": "val_accuracy"}
    for name, of_fit in names.items():
        numbers = [epoch[name] for epoch in found["history"]]
        assert numbers == pytest.approx(list(history[of_fit]), rel=1e-9), name
    assert [epoch["epoch"] for epoch in found["history"]] == list(range(1, 31))
    weights = np.array(numbers_of(model))
    penalty = 0.001 * np.abs(weights).sum() + 0.01 * (weights**2).sum()
    assert found["history"][-1]["penalty"] == pytest.approx(penalty, rel=1e-9)


def test_a_regression_has_no_accuracy(engine):
    spec = spec_of("mse")
    [epoch] = engine(EPOCHS, spec=spec, settings=settings_of(), data=data_of(rows_of(spec)), epochs=1)["history"]
    assert epoch.keys() == {"epoch", "trainLoss", "testLoss", "penalty"}
    assert epoch["testLoss"] is None  # of no rows


def test_classes_that_a_distance_is_learned_by_have_an_accuracy(engine):
    spec = spec_of("mse")
    data = {"train": {"X": [[0, 0], [1, 1], [0, 1]], "y": [0, 1, 1]}, "test": NO_ROWS}
    [epoch] = engine(EPOCHS, spec=spec, settings=settings_of(), data=data, epochs=1)["history"]
    assert 0 <= epoch["trainAccuracy"] <= 1


def test_batches_are_the_rows_in_the_order_of_numpys_random_state(engine):
    spec = spec_of("mse")
    rows = rows_of(spec, 7)
    settings = settings_of() | {"batchSize": 3, "shuffleSeed": 5}
    found = engine(STEPS, spec=spec, settings=settings, data=data_of(rows), steps=6)
    orders = [np.random.RandomState(5 + epoch).permutation(7).tolist() for epoch in range(2)]
    assert found["batches"] == [order[i : i + 3] for order in orders for i in (0, 3, 6)]
    assert found["epochs"] == 2


def test_a_batch_of_all_rows_leaves_them_in_their_order(engine):
    spec = spec_of("mse")
    for size in (0, 7, 100):
        found = engine(
            STEPS, spec=spec, settings=settings_of() | {"batchSize": size}, data=data_of(rows_of(spec)), steps=2
        )
        assert found["batches"] == [list(range(7))] * 2
        assert found["epochs"] == 2


ONE_BY_ONE = """
const training = trainer();
for (let i = 0; i < 3; i++) training.row();
const some = [training.position, training.steps, training.epochs];
training.step();
training.epoch();
return { some, after: [training.position, training.steps, training.epochs], parameters: Array.from(training.parameters),
  order: Array.from(training.orderOf(0)) };
"""


def test_rows_one_by_one_then_a_batch_then_the_rest_of_the_epoch(engine):
    spec = spec_of("mse")
    model, rows = model_of(spec), rows_of(spec, 12)
    found = engine(ONE_BY_ONE, spec=spec, settings=settings_of() | {"batchSize": 5}, data=data_of(rows),
                   more={"parameters": numbers_of(model)})  # fmt: skip
    assert found["some"] == [3, 3, 0]
    assert found["after"] == [0, 5, 1]
    order = found["order"]
    batches = [order[0:1], order[1:2], order[2:3], order[3:8], order[8:12]]
    trained(model, spec, rows, batches, OPTIMIZERS["sgd"](model.parameters(), lr=0.1))
    assert found["parameters"] == pytest.approx(numbers_of(model), rel=1e-9)


def test_it_begins_with_the_parameters_of_python(engine):
    spec = spec_of("categorical_cross_entropy", "relu", layers=[3, 2])
    body = "const training = trainer(); training.step(); return Array.from(training.initial);"
    settings = settings_of() | {"seed": 3, "output": None, "activation": "relu"}
    found = engine(body, spec=spec, settings=settings, data=data_of(rows_of(spec)))
    expected = numbers_of(MLP(2, [3, 2, 3], "relu", "softmax", seed=3))
    assert found == pytest.approx(expected, rel=1e-15)


def test_parameters_of_another_network_are_refused(engine):
    spec = spec_of("mse")
    with pytest.raises(RuntimeError, match=r"^RangeError: the network has 13 parameters, got 2$"):
        engine(
            "trainer();", spec=spec, settings=settings_of(), data=data_of(rows_of(spec)), more={"parameters": [1, 2]}
        )
