"""Call options by Black and Scholes (1973), each with its five Greeks, as a scalar program and as one would write it.

    price = spot·Φ(d) - strike·e^(-rate·years)·Φ(d - σ),    σ = volatility·√years,
    d = (ln(spot/strike) + (rate + volatility²/2)·years)/σ

A row is an option: spot, strike, volatility, rate, years. The value is its price; the gradient, here, is that of every
row by the five numbers of its own, one row after the other.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .tracers import Gradient, Problem

ROOT_OF_HALF = 0.7071067811865476
LOWEST, HIGHEST = (50.0, 50.0, 0.1, 0.0, 0.1), (150.0, 150.0, 0.5, 0.1, 2.0)


def black_scholes(rows: int) -> Problem:
    X = np.random.default_rng(0).uniform(LOWEST, HIGHEST, (rows, 5))
    return Problem(lambda row, parameters, functions: price(row, functions), (), X)


def price(row: Sequence[Any], functions: Any) -> Any:
    """Of one option, or of many of them."""
    spot, strike, volatility, rate, years = row
    deviation = volatility * functions.sqrt(years)
    d = (functions.log(spot / strike) + (rate + 0.5 * volatility * volatility) * years) / deviation

    def normal(x: Any) -> Any:
        return 0.5 + 0.5 * functions.erf(x * ROOT_OF_HALF)

    return spot * normal(d) - strike * functions.exp(-rate * years) * normal(d - deviation)


def _split(compute: Callable[[], np.ndarray]) -> Gradient:
    """Of results (rows, 6) the prices, and the Greeks in one row."""
    results = np.empty((0, 6))

    def call() -> np.ndarray:
        nonlocal results
        results = compute()
        return results[:, 0]

    return call, lambda: results[:, 1:].reshape(-1)


def by_glassgrad(problem: Problem, **options: str) -> Gradient:
    """The derivatives are a part of the function that is compiled."""
    import autograd

    def price_and_greeks(row: Any) -> list[Any]:
        value, greeks = autograd.value_and_grad(lambda x: price(x, autograd))(row)
        return [value, *greeks]

    compiled = autograd.compile(price_and_greeks, **options)
    return _split(lambda: compiled(problem.X))


def eager(problem: Problem) -> Gradient:
    """A graph for each row."""
    import autograd

    both, rows = autograd.value_and_grad(lambda x: price(x, autograd)), problem.X.tolist()

    def compute() -> np.ndarray:
        return np.array([[value, *greeks] for value, greeks in map(both, rows)])

    return _split(compute)


def by_numpy(problem: Problem) -> Gradient:
    """The formulas of the Greeks."""
    from scipy.special import erf

    columns = np.ascontiguousarray(problem.X.T)
    results = np.empty((len(problem.X), 6))

    def compute() -> np.ndarray:
        spot, strike, volatility, rate, years = columns
        root = np.sqrt(years)
        deviation = volatility * root
        d = (np.log(spot / strike) + (rate + 0.5 * volatility * volatility) * years) / deviation
        delta, other = (0.5 + 0.5 * erf(x * ROOT_OF_HALF) for x in (d, d - deviation))
        discount = np.exp(-rate * years)
        discounted = strike * discount
        vega = spot * np.exp(-0.5 * d * d) * 0.3989422804014327 * root
        results[:, 0] = spot * delta - discounted * other
        results[:, 1] = delta
        results[:, 2] = -discount * other
        results[:, 3] = vega
        results[:, 4] = discounted * other * years
        results[:, 5] = vega * volatility / (2.0 * years) + rate * discounted * other
        return results

    return _split(compute)


def by_jax(problem: Problem) -> Gradient:
    import jax
    import jax.numpy as jnp
    import jax.scipy.special

    jax.config.update("jax_enable_x64", True)

    class functions:
        log, exp, sqrt, erf = jnp.log, jnp.exp, jnp.sqrt, jax.scipy.special.erf

    both = jax.jit(jax.vmap(jax.value_and_grad(lambda row: price(row, functions))))
    X, greeks = jnp.asarray(problem.X), np.empty(0)

    def call() -> Any:
        nonlocal greeks
        values, greeks = jax.block_until_ready(both(X))
        return values

    return call, lambda: np.asarray(greeks).reshape(-1)


def by_drjit(problem: Problem) -> Gradient:
    import drjit as dr
    from drjit.llvm.ad import Float64

    row = [Float64(np.ascontiguousarray(column)) for column in problem.X.T]
    dr.make_opaque(row)
    greeks: list[Any] = []

    def call() -> Any:
        nonlocal greeks
        dr.disable_grad(row)
        dr.enable_grad(row)
        values = price(row, dr)
        dr.backward(values)
        values, greeks = dr.detach(values), [dr.grad(x) for x in row]
        dr.eval(values, greeks)
        dr.sync_thread()
        return values

    return call, lambda: np.array(greeks).T.reshape(-1)


BY_HAND = {"glassgrad": by_glassgrad, "eager": eager, "numpy": by_numpy, "jax": by_jax, "drjit": by_drjit}
