"""What the README shows is what happens, on a page that is read in two minutes."""

import re
import shlex
from pathlib import Path

import pytest
from PIL import Image

from tests.test_pages import run

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
LINKS = re.findall(r"\]\(([^)#:]+)\)", TEXT)


def test_it_is_short():
    assert len(TEXT.splitlines()) <= 150


def test_its_code_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it writes files
    names: dict = {}
    assert run(TEXT, "README.md", names) == 0
    assert names["w1"].grad == pytest.approx(1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["neuron.html", "neuron.svg"]
    assert {"history", "loss", "targets"} <= names.keys()  # of the last three tours


def test_every_file_that_it_links_to_exists():
    assert len(LINKS) > 30
    assert [link for link in LINKS if not (README.parent / link).exists()] == []


def test_its_first_commands_are_those_of_a_checkout():
    [commands] = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    words = [shlex.split(line, comments=True) for line in commands.splitlines()]
    assert words[0][:2] == ["git", "clone"]
    assert words[1:] == [["make", "demo"], ["make", "test"]]


def test_the_moving_picture_goes_through_both_passes():
    [path] = [README.parent / link for link in LINKS if link.endswith(".webp")]
    assert path.stat().st_size < 2_000_000
    with Image.open(path) as film:
        assert film.width >= 800
        assert film.n_frames == 1 + 5 + 6 + 1  # the start, five operations, each and the root back, all done


def test_its_speeds_are_those_of_the_page_about_speed():
    page = (README.parent / "docs" / "how_it_works" / "speed.md").read_text("utf-8").replace(",", "")
    table = TEXT.partition("## Speed")[2].partition("`make bench`")[0].replace(",", "")
    times = re.findall(r"[\d.]+ (?:ms|µs)", table)
    assert len(times) == 15
    assert [time for time in times if not re.search(rf"(?<![\d.]){re.escape(time)}", page)] == []
