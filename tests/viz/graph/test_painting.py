"""Pixels without the program dot: they show what the graph has, in a font that needs none of the machine's."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from autograd import Value
from tests.viz.conftest import neuron
from viz import draw
from viz.graph import painting
from viz.graph.colours import of_strength
from viz.graph.layout import laid_out, svg


def pixels(picture: bytes) -> np.ndarray:
    with Image.open(BytesIO(picture)) as opened:
        return np.asarray(opened.convert("RGBA"))


def painted(root, **options):
    return pixels(draw(root, **options).pipe(format="png"))


def test_a_png_has_the_size_of_the_svg_twice():
    height, width, _ = painted(neuron()).shape
    size = svg(draw(neuron()).source).decode().split('viewBox="')[1].split('"')[0]
    assert (width, height) == tuple(pytest.approx(float(length) * 2 * 96 / 72, abs=6) for length in size.split()[2:])


def test_a_png_has_the_colours_of_the_gradients_and_is_transparent_around():
    x = Value(1.0, label="x")
    (x * -5).backward()
    picture = painted([x], legend=False)
    colours, counts = np.unique(picture.reshape(-1, 4), axis=0, return_counts=True)
    assert tuple(colours[counts.argmax()]) == (*of_strength(-1.0), 255)
    assert picture[0, 0, 3] == 0


def test_texts_are_seen(monkeypatch):
    with_texts = painted(Value(1.0, label="x"))
    monkeypatch.setattr(painting._Pen, "text", lambda *_: None)
    without = painted(Value(1.0, label="x"))
    dark = np.abs(with_texts.astype(int) - without).sum(axis=2) > 300
    assert dark.sum() > 300  # pixels of "x", "data 1", "grad 0"


def test_the_font_is_the_one_that_matplotlib_brings():
    from matplotlib import get_data_path
    from matplotlib.font_manager import FontProperties, findfont

    assert findfont(FontProperties(family=painting._FONT)).startswith(get_data_path())


@pytest.mark.parametrize("label", ["$x_1$", "日本 🙂", "\\", "a\nb", "<b>", "x" * 1000])
@pytest.mark.parametrize("format", ["png", "pdf"])
def test_any_label_can_be_painted(label, format):
    assert draw(Value(1.0, label=label)).pipe(format=format)


@pytest.mark.parametrize("text", ["\\", "a\\b\\n", "\\\\", '"\\"'])
def test_backslashes_are_as_many_as_there_were(text, monkeypatch):
    said = []
    monkeypatch.setattr(painting._Pen, "text", lambda pen, place, align, room, text: said.append(text))
    painted(Value(1.0, label=text))
    assert said[0] == text


def test_a_huge_picture_has_fewer_pixels_to_the_inch(monkeypatch):
    monkeypatch.setattr(painting, "_MOST_PIXELS", 10_000)
    height, width, _ = painted(neuron()).shape
    assert height * width <= 10_100


def test_jpg_has_white_paper():
    assert pixels(draw(neuron()).pipe(format="jpg"))[2, 2].tolist() == pytest.approx([255, 255, 255, 255], abs=3)


def test_a_pdf_is_the_same_every_time():
    laid = laid_out(draw(neuron()).source, "json")
    assert painting.paint(laid, "pdf") == painting.paint(laid, "pdf")
