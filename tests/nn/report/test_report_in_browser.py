"""The report as a browser shows it."""

import json
import os
import re
import subprocess

import pytest

from nn.cli.parser import main
from tests.conftest import BROWSER, NO_BROWSER

PROBE = """<script>
addEventListener("load", () => {  // when all pictures are there
  const images = [...document.images].map(image => image.complete && image.naturalWidth > 0)
  const graph = document.querySelector(".graph svg").getBoundingClientRect()
  const text = [...document.querySelectorAll(".graph svg text")].map(text => text.textContent).join(" ")
  document.body.innerHTML = "<pre id=probe>" + JSON.stringify({
    images, text, graph: [graph.width, graph.height],
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }) + "</pre>"
})
</script>"""


TRAININGS = {
    "digits": ["digits", "--rows", "100", "--hidden", "4"],
    "numbers": ["--csv", "{folder}/houses.csv", "--target", "price", "--task", "regression"],
}
HOUSES = "area,rooms,a rather long name of a column of which there are some,price\n" + "".join(
    f"{40 + 3 * i},{i % 5},{-i * 1.2345678},{100_000 + 9_876 * i}\n" for i in range(40)
)


@pytest.fixture(scope="module", params=TRAININGS)
def folder(request, tmp_path_factory):
    """The report of a short training."""
    if BROWSER is None:
        pytest.skip(NO_BROWSER)
    folder = tmp_path_factory.mktemp("report")
    (folder / "houses.csv").write_text(HOUSES)
    arguments = [argument.format(folder=folder) for argument in TRAININGS[request.param]]
    main(["train", *arguments, "--epochs", "2", "--out", str(folder)])
    return folder


@pytest.fixture(scope="module", params=["1200,900", "500,900"], ids=["desktop", "phone"])
def shown(request, folder):
    """What the browser measures in a window of that size."""
    page = folder / "probed.html"
    page.write_text((folder / "report.html").read_text().replace("</body>", PROBE + "</body>"))
    command = [
        BROWSER, "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder / 'profile'}",
        f"--window-size={request.param}", "--virtual-time-budget=5000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # the sandbox refuses root
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    return json.loads(re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL)[1])


def test_every_image_is_shown(shown):
    assert len(shown["images"]) > 3
    assert all(shown["images"])


def test_the_graph_of_the_neuron_is_drawn(shown):
    assert min(shown["graph"]) > 100
    assert "grad" in shown["text"]
    assert "b" in shown["text"].split()


def test_the_page_does_not_overflow_to_the_side(shown):
    assert shown["overflow"] <= 0
