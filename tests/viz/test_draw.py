"""The picture of a graph: what it shows, and that it is made wherever it is asked for."""

import re
import shutil
import subprocess
import sys
import threading
from math import inf, nan
from pathlib import Path
from xml.etree import ElementTree

import graphviz
import pytest

import autograd
from autograd import Value, maximum, where
from viz import draw
from viz.drawing import _HOT, _WRONG
from viz.layout import svg
from viz.visible import Fold, visible

SVG = "{http://www.w3.org/2000/svg}"
needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="the program dot is not installed")
NASTY = ["<script>", '"]; a', "a|b", "a|{b}", "back\\slash\\n", "\\N \\G", "<b>x</b>", "<", ">", "%s", "&lt;", "&", '"',
         "\\", "\\|", "a  b", "ends in \\", "ünï ∂ 日本", "node", "'", "]]>", "-->"]  # fmt: skip


@pytest.fixture
def without_dot(monkeypatch):
    monkeypatch.setenv("PATH", "")


def neuron() -> Value:
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    y = (x * w + 1).tanh()
    y.backward()
    return y


def layer(n_neurons: int = 3, n_inputs: int = 2) -> list[Value]:
    x = [Value(1.0, label=f"x{i}") for i in range(n_inputs)]
    outputs = []
    with autograd.scope("layer"):
        for number in range(n_neurons):
            with autograd.scope(f"neuron {number}"):
                outputs.append(autograd.dot([Value(0.5, label=f"w{i}") for i in range(n_inputs)], x))
    return outputs


