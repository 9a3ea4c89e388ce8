import re
from html import unescape
from io import BytesIO
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from PIL import Image

from autograd import Value, atan2, no_grad
from nn import MLP
from tests.viz.conftest import texts
from viz import explore
from viz.explorer.page import FRAME


@pytest.fixture
def root():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    return c


def test_the_name_says_what_to_do(root):
    assert repr(explore(root)) == (
        "<Explorer of 3 nodes: show it in a notebook or by .show(), or save it with .save('graph.html')>"
    )


def test_save_writes_the_page_and_gives_the_path(root, tmp_path):
    path = explore(root).save(tmp_path / "graph.html")
    assert path == tmp_path / "graph.html"
    assert path.read_text("utf-8") == explore(root).html


@pytest.mark.parametrize("name", ["graph", "graph.gv", "graph.html.gz"])
def test_save_refuses_what_is_neither_a_page_nor_a_picture(root, tmp_path, name):
    with pytest.raises(ValueError, match=re.escape(f"{name}' must end in .html, or for a picture in .svg, .png")):
        explore(root).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_write_is_save(root, tmp_path):
    explorer = explore(root)
    assert explorer.write(tmp_path / "a.html").read_bytes() == explorer.save(tmp_path / "b.html").read_bytes()


def test_a_picture_has_the_numbers_and_gradients_of_the_page_and_changes_none(root, tmp_path):
    explorer = explore(root)
    a, b = root.parents
    a.data, a.grad = 100.0, 7.0
    said = texts(explorer.save(tmp_path / "graph.svg").read_bytes())
    assert {"data 2", "grad -3", "data -3", "grad 2", "data -6", "grad 1"} <= set(said)
    assert (a.data, a.grad, b.grad, root.data) == (100.0, 7.0, 0.0, -6.0)


