"""What earlier versions have left in files opens, and means what it did: tests/fixtures/write.py has written it."""

import pickle
import re
import shutil
from math import erf, exp, pi, sin, sqrt
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import autograd
import nn
from autograd import topological_order
from nn.cli.parser import main
from nn.training.checkpoint import backend_of
from tests.fixtures.write import TABLE, X, Y, trained

FIXTURES = Path(__file__).with_name("fixtures")


@pytest.fixture(params=["0.1"])
def folder(request):
    return FIXTURES / request.param


@pytest.fixture
def unpickled(folder):
    return lambda name: pickle.loads((folder / f"{name}.pickle").read_bytes())


def sines(n, start=0):
    return np.sin(np.arange(start, start + n))


def test_a_graph(unpickled):
    root = unpickled("graph")
    x, w = (node for node in topological_order(root) if node.label)
    slope = (1 + erf(0.5 / sqrt(2))) / 2 + 0.5 * exp(-0.125) / sqrt(2 * pi) + 0.5  # gelu'(y), and half of the maximum
    for _ in range(2):
        assert (x.label, w.label) == ("x", "w")
        assert root.data == pytest.approx(0.5 * (1 + erf(0.5 / sqrt(2))) / 2 + 0.25, rel=1e-15)
        assert [x.grad, w.grad] == pytest.approx([slope * -3.0 + 0.5, slope * 0.5], rel=1e-15)
        x.grad = w.grad = 0.0
        root.backward()
    (product,) = (node for node in topological_order(root) if node.op == "*")
    assert product.parents == (x, w)


def test_models(unpickled):
    mlp, layer, neuron, perceptron = unpickled("models")
    for model in (mlp, layer, neuron, perceptron):
        assert [p.data for p in model.parameters()] == [sin(i) for i in range(len(model.parameters()))]
    hidden = np.maximum(0, [sines(3) @ X[0] + sin(3), sines(3, 4) @ X[0] + sin(7)])
    assert mlp([float(x) for x in X[0]]).data == pytest.approx(sines(2, 8) @ hidden + sin(10), rel=1e-14)
    assert layer([1.0, 2.0])[0].data == pytest.approx(autograd.gelu(sin(1) * 2 + sin(2)), rel=1e-14)
    assert type(neuron) is nn.Neuron
    assert perceptron([1.0, 1.0]).data == 1.0


def test_optimizers_move_the_parameters_that_they_were_pickled_with(unpickled):
    sgd, rmsprop, adamw = unpickled("optimizers")
    assert [type(optimizer) for optimizer in (sgd, rmsprop, adamw)] == [nn.SGD, nn.RMSprop, nn.AdamW]
    for p in sgd.given:
        p.grad = 2.0
    before = [p.data for p in sgd.given]
    sgd.step()
    assert [p.data for p in sgd.given] == pytest.approx([number - 0.1 * 2.0 for number in before], abs=1e-15)
    assert rmsprop.given[0] is adamw.given[0] is sgd.given[0]


def test_a_history(unpickled):
    history = unpickled("history")
    assert type(history) is nn.History
    w = sines(4)
    assert history["loss"][0] == pytest.approx(np.square(X @ w[:3] + w[3] - Y[:, 0]).mean(), rel=1e-12)
    assert len(history["loss"]) == 2


def test_functions_errors_and_callbacks(unpickled):
    stop, trace_error, warning, gelu, mse_loss = unpickled("others")
    assert type(stop) is nn.EarlyStopping
    assert type(trace_error) is autograd.TraceError
    assert type(warning) is nn.DiagnosisWarning
    assert (gelu, mse_loss) == (autograd.gelu, nn.mse_loss)


def test_saved_models(folder):
    model = nn.load(folder / "mlp.safetensors")
    assert model.info == {"units": "metres"}
    assert [p.data for p in model.parameters()] == [sin(i) for i in range(26)]
    np.testing.assert_allclose(model.scaler.mean_, X.mean(0), rtol=1e-15)
    scaled = (X[0] - X.mean(0)) / X.std(0)
    hidden = np.array([sines(3, 4 * i) @ scaled + sin(4 * i + 3) for i in range(4)])
    hidden = np.where(hidden > 0, hidden, np.expm1(hidden))
    expected = [sines(4, start) @ hidden + sin(start + 4) for start in (16, 21)]
    np.testing.assert_allclose(nn.predict(model, X[:1])[0], expected, rtol=1e-12)
    assert type(nn.load(folder / "perceptron.safetensors")) is nn.Perceptron


def test_models_of_the_command_predict_and_are_explored(folder, tmp_path, capsys):
    (tmp_path / "t.csv").write_text(TABLE)
    Image.fromarray(np.pad(np.full((5, 2), 255, np.uint8), 3)).save(tmp_path / "one.png")
    for name, given in ("table", "t.csv"), ("digits", "one.png"):
        path = folder / f"{name}.safetensors"
        assert main(["predict", str(path), str(tmp_path / given)]) == 0
        page = str(tmp_path / "page.html")
        assert main(["explore", str(path), str(tmp_path / given), "--out", page, "--no-browser"]) == 0
    assert re.match(
        r"kind,probability\n([abc],0\.\d+\n){30}row 0 of .*\n.*\n\d+% sure this is a \d\n", capsys.readouterr().out
    )


def test_a_checkpoint_goes_on(folder, tmp_path):
    shutil.copy(folder / "checkpoint.safetensors", tmp_path)
    model = trained(tmp_path / "checkpoint.safetensors", 4, start=100)  # which is nowhere near
    whole = trained(tmp_path / "another.safetensors", 4)
    # The same numbers, up to the order in which another machine's BLAS sums.
    np.testing.assert_allclose(
        [p.data for p in model.parameters()], [p.data for p in whole.parameters()], rtol=0, atol=1e-12
    )


def test_a_checkpoint_goes_on_by_the_backend_that_there_was(folder, tmp_path, request):
    ends = []
    for name in ("here", "without native"):
        path = shutil.copy(folder / "checkpoint.safetensors", tmp_path / name)
        ends.append([p.data for p in trained(path, 4).parameters()])
        assert backend_of(path) == "numpy"
        request.getfixturevalue("without_native")
    assert ends[0] == ends[1]
