"""The update of an optimizer elsewhere: which of its numbers are another one in each step, and what is not finite."""

import numpy as np
import pytest

from autograd import Value
from autograd.parameters import adopt
from nn.optim.elsewhere import Elsewhere
from nn.optim.optimizers import OWN
from tests.conftest import ONCE

pytestmark = ONCE
HYPERPARAMETERS = {
    "momentum": 0.5, "nesterov": True, "weight_decay": 0.25, "alpha": 0.75, "betas": (0.5, 0.75), "eps": 0.01
}  # fmt: skip


def set_all(optimizer):
    for name, number in HYPERPARAMETERS.items():
        if hasattr(optimizer, name):
            setattr(optimizer, name, number)


@pytest.mark.parametrize("make", OWN)
def test_what_moves_is_what_follows_rate_and_steps_also_of_what_is_set_later(make):
    optimizer = make([Value(1.0)], lr=1.0)
    update = Elsewhere(optimizer)
    set_all(optimizer)
    fixed, moving = update.next_numbers()
    optimizer.lr = 0.5
    same, other = update.next_numbers()
    assert fixed == same
    assert all(one != another for one, another in zip(moving, other, strict=True))


@pytest.mark.parametrize("make", OWN)
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_a_gradient_that_is_not_finite_is_seen_in_the_data_from_then_on(make, plain, bad):
    optimizer = make(values := [Value(1.0), Value(2.0)], lr=0.5)
    adopt(values)
    if not plain:
        set_all(optimizer)
    update = Elsewhere(optimizer)
    data, arrays = np.array([1.0, 2.0]), list(update.arrays)
    with np.errstate(all="ignore"):
        for gradient in ([1.0, 1.0], [bad, 1.0], [0.5, 0.5], [-bad, 1.0], [0.0, 0.0]):
            fixed, moving = update.next_numbers()
            data, *arrays = update(_Plain, fixed, moving, np.array(gradient), data, arrays)
            assert np.isfinite(data[1])
            assert np.isfinite(data[0]) == (gradient == [1.0, 1.0])


class _Plain:
    div, sqrt, sign = np.divide, np.sqrt, np.sign
