"""A rolled tape computes what the tape did."""

from math import prod

import numpy as np
import pytest

from autograd import scope
from autograd.compiler.folding import fold
from autograd.compiler.loops import find_loops, roll
from autograd.compiler.trace import trace
from tests.autograd.compiler.loops.programs import PROGRAMS, values
from tests.autograd.compiler.loops.rolled import outputs_of


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("turns", [7, 40])
@pytest.mark.parametrize("whole", [False, True])
def test_the_same_numbers(name, turns, whole):
    f, shapes = PROGRAMS[name][0](turns)
    tape, _ = trace(f, shapes)
    rolled, _ = roll(tape, [loop.whole() if whole else loop for loop in find_loops(tape)])
    draw = np.random.default_rng(turns).uniform
    row = [draw(0.5, 1.0, prod(shape)).tolist() for shape in shapes]
    expected = outputs_of(tape, row)
    assert outputs_of(rolled, row) == expected
    assert outputs_of(fold(rolled)[0], row) == pytest.approx(expected, rel=1e-14)  # x² is x·x


def test_a_whole_turn_leaves_out_what_all_turns_have_alike():
    """The parameter's negative; what a turn makes of its own numbers alone is in the loop, and so is the sum of all."""

    def f(x, u):
        [p] = values(1)
        loss = 0.0
        for t in range(40):
            x = (x * u[t].exp() * -p).sin()
            loss = loss + x.cos()
        return loss

    tape, _ = trace(f, [(), (40,)])
    [loop] = find_loops(tape)
    whole = loop.whole()
    names = [[tape.operation(loop.start + s).name for s in each] for each in (whole.core, whole.before)]
    assert (sorted(names[0]), names[1]) == (["add", "cos", "exp", "mul", "mul", "sin"], ["neg"])


def test_one_turn_stays():
    f, shapes = PROGRAMS["pendulum"][0](5000)
    tape, _ = trace(f, shapes)
    rolled = fold(roll(tape, find_loops(tape))[0])[0]
    [body] = rolled.loops
    assert (len(rolled) < 20, body.turns, len(body.tape.needed())) == (True, 5000, 7)


def test_a_turn_is_in_the_modules_that_all_turns_are_in():
    def f(x):
        with scope("simulation"):
            for turn in range(40):
                with scope("step"):
                    x = x.sin()
                with scope(f"turn {turn}"), scope("step"):
                    x = x.exp()
        return x

    tape, _ = trace(f, [()])
    [body] = roll(tape, find_loops(tape))[0].loops
    scopes = {body.tape.operation(n).name: body.tape.scope_of(n) for n in body.tape.needed()}
    assert [scopes[name][1] for name in ("sin", "exp")] == ["step", "simulation"]
