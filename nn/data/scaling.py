"""Scaling of inputs by a scaler, ours or scikit-learn's, which belongs to a model and is saved with it."""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..support.arrays import blocks, check_data, check_real
from .scalers import MinMaxScaler, StandardScaler, check_fitted, check_parameters

_SCALERS = {"MinMaxScaler": MinMaxScaler, "StandardScaler": StandardScaler}
_FITTED = {  # what fit() sets
    "MinMaxScaler": {"min_", "scale_", "data_min_", "data_max_", "data_range_", "n_samples_seen_", "n_features_in_"},
    "StandardScaler": {"scale_", "mean_", "var_", "n_samples_seen_", "n_features_in_"},
}
_NAMES = "feature_names_in_"  # of columns: what else it sets for a table that has them
_AT_ONCE = 2**18  # numbers: a scaler takes a while to begin
_DTYPES = ("float64", "float32", "float16", "int64")  # of fitted arrays


def scaled(model: Any, rows: np.ndarray) -> np.ndarray:
    """The rows as the model takes them: transformed by `model.scaler`; the rows themselves where that is None.

    Args:
        model: a Module.
        rows: an array (rows, inputs) in units of the data.

    Raises:
        TypeError: when `model.scaler` is neither a MinMaxScaler nor a StandardScaler, of nn or of scikit-learn.
        ValueError: when it is not fitted, or was fitted to more or fewer columns; and for rows of complex numbers,
            of dates, and with what is masked.

    >>> from nn import MinMaxScaler, Neuron
    >>> neuron = Neuron(2)
    >>> neuron.scaler = MinMaxScaler().fit([[0.0, -1.0], [16.0, 1.0]])
    >>> scaled(neuron, np.array([[4.0, 0.0]])).tolist()
    [[0.25, 0.5]]
    """
    transform = _transform(model, rows)
    return rows if transform is None else transform(check_real("rows", rows))


def _transform(model: Any, rows: np.ndarray) -> Callable[[np.ndarray], np.ndarray] | None:
    """What scales these rows, in float64, and any others of as many inputs; None where nothing does."""
    scaler = getattr(model, "scaler", None)  # a function will do as a model
    if scaler is None:
        return None
    check_scaler(scaler)
    if scaler.n_features_in_ != rows.shape[1]:
        raise ValueError(f"model.scaler was fitted to {_columns(scaler.n_features_in_)}, the rows have {rows.shape[1]}")
    scaler = copy.copy(scaler)
    vars(scaler).pop(_NAMES, None)  # of a table with names, which an array has not
    return lambda rows: np.asarray(scaler.transform(np.asarray(rows, float)))


@dataclass(frozen=True)
class Data:
    """Rows and their targets, checked, in arrays of the types that they came in.

    Attributes:
        given: the rows, in units of the data.
        targets: of the rows; integers where all are whole numbers.
        transform: makes of some of the rows what the model takes, in float64; None where that is what was given.
    """

    given: np.ndarray
    targets: np.ndarray
    transform: Callable[[np.ndarray], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.given)

    def rows(self, dtype: Any = np.float64) -> np.ndarray:
        """The rows as the model takes them: in this type where they had to be made, else the array that was given."""
        if self.transform is None:
            return self.given
        rows = np.empty(self.given.shape, dtype)
        with np.errstate(over="ignore"):  # what is too large for float32 becomes inf, silently
            for place, block in zip(blocks(rows, _AT_ONCE), self.blocks(), strict=True):
                place[...] = block
        return rows

    def blocks(self) -> Iterator[np.ndarray]:
        """The rows as the model takes them, in float64, some at a time."""
        for block in blocks(self.given, _AT_ONCE):
            yield np.asarray(block, float) if self.transform is None else self.transform(block)

    def row(self, n: int) -> list[float]:
        """One row as the model takes it."""
        row = self.given[n : n + 1]
        return (row.astype(float) if self.transform is None else self.transform(row))[0].tolist()