def texts(picture: bytes) -> list[str]:
    return ["".join(each.itertext()) for each in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def tooltip(picture: bytes) -> str:
    """The first line of the first tooltip."""
    title = next(ElementTree.fromstring(picture).iter(f"{SVG}a")).get("{http://www.w3.org/1999/xlink}title", "")
    return title.replace("\xa0", " ").splitlines()[0]


def node(source: str, words: str) -> str:
    """The line of DOT source of the node whose label contains the words."""
    return next(line for line in source.splitlines() if f"{words}" in line and "->" not in line)


# ------------------------------------------------------------------------------------------------- what it shows


def test_shows_label_data_and_gradient_with_four_digits():
    x = Value(2.0 / 3.0, label="x")
    x.grad = 123456.0
    assert texts(svg(draw(x).source)) == ["x", "data 0.6667", "grad 1.235e+05"]


def test_shows_each_operation():
    assert {"*", "+", "tanh"} <= set(texts(svg(draw(neuron()).source)))


def test_a_plus_a_has_two_edges():
    a = Value(1.0)
    assert draw(a + a).source.count("-> n1op") == 2


def test_edges_keep_the_order_of_operands():
    a, b = Value(1.0), Value(2.0)
    c = b - a
    edges = visible([c], 10).edges
    assert [edge.tail for edge in edges] == [b, a]


def test_a_plain_number_is_shown_as_its_number_only():
    assert "2" in texts(svg(draw(Value(-3.0) ** 2).source))


def test_the_gradient_of_a_plain_number_is_not_shown():
    y = Value(-3.0) ** 2
    y.backward()  # the exponent's gradient is nan
    assert _WRONG not in draw(y).source


def test_tooltips_give_every_digit():
    x = Value(2.0 / 3.0)
    assert "data 0.6666666666666666" in draw(x).source


def test_tooltips_give_local_derivatives():
    assert "local derivative -3.0" in draw(Value(2.0) * Value(-3.0)).source


def dashed(source: str) -> list[str]:
    """The tooltips of the dashed lines."""
    return sorted(re.findall(r"\[style=dashed tooltip=\"?([^\]\"]*)\"?\]", source))


def test_lines_along_which_nothing_flows_back_are_dashed():
    x = Value(-1.0, label="x")
    source = draw(where(x > 0, x.sqrt(), x * x) + maximum(x, 3.0)).source
    assert dashed(source) == [
        "local derivative 0.0: nothing flows back here",  # of the condition
        "local derivative 0.0: nothing flows back here",  # to the root, which was not chosen
        "local derivative 0.0: nothing flows back here",  # to x, the smaller one
        "local derivative nan: nothing flows back here",  # below the root
    ]


def test_a_line_below_one_root_alone_is_not_dashed():
    x = Value(-1.0)
    y = x * 2.0
    assert len(dashed(draw(y.relu()).source)) == 3
    assert len(dashed(draw([y.relu(), y]).source)) == 1


def test_a_derivative_of_0_that_is_a_number_has_no_dashed_line():
    assert dashed(draw(Value(0.0).sqrt() * 0.0).source) == []


def test_the_largest_gradient_has_the_strongest_colour():
    x = Value(1.0, label="x")
    (x * 5).backward()
    assert "#{:02x}{:02x}{:02x}".format(*_HOT) in node(draw([x]).source, "x|")


def test_no_gradient_is_white():
    assert "#ffffff" in node(draw(Value(1.0, label="x")).source, "x|")


@pytest.mark.parametrize("wrong", [nan, inf, -inf])
def test_a_gradient_that_is_no_number_is_marked(wrong):
    x = Value(1.0, label="x")
    x.grad = wrong
    assert _WRONG in node(draw(x).source, "x|")


def test_several_roots():
    x = Value(1.0, label="x")
    assert texts(svg(draw([x.exp(), x.log()]).source)).count("x") == 1


@pytest.mark.parametrize("label", NASTY)
def test_a_label_is_shown_as_text_by_the_packaged_engine(label):
    assert texts(svg(draw(Value(1.0, label=label)).source))[0].replace("\xa0", " ") == label


@needs_dot
@pytest.mark.parametrize("label", NASTY)
def test_a_label_is_shown_as_text_by_dot(label):
    assert texts(draw(Value(1.0, label=label)).pipe())[0].replace("\xa0", " ") == label


@pytest.mark.parametrize("name", NASTY)
def test_the_name_of_a_module_is_shown_as_text(name):
    with autograd.scope(name):
        y = Value(1.0).exp()
    assert name in [text.replace("\xa0", " ") for text in texts(svg(draw(y).source))]


@pytest.mark.parametrize("label", NASTY)
def test_a_tooltip_is_text_by_the_packaged_engine(label):
    assert tooltip(svg(draw(Value(1.0, label=label)).source)) == label


@needs_dot
@pytest.mark.parametrize("label", NASTY)
def test_a_tooltip_is_text_by_dot(label):
    assert tooltip(draw(Value(1.0, label=label)).pipe()) == label


@pytest.mark.parametrize("label", ["\0", "\x1b[31m", "\ud800", "a\nb", "x" * 100_000])
def test_a_label_of_any_characters_can_be_drawn(label):
    assert ElementTree.fromstring(svg(draw(Value(1.0, label=label)).source)).tag == f"{SVG}svg"


# ---------------------------------------------------------------------------------------------- boxes and folding


def test_a_box_for_each_module_call():
    assert re.findall(r'label="?(layer|neuron \d)', draw(layer()).source) == [
        "layer", "neuron 0", "neuron 1", "neuron 2"]  # fmt: skip


def test_two_calls_of_one_module_are_two_boxes():
    x = Value(1.0)
    for _ in range(2):
        with autograd.scope("square"):
            x = x * x
    assert draw(x).source.count("label=square") == 2


def test_a_weight_is_in_the_box_of_its_only_user():
    outputs = layer()
    assert visible(outputs, 100).homes[outputs[0].parents[0]].name == "neuron 0"


def test_a_leaf_of_several_users_is_in_the_innermost_box_around_them():
    outputs = layer()
    assert visible(outputs, 100).homes[outputs[0].parents[-1]].name == "layer"


def around_a_module(*, swapped=False):
    """x, the output of a module on it, and a root outside that uses both."""
    x = Value(1.0, label="x")
    with autograd.scope("model"):
        y = (x * x).exp()
    return x, y, x + y if swapped else y + x


@pytest.mark.parametrize("swapped", [False, True])
def test_what_uses_a_module_and_its_input_is_outside_of_its_box_and_so_is_the_input(swapped):
    x, y, root = around_a_module(swapped=swapped)
    product = y.parents[0]
    view = visible([root], 100)
    names = {each: home and home.name for each, home in view.homes.items()}
    assert names == {x: None, product: "model", y: "model", root: None}
    operands = [(x, root, 0), (y, root, 1)] if swapped else [(y, root, 0), (x, root, 1)]
    edges = [(x, product, 0), (x, product, 1), (product, y, 0), *operands]
    assert [(edge.tail, edge.head, edge.operand) for edge in view.edges] == edges


def test_the_picture_has_only_what_a_module_made_in_its_box():
    source = draw(around_a_module()[2]).source
    [box] = re.findall(r"subgraph cluster_0 \{(.*?)\n\t\}", source, re.DOTALL)
    assert re.findall(r"\n\t\t(n\d) \[label=\"(.*?) ", box) == [("n1", "data"), ("n2", "data")]
    assert re.findall(r"\n\t(\w+) -> (\w+)", source) == [
        ("n3op", "n3"), ("n0", "n1op"), ("n0", "n1op"), ("n1", "n2op"), ("n2", "n3op"), ("n0", "n3op"),
    ]  # fmt: skip


def test_a_folded_module_has_edges_from_its_input_and_to_what_uses_both():
    x, _, root = around_a_module()
    view = visible([root], 3)
    [fold] = [each for each in view.elements if isinstance(each, Fold)]
    assert (fold.label, fold.home) == ("model\n2 nodes", None)
    assert view.elements == [x, fold, root]
    assert {(edge.tail, edge.head, edge.operand, edge.times) for edge in view.edges} == {
        (x, fold, None, 2), (fold, root, None, 1), (x, root, 1, 1),
    }  # fmt: skip


@pytest.mark.parametrize("outside_first", [False, True])
def test_a_leaf_that_is_used_inside_and_outside_of_a_module_is_outside(outside_first):
    x = Value(1.0)
    with autograd.scope("model"):
        inside = x.exp()
    outside = x.sin()
    root = outside * inside if outside_first else inside * outside
    assert visible([root], 100).homes[x] is None


def test_the_innermost_modules_are_folded_first():
    labels = [element.label for element in visible(layer(3, 5), 10).elements if isinstance(element, Fold)]
    assert [label for label in labels if label.startswith("neuron")] == [f"neuron {n}\n6 nodes" for n in range(3)]


def test_leaves_with_the_same_folded_users_become_one():
    assert "5 leaves" in [element.label for element in visible(layer(3, 5), 10).elements if isinstance(element, Fold)]


def test_edges_to_a_fold_are_merged_and_counted():
    view = visible(layer(3, 5), 10)
    assert [edge.times for edge in view.edges] == [5, 5, 5]


def test_outer_modules_are_folded_where_inner_ones_are_not_enough():
    assert [element.label for element in visible(layer(20, 2), 5).elements] == ["layer\n62 nodes"]


def test_what_is_left_out_is_counted():
    x = Value(1.0)
    for _ in range(1000):
        x = x.exp()
    assert visible([x], 10).elements[0].label == "… 991 more nodes"


def test_the_part_nearest_to_the_root_is_shown():
    x = Value(1.0)
    chain = [x := x.exp() for _ in range(1000)]
    assert visible([x], 10).elements[1:] == chain[-10:]


def test_a_long_chain_can_be_drawn():
    x = Value(1.0)
    for _ in range(200_000):
        x = -x
    assert "200,001" not in draw(x, max_nodes=5).source
    assert "199,996 more nodes" in draw(x, max_nodes=5).source


def test_a_sum_over_many_rows_can_be_laid_out():
    w = [Value(0.1) for _ in range(20)]
    loss = Value(0.0)
    for _ in range(150):
        with autograd.scope("model"):
            y = autograd.dot(w, w)
        loss = loss + (y - 1) ** 2
    assert svg(draw(loss).source).startswith(b"<?xml")


# --------------------------------------------------------------------------------------------------- making files


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


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="format"):
        draw(neuron()).pipe(format="jpgg")


