"""Van der Pol's oscillator is to be brought to rest: what a series of forces costs, by single shooting.

    x' = (1 - y²)·x - y + force    y' = x    cost' = x² + y² + force²

in steps of Runge and Kutta's method of order four, a force for each. The forces are the parameters. A row is where it
starts.
"""

from typing import Any

import numpy as np

from .recurrence import Recurrence, recurrence

DT = 0.2


def shooting(steps: int, rows: int) -> Recurrence:
    starts = np.array([0.0, 1.0]) + np.random.default_rng(0).uniform(-0.1, 0.1, (rows, 2))
    forces = 0.5 * np.sin(np.arange(steps))
    return recurrence(forces.tolist(), starts, steps, _begin, _turn, lambda state: state[2])


def _begin(start: Any, forces: Any) -> tuple[Any, Any, Any]:
    return (start[0], start[1], 0.0), (forces,), forces[:0]


def _turn(state: Any, forces: Any, *_: Any) -> tuple[Any, ...]:
    (x, y, cost), (force,) = state, forces

    def slopes(x: Any, y: Any) -> tuple[Any, ...]:
        return (1.0 - y * y) * x - y + force, x, x * x + y * y + force * force

    k1, l1, c1 = slopes(x, y)
    k2, l2, c2 = slopes(x + 0.5 * DT * k1, y + 0.5 * DT * l1)
    k3, l3, c3 = slopes(x + 0.5 * DT * k2, y + 0.5 * DT * l2)
    k4, l4, c4 = slopes(x + DT * k3, y + DT * l3)
    moves = ((a + 2.0 * (b + c) + d) for a, b, c, d in ((k1, k2, k3, k4), (l1, l2, l3, l4), (c1, c2, c3, c4)))
    return tuple(number + DT / 6.0 * move for number, move in zip((x, y, cost), moves, strict=True))
