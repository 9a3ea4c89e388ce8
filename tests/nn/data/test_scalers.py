"""The scalers, beside those of scikit-learn: the same numbers, bit for bit, and the same attributes."""

import re

import numpy as np
import pytest
from sklearn import preprocessing
from sklearn.base import clone

from nn.data import scalers

RNG = np.random.default_rng(0)
X = RNG.normal(3.0, [1.0, 10.0, 1e-3, 1e9], (50, 4))
ROWS = {
    "usual": X,
    "one row": X[:1],
    "a constant column": X * [1.0, 0.0, 1.0, 1.0] + [0.0, 1 / 3, 0.0, 0.0],
    "far from 0": X + 1e12,
    "column by column": np.asfortranarray(X),
    "from tiny to huge": X * [1e-300, 1e-150, 1e150, 1e140],
    "below the normal floats": X * 1e-320,
    "whole numbers": (10 * X).astype(int),
    "true and false": X > 3.0,
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


def test_float32_is_scaled_in_float64(both):
    ours = both[1]
    wide = ours.fit_transform(X[:, :3].astype("float32").astype(float))
    assert ours.fit_transform(X[:, :3].astype("float32")).tobytes() == wide.tobytes()


def test_it_is_cloned_with_its_parameters(both):
    assert repr(clone(both[1])) == repr(both[0])


# -------------------------------------------------------------------------------------------------------- refused

NO_ROWS = {
    "a row": ([1.0, 2.0], "X must have the shape (rows, inputs), got (2,)"),
    "no rows": (np.zeros((0, 2)), "X is empty"),
    "no columns": (np.zeros((2, 0)), "X is empty"),
    "a nan": ([[0.0, 1.0], [2.0, np.nan]], "X[1, 1] is nan: numbers must be finite"),
    "an infinity": ([[-np.inf]], "X[0, 0] is -inf: numbers must be finite"),
    "texts": ([["one"]], "X must hold numbers"),
}


@pytest.mark.parametrize(("rows", "message"), NO_ROWS.values(), ids=NO_ROWS)
def test_what_is_no_rows_is_refused(both, rows, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        both[1].fit(rows)


WRONG = {  # a scaler, and a parameter of it that means nothing
    "a range from above": ("MinMaxScaler", {"feature_range": (1, 0)}),
    "a range of one number": ("MinMaxScaler", {"feature_range": (2, 2)}),
    "a range with a nan": ("MinMaxScaler", {"feature_range": (0, float("nan"))}),
    "a range of texts": ("MinMaxScaler", {"feature_range": ("0", "1")}),
    "a range of three": ("MinMaxScaler", {"feature_range": (0, 1, 2)}),
    "a number for a range": ("MinMaxScaler", {"feature_range": 1}),
    "a number for a truth": ("StandardScaler", {"with_mean": 1}),
    "a text for a truth": ("StandardScaler", {"with_std": "no"}),
}


@pytest.mark.parametrize(("kind", "wrong"), WRONG.values(), ids=WRONG)
def test_a_parameter_that_means_nothing_is_refused(kind, wrong):
    scaler, (name,) = getattr(scalers, kind)(**wrong), wrong
    with pytest.raises(ValueError, match=f"^the {name} of a {kind} must be .*; got {re.escape(repr(wrong[name]))}$"):
        scaler.fit(X)
    assert not hasattr(scaler, "n_features_in_")


def test_an_unknown_parameter_is_refused():
    scaler = scalers.StandardScaler()
    with pytest.raises(ValueError, match=r"unknown parameter of a StandardScaler 'with_men': .* mean 'with_mean'\?$"):
        scaler.set_params(with_std=False, with_men=False)
    assert repr(scaler) == "StandardScaler()"
    assert repr(scaler.set_params(with_mean=False)) == "StandardScaler(with_mean=False)"


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_before_it_is_fitted_it_scales_nothing(both, method):
    with pytest.raises(ValueError, match=r"Scaler is not fitted: call its fit\(X\)"):
        getattr(both[1], method)(X)


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
@pytest.mark.parametrize(("fitted", "given"), [(3, 1), (1, 3)])
def test_rows_of_other_columns_are_refused(both, method, fitted, given):
    scaler = both[1].fit(X[:, :fitted])
    with pytest.raises(ValueError, match=f"Scaler that was fitted to rows of {fitted} numbers got rows of {given}"):
        getattr(scaler, method)(X[:, :given])
