"""Scalers: what they do to rows, what is refused, and that a description restores them bit for bit."""

import json

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

import nn
from nn import MLP, Neuron
from nn.cli.options import make_scaler
from nn.cli.parser import main
from nn.data.scaling import Standardised, check_scaler, checked_data, described, restored, scaled
from nn.data.tables import read_table

RNG = np.random.default_rng(0)
X = RNG.normal(3.0, [1.0, 10.0, 1e-3], (20, 3))
SCALERS = {
    "StandardScaler": StandardScaler(),
    "StandardScaler without mean": StandardScaler(with_mean=False),
    "StandardScaler without deviation": StandardScaler(with_std=False),
    "StandardScaler without either": StandardScaler(with_mean=False, with_std=False),
    "MinMaxScaler": MinMaxScaler(),
    "MinMaxScaler of another range": MinMaxScaler(feature_range=(-1, np.float64(1)), clip=True),
}


class Own(StandardScaler):
    pass


def with_scaler(scaler, n_inputs=3):
    neuron = Neuron(n_inputs, seed=0)
    neuron.scaler = scaler
    return neuron


def test_without_a_scaler_rows_stay_as_they_are():
    assert scaled(Neuron(3), X) is X


@pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
def test_rows_are_scaled_as_scikit_learn_scales_them(scaler):
    assert (scaled(with_scaler(scaler.fit(X)), X[:4]) == scaler.transform(X[:4])).all()


def test_a_scaler_that_gives_tables_gives_an_array():
    class Frame:
        """What pandas would give, which is not installed here."""

        def __array__(self, dtype=None, copy=None):
            return np.ones((2, 3))

    scaler = StandardScaler().fit(X)
    scaler.transform = lambda rows: Frame()
    assert type(scaled(with_scaler(scaler), X[:2])) is np.ndarray


def test_names_of_columns_make_no_warning():
    scaler = StandardScaler().fit(X)
    scaler.feature_names_in_ = np.array(["a", "b", "c"], dtype=object)  # as a fit to a table of pandas sets it
    assert (scaled(with_scaler(scaler), X) == StandardScaler().fit_transform(X)).all()
    assert scaler.feature_names_in_.tolist() == ["a", "b", "c"]


# -------------------------------------------------------------------------------------------------------- refused

