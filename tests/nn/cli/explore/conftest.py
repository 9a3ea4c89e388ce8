"""What the tests of glassgrad explore share: trained models, and what the browser was asked for."""

import re

import numpy as np
import pytest
from PIL import Image

import nn.report
import viz.explorer
from autograd import topological_order
from nn import datasets, evaluate, load
from tests.nn.cli.conftest import FRUIT, HOUSES, N, call, mnist_files

PASSED = "hours,passed\n" + "".join(f"{i / 10},{int(i > 30)}\n" for i in range(N))


def trained(folder, *options):
    """The folder, with a trained model in its folder `out`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.report, "write_report", lambda run, folder: [])  # it takes longer than these trainings
        assert call("train", *options, "--hidden", 4, "--out", folder / "out") == 0
    return folder


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("digits"), "digits", "--rows", 60, "--epochs", 3)


@pytest.fixture(scope="session")
def moons(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("moons"), "moons", "--epochs", 1)


@pytest.fixture(scope="session")
def mnist(tmp_path_factory):
    """A model of images, with the IDX files in the folder `idx`."""
    folder = tmp_path_factory.mktemp("mnist")
    (folder / "idx").mkdir()
    mnist_files(folder / "idx")
    return trained(folder, "mnist", "--data", folder / "idx", "--epochs", 1)


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """The folders of models of three tables, each with its table t.csv: of classes, of two classes, of numbers."""
    folders = {}
    for target, text in {"fruit": FRUIT, "passed": PASSED, "price": HOUSES}.items():
        folders[target] = tmp_path_factory.mktemp(target)
        (folders[target] / "t.csv").write_text(text)
        options = ["--epochs", 3, "--learning-rate", 0.03]
        trained(folders[target], "--csv", folders[target] / "t.csv", "--target", target, *options)
    return folders


@pytest.fixture
def explored(monkeypatch, opened):
    """A function that runs the command, and gives the root and the parameters that it explores."""
    given = []
    true_explore = viz.explorer.explore
    monkeypatch.setattr(
        viz.explorer, "explore",
        lambda root, parameters=None: given.append((root, parameters)) or true_explore(root, parameters),
    )  # fmt: skip

    def run(*arguments):
        assert call("explore", *arguments) == 0
        return given[-1]

    return run


def leaves(root):
    """The numbers of the leaves that have a label, by label, but those of parameters."""
    found = {node.label: node.data for node in topological_order(root) if not node.parents and node.label}
    return {label: number for label, number in found.items() if not re.fullmatch(r"w\d+|b", label)}


def losses(folder, X, y):
    """The loss of each row, of the trained model."""
    model = load(folder / "out")
    return [evaluate(model, X[i : i + 1], y[i : i + 1], loss=model.info["loss"])["loss"] for i in range(len(y))]


@pytest.fixture
def image(tmp_path):
    data = datasets.digits()
    path = tmp_path / "digit.png"
    Image.fromarray((data.X_test[0].reshape(8, 8) / 16.0 * 255).round().astype(np.uint8)).save(path)
    return path