def test_the_picture_is_a_digraph():
    assert isinstance(draw(neuron()).copy(), graphviz.Digraph)


def test_the_packaged_engine_is_deterministic():
    assert svg(draw(neuron()).source) == svg(draw(neuron()).source)


def test_the_packaged_engine_in_many_threads():  # its own Python interface crashes the interpreter here
    source, pictures = draw(neuron()).source, []
    threads = [threading.Thread(target=lambda: pictures.append(svg(source))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pictures == [svg(source)] * 8


def test_the_packaged_engine_has_a_large_stack():  # the default one overflows here
    assert svg("digraph {" + ";".join(f"{i} -> {i + 1}" for i in range(16_000)) + "}")


def test_the_packaged_engine_works_after_a_failure():
    with pytest.raises(RuntimeError, match="could not lay out"):
        svg("digraph {")
    assert svg("digraph { a }")


# --------------------------------------------------------------------------------------------------------- errors


def test_a_notebook_shows_a_text_when_nothing_works(without_dot, monkeypatch):
    def broken(source, engine="dot"):
        raise RuntimeError("there is no <engine>")

    monkeypatch.setattr("viz.layout.svg", broken)
    assert "no &lt;engine&gt;" in draw(neuron())._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize("root", [1.0, "x", [1.0], None])
def test_a_root_that_is_no_value_is_refused(root):
    with pytest.raises(TypeError, match="Value or a list of Values"):
        draw(root)


def test_no_root_is_refused():
    with pytest.raises(ValueError, match="empty"):
        draw([])


@pytest.mark.parametrize("options", [{"direction": "left"}, {"max_nodes": 0}, {"max_nodes": 1.5}])
def test_a_wrong_option_is_refused(options):
    with pytest.raises(ValueError, match=re.escape(repr(next(iter(options.values()))))):
        draw(neuron(), **options)


def test_import_loads_no_matplotlib():
    code = (
        "import sys, viz; sys.exit('matplotlib' in sys.modules or 'numpy' in sys.modules or 'wasmtime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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


@pytest.mark.usefixtures("without_dot")
def test_a_label_that_is_no_text_is_shown_as_text():
    assert "<text" in draw(Value(1.0, label=3)).pipe(encoding="utf-8")
