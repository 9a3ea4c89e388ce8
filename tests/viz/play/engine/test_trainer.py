"""The page trains as Python does: the same losses and parameters, step by step, and the same history."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

from nn import OPTIMIZERS, fit

from .conftest import LOSSES, NO_ROWS, data_of, model_of, numbers_of, rows_of, settings_of, spec_of, trained

STEPS = """
const training = trainer();
const losses = [];
for (let i = 0; i < given.steps; i++) {
  losses.push(training.evaluate("train").loss);
  training.step();
}
const { trouble, epochs } = training;
return { losses, trouble, epochs, order: Array.from(training.order), parameters: Array.from(training.parameters) };
"""
STEPPED = 100


def batches_of(rows, size, seed):
    """The rows of each step: in each epoch in another order of NumPy's RandomState."""
    orders = [np.random.RandomState(seed + epoch).permutation(rows).tolist() for epoch in range(STEPPED)]
    return [order[i : i + size] for order in orders for i in range(0, rows, size)][:STEPPED]


def compare(engine, spec, optimizer="sgd", lr=0.1, of_fit=None, **numbers):
    """Losses and parameters over the steps; `of_fit` are the numbers that `fit` takes, and no optimizer."""
    model, rows, of_fit = model_of(spec), rows_of(spec, 12), of_fit or {}
    settings = settings_of(optimizer, lr=lr, **numbers, **of_fit) | {"batchSize": 5, "shuffleSeed": 3}
    found = engine(STEPS, spec=spec, settings=settings, data=data_of(rows), parameters=numbers_of(model), steps=STEPPED)
    optimizer = OPTIMIZERS[optimizer](model.parameters(), lr=lr, **numbers)
    losses = trained(model, spec, rows, batches_of(12, 5, 3), optimizer, **of_fit)
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
    compare(engine, spec_of("binary_cross_entropy_with_logits"), lr=0.3, of_fit=numbers)


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
        "task": "classification",
    }
    found = engine(EPOCHS, spec=spec, settings=settings_of("adam", lr=0.05, l1=0.001, l2=0.01), data=given,
                   parameters=numbers_of(model), epochs=30)  # fmt: skip
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
    """x1 itself is the output: 0, 1 and 0, and the classes lie on either side of 1/2."""
    data = {"train": {"X": [[0, 0], [1, 1], [0, 1]], "y": [0, 1, 1]}, "test": NO_ROWS, "task": "classification"}
    [epoch] = engine(EPOCHS, spec=spec_of("mse", layers=[]), settings=settings_of(), data=data, parameters=[1, 0, 0],
                     epochs=1)["history"]  # fmt: skip
    assert epoch["trainAccuracy"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("size", [0, 7, 100])
def test_a_batch_of_all_rows_leaves_them_in_their_order(engine, size):
    spec = spec_of("mse")
    settings = settings_of() | {"batchSize": size}
    found = engine(STEPS, spec=spec, settings=settings, data=data_of(rows_of(spec)), steps=2)
    assert (found["order"], found["epochs"]) == (list(range(7)), 2)


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
                   parameters=numbers_of(model))  # fmt: skip
    assert found["some"] == [3, 3, 0]
    assert found["after"] == [0, 5, 1]
    order = found["order"]
    batches = [order[0:1], order[1:2], order[2:3], order[3:8], order[8:12]]
    trained(model, spec, rows, batches, OPTIMIZERS["sgd"](model.parameters(), lr=0.1))
    assert found["parameters"] == pytest.approx(numbers_of(model), rel=1e-9)


def test_parameters_of_another_network_are_refused(engine):
    spec = spec_of("mse")
    with pytest.raises(RuntimeError, match=r"^RangeError: the network has 13 parameters, got 2$"):
        engine("trainer();", spec=spec, settings=settings_of(), data=data_of(rows_of(spec)), parameters=[1, 2])
