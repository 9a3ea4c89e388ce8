"""Images, whole and damaged, and whole ones in all greys."""

import io
import struct
import zlib
from random import Random
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from .mutation import damaged_bytes


def drawing(paper: int = 255, ink: int = 0, size: tuple[int, int] = (30, 40)) -> Any:
    """A drawing like a 7."""
    image = Image.new("L", size, paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle([6, 8, 20, 11], fill=ink)
    draw.rectangle([17, 8, 20, 30], fill=ink)
    return image


def encoded(image: Any, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def images() -> list[bytes]:
    grey = drawing()
    modes = {mode: grey.convert(mode) for mode in ("1", "L", "P", "RGB", "RGBA", "LA")}
    wide = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    exif = grey.getexif()
    exif[0x0112] = 6
    return [
        *(encoded(image, "PNG") for image in modes.values()), encoded(wide, "PNG"), encoded(grey, "PNG", exif=exif),
        encoded(modes["P"], "PNG", transparency=0), encoded(grey, "JPEG"),
        encoded(modes["RGB"], "JPEG", progressive=True),
        encoded(modes["RGB"].convert("CMYK"), "JPEG"), encoded(modes["P"], "GIF"), encoded(modes["RGB"], "BMP"),
        encoded(grey, "BMP"), encoded(modes["RGB"], "WEBP"), encoded(modes["RGBA"], "WEBP", lossless=True),
        encoded(grey, "PPM"), encoded(modes["1"], "PPM"), encoded(grey, "TIFF"), encoded(wide, "TIFF"),
        encoded(modes["1"], "TIFF", compression="group4"), encoded(modes["RGB"], "TIFF", compression="tiff_lzw"),
        encoded(grey.convert("F"), "TIFF"), encoded(modes["RGB"], "TIFF", compression="jpeg"),
        encoded(grey, "TIFF", compression="tiff_deflate"),
    ]  # fmt: skip


def damaged_image(rng: Random, files: list[bytes]) -> bytes:
    """Of the bytes; of a PNG, with checksums that are right; and whole ones in all greys."""
    kind = rng.randrange(6)
    if kind == 0:
        size = rng.choice([(28, 28), (8, 8), (30, 40), (1, 1), (1, 50), (300, 2)])
        return encoded(drawing(rng.randrange(256), rng.randrange(256), size), "PNG")
    content = rng.choice(files)
    if content[:4] == b"\x89PNG" and kind < 5:
        return _damaged_png(rng, content)
    return damaged_bytes(rng, content, files)


def _damaged_png(rng: Random, content: bytes) -> bytes:
    """Chunks that are changed, left out, said twice or put elsewhere."""
    chunks, place = [], 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += length + 12
    for _ in range(rng.choice([1, 1, 2, 4])):
        i = rng.randrange(len(chunks))
        name, data = chunks[i]
        kind = rng.randrange(6)
        if kind < 3:
            chunks[i] = name, damaged_bytes(rng, data, [data or b"\0"])
        elif kind == 3:
            chunks[rng.randrange(len(chunks))] = chunks[i]
        elif kind == 4:
            chunks[i] = (
                rng.choice([b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"tRNS", b"gAMA", b"eXIf", b"acTL", b"fdAT"]),
                data,
            )
        else:
            chunks.insert(i, (name, data))
    packed = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks]
    return content[:8] + b"".join(packed)
