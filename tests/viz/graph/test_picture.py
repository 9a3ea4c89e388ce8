"""A picture is made wherever it is asked for: in notebooks, as files, with `dot` and without."""

from pathlib import Path

import graphviz
import pytest

from tests.viz.conftest import needs_dot, neuron, texts
from viz import draw


def test_svg_without_dot(without_dot):
    assert "tanh" in texts(draw(neuron()).pipe())


def test_a_notebook_shows_svg_without_dot(without_dot):
    assert "<svg" in draw(neuron())._repr_mimebundle_()["image/svg+xml"]


def test_write_without_dot(without_dot, tmp_path):
    assert "tanh" in texts(draw(neuron()).write(tmp_path / "graph.svg").read_bytes())


def test_render_without_dot(without_dot, tmp_path):
    path = draw(neuron()).render("graph", directory=tmp_path)
    assert path == str(tmp_path / "graph.svg")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["graph", "graph.svg"]


def test_render_to_a_named_file_without_dot(without_dot, tmp_path):
    draw(neuron()).render(outfile=tmp_path / "graph.svg", cleanup=True)
    assert [each.name for each in tmp_path.iterdir()] == ["graph.svg"]


def test_png_without_dot_says_what_to_do(without_dot, tmp_path):
    with pytest.raises(RuntimeError, match=r"install Graphviz.*save as 'svg'"):
        draw(neuron()).write(tmp_path / "graph.png")


def test_a_failed_write_leaves_the_old_file(without_dot, tmp_path):
    (tmp_path / "graph.png").write_text("old")
    with pytest.raises(RuntimeError):
        draw(neuron()).write(tmp_path / "graph.png")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]


@needs_dot
def test_svg_with_dot():
    assert "tanh" in texts(draw(neuron()).pipe())


@needs_dot
@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_other_formats_with_dot(ending, magic, tmp_path):
    assert draw(neuron()).write(tmp_path / f"graph.{ending}").read_bytes().startswith(magic)


def test_write_needs_an_ending(tmp_path):
    with pytest.raises(ValueError, match=r"must say the format, as in 'graph\.svg'"):
        draw(neuron()).write(tmp_path / "graph")


@pytest.mark.parametrize("ending", ["bmp", "BMP", "jpgg"])
def test_a_format_that_not_every_dot_has_is_refused_before_one_is_asked(ending, tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", None)
    with pytest.raises(ValueError, match=rf"'{ending.lower()}': svg always works; where .* dot .*, so do png, pdf"):
        draw(neuron()).write(tmp_path / f"graph.{ending}")
    assert list(tmp_path.iterdir()) == []


@needs_dot
@pytest.mark.parametrize(
    "ending", ["jpg", "jpeg", "gif", "webp", "ps", "eps", "svgz", "dot", "gv", "xdot", "json", "plain"]
)
def test_all_formats_that_are_offered_are_written_with_dot(ending, tmp_path):
    assert draw(neuron()).write(tmp_path / f"graph.{ending}").stat().st_size


def test_a_format_that_the_installed_dot_does_not_have_is_refused(tmp_path, monkeypatch):
    dot = tmp_path / "dot"
    dot.write_text("#!/bin/sh\necho 'Format: \"bmp\" not recognized. Use one of: svg' >&2\nexit 1\n")
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="the format 'bmp': svg always works"):
        draw(neuron()).pipe(format="bmp")


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="format"):
        draw(neuron()).pipe(format="jpgg")


def test_the_picture_is_a_digraph():
    assert isinstance(draw(neuron()).copy(), graphviz.Digraph)


def test_a_notebook_shows_a_text_when_nothing_works(without_dot, monkeypatch):
    def broken(source, engine="dot"):
        raise RuntimeError("there is no <engine>")

    monkeypatch.setattr("viz.graph.layout.svg", broken)
    assert "no &lt;engine&gt;" in draw(neuron())._repr_mimebundle_()["text/html"]


@pytest.mark.usefixtures("without_dot")
def test_save_with_the_ending_of_a_picture_saves_the_picture(tmp_path):
    path = draw(neuron()).save("graph.svg", directory=tmp_path)
    assert Path(path).read_text(encoding="utf-8").startswith("<?xml")


def test_save_with_another_ending_saves_the_source(tmp_path):
    path = draw(neuron()).save("graph.gv", directory=tmp_path)
    assert Path(path).read_text(encoding="utf-8").startswith("digraph")


@pytest.mark.usefixtures("without_dot")
def test_view_opens_the_picture(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("graphviz.view", lambda path, quiet: opened.append((Path(path).name, quiet)))
    draw(neuron()).view("graph.gv", directory=tmp_path, quiet_view=True)
    assert opened == [("graph.gv.svg", True)]
