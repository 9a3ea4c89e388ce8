"""Every scalar of every turn is found again in the rolled tape, with its number."""

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings

from autograd.compiler.loops import InTurn, find_loops, roll
from autograd.compiler.passes import rolled
from autograd.compiler.trace import trace
from tests.autograd.compiler.loops.programs import PROGRAMS
from tests.autograd.compiler.loops.rolled import run
from tests.autograd.compiler.loops.test_compiled_loops import function_of, recurrences


def traced(name, turns):
    """The tape of a program, and a row for it."""
    f, shapes = PROGRAMS[name][0](turns)
    draw = np.random.default_rng(turns).uniform
    return trace(f, shapes)[0], [draw(0.5, 1.0, prod(shape)).tolist() for shape in shapes]


def numbers_by(became, tape, row, count):
    """Of so many traced nodes the numbers that the rolled tape has computed for them."""
    histories = []
    numbers = run(tape, row, histories)
    found = [became[n] for n in range(count)]
    return [histories[p.loop][p.turn][p.node] if isinstance(p, InTurn) else numbers[p] for p in found]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("turns", [7, 40])
def test_every_scalar_has_its_number(name, turns):
    tape, row = traced(name, turns)
    expected = run(tape, row)
    result, became = roll(tape, find_loops(tape))
    assert len(set(expected)) > len(tape) // 8  # so that it is hardly by chance
    assert numbers_by(became, result, row, len(tape)) == pytest.approx(expected, rel=1e-14)  # in a body x² is x·x


@pytest.mark.parametrize("name", PROGRAMS)
def test_also_through_folding(name):
    tape, row = traced(name, 40)
    found = rolled(tape)
    assert (found is None) == (not find_loops(tape))
    if found is not None:
        assert numbers_by(found[1], found[0], row, len(tape)) == pytest.approx(run(tape, row), rel=1e-14)


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_node_of_a_body_stands_for_a_scalar_of_every_turn(name):
    tape, _ = traced(name, 40)
    result, became = roll(tape, find_loops(tape))
    places = {became[n] for n in range(len(tape))}
    for number, body in enumerate(result.loops):
        turns = {n: {p.turn for p in places if isinstance(p, InTurn) and p[:2] == (number, n)} for n in body.nodes()}
        assert all(found == set(range(body.turns)) for found in turns.values())


def test_no_scalar_of_a_pendulum_is_outside_of_its_loop():
    tape, _ = traced("pendulum", 40)
    result, became = rolled(tape)
    inside = [place for n in range(len(tape)) if isinstance(place := became[n], InTurn)]
    assert len(inside) == 40 * len(result.loops[0].tape.needed())


@settings(max_examples=60, deadline=None)
@given(recurrences())
def test_of_random_recurrences_every_scalar_has_its_number(recurrence):
    tape, _ = trace(function_of(recurrence), [(recurrence["turns"],)])
    row = [np.random.default_rng(0).uniform(0.5, 1.0, recurrence["turns"]).tolist()]
    result, became = rolled(tape) or (tape, range(len(tape)))
    assert numbers_by(became, result, row, len(tape)) == pytest.approx(run(tape, row), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("shift", [InTurn(0, 0, 1), InTurn(0, 1, 0)])
def test_the_comparison_finds_a_place_that_is_another(shift):
    tape, row = traced("pendulum", 40)
    result, became = rolled(tape)
    moved = [became[n] for n in range(len(tape))]
    n = next(n for n, place in enumerate(moved) if isinstance(place, InTurn) and place.turn == 20)
    moved[n] = InTurn(*map(sum, zip(moved[n], shift, strict=True)))
    assert numbers_by(moved, result, row, len(tape)) != pytest.approx(run(tape, row), rel=1e-12)
