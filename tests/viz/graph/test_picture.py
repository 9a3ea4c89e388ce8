"""A picture is made wherever it is asked for: in notebooks, as files, with `dot` and without."""

import re
import sys
from io import BytesIO
from pathlib import Path
from subprocess import CalledProcessError

import graphviz
import pytest
from PIL import Image

from tests.viz.conftest import needs_dot, neuron, texts
from viz import draw


def test_svg_without_dot(without_dot):
    assert "tanh" in texts(draw(neuron()).pipe())


def test_a_notebook_shows_svg_without_dot(without_dot):
    assert "<svg" in draw(neuron())._repr_mimebundle_()[0]["image/svg+xml"]


def test_a_notebook_has_pixels_too_two_for_one_of_the_page(without_dot):
    bundle, sizes = draw(neuron())._repr_mimebundle_()
    width, height = Image.open(BytesIO(bundle["image/png"])).size
    assert sizes == {
        "image/png": {"width": pytest.approx(width / 2, abs=1), "height": pytest.approx(height / 2, abs=1)}
    }
    [points] = re.findall(r'<svg width="(\d+)pt"', bundle["image/svg+xml"])
    assert width / 2 == pytest.approx(int(points) * 96 / 72, abs=3)  # as large as the other one


def test_a_notebook_has_no_pixels_where_nothing_paints_them(without_dot, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    bundle, sizes = draw(neuron())._repr_mimebundle_()
    assert sorted(bundle) == ["image/svg+xml"]
    assert sizes == {}


@pytest.mark.parametrize("error", [OSError("the disk is full"), CalledProcessError(1, ["dot"])])
def test_a_notebook_has_the_picture_where_pixels_fail(error, without_dot, monkeypatch):
    def packed(png):
        raise error

    monkeypatch.setattr("viz.graph.picture.packed", packed)
    bundle, sizes = draw(neuron())._repr_mimebundle_()
    assert (sorted(bundle), sizes) == (["image/svg+xml"], {})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"include": {"image/png"}}, ["image/png"]),
        ({"exclude": {"image/png"}}, ["image/svg+xml"]),
        ({"include": {"image/svg+xml", "image/png"}, "exclude": {"image/png"}}, ["image/svg+xml"]),
    ],
)
def test_a_notebook_gets_what_it_asks_for(wanted, expected):
    bundle, _ = draw(neuron())._repr_mimebundle_(**wanted)
    assert sorted(bundle) == expected


def test_write_without_dot(without_dot, tmp_path):
    assert "tanh" in texts(draw(neuron()).write(tmp_path / "graph.svg").read_bytes())


def test_render_without_dot(without_dot, tmp_path):
    path = draw(neuron()).render("graph", directory=tmp_path)
    assert path == str(tmp_path / "graph.svg")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["graph", "graph.svg"]


def test_render_to_a_named_file_without_dot(without_dot, tmp_path):
    draw(neuron()).render(outfile=tmp_path / "graph.svg", cleanup=True)
    assert [each.name for each in tmp_path.iterdir()] == ["graph.svg"]


def test_what_needs_dot_says_what_to_do_without_it(without_dot):
    with pytest.raises(RuntimeError, match=r"install Graphviz.*save as 'svg', which works"):
        draw(neuron()).pipe(format="bmp")


def test_pixels_need_matplotlib_or_dot(without_dot, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        RuntimeError, match=r"'png' needs matplotlib: pip install 'glassgrad\[plots\]'; or the program dot"
    ):
        draw(neuron()).pipe(format="png")


@needs_dot
def test_without_matplotlib_pixels_are_painted_by_dot(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "viz.graph.painting", None)
    assert draw(neuron()).pipe(format="png").startswith(b"\x89PNG")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    def broken(source, format, engine="dot"):
        raise RuntimeError("no layout")

    monkeypatch.setattr("viz.graph.layout.laid_out", broken)
    (tmp_path / "graph.png").write_text("old")
    with pytest.raises(RuntimeError, match="no layout"):
        draw(neuron()).save(tmp_path / "graph.png")
    assert [each.read_text() for each in tmp_path.iterdir()] == ["old"]


