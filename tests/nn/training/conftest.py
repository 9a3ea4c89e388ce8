"""What the tests of fit, predict and evaluate share: rows, models, and a training without words."""

import numpy as np

from nn import MLP, fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 2))
Y = X[:, 0] - 0.5 * X[:, 1] + 0.1
LABELS = (Y > 0).astype(int)
TEST_X, TEST_LABELS = RNG.normal(size=(7, 2)), np.array([0, 1, 0, 1, 1, 0, 1])


def numbers(model):
    return [p.data for p in model.parameters()]


def gradients(model):
    return [p.grad for p in model.parameters()]


def regression(seed=1):
    return MLP(2, [4, 1], "tanh", seed=seed)


def classifier(seed=1):
    return MLP(2, [4, 2], "tanh", seed=seed)


def quiet_fit(model, X=X, y=Y, **options):
    return fit(model, X, y, **{"loss": "mse", "epochs": 1, "progress": False, "seed": 0, **options})