def checked_data(model: Any, X: Any, y: Any, what: str = "") -> Data:
    """X and y, checked, for a model that may have a scaler. Of what data: for errors."""
    rows, targets = check_data(X, y, what)
    return Data(rows, targets, _transform(model, rows))


def check_scaler(scaler: Any) -> None:
    """Refuse anything but a fitted MinMaxScaler or StandardScaler.

    Raises:
        TypeError: for an object of another class, subclasses too: a file could not hold what they add.
        ValueError: for a scaler that is not fitted, has a wrong parameter, or was fitted to numbers that are not finite
            or differ so much that nothing would be left of them.
    """
    kind = type(scaler)
    is_sklearns = kind.__module__.startswith("sklearn.preprocessing.") and kind.__name__ in _SCALERS
    if kind not in _SCALERS.values() and not is_sklearns:
        raise TypeError(
            f"a model's scaler is a {' or '.join(_SCALERS)} of nn or of scikit-learn, or None; got {kind.__name__}"
        )
    check_fitted(scaler)
    check_parameters(scaler)
    for name, fitted in _fitted(scaler).items():
        if isinstance(fitted, np.ndarray) and fitted.dtype.kind == "f" and not np.isfinite(fitted).all():
            column = int(np.flatnonzero(~np.isfinite(fitted))[0])
            raise ValueError(
                f"the {type(scaler).__name__} has {name}[{column}] = {fitted[column]}: column {column} of what it was "
                "fitted to holds numbers that are not finite, or too large to be squared"
            )
    if scaler.scale_ is not None and not np.all(scaler.scale_):
        column = int(np.flatnonzero(np.asarray(scaler.scale_) == 0)[0])
        raise ValueError(f"the {kind.__name__} has scale_[{column}] = 0: column {column} would become one number")


def described(scaler: Any) -> dict[str, Any]:
    """A fitted scaler in JSON's types: its class, its parameters, and what it was fitted to. `restored` reads it.

    Raises:
        TypeError, ValueError: as `check_scaler`.

    >>> from nn import StandardScaler
    >>> description = described(StandardScaler().fit([[1.0], [3.0]]))
    >>> description["class"], description["fitted"]["mean_"]
    ('StandardScaler', {'dtype': 'float64', 'values': [2.0]})
    """
    check_scaler(scaler)
    return {
        "class": type(scaler).__name__,
        "parameters": {name: _plain(parameter) for name, parameter in scaler.get_params().items()},
        "fitted": {name: _plain(number) for name, number in _fitted(scaler).items()},
    }


def restored(description: Mapping[str, Any], n_inputs: int) -> Any:
    """The scaler of a description, bit for bit, for a model with so many inputs: ours, of scikit-learn's too.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, OverflowError: for what is no description of such a scaler.

    >>> from nn import StandardScaler
    >>> restored(described(StandardScaler().fit([[1.0], [3.0]])), 1).transform([[4.0]]).tolist()
    [[2.0]]
    """
    if description["class"] not in _SCALERS:
        raise ValueError(f"unknown scaler {description['class']!r}")
    scaler, fitted = _SCALERS[description["class"]](), description["fitted"]
    for name, parameter in description["parameters"].items():
        scaler.set_params(**{name: tuple(parameter) if isinstance(parameter, list) else parameter})
    if missing := _FITTED[description["class"]] - fitted.keys():
        raise ValueError(f"a scaler that was not fitted: it has no {min(missing)}")
    if unknown := fitted.keys() - _FITTED[description["class"]] - {_NAMES}:
        raise ValueError(f"a scaler has no {min(unknown)!r}")
    if type(n := fitted["n_features_in_"]) is not int or n != n_inputs:
        raise ValueError(f"a scaler of {n!r} columns for a model of {n_inputs} inputs")
    for name, number in fitted.items():
        rows_seen = name.startswith("n_") and type(number) in (int, float) and 0 < number < math.inf
        if number is not None and not isinstance(number, Mapping) and not rows_seen:
            raise ValueError(f"a scaler with {name} = {number!r}")
        setattr(scaler, name, _array(name, number, n) if isinstance(number, Mapping) else number)
    check_scaler(scaler)
    with np.errstate(all="ignore"):
        scaled(SimpleNamespace(scaler=scaler), np.zeros((1, n)))  # a TypeError where None stands for what it needs
    return scaler


