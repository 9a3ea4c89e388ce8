"""Runs to report on: small ones of every kind, and ones whose names are hostile."""

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from nn import MLP, History, evaluate, predict
from nn.data.datasets import Dataset
from nn.report.run import Run

HOSTILE = ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "$a&b$"]


def images_run(classes=("a", "b", "c"), wrong=4, rows=6, seed=0, name="images"):
    """A run on images of 4×4 pixels from 0 to 16, with so many wrong predictions."""
    X = np.random.default_rng(seed).integers(0, 17, (rows, 16)).astype(float)
    model = MLP(16, [3, 3], seed=seed)
    model.scaler = MinMaxScaler().fit([[0.0] * 16, [16.0] * 16])
    y = predict(model, X).argmax(axis=1)
    y[:wrong] = (y[:wrong] + 1) % 3
    data = dataset(name, X, y, classes=list(classes), target="letter", image_shape=(4, 4), largest_input=16.0)
    return run_of(data, model, "cross_entropy")


def points_run(classes=("0", "1"), inputs=("x1", "x2")):
    """A run on points of a plane."""
    X = np.random.default_rng(0).normal(size=(12, 2))
    data = dataset("points", X, (X[:, 0] > 0).astype(int), classes=list(classes), inputs=list(inputs), target="side")
    return run_of(data, MLP(2, [4, 1], seed=0), "binary_cross_entropy_with_logits")


def table_run(inputs=("age", "height", "weight"), classes=("a", "b", "c"), target="kind", name="table", rows=6):
    """A run on a table of classes, with two wrong predictions."""
    X = np.random.default_rng(0).normal(size=(rows, len(inputs)))
    model = MLP(len(inputs), [4, 3], seed=0)
    y = predict(model, X).argmax(axis=1)
    y[:2] = (y[:2] + 1) % 3
    data = dataset(name, X, y, classes=list(classes), inputs=list(inputs), target=target)
    return run_of(data, model, "cross_entropy")


def numbers_run(errors=(1.0, -3.0, 0.5, 0.0), inputs=("age", "height", "weight"), target="price", name="numbers"):
    """A run on a table of numbers, with these errors."""
    X = np.random.default_rng(0).normal(size=(len(errors), 3))
    model = MLP(3, [4, 1], seed=0)
    y = predict(model, X) - np.array(errors)
    return run_of(dataset(name, X, y, "regression", inputs=list(inputs), target=target), model, "mse")


def dataset(name, X, y, task="classification", **more):
    return Dataset(name, task, X, y, X[:2], y[:2], X, y, **more)


def run_of(data, model, loss):
    metrics = ["accuracy", "precision", "recall", "f1"]
    if data.task == "regression":
        metrics = ["mean_absolute_error", "mean_squared_error", "r2"]
    history = History(loss=[1.0, 0.5], val_loss=[1.1, 0.6])
    for name in metrics:
        history |= {name: [0.3, 0.6], "val_" + name: [0.2, 0.5]}
    history.statistics = {
        name: {
            "epoch": [1, 2],
            "gradient": [1e-2, 1e-3],
            "gradient_max": [0.1, 0.02],
            "activation": [0.4, 0.5],
            "activation_std": [1, 2],
        }
        for name in ("layer 1", "layer 2")
    }
    history.statistics["layer 1"]["dead"] = [0.0, 0.25]
    result = evaluate(model, data.X_test, data.y_test, loss=loss, metrics=metrics)
    options = {
        "optimizer": "adam",
        "epochs": 2,
        "hidden": [3],
        "out": None,
        "l1": 0.0,
        "seed": 0,
        "schedule": "constant",
    }
    return Run(data, model, loss, history, predict(model, data.X_test), result, 12.34, options)


def no_epoch(run):
    run.history = History({name: [] for name in run.history})
    return run


RUNS = {
    "images": images_run, "points": points_run, "table": table_run, "numbers": numbers_run,
    "hostile images": lambda: images_run(HOSTILE, name=HOSTILE[0]),
    "hostile points": lambda: points_run(HOSTILE[:2], HOSTILE[1:]),
    "hostile table": lambda: table_run(HOSTILE, HOSTILE, HOSTILE[0], HOSTILE[1]),
    "hostile numbers": lambda: numbers_run(inputs=HOSTILE, target=HOSTILE[0], name=HOSTILE[1]),
    "no epoch": lambda: no_epoch(table_run()),
}  # fmt: skip
PICTURES = {
    "images": ["history", "confusion", "gradients", "activations", "weights"],
    "points": ["history", "confusion", "gradients", "activations", "boundary"],
    "table": ["history", "confusion", "gradients", "activations", "weights"],
    "numbers": ["history", "predictions", "gradients", "activations", "weights"],
    "no epoch": ["confusion", "weights"],
}


def stopped_early(losses=(0.9, 0.5, 0.7, 0.8)):
    run = images_run()
    run.history = History({name: [*losses] for name in run.history})
    run.options |= {"epochs": 100, "patience": 2}
    run.best_epoch = 2
    return run


def diverged(run, epochs):
    run.options["epochs"], run.diverged = epochs, True
    return run