WRONG = {
    "of another class": (RobustScaler().fit(X), TypeError, "of nn or of scikit-learn, or None; got RobustScaler"),
    "a subclass": (Own().fit(X), TypeError, "got Own"),
    "a class": (StandardScaler, TypeError, "got type"),
    "not fitted": (StandardScaler(), ValueError, r"the StandardScaler is not fitted: call its fit\(X\)"),
    "of other columns": (
        StandardScaler().fit(X[:, :2]), ValueError, "model.scaler was fitted to 2 columns, the rows have 3",
    ),
    "of one column": (
        MinMaxScaler().fit(X[:, :1]), ValueError, "model.scaler was fitted to 1 column, the rows have 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("scaler", "error", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_scaler_is_refused(scaler, error, message):
    with pytest.raises(error, match=message):
        scaled(with_scaler(scaler), X)


def test_a_scaler_of_numbers_that_are_not_finite_is_refused():
    scaler = StandardScaler().fit(X)
    scaler.mean_[1] = np.nan
    with pytest.raises(ValueError, match=r"the StandardScaler has mean_\[1\] = nan: column 1 of what it was fitted to"):
        check_scaler(scaler)


def test_a_scaler_that_leaves_nothing_of_a_column_is_refused():
    scaler = MinMaxScaler((0, 1e-300)).fit([[0.0, 0.0], [1.0, 1e300]])
    with pytest.raises(ValueError, match=r"MinMaxScaler has scale_\[1\] = 0: column 1 would become one number"):
        check_scaler(scaler)


# ------------------------------------------------------------------------------------------------------- restored


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
def test_a_description_restores_a_scaler_bit_for_bit(scaler, dtype):
    scaler.fit((10 * X).astype(dtype))
    again = restored(json.loads(json.dumps(described(scaler))), 3)
    assert type(again) is getattr(nn, type(scaler).__name__)
    assert again.get_params() == scaler.get_params()
    for name, number in vars(scaler).items():
        assert np.asarray(getattr(again, name)).tobytes() == np.asarray(number).tobytes(), name
        assert np.asarray(getattr(again, name)).dtype == np.asarray(number).dtype, name


def test_names_of_columns_are_restored():
    scaler = StandardScaler().fit(X)
    scaler.feature_names_in_ = np.array(["a", "b", "ß"], dtype=object)
    assert restored(described(scaler), 3).feature_names_in_.tolist() == ["a", "b", "ß"]


def test_a_scaler_that_is_not_fitted_has_no_description():
    with pytest.raises(ValueError, match="is not fitted"):
        described(MinMaxScaler())


def changed(**parts):
    return {**described(StandardScaler().fit(X)), **parts}


def numbers(*values):
    return {"dtype": "float64", "values": list(values)}


FITTED = described(StandardScaler().fit(X))["fitted"]
FOREIGN = {
    "another class": changed(**{"class": "RobustScaler"}),
    "an unknown parameter": changed(parameters={"colour": "red"}),
    "not fitted": changed(fitted={}),
    "half fitted": changed(fitted={"scale_": FITTED["scale_"]}),
    "arrays of different length": changed(fitted={**FITTED, "mean_": {"dtype": "float64", "values": [1.0]}}),
    "an unknown attribute": changed(fitted={**FITTED, "transform": 1}),
    "an attribute of Python": changed(fitted={**FITTED, "__class__": 1}),
    "another dtype": changed(fitted={**FITTED, "mean_": {"dtype": "V8", "values": [1.0]}}),
    "a mean that is a text": changed(fitted={**FITTED, "mean_": "zero"}),
    "no class": {},
    "a list": [],
    "fitted that are a list": changed(fitted=[]),
    "parameters that are a list": changed(parameters=[1]),
    "a parameter of another type": changed(parameters={"with_mean": "no"}),
    "a range of texts": changed(**{"class": "MinMaxScaler", "parameters": {"feature_range": ["a", "b"]}}),
    "what the other class has": changed(fitted={**FITTED, "data_min_": FITTED["mean_"]}),
    "a scale of 0": changed(fitted={**FITTED, "scale_": numbers(0.0, 1.0, 1.0)}),
    "a scale that is not finite": changed(fitted={**FITTED, "scale_": numbers(1.0, float("inf"), 1.0)}),
    "no scale": changed(fitted={**FITTED, "scale_": None}),
    "objects": changed(fitted={**FITTED, "mean_": {"dtype": "object", "values": [0, "a", None]}}),
    "objects that say they are numbers": changed(fitted={**FITTED, "mean_": numbers("1", "2", "3")}),
    "an integer beyond int64": changed(fitted={**FITTED, "mean_": {"dtype": "int64", "values": [10**30, 1, 1]}}),
    "a scale of another shape": changed(fitted={**FITTED, "scale_": numbers([1.0], [1.0], [1.0])}),
    "names that are no texts": changed(fitted={**FITTED, "feature_names_in_": {"dtype": "object", "values": [1] * 3}}),
    "another number of columns": changed(fitted={**FITTED, "n_features_in_": 10**15}),
    "a number of columns that is none": changed(fitted={**FITTED, "n_features_in_": True}),
    "rows seen that are no number": changed(fitted={**FITTED, "n_samples_seen_": "many"}),
}


@pytest.mark.parametrize("description", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_description_is_an_error(description):
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError, OverflowError)):
        restored(description, 3)


def test_the_number_of_columns_is_compared_with_the_model_before_anything_is_made():
    hostile = changed(fitted={**FITTED, "n_features_in_": 10**15})
    with pytest.raises(ValueError, match="a scaler of 1000000000000000 columns for a model of 3 inputs"):
        restored(hostile, 3)


# ------------------------------------------------------------------------------------------- only the rows to train on


@pytest.mark.parametrize("scale", ["standard", "minmax"])
def test_a_scaler_is_fitted_to_the_rows_to_train_on_only(scale, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{a + b}\n" for a, b, _ in X))
    data = read_table(path, "y")
    before = described(make_scaler(data, scale))
    for held_out in (data.X_test, data.X_validation):
        assert len(held_out)
        held_out[:] = 1e6
    assert described(make_scaler(data, scale)) == before
    data.X_train[0] = 1e6
    assert described(make_scaler(data, scale)) != before


def test_the_command_standardises_the_target_by_the_rows_to_train_on_only(tmp_path, monkeypatch, capsys):
    seen, path = [], tmp_path / "table.csv"
    path.write_text("a,b,y\n" + "".join(f"{a},{b},{a + b}\n" for a, b, _ in X))

    class Seen(Standardised):
        def __init__(self, y, *name):
            seen.append(y.tolist())
            super().__init__(y, *name)

    monkeypatch.setattr("nn.data.scaling.Standardised", Seen)
    options = ["--epochs", "1", "--hidden", "2", "--out", str(tmp_path / "run")]
    assert main(["train", "--csv", str(path), "--target", "y", *options]) == 0
    assert seen == [read_table(path, "y").y_train.tolist()]


# --------------------------------------------------------------------------------------------------------- target

Y = RNG.normal(50.0, 20.0, 30)


def test_a_standardised_target_has_mean_0_and_deviation_1():
    y = Standardised(Y)(Y)
    assert (y.mean(), y.std()) == pytest.approx((0.0, 1.0))


def test_a_constant_target_is_only_shifted():
    assert Standardised(np.full(5, 7.0))(np.array([7.0, 9.0])).tolist() == [0.0, 2.0]


@pytest.mark.parametrize(("y", "size"), [([1e200, -1e200], "large"), ([1e308] * 30, "large"), ([0, 1e-200], "small")])
def test_a_target_that_floats_cannot_standardise_is_refused(y, size):
    with pytest.raises(ValueError, match=rf"^the price holds .*, too {size} for their variance .*: give them in other"):
        Standardised(np.array(y, dtype=float), "the price")


def test_undone_a_model_predicts_in_the_units_of_the_target():
    target, model = Standardised(Y), MLP(2, [3, 1], "tanh", seed=0)
    before = model([0.3, -2.0]).data
    target.undo(model, {})
    assert model([0.3, -2.0]).data == pytest.approx(before * Y.std() + Y.mean(), rel=1e-12)


def test_undone_errors_are_in_the_units_of_the_target():
    history = {"loss": [1.0], "mean_absolute_error": [1.0], "val_mean_squared_error": [2.0, 1.0], "r2": [0.5]}
    Standardised(Y).undo(MLP(1, [1]), history)
    assert history == {
        "loss": [1.0],
        "mean_absolute_error": pytest.approx([Y.std()]),
        "val_mean_squared_error": pytest.approx([2 * Y.var(), Y.var()]),
        "r2": [0.5],
    }


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("scaler", SCALERS.values(), ids=SCALERS)
def test_the_rows_of_data_are_scaled_in_blocks_to_the_same_numbers(scaler, dtype, monkeypatch):
    monkeypatch.setattr("nn.data.scaling._AT_ONCE", 9)  # numbers: three rows
    given = X.astype("float32")
    data = checked_data(with_scaler(scaler.fit(X)), given, X[:, 0])
    right = scaler.transform(given.astype(float))
    rows = data.rows(dtype)
    assert (rows.dtype, rows.tolist()) == (dtype, right.astype(dtype).tolist())
    assert np.concatenate([*data.blocks()]).tolist() == right.tolist()
    assert data.row(2) == right[2].tolist()


def test_without_a_scaler_the_rows_of_data_are_the_array_that_was_given():
    given = X.astype("float32")
    assert checked_data(Neuron(3), given, X[:, 0]).rows("float64") is given
