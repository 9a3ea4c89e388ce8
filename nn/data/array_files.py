"""Reading arrays of numbers and texts from NumPy's .npy and .npz files, whose sizes are looked at first."""

import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..support import limits
from ..support.arrays import blocks

_OF_TEXT = 40  # bytes that it takes as a text of Python's, which has its characters once more: half of all that is new
_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # those of np.savez; others take memory that no size tells of


def read_npy(path: Path) -> np.ndarray:
    """The array of a .npy file.

    Raises:
        ValueError: for what is no such file, is damaged, holds neither numbers nor texts, or more than `limits` allows.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) == b"PK\3\4":
                raise ValueError("it holds several arrays: name it .npz")
            file.seek(0)
            return _array(path, file, "", path.stat().st_size, {})
    except limits.LimitError:
        raise
    except Exception as error:  # noqa: BLE001  damaged headers go through struct, tokenize and ast
        raise _damaged(path, error) from None


def read_npz(path: Path) -> list[tuple[str, np.ndarray]]:
    """(name, array) of each array in a .npz file.

    Raises:
        ValueError: as `read_npy`, and for what else is in the archive.
    """
    try:
        with path.open("rb") as file:
            if file.read(6) == b"\x93NUMPY":
                raise ValueError("it holds one array without a name: name it .npy")
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            limits.check(path, "arrays", len(members), limits.COLUMNS, "leave arrays out")
            limits.check(
                path, "bytes", sum(each.file_size for each in members), limits.BYTES, "leave rows or columns out"
            )
            arrays, sizes = [], dict[str, int]()
            for member in members:
                if not member.filename.endswith(".npy"):
                    raise ValueError(f"{member.filename} is no array")
                if member.compress_type not in _WAYS:
                    raise ValueError(f"{member.filename} is compressed in another way than np.savez_compressed does")
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as file:
                    arrays.append((name, _array(path, file, f" in {name}", member.file_size, sizes)))
            return arrays
    except limits.LimitError:
        raise
    except Exception as error:  # noqa: BLE001  damaged bytes go through zipfile, zlib, struct, tokenize and ast
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> ValueError:
    return ValueError(f"{path} is no file of NumPy arrays of numbers or texts, or is damaged: {error}")


def _array(path: Path, file: Any, where: str, size: int, sizes: dict[str, int]) -> np.ndarray:
    """The next array of an opened file of so many bytes; `sizes` sums up what the whole file holds.

    NumPy would take the memory that a header asks for before it has found out how much follows.
    """
    format_ = np.lib.format
    version = format_.read_magic(file)
    read = {(1, 0): format_.read_array_header_1_0, (2, 0): format_.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"the array{where} is of format {version[0]}.{version[1]}: save numbers or texts")
    shape, in_columns, dtype = read(file)
    if dtype.hasobject or dtype.kind not in "biufUS":
        raise ValueError(f"it holds {dtype}{where}: save numbers or texts")
    is_text = dtype.kind in "US"
    count, most = math.prod(shape), math.prod(max(1, n) for n in shape)
    if min(shape, default=0) < 0:
        raise ValueError(f"the array{where} has the shape {shape}")
    what, limit = ("texts", limits.CELLS) if is_text else ("numbers", limits.NUMBERS)
    sizes[what] = sizes.get(what, 0) + most
    sizes["bytes"] = sizes.get("bytes", 0) + most * (dtype.itemsize + _OF_TEXT * is_text)
    limits.check(path, what, sizes[what], limit, "leave rows or columns out")
    limits.check(path, "bytes", sizes["bytes"], limits.BYTES, "leave rows or columns out")
    if is_text:
        limits.check(path, f"characters in a text{where}", dtype.itemsize, limits.CHARACTERS, "make the texts shorter")
    content = np.empty(count * dtype.itemsize, np.uint8)
    if sum(file.readinto(part) for part in blocks(content, 2**20)) < len(content) or file.read(1):
        raise ValueError(f"the header{where} says that {count * dtype.itemsize:,} bytes follow, and others do")
    array = content.view(dtype) if dtype.itemsize else np.zeros(count, dtype)
    return array.reshape(shape, order="F" if in_columns else "C")
