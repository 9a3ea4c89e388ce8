"""A recurrence: a state that moves on from turn to turn, as Python unrolls it, and as the loop that a library has."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .shells import differentiated_by_jax
from .tracers import Gradient, Problem, differentiated_by_casadi

State = Sequence[Any]
Begin = Callable[[Any, Any], tuple[State, Sequence[Any], Any]]
Turn = Callable[[State, Sequence[Any], Any, Any], State]


@dataclass(frozen=True)
class Recurrence(Problem):
    """What a library needs that has loops of its own.

    Attributes:
        begin: from a row and the parameters the state at the start, the series, each with a number for every turn, and
            what is the same in all of them.
        turn: from the state, the numbers of this turn, what is the same in all, and the functions, the next state.
        end: from the last state the value.
    """

    turns: int
    begin: Begin
    turn: Turn
    end: Callable[[State], Any]


def recurrence(
    parameters: Sequence[float], X: np.ndarray, turns: int, begin: Begin, turn: Turn, end: Callable[[State], Any]
) -> Recurrence:
    """One whose value of a row is computed by these three."""
    return Recurrence(partial(_unrolled, turns, begin, turn, end), parameters, X, turns, begin, turn, end)


def _unrolled(
    turns: int, begin: Begin, turn: Turn, end: Callable[[State], Any], row: Any, parameters: Any, functions: Any
) -> Any:
    state, series, constants = begin(row, parameters)
    each: Iterable[Any] = zip(*series, strict=True) if series else [()] * turns
    for numbers in each:
        state = turn(state, numbers, constants, functions)
    return end(state)


def scanned_by_jax(problem: Recurrence) -> Gradient:
    """The turns as a scan, over all rows at once."""
    import jax
    import jax.numpy as jnp

    def values(parameters: Any, columns: Any) -> Any:
        start, series, constants = problem.begin(columns, parameters)
        start = tuple(jnp.broadcast_to(jnp.asarray(number, float), columns.shape[1:]) for number in start)

        def turn(state: Any, numbers: Any) -> Any:
            return tuple(problem.turn(state, numbers, constants, jnp)), None

        state, _ = jax.lax.scan(turn, start, series, length=problem.turns)
        return problem.end(state)

    return differentiated_by_jax(values, problem.parameters, np.ascontiguousarray(problem.X.T))


def folded_by_casadi(problem: Recurrence) -> Gradient:
    """A turn as a function, which CasADi repeats."""
    import casadi

    parameters, row = casadi.MX.sym("p", len(problem.parameters)), casadi.MX.sym("x", problem.X.shape[1])
    start, series, constants = problem.begin(row, parameters)
    symbols = [casadi.SX.sym("number", n) for n in (len(start), len(series), constants.numel())]
    after = problem.turn(*map(casadi.vertsplit, symbols), casadi)
    turn = casadi.Function("turn", symbols, [casadi.vertcat(*after)])
    each = casadi.horzcat(*series).T if series else casadi.MX(0, problem.turns)
    state = turn.fold(problem.turns)(casadi.vertcat(*start), each, casadi.repmat(constants, 1, problem.turns))
    return differentiated_by_casadi(problem, parameters, row, problem.end(casadi.vertsplit(state)))


BY_HAND = {"jax": scanned_by_jax, "casadi-fold": folded_by_casadi}
