"""What the tests of pictures share."""

import shutil
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from autograd import Value

SVG = "{http://www.w3.org/2000/svg}"
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")


def neuron() -> Value:
    """tanh(x·w + 1), after `backward()`."""
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    y = (x * w + 1).tanh()
    y.backward()
    return y


def texts(picture: bytes) -> list[str]:
    """All that an SVG says, with plain spaces."""
    found = ElementTree.fromstring(picture).iter(f"{SVG}text")
    return ["".join(each.itertext()).replace("\xa0", " ") for each in found]


@pytest.fixture
def without_dot(monkeypatch):
    monkeypatch.setenv("PATH", "")


@pytest.fixture(autouse=True)
def plt():
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()  # whatever was plotted can also be drawn
    plt.close("all")
