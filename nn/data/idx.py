"""IDX files, in which MNIST comes."""

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ..support import limits


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


def find(folder: Path, name: str) -> Path:
    """The file of that name, gzipped or not."""
    for spelled in (name, name.replace("-idx", ".idx")):  # both are in use
        for candidate in (folder / spelled, folder / f"{spelled}.gz"):
            if candidate.is_file():
                return candidate
    raise FileNotFoundError(f"there is no file {name} or {name}.gz in {folder}")
