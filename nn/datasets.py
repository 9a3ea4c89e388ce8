"""The data that `glassgrad train` knows: digits, moons, and MNIST from its IDX files."""

import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Dataset:
    """Rows for training and for the test, and what they mean.

    `scale` divides the inputs before they reach a model: 16 for pixels from 0 to 16, None for numbers used as they are.
    """

    name: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    classes: list[str]
    image_shape: tuple[int, int] | None = None
    largest_input: float | None = None


def digits(seed: int = 0, rows: int | None = None) -> Dataset:
    """scikit-learn's 1,797 handwritten digits of 8×8 pixels from 0 to 16; a fifth is held out for the test.

    Args:
        seed: of the split.
        rows: use so many rows for training, and at most so many for the test.

    Raises:
        ValueError: when there are fewer rows.

    >>> digits().X_train.shape, digits().X_test.shape
    ((1437, 64), (360, 64))
    """
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X_train, y_train, X_test, y_test = _split(X, y, 360, seed)
    if rows is not None:
        _check_rows(rows, len(y_train))
    parts = X_train[:rows], y_train[:rows], X_test[:rows], y_test[:rows]  # they are in random order
    return Dataset("digits", *parts, [str(i) for i in range(10)], (8, 8), 16.0)


def moons(seed: int = 0, rows: int | None = None) -> Dataset:
    """scikit-learn's two interleaved half circles with noise: `rows` points (160) to train on, a quarter more to test.

    >>> moons(rows=100).X_train.shape, moons(rows=100).X_test.shape
    ((100, 2), (25, 2))
    """
    from sklearn.datasets import make_moons

    n_train = rows or 160
    n_test = -(-n_train // 4)
    X, y = make_moons(n_samples=n_train + n_test, noise=0.1, random_state=seed)
    return Dataset("moons", *_split(X, y, n_test, seed), ["0", "1"])


def mnist(folder: str | Path, seed: int = 0, rows: int | None = None) -> Dataset:
    """MNIST from a folder with its four IDX files, gzipped or not: 60,000 + 10,000 digits of 28×28 pixels, 0 to 255.

    Args:
        folder: holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte,
            each with or without .gz.
        seed: of the choice of rows.
        rows: use so many rows for training, chosen at random, and at most so many for the test.

    Raises:
        FileNotFoundError: when the folder or a file is missing.
        ValueError: when a file is damaged, or images and labels do not match.
    """
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
            _check_rows(rows, len(labels))
        if rows is not None and rows < len(labels):
            chosen = np.random.default_rng(seed).choice(len(labels), rows, replace=False)
            images, labels = images[chosen], labels[chosen]
        parts += [images.reshape(len(images), -1).astype(float), labels.astype(int)]
    X_train, y_train, X_test, y_test = parts
    return Dataset("mnist", X_train, y_train, X_test, y_test, [str(i) for i in range(10)], (28, 28), 255.0)


def read_idx(path: str | Path, dimensions: int) -> np.ndarray:
    """The bytes of an IDX file, gzipped or not, as an array.

    The format: two zero bytes, the type of the numbers (8: unsigned bytes), the number of dimensions; the size of each
    dimension as a big-endian 32-bit integer; the numbers.

    Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits".

    Raises:
        ValueError: for another magic number, too few or too many bytes, or a damaged gzip file.
    """
    path = Path(path)
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(f"{path} is a damaged gzip file: {error}") from None
    magic, header = content[:4].hex(), 4 + 4 * dimensions
    if magic != (expected := f"000008{dimensions:02x}"):
        raise ValueError(f"{path} begins with {magic or 'nothing'}, not with the magic number {expected} of its kind")
    if len(content) < header:
        raise ValueError(f"{path} ends within its header of {header} bytes")
    shape = np.frombuffer(content, ">u4", count=dimensions, offset=4).astype(int)
    if len(content) != header + math.prod(shape.tolist()):  # of Python integers, which do not overflow
        sizes = "×".join(map(str, shape))
        raise ValueError(f"{path} says it holds {sizes} bytes of data, but {len(content) - header:,} follow the header")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _find(folder: Path, name: str) -> Path:
    for spelled in (name, name.replace("-idx", ".idx")):  # both are in use
        for candidate in (folder / spelled, folder / f"{spelled}.gz"):
            if candidate.is_file():
                return candidate
    raise FileNotFoundError(f"there is no file {name} or {name}.gz in {folder}")


def _split(
    X: np.ndarray, y: np.ndarray, n_test: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """X_train, y_train, X_test, y_test, in random order, with the classes in equal shares in both."""
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=n_test, random_state=seed, stratify=y)
    return X_train, y_train, X_test, y_test


def _check_rows(wanted: int, there: int) -> None:
    if wanted > there:
        raise ValueError(f"there are {there:,} rows to train on, {wanted:,} are too many")
