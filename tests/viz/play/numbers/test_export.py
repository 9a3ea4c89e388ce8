"""The programs that the page writes train as it does: the same loss of each step."""

import contextlib
import io
import math
import os
import runpy
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import nn
from nn import ACTIVATIONS, LOSSES, OPTIMIZERS
from tests.viz.play.engine.conftest import SETTINGS, model_of, numbers_of, rows_of, spec_of

TRAINED = """
const [training, rows, losses] = [trainer(), new m.Rows(network), []];
const size = given.settings.batchSize || given.data.train.X.length;
const learn = (steps) => {
  for (let i = 0; i < steps; i++) {
    const which = training.order.subarray(training.position, training.position + size);
    losses.push(rows.forward(training.parameters, given.data.train.X, training.targets.train, which));
    training.step();
  }
};
"""
PROGRAM = TRAINED + "const text = m[given.write](training); learn(given.steps); return { text, losses };"
LANGUAGES = [
    "asPython",
    pytest.param("asPyTorch", marks=pytest.mark.skipif(
        not find_spec("torch"), reason="the program needs PyTorch",
    )),
]  # fmt: skip
OPTIMIZED = {
    "sgd": {"lr": 0.1},
    "sgd with momentum": {"lr": 0.05, "momentum": 0.9, "weightDecay": 0.01},
    "sgd by Nesterov": {"lr": 0.05, "momentum": 0.8, "nesterov": True},
    "sgd without the momentum of Nesterov": {"lr": 0.1, "nesterov": True},
    "rmsprop": {"lr": 0.01, "alpha": 0.9, "eps": 1e-6, "momentum": 0.3, "weightDecay": 0.02},
    "adam": {"lr": 0.03, "betas": [0.8, 0.95], "eps": 1e-7, "weightDecay": 0.1},
    "adamw": {"lr": 0.03, "betas": [0.85, 0.99], "weightDecay": 0.1},
}


def given_of(spec, settings=None, count=23, batch_size=5):
    rows = rows_of(spec, count)
    data = {"train": {"X": rows.X, "y": rows.y}, "test": {"X": [], "y": []}}
    return {
        "spec": spec, "data": data, "parameters": numbers_of(model_of(spec)),
        "settings": SETTINGS | {"batchSize": batch_size, "shuffleSeed": 3} | (settings or {}),
    }  # fmt: skip


def printed(text, folder, of="step"):
    """The losses of steps or epochs a program prints, run in this process: PyTorch takes seconds to be imported."""
    path = folder / "program.py"
    path.write_text(text, "utf-8")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            runpy.run_path(str(path))
        finally:
            if "torch" in sys.modules:
                sys.modules["torch"].set_default_dtype(sys.modules["torch"].float32)
    return losses_of(out.getvalue(), of)


def losses_of(text, of="step"):
    lines = [line.split(": loss ") for line in text.splitlines() if line.startswith(of)]
    assert [step for step, _ in lines] == [f"{of} {i}" for i in range(1, len(lines) + 1)]
    return [float(loss) for _, loss in lines]


def compare(engine, folder, write, given, steps=100):
    found = engine(PROGRAM, write=write, steps=steps, **given)
    losses = printed(found["text"], folder)
    assert len(losses) >= steps
    assert losses[:steps] == pytest.approx(found["losses"], rel=1e-9, abs=1e-12)
    assert losses[0] != pytest.approx(losses[5], rel=1e-4)  # something is learned


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_that_of_the_page(engine, tmp_path, write, loss):
    compare(engine, tmp_path, write, given_of(spec_of(loss)))


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("activation", [name for name, each in ACTIVATIONS.records.items() if name != "step"])
def test_an_activation_is_that_of_the_page(engine, tmp_path, write, activation):
    compare(engine, tmp_path, write, given_of(spec_of("mse", activation, layers=(4, 3))))


@pytest.mark.parametrize("write", LANGUAGES)
def test_steps_are_those_of_the_page(engine, tmp_path, write):
    compare(engine, tmp_path, write, given_of(spec_of("mse", "step", layers=(4,))))


