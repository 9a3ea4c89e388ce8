"""read_digit: pictures as the training data have them."""

import re

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from nn.data.datasets import digits
from nn.data.images import read_digit

SHAPES = [(8, 8), (28, 28)]


def digit(size=(100, 100), ground=255, ink=0, box=(20, 15, 40, 75)):
    """A drawing like a 7: a bar on top, a stem at its right."""
    left, top, right, bottom = box
    image = Image.new("L", size, ground)
    draw = ImageDraw.Draw(image)
    draw.rectangle([left, top, right, top + 10], fill=ink)
    draw.rectangle([right - 8, top, right, bottom], fill=ink)
    return image


def read(image, tmp_path, shape=(28, 28), **options):
    image.save(tmp_path / "digit.png", **options)
    return read_digit(tmp_path / "digit.png", shape)


def pixels(shape):
    """Light ink on black, within a dark border."""
    image = np.zeros(shape, np.uint8)
    image[2:-2, 2:-2] = np.random.default_rng(0).integers(0, 256, (shape[0] - 4, shape[1] - 4))
    return image


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_image_of_the_exact_size_is_taken_as_it_is(shape, tmp_path):
    image = pixels(shape)
    assert (read(Image.fromarray(image), tmp_path, shape) == image / 255.0).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_dark_on_light_is_inverted(shape, tmp_path):
    image = pixels(shape)
    np.testing.assert_allclose(read(Image.fromarray(255 - image), tmp_path, shape), image / 255.0, atol=1e-15)


@pytest.mark.parametrize("row", range(5))
def test_a_training_image_comes_back(row, tmp_path):
    image = digits().X_test[row].reshape(8, 8)
    saved = Image.fromarray((image / 16 * 255).round().astype(np.uint8))
    np.testing.assert_allclose(read(saved, tmp_path, (8, 8)), image / 16, atol=1 / 255)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_range_is_zero_to_one(shape, tmp_path):
    image = read(digit(), tmp_path, shape)
    assert image.shape == shape
    assert (image.min(), image.max()) == (0.0, 1.0)


def ink_box(image):
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return rows[0], rows[-1], columns[0], columns[-1]


def test_for_mnist_a_digit_is_fitted_into_20_pixels(tmp_path):
    top, bottom, left, right = ink_box(read(digit(), tmp_path, (28, 28)))
    assert bottom - top + 1 == 20
    assert right - left + 1 == 7  # 21:61 of the height


def test_for_mnist_a_wide_digit_is_fitted_into_20_pixels(tmp_path):
    top, bottom, left, right = ink_box(read(digit(box=(5, 40, 94, 55)), tmp_path, (28, 28)))
    assert right - left + 1 == 20
    assert bottom - top + 1 == 4  # 16:90 of the width


def test_for_mnist_the_centre_of_mass_is_in_the_middle(tmp_path):
    centre = ndimage.center_of_mass(read(digit(), tmp_path, (28, 28)))
    assert centre == pytest.approx((14.0, 14.0), abs=0.75)  # it moves by whole pixels


def test_for_8x8_a_digit_fills_the_height_and_stands_in_the_middle(tmp_path):
    top, bottom, left, right = ink_box(read(digit(), tmp_path, (8, 8)))
    assert (top, bottom) == (0, 7)
    assert (left, right) == (3, 5)


@pytest.mark.parametrize(("bottom", "rows"), [(62, (3, 4)), (84, (2, 5))], ids=["23:90", "45:90"])
def test_for_8x8_a_wide_digit_fills_the_width_and_lies_in_the_middle(bottom, rows, tmp_path):
    top, bottom, left, right = ink_box(read(digit(box=(5, 40, 94, bottom)), tmp_path, (8, 8)))
    assert (left, right) == (0, 7)
    assert (top, bottom) == rows


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_digit_of_one_pixel_is_read(shape, tmp_path):
    image = Image.new("L", (50, 50), 255)
    image.putpixel((25, 25), 0)
    assert read(image, tmp_path, shape).max() == 1.0


PLACES = {"at the left": (0, 15, 20, 75), "at the right": (79, 15, 99, 75), "at the bottom": (20, 39, 40, 99)}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("box", PLACES.values(), ids=PLACES)
def test_the_place_on_the_paper_does_not_matter(box, shape, tmp_path):
    moved, middle = (read(digit(box=place), tmp_path, shape) for place in (box, (20, 15, 40, 75)))
    assert (moved == middle).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("ground", "ink"), [(178, 0), (100, 255), (0, 255), (0, 128), (230, 60), (100, 30), (130, 250)]
)
def test_the_colours_of_paper_and_ink_do_not_matter(ground, ink, shape, tmp_path):
    other, black_on_white = read(digit(ground=ground, ink=ink), tmp_path, shape), read(digit(), tmp_path, shape)
    np.testing.assert_allclose(other, black_on_white, atol=2 / 255)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("ground", "ink"), [(100, 30), (150, 250), (100, 200)])
