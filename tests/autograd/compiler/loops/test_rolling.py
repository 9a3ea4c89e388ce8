"""A rolled tape computes what the tape did."""

from math import prod

import numpy as np
import pytest

from autograd.compiler.folding import fold
from autograd.compiler.loops import find_loops, roll
from autograd.compiler.trace import trace
from tests.autograd.compiler.loops.programs import PROGRAMS
from tests.autograd.compiler.loops.rolled import outputs_of


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("turns", [7, 40])
def test_the_same_numbers(name, turns):
    f, shapes = PROGRAMS[name][0](turns)
    tape, _ = trace(f, shapes)
    rolled = roll(tape, find_loops(tape))
    draw = np.random.default_rng(turns).uniform
    row = [draw(0.5, 1.0, prod(shape)).tolist() for shape in shapes]
    expected = outputs_of(tape, row)
    assert outputs_of(rolled, row) == expected
    assert outputs_of(fold(rolled)[0], row) == pytest.approx(expected, rel=1e-14)  # x² is x·x


def test_one_turn_stays():
    f, shapes = PROGRAMS["pendulum"][0](5000)
    tape, _ = trace(f, shapes)
    rolled = fold(roll(tape, find_loops(tape)))[0]
    [body] = rolled.loops
    assert (len(rolled) < 20, body.turns, len(body.tape.needed())) == (True, 5000, 7)
