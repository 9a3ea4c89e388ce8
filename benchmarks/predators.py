"""Predators and their prey, by Lotka (1925) and Volterra (1926), in steps of Runge and Kutta's method of order four.

    prey' = prey·(births - catches·predators)
    predators' = predators·(growth·prey - deaths)

A row is what was observed after each step; here it is made up, by other parameters, and disturbed. The value is the
mean of the squared distances from it, the gradient is that by the four parameters.
"""

from typing import Any

import numpy as np

from .recurrence import Recurrence, recurrence

DT = 0.05
TRUE, PARAMETERS = (1.0, 0.4, 0.3, 1.2), (0.9, 0.45, 0.35, 1.1)  # births, catches, growth, deaths
START = (6.0, 2.0)


def predators(steps: int, rows: int) -> Recurrence:
    state, observed = START, []
    for _ in range(steps):
        state = _step(state, TRUE)
        observed += state
    noise = np.random.default_rng(0).normal(0.0, 0.1, (rows, 2 * steps))
    return recurrence(PARAMETERS, observed + noise, steps, _begin, _turn, lambda state: state[2] * (1.0 / steps))


def _begin(row: Any, parameters: Any) -> tuple[Any, Any, Any]:
    return (*START, 0.0), (row[::2], row[1::2]), parameters


def _turn(state: Any, observed: Any, parameters: Any, _: Any) -> tuple[Any, Any, Any]:
    prey, hunters = _step(state[:2], parameters)
    too_many_prey, too_many_hunters = prey - observed[0], hunters - observed[1]
    return prey, hunters, state[2] + (too_many_prey * too_many_prey + too_many_hunters * too_many_hunters)


def _step(state: Any, parameters: Any) -> tuple[Any, Any]:
    def slopes(x: Any, y: Any) -> tuple[Any, Any]:
        births, catches, growth, deaths = parameters
        return x * (births - catches * y), y * (growth * x - deaths)

    x, y = state
    k1, l1 = slopes(x, y)
    k2, l2 = slopes(x + 0.5 * DT * k1, y + 0.5 * DT * l1)
    k3, l3 = slopes(x + 0.5 * DT * k2, y + 0.5 * DT * l2)
    k4, l4 = slopes(x + DT * k3, y + DT * l3)
    return x + DT / 6.0 * (k1 + 2.0 * (k2 + k3) + k4), y + DT / 6.0 * (l1 + 2.0 * (l2 + l3) + l4)
