"""The scalers, beside those of scikit-learn: the same numbers, bit for bit, and the same attributes."""

import numpy as np
import pytest
from sklearn import preprocessing

from nn.data import scalers

RNG = np.random.default_rng(0)
X = RNG.normal(3.0, [1.0, 10.0, 1e-3, 1e9], (50, 4))
ROWS = {
    "usual": X,
    "one row": X[:1],
    "a constant column": X * [1.0, 0.0, 1.0, 1.0] + [0.0, 1 / 3, 0.0, 0.0],
    "far from 0": X + 1e12,
    "column by column": np.asfortranarray(X),
}
KINDS = {
    "MinMaxScaler": {},
    "MinMaxScaler to another range": {"feature_range": (-1, 2), "clip": True},
    "StandardScaler": {},
    "StandardScaler without mean": {"with_mean": False},
    "StandardScaler without deviation": {"with_std": False},
    "StandardScaler without either": {"with_mean": False, "with_std": False},
}


@pytest.fixture(params=KINDS)
def both(request):
    """A scaler of scikit-learn, and ours."""
    name, options = request.param.split()[0], KINDS[request.param]
    return getattr(preprocessing, name)(**options), getattr(scalers, name)(**options)


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_it_gives_the_numbers_of_scikit_learn(both, rows):
    theirs, ours = (scaler.fit(rows) for scaler in both)
    assert vars(theirs).keys() == vars(ours).keys()
    for name, expected in vars(theirs).items():
        assert np.array_equal(getattr(ours, name), expected), name
    scaled = theirs.transform(X)
    assert ours.transform(X).tobytes() == scaled.tobytes()
    assert ours.inverse_transform(scaled).tobytes() == theirs.inverse_transform(scaled).tobytes()


def test_it_says_what_it_is_as_scikit_learn_does(both):
    theirs, ours = both
    assert repr(ours) == repr(theirs)
    assert ours.get_params() == theirs.get_params()


def test_rows_stay_as_they_were(both):
    rows = X.copy()
    both[1].fit_transform(rows)[:] = 0.0
    assert (rows == X).all()


@pytest.mark.parametrize("rows", [[1.0, 2.0], np.zeros((0, 2)), 3.0], ids=["no rows of", "no rows", "a number"])
def test_what_is_no_rows_is_refused(both, rows):
    with pytest.raises(ValueError, match=r"takes rows, an array \(rows, inputs\); got the shape"):
        both[1].fit(rows)