@pytest.mark.parametrize("write", LANGUAGES)
def test_a_softplus_is_exact_far_out(engine, tmp_path, write):
    given = given_of(spec_of("mse", layers=(), output="softplus"), count=1)
    given["data"]["train"] = {"X": [[20.5, 0.0]], "y": [20.5]}
    given["parameters"] = [1.0, 0.0, 0.0]
    found = engine(PROGRAM, write=write, steps=1, **given)
    loss = math.log1p(math.exp(-20.5)) ** 2  # (ln(1 + eˣ) - x)², 1.6e-18
    assert found["losses"] == pytest.approx([loss], rel=1e-5, abs=0)
    assert printed(found["text"], tmp_path)[0] == pytest.approx(loss, rel=1e-5, abs=0)


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("loss", ["binary_cross_entropy", "categorical_cross_entropy"])
def test_probabilities_that_are_lost_cost_100(engine, tmp_path, write, loss):
    given = given_of(spec_of(loss, "linear", layers=()), {"lr": 1.0, "optimizer": "sgd"})
    given["parameters"] = [400 * (-1) ** i for i in range(len(given["parameters"]))]
    found = engine(PROGRAM, write=write, steps=40, **given)
    assert 1 < max(found["losses"]) <= 100
    assert printed(found["text"], tmp_path)[:40] == pytest.approx(found["losses"], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("how", OPTIMIZED)
def test_an_optimizer_is_that_of_the_page(engine, tmp_path, write, how):
    compare(engine, tmp_path, write, given_of(spec_of("huber"), {"optimizer": how.split()[0], **OPTIMIZED[how]}))


def test_all_optimizers_are_compared():
    assert {how.split()[0] for how in OPTIMIZED} == {*OPTIMIZERS}


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("settings", [{"l1": 0.01}, {"l2": 0.02, "clipNorm": 0.05}])
def test_penalties_and_clipping_are_those_of_the_page(engine, tmp_path, write, settings):
    compare(engine, tmp_path, write, given_of(spec_of("cross_entropy"), {"optimizer": "sgd", "lr": 0.3, **settings}))


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("batch_size", [0, 1, 40])
def test_the_order_of_the_rows_is_that_of_the_page(engine, tmp_path, write, batch_size):
    given = given_of(spec_of("binary_cross_entropy_with_logits"), batch_size=batch_size)
    compare(engine, tmp_path, write, given)


@pytest.mark.parametrize("write", LANGUAGES)
def test_numbers_are_written_with_all_their_digits(engine, tmp_path, write):
    given = given_of(spec_of("sse", layers=()), {"lr": 1e-7, "momentum": 0.5})
    given["data"]["train"]["X"][:3] = [[1e21, 0.0], [-3, 1e-300], [0.1 + 0.2, 0.0]]
    given["parameters"] = [1e-20, 1 / 3, 2, -5e-324, 1e22 / 1e22, 0.1]
    found = engine(PROGRAM, write=write, steps=4, **given)
    assert printed(found["text"], tmp_path)[:4] == pytest.approx(found["losses"], rel=1e-12)


@pytest.mark.parametrize("write", LANGUAGES)
def test_whole_numbers_are_written_as_floats(engine, tmp_path, write):
    given = given_of(spec_of("mse", layers=()))
    given["data"]["train"] = {"X": [[1, 2], [0, -3], [2, 1]], "y": [1, 0, -2]}
    compare(engine, tmp_path, write, given, steps=20)


# -------------------------------------------------------------------------------------------- where a program begins


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("epochs", [1, 30])
def test_a_program_has_the_epochs_that_were_trained(engine, tmp_path, write, epochs):
    given = given_of(spec_of("mse"))
    body = TRAINED + "learn(5 * given.epochs); return { text: m[given.write](training), losses };"
    found = engine(body, write=write, epochs=epochs, **given)
    assert printed(found["text"], tmp_path) == pytest.approx(found["losses"], rel=1e-9)
    assert f"{5 * epochs} steps: from its first weights, the {epochs} epoch" in found["text"]


@pytest.mark.parametrize("write", LANGUAGES)
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_the_loss_of_an_epoch_is_the_train_loss_of_the_page(engine, tmp_path, write, loss):
    body = TRAINED + (
        "learn(5 * 4);"
        "return { text: m[given.write](training), losses: training.history.map((each) => each.trainLoss) };"
    )
    found = engine(body, write=write, **given_of(spec_of(loss)))
    assert len(found["losses"]) == 4
    assert printed(found["text"], tmp_path, "epoch") == pytest.approx(found["losses"], rel=1e-9)


def test_weights_that_were_changed_before_the_first_step_are_where_it_begins(engine, tmp_path):
    body = TRAINED + "training.set(2, 5.25); const text = m.asPython(training); learn(100); return { text, losses };"
    found = engine(body, **given_of(spec_of("mse")))
    assert printed(found["text"], tmp_path) == pytest.approx(found["losses"], rel=1e-9)


def test_a_training_that_goes_on_from_a_link_goes_on_in_the_order_of_that_epoch(engine, tmp_path):
    body = TRAINED + (
        "training.restore({ parameters: given.parameters.map((x) => x / 2), epochs: 7 });"
        "const text = m.asPython(training); learn(100); return { text, losses };"
    )
    found = engine(body, **given_of(spec_of("mse")))
    assert printed(found["text"], tmp_path) == pytest.approx(found["losses"], rel=1e-9)


def test_a_program_of_many_rows_has_no_more_of_their_places_than_a_clipboard_bears(engine):
    given = given_of(spec_of("mse"), count=500, batch_size=250)
    text = engine(TRAINED + "training.epochs = 10_000; training.steps = 1; return m.asPython(training);", **given)
    assert text.startswith(
        '"""A training of glassgrad\'s playground, in Python: 100 epochs of 500 rows, 250 in a step.'
    )
    assert "200 steps: from its first weights, the first 100 of the 10,000 epochs that the page has trained." in text
    assert len(text) < 300_000


# -------------------------------------------------------------------------------------------------------- as a program


def test_a_program_runs_alone(engine, tmp_path):
    """That in PyTorch ran in the other tests; here it would be imported once more, which takes seconds."""
    given = given_of(spec_of("hinge"), {"optimizer": "adam", "lr": 0.03})
    found = engine(PROGRAM, write="asPython", steps=100, **given)
    path = tmp_path / "program.py"
    path.write_text(found["text"], "utf-8")
    root = Path(nn.__file__).parents[1]
    finished = subprocess.run(
        [sys.executable, "-W", "error", path], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert (finished.returncode, finished.stderr) == (0, "")
    assert losses_of(finished.stdout)[:100] == pytest.approx(found["losses"], rel=1e-9)


def test_a_program_in_pytorch_imports_nothing_of_ours(engine):
    text = engine(PROGRAM, write="asPyTorch", steps=1, **given_of(spec_of("mse")))["text"]
    imports = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
    assert imports == ["import torch", "from torch import nn"]