def test_grey_paper_of_the_exact_size_becomes_black(ground, ink, shape, tmp_path):
    image = Image.new("L", shape, ground)
    ImageDraw.Draw(image).line([(4, 2), (4, 5)], fill=ink)
    expected = np.zeros(shape)
    expected[2:6, 4] = 1.0
    assert (read(image, tmp_path, shape) == expected).all()


def transparent(background, ink):
    """Ink on a transparent ground, whose hidden colour is `background`."""
    mask = digit(ground=0, ink=255)
    return Image.merge("LA", [digit(ground=background, ink=ink), mask])


def palette_with_transparency():
    image = Image.new("P", (100, 100), 0)
    image.putpalette([0, 0, 0] * 2)
    image.paste(1, mask=digit(ground=0, ink=255))
    return image


KINDS = {
    "colour": (digit().convert("RGB"), {}),
    "black and white": (digit().convert("1"), {}),
    "palette": (digit().convert("P"), {}),
    "16 bits": (Image.fromarray(np.asarray(digit()).astype(np.uint16) * 257), {}),
    "16 bits, ink on grey": (Image.fromarray(np.asarray(digit(ground=100, ink=250)).astype(np.uint16) * 257), {}),
    "transparent grey": (transparent(255, 0), {}),
    "transparent over black": (transparent(0, 0), {}),
    "transparent colour": (transparent(0, 0).convert("RGBA"), {}),
    "transparent palette": (palette_with_transparency(), {"transparency": 0}),
}


@pytest.mark.parametrize(("image", "options"), KINDS.values(), ids=KINDS)
def test_every_kind_of_png_gives_the_same(image, options, tmp_path):
    np.testing.assert_allclose(read(image, tmp_path, **options), read(digit(), tmp_path), atol=2 / 255)


@pytest.mark.parametrize("ending", ["jpg", "gif", "bmp", "webp"])
def test_other_formats_are_read(ending, tmp_path):
    digit().convert("RGB").save(tmp_path / f"digit.{ending}")
    image = read_digit(tmp_path / f"digit.{ending}", (28, 28))
    np.testing.assert_allclose(image, read(digit(), tmp_path), atol=0.15)  # lossy formats blur the edges


# ---------------------------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("grey", [0, 100, 255])
@pytest.mark.parametrize("size", [(28, 28), (60, 90)], ids=str)
def test_a_blank_image_is_refused(grey, size, tmp_path):
    with pytest.raises(ValueError, match=r"digit\.png is blank: there is no digit on it"):
        read(Image.new("L", size, grey), tmp_path)


@pytest.mark.parametrize("shape", [(8, 8), (28, 28)], ids=str)
def test_an_image_of_points_that_nobody_would_see_is_blank(shape, tmp_path):
    image = Image.new("L", (4800, 4800), 255)
    for place in (100, 4700):
        image.putpixel((place, place), 0)
    image.save(tmp_path / "digit.png")
    with pytest.raises(ValueError, match=r"digit\.png is blank: there is no digit on it"):
        read_digit(tmp_path / "digit.png", shape)


def png(tmp_path):
    digit().save(tmp_path / "whole.png")
    return (tmp_path / "whole.png").read_bytes()


DAMAGE = {
    "empty": lambda content: b"",
    "text": lambda content: b"seven",
    "cut off": lambda content: content[: len(content) // 2],
    "a chunk of another name": lambda content: content.replace(b"IDAT", b"\x10\x10\x10\x10"),
    "a hundred thousand pixels wide and high": lambda content: b"BM" + bytes(12) + b"\x28\0\0\0" + b"\xa0\x86\x01\0" * 2
    + b"\1\0\x18\0" + bytes(24),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_not_an_image_is_named(damage, tmp_path):
    path = tmp_path / "digit.png"
    path.write_bytes(damage(png(tmp_path)))
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))} is not an image that can be read: "):
        read_digit(path, (28, 28))


def test_a_missing_image_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no image .*nowhere\.png"):
        read_digit(tmp_path / "nowhere.png", (28, 28))


def test_a_photograph_stored_on_its_side_is_turned_upright(tmp_path):
    pixels = np.zeros((28, 28), np.uint8)
    pixels[2:6, 10:20] = 255  # ink at the top
    image = Image.fromarray(pixels)
    tags = image.getexif()
    tags[0x0112] = 3  # orientation: upside down
    image.save(tmp_path / "photo.png", exif=tags)
    assert read_digit(tmp_path / "photo.png", (28, 28))[22:26].any()


def test_white_ink_on_nothing_is_seen(tmp_path):
    image = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    ImageDraw.Draw(image).rectangle((10, 4, 16, 22), fill="white")
    image.save(tmp_path / "white.png")
    ink = read_digit(tmp_path / "white.png", (28, 28))
    assert ink[10, 12] == 1.0
    assert ink[0, 0] == 0.0
