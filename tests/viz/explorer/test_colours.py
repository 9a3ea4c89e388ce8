"""The colours of the page are those of `draw`: one definition, and two functions that agree on it."""

import json
import re
import shutil
import subprocess

import pytest

from viz.explorer.page import read
from viz.graph.colours import PAPERS, Scale, of_strength, palette

from .conftest import WEB

PICTURES = [
    [1.0, -0.5, 0.0],
    [1e-3, 5.0, -2e9],
    [1e308, -1e-308, 5e-324],
    [float(10**i) for i in range(-7, 8)],
    [0.0],
    [],
]

SCRIPT = """
import { blend, scaleOf, strength } from "./colours.js";
globalThis.PALETTE = JSON.parse(process.argv[2]);
const pictures = JSON.parse(process.argv[3]);
const papers = Object.values(PALETTE.papers);
console.log(JSON.stringify(pictures.map((gradients) => {
  const scale = scaleOf(gradients);
  const strengths = gradients.map((gradient) => strength(gradient, scale));
  const colours = papers.map((paper) => strengths.map((each) => blend(each, paper)));
  return { scale: [scale.largest, scale.least], strengths, colours };
})));
"""


@pytest.fixture(scope="module")
def of_the_page(node, tmp_path_factory):
    folder = tmp_path_factory.mktemp("colours")
    shutil.copy(WEB / "picture" / "colours" / "colours.js", folder)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "colours.test.js").write_text(SCRIPT, "utf-8")
    command = [node, "colours.test.js", json.dumps(palette()), json.dumps(PICTURES)]
    return json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout)


@pytest.mark.parametrize("number", range(len(PICTURES)))
def test_the_page_gives_gradients_the_colours_that_draw_gives(of_the_page, number):
    gradients, found = PICTURES[number], of_the_page[number]
    scale = Scale.of(gradients)
    assert found["scale"] == pytest.approx(scale, rel=1e-12)
    strengths = [scale.strength(gradient) for gradient in gradients]
    assert found["strengths"] == pytest.approx(strengths, abs=1e-12)
    colours = [[list(of_strength(strength, paper)) for strength in strengths] for paper in PAPERS.values()]
    assert found["colours"] == colours


@pytest.mark.parametrize("theme", PAPERS)
def test_the_style_has_the_papers_of_the_colours(theme):
    [paper] = re.findall(rf'data-theme="{theme}"\] \{{[^}}]*--paper: #(\w+);', read("base.css"))
    assert tuple(bytes.fromhex(paper)) == PAPERS[theme]