def test_a_picture_may_be_of_pixels(root, tmp_path):
    assert explore(root).save(tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")


def test_save_says_which_folder_is_missing(root, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        explore(root).save(tmp_path / "nowhere" / "graph.html")


@pytest.mark.parametrize("wrong", [2.0, None, "graph", [Value(1.0)]])
def test_a_root_is_a_value(wrong):
    with pytest.raises(TypeError, match="explore needs a Value, the root of a graph; got "):
        explore(wrong)


def test_what_was_not_recorded_has_no_graph():
    with no_grad():
        y = Value(1.0) * 2.0
    with pytest.raises(ValueError, match="inside no_grad"):
        explore(y)


def test_a_leaf_is_a_graph_of_one_node():
    assert "Explorer of 1 node:" in repr(explore(Value(1.0)))


@pytest.mark.parametrize("wrong", [3, Value(1.0), [1.0], [Value(1.0), "w"]])
def test_parameters_are_a_module_or_values(root, wrong):
    with pytest.raises(TypeError, match="parameters must be "):
        explore(root, wrong)


def test_parameters_are_leaves(root):
    with pytest.raises(ValueError, match=r"parameters must be leaves; .* was computed by '\*'"):
        explore(root, [root])


def test_parameters_may_be_a_module_of_which_the_graph_uses_a_part(root):
    model = MLP(2, [2, 1], seed=0)
    page = explore(model.layers[0]([1.0, 2.0])[0], model)
    assert len(page.graph.parameters) == 3


def test_parameters_that_the_graph_does_not_have_are_refused(root):
    with pytest.raises(ValueError, match="none of the 2 parameters is in the graph below the root"):
        explore(root, [Value(1.0), Value(2.0)])
    with pytest.raises(ValueError, match="the parameter is not in the graph below the root"):
        explore(root, [Value(1.0)])


def test_a_label_that_is_no_text_is_no_reason_to_fail(root, tmp_path):
    root.label = "half an emoji \ud83d"
    assert "half an emoji ?" in explore(root).save(tmp_path / "graph.html").read_text("utf-8")


def test_exploring_changes_nothing_in_the_graph(root):
    root.backward()
    before = [(node.data, node.grad) for node in (root, *root.parents)]
    assert explore(root).html
    assert [(node.data, node.grad) for node in (root, *root.parents)] == before


def test_a_notebook_shows_the_page_in_a_frame_over_a_picture(root):
    bundle, _ = explore(root)._repr_mimebundle_()
    markup = bundle["text/html"]
    assert bundle["text/plain"] == repr(explore(root))
    assert markup.index("<img ") < markup.index("<iframe ")
    assert 'sandbox="allow-scripts allow-downloads"' in markup  # and nothing else: no way out of the frame
    assert 'allow="clipboard-write"' in markup
    [source] = re.findall('srcdoc="([^"]*)"', markup)
    assert unescape(source) == explore(root).html


def test_a_notebook_that_keeps_no_pages_has_the_picture_of_the_graph(root):
    bundle, sizes = explore(root)._repr_mimebundle_()
    image = Image.open(BytesIO(bundle["image/png"]))
    assert sizes["image/png"]["width"] == pytest.approx(image.width / 2, abs=1)  # sharp on fine screens
    assert image.width > image.height > 200


def test_under_the_page_it_is_said_what_to_do_where_it_does_not_run(root):
    before, _, frame = explore(root)._repr_mimebundle_()[0]["text/html"].partition("<iframe")
    assert "The page of explore, of c, does not run here: trust this notebook" in before
    assert frame


def test_nobody_hears_it_where_the_page_is_there(root, browser):
    page = browser.new_page()
    page.set_content(explore(root)._repr_mimebundle_()[0]["text/html"])
    said = page.get_by_text("does not run here")
    assert said.is_hidden()
    page.locator("iframe").evaluate("frame => frame.remove()")
    assert said.is_visible()
    page.close()


def test_around_the_page_texts_do_nothing():
    root = Value(2.0) * 3.0
    root.label = '"><script>\x1b\u202e'
    around = re.sub('srcdoc="[^"]*"', "", explore(root)._repr_mimebundle_()[0]["text/html"])
    assert around.count("&quot;&gt;&lt;script&gt;\\u{1b}\\u{202e}") == 3  # of the picture, in words, of the frame
    assert not re.search("<script|\x1b|\u202e", around)


@pytest.mark.parametrize("file", ["viz/explorer/web/widget.js", "docs/live/live.js"])
def test_frames_that_scripts_make_may_do_what_those_of_python_may(file):
    script = (Path(__file__).parents[3] / file).read_text("utf-8")
    for name, value in FRAME.items():
        assert re.findall(rf'\b{name}"?\s*[:=,]\s*"([^"]*)"', script) == [value]


@pytest.mark.parametrize("error", [OSError("the disk is full"), CalledProcessError(1, ["dot"])])
def test_without_pixels_the_page_and_its_picture_are_shown(root, error, monkeypatch):
    def packed(png):
        raise error

    monkeypatch.setattr("viz.graph.picture.packed", packed)
    bundle, sizes = explore(root)._repr_mimebundle_()
    assert (sorted(bundle), sizes) == (["text/html", "text/plain"], {})
    assert bundle["text/html"].index("<img ") < bundle["text/html"].index("<iframe ")


def test_nothing_raises_where_a_notebook_shows_it(root, monkeypatch):
    explorer = explore(root)
    monkeypatch.setattr(type(explorer), "page", lambda self: 1 / 0)
    assert "This graph has no explorer here: division by zero" in explorer._repr_mimebundle_()[0]["text/plain"]


def test_without_a_picture_the_page_is_shown(root, monkeypatch):
    monkeypatch.setattr("viz.explorer.explorer.draw", lambda *_, **__: 1 / 0)
    markup = explore(root)._repr_mimebundle_()[0]["text/html"]
    assert "<img" not in markup.partition("<iframe")[0]
    assert "srcdoc=" in markup


def test_the_picture_has_the_zero_of_the_page_with_its_sign(tmp_path):
    x = Value(0.0, label="x")
    page = explore(atan2(x, -1.0))
    x.data = -0.0
    assert "data 3.142" in page.save(tmp_path / "graph.svg").read_text()
    assert str(x.data) == "-0.0"
