"""The updates of the page are those of the book: the same numbers as by NumPy, to the last bit."""

from itertools import product

import numpy as np
import pytest

from autograd.updates import UPDATES, Update
from viz.play.updates import updates_in_javascript

MOVED = """
const { move, arrays, numbers } = m.UPDATES[given.name];
for (const each of given.numbers) move(given.arrays[0].length, given.arrays, each);
return { arrays, numbers, moved: given.arrays };
"""
COUNT = 50


class NumPy:
    """The namespace of the book, with NumPy's functions."""

    div, sqrt, sign = np.divide, np.sqrt, np.sign


def ways(update):
    """Plain numbers that lead every way through the formula: each of them 0, and not."""
    drawn = np.random.default_rng(0)
    for is_there in product((0.0, 1.0), repeat=len(update.numbers)):
        yield [float(each * drawn.uniform(0.1, 0.9)) for each in is_there]


@pytest.mark.parametrize("name", UPDATES)
def test_an_update_is_that_of_numpy(engine, name):
    update = UPDATES[name]
    drawn = np.random.default_rng(1)
    arrays = [np.abs(drawn.normal(0, 1, COUNT)) + 0.1 for _ in update.arrays]
    arrays[0][:3] = 0.0, -0.5, -2.0
    found = engine(MOVED, name=name, arrays=[array.tolist() for array in arrays], numbers=[*ways(update)])
    with np.errstate(all="ignore"):
        for numbers in ways(update):
            named = dict(zip(update.numbers, numbers, strict=True))
            results = update.formula(NumPy, *arrays, **named)
            arrays[len(arrays) - len(results) :] = results
    assert (tuple(found["arrays"]), tuple(found["numbers"])) == (update.arrays, update.numbers)
    moved = np.array([[np.nan if number is None else number for number in each] for each in found["moved"]])
    expected = np.where(np.isfinite(arrays), arrays, np.nan)  # JSON has no infinity
    np.testing.assert_array_equal(moved, expected)


def test_what_javascript_cannot_say_is_refused(monkeypatch):
    odd = Update("odd", lambda m, data, *, lr: (m.exp(data) * lr,), ("data",), ("lr",))
    monkeypatch.setitem(UPDATES, "odd", odd)
    with pytest.raises(ValueError, match=r"^it calls m\.exp, which an update in JavaScript does not have$"):
        updates_in_javascript()
