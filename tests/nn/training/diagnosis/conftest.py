"""What the tests share: moons, a training without words, and one whose words are kept."""

import warnings

from sklearn.datasets import make_moons

from nn import SGD, DiagnosisWarning, fit

X, Y = make_moons(64, noise=0.1, random_state=0)
LOSS = "binary_cross_entropy_with_logits"


def trained(model, X=X, y=Y, lr=0.1, **options):
    options = {"loss": LOSS, "epochs": 3, "seed": 0, "progress": False, **options}
    return fit(model, X, y, optimizer=SGD(model.parameters(), lr=lr), **options)


def told(model, *data, **options):
    """The diagnoses of a training."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        history = trained(model, *data, **options)
    assert {w.category for w in seen} <= {DiagnosisWarning}
    return history, [str(w.message) for w in seen]
