"""Data that NumPy would turn into other numbers without a word are refused, before anything has changed."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler

from autograd import Value
from nn import MLP, SGD, Perceptron, evaluate, fit, layer_outputs, predict
from nn.data.scaling import Standardised, scaled
from nn.support.arrays import check_data, check_real, check_rows
from nn.training.metrics import classes, confusion_table, measure, true_classes

X, Y = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]), np.array([0, 1, 1])
MASK = [[False, False], [False, True], [False, False]]
DAY = np.datetime64("2024-02-29")


class Table:
    """What turns itself into an array, as tables of other packages do."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else np.asarray(self.array.astype(dtype))


def changed(element):
    """X with another element, as objects."""
    array = X.astype(object)
    array[1, 1] = element
    return array


MASKED = r"is masked: give a number for it, as {name}\.filled\(…\) does, or leave the row out$"
MISSING = r"which is missing; give a number for it, or leave the row out$"
COMPLEX = r"a complex number; give real numbers, such as {name}\.real$"
DATE = r'a date; subtract a date, and divide by np\.timedelta64\(1, "D"\)$'
SPAN = r'a span of time; divide by a unit, such as np\.timedelta64\(1, "D"\)$'
REFUSED = {  # the data, where the first is, and what is said
    "masked": (np.ma.array(X, mask=MASK), r"\[1, 1\] ", MASKED),
    "masked integers": (np.ma.array(X.astype(int), mask=MASK), r"\[1, 1\] ", MASKED),
    "wholly masked": (np.ma.array(X, mask=True), r"\[0, 0\] ", MASKED),
    "masked rows": (list(np.ma.array(X, mask=MASK)), r"\[1, 1\] ", MASKED),
    "masked in a list": ([[0.0, 1.0], [2.0, np.ma.masked], [4.0, 5.0]], r"\[1, 1\] ", MASKED),
    "masked as an object": (changed(np.ma.masked), r"\[1, 1\] ", MASKED),
    "a masked table": (Table(np.ma.array(X, mask=MASK)), r"\[1, 1\] ", MASKED),
    "complex": (X + 0j, r"\[0, 0\] is 0j, ", COMPLEX),
    "complex64": (X.astype("complex64"), r"\[0, 0\] is 0j, ", COMPLEX),
    "complex in lists": ([[0.0, 1.0], [2.0, 1j], [4.0, 5.0]], r"\[0, 0\] is 0j, ", COMPLEX),
    "complex as an object": (changed(1j), r"\[1, 1\] is 1j, ", COMPLEX),
    "complex64 as an object": (changed(np.complex64(1j)), r"\[1, 1\] is 1j, ", COMPLEX),
    "None in lists": ([[0.0, 1.0], [2.0, None], [4.0, 5.0]], r"\[1, 1\] is None, ", MISSING),
    "None as an object": (changed(None), r"\[1, 1\] is None, ", MISSING),
    "a complex table": (Table(X + 1j), r"\[0, 0\] is 1j, ", COMPLEX),
    "dates": (np.full((3, 2), DAY), r"\[0, 0\] is 2024-02-29, ", DATE),
    "nanoseconds": (np.full((3, 2), DAY.astype("M8[ns]")), r"\[0, 0\] is 2024-02-29T.*, ", DATE),
    "dates in lists": ([[DAY, DAY]] * 3, r"\[0, 0\] is 2024-02-29, ", DATE),
    "a date as an object": (changed(DAY), r"\[1, 1\] is 2024-02-29, ", DATE),
    "Python's date": (changed(date(2024, 2, 29)), r"\[1, 1\] is 2024-02-29, ", DATE),
    "Python's time of a day": (changed(datetime(2024, 2, 29)), r"\[1, 1\] is 2024-02-29 00:00:00, ", DATE),
    "a table of dates": (Table(np.full((3, 2), DAY)), r"\[0, 0\] is 2024-02-29, ", DATE),
    "spans": (np.full((3, 2), np.timedelta64(3, "h")), r"\[0, 0\] is 3 hours, ", SPAN),
    "a span as an object": (changed(np.timedelta64(3, "h")), r"\[1, 1\] is 3 hours, ", SPAN),
    "Python's span": (changed(timedelta(days=3)), r"\[1, 1\] is 3 days, 0:00:00, ", SPAN),
    "no time": (np.full((3, 2), np.datetime64("NaT")), r"\[0, 0\] is NaT, ", DATE),
}


@pytest.mark.parametrize(("data", "place", "message"), REFUSED.values(), ids=REFUSED)
def test_what_are_no_real_numbers_are_refused(data, place, message):
    for name in ("X", "targets"):
        real = "" if message is MASKED else f"{name} must hold numbers that are real: "
        with pytest.raises(ValueError, match=f"^{real}{name}{place}{message.format(name=name)}"):
            check_real(name, data)


WRONG = np.ma.array(X, mask=MASK)
WRONG_Y = np.ma.array(Y, mask=[0, 0, 1])


def model():
    return MLP(2, [3, 1], seed=0)


def with_scaler():
    scaled_model = model()
    scaled_model.scaler = MinMaxScaler().fit(X)
    return scaled_model


def optimizer_state(array):
    optimizer = SGD(model().parameters(), lr=0.1, momentum=0.9)
    return lambda: optimizer.load_state_dict(optimizer.state_dict() | {"velocity": array})


