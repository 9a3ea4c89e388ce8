"""What we measure beside ours and need no other library for: it computes what ours does."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import autograd
from benchmarks.barrier import barrier_option
from benchmarks.black_scholes import black_scholes
from benchmarks.compiling import measure_turns
from benchmarks.fused import by_c, compiler
from benchmarks.kalman import BEST, kalman
from benchmarks.lstm import lstm
from benchmarks.pendulum import pendulum
from benchmarks.predators import predators
from benchmarks.problems import medium, small
from benchmarks.recurrence import recurrence
from benchmarks.scalar_program import BY_HAND, check, library_of, measure, random
from benchmarks.shooting import shooting
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
        ("predators", predators(20, 3)),
        ("kalman", kalman(10, 3)),
        ("shooting", shooting(10, 3)),
        ("lstm", lstm(4, 3)),
    ],
)
def test_the_ways_to_a_gradient_agree(name, problem):
    libraries = ["eager", "glassgrad", *(["numpy"] if "numpy" in BY_HAND.get(name, {}) else [])]
    ways = {library: check(library_of(library, name), problem) for library in libraries}
    check_equal(ways, "eager", ["values", "gradient"], 1e-12)
    assert len(ways["eager"]["values"]) == 3


def test_the_turns_of_the_pendulum_are_its_steps():
    p = pendulum(50, 1)
    turns = recurrence(p.parameters, p.X, p.turns, p.begin, p.turn, p.end)
    assert turns.of_row(p.X[0], p.parameters, math) == p.of_row(p.X[0], p.parameters, math)


def test_the_variances_of_the_nile_are_those_of_the_book():
    """Where the likelihood is the highest, its gradient is 0: by logarithms of the variances, as they are large."""
    result = check(TRACERS["eager"], replace(kalman(100, 1), parameters=BEST))
    assert result["values"] == pytest.approx([-632.54], abs=0.01)
    np.testing.assert_allclose(np.array(BEST) * result["gradient"], 0.0, atol=1e-3)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_measurement_says_seconds_and_bytes():
    result = measure(TRACERS["glassgrad"], pendulum(5, 1), pendulum(10, 2), 0.01)
    assert result["preparing"] > 0.0
    assert result["seconds"] > 0.0
    assert result["bytes"] >= 0


def test_what_a_loop_costs_is_told_pass_by_pass():
    few, many = measure_turns(50), measure_turns(100)
    assert many["nodes"] - few["nodes"] == 8 * 50
    assert min(many["trace"], many["loops"], many["first"]) > 0.0


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
