"""Data, whole and damaged: IDX, CSV, .npy and .npz files."""

import gzip
import io
import struct
import zipfile
from random import Random
from typing import Any

import numpy as np

from .mutation import NUMBERS, TEXTS, damaged_bytes


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_files() -> list[bytes]:
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)
    return [idx(images), idx(np.arange(10, dtype=np.uint8)), gzip.compress(idx(images), mtime=0)]


def damaged_idx(rng: Random, files: list[bytes]) -> bytes:
    """Also of the content of a gzip file, and of its sizes."""
    content, kind = rng.choice(files), rng.randrange(4)
    if kind == 0:
        return damaged_bytes(rng, content, files)
    content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    if kind == 1:
        sizes = [rng.choice(NUMBERS) % 2**32 for _ in range(content[3])]
        content = content[:4] + struct.pack(f">{len(sizes)}I", *sizes) + content[4 + 4 * len(sizes) :]
    else:
        content = damaged_bytes(rng, content, [content])
    return gzip.compress(content, 1, mtime=0) if rng.random() < 0.5 else content


def tables() -> list[bytes]:
    rows = [f"{i / 7:.3f},{('red', 'blue')[i % 2]},{i % 3}\n" for i in range(30)]
    text = "size,colour,kind\n" + "".join(rows)
    return [
        text.encode(), text.replace(",", ";").encode("utf-8-sig"),
        text.replace(",", "\t").replace("\n", "\r\n").encode(),
        text.replace("red", '"red, ""or"" so"').encode(), text.replace("\n", "\r").encode(),
        "size,kind,ß\n".encode() + b"".join(b"%d,%d,%d\n" % (i, i % 2, i * i) for i in range(20)),
    ]  # fmt: skip


_CELLS = [
    *TEXTS[:14], '"', '""', ",", ";", "\t", "\n", "\r", "\n\n", "inf", "1e400", "0,5", "1" * 400, "\ufeff",
    "a" * 200_000,
    "," * 20_000, "a,\n" * 50, "9" * 17, "size", "colour", "kind",
]  # fmt: skip


def damaged_table(rng: Random, files: list[bytes]) -> bytes:
    content = rng.choice(files)
    if rng.random() < 0.4:
        return damaged_bytes(rng, content, files)
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5])):
        place = rng.randrange(len(changed))
        cell = rng.choice(_CELLS).encode("utf-8", "surrogatepass")
        changed[place : place + rng.choice([0, 0, 1, 5])] = cell
    return bytes(changed)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def arrays() -> list[bytes]:
    kinds: list[Any] = ["f8", ">f4", "i2", "u8", "bool", "f2", "longdouble"]
    numbers = [np.arange(60).reshape(20, 3).astype(kind) for kind in kinds]
    return [npy(array) for array in [*numbers, np.array([["a", "1"], ["b", "2"]] * 6), np.asfortranarray(numbers[0])]]


_SHAPES = [
    "(20, 3)", "(60,)", "()", "(0, 3)", "(3, 0)", "(-1, 3)", "(1000000000000, 3)", "(3, 1000000000000)", "(1, 60)",
    "(60, 1)", "(9223372036854775807, 9223372036854775807)", "(1000000000, 0)", "(True, 60)", "(20.0, 3)", "20",
    "(2, 10, 3)",
]  # fmt: skip
_DESCRIPTIONS = [
    "'<f8'", "'<U0'", "'|S0'", "'<U1000000000'", "'|O'", "'<c16'", "'<M8[s]'", "'<m8[D]'", "'|V8'", "'<f2'", "'>i4'",
    "'<U3'",
    "'|S5'", "[('a', '<f8')]", "'|b1'", "'<f16'", "''", "'x'", "None", "(" * 300, "'<U1'",
]  # fmt: skip


def damaged_array(rng: Random, files: list[bytes]) -> bytes:
    """Most often of what the header says of type and shape."""
    content = rng.choice(files)
    if rng.random() < 0.3:
        return damaged_bytes(rng, content, files)
    if rng.random() < 0.3:
        return content[:128] + damaged_bytes(rng, content[128:], [content])[: len(content) - 128].ljust(
            len(content) - 128
        )
    description, order, shape = (rng.choice(each) for each in (_DESCRIPTIONS, ["False", "True", "1"], _SHAPES))
    header = f"{{'descr': {description}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    data = content[128:] if rng.random() < 0.7 else damaged_bytes(rng, content[128:], [content])
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + data


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, kind)
    return file.getvalue()


def archives() -> list[bytes]:
    parts = {"x.npy": npy(np.arange(30.0)), "y.npy": npy(np.arange(30) % 2), "z.npy": npy(np.ones((30, 2), np.uint8))}
    texts = {"name.npy": npy(np.array(["red", "blue"] * 15)), "y.npy": parts["y.npy"]}
    return [zipped(parts), zipped(parts, zipfile.ZIP_DEFLATED), zipped(texts)]


def damaged_archive(rng: Random, files: list[bytes]) -> bytes:
    """Of the bytes of the archive; of an array in it; of names and ways to compress."""
    if rng.random() < 0.4:
        return damaged_bytes(rng, rng.choice(files), files)
    with zipfile.ZipFile(io.BytesIO(rng.choice(files))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(members))
    if rng.random() < 0.7:
        members[name] = damaged_array(rng, list(members.values()))
    else:
        new = rng.choice(
            ["x", "../x.npy", "/x.npy", "x.npy/", ".npy", "a" * 300 + ".npy", "x\x1b.npy", "x[0].npy", "ß.npy"]
        )
        members[new] = members.pop(name)
    kinds = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    return zipped(members, rng.choice(kinds))