def _fitted(scaler: Any) -> dict[str, Any]:
    """What fit() has set, and nothing that was added to it since."""
    known = {_NAMES, *_FITTED[type(scaler).__name__]}
    return {name: number for name, number in vars(scaler).items() if name in known}


def _plain(item: Any) -> Any:
    """A parameter or a fitted attribute in JSON's types."""
    if isinstance(item, np.ndarray):
        return {"dtype": item.dtype.name, "values": item.tolist()}
    if isinstance(item, (tuple, list)):
        return [_plain(element) for element in item]
    return item.item() if isinstance(item, np.generic) else item


def _array(name: str, item: Mapping[str, Any], n: int) -> np.ndarray:
    """A fitted attribute: n numbers, or n texts for names of columns."""
    dtype, values = item["dtype"], item["values"]
    texts = name == _NAMES
    if dtype not in (("object",) if texts else _DTYPES):
        raise ValueError(f"a scaler with {name} of type {dtype!r}")
    if (
        not isinstance(values, list)
        or len(values) != n
        or {type(x) for x in values} - ({str} if texts else {int, float})
    ):
        raise ValueError(f"a scaler whose {name} are not {n} {'texts' if texts else 'numbers'}")
    with np.errstate(over="ignore"):  # inf is refused with its column
        return np.array(values, dtype=dtype)


def _columns(n: int) -> str:
    return f"{n} column{'s' * (n != 1)}"


class Standardised:
    """The target of a regression while it is learned: (y - mean)/deviation, with those of the rows to train on.

    Args:
        y: the targets of the rows to train on.
        name: what an error calls them.

    Raises:
        ValueError: for numbers that are complex, dates or masked, and for those whose variance is too large or, unless
            they are all the same, too small for a float.

    >>> target = Standardised(np.array([10.0, 30.0]))
    >>> target(np.array([10.0, 20.0, 40.0])).tolist()
    [-1.0, 0.0, 2.0]
    """

    def __init__(self, y: np.ndarray, name: str = "the target") -> None:
        y = check_real(name, y)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            scaler = StandardScaler().fit(y[:, None])
        variance, smallest = float(scaler.var_[0]), 0.0 if y.min() == y.max() else np.finfo(float).tiny
        if not (smallest <= variance < math.inf and math.isfinite(scaler.mean_[0])):
            size = "small" if abs(y).max() < 1 else "large"
            raise ValueError(
                f"{name} holds numbers from {y.min():g} to {y.max():g}, too {size} for their variance to be a float: "
                "give them in other units"
            )
        self.mean, self.deviation = float(scaler.mean_[0]), float(scaler.scale_[0])

    def __call__(self, y: np.ndarray) -> np.ndarray:
        return (y - self.mean) / self.deviation

    def undo(self, model: Any, history: dict[str, list[float]]) -> None:
        """Give the model's predictions, and the errors in the history, in the units of the target.

        The last layer is linear: w·deviation and b·deviation + mean give y where w and b gave the standardised target.

        >>> from nn import MLP
        >>> model, history = MLP(1, [1], seed=0), {"mean_absolute_error": [0.5], "loss": [0.25]}
        >>> model.layers[0].neurons[0].w[0].data = 3.0
        >>> Standardised(np.array([10.0, 30.0])).undo(model, history)
        >>> model([2.0]).data, history
        (80.0, {'mean_absolute_error': [5.0], 'loss': [0.25]})
        """
        for neuron in model.layers[-1].neurons:
            for w in neuron.w:
                w.data *= self.deviation
            neuron.b.data = neuron.b.data * self.deviation + self.mean
        for name, power in (("mean_absolute_error", 1), ("mean_squared_error", 2)):
            for key in (name, "val_" + name):
                if key in history:
                    history[key] = [number * self.deviation**power for number in history[key]]
