"""A down-and-out call by simulation, as a scalar program and as one would write it by hand.

    x ← x + (rate - volatility²/2)·dt + volatility·√dt·z    for each z of a path, normally distributed
    alive ← alive·(1 - e^(-2·max(x, 0)·max(next x, 0)/(volatility²·dt)))
    payoff = e^(-rate)·alive·max(barrier·eˣ - strike, 0),    where x = ln(spot/barrier)

What `alive` is multiplied by is the probability that a Brownian path between two of its points stays above the barrier
(Glasserman, "Monte Carlo Methods in Financial Engineering", 6.4): so there are derivatives path by path. A row is a
path of one year. The values are the payoffs, the gradient is that of their mean by spot, rate, volatility, strike and
barrier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log, sqrt
from typing import Any

import numpy as np

from .shells import differentiated_by_drjit, differentiated_by_jax
from .tracers import Gradient, Problem

PARAMETERS = (100.0, 0.05, 0.2, 100.0, 90.0)  # spot, rate, volatility, strike, barrier


@dataclass(frozen=True)
class Barrier(Problem):
    steps: int


def barrier_option(steps: int, rows: int) -> Barrier:
    Z = np.random.default_rng(0).normal(size=(rows, steps))
    return Barrier(partial(payoff, steps=steps), PARAMETERS, Z, steps)


def payoff(row: Sequence[Any], parameters: Sequence[Any], functions: Any, steps: int) -> Any:
    """Unrolled by Python: nine operations a step."""
    spot, rate, volatility, strike, barrier = parameters
    relu, variance = functions.relu, volatility * volatility * (1.0 / steps)
    drift, deviation, scale = rate * (1.0 / steps) - 0.5 * variance, volatility * sqrt(1.0 / steps), -2.0 / variance
    x, alive = functions.log(spot / barrier), 1.0
    above = relu(x)
    for t in range(steps):
        x = x + (drift + deviation * row[t])
        before, above = above, relu(x)
        alive = alive * (1.0 - functions.exp(scale * (before * above)))
    return functions.exp(-rate) * alive * relu(barrier * functions.exp(x) - strike)


def by_numpy(problem: Barrier) -> Gradient:
    """All paths at once, step after step; the adjoint of each line, worked out on paper."""
    spot, rate, volatility, strike, barrier = problem.parameters
    steps, rows, dt = problem.steps, len(problem.X), 1.0 / problem.steps
    columns = np.ascontiguousarray(problem.X.T)
    xs, aboves, alives = (np.empty((steps + 1, rows)) for _ in range(3))
    hits, gradient, room, more_room = np.empty((steps, rows)), np.empty(5), np.empty(rows), np.empty(rows)

    def forward() -> None:
        drift, deviation, scale = (rate - 0.5 * volatility**2) * dt, volatility * sqrt(dt), -2.0 / (volatility**2 * dt)
        xs[0], alives[0] = log(spot / barrier), 1.0
        np.maximum(xs[0], 0.0, out=aboves[0])
        for t, z in enumerate(columns):
            x = np.multiply(z, deviation, out=xs[t + 1])
            x += drift
            x += xs[t]
            np.maximum(x, 0.0, out=aboves[t + 1])
            hit = np.multiply(aboves[t], aboves[t + 1], out=hits[t])
            hit *= scale
            np.exp(hit, out=hit)
            np.subtract(1.0, hit, out=alives[t + 1])
            alives[t + 1] *= alives[t]

    def call() -> np.ndarray:
        forward()
        discount, end = exp(-rate), barrier * np.exp(xs[-1])
        gain = np.maximum(end - strike, 0.0)
        values, pays = discount * alives[-1] * gain, discount * alives[-1] * (gain > 0.0) / rows
        by_x, by_alive, by_above = pays * end, discount * gain / rows, np.zeros(rows)
        by_drift = by_deviation = by_scale = 0.0
        scale = -2.0 / (volatility**2 * dt)
        for t in reversed(range(steps)):
            by_exponent = np.multiply(by_alive, alives[t], out=room)
            by_exponent *= hits[t]  # and negative
            by_alive -= np.multiply(by_alive, hits[t], out=more_room)
            by_this = np.multiply(by_exponent, aboves[t], out=more_room)
            by_scale -= by_this @ aboves[t + 1]
            by_this *= -scale
            by_this += by_above
            by_this *= xs[t + 1] > 0.0
            by_x += by_this
            np.multiply(by_exponent, aboves[t + 1], out=by_above)
            by_above *= -scale
            by_drift += by_x.sum()
            by_deviation += by_x @ columns[t]
        by_start = (by_x + by_above * (xs[0] > 0.0)).sum()
        by_variance = -0.5 * by_drift * dt + by_scale * 2.0 / (volatility**4 * dt)
        gradient[0] = by_start / spot
        gradient[1] = by_drift * dt - values.mean()
        gradient[2] = 2.0 * volatility * by_variance + by_deviation * sqrt(dt)
        gradient[3] = -pays.sum()
        gradient[4] = (pays @ end - by_start) / barrier
        return values

    return call, lambda: gradient


def by_jax(problem: Barrier) -> Gradient:
    """The steps as a scan, over all paths at once."""
    import jax
    import jax.numpy as jnp

    dt = 1.0 / problem.steps

    def payoffs(parameters: Any, columns: Any) -> Any:
        spot, rate, volatility, strike, barrier = parameters
        variance = volatility * volatility * dt
        drift, deviation, scale = rate * dt - 0.5 * variance, volatility * sqrt(dt), -2.0 / variance

        def step(state: Any, z: Any) -> Any:
            x, before, alive = state
            x = x + (drift + deviation * z)
            above = jax.nn.relu(x)
            return (x, above, alive * (1.0 - jnp.exp(scale * (before * above)))), None

        x = jnp.full(columns.shape[1], jnp.log(spot / barrier))
        (x, _, alive), _ = jax.lax.scan(step, (x, jax.nn.relu(x), jnp.ones_like(x)), columns)
        return jnp.exp(-rate) * alive * jax.nn.relu(barrier * jnp.exp(x) - strike)

    return differentiated_by_jax(payoffs, problem.parameters, problem.X.T)


def by_drjit(problem: Barrier) -> Gradient:
    """The steps as a symbolic loop, over all paths at once."""
    import drjit as dr
    from drjit.llvm.ad import Float64, UInt32

    numbers = Float64(np.ascontiguousarray(problem.X.T).reshape(-1))
    rows, steps, dt = len(problem.X), problem.steps, 1.0 / problem.steps

    def payoffs(parameters: list[Any]) -> Any:
        spot, rate, volatility, strike, barrier = parameters
        variance = volatility * volatility * dt
        drift, deviation, scale = rate * dt - 0.5 * variance, volatility * sqrt(dt), -2.0 / variance
        path = dr.arange(UInt32, rows)

        def step(t: Any, x: Any, before: Any, alive: Any) -> Any:
            x = x + (drift + deviation * dr.gather(Float64, numbers, t * rows + path))
            above = dr.maximum(x, 0.0)
            return t + 1, x, above, alive * (1.0 - dr.exp(scale * (before * above)))

        x = dr.log(spot / barrier) + dr.zeros(Float64, rows)
        start = UInt32(0), x, dr.maximum(x, 0.0), dr.full(Float64, 1.0, rows)
        _, x, _, alive = dr.while_loop(start, lambda t, *_: t < steps, step, max_iterations=steps)
        return dr.exp(-rate) * alive * dr.maximum(barrier * dr.exp(x) - strike, 0.0)

    return differentiated_by_drjit(payoffs, problem.parameters)


BY_HAND = {"numpy": by_numpy, "jax": by_jax, "drjit": by_drjit}
