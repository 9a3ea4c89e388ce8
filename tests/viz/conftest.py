"""Settings of the tests of pictures."""

from io import BytesIO

import matplotlib as mpl
import pytest


@pytest.fixture(autouse=True)
def plt():
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    for number in plt.get_fignums():
        plt.figure(number).savefig(BytesIO(), format="svg")  # whatever was plotted can also be drawn
    plt.close("all")
