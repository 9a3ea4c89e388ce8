"""The line of a level on a plane, against lines that are known."""

import numpy as np
import pytest

LINES = "return m.levelLines(given.numbers, given.side, given.level)"


def lines(compute, f, level, side):
    """The ends of the pieces, for a function of x to the right and y downwards, both in shares."""
    middles = (np.arange(side) + 0.5) / side
    numbers = f(*np.meshgrid(middles, middles)).ravel()
    found = compute("view/output/border.js", LINES, {"numbers": numbers.tolist(), "side": side, "level": level})
    return np.array(found).reshape(-1, 2, 2)


def test_a_straight_line_is_exact(compute):
    found = lines(compute, lambda x, y: 3 * x - 2 * y, 0.1, 10)
    assert 3 * found[..., 0] - 2 * found[..., 1] == pytest.approx(0.1)
    length = np.hypot(*(found[:, 1] - found[:, 0]).T).sum()
    ends = np.array([[(0.1 + 2 * 0.05) / 3, 0.05], [(0.1 + 2 * 0.95) / 3, 0.95]])
    assert length == pytest.approx(np.hypot(*(ends[1] - ends[0])))


def test_a_circle_is_near(compute):
    found = lines(compute, lambda x, y: np.hypot(x - 0.5, y - 0.5), 0.3, 60)
    assert np.hypot(*(found - 0.5).reshape(-1, 2).T) == pytest.approx(0.3, abs=1e-3)
    assert np.hypot(*(found[:, 1] - found[:, 0]).T).sum() == pytest.approx(2 * np.pi * 0.3, rel=1e-2)


def test_where_the_level_is_not_crossed_there_is_no_line(compute):
    assert len(lines(compute, lambda x, y: x + y, 5, 10)) == 0
    assert len(lines(compute, lambda x, y: np.full_like(x, 5), 5, 10)) == 0


def test_a_saddle_has_two_pieces_in_a_cell(compute):
    found = compute("view/output/border.js", LINES, {"numbers": [1, -1, -1, 1], "side": 2, "level": 0})
    assert len(found) == 2