USES = {
    "predict": (lambda: predict(model(), WRONG), r"^X\[1, 1\] is masked"),
    "evaluate": (lambda: evaluate(model(), X, WRONG_Y, loss="mse"), r"^y\[2\] is masked"),
    "layer_outputs": (lambda: layer_outputs(model(), WRONG), r"^X\[1, 1\] is masked"),
    "Perceptron": (lambda: Perceptron(2).fit(X, WRONG_Y), r"^y\[2\] is masked"),
    "measure, outputs": (lambda: measure(["r2"], WRONG_Y, Y), r"^outputs\[2\] is masked"),
    "measure, targets": (lambda: measure(["accuracy"], Y, WRONG_Y), r"^targets\[2\] is masked"),
    "classes": (lambda: classes(WRONG, Y), r"^outputs\[1, 1\] is masked"),
    "true_classes": (lambda: true_classes(WRONG_Y), r"^targets\[2\] is masked"),
    "confusion_table": (lambda: confusion_table(Y, WRONG_Y, ["a", "b"]), r"^predicted\[2\] is masked"),
    "scaled": (lambda: scaled(with_scaler(), WRONG), r"^rows\[1, 1\] is masked"),
    "Standardised": (lambda: Standardised(WRONG_Y, "the price"), r"^the price\[2\] is masked"),
    "load_state_dict": (
        lambda: model().load_state_dict(model().state_dict() | {"layers.1.neurons.0.b": 1j}),
        r"layers\.1\.neurons\.0\.b is 1j, a complex number",
    ),
    "an optimizer's state": (optimizer_state(np.full(13, 1j)), r"velocity\[0\] is 1j, a complex number"),
}


@pytest.mark.parametrize(("use", "message"), USES.values(), ids=USES)
def test_everything_that_takes_data_refuses_them(use, message):
    with pytest.raises(ValueError, match=message):
        use()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"X": WRONG}, r"^X\[1, 1\] is masked"),
        ({"y": WRONG_Y}, r"^y\[2\] is masked"),
        ({"X": X + 0j}, r"X\[0, 0\] is 0j, a complex number"),
        ({"y": np.full(3, DAY)}, r"y\[0\] is 2024-02-29, a date"),
        ({"validation_data": (WRONG, Y)}, r"^validation_data: X\[1, 1\] is masked"),
    ],
)
def test_fit_refuses_them_before_anything_has_changed(wrong, message):
    trained = model()
    before = [p.data for p in trained.parameters()]
    optimizer = SGD(trained.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=message):
        fit(trained, **{"X": X, "y": Y, **wrong}, loss="mse", optimizer=optimizer, progress=False)
    assert [p.data for p in trained.parameters()] == before


TAKEN = {
    "masked nowhere": np.ma.array(X, mask=False),
    "without a mask": np.ma.array(X),
    "rows that are masked nowhere": list(np.ma.array(X, mask=False)),
    "integers": X.astype(int),
    "truth values, as objects": changed(True),
    "a Value, as an object": changed(Value(3.0)),
    "objects": X.astype(object),
    "a table": Table(X),
    "tuples": tuple(map(tuple, X)),
    "texts of numbers": X.astype(str),
}


@pytest.mark.parametrize("data", TAKEN.values(), ids=TAKEN)
def test_what_are_numbers_are_taken(data):
    rows = check_rows(data)
    assert (type(rows), rows.dtype) == (np.ndarray, np.float64)
    assert rows[[0, 2]].tolist() == X[[0, 2]].tolist()


def test_targets_that_are_masked_nowhere_stay_classes():
    assert check_data(X, np.ma.array(Y, mask=False))[1].dtype == np.int64


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint32", "float16", "float32", "float64"])
def test_rows_whose_numbers_are_floats_are_not_copied(dtype):
    given = np.ones((4, 2), dtype)
    assert np.shares_memory(check_rows(given), given)
    assert check_rows(given).dtype == dtype


@pytest.mark.parametrize("dtype", ["int64", "uint64", "longdouble", ">f8", ">i2", "object"])
def test_other_rows_are_of_float64(dtype):
    rows = check_rows(np.full((4, 2), 3, dtype))
    assert rows.dtype == np.float64
    assert rows.dtype.isnative
    assert rows.tolist() == [[3.0, 3.0]] * 4


TARGETS = {
    "whole float64": (np.array([0.0, 1.0, -2.0]), "int64"),
    "whole float32": (np.array([0.0, 1.0, -2.0], np.float32), "int32"),
    "large float32": (np.array([0.0, 1.0, 2.0**40], np.float32), "int64"),
    "too large": (np.array([0.0, 1.0, 2.0**60]), "float64"),
    "fractions": (np.array([0.0, 1.0, 0.5], np.float32), "float32"),
    "bytes": (np.array([0, 1, 255], np.uint8), "uint8"),
    "int64": (np.array([0, 1, 2**52]), "int64"),
    "truth values": (np.array([False, True, True]), "int8"),
    "a column": (np.array([[0.0], [1.0], [2.0]], np.float16), "int32"),
}


@pytest.mark.parametrize(("targets", "dtype"), TARGETS.values(), ids=TARGETS)
def test_targets_of_whole_numbers_are_integers(targets, dtype):
    found = check_data(X[:3], targets)[1]
    assert found.dtype == dtype
    assert found.tolist() == targets.ravel().tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_not_finite_is_found_in_any_block(dtype):
    rows = np.zeros((3, 2**16), dtype)
    rows[2, 5] = np.inf
    with pytest.raises(ValueError, match=r"X\[2, 5\] is inf: numbers must be finite"):
        check_rows(rows)
