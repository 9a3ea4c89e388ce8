"""The GPT that the benchmarks compile: what they compute beside ours is the same."""

import pytest

import autograd
from autograd import Value
from benchmarks import gpt
from benchmarks.compiled_gpt import TRAINERS, Windows, by_glassgrad
from tests.conftest import NEEDS_NATIVE


def loss_of_graph(windows):
    """The mean loss, of graphs of scalars."""
    w = {name: [list(map(Value, row)) for row in matrix.tolist()] for name, matrix in windows.weights().items()}
    losses = []
    for letters, targets in zip(windows.X.tolist(), windows.Y.tolist(), strict=True):
        logits = gpt.gpt(w, [w["token"][letter] for letter in letters], autograd.softmax)
        losses += [-autograd.log_softmax(z)[target].data for z, target in zip(logits, targets, strict=True)]
    return sum(losses) / len(losses)


def losses_of(trainer, steps=3):
    step, loss = trainer
    losses = [loss()]
    for _ in range(steps):
        step()
        losses.append(loss())
    return losses


@pytest.mark.parametrize("backend", ["numpy", pytest.param("native", marks=NEEDS_NATIVE)])
def test_what_is_compiled_is_the_graph_of_scalars(backend):
    windows = Windows(2)
    before, *_, after = losses_of(by_glassgrad(windows, backend))
    assert before == pytest.approx(loss_of_graph(windows), rel=1e-12)
    assert after < before


def test_pytorch_has_the_same_losses():
    """So has JAX, which is not installed here: the benchmark looks at it itself."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    windows = Windows(3)
    assert losses_of(TRAINERS["torch"](windows)) == pytest.approx(losses_of(by_glassgrad(windows, "numpy")), rel=1e-9)
