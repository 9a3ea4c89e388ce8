"""A picture of one digit, prepared as the training data were."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..support import limits
from ..support.arrays import blocks

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # of Pillow's others, one starts a program (EPS)


def read_digit(path: str | Path, shape: tuple[int, int]) -> np.ndarray:
    """The brightness of the ink in an image file, from 0 to 1, as an array of `shape`: (8, 8) or (28, 28).

    An image of exactly that shape, on black or white, is taken as it is. Of any other, the digit is cut out and
    centred: for 28×28 it is fitted into 20×20 and put with its centre of mass in the middle, as MNIST was made; for 8×8
    it fills the height.
    Ink is what differs most from the paper, which the border shows: where it is darker, light and dark are exchanged,
    since the data have light ink on black. Grey paper becomes black. Of several pictures in a file, the first is read.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not an image (PNG, JPEG, GIF, BMP, WebP, TIFF, PPM), or is blank, or has more than
            25,000,000 pixels, a WebP half of it; GLASSGRAD_LIMITS=10 in the environment allows ten times as many.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no image {path}")
    levels = _levels(path)
    full = int(np.iinfo(levels.dtype).max)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    paper, low, high = float(np.median(border)), int(levels.min()), int(levels.max())
    if high - low < 0.1 * full:
        raise ValueError(f"{path} is blank: there is no digit on it")
    if paper - low > high - paper:  # dark ink: what differs most from the paper
        levels, paper, high = full - levels, full - paper, full - low
    is_exact = levels.shape == shape
    if is_exact and paper <= full / 4:
        return levels / full
    ink = levels if is_exact else _cut_out(levels, levels > paper + 0.25 * (high - paper))
    digit = np.empty(ink.shape, np.uint8)
    for part, block in zip(blocks(digit), blocks(ink), strict=True):  # in floats, a large image would take 200 MB
        part[...] = np.maximum(block - paper, 0.0) / (high - paper) * 255  # grey paper is no ink
    if is_exact:
        return digit / 255.0
    small = _fitted(digit, shape)
    if not small.any():  # single points, far apart
        raise ValueError(f"{path} is blank: there is no digit on it")
    return _centred(small, shape)


def _levels(path: Path) -> np.ndarray:
    """The brightness of every pixel, in whole numbers of 8 or 16 bits; of what is transparent, on paper."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow's, of damage that does not matter; and of size: see below
            with Image.open(path, formats=FORMATS) as image:
                most = limits.PIXELS // (2 if image.format == "WEBP" else 1)  # a WebP's decoder holds several copies
                limits.check(path, "pixels", image.width * image.height, most, "save it smaller")
                image.load()
                transparent = "A" in image.getbands() or "transparency" in image.info
                grey = _on_paper(image) if transparent else image
                if not grey.mode.startswith("I;16"):  # 16 bits: convert() would cut off at 255
                    grey = grey.convert("L")
                grey.info = image.info
                return np.asarray(ImageOps.exif_transpose(grey))  # a photograph may be stored lying on its side
    except limits.LimitError:
        raise
    except Exception as error:  # noqa: BLE001  damaged bytes go through a decoder for each format, which raise anything
        raise ValueError(f"{path} is not an image that can be read: {error}") from None


def _on_paper(image: Any) -> Any:
    """The grey of a transparent image on white; on black where it is drawn in white."""
    from PIL import Image

    grey, alpha = image.convert("RGBA").convert("LA").split()
    on_white, on_black = (Image.composite(grey, Image.new("L", image.size, paper), alpha) for paper in (255, 0))
    return on_white if np.ptp(np.asarray(on_white)) > 25 else on_black


def _cut_out(levels: np.ndarray, is_ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle that holds all the ink."""
    rows, columns = (np.flatnonzero(is_ink.any(axis=axis)) for axis in (1, 0))
    return levels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fitted(digit: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The digit as small as it is in the data."""
    from PIL import Image

    height, width = shape
    box = 20 if shape == (28, 28) else height
    factor = min(box / digit.shape[0], min(box, width) / digit.shape[1])
    size = (max(1, round(digit.shape[1] * factor)), max(1, round(digit.shape[0] * factor)))
    return np.asarray(Image.fromarray(digit).resize(size, Image.Resampling.BOX)) / 255.0


def _centred(small: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    height, width = shape
    if shape == (28, 28):
        middle = [round(float((indices * small).sum() / small.sum())) for indices in np.indices(small.shape)]
    else:
        middle = [length // 2 for length in small.shape]
    top = min(max(height // 2 - middle[0], 0), height - small.shape[0])
    left = min(max(width // 2 - middle[1], 0), width - small.shape[1])
    image = np.zeros(shape)
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image
