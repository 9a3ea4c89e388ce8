"""A damped pendulum, explicit steps of Euler's method, as a scalar program and as one would write it by hand.

    acceleration = -(stiffness · sin angle + damping · velocity)

A row has what the start is disturbed by; the value is the angle at the end, and the gradient that of its mean over the
rows by stiffness, damping, and the angle and the velocity at the start.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from .recurrence import BY_HAND as LOOPS
from .recurrence import Recurrence
from .shells import differentiated_by_drjit
from .tracers import Gradient

DT = 0.01
PARAMETERS = (9.0, 0.2, 0.5, 0.0)  # stiffness, damping, angle, velocity


def pendulum(steps: int, rows: int) -> Recurrence:
    X = np.random.default_rng(0).uniform(-0.1, 0.1, (rows, 2))
    return Recurrence(partial(angle_at_end, steps=steps), PARAMETERS, X, steps, _begin, _turn, lambda state: state[0])


def angle_at_end(row: Sequence[Any], parameters: Sequence[Any], functions: Any, steps: int) -> Any:
    """Unrolled by Python: eight operations a step."""
    stiffness, damping, angle, velocity = parameters
    angle, velocity, sin = angle + row[0], velocity + row[1], functions.sin
    for _ in range(steps):
        acceleration = stiffness * sin(angle) + damping * velocity
        angle, velocity = angle + DT * velocity, velocity - DT * acceleration
    return angle


def _begin(row: Any, parameters: Any) -> tuple[Any, Any, Any]:
    return (parameters[2] + row[0], parameters[3] + row[1]), (), parameters[:2]


def _turn(state: Any, _: Any, parameters: Any, functions: Any) -> tuple[Any, Any]:
    (angle, velocity), (stiffness, damping) = state, parameters
    acceleration = stiffness * functions.sin(angle) + damping * velocity
    return angle + DT * velocity, velocity - DT * acceleration


def by_numpy(problem: Recurrence) -> Gradient:
    """All rows at once; the adjoint of each line, worked out on paper."""
    parameters, (dx, dv), rows, steps = problem.parameters, problem.X.T, len(problem.X), problem.turns
    angles, velocities, sines = (np.empty((steps, rows)) for _ in range(3))
    gradient = np.empty(4)

    def call() -> np.ndarray:
        stiffness, damping, angle, velocity = parameters
        angle, velocity = angle + dx, velocity + dv
        for t in range(steps):
            angles[t], velocities[t] = angle, velocity
            sine = np.sin(angle, out=sines[t])
            acceleration = stiffness * sine + damping * velocity
            angle, velocity = angle + DT * velocity, velocity - DT * acceleration
        by_angle, by_velocity = np.full(rows, 1.0 / rows), np.zeros(rows)
        by_stiffness = by_damping = 0.0
        for t in reversed(range(steps)):
            by_acceleration = -DT * by_velocity
            by_stiffness += by_acceleration @ sines[t]
            by_damping += by_acceleration @ velocities[t]
            by_velocity = by_velocity + DT * by_angle + damping * by_acceleration
            by_angle = by_angle + stiffness * np.cos(angles[t]) * by_acceleration
        gradient[:] = by_stiffness, by_damping, by_angle.sum(), by_velocity.sum()
        return angle

    return call, lambda: gradient


def by_numba(problem: Recurrence) -> Gradient:
    """Row by row in machine code: the same adjoint, in loops."""
    from math import cos, sin

    import numba

    X, parameters, gradient = problem.X, np.array(problem.parameters), np.empty(4)
    values, history, steps = np.empty(len(X)), np.empty((problem.turns, 3)), problem.turns

    @numba.njit
    def run(steps, X, parameters, values, history, gradient):
        stiffness, damping, start, speed = parameters
        gradient[:] = 0.0
        for i in range(len(X)):
            angle, velocity = start + X[i, 0], speed + X[i, 1]
            for t in range(steps):
                sine = sin(angle)
                history[t, 0], history[t, 1], history[t, 2] = angle, velocity, sine
                acceleration = stiffness * sine + damping * velocity
                angle, velocity = angle + DT * velocity, velocity - DT * acceleration
            values[i] = angle
            by_angle, by_velocity, by_stiffness, by_damping = 1.0 / len(X), 0.0, 0.0, 0.0
            for t in range(steps - 1, -1, -1):
                by_acceleration = -DT * by_velocity
                by_stiffness += by_acceleration * history[t, 2]
                by_damping += by_acceleration * history[t, 1]
                by_velocity = by_velocity + DT * by_angle + damping * by_acceleration
                by_angle = by_angle + stiffness * cos(history[t, 0]) * by_acceleration
            gradient[0] += by_stiffness
            gradient[1] += by_damping
            gradient[2] += by_angle
            gradient[3] += by_velocity

    def call() -> np.ndarray:
        run(steps, X, parameters, values, history, gradient)
        return values

    return call, lambda: gradient


def by_drjit(problem: Recurrence) -> Gradient:
    """The steps as a symbolic loop, over all rows at once."""
    import drjit as dr
    from drjit.llvm.ad import Float64, UInt32

    disturbances = [Float64(np.ascontiguousarray(column)) for column in problem.X.T]
    dr.make_opaque(disturbances)  # or they would be written into the machine code
    steps = problem.turns

    def angles(parameters: list[Any]) -> Any:
        def step(t: Any, angle: Any, velocity: Any) -> Any:
            acceleration = parameters[0] * dr.sin(angle) + parameters[1] * velocity
            return t + 1, angle + DT * velocity, velocity - DT * acceleration

        start = (UInt32(0), parameters[2] + disturbances[0], parameters[3] + disturbances[1])
        _, angle, _ = dr.while_loop(start, lambda t, *_: t < steps, step, max_iterations=steps)
        return angle

    return differentiated_by_drjit(angles, problem.parameters)


BY_HAND = LOOPS | {"numpy": by_numpy, "numba": by_numba, "drjit": by_drjit}
