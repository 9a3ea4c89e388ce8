"""What works with the dependencies alone, and what says which extra it needs: in a process that finds no extra."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from nn.support.missing import EXTRAS, how_to_install, is_there, need
from tests.test_imports import IMPORTS, room_of

SETTINGS = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))["project"]
OPTIONAL = SETTINGS["optional-dependencies"]

PROGRAM = """
import sys, json, os, pathlib
sys.modules.update(dict.fromkeys(["matplotlib", "anywidget", "traitlets", "sklearn", "scipy", "joblib", "pandas"]))
os.environ["PATH"] = ""  # no dot
import autograd, nn, viz
import numpy as np
from nn.cli.parser import main

folder = pathlib.Path(sys.argv[1])
moons = nn.datasets.moons(rows=40)
model = nn.MLP(2, [4, 1], seed=0)
model.scaler = nn.StandardScaler().fit(moons.X_train)
loss = "binary_cross_entropy_with_logits"
history = nn.fit(model, moons.X_train, moons.y_train, loss=loss, epochs=2, metrics=list(nn.METRICS)[:4], progress=False)
nn.save(model, folder / "model.safetensors")
again = nn.load(folder / "model.safetensors")
found = {"same": (nn.predict(again, moons.X_test) == nn.predict(model, moons.X_test)).all().item()}
found["erf"] = autograd.compile(lambda x: x.erf(), backend="numpy")([0.5, -2.0]).tolist()
y = (autograd.Value(2.0, label="x") * 3.0).tanh()
y.backward()
found["svg"] = viz.draw(y).save(folder / "graph.svg").read_text("utf-8")
found["html"] = len(viz.explore(y).save(folder / "graph.html").read_text("utf-8"))
run = folder / "digits"
found["train"] = main(["train", "digits", "--rows", "200", "--epochs", "3", "--out", str(run)])
found["files"] = sorted(path.name for path in run.iterdir() if path.name[0] != ".")
found["report"] = (run / "report.html").read_text("utf-8")
from PIL import Image
pixels = 255 - (nn.datasets.digits().X_test[0].reshape(8, 8) * 15.9).astype(np.uint8)
Image.fromarray(pixels).save(folder / "digit.png")
found["predict"] = main(["predict", str(run), str(folder / "digit.png")])

CALLS = {
    "plot_history": lambda: viz.plot_history(history),
    "plot_gradient_flow": lambda: viz.plot_gradient_flow(history),
    "plot_activations": lambda: viz.plot_activations(history),
    "plot_weights": lambda: viz.plot_weights(model),
    "plot_confusion_matrix": lambda: viz.plot_confusion_matrix([0, 1], [0, 1]),
    "plot_decision_boundary": lambda: viz.plot_decision_boundary(model, moons.X_test, moons.y_test),
    "png": lambda: viz.draw(y).save(folder / "graph.png"),
    "pdf": lambda: viz.draw(y).save(folder / "graph.pdf"),
    "widget": lambda: viz.explore(y).widget(),
}
for name, call in CALLS.items():
    try:
        call()
    except (ImportError, RuntimeError) as error:
        found[name] = str(error)
(folder / "found.json").write_text(json.dumps(found), "utf-8")
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {"said": done.stdout, **json.loads((folder / "found.json").read_text("utf-8"))}


def test_numbers_models_and_pictures_need_no_extra(found):
    assert found["same"]
    assert found["erf"] == pytest.approx([0.5204998778130465, -0.9953222650189527], rel=1e-15)
    assert "tanh" in found["svg"]
    assert found["html"] > 100_000


def test_the_command_trains_and_predicts_and_its_report_says_what_would_bring_the_pictures(found):
    assert (found["train"], found["predict"]) == (0, 0)
    assert "sure this is a" in found["said"]
    assert found["files"] == ["checkpoint.safetensors", "history.csv", "model.safetensors", "neuron.svg", "report.html"]
    for text in (found["said"], re.sub("&#x27;", "'", found["report"])):
        assert text.count("need matplotlib: pip install 'glassgrad[plots]'") == 1
    for words in ("Loss and accuracy over 3 epochs", "The confusion matrix: ", "Weights of the first layer, of 64"):
        assert f"<p>{words}" in found["report"]


MESSAGES = {
    **{
        name: f"^{name} needs matplotlib: pip install 'glassgrad[plots]'$".replace("[", r"\[")
        for name in (
            "plot_history", "plot_gradient_flow", "plot_activations", "plot_weights", "plot_confusion_matrix",
            "plot_decision_boundary",
        )
    },
    "png": r"^a picture in the format 'png' needs matplotlib: pip install 'glassgrad\[plots\]'; or the program dot; or",
    "pdf": r"^a picture in the format 'pdf' needs matplotlib: pip install 'glassgrad\[plots\]'; or the program dot; or",
    "widget": r"^a live page \(.*\) needs anywidget: pip install 'glassgrad\[widget\]'$",
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_what_needs_an_extra_says_which(name, found):
    assert re.search(MESSAGES[name], found[name])


# ------------------------------------------------------------------------------------------------------- the lists


def packages(requirements):
    return {re.split(r"[\[<>=]", text)[0].lower() for text in requirements}


def test_the_extras_are_those_of_the_installation():
    assert all(packages(OPTIONAL[extra]) == {package} for package, extra in EXTRAS.items())
    small = {*EXTRAS.values()} - {"jax"}  # 300 MB
    assert OPTIONAL["all"][0] == f"glassgrad[{','.join(sorted(small))}]"
    assert OPTIONAL["test"][0] == "glassgrad[all]"


def test_no_module_imports_what_neither_the_dependencies_nor_an_extra_bring():
    brought = packages(SETTINGS["dependencies"]) | set(EXTRAS)
    brought |= {"traitlets", "ipython"}  # that anywidget brings, and that is there where a notebook runs
    names = {each.target.partition(".")[0] for each in IMPORTS if room_of(each.target) is None}
    others = names - sys.stdlib_module_names - {"autograd", "nn", "viz", "cython"}
    of = packages_distributions()
    assert {name for name in others if not brought & {package.lower() for package in of.get(name, [name])}} == set()


def test_what_is_there_is_not_needed(monkeypatch):
    need("matplotlib", "a plot")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert not is_there("matplotlib")
    with pytest.raises(ImportError, match="a plot needs matplotlib: ") as raised:
        need("matplotlib", "a plot")
    assert raised.value.name == "matplotlib"
    assert how_to_install("matplotlib") in str(raised.value)
