"""What we measure beside ours and need no other library for: it computes what ours does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import autograd
from benchmarks.barrier import barrier_option
from benchmarks.black_scholes import black_scholes
from benchmarks.fused import by_c, compiler
from benchmarks.pendulum import pendulum
from benchmarks.problems import medium, small
from benchmarks.scalar_program import check, library_of, measure, random
from benchmarks.tracers import TRACERS, backends
from benchmarks.trainers import TRAINERS
from benchmarks.turns import check_equal


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("random", random(200, 3)),
        ("pendulum", pendulum(50, 3)),
        ("barrier", barrier_option(20, 3)),
        ("black_scholes", black_scholes(3)),
    ],
)
def test_the_ways_to_a_gradient_agree(name, problem):
    libraries = ["eager", "glassgrad", *["numpy"][name == "random" :]]
    ways = {library: check(library_of(library, name), problem) for library in libraries}
    check_equal(ways, "eager", ["values", "gradient"], 1e-12)
    assert len(ways["eager"]["values"]) == 3


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_measurement_says_seconds_and_bytes(monkeypatch):
    monkeypatch.setattr("benchmarks.scalar_program.SECONDS", 0.01)
    result = measure(TRACERS["glassgrad"], pendulum(5, 1), pendulum(10, 2))
    assert result["preparing"] > 0.0
    assert result["seconds"] > 0.0
    assert result["bytes"] >= 0


def test_backends_are_those_that_compile_accepts(monkeypatch):
    assert set(backends()) <= {"native", "numpy", "jax"}
    compile_ = autograd.compile

    def compile_with_two(f, backend="numpy"):
        if backend == "jax":
            raise ImportError("there is no JAX")
        return compile_(f)

    monkeypatch.setattr(autograd, "compile", compile_with_two)
    assert backends() == ["native", "numpy"]


@pytest.mark.parametrize("problem", [small(), medium()], ids=["small", "medium"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", ["numpy", "fused"])
def test_training_steps_by_hand_are_as_ours(problem, optimizer, name):
    if name == "fused" and compiler() is None:
        pytest.skip("there is no C compiler")
    losses, problem = [], replace(problem, optimizer=optimizer)
    for trainer in (TRAINERS["glassgrad"], by_c if name == "fused" else TRAINERS[name]):
        step, loss = trainer(problem)
        for _ in range(3):
            step()
        losses.append(loss())
    np.testing.assert_allclose(*losses, rtol=1e-9)