@needs_dot
def test_svg_with_dot():
    assert "tanh" in texts(draw(neuron()).pipe())


MAGIC = {
    "svg": b"<?xml", "svgz": b"\x1f\x8b", "png": b"\x89PNG", "jpg": b"\xff\xd8", "jpeg": b"\xff\xd8", "gif": b"GIF8",
    "webp": b"RIFF", "pdf": b"%PDF", "ps": b"%!PS", "eps": b"%!PS", "json": b"{", "xdot": b"digraph", "plain": b"graph",
    "gv": b"digraph", "dot": b"digraph",
}  # fmt: skip


@pytest.mark.parametrize("ending", MAGIC)
def test_all_formats_are_written_without_dot_and_the_path_is_given(ending, without_dot, tmp_path):
    path = draw(neuron()).save(tmp_path / f"graph.{ending}")
    assert path == tmp_path / f"graph.{ending}"
    assert path.read_bytes().startswith(MAGIC[ending])
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@needs_dot
@pytest.mark.parametrize("ending", MAGIC)
def test_all_formats_are_written_with_dot(ending, tmp_path):
    assert draw(neuron()).save(tmp_path / f"graph.{ending}").read_bytes().startswith(MAGIC[ending])


@pytest.mark.usefixtures("without_dot")
def test_write_is_save(tmp_path):
    picture = draw(neuron())
    assert picture.write(tmp_path / "a.svg").read_bytes() == picture.save(tmp_path / "b.svg").read_bytes()


def test_save_needs_an_ending(tmp_path):
    with pytest.raises(ValueError, match=r"must say the format, as in 'graph\.svg'"):
        draw(neuron()).save(tmp_path / "graph")


@pytest.mark.parametrize("ending", ["bmp", "BMP", "jpgg"])
def test_a_format_that_is_not_written_is_refused_before_dot_is_asked(ending, tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", None)
    with pytest.raises(ValueError, match=rf"'{ending.lower()}'; these can: svg, png, pdf"):
        draw(neuron()).save(tmp_path / f"graph.{ending}")
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_what_explore_makes(tmp_path):
    with pytest.raises(ValueError, match=r"a page is explore\(root\)\.save\('graph\.html'\)"):
        draw(neuron()).save(tmp_path / "graph.html")


def test_a_format_that_the_installed_dot_does_not_have_is_refused(tmp_path, monkeypatch):
    dot = tmp_path / "dot"
    dot.write_text("#!/bin/sh\necho 'Format: \"bmp\" not recognized. Use one of: svg' >&2\nexit 1\n")
    dot.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="the format 'bmp'; these can: svg"):
        draw(neuron()).pipe(format="bmp")


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="format"):
        draw(neuron()).pipe(format="jpgg")


def test_the_picture_is_a_digraph():
    assert isinstance(draw(neuron()).copy(), graphviz.Digraph)


def test_a_notebook_shows_a_text_when_nothing_works(without_dot, monkeypatch):
    def broken(source, format, engine="dot"):
        raise RuntimeError("there is no <engine>\x1b\u202e:\nnone")

    monkeypatch.setattr("viz.graph.layout.laid_out", broken)
    assert "no &lt;engine&gt;\\u{1b}\\u{202e}:\nnone" in draw(neuron())._repr_mimebundle_()[0]["text/html"]


@pytest.mark.usefixtures("without_dot")
def test_save_takes_a_folder_too(tmp_path):
    assert draw(neuron()).save("graph.svg", directory=tmp_path) == tmp_path / "graph.svg"


def test_save_without_a_name_saves_the_source_as_graphviz_does(tmp_path):
    path = draw(neuron()).save(directory=tmp_path)
    assert path.read_text(encoding="utf-8").startswith("digraph")
    assert path.name == "Picture.gv"


@pytest.mark.usefixtures("without_dot")
def test_view_opens_the_picture(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("viz.graph.picture.open_file", lambda path, quiet: opened.append((Path(path).name, quiet)))
    draw(neuron()).view("graph.gv", directory=tmp_path, quiet_view=True)
    assert opened == [("graph.gv.svg", True)]
