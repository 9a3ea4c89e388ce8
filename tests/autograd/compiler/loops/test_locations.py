"""Every scalar of every turn is found again in the program with loops: its number is there."""

from math import prod

import numpy as np
import pytest

from autograd.compiler.loops import InTurn
from autograd.compiler.loops.arrays import lay_out_rolled
from autograd.compiler.loops.pieces import Pieces
from autograd.compiler.passes import rolled
from autograd.compiler.trace import trace
from autograd.operations import CONSTANT
from tests.autograd.compiler.executors.toy import values_of
from tests.autograd.compiler.loops.programs import PROGRAMS
from tests.autograd.compiler.loops.rolled import run

TURNS = 40


class Laid:
    """A program, laid out, on one row; with the numbers of its traced tape beside it."""

    def __init__(self, name):
        f, shapes = PROGRAMS[name][0](TURNS)
        self.tape, _ = trace(f, shapes)
        result, self.became = rolled(self.tape)
        self.program, self.where = lay_out_rolled(Pieces(result), [prod(shape) for shape in shapes])
        draw = np.random.default_rng(0).uniform
        self.row = [draw(0.5, 1.0, prod(shape)).tolist() for shape in shapes]
        places = self.program.places
        parameters = np.zeros(self.program.size[self.program.parameters])
        parameters[places[places >= 0]] = [
            p.data for p, at in zip(self.tape.parameters, places, strict=True) if at >= 0
        ]
        self.parameters = [parameters.tolist()]
        inputs = {n: [numbers] for n, numbers in enumerate(self.row)}
        self.numbers = [of_row[0] for of_row in values_of(self.program, inputs, 1, self.parameters)]
        self.turns = {}

    def turn(self, loop, turn):
        """The numbers of the body of a loop in a turn."""
        if (loop, turn) not in self.turns:
            step = self.program.step(loop)
            kind, rows = step.kind, np.reshape(self.numbers[loop], step.out.shape)
            given = [[rows[kind.delay + turn - delay].tolist()] for delay in kind.delays]
            for view, is_scanned in zip(step.views[1:], kind.scanned, strict=True):
                numbers = np.array(self.numbers[view.value])[view.positions()]
                given.append([(numbers[turn] if is_scanned else numbers).ravel().tolist()])
            values = values_of(kind.body, dict(enumerate(given)), 1, self.parameters)
            self.turns[loop, turn] = [of_row[0] for of_row in values]
        return self.turns[loop, turn]

    def number(self, n):
        """Of a node of the traced tape, in the program; None where it has no place there."""
        node = self.became[n]
        place = self.where[node]
        if place is None:
            return None
        *loops, value = place.values
        numbers = self.turn(loops[0], node.turn) if loops else self.numbers
        return numbers[value][place.position]


def is_part(laid, n):
    """Whether a node may be no more than a part of a sum, whose place it then has: x² is a product."""
    return laid.tape.operation(n).name in ("add", "sub", "mul", "div", "neg", "pow")


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_scalar_has_its_number_where_its_place_is(name):
    laid = Laid(name)
    expected = run(laid.tape, laid.row)
    found = {n: number for n in range(len(laid.tape)) if (number := laid.number(n)) is not None}
    whole = [n for n in (*found, *laid.tape.outputs) if n in laid.tape.outputs or not is_part(laid, n)]
    assert [found[n] for n in whole] == pytest.approx([expected[n] for n in whole], rel=1e-12)
    assert len(found) > len(laid.tape) // 2


@pytest.mark.parametrize("name", PROGRAMS)
def test_in_the_turns_all_have_a_place_but_constants(name):
    laid = Laid(name)
    inside = [n for n in range(len(laid.tape)) if isinstance(laid.became[n], InTurn)]
    assert [n for n in inside if laid.number(n) is None] == []
    assert len(inside) >= TURNS


@pytest.mark.parametrize("name", PROGRAMS)
def test_constants_have_no_place(name):
    laid = Laid(name)
    constants = [n for n in range(len(laid.tape)) if laid.tape.operation(n) is CONSTANT]
    assert [laid.where[laid.became[n]] for n in constants] == [None] * len(constants)
