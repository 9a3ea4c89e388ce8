"""The data that `glassgrad train` knows: digits, moons, and MNIST from its IDX files."""

import gzip
import math
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..support import limits
from ..support.checks import check_count, check_seed
from .splitting import check_enough, choose_rows, hold_out, split

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


def moons(seed: int = 0, rows: int | None = None, validation: float = 0.1) -> Dataset:
    """Two interleaved half circles with noise: `rows` points (160) for training, a quarter more to test.

    They are the points of scikit-learn's `make_moons(n, noise=0.1, random_state=seed)`.

    Raises:
        ValueError: when the seed is not a whole number from 0 to 4294967295, `rows` is not a whole number of at least
            1, or the fraction `validation` is not at least 0 and less than 1, or leaves no row to train on.

    >>> data = moons(rows=100)
    >>> data.X_train.shape, data.X_validation.shape, data.X_test.shape
    ((90, 2), (10, 2), (25, 2))
    """
    n_train = 160 if rows is None else rows
    check_count("rows", n_train)
    check_seed(seed)
    n_test = -(-n_train // 4)
    X, y = _half_circles(n_train + n_test, 0.1, np.random.RandomState(seed))
    X_train, y_train, X_test, y_test = split(X, y, n_test, seed)
    train, inputs = hold_out(X_train, y_train, validation, seed), ["x1", "x2"]
    columns: list[dict[str, Any]] = [{"name": name, "categories": None} for name in inputs]
    return Dataset("moons", "classification", *train, X_test, y_test, ["0", "1"], inputs, "moon", columns=columns)


def _half_circles(n: int, noise: float, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """n points, half of them on the upper half circle around (0, 0), and half on the lower one around (1, 1/2)."""
    outer, inner = np.linspace(0.0, np.pi, n // 2), np.linspace(0.0, np.pi, n - n // 2)
    x1 = np.concatenate([np.cos(outer), 1.0 - np.cos(inner)])
    x2 = np.concatenate([np.sin(outer), 1.0 - np.sin(inner) - 0.5])
    y, order = np.repeat([0, 1], [len(outer), len(inner)]), np.arange(n)
    random.shuffle(order)
    X = np.stack([x1, x2], axis=1)[order]
    return X + random.normal(scale=noise, size=X.shape), y[order]


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
        image_file, label_file = _find(folder, f"{part}-images-idx3-ubyte"), _find(folder, f"{part}-labels-idx1-ubyte")
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


def read_idx(path: str | Path, dimensions: int) -> np.ndarray:
    """The bytes of an IDX file, gzipped or not, as an array.

    The format: two zero bytes, the type of the numbers (8: unsigned bytes), how many dimensions; the size of each of
    them as a big-endian 32-bit integer; the numbers.

    Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits".

    Raises:
        ValueError: for another magic number, too few or too many bytes, a damaged gzip file, or more than 200,000,000
            bytes: see `nn.support.limits`.
    """
    path = Path(path)
    with path.open("rb") as file:
        is_zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            return _idx(path, gzip.GzipFile(fileobj=file) if is_zipped else file, dimensions)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path} is a damaged gzip file: {error}") from None


def _idx(path: Path, file: Any, dimensions: int) -> np.ndarray:
    """The array; of a gzip file no more is decompressed than its first bytes say it holds, and one byte."""
    size = 4 + 4 * dimensions
    header = file.read(size)
    magic = header[:4].hex()
    if magic != (expected := f"000008{dimensions:02x}"):
        raise ValueError(f"{path} begins with {magic or 'nothing'}, not with the magic number {expected} of its kind")
    if len(header) < size:
        raise ValueError(f"{path} ends within its header of {size} bytes")
    shape = np.frombuffer(header, ">u4", offset=4).tolist()
    count = math.prod(shape)  # of Python integers, which do not overflow
    most = math.prod(max(1, n) for n in shape)  # NumPy refuses such sizes also where another is 0
    limits.check(path, "bytes of data", most, limits.BYTES, "leave rows out")
    content = file.read(count)
    if len(content) != count or file.read(1):
        follow = f"{len(content):,}" if len(content) < count else "more"
        raise ValueError(
            f"{path} says it holds {'×'.join(map(str, shape))} bytes of data, but {follow} follow the header"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def _find(folder: Path, name: str) -> Path:
    for spelled in (name, name.replace("-idx", ".idx")):  # both are in use
        for candidate in (folder / spelled, folder / f"{spelled}.gz"):
            if candidate.is_file():
                return candidate
    raise FileNotFoundError(f"there is no file {name} or {name}.gz in {folder}")
