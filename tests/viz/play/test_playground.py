"""What `play` returns: it saves itself, and shows itself in a notebook."""

import html
import re
import webbrowser

import pytest

import viz
from viz.play import playground


@pytest.fixture(scope="module")
def xor():
    return viz.play(data="xor")


def test_it_says_what_it_is(xor):
    assert repr(xor).startswith("<Playground of xor: show it in a notebook")
    assert repr(viz.play(None, [[1.0, 2.0]] * 3, [0, 1, 1])).startswith("<Playground of 3 rows: ")


def test_it_saves_the_page(xor, tmp_path):
    path = xor.save(tmp_path / "play.html")
    assert path.read_text("utf-8") == xor.html


@pytest.mark.parametrize("name", ["play", "play.png", "play.html.txt"])
def test_it_saves_nothing_else(name, xor, tmp_path):
    with pytest.raises(ValueError, match=r"the playground is a page: .* must end in \.html"):
        xor.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_the_page_in_a_frame(xor):
    bundle, _ = xor._repr_mimebundle_()
    [source] = re.findall('srcdoc="([^"]*)"', bundle["text/html"])
    assert html.unescape(source) == xor.html
    assert 'sandbox="allow-scripts allow-downloads"' in bundle["text/html"]
    assert bundle["text/plain"] == repr(xor)


def test_a_notebook_is_told_where_there_is_no_page(xor, monkeypatch):
    def fail(content):
        raise OSError("no room")

    monkeypatch.setattr(playground, "_frame", fail)
    bundle, _ = xor._repr_mimebundle_()
    assert "There is no playground here: no room" in bundle["text/plain"]


def test_it_opens_a_browser(xor, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
    xor.show()
    assert re.fullmatch(r"file://.*/play\.html", opened[0])


@pytest.mark.parametrize("info", [{"a": {1, 2}}, {"a": float("nan")}, {"a": "\ud800"}])
def test_what_a_model_file_could_not_hold_is_refused(info):
    with pytest.raises(ValueError, match="info must hold what a model file can"):
        viz.play(info=info)
