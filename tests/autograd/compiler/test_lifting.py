"""Steps of a turn for all turns at once: beside the turns one by one."""

import numpy as np
import pytest

from autograd.compiler.kinds import Loop
from autograd.compiler.lifting import lifted_body
from autograd.compiler.placed import Placed, placed_view, runs_of, stretches_of
from autograd.compiler.program import Space
from autograd.compiler.verify.programs import verify_program
from autograd.compiler.views import View
from tests.autograd.compiler.executors.toy import run
from tests.autograd.compiler.random_loops import PARAMETERS, random_turn

TURNS, ROWS, SIZES = 3, 2, (3, 4, 2)


@pytest.mark.parametrize("seed", range(150))
def test_turns_side_by_side_are_turns_one_by_one(seed):
    """The first argument is another one in each turn, the second one in all, the third is a number once in a call."""
    generator = np.random.default_rng((seed, 2))
    body = random_turn(seed, [(SIZES[0], Space.ROW), (SIZES[1], Space.ROW), (SIZES[2], Space.CALL)])
    parameters = generator.normal(size=PARAMETERS)
    of_turns, same = generator.normal(size=(TURNS, ROWS, SIZES[0])), generator.normal(size=(ROWS, SIZES[1]))
    once = np.repeat(generator.normal(size=(1, SIZES[2])), ROWS, 0)
    expected = [run(body, [each, same, once], parameters)[0] for each in of_turns]
    side_by_side = lifted_body(Loop(body, 1, (1,), (False, False)), TURNS, [False, False])
    verify_program(side_by_side, is_body=True)
    found, _ = run(side_by_side, [np.hstack([*of_turns]), same, once], parameters)
    np.testing.assert_allclose(found, np.hstack(expected), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("view", "scanned", "placed"),
    [
        (View(4, 2, (), ()), False, Placed(4, 2, None, 1)),
        (View(4, 2, (5,), (3,)), True, Placed(4, 2, 3, 1)),
        (View(4, 9, (5, 3), (0, -2)), True, Placed(4, 9, 0, -2)),
        (View(4, 0, (2, 3), (6, 2)), False, Placed(4, 0, None, 2)),
        (View(4, 0, (2, 3), (0, 0)), False, Placed(4, 0, None, 0)),
        (View(4, 0, (2, 3), (1, 2)), False, None),
        (View(4, 0, (2, 1, 3), (3, 7, 1)), False, Placed(4, 0, None, 1)),
    ],
)
def test_where_numbers_lie_in_a_line(view, scanned, placed):
    assert placed_view(view, scanned) == placed
    if placed is not None:
        of_turn = (0, (int(np.prod(view.shape[scanned:])),), (1,))
        numbers = placed.view(of_turn, view.shape[0] if scanned else 1).positions()
        assert numbers.ravel().tolist() == view.positions().ravel().tolist()


@pytest.mark.parametrize("table", [[3], [1, 1, 1], [0, 1, 2, 7, 5, 3], [4, 2, 0, 0], [[5, 6], [7, 9]]])
def test_stretches_are_all_of_a_table(table):
    table = np.array(table)
    stretches = stretches_of(table)
    assert [n for _, each in stretches for n in each.positions().tolist()] == table.ravel().tolist()
    assert [begin for begin, _ in stretches] == np.cumsum([0, *[each.shape[0] for _, each in stretches]])[:-1].tolist()
    assert all(each.is_distinct for _, each in stretches)


def test_runs_of_what_a_turn_gives_out():
    body = random_turn(0, [(4, Space.ROW)])
    x = body.inputs[0]
    body.outputs = [(x, 1), (x, 2), 0.5, (body.parameters, 3), (body.parameters, 1), (x, 0)]
    assert runs_of(body) == [
        (0, View(x, 1, (2,), (1,))),
        (2, 0.5),
        (3, View(body.parameters, 3, (2,), (-2,))),
        (5, View(x, 0, (1,), (1,))),
    ]
