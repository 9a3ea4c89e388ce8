"""The data that `glassgrad train` knows: digits, points in the plane, and MNIST from its IDX files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from ..support.checks import check_count, check_number, check_seed
from . import points
from .idx import find, read_idx
from .splitting import check_enough, choose_rows, hold_out, split

__all__ = [
    "Dataset", "blobs", "circles", "digits", "mnist", "moons", "read_idx", "spirals", "wave", "xor",
]  # fmt: skip
_DIGITS = Path(__file__).with_name("digits.npz")  # whose they are: digits.txt


@dataclass
class Dataset:
    """Rows for training, for validation and for the test, in units of the data, and what they mean.

    Attributes:
        name: of the data: "digits", or the file's name without its ending.
        task: "classification" or "regression".
        X_train, X_validation, X_test: arrays (rows, inputs). Without validation, X_validation has 0 rows.
        y_train, y_validation, y_test: for classification the index of the class in `classes`, else the target itself.
        classes: their names; [] for regression.
        inputs: the names of the columns of X; [] for images.
        target: what y is.
        image_shape: (height, width) where a row is an image.
        largest_input: the number that full ink has, where a row is an image.
        columns: of a table, how its columns become inputs, as `read_rows` takes them; [] for images.
    """

    name: str
    task: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_validation: np.ndarray
    y_validation: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    classes: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    target: str = ""
    image_shape: tuple[int, int] | None = None
    largest_input: float | None = None
    columns: list[dict[str, Any]] = field(default_factory=list)


def digits(seed: int = 0, rows: int | None = None, validation: float = 0.1) -> Dataset:
    """1,797 handwritten digits of 8×8 pixels from 0 to 16; a fifth is held out for the test.

    Source: Alpaydin & Kaynak, "Optical Recognition of Handwritten Digits", 1998, UCI Machine Learning Repository: its
    test set, as scikit-learn has it, too.

    Args:
        seed: of the split.
        rows: use so many rows for training, with its share of every digit, and at most so many for the test.
        validation: the fraction of the rows for training that is held out for validation.

    Raises:
        ValueError: when the seed is not a whole number from 0 to 4294967295, `rows` is not at least 1 or more than
            there are, or the fraction is not at least 0 and less than 1.

    >>> data = digits()
    >>> data.X_train.shape, data.X_validation.shape, data.X_test.shape
    ((1293, 64), (144, 64), (360, 64))
    """
    with np.load(_DIGITS) as file:
        X, y = file["pixels"].reshape(-1, 64).astype(float), file["classes"].astype(int)
    X_train, y_train, X_test, y_test = split(X, y, 360, seed)
    train = hold_out(*choose_rows(X_train, y_train, rows, seed), validation, seed)
    names = [str(i) for i in range(10)]
    return Dataset(
        "digits", "classification", *train, X_test[:rows], y_test[:rows], names, target="digit",
        image_shape=(8, 8), largest_input=16.0,
    )  # fmt: skip


def moons(seed: int = 0, rows: int | None = None, validation: float = 0.1, noise: float = 0.1) -> Dataset:
    """Two interleaved half circles with noise: `rows` points (160) for training, a quarter more to test.

    They are the points of scikit-learn's `make_moons(n, noise=noise, random_state=seed)`.

    Args:
        seed: of the points and of the split.
        rows: so many points for training and for validation.
        validation: the fraction of them that is held out for validation.
        noise: the standard deviation of what is added to x1 and x2.

    Raises:
        ValueError: when the seed is not a whole number from 0 to 4294967295, `rows` is not a whole number of at least
            1, the noise is not at least 0, or the fraction `validation` is not at least 0 and less than 1, or leaves
            no row to train on.
        TypeError: when the noise is no number.

    >>> data = moons(rows=100)
    >>> data.X_train.shape, data.X_validation.shape, data.X_test.shape
    ((90, 2), (10, 2), (25, 2))
    """
    return _in_the_plane("moons", points.half_circles, "moon", 2, seed, rows, validation, noise)


def circles(seed: int = 0, rows: int | None = None, validation: float = 0.1, noise: float = 0.1) -> Dataset:
    """A circle of radius 1/2 within one of radius 1, with noise: no line parts them. Arguments and errors: `moons`.

    They are the points of scikit-learn's `make_circles(n, noise=noise, factor=0.5, random_state=seed)`.

    >>> data = circles(noise=0.0)
    >>> radii = np.hypot(*data.X_train.T)
    >>> radii[data.y_train == 0].mean().round(6), radii[data.y_train == 1].mean().round(6)
    (np.float64(1.0), np.float64(0.5))
    """
    return _in_the_plane("circles", points.whole_circles, "circle", 2, seed, rows, validation, noise)


def xor(seed: int = 0, rows: int | None = None, validation: float = 0.1, noise: float = 0.1) -> Dataset:
    """Points of the four quadrants, class 1 where just one of x1 and x2 is positive. Arguments and errors: `moons`.

    Without noise they lie at least 1/4 from the axes, and at most 1. Of all sets that no network of one layer can learn
    it is the oldest: Minsky & Papert, "Perceptrons", 1969.

    >>> data = xor(noise=0.0)
    >>> bool((((data.X_train > 0).sum(axis=1) == 1) == data.y_train).all())
    True
    """
    return _in_the_plane("xor", points.quadrants, "xor", 2, seed, rows, validation, noise)


def spirals(
    seed: int = 0, rows: int | None = None, validation: float = 0.1, noise: float = 0.1, classes: int = 2
) -> Dataset:
    """Interleaved spirals, one for each class. Arguments and errors: `moons`, and of `classes` there are at least 2.

    As Lang & Witbrock, "Learning to tell two spirals apart", 1988, have them, but with fewer turns: 2/classes each,
    over which the radius grows from 1/4 to 5/4, so that there is 1/2 between one arm and the next.

    >>> spirals(rows=90, classes=3).classes
    ['0', '1', '2']
    """
    draw = partial(points.arms, classes=classes)
    return _in_the_plane("spirals", draw, "spiral", classes, seed, rows, validation, noise)


def blobs(
    seed: int = 0, rows: int | None = None, validation: float = 0.1, noise: float = 0.1, classes: int = 3
) -> Dataset:
    """Round clouds, one for each class: lines part them. Arguments and errors: `moons`, of `classes` at least 2.

    They are the points of scikit-learn's `make_blobs(n, centers=centers, cluster_std=noise, random_state=seed)`, where
    the centers lie evenly on the circle of radius 1 around (0, 0).

    >>> data = blobs(noise=0.0, classes=4)
    >>> data.X_train[data.y_train == 1].mean(axis=0).round(6).tolist()
    [0.0, 1.0]
    """
    draw = partial(points.clusters, classes=classes)
    return _in_the_plane("blobs", draw, "blob", classes, seed, rows, validation, noise)


def wave(seed: int = 0, rows: int | None = None, validation: float = 0.1, noise: float = 0.1) -> Dataset:
    """A surface to learn, y = sin(π·x1)·cos(π/2·x2), at points from -1 to 1. Arguments and errors: `moons`.

    The noise is that of y.

    >>> data = wave(noise=0.0)
    >>> x1, x2 = data.X_train.T
    >>> data.task, bool((data.y_train == np.sin(np.pi * x1) * np.cos(np.pi / 2 * x2)).all())
    ('regression', True)
    """
    return _in_the_plane("wave", points.waves, "y", None, seed, rows, validation, noise)


def _in_the_plane(
    name: str, draw: Callable[..., tuple[np.ndarray, np.ndarray]], target: str, classes: int | None,
    seed: int, rows: int | None, validation: float, noise: float,
) -> Dataset:  # fmt: skip
    """Points that `draw` draws, split; without classes they are a regression."""
    n_train = 160 if rows is None else rows
    check_count("rows", n_train)
    check_seed(seed)
    check_number("noise", noise, 0.0)
    if classes is not None and (not isinstance(classes, Integral) or isinstance(classes, bool) or classes < 2):
        raise ValueError(f"classes must be a whole number of at least 2, got {classes!r}")
    n_test = -(-n_train // 4)
    X, y = draw(n_train + n_test, noise, np.random.RandomState(seed))
    X_train, y_train, X_test, y_test = split(X, y, n_test, seed, classes is not None)
    train, inputs = hold_out(X_train, y_train, validation, seed, classes is not None), ["x1", "x2"]
    return Dataset(
        name, "regression" if classes is None else "classification", *train, X_test, y_test,
        [str(i) for i in range(classes or 0)], inputs, target,
        columns=[{"name": name, "categories": None} for name in inputs],
    )  # fmt: skip


def mnist(folder: str | Path, seed: int = 0, rows: int | None = None, validation: float = 0.1) -> Dataset:
    """MNIST from a folder with its four IDX files, gzipped or not: 60,000 + 10,000 digits of 28×28 pixels, 0 to 255.

    Args:
        folder: holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte,
            each with or without .gz.
        seed: of the choice of rows.
        rows: use so many rows for training, chosen at random, and at most so many for the test.
        validation: the fraction of the rows for training that is held out for validation.

    Raises:
        FileNotFoundError: when the folder or a file is missing.
        ValueError: when the seed is not a whole number from 0 to 4294967295, a file is damaged, images and labels do
            not match, `rows` is not at least 1 or more than there are, or the fraction is not at least 0 and less
            than 1.
    """
    check_seed(seed)
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    parts: list[np.ndarray] = []
    for part in ("train", "t10k"):
        image_file, label_file = find(folder, f"{part}-images-idx3-ubyte"), find(folder, f"{part}-labels-idx1-ubyte")
        images, labels = read_idx(image_file, dimensions=3), read_idx(label_file, dimensions=1)
        if len(images) != len(labels):
            raise ValueError(f"{image_file} holds {len(images)} images, but {label_file} holds {len(labels)} labels")
        if not len(images):
            raise ValueError(f"{image_file} holds no images")
        if images.shape[1:] != (28, 28):
            raise ValueError(f"{image_file} holds images of {images.shape[1]}×{images.shape[2]}, expected 28×28 pixels")
        if labels.max(initial=0) > 9:
            raise ValueError(f"{label_file} holds the label {labels.max()}, expected 0 to 9")
        if part == "train" and rows is not None:
            check_enough(rows, len(labels))
        if rows is not None and rows < len(labels):
            chosen = np.random.default_rng(seed).choice(len(labels), rows, replace=False)
            images, labels = images[chosen], labels[chosen]
        pixels, classes = images.reshape(len(images), -1), labels.astype(int)
        # split as bytes, which take an eighth of the memory
        parts += hold_out(pixels, classes, validation, seed) if part == "train" else (pixels, classes)
    X_train, y_train, X_validation, y_validation, X_test, y_test = parts
    X_train, X_validation, X_test = (pixels.astype(float) for pixels in (X_train, X_validation, X_test))
    return Dataset(
        "mnist", "classification", X_train, y_train, X_validation, y_validation, X_test, y_test,
        [str(i) for i in range(10)], target="digit", image_shape=(28, 28), largest_input=255.0,
    )  # fmt: skip
