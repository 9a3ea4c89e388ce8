"""The two usual scalers of inputs, with the names, the attributes and the numbers of scikit-learn's."""

from typing import Any, Self

import numpy as np

from ..support.arrays import check_real


class _Scaler:
    """x·a + b for each column, with a and b of the rows that it was fitted to."""

    n_features_in_: int
    scale_: Any

    def get_params(self) -> dict[str, Any]:
        """The parameters by name, as the constructor takes them."""
        return {name: value for name, value in vars(self).items() if not name.endswith("_")}

    def set_params(self, **parameters: Any) -> Self:
        vars(self).update(parameters)
        return self

    def __repr__(self) -> str:
        usual = type(self)().get_params()
        changed = (f"{name}={value!r}" for name, value in sorted(self.get_params().items()) if value != usual[name])
        return f"{type(self).__name__}({', '.join(changed)})"

    def fit(self, X: Any, y: Any = None) -> Self:
        """Take what is needed of the rows X, an array (rows, inputs). y is not looked at."""
        X = self._checked(X)
        self.n_features_in_ = X.shape[1]
        self._fit(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        return self.fit(X).transform(X)

    def transform(self, X: Any) -> np.ndarray:
        """The rows, scaled, as a new array."""
        raise NotImplementedError

    def _fit(self, X: np.ndarray) -> None:
        raise NotImplementedError

    def _checked(self, X: Any) -> np.ndarray:
        X = np.asarray(check_real("X", X), float)
        if X.ndim != 2 or not len(X):
            raise ValueError(f"a {type(self).__name__} takes rows, an array (rows, inputs); got the shape {X.shape}")
        return X


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
        scaled = self._checked(X) * self.scale_ + self.min_
        return np.clip(scaled, *self.feature_range) if self.clip else scaled

    def inverse_transform(self, X: Any) -> np.ndarray:
        """The rows that were scaled to X."""
        return (self._checked(X) - self.min_) / self.scale_


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
        scaled = self._checked(X).copy()
        if self.with_mean:
            scaled -= self.mean_
        if self.with_std:
            scaled /= self.scale_
        return scaled

    def inverse_transform(self, X: Any) -> np.ndarray:
        """The rows that were scaled to X."""
        rows = self._checked(X).copy()
        if self.with_std:
            rows *= self.scale_
        if self.with_mean:
            rows += self.mean_
        return rows
