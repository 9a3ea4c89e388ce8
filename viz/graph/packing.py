"""PNG that a notebook stores, and that is shown where SVG and pages are not."""

from io import BytesIO
from typing import Any

_COLOURS = 256


def packed(png: bytes) -> bytes:
    """The same picture in 256 colours: a quarter of the bytes or so, and to the eye no other.

    >>> from PIL import Image
    >>> file = BytesIO()
    >>> Image.merge("RGB", [Image.linear_gradient("L"), *[Image.radial_gradient("L")] * 2]).save(file, "png")
    >>> Image.open(BytesIO(packed(file.getvalue()))).mode
    'P'
    """
    from PIL import Image  # here and below, so that `import viz` stays light

    with Image.open(BytesIO(png)) as image:
        info = {name: image.info[name] for name in ("dpi",) if name in image.info}
        alphas = image.convert("RGBA").getchannel("A").getextrema()
        is_opaque = alphas == (255, 255)
        method = Image.Quantize.MEDIANCUT if is_opaque else Image.Quantize.FASTOCTREE  # the one of both that has alpha
        full = image.convert("RGB" if is_opaque else "RGBA")
        few = full.quantize(_COLOURS, method=method, kmeans=1, dither=Image.Dither.NONE)
    file = BytesIO()
    few.save(file, "png", optimize=True, **info)
    return min(png, file.getvalue(), key=len)


def shown_size(png: bytes) -> dict[str, Any]:
    """What a notebook is told of it: how large it is on the page, where it has more pixels than that."""
    from PIL import Image

    with Image.open(BytesIO(png)) as image:
        scale = 96 / image.info.get("dpi", (96, 96))[0]
        return {"image/png": {"width": round(image.width * scale), "height": round(image.height * scale)}}
