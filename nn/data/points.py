"""Points in the plane: how those of `datasets` are drawn. The playground draws the same: play/numbers/datasets.js.

Each function takes how many points, how far they are strewn, and random numbers, and gives X and y.
"""

import numpy as np

INNER_RADIUS = 0.5  # the radius of the inner circle
AXIS_GAP = 0.25  # between a quadrant's points and the axes


def half_circles(n: int, noise: float, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Half of them on the upper half circle around (0, 0), and half on the lower one around (1, 1/2)."""
    outer, inner = np.linspace(0.0, np.pi, n // 2), np.linspace(0.0, np.pi, n - n // 2)
    x1 = np.concatenate([np.cos(outer), 1.0 - np.cos(inner)])
    x2 = np.concatenate([np.sin(outer), 1.0 - np.sin(inner) - 0.5])
    return _strewn(x1, x2, _of_classes(len(outer), len(inner)), noise, random)


def whole_circles(n: int, noise: float, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Half of them on the circle of radius 1 around (0, 0), and half on that of radius 1/2."""
    counts = n // 2, n - n // 2
    angles = np.concatenate([np.linspace(0.0, 2 * np.pi, each, endpoint=False) for each in counts])
    radii = np.repeat([1.0, INNER_RADIUS], counts)
    return _strewn(radii * np.cos(angles), radii * np.sin(angles), _of_classes(*counts), noise, random)


def quadrants(n: int, noise: float, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """A quarter of them in each quadrant of the square from -1 to 1; class 1 where x1 and x2 differ in sign."""
    quadrant = np.arange(n) % 4
    x1, x2 = random.uniform(AXIS_GAP, 1.0, (n, 2)).T
    x1, x2 = np.where((quadrant == 1) | (quadrant == 2), -x1, x1), np.where(quadrant < 2, x2, -x2)
    return _strewn(x1, x2, quadrant % 2, noise, random)


def arms(n: int, noise: float, random: np.random.RandomState, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Spirals around (0, 0), one for each class, 1/2 apart: the radius grows from 1/4 to 5/4 over 2/classes turns."""
    counts = _shares(n, classes)
    y, t = _of_classes(*counts), np.concatenate([np.linspace(0.0, 1.0, each) for each in counts])
    angles = 2 * np.pi * (y + 2 * t) / classes
    return _strewn((0.25 + t) * np.cos(angles), (0.25 + t) * np.sin(angles), y, noise, random)


def clusters(n: int, noise: float, random: np.random.RandomState, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """A cloud for each class, whose centres lie evenly on the circle of radius 1 around (0, 0)."""
    y = _of_classes(*_shares(n, classes))
    angles = 2 * np.pi * y / classes
    X = np.stack([np.cos(angles), np.sin(angles)], axis=1) + random.normal(scale=noise, size=(n, 2))
    order = random.permutation(n)
    return X[order], y[order]


def waves(n: int, noise: float, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Anywhere in the square from -1 to 1; y = sin(π·x1)·cos(π/2·x2), with noise: a hill and a valley."""
    X = random.uniform(-1.0, 1.0, (n, 2))
    return X, np.sin(np.pi * X[:, 0]) * np.cos(np.pi / 2 * X[:, 1]) + random.normal(scale=noise, size=n)


def _shares(n: int, classes: int) -> list[int]:
    """How many of n points each class has: as many as the others, the first ones one more where some are left over."""
    return [n // classes + (i < n % classes) for i in range(classes)]


def _of_classes(*counts: int) -> np.ndarray:
    """y: so many of each class, one class after the other."""
    return np.repeat(np.arange(len(counts)), counts)


def _strewn(
    x1: np.ndarray, x2: np.ndarray, y: np.ndarray, noise: float, random: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """In random order, with normal noise of this standard deviation."""
    order = random.permutation(len(y))
    return np.stack([x1, x2], axis=1)[order] + random.normal(scale=noise, size=(len(y), 2)), y[order]
