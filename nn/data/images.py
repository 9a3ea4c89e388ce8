"""A picture of one digit, prepared as the training data were."""

from pathlib import Path
from typing import Any

import numpy as np


def read_digit(path: str | Path, shape: tuple[int, int]) -> np.ndarray:
    """The brightness of the ink in an image file, from 0 to 1, as an array of `shape`: (8, 8) or (28, 28).

    An image of exactly that shape is taken as it is. Of any other, the digit is cut out and centred: for 28×28 it is
    fitted into 20×20 and put with its centre of mass in the middle, as MNIST was made; for 8×8 it fills the height.
    Dark ink on a light ground is inverted: the data have light ink on black.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not an image, or is blank.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no image {path}")
    try:
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file)  # a photograph may be stored lying on its side
            transparent = "A" in image.getbands() or "transparency" in image.info
            flat = _on_paper(image.convert("RGBA")) if transparent else image
            if flat.mode.startswith("I;16"):  # 16 bits: convert() would cut off at 255
                ink = np.asarray(flat, dtype=float) / 65535.0
            else:
                ink = np.asarray(flat.convert("L"), dtype=float) / 255.0
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"{path} is not an image that can be read: {error}") from None
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if np.median(border) > 0.5:
        ink = 1.0 - ink
    if ink.max() - ink.min() < 0.1:
        raise ValueError(f"{path} is blank: there is no digit on it")
    if ink.shape == shape:
        return ink
    ground = min(np.median(border), 1.0 - np.median(border))
    ink = np.maximum(ink - ground, 0.0)  # grey paper is no ink
    return _centred(_cut_out(ink / ink.max()), shape)


def _on_paper(image: Any) -> Any:
    """A transparent image on white; on black where it is drawn in white."""
    from PIL import Image

    on_white, on_black = (
        Image.alpha_composite(Image.new("RGBA", image.size, paper), image) for paper in ("white", "black")
    )
    return on_white if np.ptp(np.asarray(on_white.convert("L"), dtype=float)) > 25 else on_black


def _cut_out(ink: np.ndarray) -> np.ndarray:
    """The smallest rectangle that holds all the ink."""
    dark = ink > 0.25 * ink.max()
    rows, columns = (np.flatnonzero(dark.any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _centred(digit: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    height, width = shape
    box = 20 if shape == (28, 28) else height
    factor = min(box / digit.shape[0], min(box, width) / digit.shape[1])
    size = (max(1, round(digit.shape[1] * factor)), max(1, round(digit.shape[0] * factor)))
    small = np.asarray(Image.fromarray((digit * 255).astype(np.uint8)).resize(size, Image.Resampling.BOX)) / 255.0
    if shape == (28, 28):
        middle = [round(float((indices * small).sum() / small.sum())) for indices in np.indices(small.shape)]
    else:
        middle = [length // 2 for length in small.shape]
    top = min(max(height // 2 - middle[0], 0), height - small.shape[0])
    left = min(max(width // 2 - middle[1], 0), width - small.shape[1])
    image = np.zeros(shape)
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image
