"""What only the NumPy executor has: its text, and the positions that its takes choose."""

import numpy as np
import pytest

from autograd import OPERATIONS
from autograd.compiler.executors.numpy.lookups import whole_numbers
from autograd.compiler.kinds import Map
from tests.autograd.compiler.executors.by_hand import INDEX, ByHand


@pytest.mark.parametrize("wrong", [-1.0, 3.0, 0.5, np.nan, np.inf, 1e300])
def test_an_index_outside_of_the_list_is_an_error(wrong):
    index = INDEX.copy()
    index[1, 0] = wrong
    for indices in (index, index[1]):  # of the row, and a parameter
        with np.errstate(all="ignore"), pytest.raises(IndexError, match="a whole number from 0 to 2, got"):
            whole_numbers(indices, 3)


def test_whole_numbers_are_integers():
    assert whole_numbers(INDEX, 3).tolist() == INDEX.astype(int).tolist()


def test_the_source_is_one_line_for_each_call():
    by_hand = ByHand("numpy")
    ran = by_hand.executor(by_hand.row(Map(OPERATIONS["tanh"]), by_hand.x))
    lines = ran.forward_source.splitlines()
    assert lines[0] == "def forward(x0, x1):"
    assert lines[1].strip().startswith("tanh(x0, ")
    assert len(lines) == 5
