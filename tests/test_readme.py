"""What the README shows is what happens."""

import doctest
import re
import warnings
from pathlib import Path

import pytest

from nn import MLP, Adam

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_give_what_they_show():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one example is of a perceptron that does not converge, and warns
        failed, attempted = doctest.testfile(str(README), module_relative=False)
    assert attempted > 15
    assert failed == 0


def test_the_other_python_blocks_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # they write files
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 2
    names: dict = {"MLP": MLP, "Adam": Adam, "X": [[0, 0], [0, 1], [1, 0], [1, 1]]}  # as the tour has it
    names["model"] = MLP(2, [4, 1], activation="tanh", output="sigmoid", seed=1)
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)
    assert names["w1"].grad == pytest.approx(1.0)
    assert names["loss"].data < 0.1
    assert (tmp_path / "neuron.svg").exists()


def test_every_file_that_it_links_to_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8"))
    assert len(links) >= 5
    assert [link for link in links if not (README.parent / link).exists()] == []
