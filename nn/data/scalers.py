"""The two usual scalers of inputs, with the names, the attributes and the numbers of scikit-learn's, in float64."""

from typing import Any, ClassVar, Self

import numpy as np

from ..support.arrays import check_rows
from ..support.checks import choose


class _Scaler:
    """x·a + b for each column, with a and b of the rows that it was fitted to."""

    parameters: ClassVar[tuple[str, ...]]  # their names, sorted
    n_features_in_: int
    scale_: Any

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name, as the constructor takes them. There are none deeper."""
        return {name: getattr(self, name) for name in self.parameters}

    def set_params(self, **parameters: Any) -> Self:
        """Set parameters by name, of which the next `fit` takes account; another name is a ValueError."""
        for name in parameters:
            choose(f"parameter of a {type(self).__name__}", name, self.get_params())
        vars(self).update(parameters)
        return self

    def __repr__(self) -> str:
        usual = type(self)().get_params()
        changed = (f"{name}={value!r}" for name, value in self.get_params().items() if repr(value) != repr(usual[name]))
        return f"{type(self).__name__}({', '.join(changed)})"

    def fit(self, X: Any, y: Any = None) -> Self:
        """Take what is needed of the rows X, an array (rows, inputs). y is not looked at.

        Raises:
            ValueError: for a wrong parameter, for what is no array of rows, and for a number that is not finite (a nan,
                which scikit-learn leaves out, too).
        """
        check_parameters(self)
        X = check_rows(X).astype(float, copy=False)
        self.n_features_in_ = X.shape[1]
        self._fit(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        return self.fit(X).transform(X)

    def transform(self, X: Any) -> np.ndarray:
        """The rows, scaled, as a new array.

        Raises:
            ValueError: before `fit`, for other columns than it was fitted to, and for what `fit` refuses.
        """
        raise NotImplementedError

    def _fit(self, X: np.ndarray) -> None:
        raise NotImplementedError

    def _rows(self, X: Any) -> np.ndarray:
        """X as an array of as many columns as the scaler was fitted to."""
        check_fitted(self)
        X = check_rows(X).astype(float, copy=False)
        if X.shape[1] != self.n_features_in_:
            fitted = f"a {type(self).__name__} that was fitted to rows of {self.n_features_in_} numbers"
            raise ValueError(f"{fitted} got rows of {X.shape[1]}")
        return X


def check_fitted(scaler: Any) -> None:
    """Refuse a scaler, ours or scikit-learn's, that has not seen any rows."""
    if not hasattr(scaler, "scale_"):
        raise ValueError(f"the {type(scaler).__name__} is not fitted: call its fit(X) with the rows to train on")


def check_parameters(scaler: Any) -> None:
    """Refuse parameters of a scaler, ours or scikit-learn's, that mean nothing."""
    for name, value in scaler.get_params().items():
        is_range = name == "feature_range"
        if not (_is_range(value) if is_range else isinstance(value, (bool, np.bool_))):
            wanted = "(low, high), two finite numbers with low < high" if is_range else "True or False"
            raise ValueError(f"the {name} of a {type(scaler).__name__} must be {wanted}; got {value!r:.80}")


def _is_range(pair: Any) -> bool:
    ends = np.array(pair if isinstance(pair, (tuple, list)) else ())
    return ends.shape == (2,) and ends.dtype.kind in "iuf" and 0.0 < float(ends[1]) - float(ends[0]) < np.inf


class MinMaxScaler(_Scaler):
    """Each column from its smallest number to its largest becomes 0 to 1, or another range.

        x' = low + (x - min)·(high - low)/(max - min)

    Args:
        feature_range: (low, high).
        copy: not looked at: rows are never changed.
        clip: whether what is outside the range is put on its end.

    >>> MinMaxScaler().fit([[0.0], [16.0]]).transform([[4.0], [20.0]]).tolist()
    [[0.25], [1.25]]
    """

    parameters = ("clip", "copy", "feature_range")

    def __init__(self, feature_range: tuple[float, float] = (0, 1), *, copy: bool = True, clip: bool = False) -> None:
        self.feature_range, self.copy, self.clip = feature_range, copy, clip

    def _fit(self, X: np.ndarray) -> None:
        low, high = self.feature_range
        self.n_samples_seen_ = len(X)
        self.data_min_, self.data_max_ = X.min(axis=0), X.max(axis=0)
        self.data_range_ = self.data_max_ - self.data_min_
        is_constant = self.data_range_ < 10 * np.finfo(float).eps
        self.scale_ = (high - low) / np.where(is_constant, 1.0, self.data_range_)
        self.min_ = low - self.data_min_ * self.scale_

    def transform(self, X: Any) -> np.ndarray:
        scaled = self._rows(X) * self.scale_ + self.min_
        return np.clip(scaled, *self.feature_range) if self.clip else scaled

    def inverse_transform(self, X: Any) -> np.ndarray:
        """The rows that were scaled to X; what `transform` refuses is refused."""
        return (self._rows(X) - self.min_) / self.scale_


class StandardScaler(_Scaler):
    """Each column gets the mean 0 and the standard deviation 1: x' = (x - mean)/deviation.

    The variance is Σ(x - mean)²/n, less what the rounding of the mean adds. A column of one number is only shifted.

    Source: Chan, Golub & LeVeque, "Algorithms for computing the sample variance", 1983.

    Args:
        copy: not looked at: rows are never changed.
        with_mean: whether the mean is subtracted.
        with_std: whether it is divided by the deviation.

    >>> scaler = StandardScaler().fit([[1.0], [3.0]])
    >>> scaler.mean_.tolist(), scaler.scale_.tolist(), scaler.transform([[4.0]]).tolist()
    ([2.0], [1.0], [[2.0]])
    """

    parameters = ("copy", "with_mean", "with_std")
    mean_: Any
    var_: Any

    def __init__(self, *, copy: bool = True, with_mean: bool = True, with_std: bool = True) -> None:
        self.copy, self.with_mean, self.with_std = copy, with_mean, with_std

    def _fit(self, X: np.ndarray) -> None:
        n = self.n_samples_seen_ = len(X)
        mean = X.sum(axis=0) / n
        self.mean_ = mean if self.with_mean or self.with_std else None
        away = X - mean
        rounding = away.sum(axis=0)
        var = ((away**2).sum(axis=0) - rounding**2 / n) / n
        eps = np.finfo(float).eps
        is_constant = var <= n * eps * var + (n * mean * eps) ** 2  # as large as what is rounded
        self.var_ = var if self.with_std else None
        self.scale_ = np.where(is_constant, 1.0, np.sqrt(var)) if self.with_std else None

    def transform(self, X: Any) -> np.ndarray:
        scaled = self._rows(X).copy()
        if self.with_mean:
            scaled -= self.mean_
        if self.with_std:
            scaled /= self.scale_
        return scaled

    def inverse_transform(self, X: Any) -> np.ndarray:
        """The rows that were scaled to X; what `transform` refuses is refused."""
        rows = self._rows(X).copy()
        if self.with_std:
            rows *= self.scale_
        if self.with_mean:
            rows += self.mean_
        return rows
